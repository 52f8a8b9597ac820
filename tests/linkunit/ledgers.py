"""The allowances and the noon of the ledgers that tests open."""

from __future__ import annotations

import datetime as dt

from broker.linkunit.book import Allowance

NOON = int(dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC).timestamp())
ALLOWANCES: dict[Allowance, int] = {"post": 100, "ask": 3, "review": 10}
