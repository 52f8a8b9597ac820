"""Match quality as a table: by band, and of people of different names, sexes and ages."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.table import Table

from broker.synthetic.measure import LookedUp, quality
from broker.synthetic.population import Person, Place

_BRITISH = frozenset({"english", "irish", "welsh", "scottish"})
_SOUTH_ASIAN = frozenset({"pakistani", "bangladeshi", "indian"})


def quality_table(looked: Sequence[LookedUp], place: Place) -> Table:
    """What was found, overall and group by group."""
    table = Table("Asked about", "look-ups", "certain: right", "certain: found", "with those to be checked")
    table.add_row("everybody", *_row(looked))
    for title, group_of in _GROUPINGS.items():
        table.add_section()
        groups: dict[str, list[LookedUp]] = {}
        for one in looked:
            groups.setdefault(group_of(place.people[one.person], place), []).append(one)
        for group in sorted(groups):
            table.add_row(f"{title} {group}", *_row(groups[group]))
    return table


def _row(looked: Sequence[LookedUp]) -> tuple[str, ...]:
    found = quality(looked)
    there = sum(one.there for one in looked)
    either = sum(one.certain_true + one.probable_true for one in looked)
    share = either / there if there else 1.0
    return f"{len(looked):,}", f"{found.precision:.1%}", f"{found.recall:.1%}", f"{share:.1%}"


def _names(person: Person, _: Place) -> str:
    if person.origin in _BRITISH:
        return "British or Irish"
    return "South Asian" if person.origin in _SOUTH_ASIAN else "of other origin"


def _age(person: Person, place: Place) -> str:
    years = person.age(place.today)
    return "under 18" if years < 18 else "18 to 64" if years < 65 else "65 and over"


def _sex(person: Person, _: Place) -> str:
    return {"F": "female", "M": "male"}.get(person.sex, "not known")


_GROUPINGS: dict[str, Callable[[Person, Place], str]] = {"names": _names, "sex:": _sex, "age:": _age}
