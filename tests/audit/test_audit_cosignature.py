"""Cosignatures and log policies are C2SP's, and nothing that is not exactly one is taken for one."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from broker.audit import cosignature, tlogpolicy, witnessing
from broker.audit.checkpoint import Checkpoint, open_note, parse_signature, sign, split_note, vkey
from broker.errors import BadInput, Untrusted

LOG = "broker.example/audit"
LOG_KEY, WITNESS_KEY, OTHER_KEY = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2, 3))
NOTE = sign(Checkpoint(LOG, 14, bytes(range(32))), LOG, private_key=LOG_KEY)
LOG_VKEY = vkey(LOG, LOG_KEY.public_key())
NAMES = ("council.example/witness", "nhs.example/witness")
VKEYS = [cosignature.vkey(name, key.public_key()) for name, key in zip(NAMES, (WITNESS_KEY, OTHER_KEY), strict=True)]
AT = 1795340000
LINES = [
    cosignature.cosign(NOTE, name, at=AT + n, private_key=key)
    for n, (name, key) in enumerate(zip(NAMES, (WITNESS_KEY, OTHER_KEY), strict=True))
]

# A public witness's verifier key and a cosignature's payload, from the tests of github.com/transparency-dev/formats.
REMORA = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
PUBLIC = "ZGhGuQAAAABm/qTPeyKXD+R2rzyQsxPiP8mXum7qq/iF0u4vanlqJyocWODBt97w9uL+8qT7S5gxEHWWOworDcFiEBYJXORmnFBOBA=="
# The examples of C2SP tlog-cosignature and tlog-witness, whose keys are not published.
EXAMPLE = (
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0"
    "xUe+mbIUBkBIfZ+qnA=="
)
SUBMITTED = """old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTO\
AYQ8=
"""


def test_published_keys_and_lines_are_read() -> None:
    """A witness of somebody else's, or a log's other tools, would not understand ours."""
    assert cosignature.parse(REMORA).name == "remora.n621.de"
    assert int.from_bytes(base64.b64decode(PUBLIC)[4:12], "big") == 1727964367
    name, signature = parse_signature(EXAMPLE)
    assert (name, len(signature)) == ("witness.example.com/w1", 4 + 8 + 64)
    assert int.from_bytes(signature[4:12], "big") == 1679315147
    sent = witnessing.parse(SUBMITTED.encode())
    assert (sent.old, len(sent.proof), sent.note.partition("\n")[0]) == (20852014, 4, "example.com/behind-the-sofa")
    assert witnessing.write(sent.old, sent.proof, note=sent.note) == SUBMITTED.encode()


def test_a_cosigned_note_says_who_and_when() -> None:
    """A checkpoint loses its own signature, or a witness its time, when others sign below it."""
    note = NOTE + "".join(LINES)
    assert open_note(note, [LOG_VKEY]) == open_note(NOTE, [LOG_VKEY])
    assert cosignature.cosigned(note, VKEYS) == {VKEYS[0]: AT, VKEYS[1]: AT + 1}
    assert cosignature.cosigned(note, VKEYS[1:]) == {VKEYS[1]: AT + 1}
    assert cosignature.cosigned(NOTE, VKEYS) == {}
    assert cosignature.log_lines(note, [LOG_VKEY]) == NOTE
    assert cosignature.log_lines(NOTE + LINES[0] + note.split("\n\n")[1], [LOG_VKEY]) == NOTE + NOTE.split("\n\n")[1]
    later = cosignature.cosign(note, NAMES[0], at=AT + 99, private_key=WITNESS_KEY)
    assert cosignature.cosigned(note + later, VKEYS)[VKEYS[0]] == AT + 99


def test_every_flipped_bit_of_a_cosignature_is_noticed() -> None:
    """A cosignature that can be changed vouches for another moment, or for another tree."""
    line = LINES[0].encode()
    head = len("— council.example/witness ".encode())
    for bit in range(8 * head, 8 * (len(line) - 1)):
        changed = bytearray(line)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            assert cosignature.cosigned(NOTE.encode() + bytes(changed), VKEYS) == {}, bit
        except Untrusted:
            continue
    other = sign(Checkpoint(LOG, 15, bytes(32)), LOG, private_key=LOG_KEY)
    with pytest.raises(Untrusted, match="does not fit"):
        cosignature.cosigned(other + LINES[0], VKEYS)


@pytest.mark.parametrize("payload", [b"", b"\0" * 12, b"\0" * 8 + b"s" * 64, b"\x80" + b"\0" * 7 + b"s" * 64])
def test_a_known_witness_s_broken_line_spoils_the_note(payload: bytes) -> None:
    """A line that is passed over in silence could be any line."""
    key_id = cosignature.parse(VKEYS[0]).key_id
    line = f"— {NAMES[0]} {base64.b64encode(key_id + payload).decode()}\n"
    with pytest.raises(Untrusted):
        cosignature.cosigned(NOTE + line, VKEYS)


def test_the_key_of_a_log_is_not_one_of_a_witness() -> None:
    """A log that could cosign itself would need nobody."""
    with pytest.raises(BadInput):
        cosignature.parse(LOG_VKEY)
    with pytest.raises(BadInput):
        open_note(NOTE, [VKEYS[0]])


POLICY = f"""# two of three, as C2SP tlog-policy shows it
log {LOG_VKEY} https://broker.example/audit

