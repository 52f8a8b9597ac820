"""Each route: what it answers, to whom, and what it never tells."""

from __future__ import annotations

import json
import os

import httpx2
import pytest
from api_requests import is_refused
from people import MINA, OTTO, Row, export
from signed import deliver, request, send, signer
from world import ADDRESSES, World

from broker.audit.checkpoint import open_note
from broker.wire.fields import encode64


def get(world: World, path: str) -> httpx2.Response:
    return world.network.handle_request(httpx2.Request("GET", ADDRESSES.broker + path))


def test_whoever_watches_over_it_sees_that_it_is_up(quick_world: World) -> None:
    """A broker that can't write says that it is ready."""
    assert get(quick_world, "/healthz").json() == {"status": "up"}
    assert get(quick_world, "/readyz").json() == {"status": "ready"}


def test_the_checkpoint_is_signed_and_grows(quick_world: World) -> None:
    """Somebody who checks the log without an account gets no checkpoint, or an old one."""
    keys = [quick_world.parties.trust.broker.audit_log]
    before = open_note(get(quick_world, "/audit/checkpoint").content, keys)
    quick_world.agency("council").posts(*export("csc", [Row(MINA, "C1")]))
    after = open_note(get(quick_world, "/audit/checkpoint").content, keys)
    assert after.size > before.size
    answer = get(quick_world, f"/audit/tile/0/000.p/{after.size}")
    assert (answer.status_code, len(answer.content)) == (200, 32 * after.size)


@pytest.mark.parametrize(
    "path", ["0/000.p/999", "9/000", "entries/000", "entries/000.p/3", "0/x000/000", "", "0/000.p/0"]
)
def test_no_other_tile_and_no_entries_are_public(quick_world: World, path: str) -> None:
    """Anybody can read the log's entries, with their times and purposes."""
    answer = get(quick_world, f"/audit/tile/{path}")
    assert answer.status_code == 404
    assert answer.json()["code"] in ("tile-unknown", "route-unknown")


def test_answers_are_kept_out_of_caches(quick_world: World) -> None:
    """A proxy keeps somebody's story."""
    quick_world.agency("council").posts(*export("csc", [Row(MINA, "C1")]))
    quick_world.agency("council").asks(MINA.about(), staff="sw")
    for path in ("/healthz", "/audit/checkpoint", "/nothing/here"):
        headers = get(quick_world, path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"


def test_another_agencys_delivery_is_unknown(quick_world: World) -> None:
    """An agency learns that, or how much, another one delivered."""
    quick_world.agency("council").posts(*export("csc", [Row(MINA, "C1"), Row(OTTO, "C2")]))
    batch = next(one.path.split("/")[3] for one in quick_world.traffic if "/chunks/" in one.path)

    def status(agency: str, batch: str) -> tuple[int, str]:
        answered = send(quick_world, agency, "delivery", method="GET", path=f"/v1/batches/{batch}")
        return answered.status, json.dumps({**answered.json, "instance": ""})

    assert status("council", batch)[0] == 200
    assert status("police", batch) == status("police", "00" * 16) == status("council", "00" * 16)
    assert status("police", batch)[0] == 404


def test_another_agency_can_not_close_a_delivery(quick_world: World) -> None:
    """An agency wipes out another one's records by closing its delivery."""
    quick_world.agency("council").posts(*export("csc", [Row(MINA, "C1")], delivery="delta"))
    batch = next(one.path.split("/")[3] for one in quick_world.traffic if "/chunks/" in one.path)
    for agency, says, source in (
        ("police", "police", "po"),
        ("police", "council", "csc"),
        ("council", "council", "eh"),
    ):
        body = json.dumps({"v": 1, "agency": says, "source": source, "chunks": ["0" * 64]}).encode()
        answered = send(quick_world, agency, "delivery", method="POST", path=f"/v1/batches/{batch}/close", body=body)
        is_refused(answered)
        assert answered.status in (403, 404)


def test_closing_before_everything_arrived_is_refused(quick_world: World) -> None:
    """A delivery is closed while a chunk of it is missing, and what that holds is taken for gone."""
    council = quick_world.agency("council")
    council.posts(*export("csc", [Row(MINA, "C1"), Row(OTTO, "C2")]))
    quick_world.later(hours=1)
    quick_world.loses("broker", path="/close", times=4)
    assert council.sends(*export("csc", [Row(MINA, "C1", {"csc.cin_status": "open"}), Row(OTTO, "C2")])).code == 5
    batch = [one.path.split("/")[3] for one in quick_world.traffic if "/chunks/" in one.path][-1]
    body = json.dumps({"v": 1, "agency": "council", "source": "csc", "chunks": ["0" * 64]}).encode()
    answered = send(quick_world, "council", "delivery", method="POST", path=f"/v1/batches/{batch}/close", body=body)
    assert (answered.status, answered.code) == (422, "chunks-missing")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
def test_no_other_method(quick_world: World, method: str) -> None:
    """A question can be asked in a way that nobody looked at."""
    asked = request(quick_world, signer(quick_world, "council", "desk"), method, "/v1/questions")
    assert deliver(quick_world, asked).status == 405


def test_a_nonce_may_be_used_twice_only_where_that_changes_nothing(quick_world: World) -> None:
    """A recorded request is carried out a second time."""
    quick_world.agency("council").posts(*export("csc", [Row(MINA, "C1")]))
    told = quick_world.agency("council").asks(MINA.about(), staff="sw")
    said = {"v": 1, "id": encode64(os.urandom(16)), "agency": "council", "staff": "S1", "verdict": "same"}
    body = json.dumps({**said, "one": told.block("csc").handle, "other": told.block("csc").handle}).encode()
    asked = request(quick_world, signer(quick_world, "council", "desk"), "POST", "/v1/verdicts", body=body)
    assert deliver(quick_world, asked).code == "verdict-on-one"
    close = next(one for one in quick_world.traffic if one.path.endswith("/close"))
    again = send(quick_world, "council", "delivery", method="POST", path=close.path, body=close.request)
    assert again.status == 200
    assert again.json["closed_records"] == 0
