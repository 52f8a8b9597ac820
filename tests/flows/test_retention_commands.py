"""`broker retention` and `broker audit shred`, typed as the pages for operators and agencies say."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from people import OTTO
from test_retention import post
from typer.testing import CliRunner
from world import World

from broker.actions.export_log import export_log
from broker.cli.main import app
from broker.cli.runs import Given
from broker.errors import BadInput

DOCS = Path(__file__).parents[2] / "docs" / "for"


def said(world: World, *arguments: str) -> str:
    """What a command of the operator printed; what went wrong is raised."""
    given = Given(lambda: world.parts)
    return CliRunner().invoke(app, list(arguments), obj=given, catch_exceptions=False).stdout


def read(world: World, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said(world, *arguments, "--json"))
    return found


def typed(page: str, command: str) -> list[str]:
    """The words of a command as a page shows it."""
    [line] = re.findall(rf"^{command} .*$|^{command}$", (DOCS / page).read_text(encoding="utf-8"), re.M)
    return line.split()[1:]


def test_the_round_the_report_and_shredding(quick_world: World, tmp_path: Path) -> None:
    """A command that the night depends on does nothing, or says something else than it did."""
    world = quick_world
    post(world)
    reference = world.agency("council").asks(OTTO.about(), staff="sw").story.reference
    world.later(days=10)
    done = read(world, *typed("operators.md", "broker retention run"))
    assert (done["records"], done["values"], done["held"], done["sources"]["hs"]["destroyed"]) == (1, 1, 0, 1)
    assert read(world, "retention", "run")["values"] == 0
    assert "0 values of 0 records destroyed" in said(world, "retention", "run")
    words = [reference if word == "7ZQF-1K0M-R" else word for word in typed("operators.md", "broker audit shred")]
    gone = read(world, *words)
    assert gone["basis"] == "court-order" and gone["details"] > 3
    found = read(world, *typed("operators.md", "broker retention report"))
    assert (found["destroyed"], found["shredded"], found["unexplained"]) == ({"hs": 1}, gone["details"], 0)
    page = said(world, "retention", "report")
    assert "0 holds" in page and "by decision" in page
    log = tmp_path / "exported"
    for path, content in export_log(world.parts).items():
        (log / path).parent.mkdir(parents=True, exist_ok=True)
        (log / path).write_bytes(content)
    checked = said(world, "audit", "verify", str(log), "--vkey", world.parties.trust.broker.audit_log)
    assert f"{gone['details']} details shredded, authorised by entry #{gone['by']} (court-order)" in checked
    for wrong in ([], ["--basis", "because"], ["3", "--answer", reference, "--basis", "mistake"]):
        try:
            said(world, "audit", "shred", *wrong)
        except BadInput as error:
            assert error.code == "shred-unclear"
        else:
            raise AssertionError(wrong)


def test_what_the_page_for_agencies_says_of_holds(quick_world: World) -> None:
    """A page tells an agency to type what its client does not take."""
    world, council = quick_world, quick_world.agency("council")
    post(world)
    names = {"C-2041": "C1", "j.doe": "sw", "m.okoro": "mash"}
    commands = ["hold csc", "lift-hold csc C-2041 --as", "lift-hold csc C-2041 --agree", "disposals --since"]
    for command in commands:
        words = [names.get(word, word) for word in typed("agencies.md", f"broker-agency {command}")]
        council.runs(*words, "--json").ok()
    assert council.runs("holds").ok().out.strip() == "your agency holds no record back"
