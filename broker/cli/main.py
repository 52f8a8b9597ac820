"""The `broker` command: serve, linkunit, migrate, policy, audit, keys, linkage, refusals, protections.

Exit codes: 0 done, 1 something does not verify, 2 wrong use or settings, 3 a fault.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from broker import hardening, observe
from broker.audit.verify import verify_log, verify_receipt
from broker.cli import auditsearch, auditstatus, keyfiles
from broker.cli import evidence as cli_evidence
from broker.cli import keys as cli_keys
from broker.cli import linkage as cli_linkage
from broker.cli import policy as cli_policy
from broker.cli import protections as cli_protections
from broker.cli import refusals as cli_refusals
from broker.cli import retention as cli_retention
from broker.cli import rights as cli_rights
from broker.cli import seen as cli_seen
from broker.errors import BrokerError, Misconfigured, Untrusted

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The broker, run by the operator.",
)
audit = typer.Typer(no_args_is_help=True, help="The audit log. `verify` needs no server and no database.")
audit.command("status")(auditstatus.status)
audit.command("policy")(auditstatus.policy)
audit.command("subject")(cli_seen.subject)
audit.command("prove-looks")(cli_seen.prove_looks)
audit.command("index")(cli_seen.index)
audit.command("search")(auditsearch.search)
audit.command("entry")(auditsearch.entry)
audit.command("statistics")(auditsearch.statistics)
audit.command("alerts")(auditsearch.alerts)
audit.command("review-report")(auditsearch.review_report)
audit.command("shred")(cli_retention.shred)
audit.command("prune")(cli_retention.prune)
keys = typer.Typer(no_args_is_help=True, help="Secrets and their public halves.")
app.add_typer(cli_policy.app, name="policy")
app.add_typer(audit, name="audit")
keys.add_typer(cli_keys.app)
app.add_typer(keys, name="keys")
app.add_typer(cli_linkage.app, name="linkage")
app.add_typer(cli_refusals.app, name="refusals")
app.add_typer(cli_retention.app, name="retention")
app.add_typer(cli_protections.app, name="protections")
app.add_typer(cli_rights.app, name="rights")
console = Console(highlight=False)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]


def main() -> None:
    """Runs the command; an error is one sentence, never a traceback."""
    try:
        hardening.harden()
        app()
    except Untrusted as error:
        _stop(error, 1)
    except BrokerError as error:
        _stop(error, 2)
    except Exception as error:  # The last line of defence: a traceback could show what it was working on.
        observe.unexpected("command.failed", error)
        _stop(BrokerError("fault", f"this is a fault in broker: {type(error).__name__}", hint="see the line above"), 3)


@app.command()
def serve() -> None:
    """Serves the broker, by the settings in BROKER_*."""
    from broker import server
    from broker.settings import load_settings

    server.serve(load_settings())


@app.command()
def linkunit() -> None:
    """Serves the linkage unit, by the settings in LINKUNIT_*. Another organisation runs it than the broker."""
    from broker.linkunit.app import serve as serve_unit
    from broker.linkunit.settings import load_settings

    serve_unit(load_settings())


@app.command()
def migrate() -> None:
    """Brings the database's tables to this version."""
    from broker.settings import load_settings
    from broker.store import engine, schema

    console.print(f"tables are at version {schema.migrate(engine.open_store(load_settings().database_url))}")


@audit.command("export")
def audit_export(
    folder: Path,
    evidence: Annotated[list[str] | None, typer.Option(help="Of this answer or event alone, as one zip.")] = None,
    show: Annotated[list[str] | None, typer.Option(help="A private field to show in it, or `everything`.")] = None,
    form: Annotated[str, typer.Option("--as", help="Or events as `fhir` or `ocsf`, one JSON a line.")] = "",
    since: Annotated[str, typer.Option(help="From this day or month on, like 2026-11.")] = "",
    until: Annotated[str, typer.Option(help="Before this day or month.")] = "",
    as_json: Json = False,
) -> None:
    """Writes the whole log as static files (C2SP tlog-tiles), by the settings in BROKER_*; or evidence, or events."""
    from broker.actions.export_log import export_log
    from broker.server import put_together
    from broker.settings import load_settings

    if evidence or form:
        said = cli_evidence.written(folder, evidence or [], show=show or [], form=form, since=since, until=until)
        return _print({"file": str(folder)}, as_json, said)
    files = export_log(put_together(load_settings()))
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    _print({"files": len(files)}, as_json, f"wrote {len(files)} files to {folder}")


