"""What happened, and the leaf that the audit log keeps of it.

    event = answer_event(Stamp(uuid, now, "council"), asked, agreements=("early-help",), policy=digest, counts=counts)
    sealable = leaf(event, salts)      # sealable.leaf_bytes into the tree, sealable.disclosures sealed apart from it

One answer is a cover leaf (`answer`) and two leaves for each source agency: what was told of its records (`disclose`,
`deny` or `nothing`) and what was not (`untold`), each with salts of its own, so that one of them can be shown without
the others. Levels are counted as the asker was told them: a record that is withheld silently is counted nowhere in the
open, only in private fields that every cover leaf and every `untold` leaf has.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypeAlias

from broker.audit import canonical, disclosures
from broker.audit.leaves import ENVELOPE, VERSION, check_event, check_leaf, check_length, check_private, reveal_in
from broker.errors import BadInput, Untrusted

HeaderValue: TypeAlias = "int | str | Sequence[HeaderValue]"
Salts: TypeAlias = "Callable[[], bytes] | Sequence[bytes]"


@dataclass(frozen=True)
class Event:
    """One thing that happened: `id` is a UUID in hex, `t` has a time zone, `org` is the agency that acted."""

    typ: str
    id: str
    t: dt.datetime
    org: str
    header: Mapping[str, HeaderValue] = field(default_factory=dict)
    private: Mapping[str, canonical.Value] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Sealable:
    """A leaf for the tree, and the disclosure of each private field by name, to be kept sealed apart from it."""

    leaf_bytes: bytes
    disclosures: Mapping[str, str] = field(repr=False)


def leaf(event: Event, salts: Salts) -> Sealable:
    """The leaf of `event`; `salts` gives 16 bytes for each private field, in the order of their names.

    Raises `BadInput` for anything that a verifier would refuse, for salts too few, too many or used twice, and for a
    leaf over 16 KiB.
    """
    names = sorted(event.private)
    chosen = [salts() for _ in names] if callable(salts) else list(salts)
    if not len(set(chosen)) == len(chosen) == len(names):
        raise BadInput("salt-count", "every private field of an audit event needs one salt of its own")
    if overlap := (ENVELOPE & set(event.header)):
        raise BadInput("leaf-header", "a header field has a name that every leaf uses itself", field=min(overlap))
    shown = {n: disclosures.conceal(n, event.private[n], salt=salt) for n, salt in zip(names, chosen, strict=True)}
    content: dict[str, canonical.Value] = {**event.header, "v": VERSION, "typ": event.typ, "id": event.id}
    content |= {"t": instant(event.t), "org": event.org, "_sd": sorted(map(disclosures.digest, shown.values()))}
    leaf_bytes, read = canonical.written(content)
    try:
        # What the log takes in must be what every verifier lets through, or one bad event spoils the whole log.
        check_length(leaf_bytes)
        check_event(read)
        for name in names:
            check_private(read, name)
    except Untrusted as error:
        raise BadInput(error.code, error.message, hint=error.hint, field=error.field) from None
    return Sealable(leaf_bytes, shown)


def instant(t: dt.datetime) -> str:
    """`t` in UTC as leaves write it, with six digits of a second. Raises `BadInput` for a time without a zone."""
    if t.utcoffset() is None:
        raise BadInput("event-time", "the time of an audit event needs a time zone")
    return t.astimezone(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def check_disclosure(leaf_bytes: bytes, disclosure: str) -> tuple[str, Any]:
    """The (name, value) of a private field of this leaf. Raises `Untrusted` when the leaf has no such digest."""
    return reveal_in(check_leaf(leaf_bytes), disclosure)


@dataclass(frozen=True)
class Stamp:
    """Which event, when, and which agency acted."""

    id: str
    t: dt.datetime
    org: str

    def event(self, typ: str, header: Mapping[str, HeaderValue], private: Mapping[str, canonical.Value]) -> Event:
        """An event of this stamp."""
        return Event(typ, self.id, self.t, self.org, header, private)


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


@dataclass(frozen=True)
class Decisions:
    """What one source agency's records contributed: (item, outcome, clause) in order, each with the facts it rests on.

    `tags` name the records, in hex. A question that was refused for its asker has the source `*`.
    """

    source: str
    items: Sequence[tuple[str, str, str]]
    tags: Sequence[str]
    facts: Sequence[canonical.Value] = field(repr=False)


@dataclass(frozen=True)
class Posted:
    """One chunk: `number` of `batch`, `chunk` its SHA-256 in hex, signed with the key whose public id is `key`."""

    batch: str
    number: int
    chunk: str
    key: str


@dataclass(frozen=True)
class Rows:
    """What became of the rows of a chunk; `replaced` of the kept ones took the place of an earlier version."""

    kept: int
    replaced: int
    retracted: int
    rejected: int


def answer_event(stamp: Stamp, asked: Asked, *, agreements: Sequence[str], policy: str, counts: Counts) -> Event:
    """The cover leaf of an answer: `agreements` by id, `policy` the digest they were decided under."""
    told: dict[str, HeaderValue] = asdict(counts)
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
    del told["silent"]
    header = {"purpose": asked.purpose, "role": asked.role, "agreements": list(agreements), "policy": policy, **told}
    return stamp.event("answer", header, private)


def disclose_event(stamp: Stamp, decisions: Decisions, *, answer: str, purpose: str, policy: str) -> Event:
    """What one source agency's records contributed to the answer whose cover leaf has the id `answer`."""
    return _decided("disclose", stamp, decisions=decisions, answer=answer, purpose=purpose, policy=policy)


