"""How the broker's audit log stands: compared with all that was shown here before, and with what its witnesses show."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from broker.agency.client import open_http
from broker.agency.commands_ask import kept_receipts
from broker.agency.edges import Edges
from broker.agency.inputs import read_file
from broker.agency.logwatch import FOLDER, LogWatch, notes_in
from broker.agency.workspace import Workspace
from broker.audit.checkpoint import open_note
from broker.audit.tlogpolicy import Cosigned
from broker.errors import BrokerError

MOST = 500
"""Receipts whose checkpoints are compared in one run, the newest."""


@dataclass(frozen=True)
class LogState:
    """`compared` checkpoints of our receipts fit together; `needed` of `witnesses` (by name) must have signed."""

    size: int
    compared: int
    needed: int
    witnesses: tuple[tuple[str, Cosigned | None], ...]
    warning: str | None


def read_log(place: Workspace, edges: Edges) -> LogState:
    """Compares all that is kept here with the log of now. Raises `Untrusted` when anything contradicts it."""
    trust = place.read_trust()
    with open_http(edges) as http:
        watch = LogWatch(place, trust, http, edges)
        checked = {note for proofs in _kept_proofs(place) for note in notes_in(proofs)}
        watch.saw(checked)
        latest = watch.latest()
        found = tuple((one.name, watch.asked(one)) for one in trust.witnesses)
        return LogState(latest.size, len(checked), trust.quorum, found, watch.warning())


def last_checked(place: Workspace) -> tuple[int, dt.datetime | None]:
    """How many entries the log had when it was last compared here, and when that was; 0 where it never was."""
    path = place.state / FOLDER / "checkpoint"
    try:
        note, at = path.read_text(encoding="utf-8"), path.stat().st_mtime
    except FileNotFoundError:
        return 0, None
    return open_note(note, [place.read_trust().broker.audit_log]).size, dt.datetime.fromtimestamp(at, dt.UTC)


def _kept_proofs(place: Workspace) -> Iterator[list[str]]:
    """The proofs of the newest receipts; what is no receipt is for `verify` to say."""
    for path in sorted(kept_receipts(place), key=lambda one: one.stat().st_mtime)[-MOST:]:
        with suppress(BrokerError, ValueError):
            content = json.loads(read_file(path))
            leaves = content.get("receipt") or [content]
            yield [leaf["proof"] for leaf in leaves if isinstance(leaf, dict) and isinstance(leaf.get("proof"), str)]
