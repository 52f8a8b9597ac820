"""Splink on one data set in the clear, in a process of its own, so that time and memory are its own.

python -m benchmarks.linkage.splink_run clear.parquet recipe pairs.parquet     prints {"seconds": ..., "mib": ...}
"""

from __future__ import annotations

import json
import logging
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from splink import DuckDBAPI, Linker

from benchmarks.linkage.memory import peak_mib
from benchmarks.linkage.splink_recipes import Recipe, recipe

LEAST = 1e-6
"""Pairs below this match probability are not kept: no threshold worth trying is so low."""


def run(clear: Path, name: str, out: Path) -> dict[str, Any]:
    """Estimates the model, predicts, clusters once at 0.95; writes the pairs. Returns seconds and peak memory."""
    connection = duckdb.connect()
    table = pq.read_table(clear)
    made = recipe(name, [column for column in table.column_names if _held(table, column)], records=table.num_rows)
    linker = Linker(_registered(connection, table, made), made.settings)
    times = {"train": _timed(lambda: _train(linker, made))}
    predicted: list[Any] = []
    times["predict"] = _timed(lambda: predicted.append(linker.inference.predict(threshold_match_probability=LEAST)))
    cluster = linker.clustering.cluster_pairwise_predictions_at_threshold
    times["cluster"] = _timed(lambda: cluster(predicted[0], threshold_match_probability=0.95))
    names = "record_l as one, record_r as other, match_weight as bits"
    pq.write_table(_table(predicted[0].query_sql(f"select {names} from {{this}}")), out)
    return {"seconds": {name: round(took, 2) for name, took in times.items()}, "mib": peak_mib()}


def _table(frame: Any) -> pa.Table:
    found = frame.as_duckdbpyrelation().arrow()
    return found if isinstance(found, pa.Table) else found.read_all()


def _held(table: pa.Table, column: str) -> bool:
    # A column that next to nobody holds can't be estimated.
    return bool(table.num_rows - table[column].null_count > max(20, table.num_rows // 200))


def _registered(connection: Any, table: pa.Table, made: Recipe) -> Any:
    api = DuckDBAPI(connection=connection)
    if made.settings.link_type != "link_only":
        return api.register(connection.from_arrow(table))
    sources = sorted(set(table["source"].to_pylist()))
    parts = [table.filter(pa.compute.equal(table["source"], source)) for source in sources]
    return [api.register(connection.from_arrow(part), dataset_display_name=f"source_{at}")
            for at, part in enumerate(parts)]  # fmt: skip


def _train(linker: Any, made: Recipe) -> None:
    training = linker.training
    training.estimate_probability_two_random_records_match(list(made.deterministic), recall=made.recall)
    training.estimate_u_using_random_sampling(max_pairs=made.max_pairs, seed=1)
    for rule in made.training:
        training.estimate_parameters_using_expectation_maximisation(
            rule, estimate_without_term_frequencies=made.without_frequencies
        )


def _timed(step: Any) -> float:
    began = time.monotonic()
    step()
    return time.monotonic() - began


def main() -> int:
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    clear, name, out = sys.argv[1:4]
    print(json.dumps(run(Path(clear), name, Path(out))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
