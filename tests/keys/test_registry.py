"""The registry of labels is the only one: nothing separates by bytes that it does not know, each label has one use."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from typing import TypeAlias

import keycalls
from keycalls import sources

from broker.keys import context

PRIMITIVES = {"HMAC": "hmac", "AEAD": "aead", "HPKE": "hpke", "Signature": "signature"}
REGISTRY = "keys/context.py"
Functions: TypeAlias = dict[str, list[ast.AST]]


def said() -> dict[str, str]:
    """Each label and the primitive that the line below it says it is for."""
    body = sources()[REGISTRY].body
    found = {}
    for statement, below in itertools.pairwise(body):
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
            assert isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant), ast.unparse(statement)
            [target] = statement.targets
            found[ast.unparse(target)] = str(below.value.value).replace(",", ":").partition(":")[0]
    return found


def constants(tree: ast.Module) -> set[bytes]:
    """The byte strings of a module, but for patterns to match with."""
    patterns = {
        id(argument)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "re.compile"
        for argument in node.args
    }
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, bytes) and node.value and id(node) not in patterns
    }


def ours(tree: ast.Module) -> set[bytes]:
    """Texts and bytes that begin as our labels do."""
    values = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    spelt = (value.encode() if isinstance(value, str) else value for value in values if isinstance(value, str | bytes))
    return {value for value in spelt if value[:4].lower() == b"tysc" and b" " not in value}


def test_every_byte_string_beside_cryptography_is_in_the_registry() -> None:
    """A prefix written where it is used could be the same as another, and nobody would see both."""
    using = {use.partition(":")[0] for use in keycalls.calls()}
    found = {
        path: constants(tree) | ours(tree) if path in using else ours(tree)
        for path, tree in sources().items()
        if path != REGISTRY
    }
    unregistered = {
        f"{path}: {value!r}"
        for path, values in found.items()
        for value in values - set(context.ELSEWHERE.get(path, ()))
    }
    gone = {
        f"{path}: {value!r}"
        for path, values in context.ELSEWHERE.items()
        for value in set(values) - found.get(path, set())
    }
    assert (unregistered, gone) == (set(), set()), "see ELSEWHERE in broker/keys/context.py"


def test_every_label_says_its_primitive_and_is_used_with_it_alone() -> None:
    """One label with an HMAC here and an AEAD there would make two uses of a key meet."""
    labels, wrong, used = said(), [], set()
    for path, tree in sources().items():
        functions = dict(own_nodes(tree, ""))
        kinds = {name: keycalls.calls().get(f"{path}:{name}", set()) for name in functions}
        for name, nodes in functions.items():
            named = {label_of(node) for node in nodes} & set(labels)
            used |= named
            beside = [other for other in functions if named and (other == name or touch(functions, name, other))]
            near = set().union(*(kinds[other] for other in beside))
            wrong += [f"{path}:{name}: {label}" for label in named if PRIMITIVES[labels[label]] not in near]
    assert wrong == []
    assert set(labels) - used == set(), "registered, and used nowhere"
    assert len(labels) >= 37


def own_nodes(tree: ast.AST, where: str) -> Iterator[tuple[str, list[ast.AST]]]:
    """Every function and what stands in it, without the functions inside it."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            name = f"{where}.{child.name}" if where else child.name
            if isinstance(child, ast.FunctionDef):
                yield name, list(without_functions(child))
            yield from own_nodes(child, name)
        else:
            yield from own_nodes(child, where)


def without_functions(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef):
            yield child
            yield from without_functions(child)


def label_of(node: ast.AST) -> str:
    is_ours = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "context"
    return node.attr if is_ours else ""  # type: ignore[attr-defined]


def touch(functions: Functions, one: str, other: str) -> bool:
    """Whether one of two functions of a module calls the other."""
    return other.rpartition(".")[2] in called(functions[one]) or one.rpartition(".")[2] in called(functions[other])


def called(nodes: list[ast.AST]) -> set[str]:
    functions = (node.func for node in nodes if isinstance(node, ast.Call))
    return {one.attr if isinstance(one, ast.Attribute) else getattr(one, "id", "") for one in functions}
