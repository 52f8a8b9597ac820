"""The evidence key on its way from the agency that made it to the others, which nobody in between can open.

    share    the key, for an epoch and these agencies -> a signed file (wire.evidencekey)
    accept   the file -> the key, for this agency, unless it has no business here

Agencies hold one evidence key between them, so one makes it and the others take it. What is sealed is bound to place,
epoch, maker and taker, so that an entry moved into another file, or under another name, does not open.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field

from broker.agency.ownkeys import EVIDENCE, unseal
from broker.errors import BadInput, Conflict, NotAllowed, Untrusted
from broker.keys import context, sealing, signing
from broker.keys.listed import Agency
from broker.keys.messages import RequestSigner
from broker.keys.secrets import Secrets
from broker.keys.trust import Trust
from broker.wire.evidencekey import SealedFor, SharedEvidenceKey

KEY_BYTES = 32
_CHECK_BYTES = 15
# Not 10: two keys with the same 80 bits are found in an hour, by a maker who gives them to different agencies.
# Crockford's letters, without those that sound or look alike.
_LETTERS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ")


@dataclass(frozen=True)
class Taken:
    """A key that was accepted, its epoch, and what its maker reads out to hear that it is the same."""

    epoch: int
    key: bytes = field(repr=False)
    check: str
    by: str


def check_words(key: bytes, place: str, epoch: int) -> str:
    """Twenty-four letters that are the same at everybody who holds the key, and tell nothing of it."""
    made = hmac.digest(key, context.bind(context.EVIDENCE_CHECK, place, epoch), hashlib.sha256)
    text = base64.b32encode(made[:_CHECK_BYTES]).decode().translate(_LETTERS)
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def may_be_shared(trust: Trust, epoch: int) -> bool:
    """Whether a key of this epoch has any use: that of an open epoch, or of the one after, before it is opened."""
    return epoch in trust.evidence_epochs or epoch == trust.evidence_epoch + 1


def share(
    key: bytes, epoch: int, *, trust: Trust, to: Iterable[Agency], signer: RequestSigner, now: int
) -> SharedEvidenceKey:
    """The key, for those agencies, signed with this agency's delivery key. Raises `BadInput` for an epoch of no use."""
    if not may_be_shared(trust, epoch):
        raise _no_use(epoch)
    words, about = check_words(key, trust.place, epoch), (trust.place, epoch, signer.key_id)
    sealed = tuple(
        SealedFor(agency=one.agency, sealed=sealing.seal_hybrid(key, one.seal_key, info=_info(*about, to=one.agency)))
        for one in to
    )
    unsigned = SharedEvidenceKey(
        v=1, place=trust.place, epoch=epoch, by=signer.key_id, made=now, check=words, sealed=sealed,
        signature=signing.UNSIGNED,
    )  # fmt: skip
    return signing.sign(unsigned, context.EVIDENCE_KEY, signing_key=signer.private_key)


def accept(file: SharedEvidenceKey, *, trust: Trust, secrets: Secrets, agency: str) -> Taken:
    """The key in the file, for `agency`. Each step may rely on the ones before.

    Raises `Untrusted` or `NotAllowed` when another than an active agency's delivery key signed it or it is not for this
    agency, `BadInput` for another place or an epoch that is over or far ahead, `Conflict` when a key of it is held.
    """
    # 1. An agency of this place signed it, with a key it may use now.
    public_key = trust.signing_key(file.by, "post")
    signing.verify(file, context.EVIDENCE_KEY, public_key=public_key)
    if file.place != trust.place:
        raise BadInput("place-differs", "the evidence key is another place's", field="place")
    # 2. It is of use, and takes no other key's place: an old file that is sent again changes nothing.
    if not may_be_shared(trust, file.epoch):
        raise _no_use(file.epoch)
    if file.epoch in secrets.numbers(EVIDENCE):
        hint = "if its letters differ from yours, ask whoever made it, and the operator"
        raise Conflict("evidence-key-held", f"an evidence key of epoch {file.epoch} is held already", hint=hint)
    # 3. It was sealed to this agency, and is the key its maker reads out.
    mine = next((one for one in file.sealed if one.agency == agency), None)
    if mine is None:
        hint = "ask its maker for a file with your agency, once you are on the trust list"
        raise NotAllowed("evidence-key-not-yours", "the evidence key was not sealed to this agency", hint=hint)
    key = unseal(secrets, mine.sealed, info=_info(file.place, file.epoch, file.by, to=agency))
    if len(key) != KEY_BYTES or check_words(key, file.place, file.epoch) != file.check:
        raise Untrusted("evidence-key-other", "the sealed key is not the one whose letters the file states")
    return Taken(file.epoch, key, file.check, file.by)


def _info(place: str, epoch: int, by: str, *, to: str) -> bytes:
    return context.bind(context.EVIDENCE_KEY_SEAL, place, epoch, by, to)


def _no_use(epoch: int) -> BadInput:
    hint = "the epochs in use are on the trust list: fetch it again"
    return BadInput("evidence-epoch", f"an evidence key of epoch {epoch} has no use now", hint=hint)
