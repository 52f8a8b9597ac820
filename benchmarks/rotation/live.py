"""A rotation on running services: the operator's process renews, while a desk asks one question after the other."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from benchmarks.question.stand import POLICIES, Stand
from broker.actions.renew_records import renew_records
from broker.agency.asking import open_desk
from broker.agency.edges import real_edges
from broker.agency.workspace import read_workspace
from broker.errors import BrokerError
from broker.keys.trust import Trust
from broker.server import put_together
from broker.settings import Settings, load_settings
from broker.synthetic.parties import Parties, publish
from broker.synthetic.servers import broker_environment

_PAUSE = 0.1
"""Seconds between two questions: a desk, not a load test."""


class Running:
    """The services of a stand, as a rotation sees them (`tests/rotating.py`)."""

    network: httpx2.BaseTransport | None = None

    def __init__(self, stand: Stand) -> None:
        self.parties: Parties = stand.parties
        self.environment = broker_environment(stand.parties, stand.addresses, policies=POLICIES)
        os.environ.update(self.environment)
        self.settings: Settings = load_settings()

    @property
    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)

    def trusts(self, trust: Trust) -> None:
        """Publishes another trust list, which the services follow."""
        self.parties = publish(self.parties, trust, now=self.now)


@dataclass
class Asked:
    """Milliseconds of every question that was answered, and the codes of those that were not."""

    milliseconds: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def ask(stand: Stand, count: int | None, *, until: threading.Event, told: Callable[[], None] = lambda: None) -> Asked:
    """Asks `count` questions, or as many as fit, until `until` is set."""
    asked, story, asker = Asked(), stand.story, stand.asker()
    people = stand.people(count or 2_000)
    with open_desk(read_workspace(stand.parties.home(story.agency)), real_edges()) as desk:
        for at in range(count or 1_000_000):
            if until.is_set():
                break
            began = time.perf_counter()
            try:
                desk.ask(people[at % len(people)], asker, purpose=story.purpose)
                asked.milliseconds.append(1000 * (time.perf_counter() - began))
            except BrokerError as error:
                asked.failed.append(error.code)
            told()
            time.sleep(0 if count else _PAUSE)
    return asked


def renewed(environment: Mapping[str, str], told: Callable[[int, int], None]) -> float:
    """Renews everything in a process of its own, as `broker keys rotate` does. Returns the seconds it took."""
    context = multiprocessing.get_context("spawn")
    queue: Any = context.Queue()
    process = context.Process(target=_renew, args=(dict(environment), queue))
    process.start()
    while (said := queue.get())[0] != "ended":
        told(said[1], said[2])
    process.join()
    return float(said[1])


def _renew(environment: dict[str, str], queue: Any) -> None:
    os.environ.update(environment)
    parts = put_together(load_settings())
    began = time.perf_counter()
    renew_records(parts, progress=lambda done, total: queue.put(("progress", done, total)))
    queue.put(("ended", time.perf_counter() - began, 0))
