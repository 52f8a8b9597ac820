"""The linkage unit over HTTP: what agencies sign for, what the broker signs for, and what anybody may ask.

    POST /v1/credential      a key of an agency, or the broker's request key     an OAuth form -> an access credential
    POST /v1/evaluate        a delivery key (use post) or a desk key (use ask)   EvaluateRequest -> EvaluateAnswer
    GET  /v1/tickets/{day}   a desk key                                          -> TicketStatement
    GET  /v1/grants/{id}     anybody who knows a grant's id                      -> GrantStatement
    POST /v1/quota-grants    a key of the use that is granted more               QuotaGrant -> QuotaTaken
    POST /v1/compare         the broker's request key, under a desk's ticket     CompareRequest -> CompareAnswer
    POST /v1/blocks          the broker's request key, under a grant             BlockRequest -> BlockAnswer
    POST /v1/explanations    the broker's request key, under a review ticket     ExplainRequest -> ExplainAnswer
    POST /v1/reseal          the broker's request key, under a grant             ResealRequest -> ResealAnswer
    GET  /healthz            the process is up
    GET  /readyz             the trust list is of today, and the ledger can be written
    GET  /docs               this API, served from here

The order is security: who signed, then may that key do this, then is it well formed and for today's keys, then is it
counted, and only then is it answered.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends, FastAPI, Request, Response

from broker import admission, door, observe, proven
from broker.described import takes
from broker.errors import BadInput
from broker.keys import assertion, context, signing
from broker.keys.granting import check_quota_grant
from broker.keys.listed import KeyUse
from broker.keys.trust import Trust
from broker.linkunit import raised
from broker.linkunit.comparing import Comparing
from broker.linkunit.evaluate import EvaluationKeys, Terms, check, evaluate
from broker.linkunit.ledger import Ledger, Spending
from broker.linkunit.rates import Rates
from broker.linkunit.resealing import reseal
from broker.linkunit.statements import grant_statement, statement
from broker.trustlist.follow import Standing
from broker.turnedaway import Counts
from broker.wire.comparison import (
    BlockAnswer,
    BlockRequest,
    CompareAnswer,
    Compared,
    CompareRequest,
    ExplainAnswer,
    ExplainRequest,
)
from broker.wire.counts import GrantStatement, TicketStatement
from broker.wire.evaluation import MAX_POINTS, EvaluateAnswer, EvaluateRequest, Use
from broker.wire.fields import Wire, parse
from broker.wire.isoday import iso_day
from broker.wire.quota import QuotaGrant, QuotaTaken
from broker.wire.reseal import ResealAnswer, ResealRequest

MAX_BODY = 64 * MAX_POINTS
"""A point is 46 bytes of JSON."""
MAX_COMPARISON = 256 * 1024
"""64 envelopes are 131 kB of JSON; a ticket, a grant with its proof and an earlier answer are 30 kB more at most."""
Comparison = Annotated[bytes, Depends(door.body_up_to(MAX_COMPARISON))]
MAX_QUOTA_GRANT = 4096
_GRANT_ID = re.compile(r"[0-9a-f]{32}")
Nothing = Annotated[bytes, Depends(door.body_up_to(0))]


@dataclass(frozen=True)
class Listed:
    """What follows from the trust list in force."""

    trust: Trust
    terms: Terms
    keys: EvaluationKeys
    comparing: Comparing


@dataclass(frozen=True)
class Unit:
    """A linkage unit that is ready: what it knows and holds."""

    trust: Trust
    terms: Terms
    keys: EvaluationKeys
    ledger: Ledger
    rates: Rates
    comparing: Comparing
    seconds: dict[Use, int]
    clock: Callable[[], dt.datetime]
    random: Callable[[int], bytes]
    standing: Standing[Listed]

    def fresh(self) -> Unit:
        """This unit, under the trust list of now. Raises `Unavailable` when it has expired or can't be followed."""
        now = self.standing.at(self.clock())
        if now.trust is self.trust:
            return self
        return replace(self, trust=now.trust, terms=now.terms, keys=now.keys, comparing=now.comparing)


def first_look(ready: Unit, request: Request) -> None:
    """Raises for a request whose head no agency signed, before its body is received."""
    unit = ready.fresh()
    proven.check_signed_head(request, trust=unit.trust, now=unit.clock())


def called(unit: Unit, request: Request, body: bytes, *, use: KeyUse | None, now: dt.datetime) -> proven.Caller:
    """The agency that signed the request, counted. Raises as `proven.caller` does, and `TooFast`."""
    caller = proven.caller(request, body, trust=unit.trust, use=use, now=now)
    unit.rates.count(caller.agency, now)
    return caller


def count_refused(unit: Unit, counts: Counts) -> None:
    """Puts into the count log who was turned away."""
    unit.ledger.turned_away(counts, now=int(unit.clock().timestamp()), id=unit.random(16))


