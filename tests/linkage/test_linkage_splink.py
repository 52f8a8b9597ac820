"""Our match model means to Splink what it means to us: exported, it gives the same weight to every level.

Splink knows two classes, so it is our "same person" against "unrelated". Levels take the place of values: one side of a
pair holds for each field the position of its level, and each comparison looks it up.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import duckdb
import numpy as np
import pytest

from broker.linkage.levels import FIELDS
from broker.linkage.model import Model, parse_model
from broker.tokens import packaged

with warnings.catch_warnings():
    # Splink's own imports are not ours to mend.
    warnings.simplefilter("ignore")
    from splink import Linker
    from splink.backends.duckdb import DuckDBAPI

MODEL = parse_model(packaged("uk-person-1.model.json"))
MATCH, NOT = "same", "unrelated"
SIDES = ("left_side", "right_side")


def exported(model: Model) -> dict[str, Any]:
    """The two-class part of a model as Splink's settings; the columns hold levels, -1 where a side holds nothing."""
    return {
        "link_type": "link_only",
        "unique_id_column_name": "record",
        "sql_dialect": "duckdb",
        "probability_two_random_records_match": model.share[MATCH] / (model.share[MATCH] + model.share[NOT]),
        "blocking_rules_to_generate_predictions": [{"blocking_rule": "1=1", "sql_dialect": "duckdb"}],
        "retain_intermediate_calculation_columns": True,
        "comparisons": [_comparison(model, field, words) for field, words in FIELDS.items()],
    }


def _comparison(model: Model, field: str, words: tuple[str, ...]) -> dict[str, Any]:
    null = {"sql_condition": f"{field}_r = 0", "label_for_charts": words[0], "is_null_level": True}
    levels = [
        {
            "sql_condition": f"{field}_r = {level}" if level < len(words) - 1 else "ELSE",
            "label_for_charts": words[level],
            "m_probability": model.chances[MATCH][field][level - 1],
            "u_probability": model.chances[NOT][field][level - 1],
        }
        for level in range(1, len(words))
    ]
    return {"output_column_name": field, "comparison_levels": [null, *levels]}


def rows() -> list[dict[str, int]]:
    """Pairs in which one field is at one level and nothing else is held, for every level; and three with all fields."""
    single = [
        dict.fromkeys(FIELDS, 0) | {field: level} for field, words in FIELDS.items() for level in range(1, len(words))
    ]
    rng = np.random.default_rng(3)
    mixed = [{field: int(rng.integers(0, len(words))) for field, words in FIELDS.items()} for _ in range(3)]
    return [*single, *mixed]


def predicted(model: Model, pairs: list[dict[str, int]]) -> list[Mapping[str, float]]:
    """What Splink says of each pair: its whole match weight, and that of each field."""
    with duckdb.connect() as connection:
        columns = ", ".join(f"{field} INTEGER" for field in FIELDS)
        for side in SIDES:
            connection.execute(f"CREATE TABLE {side} (record INTEGER, {columns})")
        marks = ", ".join("?" for _ in range(1 + len(FIELDS)))
        connection.execute(f"INSERT INTO left_side VALUES ({marks})", [0, *(0 for _ in FIELDS)])
        for number, pair in enumerate(pairs):
            connection.execute(f"INSERT INTO right_side VALUES ({marks})", [number, *(pair[f] for f in FIELDS)])
        api = DuckDBAPI(connection)
        sides = [api.register(side) for side in SIDES]
        linker = Linker(sides, exported(model), log_level="ERROR")
        relation = linker.inference.predict().as_duckdbpyrelation()
        found = [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
    return sorted(found, key=lambda row: row["record_r"])


@pytest.fixture(scope="module")
def said() -> list[Mapping[str, float]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return predicted(MODEL, rows())


def test_every_level_weighs_the_same(said: list[Mapping[str, float]]) -> None:
    """A weight that means something else to everybody who knows Fellegi and Sunter's model."""
    wrong = []
    for pair, row in zip(rows(), said, strict=True):
        for field, level in pair.items():
            m, u = (MODEL.chances[kind][field][level - 1] for kind in (MATCH, NOT))
            ours = float(np.log2(m / u)) if level else 0.0
            if row[f"mw_{field}"] != pytest.approx(ours, abs=1e-6):
                wrong.append((field, level, ours, row[f"mw_{field}"]))
    assert wrong == []


def test_a_pair_weighs_the_sum_and_the_prior(said: list[Mapping[str, float]]) -> None:
    """A field that one side does not hold counts against a match, or the prior is counted twice."""
    prior = np.log2(MODEL.share[MATCH] / MODEL.share[NOT])
    for pair, row in zip(rows(), said, strict=True):
        logs = {
            kind: sum(np.log2(MODEL.chances[kind][field][level - 1]) for field, level in pair.items() if level)
            for kind in (MATCH, NOT)
        }
        assert row["match_weight"] == pytest.approx(prior + logs[MATCH] - logs[NOT], abs=1e-5)