witness a\t{VKEYS[0]}
  witness b {VKEYS[1]} https://witness.example
group both all a b
group either any both
quorum either
"""


def test_a_policy_is_read_with_its_groups() -> None:
    """A policy that another tool wrote means something else here."""
    policy = tlogpolicy.parse(POLICY.encode())
    assert [policy.is_enough(names) for names in (["a"], ["b"], ["a", "b"], [])] == [False, False, True, False]
    assert policy.urls == {"b": "https://witness.example"}
    assert tlogpolicy.parse(tlogpolicy.write(policy).encode()) == policy


def test_what_a_policy_asks_for_is_what_a_note_must_have() -> None:
    """One cosignature too few passes for enough, or an older moment for a newer."""
    witnesses = [(name.partition(".")[0], key, "") for name, key in zip(NAMES, VKEYS, strict=True)]
    enough = {quorum: tlogpolicy.of_list(LOG_VKEY, witnesses, quorum=quorum) for quorum in range(3)}
    found = {quorum: tlogpolicy.check(NOTE + LINES[1], policy) for quorum, policy in enough.items()}
    assert {quorum: (one.enough, one.at) for quorum, one in found.items()} == {
        0: (True, None), 1: (True, AT + 1), 2: (False, None),
    }  # fmt: skip
    assert tlogpolicy.check(NOTE + "".join(LINES), enough[2]).at == AT
    assert tlogpolicy.check(NOTE + "".join(LINES), enough[1]).at == AT + 1
    for quorum, policy in enough.items():
        assert tlogpolicy.parse(tlogpolicy.write(policy).encode()) == policy, quorum
    forged = sign(Checkpoint(LOG, 14, bytes(range(32))), LOG, private_key=OTHER_KEY)
    with pytest.raises(Untrusted):
        tlogpolicy.check(forged + "".join(LINES), enough[1])


@pytest.mark.parametrize("text", [
    "", "quorum a\n", "quorum none\nquorum none\n", "quorum none", "log nothing\nquorum none\n",
    f"log {LOG_VKEY}\nlog {LOG_VKEY}\nquorum none\n", f"log {VKEYS[0]}\nquorum none\n", "quorum none extra\n",
    f"witness a {VKEYS[0]}\nwitness b {VKEYS[0]}\nquorum a\n", f"witness none {VKEYS[0]}\nquorum none\n",
    f"witness a {LOG_VKEY}\nquorum a\n", f"witness a {VKEYS[0]}\nwitness a {VKEYS[1]}\nquorum a\n",
    f"group g any a\nwitness a {VKEYS[0]}\nquorum g\n", f"witness a {VKEYS[0]}\ngroup g 2 a\nquorum g\n",
    f"witness a {VKEYS[0]}\ngroup g 0 a\nquorum g\n", f"witness a {VKEYS[0]}\ngroup g 01 a\nquorum g\n",
    f"witness a {VKEYS[0]}\ngroup g all a a\nquorum g\n", f"witness a {VKEYS[0]}\ngroup g any none\nquorum g\n",
    f"witness a {VKEYS[0]}\ngroup g any a\ngroup h any a\nquorum g\n",
    f"witness a {VKEYS[0]}\ngroup a any a\nquorum a\n",
    "quorum none\r\n", "quorum none\n\0", "witness\nquorum none\n", "sunlight\nquorum none\n",
])  # fmt: skip
def test_a_policy_that_is_none_is_refused(text: str) -> None:
    """A misread policy lets too few witnesses pass for enough."""
    with pytest.raises(BadInput):
        tlogpolicy.parse(text.encode())


A, B = f"witness a {VKEYS[0]}\n", f"witness b {VKEYS[1]}\n"
AGAIN = "names a group again, or a member that is not above it or in a group already"
OTHERS = "is not a log, witness, group or the one quorum, or names what is not above it"


@pytest.mark.parametrize(
    ("text", "row", "what"),
    [
        (f"# {'x' * (256 * 1024)}\nquorum none\n", None, "is too long or holds control characters"),
        ("quorum none\n\x7f", None, "is too long or holds control characters"),
        ("quorum none\n#\x1f\n", None, "is too long or holds control characters"),
        ("quorum none", None, "does not end with a newline"),
        ("", None, "has no quorum"),
        ("# nothing\n\n", None, "has no quorum"),
        ("\nquorum a\n", 2, OTHERS),
        (A + "quorum a\nquorum a\n", 3, OTHERS),
        (A + "quorum a a\n", 2, OTHERS),
        (A + "a a\nquorum a\n", 2, OTHERS),
        (A + "rest a\n", 2, OTHERS),
        ("log\nquorum none\n", 1, OTHERS),
        (f"log {LOG_VKEY} https://log.example more\nquorum none\n", 1, OTHERS),
        ("witness a\nquorum none\n", 1, OTHERS),
        (A + "group g 1\nquorum a\n", 2, OTHERS),
        (A + B + "troop g 1 a b\nquorum a\n", 3, OTHERS),
        (A + A, 2, "names a witness or its key again"),
        (A + "group g 1 a b\nquorum g\n", 2, AGAIN),
        (A + "group none 1 a\nquorum a\n", 2, AGAIN),
        (A + B + "group g 3 a b\nquorum g\n", 3, "needs none of its members, or more than there are"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_policy_is_said_with_its_line(text: str, row: int | None, what: str) -> None:
    """Whoever writes a policy by hand has to guess which line the verifier does not take."""
    with pytest.raises(BadInput) as caught:
        tlogpolicy.parse(text.encode())
    where = f"line {row} of the log policy" if row else "the log policy"
    assert (caught.value.code, caught.value.row, caught.value.message) == ("log-policy-invalid", row, f"{where} {what}")


def test_a_policy_may_hold_tabs_remarks_and_any_bytes_of_a_name() -> None:
    """A policy that its format allows is refused."""
    text = f"\t# {'x' * 200_000}\nwitness\ta\t{VKEYS[0]}\nquorum a\n"
    assert tlogpolicy.parse(text.encode()).witnesses == {"a": VKEYS[0]}
    odd = f"witness \xe4 {VKEYS[0]}\nwitness \xe5 {VKEYS[1]}\nquorum \xe5\n".encode("latin-1")
    policy = tlogpolicy.parse(odd)
    first, second = policy.witnesses
    assert policy.is_enough([second]) and not policy.is_enough([first])
    assert tlogpolicy.ENOUGH == "enough-witnesses", "what evidence that was handed out names"


@given(st.binary(max_size=200) | st.text("olgwitnesq urm0a+\n\t", max_size=60).map(str.encode))
def test_whatever_the_bytes_the_error_is_ours(data: bytes) -> None:
    """Somebody else's bytes end in a traceback."""
    for read in (tlogpolicy.parse, witnessing.parse, lambda one: cosignature.cosigned(one, VKEYS)):
        try:
            read(data)
        except (BadInput, Untrusted):
            continue


