"""The gate: what is about people leaves the broker through one function, and only once an event says so."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import disclosing
import pytest
from people import MINA, OTTO, Row, export
from signed import Answered, say, send
from world import World

from broker.store.engine import Tx

PACKAGE = Path(disclosing.__file__).parents[1] / "broker"
ROOMS = sorted((PACKAGE / "api").glob("*.py"))
# What the one gate has not to see: nothing about anybody is in it (`disclosing.NOTHING_PERSONAL`).
NOT_PERSONAL = {"health.healthz", "health.readyz", "log.checkpoint", "log.witnessed", "log.consistency", "log.tile"}
NOT_PERSONAL |= {"figures.figures", "figures.standing", "trials.clause", "trials.trial"}
NOT_PERSONAL |= {"records.status", "refusals.feed", "credentials.credential", "agreements.agreements", "place.place"}
NOT_PERSONAL |= {"pauses.paused"}
Function = ast.FunctionDef


def functions(path: Path) -> list[Function]:
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, Function)]


def routes() -> dict[str, Function]:
    """Every function that answers a request, by room and name."""
    return {
        f"{path.stem}.{one.name}": one
        for path in ROOMS
        for one in functions(path)
        if any(ast.unparse(mark).startswith("routes.") for mark in one.decorator_list)
    }


def is_sent(value: ast.expr | None, function: Function) -> bool:
    """Whether a returned value is what `send` made: of a call of it, or of a name that only such a call was given."""
    if isinstance(value, ast.Name):
        given = [
            one.value
            for one in ast.walk(function)
            if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == value.id
        ]
        return bool(given) and all(is_sent(one, function) for one in given)
    return isinstance(value, ast.Call) and ast.unparse(value.func) == "send"


def test_every_route_sends_what_was_released() -> None:
    """A route that somebody adds answers with data of no committed transaction."""
    found = routes()
    around = {
        name
        for name, function in found.items()
        if not all(is_sent(one.value, function) for one in ast.walk(function) if isinstance(one, ast.Return))
    }
    assert around == NOT_PERSONAL
    assert len(found) - len(around) >= 20


def test_only_a_committed_transaction_releases() -> None:
    """`Released` is made somewhere else than where the commit is known, or its seal gets about."""
    makers = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if re.search(r"\bReleased\(|_SEAL", path.read_text())
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Call) and ast.unparse(node.func) == "Released")
        or (isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node).rpartition(".")[2] == "_SEAL")
    }
    assert makers == {"store/engine.py"}


def actions() -> dict[str, str]:
    """Every action that a route sends the result of, with its file."""
    found = {}
    for path in ROOMS:
        tree = ast.parse(path.read_text())
        names = {
            alias.name: str(node.module).rpartition(".")[2]
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("broker.actions.")
            for alias in node.names
        }
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if ast.unparse(call.func) == "send" and isinstance(call.args[0], ast.Call):
                name = ast.unparse(call.args[0].func)
                found[name] = names[name]
    return found


def test_every_action_behind_a_route_writes_an_event() -> None:
    """An action gives out `Released` of something that is not in its own transaction with its event."""
    for name, file in actions().items():
        text = (PACKAGE / "actions" / f"{file}.py").read_text()
        if "return told(parts, " in text:
            # What an officer is told, `search_log.told` writes and releases.
            text += (PACKAGE / "actions" / "search_log.py").read_text()
        assert ".released()" in text or ".recorded(" in text, name
        assert ".begin(" in text and (".audit(" in text or "record_answer" in text), name


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> Any:
    """From the moment it is called on, no action writes its event: its call of `audit` is as good as removed."""
    return lambda: monkeypatch.setattr(Tx, "audit", lambda *_: None)


READS = [
    ("council", "desk", "/v1/recalls"),
    ("council", "desk", "/v1/challenged"),
    ("council", "review", "/v1/challenges/waiting"),
    ("council", "review", "/v1/refusals/silent/2026-11-22"),
    ("council", "delivery", "/v1/alarms/2026-11-22"),
    ("council", "review", "/v1/protections/read"),
    ("council", "review", "/v1/rights/waiting"),
    ("council", "desk", "/v1/rights/taken"),
    ("council", "review", "/v1/holds"),
    ("council", "review", "/v1/audit/queue"),
    ("council", "delivery", "/v1/disposals/2026-11-22"),
]


UNNAMED = ("/v1/recalls", "/v1/alarms/", "/v1/holds", "/v1/disposals/")


def read(world: World, agency: str, use: str, path: str) -> Answered:
    if path.startswith(UNNAMED):
        return send(world, agency, use, method="GET", path=path)
    return send(world, agency, use, method="POST", path=path, body=b'{"v":1,"staff":"S1"}')


def test_without_its_event_no_route_tells_anything(quick_world: World, forgetful: Any) -> None:
    """Somebody removes the call that writes the event, and the answer still leaves."""
    world = quick_world
    world.agency("council").posts(*export("csc", [Row(MINA, "C1"), Row(OTTO, "C2")]))
    world.agency("school").posts(*export("ed", [Row(MINA, "P1")]))
    told = world.agency("council").asks(MINA.about(), staff="sw")
    for agency, use, path in READS:
        assert read(world, agency, use, path).status == 200, path
    forgetful()
    world.later(minutes=1)
    since = len(world.traffic)
    for agency, use, path in READS:
        read(world, agency, use, path)
    world.agency("council").asking(MINA.about(), staff="sw")
    world.agency("police").sends(*export("po", [Row(OTTO, "X9")]))
    say(world, "council", told.block("csc").handle, other=told.block("ed").handle, verdict="not_the_same")
    answers = [one for one in world.traffic[since:] if one.party == "broker"]
    assert len(answers) >= len(READS) + 3
    left = [one for one in answers if one.status == 200 and not disclosing.NOTHING_PERSONAL.fullmatch(one.path)]
    assert [(one.method, one.path) for one in left] == []
    assert all(len(one.answer or b"") < 1_000 for one in answers if one.status != 200)


def test_an_answer_that_no_event_says_is_caught() -> None:
    """The check that all other tests run under lets everything through."""
    with pytest.raises(AssertionError, match="nothing says so"):
        disclosing.check("POST", "/v1/questions", status=200, before=disclosing.events())
    disclosing.check("POST", "/v1/questions", status=503, before=disclosing.events())
