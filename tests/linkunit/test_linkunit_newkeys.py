"""New keys of the linkage unit: what the broker believes of an update token, and what is said of a destroyed key."""

from __future__ import annotations

import copy
import json
import os
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from unit_and_askers import LINKAGE_KEY, TRUST, secret

from broker import oprf
from broker.errors import BadInput, Conflict, Misconfigured, Untrusted
from broker.keys import context, sealing, signing
from broker.keys.custodial import SigningKey
from broker.keys.destroying import check_destroyed, destroyed_record
from broker.keys.make import ed25519, ed25519_public
from broker.keys.secrets import Secrets
from broker.keys.trust import Trust, parse_trust
from broker.keys.updating import open_update, seal_update
from broker.linkunit import heldkeys, newkeys
from broker.wire.destroyed import Destroyed
from broker.wire.fields import encode64, parse
from broker.wire.update import UpdateToken

VALUES = {"oprf": LINKAGE_KEY, "seal": secret("linkage_unit.seal"), "signing": secret("linkage_unit.signing")}
BROKER_SEAL = sealing.hybrid_private(secret("broker.seal"))
POINT = oprf.hash_to_group(b"somebody")
ORDER = 2**252 + 27742317777372353535851937790883648493


def trust_of(**changes: Any) -> Trust:
    """The trust list of the vector; `epochs`, `seals` and `signings` are public halves that come after its own."""
    listed = copy.deepcopy(TRUST)
    for at, public in enumerate(changes.get("epochs", ()), 2):
        listed["linkage_keys"].append({"epoch": at, "public": encode64(public)})
    for at, public in enumerate(changes.get("seals", ()), 2):
        listed["linkage_unit"]["seals"].append({"number": at, "public": encode64(public)})
    listed["linkage_unit"]["signings"] += [encode64(public) for public in changes.get("signings", ())]
    for path in changes.get("closed", ()):
        place: Any = listed
        for step in path.split("."):
            place = place[step]
        del place[0]
    return parse_trust(json.dumps(listed).encode())


def held(**more: bytes) -> Secrets:
    return Secrets("linkunit", "secrets.json", VALUES | {name.replace("_", "."): value for name, value in more.items()})


def made(trust: Trust | None = None) -> newkeys.NewEpoch:
    return newkeys.new_epoch(held(), trust or trust_of(), random=os.urandom)


def test_the_update_token_carries_points_to_the_next_epoch_and_back() -> None:
    """What the broker gets out of it turns every k * H1(x) into k' * H1(x), for this place and these two points."""
    new = made()
    factor = open_update(new.update, trust_of(epochs=[new.public]), seal_keys=[BROKER_SEAL])
    old, later = oprf.multiply(LINKAGE_KEY, POINT), oprf.multiply(new.secret, POINT)
    assert oprf.multiply(factor, old) == later
    assert oprf.multiply(oprf.invert(factor), later) == old
    assert (new.epoch, new.name, new.public) == (2, "oprf.2", oprf.public_point(new.secret))


@given(st.binary(min_size=64, max_size=64).filter(any), st.binary(min_size=64, max_size=64).filter(any))
@settings(max_examples=50, deadline=None)
def test_the_factor_is_the_quotient_of_the_two_keys(one: bytes, other: bytes) -> None:
    """Against Python's own integers, modulo the order of the group (RFC 9496, section 4)."""
    old, new = (oprf.scalar(seed) for seed in (one, other))
    quotient = int.from_bytes(new, "little") * pow(int.from_bytes(old, "little"), -1, ORDER) % ORDER
    assert oprf.factor_between(old, new) == quotient.to_bytes(32, "little")


@given(st.binary(max_size=300))
def test_whatever_the_bytes_the_error_is_ours(data: bytes) -> None:
    """Files that travel by hand are read with the same care as requests."""
    for kind in (UpdateToken, Destroyed):
        with pytest.raises(BadInput):
            parse(kind, data)


def test_the_broker_may_take_it_before_the_trust_list_names_the_epoch() -> None:
    """Else points under the new epoch could come before the broker can use them."""
    new = made()
    assert open_update(new.update, trust_of(), seal_keys=[BROKER_SEAL])


def test_it_opens_with_the_broker_s_newest_seal_key_among_several() -> None:
    """The broker's own seal key may change meanwhile."""
    other = sealing.hybrid_private(b"o" * 32)
    assert open_update(made().update, trust_of(), seal_keys=[BROKER_SEAL, other])


