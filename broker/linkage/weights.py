"""What an agreement of match keys alone is worth, in bits: the rule for relatives, whose evidence nobody compares.

A ticket pays for comparisons with the person asked about, not with their family (docs/formats/comparison.md).

An identifier (NHS number, NINO, UPN) agrees, or two match keys agree of which one holds a forename and one a birthday:
*certain*. One match key alone, the birthday with the postcode and the surname that twins share, or the name and the
postcode that a father and son share, are *probable*: enough to protect and to say whom to ring, never to share. NHS
numbers or UPNs that differ veto, whatever else agrees: they have a check digit, so neither is a slip, and twins'
numbers can follow each other. A NINO has none and can be mistyped unnoticed, so its conflict yields where one of its
halves agrees with both names, or where every key of both names and the birthday agrees, and an address.
"""

from __future__ import annotations

from dataclasses import dataclass

from broker.linkage.compare import Agreement
from broker.linkage.model import Band
from broker.tokens import Scheme

VETO = -10.0
"""Bits for a conflict of identifiers, or a person's verdict that two records are not about the same person."""
NOTHING_SHARED = -2.0
BARELY = 4.0
"""Bits that are just enough for *certain*."""
VERDICT = 10.0

WITHOUT_CHECK_DIGIT = frozenset({"nino"})
_FORENAME = frozenset({"fn", "fnc", "fnp", "fn1", "fn3", "fnS", "nsw"})
_SURNAME = frozenset({"sn", "snp", "sn1", "sn3", "snS", "nsw"})
_BIRTHDAY = frozenset({"dob", "dsw"})
_PART_OF_BIRTH = _BIRTHDAY | {"ym", "yd", "md", "yy"}
_HOME = frozenset({"pc", "hnpc", "uprn"})


@dataclass(frozen=True)
class Rule:
    """The rule for one scheme: which match keys are whole identifiers, their halves, hold a forename or a birthday."""

    identifiers: frozenset[int]
    halves: frozenset[int]
    forenames: frozenset[int]
    birthdays: frozenset[int]
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
        if len(found.shared) >= 2 and found.shared & self.forenames and found.shared & self.birthdays:
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
    """The rule of a scheme: one-atom keys are identifiers, longer ones with a piece of one hold a half."""
    keys = {key.number: frozenset(key.atoms) for key in scheme.match_keys}
    identifiers = frozenset(key.number for key in scheme.match_keys if key.identifier and len(key.atoms) == 1)
    return Rule(
        identifiers=identifiers,
        halves=frozenset(key.number for key in scheme.match_keys if key.identifier) - identifiers,
        forenames=frozenset(number for number, atoms in keys.items() if atoms & _FORENAME),
        birthdays=frozenset(number for number, atoms in keys.items() if atoms & _PART_OF_BIRTH),
        unchecked=frozenset(number for number in identifiers if keys[number] <= WITHOUT_CHECK_DIGIT),
        whole_names=frozenset(number for number, atoms in keys.items() if _is_whole_name(atoms)),
        homes=frozenset(number for number, atoms in keys.items() if atoms & _HOME),
    )


def _is_whole_name(atoms: frozenset[str]) -> bool:
    """Whether a match key says both names and the birthday, and nothing else."""
    whole = bool(atoms & _FORENAME and atoms & _SURNAME and atoms & _BIRTHDAY)
    return whole and atoms <= _FORENAME | _SURNAME | _BIRTHDAY
