"""Agencies take in the rights of the people their records are about, and decide them.

Desk keys take in and move clocks, review keys decide.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from broker import door
from broker.actions.decide_right import decide_right
from broker.actions.person_report import person_report
from broker.actions.read_rights import read_rights
from broker.actions.right_clock import move_clock
from broker.actions.take_right import take_right
from broker.api.answers import send
from broker.api.callers import called
from broker.described import takes
from broker.parts import Parts
from broker.wire.fields import parse
from broker.wire.person_report import PersonReport, ReportRequest
from broker.wire.reading import ReadRequest
from broker.wire.rights import ClockRequest, DecideRequest, RightReceipt, RightRequest, Rights

Body = Annotated[bytes, Depends(door.body_up_to(16 * 1024))]


def router(parts: Parts) -> APIRouter:
    """The routes about people's rights."""
    routes = APIRouter(prefix="/v1", tags=["rights"])

    @routes.post("/rights", responses={200: {"model": RightReceipt}}, openapi_extra=takes(RightRequest))
    def take(request: Request, body: Body) -> Response:
        """A person uses a right about a record of your agency; it counts at once. Signed by a desk key."""
        now, caller = called(parts, request, body, use="ask")
        return send(take_right(now, parse(RightRequest, body), agency=caller.agency))

    @routes.post(
        "/rights/{reference}/clock", responses={200: {"model": RightReceipt}}, openapi_extra=takes(ClockRequest)
    )
    def clock(request: Request, reference: str, body: Body) -> Response:
        """Stops, prolongs or sets going the clock of a right. Signed by a desk key."""
        now, caller = called(parts, request, body, use="ask")
        return send(move_clock(now, reference, parse(ClockRequest, body), agency=caller.agency))

    @routes.post(
        "/rights/{reference}/decision", responses={200: {"model": RightReceipt}}, openapi_extra=takes(DecideRequest)
    )
    def decide(request: Request, reference: str, body: Body) -> Response:
        """Decides a right that a colleague took in. Signed by a review key."""
        now, caller = called(parts, request, body, use="review")
        return send(decide_right(now, reference, parse(DecideRequest, body), agency=caller.agency))

    @routes.post("/rights/waiting", responses={200: {"model": Rights}}, openapi_extra=takes(ReadRequest))
    def waiting(request: Request, body: Body) -> Response:
        """The rights that wait for your agency's reviewers, the earliest due first. Signed by a review key."""
        now, caller = called(parts, request, body, use="review")
        return send(read_rights(now, agency=caller.agency, staff=parse(ReadRequest, body).staff, only_waiting=True))

    @routes.post("/rights/taken", responses={200: {"model": Rights}}, openapi_extra=takes(ReadRequest))
    def taken(request: Request, body: Body) -> Response:
        """All rights that your agency has taken in and that are kept. Signed by a desk key."""
        now, caller = called(parts, request, body, use="ask")
        return send(read_rights(now, agency=caller.agency, staff=parse(ReadRequest, body).staff, only_waiting=False))

    @routes.post("/people/report", responses={200: {"model": PersonReport}}, openapi_extra=takes(ReportRequest))
    def report(request: Request, body: Body) -> Response:
        """What your agency's records tell about one person, for the person to read. Signed by a review key."""
        now, caller = called(parts, request, body, use="review")
        return send(person_report(now, parse(ReportRequest, body), agency=caller.agency))

    return routes
