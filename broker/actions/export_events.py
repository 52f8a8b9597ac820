"""Questions, disclosures and refusals for another system's search: FHIR AuditEvents or OCSF events, one JSON a line.

Only what is open in the log goes into them; that somebody fetched them is an event of the log itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from broker.audit.interop import WRITERS
from broker.audit.leaves import check_leaf
from broker.errors import BadInput
from broker.parts import Parts
from broker.store import auditread

_TYPES = ("answer", "disclose", "deny", "ingest", "retract")


def export_events(parts: Parts, form: str, *, since: str = "", until: str = "~") -> list[str]:
    """Lines of the events from the instant `since` on and before `until`, by time. Raises `BadInput` for another form.

    Instants are spelt as in leaves, `2026-11-22T00:00:00.000000Z`, or are the beginning of one: a day, a month.
    """
    if form not in WRITERS:
        raise BadInput("export-form", "events are exported as `fhir` or `ocsf`", field="as")
    stamp = parts.stamp("broker")
    event = stamp.event("admin", {"act": "exported", "what": form}, {"since": since, "until": until})
    with parts.store.look() as connection:
        leaves = [leaf for leaf, _ in auditread.of_types(connection, _TYPES, since=since, until=until)]
    with parts.store.begin() as tx:
        tx.audit(parts.entry(event))
        held = tx.release(leaves)
    return list(_lines(held.released().value, form, parts.settings.origin))


def _lines(leaves: list[bytes], form: str, origin: str) -> Iterator[str]:
    for leaf in leaves:
        for resource in WRITERS[form](check_leaf(leaf), origin):
            yield json.dumps(resource, sort_keys=True, ensure_ascii=False)
