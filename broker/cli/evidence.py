"""`broker audit export` for others than ourselves: evidence in one zip, events as FHIR or OCSF; checking evidence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from broker.audit import tlogpolicy, verify_audit
from broker.audit.tlogpolicy import LogPolicy
from broker.cli import keyfiles
from broker.errors import BadInput, Misconfigured, Untrusted

_VERIFIER = "verify_audit.py"


def written(to: Path, wanted: Sequence[str], *, show: Sequence[str], form: str, since: str, until: str) -> str:
    """Writes evidence about `wanted`, or events as `form`, and says so. Raises `BadInput` when both are asked for."""
    from broker.actions.export_events import export_events
    from broker.actions.export_evidence import export_evidence
    from broker.server import put_together
    from broker.settings import load_settings

    if bool(wanted) == bool(form):
        raise BadInput("export-form", "ask for `--evidence` or for `--as`, not for both", field="as")
    parts = put_together(load_settings())
    if wanted:
        content = export_evidence(parts, wanted, show=show)
        said = f"wrote evidence about {len(wanted)} to {to}; give {_VERIFIER} and the policy apart"
    else:
        lines = export_events(parts, form, since=since, until=until or "~")
        content, said = "".join(f"{line}\n" for line in lines).encode(), f"wrote {len(lines)} events to {to}"
    write(to, content)
    return said


def write(to: Path, content: bytes) -> None:
    """Writes a file. Raises `Misconfigured` when it can't be written."""
    try:
        to.write_bytes(content)
    except OSError:
        raise Misconfigured("file-unwritable", f"can't write {to}") from None


def verified(
    zipped: Path, verifier_key: str, *, trust: Path, root: Path, as_json: bool
) -> tuple[dict[str, Any], bool, str]:
    """What evidence proves under a verifier key alone, or under the trust list with its witnesses, to be printed.

    Raises `Untrusted` when it does not verify.
    """
    from broker.actions.witnessed import log_policy

    policy = LogPolicy((verifier_key,)) if verifier_key else log_policy(keyfiles.opened(trust, root, None).trust)
    try:
        trusted = verify_audit.parse_policy(tlogpolicy.write(policy).encode())
        report = verify_audit.check(verify_audit.read(zipped), trusted, now=keyfiles.now())
    except verify_audit.WRONG as error:
        raise Untrusted("evidence-invalid", f"the evidence does not verify: {error}") from None
    except (OSError, verify_audit.Usage) as error:
        raise Misconfigured("evidence-unreadable", f"can't check {zipped}: {error}") from None
    events = [{"index": at, "event": event, "shown": shown} for at, event, shown in report.events]
    at = report.checkpoint
    shown = {"size": at.size, "root": at.root.hex(), "witnesses": sorted(at.witnessed), "events": events}
    return shown, as_json, verify_audit.told(report, False).rstrip()
