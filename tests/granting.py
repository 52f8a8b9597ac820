"""Two people of a World grant a population run, and the broker makes it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from world import World

from broker.actions.propose_run import propose_run
from broker.actions.run_blocks import Ended, Progress, run_blocks
from broker.keys import context, granting
from broker.store.runfile import RunFile
from broker.synthetic.parties import GRANTERS
from broker.vaults.secretfile import read_secrets
from broker.wire.fields import canonical
from broker.wire.grant import Grant, GrantSignature, GrantTerms


def grant_of(
    world: World, purpose: str = "match_quality", *, sources: Sequence[str] = (), openings: int = 0
) -> tuple[Grant, tuple[bytes, ...]]:
    """A grant that both people have signed, and the list of records it is for."""
    terms, digests = propose_run(world.parts, purpose, sources=sources)
    terms = terms.model_copy(update={"openings": openings} if openings else {})
    signatures = [signature_of(world, person, terms) for person in GRANTERS]
    return granting.grant_of(terms, signatures, trust=world.parts.trust), digests


def signature_of(world: World, person: str, terms: GrantTerms) -> GrantSignature:
    secrets = read_secrets(world.parties.granter(person) / "secrets.json", owner=f"granter:{person}")
    return GrantSignature(by=person, signature=secrets.ed25519("grant").sign(context.GRANT + canonical(terms)))


def progress_file(world: World, grant: Grant) -> Path:
    return world.folder / f"{grant.terms.id.hex()}.progress"


def run(
    world: World, given: tuple[Grant, tuple[bytes, ...]] | None = None, *, progress: Progress | None = None
) -> Ended:
    """A whole run, begun or gone on with."""
    grant, digests = given or grant_of(world)
    file = RunFile(progress_file(world, grant), grant.terms.id)
    try:
        return run_blocks(world.parts, grant, digests=digests, file=file, progress=progress)
    finally:
        file.close()
