"""An agency pauses sharing from its services, and resumes it: one person pauses, two resume.

    pause    one, with a review key: nothing of these services is told from the next question on; what somebody proposed
             to resume of them is off the table
    resume   proposed by one with a desk key, agreed to by another with a review key: only then they tell again

1. the agency, its services and the key are ones that may do this
2. the answers under way are waited for, and those after it find the pause
3. what the services become and the audit event are one transaction

A pause is no rule of an agreement: emergencies and allowances do not lift it. Records are still received, and what they
protect is protected; recalls, rights and notices go on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from broker.actions.publish_checkpoint import prove
from broker.audit.act_events import pause_event
from broker.errors import Conflict, NotAllowed
from broker.parts import Parts
from broker.policy.clocks import due_after, last_day
from broker.store import deliveries, pauses, verdicts
from broker.store.engine import Released, Tx
from broker.store.pauses import Pause
from broker.wire.pause import PauseDone, PauseReceipt, PauseRequest

RESUME_WORKING_DAYS = 2
"""How long a second member of staff has to agree that sharing goes on."""
_REMEMBERED = 86_400
_NOBODY = "broker"
"""Who paused a service, as far as a restored database knows."""


class _Done(NamedTuple):
    """What is written: pauses as they are now, the services that share again, and whose doing it was."""

    done: PauseDone
    kept: Sequence[Pause]
    ended: Sequence[str]
    staff: Sequence[str]

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(sorted([*(one.source for one in self.kept), *self.ended]))


def pause_sharing(parts: Parts, said: PauseRequest, *, agency: str, use: str) -> Released[PauseReceipt]:
    """Does what is asked with a key of this use ("ask" for a desk key, "review").

    Raises `NotAllowed` for another's service, the wrong key or the same person twice, `Conflict` when it is so already.
    """
    _check(parts, said, agency=agency, use=use)
    now = parts.now()
    at, due = int(now.timestamp()), due_after(now, RESUME_WORKING_DAYS)
    with parts.store.begin() as tx:
        parts = parts.writing(tx.connection)
        deliveries.spend(tx.connection, "pause", said.id, expires=at + _REMEMBERED, now=at)
        # No answer under way is still told of them when this says that they have paused.
        verdicts.hold_answers(tx.connection)
        known = pauses.of_agency(tx.connection, parts.keyring, agency, held=True)
        if said.act == "pause":
            made = _paused(said, known, at=at)
        elif use == "ask":
            made = _proposed(said, known, at=at, due=int(due.timestamp()))
        else:
            made = _resumed(said, known, at=at)
        pauses.put(tx.connection, parts.keyring, made.kept, random=parts.random)
        pauses.remove(tx.connection, made.ended)
        stamp = parts.stamp(agency, at=now)
        entry = parts.entry(pause_event(stamp, made.done, sources=made.sources, staff=made.staff))
        tx.audit(entry)
        held = tx.release(made)
    made = held.released().value
    [proven] = prove(parts, [entry.id])
    told = PauseReceipt(
        v=1,
        done=made.done,
        sources=made.sources,
        due=last_day(due) if made.done == "resume-proposed" else None,
        leaf=proven.leaf,
        proof=proven.proof,
    )
    return parts.store.recorded(told, entry.id)


def pause_again(parts: Parts, tx: Tx, events: Sequence[Mapping[str, Any]]) -> None:
    """After a restore: what the log says of each service last is so again; who paused it is not known here any more."""
    parts = parts.writing(tx.connection)
    said = [one for one in events if one["typ"] == "pause" and one["act"] != "resume-proposed"]
    last = {source: event for event in said for source in event["sources"]}
    pauses.remove(tx.connection, last)
    again = [
        Pause(source, event["org"], int(dt.datetime.fromisoformat(event["t"]).timestamp()), _NOBODY)
        for source, event in sorted(last.items())
        if event["act"] == "paused"
    ]
    pauses.put(tx.connection, parts.keyring, again, random=parts.random)


def _check(parts: Parts, said: PauseRequest, *, agency: str, use: str) -> None:
    if said.agency != agency:
        raise NotAllowed("agency-differs", "the request names another agency than signed it", field="agency")
    if not set(said.sources) <= set(parts.trust.agency(agency).sources):
        raise NotAllowed("source-not-yours", "a service named here is not one of your agency", field="sources")
    if said.act == "pause" and use != "review":
        hint = "an officer pauses with a review key; one proposes to resume with a desk key, another agrees"
        raise NotAllowed("pause-key", "this is not done with a key of this use", field="act", hint=hint)


def _paused(said: PauseRequest, known: Mapping[str, Pause], *, at: int) -> _Done:
    fresh = [Pause(one, said.agency, at, said.staff) for one in said.sources if one not in known]
    # Somebody else wants it to stay so: what was proposed lapses.
    stays = [replace(known[one], resuming_by="", due=0) for one in said.sources if one in _resuming(known, at)]
    if not fresh and not stays:
        raise Conflict("pause-held", "these services have paused already", field="sources")
    return _Done("paused", [*fresh, *stays], (), (said.staff,))


def _proposed(said: PauseRequest, known: Mapping[str, Pause], *, at: int, due: int) -> _Done:
    mine = _all_paused(said, known)
    if set(said.sources) & _resuming(known, at):
        hint = "a second person agrees, or pauses it again"
        raise Conflict("pause-resuming", "somebody has proposed already to resume this", field="sources", hint=hint)
    return _Done("resume-proposed", [replace(one, resuming_by=said.staff, due=due) for one in mine], (), (said.staff,))


def _resumed(said: PauseRequest, known: Mapping[str, Pause], *, at: int) -> _Done:
    mine = _all_paused(said, known)
    if not set(said.sources) <= _resuming(known, at):
        hint = "one person proposes it with a desk key, another agrees within two working days"
        raise Conflict("pause-not-resuming", "nobody has proposed to resume this", field="sources", hint=hint)
    if said.staff in {one.resuming_by for one in mine}:
        raise NotAllowed("pause-same-person", "a second member of staff has to do this, not the same one twice")
    staff = (*sorted({one.resuming_by for one in mine}), said.staff)
    return _Done("resumed", (), [one.source for one in mine], staff)


def _all_paused(said: PauseRequest, known: Mapping[str, Pause]) -> list[Pause]:
    if not set(said.sources) <= known.keys():
        raise Conflict("pause-none", "a service named here has not paused, and tells already", field="sources")
    return [known[one] for one in said.sources]


def _resuming(known: Mapping[str, Pause], now: int) -> set[str]:
    return {source for source, one in known.items() if one.is_resuming(now)}
