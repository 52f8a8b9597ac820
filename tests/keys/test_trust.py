"""The trust list: who may sign for what, and every list that must not be believed."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.errors import Misconfigured, NotAllowed, Untrusted
from broker.keys.trust import Trust, parse_trust


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
