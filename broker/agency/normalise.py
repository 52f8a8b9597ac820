"""Single values in the one form that every agency writes them, so that equal people look equal.

    forename("Dr. Siobhán (known as Shiv)")  "siobhan"        surname("O'Brien"), surname("O BRIEN")  "obrien"
    read_sex("Female")                       f                read_phone("07700 900123")              +447700900123
    read_place("Leeds, England")             leeds            forename("Twin 1"), forename("Test")    ""

What else a name cell says is in `forenames` and `surnames`, the words that are no names in `nameparts`.
"""

from __future__ import annotations

import re
import unicodedata

from broker.agency.field import BLANK, Field, invalid, placeholder, valid, word_set
from broker.agency.forenames import read_given
from broker.agency.latin import plain
from broker.agency.surnames import read_family

_UNKNOWN = word_set("unknown notknown notstated notspecified na nk none null tbc u x i 0 9 other indeterminate")
_SEXES = {
    "m": "m",
    "male": "m",
    "man": "m",
    "boy": "m",
    "1": "m",
    "f": "f",
    "female": "f",
    "woman": "f",
    "girl": "f",
    "2": "f",
}
_PHONE_PLACEHOLDERS = word_set("+447000000000 +447123456789 +447111111111 +441234567890")
_EMAIL = re.compile(r"^[a-z0-9._%+'-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+$")
_EMAIL_PLACEHOLDERS = word_set("none no noemail nomail unknown test na donotreply noreply notknown")
_SHORTEST_PLACE, _LONGEST_PLACE = 3, 60
# A country is the birthplace of too many to be evidence.
_NO_PLACE = word_set(
    """
    unknown notknown notstated na nk none null tbc uk gb gbr eng england scotland wales britain greatbritain
    unitedkingdom northernireland abroad overseas other
    """
)


def forename(text: str) -> str:
    """The forename in use in `text`, a-z only; empty when there is none. Doing it twice changes nothing."""
    return read_given(text).main.value


def surname(text: str) -> str:
    """The family name in `text` as one word, a-z only; empty when there is none. Doing it twice changes nothing."""
    return read_family(text).value


def read_sex(text: str) -> Field:
    """`m` or `f`; anything that says neither is a placeholder, because it is no evidence for or against a match."""
    word = re.sub(r"[^a-z0-9]", "", plain(text))
    if not text.strip():
        return BLANK
    if word in _SEXES:
        return valid(_SEXES[word])
    return placeholder("neither male nor female") if word in _UNKNOWN else invalid("not a code for sex")


def read_phone(text: str) -> Field:
    """A telephone number as E.164; one without a country code is British."""
    if not text.strip():
        return BLANK
    compact = re.sub(r"[\s().\-/]", "", plain(text))
    compact = re.sub(r"(?:ext?|x)\d{1,6}$", "", compact)
    compact = re.sub(r"^00", "+", compact)
    compact = re.sub(r"^\+440", "+44", compact)
    compact = re.sub(r"^0(?=[1-9])", "+44", compact)
    # A spreadsheet that took it for a number has eaten the leading nought.
    compact = re.sub(r"^(?=7\d{9}$)", "+44", compact)
    if compact in _PHONE_PLACEHOLDERS or len(set(compact[-9:])) == 1:
        return placeholder("a made-up number")
    if re.fullmatch(r"\+44[1-9]\d{8,9}", compact) or re.fullmatch(r"\+(?!44)[1-9]\d{7,14}", compact):
        return valid(compact)
    return invalid("not a telephone number")


def read_email(text: str) -> Field:
    """An e-mail address in lower case."""
    if not text.strip():
        return BLANK
    lower = unicodedata.normalize("NFKC", text).strip().lower()
    if not _EMAIL.match(lower):
        return invalid("not an e-mail address")
    mailbox, _, domain = lower.partition("@")
    made_up = mailbox.replace(".", "") in _EMAIL_PLACEHOLDERS or domain.startswith(("example.", "noemail"))
    return placeholder("a made-up address") if made_up else valid(lower)


def read_place(text: str) -> Field:
    """A place of birth, a-z only: what stands before the first comma, when it is more than a country."""
    if not text.strip():
        return BLANK
    name = re.sub(r"[^a-z]", "", plain(re.split(r"[,;(]", text)[0]))
    if len(name) < _SHORTEST_PLACE or name in _NO_PLACE:
        return placeholder("no place")
    return valid(name[:_LONGEST_PLACE])
