"""Custody of the linkage key k: five people hold 33 words each (SLIP-39), any three give k back, two have nothing.

    split(k)                      five lists of words, one for each custodian, never for one place
    recover(words, public=k*G)    k, only if it is the k that was published
    rehearse(k)                   every choice of five custodians tried, for the drill

The backup of the key, not its use: whoever recovers k has all of it (sharing its use is `threshold`). The words carry a
checksum and the shares a digest, and what comes out must make the published point k*G. The library draws the randomness
of the shares from the operating system itself, the one draw in this room that is not handed in; it is part of the extra
`ceremony`, which a running service does not need.
"""

from __future__ import annotations

import hmac
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from broker import oprf
from broker.errors import BadInput, BrokerError, Misconfigured, Untrusted
from broker.keys.dleq import public_point

CUSTODIANS = 5
NEEDED = 3
WORDS = 33


@dataclass(frozen=True)
class Tried:
    """One choice of custodians in a drill: whether they should, and whether they did, bring k back."""

    custodians: tuple[int, ...]
    expected: bool
    recovered: bool

    @property
    def passed(self) -> bool:
        return self.expected == self.recovered


def split(secret: bytes) -> tuple[str, ...]:
    """The words of each custodian, for the scalar `secret`. Raises `Misconfigured` without the extra `ceremony`."""
    try:
        from shamir_mnemonic import generate_mnemonics
    except ImportError:
        raise _missing() from None
    [words] = generate_mnemonics(1, [(NEEDED, CUSTODIANS)], oprf.check_scalar(secret))
    return tuple(words)


def recover(words: Sequence[str], *, public: bytes) -> bytes:
    """The secret that `words` of `NEEDED` custodians stand for, whose public point is `public`.

    Raises `BadInput` for words that are mistyped, too few, too many or of different splits, naming none, `Untrusted`
    for another secret than the published one, and `Misconfigured` without the extra `ceremony`.
    """
    try:
        from shamir_mnemonic import MnemonicError, combine_mnemonics
    except ImportError:
        raise _missing() from None
    try:
        secret = bytes(combine_mnemonics(words))
    except (MnemonicError, ValueError):
        # The library's own message repeats words.
        hint = f"give the words of exactly {NEEDED} custodians of one split, and check their spelling"
        raise BadInput("custody-words-invalid", "these words do not stand for one key", hint=hint) from None
    try:
        found = public_point(secret)
    except BadInput:
        found = b""
    if not hmac.compare_digest(found, public):
        raise Untrusted("custody-key-other", "these words stand for another key than the published one")
    return secret


def rehearse(secret: bytes) -> Iterator[Tried]:
    """Splits a fresh test scalar and tries every choice of custodians: two must fail, three succeed."""
    words, public = split(secret), public_point(secret)
    for count in (NEEDED - 1, NEEDED):
        for chosen in itertools.combinations(range(CUSTODIANS), count):
            recovered = _recovers([words[index] for index in chosen], secret, public)
            yield Tried(tuple(index + 1 for index in chosen), count >= NEEDED, recovered)


def _recovers(words: Sequence[str], secret: bytes, public: bytes) -> bool:
    try:
        return hmac.compare_digest(recover(words, public=public), secret)
    except BrokerError:
        return False


def _missing() -> Misconfigured:
    hint = "install the extra `ceremony` on the ceremony's machine"
    return Misconfigured("ceremony-missing", "the words of custodians need `shamir-mnemonic`", hint=hint)
