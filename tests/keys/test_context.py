"""Domain separation: no two labels are confused, and every use of a key that the source shows begins with one."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator

import keycalls
from hypothesis import given
from hypothesis import strategies as st

from broker.keys import context

LABELS = {name: value for name, value in vars(context).items() if name.isupper() and isinstance(value, bytes)}
parts = st.lists(st.one_of(st.binary(max_size=6), st.integers(0, 999), st.text(max_size=6)), max_size=4)

# A function with one of these parameters takes the label from whoever calls it, and its callers are looked at instead.
HANDED = {"label", "info", "bound"}
# The first is handed a message that begins with its label; the others sign under RFC 9421's own tag.
EXEMPT = {"keys/signing.py:verify_bytes", "keys/messages.py:headers", "keys/plainly.py:fields"}
EXEMPT |= {"keys/signing.py:verify_any"}
# The MAC of a JWS (RFC 7515), under a secret that is made with a label and does nothing else; other parties' JWS.
EXEMPT |= {"keys/credential.py:_mac"}
# The trust list's format is TUF's: what is signed names its role, and no key that signs it signs anything else.
EXEMPT |= {"trustlist/made.py:write_online", "trustlist/repository.py:create", "trustlist/repository.py:sign"}
EXEMPT |= {"trustlist/written.py:sign", "cli/rehearsal.py:_publish", "cli/trustlist.py:sign"}
# A token signs what its caller labelled, as a key in memory does.
EXEMPT |= {"vaults/pkcs11.py:sign"}
# The audit log's formats are fixed by RFC 6962 and C2SP, whose own prefixes separate them; it imports nothing of ours.
EXEMPT_ROOMS = ("audit/", "synthetic/")
SIGNS = ("sign", "verify", "verify_any")
SEALS = {"seal_hybrid", "open_hybrid", "seal_classical", "open_classical", "verify_bytes"}


def test_labels_are_unique_and_none_begins_another() -> None:
    """Two purposes never share bytes."""
    assert all(re.fullmatch(rb"tysc/[a-z-]+/v[0-9]+\0", value) for value in LABELS.values())
    for (one, first), (two, second) in itertools.permutations(LABELS.items(), 2):
        assert not first.startswith(second), f"{one} and {two}"


@given(first=parts, second=parts)
def test_different_parts_are_different_contexts(
    first: list[str | bytes | int], second: list[str | bytes | int]
) -> None:
    """Moving a byte from one part to the next changes the context."""
    same = [str(part).encode() if not isinstance(part, bytes) else part for part in first] == [
        str(part).encode() if not isinstance(part, bytes) else part for part in second
    ]
    assert (context.bind(context.MASK, *first) == context.bind(context.MASK, *second)) == same
    assert context.bind(context.MASK, *first) != context.bind(context.RECORD, *second)


def test_every_label_in_use_is_registered() -> None:
    """A misspelt label would fail at run time, on the one path nobody tried."""
    used = {
        (path, node.attr)
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "context"
        if node.attr.isupper()
    }
    assert {where for where in used if where[1] not in LABELS} == set()


def test_no_label_is_written_outside_the_registry() -> None:
    """Our prefix appears in one file only."""
    assert [path for path, tree in sources() if path != "keys/context.py" and writes_a_label(tree)] == []


def test_every_use_of_a_key_is_labelled() -> None:
    """Each HMAC, AEAD, HPKE and signature is in a function that binds it to a registered label."""
    unlabelled, seen = [], 0
    for path, tree in sources():
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        wrappers = {function.name for function in functions if is_handed_a_label(function)}
        labelling = {function.name for function in functions if names_a_label(function)}
        for function in functions:
            used = any(uses_a_key(node) for node in own_nodes(function)) or calls(function) & wrappers
            seen += bool(used)
            labelled = {function.name} & (labelling | wrappers) or calls(function) & labelling
            if used and not labelled and f"{path}:{function.name}" not in EXEMPT:
                unlabelled.append(f"{path}:{function.name}")
    assert unlabelled == []
    assert seen >= 20


def sources() -> Iterator[tuple[str, ast.Module]]:
    for name, tree in keycalls.sources().items():
        if not name.startswith(EXEMPT_ROOMS):
            yield name, tree


def own_nodes(function: ast.FunctionDef) -> Iterator[ast.AST]:
    return itertools.chain.from_iterable(ast.walk(statement) for statement in function.body)


def is_handed_a_label(function: ast.FunctionDef) -> bool:
    arguments = function.args.args + function.args.kwonlyargs
    return any(argument.arg in HANDED for argument in arguments) and any(map(uses_a_key, own_nodes(function)))


def names_a_label(function: ast.FunctionDef) -> bool:
    return any(
        isinstance(node, ast.Attribute) and node.attr in LABELS and getattr(node.value, "id", "") == "context"
        for node in own_nodes(function)
    )


def calls(function: ast.FunctionDef) -> set[str]:
    return {called(node) for node in own_nodes(function) if isinstance(node, ast.Call)}


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def uses_a_key(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    of_hmac = isinstance(owner, ast.Name) and owner.id == "hmac" and called(node) in ("digest", "new")
    of_signing = isinstance(owner, ast.Name) and owner.id == "signing" and called(node) in SIGNS
    of_aead = isinstance(owner, ast.Call) and called(owner) in ("AESGCM", "ChaCha20Poly1305", "AESSIV", "AESGCMSIV")
    of_key = called(node) == "sign" and owner is not None and not of_signing and len(node.args) == 1
    return of_hmac or of_signing or of_aead or of_key or called(node) in SEALS


def writes_a_label(tree: ast.Module) -> bool:
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return any(isinstance(value, bytes) and value.startswith(b"tysc/") for value in constants)
