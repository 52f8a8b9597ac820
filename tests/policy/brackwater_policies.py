"""The policies of Brackwater as they are in the repository, and the plain safe case that tests start from."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Any

from broker.policy.facts import RecordFacts, Requester
from broker.policy.load import load_policies
from broker.policy.policies import Policies

ON = dt.date(2026, 11, 22)
FOLDER = Path(__file__).parents[2] / "policies"
ISA = {n: f"agreements/isa-2026-00{n}.yaml" for n in (1, 2, 3)}
PLAIN = {
    "match": "confirmed",
    "record_age": "fresh",
    "age": "18_64",
    "wishes": "not_asked",
    "risk": "significant_harm",
    "objection": "none",
    "restriction": "no",
    "protection": (),
    "perpetrator_view": "no",
    "deceased": "no",
    "third_party": "no",
}


@cache
def _texts() -> tuple[tuple[str, str], ...]:
    return tuple((path.relative_to(FOLDER).as_posix(), path.read_text()) for path in sorted(FOLDER.rglob("*.yaml")))


def files() -> dict[str, str]:
    """The files as they are."""
    return dict(_texts())


def changed(file: str, *edits: tuple[str, str]) -> dict[str, str]:
    """The files with `edits` (old, new) made in one of them; each old text must be there."""
    result = files()
    for old, new in edits:
        assert old in result[file], old
        result[file] = result[file].replace(old, new, 1)
    return result


@cache
def policies() -> Policies:
    return load_policies(files())


def line_of(file: str, text: str) -> int:
    """The line of `file` on which `text` first stands."""
    return next(n for n, line in enumerate(files()[file].splitlines(), 1) if text in line)


def asker(role: str = "council.social_worker", purpose: str = "child_safeguarding", **other: Any) -> Requester:
    """An allocated, trained requester."""
    given: dict[str, Any] = {"training_on": dt.date(2026, 6, 1), "relation": "allocated", **other}
    return Requester(given.pop("agency", role.partition(".")[0]), role, purpose, **given)


def record(source: str, **facts: Any) -> RecordFacts:
    """A record about which everything is plain, but for `facts`."""
    return RecordFacts(source, **{**PLAIN, **facts})
