"""The page for IG officers says what is so: each block of YAML on it is a change that is loaded and tried out.

A block is part of an agreement, put into ISA-2026-001 (a clause with an id that is there replaces it), or part of
`protections.yaml`. With `examples` these must come out as they say, `on` that day, and everything must be proven but
what it `breaks`; with `refused` it must not load, and the message must say so. What is shown of a command is what it
prints; a block of text is in the diff of the change above it.
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from brackwater_policies import FOLDER, ISA, files, policies
from typer.testing import CliRunner

from broker.cli.main import app
from broker.errors import BadInput
from broker.policy.diff import diff
from broker.policy.diff_text import tell
from broker.policy.examples import Examples, differences
from broker.policy.load import load_policies, typed
from broker.policy.prove import prove
from broker.policy.strict_yaml import read

PAGE = Path(__file__).parents[2] / "docs" / "for" / "ig-officers.md"
_BLOCK = re.compile(r"^```(yaml|console|text)\n(.*?)^```", re.M | re.S)
_TRIED = ("refused", "examples", "on", "breaks", "changes")
AGREEMENT, PROTECTIONS = ISA[1], "protections.yaml"


@dataclass(frozen=True)
class Block:
    """One block of the page: its line, its language, what it holds, and the change that was last shown before it."""

    line: int
    language: str
    text: str
    above: str


@cache
def blocks() -> tuple[Block, ...]:
    page, found, above = PAGE.read_text(encoding="utf-8"), [], ""
    for match in _BLOCK.finditer(page):
        found.append(Block(page[: match.start()].count("\n") + 1, match[1], match[2], above))
        above = match[2] if match[1] == "yaml" else above
    return tuple(found)


def of(language: str) -> list[Any]:
    return [pytest.param(one, id=f"line-{one.line}") for one in blocks() if one.language == language]


def changed(written: dict[str, Any]) -> dict[str, str]:
    """The shipped files with what a block says in its place."""
    result = files()
    for file in (AGREEMENT, PROTECTIONS):
        data = read(file, result[file]).data
        mine = {key: value for key, value in written.items() if key in data}
        for key, value in mine.items():
            data[key] = _entries(data[key], value) if key in {"share", "exceptions", "protections"} else value
        result[file] = json.dumps(data) if mine else result[file]
    return result


def _entries(old: list[Any], new: list[Any]) -> list[Any]:
    """The clauses or rules, with those of `new` in the place of those of the same id."""
    given = {one["id"]: one for one in new}
    return [given.pop(one["id"], one) for one in old] + list(given.values())


@pytest.mark.parametrize("block", of("yaml"))
def test_every_example_of_the_page_is_so(block: Block) -> None:
    """An IG officer signs what the page says, and the broker does something else."""
    written = read("page.yaml", block.text).data
    refused, examples, on, breaks, changes = (written.pop(key, None) for key in _TRIED)
    known = read(AGREEMENT, files()[AGREEMENT]).data.keys() | {"protections"}
    assert written.keys() <= known
    if refused is not None:
        with pytest.raises(BadInput) as caught:
            load_policies(changed(written))
        assert refused in caught.value.message
        return
    loaded = load_policies(changed(written))
    assert [proof.id for proof in prove(loaded) if not proof.holds] == (breaks or [])
    assert changes is None or diff(policies(), loaded).total == 0
    table = {"schema": "broker/examples/v1", "about": "the page", "on": on or "2026-11-22", "examples": examples}
    assert differences(loaded, typed(read("page.yaml", json.dumps(table)), Examples)) == ()


@pytest.mark.parametrize("block", of("console"))
def test_what_a_command_prints_is_what_the_page_shows(block: Block) -> None:
    """An officer who tries the first command sees something else and trusts nothing on the page."""
    command, _, shown = block.text.partition("\n")
    words = shlex.split(command.removeprefix("$ broker "))
    if "--folder" not in words:
        words += ["--folder", str(FOLDER)]
    made = CliRunner().invoke(app, words)

    assert made.output.strip() == shown.strip()


@pytest.mark.parametrize("block", of("text"))
def test_the_diff_that_the_page_shows_is_the_one_of_its_example(block: Block) -> None:
    """The page shows a kinder diff than the one that is to be signed."""
    written = read("page.yaml", block.above).data
    for key in _TRIED:
        written.pop(key, None)
    new = load_policies(changed(written))
    told = tell(diff(policies(), new), new.vocabulary)

    assert [line for line in block.text.splitlines() if line.strip() not in told] == []


def test_the_page_has_examples_of_every_kind() -> None:
    """The tests above would pass on a page without examples."""
    texts = [one.text for one in blocks() if one.language == "yaml"]
    assert len(texts) >= 10
    assert sum("refused:" in text for text in texts) >= 3
    words = "window keep onward unless any not breakable lifecycle protections obligations break_glass not_for"
    levels = "signpost withhold_silently reduced refer"
    for word in (*(f"{word}:" for word in words.split()), *levels.split()):
        assert any(word in text for text in texts), word
    assert {one.language for one in blocks()} == {"yaml", "console", "text"}
