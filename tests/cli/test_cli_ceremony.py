"""The rehearsal of a ceremony: one command, the same bytes every time, and whoever was not there can check it."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from pathlib import Path

import pytest
from shamir_mnemonic.wordlist import WORDLIST
from typer.testing import CliRunner

from broker.cli import ceremony
from broker.cli.main import app
from broker.errors import BrokerError, Misconfigured, Untrusted
from broker.keys import custody
from broker.keys.testkeys import is_published
from broker.keys.trust import Trust
from broker.trustlist.verify import open_trust_list
from broker.wire.destroyed import Destroyed
from broker.wire.fields import decode64

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "keys" / "rehearsal"
VECTORS = (ROOT / "keys" / "vectors" / "tokens.json").read_bytes()
AT = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(KEPT, tmp_path / "copy"))


def test_the_kept_rehearsal_comes_out_byte_for_byte_the_same() -> None:
    """What is in the repository would be the outputs of some other code."""
    result = CliRunner().invoke(app, ["keys", "ceremony", "--check", str(KEPT)])
    assert result.exit_code == 0, result.exception
    assert "byte for byte the same" in result.output
    seconds = re.search(r"([\d.]+) s", result.output)
    assert seconds and float(seconds.group(1)) < 60


def test_it_is_rehearsed_in_one_command(tmp_path: Path) -> None:
    """Nobody would rehearse what takes a page of commands."""
    result = CliRunner().invoke(app, ["keys", "ceremony", str(tmp_path / "new"), "--date", "2026-12-24"])
    assert result.exit_code == 0, result.exception
    assert {path.name for path in (tmp_path / "new").iterdir()} == {
        *("plan.md", "roles.md", "transcript.json", "transcript.sig", "metadata", "targets"),
    }
    again = CliRunner().invoke(app, ["keys", "ceremony", str(tmp_path / "new")])
    assert isinstance(again.exception, Misconfigured)
    assert "nothing is kept" in CliRunner().invoke(app, ["keys", "ceremony"]).output


def listed(folder: Path, seen: Path) -> Trust:
    return open_trust_list(folder, root=folder / "metadata" / "1.root.json", seen=seen, now=AT).trust


def test_it_goes_through_a_whole_life_of_keys(tmp_path: Path) -> None:
    """Something would be done for the first time when it matters."""
    trust = listed(KEPT, tmp_path)
    assert trust.rehearsal and trust.epochs == (2,)
    assert {one.agency: one.status for one in trust.agencies} == {"council": "active", "school": "left"}
    assert len(trust.broker.receipts) == 2
    found = open_trust_list(KEPT, root=KEPT / "metadata" / "1.root.json", seen=tmp_path, now=AT)
    assert found.root_version == 2 and found.custodians.threshold == custody.NEEDED
    gone = [Destroyed.model_validate_json(found.target(path)) for path in found.targets if path.startswith("destroyed")]
    assert {(one.party, one.key, one.number) for one in gone} == {
        *(("linkage_unit", "oprf", 1), ("broker", "update", 2), ("broker", "receipt", 1)),
    }


def test_no_secret_is_among_the_outputs() -> None:
    """Test keys are harmless; the habit of writing keys down is not."""
    words = "|".join(WORDLIST)
    for path in (path for path in KEPT.rglob("*") if path.is_file() and path.parent.name != "vectors"):
        text = path.read_text()
        assert not any(is_published(bytes.fromhex(found)) for found in re.findall(r"\b[0-9a-f]{64}\b", text)), path
        assert not any(is_published(decode64(found)) for found in re.findall(r'"([\w-]{43})"', text)), path
        assert not re.search(rf"(?:\b(?:{words})\b\W+){{12}}", text), path


def test_the_vectors_signed_in_it_are_those_beside_it(tmp_path: Path) -> None:
    """Two files of known answers would say two things."""
    found = open_trust_list(KEPT, root=KEPT / "metadata" / "1.root.json", seen=tmp_path, now=AT)
    assert found.target("vectors/tokens.json") == VECTORS


@pytest.mark.parametrize("name", ["plan.md", "roles.md", "transcript.json", "transcript.sig", "metadata/1.root.json"])
def test_a_changed_output_is_found(copy: Path, name: str) -> None:
    """A file could be exchanged after the ceremony."""
    path = copy / name
    path.write_bytes(path.read_bytes().replace(b"a", b"b", 1))
    with pytest.raises(BrokerError):
        ceremony.compared(copy)


def test_a_missing_or_further_file_is_found(copy: Path) -> None:
    """Something could be put among the signed files, or taken away."""
    (copy / "targets" / "more.json").write_text("{}")
    with pytest.raises(Untrusted, match=r"more\.json"):
        ceremony.compared(copy)
    (copy / "targets" / "more.json").unlink()
    (copy / "plan.md").unlink()
    with pytest.raises(Untrusted, match=r"plan\.md"):
        ceremony.compared(copy)


def test_no_process_starts_for_real_people_on_its_keys() -> None:
    """Somebody would take the rehearsal for a beginning."""
    assert '"rehearsal": true' in next((KEPT / "targets").glob("*.trust.json")).read_text()
