"""Receipts: what one party keeps proves one event, offline, and nothing else can be made of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from example_log import LOG_KEY, ORIGIN, OTHER_KEY, VKEY, example, sealables, signed
from hypothesis import given
from hypothesis import strategies as st

from broker.audit import canonical, checkpoint, disclosures
from broker.audit.verify import verify_receipt
from broker.errors import BrokerError, Untrusted

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/audit/receipts.json").read_text())
LOG = example()
COVER = sealables()[6]


def receipt(*show: str) -> dict[str, Any]:
    return LOG.receipt(COVER, kind="answer", show=show).as_dict()


@pytest.mark.parametrize("case", VECTORS["accepted"], ids=lambda case: case["name"])
def test_accepted(case: dict[str, Any]) -> None:
    """These receipts prove their event for ever."""
    verified = verify_receipt(case["receipt"], VECTORS["vkeys"])
    assert (verified.index, verified.size, verified.event["typ"]) == (case["index"], case["size"], case["typ"])
    assert verified.disclosed == case["disclosed"]


@pytest.mark.parametrize("case", VECTORS["rejected"], ids=lambda case: case["name"])
def test_rejected(case: dict[str, Any]) -> None:
    """These receipts prove nothing, and the code says why."""
    with pytest.raises(Untrusted) as caught:
        verify_receipt(case["receipt"], VECTORS["vkeys"])
    assert caught.value.code == case["code"]


def test_the_vectors_are_what_is_written_today() -> None:
    """The receipt of the example log has not moved since the vectors were made."""
    assert receipt("staff", "case_reference") == VECTORS["accepted"][0]["receipt"]


@pytest.mark.parametrize("index", range(14))
def test_every_event_has_a_receipt_that_verifies(index: int) -> None:
    """Whoever the event is for, every private field can be shown to them."""
    sealable = sealables()[index]
    made = LOG.receipt(sealable, kind="", show=tuple(sealable.disclosures)).as_dict()
    verified = verify_receipt(made, [VKEY])
    assert (verified.origin, verified.index, verified.size) == (ORIGIN, index, 14)
    assert set(verified.disclosed) == set(sealable.disclosures)


def test_a_keeper_can_leave_disclosures_out() -> None:
    """A receipt is passed on without what the next party must not see."""
    assert verify_receipt(receipt(), [VKEY]).disclosed == {}
    assert verify_receipt(receipt("staff"), [VKEY]).disclosed == {"staff": "council/w7"}
    assert "council/w7" not in repr(verify_receipt(receipt("staff"), [VKEY]))


def test_kind_may_be_left_out_and_disclosures_may_be_a_tuple() -> None:
    """A receipt inside an answer has no kind of its own."""
    made = receipt("staff")
    del made["kind"]
    assert verify_receipt({**made, "disclosures": tuple(made["disclosures"])}, [VKEY]).event["typ"] == "answer"


def test_another_log_can_not_vouch() -> None:
    """A receipt is worth what the log's key is worth: another key, or another log's key, proves nothing."""
    leaves = list(LOG.leaves)
    for forged in (signed(leaves, key=OTHER_KEY), signed(leaves, origin="other.example/audit")):
        made = forged.receipt(COVER, kind="answer", show=()).as_dict()
        with pytest.raises(Untrusted) as caught:
            verify_receipt(made, [VKEY])
        assert caught.value.code == "note-unsigned"


def test_the_logs_own_nonsense_is_refused() -> None:
    """Even under the log's signature, bytes that are no event are no event."""
    nonsense = signed([b"{}"])
    made = {"v": 1, "leaf": "{}", "proof": nonsense.proof(0), "disclosures": []}
    with pytest.raises(Untrusted) as caught:
        verify_receipt(made, [VKEY])
    assert caught.value.code == "leaf-malformed"


@pytest.mark.parametrize("receipt", [None, [], "receipt", 1, {"v", "leaf", "proof", "disclosures"}])
def test_what_is_no_object_is_no_receipt(receipt: object) -> None:
    """A verifier comes down on what somebody sends in the place of a receipt."""
    with pytest.raises(Untrusted) as caught:
        verify_receipt(receipt, [VKEY])
    assert caught.value.code == "receipt-malformed"


