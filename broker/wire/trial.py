"""A lead officer tries a change of a clause, before anybody is asked to sign it: what would have come out otherwise?

    GET  /v1/clauses/{clause}   -> ClauseText            as it stands in the agreement in force
    POST /v1/trials             TrialRequest -> Trial    begins; seconds of work, which the answer does not wait for
    GET  /v1/trials/{id}        -> Trial                 how far it is, and at the end the proposal

All are signed by a review key. A trial says what was decided about nobody, as a proposal does (`policy_change`).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from broker.wire.fields import Bytes16, Pseudonym, Wire
from broker.wire.policy_change import Proposal

ClauseId = Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9]{1,4}\.[0-9]{1,4}$")]
Stage = Literal["begun", "proven", "compared", "read", "done", "failed"]
STAGES: tuple[Stage, ...] = ("begun", "proven", "compared", "read", "done")
"""In their order; `failed` may follow on any of them."""


class ClauseText(Wire):
    """One clause as it stands in its file, and the agreement that it is of."""

    v: Literal[1]
    clause: ClauseId
    agreement: str
    text: str


class TrialRequest(Wire):
    """`text` would stand in place of the clause; without any it would be taken out."""

    v: Literal[1]
    id: Bytes16
    staff: Pseudonym
    clause: ClauseId
    text: Annotated[str, Field(max_length=8_000)]


class Trial(Wire):
    """One trial. `said` is what was wrong where it failed, `file` the changed agreement with its path."""

    v: Literal[1]
    id: str
    clause: ClauseId
    stage: Stage
    said: str = ""
    proposal: Proposal | None = None
    file: tuple[str, str] | None = None
