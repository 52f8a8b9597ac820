"""A workspace, the other parties, and a small export with people, a relationship and a protected child."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from client_export import ROWS, write_export
from client_parties import Parties, make_workspace
from client_story import ABOUT, SAID, family

from broker.agency.cli import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def parties() -> Parties:
    """The other end of the network."""
    return Parties()


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A live workspace."""
    return make_workspace(tmp_path / "council")


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """Five good rows, with their mapping beside them."""
    return write_export(tmp_path / "exports", ROWS)


@pytest.fixture
def run(parties: Parties, workspace: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in the workspace: its exit code, standard output and standard error."""

    def run_command(*arguments: str | Path) -> tuple[int, str, str]:
        in_workspace = arguments[0] not in ("check", "explain", "grant")
        options = ["--workspace", str(workspace)] if in_workspace else []
        code = main([str(part) for part in arguments] + options, parties.edges(str(len(parties.requests))))
        said = capsys.readouterr()
        return code, said.out, said.err

    return run_command


@pytest.fixture
def ask(
    run: Callable[..., tuple[int, str, str]], parties: Parties, tmp_path: Path
) -> Callable[..., tuple[int, str, str]]:
    """Asks about the child of `ABOUT`."""
    parties.story = family
    about = tmp_path / "about.toml"
    about.write_text(ABOUT)
    return lambda *more: run("ask", "--purpose", "early_help", "--about", about, *SAID, *more)
