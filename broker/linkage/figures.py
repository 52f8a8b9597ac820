"""The sums of a population run -> what is reported: how much matches, how surely, in which fields, and what to mend.

Every figure is of the records that the run counted. A pair is seen from both its records, so what is to be reviewed is
half of what was seen; a person is counted once, as the sum of 1 / (records of the person) over their records.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from broker.linkage.levels import FIELDS
from broker.linkage.population import IDENTIFIERS, Counts, is_same


def figures(counts: Counts, *, agencies: Mapping[str, str]) -> dict[str, Any]:
    """All figures, as what JSON can hold. `agencies` says which agency each source is of."""
    records = _by(counts, "record")
    sources = {source: _source(counts, source) for source in sorted(records)}
    total = sum(records.values())
    return {
        "records": total,
        "people": _people(_by(counts, "size")),
        **_matched(counts, list(sources)),
        "review_per_1000": _per_1000(sum(_reviews(counts, source) for source in sources), total),
        "sources": sources,
        "agencies": {name: _agency(counts, name, agencies) for name in sorted(set(agencies.values()))},
        "pairs": _pairs(counts),
        "fields": _fields(counts, list(sources)),
        "hubs": [
            {"source": source, "match_key": int(number), "records": many}
            for (source, number), many in sorted(_under(counts, "hub").items())
        ],
        "protected": counts["protected",],
        "left_out": _by(counts, "left out"),
    }


def _source(counts: Counts, source: str) -> dict[str, Any]:
    records = counts["record", source]
    sizes = _by(counts, "size in source", source)
    return {
        "records": records,
        "people": _people(sizes),
        "duplicates": sum(many for size, many in sizes.items() if size != "1"),
        **_matched(counts, [source]),
        "review_per_1000": _per_1000(_reviews(counts, source), records),
        "identifiers": {name: counts["identifier", source, name] for name in IDENTIFIERS},
        "fields": _fields(counts, [source]),
    }


def _agency(counts: Counts, agency: str, agencies: Mapping[str, str]) -> dict[str, Any]:
    sources = [source for source, owner in sorted(agencies.items()) if owner == agency]
    records = sum(counts["record", source] for source in sources)
    return {
        "sources": sources,
        "records": records,
        "people": _people(_by(counts, "size in agency", agency)),
        **_matched(counts, sources),
        "review_per_1000": _per_1000(sum(_reviews(counts, source) for source in sources), records),
    }


def _matched(counts: Counts, sources: list[str]) -> dict[str, float]:
    """Shares of records with a certain match in another source, with one to be checked at best, and with none."""
    total = sum(counts["record", source] for source in sources)
    found = {band: sum(counts["best", source, band] for source in sources) for band in ("certain", "probable", "none")}
    return {band: _share(many, total) for band, many in found.items()}


def _pairs(counts: Counts) -> list[dict[str, Any]]:
    seen = sorted({(key[1], key[2]) for key in counts if key[0] == "pair"})
    return [
        {
            "source": source,
            "other": other,
            "certain": _share(counts["pair", source, other, "certain"], counts["record", source]),
            "probable": _share(counts["pair", source, other, "probable"], counts["record", source]),
        }
        for source, other in seen
    ]


def _fields(counts: Counts, sources: list[str]) -> dict[str, dict[str, Any]]:
    """For each field of certain pairs: how many both hold it, the share that agrees, and every level."""
    found = {}
    for name, words in FIELDS.items():
        levels = {word: sum(counts["field", source, name, word] for source in sources) for word in words[1:]}
        held = sum(levels.values())
        if held:
            same = sum(levels[word] for level, word in enumerate(words) if level and is_same(name, level))
            found[name] = {"held": held, "agree": _share(same, held), "levels": {w: n for w, n in levels.items() if n}}
    return found


def _reviews(counts: Counts, source: str) -> float:
    return sum(_by(counts, "review", source).values()) / 2


def _people(sizes: Mapping[str, int]) -> int:
    return round(sum(many / int(size) for size, many in sizes.items()))


def _by(counts: Counts, *kind: str) -> dict[str, int]:
    """What follows `kind` in a key -> how many, of the keys with one part more."""
    return {key[0]: many for key, many in sorted(_under(counts, *kind).items()) if len(key) == 1}


def _under(counts: Counts, *kind: str) -> dict[tuple[str, ...], int]:
    return {key[len(kind) :]: many for key, many in counts.items() if key[: len(kind)] == kind}


def _share(part: float, whole: float) -> float:
    return round(part / whole, 4) if whole else 0.0


def _per_1000(part: float, whole: float) -> float:
    return round(1000 * part / whole, 2) if whole else 0.0
