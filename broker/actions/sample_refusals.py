"""Some of the automatic refusals are read by a person though nobody challenged them: as many as the agreement says.

Which ones follows from a key and the refusal's name alone, so that the draw can be made again and nobody can steer it.
Only what the asker was shown is drawn, with no event and no word in any feed: that a case waits tells the reviewers
alone, in their list.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from broker.actions.check_question import Checked
from broker.actions.shown_refusals import Numbered, RefusalRow
from broker.keys import context
from broker.parts import Parts
from broker.policy import reviewers
from broker.policy.agreement import Agreement
from broker.store import cases
from broker.store.cases import Case, Matter
from broker.store.engine import Tx

LEAST, MOST = 10, 25
"""Percent of refusals, whatever an agreement says."""


def is_drawn(parts: Parts, cover: bytes, number: int, *, percent: float) -> bool:
    """Whether the refusal of that number in the answer with this cover leaf is read by a person."""
    digest = hmac.digest(parts.keyring.verdict_key, context.bind(context.SAMPLE, cover, number), hashlib.sha256)
    return int.from_bytes(digest[:8], "big") < min(max(percent, LEAST), MOST) / 100 * 2**64


def draw(
    parts: Parts, tx: Tx, checked: Checked, *, cover: bytes, numbered: Numbered, rows: Sequence[RefusalRow]
) -> None:
    """Keeps a case for every refusal of an answer that is drawn, in the answer's transaction."""
    for number, (shown, row) in enumerate(zip(numbered.shown, rows, strict=True), start=1):
        agreement = parts.policies.agreements.get(row.agreement)
        if agreement is None or not row.tag:
            continue
        if is_drawn(parts, cover, number, percent=float(agreement.refusals.sample_percent)):
            _keep(parts, tx, checked, number=(cover, number), row=row, where=(shown.record_id, agreement))


def _keep(
    parts: Parts,
    tx: Tx,
    checked: Checked,
    *,
    number: tuple[bytes, int],
    row: RefusalRow,
    where: tuple[bytes, Agreement],
) -> None:
    requester, (cover, at), (record_id, agreement) = checked.requester, number, where
    holder = reviewers.holder(parts.policies, agreement, source=row.source, asker=requester.agency)
    if not reviewers.is_the_sources(parts.policies, row.source, agency=holder):
        return
    matter = Matter(
        answer=cover.hex(),
        number=at,
        staff=checked.question.assertion.staff,
        role=requester.role,
        purpose=requester.purpose,
        agreement=row.agreement,
        rule=row.rule,
        level=row.level,
        source=row.source,
        item=row.item,
        record=record_id.hex(),
        is_quiet=row.is_quiet,
    )
    made = int(checked.at.timestamp())
    due = int(reviewers.sample_due(agreement, checked.at).timestamp())
    case_id = cases.case_id(parts.keyring, "sample", matter.answer, number=at, holder=holder)
    case = Case(case_id, "sample", requester.agency, holder, "open", made, due, matter)
    cases.put(tx.connection, parts.keyring, case, random=parts.random)
