"""Mistakes planted in the code that writes and checks the log, one at a time: does a test of this room notice?

Each mutant gets a process of its own, forked after everything heavy was imported: there the room is imported anew with
one thing wrong, and the room's own tests are called until one fails. Those of properties (Hypothesis) are left out, so
that what is counted here is killed by examples alone.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import inspect
import io
import itertools
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import judges
import pytest

from benchmarks.policy.code_mutants import Mutant, count, mutant

ROOM = Path(__file__).parents[2] / "broker" / "audit"
MUTATED = tuple(sorted(path.stem for path in ROOM.glob("[a-z]*.py")))
"""Everything: what writes leaves, whatever a verifier runs, and by what officers find and understand them."""
SECONDS = 60
_FIRST = {"events": "events", "answer_events": "events", "disclosures": "receipt"}
_FIRST |= {"encoding": "checkpoint", "tlogpolicy": "cosignature", "verify_audit": "evidence", "proof": "receipt"}
_FIRST |= {"act_events": "events", "disposal_events": "events", "oversight_events": "events"}
_FIRST |= {"witnessing": "cosignature", "rules": "thresholds"}
_FIRST |= {"retention": "pruned", "shredded": "pruned"}
QUICK = ("canonical", "tree", "checkpoint", "cosignature", "events", "leaves", "receipt", "tiles")
"""Tests that take no time, and `QUICKLY` what they are about."""
QUICKLY = ("canonical", "tree", "checkpoint", "encoding", "disclosures", "leaves", "tiles", "receipt")
_TESTS = (
    *QUICK,
    "matters",
    "memory",
    "thresholds",
    "sentence",
    "query",
    "interop",
    "verify",
    "pruned",
    "subjects",
    "probes",
    "evidence",
    "evidence_keys",
    "evidence_forms",
    "evidence_words",
    "evidence_logs",
    "looks",
)
_TESTS += ("rules", "tampering", "judges")
_OFFICERS = ("matters", "memory", "thresholds", "rules", "query", "sentence", "interop")
_ALONE = {"matters", "memory", "rules", "query", "sentence", "interop"}
"""Files that no verifier imports: only `_OFFICERS` can notice what is wrong there."""
# Judges and their like are imported once, before the fork: they are slow, and none of ours.
_WARM = (judges._sigstore(),)


def every(files: Sequence[str] = MUTATED) -> list[tuple[str, int]]:
    """Every mutant, as a file and a number."""
    return [(file, number) for file in files for number in range(count(file, ROOM))]


def survivors(chosen: Sequence[tuple[str, int]], tests: Sequence[str] = _TESTS) -> list[Mutant]:
    """Those of the `chosen` that none of the `tests` noticed."""
    planted = (mutant(file, number, ROOM) for file, number in chosen)
    return [one for one in planted if not killed(one, tests)]


def killed(planted: Mutant | None, tests: Sequence[str] = _TESTS) -> bool:
    """Whether a test notices `planted`; with None, whether the tests fail as the code is."""
    child = os.fork()
    if not child:
        os._exit(_noticed(planted, tests))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0


def _noticed(planted: Mutant | None, tests: Sequence[str]) -> int:
    signal.setitimer(signal.ITIMER_PROF, SECONDS)  # a mutant may never end; then the signal does, by its own time
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
    try:
        _forget()
        if planted is not None:
            sys.meta_path.insert(0, _Planted(planted))
        for test in _calls(planted.file if planted else "", tests):
            test()
    except BaseException:  # noqa: BLE001 - whatever goes wrong has been noticed
        return 1
    return 0


def _forget() -> None:
    """The room and its tests are imported anew."""
    ours = ("broker.audit", "example_", "tampering", "test_audit_")
    for name in [name for name in sys.modules if name.startswith(ours)]:
        del sys.modules[name]


class _Planted(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Imports one module of the room as the mutant has it."""

    def __init__(self, planted: Mutant) -> None:
        self.name = f"broker.audit.{planted.file}"
        self.file = str(ROOM / f"{planted.file}.py")
        self.code = compile(planted.tree, self.file, "exec")

    def find_spec(self, fullname: str, path: object, target: ModuleType | None = None) -> ModuleSpec | None:
        return importlib.util.spec_from_loader(fullname, self, origin=self.file) if fullname == self.name else None

    def get_source(self, fullname: str) -> None:
        return None

    def get_code(self, fullname: str) -> CodeType:
        return self.code

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = self.file
        exec(self.code, module.__dict__)


def _calls(file: str, tests: Sequence[str]) -> Iterator[Callable[[], object]]:
    """Every call that pytest would make of the room's tests, those of the mutated file first."""
    first = _FIRST.get(file, file)
    tests = _OFFICERS if file in _ALONE else tests
    for name in sorted(tests, key=lambda one: one != first):
        module = importlib.import_module(f"test_audit_{name}")
        for test_name, test in vars(module).items():
            if test_name.startswith("test_") and not hasattr(test, "hypothesis"):
                yield from _cases(test)


def _cases(test: Callable[..., object]) -> Iterator[Callable[[], object]]:
    marks = getattr(test, "pytestmark", [])
    names, tables = list[str](), list[Any]()
    for mark in (mark for mark in marks if mark.name == "parametrize"):
        given = (
            [one.strip() for one in mark.args[0].split(",")] if isinstance(mark.args[0], str) else list(mark.args[0])
        )
        names += given
        tables.append([_values(row, len(given)) for row in mark.args[1] if not _is_long(row)])
    wanted = inspect.signature(test).parameters.keys() - set(names)
    if any(mark.name == "long" for mark in marks) or not wanted <= {"tmp_path", "capsys"}:
        return
    for rows in itertools.product(*tables):
        values = dict(zip(names, itertools.chain(*rows), strict=True))
        yield lambda values=values: _called(test, values, wanted)


def _called(test: Callable[..., object], values: dict[str, Any], wanted: Collection[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        fixtures = {"tmp_path": Path(folder), "capsys": _Captured()}
        test(**values, **{name: fixtures[name] for name in wanted})


class _Captured:
    """What was written since it was last read, as pytest's `capsys` gives it."""

    def __init__(self) -> None:
        sys.stdout = sys.stderr = io.StringIO()

    def readouterr(self) -> tuple[str, str]:
        written = sys.stdout.getvalue()  # type: ignore[attr-defined]
        sys.stdout = sys.stderr = io.StringIO()
        return written, ""


def _values(row: Any, width: int) -> Sequence[Any]:
    values = row.values if isinstance(row, type(pytest.param())) else row
    return [values] if width == 1 and not isinstance(row, type(pytest.param())) else values


def _is_long(row: Any) -> bool:
    return any(mark.name == "long" for mark in getattr(row, "marks", ()))
