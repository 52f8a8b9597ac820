"""The demonstration: the whole main job on a fictional place, with real processes over HTTP on loopback.

1. generate Brackwater, and every party's secrets
2. start the linkage unit and the broker
3. every source delivers its export
4. a caseworker asks about the family of story 1; the other stories are asked too
5. the receipts and the whole log verify, a changed copy is caught, no canary is anywhere
6. match quality against the truth
"""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import io
import json
import random
import shutil
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from broker.agency import pseudonyms
from broker.agency.cli import main as broker_agency
from broker.audit.verify import verify_log
from broker.server import put_together
from broker.settings import Settings, load_settings
from broker.synthetic import checks, desk, desks, overturned, place, servers, truth
from broker.synthetic.bothkeys import both_keys
from broker.synthetic.explained import MOST, Explained, measure_explained
from broker.synthetic.measure import Quality, measure, posted, quality
from broker.synthetic.parties import ORIGIN, Addresses, Asker, Parties, make_parties
from broker.synthetic.population import Place, Story
from broker.synthetic.quality_table import quality_table
from broker.synthetic.shapes import Shape
from broker.synthetic.sources import SHAPES
from broker.synthetic.unattended import ENOUGH, QUESTIONS, Unattended
from broker.synthetic.unattended import measure as measure_unattended
from broker.vaults.secretfile import read_secrets
from broker.wire.answer import Answer

SAMPLE = 400
POLICIES = Path("policies")
WITNESS = "nhs"
"""The agency that watches the audit log."""


