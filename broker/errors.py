"""The tree of our errors. Each has a stable code that programs may rely on.

    BrokerError
    ├── BadInput        422  bytes from outside are not what they should be
    ├── NotAllowed      403  who you are does not permit this
    ├── NotFound        404
    ├── Conflict        409  true once, but not now: replayed, stale, already closed
    ├── QuotaReached    429
    ├── Unavailable     503  a part we need is down; nothing was disclosed and nothing was lost
    ├── Untrusted       403  a signature, proof or seal did not verify; never ignorable
    └── Misconfigured   —    stops the start

A refusal to share is *not* an error: it is a value with a reason (`broker.policy.decide`).
Messages are lower case without a full stop and say what, where and what to do. They carry row
numbers and field names, never a name, a date of birth, an address or a token.
"""

from __future__ import annotations


class BrokerError(Exception):
    """Base of all our errors: a stable `code`, a `message` for people, a `hint` saying what to do."""

    status = 500

    def __init__(self, code: str, message: str, *, hint: str = "", field: str = "", row: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.field = field
        self.row = row

    def __str__(self) -> str:
        where = "".join((f"row {self.row}: " if self.row is not None else "", f"{self.field}: " if self.field else ""))
        return f"{where}{self.message}" + (f" ({self.hint})" if self.hint else "")


class BadInput(BrokerError):
    status = 422


class NotAllowed(BrokerError):
    status = 403


class NotFound(BrokerError):
    status = 404


class Conflict(BrokerError):
    status = 409


class QuotaReached(BrokerError):
    status = 429


class Unavailable(BrokerError):
    status = 503


class Untrusted(BrokerError):
    status = 403


class Misconfigured(BrokerError):
    status = 500