def forged(**changes: Any) -> UpdateToken:
    """A token that the linkage unit itself signed, of another factor or for something else."""
    new = made()
    factor = changes.pop("factor", None) or oprf.factor_between(LINKAGE_KEY, new.secret)
    unsealed = new.update.model_copy(update=changes)
    key = heldkeys.signing_key(held(), trust_of())
    return seal_update(unsealed, factor, seal_key=trust_of().broker.seal_key, signing_key=key)


WRONG = {
    "another factor": ({"factor": oprf.scalar(b"x" * 64)}, "update-wrong"),
    "the inverse": ({"factor": (2).to_bytes(32, "little")}, "update-wrong"),
    "zero": ({"factor": bytes(32)}, "update-wrong"),
    "not a scalar": ({"factor": b"\xff" * 32}, "update-wrong"),
    "another place": ({"place": "elsewhere"}, "update-other"),
    "from another epoch": ({"from_epoch": 2, "epoch": 3}, "update-other"),
    "from another point": ({"public": POINT}, "update-other"),
    "to another point": ({"next_public": POINT}, "update-wrong"),
}


@pytest.mark.parametrize(("changes", "code"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_update_token_is_refused(changes: dict[str, Any], code: str) -> None:
    """One wrong factor would lose every stored point for ever: a faulty or bad linkage unit can't do that."""
    with pytest.raises(Untrusted) as caught:
        open_update(forged(**changes), trust_of(), seal_keys=[BROKER_SEAL])
    assert caught.value.code == code


def test_a_token_of_another_point_than_the_published_one_is_refused() -> None:
    """Once custodians signed the new epoch, their point counts and not the linkage unit's word."""
    with pytest.raises(Untrusted, match="other epochs"):
        open_update(made().update, trust_of(epochs=[POINT]), seal_keys=[BROKER_SEAL])


def test_a_token_that_nobody_signed_or_that_is_not_for_us_is_refused() -> None:
    """Changed on the way, signed by another, sealed to another."""
    update = made().update
    for changed, code in (
        (update.model_copy(update={"next_public": POINT}), "update-unsigned"),
        (signing.sign(update, context.UPDATE, signing_key=ed25519(b"z" * 32)), "update-unsigned"),
        (signing.sign(update, context.EVALUATION, signing_key=ed25519(VALUES["signing"])), "update-unsigned"),
    ):
        with pytest.raises(Untrusted) as caught:
            open_update(changed, trust_of(), seal_keys=[BROKER_SEAL])
        assert caught.value.code == code
    with pytest.raises(Untrusted) as caught:
        open_update(update, trust_of(), seal_keys=[sealing.hybrid_private(b"o" * 32)])
    assert caught.value.code == "update-sealed"


def test_a_step_over_two_epochs_is_no_token() -> None:
    """The broker goes one epoch at a time, and destroys each token after."""
    given = made().update.model_dump() | {"epoch": 3}
    with pytest.raises(ValueError, match="one step"):
        UpdateToken(**given)


def test_a_rotation_that_broke_off_makes_the_same_epoch_again() -> None:
    """The secret was kept and the token got lost: a second k' would fit nothing that was published."""
    new = made()
    for trust in (trust_of(), trust_of(epochs=[new.public])):
        again = newkeys.new_epoch(held(oprf_2=new.secret), trust, random=os.urandom)
        assert (again.secret, again.public) == (new.secret, new.public)
        assert open_update(again.update, trust, seal_keys=[BROKER_SEAL])


def test_keys_that_are_not_the_published_ones_are_refused() -> None:
    """Restored from an old backup, or another place's file: nothing starts, and no step leads from there."""
    new = made()
    trust = trust_of(epochs=[new.public])
    for secrets in (held(), held(oprf_2=oprf.scalar(b"q" * 64)), held(oprf_2=bytes(32))):
        with pytest.raises(Misconfigured) as caught:
            heldkeys.evaluation_keys(secrets, trust)
        assert "oprf.2" in caught.value.message and "secrets.json" in caught.value.message
    with pytest.raises(Misconfigured, match=r"oprf\.2"):
        newkeys.new_epoch(held(oprf_2=oprf.scalar(b"q" * 64)), trust, random=os.urandom)
    keys = heldkeys.evaluation_keys(held(oprf_2=new.secret), trust)
    assert dict(keys.linkage_keys) == {1: LINKAGE_KEY, 2: new.secret}


def test_a_new_envelope_key_opens_beside_the_old_one() -> None:
    """Both are held until the old one is destroyed; one made twice is the same."""
    new = newkeys.new_seal(held(), trust_of(), random=os.urandom)
    assert (new.number, new.name) == (2, "seal.2")
    trust, secrets = trust_of(seals=[new.public]), held(seal_2=new.secret)
    keys = [key.private_bytes_raw() for key in heldkeys.envelope_keys(secrets, trust)]
    assert keys == [VALUES["seal"], new.secret]
    assert newkeys.new_seal(secrets, trust, random=os.urandom) == new
    closed = trust_of(seals=[new.public], closed=["linkage_unit.seals"])
    assert [key.private_bytes_raw() for key in heldkeys.envelope_keys(secrets, closed)] == keys
    gone = Secrets("linkunit", "secrets.json", {"seal.2": new.secret})
    assert [key.private_bytes_raw() for key in heldkeys.envelope_keys(gone, closed)] == [new.secret]
    with pytest.raises(Misconfigured, match=r"seal\.2"):
        heldkeys.envelope_keys(held(), trust)


def test_a_new_signing_key_signs_only_once_it_is_published() -> None:
    """What is signed with a key that nobody knows, nobody can check."""
    new = newkeys.new_signing(held(), trust_of(), random=os.urandom)
    secrets = held(signing_2=new.secret)
    assert new == newkeys.new_signing(secrets, trust_of(), random=os.urandom)
    assert public_of(heldkeys.signing_key(secrets, trust_of())) == trust_of().linkage_unit.signing
    listed = trust_of(signings=[new.public])
    assert public_of(heldkeys.signing_key(secrets, listed)) == new.public
    with pytest.raises(Misconfigured):
        heldkeys.signing_key(held(), listed)
    later = newkeys.new_signing(secrets, listed, random=os.urandom)
    assert later.name == "signing.3"


def public_of(key: SigningKey) -> bytes:
    return key.public_key().public_bytes_raw()


@pytest.mark.parametrize(("name", "listed"), [("oprf", "linkage_keys"), ("seal", "linkage_unit.seals")])
def test_a_key_is_destroyed_once_the_trust_list_no_longer_names_it(name: str, listed: str) -> None:
    """The record says which key of the trust list it was, and who answers for it."""
    new, seal = made(), newkeys.new_seal(held(), trust_of(), random=os.urandom)
    secrets = held(oprf_2=new.secret, seal_2=seal.secret)
    both = {"epochs": [new.public], "seals": [seal.public]}
    with pytest.raises(Conflict, match="still needs"):
        newkeys.destroyed(secrets, trust_of(**both), name=name, number=1, now=1000)
    trust = trust_of(**both, closed=[listed])
    record = newkeys.destroyed(secrets, trust, name=name, number=1, now=1000)
    check_destroyed(record, trust)
    before = trust_of()
    public = before.linkage_key(1) if name == "oprf" else before.linkage_unit.seal
    assert (record.party, record.key, record.number, record.public, record.at) == (
        "linkage_unit",
        name,
        1,
        public,
        1000,
    )
    with pytest.raises(Conflict):
        newkeys.destroyed(secrets, trust, name=name, number=2, now=1000)
    with pytest.raises(BadInput):
        newkeys.destroyed(secrets, trust, name="signing", number=1, now=1000)


def test_a_record_of_destruction_is_believed_of_its_party_alone() -> None:
    """The broker, the linkage unit and an agency each sign their own; nobody signs another's."""
    trust = trust_of()
    keys = {"broker": "broker.receipt", "linkage_unit": "linkage_unit.signing", "council": "council/delivery-1"}
    for party, own in keys.items():
        for name in keys.values():
            key = ed25519(secret(name))
            record = destroyed_record("brackwater", party, secret=("kek.council", 3), at=5, signing_key=key)
            if name == own:
                check_destroyed(record, trust)
                with pytest.raises(Untrusted):
                    check_destroyed(record.model_copy(update={"number": 4}), trust)
                continue
            with pytest.raises(Untrusted):
                check_destroyed(record, trust)
    elsewhere = destroyed_record(
        "elsewhere", "broker", secret=("label", 1), at=5, signing_key=ed25519(secret("broker.receipt"))
    )
    with pytest.raises(Untrusted):
        check_destroyed(elsewhere, trust)


def test_nothing_secret_is_shown() -> None:
    """New keys can be printed and logged by accident."""
    new, seal = made(), newkeys.new_seal(held(), trust_of(), random=os.urandom)
    sign = newkeys.new_signing(held(), trust_of(), random=os.urandom)
    assert X25519PrivateKey.from_private_bytes(seal.secret).public_key().public_bytes_raw() == seal.public
    assert ed25519_public(sign.secret) == sign.public
    for one in (new, seal, sign):
        assert repr(one.secret) not in repr(one) and one.secret.hex() not in repr(one)
