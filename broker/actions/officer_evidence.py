"""Evidence that an agency's own officer takes along: entries that they may see, with proofs to be checked offline.

Of a look-up of their own agency it says who looked; of another's only what its leaf says openly. The leaves of other
agencies' records are not in it: one of them might say that something was withheld in silence.
"""

from __future__ import annotations

import json
from functools import partial
from importlib import resources

from sqlalchemy import Connection

from broker.actions.export_evidence import placed_together
from broker.actions.search_log import Officer, named, ready, told
from broker.actions.witnessed import log_policy
from broker.audit.evidence import Shown, bundle
from broker.audit.oversight_events import search_event
from broker.audit.tlogpolicy import write
from broker.errors import NotFound
from broker.parts import Parts
from broker.store import auditlog
from broker.store.engine import Released
from broker.wire.audit_search import Evidence, EvidenceRequest

_WHO = ("staff",)


def officer_evidence(parts: Parts, asked: EvidenceRequest, *, agency: str) -> Released[Evidence]:
    """The zip. Raises `NotFound` unless the officer may see every entry."""
    parts, by = ready(parts), Officer(agency, asked.staff)
    with parts.store.look() as connection:
        entries = list(dict.fromkeys(named(parts, connection, name, by) for name in asked.entries))
        private = [_private(parts, connection, entry) for entry in entries]
    stamp = parts.stamp(agency)
    about = {"staff": by.staff, "about": [entry.hex() for entry in entries]}
    note = parts.entry(search_event(stamp, "exported", found=len(entries), private=about))
    placed = placed_together(parts, entries)
    events = [
        Shown(one.leaf, one.proof, _who(one.leaf, shown, agency)) for one, shown in zip(placed, private, strict=True)
    ]
    verifier = resources.files("broker.audit").joinpath("verify_audit.py").read_bytes()
    content = bundle(events, policy=write(log_policy(parts.trust)), verifier=verifier)
    return told(parts, note, partial(Evidence, v=1, agency=agency, content=content))


def _private(parts: Parts, connection: Connection, entry: bytes) -> dict[str, str]:
    """The private fields of an event; none where they were destroyed: it is proved all the same, and says no more."""
    try:
        return auditlog.disclosures(connection, parts.keyring, entry)
    except NotFound:
        return {}


def _who(leaf: str, private: dict[str, str], agency: str) -> list[str]:
    return [private[name] for name in _WHO if name in private] if json.loads(leaf)["org"] == agency else []
