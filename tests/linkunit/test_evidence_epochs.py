"""While the evidence key changes every pair that can be compared is, as before; the others are never a difference."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence

import pytest
from comparisons import ANNA, BEN, SCHEME, UNIT_KEY, key, question, record
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from unit_and_askers import TRUST, secret

from broker.agency.evidence import seal_info
from broker.errors import Untrusted
from broker.keys import context, sealing
from broker.keys.statement import LAYOUTS
from broker.keys.trust import Trust, parse_trust
from broker.linkage.model import parse_model
from broker.linkunit.compare import Judge, Rows
from broker.linkunit.envelopes import Opener, Statement
from broker.linkunit.seen import Seen, seen_in
from broker.tokens import packaged
from broker.wire.delivery import EVIDENCE_BYTES, TWO_EPOCHS_BYTES

SEAL, NEWER_SEAL = (X25519PrivateKey.from_private_bytes(seed) for seed in (secret("linkage_unit.seal"), b"n" * 32))
ONE, TWO = b"e" * 32, b"f" * 32
HELD = {"old": {1: ONE}, "both": {1: ONE, 2: TWO}, "new": {2: TWO}}
JUDGE = Judge(SCHEME, parse_model(packaged("uk-person-1.model.json")))
MOVED = {name: value for name, value in ANNA.items() if not name.startswith("pc")} | {"pc": "zz33cc", "pcs": "zz33"}
BROTHER = ANNA | {"fn": "adam", "fnc": "adam", "dob": "1986-05-01", "ym": "1986-05", "yy": "1986", "nhs": "9990000034"}
NAMELESS = {"nhs": ANNA["nhs"], "dob": ANNA["dob"]}
PEOPLE = (ANNA, MOVED, BROTHER, BEN, NAMELESS)
INFO = seal_info("brackwater", SCHEME.digest)


def trust(*epochs: int) -> Trust:
    return parse_trust(json.dumps(TRUST | {"evidence_epochs": list(epochs)}).encode())


def opener(*epochs: int, seals: Sequence[X25519PrivateKey] = (SEAL,)) -> Opener:
    return Opener(trust(*epochs), SCHEME, tuple(seals))


def compared(mine: str, theirs: str, *epochs: int) -> Rows:
    """A question of a desk that holds these keys, with records that were posted under those."""
    unit = opener(*epochs)
    asked = unit.open(question(ANNA, evidence_keys=HELD[mine]))
    [row] = JUDGE.rows([asked], [unit.open(record(one, evidence_keys=HELD[theirs])) for one in PEOPLE])
    return row


BEFORE = compared("old", "old", 1)


def test_the_people_of_these_tests_are_worth_comparing() -> None:
    """Certain, unlike, and between: a comparison that says the same of everybody would prove nothing."""
    assert BEFORE.bands[0] == "c" and {"b", "x"} & set(BEFORE.bands) and len(set(BEFORE.bits)) >= 4


@pytest.mark.parametrize(
    ("mine", "theirs"), [pair for pair in itertools.product(HELD, HELD) if set(pair) != {"old", "new"}]
)
def test_two_that_share_an_epoch_are_compared_as_before(mine: str, theirs: str) -> None:
    """Old with old, old with both, both with both, new with new, either way round: the same weights and bands."""
    assert compared(mine, theirs, 1, 2) == BEFORE


@pytest.mark.parametrize(("mine", "theirs"), [("old", "new"), ("new", "old")])
def test_two_that_share_no_epoch_are_no_evidence(mine: str, theirs: str) -> None:
    """An agency that lacks the new key meets one that lacks the old: nothing is known, and never a disagreement."""
    row = compared(mine, theirs, 1, 2)
    assert (set(row.bands), set(row.bits), set(row.placeless), set(row.strangers)) == ({"u"}, {0}, {0}, {False})


def test_after_closing_old_envelopes_say_nothing() -> None:
    """The old key may be everybody's by then; what was sent again while both were open goes on."""
    assert compared("new", "both", 2) == compared("both", "both", 2) == compared("new", "new", 2) == BEFORE
    closed = opener(2)
    for envelope in (record(ANNA, evidence_keys=HELD["old"]), question(ANNA, evidence_keys=HELD["old"])):
        with pytest.raises(Untrusted, match="an envelope can't be used"):
            closed.open(envelope)
    assert closed.open(record(ANNA, evidence_keys=HELD["both"])).vectors.keys() == {2}
    with pytest.raises(Untrusted):
        opener(3).open(record(ANNA, evidence_keys=HELD["both"]))


