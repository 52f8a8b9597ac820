"""The answers to the broker's three requests: a question's calls, a block's calls, one pair explained.

Every step may rely on the ones before: who vouches for the request, its shape, that it is counted; only then are
envelopes opened. What was opened is gone when the answer is made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from broker.errors import BadInput, NotAllowed, Untrusted
from broker.keys import context, signing
from broker.keys.custodial import SigningKey
from broker.linkage.levels import NOT_HELD
from broker.linkage.waterfall import Waterfall
from broker.linkunit import grants, tickets
from broker.linkunit.compare import UNUSABLE, Judge, Rows
from broker.linkunit.envelopes import Opener, Statement, question_name
from broker.linkunit.ledger import Ledger
from broker.linkunit.seen import seen_in
from broker.wire.comparison import (
    LEVELS_OF,
    SIZES,
    BlockAnswer,
    BlockRequest,
    CompareAnswer,
    Compared,
    CompareRequest,
    ExplainAnswer,
    ExplainRequest,
    FieldLevel,
)

Usable = Callable[[str, Statement], bool]


@dataclass(frozen=True)
class Comparing:
    """What comparisons need. `model` is the digest of the match model's file, in hex."""

    opener: Opener
    judge: Judge
    model: str
    ledger: Ledger
    signing_key: SigningKey = field(repr=False)

    def question(self, asked: CompareRequest, *, nonce: str, now: int) -> CompareAnswer:
        """One call of a question. Raises `BadInput`, `Conflict`, `NotAllowed`, `QuotaReached` or `Untrusted`."""
        ticket, trust = asked.ticket, self.opener.trust
        # 1. An agency's desk vouches for the question, now.
        tickets.check_ticket(ticket, trust, now=now)
        # 2. It is of the right size, about the question's own envelope and what the first call found certain.
        digests = _digests(asked.envelopes)
        earlier = asked.earlier
        if earlier is not None:
            self._check_earlier(earlier, context.COMPARISON)
            if (earlier.ticket, earlier.agency) != (ticket.id, ticket.agency):
                raise _ANOTHER
        _check_pivots(asked, digests, ticket.envelope, least=self.judge.model.bounds.certain)
        # 3. It is counted, on disk.
        tickets.count_call(self.ledger, ticket, asked.call, nonce=nonce, now=now)
        # 4. Only its own envelope speaks for the question, and only posted ones for records.
        own = (question_name(ticket.id), ticket.agency)

        def usable(digest: str, statement: Statement) -> bool:
            if digest == ticket.envelope:
                return statement.use == "ask" and (statement.name, statement.agency) == own
            return statement.use == "post"

        statements = self._statements(asked.envelopes, digests, usable)
        rows = self._rows(asked, statements)
        # 5. How many of them no match key speaks for is counted too, before the answer leaves.
        tickets.note_seen(self.ledger, ticket, seen_in(digests, statements, asked.pivots, rows=rows), now=now)
        table = self._table(asked, digests, rows)
        unsigned = CompareAnswer(ticket=ticket.id, agency=ticket.agency, **table)
        return signing.sign(unsigned, context.COMPARISON, signing_key=self.signing_key)

    def block(self, asked: BlockRequest, *, nonce: str, now: int) -> BlockAnswer:
        """One call of a block of a population run. Raises as `question` does."""
        terms = asked.grant.terms
        # 1. Two people allow the run, now.
        grants.check_grant(asked.grant, self.opener.trust, now=now)
        # 2. It is of the right size, about a record of the granted list and what the first call found certain.
        digests = _digests(asked.envelopes)
        pivot = digests[asked.pivots[0]] if asked.pivots[0] < len(digests) else ""
        earlier = asked.earlier
        if earlier is not None:
            self._check_earlier(earlier, context.BLOCK)
            pivot = earlier.envelopes[earlier.pivots[0]]
            if (earlier.grant, earlier.index) != (terms.id, asked.index):
                raise _ANOTHER
        _check_pivots(asked, digests, pivot, least=self.judge.model.bounds.certain)
        grants.check_pivot(asked, pivot)
        # 3. It is counted, on disk.
        grants.count_block(self.ledger, terms, asked.call, index=asked.index, nonce=nonce, now=now)
        # 4. A run compares records with records.
        statements = self._statements(asked.envelopes, digests, lambda _, statement: statement.use == "post")
        rows = self._rows(asked, statements)
        grants.note_seen(self.ledger, asked, seen_in(digests, statements, asked.pivots, rows=rows), now=now)
        # 5. How the fields agree is told only where the two people allowed a run for which it is needed.
        row = rows[[digests[index] for index in asked.pivots].index(pivot)]
        letters = self._letters(digests.index(pivot), statements, row, told=LEVELS_OF.get(terms.purpose, ""))
        table = self._table(asked, digests, rows)
        unsigned = BlockAnswer(grant=terms.id, index=asked.index, levels=letters, **table)
        return signing.sign(unsigned, context.BLOCK, signing_key=self.signing_key)

    def explanation(self, asked: ExplainRequest, *, nonce: str, now: int) -> ExplainAnswer:
        """How the fields of one pair agree, for a reviewer. Raises as `question` does."""
        ticket = asked.ticket
        tickets.check_ticket(ticket, self.opener.trust, now=now)
        if tuple(_digests(asked.envelopes)) != ticket.envelopes:
            raise NotAllowed("envelope-differs", "the ticket was made for other envelopes")
        tickets.count_review(self.ledger, ticket, nonce=nonce, now=now)
        one, other = (self.opener.open(envelope) for envelope in asked.envelopes)
        if not one.use == other.use == "post":
            raise Untrusted("envelope-unusable", "an envelope can't be used")
        [row] = self.judge.rows([one], [other])
        if row.bands == UNUSABLE:
            raise Untrusted("envelope-unusable", "an envelope can't be used")
        # Strangers weigh one constant, whoever they are: no field adds anything to it.
        adds = None if row.strangers[0] else self.judge.waterfall(one, other)
        unsigned = ExplainAnswer(
            v=1,
            ticket=ticket.id,
            agency=ticket.agency,
            model=self.model,
            envelopes=ticket.envelopes,
            bits=row.bits[0],
            band=row.bands,
            fields=self._fields(one, other, adds),
            before=tenths(adds.before) if adds else None,
            signature=signing.UNSIGNED,
        )
        return signing.sign(unsigned, context.EXPLANATION, signing_key=self.signing_key)

    def _fields(self, one: Statement, other: Statement, adds: Waterfall | None) -> tuple[FieldLevel, ...]:
        """How far each field agrees, and what it adds where it is held and something adds up."""
        agreement = self.judge.fields(one, other)
        added = [tenths(one) for one in adds.added] if adds else [None] * len(agreement)
        return tuple(
            FieldLevel(field=name, level=level, adds=None if level == NOT_HELD else more)
            for (name, level), more in zip(agreement.items(), added, strict=True)
        )

    def _check_earlier(self, earlier: CompareAnswer | BlockAnswer, label: bytes) -> None:
        try:
            signing.verify(earlier, label, public_key=self.signing_key.public_key())
        except Untrusted:
            raise _ANOTHER from None
        if earlier.call != 1 or earlier.model != self.model:
            raise _ANOTHER

    def _letters(self, pivot: int, statements: Sequence[Statement | None], row: Rows, *, told: str) -> tuple[str, ...]:
        """The field levels of the pivot with each envelope whose band is one of `told` and that is no stranger; else
        empty."""
        mine = statements[pivot]
        others = {
            at: other for at, other in enumerate(statements)
            if other is not None and other is not mine and row.bands[at] in told and not row.strangers[at]
        }  # fmt: skip
        if mine is None or not others:
            return ("",) * len(statements)
        found = dict(zip(others, self.judge.letters(mine, list(others.values())), strict=True))
        return tuple(found.get(at, "") for at in range(len(statements)))

    def _rows(self, asked: CompareRequest | BlockRequest, statements: Sequence[Statement | None]) -> list[Rows]:
        """A row for each pivot. Raises `Untrusted` when one can't be used."""
        pivots = [one for index in asked.pivots if (one := statements[index]) is not None]
        if len(pivots) != len(asked.pivots):
            raise Untrusted("pivot-unusable", "an envelope that stands as a pivot can't be used")
        return self.judge.rows(pivots, statements)

    def _table(
        self, asked: CompareRequest | BlockRequest, digests: Sequence[str], rows: Sequence[Rows]
    ) -> dict[str, Any]:
        """What answers to questions and blocks have in common, unsigned."""
        return {
            "v": 1,
            "call": asked.call,
            "model": self.model,
            "envelopes": tuple(digests),
            "pivots": asked.pivots,
            "bits": tuple(row.bits for row in rows),
            "placeless": tuple(row.placeless for row in rows),
            "bands": tuple(row.bands for row in rows),
            "signature": signing.UNSIGNED,
        }

    def _statements(self, envelopes: Sequence[bytes], digests: Sequence[str], usable: Usable) -> list[Statement | None]:
        """What is in each envelope, None where it can't be used. Each is opened once; padding repeats one."""
        opened: dict[str, Statement | None] = {}
        for digest, envelope in dict(zip(digests, envelopes, strict=True)).items():
            try:
                statement = self.opener.open(envelope)
            except Untrusted:
                opened[digest] = None
            else:
                opened[digest] = statement if usable(digest, statement) else None
        return [opened[digest] for digest in digests]


