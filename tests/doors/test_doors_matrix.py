"""Every route of the broker, each agency, each kind of key: who gets in, and what the others can tell."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from doors import SEALED, USES, Doors, fresh
from signed import Answered
from world import ADDRESSES

from broker.api import health, log
from broker.errors import NotFound
from broker.store import auditlog
from broker.store.door_tables import request_rates
from broker.store.rates import Rates
from broker.wire.fields import encode64

pytestmark = pytest.mark.xdist_group("doors")

POST, ASK, REVIEW, ANY = {"delivery"}, {"desk"}, {"review"}, set(USES)
MAY: dict[tuple[str, str], set[str]] = {
    ("PUT", "/v1/batches/{batch}/chunks/{digest}"): POST,
    ("POST", "/v1/batches/{batch}/close"): POST,
    ("GET", "/v1/batches/{batch}"): POST,
    ("POST", "/v1/questions"): ASK,
    ("POST", "/v1/landings"): ASK,
    ("POST", "/v1/verdicts"): ASK | REVIEW,
    ("GET", "/v1/recalls"): ASK,
    ("POST", "/v1/challenges/waiting"): REVIEW,
    ("POST", "/v1/challenges"): ASK,
    ("POST", "/v1/challenged"): ASK,
    ("POST", "/v1/challenges/{reference}/answer"): REVIEW,
    ("POST", "/v1/emergencies/{reference}/explained"): ASK,
    ("POST", "/v1/refusals/silent/{day}"): REVIEW,
    ("GET", "/v1/feed/{after}"): ANY,
    ("GET", "/v1/holds"): REVIEW,
    ("POST", "/v1/holds"): ASK | REVIEW,
    ("GET", "/v1/disposals/{day}"): POST,
    ("POST", "/v1/reviews"): REVIEW,
    ("POST", "/v1/explanations"): REVIEW,
    ("POST", "/v1/rights/waiting"): REVIEW,
    ("POST", "/v1/rights"): ASK,
    ("POST", "/v1/rights/{reference}/clock"): ASK,
    ("POST", "/v1/rights/{reference}/decision"): REVIEW,
    ("POST", "/v1/rights/taken"): ASK,
    ("POST", "/v1/people/report"): REVIEW,
    ("POST", "/v1/people/seen"): REVIEW,
    ("GET", "/v1/place"): ANY,
    ("GET", "/v1/agreements"): ANY,
    ("POST", "/v1/audit/evidence"): REVIEW,
    ("POST", "/v1/audit/search"): REVIEW,
    ("POST", "/v1/audit/export"): REVIEW,
    ("GET", "/v1/figures"): ASK,
    ("GET", "/v1/clauses/{clause}"): REVIEW,
    ("POST", "/v1/trials"): REVIEW,
    ("GET", "/v1/trials/{trial}"): REVIEW,
    ("GET", "/v1/standing"): ASK,
    ("POST", "/v1/audit/entry"): REVIEW,
    ("POST", "/v1/audit/statistics"): REVIEW,
    ("POST", "/v1/audit/queue"): REVIEW,
    ("POST", "/v1/audit/queue/{reference}"): REVIEW,
    ("POST", "/v1/audit/closed"): REVIEW,
    ("POST", "/v1/protections/read"): REVIEW,
    ("POST", "/v1/protections"): ASK | REVIEW,
    ("GET", "/v1/pauses"): ANY,
    ("POST", "/v1/pauses"): ASK | REVIEW,
    ("GET", "/v1/quality"): POST,
    ("GET", "/v1/quality/{page}"): POST,
    # Which key is for which allowance is read in the grant; no key of another use may hand it in.
    ("POST", "/v1/quota-grants"): ANY,
    ("GET", "/v1/alarms/{day}"): POST,
}
OPEN = {*health.PUBLIC, *(path.replace(":path}", "}") for path in log.PUBLIC), "/v1/credential"}
"""What is for everybody, and where a key gets its credential (`test_bad_credentials`)."""
_UNKNOWN = {"batch": "ab" * 16, "digest": "0" * 64, "day": "2026-11-20", "after": "0", "page": "1"}
_UNKNOWN |= {"clause": "A9.9", "trial": "ab" * 16}


def routes(doors: Doors) -> set[tuple[str, str]]:
    """Every (method, path) that the broker describes."""
    paths = doors.world.network.clients["broker"].app.openapi()["paths"]  # type: ignore[attr-defined]
    return {(method.upper(), path) for path, ways in paths.items() for method in ways if path not in OPEN}


def filled(path: str, reference: str = "0000-0000-0") -> str:
    for name, value in {**_UNKNOWN, "reference": reference}.items():
        path = path.replace(f"{{{name}}}", value)
    return path


def kind(answered: Answered) -> str:
    """`in` when the key opens the door, whatever becomes of the request behind it."""
    closed = answered.status in (401, 403) and answered.code in ("signing-key-unknown", "caller-unproven")
    return "out" if closed else "in"


def test_the_table_is_of_every_route(doors: Doors) -> None:
    """A route that nobody thought of is open to every key."""
    assert routes(doors) == set(MAY)


def wrong_doors(doors: Doors, agencies: tuple[str, ...]) -> list[tuple[str, str, str, str]]:
    """Where a key opened what it may not, or did not open what it may."""
    return [
        (agency, use, *route)
        for route, may in MAY.items()
        for agency in agencies
        for use in USES
        if (kind(doors.knock(agency, use, route[0], filled(route[1]), body=_nothing(route[0]))) == "in") != (use in may)
    ]


def _nothing(method: str) -> bytes:
    return b"" if method == "GET" else b"{}"


def test_who_may_do_what(doors: Doors) -> None:
    """A desk's key posts records, a delivery's key reads the log, or a reviewer's asks about people."""
    assert wrong_doors(doors, ("police",)) == []