def test_only_a_whole_cosignature_of_a_real_moment_counts() -> None:
    """A witness's line without a time, of a time that nothing can hold, or cut off vouches for a log."""
    last = cosignature.MAX_NUMBER
    for at in (1, last):
        line = cosignature.cosign(NOTE, NAMES[0], at=at, private_key=WITNESS_KEY)
        assert cosignature.cosigned(NOTE + line, VKEYS) == {VKEYS[0]: at}
    for at, cut in ((0, 0), (last + 1, 0), (AT, 1), (AT, -1)):
        stamped = at.to_bytes(8, "big") + WITNESS_KEY.sign(f"cosignature/v1\ntime {at}\n{split_note(NOTE)[0]}".encode())
        signature = (cosignature.parse(VKEYS[0]).key_id + stamped + b"\0")[: -1 - cut if cut >= 0 else None]
        line = f"— {NAMES[0]} {base64.b64encode(signature).decode()}\n"
        with pytest.raises(Untrusted, match="known witness"):
            cosignature.cosigned(NOTE + line, VKEYS)
    twice = LINES[0] + cosignature.cosign(NOTE, NAMES[0], at=AT - 5, private_key=WITNESS_KEY)
    assert cosignature.cosigned(NOTE + twice, VKEYS) == {VKEYS[0]: AT}, "the older of two counts"
    one = {VKEYS[0]: 1}
    assert cosignature.cosigned(NOTE + cosignature.cosign(NOTE, NAMES[0], at=1, private_key=WITNESS_KEY), VKEYS) == one