def add_routes(app: FastAPI, unit: Unit) -> None:
    """Adds every address of the linkage unit to `app`."""
    _add_for_agencies(app, unit)
    _add_for_granters(app, unit)
    _add_for_the_broker(app, unit)
    shown = admission.Shown()

    @app.post(
        assertion.PATH, summary="Prove a key, and be given an access credential",
        responses={200: {"model": assertion.Given}}, openapi_extra=admission.DESCRIBED,
    )  # fmt: skip
    def credential(request: Request, body: Annotated[bytes, Depends(door.body_up_to(admission.MAX_BODY))]) -> Response:
        """For ten minutes, and bound to the key that asks: RFC 6749, 7523 and 9449."""
        now, at = unit.fresh(), int(unit.clock().timestamp())
        way_in = admission.Admission(now.trust, now.ledger, shown, now.random, has_broker=True)
        return admission.admit(way_in, request, body, now=at)

    @app.get("/healthz", summary="The process is up")
    def healthz() -> dict[str, str]:
        return {"status": "up"}

    @app.get("/readyz", summary="The trust list is of today, the keys are loaded and the ledger can be written")
    def readyz() -> dict[str, str]:
        unit.fresh()
        unit.ledger.check()
        return {"status": "ready"}


def _add_for_agencies(app: FastAPI, ready: Unit) -> None:
    @app.post(
        "/v1/evaluate", summary="Evaluate blinded points", responses={200: {"model": EvaluateAnswer}},
        openapi_extra=takes(EvaluateRequest),
    )  # fmt: skip
    def evaluate_points(request: Request, body: Annotated[bytes, Depends(door.body_up_to(MAX_BODY))]) -> Response:
        """Signed (RFC 9421) by a delivery key for the use `post` or by a desk key for the use `ask`."""
        return _json(answer_evaluation(ready.fresh(), request, body))

    @app.get(
        "/v1/tickets/{day}", summary="Which of your tickets were used on a UTC day",
        responses={200: {"model": TicketStatement}},
    )  # fmt: skip
    def tickets(request: Request, day: str, body: Nothing) -> Response:
        """Signed (RFC 9421) by a desk key, of which it is the agency's own tickets that are told."""
        unit = ready.fresh()
        now = unit.clock()
        caller = called(unit, request, body, use="ask", now=now)
        at = int(now.timestamp())
        unsigned = statement(unit.ledger, caller.agency, iso_day(day, field="day"), now=at, signature=signing.UNSIGNED)
        return _json(signing.sign(unsigned, context.TICKETS, signing_key=unit.keys.signing_key))

    @app.post(
        "/v1/quota-grants", summary="Hand in two people's leave for more than the allowance",
        responses={200: {"model": QuotaTaken}}, openapi_extra=takes(QuotaGrant),
    )  # fmt: skip
    def quota_grants(request: Request, body: Annotated[bytes, Depends(door.body_up_to(MAX_QUOTA_GRANT))]) -> Response:
        """Signed (RFC 9421) by a desk key for more questions, by a delivery key for more inputs of deliveries."""
        unit = ready.fresh()
        now = unit.clock()
        who = called(unit, request, body, use=None, now=now)
        grant = parse(QuotaGrant, body)
        unit.trust.signing_key(who.key_id, grant.terms.use)
        check_quota_grant(grant, unit.trust, agency=who.agency, day=now.date())
        with unit.ledger.writing(int(now.timestamp())) as book:
            book.use_nonce(who.agency, who.nonce)
            raised.take(book, grant)
        observe.event("allowance.raised", agency=who.agency, use=grant.terms.use, count=grant.terms.more)
        return _json(QuotaTaken(v=1, id=grant.terms.id))


def _add_for_granters(app: FastAPI, ready: Unit) -> None:
    @app.get(
        "/v1/grants/{id}", summary="What has been used of a grant",
        responses={200: {"model": GrantStatement}},
    )  # fmt: skip
    def used(id: str, body: Nothing) -> Response:
        """Not signed for: only its granters and the broker know the id of a grant, and counts are of nobody."""
        unit = ready.fresh()
        at = int(unit.clock().timestamp())
        unsigned = grant_statement(unit.ledger, _grant(id), now=at, signature=signing.UNSIGNED)
        return _json(signing.sign(unsigned, context.GRANT_USED, signing_key=unit.keys.signing_key))


