"""Cells, facts and levels in plain English, from the labels of the vocabulary, for those who sign and those who prove.

Work coach (Brackwater Jobcentre), for employment support: "Missed GP appointments" [gp.missed_appts]
with whether the person is protected: safe address
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from broker.policy.decision import Terms
from broker.policy.interpret import Cell
from broker.policy.levels import Level
from broker.policy.periods import period
from broker.policy.space import PLAIN
from broker.policy.vocabulary import Vocabulary

SHOWN: Mapping[Level, str] = {
    "withhold_silently": "looks as if there were no record",
    "withhold": "is withheld, and the reason is said",
    "refer": "waits for a person to decide",
    "signpost": "shows only whom to ring",
    "reduced": "is shown reduced",
    "share": "is shown in full",
}
ONWARD = {
    "none": "not passed on",
    "same_purpose_team": "passed on within the team for the same purpose",
    "with_source_agreement": "passed on when the source agrees",
}


def plain_words(name: str) -> str:
    """`significant_harm` as people write it."""
    return name.replace("_", " ")


def role(vocabulary: Vocabulary, name: str) -> str:
    """The role's label with its agency; a role that isn't in the vocabulary by its id."""
    known = vocabulary.roles.get(name)
    return f"{known.label} ({vocabulary.agencies[known.agency].name})" if known else f"role {name}"


def roles(vocabulary: Vocabulary, names: Iterable[str]) -> str:
    """The roles' labels, with each agency once."""
    by_agency: dict[str, list[str]] = {}
    for name in names:
        known = vocabulary.roles.get(name)
        agency = vocabulary.agencies[known.agency].name if known else "not in the vocabulary"
        by_agency.setdefault(agency, []).append(known.label if known else name)
    return ", ".join(f"{' and '.join(labels)} ({agency})" for agency, labels in by_agency.items())


def item(vocabulary: Vocabulary, name: str) -> str:
    """The item's label with its id and its category."""
    known = vocabulary.items.get(name)
    return f'"{known.label}" [{name}: {plain_words(known.category)}]' if known else f"[{name}]"


def facts(vocabulary: Vocabulary, given: Mapping[str, str]) -> str:
    """What of `given` isn't plain, with the risk if there is any; or that everything is plain."""
    said = [
        one_fact(vocabulary, name, (value,))
        for name, value in given.items()
        if value not in PLAIN.get(name, (value,)) or (name == "risk" and value != "none")
    ]
    return " and ".join(said) if said else "everything is plain"


def one_fact(vocabulary: Vocabulary, name: str, values: Iterable[str]) -> str:
    """A fact with the values it may have, in brackets: [how great the risk is: none or concern]."""
    known = vocabulary.facts.get(name)
    bands = vocabulary.age_bands if name == "age" else {}
    said = " or ".join(bands.get(value, plain_words(value)) for value in values)
    return f"[{known.label if known else plain_words(name)}: {said}]"


def level(vocabulary: Vocabulary, name: Level, obligations: Iterable[str] = ()) -> str:
    """What the requester sees at this level, with what must happen to it."""
    known = vocabulary.obligations
    said = [known[one].label[:1].lower() + known[one].label[1:] for one in obligations if one in known]
    return SHOWN[name] + (f" ({', '.join(said)})" if said else "")


def terms(told: Terms) -> str:
    """The terms of a clause."""
    window = f"the last {period(told.window)}" if told.window else "of any age"
    kept = "not to be copied" if period(told.keep) == period("P0D") else f"kept for {period(told.keep)}"
    return f"{window}, {kept}, {ONWARD[told.onward]}"


def who_and_what(vocabulary: Vocabulary, cells: Iterable[Cell]) -> tuple[str, ...]:
    """The cells in as few sentences as can be: roles, their purpose, and the items that are the same for them."""
    items: dict[tuple[str, str], list[str]] = {}
    for cell in cells:
        items.setdefault((cell.role, cell.purpose), []).append(cell.item)
    same: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (name, purpose), named in items.items():
        same.setdefault((purpose, tuple(sorted(named))), []).append(name)
    return tuple(
        f"{roles(vocabulary, names)}, for {plain_words(purpose)}: {', '.join(item(vocabulary, one) for one in named)}"
        for (purpose, named), names in same.items()
    )
