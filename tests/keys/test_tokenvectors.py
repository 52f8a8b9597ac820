"""The known answers for tokens, against plain integers written from the RFCs: nothing of `broker` computes here."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
import ristretto255 as plain

from broker.errors import BrokerError, Misconfigured, Untrusted
from broker.keys import tokenvectors

ROOT = Path(__file__).parents[2]
DATA = (ROOT / "keys" / "vectors" / "tokens.json").read_bytes()
VECTORS = json.loads(DATA)
CASES: list[dict[str, Any]] = VECTORS["cases"]
SCHEME = (ROOT / "broker" / "schemes" / "uk-person-1.toml").read_bytes()


def number(text: str) -> int:
    return int.from_bytes(bytes.fromhex(text), "little")


def framed(*parts: bytes, size: int) -> bytes:
    return b"".join(len(part).to_bytes(size, "big") + part for part in parts)


@pytest.mark.parametrize("case", CASES, ids=[f"{n}-key-{case['match_key']}" for n, case in enumerate(CASES, 1)])
def test_another_implementation_comes_to_the_same(case: dict[str, Any]) -> None:
    """An agency whose client is written in another language would match nobody."""
    head = b"TYSC\x01" + bytes([case["match_key"]]) + b"\x00\x01" + hashlib.sha256(SCHEME).digest()[:8]
    x = head + framed(*(text.encode() for text in (case["place"], *case["values"])), size=2)
    assert x.hex() == case["x"]
    hashed = plain.hash_to_group(x, mode=0)
    k, r, s, delta = (number(case[name]) for name in ("k", "r", "s", "delta"))
    blinded = plain.multiply(r, hashed)
    evaluated = plain.multiply(s * k, blinded)
    unblinded = plain.multiply(pow(r, -1, plain.ORDER), evaluated)
    point = plain.multiply(pow(s, -1, plain.ORDER), unblinded)
    made = {"hashed": hashed, "blinded": blinded, "evaluated": evaluated, "unblinded": unblinded, "point": point}
    made["point_next"] = plain.multiply(delta, point)
    assert {name: plain.encode(value).hex() for name, value in made.items()} == {name: case[name] for name in made}
    assert plain.encode(plain.multiply(k, hashed)).hex() == case["point"]
    message = framed(case["source"].encode(), bytes([case["match_key"]]), plain.encode(point), size=4)
    keyed = hmac.digest(bytes.fromhex(case["label_key"]), b"tysc/label/v1\0" + message, hashlib.sha256)
    assert keyed[:16].hex() == case["label"]


@pytest.mark.parametrize("slot", VECTORS["slots"], ids=[slot["atom"] for slot in VECTORS["slots"]])
def test_slots_of_evidence_are_hmacs_of_atoms(slot: dict[str, str]) -> None:
    """Two agencies' evidence of one person would disagree in every field."""
    head, mark, _ = slot["atom"].partition("#")[0].partition("~")
    parts = (head + mark, slot["place"], VECTORS["scheme"], slot["value"])
    message = b"tysc/atom/v1\0" + framed(*(part.encode() for part in parts), size=4)
    keyed = hmac.digest(bytes.fromhex(slot["evidence_key"]), message, hashlib.sha256)
    assert keyed[:16].hex() == slot["slot"]


@pytest.mark.parametrize("text", VECTORS["refused"]["points"])
def test_what_is_no_point_is_refused_elsewhere_too(text: str) -> None:
    """A client would take what the services refuse."""
    data = bytes.fromhex(text)
    with pytest.raises(ValueError, match="not"):
        if plain.encode(plain.decode(data)) == bytes(32):
            raise ValueError("not the identity")


@pytest.mark.parametrize("text", VECTORS["refused"]["scalars"])
def test_what_is_no_scalar_is_none_elsewhere_either(text: str) -> None:
    """A client would take what the services refuse."""
    assert len(text) != 64 or number(text) == 0 or number(text) >= plain.ORDER


def test_the_cases_cover_what_could_differ() -> None:
    """Vectors of plain letters in one place would let a client pass that is wrong elsewhere."""
    assert len({case["place"] for case in CASES}) == 2 and len({case["source"] for case in CASES}) == 2
    assert any(not text.isascii() for case in CASES for text in case["values"])
    assert any(len(text) > 255 for case in CASES for text in case["values"])
    assert len({case["point"] for case in CASES}) == len(CASES) - 1, "one point at two sources"
    assert len({case["label"] for case in CASES}) == len(CASES)


def test_this_installation_passes_its_own_check() -> None:
    """`broker keys verify` would refuse a right installation."""
    refused = VECTORS["refused"]
    assert tokenvectors.check(DATA) == len(CASES) + len(refused["points"]) + len(refused["scalars"])


@pytest.mark.parametrize("name", ["x", "hashed", "blinded", "evaluated", "unblinded", "point", "point_next", "label"])
def test_a_wrong_answer_is_found(name: str) -> None:
    """`broker keys verify` would pass an installation that makes other tokens."""
    changed = json.loads(DATA)
    changed["cases"][3][name] = changed["cases"][4][name]
    with pytest.raises(Untrusted, match="case 4"):
        tokenvectors.check(json.dumps(changed).encode())


@pytest.mark.parametrize("where", ["points", "scalars"])
def test_a_good_value_among_the_refused_is_found(where: str) -> None:
    """A service that takes everything would pass."""
    changed = json.loads(DATA)
    changed["refused"][where][0] = CASES[0]["point" if where == "points" else "k"]
    with pytest.raises(Untrusted, match=f"{where[:-1]} 1"):
        tokenvectors.check(json.dumps(changed).encode())


def test_no_real_key_is_ever_among_them() -> None:
    """Somebody would paste a key of a live place into a public file."""
    changed = json.loads(DATA)
    changed["cases"][0]["k"] = CASES[0]["delta"]
    with pytest.raises(Untrusted, match="published"):
        tokenvectors.check(json.dumps(changed).encode())


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", DATA[:-20], DATA.replace(b'"v": 1', b'"v": 2')])
def test_another_form_is_refused(data: bytes) -> None:
    """A damaged file would end in a traceback."""
    with pytest.raises(Misconfigured):
        tokenvectors.check(data)


def test_another_scheme_is_refused() -> None:
    """Answers of one scheme would be held against another."""
    with pytest.raises(BrokerError):
        tokenvectors.check(DATA.replace(b'"uk-person-1"', b'"uk-person-9"'))
