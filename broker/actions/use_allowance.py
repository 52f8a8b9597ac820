"""What a reviewer allowed once is used: by one question of that agency, for that purpose, that record and that item.

The item is decided as in an emergency, so that nothing is opened which emergency access would not open: a protection
that came meanwhile holds, and then the allowance stays unused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from broker.actions.check_question import Checked
from broker.audit.act_events import challenge_event
from broker.errors import Conflict
from broker.parts import Parts
from broker.store import cases
from broker.store.cases import Case
from broker.store.engine import Tx
from broker.story.tell import JudgedPerson


@dataclass(frozen=True)
class Allowances:
    """What the asker's agency may see once, by record id and item."""

    open: Mapping[tuple[bytes, str], Case] = field(default_factory=dict, repr=False)

    def items_of(self, record_id: bytes) -> frozenset[str]:
        """The items that are allowed of a record."""
        return frozenset(item for one, item in self.open if one == record_id)


def allowances(parts: Parts, connection: Connection, checked: Checked) -> Allowances:
    """What this question may use, whoever it is about. In an emergency none is needed, and none is used."""
    requester = checked.requester
    if requester.break_glass:
        return Allowances()
    now = int(checked.at.timestamp())
    held = cases.allowed_to(connection, parts.keyring, requester.agency, now=now)
    mine = [one for one in held if one.matter.purpose == requester.purpose]
    return Allowances({(bytes.fromhex(one.matter.record), one.matter.item): one for one in mine})


def use(
    parts: Parts, tx: Tx, checked: Checked, *, allowed: Allowances, cover: bytes, people: Sequence[JudgedPerson]
) -> None:
    """Spends what the answer rests on. Raises `Conflict` when another question was faster; nothing is told then."""
    used = [allowed.open[judged.record.id, item] for one in people for judged in one.records for item in judged.allowed]
    if not cases.spend(tx.connection, {case.id for case in used}):
        raise Conflict("allowance-used", "what was allowed once has just been used", hint="ask again")
    for case in sorted(used, key=lambda one: one.id):
        stamp = parts.stamp(checked.requester.agency, at=checked.at)
        private = {
            "about": f"{case.matter.answer}/{case.matter.number}",
            "used_by": cover.hex(),
            "staff": checked.question.assertion.staff,
            "rule": case.matter.rule,
        }
        tx.audit(parts.entry(challenge_event(stamp, "used", private=private)))
