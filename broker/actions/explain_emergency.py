"""Whoever used emergency access says why, within a day, to every agency that was told; and whether the person knows."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from broker.actions.raise_challenge import REMEMBERED, receipt_of
from broker.actions.run_clocks import utc
from broker.audit.act_events import emergency_event
from broker.audit.canonical import Value
from broker.errors import BadInput, Conflict, NotAllowed, NotFound
from broker.keys.sealed_words import sealed_bytes
from broker.parts import Parts
from broker.policy.clocks import last_day
from broker.store import cases, deliveries, feed
from broker.store.cases import Case, Text
from broker.store.engine import Released
from broker.store.feed import Notice
from broker.wire.challenge import CaseReceipt, ExplainRequest
from broker.wire.fields import encode64
from broker.wire.reference import reference_prefix, spoken_reference

_HEARD = "check every character"


def explain_emergency(parts: Parts, reference: str, said: ExplainRequest, *, agency: str) -> Released[CaseReceipt]:
    """Records the explanation of the emergency that the answer `reference` began.

    Raises `NotFound` for one that is not this agency's, `BadInput` unless the words are sealed to exactly the agencies
    that were told, and `Conflict` when it was explained before. One that comes late is taken, and is late.
    """
    if said.agency != agency:
        raise NotAllowed("agency-differs", "the request names another agency than the one that signed", field="agency")
    now = parts.now()
    at = int(now.timestamp())
    with parts.store.look() as connection:
        parts = parts.at(connection)
        found = _cases(parts, connection, reference, agency=agency)
    if said.words.keys() != {one.holder for one in found} or any(
        len(text) != sealed_bytes("explained") for text in said.words.values()
    ):
        hint = f"it is read by {', '.join(sorted(one.holder for one in found))}"
        raise BadInput("words-unsealed", "the words are not sealed to those who were told", field="words", hint=hint)
    first = found[0]
    private: dict[str, Value] = {
        "about": first.matter.answer,
        "staff": said.staff,
        "person_told": said.person_told,
        "late": at >= first.matter.explain_by,
    }
    event = emergency_event(parts.stamp(agency, at=now), "explained", private=private)
    entry = parts.entry(event)
    with parts.store.begin() as tx:
        deliveries.spend(tx.connection, "explained", said.id, expires=at + REMEMBERED, now=at)
        for one in found:
            explained = _explained(one, said, at=at)
            if not cases.change(tx.connection, parts.keyring, explained, was=one.state, random=parts.random):
                raise Conflict("case-answered", "somebody has just changed this case", hint="send it again")
        feed.put(tx.connection, [notice for one in found for notice in _notices(one)], at=at)
        tx.audit(entry)
        held = tx.release(first)
    return held.released().map(lambda made: receipt_of(parts, made, entry))


def _cases(parts: Parts, connection: Connection, reference: str, *, agency: str) -> list[Case]:
    prefix = reference_prefix(reference).hex()
    held = cases.asked_by(connection, parts.keyring, agency)
    found = [one for one in held if one.kind == "emergency" and one.matter.answer.startswith(prefix)]
    if not found:
        raise NotFound("emergency-unknown", "your agency has no emergency with this reference", hint=_HEARD)
    if any(one.matter.explained_at for one in found):
        raise Conflict("emergency-explained", "this emergency was explained before")
    return sorted(found, key=lambda one: one.id)


def _explained(case: Case, said: ExplainRequest, *, at: int) -> Case:
    reference = spoken_reference(bytes.fromhex(case.matter.answer))
    text = Text("explained", case.asker, case.holder, reference, encode64(said.words[case.holder]))
    matter = replace(case.matter, explained_at=at, person_told=said.person_told, written=(*case.matter.written, text))
    return replace(case, matter=matter)


def _notices(case: Case) -> list[Notice]:
    if case.matter.is_quiet:
        return []
    reference = spoken_reference(bytes.fromhex(case.matter.answer))
    return [Notice(case.holder, "emergency_explained", reference, last_day(utc(case.due)))]
