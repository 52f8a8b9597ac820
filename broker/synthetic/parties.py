"""The parties of the demonstration: each one's own folder with its own secrets, and the trust list they all read.

<folder>/keys/metadata targets        <folder>/root.json  the root that everybody pinned
<folder>/custodians/<name>/secrets.json  <folder>/online/secrets.json
<folder>/broker/secrets.json  broker.db      <folder>/linkunit/secrets.json  linkunit.db
<folder>/agencies/<agency>/agency.toml  secrets.json  state/
<folder>/granters/<organisation>/<name>/secrets.json
<folder>/witnesses/<agency>/secrets.json  logs.txt  witness.db
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from broker.audit import cosignature, tlogpolicy
from broker.audit.checkpoint import vkey
from broker.keys import make
from broker.keys.listed import Granter, Witness
from broker.keys.trust import Trust
from broker.tokens import packaged
from broker.trustlist import repository
from broker.trustlist.repository import Lifetimes
from broker.trustlist.written import METADATA, TRUST
from broker.vaults.secretfile import read_secrets, write_secrets

ORIGIN = "broker.brackwater.example/audit"
SCHEME = "uk-person-1"
GRANTERS = {
    "carers_council/a.adeyemi": "Brackwater Carers' Council",
    "records_authority/j.whitlock": "Eastern Records Authority",
}
"""Who may grant population runs in the demonstration: people of two organisations that run no service."""
CUSTODIANS = ("a.okoro", "b.lindqvist", "c.tremaine")
NEEDED = 2
LIFETIMES = Lifetimes(*[dt.timedelta(days=3650)] * 3)
"""A demonstration is looked at long after it was made, and nobody renews it."""


@dataclass(frozen=True)
class Addresses:
    """Where the broker and the linkage unit answer."""

    broker: str
    linkage_unit: str


@dataclass(frozen=True)
class Asker:
    """One member of staff, trained on a day; `desk` is what they do at the desk, a caseworker's work usually."""

    id: str
    role: str
    training_on: dt.date
    name: str = ""
    desk: tuple[str, ...] = ()


@dataclass(frozen=True)
class Parties:
    """The folders and files of the parties."""

    folder: Path
    trust: Trust

    @property
    def trust_folder(self) -> Path:
        """The trust list."""
        return self.folder / "keys"

    @property
    def root(self) -> Path:
        """The root that every party pinned."""
        return self.folder / "root.json"

    def trusted(self, party: str) -> dict[str, Path]:
        """The settings of a service that say where its trust list is, what it pinned, and where it remembers."""
        return {"trust": self.trust_folder, "trust_root": self.root, "trust_seen": self.home(party) / "trust"}

    def home(self, party: str) -> Path:
        """`broker`, `linkunit`, or the name of an agency."""
        return self.folder / party if party in ("broker", "linkunit") else self.folder / "agencies" / party

    def granter(self, granter_id: str) -> Path:
        """The folder of a person who may grant population runs."""
        return self.folder / "granters" / granter_id

    def witness(self, agency: str) -> Path:
        """The folder of the witness that an agency runs."""
        return self.folder / "witnesses" / agency


def make_parties(
    folder: Path,
    agencies: Mapping[str, Sequence[str]],
    *,
    addresses: Addresses,
    place: str,
    today: dt.date,
    staff: Mapping[str, Sequence[Asker]] | None = None,
    witnesses: Mapping[str, str] | None = None,
) -> Parties:
    """Makes every party's secrets and writes the trust list.

    `agencies` maps an agency to its sources, `staff` to those of its people who ask, `witnesses` those that watch the
    audit log to where they are asked: half of them must, or one more.
    """
    created = today.isoformat()
    broker = make.broker_secrets(agencies, os.urandom)
    unit = make.linkage_unit_secrets(os.urandom)
    evidence = os.urandom(32)
    write_secrets(folder / "broker" / "secrets.json", "broker", created=created, values=broker)
    write_secrets(folder / "linkunit" / "secrets.json", "linkunit", created=created, values=unit)
    entries = []
    for agency, sources in agencies.items():
        secret = make.agency_secrets(os.urandom, evidence=evidence, reviewer=True)
        home = folder / "agencies" / agency
        write_secrets(home / "secrets.json", f"agency:{agency}", created=created, values=secret)
        text = _workspace(agency, place, addresses) + "".join(map(staff_entry, (staff or {}).get(agency, ())))
        (home / "agency.toml").write_text(text, encoding="utf-8")
        entries.append(make.agency_public(secret, agency, sources=sources))
    audit_log = vkey(ORIGIN, make.ed25519(broker["audit_log"]).public_key())
    watching = witnesses or {}
    trust = Trust(
        v=1,
        place=place,
        rehearsal=True,
        linkage_keys=(make.linkage_key_public(unit),),
        evidence_epochs=(1,),
        scheme=SCHEME,
        model=model_digest(),
        broker=make.broker_public(broker, audit_log=audit_log),
        linkage_unit=make.linkage_unit_public(unit),
        granters=tuple(_granter(folder, granter_id, created=created) for granter_id in GRANTERS),
        agencies=tuple(entries),
        witnesses=tuple(_witness(folder, name, url, audit_log, created) for name, url in watching.items()),
        quorum=len(watching) // 2 + 1 if watching else 0,
    )
    parties = Parties(folder, trust)
    _create_trust_list(parties, dt.datetime.combine(today, dt.time(), dt.UTC))
    return parties


