"""`broker policy` on folders: what an IG officer types, reads and goes by; and how a command ends."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from brackwater_policies import FOLDER
from typer.testing import CliRunner, Result

from broker.cli.main import app
from broker.errors import BrokerError

ISA1 = "agreements/isa-2026-001.yaml"
# A change that was meant; a typo that opens health data to the jobcentre; a protection that somebody dropped.
GOOD = (
    ISA1,
    "nhs.school_nurse]\n    for: [early_help]\n    window",
    "nhs.school_nurse, school.dsl]\n    for: [early_help]\n    window",
)
TYPO = (ISA1, "items: [eh.involvement, dw.involvement]", "items: [eh.involvement, dw.involvement, as.care_package]")
DROPPED = ("protections.yaml", "when: {protection: safe_address}", "when: {protection: safe_address, age: unborn}")


def broker(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["policy", *map(str, arguments)], catch_exceptions=False)


def refused(*arguments: str | Path) -> str:
    with pytest.raises(BrokerError) as caught:
        broker(*arguments)
    return caught.value.code


def copy(folder: Path, *edits: tuple[str, str, str]) -> Path:
    """A copy of the agreements with `edits`: file, old text, new text."""
    made = Path(shutil.copytree(FOLDER, folder / "changed"))
    for file, old, new in edits:
        text = (made / file).read_text()
        assert old in text, old
        (made / file).write_text(text.replace(old, new, 1))
    return made


def test_a_good_folder_is_said_to_be_good() -> None:
    """`make policies` ends well whatever the agreements are, or in an error when they are good."""
    said = broker("check", FOLDER)
    assert said.exit_code == 0
    assert "3 agreements load" in said.stdout
    assert "sentences are proven" in said.stdout
    shown = json.loads(broker("check", FOLDER, "--json").stdout)
    assert (len(shown["agreements"]), shown["examples"], shown["broken"]) == (3, [], [])
    assert shown["digest"]


def test_a_change_that_was_meant_is_listed_to_be_signed(tmp_path: Path) -> None:
    """An IG officer signs a change without having seen all that it does."""
    changed = copy(tmp_path, GOOD)
    assert broker("prove", changed).exit_code == 0
    said = broker("diff", FOLDER, changed)
    assert said.exit_code == 1
    assert "Designated safeguarding lead" in said.stdout
    assert "OPENS: is shown in full; until now it is withheld" in said.stdout
    shown = json.loads(broker("diff", FOLDER, changed, "--json").stdout)
    assert f"To sign: {shown['digest']}" in said.stdout
    assert {cell[2] for change in shown["changes"] for cell in change["cells"]} == {"ed.attendance", "ed.exclusions"}
    same = broker("diff", FOLDER, FOLDER)
    assert (same.exit_code, "No outcome changes." in same.stdout) == (0, True)


@pytest.mark.parametrize(
    ("edit", "sentence", "counterexample"),
    [
        (TYPO, "The jobcentre never learns anything of health", "Work coach (Brackwater Jobcentre)"),
        (DROPPED, "Where a person with a safe address can be found is never shown", "safe address"),
    ],
    ids=["a typo", "a dropped protection"],
)
def test_a_mistake_has_a_counterexample_in_words(
    tmp_path: Path, edit: tuple[str, str, str], sentence: str, counterexample: str
) -> None:
    """Health data is opened to the jobcentre, or a protection is dropped, and nobody is told."""
    changed = copy(tmp_path, edit)
    said = broker("prove", changed)
    assert said.exit_code == 1
    [at] = [n for n, line in enumerate(said.stdout.splitlines()) if "is not so" in line and sentence in line]
    assert counterexample in said.stdout.splitlines()[at + 1]
    shown = broker("check", changed, "--json")
    assert shown.exit_code == 1
    assert any(counterexample in one["counterexample"] for one in json.loads(shown.stdout)["broken"])
    assert "OPENS" in broker("diff", FOLDER, changed).stdout


def test_why_says_what_decided_and_what_would_open_more() -> None:
    """Somebody who sees less than they need is told neither why nor what they could do."""
    asked = ("why", "council.keyworker", "early_help", "ed.attendance", "--folder", FOLDER)
    plain = json.loads(broker(*asked, "--json").stdout)
    assert (plain["level"], plain["clause"], plain["steps"]) == ("share", "A1.5", [])
    said = broker(*asked, "--fact", "match=probable")
    assert "P9: The match is probable and not confirmed" in said.stdout
    assert "More would be seen:" in said.stdout
    assert "is shown in full" in said.stdout.partition("More would be seen:")[2]
    assert refused(*asked, "--fact", "mood=good") == "fact-unknown"
    assert refused(*asked, "--fact", "match=perhaps") == "fact-unknown"


@pytest.mark.parametrize(
    "asked",
    [
        ("council.keyworkr", "early_help", "ed.attendance"),
        ("council.keyworker", "early_hepl", "ed.attendance"),
        ("council.keyworker", "early_help", "ed.attendence"),
    ],
)
def test_why_answers_about_nobody_who_is_not_there(asked: tuple[str, ...]) -> None:
    """An officer mistypes a role and believes that it sees nothing."""
    assert refused("why", *asked, "--folder", FOLDER) == "request-unknown"


def test_the_matrix_beside_the_agreements_is_compared(tmp_path: Path) -> None:
    """A role reaches one item more and the committed matrix says nothing."""
    changed = copy(tmp_path, GOOD)
    (changed / "reach.golden.csv").write_text(broker("reach", FOLDER).stdout)
    said = broker("reach", changed, "--golden")
    assert said.exit_code == 1
    assert "+ school.dsl,early_help,ed.attendance" in said.stdout
    (changed / "reach.golden.csv").write_text(broker("reach", changed).stdout)
    assert broker("reach", changed, "--golden").exit_code == 0
    assert json.loads(broker("reach", changed, "--golden", "--json").stdout)["same"]
    (changed / "reach.golden.csv").unlink()
    assert refused("reach", changed, "--golden") == "file-unreadable"


def test_the_documents_of_an_agreement_are_written(tmp_path: Path) -> None:
    """Somebody writes an agreement's papers by hand, and they say something else."""
    out = tmp_path / "papers"
    broker("render", "ISA-2026-001", "--out", out, "--folder", FOLDER)
    names = ("agreement", "card", "dpia", "notice", "register", "ropa")
    assert sorted(path.name for path in out.iterdir()) == [f"ISA-2026-001.{name}.html" for name in names]
    assert refused("render", "ISA-2026-009", "--out", out, "--folder", FOLDER) == "agreement-unknown"


def test_mistakes_made_on_purpose_are_counted() -> None:
    """Nobody knows whether a mistake would be noticed."""
    shown = json.loads(broker("mutate", FOLDER, "--most", "6", "--json").stdout)
    assert shown["made"] == 6
    assert shown["seen_by_diff"] == shown["semantic"] > 0


@pytest.mark.parametrize("command", ["check", "prove", "reach", "mutate"])
def test_a_folder_without_agreements_is_used_wrongly(tmp_path: Path, command: str) -> None:
    """A wrong path looks like agreements that allow nothing."""
    assert refused(command, tmp_path) == "policies-missing"


def test_wrong_use_is_said(tmp_path: Path) -> None:
    """A set that is not there, or a file that can't be read, is passed over."""
    assert refused("diff", "nowhere", FOLDER) == "policies-missing"
    assert refused("diff", FOLDER, FOLDER, "--replay", tmp_path / "none.jsonl") == "file-unreadable"
    changed = copy(tmp_path, (ISA1, "share:", "share: ["))
    assert refused("check", changed) == "policy-unreadable"
    assert broker("render").exit_code == 2
