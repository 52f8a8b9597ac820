"""Changes of the trust document: each leads to one that every process takes, or is refused before it is signed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker import oprf
from broker.errors import BrokerError, Conflict, NotAllowed, NotFound, Untrusted
from broker.keys import changes, make
from broker.keys.listed import Agency, AgencyKey, LinkageKey, UnitSeal
from broker.keys.testkeys import published, published_random
from broker.keys.trust import Trust, parse_trust


def newcomer(name: str = "fire", *, again: int = 0) -> Agency:
    secret = make.agency_secrets(published_random(f"{name}/{again}"), evidence=bytes(32))
    keys = make.agency_public(secret, name, sources=["fr"])
    return keys.model_copy(
        update={"keys": tuple(k.model_copy(update={"id": k.id[:-1] + str(again + 1)}) for k in keys.keys)}
    )


def new_key(number: int = 2, use: str = "ask") -> AgencyKey:
    public = make.ed25519_public(published(f"council/{use}/{number}"))
    name = {"ask": "desk", "post": "delivery", "review": "review"}[use]
    return AgencyKey.model_validate(
        {"id": f"council/{name}-{number}", "use": use, "public": public, "status": "active"}, strict=False
    )


def test_an_agency_joins_is_suspended_comes_back_and_leaves(trust: Trust) -> None:
    """Membership would not follow what was decided."""
    there = changes.joined(trust, newcomer())
    assert there.signing_keys("fire", "ask") and there.agency("council") == trust.agency("council")
    away = changes.suspended(there, "fire")
    with pytest.raises(NotAllowed):
        away.agency("fire")
    assert away.vouching_keys("fire", "post") and changes.readmitted(away, "fire") == there
    gone = changes.left(away, "fire")
    with pytest.raises(NotAllowed):
        gone.vouching_keys("fire", "post")


def test_an_agency_that_left_comes_back_with_new_keys_only(trust: Trust) -> None:
    """A key that was out of everybody's sight for a year would sign again."""
    gone = changes.left(changes.joined(trust, newcomer()), "fire")
    with pytest.raises(Conflict, match="before it left"):
        changes.joined(gone, newcomer())
    back = changes.joined(gone, newcomer(again=1))
    assert {key.id: key.status for key in back.agency("fire").keys} == {
        "fire/delivery-1": "revoked",
        "fire/desk-1": "revoked",
        "fire/delivery-2": "active",
        "fire/desk-2": "active",
    }


def test_a_desk_key_is_rotated_with_an_overlap(trust: Trust) -> None:
    """Questions would stop for the days between the new key and its arrival."""
    both = changes.with_agency_key(trust, new_key())
    assert len(both.signing_keys("council", "ask")) == 2
    after = changes.retired(both, "council/desk-1")
    assert len(after.signing_keys("council", "ask")) == 1 and len(after.vouching_keys("council", "ask")) == 2
    never = changes.revoked(after, "council/desk-1")
    assert len(never.vouching_keys("council", "ask")) == 1
    with pytest.raises(Untrusted):
        never.signing_key("council/desk-1", "ask")


def test_keys_of_services_have_names_and_successors(trust: Trust) -> None:
    """A receipt of last year could not be checked, or the only key could be taken away."""
    [old] = [name for name in changes.service_key_ids(trust) if name.startswith("broker.receipt/")]
    with pytest.raises(Conflict, match="successor"):
        changes.revoked(trust, old)
    public = make.ed25519_public(published("receipt/2"))
    both = changes.with_service_key(trust, "broker.receipt", public)
    assert both.broker.receipt == public and both.broker.receipts[0] == trust.broker.receipt
    assert changes.retired(both, old).broker.receipts == (public,)
    with pytest.raises(NotFound):
        changes.with_service_key(trust, "broker.label", public)


def test_epochs_and_envelope_keys_open_and_close_one_at_a_time(trust: Trust) -> None:
    """Three epochs at once are more than anybody converts between; a gap is one nobody can convert over."""
    key = linkage_key(trust.epoch + 1)
    both = changes.next_linkage_key(trust, key)
    assert both.epochs == (trust.epoch, trust.epoch + 1)
    assert changes.closed_linkage_key(both).linkage_keys == (key,)
    seal = UnitSeal(number=trust.linkage_unit.seal_number + 1, public=newcomer().keys[0].public)
    sealed = changes.next_unit_seal(trust, seal)
    assert changes.closed_unit_seal(sealed).linkage_unit.seals == (seal,)
    evidence = changes.next_evidence_epoch(trust)
    assert changes.closed_evidence_epoch(evidence).evidence_epochs == (trust.evidence_epoch + 1,)


