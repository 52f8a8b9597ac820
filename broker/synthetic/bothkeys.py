"""Comparing with the keys of both parties in one hand, which no party has: for measuring only.

What the linkage unit does for a question is done here for a measurement, by its own code and without a ticket, so that
thousands of look-ups can be held against the truth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from broker.errors import Untrusted
from broker.linkage.steps import QUESTION, Compare, Pair, Weight, pair
from broker.linkunit.compare import Judge
from broker.linkunit.envelopes import Opener, Statement
from broker.linkunit.heldkeys import envelope_keys
from broker.parts import Parts
from broker.synthetic.parties import Parties
from broker.vaults.secretfile import read_secrets


@dataclass
class BothKeys:
    """A comparer that opens envelopes itself; `pivot` is the envelope that stands for the question."""

    opener: Opener
    judge: Judge
    pivot: bytes = field(default=b"", repr=False)
    opened: dict[bytes, Statement | None] = field(default_factory=dict, repr=False)

    def __call__(self, wanted: Compare, envelopes: Mapping[bytes, bytes]) -> dict[Pair, Weight]:
        """The weights of every pivot with every other envelope."""
        held = {QUESTION: self.pivot, **envelopes}
        names = [*wanted.pivots, *wanted.others]
        statements = {name: self._open(held[name]) for name in names}
        found: dict[Pair, Weight] = {}
        for name in wanted.pivots:
            mine = statements[name]
            others = [other for other in names if other != name]
            if mine is not None:
                rows = self.judge.rows([mine], [statements[other] for other in others])[0]
                for other, bits, placeless, band in zip(others, rows.bits, rows.placeless, rows.bands, strict=True):
                    if band != "u":
                        found[pair(name, other)] = Weight(bits / 2, placeless / 2, band in "xd", band == "d")
        return found

    def _open(self, envelope: bytes) -> Statement | None:
        if envelope not in self.opened:
            try:
                self.opened[envelope] = self.opener.open(envelope)
            except Untrusted:
                self.opened[envelope] = None
        return self.opened[envelope]


def both_keys(parts: Parts, parties: Parties) -> BothKeys:
    """The comparer of a demonstration, whose parties' secrets are all on one machine."""
    secrets = read_secrets(parties.home("linkunit") / "secrets.json", owner="linkunit")
    return BothKeys(
        Opener(parts.trust, parts.scheme, envelope_keys(secrets, parts.trust)), Judge(parts.scheme, parts.model)
    )
