"""Checkpoints: what is signed is read, by its own log's key only, and nothing else is."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from example_log import LOG_KEY, ORIGIN, OTHER_KEY, VKEY, example
from hypothesis import given
from hypothesis import strategies as st

from broker.audit import checkpoint
from broker.audit.checkpoint import Checkpoint
from broker.audit.encoding import MAX_NUMBER, from_base64, from_base64url, to_base64, to_base64url, to_number
from broker.errors import BadInput, Untrusted

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/audit/checkpoints.json").read_text())
ROOT = bytes(range(32))


def note(body: str, *, name: str = ORIGIN, key: Ed25519PrivateKey = LOG_KEY) -> str:
    """Any text, signed like a checkpoint."""
    signature = checkpoint.key_id(name, key.public_key()) + key.sign(body.encode())
    return f"{body}\n— {name} {to_base64(signature)}\n"


def line(text: str) -> str:
    return text.split("\n\n")[1]


def test_what_is_signed_is_read() -> None:
    """The log's own checkpoint opens under its key, as text and as bytes."""
    signed = checkpoint.sign(Checkpoint(ORIGIN, 7, ROOT), ORIGIN, private_key=LOG_KEY)
    assert checkpoint.open_note(signed, [VKEY]) == Checkpoint(ORIGIN, 7, ROOT)
    assert checkpoint.open_note(signed.encode(), [VKEY]) == Checkpoint(ORIGIN, 7, ROOT)


@pytest.mark.parametrize("case", VECTORS["accepted"], ids=lambda case: case["name"])
def test_accepted(case: dict[str, Any]) -> None:
    """These notes open for every implementation."""
    opened = checkpoint.open_note(case["note"], case["vkeys"])
    assert (opened.origin, opened.size, opened.root.hex()) == (case["origin"], case["size"], case["root"])


@pytest.mark.parametrize("case", VECTORS["rejected"], ids=lambda case: case["name"])
def test_rejected(case: dict[str, Any]) -> None:
    """These notes open for none, and the code says why."""
    with pytest.raises(Untrusted) as caught:
        checkpoint.open_note(case["note"], case["vkeys"])
    assert caught.value.code == case["code"]


def test_a_note_of_the_specification_opens() -> None:
    """The key and note printed in C2SP signed-note verify here: we read what others write."""
    vkey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    signature = "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
    text = f"This is an example message.\n\n— example.com/foo {signature}\n"
    assert checkpoint.open_text(text, [vkey]) == ("This is an example message.\n", frozenset({"example.com/foo"}))
    with pytest.raises(Untrusted, match="not three lines"):
        checkpoint.open_note(text, [vkey])


def test_the_text_ends_at_the_last_empty_line() -> None:
    """A text with empty lines of its own is signed whole."""
    assert checkpoint.open_text(note("a\n\nb\n"), [VKEY])[0] == "a\n\nb\n"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param(note("a\n").replace("\n\n", "\n"), "note-malformed", id="no empty line"),
        pytest.param("\n\n" + line(note("a\n")), "note-malformed", id="no text"),
        pytest.param(note("a\n")[:-1], "note-malformed", id="no last newline"),
        pytest.param("a\n\n", "note-malformed", id="no signature"),
        pytest.param("a\n\n\n", "note-malformed", id="empty signature line"),
        pytest.param("a\n\n— name\n", "note-malformed", id="no signature in the line"),
        pytest.param("a\n\n— name AAAA\n", "note-malformed", id="signature too short"),
        pytest.param("a\n\n- name AAAAAAA=\n", "note-malformed", id="hyphen for dash"),
        pytest.param(note("a\n").replace("— ", ""), "note-malformed", id="no dash"),
        pytest.param("a\n\n— na+me AAAAAAA=\n", "note-malformed", id="plus in name"),
        pytest.param("a\n\n—  AAAAAAA=\n", "note-malformed", id="no name"),
        pytest.param("a\n\n— name AAAAAAB=\n", "note-malformed", id="base64 with loose bits"),
        pytest.param("a\n\n— name AAAAAAA\n", "note-malformed", id="base64 without padding"),
        pytest.param("a\n\n— name AAAAAAA= \n", "note-malformed", id="space at the end"),
        pytest.param("a\r\n\n— name AAAAAAA=\n", "note-malformed", id="carriage return"),
        pytest.param("a\ud800\n\n— name AAAAAAA=\n", "note-malformed", id="half a surrogate pair"),
        pytest.param(b"a\xff\n\n", "note-malformed", id="not utf-8"),
        pytest.param("a\n\n" + "— name AAAAAAA=\n" * 65, "note-malformed", id="65 signatures"),
        pytest.param("a\n\n" + "— name AAAAAAA=\n" * 64, "note-unsigned", id="64 unknown signatures"),
        pytest.param(note("a\n", key=OTHER_KEY), "note-unsigned", id="another key"),
        pytest.param(note("a\n", name="other.example"), "note-unsigned", id="another name"),
        pytest.param(note("a\n").replace("a\n", "b\n", 1), "note-signature", id="another text"),
        pytest.param(note("a\n") + line(note("b\n")), "note-signature", id="one of two known signatures is wrong"),
    ],
)
def test_what_is_no_signed_note(text: str | bytes, code: str) -> None:
    """Each way of not being a signed note has its own code."""
    with pytest.raises(Untrusted) as caught:
        checkpoint.open_text(text, [VKEY])
    assert caught.value.code == code