@pytest.mark.long
def test_who_may_do_what_at_every_agency(doors: Doors) -> None:
    """The same, for all ten."""
    assert wrong_doors(doors, doors.agencies) == []


UNIT = {
    # Which key is for which use is read in the body; no key of another use is taken for it.
    ("POST", "/v1/evaluate"): ANY,
    ("POST", "/v1/quota-grants"): ANY,
    ("GET", "/v1/tickets/{day}"): ASK,
    **{("POST", f"/v1/{name}"): {"request"} for name in ("compare", "blocks", "explanations", "reseal")},
}
"""The linkage unit's routes; `request` is the broker's own key."""


def test_who_may_do_what_at_the_linkage_unit(doors: Doors) -> None:
    """An agency has envelopes compared by itself, or the broker has points evaluated as if it were an agency."""
    paths = doors.world.network.clients["linkunit"].app.openapi()["paths"]  # type: ignore[attr-defined]
    open_there = {"/healthz", "/readyz", "/v1/grants/{id}", "/v1/credential"}
    described = {(method.upper(), path) for path, ways in paths.items() for method in ways if path not in open_there}
    assert described == set(UNIT)
    wrong = []
    for route, may in UNIT.items():
        for party, use in (*(("police", use) for use in USES), ("broker", "request")):
            path, body = filled(route[1]), _nothing(route[0])
            answered = doors.knock(party, use, route[0], path, body=body, to=ADDRESSES.linkage_unit)
            if (kind(answered) == "in") != (use in may):
                wrong.append((party, use, *route))
    assert wrong == []


def same(one: Answered) -> tuple[int, dict[str, Any]]:
    """What can be told from an answer, but for the number of the request."""
    return one.status, {**one.json, "instance": ""}


def things(doors: Doors) -> dict[str, tuple[str, str, str, str]]:
    """Things that are somebody's: the key that reads them, the address, the real name, and one that is nobody's."""
    none = "0000-0000-0"
    return {
        "a delivery": ("delivery", "GET /v1/batches/{}", doors.batch, "ab" * 16),
        "a delivery to close": ("delivery", "POST /v1/batches/{}/close", doors.batch, "ab" * 16),
        "a case": ("review", "POST /v1/challenges/{}/answer", doors.case, none),
        "an emergency": ("desk", "POST /v1/emergencies/{}/explained", doors.emergency, none),
        "a right's clock": ("desk", "POST /v1/rights/{}/clock", doors.right, none),
        "a right": ("review", "POST /v1/rights/{}/decision", doors.right, none),
        "an answer in the log": ("review", "POST /v1/audit/entry {}", doors.entry, none),
        "a spoken reference": ("desk", "POST /v1/landings {}", doors.entry, none),
    }


def body_for(name: str, agency: str, thing: str) -> dict[str, Any] | bytes:
    bodies: dict[str, dict[str, Any]] = {
        "a delivery to close": {"v": 1, "agency": agency, "source": "po", "chunks": ["0" * 64]},
        "a case": fresh(agency, outcome="keep", because=SEALED),
        "an emergency": fresh(agency, person_told="told", words={"voluntary": SEALED}),
        "a right's clock": fresh(agency, act="acknowledge", on="2026-11-22"),
        "a right": fresh(agency, outcome="upheld"),
        "an answer in the log": {"v": 1, "staff": "S1", "entry": thing},
        "a spoken reference": {"v": 1, "staff": "S1", "reference": thing},
    }
    return bodies.get(name, b"")


@pytest.mark.parametrize("name", ["a delivery", "a delivery to close", "a case", "an emergency", "a right's clock",
                                  "a right", "an answer in the log", "a spoken reference"])  # fmt: skip
def test_unknown_and_forbidden_read_the_same(doors: Doors, name: str) -> None:
    """Whoever tries names finds out which there are, and at whose agency (A3)."""
    use, address, real, nobodys = things(doors)[name]

    def answered(agency: str, thing: str) -> tuple[int, dict[str, Any]]:
        method, path = address.format(thing).split(" ")[:2]
        return same(doors.knock(agency, use, method, path, body=body_for(name, agency, thing)))

    for agency in ("police", "nhs"):
        assert answered(agency, real) == answered(agency, nobodys)
        assert answered(agency, real)[0] == 404


