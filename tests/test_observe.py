"""Diagnostics: what gets into a line, and what never does."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from broker import observe
from broker.errors import Misconfigured

NAME = "Kyle Example"


@pytest.fixture(autouse=True)
def _quiet_after() -> Iterator[None]:
    yield
    logging.getLogger().handlers = [h for h in logging.getLogger().handlers if type(h).__module__ != "broker.observe"]
    observe.configure("tests", strict=True)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.fixture
def service() -> io.StringIO:
    stream = io.StringIO()
    observe.configure("linkunit", stream=stream)
    observe._current.strict = False
    return stream


@pytest.fixture
def strict() -> io.StringIO:
    stream = io.StringIO()
    observe.configure("linkunit", strict=True, stream=stream)
    return stream


def test_an_event_is_one_line_of_json(service: io.StringIO) -> None:
    """The event, who speaks, when, and the keys that were given."""
    observe.event("points.evaluated", agency="council", use="post", count=3)
    [line] = lines(service)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "points.evaluated", "level": "info", "service": "linkunit", "agency": "council",
        "use": "post", "count": 3,
    }  # fmt: skip


BAD: dict[str, dict[str, Any]] = {
    "a key that is not on the list": {"surname": "x"},
    "a value of two words": {"code": NAME},
    "a value that is not a word": {"code": {"name": NAME}},
    "bytes": {"code": NAME.encode()},
    "a value that is too long": {"code": "x" * 201},
    "a line feed": {"code": "a\nb"},
    "a list of sentences": {"frames": [NAME]},
    "an escape sequence": {"code": "\x1b[31m"},
}


@pytest.mark.parametrize("keys", BAD.values(), ids=BAD.keys())
def test_what_does_not_fit_raises_where_diagnostics_are_strict(strict: io.StringIO, keys: dict[str, Any]) -> None:
    """A developer learns it from a failing test."""
    with pytest.raises(Misconfigured):
        observe.event("points.evaluated", **keys)
    assert strict.getvalue() == ""


@pytest.mark.parametrize("keys", BAD.values(), ids=BAD.keys())
def test_what_does_not_fit_is_withheld_in_service(service: io.StringIO, keys: dict[str, Any]) -> None:
    """A slip neither fails the request nor tells on anybody, and shows in the line."""
    observe.event("points.evaluated", **keys)
    [line] = lines(service)
    assert observe.WITHHELD in line.values()
    assert NAME not in service.getvalue()
    assert "surname" not in line


@pytest.mark.parametrize(
    "name", ["Evaluated", "points", "points evaluated", f"points.{NAME}", "points.evaluated.twice"]
)
def test_an_event_is_a_noun_and_a_past_verb(strict: io.StringIO, name: str) -> None:
    """Names can be searched for, and nothing can hide in one."""
    with pytest.raises(Misconfigured):
        observe.event(name)


def test_the_environment_makes_every_process_strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that a test starts are as strict as the test."""
    monkeypatch.setenv(observe.STRICT_VARIABLE, "1")
    observe.configure("linkunit", stream=io.StringIO())
    with pytest.raises(Misconfigured):
        observe.event("points.evaluated", surname="x")


def test_an_unexpected_exception_is_a_class_and_places(strict: io.StringIO) -> None:
    """Its message may hold a name; where it was raised can't."""
    try:
        raise ValueError(NAME)
    except ValueError as error:
        observe.unexpected("request.failed", error, incident="ab12")
    [line] = lines(strict)
    assert line["error"] == "ValueError"
    assert line["frames"][-1].split(":")[0] == __name__
    assert line["incident"] == "ab12"
    assert NAME not in strict.getvalue()


def test_what_libraries_log_says_where_and_not_what(strict: io.StringIO) -> None:
    """A library's warning is noticed without its text, which may hold a value."""
    try:
        raise KeyError(NAME)
    except KeyError:
        logging.getLogger("uvicorn.error").exception("failed for %s", NAME)
    logging.getLogger("uvicorn.error").info("nothing")
    [line] = lines(strict)
    assert line["event"] == "library.reported"
    assert (line["library"], line["level"], line["error"]) == ("uvicorn.error", "error", "KeyError")
    assert NAME not in strict.getvalue()


def test_configuring_twice_reports_once(strict: io.StringIO) -> None:
    """A library's warning is one line, however often the service was configured."""
    observe.configure("linkunit", strict=True, stream=strict)
    logging.getLogger("some.library").warning("x")
    assert len(lines(strict)) == 1


def test_lines_go_to_stderr_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output stays free for what a command answers."""
    observe.configure("broker")
    observe.event("records.accepted", kept=2, rejected=0)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert json.loads(captured.err)["kept"] == 2
