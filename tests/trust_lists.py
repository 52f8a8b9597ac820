"""Trust lists for tests: a signed folder around a trust document, with custodians whose keys are a number each.

settings = load_settings(**write_trust_list(tmp_path, document))
change(tmp_path, other_document)
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from broker.trustlist import repository
from broker.trustlist.repository import Lifetimes
from broker.trustlist.written import METADATA, TRUST

MADE = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
LONG = Lifetimes(*[dt.timedelta(days=36_500)] * 3)
"""For tests that are about something else."""
CUSTODIANS = {"a.okoro": 101, "b.lindqvist": 102, "c.tremaine": 103}
ONLINE = 104
NEEDED = 2


def key(number: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


def write_trust_list(
    folder: Path, document: Mapping[str, Any], *, now: dt.datetime = MADE, lifetimes: Lifetimes = LONG
) -> dict[str, Path]:
    """A new trust list in `folder`/keys, its root pinned beside it: as the settings of a service."""
    repository.create(
        folder / "keys",
        custodians={name: key(number) for name, number in CUSTODIANS.items()},
        threshold=NEEDED,
        online=key(ONLINE),
        targets={TRUST: json.dumps(document).encode()},
        now=now,
        lifetimes=lifetimes,
    )
    (folder / "root.json").write_bytes((folder / "keys" / METADATA / "1.root.json").read_bytes())
    return settings_of(folder)


def settings_of(folder: Path) -> dict[str, Path]:
    """Where the trust list of `folder` is, what was pinned, and where is remembered what was seen."""
    return {"trust": folder / "keys", "trust_root": folder / "root.json", "trust_seen": folder / "seen"}


def change(folder: Path, document: Mapping[str, Any], *, now: dt.datetime = MADE, lifetimes: Lifetimes = LONG) -> None:
    """Publishes another trust document, signed by as many custodians as it takes."""
    targets: dict[str, bytes | None] = {TRUST: json.dumps(document).encode()}
    repository.propose(folder / "keys", targets=targets, now=now, lifetimes=lifetimes)
    for number in list(CUSTODIANS.values())[:NEEDED]:
        repository.sign(folder / "keys", custodian=key(number))
    repository.publish(folder / "keys", online=key(ONLINE), now=now, lifetimes=lifetimes)
