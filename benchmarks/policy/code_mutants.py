"""Mistakes planted in the evaluator's code, one at a time: does anything notice?

    for number in range(count("interpret")):
        with universe(mutant("interpret", number)) as modules:
            modules["interpret"].judge(...)

A mutant is one file of `broker/policy` with one thing wrong: a comparison turned, `and` for `or`, a condition negated
or left out, a constant or an operand changed, a statement dropped. It runs in the same process, in modules of its own
that import each other and leave the real ones alone, against what the real interpreter, analyser and Cedar say.
"""

from __future__ import annotations

import ast
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOM = Path(__file__).parents[2] / "broker" / "policy"
MUTATED = ("interpret", "compile", "plan", "masks", "condition", "levels", "rules")
"""The evaluator's code."""

_ORDER = ("levels", "rules", "interpret", "masks", "plan", "compile")
_WHOLE = ("days", "written", "condition", "levels", "strict_yaml", "agreement", "protections", "vocabulary", "gateways")
_WHOLE += ("facts", "obligations", "rules", "policies", "purpose_wall", "crosscheck", "agreement_check")
_WHOLE += ("vocabulary_check", "sentences", "load", "interpret", "packed", "masks", "plan", "compile")

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.LShift: ast.RShift,
    ast.RShift: ast.LShift, ast.Mult: ast.Add,
}  # fmt: skip
_CALLED = {"any": "all", "all": "any", "min": "max", "max": "min"}


@dataclass(frozen=True)
class Mutant:
    """`what` was changed at `line` of `file`, inside `within`; `source` is the line as it is without the change."""

    file: str
    line: int
    within: str
    what: str
    source: str
    tree: ast.Module

    def __str__(self) -> str:
        return f"{self.file}.py:{self.line} {self.within}: {self.what} in `{self.source}`"


def count(file: str, room: Path = ROOM) -> int:
    """How many mutants there are of one file of the room."""
    planter = _Planter(sys.maxsize)
    planter.visit(ast.parse(_text(file, room)))
    return sys.maxsize - planter.left


def mutant(file: str, number: int, room: Path = ROOM) -> Mutant:
    """Mutant `number` of `file`, from 0 to its `count`."""
    planter = _Planter(number)
    text = _text(file, room)
    made = ast.fix_missing_locations(planter.visit(ast.parse(text)))
    source = text.splitlines()[planter.line - 1].strip()
    return Mutant(file, planter.line, planter.within, planter.what or "", source, made)


def _text(file: str, room: Path = ROOM) -> str:
    return (room / f"{file}.py").read_text(encoding="utf-8")


@contextmanager
def universe(planted: Mutant | None) -> Iterator[dict[str, types.ModuleType]]:
    """Modules of the evaluator, one of them mutated, by their names. The real ones are back afterwards."""
    order = _WHOLE if planted and planted.file == "condition" else _ORDER
    before = {name: sys.modules.get(f"broker.policy.{name}") for name in order}
    made: dict[str, types.ModuleType] = {}
    try:
        for name in order:
            full = f"broker.policy.{name}"
            sys.modules[full] = made[name] = types.ModuleType(full)
            own = planted is not None and planted.file == name
            exec(compile(planted.tree, full, "exec") if own and planted else _code(name), made[name].__dict__)
        yield made
    finally:
        for name, module in before.items():
            sys.modules.pop(f"broker.policy.{name}")
            if module is not None:
                sys.modules[f"broker.policy.{name}"] = module


@cache
def _code(name: str) -> types.CodeType:
    return compile(_text(name), f"broker.policy.{name}", "exec")


_LEFT_ALONE = (ast.Import, ast.ImportFrom, ast.Raise, ast.JoinedStr)