def test_a_field_is_disclosed_once() -> None:
    """Two values under one name, both with a digest in the leaf, are not a disclosure of anything."""
    texts = [disclosures.conceal("staff", who, salt=bytes(16)) for who in ("a", "b")]
    content = json.loads(LOG.leaves[0]) | {"_sd": sorted(map(disclosures.digest, texts))}
    forged = signed([canonical.encode(content)])
    made = {"v": 1, "leaf": forged.leaves[0].decode(), "proof": forged.proof(0), "disclosures": texts}
    with pytest.raises(Untrusted) as caught:
        verify_receipt(made, [VKEY])
    assert caught.value.code == "receipt-disclosures"


def flips(data: bytes) -> Iterator[bytes]:
    for at in range(len(data)):
        for bit in range(8):
            yield data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]


def refused(data: bytes) -> bool:
    try:
        verify_receipt(canonical.decode(data), [VKEY])
    except BrokerError:
        return True
    return False


def test_every_flipped_bit_is_noticed() -> None:
    """No bit of a receipt is free to change."""
    small = example(3)
    data = canonical.encode(small.receipt(sealables()[2], kind="key", show=()).as_dict())
    assert not refused(data)
    assert all(refused(flipped) for flipped in flips(data))


def test_every_flipped_bit_of_a_disclosure_is_noticed() -> None:
    """No bit of what is disclosed is free to change."""
    made = receipt("staff")
    text = made["disclosures"][0]
    for flipped in flips(text.encode()):
        with pytest.raises(Untrusted):
            verify_receipt({**made, "disclosures": [flipped.decode("latin-1")]}, [VKEY])


def test_every_truncation_and_deletion_is_noticed() -> None:
    """No byte of a receipt, its last newline included, can be left out."""
    data = canonical.encode(receipt("staff"))
    assert all(refused(data[:end]) for end in range(len(data)))
    assert all(refused(data[:at] + data[at + 1 :]) for at in range(len(data)))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 2) | st.just(1.0) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
names = st.sampled_from(["v", "kind", "leaf", "proof", "disclosures", "other"])


@given(json_values | st.dictionaries(names, json_values | st.just(1), max_size=6))
def test_any_value_is_untrusted(value: Any) -> None:
    """Nothing but our own error escapes, whatever is called a receipt."""
    with pytest.raises(Untrusted):
        verify_receipt(value, [VKEY])


@given(names, json_values)
def test_any_changed_field_is_untrusted(name: str, value: Any) -> None:
    """Whatever one field of a good receipt is replaced by, it is refused or says the same."""
    made = receipt("staff")
    try:
        verified = verify_receipt({**made, name: value}, [VKEY])
    except Untrusted:
        return
    # All that may pass: the same value, a receipt without its kind, one that discloses less.
    assert made[name] == value or (name, value) in [("kind", ""), ("disclosures", [])]
    assert verified.event == verify_receipt(made, [VKEY]).event


def test_a_proof_is_for_one_place_only() -> None:
    """The proof of another leaf, or under another checkpoint of the same log, does not carry over."""
    made = receipt()
    older = signed(list(LOG.leaves[:9]))
    size_9 = checkpoint.open_note(older.note, [VKEY])
    assert size_9.size == 9
    for proof in (
        LOG.proof(5),
        LOG.proof(6).replace(LOG.note, older.note),
        older.proof(6).replace("index 6", "index 7"),
    ):
        with pytest.raises(Untrusted) as caught:
            verify_receipt({**made, "proof": proof}, [VKEY])
        assert caught.value.code == "inclusion-proof"
    assert verify_receipt({**made, "proof": older.proof(6)}, [VKEY]).size == 9


def test_the_key_of_the_vectors_is_the_key_of_the_example() -> None:
    """Vectors and example log are one."""
    assert VECTORS["vkeys"] == [checkpoint.vkey(ORIGIN, LOG_KEY.public_key())]
