"""How an agency stands: its emergencies that go on or that nobody has judged, and those that it is to judge itself.

Like the feed this tells of nobody, so that a desk may read it with every page and leaves no event.
"""

from __future__ import annotations

from broker.actions.break_glass import OPEN_SECONDS
from broker.parts import Parts
from broker.store import cases, pauses
from broker.wire.standing import PausedService, Standing


def read_standing(parts: Parts, *, agency: str) -> Standing:
    """The numbers of now."""
    now = int(parts.now().timestamp())
    with parts.store.look() as connection:
        asked = cases.asked_by(connection, parts.keyring, agency)
        held = cases.held_by(connection, parts.keyring, agency)
        paused = pauses.of_agency(connection, parts.keyring, agency)
        services = parts.at(connection).policies.vocabulary.sources
    # An emergency is one case at each agency that was told of it.
    ours = {one.matter.answer: one for one in asked if one.kind == "emergency" and one.is_waiting}
    ends = [one.made + OPEN_SECONDS for one in asked if one.kind == "emergency"]
    return Standing(
        v=1,
        agency=agency,
        open_until=max(ends) if ends and max(ends) > now else None,
        emergencies=len(ours),
        unexplained=sum(not one.matter.explained_at for one in ours.values()),
        to_judge=sum(one.kind == "emergency" for one in held),
        paused=tuple(
            PausedService(service=services[source].name, since=one.since, resuming=one.is_resuming(now))
            for source, one in paused.items()
            if source in services
        ),
    )
