"""Names, sex, telephone and e-mail in the one form that every agency writes them, so that equal people look equal.

    "Dr. Siobhán (known as Shiv)"  ->  "siobhan"         "O'Brien", "o brien", "OBRIEN"   ->  "obrien"
    "Anne-Marie", "ANNE MARIE"     ->  "anne"            "MacDonald", "Mc Donald"         ->  "mcdonald"
    "Baby", "Twin 1", "Test"       ->  ""                "Van der Berg", "VANDERBERG"     ->  "vanderberg"

Order matters: compatibility form (NFKC), then Latin letters (`anyascii`, which keeps Ł and Ø where NFKD drops them),
then lower case, brackets and "known as", titles and suffixes, particles, and last everything that is not a-z.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

from broker.agency.field import BLANK, Field, invalid, placeholder, valid, word_set

_LONGEST = 200
_LONGEST_NAME = 60
_TITLES = word_set("mr mrs ms miss mx dr prof professor rev revd reverend hon sir dame lord lady master mstr")
# Written alone these are family names, the other titles never are.
_ALSO_SURNAMES = word_set("sir dame lord lady master")
_SUFFIXES = word_set("jr jnr junior sr snr senior ii iii iv esq obe mbe cbe phd md")
_PLACEHOLDER_STARTS = word_set("baby unborn twin triplet newborn infant unknown unnamed donotuse duplicate dummy")
_PLACEHOLDERS = word_set(
    """
    test tester testing none null nil notknown notgiven notrecorded notstated notapplicable noname
    nosurname noforename nofirstname nolastname donotuse dontuse anonymous anon refused withheld tbc tba
    nk xx xxx xxxx xxxxx zz zzz zzzz babyboy babygirl male female boy girl deceased delete deleted error
    """
)
_NOT_APPLICABLE = re.compile(r"^\W*n\s*[/.]\s*[ak]\W*$")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\"[^\"]*\"")
# Only after another word: Nee is a family name too.
_KNOWN_AS = re.compile(r"(?<=\S)\s+(?:known as|aka|a\.k\.a|k/a|a/k/a|formerly|nee|prefers|preferred)\b.*")
_MAC = re.compile(r"^mac(?=[bcdfghjklmnpqrstvwxyz][a-z]{3})")
_DO_NOT_USE = re.compile(r"\bdo\s*not\s*use\b|\bdon'?t\s*use\b")
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


def plain(text: str) -> str:
    """`text` in lower-case Latin letters with single spaces: the common first steps."""
    latin = anyascii(unicodedata.normalize("NFKC", text[: 4 * _LONGEST]))
    return " ".join(latin.lower().split())


@lru_cache(maxsize=65_536)
def read_forename(text: str) -> Field:
    """The first forename, a-z only."""
    return _read_name(text, first_only=True)


@lru_cache(maxsize=65_536)
def read_surname(text: str) -> Field:
    """The whole family name as one word, a-z only."""
    return _read_name(text, first_only=False)


def forename(text: str) -> str:
    """The first forename in `text`, a-z only; empty when there is none. Doing it twice changes nothing."""
    return read_forename(text).value


def surname(text: str) -> str:
    """The family name in `text` as one word, a-z only; empty when there is none. Doing it twice changes nothing."""
    return read_surname(text).value


def _read_name(text: str, *, first_only: bool) -> Field:
    if not text.strip():
        return BLANK
    if len(text) > _LONGEST:
        return invalid("a name is longer than 200 characters")
    lower = plain(text)
    if _NOT_APPLICABLE.match(lower) or _DO_NOT_USE.search(lower):
        return placeholder("stands for nobody")
    words = _words(_KNOWN_AS.sub("", _outside_brackets(lower)))
    if not words:
        return placeholder("no letters, or a title alone")
    if words[0] in _PLACEHOLDER_STARTS or "".join(words) in _PLACEHOLDERS:
        return placeholder("stands for nobody")
    name = (words[0] if first_only else _MAC.sub("mc", "".join(words)))[:_LONGEST_NAME]
    # A placeholder can hide behind a particle or hyphen: what comes out must never be one.
    if name in _PLACEHOLDERS or name in _PLACEHOLDER_STARTS or name in _TITLES - _ALSO_SURNAMES:
        return placeholder("stands for nobody")
    return valid(name)


def _outside_brackets(lower: str) -> str:
    outside = _BRACKETS.sub(" ", lower)
    return outside if any(letter.isalpha() for letter in outside) else lower


def _words(lower: str) -> list[str]:
    joined = re.sub(r"['`]", "", lower)
    words = [word for word in re.split(r"[^a-z]+", joined) if word]
    while len(words) > 1 and words[0] in _TITLES:
        words = words[1:]
    while len(words) > 1 and words[-1] in _SUFFIXES:
        words = words[:-1]
    return [] if len(words) == 1 and words[0] in _TITLES - _ALSO_SURNAMES else words


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
