"""How two records agree, for a reviewer: words for each field, and weight and band once they have decided. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from broker.agency.explained import BANDS, field_name, weight_in_words
from broker.agency.kept_answers import whose
from broker.agency.receipts import KeptBlock
from broker.agency.words import capital, plain
from broker.wire.comparison import HALF_BITS, ExplainAnswer

SAYS = (
    {"value": "same", "text": "The same person", "hint": ""},
    {
        "value": "not_the_same",
        "text": "Two different people",
        "hint": "It holds for everybody, at once.",
    },
    {"value": "cant_tell", "text": "I can't tell", "hint": "A colleague gives a second opinion without seeing yours."},
)


def fields_shown(answer: ExplainAnswer) -> list[tuple[str, str]]:
    """Each field and how far the two agree in it; never what either holds."""
    return [(capital(field_name(one.field)), capital(plain(one.level))) for one in answer.fields]


@dataclass(frozen=True)
class Weighed:
    """What the comparison says, to be shown after the decision. `at` is where the weight is on a scale of 0 to 100."""

    bits: float
    odds: str
    band: str
    at: int


def weighed(answer: ExplainAnswer) -> Weighed:
    """The weight in bits (log2 odds), in words, and the band."""
    at = round(100 * (answer.bits + HALF_BITS) / (2 * HALF_BITS))
    return Weighed(answer.bits / 2, capital(weight_in_words(answer.bits)), BANDS[answer.band][1], at)


def services(blocks: tuple[KeptBlock, ...], called: dict[str, str]) -> list[dict[str, str]]:
    """The services of an answer by their numbers, as radio buttons."""
    return [
        {"value": str(at), "text": f"{plain(called.get(one.source, one.source))}: {whose(one)}", "hint": ""}
        for at, one in enumerate(blocks, start=1)
    ]
