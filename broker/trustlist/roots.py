"""Everybody who was ever a custodian of a trust list, from the roots that its folder keeps.

For whoever checks what was signed years ago. Roots are chained: each is signed by the custodians of the one before,
which `verify` holds them to; here they are read only.
"""

from __future__ import annotations

from pathlib import Path

from tuf.api.metadata import Root, Targets

from broker.trustlist import written
from broker.trustlist.written import METADATA


def everybody(folder: Path) -> tuple[frozenset[tuple[str, bytes]], int]:
    """Names and public keys of all custodians there were, and the smallest number of them that ever had to sign."""
    found: set[tuple[str, bytes]] = set()
    needed = []
    for path in sorted((folder / METADATA).glob("[0-9]*.root.json")):
        root = written.read(Root, path).signed
        role = root.roles[Targets.type]
        needed.append(role.threshold)
        found |= {(written.name_of(root, id), bytes.fromhex(root.keys[id].keyval["public"])) for id in role.keyids}
    return frozenset(found), min(needed, default=1)
