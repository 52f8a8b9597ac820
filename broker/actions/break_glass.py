"""Emergency access: asked for in the question, told to the sources at once, explained and reviewed afterwards.

1. `refuse_unfit`: an agreement allows it to this role for this purpose, the reason is long enough, and is sealed to
   everybody who may have to read it; before anything is looked up, the same for everybody
2. the question is decided with it: rules that are marked breakable are lifted, and no other
3. `begin`: whose records were told of, or another party where none were, gets a case to review, in the answer's own
   transaction
4. the answer says what follows from it

Emergency questions of one member of staff for one purpose within the hour are one emergency, with one explanation.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from broker.actions.check_question import Checked
from broker.audit.act_events import emergency_event
from broker.audit.canonical import Value
from broker.errors import BadInput, NotAllowed, Unavailable
from broker.keys.sealed_words import sealed_bytes
from broker.parts import Parts
from broker.policy import reviewers
from broker.policy.agreement import Agreement
from broker.policy.clocks import last_day
from broker.store import cases, feed
from broker.store.cases import Case, Matter, Text
from broker.store.engine import Tx
from broker.store.feed import Notice
from broker.story.tell import JudgedPerson
from broker.wire.answer import EmergencyNote, Story
from broker.wire.fields import encode64
from broker.wire.question import Emergency
from broker.wire.reference import spoken_reference

OPEN_SECONDS = 3_600
EXPLAIN_SECONDS = 86_400
MOST_TEXTS = 8
"""Reasons that one case keeps: of an emergency in which more is asked the first, and the latest."""
TELL_PERSON = {
    "always": "Tell the person that you looked, and why.",
    "unless_harm": "Tell the person that you looked, and why, unless that would harm somebody.",
    "no": "The agreement does not ask you to tell the person.",
}


@dataclass(frozen=True)
class Began:
    """One emergency: `opened` is the cover leaf of the answer that began it, `agreement` whose clock it goes by."""

    opened: bytes
    at: dt.datetime
    agreement: Agreement
    told: tuple[str, ...]
    is_quiet: bool
    goes_on: bool

    @property
    def reference(self) -> str:
        """What it is called: as the answer that began it."""
        return spoken_reference(self.opened)

    @property
    def explain_by(self) -> int:
        return int(self.at.timestamp()) + EXPLAIN_SECONDS

    def review_due(self) -> dt.datetime:
        return reviewers.emergency_due(self.agreement, self.at)


def refuse_unfit(parts: Parts, checked: Checked) -> None:
    """Raises `NotAllowed` where no agreement allows it, and `BadInput` for a reason too short or not sealed to all."""
    emergency = checked.question.emergency
    if emergency is None:
        return
    requester = checked.requester
    agreements = reviewers.emergency_agreements(parts.policies, role=requester.role, purpose=requester.purpose)
    if not agreements:
        hint = "ask without it, and ring the service; if somebody is in danger now, ring 999"
        raise NotAllowed("emergency-not-agreed", "no agreement allows your role this for this reason", hint=hint)
    least = max(one.break_glass.reason_min_chars for one in agreements)
    if emergency.characters < least:
        raise BadInput("emergency-reason-short", f"the reason has fewer than {least} characters", field="emergency")
    _refuse_unsealed(parts, requester.agency, emergency)


def begun(
    parts: Parts, connection: Connection, checked: Checked, *, cover: bytes, people: Sequence[JudgedPerson]
) -> Began | None:
    """The emergency that this question begins, or belongs to; None when it is none."""
    requester = checked.requester
    if checked.question.emergency is None:
        return None
    agreements = reviewers.emergency_agreements(parts.policies, role=requester.role, purpose=requester.purpose)
    agreement = agreements[0]
    before = _going_on(parts, connection, checked)
    at = checked.at if before is None else dt.datetime.fromtimestamp(before.made, dt.UTC)
    opened = cover if before is None else bytes.fromhex(before.matter.answer)
    stands_in = reviewers.holder(parts.policies, agreement, source="", asker=requester.agency)
    told = _told(parts, people, asker=requester.agency) or ((stands_in,) if stands_in else ())
    quiet = any(one.person.is_kept_away for one in people)
    return Began(opened, at, agreement, told, quiet, goes_on=before is not None)


def _note(began: Began) -> EmergencyNote:
    return EmergencyNote(
        reference=began.reference,
        until=int(began.at.timestamp()) + OPEN_SECONDS,
        explain_by=began.explain_by,
        review_by=last_day(began.review_due()),
        told=began.told,
        tell_person=TELL_PERSON[began.agreement.break_glass.tell_person],
    )


def begin(
    parts: Parts, tx: Tx, checked: Checked, *, story: Story, began: Began, cover: bytes, people: Sequence[JudgedPerson]
) -> Story:
    """Keeps a case for every agency that is told, tells them and records it; the story says what follows from it."""
    lifted = Counter(
        rule for one in people for judged in one.records for _, decision in judged.told for rule in decision.lifted
    )
    for holder in began.told:
        _keep(parts, tx, checked, began=began, holder=holder, lifted=tuple(sorted(lifted)))
    stamp = parts.stamp(checked.requester.agency, at=checked.at)
    private: dict[str, Value] = {
        "about": began.opened.hex(),
        "answered": cover.hex(),
        "staff": checked.question.assertion.staff,
        "told": list(began.told),
        "lifted": dict(sorted(lifted.items())),
    }
    event = emergency_event(stamp, "went-on" if began.goes_on else "opened", private=private)
    tx.audit(parts.entry(event))
    due = last_day(began.review_due())
    notices = [Notice(one, "emergency_opened", began.reference, due) for one in began.told if not began.is_quiet]
    explain = dt.datetime.fromtimestamp(began.explain_by, dt.UTC)
    notices.append(Notice(checked.requester.agency, "emergency_opened", began.reference, last_day(explain)))
    feed.put(tx.connection, notices, at=int(checked.at.timestamp()))
    return story.model_copy(update={"emergency": _note(began)})


def _refuse_unsealed(parts: Parts, asker: str, emergency: Emergency) -> None:
    readers = {one.agency for one in parts.trust.agencies if one.status == "active" and one.agency != asker}
    length = sealed_bytes("emergency")
    if emergency.words.keys() != readers or any(len(text) != length for text in emergency.words.values()):
        hint = "fetch the latest trust list, and ask again"
        raise BadInput("emergency-unsealed", "the reason is not sealed to all who may have to read it", hint=hint)


def _going_on(parts: Parts, connection: Connection, checked: Checked) -> Case | None:
    """A case of the emergency that the same member of staff began within the hour, for the same purpose."""
    requester, now = checked.requester, int(checked.at.timestamp())
    who = (checked.question.assertion.staff, requester.purpose)
    for one in cases.emergencies_of(connection, parts.keyring, requester.agency, since=now - OPEN_SECONDS + 1):
        if (one.matter.staff, one.matter.purpose) == who and not one.matter.explained_at:
            return one
    return None


def _told(parts: Parts, people: Sequence[JudgedPerson], *, asker: str) -> tuple[str, ...]:
    """The agencies whose records were told of. What is silent is told to nobody, so that its source learns nothing."""
    sources = parts.policies.vocabulary.sources
    found = {sources[judged.record.source].agency for one in people for judged in one.records if judged.told}
    return tuple(sorted(found - {asker}))


def _keep(parts: Parts, tx: Tx, checked: Checked, *, began: Began, holder: str, lifted: tuple[str, ...]) -> None:
    requester, ticket = checked.requester, checked.question.ticket.id.hex()
    emergency = checked.question.emergency
    words = emergency.words.get(holder) if emergency else None
    text = (Text("emergency", requester.agency, holder, ticket, encode64(words)),) if words else ()
    opened, made = began.opened.hex(), int(began.at.timestamp())
    case_id = cases.case_id(parts.keyring, "emergency", opened, number=0, holder=holder)
    matter = Matter(
        answer=opened,
        number=0,
        staff=checked.question.assertion.staff,
        role=requester.role,
        purpose=requester.purpose,
        agreement=began.agreement.id,
        is_quiet=began.is_quiet,
        lifted=lifted,
        explain_by=began.explain_by,
        written=text,
    )
    due = int(began.review_due().timestamp())
    case = Case(case_id, "emergency", requester.agency, holder, "open", made, due, matter)
    if cases.put(tx.connection, parts.keyring, case, random=parts.random):
        return
    [known] = cases.with_prefix(tx.connection, parts.keyring, case_id)
    written = (*known.matter.written[: MOST_TEXTS - 1], *text)
    more = replace(
        known.matter,
        outcome=None,
        lifted=tuple(sorted({*known.matter.lifted, *lifted})),
        is_quiet=known.matter.is_quiet or began.is_quiet,
        written=written,
    )
    again = replace(known, state="open", matter=more)
    if not cases.change(tx.connection, parts.keyring, again, was=known.state, random=parts.random):
        raise Unavailable("case-changed", "somebody has just answered this case", hint="ask again")
