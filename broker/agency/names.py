"""What stands behind a forename when it is written differently: its nickname group, its sound, its near misses.

    canonical("bob") == canonical("robert") == "robert"
    phonetic("siobhan") == phonetic("shivaun")

Two tables make the groups: our own `data/uk_names.csv` (names and spellings of the people who live in Britain), which
settles every name it mentions, and the `nicknames` package for the rest. A nickname of the package is only followed
when exactly one name claims it, and one step only: otherwise Alexander would melt into Alexandra through Alex.
`table_digest` is part of the match-key scheme, because agencies with different tables would silently never match.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import defaultdict
from functools import lru_cache
from importlib import resources

from metaphone.metaphone import doublemetaphone
from nicknames import name_triplets

from broker.errors import Misconfigured
from broker.tokens import Scheme

NEIGHBOURS = 6
"""A name's neighbourhood: itself, and itself without its first, second ... fifth letter."""

_SHORTEST_WITH_NEIGHBOURS = 4


@lru_cache(maxsize=1)
def _table() -> dict[str, str]:
    """Every name that is not its own group, with the name that stands for its group."""
    ours = _read_uk_names()
    claimants: dict[str, set[str]] = defaultdict(set)
    has_nicknames = set()
    for full, _, nickname in name_triplets():
        claimants[nickname].add(ours.get(full, full))
        has_nicknames.add(full)
    table = dict(ours)
    for nickname, fulls in claimants.items():
        if nickname not in ours and nickname not in has_nicknames and len(fulls) == 1:
            table[nickname] = next(iter(fulls))
    return table


def _read_uk_names() -> dict[str, str]:
    text = resources.files("broker.agency").joinpath("data/uk_names.csv").read_text(encoding="utf-8")
    groups = {}
    for row in csv.DictReader(io.StringIO(text)):
        for name in (row["canonical"], *row["others"].split()):
            groups[name] = row["canonical"]
    return groups


@lru_cache(maxsize=1)
def _listed() -> frozenset[str]:
    return frozenset(_table()) | {name for full, _, nickname in name_triplets() for name in (full, nickname)}


def is_listed(name: str) -> bool:
    """Whether `name` (a-z) is a forename of either table, which hardly hold East Asian ones."""
    return name in _listed()


@lru_cache(maxsize=1)
def table_digest() -> str:
    """SHA-256 (hex) of the table of groups: sorted lines of `name,canonical`."""
    lines = sorted(f"{name},{head}\n" for name, head in _table().items())
    return hashlib.sha256("".join(lines).encode()).hexdigest()


@lru_cache(maxsize=8)
def check_table(scheme: Scheme) -> None:
    """Raises `Misconfigured` when this installation's table of names is not the one that `scheme` rests on."""
    if table_digest() != scheme.names_digest:
        raise Misconfigured(
            "names-table-differs",
            f"the table of nicknames installed here is not the one scheme {scheme.name} rests on",
            hint="install the version of `nicknames` that the release of this client pins",
        )


def canonical(name: str) -> str:
    """The name that stands for the group of `name` (a-z), which is itself when it is in no group."""
    return _table().get(name, name)


@lru_cache(maxsize=65_536)
def phonetic(name: str) -> str:
    """The primary Double Metaphone code of the canonical form of `name` (a-z); empty when it has no consonant sound."""
    primary: str = doublemetaphone(canonical(name))[0]  # type: ignore[no-untyped-call]
    return primary.strip()


def neighbours(name: str) -> tuple[str, ...]:
    """`name` and its deletions at letters one to five, by position; an empty text where there is none.

    Two names that differ by one letter added, lost, changed or swapped with the next, among their first five, have one
    in common. Names under four letters have none, because nearly everything would be near them.
    """
    if len(name) < _SHORTEST_WITH_NEIGHBOURS:
        return ("",) * NEIGHBOURS
    shorter = (name[:at] + name[at + 1 :] if at < len(name) else "" for at in range(NEIGHBOURS - 1))
    return (name, *shorter)
