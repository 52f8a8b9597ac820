"""`log`: is the broker's audit log the one that was shown here before, and who else watches it?

The checkpoints of every receipt kept here are compared with each other by the broker's proofs, and with what each
witness shows: an agency that was shown a history of its own finds out here.
"""

from __future__ import annotations

import datetime as dt
import json as jsonlib
from collections.abc import Iterator
from contextlib import suppress

import typer

from broker.agency.client import open_http
from broker.agency.commands_ask import kept_receipts
from broker.agency.exits import Exit
from broker.agency.inputs import read_file
from broker.agency.logwatch import LogWatch, notes_in
from broker.agency.options import HERE, AsJson, Folder, edges_of, workspace_in
from broker.agency.screen import Screen
from broker.agency.words import day
from broker.agency.workspace import Workspace
from broker.audit.tlogpolicy import Cosigned
from broker.errors import BrokerError

MOST = 500
"""Receipts whose checkpoints are compared in one run, the newest."""


def log(context: typer.Context, workspace: Folder = HERE, json: AsJson = False) -> int:
    """Checks that the broker's audit log only grew, against all that is kept here and what its witnesses show."""
    edges = edges_of(context)
    place = workspace_in(workspace, edges)
    trust = place.read_trust()
    with open_http(edges) as http:
        watch = LogWatch(place, trust, http, edges)
        checked = {note for proofs in _kept_proofs(place) for note in notes_in(proofs)}
        watch.saw(checked)
        latest = watch.latest()
        found = [(one.name, watch.asked(one)) for one in trust.witnesses]
        warning = watch.warning()
    content = {
        "size": latest.size,
        "compared": len(checked),
        "needed": trust.quorum,
        "witnesses": [{"name": name, "size": one.checkpoint.size if one else None} for name, one in found],
        "warning": warning,
    }
    lines = [f"The audit log has {latest.size:,} events, and continues all that was shown here before."]
    lines += [f"{len(checked):,} checkpoints of your receipts fit together."] if checked else []
    lines += [_line(name, one) for name, one in found]
    lines += [f"Needed: {trust.quorum} of {len(found)} witnesses."] if found else ["Nobody else watches it."]
    Screen(json).result(content, [*lines, *([f"WARNING: {warning}"] if warning else [])])
    return Exit.ALARM if warning else Exit.ACCEPTED


def _kept_proofs(place: Workspace) -> Iterator[list[str]]:
    """The proofs of the newest receipts; what is no receipt is for `verify` to say."""
    for path in sorted(kept_receipts(place), key=lambda one: one.stat().st_mtime)[-MOST:]:
        with suppress(BrokerError, ValueError):
            content = jsonlib.loads(read_file(path))
            leaves = content.get("receipt") or [content]
            yield [leaf["proof"] for leaf in leaves if isinstance(leaf, dict) and isinstance(leaf.get("proof"), str)]


def _line(name: str, found: Cosigned | None) -> str:
    if found is None:
        return f"  {name}: does not answer, or has signed nothing yet"
    at = dt.datetime.fromtimestamp(found.times[name], dt.UTC)
    return f"  {name}: signed {found.checkpoint.size:,} events, {day(at.date())}, {at:%H:%M} UTC"
