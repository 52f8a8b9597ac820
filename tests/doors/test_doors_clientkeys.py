"""Client keys of another kind: they prove an agency's machines, bound to their one algorithm, and do nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from doors import Doors
from joserfc import jws as stranger
from joserfc.jwk import ECKey, RSAKey
from knocking import STRANGER, Knocker
from test_doors_credentials import Reasons, generic, issuer_of, key_in
from world import ADDRESSES, World

from broker import admission
from broker.errors import BadInput, Conflict, Misconfigured
from broker.keys import assertion, changes, clientkeys, credential, jws
from broker.keys.clientkeys import ClientKey, ClientPrivateKey, ClientSigner
from broker.keys.trust import Trust, parse_trust
from broker.proven import Guard
from broker.wire.fields import decode64, encode64

P256 = ec.derive_private_key(7, ec.SECP256R1())
RSA = rsa.generate_private_key(65537, 2048)
ES, PS = ClientSigner("council/client-1", P256), ClientSigner("council/client-2", RSA)
OTHER = ClientSigner("council/client-1", ec.derive_private_key(8, ec.SECP256R1()))
SHA256, SHA384 = hashes.SHA256(), hashes.SHA384()
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
PARTIES = {"broker": (ADDRESSES.broker, "/v1/questions"), "linkunit": (ADDRESSES.linkage_unit, "/v1/evaluate")}
pytestmark = pytest.mark.xdist_group("doors")


def plain(trust: Trust) -> Trust:
    """The same list without client keys."""
    return trust.model_copy(
        update={"agencies": tuple(one.model_copy(update={"clients": ()}) for one in trust.agencies)}
    )


def with_clients(trust: Trust) -> Trust:
    """Three client keys of the council, of which the last is revoked; one of homes."""
    gone = ClientSigner("council/client-3", ec.derive_private_key(9, ec.SECP256R1()))
    theirs = ClientSigner("homes/client-1", ec.derive_private_key(10, ec.SECP256R1()))
    for one in (ES, PS, gone, theirs):
        trust = changes.with_client_key(trust, clientkeys.entry(one.id, one.public))
    return changes.revoked(trust, gone.id)


Knockers = dict[str, tuple[Knocker, Reasons]]


@pytest.fixture(scope="module")
def knockers(doors: Doors) -> Iterator[Knockers]:
    world = doors.world
    before, found, guards = world.parties.trust, {}, {}
    world.trusts(with_clients(before))
    for name, (url, path) in PARTIES.items():
        client: Any = world.network.clients[name]
        guards[name], reasons = client.app.state.guard, Reasons()
        client.app.state.guard = Guard(issuer_of(doors, name), reasons)  # type: ignore[arg-type]
        found[name] = (Knocker(url, client, key_in(doors), issuer_of(doors, name), path, lambda: world.now), reasons)
    yield found
    for name, guard in guards.items():
        world.network.clients[name].app.state.guard = guard  # type: ignore[attr-defined]
    world.trusts(before)


@pytest.fixture(params=list(PARTIES))
def knocker(request: pytest.FixtureRequest, knockers: Knockers) -> tuple[Knocker, Reasons]:
    found = knockers[request.param]
    found[1].noted.clear()
    return found


def says(k: Knocker, by: ClientSigner = ES, *, signature: Any = None, claims: Any = None, **header: Any) -> str:
    """An assertion that a client key signed."""
    named = {"alg": by.algorithm, "kid": by.id} | header
    return k.says(k.header(**named), claims, signature=signature or by.sign)


@pytest.mark.parametrize("by", [ES, PS], ids=["ES256", "PS256"])
def test_a_client_key_proves_the_machine_and_the_signing_key_is_bound(
    knocker: tuple[Knocker, Reasons], by: ClientSigner
) -> None:
    """The credential opens what the desk key may, for the desk key alone."""
    k, reasons = knocker
    given = k.asks(says(k, by)).json()["access_token"]
    assert k.knocks(k.signed(given)).json()["code"] == "schema-invalid"
    assert reasons.noted == []
    assert k.issuer.read(given, now=k.now).key_id == "council/desk-1"
    assert k.knocks(k.signed(given, key=STRANGER)).status_code == 401
    post = k.asks(says(k, by), proof=k.shows(by="council/delivery-1")).json()["access_token"]
    assert k.issuer.read(post, now=k.now).key_id == "council/delivery-1"


@pytest.mark.parametrize(
    ("by", "key"), [(ES, ECKey.import_key(P256)), (PS, RSAKey.import_key(RSA))], ids=["ES256", "PS256"]
)
def test_a_strangers_library_asks_and_reads(knockers: Knockers, by: ClientSigner, key: Any) -> None:
    """An agency's own programs have whatever library of JOSE they have."""
    k, _ = knockers["broker"]
    header = {"alg": by.algorithm, "kid": by.id, "typ": "JWT"}
    said = stranger.serialize_compact(header, json.dumps(k.claims()), key, [by.algorithm])
    assert k.asks(said).status_code == 200
    ours = jws.compact(header, {"iss": "council"}, sign=by.sign)
    assert json.loads(stranger.deserialize_compact(ours, key, [by.algorithm]).payload) == {"iss": "council"}