def test_the_newest_epoch_in_common_decides() -> None:
    """A record whose older vector is of a key that somebody lost meets the others under the newer one."""
    unit = opener(1, 2)
    odd = record(ANNA, evidence_keys={1: b"x" * 32, 2: TWO})
    [row] = JUDGE.rows([unit.open(question(ANNA, evidence_keys=HELD["both"]))], [unit.open(odd)])
    assert row.bands == "c"
    [row] = JUDGE.rows([unit.open(question(ANNA, evidence_keys=HELD["old"]))], [unit.open(odd)])
    assert row.bands != "c"


def test_several_pivots_and_mixed_records_at_once() -> None:
    """One call holds envelopes of every kind; each pair is as if it were alone."""
    unit = opener(1, 2)
    some = [unit.open(record(one, evidence_keys=held)) for one in (ANNA, BEN) for held in HELD.values()]
    together = JUDGE.rows(some, [*some, None])
    alone = [[JUDGE.rows([one], [other])[0] for other in some] for one in some]
    for row, apart in zip(together, alone, strict=True):
        assert (row.bands, row.bits) == (
            "".join(one.bands for one in apart) + "u",
            (*(one.bits[0] for one in apart), 0),
        )
    assert JUDGE.fields(some[0], some[2]).keys() == JUDGE.fields(some[0], some[1]).keys()
    assert set(JUDGE.fields(some[0], some[2]).values()) == {"not held"}
    assert JUDGE.letters(some[1], some[:3])[0] == JUDGE.letters(some[1], some[:3])[2]


def test_what_fills_a_call_up_changes_no_weight() -> None:
    """An envelope stands in several places of a call; each place says of it what one alone would."""
    unit = opener(1, 2)
    some = [unit.open(record(one, evidence_keys=held)) for one in (ANNA, BEN) for held in HELD.values()]
    once = JUDGE.rows(some[:2], some)
    places = [3, 0, 0, 5, None, 1, 0, 5, 2, None, 4, 0]
    for row, alone in zip(JUDGE.rows(some[:2], [None if at is None else some[at] for at in places]), once, strict=True):
        assert row.bits == tuple(0 if at is None else alone.bits[at] for at in places)
        assert row.placeless == tuple(0 if at is None else alone.placeless[at] for at in places)
        assert row.bands == "".join("u" if at is None else alone.bands[at] for at in places)
        assert row.strangers == tuple(at is not None and alone.strangers[at] for at in places)


def test_what_no_pivot_could_be_compared_with_is_not_counted_as_seen() -> None:
    """Strangers are counted among the compared; a record is compared when one pivot shares an epoch with it."""
    unit = opener(1, 2)
    digests = ["own", "pivot", "old", "new"]
    statements: list[Statement | None] = [
        unit.open(question(ANNA, evidence_keys=HELD["new"])),
        unit.open(record(ANNA, evidence_keys=HELD["both"])),
        unit.open(record(BEN, ref=b"o" * 16, evidence_keys=HELD["old"])),
        unit.open(record(BEN, ref=b"n" * 16, evidence_keys=HELD["new"])),
    ]
    own, pivot = statements[0], statements[1]
    assert own is not None and pivot is not None
    rows = JUDGE.rows([own, pivot], statements)
    assert seen_in(digests, statements, (0, 1), rows=rows).different == 2
    without = [own, *statements[2:]]
    rows = JUDGE.rows([own], without)
    assert seen_in(digests[:1] + digests[2:], without, (0,), rows=rows) == Seen(1, 1)


