"""Comparison over HTTP: what a question, a block and a review get, and everything that is refused."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from comparisons import (
    ANNA,
    AT,
    BEN,
    SCHEME,
    Broker,
    Run,
    digest,
    first_call,
    key,
    question,
    record,
    review,
    second_call,
    ticket,
)  # fmt: skip
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from trust_lists import change
from unit_and_askers import TRUST, asked, blinded, secret

from broker.keys import context, sealing, signing
from broker.keys.trust import parse_trust
from broker.linkunit.settings import Settings
from broker.wire.comparison import CompareAnswer
from broker.wire.fields import Wire, encode64

ELSEWHERE = X25519PrivateKey.from_private_bytes(b"z" * 32)
OWN = question(ANNA)
SAME = record(ANNA)
OTHER = record(BEN, ref=b"b" * 16)


@pytest.fixture
def broker(place: Settings, written: io.StringIO) -> Iterator[Broker]:
    made = Broker(place.model_copy(update={"questions_per_day": 11, "explanations_per_day": 6}))
    made.evaluate()
    yield made
    made.client.__exit__(None, None, None)


def test_a_question_is_compared_in_two_calls(broker: Broker) -> None:
    """The record of the person is certain and the other's is not; what was certain speaks in the second call."""
    one = broker.compare(first_call(OWN, SAME, OTHER))
    signing.verify(one, context.COMPARISON, public_key=key("linkage_unit.signing").public_key())
    assert (one.ticket, one.agency, one.model, one.call) == (b"t" * 16, "council", TRUST["model"], 1)
    assert one.envelopes[:3] == (digest(OWN), digest(SAME), digest(OTHER))
    assert one.bands[0][:3] in ("ccb", "ccx")
    two = broker.compare(second_call(OWN, SAME, OTHER, earlier=one, pivots=(0, 1)))
    assert (len(two.bits), len(two.bits[0])) == (2, 40)
    assert two.bits[1][0] == two.bits[0][1] == one.bits[0][1] >= 20
    assert two.bands[1][1] == "c"


def test_weights_are_of_the_order_received(broker: Broker) -> None:
    """The broker shuffles; the pivot may stand anywhere."""
    envelopes = (OTHER, SAME, *[OWN] * 22)
    one = broker.compare(first_call(OWN, envelopes=envelopes, pivots=(7,)))
    assert one.bands[0][1:] == "c" * 23
    assert one.bands[0][0] in "bx"


UNUSABLE: dict[str, bytes] = {
    "another place": record(ANNA, place="elsewhere"),
    "another epoch": record(ANNA, evidence_keys={2: b"e" * 32}),
    "a signature by another agency's key": record(ANNA, signing_key=key("council/delivery-1")),
    "a signature by the desk key": record(ANNA, signing_key=key("homes/desk-1")),
    "a desk of a suspended agency": record(ANNA, agency="police", signing_key=key("police/desk-1")),
    "an agency that never joined": record(ANNA, agency="nobody", signing_key=key("homes/delivery-1")),
    "noise": b"\x07" * len(SAME),
    "a changed byte": SAME[:-1] + bytes([SAME[-1] ^ 1]),
    "another question's envelope": question(ANNA, ticket=b"o" * 16),
    "this question sealed once more": question(ANNA),
    "for another linkage unit": record(ANNA, seal_key=ELSEWHERE.public_key()),
}


def test_an_envelope_that_is_not_good_counts_for_nothing(broker: Broker) -> None:
    """Each reads `u` with weight 0, like every other: why is not told."""
    answer = broker.compare(first_call(OWN, *UNUSABLE.values()))
    bands = answer.bands[0][1 : 1 + len(UNUSABLE)]
    assert dict(zip(UNUSABLE, bands, strict=True)) == dict.fromkeys(UNUSABLE, "u")
    assert set(answer.bits[0][1 : 1 + len(UNUSABLE)]) == {0}


PIVOTS: dict[str, bytes] = {
    "a record as the question": record(ANNA, agency="council"),
    "another ticket's envelope": question(ANNA, ticket=b"o" * 16),
    "another agency's question": question(ANNA, agency="homes"),
    "a forged signature inside": question(ANNA, signing_key=key("homes/desk-1")),
    "a delivery key's signature": question(ANNA, signing_key=key("council/delivery-1")),
    "another place": question(ANNA, place="elsewhere"),
    "another epoch": question(ANNA, evidence_keys={2: b"e" * 32}),
    "noise": b"\x07" * len(OWN),
}


