"""Events of an answer: its cover leaf, and what each source agency's records contributed or did not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

from broker.audit import canonical
from broker.audit.events import Event, HeaderValue, Stamp
from broker.errors import BadInput


@dataclass(frozen=True)
class Asked:
    """Who asked, in what role and why; `staff` and `case_reference` are the agency's own pseudonyms.

    `story` is the SHA-256, in hex, of what was told, so that an answer can be held against the log word by word.
    """

    purpose: str
    role: str
    staff: str = field(repr=False)
    case_reference: str | None = field(default=None, repr=False)
    question: Mapping[str, canonical.Value] = field(default_factory=dict, repr=False)
    story: str = ""
    together: Sequence[Sequence[str]] | None = field(default=None, repr=False)
    """For each person of the answer the tags, in hex, of the records that were told of as theirs."""
    refused: Sequence[Sequence[canonical.Value]] | None = field(default=None, repr=False)
    """The refusals that were shown, in the order of their numbers."""


@dataclass(frozen=True)
class Counts:
    """What the asker was told, as numbers; `silent` is what was withheld without telling them."""

    people: int = 0
    sources: int = 0
    shared: int = 0
    reduced: int = 0
    signpost: int = 0
    refer: int = 0
    withheld: int = 0
    silent: int = 0


_OPEN = tuple(one.name for one in fields(Counts) if one.name != "silent")


@dataclass(frozen=True)
class Decisions:
    """What one source agency's records contributed: (item, outcome, clause) in order, each with the facts it rests on.

    `tags` name the records, in hex. A question that was refused for its asker has the source `*`.
    """

    source: str
    items: Sequence[tuple[str, str, str]]
    tags: Sequence[str]
    facts: Sequence[canonical.Value] = field(repr=False)
    role: str = ""
    """Of whoever asked: so that a look can be shown to those it is about without the rest of the answer."""
    seen: Mapping[str, Sequence[int]] = field(default_factory=dict, repr=False)
    """For each record its tag of this day, in hex, and which of the items are its own, counted from 0."""
    untold: str = field(default="", repr=False)
    """What was decided of the agency's records and left no trace in the answer, as JSON."""


def answer_event(stamp: Stamp, asked: Asked, *, agreements: Sequence[str], policy: str, counts: Counts) -> Event:
    """The cover leaf of an answer: `agreements` by id, `policy` the digest they were decided under."""
    told: dict[str, HeaderValue] = {level: getattr(counts, level) for level in _OPEN}
    private: dict[str, canonical.Value] = {
        "staff": asked.staff,
        "question": dict(asked.question),
        "silent": counts.silent,
        "story": asked.story,
        # Always there, so that the number of digests does not tell whether there is a case.
        "case_reference": asked.case_reference or "",
    }
    if asked.together is not None:
        private["together"] = [list(tags) for tags in asked.together]
    if asked.refused is not None:
        private["refused"] = [list(row) for row in asked.refused]
    frame = {"purpose": asked.purpose, "role": asked.role, "agreements": tuple(agreements), "policy": policy}
    return stamp.event("answer", {**frame, **told}, private)


def disclose_event(stamp: Stamp, decisions: Decisions, *, answer: str, purpose: str, policy: str) -> Event:
    """What one source agency's records contributed to the answer whose cover leaf has the id `answer`."""
    return _decided("disclose", stamp, decisions=decisions, answer=answer, purpose=purpose, policy=policy)


def deny_event(stamp: Stamp, decisions: Decisions, *, answer: str, purpose: str, policy: str) -> Event:
    """That nothing of one source agency was shared, and under which clauses: a refusal is recorded like a release."""
    return _decided("deny", stamp, decisions=decisions, answer=answer, purpose=purpose, policy=policy)


def nothing_event(stamp: Stamp, source: str, *, answer: str, purpose: str, policy: str, untold: str = "") -> Event:
    """That no record of this source agency was told of in the answer; `untold` as `Decisions` has it."""
    private = {"answer": answer, **_untold(untold)}
    return stamp.event("nothing", {"source": source, "purpose": purpose, "policy": policy}, private)


def _decided(typ: str, stamp: Stamp, *, decisions: Decisions, answer: str, purpose: str, policy: str) -> Event:
    if len(decisions.facts) != len(decisions.items):
        raise BadInput("event-facts", "every decision of an audit event needs the facts it rests on")
    header: dict[str, HeaderValue] = {
        "source": decisions.source,
        "purpose": purpose,
        "policy": policy,
        "items": [list(row) for row in decisions.items],
        "tags": list(decisions.tags),
    }
    # One private field for each decision, so that one can be explained without the others; and one for each record.
    private: dict[str, canonical.Value] = {f"facts.{number}": fact for number, fact in enumerate(decisions.facts)}
    private |= _untold(decisions.untold)
    if decisions.seen:
        header["seen"] = sorted(decisions.seen)
        private["role"] = decisions.role
        for number, tag in enumerate(sorted(decisions.seen)):
            private[f"record.{number}"] = [tag, list(decisions.seen[tag])]
    return stamp.event(typ, header, {"answer": answer, **private})


def _untold(decided: str) -> dict[str, canonical.Value]:
    """In every leaf of an agency that may answer, empty or not: that something was withheld silently must not show."""
    return {"decisions": decided} if decided else {}
