"""The files of the repository, and what they say, for the tests that hold promises about all of them."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "broker"

# Made by tools, never committed; `.gitignore` names the same.
_MADE = {
    *(".venv", ".git", ".demo", ".bench", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache"),
    *(".import_linter_cache", "__pycache__", "dist", "build", ".benchmarks", ".kept", "node_modules"),
}
_FENCE = re.compile(r"^```([a-z]*)\n(.*?)^```", re.M | re.S)


def files() -> Iterator[Path]:
    """Every file that is or would be committed."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(name for name in folders if name not in _MADE and not name.endswith(".egg-info"))
        yield from (Path(folder) / name for name in sorted(names) if name != ".coverage")


def texts() -> Iterator[tuple[Path, str]]:
    """Every file that is text, with its text."""
    for path in files():
        try:
            yield path.relative_to(ROOT), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def documents() -> dict[Path, str]:
    """Every Markdown file by its path."""
    return {path: text for path, text in texts() if path.suffix == ".md"}


def modules(*folders: str) -> list[Path]:
    """The Python files below `folders`."""
    return sorted(
        path for folder in folders for path in files() if path.is_relative_to(ROOT / folder) and _is_code(path)
    )


def _is_code(path: Path) -> bool:
    return path.suffix == ".py"


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def blocks(text: str) -> list[tuple[str, str]]:
    """The fenced blocks of a document: (language, content)."""
    return [(found.group(1), found.group(2)) for found in _FENCE.finditer(text)]


def prose(text: str) -> str:
    """A document without its fenced blocks."""
    return _FENCE.sub("", text)


def coded(text: str) -> set[str]:
    """What stands between single backticks in a document."""
    return set(re.findall(r"`([^`\n]+)`", prose(text)))