def deny_event(stamp: Stamp, decisions: Decisions, *, answer: str, purpose: str, policy: str) -> Event:
    """That nothing of one source agency was shared, and under which clauses: a refusal is recorded like a release."""
    return _decided("deny", stamp, decisions=decisions, answer=answer, purpose=purpose, policy=policy)


def nothing_event(stamp: Stamp, source: str, *, answer: str, purpose: str, policy: str) -> Event:
    """That no record of this source agency was told of in the answer."""
    return stamp.event("nothing", {"source": source, "purpose": purpose, "policy": policy}, {"answer": answer})


def untold_event(
    stamp: Stamp, source: str, *, decided: canonical.Value, answer: str, purpose: str, policy: str
) -> Event:
    """What was decided about this source agency's records and left no trace in the answer; all of it is private.

    Written for every agency and answer, empty or not, and always of the same shape: that something was withheld
    silently must not show in the open log either.
    """
    header = {"source": source, "purpose": purpose, "policy": policy}
    return stamp.event("untold", header, {"answer": answer, "decisions": decided})


def ingest_event(stamp: Stamp, source: str, *, posted: Posted, rows: Rows) -> Event:
    """That the agency posted one chunk of a source, and what became of its rows."""
    header: dict[str, HeaderValue] = {"source": source, **asdict(posted)}
    counts: dict[str, HeaderValue] = asdict(rows)
    return stamp.event("ingest", header | counts, {})


def close_event(stamp: Stamp, source: str, *, batch: str, closed: int, held: int) -> Event:
    """That a delivery ended: `closed` records it no longer held, `held` spared because it could not send them."""
    return stamp.event("close", {"source": source, "batch": batch, "closed": closed, "held": held}, {})


def protect_event(stamp: Stamp, act: str, *, review_by: str, kind: str, made_by: Sequence[str]) -> Event:
    """That the register of protections changed (`set`, `renewed`, `lifted`); which kind and who made it are private."""
    header = {"act": act, "review_by": review_by}
    return stamp.event("protect", header, {"kind": kind, "made_by": list(made_by)})


def policy_event(stamp: Stamp, new: str, *, old: str | None, diff: str = "") -> Event:
    """That the agreements with the digest `new` are in force, instead of `old` when there were any.

    `diff` is the digest of the list of everything that changed, as whoever signs for it saw it.
    """
    header = {"old": old or "", "new": new, "diff": diff}
    return stamp.event("policy", {name: value for name, value in header.items() if value}, {})


def key_event(stamp: Stamp, act: str, *, key: str, use: str) -> Event:
    """That a key was `made`, `rotated`, `retired` or `destroyed`: its public id and what it is used for."""
    return stamp.event("key", {"act": act, "key": key, "use": use}, {})


