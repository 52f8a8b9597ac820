"""What stops the desk's start, and what its commands say."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.jwk import import_key
from signing_in import make_council
from typer.testing import CliRunner
from world import NOW

from broker.agency.desk import settings
from broker.agency.desk.cli import app
from broker.agency.desk.settings import read_settings
from broker.agency.desk.signin.client_key import KINDS, new_key, parse_key, read_certificate, read_key
from broker.agency.desk.signin.registry import read_draft
from broker.agency.workspace import read_workspace
from broker.errors import BadInput, Misconfigured, Unavailable
from broker.synthetic.parties import publish
from broker.trustlist.issuers import parse_issuers, path_of

DOCS = Path(__file__).parents[2] / "docs"
DESK = 'agency_name = "Northshire"\npublic_url = "https://desk.northshire.example"\n'
ISSUER = """[[issuer]]
name = "northshire"
title = "Northshire account"
issuer = "https://login.northshire.example"
client_id = "desk"
levels = { two = 2 }
[issuer.claims]
staff = "employee_id"
"""


def test_settings_that_are_good(tmp_path: Path) -> None:
    """Two settings are enough."""
    (tmp_path / "desk.toml").write_text(DESK)
    found, [issuer] = read_settings(tmp_path), parse_issuers(ISSUER.encode(), "issuers.toml")

    assert (found.sign_in, found.idle_minutes, found.is_secure) == ("issuers", 15, True)
    assert (issuer.algorithms, issuer.asked_levels) == (("Ed25519", "ES256", "PS256"), "two")


def test_the_examples_name_every_setting() -> None:
    """A setting that the page has and the desk does not take stops its start; one that is on no page is never set."""
    page = re.search(r"```toml\n(agency_name.*?)```", (DOCS / "SETTINGS.md").read_text(encoding="utf-8"), re.S)
    assert page is not None and settings.__doc__ is not None
    for text in (page[1], settings.__doc__.partition("\n\n")[2]):
        found = settings.parse_settings(text, Path("desk.toml"))
        assert found.model_fields_set == set(settings.Settings.model_fields)
        assert list(found.granters) == ["ig-7"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "agency_name"),
        (DESK + "colour = 1", "colour"),
        (DESK + 'port = "1"', "port"),
        (DESK + "idle_minutes = 61", "idle_minutes"),
        (DESK.replace("https", "http"), "public_url"),
        (DESK.replace(".example", ".example/desk"), "public_url"),
        (DESK.replace("desk.n", "me@desk.n"), "public_url"),
        (DESK + 'sign_in = "development"', "sign_in"),
        (DESK + 'sign_in = "anybody"', "sign_in"),
        (DESK + 'issuers = "mine.toml"', "issuers"),
        (DESK + 'granters = { ig = { id = "a/b", secrets = "1" }, ig2 = { id = "a/b", secrets = "2" } }', "one id"),
        (
            DESK + 'granters = { ig = { id = "a/b", secrets = "1" }, ig2 = { id = "a/c", secrets = "1" } }',
            "one secrets",
        ),
        ("= 1", "TOML"),
    ],
)
def test_settings_that_stop_the_start(tmp_path: Path, text: str, named: str) -> None:
    """A start on wrong settings would be a desk that is open, or closed, by accident."""
    (tmp_path / "desk.toml").write_text(text)
    with pytest.raises(Misconfigured, match=named) as found:
        read_settings(tmp_path)
    assert found.value.code == "desk-invalid"


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        (("issuer]]", "other]]"), "issuer"),
        (('name = "northshire"', 'name = "North Shire"'), "name"),
        (("https://login", "http://login"), "issuer"),
        (("https://login", "https://me@login"), "issuer"),
        (("two = 2", "two = 4"), "levels"),
        (("two = 2", "one = 1"), "levels"),
        (("two = 2 }", 'two = 2 }\nalgorithms = ["HS256"]'), "algorithms"),
        (("two = 2 }", 'two = 2 }\nalgorithms = ["none"]'), "algorithms"),
        (('"employee_id"', '"employee_id"\nroles = "groups"'), "roles"),
        (('"employee_id"', '"employee_id"\nroles = "groups"\n[issuer.roles]\nBoss = "boss"'), "roles"),
        (("staff = ", "person = "), "staff"),
        (("Northshire account", "North\\u001b[2Jshire"), "title"),
        (("Northshire account", "North\\u202eshire"), "title"),
        (("[[issuer]]", f"{ISSUER}[[issuer]]"), "two issuers"),
        (("[[", "["), "issuer"),
        (("= {", "= "), "TOML"),
    ],
)
def test_a_registry_that_stops_the_start(tmp_path: Path, changed: tuple[str, str], named: str) -> None:
    """Whoever vouches for our staff is written down whole, or nobody signs in."""
    path = tmp_path / "issuers.toml"
    path.write_text(ISSUER.replace(*changed))
    with pytest.raises(Misconfigured, match=named) as found:
        read_draft(path)
    assert found.value.code == "issuers-invalid"


def test_files_that_are_not_there(tmp_path: Path) -> None:
    """The message says which, and what writes it."""
    with pytest.raises(Misconfigured, match=r"there is no .*desk.toml"):
        read_settings(tmp_path)
    with pytest.raises(Misconfigured, match=r"there is no .*issuers.toml"):
        read_draft(tmp_path / "issuers.toml")


def ran(*arguments: str | Path) -> tuple[str, BaseException | None]:
    result = CliRunner().invoke(app, [str(one) for one in arguments])
    return result.output, result.exception


def test_a_desk_from_nothing(tmp_path: Path) -> None:
    """Two commands and one file: settings, a key, and who vouches, once custodians signed it."""
    parties = make_council(tmp_path)
    council, draft = parties.home("council"), tmp_path / "issuers.toml"
    section = (DOCS / "for" / "desk.md").read_text(encoding="utf-8").split("## ")[1]
    assert re.findall(r"^broker-desk (\w+)", section, re.M) == ["init", "key", "check", "check", "serve"]
    made, _ = ran("init", "--name", 'North"shire', "--url", "https://desk.northshire.example", "-w", council)
    again = ran("init", "--name", "N", "--url", "https://desk.northshire.example", "-w", council)[1]
    printed, _ = ran("key", "-w", council)
    missing = ran("check", "-w", council)[1]
    draft.write_text(ISSUER.replace("https://login.northshire.example", "http://127.0.0.1:9"))
    tried = ran("check", "--draft", draft, "-w", council)[1]
    publish(parties, parties.trust, now=NOW, files={path_of("council"): draft.read_bytes()})
    away = ran("check", "-w", council)[1]
    public = json.loads(printed[printed.index("{") :])["keys"][0]
    held = read_key(read_workspace(council, clock=lambda: NOW).read_secrets())

    assert "Wrote" in made and read_settings(council).agency_name == 'North"shire'
    assert isinstance(again, Misconfigured) and again.code == "desk-exists"
    assert "https://desk.northshire.example/sign-in/NAME/back" in printed
    assert (public["kty"], public["alg"], "d" in public) == ("EC", "ES256", False)
    assert held.public == public
    assert isinstance(missing, Misconfigured) and missing.code == "issuers-unsigned"
    for found in (tried, away):
        assert isinstance(found, Unavailable) and found.code == "issuer-unusable"


@pytest.mark.parametrize("kind", KINDS[:2])
def test_what_the_desk_says_to_an_issuer(kind: str) -> None:
    """private_key_jwt (RFC 7523): us, to this issuer alone, once, for a minute; a certificate where it is wanted."""
    key = parse_key(new_key(kind))
    said = key.assertion("desk", "https://login.example", now=NOW, unique=bytes(16), certificate=b"der")
    read = jwt.decode(said, import_key(key.public), algorithms=[kind])

    assert read.claims | {"iat": 0, "nbf": 0, "exp": 0} == {
        "iss": "desk", "sub": "desk", "aud": "https://login.example", "jti": "A" * 22, "iat": 0, "nbf": 0, "exp": 0,
    }  # fmt: skip
    assert read.claims["exp"] - read.claims["iat"] == 60
    assert set(read.header) == {"alg", "kid", "typ", "x5t#S256"}
    assert repr(key).count("d=") == 0 and "ECKey" not in repr(key)


def test_keys_that_we_do_not_use(council: Path) -> None:
    """Nonsense, a short RSA key and another curve stop the start; so does a kind that nobody knows."""
    der = (Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    for bad in (b"nonsense", ec.generate_private_key(ec.SECP384R1()).private_bytes(*der)):
        with pytest.raises(Misconfigured, match="sign-in key"):
            parse_key(bad)
    refused = ran("key", "--kind", "HS256", "-w", council)[1]
    with pytest.raises(Misconfigured, match="certificate"):
        read_certificate(council / "none.crt")

    assert isinstance(refused, BadInput) and refused.code == "signin-key-kind"