@dataclass
class Demo:
    """One run of the demonstration; `wrong` collects what does not hold. Agencies of `late` have yet to join."""

    folder: Path
    people: int
    seed: int
    console: Console
    wrong: list[str] = field(default_factory=list)
    running: list[servers.Server] = field(default_factory=list)
    late: frozenset[str] = frozenset()

    def run(self) -> dict[str, Any]:
        """All six steps. Returns the figures of the last line."""
        began = time.monotonic()
        brackwater, parties, addresses, records = self.begin()
        answers = self._ask(brackwater, parties)
        unattended = self._ask_all_day(brackwater, parties)
        log_size = self._prove(parties, addresses, brackwater, answers)
        explained = self._explain(parties, addresses)
        matched = self._measure(parties, addresses, brackwater)
        return {
            "people": len(brackwater.people),
            "records": records,
            "services": len(SHAPES),
            "agencies": len(parties.trust.agencies),
            "seconds": round(time.monotonic() - began, 1),
            "precision": round(matched.precision, 4),
            "recall": round(matched.recall, 4),
            "unattended": round(unattended.share, 4),
            "rung": round(unattended.rung / unattended.asked, 4),
            "unexplained": round(explained.share, 4),
            "log_size": log_size,
            "verified": not self.wrong,
        }

    def begin(self) -> tuple[Place, Parties, Addresses, int]:
        """The first three steps: a place whose services run and hold what its agencies delivered, so many records."""
        brackwater, parties, addresses = self._set_up()
        self._start(parties, addresses)
        return brackwater, parties, addresses, self._deliver(parties)

    def _shapes(self) -> dict[str, Shape]:
        return {source: shape for source, shape in SHAPES.items() if shape.agency not in self.late}

    def _say(self, text: str) -> None:
        self.console.print(text)

    def _set_up(self) -> tuple[Place, Parties, Addresses]:
        self._say(
            f"[bold]1. Brackwater[/bold], a fictional place of {self.people:,} people, and every party's own keys"
        )
        shutil.rmtree(self.folder, ignore_errors=True)
        brackwater = place.build(self.people, self.seed, today=dt.datetime.now(dt.UTC).date())
        written = truth.write(brackwater, self.folder)
        agencies: dict[str, list[str]] = {}
        for source, shape in self._shapes().items():
            agencies.setdefault(shape.agency, []).append(source)
        trained = brackwater.today - dt.timedelta(days=60)
        staff: dict[str, list[Asker]] = {}
        for story in brackwater.stories:
            asker = Asker(story.staff, story.role, trained)
            if asker not in staff.setdefault(story.agency, []):
                staff[story.agency].append(asker)
        staff = desks.with_desk_staff(staff, trained)
        addresses = Addresses(*(f"http://127.0.0.1:{servers.free_port()}" for _ in range(2)))
        parties = make_parties(
            self.folder, agencies, addresses=addresses, place="brackwater", today=brackwater.today, staff=staff,
            witnesses={WITNESS: f"http://127.0.0.1:{servers.free_port()}"},
        )  # fmt: skip
        self._say(
            f"   {written.total:,} records in {len(written.counts)} exports of {len(agencies)} agencies, "
            "each in its own mess"
        )
        return brackwater, parties, addresses

    def _start(self, parties: Parties, addresses: Addresses) -> None:
        self._say("[bold]2. Two services[/bold] that must not be run by one organisation: linkage unit and broker")
        self._say("   and a witness of the audit log, which an agency runs")
        for server in (
            servers.witness(parties, WITNESS),
            servers.linkage_unit(parties, addresses),
            servers.broker(parties, addresses, policies=POLICIES),
        ):
            self.running.append(server)
            server.start()
            self._say(f"   {server.name} answers at {server.url}")

    def _deliver(self, parties: Parties) -> int:
        self._say(
            "[bold]3. Every service delivers[/bold]: names stay with it, blinded match keys and sealed content leave"
        )
        exports = [truth.source_folder(parties.folder, source) / one.file for source, one in self._shapes().items()]
        rows = {export: export.read_bytes().count(b"\n") - 1 for export in exports}
        delivered = []
        columns = (TextColumn("   {task.description:<34}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self.console) as bar:
            for export in exports:
                source = export.parent.name
                task = bar.add_task(SHAPES[source].title, total=rows[export])
                delivered.append(
                    desk.deliver(parties, export, progress=lambda count, task=task: bar.advance(task, count))  # type: ignore[misc]
                )
        kept, rejected = sum(one.kept for one in delivered), sum(one.rejected for one in delivered)
        self._say(
            f"   {kept:,} records kept, {rejected:,} rows not taken (each with its row number and reason at its agency)"
        )
        return kept

    def _ask(self, brackwater: Place, parties: Parties) -> dict[str, Answer]:
        first = brackwater.stories[0]
        self._say(f"[bold]4. A caseworker asks[/bold]: {first.role}, {first.purpose}, case reference in hand")
        folder = parties.folder / "asked"
        folder.mkdir()
        _, shown = desk.run(parties, first, folder, as_json=False)
        self.console.print(shown, markup=False, highlight=False)
        answers = {}
        table = Table("Story", "What must hold", "Result")
        for story in brackwater.stories:
            answers[story.id] = desk.ask(parties, story, folder)
            wrong = checks.story_holds(story, answers[story.id])
            wrong += self._forbidden(story, answers[story.id])
            self.wrong += [f"story {story.id}: {one}" for one in wrong]
            table.add_row(story.id, story.title, "[red]" + "; ".join(wrong) if wrong else "[green]holds")
        self.console.print(table)
        self._refuse(brackwater, parties, answers)
        return answers

    def _ask_all_day(self, brackwater: Place, parties: Parties) -> Unattended:
        with Progress(TextColumn("   questions"), BarColumn(), MofNCompleteColumn(), console=self.console) as bar:
            task = bar.add_task("", total=QUESTIONS)
            found = measure_unattended(
                brackwater, parties, parties.folder / "asked", seed=self.seed, progress=lambda: bar.advance(task)
            )
        rules = ", ".join(f"{rule} in {count}" for rule, count in found.rules)
        self._say(
            f"   {found.asked} questions about people of their own caseloads: {found.waited} wait for a person to "
            f"decide; in {found.rung} somebody is to be rung ({rules or 'by no rule'})"
        )
        self._check(
            found.share >= ENOUGH, f"{found.share:.0%} of the questions were answered without a person having to decide"
        )
        return found

    def _refuse(self, brackwater: Place, parties: Parties, answers: dict[str, Answer]) -> None:
        self._say("   [bold]A refusal with a name[/bold], and one that nobody may notice")
        [refused] = [story for story in brackwater.stories if story.id == "3"]
        folder = parties.folder / "asked"
        wrong = overturned.overturn(parties, refused, answers["3"], folder=folder, say=self._say)
        nhs = {"holder": "nhs", "reader": "nhs-ig", "source": "hv"}
        wrong += overturned.stays_silent(parties, answers["3b"], **nhs, say=self._say)
        self.wrong += [f"refusals: {one}" for one in wrong]

    def _forbidden(self, story: Story, answer: Answer) -> list[str]:
        found = checks.search(story.forbidden, {"the answer": answer.model_dump_json().encode()})
        return ["a forbidden string is in the answer"] if found else []

    def _prove(self, parties: Parties, addresses: Addresses, brackwater: Place, answers: dict[str, Answer]) -> int:
        self._say("[bold]5. Proof[/bold]: checked with the public trust list alone")
        with contextlib.redirect_stdout(io.StringIO()):
            codes = [
                broker_agency(["verify", "--all", "-w", str(parties.home(one.agency))])
                for one in parties.trust.agencies
            ]
        self._check(not any(codes), "every receipt of every agency verifies offline")
        self._check(*self._witnessed(parties))
        files = self._export(parties, addresses)
        report = verify_log(files, [parties.trust.broker.audit_log])
        self._check(True, f"the whole log verifies from scratch: {report.size} events")
        self._check(
            checks.tampering_is_caught(files, parties.trust.broker.audit_log),
            "one flipped bit in a copy of the log is caught",
        )
        canaries = [text for some in brackwater.canaries.values() for text in some]
        outside = checks.files_of(parties.home("broker"), parties.home("linkunit"), parties.folder / "log")
        outside |= {f"answer {name}": answer.model_dump_json().encode() for name, answer in answers.items()}
        found = checks.search(canaries, outside)
        self._check(
            not found,
            f"the safe address is nowhere in {len(outside)} files and answers" + (f": {found}" if found else ""),
        )
        return report.size

    def _explain(self, parties: Parties, addresses: Addresses) -> Explained:
        found = measure_explained(put_together(self._settings(parties, addresses)))
        self._check(
            found.share <= MOST and not found.bare,
            f"of {found.accesses} look-ups that told something {found.unexplained} are unexplained, and each of "
            f"{found.permits:,} permits names its clause" + (f": {found.holes}" if found.holes else ""),
        )
        return found

    def _witnessed(self, parties: Parties) -> tuple[bool, str]:
        """Whether an agency's witness vouches for the log, as another agency sees it."""
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            code = broker_agency(["log", "--json", "-w", str(parties.home("council"))])
        size = json.loads(said.getvalue())["witnesses"][0]["size"] if not code else None
        return bool(size), f"the witness of another agency cosigned the log, which only grew: {size or 0} events"

    def _export(self, parties: Parties, addresses: Addresses) -> dict[str, bytes]:
        from broker.actions.export_log import export_log

        files = export_log(put_together(self._settings(parties, addresses)))
        for path, content in files.items():
            target = parties.folder / "log" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        return files

    def _measure(self, parties: Parties, addresses: Addresses, brackwater: Place) -> Quality:
        self._say(f"[bold]6. Match quality[/bold] of {SAMPLE} look-ups against the truth, which no party has")
        parts = put_together(self._settings(parties, addresses))
        known = self._truth(parties)
        # By the truth's own names: those of the broker are made anew in every run.
        there = sorted((name for name in posted(parts) if name in known), key=lambda name: (known[name], name[0]))
        sample = random.Random(self.seed).sample(there, min(SAMPLE, len(there)))
        with Progress(TextColumn("   look-ups"), BarColumn(), MofNCompleteColumn(), console=self.console) as bar:
            task = bar.add_task("", total=len(sample))
            looked = measure(
                parts, {name: known[name] for name in there}, sample, comparer=both_keys(parts, parties),
                progress=lambda: bar.advance(task),
            )  # fmt: skip
        self.console.print(quality_table(looked, brackwater))
        return quality(looked)

    def _truth(self, parties: Parties) -> dict[tuple[str, bytes], str]:
        """Who every posted record is about: the truth's references under each agency's own pseudonym key."""
        keys = {
            agency.agency: read_secrets(
                parties.home(agency.agency) / "secrets.json", owner=f"agency:{agency.agency}"
            ).bytes32("reference")
            for agency in parties.trust.agencies
        }
        with (parties.folder / "truth" / "records.csv").open(encoding="utf-8", newline="") as stream:
            return {
                (
                    row["source"],
                    pseudonyms.reference(keys[SHAPES[row["source"]].agency], row["source"], ref=row["reference"]),
                ): row["person"]
                for row in csv.DictReader(stream)
            }

    def _settings(self, parties: Parties, addresses: Addresses) -> Settings:
        home = parties.home("broker")
        return load_settings(
            database_url=f"sqlite:///{home / 'broker.db'}",
            secrets=home / "secrets.json",
            **parties.trusted("broker"),
            policies=POLICIES,
            public_url=addresses.broker,
            origin=ORIGIN,
            linkage_unit_url=addresses.linkage_unit,
        )

    def _check(self, holds: bool, what: str) -> None:
        self._say(f"   {'[green]yes[/green]' if holds else '[red]NO[/red] '}  {what}")
        if not holds:
            self.wrong.append(what)

    def open_desks(self, agencies: Iterable[str] = desks.OPEN) -> dict[str, str]:
        """Starts a desk at each agency that has one, says who signs in there, and gives the addresses by agency."""
        table, urls = Table("Desk", "Sign in as", "Who is"), {}
        for agency in agencies:
            server = desks.desk(self.folder / "agencies" / agency, f"http://127.0.0.1:{servers.free_port()}")
            self.running.append(server)
            server.start()
            urls[agency] = server.url
            for number, (_, name, work) in enumerate(desks.sign_ins(agency)):
                table.add_row(server.url if number == 0 else "", name, work)
        self._say("[bold]Desks[/bold], to be opened in a browser on this machine")
        self.console.print(table)
        return urls

    def stop(self) -> None:
        """Stops the processes."""
        for server in reversed(self.running):
            server.stop()


def last_line(figures: dict[str, Any]) -> None:
    """The figures as one JSON object on the last line of standard output."""
    print(json.dumps(figures))
    sys.stdout.flush()
