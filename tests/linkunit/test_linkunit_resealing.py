"""Envelopes sealed again: what is inside stays, nothing is learnt, two people allow it, and every one is counted."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from comparisons import ANNA, AT, BEN, GRANTERS, Broker, Run, digest, first_call, key, question, record
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from test_linkunit_newkeys import VALUES, trust_of

from broker.errors import Conflict, NotAllowed, QuotaReached, Untrusted
from broker.keys import context, signing
from broker.keys.secrets import Secrets
from broker.linkage.model import parse_model
from broker.linkunit.compare import Judge
from broker.linkunit.comparing import Comparing
from broker.linkunit.envelopes import Opener
from broker.linkunit.heldkeys import envelope_keys
from broker.linkunit.ledger import Ledger
from broker.linkunit.resealing import reseal
from broker.linkunit.settings import Settings
from broker.tokens import load_scheme, packaged
from broker.wire.counts import GrantStatement
from broker.wire.delivery import EVIDENCE_BYTES, TWO_EPOCHS_BYTES
from broker.wire.fields import canonical, parse
from broker.wire.grant import NO_LIST, RESEAL, Grant, GrantSignature, GrantTerms
from broker.wire.reseal import RESEALED_AT_ONCE, ResealAnswer, ResealRequest

SCHEME = load_scheme()
LATER = X25519PrivateKey.from_private_bytes(b"L" * 32)
BOTH = {"seal": VALUES["seal"], "seal.2": LATER.private_bytes_raw()}
ONE, TWO = record(ANNA), record(BEN, ref=b"b" * 16)


def grant(*, by: tuple[str, ...] = GRANTERS, **changes: Any) -> Grant:
    given: dict[str, Any] = {
        "v": 1, "id": b"s" * 16, "place": "brackwater", "purpose": RESEAL, "expires": AT + 3600, "openings": 100,
        "pivots": NO_LIST, "count": 0,
    }  # fmt: skip
    terms = GrantTerms(**(given | changes))
    message = context.GRANT + canonical(terms)
    signatures = tuple(GrantSignature(by=one, signature=key(one).sign(message)) for one in by)
    return Grant(v=1, terms=terms, signatures=signatures)


def asked(*envelopes: bytes, **changes: Any) -> ResealRequest:
    return ResealRequest(v=1, grant=grant(**changes), envelopes=envelopes)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path / "count.db", {})
    yield made
    made.close()


def unit(ledger: Ledger, *, closed: bool = False, seals: dict[str, bytes] | None = None) -> Comparing:
    """A linkage unit while its envelope key changes, or, `closed`, when the trust list names the newest alone."""
    newer = LATER.public_key().public_bytes_raw()
    trust = trust_of(seals=[newer], closed=["linkage_unit.seals"] if closed else [])
    secrets = Secrets("linkunit", "secrets.json", BOTH if seals is None else seals)
    opener = Opener(trust, SCHEME, envelope_keys(secrets, trust))
    model = parse_model(packaged("uk-person-1.model.json"))
    return Comparing(opener, Judge(SCHEME, model), trust.model, ledger, key("linkage_unit.signing"))


def test_what_the_agency_signed_is_inside_as_it_was(ledger: Ledger) -> None:
    """The new envelope opens with the new key alone, to the same bytes, so the agency's signature still verifies."""
    mine = unit(ledger)
    answer = reseal(asked(ONE, TWO), mine, nonce="n" * 16, now=AT)
    signing.verify(answer, context.RESEALED, public_key=public("linkage_unit.signing"))
    assert (answer.seal, answer.received, answer.unusable) == (2, (digest(ONE), digest(TWO)), ())
    for before, after in zip((ONE, TWO), answer.envelopes, strict=True):
        assert len(after) == len(before) and after != before
        statement, plain = mine.opener.unsealed(after)
        assert (statement, plain) == mine.opener.unsealed(before)
        signing.verify_bytes(
            context.EVIDENCE_SIGNATURE + plain[:-64], plain[-64:], public_key=public("homes/delivery-1")
        )
        with pytest.raises(Untrusted):
            Opener(mine.opener.trust, SCHEME, mine.opener.seal_keys[:1]).open(after)


