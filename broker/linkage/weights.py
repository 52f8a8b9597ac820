"""What an agreement of match keys is worth, in bits, and which band that is: the rule until evidence is compared.

An identifier (NHS number, NINO, UPN) agrees, or two match keys agree of which one holds a forename: *certain*. One
match key alone is right in 39 to 77 % of cases, and date of birth with the postcode and the surname is what twins
share, so those are *probable*: enough to protect and to say whom to ring, never to share. NHS numbers or UPNs that
differ veto, whatever else agrees: they have a check digit, so neither is a slip, and twins' numbers can follow each
other. A NINO has none and can be mistyped unnoticed, so its conflict yields where one of its halves agrees with both
names, or where both names agree at both ends, with the birthday and an address.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from broker.linkage.compare import Agreement
from broker.tokens import Scheme

Band = Literal["certain", "probable", "below"]

VETO = -10.0
"""Bits for a conflict of identifiers, or a person's verdict that two records are not about the same person."""
NOTHING_SHARED = -2.0
BARELY = 4.0
"""Bits that are just enough for *certain*."""
VERDICT = 10.0

WITHOUT_CHECK_DIGIT = frozenset({"nino"})
WHOLE_NAMES = (frozenset({"fn3", "sn3", "dob"}), frozenset({"fnS", "snS", "dob"}))
"""Together they say that both names agree at both ends, and the birthday."""


@dataclass(frozen=True)
class Rule:
    """The fallback rule for one scheme: which match keys are whole identifiers, their halves, and hold a forename."""

    identifiers: frozenset[int]
    halves: frozenset[int]
    forenames: frozenset[int]
    unchecked: frozenset[int]
    whole_names: frozenset[int]
    homes: frozenset[int]

    def weight(self, found: Agreement) -> float:
        """The match weight in bits: positive speaks for the same person."""
        if found.shared & self.identifiers:
            return 10.0
        if found.differing & (self.identifiers - self.unchecked):
            return VETO
        if found.differing & self.unchecked and not found.shared & self.halves:
            return BARELY if self._yields(found) else VETO
        if not found.shared:
            return NOTHING_SHARED
        if len(found.shared) >= 2 and found.shared & self.forenames:
            return 4.0 + min(len(found.shared), 6)
        return 1.0

    def _yields(self, found: Agreement) -> bool:
        return self.whole_names <= found.shared and bool(found.shared & self.homes)

    def band(self, weight: float) -> Band:
        """*certain* from 4 bits, *probable* above 0, else *below*."""
        if weight >= 4.0:
            return "certain"
        return "probable" if weight > 0 else "below"


def rule_of(scheme: Scheme) -> Rule:
    """The fallback rule of a scheme: one-atom keys are identifiers, longer ones hold a half of one."""
    keys = {key.number: frozenset(key.atoms) for key in scheme.match_keys}
    identifiers = frozenset(key.number for key in scheme.match_keys if key.identifier and len(key.atoms) == 1)
    return Rule(
        identifiers=identifiers,
        halves=frozenset(key.number for key in scheme.match_keys if key.identifier) - identifiers,
        forenames=frozenset(key.number for key in scheme.match_keys if key.forename),
        unchecked=frozenset(number for number in identifiers if keys[number] <= WITHOUT_CHECK_DIGIT),
        whole_names=frozenset(number for number, atoms in keys.items() if atoms in WHOLE_NAMES),
        homes=frozenset(number for number, atoms in keys.items() if "pc" in atoms),
    )
