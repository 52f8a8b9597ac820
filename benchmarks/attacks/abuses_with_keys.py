"""Attack 4b: the same broker with an agency's desk key, and with leave for a population run.

The desk key is stolen, or the agency is in it too: then tickets and envelopes are genuine, and what remains is the
linkage unit's own rules. Of a run the two granters are honest: the broker has the grant they signed, and no key.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.attacks import register
from benchmarks.attacks.abuses import ASKER, Trial
from benchmarks.attacks.hostile import Reply, Run, filled, granted
from broker.synthetic.parties import GRANTERS
from broker.vaults.secretfile import read_secrets
from broker.wire.comparison import BlockAnswer, BlockRequest
from broker.wire.fields import parse


def under_own_ticket(trial: Trial, envelope: bytes, *, id: bytes = b"", evaluated: bool = True) -> Reply:
    """The first call under a ticket that the stolen desk key signs."""
    id = id or trial.at.fresh()
    if evaluated:
        trial.at.evaluates([b"x"], use="ask", id=id, key_id=f"{ASKER}/desk-1")
    ticket = trial.at.ticket(envelope, id=id, key=trial.at.stolen().ed25519("desk"))
    return trial.at.compares(ticket, [envelope, trial.record])


def genuine(trial: Trial, id: bytes) -> bytes:
    """A question's envelope about the person, with all of the agency's keys."""
    return trial.at.seals(register.vector(trial.person), id=id, keys=trial.at.stolen().values)


def _never_evaluated(trial: Trial) -> str:
    id = trial.at.fresh()
    return under_own_ticket(trial, genuine(trial, id), id=id, evaluated=False).code


def _one_envelope_twice(trial: Trial) -> str:
    id = trial.at.fresh()
    envelope = genuine(trial, id)
    under_own_ticket(trial, envelope, id=id)
    return under_own_ticket(trial, envelope).code


def _in_anothers_name(trial: Trial) -> str:
    id = trial.at.fresh()
    envelope = genuine(trial, id)
    trial.at.evaluates([b"x"], use="ask", id=id, key_id=f"{ASKER}/desk-1")
    ticket = trial.at.ticket(envelope, id=id, key=trial.at.stolen().ed25519("desk"), agency="police")
    return trial.at.compares(ticket, [envelope, trial.record]).code


def _long_ticket(trial: Trial) -> str:
    id = trial.at.fresh()
    envelope = genuine(trial, id)
    trial.at.evaluates([b"x"], use="ask", id=id, key_id=f"{ASKER}/desk-1")
    key = trial.at.stolen().ed25519("desk")
    ticket = trial.at.ticket(envelope, id=id, key=key, expires=trial.at.now + 86_400)
    return trial.at.compares(ticket, [envelope, trial.record]).code


WITH_DESK_KEY: dict[str, tuple[Callable[[Trial], str], str]] = {
    "ticket that was never evaluated": (_never_evaluated, "ticket-unknown"),
    "stored record as the question's own envelope": (lambda t: under_own_ticket(t, t.record).code, "pivot-unusable"),
    "one question's envelope under two tickets": (_one_envelope_twice, "pivot-unusable"),
    "ticket in another agency's name": (_in_anothers_name, "ticket-signature"),
    "ticket for a whole day": (_long_ticket, "ticket-times"),
}


def grant(trial: Trial, *, pivots: Sequence[bytes] = (), **terms: Any) -> Run:
    """Leave that the two honest granters gave, over two stored records unless others are named."""
    parties = trial.at.world.parties
    keys = {one: read_secrets(parties.granter(one) / "secrets.json", owner=f"granter:{one}") for one in GRANTERS}
    signing = {one: secrets.ed25519("grant") for one, secrets in keys.items()}
    chosen = pivots or trial.pivots
    return granted(trial.at.world, chosen, id=trial.at.fresh(), keys=signing, **terms)


def block(trial: Trial, run: Run, index: int = 0, **changes: Any) -> Reply:
    """One call of a block."""
    given: dict[str, Any] = {"v": 1, "grant": run.grant, "index": index, "proof": run.proof(index), "call": 1}
    given |= {"pivots": (0,), "envelopes": filled([run.pivots[index], trial.record], changes.get("call", 1)), **changes}
    return trial.at.sends("/v1/blocks", BlockRequest.model_construct(**given))


def _granted_by(trial: Trial, *names: str) -> str:
    own = Ed25519PrivateKey.from_private_bytes(b"g" * 32)
    run = granted(trial.at.world, trial.pivots, id=trial.at.fresh(), keys=dict.fromkeys(names, own))
    return block(trial, run).code


def _more_openings(trial: Trial) -> str:
    run = grant(trial)
    terms = run.grant.terms.model_copy(update={"openings": 1 << 30})
    return block(trial, run, grant=run.grant.model_copy(update={"terms": terms})).code


def _one_person(trial: Trial) -> str:
    run = grant(trial)
    [first, _] = run.grant.signatures
    return block(trial, run, grant=run.grant.model_copy(update={"signatures": (first, first)})).code


def _third_time(trial: Trial) -> str:
    run = grant(trial, openings=640)
    return [block(trial, run).code for _ in range(3)][-1]


def _over_budget(trial: Trial) -> str:
    run = grant(trial, openings=64)
    earlier = parse(BlockAnswer, block(trial, run).content)
    block(trial, run, call=2, earlier=earlier)
    return block(trial, run, index=1).code


def _question_as_record(trial: Trial) -> str:
    run = grant(trial, pivots=[trial.own, *trial.pivots])
    return block(trial, run, index=run.pivots.index(trial.own)).code


def _expired(trial: Trial) -> str:
    run = grant(trial)
    trial.at.world.later(hours=2)
    return block(trial, run).code


WITH_GRANT: dict[str, tuple[Callable[[Trial], str], str]] = {
    "run without leave, signed by the broker": (lambda t: _granted_by(t, *GRANTERS), "grant-signature"),
    "leave of somebody who is on no list": (lambda t: _granted_by(t, "broker/adam", "broker/eve"), "granter-unknown"),
    "leave of one person, twice": (_one_person, "grant-one-person"),
    "leave changed to a larger run": (_more_openings, "grant-signature"),
    "leave after its last day": (_expired, "grant-expired"),
    "record that is not in the granted list": (
        lambda t: block(t, grant(t), envelopes=filled([t.record, t.own], 1)).code, "pivot-not-granted",
    ),
    "a question's envelope in the granted list": (_question_as_record, "pivot-unusable"),
    "granted record at another's place": (
        lambda t: block(t, run := grant(t), envelopes=filled([run.pivots[1], t.record], 1)).code, "pivot-not-granted",
    ),
    "a block a third time": (_third_time, "block-used"),
    "more than the granted openings": (_over_budget, "grant-used-up"),
}  # fmt: skip
