"""A request that somebody overheard is worth nothing, to the process that has answered it, to the next and to another.

No nonce is written down for it: each process takes only credentials that it gave itself, and every request is signed
over one. Callers notice nothing, as they fetch another and sign again by themselves.
"""

from __future__ import annotations

import httpx2
import pytest
from fastapi.testclient import TestClient
from people import MINA, Row, export
from signed import deliver, request, signer
from world import ADDRESSES, NOW, World

from broker.keys import assertion
from broker.server import create_app, put_together

DAY = f"{NOW:%Y-%m-%d}"


def overheard(world: World, to: str = ADDRESSES.broker, path: str = "/v1/place") -> httpx2.Request:
    return request(world, signer(world, "council", "desk"), "GET", path, to=to)


@pytest.mark.parametrize(("party", "to", "path"), [
    ("broker", ADDRESSES.broker, "/v1/place"), ("linkunit", ADDRESSES.linkage_unit, f"/v1/tickets/{DAY}"),
])  # fmt: skip
def test_what_was_sent_before_a_restart_is_not_taken_after_it(
    quick_world: World, party: str, to: str, path: str
) -> None:
    """A crash a minute ago opens every request of the last five minutes again."""
    said = overheard(quick_world, to, path)
    assert deliver(quick_world, said).status == 200
    assert deliver(quick_world, said).code == "caller-unproven"
    quick_world.stop(party)
    quick_world.start(party)
    assert deliver(quick_world, said).code == "caller-unproven"
    assert deliver(quick_world, overheard(quick_world, to, path)).status == 200


def test_callers_notice_no_restart(quick_world: World) -> None:
    """The agency's programs and the broker itself sign again, once, with what the new process gives them."""
    council = quick_world.agency("council")
    council.posts(*export("csc", [Row(MINA, "C1")]))
    council.asks(MINA.about(), staff="sw")
    for party in ("linkunit", "broker"):
        before = len(quick_world.network.looks)
        quick_world.stop(party)
        quick_world.start(party)
        assert council.asks(MINA.about(), staff="sw").people == {"subject": [["csc"]]}
        looks = quick_world.network.looks[before:]
        assert sum(one.status == 401 for one in looks) <= 2, "one from the agency, one from the broker"
        assert sum(one.path == assertion.PATH for one in looks) <= 2


def test_what_one_process_answered_another_does_not(quick_world: World) -> None:
    """Two brokers work on one database behind one address; what one has seen the other has not."""
    said = overheard(quick_world)
    assert deliver(quick_world, said).status == 200
    parts = put_together(quick_world.settings, now=lambda: quick_world.now, transport=quick_world.network)
    with TestClient(create_app(parts), raise_server_exceptions=False) as other:
        answer = other.request(said.method, str(said.url), content=said.content, headers=dict(said.headers))
        assert (answer.status_code, answer.json()["code"]) == (401, "caller-unproven")
