"""Why the hash of an NHS number is the NHS number, shown: `python -m benchmarks.why_not_hash` (docs/why-not-hash.md).

A table of 1,000 people is "pseudonymised" four ways, and the same search runs against each: try every number there is.
The people have numbers of the range 999 000 0000 to 999 999 9999, which is kept for tests and never given out; the
time for every valid number, and for the range that is given out, follows from the rate measured in the run.

    SHA-256 of the number                     everybody, in seconds
    HMAC with a key that all agencies share   nobody, and everybody on the day the key leaks
    our labels, with the whole database       nobody, and nobody with one agency's keys either
    our labels, with both other keys as well  everybody: why broker and linkage unit are two organisations
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from benchmarks.machine import machine
from broker import oprf
from broker.keys.labels import label
from broker.tokens import load_scheme, oprf_input

TEST_RANGE = range(999_000_000, 1_000_000_000)
GIVEN_OUT = (range(400_000_000, 500_000_000), range(600_000_000, 800_000_000))
"""First nine digits of the ranges of England, Wales and the Isle of Man (package `nhs-number`, `constants`)."""
VALID = 1_000_000_000 * 10 // 11
"""Of 10^9 beginnings, one in eleven would need the check digit 10 and is left out."""
GUESSES_A_DAY = 2_000 * 30
"""Questions a day, and the inputs that each may have."""


def weighted(digits: str, first_weight: int) -> int:
    """The weighted sum of digits for the check digit of an NHS number (modulus 11), the weights falling."""
    return sum(int(digit) * (first_weight - at) for at, digit in enumerate(digits))


_TAILS = [(f"{tail:04d}", weighted(f"{tail:04d}", 5)) for tail in range(10_000)]
_CHECK = [str(-rest % 11) if -rest % 11 < 10 else "" for rest in range(11)]


def numbers(beginnings: range) -> Iterator[str]:
    """Every valid number of a range of first nine digits, from and to a multiple of 10,000."""
    for head in range(beginnings.start // 10_000, beginnings.stop // 10_000):
        text = f"{head:05d}"
        total = weighted(text, 10)
        for tail, more in _TAILS:
            check = _CHECK[(total + more) % 11]
            if check:
                yield text + tail + check


@dataclass(frozen=True)
class Search:
    """What trying every number of a range came to."""

    tried: int
    found: int
    seconds: float

    @property
    def rate(self) -> float:
        return self.tried / self.seconds


def search(stolen: frozenset[bytes], guess: Callable[[str], bytes], beginnings: range) -> Search:
    """Tries every valid number of `beginnings`; `guess` is how the attacker makes a pseudonym of one."""
    began = time.perf_counter()
    hits = [guess(number) in stolen for number in numbers(beginnings)]
    return Search(len(hits), sum(hits), time.perf_counter() - began)


@dataclass(frozen=True)
class Ours:
    """Labels as the broker keeps them, and the keys that two organisations hold apart."""

    linkage_key: bytes
    label_key: bytes

    def label(self, number: str) -> bytes:
        """The label of a number at one source: HMAC under the broker's key of k * H1(x) under the linkage unit's."""
        scheme = load_scheme()
        first = scheme.match_keys[0]
        point = oprf.multiply(self.linkage_key, oprf.hash_to_group(oprf_input(scheme, first, [number], "brackwater")))
        return label(self.label_key, "csc", number=first.number, point=point)


def run(people: int, beginnings: range, slow: range, console: Console) -> list[dict[str, Any]]:
    """All searches; `slow` is the shorter range for what costs an elliptic curve operation a guess."""
    rng = random.Random(2026)
    shared, own = rng.randbytes(32), rng.randbytes(32)
    ours = Ours(oprf.scalar(rng.randbytes(64)), rng.randbytes(32))
    victims = rng.sample([*numbers(slow)], people)
    theirs: dict[str, Callable[[str], bytes]] = {
        "sha256": lambda number: hashlib.sha256(number.encode()).digest(),
        "hmac": lambda number: hmac.digest(shared, number.encode(), "sha256"),
        "ours": ours.label,
    }
    # What an agency can make of a number with all of its own keys: it has neither k nor the label key.
    agency = Ours(oprf.scalar(own + own), own)
    attempts = [
        ("SHA-256, no key", "sha256", theirs["sha256"], beginnings),
        ("HMAC, shared key kept", "hmac", theirs["sha256"], beginnings),
        ("HMAC, shared key leaked", "hmac", theirs["hmac"], beginnings),
        ("ours, stolen database", "ours", theirs["sha256"], beginnings),
        ("ours, and one agency's keys", "ours", agency.label, slow),
        ("ours, and the broker's and the linkage unit's keys", "ours", ours.label, slow),
    ]
    stolen = {name: frozenset(map(make, victims)) for name, make in theirs.items()}
    results = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("searching", total=len(attempts))
        for name, table, guess, wanted in attempts:
            bar.update(task, description=name)
            results.append(_result(name, search(stolen[table], guess, wanted), people))
            bar.advance(task)
    return results


def _result(name: str, found: Search, people: int) -> dict[str, Any]:
    given_out = sum(map(len, GIVEN_OUT)) * 10 // 11
    return {
        "table": name,
        "people": people,
        "found": found.found,
        "tried": found.tried,
        "guesses_per_second_and_core": round(found.rate),
        "core_hours_every_valid_number": round(VALID / found.rate / 3600, 2),
        "core_hours_numbers_given_out": round(given_out / found.rate / 3600, 2),
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.why_not_hash", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--quick", action="store_true", help="a twentieth of the range")
    quick = parser.parse_args().quick
    console = Console(width=None if sys.stdout.isatty() else 120)
    size, slow = (50_000, 10_000) if quick else (len(TEST_RANGE), 50_000)
    start = TEST_RANGE.start
    results = run(100 if quick else 1_000, range(start, start + size), range(start, start + slow), console)
    table = Table(
        f"{results[0]['people']:,} people's NHS numbers as", "found", "guesses a second", "every valid number, one core"
    )
    for one in results:
        hours = one["core_hours_every_valid_number"]
        shown = (f"{one['found']:,}", f"{one['guesses_per_second_and_core']:,}", f"{hours:,} h")
        table.add_row(one["table"], *shown)
    console.print(table)
    years = VALID / GUESSES_A_DAY / 365.25
    console.print(f"Ours by asking, at {GUESSES_A_DAY:,} guesses a day, each counted in two logs: {years:,.0f} years.")
    people = results[0]["people"]
    holds = [one["found"] for one in results] == [people, 0, people, 0, 0, people]
    figures = {"benchmark": "why_not_hash", "results": results, "years_by_asking": round(years, 1)}
    print(json.dumps({**figures, "machine": machine(), "holds": holds}))
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
