"""The single file's words and exit codes: for each way of being wrong, alone, it says which."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from example_evidence import (
    COUNCIL,
    NHS,
    NOW,
    POLICY,
    WITNESSED,
    Files,
    cosigned,
    evidence,
    relisted,
    verified,
)
from example_log import NOON, VKEY, example

from broker.audit import tree, verify_audit

FILES = verify_audit.unpack(evidence())


def why(files: Files, policy: str | None = POLICY, *, seen: bytes | None = None) -> str:
    """The sentence with which files are refused."""
    with pytest.raises((verify_audit.Tampered, verify_audit.Usage)) as caught:
        verified(files, policy, seen=seen)
    return str(caught.value)


def with_file(path: str, data: bytes) -> Files:
    return relisted({**FILES, path: data})


def bare(proof: bytes) -> bytes:
    """The proof under the checkpoint without its witnesses."""
    return proof.replace(cosigned(example().note).encode(), example().note.encode())


NOBODY = "the evidence holds a file that nobody would have checked, or no event"
PROOF = "a proof is of another event or checkpoint than it should be"


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({**FILES, "more": b""}, "the files of the evidence are not those that its manifest lists"),
        (with_file("more", b""), NOBODY),
        (with_file("proofs/5.tlog-proof", FILES["proofs/6.tlog-proof"]), NOBODY),
        (relisted({path: FILES[path] for path in ("checkpoint", "policy.txt")}), NOBODY),
        (with_file("proofs/6.tlog-proof", FILES["proofs/7.tlog-proof"]), PROOF),
        (with_file("proofs/6.tlog-proof", bare(FILES["proofs/6.tlog-proof"])), PROOF),
        (with_file("checkpoint", cosigned(example().note, (NHS, COUNCIL)).encode()), PROOF),
        (with_file("entries/6.json", FILES["entries/7.json"]), "event 6 is not in the log that was signed"),
        (with_file("entries/06.json", FILES["entries/6.json"]), "not the one spelling: misspelt number"),
        (with_file("disclosures/6.json", b"[ ]"), "not the one spelling: another spelling"),
        (with_file("disclosures/6.json", b'{"a":1,"a":1}'), "not the one spelling: a key is there twice"),
    ],
)
def test_what_is_wrong_with_evidence(files: Files, sentence: str) -> None:
    """An auditor is told of something else than what was done to the evidence."""
    assert why(files) == sentence


def test_evidence_needs_no_more_than_is_checked() -> None:
    """Evidence without its explanation is refused, though nothing depends on it; or says what it does not show."""
    for path in ("README.txt", "verify_audit.py", "policy.txt"):
        report = verified(relisted({name: data for name, data in FILES.items() if name != path}))
        assert (len(report.events), report.note, report.first) == (3, "", 0)


def test_the_sentences_of_a_proof() -> None:
    """A proof with a hash too many, or of an event beyond the log, is told to be something else."""
    sentence = "a proof is too long, or of an event that the log has not"
    one = example(1)
    for index, size, path in ((1, 1, []), (0, 1, [bytes(32)]), (-1, 2, [bytes(32)]), (2, 2, [bytes(32)]), (0, 0, [])):
        with pytest.raises(verify_audit.Tampered) as caught:
            verify_audit.root_by_proof(tree.leaf_hash(one.leaves[0]), index, size=size, path=path)
        assert str(caught.value) == sentence


def test_a_proof_is_an_index_and_hashes() -> None:
    """A proof with a line that nothing signs, or that is no hash, is taken for one (C2SP tlog-proof)."""
    head, node = "c2sp.org/tlog-proof@v1\n", "A" * 43 + "="
    assert verify_audit.parse_proof(f"{head}index 7\n{node}\n\nnote\n".encode()) == (7, [bytes(32)], b"note\n")
    for wrong in (
        f"{head}index 7\nAAAA\n\n",
        f"{head}index 7\n{node}\n{node[:40]}\n\n",
        f"{head}Index 7\n{node}\n\n",
        f"{head.replace('1', '2')}index 7\n\n",
    ):
        with pytest.raises(verify_audit.Tampered, match=r"^a proof is malformed$"):
            verify_audit.parse_proof(wrong.encode())
    with pytest.raises(verify_audit.WRONG):
        verify_audit.parse_proof(f"{head}extra AAAA\nindex 7\n{node}\n\n".encode())


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        (f"log {VKEY}\n", "the policy has no quorum line"),
        ("", "the policy has no quorum line"),
        (POLICY.replace(" 2 ", " 4 "), "a group asks for an impossible number, or of members not to be had"),
        (POLICY + f"witness again {POLICY.split()[4]}\n", "a witness is named twice"),
    ],
)
def test_what_is_wrong_with_a_policy(policy: str, sentence: str) -> None:
    """Whoever wrote a policy is told to look for another mistake than there is."""
    assert why(FILES, policy) == sentence


def test_the_zip_says_nothing_but_its_files() -> None:
    """The zip holds a date, a system or a compression of whoever made it, so that two are not the same bytes."""
    with zipfile.ZipFile(io.BytesIO(evidence())) as archive:
        for info in archive.infolist():
            said = (info.create_system, info.date_time, info.compress_type, info.extra, info.comment)
            assert said == (3, (1980, 1, 1, 0, 0, 0), zipfile.ZIP_STORED, b"", b"")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(1_000))
    for data in (packed.getvalue(), b"", b"no zip"):
        with pytest.raises(verify_audit.Tampered, match=r"^not a zip, or not byte for byte what its files give$"):
            verify_audit.unpack(data)
    assert verify_audit.unpack(verify_audit.pack({})) == {}


SHOWN: dict[str, Any] = {
    "v": 1,
    "typ": "answer",
    "id": "0e",
    "t": "2026",
    "org": "nhs",
    "_sd": [],
    "people": 2,
    "a": "b",
}
SIGNED = verify_audit.Checkpoint("log.example", 9, b"\x01" * 32, {"nhs": 1, "council": 2})


def test_what_a_reader_is_told() -> None:
    """A field that was proven is not shown, one that was not is, or nobody sees who vouches for it."""
    report = verify_audit.Report(SIGNED, [(7, SHOWN, {"staff": "w\u001b7", "told": [1]})], note="a note", newest=NOON)
    root = "01" * 32
    assert verify_audit.told(report, False) == (
        'event 7  2026  nhs  answer  {"people": 2, "a": "b"}\n'
        '    shown: staff = "w\\u001b7"\n'
        "    shown: told = [1]\n"
        f"VERIFIES: 1 of the 9 events of log.example, root {root}\n"
        "a note\n"
        "witnesses: council, nhs; newest sign of life 2026-11-22 12:00:00+00:00\n"
    )
    whole = report._replace(
        root_at=lambda size: b"", note="", self_asserted=True, checkpoint=SIGNED._replace(witnessed={})
    )
    assert verify_audit.told(whole, True) == (
        f"AGREES WITH ITSELF: 1 of the 9 events of log.example, root {root}\n"
        "witnesses: none; newest sign of life 2026-11-22 12:00:00+00:00\n"
        "STALE: that is longer ago than you allow\n"
        "SELF-ASSERTED: by the keys that came with it; get the policy from elsewhere\n"
    )


def said_by(capsys: pytest.CaptureFixture[str], *words: object, now: dt.datetime = NOW) -> tuple[int, str]:
    """The exit code, and what the script says."""
    code = verify_audit.main([str(word) for word in words], now)
    return code, "".join(capsys.readouterr())


def test_the_exit_codes_to_the_second(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is a day old is stale or not by the hour, or what can't be checked at all looks forged."""
    path, policy, day = tmp_path / "evidence.zip", tmp_path / "policy.txt", dt.timedelta(days=1)
    path.write_bytes(evidence())
    policy.write_text(POLICY)
    witnessed = dt.datetime.fromtimestamp(WITNESSED, dt.UTC)
    for late, code in ((dt.timedelta(), 0), (dt.timedelta(microseconds=1), 3)):
        asked = (path, "--policy", policy, "--max-age", 1)
        assert said_by(capsys, *asked, now=witnessed + day + late)[0] == code
    assert said_by(capsys, path, "--max-age", 1, now=witnessed + 2 * day)[0] == 2, "self-asserted comes before stale"
    assert said_by(capsys, path, "--policy", policy, "--max-age", 0)[0] == 3
    log = tmp_path / "log"
    for name, data in example().files().items():
        (log / name).parent.mkdir(parents=True, exist_ok=True)
        (log / name).write_bytes(data)
    assert said_by(capsys, log, "--vkey", VKEY)[0] == 0
    assert why({}, None) == "it brings no keys: give --policy or --vkey"
    nothing = "could not be checked: it brings no keys: give --policy or --vkey\n"
    assert said_by(capsys, log) == (64, nothing)
    assert said_by(capsys, log, "--vkey", "a+b+c")[0] == 64
    assert said_by(capsys, log, "--vkey", VKEY, "--seen", tmp_path / "nothing")[0] == 64
    (log / "checkpoint").unlink()
    assert said_by(capsys, log, "--vkey", VKEY) == (1, "DOES NOT VERIFY: KeyError('receipt.json')\n")
    policy.write_text(f"log {VKEY}\n")
    assert said_by(capsys, path, "--policy", policy) == (64, "could not be checked: the policy has no quorum line\n")


def test_the_help_says_what_to_give(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever has the file alone does not learn how to use it."""
    code, said = said_by(capsys, "--help")
    assert code == 0
    for words in (
        "Checks what an audit log shows: offline, with this one file and Python 3.11 or later, nothing else. posit",
        "path evidence (zip or folder), an exported log, or a receipt (.json) options:",
        "--policy POLICY whom to believe (C2SP tlog-policy) --vkey",
        "--vkey VKEY or the log's verifier key alone --seen",
        "--seen SEEN a checkpoint of this log that you kept --max-age",
    ):
        assert words in " ".join(said.split())
    assert " ".join(said.split()).endswith("--max-age MAX_AGE in days")
