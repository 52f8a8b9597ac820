"""Story 9: families with several needs, found three ways, against the truth: by us, by referral only, in clear text.

    us          a social worker asks about the child through the broker; needs are counted from the answer
    referral    what any one agency sees in its own files alone, names in the clear, is all that anybody knows
    clear text  all exports in one place, joined where forename, surname and date of birth are exactly the same

A need is a service's involvement or an item that it posts; a pack says how many needs of which make a family one to
offer help to. The truth knows who every record is about. Agreements and protections keep things from us that the other
two ways would see; what is missed for that reason counts as missed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from rich.table import Table

from broker.agency.edges import Edges
from broker.linkage.relationships import FORMER
from broker.synthetic import caseloads, desk
from broker.synthetic.parties import Parties
from broker.synthetic.population import Person, Place, Record, Story
from broker.synthetic.sources import SHAPES
from broker.wire.answer import Answer, Involvement

Facts = frozenset[str]
"""What is known of a family: the sources that know one of them, and `item` where an item says that there is a need."""
Ask = Callable[[Mapping[str, str]], Answer]

_LEAST = {"ed.exclusions": 1, "hs.arrears_weeks": 4, "po.da_incidents": 1, "po.asb_incidents": 1}
_MOST = {"ed.attendance": 89}
NEEDS: Mapping[str, Facts] = {
    "education": frozenset({"ed.attendance", "ed.exclusions"}),
    "help for a child": frozenset({"csc", "eh"}),
    "crime": frozenset({"yj", "pr", "po.asb_incidents"}),
    "domestic abuse": frozenset({"dv", "po.da_incidents"}),
    "mental health": frozenset({"mh"}),
    "substance use": frozenset({"su"}),
    "housing": frozenset({"hl", "hs.arrears_weeks"}),
    "money": frozenset({"vc"}),
}
PACKS = {"two needs": 2, "three needs": 3}
METHODS = ("us", "referral", "clear text")


@dataclass(frozen=True)
class Found:
    """Of `eligible` families, how many one way found, and how many it added that are not eligible."""

    eligible: int = 0
    found: int = 0
    added: int = 0

    @property
    def recall(self) -> float:
        """The share of eligible families found; 1.0 where there are none."""
        return self.found / self.eligible if self.eligible else 1.0


@dataclass
class Comparison:
    """By pack, name group (`all` is everybody) and way of finding."""

    families: int = 0
    cells: dict[tuple[str, str, str], Found] = field(default_factory=dict)

    def add(self, group: str, true: Facts, known: Mapping[str, Facts]) -> None:
        """Counts one family: what is true of it, and what each way knows."""
        self.families += 1
        for pack, least in PACKS.items():
            is_eligible = len(needs(true)) >= least
            for method, facts in known.items():
                says = len(needs(facts)) >= least
                for name in ("all", group):
                    held = self.cells.get((pack, name, method), Found())
                    one = Found(int(is_eligible), int(is_eligible and says), int(says and not is_eligible))
                    added = (held.eligible + one.eligible, held.found + one.found, held.added + one.added)
                    self.cells[pack, name, method] = Found(*added)

    def rows(self) -> list[tuple[str, str, int, dict[str, Found]]]:
        """(pack, name group, eligible families, what each way found): everybody first, then the largest groups."""
        named = {(pack, group) for pack, group, _ in self.cells}
        found = [
            (
                pack,
                group,
                self.cells[pack, group, METHODS[0]].eligible,
                {m: self.cells[pack, group, m] for m in METHODS},
            )
            for pack, group in named
        ]
        return sorted(found, key=lambda row: (row[0], row[1] != "all", -row[2], row[1]))


def needs(facts: Facts) -> frozenset[str]:
    """The needs that the facts show."""
    return frozenset(need for need, signs in NEEDS.items() if facts & signs)


def compare(
    place: Place,
    ask: Ask,
    *,
    sources: Iterable[str] = tuple(SHAPES),
    most: int | None = None,
    progress: Callable[[], None] | None = None,
) -> Comparison:
    """All three ways for one child of every family with children, or of the first `most` by household.

    `sources` are those that have delivered; no other counts for anything.
    """
    delivered = frozenset(sources)
    exports = Exports(record for record in caseloads.records(place) if record.source in delivered)
    comparison = Comparison()
    for child in _children(place)[:most]:
        family = [child, *(other for other in _household(place, child) if caseloads.relation(child, other))]
        true = facts_of(record for person in family for record in exports.of_person[person.id])
        known = {
            "us": facts_told(ask(_query(place, child))),
            "referral": _best(exports.seen_by(child, agency) for agency in sorted({s.agency for s in SHAPES.values()})),
            "clear text": exports.seen_by(child),
        }
        comparison.add(child.origin, true, known)
        if progress is not None:
            progress()
    return comparison


def table(comparison: Comparison) -> Table:
    """The comparison to print: recall and false adds by pack and name group, where there is anybody to find."""
    shown = Table("Pack", "Name group", "Families", *(f"{method}: found, added" for method in METHODS))
    for pack, group, eligible, found in comparison.rows():
        if eligible:
            cells = (f"{found[method].recall:.0%}, {found[method].added}" for method in METHODS)
            shown.add_row(pack, group, str(eligible), *cells)
    return shown


def desk_of(parties: Parties, staff: str, folder: Path, *, edges: Edges | None = None) -> Ask:
    """A social worker of the council who asks with `broker-agency ask`; raises `Unavailable` for want of an answer."""

    def ask(about: Mapping[str, str]) -> Answer:
        title, role, purpose = "Found families", "council.social_worker", "child_safeguarding"
        story = Story("9", title, "council", role, staff, purpose, dict(about), {})
        return desk.ask(parties, story, folder, edges=edges)

    return ask


def facts_of(records: Iterable[Record]) -> Facts:
    """What records in the clear say."""
    found: set[str] = set()
    for record in records:
        found.add(record.source)
        found |= {item for item, value in record.content.items() if isinstance(value, int) and _is_sign(item, value)}
    return frozenset(found)


def facts_told(answer: Answer) -> Facts:
    """What an answer tells."""
    return frozenset(fact for person in answer.story.people for block in person.involvements for fact in _told(block))


class Exports:
    """Every record in the clear, by who it is truly about, by its reference, and by exact name and date of birth."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.of_person: dict[str, list[Record]] = defaultdict(list)
        self.by_reference: dict[tuple[str, str], Record] = {}
        self.by_name: dict[tuple[str, ...], list[Record]] = defaultdict(list)
        for record in records:
            self.of_person[record.person].append(record)
            self.by_reference[record.source, record.reference] = record
            if key := _key(record.identity):
                self.by_name[key].append(record)

    def seen_by(self, child: Person, agency: str = "") -> Facts:
        """What exact names show about the child's family, in one agency's own files or in everybody's."""
        own = self._alike(_key({"forename": child.forename, "surname": child.surname, "dob": child.born}), agency)
        named = [
            self.by_reference[record.source, ref]
            for record in own
            for ref in _stated(record)
            if (record.source, ref) in self.by_reference
        ]
        relatives = [other for record in named for other in (record, *self._alike(_key(record.identity), agency))]
        return facts_of([*own, *relatives])

    def _alike(self, key: tuple[str, ...], agency: str) -> list[Record]:
        alike = self.by_name.get(key, []) if key else []
        return [record for record in alike if agency in ("", SHAPES[record.source].agency)]