@audit.command("catch-up")
def audit_catch_up(folder: Path, as_json: Json = False) -> None:
    """After a restore, before serving: the log goes on from its export; what was erased since is erased again."""
    from broker.actions.catch_up import catch_up
    from broker.server import put_together
    from broker.settings import load_settings

    files = {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    found = catch_up(put_together(load_settings()), files)
    said = f"{found.events} events came back into the log, {found.erased} records were erased again"
    _print({"events": found.events, "erased": found.erased}, as_json, said)


@audit.command("verify")
def audit_verify(
    folder: Path,
    verifier_key: Annotated[str, typer.Option("--vkey", help="The log's verifier key.")] = "",
    trust: Annotated[Path, typer.Option(help="Or the folder of the trust list that holds it.")] = Path("keys"),
    root: keyfiles.Root = keyfiles.ROOT,
    as_json: Json = False,
) -> None:
    """Checks an exported log from scratch: the signature, every leaf, every hash. Or evidence (a zip). Offline."""
    if folder.is_file():
        return _print(*cli_evidence.verified(folder, verifier_key, trust=trust, root=root, as_json=as_json))
    files = {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    report = verify_log(files, [verifier_key or _log_key(trust, root)])
    shown = {"size": report.size, "root": report.root, "counts": dict(report.counts)}
    shown["shredded"] = [{"details": one.many, "by": one.by, "basis": one.basis} for one in report.shredded]
    lost = [f"{one.many} details shredded, authorised by entry #{one.by} ({one.basis})" for one in report.shredded]
    said = [f"the log verifies: {report.size} events, root {report.root[:16]}…", *lost]
    _print(shown, as_json, "\n".join(said))


@audit.command("receipt")
def audit_receipt(
    file: Path,
    verifier_key: Annotated[str, typer.Option("--vkey", help="The log's verifier key.")] = "",
    trust: Annotated[Path, typer.Option(help="Or the folder of the trust list that holds it.")] = Path("keys"),
    root: keyfiles.Root = keyfiles.ROOT,
    as_json: Json = False,
) -> None:
    """Checks a receipt: that its event is in the signed log. Offline."""
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        raise Misconfigured("receipt-unreadable", f"can't read a receipt from {file}") from None
    verified = [verify_receipt(one, [verifier_key or _log_key(trust, root)]) for one in _receipts_in(content)]
    shown = {"events": [{"index": one.index, "size": one.size, "event": one.event} for one in verified]}
    lines = [f"the receipt verifies: {one.event['typ']}, event {one.index} of {one.size}" for one in verified]
    _print(shown, as_json, "\n".join(lines))


@audit.command("find")
def audit_find(reference: str, as_json: Json = False) -> None:
    """Opens one answer by its spoken reference or id: who asked, why, what was told, what was not. Is logged itself."""
    from broker.actions.find_answer import find_answer
    from broker.server import put_together
    from broker.settings import load_settings

    found = find_answer(put_together(load_settings()), reference)
    cover = found["cover"]
    head = f"{cover['t']}  {cover['org']}  {cover['role']}  {cover['purpose']}"
    who = f"staff {cover['staff']}, relation {cover['question']['relation']}, case {cover['case_reference'] or 'none'}"
    rows = [f"{one['typ']:<9} {one.get('source', ''):<10} {_decided(one)}" for one in found["agencies"]]
    _print(found, as_json, "\n".join([head, who, *rows]))


def _decided(event: dict[str, Any]) -> str:
    """What one event of an answer says in a line."""
    if event["typ"] == "alarm":
        return f"{event['rule']}: {event['count']} guesses by staff {event['staff']}"
    untold = event["decisions"]["decisions"] if "decisions" in event else []
    decided = [(item, level) for item, level, _ in event.get("items", ())]
    decided += [(row["item"], row["level"]) for row in untold]
    return ", ".join(f"{item} {level}" for item, level in decided) or "nothing"


def _receipts_in(content: Any) -> list[Any]:
    """The receipts in a file: one, an answer's as the agency's client keeps them, or a delivery's."""
    if isinstance(content, dict) and isinstance(content.get("receipt"), list):
        return list(content["receipt"])
    if isinstance(content, dict) and "signature" in content:
        return [{"v": 1, "leaf": content.get("leaf"), "proof": content.get("proof"), "disclosures": []}]
    return [content]


def _log_key(trust: Path, root: Path) -> str:
    return keyfiles.opened(trust, root, None).trust.broker.audit_log


def _print(shown: dict[str, Any], as_json: bool, text: str) -> None:
    console.print_json(json.dumps(shown)) if as_json else console.print(text)


def _stop(error: BrokerError, code: int) -> None:
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"broker: {error} [{error.code}]", markup=False)
    sys.exit(code)
