"""What a person wrote, from one agency's desk to another's: the broker carries it and can't read it.

    sealed = seal_words({"need": "...", "otherwise": "..."}, about, public_key=trust.agency("voluntary").seal_key)
    open_words(sealed, about, private_keys=[secrets.hybrid("seal")])

Sealed under X-Wing to the reader's agency and bound to who wrote it to whom about what, so that the broker can't put
one text in the place of another. All texts of a kind have one length.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey, MLKEM768X25519PublicKey

from broker.errors import BadInput, Untrusted
from broker.keys import context
from broker.keys.envelope import pad, unpad
from broker.keys.sealing import open_hybrid, seal_hybrid

Kind = Literal["challenge", "because", "emergency", "explained"]
LONGEST: Mapping[Kind, int] = {"challenge": 2048, "because": 2048, "emergency": 1024, "explained": 2048}
"""How many bytes the texts of each kind are filled up to before they are sealed."""
OVERHEAD = 1088 + 32 + 16
"""What X-Wing (draft-connolly-cfrg-xwing-kem) and the AEAD add."""


@dataclass(frozen=True)
class About:
    """Who wrote what kind of text to whom, and the reference of what it is about."""

    kind: Kind
    writer: str
    reader: str
    reference: str


def sealed_bytes(kind: Kind) -> int:
    """The length of every sealed text of a kind."""
    return LONGEST[kind] + OVERHEAD


def seal_words(words: Mapping[str, str], about: About, *, public_key: MLKEM768X25519PublicKey) -> bytes:
    """The texts by name, for the reader alone. Raises `BadInput` when they are too long."""
    plain = pad(json.dumps(dict(words), ensure_ascii=False).encode(), LONGEST[about.kind])
    if len(plain) > LONGEST[about.kind]:
        hint = f"about {LONGEST[about.kind] // 2 - 100} letters fit"
        raise BadInput("words-too-long", "this is more text than fits", hint=hint)
    return seal_hybrid(plain, public_key, info=_info(about))


def open_words(sealed: bytes, about: About, *, private_keys: Sequence[MLKEM768X25519PrivateKey]) -> dict[str, str]:
    """The texts by name. Raises `Untrusted` when none of the keys opens them as what they are given out for."""
    for key in private_keys:
        try:
            words = json.loads(unpad(open_hybrid(sealed, key, info=_info(about))))
        except (Untrusted, ValueError, RecursionError):
            continue
        if isinstance(words, dict) and all(isinstance(text, str) for text in words.values()):
            return words
    raise Untrusted("seal-broken", "what was written does not open: it was changed, or is for another agency")


def _info(about: About) -> bytes:
    return context.bind(context.WORDS_SEAL, about.kind, about.writer, about.reader, about.reference)