def _stated(record: Record) -> list[str]:
    """The references of the relatives that the export states: not who merely lives there, nor a former partner."""
    kinds = {kind for name, _ in SHAPES[record.source].columns for kind in _kinds(name)}
    return [ref for kind, ref in record.relations if kind in kinds and kind not in FORMER]


def _kinds(column: str) -> list[str]:
    """The kinds of relationship in a column; one of `any` kind says no more than that they share a household."""
    return column.split(":")[1].split("+") if column.startswith("relation:") and ":any" not in column else []


def _key(identity: Mapping[str, str | date | None]) -> tuple[str, ...]:
    parts = tuple(str(identity[name] or "").casefold() for name in ("forename", "surname", "dob"))
    return parts if all(parts) else ()


def _children(place: Place) -> list[Person]:
    """The eldest child under 18 of every household that has one, by household."""
    found = []
    for household in place.households:
        members = [place.people[person] for person in household.people]
        children = [person for person in members if 0 <= person.age(place.today) < 18 and person.parents]
        if children:
            found.append(min(children, key=lambda person: (person.born or date.max, person.id)))
    return found


def _household(place: Place, child: Person) -> list[Person]:
    household = next(one for one in place.households if one.id == child.household)
    return [place.people[person] for person in household.people if person != child.id]


def _query(place: Place, child: Person) -> dict[str, str]:
    postcode = next(one.address.postcode for one in place.households if one.id == child.household)
    typed = {"forename": child.forename, "surname": child.surname, "dob": str(child.born), "postcode": postcode}
    return {name: value for name, value in typed.items() if value}


def _best(views: Iterable[Facts]) -> Facts:
    """The view that shows most needs: referral takes one agency that sees enough."""
    return max(views, key=lambda facts: (len(needs(facts)), sorted(facts)), default=frozenset())


def _is_sign(item: str, count: int) -> bool:
    if isinstance(count, bool):
        return False
    return count >= _LEAST[item] if item in _LEAST else item in _MOST and count <= _MOST[item]


def _told(block: Involvement) -> Sequence[str]:
    counts = [(item.item, value.count) for item in block.items for value in item.values if value.count is not None]
    return [block.source, *(item for item, count in counts if _is_sign(item, count))]
