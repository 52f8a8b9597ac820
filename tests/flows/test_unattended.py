"""What of an answer waits for a person is counted, and what does not is not."""

from __future__ import annotations

from people import MINA, OTTO, Row, export
from refusal_flows import post_refused
from world import World

from broker.synthetic.unattended import held_back


def test_what_is_held_back_is_counted_by_its_level(quick_world: World) -> None:
    """A refusal counts as an answer, or a telephone number that an agreement shares as a refusal."""
    world, council = quick_world, quick_world.agency("council")
    post_refused(world)
    council.posts(*export("csc", [Row(OTTO, "C2"), Row(MINA, "C1")]))
    assert list(held_back(council.asks(MINA.about(), staff="sw").answer)) == []
    assert list(held_back(council.asks(OTTO.about(), staff="sw").answer)) == [("signpost", "A2.E1")]
    as_agreed = council.asks(OTTO.about(), staff="kw", purpose="early_help")
    assert as_agreed.block("su").level == "signpost" and list(held_back(as_agreed.answer)) == []
    [(level, _)] = held_back(council.asks(MINA.about(), staff="untrained").answer)
    assert level == "withhold"
