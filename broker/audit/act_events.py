"""Events of everything that is not an answer: what was posted, protected, decided by people, started, changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from broker.audit import canonical
from broker.audit.events import Event, HeaderValue, Stamp


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


def ingest_event(stamp: Stamp, source: str, *, posted: Posted, rows: Rows) -> Event:
    """That the agency posted one chunk of a source, and what became of its rows."""
    header: dict[str, HeaderValue] = {"source": source, **asdict(posted)}
    counts: dict[str, HeaderValue] = asdict(rows)
    return stamp.event("ingest", header | counts, {})


def close_event(stamp: Stamp, source: str, *, batch: str, closed: int, held: int) -> Event:
    """That a delivery ended: `closed` records it no longer held, `held` spared because it could not send them."""
    return stamp.event("close", {"source": source, "batch": batch, "closed": closed, "held": held}, {})


def protect_event(
    stamp: Stamp, act: str, *, review_by: str, kind: str, made_by: Sequence[str], entry: str = ""
) -> Event:
    """That the register of protections changed: `set`, `renewed`, `confirmed`, `lift-proposed`, `lifted`, or `late`
    when the second person did not act in time.

    Which kind, who acted and which entry, in hex, are private.
    """
    header = {"act": act, "review_by": review_by}
    which: dict[str, canonical.Value] = {"entry": entry} if entry else {}
    return stamp.event("protect", header, {"kind": kind, "made_by": list(made_by), **which})


def pause_event(stamp: Stamp, act: str, *, sources: Sequence[str], staff: Sequence[str]) -> Event:
    """That services have `paused` sharing, somebody proposed to resume it (`resume-proposed`), or it has `resumed`.

    Which services everybody who asks is told; who acted is private.
    """
    return stamp.event("pause", {"act": act, "sources": sorted(sources)}, {"staff": list(staff)})


@dataclass(frozen=True)
class Agreed:
    """What two people signed: the SHA-256 of the terms, in hex, whether they go back, and terms and signatures."""

    terms: str
    is_back: bool
    change: str


def policy_event(stamp: Stamp, new: str, *, old: str | None, diff: str = "", agreed: Agreed | None = None) -> Event:
    """That the agreements with the digest `new` are in force, instead of `old` when there were any.

    `diff` is the digest of the list of everything that changed, as whoever signs for it saw it. Who signed is private.
    """
    header = {"old": old or "", "new": new, "diff": diff}
    if agreed:
        header |= {"act": "back" if agreed.is_back else "forward", "terms": agreed.terms}
    known = {name: value for name, value in header.items() if value}
    return stamp.event("policy", known, {"change": agreed.change} if agreed else {})


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


def recall_event(stamp: Stamp, act: str, *, answers: Sequence[str], verdict: str = "", right: str = "") -> Event:
    """That an answer was recalled (`made`) because of a verdict or a person's right, or its agency was handed its
    recall notices (`read`).

    Which answers, by the ids of their cover leaves, and which verdict or right are private.
    """
    because: dict[str, canonical.Value] = {"right": right} if right else {}
    return stamp.event("recall", {"act": act}, {"answers": list(answers), "verdict": verdict, **because})


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


def right_event(stamp: Stamp, act: str, *, private: Mapping[str, canonical.Value]) -> Event:
    """What happened to a person's right: `taken`, its clock (`pause_identity`, `extend`, ...), `decided`, `overdue`, or
    `reported` when a report about records was made for the person.

    Which right, of which record (by its tag in this leaf), who acted and what was decided are private.
    """
    return stamp.event("right", {"act": act}, private)


def index_event(stamp: Stamp, header: Mapping[str, HeaderValue]) -> Event:
    """That a range of the log was indexed by whose records were looked at; `header` is `subjects.header_of`."""
    return stamp.event("index", header, {})


def seen_event(stamp: Stamp, act: str, *, private: Mapping[str, canonical.Value]) -> Event:
    """That somebody read who has looked at a record: its own agency (`read`), or two people at the broker (`opened`,
    and as evidence `proved`).

    Which record (its source and its tag of this day), who read it and why, and how many looks were told of are private.
    """
    return stamp.event("seen", {"act": act}, private)


def witness_event(stamp: Stamp, act: str, *, size: int, witness: str = "") -> Event:
    """What the broker found about its witnesses, at a log of `size` events: `too-few`, `stopped` (questions are not
    answered), `enough` again; or of one `witness`: `behind` (it knows a larger log), `refused` (it saw none continue).
    """
    header: dict[str, HeaderValue] = {"act": act, "size": size}
    return stamp.event("witness", header | ({"witness": witness} if witness else {}), {})


def start_event(stamp: Stamp, software: str, *, policy: str, size: int) -> Event:
    """That the broker started: its version, the policy digest, and the size of the log it found."""
    return stamp.event("start", {"software": software, "policy": policy, "size": size}, {})
