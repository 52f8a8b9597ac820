"""What a person reads about themself when they ask: what we hold of them for sharing, and who has looked, complete."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from broker.agency.acting import Acting
from broker.agency.broker_calls import record_once
from broker.agency.receipts import check_event
from broker.agency.right_page import GROUNDS, OUTCOMES
from broker.agency.seen import Looks, Wanted, looks_lines, read_looks
from broker.agency.words import STATUSES, day, day_of, plain, sentences, value
from broker.errors import BadInput, Untrusted
from broker.wire.person_report import PersonReport, RecordName, ReportRecord, ReportRequest

# Said of everybody: that it is said must not tell of a protection which another agency set.
BEFORE = "Before you hand this out, make sure who is asking; show the list of who looked to nobody but the person."
GUARDED = "BEFORE YOU HAND THIS OUT: this person's whereabouts are protected. Make sure who is asking, and show the \
list of who looked to nobody but the person."
_MARKS = {
    "disputed": "You have said that this is wrong; it is being checked, and everybody who is shown it reads that.",
    "statement": "You see this otherwise; everybody who is shown it is told to ask for your view.",
}
_ASKED = {
    "objection": "you objected to its use",
    "restriction": "you asked that it be kept and not used",
    "rectification": "you said that it is wrong",
    "erasure": "you asked that it be erased",
    "access": "you asked what is held",
    "complaint": "you complained",
}


@dataclass(frozen=True)
class OwnReport:
    """What the broker reported, who has looked at each record, and the records named that are not held."""

    report: PersonReport
    seen: Mapping[bytes, Looks]
    absent: tuple[str, ...]


@dataclass(frozen=True)
class _Named:
    """One of our records, as our files and as deliveries name it."""

    wanted: Wanted
    name: RecordName


def make_report(by: Acting, records: Sequence[str]) -> OwnReport:
    """The report of records named like `csc/C-1041`. Raises `BadInput`, or `Untrusted` when anything does not fit."""
    named = [_named(text, by) for text in dict.fromkeys(records)]
    report = _asked(by, named)
    by_name = {one.name: one.wanted for one in named}
    seen = {
        one.ref: read_looks(by.place, by.edges, by_name[RecordName(source=one.source, ref=one.ref)], staff=by.staff)
        for one in report.records
    }
    absent = tuple(f"{by_name[one].source}/{by_name[one].reference}" for one in report.absent)
    return OwnReport(report, seen, absent)


def report_lines(made: OwnReport) -> Iterator[str]:
    """All of it in plain words, for the person."""
    report, seen = made.report, made.seen
    yield f"What is held about you, as of {day_of(report.made)}"
    for one in report.records:
        yield ""
        yield from record_lines(one)
        yield "  Who has looked:"
        yield from (f"    {line}" for line in looks_lines(seen[one.ref]))
    for name in made.absent:
        yield f"  {plain(name)}: nothing is held for sharing"
    yield ""
    if any(looks.told for looks in seen.values()):
        yield "After each entry of who looked stands a reference in square brackets: quote it when you ask about it."
    yield "Details of other people are left out. You can say that something is wrong, object, or complain: to us, and \
to the Information Commissioner."


def record_lines(one: ReportRecord) -> Iterator[str]:
    """What one service holds, in plain words; all but the first line are indented."""
    provider = f" ({plain(one.provider)})" if one.provider and one.provider != one.service else ""
    yield f"{plain(one.service)}{provider}, correct as of {day(one.as_of)}"
    began = f"{'from' if one.ended else 'since'} {day(one.started)}" if one.started else ""
    dates = [began, f"until {day(one.ended)}" if one.ended else ""]
    since = " ".join(text for text in dates if text)
    last = f", last contact {day(one.last_contact)}" if one.last_contact else ""
    yield f"  {STATUSES[one.status]}{f', {since}' if since else ''}{last}"
    if one.lead is not None:
        yield f"  Your worker: {plain(one.lead.name)}, {plain(one.lead.role)}"
    for item in one.items:
        told = "; ".join(value(held, item.words, kind=item.kind) for held in item.values)
        yield f"  {plain(item.label)}: {told or 'held'}"
    if one.mark:
        yield f"  {_MARKS[one.mark]}"
    yield from _counted(one)
    for used in one.rights:
        outcome = OUTCOMES[used.outcome] if used.outcome else "not decided yet"
        because = f", because {GROUNDS[used.ground]}" if used.ground else ""
        yield f"  {sentences(f'On {day(used.received)} {_ASKED[used.right]}: {outcome}{because}')}"


def _counted(one: ReportRecord) -> Iterator[str]:
    if one.others:
        yield f"  Left out: how you are related to {one.others:,} other {'person' if one.others == 1 else 'people'}"
    if one.withheld:
        is_one = one.withheld == 1
        yield f"  {one.withheld:,} {'entry is' if is_one else 'entries are'} withheld; you can ask the Commissioner"


def _named(text: str, by: Acting) -> _Named:
    source, slash, reference = text.partition("/")
    if not (source and slash and reference):
        raise BadInput("record-invalid", "a record is named like csc/C-1041", field="record")
    name = RecordName(source=source, ref=by.pseudonym(source, reference))
    return _Named(Wanted(source, reference), name)


def _asked(by: Acting, named: list[_Named]) -> PersonReport:
    place, edges = by.place, by.edges
    asked = ReportRequest(
        v=1,
        id=by.new_id(),
        agency=place.agency,
        staff=by.staff,
        records=tuple(one.name for one in named),
    )
    report = record_once(place, edges, PersonReport, signer=place.review_signer(), path="/v1/people/report", body=asked)
    expected = {"typ": "right", "act": "reported", "org": place.agency}
    check_event(report.receipt.leaf, report.receipt.proof, trust=place.read_trust(), expected=expected)
    told = [RecordName(source=one.source, ref=one.ref) for one in report.records]
    if report.agency != place.agency or sorted(map(repr, (*told, *report.absent))) != sorted(
        repr(one.name) for one in named
    ):
        raise Untrusted("answer-other", "the broker reported about other records")
    return report
