"""An agency that joins: the commands of docs/for/agencies.md as they stand there, and how long a person takes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from town import NEWCOMER, Town

from broker.synthetic import servers
from broker.synthetic.parties import CUSTODIANS, NEEDED

ROOT = Path(__file__).parents[2]
PER_KEY, PER_LINE, PER_DECISION = 0.28, 2.5, 15.0
"""Seconds: somebody types 43 words a minute, reads each line, and thinks about what to write where nothing is given."""
_IN_DOCS = "/var/lib/broker-agency", "exports/children.csv"


@dataclass
class Newcomer:
    """A person with an empty folder, a page of documentation, and a clock at human pace."""

    town: Town
    home: Path
    seconds: float = 0.0
    said: list[str] = field(default_factory=list)

    @property
    def export(self) -> Path:
        return self.home / "exports" / "home_safety_visits.csv"

    def does(self, written: str, *, types: Iterable[str] = (), adds: Iterable[str] = (), ends: int = 0) -> str:
        """Runs a command as the documentation for agencies has it; `adds` are options that the text beside it names."""
        pages = [ROOT / "docs" / "for" / name for name in ("agencies.md", "desk.md")]
        text = "\n".join(one.read_text(encoding="utf-8") for one in pages)
        assert re.search(rf"^{re.escape(written)}( |$)", text, re.M), f"{written}: is it still in the documentation?"
        line = written.replace(_IN_DOCS[0], str(self.home)).replace(_IN_DOCS[1], str(self.export))
        self.types(written, *types)
        found = self.runs([*line.split(), *adds], typed="\n".join([*types, ""]), ends=ends)
        self.reads(found)
        return found

    def runs(
        self, command: list[str], *, typed: str = "", environment: Mapping[str, str] | None = None, ends: int = 0
    ) -> str:
        """What a command says. Fails with it when it does not end as it should."""
        found = subprocess.run(
            [str(Path(sys.executable).parent / command[0]), *command[1:]], cwd=self.home, input=typed,
            env={**os.environ, "BROKER_AGENCY": str(self.home), "COLUMNS": "200", **(environment or {})},
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert found.returncode == ends, f"{command}: {found.stdout}{found.stderr}"
        self.said.append(found.stdout)
        return found.stdout

    def types(self, *texts: str) -> None:
        self.seconds += sum(len(text) for text in texts) * PER_KEY

    def reads(self, text: str) -> None:
        self.seconds += sum(bool(line.strip()) for line in text.splitlines()) * PER_LINE

    def changes(self, path: Path, changes: Mapping[str, str]) -> None:
        """Reads a file line by line, and changes these of its lines."""
        text = path.read_text(encoding="utf-8")
        self.reads(text)
        for before, after in changes.items():
            assert text.count(before) == 1, f"{before}: {text}"
            text = text.replace(before, after)
            self.types(after)
            self.seconds += PER_DECISION
        path.write_text(text, encoding="utf-8")


def admitted(newcomer: Newcomer, printed: str) -> None:
    """What the operators, two custodians and another agency do; the newcomer does something else meanwhile."""
    town, place, parties = newcomer.town, newcomer.town.folder, newcomer.town.parties
    trusted = ["--folder", str(parties.trust_folder)]
    folder = [*trusted, "--root", str(parties.root)]
    public = place / f"{NEWCOMER}.public.txt"
    public.write_text(printed, encoding="utf-8")
    broker = servers.broker_environment(parties, town.addresses, policies=ROOT / "policies")
    newcomer.runs(["broker", "keys", "prepare", NEWCOMER], environment=broker)
    newcomer.runs(["broker", "keys", "add-agency", str(public), "--source", "fr", *folder])
    for name in CUSTODIANS[:NEEDED]:
        secrets = place / "custodians" / name / "secrets.json"
        newcomer.runs(["broker", "keys", "sign", "--secrets", str(secrets), "--yes", *folder])
    newcomer.runs(["broker", "keys", "publish", "--online", str(place / "online" / "secrets.json"), *trusted])
    shared = ["--out", str(newcomer.home / "evidence-key-1.json"), "-w", str(town.home("council"))]
    newcomer.runs(["broker-agency", "evidence", "share", NEWCOMER, *shared])