def test_where_and_how_a_witness_is_asked() -> None:
    """A witness of somebody else's has another address, another media type, or finds our largest body too large."""
    assert (witnessing.ADD, witnessing.SIZE_TYPE) == ("/add-checkpoint", "text/x.tlog.size")
    largest = witnessing.write(2**63 - 1, [bytes(32)] * 63, note=NOTE + 50 * LINES[0])
    assert len(largest) <= witnessing.MAX_BYTES == 32_768
    assert len(witnessing.parse(largest).proof) == 63


SENT = witnessing.write(9, [bytes(32)], note=NOTE)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(SENT.replace(b"\n\n", b"\n", 1).replace(b"\n\n", b"\n"), id="no empty line"),
        pytest.param(SENT.replace(b"old 9", b"9", 1), id="no word"),
        pytest.param(SENT.replace(b"old 9", b"new 9", 1), id="another word"),
        pytest.param(SENT.replace(b"old 9", b"old 09", 1), id="leading nought"),
        pytest.param(SENT.replace(b"old 9", b"old -9", 1), id="negative"),
        pytest.param(SENT.replace(b"old 9", b"old 9 ", 1), id="space"),
        pytest.param(SENT.replace(b"A=", b"B=", 1), id="loose bits"),
        pytest.param(witnessing.write(9, [bytes(32), bytes(31)], note=NOTE), id="31 bytes"),
        pytest.param(witnessing.write(9, [bytes(33), bytes(32)], note=NOTE), id="33 bytes"),
        pytest.param(witnessing.write(9, [bytes(32)] * 64, note=NOTE), id="64 hashes"),
        pytest.param(b"\xff" + SENT, id="not UTF-8"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_what_is_no_submission(body: bytes) -> None:
    """Two witnesses read two things in one body."""
    assert witnessing.parse(SENT).old == 9
    with pytest.raises(BadInput, match="not an old size, hashes, an empty line and a checkpoint") as caught:
        witnessing.parse(body)
    assert caught.value.code == "submission-malformed"
