"""The tree of our errors. Each has a stable code that programs may rely on.

    BrokerError
    ├── BadInput        422  bytes from outside are not what they should be
    ├── NotAllowed      403  who you are does not permit this
    ├── NotFound        404
    ├── Conflict        409  true once, but not now: replayed, stale, already closed
    ├── QuotaReached    429
    ├── TooFast         429  more requests in a minute than one agency may send
    ├── Unavailable     503  a part we need is down; nothing was disclosed and nothing was lost
    ├── Untrusted       403  a signature, proof or seal did not verify; never ignorable
    ├── Unproven        401  a request does not prove who sent it; every reason is told with the same words
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


class TooFast(BrokerError):
    """`seconds` is how long to wait."""

    status = 429

    def __init__(self, seconds: int) -> None:
        said = "these are more requests than an agency may send in a minute"
        super().__init__("requests-too-fast", said, hint="wait, then go on")
        self.seconds = seconds


class Unavailable(BrokerError):
    status = 503


class Untrusted(BrokerError):
    status = 403


class Unproven(BrokerError):
    """The one refusal of whoever does not prove who they are.

    `reason` is a code for our own diagnostics: somebody who tries keys must not be told how far they came.
    """

    status = 401

    def __init__(self, reason: str) -> None:
        super().__init__(
            "caller-unproven",
            "the request does not prove who sent it",
            hint="check the key and its place on the trust list, the access credential, the certificate, the clock, "
            "and that nothing between us changes the body or the address",
        )
        self.reason = reason


class Misconfigured(BrokerError):
    status = 500
