"""Public halves as they travel from their owners to the trust list, and what custodians are shown of a change."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.errors import BadInput, BrokerError
from broker.keys import changes, make
from broker.keys.publics import AgencyKeyPublic, CustodianPublic, agency_of_lines, signing_key
from broker.keys.testkeys import published, published_random
from broker.keys.trust import Trust
from broker.keys.trustdiff import fingerprint, lines
from broker.wire.fields import encode64

ENTRY = make.agency_public(
    make.agency_secrets(published_random("fire"), evidence=bytes(32), reviewer=True), "fire", sources=["fr"]
)
PRINTED = [f"  {key.id}  {encode64(key.public)}" for key in ENTRY.keys] + [f"  fire/seal-1  {encode64(ENTRY.seal)}"]


def test_what_an_agencys_client_printed_makes_its_entry() -> None:
    """An operator would put a key under the wrong use."""
    text = "For the operator's trust list (public, not secret):\n" + "\n".join(PRINTED)
    assert agency_of_lines(text, sources=["fr"]) == ENTRY


@pytest.mark.parametrize("text", [
    "",
    "\n".join(PRINTED[:-1]),
    PRINTED[-1],
    "\n".join([*PRINTED, PRINTED[-1]]),
    "\n".join([*PRINTED[:-1], PRINTED[-1].replace("fire/", "school/")]),
    "\n".join(PRINTED).replace("fire/desk-1", "fire/door-1"),
    "\n".join(PRINTED).replace(encode64(ENTRY.keys[0].public), "not base64url"),
])  # fmt: skip
def test_half_of_it_makes_none(text: str) -> None:
    """An agency would join without a key to seal to, or with somebody else's."""
    with pytest.raises(BadInput):
        agency_of_lines(text, sources=["fr"])


@given(st.text(max_size=200))
def test_any_text_raises_only_our_error(text: str) -> None:
    """A wrong file would end in a traceback."""
    with pytest.raises(BrokerError):
        agency_of_lines(text, sources=["fr"])


def test_a_source_that_is_none_is_refused() -> None:
    """It would be refused by every process, after everybody signed."""
    with pytest.raises(BadInput):
        agency_of_lines("\n".join(PRINTED), sources=["Fire & Rescue"])


def test_a_seal_key_is_no_signing_key() -> None:
    """A key for sealing would sign."""
    with pytest.raises(BadInput):
        signing_key(AgencyKeyPublic(id="fire/seal-2", public=ENTRY.seal))
    made = signing_key(AgencyKeyPublic(id="fire/review-2", public=ENTRY.keys[2].public))
    assert (made.use, made.status) == ("review", "active")


def test_a_custodians_key_is_the_one_that_was_printed() -> None:
    """A root would name another key."""
    public = make.ed25519_public(published("custodian"))
    printed = CustodianPublic(party="custodian", name="adeyemi", public=public)
    assert printed.public_key().public_bytes_raw() == public


def test_every_change_is_shown_to_whoever_signs(trust: Trust) -> None:
    """A second change could hide behind the first."""
    assert lines(trust, trust) == []
    joined = changes.joined(trust, ENTRY)
    shown = lines(trust, joined)
    assert f"+ agencies.fire.keys.fire/desk-1.public: {fingerprint(encode64(ENTRY.keys[1].public))}" in shown
    assert any(line.startswith("~ agencies.order: ") for line in shown)
    both = changes.next_evidence_epoch(changes.revoked(joined, "fire/desk-1"))
    assert lines(joined, both) == [
        "~ agencies.fire.keys.fire/desk-1.status: active -> revoked",
        "~ evidence_epochs: 1 -> 1, 2",
    ]
    assert [line[0] for line in lines(both, trust)].count("-") == [line[0] for line in lines(trust, both)].count("+")


FIELDS = ["place", "rehearsal", "scheme", "model", "linkage_keys", "evidence_epochs", "granters", "agencies"]


@pytest.mark.parametrize("name", FIELDS)
def test_no_field_can_change_unseen(trust: Trust, name: str) -> None:
    """A field that the comparison forgets is one that custodians sign blindly."""
    other = {
        "place": "elsewhere",
        "rehearsal": not trust.rehearsal,
        "scheme": "other",
        "model": "0" * 64,
        "evidence_epochs": (7,),
    }
    value = other.get(name, getattr(trust, name)[:-1] if name not in other else None)
    assert lines(trust, trust.model_copy(update={name: value})) != []