def _add_for_the_broker(app: FastAPI, ready: Unit) -> None:
    def nonce_of(unit: Unit, request: Request, body: bytes, now: dt.datetime) -> str:
        return proven.broker_caller(request, body, trust=unit.trust, now=now).nonce

    @app.post(
        "/v1/compare", summary="Compare a question with records", responses={200: {"model": CompareAnswer}},
        openapi_extra=takes(CompareRequest),
    )  # fmt: skip
    def compare(request: Request, body: Comparison) -> Response:
        """Signed (RFC 9421) by the broker's request key; holds the ticket of the desk that asks."""
        unit = ready.fresh()
        now = unit.clock()
        nonce = nonce_of(unit, request, body, now)
        asked = parse(CompareRequest, body)
        answer = unit.comparing.question(asked, nonce=nonce, now=int(now.timestamp()))
        about = {"agency": asked.ticket.agency, "purpose": asked.ticket.purpose}
        observe.event("question.compared", **about, **_counts(answer))
        return _json(answer)

    @app.post(
        "/v1/blocks", summary="Compare one record of a population run with others",
        responses={200: {"model": BlockAnswer}}, openapi_extra=takes(BlockRequest),
    )  # fmt: skip
    def blocks(request: Request, body: Comparison) -> Response:
        """Signed (RFC 9421) by the broker's request key; holds a grant that two people signed."""
        unit = ready.fresh()
        now = unit.clock()
        nonce = nonce_of(unit, request, body, now)
        asked = parse(BlockRequest, body)
        answer = unit.comparing.block(asked, nonce=nonce, now=int(now.timestamp()))
        observe.event("block.compared", purpose=asked.grant.terms.purpose, **_counts(answer))
        return _json(answer)

    @app.post(
        "/v1/explanations", summary="How the fields of one pair agree", responses={200: {"model": ExplainAnswer}},
        openapi_extra=takes(ExplainRequest),
    )  # fmt: skip
    def explanations(request: Request, body: Comparison) -> Response:
        """Signed (RFC 9421) by the broker's request key; holds the ticket of a reviewer's desk, naming both."""
        unit = ready.fresh()
        now = unit.clock()
        nonce = nonce_of(unit, request, body, now)
        asked = parse(ExplainRequest, body)
        answer = unit.comparing.explanation(asked, nonce=nonce, now=int(now.timestamp()))
        observe.event("pair.explained", agency=asked.ticket.agency, purpose=asked.ticket.purpose, count=2)
        return _json(answer)

    @app.post(
        "/v1/reseal", summary="Seal envelopes again to the newest key", responses={200: {"model": ResealAnswer}},
        openapi_extra=takes(ResealRequest),
    )  # fmt: skip
    def seal_again(request: Request, body: Comparison) -> Response:
        """Signed (RFC 9421) by the broker's request key; holds a grant that two people signed."""
        unit = ready.fresh()
        now = unit.clock()
        nonce = nonce_of(unit, request, body, now)
        answer = reseal(parse(ResealRequest, body), unit.comparing, nonce=nonce, now=int(now.timestamp()))
        observe.event("evidence.resealed", count=len(answer.received), unusable=len(answer.unusable))
        return _json(answer)


def answer_evaluation(unit: Unit, request: Request, body: bytes) -> EvaluateAnswer:
    """The answer to one signed request, counted before it is made. Raises what its five steps raise."""
    arrived = unit.clock()
    now = int(arrived.timestamp())
    # 1. Who signed exactly these bytes; nothing of them is parsed before.
    caller = called(unit, request, body, use=None, now=arrived)
    # 2. May that key do this: a delivery key can't ask, a desk key can't post.
    asked = parse(EvaluateRequest, body)
    unit.trust.signing_key(caller.key_id, asked.use)
    # 3. Is it in its own name, for today's key and scheme, and made of points.
    check(asked, caller.agency, terms=unit.terms)
    # 4. Count it, on disk: a crash after this costs the agency its inputs, a crash before it answers nothing.
    spending = Spending(caller.agency, asked.use, asked.id, len(asked.points), caller.nonce)
    unusual = unit.ledger.spend(spending, now=now, trust=unit.trust)
    if unusual is not None:
        observe.event("allowance.unusual", agency=caller.agency, use=asked.use, count=unusual.count)
    # 5. Evaluate.
    expires = now + unit.seconds[asked.use]
    answer = evaluate(asked, unit.keys, seed=unit.random(64), nonce=unit.random(16), expires=expires)
    observe.event("points.evaluated", agency=caller.agency, use=asked.use, count=len(asked.points))
    return answer


def _counts(answer: Compared) -> dict[str, int]:
    return {"call": answer.call, "count": len(answer.envelopes), "unusable": answer.bands[0].count("u")}


def _grant(text: str) -> bytes:
    if not _GRANT_ID.fullmatch(text):
        raise BadInput("grant-id-invalid", "the id of a grant is 32 hex digits", field="id")
    return bytes.fromhex(text)


def _json(answer: Wire) -> Response:
    return Response(answer.model_dump_json(exclude_none=True), media_type="application/json")
