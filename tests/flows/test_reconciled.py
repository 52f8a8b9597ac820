"""The linkage unit counts, the agency compares: what everybody did is accounted for, and what somebody did behind its
back is an alarm."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest
from fastapi.testclient import TestClient
from granting import grant_of, run
from people import MINA, OTTO, Row, export
from signed import request, secrets_of, signer
from sqlalchemy.engine import make_url
from world import ADDRESSES, AGENCIES, World

from broker import oprf
from broker.agency.canaries import Canary, canaries_of
from broker.agency.cli import main
from broker.agency.journal import evaluated_about
from broker.errors import Misconfigured
from broker.tokens import load_scheme
from broker.wire.answer import Answer, ReceiptLeaf
from broker.wire.evaluation import EvaluateRequest
from broker.wire.fields import parse

OVERNIGHT = 15.0
ACCOUNTED = {"day": "2026-11-22", "questions": 1, "answers": 1, "alarms": [], "notes": []}


def reconciled(world: World, *options: str) -> tuple[int, dict[str, Any]]:
    """`reconcile` by the council on the next day, and the clock back where it was."""
    before = world.now
    world.later(hours=OVERNIGHT)
    ran = world.agency("council").runs("reconcile", "--json", *options)
    world.now = before
    return ran.code, ran.result


def kinds(result: dict[str, Any]) -> list[str]:
    return [alarm["kind"] for alarm in result["alarms"]]


def asked(world: World) -> None:
    world.agency("council").posts(*export("csc", [Row(MINA, "C1"), Row(OTTO, "C2")]))
    for person in (MINA, OTTO):
        world.agency("council").asks(person.about(), staff="sw")


def test_every_question_of_the_day_is_accounted_for(world: World) -> None:
    """In words for a person, as JSON for a program, and again on the day after."""
    asked(world)
    assert reconciled(world) == (0, {**ACCOUNTED, "questions": 2, "answers": 2})
    world.later(hours=OVERNIGHT)
    ran = world.agency("council").runs("reconcile").ok()
    both = "in the linkage unit's count and in the broker's log"
    assert ran.out.strip() == f"all 2 questions of 2026-11-22 are accounted for, {both}"
    world.later(days=1)
    assert world.agency("council").runs("reconcile").ok().out.startswith("all 0 questions of 2026-11-23")


def test_an_answer_that_was_lost_is_seen(world: World) -> None:
    """The broker had evidence compared, and the desk has nothing to show for it."""
    asked(world)
    world.loses("broker", path="/v1/questions", after=True)
    assert world.agency("council").asking(MINA.about(), staff="sw").code == 5
    code, result = reconciled(world)
    assert (code, kinds(result)) == (7, ["no-proof"])


def test_a_stolen_desk_key_is_seen(world: World) -> None:
    """Whoever signs with it is counted, and no journal names their ticket."""
    asked(world)
    assert evaluated(world, "ask", "desk", batch=b"z" * 16) == 200
    code, result = reconciled(world)
    assert (code, kinds(result)) == (7, ["ticket-not-ours"])
    assert result["alarms"][0]["ticket"] == (b"z" * 16).hex()[:8]


def evaluated(world: World, use: str, key: str, *, batch: bytes) -> int:
    scheme = load_scheme().digest.hex()
    point = oprf.blind(b"x", oprf.scalar(os.urandom(64)))
    body = EvaluateRequest(v=1, agency="council", use=use, id=batch, epoch=1, scheme=scheme, points=(point,))
    sent = request(
        world, signer(world, "council", key), "POST", "/v1/evaluate", body=body.model_dump_json().encode(),
        to=ADDRESSES.linkage_unit,
    )  # fmt: skip
    return world.network.handle_request(sent).status_code


def test_a_stolen_delivery_key_is_seen(world: World) -> None:
    """Every input is a guess at a name, and no journal names the delivery; more for a real one shows as well."""
    asked(world)
    [batch] = {one.batch for one in evaluated_about([world.agency("council").home / "state"], world.now.date())}
    for id in (b"z" * 16, batch):
        assert evaluated(world, "post", "delivery", batch=id) == 200
    code, result = reconciled(world)
    assert (code, sorted(kinds(result))) == (7, ["delivery-larger", "delivery-not-ours"])


def test_an_evaluation_whose_answer_was_lost_is_accounted_for(world: World) -> None:
    """The linkage unit counts before it answers, and the client sends again."""
    world.loses("linkunit", path="/v1/evaluate", after=True)
    asked(world)
    assert reconciled(world)[0] == 0


def test_a_delivery_that_the_linkage_unit_forgot_is_seen(world: World) -> None:
    """Its ledger is put back to the morning's copy."""
    ledger = world.unit_settings.ledger
    world.stop("linkunit")
    copy = shutil.copy(ledger, ledger.with_suffix(".morning"))
    world.start("linkunit")
    world.agency("council").posts(*export("csc", [Row(MINA, "C1")]))
    world.stop("linkunit")
    shutil.copy(copy, ledger)
    world.start("linkunit")
    code, result = reconciled(world)
    assert (code, kinds(result)) == (7, ["delivery-not-counted"])


