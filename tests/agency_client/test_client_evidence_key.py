"""The evidence key goes from the agency that made it to the others, and nobody can put another in its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from client_parties import NOW, counted, make_trust
from hypothesis import given
from hypothesis import strategies as st

from broker.agency.evidencekey import accept, check_words, share
from broker.agency.ownkeys import evidence_keys, one_signer, signer, unseal
from broker.errors import BadInput, BrokerError, Misconfigured, Untrusted
from broker.keys import context, make, signing
from broker.keys.listed import Agency
from broker.keys.secrets import Secrets
from broker.keys.trust import Trust
from broker.wire.evidencekey import SharedEvidenceKey
from broker.wire.fields import parse

AT = int(NOW.timestamp())
KEY, OTHER_KEY = b"2" * 32, b"3" * 32
NAMES = ("council", "homes", "police")
HELD = {name: make.agency_secrets(counted(name), evidence=b"1" * 32) for name in NAMES}
LISTED = {name: make.agency_public(HELD[name], name, sources=[name[:2]]) for name in NAMES}


def place(*epochs: int, **changes: Agency) -> Trust:
    listed = tuple((LISTED | changes).values())
    return make_trust().model_copy(update={"agencies": listed, "evidence_epochs": epochs or (1,)})


def secrets_of(name: str, **more: bytes) -> Secrets:
    later = {key.replace("_", "."): value for key, value in more.items()}
    return Secrets(f"agency:{name}", "secrets.json", {**HELD[name], **later})


def shared(epoch: int = 2, *, by: str = "council", to: tuple[str, ...] = ("homes", "police")) -> SharedEvidenceKey:
    made_by = one_signer(secrets_of(by), "delivery", f"{by}/delivery-1", number=1)
    trust = place(max(epoch - 1, 1))
    return share(KEY, epoch, trust=trust, to=[LISTED[name] for name in to], signer=made_by, now=AT)


def signed(file: SharedEvidenceKey, who: str = "council", /, **changes: Any) -> SharedEvidenceKey:
    """The file with something changed, and signed well."""
    signer_of = one_signer(secrets_of(who), "delivery", f"{who}/delivery-1", number=1)
    return signing.sign(file.model_copy(update=changes), context.EVIDENCE_KEY, signing_key=signer_of.private_key)


def taken(file: SharedEvidenceKey, *epochs: int, by: str = "homes", **more: bytes) -> bytes:
    return accept(file, trust=place(*epochs), secrets=secrets_of(by, **more), agency=by).key


def test_every_agency_named_gets_the_same_key() -> None:
    """Before the epoch is opened and after, by a file that went any way."""
    file = parse(SharedEvidenceKey, shared().model_dump_json())
    for by in ("homes", "police"):
        for epochs in ((1,), (1, 2), (2,)):
            found = accept(file, trust=place(*epochs), secrets=secrets_of(by), agency=by)
            assert (found.epoch, found.key, found.by) == (2, KEY, "council/delivery-1")
            assert found.check == file.check == check_words(KEY, "brackwater", 2)


def test_the_letters_are_those_of_the_key_and_say_nothing_of_it() -> None:
    """Two keys, places or epochs share no letters; they are easy to read out.

    120 bits: a maker who wants two keys with the same letters tries 2 to the 60th; with 80 bits, 2 to the 40th.
    """
    words = {check_words(key, where, epoch) for key in (KEY, OTHER_KEY) for where in ("a", "b") for epoch in (1, 2)}
    assert len(words) == 8
    assert all(len(one) == 29 and not set(one) & set("ILOUabc") for one in words)
    taken_by_homes = accept(shared(), trust=place(), secrets=secrets_of("homes"), agency="homes")
    assert "22222222" not in repr(taken_by_homes) and KEY.hex() not in repr(taken_by_homes)


def _swapped(file: SharedEvidenceKey) -> SharedEvidenceKey:
    one, other = file.sealed
    moved = (one.model_copy(update={"sealed": other.sealed}), other.model_copy(update={"sealed": one.sealed}))
    return signed(file, sealed=moved)


def _renamed(file: SharedEvidenceKey) -> SharedEvidenceKey:
    """Another agency's copy of the file under one's own name, as if one had made it."""
    return signed(file, "police", by="police/delivery-1")


REFUSED: dict[str, tuple[Callable[[], SharedEvidenceKey], dict[str, Any], str]] = {
    "not for this agency": (lambda: shared(to=("police",)), {}, "evidence-key-not-yours"),
    "another agency's entry": (lambda: _swapped(shared()), {}, "seal-broken"),
    "another maker's name on it": (lambda: _renamed(shared()), {}, "seal-broken"),
    "a signature by another agency": (lambda: signed(shared(), "police"), {}, "signature-invalid"),
    "changed after it was signed": (lambda: shared().model_copy(update={"made": AT + 1}), {}, "signature-invalid"),
    "a desk that signs": (lambda: shared().model_copy(update={"by": "council/desk-1"}), {}, "signing-key-unknown"),
    "an agency that never joined": (lambda: shared().model_copy(update={"by": "no/delivery-1"}), {}, "agency-unknown"),
    "another place's": (lambda: signed(shared(), place="elsewhere"), {}, "place-differs"),
    "another epoch on it": (lambda: signed(shared(), epoch=3), {"epochs": (2,)}, "seal-broken"),
    "letters of another key": (
        lambda: signed(shared(), check=check_words(OTHER_KEY, "brackwater", 2)), {}, "evidence-key-other",
    ),
    "an epoch that is over": (shared, {"epochs": (3,)}, "evidence-epoch"),
    "an epoch far ahead": (lambda: shared(4), {"epochs": (1, 2)}, "evidence-epoch"),
    "a key that is held": (shared, {"evidence_2": KEY}, "evidence-key-held"),
    "another in the place of the one held": (shared, {"epochs": (1, 2), "evidence_2": OTHER_KEY}, "evidence-key-held"),
}  # fmt: skip


@pytest.mark.parametrize(("make_file", "how", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_a_file_that_has_no_business_here_is_refused(
    make_file: Callable[[], SharedEvidenceKey], how: dict[str, Any], code: str
) -> None:
    """Another's file, another's signature, an old file sent again: nothing is taken."""
    more = dict(how)
    with pytest.raises(BrokerError) as caught:
        taken(make_file(), *more.pop("epochs", (1,)), **more)
    assert caught.value.code == code


def test_a_suspended_agency_shares_nothing() -> None:
    """Whoever was shown the door doesn't hand out keys."""
    gone = LISTED["council"].model_copy(update={"status": "suspended"})
    with pytest.raises(BrokerError) as caught:
        accept(shared(), trust=place(council=gone), secrets=secrets_of("homes"), agency="homes")
    assert caught.value.code == "agency-unknown"