@pytest.mark.parametrize(("held", "length"), [("old", EVIDENCE_BYTES), ("both", TWO_EPOCHS_BYTES), ("new", 1536)])
def test_the_length_tells_how_many_epochs_and_nothing_else(held: str, length: int) -> None:
    """Everybody's envelope is as long as anybody's."""
    assert {len(record(one, evidence_keys=HELD[held])) for one in PEOPLE} == {length}
    assert TWO_EPOCHS_BYTES == 2560


GOOD = sealing.open_classical(record(ANNA, evidence_keys=HELD["both"]), SEAL, info=INFO)
SIGNED = LAYOUTS[2].signed_bytes


def changed(at: int, new: bytes) -> bytes:
    return GOOD[:at] + new + GOOD[at + len(new) : SIGNED]


WRONG = {
    "the other layout": changed(0, b"\x01"),
    "an unknown layout": changed(0, b"\x03"),
    "the same epoch twice": changed(116, b"\0\1\0\1"),
    "epochs the wrong way round": changed(116, b"\0\2\0\1"),
    "epochs that do not follow": changed(116, b"\0\1\0\3"),
    "epochs long over": changed(116, b"\0\5\0\6"),
    "a record of no version": changed(152, bytes(8)),
    "a slot too few": changed(160, bytes([len(SCHEME.atoms) - 1])),
    "something after the vectors": changed(SIGNED - 1, b"\x01"),
}


@pytest.mark.parametrize("signed", WRONG.values(), ids=WRONG.keys())
def test_a_statement_of_two_epochs_of_another_form_is_refused(signed: bytes) -> None:
    """Even when the agency signed it, and in the same words as ever."""
    message = context.EVIDENCE_SIGNATURE
    signer = key("homes/delivery-1")
    opener(1, 2).open(sealing.seal_classical(GOOD, UNIT_KEY, info=INFO))
    with pytest.raises(Untrusted, match="an envelope can't be used"):
        opener(1, 2).open(sealing.seal_classical(signed + signer.sign(message + signed), UNIT_KEY, info=INFO))


def test_an_envelope_opens_under_every_key_it_may_be_sealed_to() -> None:
    """The envelope key changes on its own; what was sealed again holds the same statement."""
    seals = (SEAL, NEWER_SEAL)
    old = record(ANNA, evidence_keys=HELD["both"])
    new = record(ANNA, evidence_keys=HELD["both"], seal_key=NEWER_SEAL.public_key())
    assert opener(1, 2, seals=seals).open(old) == opener(1, 2, seals=seals).open(new)
    statement, plain = opener(1, 2, seals=seals).unsealed(old)
    assert (statement, plain) == (opener(1, 2).open(old), GOOD[:SIGNED] + plain[SIGNED:])
    with pytest.raises(Untrusted):
        opener(1, 2, seals=(NEWER_SEAL,)).open(old)
    with pytest.raises(Untrusted):
        opener(1, 2).open(new)


@pytest.mark.parametrize(
    ("status", "posted", "asked"), [("active", True, True), ("retired", True, False), ("revoked", False, False)]
)
def test_a_record_outlives_the_key_that_signed_it(status: str, posted: bool, asked: bool) -> None:
    """A retired delivery key vouches for what it posted, a retired desk key asks nothing, a revoked one is none."""
    listed = json.loads(json.dumps(TRUST))
    for agency in listed["agencies"]:
        for one in agency["keys"]:
            one["status"] = status if one["id"] in ("homes/delivery-1", "council/desk-1") else one["status"]
    unit = Opener(parse_trust(json.dumps(listed).encode()), SCHEME, (SEAL,))
    for envelope, usable in ((record(ANNA), posted), (question(ANNA), asked)):
        if usable:
            unit.open(envelope)
            continue
        with pytest.raises(Untrusted, match="an envelope can't be used"):
            unit.open(envelope)
