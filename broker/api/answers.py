"""How data leaves: only as `Released`, which exists after the commit."""

from __future__ import annotations

from typing import TypeVar

from fastapi import Response

from broker.store.engine import Released
from broker.wire.fields import Wire

AnyWire = TypeVar("AnyWire", bound=Wire)


def send(released: Released[AnyWire]) -> Response:
    """The JSON of released data."""
    return Response(released.value.model_dump_json(exclude_none=True), media_type="application/json")
