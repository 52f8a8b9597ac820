"""The linkage unit's operator in a World: new keys in its secret file, the trust list with them, old ones destroyed."""

from __future__ import annotations

import os
from pathlib import Path

from granting import signature_of
from world import World

from broker.actions.reseal_evidence import Progress, Resealed, propose_reseal, reseal_evidence
from broker.keys import changes, granting
from broker.keys.listed import UnitSeal
from broker.keys.secrets import Secrets, numbered
from broker.linkunit import newkeys
from broker.synthetic.parties import GRANTERS
from broker.vaults.secretfile import add_secrets, destroy_secrets, read_secrets
from broker.wire.destroyed import Destroyed
from broker.wire.grant import Grant, GrantTerms

OWNER = "linkunit"


def secret_file(world: World) -> Path:
    return world.parties.home("linkunit") / "secrets.json"


def held(world: World) -> Secrets:
    return read_secrets(secret_file(world), owner=OWNER)


def open_seal(world: World) -> int:
    """A second envelope key, in the file first and then on the trust list. Returns its number."""
    new = newkeys.new_seal(held(world), world.parties.trust, random=os.urandom)
    add_secrets(secret_file(world), {new.name: new.secret}, owner=OWNER, passphrase=bytes)
    world.trusts(changes.next_unit_seal(world.parties.trust, UnitSeal(number=new.number, public=new.public)))
    return new.number


def grant_to_reseal(world: World, *, openings: int = 0) -> Grant:
    terms = propose_reseal(world.parts.fresh())
    return signed(world, terms.model_copy(update={"openings": openings} if openings else {}))


def signed(world: World, terms: GrantTerms) -> Grant:
    """The terms with both people's signatures."""
    signatures = [signature_of(world, person, terms) for person in GRANTERS]
    return granting.grant_of(terms, signatures, trust=world.parties.trust)


def resealed(world: World, grant: Grant | None = None, *, progress: Progress | None = None) -> Resealed:
    return reseal_evidence(world.parts, grant or grant_to_reseal(world), progress=progress)


def destroy_seal(world: World, number: int) -> Destroyed:
    """The trust list without it, the record, the key gone, and the linkage unit started anew."""
    world.trusts(changes.closed_unit_seal(world.parties.trust))
    now = int(world.now.timestamp())
    record = newkeys.destroyed(held(world), world.parties.trust, name="seal", number=number, now=now)
    destroy_secrets(secret_file(world), {numbered("seal", number)}, owner=OWNER, passphrase=bytes)
    world.stop("linkunit")
    world.start("linkunit")
    return record
