"""Any text in lower-case Latin letters: the first step in reading a name, an address or a number.

"Siobhán", "SIOBHÁN", "SiobhÃ¡n" (UTF-8 taken for Windows-1252)  ->  "siobhan"
"Łukasz"  ->  "lukasz"          "Đặng"  ->  "dang"          "１２"  ->  "12"
"""

from __future__ import annotations

import re
import unicodedata

from anyascii import anyascii

LONGEST = 200
_SPOILT = re.compile("[ÂÃÄÅ][\u0080-\u00bf\u0152-\u2122]")


def plain(text: str) -> str:
    """`text` in lower-case Latin letters with single spaces.

    Compatibility form (NFKC) first, then `anyascii`, which keeps the Ł and Ø that taking accents off would drop.
    """
    latin = anyascii(unicodedata.normalize("NFKC", _mended(text[: 4 * LONGEST])))
    return " ".join(latin.lower().split())


def _mended(text: str) -> str:
    """Text that one system wrote as UTF-8 and another read as Windows-1252, as it was meant."""
    if not _SPOILT.search(text):
        return text
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text
