"""Keys in a hardware token: used there and never seen. The token is SoftHSM2, which does what hardware does."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import replace
from pathlib import Path

import pkcs11
import pytest
from cryptography.exceptions import InvalidSignature
from http_message_signatures.structures import CaseInsensitiveDict
from softhsm import LOCKED, PIN, soft_token
from vault_place import HEADER, TODAY, WORDS, Settings

from broker.errors import Misconfigured, Unavailable, Untrusted
from broker.keys.messages import Message, RequestSigner, verify_request
from broker.keys.wallet import Held
from broker.vaults.pkcs11 import Token, open_token
from broker.vaults.secretfile import add_secrets, write_file
from broker.vaults.vault import open_vault

NONCES = [bytes([number]) * 12 for number in range(4)]
KEYS = [bytes([number]) * 32 for number in range(4)]


@pytest.fixture
def token() -> Token:
    opened = open_token(soft_token().module, soft_token().label, pin=soft_token().pin)
    for name in (*opened.key_encrypting_keys(), *opened.signing_keys()):
        opened.destroy(name)
    return opened


def test_a_wrapped_key_opens_where_it_stands_and_nowhere_else(token: Token) -> None:
    """The same form as the software's; another context, key or byte is refused, and one bad one spoils its batch."""
    token.make_kek("kek.council")
    token.make_kek("kek.council.2")
    keys = token.key_encrypting_keys()
    kek, other = keys["kek.council"], keys["kek.council.2"]
    some = [(key, b"bound to %d" % at) for at, key in enumerate(KEYS)]
    wrapped = kek.wrap_each(some, nonces=NONCES)
    assert [len(one) for one in wrapped] == [60] * 4 and [one[:12] for one in wrapped] == NONCES
    there = [(one, bound) for one, (_, bound) in zip(wrapped, some, strict=True)]
    assert kek.unwrap_each(there) == KEYS
    assert kek.wrap_each([], nonces=[]) == [] == kek.unwrap_each([])
    turned = wrapped[0][:-1] + bytes([wrapped[0][-1] ^ 1])
    for wrong in ((wrapped[0], b"bound to 1"), (turned, b"bound to 0"), (b"", b""), (bytes(27), b""), (bytes(60), b"")):
        with pytest.raises(Untrusted) as caught:
            kek.unwrap_each([*there, wrong])
        assert caught.value.code == "seal-broken"
    with pytest.raises(Untrusted):
        other.unwrap_each(there)
    assert kek.unwrap_each(there) == KEYS, "a refusal broke the session"


def test_a_token_signs_what_verifies_everywhere(token: Token) -> None:
    """Signatures are Ed25519 as the trust list's public keys check them, also of requests."""
    public = token.make_signing_key("request")
    assert token.make_signing_key("request") == public and len(public) == 32
    signer = token.signing_keys()["request"]
    assert signer.public_key().public_bytes_raw() == public
    signer.public_key().verify(signer.sign(b"said"), b"said")
    with pytest.raises(InvalidSignature):
        signer.public_key().verify(signer.sign(b"said"), b"unsaid")
    now = dt.datetime(2026, 11, 22, 9, 30, tzinfo=dt.UTC)
    for url in ("http://127.0.0.1:8090/v1/compare", "http://127.0.0.1:8090/v1/compare?with=query&more=%20"):
        sender = RequestSigner("broker/request-1", signer)
        sender.wallet.keep("http://127.0.0.1:8090", Held("e30.e30.c2ln", 0))
        headers = sender.headers("POST", url, body=b"{}", nonce="n" * 22, created=now)
        message = Message("POST", url, CaseInsensitiveDict(headers))
        proven = verify_request(message, b"{}", find=lambda _: signer.public_key(), now=now)
        assert proven.key_id == "broker/request-1"


def test_no_key_leaves_the_token(token: Token) -> None:
    """Neither by its value nor in what is printed; a key that could leave is not used at all."""
    token.make_kek("kek.council")
    token.make_signing_key("receipt")
    keys = [token.key_encrypting_keys()["kek.council"].key, token.signing_keys()["receipt"].key]
    for key in keys:
        with pytest.raises(pkcs11.PKCS11Error):
            key[pkcs11.Attribute.VALUE]
    shown = repr(token) + repr(token.key_encrypting_keys()) + repr(token.signing_keys())
    assert "Session" not in shown and "SecretKey" not in shown and PIN not in shown
    careless = {pkcs11.Attribute.EXTRACTABLE: True, pkcs11.Attribute.SENSITIVE: False}
    token.session.generate_key(pkcs11.KeyType.AES, 256, label="kek.homes", store=True, template=careless)
    assert set(token.key_encrypting_keys()) == {"kek.council"}
    token.destroy("kek.homes")


def test_a_destroyed_key_is_gone_and_not_missed_twice(token: Token) -> None:
    """What it wrapped opens no more; a step that was killed can be taken again."""
    token.make_kek("kek.council")
    kek = token.key_encrypting_keys()["kek.council"]
    wrapped = kek.wrap_each([(KEYS[0], b"")], nonces=NONCES[:1])
    for _ in range(2):
        token.destroy("kek.council")
    assert token.key_encrypting_keys() == {}
    token.make_kek("kek.council")
    with pytest.raises(Untrusted):
        token.key_encrypting_keys()["kek.council"].unwrap_each([(wrapped[0], b"")])


