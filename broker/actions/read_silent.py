"""The agency that holds records reads what of them was withheld without anybody's being told: counts and references.

Nothing of it reaches the asker, whose answer, receipt and log are those of nothing at all. A rule that rests on a
secret fact is called S8 here too: the protection may be another agency's.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection

from broker.actions.publish_checkpoint import prove
from broker.actions.shown_refusals import opened, parse_leaf
from broker.audit.disclosures import reveal
from broker.audit.matters import PARTS
from broker.parts import Parts
from broker.policy.days import london_date
from broker.store import auditlog, auditread
from broker.store.engine import Released
from broker.wire.reference import spoken_reference
from broker.wire.silent import Silent, SilentAnswer

UNSAID = "S8"


def read_silent(parts: Parts, *, agency: str, staff: str, day: dt.date) -> Released[Silent]:
    """The answers of a UTC day in which something of the agency's records was withheld silently."""
    stamp = parts.stamp(agency)
    event = stamp.event("admin", {"act": "read-silent", "what": day.isoformat()}, {"staff": staff})
    entry = parts.entry(event)
    with parts.store.begin() as tx:
        parts = parts.at(tx.connection)
        found = tuple(_answers(parts, tx.connection, agency, day))
        tx.audit(entry)
    [proven] = prove(parts, [entry.id])
    told = Silent(v=1, agency=agency, day=day, answers=found, leaf=proven.leaf, proof=proven.proof)
    return parts.store.recorded(told, entry.id)


def _answers(parts: Parts, connection: Connection, agency: str, day: dt.date) -> Iterator[SilentAnswer]:
    secret = _secret_rules(parts)
    for leaf_bytes, sealed in auditread.of_types(
        connection, tuple(PARTS), since=day.isoformat(), until=(day + dt.timedelta(days=1)).isoformat()
    ):
        leaf = parse_leaf(leaf_bytes)
        if leaf["source"] != agency:
            continue
        shown = auditlog.opened_details(parts.keyring, bytes.fromhex(leaf["id"]), sealed)
        decided = json.loads(reveal(shown["decisions"])[1])["decisions"] if "decisions" in shown else []
        silent = [row for row in decided if row["level"] == "withhold_silently"]
        if not silent:
            continue
        answer = opened(parts, connection, bytes.fromhex(reveal(shown["answer"])[1]))
        if leaf["org"] != agency and _is_told_later(parts, leaf, answer.purpose):
            continue
        rules = Counter(name for row in silent for name in {UNSAID if r in secret else r for r in row["rules"]})
        yield SilentAnswer(
            answer=spoken_reference(answer.id),
            at=leaf["t"],
            asker=leaf["org"],
            staff=answer.staff,
            role=answer.role,
            purpose=answer.purpose,
            withheld=len(silent),
            rules=dict(sorted(rules.items())),
        )


def _is_told_later(parts: Parts, leaf: Mapping[str, Any], purpose: str) -> bool:
    """Whether an embargo is still about this look: reading the same day again after it shows it."""
    on = london_date(dt.datetime.fromisoformat(leaf["t"]))
    return parts.policies.embargoes.told_from(asker=leaf["org"], purpose=purpose, on=on) > london_date(parts.now())


def _secret_rules(parts: Parts) -> frozenset[str]:
    """The ids of all rules that rest on a secret fact, of the place and of every agreement."""
    policies = parts.policies
    rules = [*policies.rules, *(rule for some in policies.exceptions.values() for rule in some)]
    return frozenset(rule.id for rule in rules if rule.secret)