@pytest.mark.parametrize("own", PIVOTS.values(), ids=PIVOTS.keys())
def test_a_pivot_that_is_not_good_uses_up_the_call(broker: Broker, own: bytes) -> None:
    """A desk signed for it, and still nothing is compared; trying is counted."""
    assert broker.refused("/v1/compare", first_call(own, SAME)) == "pivot-unusable"
    assert broker.refused("/v1/compare", first_call(OWN, SAME)) == "call-used"


BAD_CALLS: dict[str, tuple[Wire, str]] = {
    "too few envelopes": (first_call(OWN, envelopes=(OWN,) * 23), "comparison-size"),
    "too many envelopes": (first_call(OWN, envelopes=(OWN,) * 25), "comparison-size"),
    "the second call's size": (first_call(OWN, envelopes=(OWN,) * 40), "comparison-size"),
    "another pivot": (first_call(OWN, SAME, pivots=(1,)), "pivot-refused"),
    "a second pivot": (first_call(OWN, SAME, pivots=(0, 1)), "pivot-refused"),
    "the question twice": (first_call(OWN, SAME, pivots=(0, 2)), "pivot-refused"),
    "a pivot that is not there": (first_call(OWN, SAME, pivots=(24,)), "pivot-unknown"),
    "a ticket for another envelope": (first_call(OWN, SAME, ticket=ticket(question(ANNA))), "pivot-refused"),
    "a ticket nobody evaluated": (first_call(OWN, SAME, ticket=ticket(OWN, id=b"o" * 16)), "ticket-unknown"),
    "another agency's ticket": (
        first_call(OWN, SAME, ticket=ticket(OWN, agency="homes", by="homes/desk-1")), "ticket-unknown",
    ),
    "a ticket in another's name": (first_call(OWN, SAME, ticket=ticket(OWN, agency="homes")), "ticket-signature"),
    "a delivery key's ticket": (first_call(OWN, SAME, ticket=ticket(OWN, by="council/delivery-1")), "ticket-signature"),
    "a review key's ticket": (first_call(OWN, SAME, ticket=ticket(OWN, by="council/review-1")), "ticket-signature"),
    "the broker's ticket": (first_call(OWN, SAME, ticket=ticket(OWN, by="broker.request")), "ticket-signature"),
    "a suspended agency's ticket": (
        first_call(OWN, SAME, ticket=ticket(OWN, agency="police", by="police/desk-1")), "agency-unknown",
    ),
    "a ticket of yesterday": (
        first_call(OWN, SAME, ticket=ticket(OWN, issued=AT - 61, expires=AT - 1)), "ticket-expired",
    ),
    "a ticket of tomorrow": (
        first_call(OWN, SAME, ticket=ticket(OWN, issued=AT + 60, expires=AT + 120)), "ticket-times",
    ),
    "a ticket for an hour": (first_call(OWN, SAME, ticket=ticket(OWN, expires=AT + 3600)), "ticket-times"),
    "a changed purpose": (
        first_call(OWN, SAME, ticket=ticket(OWN).model_copy(update={"purpose": "research"})), "ticket-signature",
    ),
    "a second call without the first": (
        first_call(OWN, SAME, call=2, envelopes=(OWN,) * 40), "earlier-missing",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("body", "code"), BAD_CALLS.values(), ids=BAD_CALLS.keys())
def test_what_is_refused_is_not_counted(broker: Broker, body: Wire, code: str) -> None:
    """A refusal that comes before the count leaves the ticket good."""
    assert broker.refused("/v1/compare", body) == code
    broker.compare(first_call(OWN, SAME))


def forged(answer: CompareAnswer, **changes: Any) -> CompareAnswer:
    return signing.sign(answer.model_copy(update=changes), context.COMPARISON, signing_key=key("linkage_unit.signing"))


BAD_SECONDS: dict[str, tuple[Callable[[CompareAnswer], CompareAnswer], tuple[int, ...], str]] = {
    "what was not certain": (lambda one: one, (0, 2), "pivot-refused"),
    "not the question": (lambda one: one, (1,), "pivot-refused"),
    "changed bands": (lambda one: one.model_copy(update={"bands": ("c" * 24,)}), (0, 2), "earlier-refused"),
    "another ticket's answer": (lambda one: forged(one, ticket=b"o" * 16), (0,), "earlier-refused"),
    "another agency's answer": (lambda one: forged(one, agency="homes"), (0,), "earlier-refused"),
    "another model's answer": (lambda one: forged(one, model="ab" * 32), (0,), "earlier-refused"),
    "a second call's answer": (lambda one: forged(one, call=2), (0,), "earlier-refused"),
}


@pytest.mark.parametrize(("change", "pivots", "code"), BAD_SECONDS.values(), ids=BAD_SECONDS.keys())
def test_only_what_was_certain_speaks_in_the_second_call(
    broker: Broker, change: Callable[[CompareAnswer], CompareAnswer], pivots: tuple[int, ...], code: str
) -> None:
    """The broker can't make a pivot of its own choice out of the first answer."""
    one = broker.compare(first_call(OWN, SAME, OTHER))
    body = second_call(OWN, SAME, OTHER, earlier=change(one), pivots=pivots)
    assert broker.refused("/v1/compare", body) == code
    broker.compare(second_call(OWN, SAME, OTHER, earlier=one, pivots=(0, 1)))


def test_a_ticket_pays_for_two_calls_in_order(broker: Broker) -> None:
    """No third, no repetition, no second before the first, and a restart forgets nothing."""
    other = first_call(question(ANNA, ticket=b"2" * 16), ticket=ticket(OWN))
    assert broker.refused("/v1/compare", other) == "pivot-refused"
    broker.evaluate(b"2" * 16)
    again = question(ANNA, ticket=b"2" * 16)
    kept = broker.compare(first_call(again, SAME, ticket=ticket(again, id=b"2" * 16)))
    one = forged(kept, ticket=b"t" * 16, envelopes=(digest(OWN), *kept.envelopes[1:]))
    assert broker.refused("/v1/compare", second_call(OWN, SAME, earlier=one)) == "call-out-of-order"
    one = broker.compare(first_call(OWN, SAME))
    for _ in range(2):
        assert broker.refused("/v1/compare", first_call(OWN, SAME)) == "call-used"
        broker.restart()
    broker.compare(second_call(OWN, SAME, earlier=one))
    broker.restart()
    assert broker.refused("/v1/compare", second_call(OWN, SAME, earlier=one)) == "call-used"


def test_a_ticket_ends_between_its_calls(broker: Broker) -> None:
    """Sixty seconds after it was issued, whatever was begun."""
    one = broker.compare(first_call(OWN, SAME))
    broker.now += dt.timedelta(seconds=61)
    assert broker.refused("/v1/compare", second_call(OWN, SAME, earlier=one)) == "ticket-expired"


def test_a_recorded_request_is_no_use(broker: Broker) -> None:
    """The same bytes, signature and all, now and after a restart."""
    broker.compare(first_call(OWN, SAME))
    broker.count -= 1
    assert broker.refused("/v1/compare", first_call(OWN, SAME)) == "caller-unproven"
    broker.restart()
    broker.count -= 1
    assert broker.refused("/v1/compare", first_call(OWN, SAME)) == "request-replayed"


def test_the_day_of_an_agency_ends(broker: Broker) -> None:
    """A ticket is paid for when it is evaluated, with all the envelopes that it may need; one too many is not."""
    held = []
    for n in range(10):
        own = question(ANNA, ticket=bytes([n]) * 16)
        broker.evaluate(bytes([n]) * 16)
        paid = ticket(own, id=bytes([n]) * 16)
        held.append((own, paid, broker.compare(first_call(own, ticket=paid))))
    desk = {"by": "council/desk-1", "with_key": "council/desk-1"}
    one_more = asked(blinded(b"x"), use="ask", id=b"9" * 16)
    assert broker.refused("/v1/evaluate", one_more, **desk) == "quota-reached"
    broker.compare(first_call(OWN, SAME))
    own, paid, one = held[-1]
    broker.compare(second_call(own, earlier=one, ticket=paid))


def test_who_may_call_what(broker: Broker) -> None:
    """An agency's key compares nothing and the broker's key evaluates and reads nothing, under any name."""
    call, run = first_call(OWN, SAME), Run([SAME]).block(0)
    for path, body in (("/v1/compare", call), ("/v1/blocks", run), ("/v1/explanations", review(SAME, OTHER))):
        for name in ("council/desk-1", "council/delivery-1", "council/review-1"):
            assert broker.refused(path, body, by=name, with_key=name) == "caller-unproven"
            assert broker.refused(path, body, with_key=name) == "caller-unproven"
    assert broker.refused("/v1/evaluate", call) == "caller-unproven"
    assert broker.refused("/v1/evaluate", call, by="council/desk-1") == "caller-unproven"
    day = "/v1/tickets/2026-11-23"
    assert broker.send(day, b"", method="GET").json()["code"] == "caller-unproven"
    for name in ("council/delivery-1", "council/review-1"):
        assert broker.send(day, b"", method="GET", by=name, with_key=name).json()["code"] == "signing-key-unknown"


def test_an_agency_that_left_is_compared_no_more(broker: Broker) -> None:
    """Its records go on counting after it left."""
    trust = json.loads(json.dumps(TRUST))
    trust["agencies"][1]["status"] = "left"
    change(broker.place.trust.parent, trust)
    assert broker.compare(first_call(OWN, SAME)).bands[0][1] == "u"


def test_a_block_is_compared_under_a_grant(broker: Broker) -> None:
    """A posted record, its candidates, and in the second call what was certain."""
    run = Run([SAME, OTHER, record(BEN, agency="council", ref=b"c" * 16)])
    index = run.pivots.index(SAME)
    one = broker.block(run.block(index, record(ANNA, agency="council"), OTHER))
    signing.verify(one, context.BLOCK, public_key=parse_trust(json.dumps(TRUST).encode()).linkage_unit.signing_key)
    assert (one.grant, one.index) == (b"g" * 16, index)
    assert one.bands[0][1] == "c"
    envelopes = (OTHER, SAME, *[SAME] * 38)
    two = broker.block(run.block(index, call=2, earlier=one, envelopes=envelopes, pivots=(1,)))
    assert two.bands[0][1] == "c"


def test_a_run_that_broke_off_goes_on(broker: Broker) -> None:
    """Each call of a block may be made once more, is charged again, and the sum of openings ends the run."""
    run = Run([SAME, OTHER], {"openings": 24 * 3 + 40})
    one = broker.block(run.block(0))
    broker.restart()
    broker.block(run.block(0))
    assert broker.refused("/v1/blocks", run.block(0)) == "block-used"
    second = run.block(0, call=2, earlier=one)
    broker.block(second)
    broker.block(run.block(1))
    assert broker.refused("/v1/blocks", second) == "grant-used-up"


TWO = Run([SAME, OTHER])
BAD_BLOCKS: dict[str, tuple[Wire, str]] = {
    "one person twice": (Run([SAME], granters=["carers_council/a.adeyemi"] * 2).block(0), "grant-one-person"),
    "expired": (Run([SAME], {"expires": AT - 1}).block(0), "grant-expired"),
    "another place": (Run([SAME], {"place": "elsewhere"}).block(0), "grant-place"),
    "no openings left": (Run([SAME], {"openings": 23}).block(0), "grant-used-up"),
    "not in the list": (Run([SAME]).block(0, envelopes=(OTHER,) * 24), "pivot-not-granted"),
    "at another index": (TWO.block(0).model_copy(update={"index": 1}), "pivot-not-granted"),
    "beyond the list": (Run([SAME]).block(0).model_copy(update={"index": 1}), "pivot-not-granted"),
    "a question as pivot": (Run([OWN]).block(0), "pivot-unusable"),
    "a wrong size": (Run([SAME]).block(0, envelopes=(SAME,) * 40), "comparison-size"),
    "two pivots at once": (Run([SAME]).block(0, OTHER, pivots=(0, 1)), "pivot-refused"),
    "a second call alone": (Run([SAME]).block(0, call=2), "earlier-missing"),
    "another signature": (
        Run([SAME]).block(0).model_copy(update={"grant": Run([SAME], {"openings": 999}).grant.model_copy(
            update={"terms": Run([SAME]).grant.terms})}), "grant-signature",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("body", "code"), BAD_BLOCKS.values(), ids=BAD_BLOCKS.keys())
def test_a_block_without_a_good_grant_is_refused(broker: Broker, body: Wire, code: str) -> None:
    """What two people did not allow is not compared."""
    assert broker.refused("/v1/blocks", body) == code


def test_a_granter_nobody_knows_is_refused(broker: Broker) -> None:
    """A signature under another id than the two on the trust list, and a granter's under another's."""
    run = Run([SAME])
    for by in ("carers_council/somebody", "records_authority/j.whitlock"):
        first = run.grant.signatures[0].model_copy(update={"by": by})
        grant = run.grant.model_copy(update={"signatures": (first, run.grant.signatures[1])})
        code = broker.refused("/v1/blocks", run.block(0).model_copy(update={"grant": grant}))
        assert code == ("granter-unknown" if by == "carers_council/somebody" else "grant-one-person")


def test_a_reviewer_sees_how_the_fields_of_one_pair_agree(broker: Broker) -> None:
    """In the model's words, once, for exactly the two envelopes that the reviewer's desk named."""
    found = broker.send("/v1/explanations", review(SAME, OTHER))
    fields = {one["field"]: one["level"] for one in found.json()["fields"]}
    assert (fields["surname"], fields["sex"], fields["phone"]) == ("differs", "differs", "not held")
    assert broker.refused("/v1/explanations", review(SAME, OTHER)) == "ticket-used"


BAD_REVIEWS: dict[str, tuple[Wire, str]] = {
    "a desk key's ticket": (review(SAME, OTHER, by="council/desk-1"), "ticket-signature"),
    "expired": (review(SAME, OTHER, issued=AT - 61, expires=AT - 1), "ticket-expired"),
    "another envelope": (
        review(SAME, OTHER).model_copy(update={"envelopes": (SAME, record(ANNA, ref=b"3" * 16))}), "envelope-differs",
    ),
    "a question": (review(SAME, OWN), "envelope-unusable"),
    "noise": (review(SAME, UNUSABLE["noise"]), "envelope-unusable"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "code"), BAD_REVIEWS.values(), ids=BAD_REVIEWS.keys())
def test_a_review_that_is_refused(broker: Broker, body: Wire, code: str) -> None:
    """Nobody else's ticket, no other pair, records only."""
    assert broker.refused("/v1/explanations", body) == code


def test_reviews_have_an_allowance(broker: Broker) -> None:
    """Two envelopes each."""
    for n in range(3):
        assert broker.send("/v1/explanations", review(SAME, OTHER, id=bytes([n]) * 16)).status_code == 200
    assert broker.refused("/v1/explanations", review(SAME, OTHER, id=b"9" * 16)) == "quota-reached"


def test_nothing_of_an_envelope_is_kept_or_told(broker: Broker, written: io.StringIO) -> None:
    """The ledger's files and the diagnostics hold no part of an envelope, a vector, a digest or a reference."""
    one = broker.compare(first_call(OWN, SAME, OTHER))
    broker.compare(second_call(OWN, SAME, OTHER, earlier=one, pivots=(0, 1)))
    broker.block(Run([SAME]).block(0, OTHER))
    broker.send("/v1/explanations", review(SAME, OTHER))
    private = X25519PrivateKey.from_private_bytes(secret("linkage_unit.seal"))
    info = context.bind(context.EVIDENCE_SEAL, "brackwater", SCHEME.digest)
    opened = [sealing.open_classical(envelope, private, info=info) for envelope in (OWN, SAME, OTHER)]
    parts = [plain[at : at + 16] for plain in opened for at in range(118, 1424, 16) if any(plain[at : at + 16])]
    # A question's name is its ticket, which the ledger is there to remember.
    parts = [part for part in parts if part != b"t" * 16 and len(set(part)) > 4]
    parts += [envelope[at : at + 16] for envelope in (OWN, SAME, OTHER) for at in range(0, 1536, 16)]
    parts += [bytes.fromhex(digest(envelope)) for envelope in (OWN, SAME, OTHER)]
    kept, said = broker.ledger(), written.getvalue()
    assert [part for part in parts if part in kept or part.hex().encode() in kept] == []
    assert [part for part in parts if part.hex() in said or encode64(part) in said] == []
    events = [json.loads(line) for line in said.splitlines()]
    seen = {event["event"]: set(event) for event in events}
    common = {"event", "level", "service", "timestamp", "purpose", "count"}
    assert seen["question.compared"] == common | {"agency", "call", "unusable"}
    assert seen["block.compared"] == common | {"call", "unusable"}
    assert seen["pair.explained"] == common | {"agency"}
