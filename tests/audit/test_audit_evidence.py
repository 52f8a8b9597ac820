"""Evidence and its single-file verifier: what is true verifies anywhere, and nothing in it is free to change."""

from __future__ import annotations

import ast
import datetime as dt
import hashlib
import io
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from random import Random

import pytest
from example_evidence import (
    ALONE,
    COUNCIL,
    NHS,
    NOW,
    POLICE,
    POLICY,
    WITNESSED,
    Files,
    cosigned,
    evidence,
    refused,
    relisted,
    shown,
    verified,
)
from example_log import ORIGIN, VKEY, example, sealables, signed

from broker.audit import verify_audit
from broker.audit.encoding import to_base64
from broker.audit.evidence import bundle
from broker.audit.receipt import verify_receipt
from broker.errors import BadInput

SOURCE = Path(verify_audit.__file__)
ZIP = evidence()
FILES = verify_audit.unpack(ZIP)
EVERY = (pytest.mark.long, pytest.mark.timeout(1_800))
"""Steps through bits and bytes: 1 is all of them."""


def test_evidence_verifies_and_says_what_it_shows() -> None:
    """Whoever holds the zip learns what happened, what is private and shown, and who vouches for it."""
    report = verified(FILES)
    assert [(at, event["typ"], len(private)) for at, event, private in report.events] == [
        (6, "answer", 5),
        (7, "disclose", 0),
        (13, "untold", 0),
    ]
    assert report.events[0][2]["staff"] == "council/w7"
    assert (report.checkpoint.origin, report.checkpoint.size) == (ORIGIN, 14)
    assert sorted(report.checkpoint.witnessed) == ["council", "nhs"]
    assert int(report.newest.timestamp()) == WITNESSED
    assert not report.self_asserted


def test_the_same_evidence_is_the_same_bytes() -> None:
    """Two exports of one thing can't be compared, or a zip has room for what nobody looks at."""
    assert evidence() == ZIP
    with zipfile.ZipFile(io.BytesIO(ZIP)) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == sorted(FILES)
    assert verify_audit.pack(FILES) == ZIP


