"""A whole life of keys in under a minute, with people made of software: what a ceremony is rehearsed with.

    root and first trust list, 3 of 5 custodians        an agency joins, and changes a key
    k as words for five people, and back                k rotated to epoch 2, the old one destroyed
    the broker's receipt key replaced                   a custodian replaced, an agency suspended and gone

All keys are published test keys and the date is given, so the public outputs are the same bytes wherever they are made:
what is kept in `keys/rehearsal` is made again and compared. No output is secret, and no process starts on these keys.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from broker import oprf
from broker.audit import cosignature
from broker.audit.checkpoint import vkey
from broker.cli.keyfiles import NEWLINE, trust_bytes
from broker.cli.keyrecords import canonical_record, record_path
from broker.cli.places import Place, epoch_record, first_targets, packaged_model
from broker.errors import BrokerError, Untrusted
from broker.keys import changes, custody, make
from broker.keys.destroying import BROKER, destroyed_record
from broker.keys.listed import AgencyKey, BrokerKeys, LinkageKey, Witness
from broker.keys.make import ed25519, ed25519_public
from broker.keys.publics import BrokerPublic, UnitPublic
from broker.keys.secrets import Secrets, numbered
from broker.keys.testkeys import published, published_random
from broker.keys.trust import Trust
from broker.keys.updating import open_update
from broker.linkunit import newkeys
from broker.trustlist import repository, transcript
from broker.trustlist.transcript import Person, Recorder, Step
from broker.trustlist.written import TRUST
from broker.wire.destroyed import Destroyed
from broker.wire.fields import canonical

CEREMONY = "rehearsal"
PLACE = "brackwater"
CUSTODIANS = ("adeyemi", "bielska", "chaudhry", "dafoe", "evans")
REPLACED, SUCCESSOR = "evans", "farrell"
NEEDED = 3
OTHERS = {"lindqvist": "witness", "moreau": "master-of-ceremonies"}
ORIGIN = "broker.brackwater.example/audit"
SIGNING = CUSTODIANS[:NEEDED]
ONLINE_ONLY = ("timestamp.json", "snapshot.json")
"""Metadata that the online key makes anew with every publication: no step of a ceremony is held to them."""


def custodian(name: str) -> Ed25519PrivateKey:
    """A custodian's published test key."""
    return ed25519(published(f"rehearsal/custodian/{name}"))


