"""How two records agree, in words for a reviewer: each field in the match model's words, the weight, the band.

    date of birth             day differs                     +2.1
    address                   not held
    Weight +6.5 bits: about 91 to 1 that they are one person.
    To be checked: it may be one person, and is not enough to be told as certain.

The last column is what each field adds to the weight. What the services hold is not here: nobody but they know it. A
weight is log2 odds, in half bits on the wire; what a field adds is in tenths of a bit.
"""

from __future__ import annotations

from broker.agency.words import words
from broker.wire.comparison import HALF_BITS, ExplainAnswer

_FIELDS = {
    "birth": "date of birth",
    "nhs": "NHS number",
    "nino": "National Insurance number",
    "upn": "pupil number",
    "middle": "middle name",
    "phone": "telephone number",
    "email": "e-mail address",
    "birth_place": "place of birth",
}
BANDS = {
    "c": ("certain", "Certain: enough to be told as one person's."),
    "p": ("probable", "To be checked: it may be one person, and is not enough to be told as certain."),
    "b": ("below", "Below: these two alone would not have been brought together."),
    "x": ("conflict", "Conflict: a number or a birthday speaks for two people, whatever else agrees."),
    "d": ("conflict_of_birthdays", "Conflict of birthdays alone: it may be a slip of the pen, or two people."),
}
BEFORE, BOUNDS = "before they were compared", "rounded and kept in bounds"
_WIDTH, _LEVEL = 26, 32
_HEAD = f"{'Field':<{_WIDTH}}How the two agree (`not held`: one of them does not hold it)"


def field_name(field: str) -> str:
    """What a field of the match model is called."""
    return _FIELDS.get(field, words(field))


def band_name(answer: ExplainAnswer) -> str:
    """The band, as a stable word."""
    return BANDS[answer.band][0]


def weight_in_words(half_bits: int) -> str:
    """The odds behind a weight in half bits."""
    odds = 2 ** (abs(half_bits) / 2)
    if odds < 1.5:
        return "as likely one person as two"
    more = "more than" if abs(half_bits) >= HALF_BITS else "about"
    rounded = odds if odds < 100 else round(odds, 2 - len(str(int(odds))))
    return f"{more} {rounded:,.0f} to 1 that they are {'one person' if half_bits > 0 else 'two people'}"


def besides(answer: ExplainAnswer) -> dict[str, int]:
    """What makes the weight besides its fields, in tenths of a bit; nothing where it does not come from them."""
    if answer.before is None:
        return {}
    rest = 5 * answer.bits - answer.before - sum(one.adds or 0 for one in answer.fields)
    return {BEFORE: answer.before} | ({BOUNDS: rest} if rest else {})


def _adds(tenths: int | None) -> str:
    return "" if tenths is None else f"{tenths / 10:+.1f}"


def explained_lines(answer: ExplainAnswer) -> list[str]:
    """The table, the weight and the band, for people."""
    lines = [
        f"{field_name(one.field):<{_WIDTH}}{one.level:<{_LEVEL}}{_adds(one.adds)}".rstrip() for one in answer.fields
    ]
    lines += [f"{name:<{_WIDTH + _LEVEL}}{_adds(tenths)}" for name, tenths in besides(answer).items()]
    weight = f"Weight {answer.bits / 2:+.1f} bits: {weight_in_words(answer.bits)}."
    return [_HEAD, *lines, "", weight, BANDS[answer.band][1]]
