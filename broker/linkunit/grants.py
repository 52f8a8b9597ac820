"""Grants: two people's leave for a population run or to seal envelopes again, and what of it has been used.

Two different people of the trust list signed the terms; the run ends when they expire or their openings are used up;
only records of the granted list stand as pivots, each for a first and a second call. A call may be made once more, so
that a run that broke off can go on; it is charged again.
"""

from __future__ import annotations

from broker.audit.tree import leaf_hash, verify_inclusion
from broker.errors import BadInput, Conflict, NotAllowed, QuotaReached, Untrusted
from broker.keys.granting import check_signatures
from broker.keys.trust import Trust
from broker.linkunit.book import Book, Counted, Row
from broker.linkunit.ledger import Ledger
from broker.linkunit.seen import Seen, note
from broker.wire.comparison import SIZES, BlockRequest, Call
from broker.wire.grant import Grant, GrantTerms

TRIES = 2
"""How often each call of a block may be made."""
BLOCKS: dict[int, Counted] = {1: "block1", 2: "block2"}


def check_grant(grant: Grant, trust: Trust, *, now: int) -> None:
    """Raises `NotAllowed` or `Untrusted` unless two different granters signed it for this place, and it is in time."""
    terms = grant.terms
    if terms.place != trust.place:
        raise NotAllowed("grant-place", "the grant is for another place")
    if terms.expires < now:
        raise NotAllowed("grant-expired", "the grant has expired", hint="a new one needs two signatures")
    check_signatures(grant, trust)


def check_pivot(asked: BlockRequest, pivot: str) -> None:
    """Raises `NotAllowed` unless `pivot`, the digest of an envelope, is at its index of the granted list."""
    terms = asked.grant.terms
    proof = [bytes.fromhex(node) for node in asked.proof]
    try:
        verify_inclusion(
            leaf_hash(bytes.fromhex(pivot)),
            asked.index,
            size=terms.count,
            proof=proof,
            root=bytes.fromhex(terms.pivots),
        )
    except (Untrusted, BadInput):
        raise NotAllowed("pivot-not-granted", "the pivot is not in the granted list at this index") from None


def count_block(ledger: Ledger, terms: GrantTerms, call: Call, *, index: int, nonce: str, now: int) -> None:
    """Counts one call of a block, durably.

    Raises `Conflict` for a call made too often or out of order, `QuotaReached` when the grant's openings are used up.
    """
    with ledger.writing(now) as book:
        book.use_nonce("broker", nonce)
        before = book.times(BLOCKS[call], terms.id, agency="broker", part=index)
        if before >= TRIES:
            raise Conflict("block-used", "this call of the block has been made and repeated")
        if call == 2 and not book.times("block1", terms.id, agency="broker", part=index):
            raise Conflict("call-out-of-order", "the first call of the block has not been made")
        _use_openings(book, terms, SIZES[call], begun=1 if call == 1 and not before else 0)
        book.append(Row("broker", BLOCKS[call], terms.id, SIZES[call], purpose=terms.purpose, part=index))


def count_reseal(ledger: Ledger, terms: GrantTerms, count: int, *, nonce: str, now: int) -> None:
    """Counts `count` envelopes about to be sealed again, durably. Raises `QuotaReached` when the grant is used up."""
    with ledger.writing(now) as book:
        book.use_nonce("broker", nonce)
        _use_openings(book, terms, count, begun=0)
        book.append(Row("broker", "reseal", terms.id, count, purpose=terms.purpose))


def _use_openings(book: Book, terms: GrantTerms, count: int, *, begun: int) -> None:
    found = book.database.execute("SELECT openings FROM granted WHERE id = ?", (terms.id,)).fetchone()
    openings = count + (int(found[0]) if found else 0)
    if openings > terms.openings:
        raise QuotaReached("grant-used-up", "the openings of the grant are used up", hint="two people grant more")
    book.database.execute("INSERT OR IGNORE INTO granted (id) VALUES (?)", (terms.id,))
    book.database.execute(
        "UPDATE granted SET openings = ?, blocks = blocks + ?, last = ? WHERE id = ?",
        (openings, begun, book.now, terms.id),
    )


def note_seen(ledger: Ledger, asked: BlockRequest, seen: Seen, *, now: int) -> None:
    """Notes what a call of a block saw, durably, before it is answered."""
    terms = asked.grant.terms
    with ledger.writing(now) as book:
        note(book, Row("broker", "different", terms.id, 0, purpose=terms.purpose, part=asked.index), seen)
        book.database.execute(
            "UPDATE granted SET different = different + ?, strangers = strangers + ? WHERE id = ?",
            (seen.different, seen.strangers, terms.id),
        )