@dataclass
class Rehearsal:
    """One rehearsal: the folder that it fills, and the secrets of its parties, which are in memory only."""

    folder: Path
    at: dt.datetime
    vectors: bytes | None
    told: Callable[[Step], None] = lambda _: None
    trust: Trust = field(init=False)
    recorder: Recorder = field(init=False)
    broker: dict[str, bytes] = field(init=False, repr=False)
    unit: dict[str, bytes] = field(init=False, repr=False)
    words: tuple[str, ...] = field(default=(), repr=False)
    custodians: tuple[str, ...] = CUSTODIANS
    seen: frozenset[str] = frozenset()

    def whole(self) -> None:
        """All steps, in order. Raises whatever a step of a real ceremony would."""
        self._people()
        self._begin()
        self._join()
        self._witness()
        self._rotate_k()
        self._destroy_k()
        self._receipt_key()
        self._replace_custodian()
        self._leave()
        self._transcript()

    def _people(self) -> None:
        people = [
            Person(name=name, role="custodian", public=custodian(name).public_key().public_bytes_raw())
            for name in (*CUSTODIANS, SUCCESSOR)
        ]
        people += [Person(name=name, role=role) for name, role in OTHERS.items()]
        at = int(self.at.timestamp())
        self.recorder = Recorder(CEREMONY, PLACE, at, tuple(people), rehearsal=True, told=self.told)

    def _begin(self) -> None:
        self.broker = make.broker_secrets(["council"], published_random("rehearsal/broker"))
        self.unit = make.linkage_unit_secrets(published_random("rehearsal/linkunit"))
        self._did("broker and linkage unit make their keys, each on its own machine", by=("moreau", "lindqvist"))
        self._share("the first k is written down in words for five people, and brought back by three of them")
        place = Place(
            place=PLACE,
            threshold=NEEDED,
            scheme="uk-person-1",
            model=packaged_model("uk-person-1"),
            rehearsal=True,
            broker=BrokerPublic(party="broker", broker=self._broker_public()),
            unit=UnitPublic(
                party="linkage_unit",
                linkage_key=make.linkage_key_public(self.unit),
                linkage_unit=make.linkage_unit_public(self.unit),
            ),
            agencies=(make.agency_public(_agency("council"), "council", sources=["csc", "eh"]),),
            granters=(),
        )
        keys = {name: custodian(name) for name in CUSTODIANS}
        targets = first_targets(place, self.at)
        if self.vectors is not None:
            targets["vectors/tokens.json"] = self.vectors
        online = self._online()
        repository.create(self.folder, custodians=keys, threshold=NEEDED, online=online, targets=targets, now=self.at)
        self.trust = place.trust()
        self._did("the five custodians make the root and the first trust list; three must sign a change", by=CUSTODIANS)

    def _join(self) -> None:
        school = make.agency_public(_agency("school"), "school", sources=["ed"])
        self._change("an agency joins: school", changes.joined(self.trust, school))
        public = ed25519_public(published("rehearsal/agency/school/desk.2"))
        key = AgencyKey(id="school/desk-2", use="ask", public=public, status="active")
        listed = changes.with_agency_key(self.trust, key)
        self._change("school makes a new desk key, which is listed beside the old one", listed)
        revoked = changes.revoked(self.trust, "school/desk-1")
        self._change("somebody left school with the old desk key: it is revoked", revoked)

    def _witness(self) -> None:
        public = ed25519(published("rehearsal/witness/council")).public_key()
        key = cosignature.vkey("council.brackwater.example/witness", public)
        witness = Witness(name="council", vkey=key, url="https://witness.council.example")
        listed = changes.with_quorum(changes.with_witness(self.trust, witness), 1)
        self._change("council runs a witness, which must cosign the audit log's checkpoints", listed)

    def _rotate_k(self) -> None:
        unit = Secrets("linkunit", "rehearsal", self.unit)
        new = newkeys.new_epoch(unit, self.trust, random=published_random("rehearsal/k/2"))
        self.unit[new.name] = new.secret
        held = Secrets("broker", "rehearsal", self.broker)
        factor = open_update(new.update, self.trust, seal_keys=[held.hybrid("seal")])
        self.broker[numbered("update", new.epoch)] = factor
        self._did("the linkage unit makes the next k; the broker checks the update token", by=("moreau", "lindqvist"))
        self._share("the new k is written down in words for five people, and brought back by three of them")
        key = LinkageKey(epoch=new.epoch, public=new.public)
        record = epoch_record(self.trust, key, self.at)
        both = changes.next_linkage_key(self.trust, key)
        self._change("epoch 2 of k is opened beside epoch 1", both, {record.path: canonical(record) + NEWLINE})
        self._check_points(factor)

    def _check_points(self, factor: bytes) -> None:
        """What the broker does to every row: a point of epoch 1 becomes the one that the new k makes."""
        hashed = oprf.hash_to_group(CEREMONY.encode())
        old, new = (oprf.multiply(self.unit[name], hashed) for name in ("oprf", "oprf.2"))
        if oprf.multiply(factor, old) != new:
            raise Untrusted("update-wrong", "the update token does not lead from the old points to the new ones")
        self._did("every row is brought to epoch 2; the same people match as before", by=("moreau", "lindqvist"))

    def _destroy_k(self) -> None:
        closed = changes.closed_linkage_key(self.trust)
        self._change("epoch 1 is closed: nobody makes points under the old k any more", closed)
        at = int(self.at.timestamp())
        unit = Secrets("linkunit", "rehearsal", self.unit)
        old_k = newkeys.destroyed(unit, self.trust, name="oprf", number=1, now=at)
        key = ed25519(self.broker["receipt"])
        token = destroyed_record(PLACE, BROKER, secret=("update", 2), at=at, signing_key=key)
        del self.unit["oprf"], self.broker["update.2"]
        self._record("the old k and the update token are destroyed; both parties sign that they are", (old_k, token))

    def _receipt_key(self) -> None:
        self.broker["receipt.2"] = published("rehearsal/broker/receipt.2")
        public = ed25519_public(self.broker["receipt.2"])
        listed = changes.with_service_key(self.trust, "broker.receipt", public)
        self._change("the broker makes a new receipt key; the old one stays listed, to check old receipts", listed)
        at, key, old = int(self.at.timestamp()), ed25519(self.broker["receipt.2"]), self.broker.pop("receipt")
        secret = ("receipt", 1)
        gone = destroyed_record(PLACE, BROKER, secret=secret, at=at, signing_key=key, public=ed25519_public(old))
        self._record("the old receipt key is destroyed", (gone,))

    def _replace_custodian(self) -> None:
        people = (*(name for name in CUSTODIANS if name != REPLACED), SUCCESSOR)
        repository.change_root(
            self.folder,
            custodians={name: custodian(name).public_key() for name in people},
            threshold=NEEDED,
            online=self._online().public_key(),
            now=self.at,
        )
        self.custodians = people
        self._publish(SIGNING)
        said = f"a custodian is replaced: {SUCCESSOR} for {REPLACED}, signed by three who were and are custodians"
        self._did(said, by=(*SIGNING, SUCCESSOR))
        self._share("k is written down anew in words for the five of now; the words of before are burnt")

    def _leave(self) -> None:
        self._change("school is suspended while something is looked into", changes.suspended(self.trust, "school"))
        self._change("school leaves: nothing of it is usable any more", changes.left(self.trust, "school"))

    def _transcript(self) -> None:
        made = self.recorder.transcript()
        data = canonical(made) + NEWLINE
        signed = transcript.sign(data, {name: custodian(name) for name in (*CUSTODIANS, SUCCESSOR)})
        signatures = signed.model_dump_json().encode() + NEWLINE
        for name, content in (("transcript.json", data), ("transcript.sig", signatures)):
            (self.folder / name).write_bytes(content)
        path = f"ceremonies/{self.at:%Y-%m-%d}-{CEREMONY}"
        targets = {f"{path}.json": data, f"{path}.sig.json": signatures}
        repository.propose(self.folder, targets=targets, now=self.at)
        self._publish(SIGNING)

    def _share(self, said: str) -> None:
        name = max(name for name in self.unit if name.startswith("oprf"))
        k = self.unit[name]
        self.words = custody.split(k)
        public = oprf.public_point(k)
        recovered = custody.recover(self.words[1 : 1 + custody.NEEDED], public=public)
        if recovered != k or _recovers(self.words[: custody.NEEDED - 1], public):
            raise Untrusted("drill-failed", "the custodians' words do not do what they should")
        self._did(said, by=self.custodians)

    def _change(self, said: str, trust: Trust, files: Mapping[str, bytes] | None = None) -> None:
        repository.propose(self.folder, targets={TRUST: trust_bytes(trust), **(files or {})}, now=self.at)
        self._publish(SIGNING)
        self.trust = trust
        self._did(said, by=SIGNING)

    def _record(self, said: str, records: tuple[Destroyed, ...]) -> None:
        files = {record_path(one): canonical_record(one) for one in records}
        repository.propose(self.folder, targets=dict(files), now=self.at)
        self._publish(SIGNING)
        self._did(said, by=("moreau", "lindqvist", *SIGNING))

    def _publish(self, names: tuple[str, ...]) -> None:
        for name in names:
            repository.sign(self.folder, custodian=custodian(name))
        repository.publish(self.folder, online=self._online(), now=self.at)

    def _did(self, said: str, *, by: tuple[str, ...]) -> None:
        """Writes the step down, with the files that are there since the one before."""
        files = outputs(self.folder)
        new = {path: content for path, content in files.items() if path not in self.seen}
        self.seen = frozenset(files)
        self.recorder.did(said, by=by, files=new)

    def _online(self) -> Ed25519PrivateKey:
        return ed25519(published("rehearsal/online"))

    def _broker_public(self) -> BrokerKeys:
        log_key = ed25519(self.broker["audit_log"]).public_key()
        return make.broker_public(self.broker, audit_log=vkey(ORIGIN, log_key))


def outputs(folder: Path) -> dict[str, bytes]:
    """What a ceremony makes and nothing replaces: roots, signed targets, and the files that they list."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.parent != folder]
    kept = [path for path in paths if not path.name.endswith(ONLINE_ONLY)]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in kept}


def _agency(name: str) -> dict[str, bytes]:
    return make.agency_secrets(published_random(f"rehearsal/agency/{name}"), evidence=published("rehearsal/evidence"))


def _recovers(words: tuple[str, ...], public: bytes) -> bool:
    try:
        custody.recover(words, public=public)
    except BrokerError:
        return False
    return True