class _Planter(ast.NodeTransformer):
    """Makes change number `left` and no other. Types, imports, docstrings and messages of errors are left alone."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.what: str | None = None
        self.line = 1
        self.within = ""

    def visit(self, node: ast.AST) -> ast.AST:
        if self.what is not None or isinstance(node, _LEFT_ALONE) or _is_text(node):
            return node
        self.line = self.line if self.what else getattr(node, "lineno", self.line)
        for what, changed in _changes(node):
            if self.left == 0:
                self.what = what
                return changed
            self.left -= 1
        result: ast.AST = super().visit(node)
        return result

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.args.defaults = [self._expression(one) for one in node.args.defaults]
        return self._body(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return self._body(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        # A field of a class says only its type and how it is made.
        if node.value is not None and not (isinstance(node.target, ast.Name) and isinstance(node.value, ast.Call)):
            node.value = self._expression(node.value)
        return node

    def _expression(self, node: ast.expr) -> ast.expr:
        changed = self.visit(node)
        return changed if isinstance(changed, ast.expr) else node

    def _body(self, node: ast.FunctionDef | ast.ClassDef) -> ast.AST:
        outer = self.within
        self.within = f"{outer}.{node.name}".lstrip(".")
        body = []
        for part in node.body:
            changed = self.visit(part)
            body.append(changed if isinstance(changed, ast.stmt) else part)
        node.body = body
        if self.what is None:
            self.within = outer
        return node


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _changes(node: ast.AST) -> list[tuple[str, ast.AST]]:
    """What can be wrong at `node`: in words, and what stands there then."""
    for kind, changes in _BY_KIND.items():
        if isinstance(node, kind):
            return changes(node)
    return []


def _compared(node: ast.Compare) -> list[tuple[str, ast.AST]]:
    turned = _COMPARED.get(type(node.ops[0]))
    if turned is None or len(node.ops) > 1:
        return []
    return [(f"{turned.__name__} instead", ast.Compare(node.left, [turned()], node.comparators))]


def _joined(node: ast.BoolOp) -> list[tuple[str, ast.AST]]:
    other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    found: list[tuple[str, ast.AST]] = [("and for or", ast.BoolOp(other, node.values))]
    for n in range(len(node.values)):
        left = [value for at, value in enumerate(node.values) if at != n]
        found.append((f"operand {n} left out", left[0] if len(left) == 1 else ast.BoolOp(node.op, left)))
    return found


def _turned(node: ast.UnaryOp) -> list[tuple[str, ast.AST]]:
    return [("negation left out", node.operand)]


def _computed(node: ast.BinOp) -> list[tuple[str, ast.AST]]:
    other = _COMPUTED.get(type(node.op))
    return [(f"{other.__name__} instead", ast.BinOp(node.left, other(), node.right))] if other else []


def _constant(node: ast.Constant) -> list[tuple[str, ast.AST]]:
    if isinstance(node.value, bool):
        return [("other truth", ast.Constant(not node.value))]
    if isinstance(node.value, int):
        return [("one more", ast.Constant(node.value + 1))]
    if isinstance(node.value, str):
        return [("another text", ast.Constant(f"{node.value}x"))]
    return []


def _asked(node: ast.If) -> list[tuple[str, ast.AST]]:
    return [("condition negated", ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse))]


def _chosen(node: ast.IfExp) -> list[tuple[str, ast.AST]]:
    return [("branches swapped", ast.IfExp(node.test, node.orelse, node.body))]


def _filtered(node: ast.comprehension) -> list[tuple[str, ast.AST]]:
    return [("filter left out", ast.comprehension(node.target, node.iter, [], 0))] if node.ifs else []


def _called(node: ast.Call) -> list[tuple[str, ast.AST]]:
    other = _CALLED.get(node.func.id) if isinstance(node.func, ast.Name) else None
    return [(f"{other} instead", ast.Call(ast.Name(other, ast.Load()), node.args, node.keywords))] if other else []


def _listed(node: ast.Tuple | ast.List) -> list[tuple[str, ast.AST]]:
    if len(node.elts) < 2 or not any(isinstance(one, ast.Starred) for one in node.elts):
        return []
    return [
        (f"element {n} left out", type(node)([one for at, one in enumerate(node.elts) if at != n], node.ctx))
        for n in range(len(node.elts))
    ]


def _dropped(node: ast.stmt) -> list[tuple[str, ast.AST]]:
    return [("statement left out", ast.Pass())]


_BY_KIND: dict[type[ast.AST], Callable[[Any], list[tuple[str, ast.AST]]]] = {
    ast.Compare: _compared, ast.BoolOp: _joined, ast.UnaryOp: _turned, ast.BinOp: _computed, ast.Constant: _constant,
    ast.If: _asked, ast.IfExp: _chosen, ast.comprehension: _filtered, ast.Call: _called, ast.Tuple: _listed,
    ast.List: _listed, ast.AugAssign: _dropped, ast.Continue: _dropped, ast.Break: _dropped, ast.Expr: _dropped,
}  # fmt: skip
