"""`broker-agency`: the agency's client. Every command is in a `commands_*` file; here is how each of them ends.

init      begin a workspace or a mapping       send      deliver a file, resumable      ask     one question
check     quality of a file, offline           status    how far deliveries have come   verify  receipts, offline
explain   what leaves for one row              retract   close records                  doctor  keys, clock, network
encode    make the chunks, send them later
reconcile what the linkage unit counted against what we asked     canaries  the fictional people our sources post
matches   where other services hold something else about our records     grant  one of two people allows a run
grant-status  what was used of a grant, for those who signed it
verdict   two services of an answer are not about one person      recalls  answers of ours that mixed two people
review    a reviewer sees how far two services of an answer agree
challenge   what was not shown is needed     challenges, answer-challenge   what waits for our reviewers
emergency-explained   why we looked in an emergency     feed   what happened that we should look at
silent   what of our records was withheld without being told     who-has-seen   who looked at one of them, all of it
right, rights, right-clock, decide-right   what a person asks for about a record of ours, and by when they are answered
person-report   what a person reads about themself
pause, resume, pauses   our services tell nothing, at once and until two of us resume it
hold, lift-hold, holds   what must not be destroyed for now     disposals   proof of what was
scheme check   the privacy gate of a match-key scheme
quota terms, allow, use        more than the day's allowance, on the word of two people
policy allow   one of two people agrees to a change of the agreements
evidence new, share, take, list, drop   the evidence key that all agencies share     keys new   our own next keys

exit codes   0 all accepted · 1 a fault of this program · 2 usage · 3 refused by checks · 4 some rows rejected
             5 temporary, run it again · 6 not authorised, clock or key · 7 an alarm of `reconcile`
"""

from __future__ import annotations

import sys
import uuid
from functools import cache
from importlib.metadata import version
from typing import Any

import typer
from typer.exceptions import TyperException
from typer.main import get_command

from broker.agency import (
    commands_ask,
    commands_audit,
    commands_challenge,
    commands_check,
    commands_deliver,
    commands_feed,
    commands_grant,
    commands_hold,
    commands_keys,
    commands_log,
    commands_matches,
    commands_pause,
    commands_person,
    commands_policy,
    commands_protect,
    commands_quota,
    commands_reconcile,
    commands_review,
    commands_rights,
    commands_scheme,
    commands_seen,
    commands_setup,
    commands_silent,
    commands_verdict,
)
from broker.agency.edges import Edges, real_edges
from broker.agency.exits import Exit, exit_for, where
from broker.agency.options import Desktop
from broker.errors import BrokerError
from broker.hardening import harden

NAME = "broker-agency"
_INTERRUPTED = 130
"""What typer returns for Ctrl-C instead of letting it through; no command of ours ends so."""

app = typer.Typer(
    name=NAME,
    help="Delivers an agency's records to the broker and asks it questions. Names never leave this machine.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for command in (
    *(commands_setup.init, commands_check.check, commands_check.explain),
    *(commands_deliver.encode, commands_deliver.send, commands_deliver.status, commands_deliver.retract),
    *(commands_ask.ask, commands_ask.verify, commands_reconcile.reconcile, commands_reconcile.canaries),
    commands_log.log,
    *(commands_matches.matches, commands_grant.grant, commands_grant.grant_status, commands_setup.doctor),
    *(commands_verdict.verdict, commands_verdict.recalls, commands_review.review),
    *(commands_challenge.challenge, commands_challenge.challenges, commands_challenge.answer_challenge),
    *(commands_protect.protect, commands_protect.protections),
    *(commands_protect.confirm_protection, commands_protect.lift_protection),
    *(commands_feed.emergency_explained, commands_feed.feed, commands_silent.silent),
    *(commands_hold.hold, commands_hold.lift_hold, commands_hold.holds, commands_hold.disposals),
    commands_seen.who_has_seen,
    *(commands_audit.audit_search, commands_audit.audit_queue, commands_audit.audit_decide),
    commands_audit.audit_export,
    *(commands_rights.right, commands_rights.rights, commands_rights.right_clock, commands_rights.decide_right),
    commands_person.person_report,
):
    app.command(name=command.__name__.replace("_", "-"))(command)
app.command(name="pause")(commands_pause.pause_sharing)
app.command(name="resume")(commands_pause.resume_sharing)
app.command(name="pauses")(commands_pause.pauses)
app.add_typer(commands_scheme.app, name="scheme")
app.add_typer(commands_quota.app, name="quota")
app.add_typer(commands_policy.app, name="policy")
app.add_typer(commands_keys.evidence, name="evidence")
app.add_typer(commands_keys.keys, name="keys")


def main(arguments: list[str] | None = None, edges: Edges | None = None) -> int:
    """Runs one command and returns its exit code. Whatever happens, no traceback and no value reaches the screen."""
    try:
        if edges is None:
            harden()
        return _run(arguments, Desktop(edges or real_edges()))
    except BrokerError as error:
        code = exit_for(error)
        _complain(str(error) + ("" if code == Exit.FAULT else f" [{error.code}]"))
        return code
    except (KeyboardInterrupt, typer.Abort):
        _complain("stopped: nothing is lost, run the same command again")
        return Exit.TEMPORARY
    except OSError as error:
        _complain(f"can't read or write {error.filename or 'a file'}: {(error.strerror or 'unknown').lower()}")
        return Exit.USAGE
    except Exception as error:  # The last line of defence: a traceback could show what it was working on.
        _complain(_fault(error))
        return Exit.FAULT


@cache
def _command() -> Any:
    """All commands, put together once: that takes longer than many of them."""
    return get_command(app)


def _run(arguments: list[str] | None, desktop: Desktop) -> int:
    try:
        result = _command().main(args=arguments, prog_name=NAME, standalone_mode=False, obj=desktop)
    except TyperException as error:
        if show := getattr(error, "show", None):
            show()
        else:
            _complain(str(error))
        return Exit.USAGE
    if result == _INTERRUPTED:
        raise KeyboardInterrupt
    return int(result or Exit.ACCEPTED)


def _fault(error: Exception) -> str:
    incident = uuid.uuid4().hex[:12]
    return f"this is a fault in {NAME}, not in your file: incident {incident}, {where(error)}, \
version {version('broker')}"


def _complain(text: str) -> None:
    print(f"{NAME}: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