def publish(
    parties: Parties, trust: Trust, *, now: dt.datetime, files: Mapping[str, bytes | None] | None = None
) -> Parties:
    """The parties with another trust document and `files`, signed by as many custodians as it takes and published."""
    targets = {TRUST: _written(trust), **(files or {})}
    repository.propose(parties.trust_folder, targets=targets, now=now, lifetimes=LIFETIMES)
    for name in CUSTODIANS[:NEEDED]:
        repository.sign(parties.trust_folder, custodian=custodian_key(parties, name))
    repository.publish(parties.trust_folder, online=online_key(parties), now=now, lifetimes=LIFETIMES)
    return replace(parties, trust=trust)


def custodian_key(parties: Parties, name: str) -> Ed25519PrivateKey:
    """The key of one of the three custodians."""
    home = parties.folder / "custodians" / name
    return read_secrets(home / "secrets.json", owner=f"custodian:{name}").ed25519("custodian")


def online_key(parties: Parties) -> Ed25519PrivateKey:
    """The key that says that the trust list is of today."""
    return read_secrets(parties.folder / "online" / "secrets.json", owner="online").ed25519("online")


def _create_trust_list(parties: Parties, now: dt.datetime) -> None:
    created = now.date().isoformat()
    for name in CUSTODIANS:
        home = parties.folder / "custodians" / name
        values = {"custodian": os.urandom(32)}
        write_secrets(home / "secrets.json", f"custodian:{name}", created=created, values=values)
    values = {"online": os.urandom(32)}
    write_secrets(parties.folder / "online" / "secrets.json", "online", created=created, values=values)
    repository.create(
        parties.trust_folder,
        custodians={name: custodian_key(parties, name) for name in CUSTODIANS},
        threshold=NEEDED,
        online=online_key(parties),
        targets={TRUST: _written(parties.trust)},
        now=now,
        lifetimes=LIFETIMES,
    )
    parties.root.write_bytes((parties.trust_folder / METADATA / "1.root.json").read_bytes())


def _written(trust: Trust) -> bytes:
    return trust.model_dump_json(indent=1).encode() + b"\n"


def model_digest() -> str:
    """The SHA-256 of the packaged match model, in hex."""
    return hashlib.sha256(packaged(f"{SCHEME}.model.json")).hexdigest()


def _granter(folder: Path, granter_id: str, *, created: str) -> Granter:
    secret = make.granter_secrets(os.urandom)
    home = folder / "granters" / granter_id
    write_secrets(home / "secrets.json", f"granter:{granter_id}", created=created, values=secret)
    return make.granter_public(secret, granter_id, organisation=GRANTERS[granter_id])


def witness_name(agency: str) -> str:
    """The key name of the witness that an agency runs."""
    return f"{agency}.brackwater.example/witness"


def _witness(folder: Path, agency: str, url: str, audit_log: str, created: str) -> Witness:
    secret, home = os.urandom(32), folder / "witnesses" / agency
    write_secrets(home / "secrets.json", "witness", created=created, values={"witness": secret})
    logs = tlogpolicy.write(tlogpolicy.of_list(audit_log, (), quorum=0))
    (home / "logs.txt").write_text(logs, encoding="utf-8")
    name = witness_name(agency)
    return Witness(name=agency, vkey=cosignature.vkey(name, make.ed25519(secret).public_key()), url=url)


def _workspace(agency: str, place: str, addresses: Addresses) -> str:
    lines = [
        f'agency = "{agency}"',
        f'place = "{place}"',
        f'broker_url = "{addresses.broker}"',
        f'linkage_unit_url = "{addresses.linkage_unit}"',
        'trust = "../../keys"',
        'root = "../../root.json"',
        'secrets = "secrets.json"',
        'state = "state"',
        "live = true",
        "synthetic_numbers = true",
    ]
    return "\n".join(lines) + "\n"


def staff_entry(asker: Asker) -> str:
    """Somebody's entry in `agency.toml`."""
    lines = [
        "",
        "[[staff]]",
        f'id = "{asker.id}"',
        f'role = "{asker.role}"',
        f"training_on = {asker.training_on.isoformat()}",
        *([f'name = "{asker.name}"'] if asker.name else []),
        *([f"desk = {list(asker.desk)}"] if asker.desk else []),
    ]
    return "\n".join(lines) + "\n"
