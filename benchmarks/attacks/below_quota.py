"""Attack 4c: what is left to an active broker inside the allowances, and whether the agency's reconciliation sees it.

Each line is done for real, counted, and then the agency runs `broker-agency reconcile` for the day, or a granter
`broker-agency grant-status`. Figures a day are the shipped allowances: what was done here, as often as a day has it.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from typing import Any, cast

import httpx2
from fastapi.testclient import TestClient

from benchmarks.attacks import register
from benchmarks.attacks.abuses import ASKER, Trial, about
from benchmarks.attacks.abuses_with_keys import block, genuine, grant
from benchmarks.attacks.hostile import ANSWERED, Hostile, Run, filled
from benchmarks.attacks.register import Known
from benchmarks.attacks.town import STAFF_ID
from broker import oprf
from broker.agency.cli import main
from broker.keys import context
from broker.keys.labels import label
from broker.linkage.steps import Compare, Pair, Weight, pair
from broker.linkage.strangers import STRANGER_BITS
from broker.peers.linkage_unit import LinkageUnit
from broker.server import create_app
from broker.store import labels
from broker.tokens import MAX_TOKENS, load_scheme, oprf_input
from broker.wire.comparison import ENVELOPES, SIZES, BlockAnswer, CompareAnswer, Compared
from broker.wire.evaluation import EvaluateAnswer, mask_context
from broker.wire.fields import parse
from broker.wire.question import Ticket

SEEN, UNSEEN = "alarm", "no alarm"


@dataclass(frozen=True)
class Left:
    """One thing that is left: what was done and got in the run, what a day allows, and what reconciliation said."""

    abuse: str
    done: int
    got: int
    unit: str
    a_day: str
    reconciliation: str


@dataclass
class Quiet:
    """A linkage unit to the broker's code that believes labels, and spends each ticket's calls on other records."""

    at: Hostile
    records: Sequence[bytes]
    http: httpx2.Client
    pairs: set[tuple[bytes, str]] = field(default_factory=set)

    def comparison(
        self, ticket: Ticket, envelope: bytes
    ) -> Callable[[Compare, Mapping[bytes, bytes]], dict[Pair, Weight]]:
        """Compares what it likes under the ticket, and says of everything that it is the same person."""
        earlier: list[CompareAnswer] = []

        def weigh(wanted: Compare, _: Mapping[bytes, bytes]) -> dict[Pair, Weight]:
            size = SIZES[wanted.call] - 1
            changes: dict[str, Any] = {"earlier": earlier[0]} if earlier else {}
            reply = self.at.compares(ticket, [envelope, *self.records[:size]], call=wanted.call, **changes)
            earlier.append(parse(CompareAnswer, reply.content))
            self.pairs |= {(ticket.id, one) for one in weights(earlier[-1])}
            names = {pair(one, other) for one in wanted.pivots for other in wanted.others if one != other}
            names |= {pair(one, other) for one in wanted.pivots for other in wanted.pivots if one != other}
            return dict.fromkeys(names, Weight(20.0, 20.0))

        return weigh


def swapped(at: Hostile, people: Sequence[Known]) -> Left:
    """Genuine questions, answered from labels alone; their comparisons are spent on records of the broker's choice."""
    quiet = Quiet(at, [one.envelope for one in at.held], at.world.parts.linkage_unit.http)
    honest = at.world.network.clients["broker"]
    with ExitStack() as running:
        parts = replace(at.world.parts, linkage_unit=cast(LinkageUnit, quiet))
        at.world.network.clients["broker"] = running.enter_context(TestClient(create_app(parts)))
        for known in people:
            at.world.agency(ASKER).asks(about(known), staff=STAFF_ID)
        at.world.network.clients["broker"] = honest
    name = "genuine questions, other records compared"
    return Left(name, len(people), len(quiet.pairs), "weights", _pairs_a_day(at), reconciled(at))


def dropped(at: Hostile, people: Sequence[Known]) -> Left:
    """Genuine questions that are compared and never answered."""
    pairs = 0
    for known in people:
        question = at.intercepts(ASKER, about(known))
        reply = at.compares(question.ticket, [question.evidence, *(one.envelope for one in at.held[:23])])
        pairs += len(weights(parse(CompareAnswer, reply.content)))
    name = "genuine questions, compared and not answered"
    return Left(name, len(people), pairs, "weights", _pairs_a_day(at), reconciled(at))


def one_record_often(at: Hostile, person: Known, *, questions: int) -> Left:
    """One person asked about again and again with the stolen desk key, against the whole store."""
    joined, envelopes = set(), [one.envelope for one in at.held]
    allowed, code = 0, ""
    for turn in range(questions):
        trial = Trial(at, person, question=None, record=b"")  # type: ignore[arg-type]
        id = at.fresh()
        envelope = genuine(trial, id)
        code = at.evaluates([b"x"], use="ask", id=id, key_id=f"{ASKER}/desk-1").code
        if code != ANSWERED:
            break
        ticket = at.ticket(envelope, id=id, key=at.stolen().ed25519("desk"))
        some = [envelopes[(23 * turn + more) % len(envelopes)] for more in range(23)]
        reply = at.compares(ticket, [envelope, *some])
        code = reply.code
        if not reply.answer:
            break
        allowed += 1
        joined |= {one for one, band in zip(some, reply.answer["bands"][0][1:], strict=True) if band == "c"}
    said = f"{reconciled(at)}; then {code}" if code != ANSWERED else reconciled(at)
    name = "stolen desk key, one person against every record"
    return Left(name, allowed, len(joined), "records joined", _pairs_a_day(at), said)


