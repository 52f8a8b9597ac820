"""The trust list: who may sign for what, and every list that must not be believed."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from broker import oprf
from broker.errors import Misconfigured, NotAllowed, NotFound, Untrusted
from broker.keys.make import ed25519_public
from broker.keys.trust import Trust, parse_trust
from broker.wire.fields import encode64


def test_the_vector_is_accepted(trust: Trust) -> None:
    """Everybody's public keys are there."""
    assert trust.agency("council").sources == ("csc", "eh")
    assert trust.broker.receipt_key.public_bytes_raw() == trust.broker.receipt
    assert trust.linkage_unit.seal_key.public_bytes_raw() == trust.linkage_unit.seal


def test_the_rejected_vectors_are_refused(vector: dict[str, Any]) -> None:
    """A list with one place changed is refused: nothing starts on it."""
    accepted_wrongly = []
    for case in vector["rejected"]:
        changed = copy.deepcopy(vector["accepted"])
        *way, last = case["at"]
        place = changed
        for step in way:
            place = place[step]
        place[last] = case["value"]
        try:
            parse_trust(json.dumps(changed).encode())
            accepted_wrongly.append(case["name"])
        except Misconfigured as error:
            assert error.code == "trust-list-invalid"
    assert accepted_wrongly == []


def test_witnesses_are_listed_and_a_list_without_them_still_counts(vector: dict[str, Any]) -> None:
    """A list that was signed before there were witnesses stops every process, or a witness's key is not found."""
    witness = {"name": "council", "vkey": "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"}
    listed = vector["accepted"] | {"witnesses": [witness | {"url": "https://witness.example/w1"}], "quorum": 1}
    trust = parse_trust(json.dumps(listed).encode())
    assert (trust.quorum, trust.witnesses[0].public.hex()[:8]) == (1, "ebcdeb78")
    before = parse_trust(json.dumps(vector["accepted"]).encode())
    assert (before.quorum, before.witnesses) == (0, ())


@given(st.binary(max_size=200))
def test_whatever_the_bytes_the_error_is_ours(data: bytes) -> None:
    """A damaged file stops the start with our error."""
    with pytest.raises(Misconfigured):
        parse_trust(data)


@pytest.mark.parametrize(("key_id", "use", "good"), [
    ("council/delivery-1", "post", True),
    ("council/desk-1", "ask", True),
    ("council/delivery-1", "ask", False),
    ("council/desk-1", "post", False),
    ("homes/desk-1", "ask", True),
    ("homes/desk-2", "ask", False),
])  # fmt: skip
def test_a_signing_key_has_one_use(trust: Trust, key_id: str, use: Any, good: bool) -> None:
    """A stolen delivery server learns nothing, as its key can't ask."""
    if good:
        trust.signing_key(key_id, use)
    else:
        with pytest.raises(Untrusted):
            trust.signing_key(key_id, use)


@pytest.mark.parametrize("name", ["police", "nobody", "", "council/", "COUNCIL"])
def test_who_is_suspended_or_unknown_gets_nothing(trust: Trust, name: str) -> None:
    """A suspended agency is as unknown as one that never joined."""
    with pytest.raises(NotAllowed):
        trust.agency(name)


def test_a_suspended_agency_signs_and_posts_nothing(trust: Trust) -> None:
    """Its keys and sources are refused with it."""
    with pytest.raises(NotAllowed):
        trust.signing_key("police/desk-1", "ask")
    with pytest.raises(NotAllowed):
        trust.signing_keys("police", "ask")


def test_every_key_of_a_use_is_given(trust: Trust) -> None:
    """What an agency signed can be checked against all it may sign with."""
    assert trust.signing_keys("council", "ask") == [trust.signing_key("council/desk-1", "ask")]


def test_what_was_signed_before_is_checked_with_retired_keys_too(trust: Trust, vector: dict[str, Any]) -> None:
    """Records posted with an earlier key are compared no more, or what a stolen key signed is."""
    retired, revoked = (trust_key(vector, name) for name in ("council/delivery-0", "council/desk-0"))
    assert retired in public(trust.vouching_keys("council", "post"))
    assert retired not in public(trust.signing_keys("council", "post"))
    assert revoked not in public(trust.vouching_keys("council", "ask"))
    for key_id in ("council/delivery-0", "council/desk-0"):
        with pytest.raises(Untrusted):
            trust.caller_key(key_id)
    assert not trust.may("council/desk-0", "ask")


@pytest.mark.parametrize(("status", "vouched"), [("active", True), ("suspended", True), ("left", False)])
def test_a_suspended_agency_is_vouched_for_and_one_that_left_is_not(
    vector: dict[str, Any], status: str, vouched: bool
) -> None:
    """People whom a suspended agency knows are lost, or those of one that left are not."""
    changed = copy.deepcopy(vector["accepted"])
    changed["agencies"][1]["status"] = status
    trust = parse_trust(json.dumps(changed).encode())
    if vouched:
        assert len(trust.vouching_keys("homes", "post")) == 1
    else:
        with pytest.raises(NotAllowed):
            trust.vouching_keys("homes", "post")


def test_two_epochs_are_open_while_one_follows_the_other(vector: dict[str, Any]) -> None:
    """Whoever asks for the epoch gets the older, or the point of another."""
    changed = copy.deepcopy(vector["accepted"])
    second = encode64(oprf.public_point(oprf.scalar(bytes([vector["seeds"]["linkage_key.2"]]) * 64)))
    changed["linkage_keys"].append({"epoch": 2, "public": second})
    changed["evidence_epochs"].append(2)
    changed["linkage_unit"]["seals"].append({"number": 2, "public": encode64(bytes([9]) + bytes(31))})
    trust = parse_trust(json.dumps(changed).encode())
    assert (trust.epochs, trust.epoch, trust.evidence_epoch, trust.linkage_unit.seal_number) == ((1, 2), 2, 2, 2)
    assert encode64(trust.linkage_key(2)) == second
    assert trust.linkage_unit.seal_key.public_bytes_raw() == trust.linkage_unit.seal
    with pytest.raises(NotFound):
        trust.linkage_key(3)


def trust_key(vector: dict[str, Any], name: str) -> bytes:
    return ed25519_public(bytes([vector["seeds"][name]]) * 32)


def public(keys: list[Ed25519PublicKey]) -> list[bytes]:
    return [key.public_bytes_raw() for key in keys]