def test_the_owner_finds_them(doors: Doors) -> None:
    """What is hidden from others is hidden because it is nowhere."""
    owners = {"a case": "voluntary"}
    for name, (use, address, real, _) in things(doors).items():
        method, path = address.format(real).split(" ")[:2]
        agency = owners.get(name, "council")
        answered = doors.knock(agency, use, method, path, body=body_for(name, agency, real))
        assert answered.status != 404, name


@pytest.mark.parametrize("name", ["a case", "an emergency", "a right", "a right's clock"])
def test_nobody_speaks_for_another_agency(doors: Doors, name: str) -> None:
    """A body names another agency than the key, and is believed."""
    use, address, real, _ = things(doors)[name]
    method, path = address.format(real).split(" ")[:2]
    answered = doors.knock("police", use, method, path, body=body_for(name, "council", real))
    assert answered.status in (403, 404)


@pytest.mark.parametrize("method", ["TRACE", "OPTIONS", "HEAD", "DELETE", "PATCH", "CONNECT"])
def test_no_other_method_is_answered(doors: Doors, method: str) -> None:
    """TRACE gives back what a proxy added; OPTIONS what there is."""
    client = doors.world.network.clients["broker"]
    for path in ("/v1/questions", "/v1/audit/search", "/v1/holds"):
        assert client.request(method, path).status_code in (404, 405)


def test_what_only_reads_changes_nothing(doors: Doors) -> None:
    """A GET that somebody was made to send changes something but the log of looks."""
    written = [route for route, _ in MAY.items() if route[0] not in ("GET", "POST", "PUT")]
    assert written == []
    read = [path for method, path in MAY if method == "GET"]
    for path in read:
        answered = doors.knock("council", sorted(MAY["GET", path])[0], "GET", filled(path))
        assert answered.status in (200, 404, 422), (path, answered.status)


def test_what_is_written_can_be_sent_again(doors: Doors) -> None:
    """A caller whose answer was lost does the same thing twice: every form has an id of its own to be known by."""
    described = doors.world.network.clients["broker"].app.openapi()  # type: ignore[attr-defined]
    by_content = {
        "/v1/batches/{batch}/chunks/{digest}", "/v1/batches/{batch}/close", "/v1/questions", "/v1/quota-grants",
        "/v1/people/seen", "/v1/audit/search", "/v1/audit/export", "/v1/audit/entry", "/v1/audit/evidence",
        "/v1/landings", "/v1/audit/statistics", "/v1/explanations", "/v1/audit/closed",
        "/v1/audit/queue", "/v1/protections/read", "/v1/rights/waiting", "/v1/rights/taken", "/v1/challenges/waiting",
        "/v1/challenged", "/v1/refusals/silent/{day}",
    }  # fmt: skip
    without = set()
    for path, ways in described["paths"].items():
        body = ways.get("post", ways.get("put", {})).get("requestBody", {}).get("content", {})
        if (
            body
            and path not in OPEN
            and "id" not in body.get("application/json", {}).get("schema", {}).get("required", [])
        ):
            without.add(path)
    assert without == by_content


def test_a_form_sent_twice_counts_once(doors: Doors) -> None:
    """The same, tried: a right is taken in twice."""
    body = {
        "v": 1, "id": encode64(os.urandom(16)), "agency": "council", "staff": "S1", "source": "csc",
        "ref": encode64(os.urandom(16)), "act": "set", "review_by": "2027-01-10",
    }  # fmt: skip
    held = next(
        json.loads(line)["ref"]
        for one in doors.world.traffic if "/chunks/" in one.path and b'"csc"' in one.request
        for line in one.request.splitlines()[1:]
    )  # fmt: skip
    first, again = (doors.knock("council", "desk", "POST", "/v1/holds", body={**body, "ref": held}) for _ in range(2))
    assert first.status == 200, first.content
    assert (again.status, again.json.get("state")) in ((200, "set"), (200, "renewed"), (409, None))


def test_an_agency_that_sends_too_much_waits_and_no_other(doors: Doors) -> None:
    """The allowance is kept, and nothing asks for it."""
    state = doors.world.network.clients["broker"].app.state
    kept, state.rates = state.rates, Rates(doors.world.parts.store, 2)
    try:
        codes = [doors.knock("fire", "desk", "GET", "/v1/place").status for _ in range(4)]
        assert codes[-1] == 429
        assert doors.knock("nhs", "desk", "GET", "/v1/place").status == 200
    finally:
        state.rates = kept
        with doors.world.parts.store.derive() as connection:
            connection.execute(request_rates.delete())


def test_a_landing_holds_nobody_up_and_tells_no_stranger_what_was_there(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes through all records of an agency; and an answer whose details are destroyed is still nobody else's."""
    store, held = doors.world.parts.store, []

    def gone(*_: object) -> dict[str, str]:
        held.append(store._commits is not None and store._commits._turn.locked())
        raise NotFound("details-destroyed", "gone")

    def lands(agency: str) -> Answered:
        body = {"v": 1, "staff": "S1", "reference": doors.entry}
        return doors.knock(agency, "desk", "POST", "/v1/landings", body=body)

    monkeypatch.setattr(auditlog, "disclosures", gone)
    assert json.loads(lands("fire").content)["code"] == "reference-unknown"
    assert lands("council").status == 200
    assert held == [False, False]
