"""Every line that two policy sets write differently, whether or not an outcome changes by it.

    agreements / ISA-2026-003 / lifecycle / expires: 2028-04-01 -> 2030-04-01

Some lines decide what the analysed space takes as given (dates, training, who may sign), others are only read by
people. Whoever signs a change sees all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from broker.policy.policies import Policies

DECIDING = frozenset({"unknown", "status", "effective_from", "expires", "grace_days", "training_valid", "agency"})
DECIDING |= {"secret", "existence", "category"}
_NAMES = ("id", "agency", "gateway", "category")


@dataclass(frozen=True)
class Rewritten:
    """One value at `place`; None where it isn't there."""

    place: tuple[str, ...]
    before: Any
    after: Any

    @property
    def decides(self) -> bool:
        """Whether the line decides what a fact is taken to be, so that decisions change where no outcome does, or what
        is proven of every change after this one."""
        return self.place[-1] in DECIDING or self.loosens

    @property
    def loosens(self) -> bool:
        """Whether a sentence that must stay true is no longer there as it was."""
        return self.place[0] == "invariants" and self.before is not None


def rewritten(old: Policies, new: Policies) -> tuple[Rewritten, ...]:
    """What is written differently in `new`, in the order of the files; an entry that comes or goes is one line."""
    return () if old.digest == new.digest else tuple(_compared((), _written(old), _written(new)))


def _written(policies: Policies) -> dict[str, Any]:
    files: dict[str, Any] = {
        "vocabulary": policies.vocabulary,
        "gateways": dict(policies.gateways),
        "protections": policies.protections,
        "agreements": dict(policies.agreements),
        "invariants": policies.invariants,
        "embargoes": policies.embargoes,
    }
    return {name: _plain(value) for name, value in files.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return value.model_dump(mode="json", by_alias=True)


def _compared(place: tuple[str, ...], before: Any, after: Any) -> Iterator[Rewritten]:
    if before == after:
        return
    before, after = _named(before, after), _named(after, before)
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys((*before, *after)):
            yield from _compared((*place, str(name)), before.get(name), after.get(name))
    else:
        yield Rewritten(place, before, after)


def _named(value: Any, other: Any) -> Any:
    """A list of entries as a mapping by their names, so that one more in the middle doesn't shift the rest."""
    both = (*(value if isinstance(value, list) else ()), *(other if isinstance(other, list) else ()))
    if not isinstance(value, list) or not both or not all(isinstance(one, dict) for one in both):
        return value
    found: dict[str, Any] = {}
    for one in value:
        name = next((str(one[key]) for key in _NAMES if key in one), "")
        found[name if name not in found else f"{name} ({len(found)})"] = one
    return found
