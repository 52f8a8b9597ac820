"""The documents are true: links lead somewhere, commands exist, tests that are named are there."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import pytest
from repository import ROOT, blocks, documents, modules, parsed, prose
from typer.exceptions import Exit, TyperException
from typer.main import get_command

from broker.agency import cli as agency_cli
from broker.agency.desk import cli as desk_cli
from broker.cli.main import app
from broker.witness import cli as witness_cli

COMMANDS = {
    "broker": get_command(app),
    "broker-agency": get_command(agency_cli.app),
    "broker-desk": get_command(desk_cli.app),
    "broker-witness": get_command(witness_cli.app),
}
PAGE = 70
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def anchors(text: str) -> set[str]:
    """The names that headings can be linked by."""
    headings = re.findall(r"^#+ (.+)$", prose(text), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_link_leads_somewhere() -> None:
    """A dead link in the first minute is the last minute."""
    found, dead = documents(), []
    for path, text in found.items():
        for link in _LINK.findall(prose(text)):
            place, _, anchor = link.partition("#")
            if re.match(r"[a-z]+:", place):
                continue
            target = (ROOT / path.parent / place).resolve() if place else (ROOT / path)
            known = anchors(target.read_text(encoding="utf-8")) if anchor and target.is_file() else {anchor}
            if not target.exists() or anchor not in known:
                dead.append(f"{path}: {link}")

    assert dead == []


def test_every_make_target_named_exists() -> None:
    """`make demo` in the README is the first thing anybody types."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    named = {
        (str(p), t) for p, text in documents().items() for t in re.findall(r"(?:`|^)make ([a-z][a-z-]*)", text, re.M)
    }

    assert [(path, target) for path, target in sorted(named) if target not in targets] == []
    assert {"demo", "test"} <= {target for path, target in named if path == "README.md"}


def commands() -> list[tuple[str, str]]:
    """Every line of a document's code that runs one of our commands."""
    lines = (
        (str(path), line.strip().removeprefix("$ ").split("  #")[0])
        for path, text in documents().items()
        for language, block in blocks(text)
        if language in {"", "sh", "bash", "console"}
        for line in block.splitlines()
    )
    return [(path, line) for path, line in lines if re.match(r"(\.venv/bin/)?broker(-agency|-desk|-witness)? ", line)]


@pytest.mark.parametrize(("path", "line"), commands())
def test_every_command_in_the_documents_can_be_typed(path: str, line: str) -> None:
    """A command with an option that is gone makes the reader doubt all the others."""
    name, *words = shlex.split(line)
    command = COMMANDS[Path(name).name]
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        command = command.commands[words.pop(0)]
    try:
        command.make_context(line, words)
    except Exit:
        pass  # --help
    except TyperException as error:
        pytest.fail(f"{path}: `{line}`: {error}")


def test_commands_are_found_at_all() -> None:
    """The test above would pass on documents without commands."""
    assert len(commands()) >= 20


def test_every_decision_is_one_page_and_in_the_index() -> None:
    """A decision that takes more than a page is two, or not decided."""
    pages = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    index = (ROOT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    long = [page.name for page in pages if len(page.read_text(encoding="utf-8").splitlines()) >= PAGE]
    unlisted = [page.name for page in pages if f"({page.name})" not in index]
    shapeless = [
        page.name
        for page in pages
        if re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.M) != ["Context", "Decision", "Consequences"]
    ]

    assert (long, unlisted, shapeless) == ([], [], [])
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))


def existing_tests() -> set[str]:
    """The id of every test: file, `::` and function."""
    return {
        f"{path.relative_to(ROOT)}::{node.name}"
        for path in modules("tests")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_every_test_named_in_the_documents_exists() -> None:
    """A promise whose test is gone is a promise that nobody keeps."""
    named = {
        (str(path), found)
        for path, text in documents().items()
        for found in re.findall(r"tests/[\w/]+\.py::test_\w+", text)
    }
    there = existing_tests()

    assert [one for one in sorted(named) if one[1] not in there] == []


def test_each_of_the_ten_promises_names_its_test() -> None:
    """The list of promises is worth what the tests beside it hold."""
    text = (ROOT / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \|.*$", text, re.M)
    without = [row for row in re.findall(r"^\| \d+ \|.*$", text, re.M) if "::test_" not in row]

    assert [int(number) for number in rows] == list(range(1, 11))
    assert without == []
