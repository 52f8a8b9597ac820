"""A change of one clause is tried: proposed to nobody yet, with all that would change and what it would have made.

1. the clause is of an agreement to which the agency is a party, and what stands in its place is that clause
2. that it was tried is an event of the log, and the agency has tried no more than ten today: whoever tried many could
   find out from the differences what a proposal keeps to itself
3. a thread of its own makes the proposal, as the operator's command does, and says how far it is; the desk has the rest
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from sqlalchemy import Connection

from broker import observe
from broker.actions.propose_policy import propose_policy
from broker.errors import BrokerError, NotAllowed, NotFound
from broker.parts import Parts
from broker.policy.clause_text import clause_in, with_clause
from broker.policy.policies import Policies
from broker.store import trials
from broker.store.engine import Released
from broker.wire.trial import ClauseText, Stage, Trial, TrialRequest

_AT_WORK = ThreadPoolExecutor(max_workers=1, thread_name_prefix="trial")
"""One at a time in a process: questions are answered beside it."""


def read_clause(parts: Parts, clause: str, *, agency: str) -> ClauseText:
    """The clause as it stands. Raises `NotFound`, or `NotAllowed` for an agreement of others."""
    with parts.store.look() as connection:
        held = parts.in_force.set_at(connection)
    agreement = _agreement_of(held.policies, clause, agency=agency)
    return ClauseText(v=1, clause=clause, agreement=agreement, text=clause_in(held.files, clause)[1])


def try_change(parts: Parts, asked: TrialRequest, *, agency: str) -> Released[Trial]:
    """Begins. Raises `BadInput` for what is not the clause, `Conflict` while another goes on, `QuotaReached`."""
    with parts.store.look() as connection:
        held = parts.in_force.set_at(connection)
    _agreement_of(held.policies, asked.clause, agency=agency)
    files, path = with_clause(held.files, asked.clause, asked.text), clause_in(held.files, asked.clause)[0]
    begun = Trial(v=1, id=asked.id.hex(), clause=asked.clause, stage="begun", file=(path, files[path]))
    event = parts.stamp(agency).event("admin", {"act": "tried-policy", "what": asked.clause}, {"staff": asked.staff})
    with parts.store.begin() as tx:
        trials.begin(tx.connection, asked.id, begun, agency=agency, now=_now(parts))
        tx.audit(parts.entry(event))
        kept = tx.release(begun)
    released = kept.released()
    trying = _Trying(parts, asked.id, begun)
    _AT_WORK.submit(trying.run, files).add_done_callback(trying.ends)
    return released


def read_trial(parts: Parts, trial_id: bytes, *, agency: str) -> Trial:
    """How far one is. Raises `NotFound` unless it is the agency's own."""
    with parts.store.look() as connection:
        found = _found(parts, connection, trial_id, agency=agency)
    if found is None:
        raise NotFound("trial-unknown", "your agency has tried no such change", hint="they are kept for a fortnight")
    return found


@dataclass
class _Trying:
    parts: Parts
    id: bytes
    trial: Trial

    def run(self, files: dict[str, str]) -> None:
        """Makes the proposal, or says why there can be none."""
        try:
            made = propose_policy(self.parts, files, progress=self.reaches)
            self.trial = self.trial.model_copy(update={"proposal": made})
            self.reaches("done")
        except BrokerError as error:
            self._fails(f"{error.message}{f': {error.hint}' if error.hint else ''}")

    def ends(self, future: Future[None]) -> None:
        """Says so when it ended otherwise: whoever waits must not wait for ever."""
        error = future.exception()
        if error is not None:
            observe.unexpected("trial.failed", error)
            self._fails("something went wrong on the broker's side; tell the operator")

    def reaches(self, stage: Stage) -> None:
        """Says how far it is."""
        self.trial = self.trial.model_copy(update={"stage": stage})
        with self.parts.store.derive() as connection:
            trials.note(connection, self.id, self.trial, now=_now(self.parts))

    def _fails(self, said: str) -> None:
        self.trial = self.trial.model_copy(update={"said": said[:4_000], "file": None})
        try:
            self.reaches("failed")
        except BrokerError as error:
            observe.unexpected("trial.failed", error)


def _found(parts: Parts, connection: Connection, trial_id: bytes, *, agency: str) -> Trial | None:
    return trials.find(connection, trial_id, agency=agency, now=_now(parts))


def _agreement_of(policies: Policies, clause: str, *, agency: str) -> str:
    """The agreement of a clause. Raises `NotFound`, or `NotAllowed` unless the agency is one of its parties."""
    for one in policies.agreements.values():
        if any(held.id == clause for held in one.share):
            if any(party.agency == agency for party in one.parties):
                return one.id
            raise NotAllowed("trial-not-party", "your agency is not a party to that agreement", hint="ask one that is")
    raise NotFound("clause-unknown", "no agreement in force has this clause", hint="look at the agreements")


def _now(parts: Parts) -> int:
    return int(parts.now().timestamp())
