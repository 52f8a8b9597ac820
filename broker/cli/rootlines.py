"""Who signs a trust list, as lines for people: each custodian and the online key by the fingerprint of their key.

+ custodian lindqvist: 3fa2b1c0d4e5f607
- custodian okafor: 0a1b...
  custodian adeyemi: 9b1c...
"""

from __future__ import annotations

from pathlib import Path

from tuf.api.metadata import Root, Targets, Timestamp

from broker.keys.trustdiff import fingerprint
from broker.trustlist import written
from broker.trustlist.repository import Pending
from broker.trustlist.written import PROPOSED
from broker.wire.fields import encode64
from broker.wire.london import in_words


def proposed_root(folder: Path, pending: Pending) -> list[str]:
    """Who comes, goes and stays, where a root is proposed in `folder`; else nothing."""
    if not pending.root:
        return []
    new = written.read(Root, folder / PROPOSED / "root.json").signed
    return root_lines(written.newest_root(folder).signed, new)


def root_lines(old: Root | None, new: Root) -> list[str]:
    """What differs between two roots, and what stays; all of it is new without an old one."""
    before, after = (signers(old) if old else {}), signers(new)
    role = new.roles[Targets.type]
    lines = [f"~ the root, until {in_words(new.expires)}: {role.threshold} of {len(role.keyids)} custodians must sign"]
    if old is not None:
        lines[0] += f" (until now {old.roles[Targets.type].threshold} of {len(old.roles[Targets.type].keyids)})"
    lines += [f"{' ' if one in before.items() else '+'} {one[0]}: {one[1]}" for one in after.items()]
    return lines + [f"- {who}: {print_}" for who, print_ in before.items() if after.get(who) != print_]


def signers(root: Root) -> dict[str, str]:
    """Each custodian of a root and its online key, with the fingerprint as `broker keys make` prints it."""
    named = [(f"custodian {written.name_of(root, id)}", id) for id in root.roles[Targets.type].keyids]
    named = sorted(named) + [("online key", id) for id in root.roles[Timestamp.type].keyids]
    return {who: fingerprint(encode64(_public(root, id))) for who, id in named}


def _public(root: Root, keyid: str) -> bytes:
    return bytes.fromhex(root.keys[keyid].keyval["public"])
