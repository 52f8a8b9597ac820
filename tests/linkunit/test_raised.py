"""Two people allow an agency more: on its days, for its use, in its name, and while both may grant."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from comparisons import GRANTERS, NOW, Broker, key
from unit_and_askers import TRUST, asked, blinded

from broker.errors import NotAllowed, QuotaReached
from broker.keys import context
from broker.keys.granting import check_quota_grant
from broker.keys.trust import parse_trust
from broker.linkunit import raised
from broker.linkunit.book import Book
from broker.linkunit.ledger import Ledger, Spending
from broker.linkunit.settings import Settings
from broker.wire.fields import canonical
from broker.wire.grant import GrantSignature
from broker.wire.quota import QuotaGrant, QuotaTerms

DAY = NOW.date()
DESK = {"by": "council/desk-1", "with_key": "council/desk-1"}
PATH = "/v1/quota-grants"


@pytest.fixture
def unit(place: Settings, written: io.StringIO) -> Iterator[Broker]:
    """A linkage unit that allows two questions a day."""
    made = Broker(place.model_copy(update={"questions_per_day": 2}))
    yield made
    made.client.__exit__(None, None, None)


def terms(**changes: Any) -> QuotaTerms:
    given = {"v": 1, "id": b"q" * 16, "place": "brackwater", "agency": "council", "use": "ask", "more": 3}
    return QuotaTerms.model_validate({**given, "first": DAY, "last": DAY, **changes})


def grant(*, people: tuple[str, ...] = GRANTERS, signed: QuotaTerms | None = None, **changes: Any) -> QuotaGrant:
    said = terms(**changes)
    message = context.QUOTA_GRANT + canonical(signed or said)
    signatures = tuple(GrantSignature(by=by, signature=key(by).sign(message)) for by in people)
    return QuotaGrant.model_construct(v=1, terms=said, signatures=signatures)


def asks(unit: Broker, count: int, *, first: int = 0) -> int:
    """How many of so many questions are evaluated."""
    done = 0
    for number in range(first, first + count):
        body = asked(blinded(b"x"), use="ask", id=bytes([number]) * 16)
        found = unit.send("/v1/evaluate", body, **DESK)
        assert found.status_code == 200 or found.json()["code"] == "quota-reached"
        done += found.status_code == 200
    return done


def test_more_is_allowed_on_its_days_and_no_longer(unit: Broker) -> None:
    """The allowance, and what was granted; at midnight the allowance alone."""
    assert asks(unit, 3) == 2
    taken = unit.send(PATH, grant(), **DESK)
    assert (taken.status_code, taken.json()) == (200, {"v": 1, "id": "cXFxcXFxcXFxcXFxcXFxcQ"})
    assert asks(unit, 5, first=10) == 3
    unit.now += dt.timedelta(days=1)
    assert asks(unit, 3, first=20) == 2


def test_it_counts_once_and_survives_a_restart(unit: Broker, place: Settings) -> None:
    """Handed in again after an answer that was lost, it allows nothing more; it is one line of the count log."""
    assert unit.send(PATH, grant(), **DESK).status_code == 200
    assert unit.send(PATH, grant(), **DESK).status_code == 200
    unit.client.__exit__(None, None, None)
    again = Broker(unit.place)
    again.count = unit.count
    assert asks(again, 8) == 5
    day = again.send(f"/v1/tickets/{DAY.isoformat()}", b"", method="GET", **DESK).json()
    assert [one["more"] for one in day["grants"]] == [3]
    again.client.__exit__(None, None, None)
    assert unit.ledger().count(b"granted") >= 1


def test_it_is_of_one_use(unit: Broker) -> None:
    """Leave for deliveries is handed in with a delivery key, and is none for questions."""
    delivery = {"by": "council/delivery-1", "with_key": "council/delivery-1"}
    assert unit.refused(PATH, grant(use="post"), **DESK) == "signing-key-unknown"
    assert unit.refused(PATH, grant(), **delivery) == "signing-key-unknown"
    assert unit.send(PATH, grant(use="post", more=5), **delivery).status_code == 200
    assert asks(unit, 3) == 2
    many = asked(*[blinded(b"x")] * 105, id=b"d" * 16)
    assert unit.send("/v1/evaluate", many, **delivery).status_code == 200
    assert unit.refused("/v1/evaluate", asked(blinded(b"x"), id=b"d" * 16), **delivery) == "quota-reached"


TOMORROW, YESTERDAY = DAY + dt.timedelta(days=1), DAY - dt.timedelta(days=1)
REFUSED = {
    "for another agency": (grant(agency="homes"), "grant-place"),
    "for another place": (grant(place="elsewhere"), "grant-place"),
    "over": (grant(first=YESTERDAY, last=YESTERDAY), "grant-expired"),
    "signed by one": (grant(people=GRANTERS[:1] * 2), "grant-one-person"),
    "signed for less": (grant(signed=terms(more=1)), "grant-signature"),
    "signed for another day": (grant(signed=terms(last=TOMORROW)), "grant-signature"),
    "with one signature": (grant(people=GRANTERS[:1]), "schema-invalid"),
    "for too long": (grant().model_copy(update={"terms": terms().model_copy(
        update={"last": DAY + dt.timedelta(days=31)})}), "schema-invalid"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_what_two_people_did_not_allow_is_refused(unit: Broker, body: QuotaGrant, code: str) -> None:
    """And allows nothing."""
    assert unit.refused(PATH, body, **DESK) == code
    assert asks(unit, 3) == 2


@pytest.mark.parametrize("last", ["9999-12-31", "9999-12-25"])
def test_days_at_the_end_of_all_calendars_are_refused_like_others(unit: Broker, last: str) -> None:
    """A desk key makes the unit fall over its own arithmetic."""
    content = grant().model_dump(mode="json")
    content["terms"] |= {"first": "9999-12-20", "last": last}
    found = unit.send(PATH, json.dumps(content).encode(), **DESK)
    assert (found.status_code, found.json()["code"]) == (403, "grant-signature")


def test_somebody_who_is_no_granter_allows_nothing(unit: Broker) -> None:
    """A desk key is not a granter's key, whatever name stands beside it."""
    said = grant()
    forged = GrantSignature(by=GRANTERS[1], signature=key("council/desk-1").sign(canonical(said.terms)))
    body = said.model_copy(update={"signatures": (said.signatures[0], forged)})
    assert unit.refused(PATH, body, **DESK) == "grant-signature"
    stranger = forged.model_copy(update={"by": "somebody/else"})
    assert unit.refused(PATH, body.model_copy(update={"signatures": (said.signatures[0], stranger)}), **DESK) \
        == "granter-unknown"  # fmt: skip


