"""Every key there is, what it is for and what becomes of us without it: `keys/inventory.json`, and its readable table.

    {"v":1,
     "keys":[{"id":"broker.label","name":"label key","algorithm":"HMAC-SHA-256","does":["hmac"],"party":"broker",
              "place":"the broker's secret file","stored_as":["label"],"users":"...","protects":"...","never":"...",
              "rotation":"...","if_lost":"...","if_leaked":"...","post_quantum":"...",
              "labels":["LABEL"],"uses":["keys/labels.py:label"]}],
     "keyless":[{"why":"...","uses":["audit/tree.py:leaf_hash"]}],
     "handed":[{"why":"...","uses":["keys/signing.py:sign"]}]}

`uses` names functions of `broker/` that call a primitive with the key; `handed` are those that take any key from
whoever calls them, and whose callers are listed instead (`*` is all of such a file). A test compares all of it with the
calls in the source (ASVS 5.0, 11.1.2 and 11.1.4).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from broker.errors import BadInput, Misconfigured
from broker.wire.fields import Wire, parse

Family = Literal["hash", "hmac", "aead", "block", "signature", "hpke", "group", "kdf", "sharing", "wrap"]
"""What is done with a key; `hash` is done without one."""
Party = Literal["linkage unit", "broker", "agency", "granter", "custodian", "operator", "witness"]
KeyId = Annotated[str, StringConstraints(pattern=r"^[a-z]+(_[a-z]+)?\.[a-z][a-z_]*$")]
Said = Annotated[str, StringConstraints(pattern=r"^[^|\n]{2,}[^|\n.]$")]
"""One clause for a cell of the table: no bar, no line break, no full stop at the end."""
Label = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z_]*$")]
Use = Annotated[str, StringConstraints(pattern=r"^[a-z_0-9/]+\.py:([A-Za-z_0-9.]*|\*)$")]

BEGIN, END = "<!-- made by `broker keys inventory --write` -->", "<!-- end -->"


class Key(Wire):
    """One key, or one kind of key of which there are many."""

    id: KeyId
    name: Said
    algorithm: Said
    does: Annotated[tuple[Family, ...], Field(min_length=1)]
    party: Party
    place: Said
    stored_as: tuple[str, ...]
    users: Said
    protects: Said
    never: Said
    rotation: Said
    if_lost: Said
    if_leaked: Said
    post_quantum: Said
    labels: tuple[Label, ...]
    uses: tuple[Use, ...]


class Others(Wire):
    """Calls that use no key, or take one from their caller, and why that is right."""

    why: Said
    uses: Annotated[tuple[Use, ...], Field(min_length=1)]


class Inventory(Wire):
    v: Literal[1]
    keys: tuple[Key, ...]
    keyless: tuple[Others, ...]
    handed: tuple[Others, ...]


def parse_inventory(data: bytes) -> Inventory:
    """The inventory. Raises `Misconfigured` when it is not one, or lists a key twice."""
    try:
        inventory = parse(Inventory, data)
    except BadInput as error:
        raise Misconfigured("inventory-invalid", f"the inventory of keys is not valid: {error}") from None
    for listed in ([key.id for key in inventory.keys], [key.name for key in inventory.keys]):
        if len(set(listed)) != len(listed):
            raise Misconfigured("inventory-invalid", "the inventory lists a key twice")
    return inventory


def table(inventory: Inventory) -> str:
    """The two tables of keys/README.md: what each key is for, and what happens to it."""
    named = [(f"**{key.name}**", key) for key in inventory.keys]
    what = [(name, key.algorithm, key.party, key.place, key.users, key.protects, key.never) for name, key in named]
    life = [(name, key.rotation, key.if_lost, key.if_leaked, key.post_quantum) for name, key in named]
    heads = ("key", "algorithm", "whose", "where", "who uses it", "protects", "never")
    return "\n\n".join(
        (
            _markdown(heads, what),
            "What a loss and a leak cost, in one place:",
            _markdown(("key", "rotation", "if it is lost", "if it leaks", "a quantum computer"), life),
        )
    )


def written_into(text: str, inventory: Inventory) -> str:
    """`text` with what stands between the two markers made anew. Raises `Misconfigured` without the markers."""
    head, began, rest = text.partition(BEGIN)
    _, ended, tail = rest.partition(END)
    if not (began and ended):
        raise Misconfigured("inventory-unreadable", "there is no place for the table of keys in the page")
    return f"{head}{BEGIN}\n\n{table(inventory)}\n\n{END}{tail}"


def _markdown(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
