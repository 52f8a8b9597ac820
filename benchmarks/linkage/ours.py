"""Our side of a set: tokens and evidence, every question answered, everything grouped at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from benchmarks.linkage import batch_side
from benchmarks.linkage.dataset import Codes, DataSet, codes
from benchmarks.linkage.encode import Encoded, encode
from benchmarks.linkage.index import build
from benchmarks.linkage.pairs import Pairs
from benchmarks.linkage.questions import Answer, Records, ask_all, candidates_of
from benchmarks.linkage.weighing import Judge
from broker.actions.look_up import HUB
from broker.linkage.model import Model
from broker.linkage.resolve import Rules
from broker.tokens import Scheme

Made = TypeVar("Made")
Step = Callable[[str, int], None]
"""Told what is under way and how many more records have been done."""


@dataclass(frozen=True, repr=False)
class Shipped:
    """The scheme and the model that are measured."""

    scheme: Scheme
    model: Model

    @property
    def rules(self) -> Rules:
        return Rules(self.model.bounds, frozenset(one.number for one in self.scheme.match_keys if one.address))


@dataclass(frozen=True, repr=False)
class Ours:
    """`answers` one for each record; `pairs` all that share a label, weighed; `groups` a number for each record."""

    encoded: Encoded
    answers: Sequence[Answer]
    pairs: Pairs
    groups: Codes
    hubs: int
    seconds: dict[str, float] = field(default_factory=dict)
    mib: int = 0


def link(data: DataSet, shipped: Shipped, folder: Path, *, step: Step) -> Ours:
    """Our answers for every record of `data`, and its groups."""
    seconds: dict[str, float] = {}
    people = [entry.person for entry in data.entries]
    sources = [entry.source for entry in data.entries]
    encoded = _timed(seconds, "encode", lambda: encode(people, shipped.scheme, step=lambda: step("encode", 1)))
    judge = Judge(shipped.scheme, shipped.model, encoded.vectors)
    index = _timed(seconds, "index", lambda: build(encoded.points, sources, hub=HUB))
    records = Records(candidates_of(encoded.points, sources), index, judge, shipped.rules)
    questions = list(enumerate(encoded.points))
    answers = _timed(seconds, "ask", lambda: list(ask_all(records, questions, step=lambda n: step("ask", n))))
    peer = batch_side.group(encoded, codes(sources), folder, seconds=seconds)
    return Ours(encoded, answers, peer.pairs, peer.groups, index.hubs, seconds, peer.mib)


def _timed(seconds: dict[str, float], name: str, work: Callable[[], Made]) -> Made:
    began = time.monotonic()
    found = work()
    seconds[name] = time.monotonic() - began
    return found
