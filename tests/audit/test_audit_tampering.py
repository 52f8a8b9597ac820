"""Whatever an attacker does to the log, at whatever level, is noticed offline; honest logs never are."""

from __future__ import annotations

from random import Random

import pytest
import tampering
from example_evidence import ALONE, POLICY, refused, verified
from example_log import NOON, VKEY, counting_salts, events, signed
from tampering import HONEST, KINDS, LEVELS, NOTE, SEEN

from broker.audit.events import Event, leaf
from broker.audit.verify import verify_log
from broker.errors import Untrusted


def test_there_are_enough_kinds() -> None:
    """What the design asks for shrinks."""
    assert len(KINDS) >= 40 and len(LEVELS) == 5


def test_what_nobody_touched_verifies() -> None:
    """Everything is refused, so that a refusal says nothing."""
    honest = {**HONEST.files(), "checkpoint": NOTE.encode()}
    assert verified(honest, seen=SEEN).checkpoint.size == 14
    assert verified(tampering.evidence_of("rows")).checkpoint.size == 14


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("kind", KINDS, ids=": ".join)
def test_tampering_is_noticed(kind: tuple[str, str], level: str) -> None:
    """With the witnesses' policy, and a checkpoint that an agency kept, every kind at every level."""
    files = tampering.shown(kind, level)
    assert refused(files, POLICY, seen=None if kind[0] == "evidence" else SEEN)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind[0] != "evidence"], ids=": ".join)
def test_two_verifiers_agree_about_logs(kind: tuple[str, str], level: str) -> None:
    """Ours and the single file, which share no code, differ about a log that somebody tampered with."""
    files = tampering.shown(kind, level)
    try:
        verify_log(files, [VKEY])
        ours = True
    except Untrusted:
        ours = False
    # Ours has no clock: what is in the future is for the single file alone.
    assert ours is not refused(files, ALONE) or (ours and "future" in kind[1])


def honest_log(rng: Random) -> list[bytes]:
    """Some of the example's events in any order, any number of times, each with an id and salts of its own."""
    kinds, salts = events(), counting_salts(rng.randrange(2**64))
    chosen = [rng.choice(kinds) for _ in range(rng.choice((0, 1, 2, 3, 5, 8, 13, 40)))]
    made = [Event(one.typ, f"{rng.getrandbits(128):032x}", NOON, one.org, one.header, one.private) for one in chosen]
    return [leaf(one, salts).leaf_bytes for one in made]


@pytest.mark.parametrize("count", [pytest.param(10_000, marks=(pytest.mark.long, pytest.mark.timeout(3_600))), 15])
def test_no_honest_log_is_refused(count: int) -> None:
    """A false alarm, after which nobody believes the next one."""
    rng = Random(count)
    for _ in range(count):
        log = signed(honest_log(rng))
        grown = signed([*log.leaves, *honest_log(rng)])
        assert verify_log(grown.files(), [VKEY]).size == grown.size
        assert verified(grown.files(), ALONE, seen=log.note.encode()).checkpoint.size == grown.size
