"""The auditors' page is true: its commands run, its Python runs with a stranger's library, its figures are tested."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import tampering
from example_evidence import ALONE, NOW, POLICY, evidence, refused
from example_log import example, sealables
from tampering import KINDS, LEVELS, NOTE, SEEN

from broker.audit import verify_audit

PAGE = (Path(__file__).parents[2] / "docs" / "for" / "auditors.md").read_text(encoding="utf-8")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with everything that the page names."""
    (tmp_path / "policy.txt").write_text(POLICY)
    (tmp_path / "evidence.zip").write_bytes(evidence())
    (tmp_path / "checkpoint-of-last-year").write_text(SEEN.decode())
    log = example()
    for path, content in {**log.files(), "checkpoint": NOTE.encode()}.items():
        (tmp_path / "log-2026-11" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "log-2026-11" / path).write_bytes(content)
    receipt = log.receipt(sealables()[6], kind="answer", show=("staff",)).as_dict()
    receipt["proof"] = receipt["proof"].replace(log.note, NOTE)
    (tmp_path / "receipt.json").write_bytes(verify_audit.encoded(receipt))
    for path, content in verify_audit.unpack(evidence()).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_commands_verify(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What an auditor types first does not work."""
    lines = re.findall(r"^python3 verify_audit\.py (.+)$", PAGE, re.M)
    assert len(lines) >= 3 and desk.exists()
    for line in lines:
        assert verify_audit.main(line.split(), NOW) == 0, line
        assert "VERIFIES" in capsys.readouterr().out


def test_a_strangers_library_reads_the_evidence(desk: Path) -> None:
    """The example with other people's tools is out of date."""
    [script] = re.findall(r"^```python\n(.*?)^```", PAGE, re.M | re.S)
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=desk)
    assert (ran.stderr, ran.stdout.count("is in the log")) == ("", 3)


ROWS = re.findall(r"^\| [^|]+ \| (\d+)(?: of \d+)? \| (\d+)(?: of \d+)? \|$", PAGE, re.M)


def test_the_figures_are_of_all_kinds() -> None:
    """The page promises what no longer holds; that all are noticed is `test_tampering_is_noticed`."""
    assert len(ROWS) == len(LEVELS) and {int(other) for _, other in ROWS} == {len(KINDS)}
    assert f"Of {len(KINDS)} kinds" in PAGE and f"all {len(KINDS) * len(LEVELS)}" in PAGE


@pytest.mark.long
def test_the_figures_without_witnesses_are_true() -> None:
    """The page makes the log's signature alone stronger, or weaker, than it is."""
    alone = [sum(refused(tampering.shown(kind, level), ALONE) for kind in KINDS) for level in LEVELS]
    assert [int(one) for one, _ in ROWS] == alone