@pytest.mark.parametrize(
    ("ids", "code"),
    [
        (("carers_council/a.adeyemi", "carers_council/b.other"), "grant-one-organisation"),
        (("council/a.adeyemi", "records_authority/j.whitlock"), "grant-own-agency"),
    ],
    ids=["two of one organisation", "one of the agency itself"],
)
def test_the_two_are_of_two_organisations_and_not_of_the_agency(ids: tuple[str, str], code: str) -> None:
    """One head of department says yes twice, or an agency allows itself more."""
    trust = parse_trust(json.dumps(TRUST).encode())
    named = tuple(trust.granter(one).model_copy(update={"id": id}) for one, id in zip(GRANTERS, ids, strict=True))
    listed = trust.model_copy(update={"granters": named})
    both = zip(grant().signatures, ids, strict=True)
    signed = tuple(one.model_copy(update={"by": id}) for one, id in both)
    with pytest.raises(NotAllowed) as refused:
        check_quota_grant(grant().model_copy(update={"signatures": signed}), listed, agency="council", day=DAY)
    assert refused.value.code == code


def test_the_same_id_for_something_else_is_refused(unit: Broker) -> None:
    """A second grant must not hide behind the first one's line in the log."""
    assert unit.send(PATH, grant(), **DESK).status_code == 200
    assert unit.refused(PATH, grant(more=9), **DESK) == "grant-other"


def test_what_others_sign_again_counts(ledger: Ledger) -> None:
    """One of the two left; two others sign the same terms, and the kept ones stay worth nothing."""
    now, trust = int(NOW.timestamp()), parse_trust(json.dumps(TRUST).encode())
    named = [trust.granter(one) for one in GRANTERS]
    third = named[0].model_copy(update={"id": "third_body/c.other", "organisation": "Third"})
    later = trust.model_copy(update={"granters": (named[1], third)})
    signed = GrantSignature(by=third.id, signature=grant().signatures[0].signature)
    with ledger.writing(now) as book:
        raised.take(book, grant())
        assert raised.more(book, "council", "ask", later) == 0
        raised.take(book, grant().model_copy(update={"signatures": (signed, grant().signatures[1])}))
        assert raised.more(book, "council", "ask", later) == 3
        assert len([line for line in ledger_lines(book) if line == "granted"]) == 1


def ledger_lines(book: Book) -> list[str]:
    return [row[0] for row in book.database.execute("SELECT use FROM spent")]


def test_a_granter_who_leaves_takes_their_word_along(ledger: Ledger) -> None:
    """A leave that was bought from somebody who had to go is worth nothing from that moment."""
    now, trust = int(NOW.timestamp()), parse_trust(json.dumps(TRUST).encode())
    with ledger.writing(now) as book:
        raised.take(book, grant())
        assert raised.more(book, "council", "ask", trust) == 3
        left = trust.model_copy(update={"granters": trust.granters[1:]})
        assert raised.more(book, "council", "ask", left) == 0
        assert raised.more(book, "council", "ask", None) == raised.more(book, "homes", "ask", trust) == 0
    for number in range(6):
        ledger.spend(Spending("council", "ask", bytes([number]) * 16, 1, f"nonce-{number}"), now=now, trust=trust)
    with pytest.raises(QuotaReached, match="6 tickets a day"):
        ledger.spend(Spending("council", "ask", b"x" * 16, 1, "one-more"), now=now, trust=trust)
    with pytest.raises(QuotaReached, match="3 tickets a day"):
        ledger.spend(Spending("council", "ask", b"x" * 16, 1, "one-more"), now=now, trust=left)


def test_days_to_come_may_be_granted_ahead(unit: Broker) -> None:
    """And count when they come."""
    assert unit.send(PATH, grant(first=TOMORROW, last=TOMORROW), **DESK).status_code == 200
    assert asks(unit, 3) == 2
    unit.now += dt.timedelta(days=1)
    assert asks(unit, 6, first=10) == 5
