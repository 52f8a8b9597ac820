"""Why a look-up waits for an officer, in words: the alert rules A1 to A14, and what is looked at anyway."""

from __future__ import annotations

from collections.abc import Mapping

_REASONS: Mapping[str, str] = {
    "A1": "they looked themselves up",
    "A2": "the person is of their household, or a colleague",
    "A3": "we do not know the family, and they named no case",
    "A4": "an emergency that nobody has reviewed in time",
    "A5": "the person is under a protection",
    "A6": "far more families in a day than their colleagues",
    "A7": "many look-ups in a few minutes that found nobody or nothing",
    "A8": "several purposes tried for one person after a refusal",
    "A9": "at an hour at which they never work",
    "A10": "their first look-up after a long time",
    "A11": "a purpose that their role does not have otherwise",
    "A12": "several people whom nothing ties to one family looked at it in a day",
    "A13": "the operator opened this answer, and nothing here says why",
    "A14": "the log itself: its clock, its size or its witnesses are not as they must be",
    "emergency": "it was an emergency",
    "unexplained": "nothing explains it",
    "sample": "drawn by lot",
}


def reason(name: str) -> str:
    """Why, and by which rule: "they looked themselves up (A1)"."""
    known = _REASONS.get(name)
    if known is None:
        return name
    return f"{known} ({name})" if name[1:].isdigit() else known
