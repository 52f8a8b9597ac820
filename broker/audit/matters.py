"""Matters of the audit log as plain values: a look-up with all that it told and did not tell, and what explains it.

    look = Look(org="council", actor="council/8f2c", …, told=(Decided("nhs", "share", "A1.1"),))
    terms_of_look(look)     what the look-up is found by (`broker.audit.query`), the quiet apart
    explain(look)           why whoever asked was told something, step by step, and what is missing

An agency searches its own look-ups and those that told of its records: `sees` is a term of each. Whatever the asker may
not notice is quiet: a term of it is found by the operator alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

Term: TypeAlias = "tuple[str, str]"

PARTS = frozenset({"disclose", "deny", "nothing", "untold"})
"""Types of events that are parts of a look-up, and no matters of their own."""
EVERY: Term = ("every", "matter")
RELEASED = frozenset({"share", "reduced", "signpost"})
SILENT = "withhold_silently"
NO_CLAUSE = "S6"
OF_PARTS = frozenset({"src", "decision", "rule", "agreement", "is"})
"""Qualifiers that say something of the records that were told of: whose they are nobody else learns by searching."""
STANDING = frozenset({"allocated", "team", "household"})
"""Relations that the asker's agency has on record, and not on the asker's word."""


@dataclass(frozen=True)
class Decided:
    """One decision: `owner` is the record's agency; `reasons` are what the asker read, `rules` all that applied."""

    owner: str
    level: str
    clause: str = ""
    agreement: str = ""
    item: str = ""
    reasons: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()

    @property
    def named(self) -> tuple[str, ...]:
        """The clause and the reasons that the asker sees."""
        clause = () if self.owner == "*" else (self.clause or NO_CLAUSE,)
        return tuple(dict.fromkeys((*clause, *self.reasons)))


@dataclass(frozen=True)
class Look:
    """One look-up: who asked for what, and what was decided about it. `told` left traces in the answer."""

    id: str
    org: str
    actor: str
    role: str
    purpose: str
    relation: str
    has_case: bool
    is_emergency: bool
    is_embargoed: bool = False
    """Whether those whose records were told of learn of it later: until then they don't find it."""
    told: Sequence[Decided] = field(default=(), repr=False)
    untold: Sequence[Decided] = field(default=(), repr=False)

    @property
    def is_refused(self) -> bool:
        """Whether the question was refused for whoever asked it."""
        return any(one.owner == "*" for one in self.told)

    @property
    def is_denied(self) -> bool:
        """Whether something was there and nothing of it was shown."""
        return bool(self.told) and not self.released

    @property
    def released(self) -> tuple[Decided, ...]:
        return tuple(one for one in self.told if one.level in RELEASED)

    @property
    def holds_record(self) -> bool:
        """Whether the asker's own agency works with this family."""
        return any(one.owner == self.org for one in self.told)


@dataclass(frozen=True)
class Terms:
    """What a matter is found by: `shown` by the agency that acted, `quiet` by the operator alone.

    Other agencies see their own part of it: `parts` are what each of them finds it by, of the names in `OF_PARTS`.
    """

    shown: frozenset[Term]
    quiet: frozenset[Term] = frozenset()
    parts: frozenset[tuple[str, Term]] = frozenset()


@dataclass(frozen=True)
class Explanation:
    """Why somebody was told something: the `steps` that hold, and the `holes` that somebody has to look at."""

    steps: tuple[str, ...]
    holes: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        return not self.holes


def decided(owner: str, row: Mapping[str, Any], *, item: str = "") -> Decided:
    """A decision out of its audit row, as `Decision.as_audit` and `Refusal.as_audit` give it."""
    reasons = tuple(str(one["id"]) for one in row.get("reasons", ()))
    rules = (*row.get("rules", ()), *row.get("lifted", ()))
    return Decided(
        owner=owner,
        level=str(row["level"]),
        clause=str(row.get("clause", "")),
        agreement=str(row.get("agreement", "")),
        item=item,
        reasons=reasons,
        rules=tuple(str(one) for one in rules),
    )


def terms_of_look(look: Look) -> Terms:
    """All that a look-up is found by."""
    shown: set[Term] = {EVERY, ("typ", "answer"), ("org", look.org), ("actor", look.actor), ("role", look.role)}
    shown |= {("purpose", look.purpose), ("answer", look.id), ("sees", look.org)}
    shown |= _of_records(look, look)
    parts: set[tuple[str, Term]] = set()
    for owner in {one.owner for one in look.told} - {"*", look.org}:
        if not look.is_embargoed:
            shown.add(("sees", owner))
            parts |= {(owner, term) for term in _of_records(look, part_of(look, owner))}
    quiet: set[Term] = {("rule", name) for one in look.told for name in one.rules}
    for one in look.untold:
        quiet |= {("decision", one.level)} | {("rule", name) for name in (one.clause or NO_CLAUSE, *one.rules)}
        quiet |= {("is", "silent")} if one.level == SILENT else set()
    return Terms(frozenset(shown), frozenset(quiet - shown), frozenset(parts))


def part_of(look: Look, agency: str) -> Look:
    """The look-up with nothing in it but what was told of this agency's records."""
    return replace(look, told=[one for one in look.told if one.owner == agency], untold=())


def _of_records(look: Look, seen: Look) -> set[Term]:
    """What is said of the records that were told of, as far as they are `seen`."""
    found: set[Term] = {("src", one.owner) for one in seen.told if one.owner != "*"}
    for one in seen.told:
        found |= {("decision", one.level)} | {("rule", name) for name in one.named}
        found |= {("agreement", one.agreement)} if one.agreement else set()
    flags = {
        "emergency": look.is_emergency,
        "denied": seen.is_denied,
        "self_claimed": look.relation == "self_claimed",
        "unexplained": bool(seen.released) and not explain(look).is_whole,
    }
    return found | {("is", name) for name, is_so in flags.items() if is_so}


def terms_of_event(typ: str, org: str, *, actors: Sequence[str] = (), purpose: str = "") -> Terms:
    """What any other event is found by."""
    shown: set[Term] = {EVERY, ("typ", typ), ("org", org), ("sees", org)}
    shown |= {("actor", one) for one in actors}
    return Terms(frozenset(shown | ({("purpose", purpose)} if purpose else set())))


def explain(look: Look) -> Explanation:
    """What explains that something was shown. Of a look-up that showed nothing nothing has to be explained."""
    if not look.released:
        return Explanation(("nothing-shown",), ())
    steps, holes = list[str](), list[str]()
    if look.is_emergency:
        # Whether it was explained in time its own clock says.
        steps.append("emergency")
    else:
        (steps if look.relation in STANDING else holes).append(f"relation:{look.relation}")
        known = "record" if look.holds_record else "case" if look.has_case else ""
        (steps if known else holes).append(f"known:{known or 'nothing'}")
    steps.append(f"purpose:{look.purpose}")
    bare = sorted({one.item for one in look.released if not one.clause})
    clauses = sorted({f"{one.agreement}#{one.clause}" for one in look.released if one.clause})
    holes += [f"clause:{item}" for item in bare]
    return Explanation((*steps, *(f"clause:{one}" for one in clauses)), tuple(holes))
