"""What differs between two trust documents, as lines for the people who sign: every field, and no way past it.

    + agencies.fire.keys.fire/desk-1.public: 3fa2b1c0d4e5f607
    ~ agencies.school.status: active -> suspended
    - linkage_keys.1.public: 9b1c...

A public key is shown by the first 16 hex digits of its SHA-256, which two people can compare by telephone. Lists are
shown by what their entries are called, so that an order says nothing but where the newest is last.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from broker.keys.trust import Trust

_NAMES = ("id", "agency", "epoch", "number", "name")
_LONG = 40
_PRINTS = re.compile(r"[0-9a-f]{16}(, [0-9a-f]{16})*")


def lines(before: Trust, after: Trust) -> list[str]:
    """Everything that changes, one line each, in the order of the names."""
    old, new = (dict(_flat("", one.model_dump(mode="json"))) for one in (before, after))
    found = []
    for name in sorted(old.keys() | new.keys()):
        if name not in old:
            found.append(f"+ {name}: {new[name]}")
        elif name not in new:
            found.append(f"- {name}: {old[name]}")
        elif old[name] != new[name]:
            found.append(f"~ {name}: {old[name]} -> {new[name]}")
    return found


def fingerprints(document: Any) -> dict[str, str]:
    """The public keys in a party's public half, by their fields: what two people compare."""
    return {name: value for name, value in _flat("", document) if _PRINTS.fullmatch(value)}


def fingerprint(text: str) -> str:
    """How a public key is shown, from its base64url spelling on the trust list."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _flat(where: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(f"{where}.{name}" if where else name, inner)
    elif isinstance(value, list) and all(isinstance(one, dict) for one in value):
        yield f"{where}.order", ", ".join(_called(one) for one in value)
        for one in value:
            yield from _flat(f"{where}.{_called(one)}", one)
    elif isinstance(value, list):
        yield where, ", ".join(_shown(one) for one in value)
    else:
        yield where, _shown(value)


def _called(entry: dict[str, Any]) -> str:
    return next(str(entry[name]) for name in _NAMES if name in entry)


def _shown(value: Any) -> str:
    text = str(value)
    return fingerprint(text) if len(text) > _LONG and "://" not in text else text
