"""The single file's signatures, keys, notes and policies: what is unsafe or misspelt is refused, each alone."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from example_evidence import ALONE, COUNCIL, NHS, POLICY, WITNESSED, WITNESSES, cosigned
from example_log import ORIGIN, VKEY, example

from broker.audit import cosignature, verify_audit
from broker.audit.encoding import to_base64

# RFC 8032, section 7.1: public key, message and signature of TEST 1, TEST 2 and TEST 3.
RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
        "4a7c15e9716ed28dc027beceea1ec40a",
    ),
]
# The points of small order as libsodium lists them (ge25519_has_small_order), the sign bit aside.
SMALL_ORDER = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]
NOTES = json.loads((Path(__file__).parents[1] / "vectors/audit/checkpoints.json").read_text())


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032)
def test_the_signatures_printed_in_rfc_8032(public: str, message: str, signature: str) -> None:
    """A sound signature is refused, or one that is of another message or key, or a byte too short or long, is taken."""
    key, text, signed = map(bytes.fromhex, (public, message, signature))
    assert verify_audit.ed25519(key, signed, text)
    assert not verify_audit.ed25519(key, signed, text + b"\0")
    assert not verify_audit.ed25519(key, signed[:63], text), "TEST 2 ends with a nought"
    assert not verify_audit.ed25519(key, signed + b"\0", text)
    assert not verify_audit.ed25519(key + b"\0", signed, text)
    assert not verify_audit.ed25519(key[:31] + bytes([key[31] ^ 128]), signed, text)
    for at in (0, 31, 32, 62):
        assert not verify_audit.ed25519(key, signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1 :], text)


@pytest.mark.parametrize("number", range(12))
def test_a_public_key_is_the_point_that_everybody_reads(number: int) -> None:
    """Half of all keys are read as another point, so that their sound signatures are refused."""
    private = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
    public = private.public_key().public_bytes_raw()
    assert verify_audit.ed25519(public, private.sign(b"m"), b"m")
    assert not verify_audit.ed25519(public, private.sign(b"m"), b"n")


def vkey_of(public: bytes, kind: int = 1, name: str = ORIGIN) -> str:
    material = bytes([kind]) + public
    key_id = hashlib.sha256(name.encode() + b"\n" + material).hexdigest()[:8]
    return f"{name}+{key_id}+{to_base64(material)}"


@pytest.mark.parametrize("spelling", SMALL_ORDER)
@pytest.mark.parametrize("sign", [0, 128])
def test_no_key_of_small_order(spelling: str, sign: int) -> None:
    """A policy names a point under which one signature fits many checkpoints, in either spelling of its sign."""
    public = bytes.fromhex(spelling)[:31] + bytes([bytes.fromhex(spelling)[31] | sign])
    assert verify_audit.point(public) is None
    assert not verify_audit.ed25519(public, bytes(64), b"")
    with pytest.raises(verify_audit.Usage, match="unsafe"):
        verify_audit.parse_policy(f"log {vkey_of(public)}\nquorum none\n".encode())


def test_a_key_is_a_point_of_the_curve_spelt_once() -> None:
    """Bytes that are no point, or a point's second spelling beyond the prime, pass for a key."""
    points = [verify_audit.point(y.to_bytes(32, "little")) for y in range(2, 66)]
    known = [y for y, point in enumerate(points, 2) if point is not None]
    # RFC 8032, 5.1.3: there is an x to y only where (y^2 - 1) / (d y^2 + 1) is a square (Euler's criterion).
    p, d = 2**255 - 19, -121665 * pow(121666, -1, 2**255 - 19)
    assert known == [y for y in range(2, 66) if pow((y * y - 1) * (d * y * y + 1), (p - 1) // 2, p) == 1]
    public = bytes.fromhex(RFC_8032[0][0])
    assert verify_audit.point(public) and not verify_audit.point(public + b"\0")
    for y in range(19):
        for sign in (0, 1 << 255):
            assert verify_audit.point((p + y | sign).to_bytes(32, "little")) is None


PUBLIC = bytes.fromhex(RFC_8032[0][0])


def test_a_verifier_key_is_of_its_kind_and_name() -> None:
    """A log's key is taken for a witness's, or under a name that it does not name."""
    name = "log.example/a"
    assert verify_audit.parse_vkey(vkey_of(PUBLIC, 1, name), 1)[1] == PUBLIC
    assert verify_audit.parse_vkey(vkey_of(PUBLIC, 4, name), 4)[0][0] == name
    sound = vkey_of(PUBLIC, 1, name)
    for wrong in (
        vkey_of(PUBLIC, 4, name),
        vkey_of(PUBLIC, 1, "log example"),
        vkey_of(PUBLIC, 1, ""),
        sound.replace("log.", "lag."),
        sound.upper(),
        sound[:-1],
        sound + "A",
        f"{name}+{sound.split('+')[1]}",
        name,
        vkey_of(PUBLIC[:30], 1, name),
        vkey_of(PUBLIC + b"\0", 1, name),
    ):
        with pytest.raises(verify_audit.Usage):
            verify_audit.parse_vkey(wrong, 1)


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("log.example/audit", True),
        ("bücher.example", True),
        ("", False),
        ("two words", False),
        ("no\u00a0break", False),
        ("a+b", False),
        ("tab\t", False),
        ("turned\u202e", False),
    ],
)
def test_the_name_of_a_key(name: str, holds: bool) -> None:
    """A terminal is told to turn a log's name round, or one name reads as two."""
    assert verify_audit.is_name(name) is holds


