"""Whether a scheme may be used: the limits of the privacy gate, and in words which of them it breaks.

The limits are those of `docs/linkage-gate.md`, and hold for a million people: among fewer, everybody shares less, and
fewer look alike, so that structure is not judged there.
"""

from __future__ import annotations

from collections.abc import Iterator

from broker.agency.gate.measure import Figures
from broker.tokens import MAX_TOKENS, Scheme

PEOPLE = 1_000_000
MOST_UNIQUE = 0.001
MOST_SHARED = 0.0135
LARGEST_GROUP = 5
MOST_LABELS = 12.0
FEWEST_PIECES = 3
_TWO_PIECES = {"nsw", "hnpc"}
"""Atoms that hold two pieces of identity."""
_IDENTIFIERS = {"nhs", "nino", "upn", "nhsA", "nhsB", "ninoA", "ninoB", "upnA", "upnB", "phone", "email", "uprn"}
_STANDS_ALONE = {"dob|pc"}
"""Two atoms, but a date has three parts and a postcode two: it alone survives the loss of both names."""


def refusals(scheme: Scheme, figures: Figures) -> tuple[str, ...]:
    """What is wrong with `scheme`, one line each; none when it passes."""
    return (*_structure(figures), *_keys(figures), *_pieces(scheme))


def _structure(figures: Figures) -> Iterator[str]:
    if figures.people >= PEOPLE and figures.unique > MOST_UNIQUE:
        yield f"structure tells {figures.unique:.3%} of records apart, at most {MOST_UNIQUE:.1%} may be"
    if figures.labels.mean > MOST_LABELS:
        yield f"a plain record makes {figures.labels.mean:.1f} labels on average, at most {MOST_LABELS:.0f} are allowed"
    if figures.labels.most > MAX_TOKENS:
        yield f"a plain record can make {figures.labels.most} labels, at most {MAX_TOKENS} are allowed"


def _keys(figures: Figures) -> Iterator[str]:
    for key in figures.keys:
        if key.shared > MOST_SHARED:
            yield (
                f"match key {key.number} ({key.name}): {key.shared:.2%} of records share it with another person, "
                f"at most {MOST_SHARED:.2%} may"
            )
        if key.top > LARGEST_GROUP:
            yield f"match key {key.number} ({key.name}): {key.top} people share one label, at most {LARGEST_GROUP} may"


def _pieces(scheme: Scheme) -> Iterator[str]:
    for key in scheme.match_keys:
        pieces = sum(2 if atom in _TWO_PIECES else 1 for atom in key.atoms)
        if pieces < FEWEST_PIECES and not _IDENTIFIERS & set(key.atoms) and key.name not in _STANDS_ALONE:
            yield f"match key {key.number} ({key.name}) is made of fewer than {FEWEST_PIECES} pieces of identity"
