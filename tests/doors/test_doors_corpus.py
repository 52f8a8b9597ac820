"""Texts that other systems fall over, in every place that takes a text; and ways of writing code that let them."""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from doors import Doors, fresh

from broker.agency.delivery import RejectedRow
from broker.agency.rejects import write_rejects

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "broker").rglob("*.py"))
HOSTILE = (
    *("' OR '1'='1", "'; DROP TABLE records; --", "1; SELECT pg_sleep(9)", '" UNION SELECT leaf FROM audit_leaves --'),
    *("{0.__class__.__mro__}", "%s%s%n", "${jndi:ldap://x/a}", "{{7*7}}", "<script>alert(1)</script>", "__proto__"),
    *("=cmd|' /C calc'!A1", "+1", "-1", "@SUM(1)", "\t=1", "\uff1d1"),
    *("../../etc/passwd", "..%2f..%2fetc", "file:///etc/passwd", "http://169.254.169.254/", "//evil.example"),
    *("a\r\nSet-Cookie: x=1", "a\nb", "\x1b[31m", '","level":"error', "\u2028", "İ", "ﬀ"),
)  # fmt: skip
pytestmark = pytest.mark.xdist_group("doors")


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_text(doors: Doors, text: str) -> None:
    """A text is taken for a statement, a template, an address or a line of the diagnostics (A6, A7)."""
    said = len(doors.world.diagnostics.getvalue())
    asked = {
        "/v1/audit/search": ("review", {"v": 1, "staff": "S1", "text": text}),
        "/v1/audit/entry": ("review", {"v": 1, "staff": "S1", "entry": text[:40]}),
        "/v1/holds": ("desk", fresh("council", act="lift", source=text, ref="A" * 22)),
        "/v1/rights": ("desk", {**fresh("council"), "staff": text}),
    }
    for path, (use, body) in asked.items():
        answered = doors.knock("council", use, "POST", path, body=body)
        assert answered.status in (200, 404, 422), (path, answered.status)
        if answered.status != 200 and len(text) > 3:
            assert text not in answered.content.decode()
    written = doors.world.diagnostics.getvalue()[said:]
    assert len(text) < 4 or text not in written
    assert all(line.startswith("{") and line.endswith("}") for line in written.splitlines())


def calls(*named: str) -> Iterator[tuple[str, str, ast.Call]]:
    """Every call of something that is named so, outside the fictional place: the file, the place in it, the call."""
    for path in SOURCES:
        source = path.read_text(encoding="utf-8")
        if not {"synthetic", "migrations"} & set(path.parts) and any(f"{name}(" in source for name in named):
            for node in ast.walk(_tree(path)):
                if isinstance(node, ast.Call) and name_of(node) in named:
                    file = str(path.relative_to(ROOT))
                    yield file, f"{file}:{node.lineno}", node


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name_of(call: ast.Call) -> str:
    found = call.func
    return found.attr if isinstance(found, ast.Attribute) else found.id if isinstance(found, ast.Name) else ""


OF_OUR_TABLES = {"broker/store/disposals.py", "broker/store/pruning.py"}
"""Where the names of our own tables are put into statements about tables; no value ever is."""


def test_no_statement_is_put_together_from_text() -> None:
    """What somebody sent becomes a part of a statement."""
    suspects = [
        place
        for file, place, call in calls("text", "exec_driver_sql", "literal_column")
        if call.args and isinstance(call.args[0], ast.JoinedStr | ast.BinOp) and file not in OF_OUR_TABLES
    ]
    assert suspects == []


def test_nothing_runs_a_command_or_evaluates_text() -> None:
    """A text is run: by a shell, by Python, or by a library that makes objects of bytes."""
    run = [place for _, place, _ in calls("eval", "exec", "system", "popen", "Popen", "check_output", "from_string")]
    assert run == []
    dangerous = re.compile(r"^\s*(import|from) (pickle|marshal|shelve|subprocess|telnetlib|xml)\b", re.MULTILINE)
    shipped = [path for path in SOURCES if "synthetic" not in path.parts]
    assert [path.name for path in shipped if dangerous.search(path.read_text(encoding="utf-8"))] == []


def test_randomness_comes_from_the_system() -> None:
    """A nonce, a reference or a key can be foretold."""
    foretold = re.compile(r"^\s*(import random|from random)\b|\buuid1\(", re.MULTILINE)
    shipped = [path for path in SOURCES if "synthetic" not in path.parts]
    assert [path.name for path in shipped if foretold.search(path.read_text(encoding="utf-8"))] == []


def test_nobody_is_called_but_whom_the_settings_name() -> None:
    """A redirect, or what stands in a process's environment, sends our requests to somebody else (A8)."""
    careless = []
    for file, place, call in calls("Client", "AsyncClient", "urlopen"):
        given = {one.arg: ast.unparse(one.value) for one in call.keywords}
        # An agency's way out may be a proxy, which its environment names; a service has none but its settings.
        own = file.startswith("broker/agency/") or given.get("trust_env") == "False"
        redirects = given.get("follow_redirects", given.get("allow_redirects"))
        # The key service's library knows no `trust_env`, and its address is https or this machine.
        own = own or file == "broker/vaults/transit.py"
        if name_of(call) == "urlopen" or redirects != "False" or not own:
            careless.append(place)
    assert careless == []


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_no_cell_of_an_export_is_a_formula(tmp_path: Path, start: str) -> None:
    """Whoever mends an export opens our list of its mistakes, and their spreadsheet runs a cell of it (R11)."""
    path = write_rejects(tmp_path, [RejectedRow(row=1, field=f"{start}cmd|' /C calc'!A1", reason=f"{start}1+1")])
    with path.open(encoding="utf-8-sig", newline="") as file:
        _, row = csv.reader(file)
    assert [cell[0] for cell in row[1:]] == ["'", "'"]
