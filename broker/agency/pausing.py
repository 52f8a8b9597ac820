"""Our services pause sharing, by one of us, and resume it, by two."""

from __future__ import annotations

from collections.abc import Sequence

from broker.agency.acting import Acting
from broker.agency.broker_calls import read_list, record_once
from broker.agency.edges import Edges
from broker.agency.workspace import Workspace
from broker.wire.pause import PauseAct, Paused, PauseReceipt, PauseRequest, Pauses


def read_paused(place: Workspace, edges: Edges) -> tuple[Paused, ...]:
    """Those of our services that have paused."""
    return read_list(place, edges, Pauses, signer=place.desk_signer(), path="/v1/pauses").pauses


def pause(by: Acting, sources: Sequence[str]) -> PauseReceipt:
    """Nothing of these services is told from now on. Raises what the broker's refusal says."""
    return _recorded(by, "pause", sources, second=True)


def resume(by: Acting, sources: Sequence[str], *, second: bool) -> PauseReceipt:
    """Proposes that they tell again, or, as the `second` person, agrees. Raises what the broker's refusal says."""
    return _recorded(by, "resume", sources, second=second)


def our_services(place: Workspace) -> tuple[str, ...]:
    """All our services, as the trust list has them."""
    return place.read_trust().agency(place.agency).sources


def _recorded(by: Acting, act: PauseAct, sources: Sequence[str], *, second: bool) -> PauseReceipt:
    place = by.place
    asked = PauseRequest(v=1, id=by.new_id(), agency=place.agency, staff=by.staff, act=act, sources=tuple(sources))
    signer = place.review_signer() if second else place.desk_signer()
    made = record_once(place, by.edges, PauseReceipt, signer=signer, path="/v1/pauses", body=asked)
    by.check(made.leaf, made.proof, typ="pause", act=made.done, sources=sorted(made.sources))
    return made