def test_many_threads_use_one_session(token: Token) -> None:
    """A service answers from several threads; none gets another's answer."""
    token.make_kek("kek.council")
    kek = token.key_encrypting_keys()["kek.council"]
    failed = []

    def work(number: int) -> None:
        for round in range(40):
            key, bound = bytes([number]) * 32, b"%d %d" % (number, round)
            [wrapped] = kek.wrap_each([(key, bound)], nonces=[bytes([number, round]) * 6])
            if kek.unwrap_each([(wrapped, bound)]) != [key]:
                failed.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_two_keys_of_one_label_are_refused(token: Token) -> None:
    """Which of them wraps would be the token's choice, and the other's records would be lost tomorrow."""
    hidden = {pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.EXTRACTABLE: False}
    for _ in range(2):
        token.session.generate_key(pkcs11.KeyType.AES, 256, label="kek.council", store=True, template=hidden)
    with pytest.raises(Misconfigured, match="two keys in the token `broker` have one label"):
        token.key_encrypting_keys()
    token.destroy("kek.council")


def test_a_signing_key_without_its_public_half_is_refused(token: Token) -> None:
    """Nobody could say whether it is the one on the trust list."""
    token.make_signing_key("receipt")
    public = {pkcs11.Attribute.LABEL: "receipt", pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PUBLIC_KEY}
    for key in list(token.session.get_objects(public)):
        key.destroy()
    with pytest.raises(Misconfigured, match="`receipt`"):
        token.signing_keys()
    token.destroy("receipt")


def test_a_token_that_went_away_is_an_outage() -> None:
    """Not a broken seal: nothing is wrong with the records, and the answer is 503."""
    token = open_token(soft_token().module, soft_token().label, pin=soft_token().pin)
    token.make_kek("kek.gone")
    kek = token.key_encrypting_keys()["kek.gone"]
    wrapped = kek.wrap_each([(KEYS[0], b"")], nonces=NONCES[:1])
    token.session.close()
    for attempt in (
        lambda: kek.unwrap_each([(wrapped[0], b"")]),
        lambda: kek.wrap_each([(b"", b"")], nonces=NONCES[:1]),
    ):
        with pytest.raises(Unavailable) as caught:
            attempt()
        assert caught.value.code == "token-unavailable"
    open_token(soft_token().module, soft_token().label, pin=soft_token().pin).destroy("kek.gone")


def test_what_does_not_open_says_what_and_where(tmp_path: Path) -> None:
    """The module, the label or the PIN: never the PIN itself."""
    wrong = tmp_path / "pin"
    wrong.write_text("9999")
    wrong.chmod(0o600)
    cases = [
        ((tmp_path / "none.so", "broker", soft_token().pin), "token-missing"),
        ((soft_token().module, "nowhere", soft_token().pin), "token-missing"),
        ((soft_token().module, LOCKED, wrong), "token-pin"),
        ((soft_token().module, "broker", tmp_path / "none"), "secrets-missing"),
    ]
    for (module, label, pin), code in cases:
        with pytest.raises(Misconfigured) as caught:
            open_token(module, label, pin=pin)
        assert caught.value.code == code and "9999" not in str(caught.value)
    soft_token().pin.chmod(0o644)
    with pytest.raises(Misconfigured, match="others can read"):
        open_token(soft_token().module, "broker", pin=soft_token().pin)
    soft_token().pin.chmod(0o600)


def test_the_vault_holds_file_and_token_as_one(token: Token, tmp_path: Path) -> None:
    """Whoever asks for a key by name can't tell where it lives; one that lives twice is refused."""
    token.make_kek("kek.council")
    token.make_signing_key("receipt")
    file = tmp_path / "secrets.json"
    write_file(
        file,
        HEADER,
        values={"kek.homes": b"h" * 31 + b"x", "request": b"secret of the request key 321098"},
        passphrase=WORDS,
    )
    (tmp_path / "passphrase").write_bytes(WORDS)
    (tmp_path / "passphrase").chmod(0o600)
    settings = Settings(
        file, tmp_path / "seen", tmp_path / "passphrase",
        hsm_module=soft_token().module, hsm_label=soft_token().label, hsm_pin_file=soft_token().pin,
    )  # fmt: skip
    vault = open_vault(settings, owner="broker", rehearsal=True, today=TODAY)
    assert vault.names == {"kek.council", "kek.homes", "receipt", "request"}
    for name in ("kek.council", "kek.homes"):
        kek = vault.key_encrypting_key(name)
        assert kek.unwrap_each([(kek.wrap_each([(KEYS[1], b"b")], nonces=NONCES[:1])[0], b"b")]) == [KEYS[1]]
    for name in ("receipt", "request"):
        key = vault.signing_key(name)
        key.public_key().verify(key.sign(b"x"), b"x")
    with pytest.raises(Misconfigured, match=r"`kek\.school` is missing"):
        vault.key_encrypting_key("kek.school")
    with pytest.raises(Misconfigured, match="HSM_PIN_FILE"):
        open_vault(replace(settings, hsm_pin_file=None), owner="broker", rehearsal=True, today=TODAY)
    add_secrets(file, {"receipt": KEYS[3]}, owner="broker", passphrase=lambda: WORDS)
    with pytest.raises(Misconfigured, match="`receipt` lives in two places"):
        open_vault(settings, owner="broker", rehearsal=True, today=TODAY)
