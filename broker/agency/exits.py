"""What `broker-agency` ends with, so that a nightly job knows whether to go on, to call somebody or to run it again."""

from __future__ import annotations

import traceback
from enum import IntEnum
from pathlib import Path

from broker.errors import (
    BadInput,
    BrokerError,
    Conflict,
    Misconfigured,
    NotAllowed,
    NotFound,
    QuotaReached,
    Unavailable,
    Untrusted,
)


class Exit(IntEnum):
    """The exit codes; a number never changes its meaning."""

    ACCEPTED = 0
    FAULT = 1
    USAGE = 2
    REFUSED = 3
    SOME_REJECTED = 4
    TEMPORARY = 5
    NOT_AUTHORISED = 6
    ALARM = 7


# What is wrong with keys is for whoever looks after keys; any other setting is for whoever typed it.
_ABOUT_KEYS = ("secret", "passphrase", "seen", "trust", "names-table", "scheme")
_BY_KIND: tuple[tuple[type[BrokerError], Exit], ...] = (
    (Unavailable, Exit.TEMPORARY),
    (QuotaReached, Exit.TEMPORARY),
    (Untrusted, Exit.NOT_AUTHORISED),
    (NotAllowed, Exit.NOT_AUTHORISED),
    (BadInput, Exit.REFUSED),
    (Conflict, Exit.REFUSED),
    (NotFound, Exit.REFUSED),
)


def exit_for(error: BrokerError) -> Exit:
    """The exit code of a run that `error` ended."""
    if isinstance(error, Misconfigured):
        return Exit.NOT_AUTHORISED if error.code.startswith(_ABOUT_KEYS) else Exit.USAGE
    return next((code for kind, code in _BY_KIND if isinstance(error, kind)), Exit.FAULT)


def where(error: Exception) -> str:
    """What happened and where, without the exception's own words, which may repeat a value."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "broker" in Path(frame.filename).parts]
    place = f"{Path(frames[-1].filename).name} line {frames[-1].lineno} in {frames[-1].name}" if frames else "unknown"
    return f"{type(error).__name__} at {place}"