def test_signatures_of_others_are_ignored_but_never_enough() -> None:
    """Witnesses can add lines to a checkpoint; no line of theirs replaces the log's."""
    body = checkpoint.text(Checkpoint(ORIGIN, 7, ROOT))
    witnessed = note(body) + line(note(body, name="witness.example", key=OTHER_KEY))
    witness = checkpoint.vkey("witness.example", OTHER_KEY.public_key())
    assert checkpoint.open_note(witnessed, [VKEY]).size == 7
    assert checkpoint.open_text(witnessed, [VKEY, witness])[1] == {ORIGIN, "witness.example"}
    with pytest.raises(Untrusted) as caught:
        checkpoint.open_note(witnessed, [witness])
    assert caught.value.code == "checkpoint-origin"


def test_verifier_keys_round_trip() -> None:
    """A verifier key is read back as the key it was made of."""
    parsed = checkpoint.parse_vkey(VKEY)
    assert (parsed.name, parsed.key_id) == (ORIGIN, checkpoint.key_id(ORIGIN, LOG_KEY.public_key()))
    assert checkpoint.vkey(parsed.name, parsed.public) == VKEY


PRIME = 2**255 - 19
# The orders 1, 2, 4 and 8, and a y coordinate that is spelt beyond the prime.
UNSAFE = [1, PRIME - 1, 0, *checkpoint._SMALL_ORDER, PRIME, PRIME + 1, PRIME + 2, 2**255 - 1]


@pytest.mark.parametrize("height", UNSAFE)
@pytest.mark.parametrize("sign", [0, 2**255])
def test_unsafe_points_are_no_keys(height: int, sign: int) -> None:
    """A log can't register a key under which one signature fits many checkpoints."""
    material = b"\x01" + (height + sign).to_bytes(32, "little")
    with pytest.raises(BadInput) as caught:
        checkpoint.parse_vkey(f"a+00000000+{base64.b64encode(material).decode()}")
    assert caught.value.code == "vkey-unsafe"


def test_the_small_order_points_are_of_order_eight() -> None:
    """The constant is right: (x, y) of order 8 lies on the curve and has x^2 = -y^2."""
    d = -121665 * pow(121666, -1, PRIME) % PRIME
    for y in checkpoint._SMALL_ORDER - {0, 1, PRIME - 1}:
        assert (2 * y * y - 1 + d * pow(y, 4, PRIME)) % PRIME == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+00000000",
        VKEY[:-4],
        VKEY.replace("AQ", "Ag", 1),
        VKEY.replace(ORIGIN, "other.example"),
        VKEY.replace(ORIGIN, "two words"),
        VKEY.replace(ORIGIN, ""),
        VKEY.replace("+", " ", 1),
        VKEY + "\n",
        checkpoint.vkey("two words", LOG_KEY.public_key()),
        checkpoint.vkey("", LOG_KEY.public_key()),
    ],
    ids=ascii,
)
def test_what_is_no_verifier_key(text: str) -> None:
    """A trust list with a damaged key is refused when it is read."""
    with pytest.raises(BadInput):
        checkpoint.open_note(note("a\n"), [text])


