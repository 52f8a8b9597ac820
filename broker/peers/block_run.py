"""One population run as the broker asks it of the linkage unit: a block for each record of a granted list.

    run = BlockRun(unit, grant, granted)       granted: the digests that two people signed for, in order
    block = run.block(index, envelope)         one record: exactly two calls, as a question has
    block(Compare(...), envelopes)             weights, as `Comparison` gives them
    block.levels                               how fields agree with the others, where the grant's purpose needs it

The record's own envelope stands in the place of the question's, so its row among the candidates is the question itself:
it is not sent a second time, and what is said of the one holds for the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from broker.audit import tree
from broker.keys import context
from broker.linkage.steps import QUESTION, Compare, Pair, Weight, pair
from broker.peers.linkage_unit import LinkageUnit, check_same, shuffled, weights_of
from broker.wire.comparison import SIZES, BlockAnswer, BlockRequest, Call
from broker.wire.grant import Grant

RELAYED = frozenset(
    {"block-used", "grant-expired", "grant-one-organisation", "grant-one-person", "grant-place", "grant-signature"}
    | {"grant-used-up", "granter-unknown", "pivot-not-granted", "pivot-unusable"}
)
"""What whoever runs it can do something about, or what leaves one record out."""


@dataclass(frozen=True)
class Granted:
    """The records that a grant is about: SHA-256 digests of their envelopes, in their own order."""

    digests: Sequence[bytes]

    @cached_property
    def root(self) -> bytes:
        """What `GrantTerms.pivots` says, in bytes."""
        return tree.root(len(self.digests), self._nodes)

    def proof(self, index: int) -> tuple[str, ...]:
        """That the digest at `index` is in the list."""
        return tuple(node.hex() for node in tree.inclusion_proof(index, len(self.digests), nodes=self._nodes))

    @cached_property
    def _nodes(self) -> tree.Nodes:
        return tree.reader(tree.append(0, map(tree.leaf_hash, self.digests), nodes=tree.reader({})))


@dataclass(frozen=True)
class BlockRun:
    """A grant in use."""

    unit: LinkageUnit
    grant: Grant
    granted: Granted

    def block(self, index: int, own: bytes, envelope: bytes) -> Block:
        """The comparisons of the granted record at `index`: its record id and its envelope."""
        return Block(self, index, own, envelope)


@dataclass
class Block:
    """One record's licence: the first call, then the second. `levels` are letters by the other record's id."""

    run: BlockRun
    index: int
    own: bytes
    envelope: bytes = field(repr=False)
    earlier: BlockAnswer | None = None
    levels: dict[bytes, str] = field(default_factory=dict, repr=False)

    def __call__(self, wanted: Compare, envelopes: Mapping[bytes, bytes]) -> dict[Pair, Weight]:
        """The weights of every pivot with every other envelope, by record id.

        Raises `Unavailable` when there is no answer that verifies, and what `RELAYED` names as the unit says it.
        """
        call: Call = 1 if wanted.call == 1 else 2
        pivots = [name for name in wanted.pivots if name != self.own]
        names = [*pivots, *(name for name in wanted.others if name != self.own)]
        order = shuffled([*names, *[QUESTION] * (SIZES[call] - len(names))], self.run.unit.random)
        held = {QUESTION: self.envelope, **envelopes}
        request = BlockRequest(
            v=1,
            grant=self.run.grant,
            index=self.index,
            proof=self.run.granted.proof(self.index),
            call=call,
            envelopes=tuple(held[name] for name in order),
            pivots=tuple(order.index(name) for name in pivots),
            earlier=self.earlier,
        )
        body = request.model_dump_json(exclude_none=True).encode()
        answer = self._checked(request, self.run.unit.send("/v1/blocks", body, relayed=RELAYED))
        self.earlier = answer
        self.levels |= {name: said for name, said in zip(order, answer.levels, strict=True) if said}
        found = weights_of(answer, order)
        return self._with_own(found, answer, order) if self.own in {*wanted.pivots, *wanted.others} else found

    def _with_own(self, found: dict[Pair, Weight], answer: BlockAnswer, order: Sequence[bytes]) -> dict[Pair, Weight]:
        """What was found, and the same of the record itself, which has the question's evidence."""
        mirrored = {frozenset({self.own} | (two - {QUESTION})): one for two, one in found.items() if QUESTION in two}
        at = order.index(QUESTION)
        row = answer.pivots.index(at)
        bits, placeless = answer.bits[row][at] / 2, answer.placeless[row][at] / 2
        return found | mirrored | {pair(QUESTION, self.own): Weight(bits, placeless)}

    def _checked(self, request: BlockRequest, body: bytes) -> BlockAnswer:
        unit = self.run.unit
        answer = unit.verify(BlockAnswer, body, label=context.BLOCK)
        digests = tuple(hashlib.sha256(one).hexdigest() for one in request.envelopes)
        said = (answer.grant, answer.index, answer.call, answer.model, answer.envelopes, answer.pivots)
        asked = (request.grant.terms.id, request.index, request.call, unit.trust.model, digests, request.pivots)
        check_same(said, asked)
        return answer
