"""The assignment problem: every row gets a column of its own so that the sum of costs is smallest.

Shortest augmenting paths with potentials (Jonker and Volgenant 1987), one numpy operation over all columns a step.
"""

from __future__ import annotations

import numpy as np


def assign(cost: np.ndarray) -> np.ndarray:
    """The column of every row of a (n, m) cost matrix, -1 for rows that are left over when n > m."""
    n, m = cost.shape
    if n > m:
        of_columns = assign(cost.T)
        found = np.full(n, -1)
        found[of_columns] = np.arange(m)
        return found
    row_of, column_of = np.full(m, -1), np.full(n, -1)
    below_rows, below_columns = cost.min(axis=1).astype(float), np.zeros(m)
    for row in np.argsort(below_rows):
        # A row's cheapest column is right until another row wants it; the loop below settles the rest.
        cheapest = int(cost[row].argmin())
        if row_of[cheapest] < 0:
            row_of[cheapest], column_of[row] = row, cheapest
    for row in np.flatnonzero(column_of < 0):
        _augment(cost, int(row), row_of, potentials=(below_rows, below_columns))
    column_of[row_of[row_of >= 0]] = np.flatnonzero(row_of >= 0)
    return column_of


def _augment(cost: np.ndarray, row: int, row_of: np.ndarray, *, potentials: tuple[np.ndarray, np.ndarray]) -> None:
    """Finds the cheapest way to give `row` a column, moving other rows on the way, and keeps the potentials tight."""
    below_rows, below_columns = potentials
    distance = np.full(len(row_of), np.inf)
    before, done = np.full(len(row_of), -1), np.zeros(len(row_of), dtype=bool)
    at, through, gone = row, -1, 0.0
    while True:
        reduced = cost[at] - below_rows[at] - below_columns + gone
        shorter = ~done & (reduced < distance)
        distance[shorter], before[shorter] = reduced[shorter], through
        column = int(np.where(done, np.inf, distance).argmin())
        gone = float(distance[column])
        if row_of[column] < 0:
            break
        done[column] = True
        at, through = int(row_of[column]), column
    below_rows[row] += gone
    settled = np.flatnonzero(done)
    below_rows[row_of[settled]] += gone - distance[settled]
    below_columns[settled] -= gone - distance[settled]
    while column >= 0:
        previous = int(before[column])
        row_of[column] = row if previous < 0 else row_of[previous]
        column = previous
