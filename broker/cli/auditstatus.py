"""`broker audit status` and `broker audit policy`: who watches the audit log, and how to check that without us."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from broker.audit import tlogpolicy
from broker.cli import keyfiles
from broker.wire.london import in_words, moment_in_words

console = Console(highlight=False, soft_wrap=True)
_WORDS = {
    "off": "No witness is needed: nobody else would notice if the log's history were changed.",
    "enough": "Enough witnesses watch the log.",
    "too-few": "TOO FEW witnesses watch the log. Questions are still answered, for now.",
    "stopped": "TOO FEW witnesses watch the log, for too long: NO QUESTION IS ANSWERED.",
}
_ALARMS = {
    "too-few": "too few witnesses",
    "stopped": "questions are not answered",
    "behind": "knows a larger log than this database holds: do not go on, restore (docs/for/witnesses.md)",
    "refused": "was shown what is no continuation of what it saw: keep everything, call the other agencies",
}


def status(as_json: keyfiles.Json = False) -> None:
    """How large the audit log is, who cosigned it and when, what is wrong, and which services have paused."""
    from broker.actions.read_pauses import paused_services
    from broker.actions.witnessed import standing
    from broker.server import put_together
    from broker.settings import load_settings
    from broker.store import auditlog, cosignatures

    parts = put_together(load_settings())
    with parts.store.look() as connection:
        found, alarms = standing(parts, connection), cosignatures.alarms(connection)
        size, signed = auditlog.size(connection), auditlog.latest_checkpoint(connection)
    paused = paused_services(parts)
    shown = {
        "size": size,
        "signed": signed[0] if signed else 0,
        "state": found.state,
        "needed": found.needed,
        "have": found.have,
        "since": _moment(found.since),
        "witnesses": [{"name": one.name, "size": one.size, "at": _moment(one.at)} for one in found.each],
        "alarms": {what: _moment(at) for what, at in sorted(alarms.items())},
        "paused": [{**asdict(one), "since": one.since.isoformat()} for one in paused],
    }
    lines = [f"{size} events, of which {shown['signed']} are under the latest signed checkpoint", _WORDS[found.state]]
    if found.since is not None:
        lines.append(
            f"{found.have} of {len(found.each)} answer, {found.needed} are needed; since {_in_words(found.since)}"
        )
    lines += [f"  {one.name}: {_cosigned(one.size, one.at)}" for one in found.each]
    lines += [
        f"PAUSED since {in_words(one.since)}: {one.service} ({one.agency}) tells nobody anything" for one in paused
    ]
    lines += [f"ALARM since {_in_words(at)}: {_alarm(what)}" for what, at in sorted(alarms.items())]
    _say(shown, lines, as_json)


def policy(
    trust: Annotated[Path, typer.Option(help="The folder of the trust list.")] = keyfiles.HERE,
    root: keyfiles.Root = keyfiles.ROOT,
) -> None:
    """Prints the trust list's log, witnesses and quorum for any verifier (C2SP tlog-policy). Offline."""
    from broker.actions.witnessed import log_policy

    typer.echo(tlogpolicy.write(log_policy(keyfiles.opened(trust, root, None).trust)), nl=False)


def _cosigned(size: int, at: int | None) -> str:
    return f"cosigned {size} events, {_in_words(at)}" if at is not None else "has cosigned nothing yet"


def _alarm(what: str) -> str:
    act, _, witness = what.partition(" ")
    return f"{witness} {_ALARMS[act]}".strip()


def _moment(at: int | None) -> str | None:
    return None if at is None else f"{dt.datetime.fromtimestamp(at, dt.UTC):%Y-%m-%d %H:%M:%S} UTC"


def _in_words(at: int) -> str:
    return moment_in_words(dt.datetime.fromtimestamp(at, dt.UTC))


def _say(shown: dict[str, Any], lines: list[str], as_json: bool) -> None:
    console.print_json(json.dumps(shown)) if as_json else console.print("\n".join(lines), markup=False)
