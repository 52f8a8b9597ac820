"""`log`: is the broker's audit log the one that was shown here before, and who else watches it?

The checkpoints of every receipt kept here are compared with each other by the broker's proofs, and with what each
witness shows: an agency that was shown a history of its own finds out here.
"""

from __future__ import annotations

import datetime as dt

import typer

from broker.agency.exits import Exit
from broker.agency.log_state import read_log
from broker.agency.options import HERE, AsJson, Folder, edges_of, workspace_in
from broker.agency.screen import Screen
from broker.audit.tlogpolicy import Cosigned
from broker.wire.london import moment_in_words


def log(context: typer.Context, workspace: Folder = HERE, json: AsJson = False) -> int:
    """Checks that the broker's audit log only grew, against all that is kept here and what its witnesses show."""
    edges = edges_of(context)
    place = workspace_in(workspace, edges)
    found = read_log(place, edges)
    content = {
        "size": found.size,
        "compared": found.compared,
        "needed": found.needed,
        "witnesses": [{"name": name, "size": one.checkpoint.size if one else None} for name, one in found.witnesses],
        "warning": found.warning,
    }
    lines = [f"The audit log has {found.size:,} events, and continues all that was shown here before."]
    lines += [f"{found.compared:,} checkpoints of your receipts fit together."] if found.compared else []
    lines += [_line(name, one) for name, one in found.witnesses]
    lines += (
        [f"Needed: {found.needed} of {len(found.witnesses)} witnesses."]
        if found.witnesses
        else ["Nobody else watches it."]
    )
    Screen(json).result(content, [*lines, *([f"WARNING: {found.warning}"] if found.warning else [])])
    return Exit.ALARM if found.warning else Exit.ACCEPTED


def _line(name: str, found: Cosigned | None) -> str:
    if found is None:
        return f"  {name}: does not answer, or has signed nothing yet"
    at = dt.datetime.fromtimestamp(found.times[name], dt.UTC)
    return f"  {name}: signed {found.checkpoint.size:,} events, {moment_in_words(at)}"