def tenths(bits: float) -> int:
    """Bits as they are told: in whole tenths."""
    return round(10 * bits)


def _digests(envelopes: Sequence[bytes]) -> list[str]:
    return [hashlib.sha256(envelope).hexdigest() for envelope in envelopes]


def _check_pivots(asked: CompareRequest | BlockRequest, digests: Sequence[str], first: str, *, least: float) -> None:
    """Raises unless size, pivots and earlier answer fit the call; `first` is the digest of the call's own pivot."""
    if len(digests) != SIZES[asked.call]:
        raise BadInput("comparison-size", f"call {asked.call} takes exactly {SIZES[asked.call]} envelopes")
    if (asked.earlier is None) != (asked.call == 1):
        raise BadInput("earlier-missing", "the second call brings the first one's answer, and the first brings none")
    if max(asked.pivots) >= len(digests):
        raise BadInput("pivot-unknown", "a pivot is not among the envelopes", field="pivots")
    named = [digests[index] for index in asked.pivots]
    allowed = {first} | (_certain(asked.earlier, first, least) if asked.earlier else set())
    if first not in named or not set(named) <= allowed or len(set(named)) != len(named):
        raise NotAllowed("pivot-refused", "only the question, and what the first call found certain, stand as pivots")


def _certain(earlier: Compared, first: str, least: float) -> set[str]:
    """What the first call found certain against the question, with its address or without."""
    row = next((n for n, index in enumerate(earlier.pivots) if earlier.envelopes[index] == first), None)
    if row is None:
        return set()
    table = zip(earlier.envelopes, earlier.bands[row], earlier.placeless[row], strict=True)
    return {digest for digest, band, half in table if band == "c" or (band in "pb" and half >= 2 * least)}


_ANOTHER = Untrusted("earlier-refused", "the earlier answer is not ours on the first call of this ticket or block")
