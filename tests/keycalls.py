"""Where the source calls cryptography: every function of `broker/` and what kind of primitive it uses.

    {"keys/labels.py:label": {"hmac"}, "audit/tree.py:leaf_hash": {"hash"}, ...}

Names are followed through imports, so a call under another name is found too. A call into a cryptographic library that
is of no known kind raises: what nobody classified is what the inventory is for.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import broker

BROKER = Path(broker.__file__).parent
LIBRARIES = (
    *("cryptography", "rbcl", "hmac", "hashlib", "secrets", "http_message_signatures", "shamir_mnemonic"),
    *("pkcs11", "hvac", "tuf", "securesystemslib", "ssl", "nacl", "joserfc", "jwt"),
)
# The wrappers of this repository that any key may be handed to: their callers use the key.
WRAPPERS = {
    "broker.oprf": "group",
    "broker.keys.dleq": "group",
    "broker.keys.signing": "signature",
    "broker.keys.messages": "signature",
    "broker.keys.sealing": "hpke",
}
# The longest prefix that fits decides; None is no use of a key at all.
_CIPHERS = "cryptography.hazmat.primitives.ciphers"
_ASYMMETRIC = "cryptography.hazmat.primitives.asymmetric"
KINDS: dict[str, str | None] = {
    "hashlib.": "hash",
    "hmac.digest": "hmac",
    "hmac.new": "hmac",
    "hmac.compare_digest": None,
    "secrets.compare_digest": None,
    "rbcl.": "group",
    f"{_CIPHERS}.aead.": "aead",
    f"{_ASYMMETRIC}.ed25519.": "signature",
    f"{_ASYMMETRIC}.mldsa.": "signature",
    f"{_ASYMMETRIC}.x25519.": "hpke",
    f"{_ASYMMETRIC}.mlkem.": "hpke",
    "cryptography.hazmat.primitives.hpke.": "hpke",
    "cryptography.hazmat.primitives.kdf.": "kdf",
    "cryptography.hazmat.primitives.keywrap.": "wrap",
    "cryptography.hazmat.primitives.hashes.": None,
    "cryptography.hazmat.primitives.serialization.": None,
    # Keys of issuers and of the desk as their client; what uses them is `jws` and `jwt`.
    "joserfc.": None,
    "joserfc.jws.": "signature",
    "joserfc.jwt.": "signature",
    "cryptography.x509.": None,
    f"{_ASYMMETRIC}.ec.": "signature",
    f"{_ASYMMETRIC}.rsa.": "signature",
    f"{_ASYMMETRIC}.padding.": None,
    f"{_ASYMMETRIC}.utils.": None,
    f"{_CIPHERS}.Cipher": "block",
    f"{_CIPHERS}.algorithms.": None,
    f"{_CIPHERS}.modes.": None,
    "cryptography.exceptions.": None,
    "http_message_signatures.HTTPMessageSigner": "signature",
    "http_message_signatures.InvalidSignature": None,
    "http_message_signatures.structures.": None,
    "shamir_mnemonic.": "sharing",
    # Metadata and their verification; what signs is a key object of ours (`CustodianSigner`).
    "tuf.": None,
    "securesystemslib.": None,
    # Ways to a token and a service; what their keys do are methods, below, or parameters.
    "ssl.": "signature",
    "pkcs11.": None,
    "pkcs11.GCMParams": "aead",
    "hvac.": None,
}
# Methods of key objects, whose type no import shows.
METHODS = {"sign": "signature", "verify": "signature", "exchange": "hpke", "wrap_each": "aead", "unwrap_each": "aead"}
METHODS |= {"open_sealed": "hpke"}
SUITE_METHODS = {"encrypt": "hpke", "decrypt": "hpke"}


class Unclassified(AssertionError):
    """A call into a cryptographic library that `KINDS` does not know."""


@cache
def calls() -> dict[str, set[str]]:
    """The kinds of primitive that each function of `broker/` calls."""
    found: dict[str, set[str]] = defaultdict(set)
    for path, tree in sources().items():
        for where, kind in calls_of(tree):
            found[f"{path}:{where}"].add(kind)
    return dict(found)


@cache
def sources() -> dict[str, ast.Module]:
    """Every module of `broker/` by its path."""
    paths = sorted(BROKER.rglob("*.py"))
    return {path.relative_to(BROKER).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def calls_of(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Function and kind of every cryptographic call in a module."""
    imported = imports_of(tree)
    for where, call in _calls_in(tree):
        name = _dotted(call.func, imported)
        kind = _kind(name) if name else _kind_of_method(call)
        if kind:
            yield where, kind


def imports_of(tree: ast.Module) -> dict[str, str]:
    """What each imported name stands for, also of imports inside functions."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                names[one.asname or one.name.split(".")[0]] = one.name if one.asname else one.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
    return names


def _calls_in(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    left: list[tuple[ast.AST, str]] = [(tree, "")]
    while left:
        node, where = left.pop()
        if isinstance(node, ast.Call):
            yield where, node
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            where = f"{where}.{node.name}" if where else node.name
        left += [(child, where) for child in ast.iter_child_nodes(node)][::-1]


def _dotted(node: ast.expr, imported: dict[str, str]) -> str | None:
    if isinstance(node, ast.Name):
        return imported.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = _dotted(node.value, imported)
        return owner and f"{owner}.{node.attr}"
    return None


def _kind(name: str) -> str | None:
    module, _, function = name.rpartition(".")
    # A class method such as Key.from_bytes stands one level further down.
    for wrapper in (module, module.rpartition(".")[0]):
        if wrapper in WRAPPERS and not function[:1].isupper():
            return WRAPPERS[wrapper]
    if name == "broker.keys.messages.RequestSigner":
        return "signature"
    if name.split(".")[0] not in LIBRARIES:
        return None
    fitting = [prefix for prefix in KINDS if f"{name}.".startswith(prefix) or name.startswith(prefix)]
    if not fitting:
        raise Unclassified(f"`{name}` is of no known kind; add it to tests/keycalls.py and to keys/inventory.json")
    return KINDS[max(fitting, key=len)]


def _kind_of_method(call: ast.Call) -> str | None:
    if not isinstance(call.func, ast.Attribute):
        return None
    owner = ast.unparse(call.func.value)
    if call.func.attr in SUITE_METHODS and owner in {"_HYBRID", "_CLASSICAL"}:
        return SUITE_METHODS[call.func.attr]
    return METHODS.get(call.func.attr)
