"""The linkage unit's steps of a rotation, by the settings in LINKUNIT_*: its secrets never leave its machine.

A new secret is on the disk before its public half, or the token that leads to it, is written anywhere; a record that a
secret is destroyed is on the disk before the secret goes. A step that broke off between the two is given again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from broker.cli import keyfiles
from broker.cli.keyrecords import write_records
from broker.cli.rotationsteps import Given, What
from broker.errors import Conflict
from broker.keys.destroying import LINKAGE_UNIT, destroyed_record
from broker.keys.listed import UnitSeal
from broker.keys.publics import ServiceKeyPublic
from broker.keys.secrets import Secrets, numbered
from broker.keys.trust import Trust
from broker.linkunit import newkeys
from broker.linkunit.heldkeys import SEAL, SIGNING, K, signing_key
from broker.linkunit.settings import Settings, load_settings
from broker.trustlist.verify import open_trust_list
from broker.vaults.passphrase import find_passphrase
from broker.vaults.secretfile import add_secrets, destroy_secrets
from broker.vaults.vault import open_vault
from broker.wire.destroyed import Destroyed
from broker.wire.fields import Wire

OWNER = "linkunit"


@dataclass(frozen=True)
class _Unit:
    """The linkage unit's settings, secrets, and the trust list that they must fit."""

    settings: Settings
    held: Secrets
    trust: Trust

    @property
    def file(self) -> Path:
        return self.settings.secrets

    def passphrase(self) -> bytes:
        return find_passphrase(OWNER, file=self.settings.passphrase_file)


def do(given: Given) -> None:
    """One step. Raises `Misconfigured` when the secrets are not the trust list's, `Conflict` for one still in use."""
    settings, moment = load_settings(), keyfiles.now()
    trust = open_trust_list(settings.trust, root=settings.trust_root, seen=settings.trust_seen, now=moment).trust
    unit = _Unit(settings, open_vault(settings, owner=OWNER, rehearsal=trust.rehearsal, today=moment.date()), trust)
    (_destroy if given.step == "destroy" else _new)(given, unit)


def _new(given: Given, unit: _Unit) -> None:
    out = given.needs_out("what the custodians are to list")
    made: newkeys.NewEpoch | newkeys.NewSeal | newkeys.NewSigning
    public: Wire
    if given.what == What.K:
        made = epoch = newkeys.new_epoch(unit.held, unit.trust, random=keyfiles.random_bytes)
        public = epoch.update
    elif given.what == What.ENVELOPE:
        made = seal = newkeys.new_seal(unit.held, unit.trust, random=keyfiles.random_bytes)
        public = UnitSeal(number=seal.number, public=seal.public)
    else:
        made = newkeys.new_signing(unit.held, unit.trust, random=keyfiles.random_bytes)
        public = ServiceKeyPublic(party="key", what=str(given.what), public=made.public)
    add_secrets(unit.file, {made.name: made.secret}, owner=OWNER, passphrase=unit.passphrase)
    # Given again, it is the same key: what it wrote before may have been lost.
    out.unlink(missing_ok=True)
    keyfiles.write_public(public, out)
    also = "; the broker needs it first: broker keys rotate k take" if given.what == What.K else ""
    keyfiles.told({}, [f"`{made.name}` is in {unit.file}", f"{out} is for the custodians{also}"], as_json=False)


def _destroy(given: Given, unit: _Unit) -> None:
    out, moment = given.needs_out("the signed records"), int(keyfiles.now().timestamp())
    name, before = _over(given.what, unit.held, unit.trust)
    over = [number for number in unit.held.numbers(name) if number < before]
    if not over:
        raise Conflict("nothing-over", f"no `{name}` is held that came before those of the trust list")
    if name == SIGNING:
        records = tuple(_destroyed_signing(unit, number, moment) for number in over)
    else:
        make = partial(newkeys.destroyed, unit.held, unit.trust, name=name, now=moment)
        records = tuple(make(number=number) for number in over)
    # Before the secrets go: a process that dies between the two destroys again.
    paths, names = write_records(records, out), {numbered(name, number) for number in over}
    destroy_secrets(unit.file, names, owner=OWNER, passphrase=unit.passphrase)
    lines = [f"`{one}` is gone from {unit.file}" for one in sorted(names)]
    lines += [f"for the trust list: {', '.join(paths)}", "older copies of the secret file, and backups, hold it still"]
    keyfiles.told({}, lines, as_json=False)


def _over(what: What, held: Secrets, trust: Trust) -> tuple[str, int]:
    """The name of the secret, and the first number of it that is still needed."""
    if what == What.K:
        return K, min(trust.epochs)
    if what == What.ENVELOPE:
        return SEAL, min(trust.linkage_unit.seal_keys)
    newest = trust.linkage_unit.signing
    numbers = [number for number in held.numbers(SIGNING) if _public(held, number) == newest]
    return SIGNING, min(numbers, default=0)


def _destroyed_signing(unit: _Unit, number: int, now: int) -> Destroyed:
    key, public = signing_key(unit.held, unit.trust), _public(unit.held, number)
    secret = (SIGNING, number)
    return destroyed_record(unit.trust.place, LINKAGE_UNIT, secret=secret, at=now, signing_key=key, public=public)


def _public(held: Secrets, number: int) -> bytes:
    return held.signing_key(numbered(SIGNING, number)).public_key().public_bytes_raw()
