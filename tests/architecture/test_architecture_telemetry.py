"""No service tells a third party of its requests: FastAPI would, where an environment variable says so.

Its logs hold exceptions with their messages, and its spans the addresses that were asked.
"""

from __future__ import annotations

import ast
from typing import get_type_hints

from fastapi.telemetry import TelemetryConfig
from repository import modules, parsed

from broker.hardening import NO_TELEMETRY


def test_every_app_is_made_without_telemetry() -> None:
    """Somebody sets FASTAPI_OTEL_AUTO_CONFIGURE on a server, and messages leave it."""
    said = [
        [ast.unparse(one.value).removeprefix("hardening.") for one in call.keywords if one.arg == "telemetry"]
        for path in modules("broker")
        for call in ast.walk(parsed(path))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "FastAPI"
    ]
    assert len(said) >= 4
    assert said == [["NO_TELEMETRY"]] * len(said)


def test_all_that_can_be_told_is_off() -> None:
    """The next release of the library has one more way."""
    switches = {name for name, kind in get_type_hints(TelemetryConfig, include_extras=False).items() if kind is bool}
    assert dict.fromkeys(switches, False) == NO_TELEMETRY