def test_a_key_of_no_use_is_not_shared() -> None:
    """An epoch that is over, or after the next: whoever took it could do nothing with it."""
    made_by = one_signer(secrets_of("council"), "delivery", "council/delivery-1", number=1)
    for epoch in (1, 4):
        with pytest.raises(BadInput, match="no use"):
            share(KEY, epoch, trust=place(2), to=[LISTED["homes"]], signer=made_by, now=AT)


@given(st.binary(max_size=2000))
def test_any_file_is_read_or_refused(data: bytes) -> None:
    """Whatever somebody sends, the error is ours."""
    with pytest.raises(BadInput):
        parse(SharedEvidenceKey, data)


def test_what_was_sealed_to_an_older_seal_key_opens() -> None:
    """A file made before the change of a seal key is not lost."""
    file = shared()
    assert taken(file, seal_2=b"s" * 32) == KEY
    only_newer = {name: value for name, value in secrets_of("homes", seal_2=b"s" * 32).values.items() if name != "seal"}
    with pytest.raises(Untrusted, match="not made for this agency"):
        accept(file, trust=place(), secrets=Secrets("agency:homes", "here", only_newer), agency="homes")
    with pytest.raises(Misconfigured, match="`seal` is missing"):
        unseal(Secrets("agency:homes", "here", {}), b"", info=b"")


@pytest.mark.parametrize(
    ("opened", "held", "expected"),
    [
        ((1,), {"evidence": KEY}, {1: KEY}),
        ((1,), {"evidence": KEY, "evidence.2": OTHER_KEY}, {1: KEY}),
        ((1, 2), {"evidence": KEY, "evidence.2": OTHER_KEY}, {1: KEY, 2: OTHER_KEY}),
        ((1, 2), {"evidence": KEY}, {1: KEY}),
        ((1, 2), {"evidence.2": OTHER_KEY}, {2: OTHER_KEY}),
        ((2,), {"evidence": KEY, "evidence.2": OTHER_KEY}, {2: OTHER_KEY}),
        ((2,), {"evidence": KEY}, "`evidence.2` is missing"),
        ((1,), {}, "`evidence` is missing"),
    ],
)
def test_the_keys_of_open_epochs_are_used(opened: tuple[int, ...], held: dict[str, bytes], expected: Any) -> None:
    """Made before an epoch opens a key waits; of an epoch that is over it is used no more."""
    secrets = Secrets("agency:council", "secrets.json", held)
    if isinstance(expected, str):
        with pytest.raises(Misconfigured, match=expected):
            evidence_keys(secrets, place(*opened))
        return
    assert evidence_keys(secrets, place(*opened)) == expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [("active", None, 1), ("active", "active", 2), ("retired", "active", 2), ("active", "revoked", 1), (None, None, 1)],
)
def test_the_newest_key_that_the_trust_list_has_signs(first: str | None, second: str | None, expected: int) -> None:
    """A new key waits until the operator listed it, and then takes over without anybody's doing."""
    newer = make.agency_public({**HELD["council"], "delivery": b"d" * 32}, "council", sources=["co"])
    listed = [
        key.model_copy(update={"status": status, "id": f"council/delivery-{number}"})
        for number, (status, agency) in enumerate(((first, LISTED["council"]), (second, newer)), 1)
        for key in agency.keys
        if status and key.use == "post"
    ]
    trust = place(council=LISTED["council"].model_copy(update={"keys": tuple(listed)}))
    secrets = secrets_of("council", delivery_2=b"d" * 32)
    found = signer(secrets, "delivery", "council/delivery-1", trust=trust)
    assert found.key_id == f"council/delivery-{expected}"
    held = secrets.ed25519("delivery" if expected == 1 else "delivery.2")
    assert found.private_key.public_key() == held.public_key()
    with pytest.raises(Misconfigured, match="`review` is missing"):
        signer(secrets, "review", "council/review-1", trust=trust)
