"""Asking the linkage unit to evaluate blinded points: one request, one answer, nothing kept."""

from __future__ import annotations

from broker.agency.client import Connection
from broker.errors import BadInput, Untrusted
from broker.wire.evaluation import EvaluateAnswer, EvaluateRequest
from broker.wire.fields import parse

PATH = "/v1/evaluate"


def evaluate(connection: Connection, request: EvaluateRequest) -> EvaluateAnswer:
    """The linkage unit's answer, not yet checked. Raises `Untrusted` when it is not one."""
    body = connection.send("POST", PATH, body=request.model_dump_json(exclude_none=True).encode())
    try:
        return parse(EvaluateAnswer, body)
    except BadInput:
        raise Untrusted("evaluation-malformed", "the linkage unit's answer is not of the agreed form") from None