def test_a_granter_is_replaced_and_removed(trust: Trust) -> None:
    """Somebody who left would go on giving leave to population runs."""
    one = trust.granters[0]
    newer = one.model_copy(update={"public": make.ed25519_public(published("granter/2"))})
    assert changes.with_granter(trust, newer).granter(one.id) == newer
    with pytest.raises(NotAllowed):
        changes.revoked(trust, one.id).granter(one.id)


def linkage_key(epoch: int) -> LinkageKey:
    return LinkageKey(epoch=epoch, public=oprf.public_point(published(f"k/{epoch}")))


def again(trust: Trust) -> LinkageKey:
    return LinkageKey(epoch=trust.epoch + 1, public=trust.linkage_keys[0].public)


IMPOSSIBLE: list[tuple[str, Callable[[Trust], Trust]]] = [
    ("an agency twice", lambda trust: changes.joined(trust, trust.agencies[0])),
    ("an agency that joins suspended", lambda t: changes.joined(t, newcomer().model_copy(update={"status": "left"}))),
    ("a source twice", lambda t: changes.joined(t, newcomer().model_copy(update={"sources": ("csc",)}))),
    ("readmitting who was never away", lambda trust: changes.readmitted(trust, "council")),
    ("suspending twice", lambda trust: changes.suspended(changes.suspended(trust, "council"), "council")),
    ("leaving twice", lambda trust: changes.left(changes.left(trust, "council"), "council")),
    ("a key twice", lambda t: changes.with_agency_key(changes.with_agency_key(t, new_key()), new_key())),
    ("a key that is retired at once", lambda t: changes.with_agency_key(t, changes._as(new_key(), "retired"))),
    ("revoking twice", lambda t: changes.revoked(changes.revoked(t, "council/desk-1"), "council/desk-1")),
    ("un-revoking", lambda t: changes.retired(changes.revoked(t, "council/desk-1"), "council/desk-1")),
    ("closing the only epoch", changes.closed_linkage_key),
    ("closing the only evidence epoch", changes.closed_evidence_epoch),
    ("closing the only envelope key", changes.closed_unit_seal),
    ("three evidence epochs", lambda t: changes.next_evidence_epoch(changes.next_evidence_epoch(t))),
    ("an epoch left out", lambda t: changes.next_linkage_key(t, linkage_key(9))),
    ("a linkage key twice", lambda t: changes.next_linkage_key(t, again(t))),
    ("one key for two parties", lambda t: changes.with_service_key(t, "broker.receipt", t.broker.request)),
    ("no key at all", lambda t: changes.with_service_key(t, "broker.seal", bytes(32))),
]  # fmt: skip


@pytest.mark.parametrize("change", [change for _, change in IMPOSSIBLE], ids=[name for name, _ in IMPOSSIBLE])
def test_what_makes_no_sense_is_refused_before_anybody_signs(trust: Trust, change: Callable[[Trust], Trust]) -> None:
    """Custodians would sign a list that no process starts on."""
    with pytest.raises(Conflict) as refused:
        change(trust)
    assert refused.value.code == "change-impossible"


@pytest.mark.parametrize("change", [changes.suspended, changes.left, changes.retired, changes.revoked])
def test_a_name_that_is_not_there_is_said(trust: Trust, change: Callable[[Trust, str], Trust]) -> None:
    """A mistyped name would look as if the key were revoked."""
    for name in ("nobody", "council/desk-9", "broker.receipt/00000000"):
        with pytest.raises(NotFound):
            change(trust, name)


STEPS: list[Callable[[Trust], Trust]] = [
    lambda t: changes.joined(t, newcomer()),
    lambda t: changes.joined(t, newcomer(again=1)),
    lambda t: changes.suspended(t, "fire"),
    lambda t: changes.readmitted(t, "fire"),
    lambda t: changes.left(t, "fire"),
    lambda t: changes.with_agency_key(t, new_key()),
    lambda t: changes.retired(t, "council/desk-1"),
    lambda t: changes.revoked(t, "council/desk-1"),
    lambda t: changes.next_linkage_key(t, linkage_key(t.epoch + 1)),
    changes.closed_linkage_key,
    changes.next_evidence_epoch,
    changes.closed_evidence_epoch,
]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(STEPS), max_size=12))
def test_whatever_the_order_a_revoked_key_never_comes_back(trust: Trust, steps: list[Callable[[Trust], Trust]]) -> None:
    """Some way through the changes would make a stolen key count again, or two keys of a different holder one."""
    revoked: set[bytes] = set()
    for step in steps:
        try:
            trust = step(trust)
        except BrokerError:
            continue
        keys = [key for agency in trust.agencies for key in agency.keys]
        assert revoked <= {key.public for key in keys if key.status == "revoked"}
        revoked |= {key.public for key in keys if key.status == "revoked"}
        assert parse_trust(trust.model_dump_json().encode()) == trust
        assert 1 <= len(trust.epochs) <= 2 and 1 <= len(trust.evidence_epochs) <= 2
