"""Diagnostics: what a running service says about itself, and never about people.

    {"agency": "council", "count": 240, "event": "points.evaluated", "level": "info", "service": "linkunit", ...}

One JSON line an event. An event is `noun.past_verb`; its keys come from `ALLOWED` and its values are numbers, or short
words without spaces. What does not fit raises where diagnostics are strict (tests) and is written as `[withheld]` where
they are not: a log must not fail a request, and must not tell on anybody either. Bodies, query strings, messages of
unexpected exceptions and values in tracebacks never get here.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

from broker.errors import Misconfigured

ALLOWED = frozenset(
    {"action", "agency", "agreement", "at", "bytes", "call", "closed", "code", "count", "epoch", "error", "event"}
    | {"frames", "incident", "kept", "level", "library", "method", "ms", "outcome", "policy_digest", "policy_version"}
    | {"port", "purpose", "record", "rejected", "request_id", "retracted", "role", "route", "rows", "scheme", "secret"}
    | {"service", "source", "status", "timestamp", "tree_size", "unknown", "unusable", "use", "version"}
)
"""Every key an event may have. A new one is a decision: could its value ever name or describe a person?"""

WITHHELD = "[withheld]"
STRICT_VARIABLE = "BROKER_STRICT_DIAGNOSTICS"

_EVENT = re.compile(r"[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*")
_WORD = re.compile(r"[A-Za-z0-9_.:/{}<>+\-]{0,200}")
_MAX_FRAMES = 20


class _Diagnostics:
    """Where this process writes its events and how strict it is about them."""

    def __init__(self, service: str, strict: bool, stream: TextIO | None) -> None:
        self.service = service
        self.strict = strict
        self._stream = stream
        self._stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
        self._render = structlog.processors.JSONRenderer(sort_keys=True)

    def write(self, name: str, level: str, keys: dict[str, Any]) -> None:
        line: MutableMapping[str, Any] = {"level": level, "service": self.service} | keys | {"event": name}
        text = self._render(None, "msg", self._withhold(self._stamp(None, "msg", line)))
        # The stream is looked up for every event, so that a redirected stderr is honoured.
        structlog.WriteLogger(self._stream or sys.stderr).msg(str(text))

    def _withhold(self, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        unknown = sorted(key for key in line if key not in ALLOWED)
        unfit = sorted(key for key in line if key in ALLOWED and not _is_fit(line[key]))
        misnamed = not _EVENT.fullmatch(str(line["event"]))
        if self.strict and (unknown or unfit or misnamed):
            wrong = "its name" if misnamed else ", ".join(unknown + unfit)
            raise Misconfigured("diagnostics-refused", f"an event may not carry {wrong}", hint="see broker/observe.py")
        kept: dict[str, Any] = {key: line[key] for key in line if key in ALLOWED}
        kept |= dict.fromkeys(unfit, WITHHELD)
        if unknown:
            # Not even the names: keys that come out of data are data.
            kept["unknown"] = WITHHELD
        return kept | {"event": WITHHELD if misnamed else line["event"]}


def _is_fit(value: object) -> bool:
    if isinstance(value, str):
        return _WORD.fullmatch(value) is not None
    if isinstance(value, list):
        return len(value) <= _MAX_FRAMES and all(isinstance(part, str) and _is_fit(part) for part in value)
    return value is None or isinstance(value, int | float)


class _FromLibraries(logging.Handler):
    """Turns what libraries log into an event that says where to look, and leaves their text out: it may hold values."""

    def emit(self, record: logging.LogRecord) -> None:
        keys: dict[str, Any] = {"library": record.name, "at": f"{record.module}:{record.lineno}"}
        if record.exc_info and record.exc_info[1] is not None:
            keys |= _describe(record.exc_info[1])
        _current.write("library.reported", record.levelname.lower(), keys)


def configure(service: str, strict: bool = False, *, stream: TextIO | None = None) -> None:
    """Sets who is speaking, where to (stderr unless `stream`), and whether what does not fit raises `Misconfigured`.

    BROKER_STRICT_DIAGNOSTICS=1 in the environment makes every process strict.
    """
    global _current
    _current = _Diagnostics(service, strict or os.environ.get(STRICT_VARIABLE) == "1", stream)
    root = logging.getLogger()
    root.handlers = [handler for handler in root.handlers if not isinstance(handler, _FromLibraries)]
    root.addHandler(_FromLibraries(logging.WARNING))


def event(name: str, /, **keys: Any) -> None:
    """Writes one event. `keys` must be in `ALLOWED`, their values numbers or words."""
    _current.write(name, "info", keys)


def unexpected(name: str, /, error: BaseException, **keys: Any) -> None:
    """Writes that something nobody expected was raised: its class and where, never its message."""
    _current.write(name, "error", _describe(error) | keys)


def _describe(error: BaseException) -> dict[str, Any]:
    frames = [
        f"{frame.f_globals.get('__name__', '?')}:{line}" for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    return {"error": type(error).__name__, "frames": frames[-_MAX_FRAMES:]}


_current = _Diagnostics("broker", os.environ.get(STRICT_VARIABLE) == "1", None)