def test_a_granter_reads_what_a_run_was_used_for(world: World) -> None:
    """An honest run has no strangers; nothing but the terms and the trust list is needed to see it."""
    world.agency("council").posts(*export("csc", [Row(MINA, "C1"), Row(OTTO, "C2")]))
    world.agency("homes").posts(*export("hs", [Row(MINA, "T1")]))
    given = grant_of(world)
    run(world, given)
    terms = world.folder / "terms.json"
    terms.write_text(given[0].terms.model_dump_json())
    said = io.StringIO()
    command = ["grant-status", str(terms), "--linkage-unit", ADDRESSES.linkage_unit, "--json"]
    with contextlib.redirect_stdout(said):
        code = main([*command, "--trust", str(world.parties.trust_folder)], world.edges())
    found = json.loads(said.getvalue())
    assert (code, found["blocks"], found["openings"], found["strangers"], found["alarms"]) == (0, 3, 192, 0, [])


def test_a_count_that_was_taken_back_is_seen(world: World) -> None:
    """The linkage unit's ledger is put back to this morning's copy: a question is missing, and so are its lines."""
    ledger = world.unit_settings.ledger
    world.agency("council").posts(*export("csc", [Row(MINA, "C1")]))
    world.agency("council").asks(MINA.about(), staff="sw")
    assert reconciled(world, "--day", "2026-11-22")[0] == 0
    world.stop("linkunit")
    copy = shutil.copy(ledger, ledger.with_suffix(".morning"))
    world.start("linkunit")
    world.agency("council").asks(OTTO.about(), staff="sw")
    assert reconciled(world)[0] == 0
    world.stop("linkunit")
    shutil.copy(copy, ledger)
    world.start("linkunit")
    code, result = reconciled(world)
    assert (code, sorted(kinds(result))) == (7, ["answers-not-counted", "log-goes-back", "not-counted"])


def test_an_answer_that_was_taken_out_of_the_log_is_seen(
    make_world: Callable[[str], World], sqlite_url: str, tmp_path: Path
) -> None:
    """The broker answers, and its database is put back to what it was before: nobody asked anything."""
    world = make_world(sqlite_url)
    world.agency("council").posts(*export("csc", [Row(MINA, "C1"), Row(OTTO, "C2")]))
    database = Path(str(make_url(world.settings.database_url).database))
    before = tmp_path / "before.db"
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("VACUUM INTO ?", (str(before),))
    world.agency("council").asks(MINA.about(), staff="sw")
    assert reconciled(world) == (0, ACCOUNTED)
    world.stop("broker")
    for path in database.parent.glob("broker.db*"):
        path.unlink()
    shutil.copy(before, database)
    world.start("broker")
    code, result = reconciled(world)
    assert (code, kinds(result), result["answers"]) == (7, ["answers-forgotten"], 0)


@dataclasses.dataclass
class Unlogged:
    """A broker whose answers come with no receipt, or with that of an earlier answer."""

    honest: TestClient
    receipt: tuple[ReceiptLeaf, ...]

    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        answer = self.honest.send(request, **options)
        if request.url.path != "/v1/questions":
            return answer
        told = parse(Answer, answer.content).model_copy(update={"receipt": self.receipt})
        content = told.model_dump_json(exclude_none=True).encode()
        return httpx2.Response(200, headers={"content-type": "application/json"}, content=content)