def public(name: str) -> Ed25519PublicKey:
    return key(name).public_key()


def test_it_is_compared_as_before(ledger: Ledger) -> None:
    """Old with new, new with new: one person is one person."""
    mine = unit(ledger)
    [new] = reseal(asked(ONE), mine, nonce="n" * 16, now=AT).envelopes
    before, after, other = (mine.opener.open(one) for one in (ONE, new, TWO))
    [old_row] = mine.judge.rows([before], [before, other])
    [new_row] = mine.judge.rows([after], [before, other])
    assert old_row == new_row and new_row.bands[0] == "c"


def test_an_envelope_of_two_evidence_keys_stays_one(ledger: Ledger) -> None:
    """Both keys may change in the same weeks: what is inside, and the length, are not the envelope key's business."""
    mine = unit(ledger)
    both = record(ANNA, evidence_keys={1: b"e" * 32, 2: b"f" * 32})
    answer = reseal(asked(both, ONE), mine, nonce="n" * 16, now=AT)
    assert [len(one) for one in answer.envelopes] == [TWO_EPOCHS_BYTES, EVIDENCE_BYTES]
    assert mine.opener.unsealed(answer.envelopes[0]) == mine.opener.unsealed(both)


def test_two_seals_of_one_envelope_have_nothing_in_common(ledger: Ledger) -> None:
    """Whoever sees both sides of a call, or asks twice, learns nothing of which is which."""
    mine = unit(ledger)
    answer = reseal(asked(ONE, ONE), mine, nonce="n" * 16, now=AT)
    assert not any(pieces(one) & pieces(other) for one, other in ((ONE, answer.envelopes[0]), answer.envelopes))


def pieces(envelope: bytes, size: int = 8) -> set[bytes]:
    return {envelope[at : at + size] for at in range(len(envelope) - size)}


def test_an_unusable_envelope_is_said_by_its_place_only(ledger: Ledger) -> None:
    """Damaged, for another place or scheme, of nobody on the trust list, a question's: all the same."""
    bad = (
        ONE[:-1] + bytes([ONE[-1] ^ 1]), bytes(len(ONE)), record(ANNA, place="elsewhere"), question(ANNA),
        record(ANNA, signing_key=key("council/delivery-1")),
    )  # fmt: skip
    answer = reseal(asked(ONE, *bad, TWO), unit(ledger), nonce="n" * 16, now=AT)
    assert answer.unusable == (1, 2, 3, 4, 5)
    assert len(answer.envelopes) == 2
    assert set(answer.model_dump()) == {"v", "grant", "seal", "received", "unusable", "envelopes", "signature"}


def test_the_old_key_opens_until_it_is_destroyed_and_then_no_more(ledger: Ledger) -> None:
    """What was on its way when the trust list closed the key is still sealed again; after that it is lost."""
    answer = reseal(asked(ONE), unit(ledger, closed=True), nonce="n" * 16, now=AT)
    [new] = answer.envelopes
    destroyed = unit(ledger, closed=True, seals={"seal.2": BOTH["seal.2"]})
    answer = reseal(asked(ONE, new), destroyed, nonce="m" * 16, now=AT)
    assert answer.unusable == (0,)


