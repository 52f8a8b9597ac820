"""The broker has envelopes sealed again to the linkage unit's newest key, and believes only what was signed for it.

    run = Resealing(unit, grant)
    run(envelopes)       the new envelope of each, in order, or None where it could not be used

What comes back can't be looked into: that it is the same statement rests on the linkage unit, as every comparison does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from broker.keys import context
from broker.peers.block_run import RELAYED
from broker.peers.linkage_unit import LinkageUnit, check_same
from broker.wire.grant import Grant
from broker.wire.reseal import ResealAnswer, ResealRequest


@dataclass(frozen=True)
class Resealing:
    """A grant in use."""

    unit: LinkageUnit
    grant: Grant

    def __call__(self, envelopes: Sequence[bytes]) -> list[bytes | None]:
        """Up to 64 envelopes, sealed again.

        Raises `Unavailable` when there is no answer that verifies, and what `RELAYED` names as the unit says it.
        """
        request = ResealRequest(v=1, grant=self.grant, envelopes=tuple(envelopes))
        body = request.model_dump_json(exclude_none=True).encode()
        answer = self._checked(request, self.unit.send("/v1/reseal", body, relayed=RELAYED | {"grant-purpose"}))
        made = iter(answer.envelopes)
        unusable = frozenset(answer.unusable)
        return [None if at in unusable else next(made) for at in range(len(envelopes))]

    def _checked(self, request: ResealRequest, body: bytes) -> ResealAnswer:
        answer = self.unit.verify(ResealAnswer, body, label=context.RESEALED)
        received = tuple(hashlib.sha256(one).hexdigest() for one in request.envelopes)
        usable = [len(one) for at, one in enumerate(request.envelopes) if at not in set(answer.unusable)]
        asked = (request.grant.terms.id, self.unit.trust.linkage_unit.seal_number, received, usable)
        check_same((answer.grant, answer.seal, answer.received, list(map(len, answer.envelopes))), asked)
        return answer