def test_an_answer_that_was_never_logged_is_not_shown_and_is_seen(
    make_world: Callable[[str], World], sqlite_url: str
) -> None:
    """The broker tells a story and logs nothing of it: the desk shows it, or the day's count does not miss it."""
    world = make_world(sqlite_url)
    world.agency("council").posts(*export("csc", [Row(MINA, "C1"), Row(OTTO, "C2")]))
    council = world.agency("council")
    council.asks(OTTO.about(), staff="sw")
    [logged] = [one.answer or b"" for one in world.traffic if one.path == "/v1/questions"]
    honest = world.network.clients["broker"]
    for receipt in ((), parse(Answer, logged).receipt):
        world.network.clients["broker"] = cast(TestClient, Unlogged(honest, receipt))
        refused = council.asking(MINA.about(), staff="sw")
        assert refused.code == 6 and "receipt-" in refused.error and "csc" not in refused.out
    world.network.clients["broker"] = honest
    code, result = reconciled(world)
    assert (code, kinds(result)) == (7, ["no-proof", "no-proof"])


def test_a_changed_count_stops_the_linkage_unit(world: World) -> None:
    """A line that was edited does not fit its hash, and the linkage unit does not start."""
    asked(world)
    world.stop("linkunit")
    with sqlite3.connect(world.unit_settings.ledger) as database:
        database.execute("UPDATE spent SET purpose = 'research' WHERE use = 'compare1'")
    database.close()
    with pytest.raises(Misconfigured, match="own hashes"):
        world.start("linkunit")


def holders(world: World) -> tuple[Canary, str, list[str]]:
    """The canary of the next day, and the sources that hold it."""
    known = canaries_of(secrets_of(world, "council").bytes32("evidence"), world.parties.trust)
    world.later(hours=OVERNIGHT)
    canary = known[world.now.date().toordinal() % len(known)]
    world.later(hours=-OVERNIGHT)
    return canary, canary.name, list(canary.sources)


def post_with_canaries(world: World, sources: list[str], canary: Canary) -> None:
    agency_of = {source: agency for agency, held in AGENCIES.items() for source in held}
    for agency in AGENCIES:
        file = world.agency(agency).home / "agency.toml"
        if "canaries" not in file.read_text():
            file.write_text("canaries = true\n" + file.read_text())
    model = dataclasses.replace(OTTO, dob=canary.dob.isoformat())
    for source in sources:
        result = world.agency(agency_of[source]).posts(*export(source, [Row(model, "C1"), Row(OTTO, "C2")]))
        assert result["kept"] > 2


def test_a_canary_is_found_and_missed_when_it_is_not(world: World) -> None:
    """One fictional person a day, written differently at each source; the question is like any other."""
    canary, _, sources = holders(world)
    post_with_canaries(world, sources, canary)
    options = ("--purpose", "child_safeguarding", "--as", "sw")
    code, first = reconciled(world, *options)
    assert (code, first["alarms"]) == (0, [])
    never = "".join(first["notes"])
    found = [source for source in sources if source not in never.split(" at ")[-1].split(", ")]
    assert len(found) >= 2, first
    assert reconciled(world, *options)[0] == 0
    withheld = found[0]
    agency = next(agency for agency, held in AGENCIES.items() if withheld in held)
    reference = canary.reference(withheld, secrets_of(world, agency).bytes32("reference"))
    world.agency(agency).runs("retract", reference, "--source", withheld).ok()
    code, result = reconciled(world, *options)
    assert (code, kinds(result)) == (7, ["canary-missing"])
    assert withheld in result["alarms"][0]["text"]


def test_an_agency_knows_its_own_canaries(world: World) -> None:
    """By reference, so that it can leave them out of its own figures; nobody else can name them."""
    canary, name, sources = holders(world)
    agency = next(agency for agency, held in AGENCIES.items() if sources[0] in held)
    listed = world.agency(agency).runs("canaries", "--json").ok().result
    assert {"source": sources[0], "name": name} in [
        {"source": one["source"], "name": one["name"]} for one in listed["canaries"]
    ]
    assert listed["posted"] is False
    assert len({one["reference"] for one in listed["canaries"]}) == len(listed["canaries"])
    post_with_canaries(world, sources[:1], canary)
    words = [part.encode() for part in (canary.forename, canary.surname, canary.postcode, canary.dob.isoformat())]
    outside = world.outside()
    shown = {where for where, held in outside.items() for word in words if len(word) > 6 and word in held.lower()}
    assert {where for where in shown if where != "screens"} == set()