@pytest.mark.parametrize(
    "bad",
    [
        Checkpoint("", 1, ROOT),
        Checkpoint("two words", 1, ROOT),
        Checkpoint("a\nb", 1, ROOT),
        Checkpoint("a+b", 1, ROOT),
        Checkpoint("a\u200bb", 1, ROOT),
        Checkpoint(ORIGIN, -1, ROOT),
        Checkpoint(ORIGIN, MAX_NUMBER + 1, ROOT),
        Checkpoint(ORIGIN, 1, ROOT[:31]),
    ],
    ids=["no origin", "space", "newline", "plus", "invisible", "negative", "too large", "short root"],
)
def test_what_can_not_be_signed(bad: Checkpoint) -> None:
    """The log never signs what nobody could read."""
    with pytest.raises(BadInput):
        checkpoint.sign(bad, bad.origin, private_key=LOG_KEY)


def test_a_log_signs_under_its_own_name_only() -> None:
    """A key of another name would make a checkpoint that our own verifier refuses."""
    with pytest.raises(BadInput, match="origin"):
        checkpoint.sign(Checkpoint(ORIGIN, 1, ROOT), "other.example", private_key=LOG_KEY)


@given(st.text() | st.text(alphabet="ab\n— +=1A", max_size=40) | st.binary())
def test_any_text_is_untrusted(text: str | bytes) -> None:
    """Nothing but our own error escapes, whatever is called a checkpoint."""
    with pytest.raises(Untrusted):
        checkpoint.open_note(text, [VKEY])


@given(st.text() | st.text(alphabet="ab+=1A", max_size=40))
def test_any_text_is_no_verifier_key(text: str) -> None:
    """Nothing but our own error escapes, whatever is called a verifier key."""
    with pytest.raises(BadInput):
        checkpoint.parse_vkey(text)


@given(st.text(alphabet="ab\n 019-", max_size=30))
def test_any_signed_text_is_a_checkpoint_or_untrusted(body: str) -> None:
    """A log that signs nonsense is refused, not read somehow."""
    try:
        opened = checkpoint.open_note(note(body), [VKEY])
    except Untrusted:
        return
    assert checkpoint.text(opened) == body


@given(st.binary(max_size=40))
def test_base64_has_one_spelling(data: bytes) -> None:
    """Both alphabets round-trip."""
    assert from_base64(to_base64(data)) == from_base64url(to_base64url(data)) == data


@given(st.text(alphabet="AQgw=-_+/ \n", max_size=8))
def test_no_second_spelling_is_read(text: str) -> None:
    """What is decoded at all encodes to the same text."""
    for read, write in ((from_base64, to_base64), (from_base64url, to_base64url)):
        try:
            data = read(text)
        except ValueError:
            continue
        assert write(data) == text


@pytest.mark.parametrize("text", ["", "00", "01", "+1", "-1", " 1", "1\n", "1_0", "١", "9223372036854775808", "9" * 40])
def test_numbers_have_one_spelling(text: str) -> None:
    """Sizes and indices are plain decimals below 2^63."""
    assert to_number("0") == 0
    assert to_number("9223372036854775807") == MAX_NUMBER
    with pytest.raises(ValueError, match="decimal"):
        to_number(text)


def test_the_document_shows_the_example_log() -> None:
    """What docs/formats/checkpoint.md prints can be checked by its reader."""
    document = (Path(__file__).parents[2] / "docs/formats/checkpoint.md").read_text()
    log = example()
    assert log.note in document
    assert VKEY in document
    assert log.proof(6).split("\n\n")[0] in document