REFUSED = {
    "another purpose": (
        {"purpose": "match_quality", "pivots": "ab" * 32, "count": 1}, NotAllowed, "grant-purpose",
    ),
    "expired": ({"expires": AT - 1}, NotAllowed, "grant-expired"),
    "another place": ({"place": "elsewhere"}, NotAllowed, "grant-place"),
    "one person twice": ({"by": GRANTERS[:1] * 2}, NotAllowed, "grant-one-person"),
    "an agency's key": ({"by": (GRANTERS[0], "council/desk-1")}, NotAllowed, "granter-unknown"),
    "too few openings": ({"openings": 1}, QuotaReached, "grant-used-up"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "kind", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_without_two_people_s_leave_nothing_is_opened(
    ledger: Ledger, changes: dict[str, Any], kind: type[Exception], code: str
) -> None:
    """And nothing is counted."""
    with pytest.raises(kind) as caught:
        reseal(asked(ONE, TWO, **changes), unit(ledger), nonce="n" * 16, now=AT)
    assert getattr(caught.value, "code", "") == code
    assert ledger.lines(0, most=9) == []


def test_a_changed_grant_is_refused(ledger: Ledger) -> None:
    """Nobody adds openings to what two people signed."""
    signed = grant()
    more = signed.model_copy(update={"terms": signed.terms.model_copy(update={"openings": 1 << 30})})
    with pytest.raises(Untrusted):
        reseal(ResealRequest(v=1, grant=more, envelopes=(ONE,)), unit(ledger), nonce="n" * 16, now=AT)


def test_every_opening_is_counted_before_it_is_made(ledger: Ledger) -> None:
    """Also of what is unusable and of what is asked once more; a request is answered once."""
    mine = unit(ledger)
    for at in range(2):
        reseal(asked(ONE, bytes(len(ONE)), openings=5), mine, nonce=f"nonce-{at:016}", now=AT)
    rows = [(line.row.agency, line.row.use, line.row.count, line.row.purpose) for line in ledger.lines(0, most=9)]
    assert rows == [("broker", "reseal", 2, RESEAL)] * 2
    with pytest.raises(Conflict):
        reseal(asked(ONE, openings=5), mine, nonce="nonce-" + "1".zfill(16), now=AT)
    with pytest.raises(QuotaReached):
        reseal(asked(ONE, TWO, openings=5), mine, nonce="nonce-" + "9".zfill(16), now=AT)


def test_a_grant_to_seal_again_has_no_list_and_one_to_compare_has_one() -> None:
    """No record can stand as a pivot under it, so it is no leave to compare anything."""
    for wrong in ({"count": 1}, {"pivots": "ab" * 32}, {"purpose": "match_quality"}):
        with pytest.raises(ValueError, match="list"):
            grant(**wrong)


def test_over_http_only_the_broker_asks_and_only_so_much(place: Settings, written: io.StringIO) -> None:
    """Its own request key, at most 64 at once; the count says so, and a granter reads it."""
    broker = Broker(place)
    try:
        found = broker.send("/v1/reseal", asked(ONE, TWO))
        assert found.status_code == 200, found.text
        assert parse(ResealAnswer, found.content).seal == 1
        assert broker.refused("/v1/reseal", asked(ONE), by="council/desk-1", with_key="council/desk-1")
        too_many = asked(ONE).model_dump(mode="json")
        too_many["envelopes"] *= RESEALED_AT_ONCE + 1
        found = broker.send("/v1/reseal", json.dumps(too_many).encode())
        assert found.status_code in (400, 413, 422), found.text
        used = parse(GrantStatement, broker.client.get(f"/v1/grants/{(b's' * 16).hex()}").content)
        assert (used.openings, used.blocks, used.different) == (2, 0, 0)
    finally:
        broker.client.__exit__(None, None, None)
    lines = written.getvalue()
    assert '"evidence.resealed"' in lines and ONE[:16].hex() not in lines
    assert digest(ONE) not in lines
    assert ONE[:16] not in broker.ledger() and bytes.fromhex(digest(ONE)) not in broker.ledger()


def test_a_grant_to_seal_again_compares_nothing(place: Settings) -> None:
    """Neither a block nor a question is had with it."""
    broker = Broker(place)
    try:
        block = Run([ONE, TWO]).block(0, TWO)
        changed = block.model_copy(update={"grant": grant()})
        assert broker.refused("/v1/blocks", changed) == "pivot-not-granted"
        assert broker.refused("/v1/compare", first_call(question(ANNA), ONE)) != ""
    finally:
        broker.client.__exit__(None, None, None)
