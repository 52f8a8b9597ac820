"""UK postcodes: one canonical form, its parts, and the codes that stand for no place.

    "sw1a 1aa", "SW1A1AA", "SWlA IAA" (letters for digits)  ->  "SW1A1AA"
    outcode "SW1A", sector "SW1A1", incode "1AA"

The form follows the published rules (BS 7666): an area of one or two letters, a district, and an incode of a digit and
two letters, none of C I K M O V. Whether the code is in use is not checked: it only has to be the same twice.
"""

from __future__ import annotations

import re
from functools import lru_cache

from broker.agency.field import BLANK, Field, invalid, placeholder, valid, word_set
from broker.agency.latin import plain

_FORM = re.compile(r"^(?:GIR0AA|[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][ABD-HJLNP-UW-Z]{2})$")
_WORDS = word_set(
    """
    NFA NOFIXEDABODE NOFIXEDADDRESS UNKNOWN NOTKNOWN NA NK NONE NULL TBC HOMELESS XXXXXX XXX ABROAD
    OVERSEAS
    """
)
_PLACEHOLDER = re.compile(r"^(?:ZZ|XX|AA1A?1AA$|A11AA$)")
_DIGIT_FOR = str.maketrans("OILS", "0115")
_LETTER_FOR = str.maketrans("015", "OIS")


@lru_cache(maxsize=65_536)
def read_postcode(text: str) -> Field:
    """The postcode in `text`, upper case and without a space."""
    if not text.strip():
        return BLANK
    compact = re.sub(r"[^A-Z0-9]", "", plain(text).upper())
    if not compact or compact in _WORDS or _PLACEHOLDER.match(compact):
        return placeholder("a code or word for no known place")
    if not 5 <= len(compact) <= 8:
        return invalid("not the length of a postcode")
    repaired = _repair(compact)
    return valid(repaired) if _FORM.match(repaired) else invalid("not the form of a postcode")


def _repair(compact: str) -> str:
    """Letters typed for digits, and digits for letters, where the form leaves no doubt which was meant."""
    if _FORM.match(compact):
        return compact
    outcode, incode = compact[:-3], compact[-3:]
    incode = incode[0].translate(_DIGIT_FOR) + incode[1:].translate(_LETTER_FOR)
    area = outcode[0].translate(_LETTER_FOR)
    district = outcode[1:]
    if len(district) == 1:
        district = district.translate(_DIGIT_FOR)
    elif district[0].isalpha():
        district = district[0] + district[1].translate(_DIGIT_FOR) + district[2:]
    return area + district + incode


def sector(postcode: str) -> str:
    """The sector of a canonical postcode: outcode and first digit of the incode."""
    return postcode[:-2]


def outcode(postcode: str) -> str:
    """The outward half of a canonical postcode."""
    return postcode[:-3]


def incode(postcode: str) -> str:
    """The inward half of a canonical postcode, three characters."""
    return postcode[-3:]
