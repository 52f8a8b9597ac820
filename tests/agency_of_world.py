"""One agency of the World: its folder, and its staff who use `broker-agency` there."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from broker.agency.cli import main
from broker.agency.edges import Edges
from broker.agency.exits import Exit
from broker.wire.answer import Answer, Involvement, Person, Story
from broker.wire.fields import parse


@dataclass(frozen=True)
class Ran:
    """What a command ended with and what it said."""

    code: int
    out: str
    error: str

    @property
    def result(self) -> dict[str, Any]:
        """What `--json` printed."""
        content: dict[str, Any] = json.loads(self.out)
        return content

    def ok(self) -> Ran:
        """This, or an `AssertionError` that shows what was said."""
        assert self.code == Exit.ACCEPTED, f"exit code {self.code}: {self.error}{self.out}"
        return self


@dataclass(frozen=True)
class Told:
    """An answer, with the ways in which tests look at it."""

    answer: Answer

    @property
    def story(self) -> Story:
        return self.answer.story

    @property
    def people(self) -> dict[str, list[list[str]]]:
        """Relationship -> for each person so related, the sources whose involvement is told, all sorted."""
        found: dict[str, list[list[str]]] = {}
        for person in self.story.people:
            found.setdefault(person.relationship, []).append(sorted(block.source for block in person.involvements))
        return {relationship: sorted(people) for relationship, people in found.items()}

    def person(self, relationship: str = "subject") -> Person:
        [person] = [one for one in self.story.people if one.relationship == relationship]
        return person

    def block(self, source: str, relationship: str = "subject") -> Involvement:
        [block] = [one for one in self.person(relationship).involvements if one.source == source]
        return block

    def nothing(self, source: str) -> str | None:
        """Which kind of nothing a source's silence is; None when it shows something."""
        [found] = [one for one in self.story.sources if one.source == source]
        return found.nothing


@dataclass(frozen=True)
class Agency:
    """One agency at work. `said` collects what its commands printed on standard error, and about deliveries."""

    name: str
    home: Path
    edges: Edges
    said: list[str]

    def runs(self, *arguments: str | Path) -> Ran:
        """`broker-agency` with these arguments, in this agency's workspace."""
        out, error = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
            code = main([str(part) for part in arguments] + ["--workspace", str(self.home)], self.edges)
        self.said.append(error.getvalue())
        if arguments[0] != "ask":
            # The answer to a question has the name on top that was typed here.
            self.said.append(out.getvalue())
        return Ran(code, out.getvalue(), error.getvalue())

    def sends(self, export: str, mapping: str, *options: str) -> Ran:
        """`send` of an export, whatever becomes of it."""
        return self.runs("send", self.writes(export, mapping), "--json", *options)

    def posts(self, export: str, mapping: str, *options: str) -> dict[str, Any]:
        """`send` of an export of which every row is kept. Returns what it printed."""
        return self.sends(export, mapping, *options).ok().result

    def writes(self, export: str, mapping: str, name: str = "export") -> Path:
        """An export and its mapping as files of this agency."""
        folder = self.home / "exports"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.mapping.toml").write_text(mapping, encoding="utf-8")
        path = folder / f"{name}.csv"
        path.write_text(export, encoding="utf-8")
        return path

    def asking(
        self,
        about: Mapping[str, str],
        *,
        purpose: str = "child_safeguarding",
        staff: str = "",
        relation: str = "allocated",
        options: Sequence[str] = (),
    ) -> Ran:
        """`ask` about a person, whatever becomes of it."""
        typed = self.home / "about.json"
        typed.write_text(json.dumps(dict(about)), encoding="utf-8")
        command = [
            "ask",
            "--purpose",
            purpose,
            "--about",
            str(typed),
            "--perpetrator-view",
            "no",
            "--relation",
            relation,
        ]
        return self.runs(*command, *(["--as", staff] if staff else []), *options)

    def asks(
        self,
        about: Mapping[str, str],
        *,
        purpose: str = "child_safeguarding",
        staff: str = "",
        relation: str = "allocated",
        options: Sequence[str] = (),
    ) -> Told:
        """The answer to a question, its receipt verified."""
        said = [*options, "--json"]
        ran = self.asking(about, purpose=purpose, staff=staff, relation=relation, options=said).ok()
        return Told(parse(Answer, ran.out))

    def deliveries(self) -> list[Path]:
        """The folders of this agency's deliveries."""
        return sorted((self.home / "state" / "deliveries").glob("*"))
