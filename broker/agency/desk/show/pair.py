"""How two records agree, for a reviewer: words for each field; once they have decided, weight and band too."""

from __future__ import annotations

from dataclasses import dataclass

from broker.agency.explained import BANDS, besides, field_name, weight_in_words
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
    """What the comparison says, to be shown after the decision. `at` is where the weight is on a scale of 0 to 100.

    `steps` make the weight, in bits: what is known before, then each field that both hold. `lacking` are those that one
    of the two does not hold. A weight that all strangers have has no steps.
    """

    bits: float
    odds: str
    band: str
    at: int
    steps: tuple[tuple[str, float], ...]
    lacking: tuple[str, ...]


def weighed(answer: ExplainAnswer) -> Weighed:
    """The weight in bits (log2 odds), in words, and the band."""
    at = round(100 * (answer.bits + HALF_BITS) / (2 * HALF_BITS))
    # First what is known before the fields, last what rounding and bounds make of the sum.
    beside = list(besides(answer).items())
    known = [
        (f"{field_name(one.field)}: {plain(one.level)}", one.adds) for one in answer.fields if one.adds is not None
    ]
    return Weighed(
        bits=answer.bits / 2,
        odds=capital(weight_in_words(answer.bits)),
        band=BANDS[answer.band][1],
        at=at,
        steps=tuple((capital(name), tenths / 10) for name, tenths in [*beside[:1], *known, *beside[1:]]),
        lacking=tuple(field_name(one.field) for one in answer.fields if one.level == "not held"),
    )


def services(blocks: tuple[KeptBlock, ...], called: dict[str, str]) -> list[dict[str, str]]:
    """The services of an answer by their numbers, as radio buttons."""
    return [
        {"value": str(at), "text": f"{plain(called.get(one.source, one.source))}: {whose(one)}", "hint": ""}
        for at, one in enumerate(blocks, start=1)
    ]