def opened(note: str, policy: str = ALONE) -> verify_audit.Checkpoint:
    return verify_audit.open_note(note.encode(), verify_audit.parse_policy(policy.encode()))


@pytest.mark.parametrize("case", NOTES["accepted"], ids=lambda case: case["name"])
def test_notes_that_every_implementation_opens(case: dict[str, Any]) -> None:
    """The single file refuses a note that the vectors say everybody opens, or reads something else in it."""
    note = opened(case["note"], "".join(f"log {vkey}\n" for vkey in case["vkeys"]) + "quorum none\n")
    assert (note.origin, note.size, note.root.hex()) == (case["origin"], case["size"], case["root"])


@pytest.mark.parametrize("case", NOTES["rejected"], ids=lambda case: case["name"])
def test_notes_that_no_implementation_opens(case: dict[str, Any]) -> None:
    """The single file opens a note that the vectors say nobody does."""
    logs = "".join(f"log {vkey}\n" for vkey in case["vkeys"] if vkey.split("+", 2)[2].startswith("A"))
    with pytest.raises((*verify_audit.WRONG, verify_audit.Usage)):
        opened(case["note"], f"{logs}quorum none\n")


@pytest.mark.parametrize("name", ["an extension line", "no root", "windows line ends", "no last newline", "nothing"])
def test_a_note_is_three_lines_and_signatures(name: str) -> None:
    """A note with a line too many, or one that ends as on Windows, is told to have a wrong signature or number."""
    case = next(case for case in NOTES["rejected"] if case["name"] == name)
    with pytest.raises(
        verify_audit.Tampered, match=r"^the checkpoint is not three lines, an empty one and signatures$"
    ):
        opened(case["note"])


def test_a_note_has_at_most_64_signatures() -> None:
    """A checkpoint that C2SP tools open is refused, or one that they refuse verifies."""
    note, other = example().note, "\N{EM DASH} witness.example AAAAAAA=\n"
    assert opened(note + other * 63).size == 14
    with pytest.raises(verify_audit.Tampered, match="not three lines"):
        opened(note + other * 64)
    for bad in ("AAAAAAA=", "- witness.example AAAAAAA=", "\N{EM DASH} a+b AAAAAAA=", "\N{EM DASH} w.example AAAAAA=="):
        with pytest.raises(verify_audit.Tampered, match=r"^a signature line is malformed$"):
            opened(f"{note}{bad}\n")


def test_the_last_time_of_each_witness_counts() -> None:
    """An older signature of a witness hides its newer one, whichever of the lines comes first."""
    for first, second in ((0, 60), (60, 0)):
        note = cosigned(cosigned(example().note, at=WITNESSED + first), (COUNCIL,), at=WITNESSED + second)
        assert opened(note, POLICY).witnessed == {"council": WITNESSED + 60, "nhs": WITNESSED + first}


def test_a_policy_as_people_write_it() -> None:
    """A comment, an address, a tab or an empty line in a policy of C2SP's form makes it none."""
    witness = cosignature.vkey(NHS, WITNESSES[NHS].public_key())
    spaced = (
        f"# ours\n\n \t# more\nlog\t{VKEY} https://log.example\n  witness  nhs {witness} https://w.example \nquorum nhs"
    )
    policy = verify_audit.parse_policy(b"# f\xfcr uns, in Latin-1\n" + spaced.encode())
    assert [name for name, _ in policy.logs] == [ORIGIN] and policy.quorum == "nhs"
    assert [name for name, _ in policy.witnesses.values()] == ["nhs"]
    assert opened(cosigned(example().note, (NHS,)), spaced).witnessed == {"nhs": WITNESSED}
    with pytest.raises(verify_audit.Tampered, match="too few"):
        opened(cosigned(example().note, (COUNCIL,)), spaced)


@pytest.mark.parametrize(
    "line", ["witness none {}", "group none 1 nhs", "group nhs 1 nhs", "log {} more words", "witness a {} more words"]
)
def test_a_name_of_a_policy_is_given_once(line: str) -> None:
    """A group called `none` or like its witness stands in for it, so that the quorum means something else."""
    nhs, council = (cosignature.vkey(name, WITNESSES[name].public_key()) for name in (NHS, COUNCIL))
    with pytest.raises(verify_audit.Usage):
        verify_audit.parse_policy(f"witness nhs {nhs}\n{line.format(council)}\nquorum none\n".encode())