def keys_event(stamp: Stamp, act: str, *, numbers: Mapping[str, int], records: int = 0) -> Event:
    """That a generation of the broker's keys was `opened` or `closed`, or that rows were brought to it (`renewed`); or
    that evidence was sealed again to the linkage unit's newest key (`resealed`).

    `numbers` are those of the generation, its epoch and its secrets, or of the envelope key, `seal`; `records` is how
    many rows were changed.
    """
    return stamp.event("keys", {"act": act, **numbers, "records": records}, {})


def retract_event(stamp: Stamp, source: str, *, tags: Sequence[str]) -> Event:
    """That records of a source were erased; `tags` are their names in this leaf, under a key of the broker.

    They are other ones in every leaf. In a restored backup the broker finds by them what has to go again.
    """
    return stamp.event("retract", {"source": source, "records": len(tags), "tags": sorted(tags)}, {})


def verdict_event(stamp: Stamp, verdict: str, *, staff: str) -> Event:
    """That a person said of two records that they are `same` or `not_the_same`; who said it is private."""
    return stamp.event("verdict", {"verdict": verdict}, {"staff": staff})


def run_event(stamp: Stamp, act: str, *, purpose: str, grant: str, sources: Sequence[str], records: int) -> Event:
    """That a population run `started`, `went-on` or `ended` under a grant (its id, in hex), over `sources`.

    `records` is how many of the granted list are done.
    """
    header: dict[str, HeaderValue] = {"act": act, "purpose": purpose, "grant": grant, "records": records}
    header["sources"] = list(sources)
    return stamp.event("run", header, {})


def quality_event(stamp: Stamp, rows: int, *, run: str, told: str) -> Event:
    """That the agency got back so many rows about its own records; `told` is the SHA-256, in hex, of what it got."""
    return stamp.event("quality", {"run": run, "rows": rows}, {"told": told})


def recall_event(stamp: Stamp, act: str, *, answers: Sequence[str], verdict: str = "") -> Event:
    """That an answer was recalled (`made`) because of a verdict, or its agency was handed its recall notices (`read`).

    Which answers, by the ids of their cover leaves, and which verdict are private.
    """
    return stamp.event("recall", {"act": act}, {"answers": list(answers), "verdict": verdict})


def alarm_event(stamp: Stamp, rule: str, *, count: int, staff: str, answer: str) -> Event:
    """That an agency's questions up to the one with the cover leaf `answer` look like a walk through guesses.

    Which rule says so, how many guesses it counted, and whose they are (the agency's pseudonym) are private.
    """
    return stamp.event("alarm", {"answer": answer}, {"rule": rule, "count": count, "staff": staff})


def review_event(stamp: Stamp, act: str, *, staff: str, answer: str, pair: Sequence[str], ticket: str) -> Event:
    """That a reviewer began to look at two records of an answer (`asked`), was told how they agree (`explained`) or not
    (`refused`).

    Who (the agency's pseudonym), which answer by its cover leaf, which two by their tags among its `together`, and
    under which ticket the linkage unit counted it, in hex, are private.
    """
    private: dict[str, canonical.Value] = {"staff": staff, "answer": answer, "pair": list(pair), "ticket": ticket}
    return stamp.event("review", {"act": act}, private)


def challenge_event(stamp: Stamp, act: str, *, private: Mapping[str, canonical.Value]) -> Event:
    """What happened to a refusal that a person reads: `made`, `answered`, `escalated`, `used` or `proposed`.

    Which refusal (`about`: its answer and its number), its rule and agreement, who acted and how it was answered are
    private.
    """
    return stamp.event("challenge", {"act": act}, private)


def emergency_event(stamp: Stamp, act: str, *, private: Mapping[str, canonical.Value]) -> Event:
    """What happened to an emergency: `opened`, `went-on`, `explained`, `reviewed` or `overdue`.

    Which (`about`: the answer that opened it), who acted, which rules it lifted and how often are private.
    """
    return stamp.event("emergency", {"act": act}, private)


def start_event(stamp: Stamp, software: str, *, policy: str, size: int) -> Event:
    """That the broker started: its version, the policy digest, and the size of the log it found."""
    return stamp.event("start", {"software": software, "policy": policy, "size": size}, {})


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
    # One private field for each decision, so that one can be explained without the others.
    facts = {f"facts.{number}": fact for number, fact in enumerate(decisions.facts)}
    return stamp.event(typ, header, {"answer": answer, **facts})