def guessed(at: Hostile, people: Sequence[Known], *, use: str) -> Left:
    """Names tried by evaluation with a stolen key: as many in one request as the linkage unit takes."""
    scheme, key_id = load_scheme(), f"{ASKER}/{'desk' if use == 'ask' else 'delivery'}-1"
    keys = [dict(register.match_keys(known)) for known in people]
    number = max(scheme.match_keys, key=lambda one: sum(one.number in held for held in keys)).number
    match_key = scheme.match_key(number)
    made = [oprf_input(scheme, match_key, held[number], register.PLACE) for held in keys if number in held]
    named, step = 0, MAX_TOKENS if use == "ask" else len(made)
    for start in range(0, len(made), step):
        some = made[start : start + step]
        reply = at.evaluates(some, use="ask" if use == "ask" else "post", id=at.fresh(), key_id=key_id)
        named += sum(map(bool, _looked_up(at, parse(EvaluateAnswer, reply.content), number)))
    settings = at.world.unit_settings
    day = settings.questions_per_day * MAX_TOKENS if use == "ask" else settings.posts_per_day
    name = f"stolen {'desk' if use == 'ask' else 'delivery'} key, names tried against labels ({match_key.name})"
    return Left(name, len(made), named, "people named", f"{day:,} names", reconciled(at))


def _looked_up(at: Hostile, answer: EvaluateAnswer, number: int) -> list[list[bytes]]:
    """The records behind each evaluated point, by unmasking it as the broker would its own."""
    evaluation, keysets = answer.evaluation, at.world.parts.keysets
    info = context.bind(context.MASK, mask_context(evaluation, evaluation.nonce))
    mask = at.world.parts.keyring.open_sealed(evaluation.mask, info=info)
    found = []
    with at.world.parts.store.look() as connection:
        for point in oprf.unmask(mask, [oprf.unblind(at.blinding, one) for one in answer.points]):
            made = label(keysets.newest.label_key, "csc", number=number, point=point)
            found.append(list(labels.find(connection, keysets, [("csc", made)]).get(("csc", made), [])))
    return found


def run_without_candidates(trial: Trial) -> Left:
    """A granted run whose blocks hold records of the broker's choice instead of the pivot's candidates."""
    run, pairs = grant(trial), 0
    others = [one.envelope for one in trial.at.held]
    for index in range(len(run.pivots)):
        first = block(trial, run, index, envelopes=filled([run.pivots[index], *others[:23]], 1))
        second = block(
            trial, run, index, call=2, earlier=parse(BlockAnswer, first.content),
            envelopes=filled([run.pivots[index], *others[23:62]], 2),
        )  # fmt: skip
        pairs += len(set().union(*(weights(parse(BlockAnswer, reply.content)) for reply in (first, second))))
    name = "granted run, other records than candidates"
    return Left(name, len(run.pivots), pairs, "weights", "62 records a granted one", granter_sees(trial.at, run))


def weights(answer: Compared) -> set[str]:
    """Envelopes beside the pivot of whom an answer tells more than of any stranger."""
    own, told = answer.envelopes[answer.pivots[0]], zip(answer.envelopes, answer.bands[0], answer.bits[0], strict=True)
    return {one for one, band, half in told if one != own and band != "u" and half != 2 * STRANGER_BITS}


def granter_sees(at: Hostile, run: Run) -> str:
    """What one of the two people sees who granted a run, with their own copies of its terms and the trust list."""
    terms = at.world.folder / "terms.json"
    terms.write_text(run.grant.terms.model_dump_json(), encoding="utf-8")
    command = ["grant-status", str(terms), "--linkage-unit", at.world.unit_settings.public_url]
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        code = main([*command, "--trust", str(at.world.parties.trust_folder)], at.world.edges())
    return _said(code)


def _pairs_a_day(at: Hostile) -> str:
    tickets = at.world.unit_settings.questions_per_day
    return f"{tickets * (ENVELOPES - 2):,} records, {tickets:,} tickets"


def reconciled(at: Hostile) -> str:
    """What the agency's reconciliation of this day says; the day is over afterwards."""
    day = at.world.now.date()
    at.world.now = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(9), dt.UTC)
    ran = at.world.agency(ASKER).runs("reconcile", "--day", day.isoformat(), "--json")
    return _said(ran.code)


def _said(code: int) -> str:
    return UNSEEN if code == 0 else SEEN if code == 7 else f"failed with {code}"