def test_the_verifier_is_one_file_of_the_standard_library() -> None:
    """An auditor can't read it in an afternoon, or has to install something of ours."""
    text = SOURCE.read_text(encoding="utf-8")
    imported = {name.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import) for name in node.names}
    imported |= {node.module or "" for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names
    assert text.count("\n") <= 500


def said_by(capsys: pytest.CaptureFixture[str], *words: object, now: dt.datetime = NOW) -> tuple[int, str]:
    """The exit code, and what the script says."""
    code = verify_audit.main([str(word) for word in words], now)
    return code, "".join(capsys.readouterr())


def test_the_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A script in a court's pipeline can't tell a forgery from a missing file."""
    policy, path = tmp_path / "policy.txt", tmp_path / "evidence.zip"
    policy.write_text(POLICY)
    path.write_bytes(ZIP)
    assert said_by(capsys, path, "--policy", policy)[0] == 0
    code, said = said_by(capsys, path)
    assert code == 2 and "SELF-ASSERTED" in said and "staff = " in said
    code, said = said_by(capsys, path, "--policy", policy, "--max-age", "0.01")
    assert code == 3 and "STALE" in said
    assert said_by(capsys, path, "--policy", policy, "--max-age", "0.03")[0] == 0
    path.write_bytes(ZIP[:-1])
    code, said = said_by(capsys, path, "--policy", policy)
    assert code == 1 and said.startswith("DOES NOT VERIFY: ")
    policy.write_text("log nonsense\n")
    for words in ((tmp_path / "nothing.zip",), (path, "--policy", policy), (path, "--nonsense"), ()):
        assert said_by(capsys, *words)[0] == 64
    assert said_by(capsys, "--help")[0] == 0


def test_the_verifier_in_the_evidence_runs_where_there_is_nothing_else(tmp_path: Path) -> None:
    """The zip can't be checked by somebody who has Python and the zip alone."""
    log = example()
    zipped = bundle(shown(log, cosigned(log.note)), policy=POLICY, verifier=SOURCE.read_bytes())
    (tmp_path / "evidence.zip").write_bytes(zipped)
    shutil.unpack_archive(tmp_path / "evidence.zip", tmp_path / "out")
    command = [sys.executable, "-I", "-S", "out/verify_audit.py", "out"]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert (ran.returncode, "SELF-ASSERTED" in ran.stdout, ran.stderr) == (2, True, "")


def test_a_whole_log_and_a_receipt_verify_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What agencies and exports hold needs another tool."""
    log = example()
    for path, content in log.files().items():
        (tmp_path / "log" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "log" / path).write_bytes(content)
    code, said = said_by(capsys, tmp_path / "log", "--vkey", VKEY)
    assert (code, "14 of the 14 events" in said) == (0, True)
    assert said_by(capsys, tmp_path / "log")[0] == 64
    (tmp_path / "kept").write_text(example(5).note)
    assert said_by(capsys, tmp_path / "log", "--vkey", VKEY, "--seen", tmp_path / "kept")[0] == 0
    receipts = [log.receipt(sealables()[at], kind=kind, show=()).as_dict() for at, kind in ((6, "answer"), (7, ""))]
    for content in (receipts[0], {"receipt": receipts}):
        (tmp_path / "receipt.json").write_text(json.dumps(content))
        assert said_by(capsys, tmp_path / "receipt.json", "--vkey", VKEY)[0] == 0


@pytest.mark.parametrize("step", [pytest.param(1, marks=EVERY), 61])
def test_no_bit_of_the_zip_is_free(step: int) -> None:
    """A flipped bit in a header that zip programs ignore makes other evidence of it."""
    for bit in range(Random(step).randrange(step), len(ZIP) * 8, step):
        damaged = bytearray(ZIP)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(verify_audit.Tampered):
            verify_audit.unpack(bytes(damaged))


@pytest.mark.parametrize("step", [pytest.param(1, marks=EVERY), 31])
def test_no_byte_of_the_zip_can_go(step: int) -> None:
    """A zip that was cut off, or lacks a byte, still opens."""
    for at in range(0, len(ZIP), step):
        for damaged in (ZIP[:at], ZIP[:at] + ZIP[at + 1 :], ZIP[:at] + b"\0" + ZIP[at:]):
            with pytest.raises(verify_audit.Tampered):
                verify_audit.unpack(damaged)


@pytest.mark.parametrize("step", [pytest.param(1, marks=EVERY), 541])
def test_no_bit_is_free_when_the_manifest_is_made_again(step: int) -> None:
    """A forger lists the changed file anew, and the event, proof, disclosure or checkpoint in it passes."""
    for path in sorted(FILES):
        if path in ("README.txt", "policy.txt", "verify_audit.py", "manifest.json"):
            continue
        for bit in range(Random(step).randrange(step), len(FILES[path]) * 8, step):
            damaged = bytearray(FILES[path])
            damaged[bit // 8] ^= 1 << bit % 8
            assert refused(relisted({**FILES, path: bytes(damaged)})), (path, bit)


@pytest.mark.parametrize("step", [pytest.param(1, marks=EVERY), 211])
def test_no_byte_can_go_when_the_manifest_is_made_again(step: int) -> None:
    """A forger leaves something out and lists the rest."""
    for path in sorted(FILES):
        for at in range(0, len(FILES[path]), step):
            cut = FILES[path][:at] + FILES[path][at + 1 :]
            assert refused({**FILES, path: cut}), (path, at)
            if path.startswith(("entries", "proofs", "disclosures", "checkpoint")):
                assert refused(relisted({**FILES, path: cut})), (path, at)
                assert refused(relisted({**FILES, path: FILES[path][:at]})), (path, at)


def without(path: str) -> Files:
    return {name: data for name, data in FILES.items() if name != path}


@pytest.mark.parametrize("path", sorted(FILES))
def test_no_file_can_go(path: str) -> None:
    """Evidence from which a file was taken verifies as what it was."""
    assert refused(without(path))


def test_a_reader_may_be_shown_less() -> None:
    """Whoever passes evidence on can't leave private fields out, or can add one."""
    less = relisted(without("disclosures/6.json"))
    assert verified(less).events[0][2] == {}
    more = FILES["disclosures/6.json"]
    assert refused(relisted({**less, "disclosures/7.json": more}))


@pytest.mark.parametrize(
    ("note", "policy", "holds"),
    [
        pytest.param(cosigned(example().note), POLICY, True, id="two of three"),
        pytest.param(cosigned(example().note, (COUNCIL, NHS, POLICE)), POLICY, True, id="all"),
        pytest.param(cosigned(example().note, (COUNCIL,)), POLICY, False, id="one"),
        pytest.param(cosigned(example().note, (COUNCIL, COUNCIL)), POLICY, False, id="one, twice"),
        pytest.param(example().note, POLICY, False, id="none"),
        pytest.param(example().note, ALONE, True, id="none needed"),
        pytest.param(cosigned(example().note, at=WITNESSED + 86_400), POLICY, False, id="tomorrow"),
        pytest.param(cosigned(example().note, at=WITNESSED - 86_400), POLICY, False, id="before the events"),
        pytest.param(cosigned(example().note), POLICY.replace(VKEY, VKEY.replace("f2", "f3")), None, id="wrong key id"),
        pytest.param(cosigned(example().note), POLICY.replace(" 2 ", " 3 "), False, id="three needed"),
        pytest.param(cosigned(example().note), POLICY.replace(" 2 ", " all "), False, id="all needed"),
        pytest.param(cosigned(example().note, (POLICE,)), POLICY.replace(" 2 ", " any "), True, id="any"),
    ],
)
def test_the_policy_decides_whose_word_counts(note: str, policy: str, holds: bool | None) -> None:
    """Too few, unknown or misdated witnesses are taken for enough."""
    files = verify_audit.unpack(evidence(note=note))
    if holds is None:
        with pytest.raises(verify_audit.Usage):
            refused(files, policy)
    else:
        assert refused(files, policy) is not holds


def test_groups_of_groups() -> None:
    """The policy format's nested groups count a witness twice, or not at all."""
    witnesses = POLICY[: POLICY.index("group")]
    nested = "group health 1 nhs\ngroup others any council police\ngroup both all health others\nquorum both\n"
    both, one = cosigned(example().note), cosigned(example().note, (COUNCIL, POLICE))
    assert not refused(verify_audit.unpack(evidence(note=both)), witnesses + nested)
    assert refused(verify_audit.unpack(evidence(note=one)), witnesses + nested)


@pytest.mark.parametrize(
    "policy",
    [
        "",
        "quorum nobody\n",
        "quorum none\nquorum none\n",
        "log\nquorum none\n",
        "nonsense\nquorum none\n",
        f"log {VKEY}\nlog {VKEY}\nquorum none\n",
        POLICY.replace("quorum enough-witnesses", "quorum others"),
        POLICY.replace(" 2 ", " 4 "),
        POLICY.replace(" 2 ", " 0 "),
        POLICY.replace(" 2 ", " +2 "),
        POLICY.replace("council nhs police", "council council nhs"),
        POLICY.replace("council nhs police", "council nhs others"),
        POLICY.replace("quorum", "group again 1 nhs\nquorum"),
        POLICY.replace("witness nhs", "witness council"),
        POLICY.replace("witness nhs", "witness none"),
        POLICY + "witness again " + POLICY.split()[4] + "\n",
        POLICY.replace("log", "witness log", 1),
    ],
)
def test_what_is_no_policy_is_no_policy(policy: str) -> None:
    """A misspelt policy lets everything through."""
    with pytest.raises(verify_audit.Usage):
        verify_audit.parse_policy(policy.encode())


@pytest.mark.parametrize("height", sorted(verify_audit.SMALL))
def test_a_key_that_fits_many_messages_is_no_key(height: int) -> None:
    """A policy names a point under which one signature fits many checkpoints, and its own key id fits it."""
    material = b"\x01" + height.to_bytes(32, "little")
    named = hashlib.sha256(ORIGIN.encode() + b"\n" + material).hexdigest()[:8]
    with pytest.raises(verify_audit.Usage):
        verify_audit.parse_policy(f"log {ORIGIN}+{named}+{to_base64(material)}\nquorum none\n".encode())


def test_evidence_needs_one_checkpoint() -> None:
    """Proofs of two checkpoints in one zip would need two verdicts."""
    log, later = example(), example(12)
    with pytest.raises(BadInput, match="one checkpoint"):
        bundle([*shown(log, log.note, (6,)), *shown(later, later.note, (7,))], policy=ALONE, verifier=b"")


def test_a_log_that_was_rewritten_does_not_go_on_from_what_was_seen() -> None:
    """The key's holder rewrites history, and whoever kept a checkpoint does not notice."""
    honest = example()
    other = signed([*honest.leaves[:3], honest.leaves[4], *honest.leaves[5:], honest.leaves[3]])
    for kept, holds in ((example(3), True), (example(9), False), (honest, False)):
        assert refused(other.files(), ALONE, seen=kept.note.encode()) is not holds
    # Of one event's evidence only a checkpoint of the same size can tell: an older one is nothing wrong.
    for kept, holds in ((honest, True), (other, False), (signed([*honest.leaves, honest.leaves[0]]), True)):
        assert refused(verify_audit.unpack(evidence(note=honest.note)), ALONE, seen=kept.note.encode()) is not holds


def test_the_two_verifiers_agree_on_receipts() -> None:
    """Ours and the single file accept the same, on every change of one byte that leaves a receipt readable."""
    log = example(8)
    receipt = log.receipt(sealables()[6], kind="answer", show=("staff",)).as_dict()
    text = json.dumps(receipt)
    rng = Random(7)
    for at in (None, *(rng.randrange(len(text)) for _ in range(150))):
        changed = text if at is None else text[:at] + chr(rng.randrange(32, 127)) + text[at + 1 :]
        try:
            parsed = json.loads(changed)
        except ValueError:
            continue
        ours = theirs = True
        try:
            verify_receipt(parsed, [VKEY])
        except (ValueError, Exception):  # noqa: BLE001 - a verdict, whatever its name
            ours = False
        theirs = not refused({"receipt.json": changed.encode()}, ALONE)
        assert ours == theirs, changed


def test_now_is_an_argument() -> None:
    """Evidence of today verified next to a clock that is a day slow."""
    late = verify_audit.parse_policy(POLICY.encode())
    with pytest.raises(verify_audit.Tampered, match="future"):
        verify_audit.check(FILES, late, now=NOW.replace(day=21))
