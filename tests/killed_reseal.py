"""A process that seals evidence again and kills itself (-9) at one step, the linkage unit and all.

    reseal({"broker": {...}, "unit": {...}, "now": "...", "grant": {...}, "step": 7}, told)

Steps are counted: before and after each call, before and after each page is written, and after each commit.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from fastapi.testclient import TestClient
from world import Network

from broker.actions.reseal_evidence import reseal_evidence
from broker.linkunit import app as linkunit_app
from broker.linkunit.settings import load_settings as load_unit_settings
from broker.server import put_together
from broker.settings import load_settings
from broker.store import evidence
from broker.wire.fields import parse
from broker.wire.grant import Grant


def reseal(given: dict[str, Any], told: Connection) -> None:
    """Seals again with these settings, unless it is killed; `told` how many were sealed, and how many are left."""
    now, left = dt.datetime.fromisoformat(given["now"]), [int(given["step"])]

    def step() -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def stepping(does: Callable[..., Any]) -> Callable[..., Any]:
        def both(*arguments: Any) -> Any:
            step()
            done = does(*arguments)
            step()
            return done

        return both

    network = Network()
    unit = linkunit_app.create_app(load_unit_settings(**given["unit"]), clock=lambda: now)
    network.clients["linkunit"] = TestClient(unit)
    parts = put_together(load_settings(**given["broker"]), now=lambda: now, transport=network)
    network.handle_request = stepping(network.handle_request)  # type: ignore[method-assign]
    evidence.replace_each = stepping(evidence.replace_each)
    done = reseal_evidence(parts, parse(Grant, json.dumps(given["grant"])), progress=lambda *_: step())
    told.send({"sealed": done.sealed, "left": done.left})
