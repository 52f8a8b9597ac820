"""Exports with relationships: `kin(export(...), {"C1": [Kin("C2", "partner", until="2024-06-30")]})`."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_COLUMNS = {"column": "Kin", "kind_column": "Kin kind", "evidence": "Kin known by", "since": "Kin since"}
_COLUMNS |= {"until": "Kin until"}


@dataclass(frozen=True)
class Kin:
    """The record `ref` is this record's `kind`."""

    ref: str
    kind: str
    evidence: str = ""
    since: str = ""
    until: str = ""


def kin(exported: tuple[str, str], related: Mapping[str, Sequence[Kin]]) -> tuple[str, str]:
    """The export and its mapping, with the relationships of the records by their references."""
    text, mapping = exported
    most = max(len(some) for some in related.values())
    header, *rows = csv.reader(io.StringIO(text))
    for number in range(most):
        header += [f"{column} {number}" for column in _COLUMNS.values()]
        mapping += "[[relationships]]\n" + "".join(f'{name} = "{col} {number}"\n' for name, col in _COLUMNS.items())
        for row in rows:
            of_row = related.get(row[0], ())
            one = of_row[number] if number < len(of_row) else Kin("", "")
            row += [one.ref, one.kind, one.evidence, one.since, one.until]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header, *rows])
    return out.getvalue(), mapping
