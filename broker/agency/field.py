"""What reading one cell can come to: a usable value, nothing, something that stands for nothing, or a mistake."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

State = Literal["valid", "blank", "placeholder", "invalid"]


@dataclass(frozen=True)
class Field:
    """One cell read. `value` is canonical and held only when valid; `reason` says why not, without the value.

    `unchecked` is a well-formed identifier whose check digit fails: one wrong digit leaves its other half right.
    `others` are further values that the same cell gives.
    """

    state: State
    value: str = field(default="", repr=False)
    reason: str = ""
    unchecked: str = field(default="", repr=False)
    others: tuple[str, ...] = field(default=(), repr=False)


BLANK = Field("blank")


def valid(value: str, *, others: tuple[str, ...] = ()) -> Field:
    """A usable, canonical value, and others that the cell gives beside it."""
    return Field("valid", value, others=others)


def placeholder(reason: str) -> Field:
    """Something typed because the system wanted something: it says nothing about the person."""
    return Field("placeholder", reason=reason)


def invalid(reason: str, *, unchecked: str = "") -> Field:
    """A mistake, with the reason in plain words."""
    return Field("invalid", reason=reason, unchecked=unchecked)


def word_set(text: str) -> frozenset[str]:
    """The words of `text`, which is how lists of words are written in this room."""
    return frozenset(text.split())