def pss(*, salt: int = 32, algorithm: Any = SHA256, mgf: Any = SHA256) -> Callable[[bytes], bytes]:
    return lambda data: RSA.sign(data, padding.PSS(padding.MGF1(mgf), salt_length=salt), algorithm)


def pkcs1(data: bytes) -> bytes:
    return RSA.sign(data, padding.PKCS1v15(), SHA256)


def raw(r: int, s: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def other_curve(data: bytes) -> bytes:
    r, s = decode_dss_signature(ec.derive_private_key(7, ec.SECP384R1()).sign(data, ECDSA(SHA384)))
    return r.to_bytes(48, "big") + s.to_bytes(48, "big")


def shown(k: Knocker, key: Any, alg: str, sign: Callable[[bytes], bytes]) -> str:
    """A proof of a client key in the place of the signing key."""
    public = {name: value for name, value in key.as_dict(private=False).items() if name != "kid"}
    return k.shows(header={"alg": alg, "jwk": public}, signature=sign)


Case = Callable[[Knocker], Any]
BAD: dict[str, tuple[str, Case]] = {
    # The algorithm is the entry's.
    "PS256 said of a P-256 key": ("jws-header", lambda k: k.asks(says(k, alg="PS256"))),
    "ES256 said of an RSA key": ("jws-header", lambda k: k.asks(says(k, PS, alg="ES256"))),
    "RS256 said of an RSA key": (
        "jws-header", lambda k: k.asks(says(k, PS, alg="RS256", signature=pkcs1))),
    "RS256 under the name PS256": (
        "jws-signature", lambda k: k.asks(says(k, PS, signature=pkcs1))),
    "Ed25519 said of a P-256 key": ("jws-header", lambda k: k.asks(says(k, alg="Ed25519"))),
    "Ed25519 said and signed": ("jws-header", lambda k: k.asks(says(k, alg="Ed25519", signature=STRANGER.sign))),
    "ES256 said of a signing key": (
        "client-key-left-out", lambda k: k.asks(says(k, alg="ES256", kid="council/desk-1"))),
    "HS256 with the public key": ("jws-header", lambda k: k.asks(says(k, alg="HS256"))),
    "ES384": ("jws-header", lambda k: k.asks(says(k, alg="ES384", signature=other_curve))),
    "ES256K": ("jws-header", lambda k: k.asks(says(k, alg="ES256K"))),
    "PS384 said of an RSA key": (
        "jws-header", lambda k: k.asks(says(k, PS, alg="PS384", signature=pss(algorithm=SHA384, mgf=SHA384)))),
    "alg none": ("jws-header", lambda k: k.asks(says(k, alg="none", signature=b""))),
    # The signature has one spelling.
    "ECDSA in DER": ("jws-signature", lambda k: k.asks(says(k, signature=lambda d: P256.sign(d, ECDSA(SHA256))))),
    "psychic: r = s = 0": ("jws-signature", lambda k: k.asks(says(k, signature=bytes(64)))),
    "r = 0": ("jws-signature", lambda k: k.asks(says(k, signature=raw(0, 1)))),
    "r and s the order": ("jws-signature", lambda k: k.asks(says(k, signature=raw(ORDER, ORDER)))),
    "r and s one": ("jws-signature", lambda k: k.asks(says(k, signature=raw(1, 1)))),
    "a byte too long": ("jws-signature", lambda k: k.asks(says(k, signature=lambda d: ES.sign(d) + b"\0"))),
    "of another curve": ("jws-signature", lambda k: k.asks(says(k, signature=other_curve))),
    "of another hash": (
        "jws-signature",
        lambda k: k.asks(says(k, signature=lambda d: raw(*decode_dss_signature(P256.sign(d, ECDSA(SHA384))))))),
    "PSS without a salt": ("jws-signature", lambda k: k.asks(says(k, PS, signature=pss(salt=0)))),
    "PSS with the longest salt": ("jws-signature", lambda k: k.asks(says(k, PS, signature=pss(salt=222)))),
    "PSS of another hash": ("jws-signature", lambda k: k.asks(says(k, PS, signature=pss(algorithm=SHA384)))),
    "PSS with another mask": ("jws-signature", lambda k: k.asks(says(k, PS, signature=pss(mgf=SHA384)))),
    "RSA of nothing": ("jws-signature", lambda k: k.asks(says(k, PS, signature=bytes(256)))),
    "empty": ("jws-signature", lambda k: k.asks(says(k, PS, signature=lambda _: b""))),
    # Which key.
    "another's P-256 key": ("jws-signature", lambda k: k.asks(says(k, OTHER))),
    "one that is revoked": ("client-key-left-out", lambda k: k.asks(says(k, kid="council/client-3"))),
    "one that nobody listed": ("client-key-left-out", lambda k: k.asks(says(k, kid="council/client-9"))),
    "of another agency": ("jws-signature", lambda k: k.asks(says(k, kid="homes/client-1"))),
    "left out": ("client-key-left-out", lambda k: k.asks()),
    "about another agency": (
        "assertion-party", lambda k: k.asks(says(k, claims=k.claims(iss="homes", sub="homes")))),
    # The signing key beside it.
    "shown with another agency's key": ("proof-key", lambda k: k.asks(says(k), proof=k.shows(by="homes/desk-1"))),
    "shown with a stranger's": (
        "proof-key", lambda k: k.asks(
            says(k), proof=k.shows(header={"jwk": credential.as_jwk(STRANGER.public_key())}, signature=STRANGER.sign))),
    "shown with itself": (
        "proof-key", lambda k: k.asks(says(k), proof=shown(k, ECKey.import_key(P256), "ES256", ES.sign))),
    "a proof that it signed": ("jws-signature", lambda k: k.asks(says(k), proof=k.shows(signature=ES.sign))),
    "a proof that says ES256": (
        "jws-header", lambda k: k.asks(says(k), proof=k.shows(header={"alg": "ES256"}, signature=ES.sign))),
}  # fmt: skip


def test_every_bad_one_is_refused_with_the_same_words(knocker: tuple[Knocker, Reasons]) -> None:
    """A kind of key brings its own ways to be taken for another, or to be satisfied with nothing."""
    k, reasons = knocker
    said, wrong, others = generic(k.knocks({})), {}, {}
    for name, (reason, case) in BAD.items():
        reasons.noted.clear()
        answer = case(k)
        if generic(answer) != said:
            others[name] = (answer.status_code, answer.text)
        if [one for _, one in reasons.noted] != [reason]:
            wrong[name] = (reason, reasons.noted[:])
    assert (others, wrong) == ({}, {})


def test_an_assertion_is_good_once_whichever_key_it_is_shown_with(knocker: tuple[Knocker, Reasons]) -> None:
    """Whoever overheard one has another signing key of the agency."""
    k, reasons = knocker
    said = says(k)
    assert k.asks(said).status_code == 200
    assert k.asks(said, proof=k.shows(by="council/delivery-1")).status_code == 401
    assert reasons.noted == [("council", "assertion-replayed")]


def test_a_client_key_signs_no_request(knocker: tuple[Knocker, Reasons]) -> None:
    """It proves whose machine this is, and nobody learns of it what it asks."""
    k, _ = knocker
    given = k.asks(says(k)).json()["access_token"]
    assert k.knocks(k.signed(given, by="council/client-1", key=STRANGER)).status_code == 401


def test_others_go_on_with_their_signing_keys(knocker: tuple[Knocker, Reasons]) -> None:
    """One agency's client key is asked of nobody else."""
    k, _ = knocker
    k.key_id = "gp/desk-1"
    try:
        assert k.asks().status_code == 200
    finally:
        k.key_id = "council/desk-1"


def test_a_key_has_its_limit_whichever_it_is_shown_with(doors: Doors, knockers: Knockers) -> None:
    """Sixty in ten minutes for one client key, not for each signing key beside it."""
    k, _ = knockers["linkunit"]
    theirs = ClientSigner("homes/client-1", ec.derive_private_key(10, ec.SECP256R1()))
    k.key_id = "homes/desk-1"
    try:
        codes = [
            k.asks(says(k, theirs), proof=k.shows(by=("homes/desk-1", "homes/delivery-1")[n % 2])).status_code
            for n in range(admission.MOST + 1)
        ]
    finally:
        k.key_id = "council/desk-1"
    assert codes == [200] * admission.MOST + [429]


# -- the trust list


def test_an_entry_without_client_keys_has_the_bytes_it_had(doors: Doors) -> None:
    """A list that was signed before there were any verifies for ever."""
    before = plain(doors.world.parties.trust).model_dump_json()
    assert '"clients"' not in before
    after = with_clients(parse_trust(before.encode()))
    assert parse_trust(after.model_dump_json().encode()) == after
    assert [one.alg for one in after.agency("council").clients] == ["ES256", "PS256", "ES256"]


def rsa_of(bits: int, e: int = 65537) -> bytes:
    return clientkeys.spki(rsa.generate_private_key(e, bits).public_key())


SPKI = clientkeys.spki(P256.public_key())
UNLISTED: dict[str, dict[str, Any]] = {
    "RSA of 1024 bits": {"alg": "PS256", "public": rsa_of(1024)},
    "RSA with e = 3": {"alg": "PS256", "public": rsa_of(2048, 3)},
    "P-384": {"alg": "ES256", "public": clientkeys.spki(ec.derive_private_key(7, ec.SECP384R1()).public_key())},
    "secp256k1": {"alg": "ES256", "public": clientkeys.spki(ec.derive_private_key(7, ec.SECP256K1()).public_key())},
    "Ed25519": {"alg": "ES256", "public": clientkeys.spki(STRANGER.public_key())},
    "P-256 that says PS256": {"alg": "PS256", "public": SPKI},
    "RSA that says ES256": {"alg": "ES256", "public": PS.public},
    "a point beside the curve": {"alg": "ES256", "public": SPKI[:-1] + bytes([SPKI[-1] ^ 1])},
    "a byte more": {"alg": "ES256", "public": SPKI + b"\0"},
    "no key": {"alg": "ES256", "public": b"key"},
    "another name": {"alg": "ES256", "public": SPKI, "id": "council/desk-9"},
    "another agency's name": {"alg": "ES256", "public": SPKI, "id": "homes/client-1"},
    "an algorithm that is none": {"alg": "RS256", "public": PS.public},
}


@pytest.mark.parametrize("name", UNLISTED)
def test_a_key_that_is_not_of_its_entrys_kind_is_not_listed(doors: Doors, name: str) -> None:
    """A weak key, or one that could be taken for another kind, makes the list no list."""
    given = UNLISTED[name]
    listed = {"id": "council/client-1", "status": "active", **given, "public": encode64(given["public"])}
    document = json.loads(doors.world.parties.trust.model_dump_json())
    next(one for one in document["agencies"] if one["agency"] == "council")["clients"] = [listed]
    with pytest.raises(Misconfigured, match="trust list"):
        parse_trust(json.dumps(document).encode())


def test_a_key_is_listed_once(doors: Doors) -> None:
    """Under two ids it would have two limits, and outlive its revocation; an agency that left brings none back."""
    trust = with_clients(plain(doors.world.parties.trust))
    for again in ("council/client-4", "homes/client-2"):
        with pytest.raises(Conflict):
            changes.with_client_key(trust, clientkeys.entry(again, ES.public))
    gone = changes.left(trust, "council")
    back = trust.agency("council").model_copy(update={"keys": (), "clients": trust.agency("council").clients[:1]})
    with pytest.raises(Conflict, match="from before it left"):
        changes.joined(gone, back)


# -- the agency's own side


def pem(key: ClientPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_an_agency_takes_in_its_key_and_goes_on_asking(quick_world: World, tmp_path: Path) -> None:
    """From the PEM file of whoever makes keys there to a question answered; before it is listed too, and after."""
    council, file = quick_world.agency("council"), tmp_path / "client.pem"
    file.write_bytes(pem(RSA))
    file.chmod(0o600)
    made = json.loads(council.runs("keys", "client", str(file), "--json").ok().out)
    assert made["id"] == "council/client-1"
    assert council.runs("keys", "client", str(file)).code != 0, "once is enough"
    council.runs("feed", "--json").ok()
    entry = clientkeys.entry(made["id"], decode64(made["public"]))
    quick_world.trusts(changes.with_client_key(quick_world.parties.trust, entry))
    quick_world.later(minutes=11)
    council.runs("feed", "--json").ok()
    asked = [one for one in quick_world.network.looks if one.path == assertion.PATH]
    assert [one.status for one in asked] == [200, 200]
    quick_world.trusts(changes.revoked(quick_world.parties.trust, made["id"]))
    quick_world.later(minutes=11)
    council.runs("feed", "--json").ok()


def test_only_a_key_of_a_kind_that_proves_is_taken_in() -> None:
    """What would be refused by everybody is refused here, before custodians are asked to sign for it."""
    good = clientkeys.of_secret("council/client-1", clientkeys.read_pem(pem(P256)))
    assert (good.algorithm, good.public) == ("ES256", ES.public)
    assert isinstance(clientkeys.entry(good.id, good.public), ClientKey)
    for bad in (ec.derive_private_key(7, ec.SECP384R1()), rsa.generate_private_key(65537, 1024), STRANGER):
        with pytest.raises(BadInput, match="kind"):
            clientkeys.read_pem(pem(bad))  # type: ignore[arg-type]
    for rubbish in (b"", pem(P256).replace(b"M", b"A"), pem(P256)[:60]):
        with pytest.raises(BadInput, match="no private key"):
            clientkeys.read_pem(rubbish)
