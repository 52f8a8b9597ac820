"""Asking the linkage unit to evaluate blinded points: one request, one answer. Deliveries are noted in the journal."""

from __future__ import annotations

from dataclasses import replace

from broker.agency.client import Connection
from broker.agency.journal import Journal
from broker.errors import BadInput, Untrusted
from broker.wire.evaluation import EvaluateAnswer, EvaluateRequest
from broker.wire.fields import parse

PATH = "/v1/evaluate"


def evaluate(connection: Connection, request: EvaluateRequest) -> EvaluateAnswer:
    """The linkage unit's answer, not yet checked. Raises `Untrusted` when it is not one."""
    return _answer(connection.send("POST", PATH, body=request.model_dump_json(exclude_none=True).encode()))


def evaluate_noted(connection: Connection, request: EvaluateRequest, journal: Journal) -> EvaluateAnswer:
    """As `evaluate`, of a delivery: every attempt is noted before it is made, as a lost one may have been counted."""
    noting = replace(connection, before=lambda: journal.evaluation(request.id, len(request.points)))
    answer = evaluate(noting, request)
    journal.evaluated(request.id, len(request.points))
    return answer


def _answer(body: bytes) -> EvaluateAnswer:
    try:
        return parse(EvaluateAnswer, body)
    except BadInput:
        raise Untrusted("evaluation-malformed", "the linkage unit's answer is not of the agreed form") from None
