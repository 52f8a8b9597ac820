"""Whatever has a name for people outside is in a document: error codes, settings, events, diagnostics."""

from __future__ import annotations

import ast
import inspect
import re

import pytest
from repository import PACKAGE, ROOT, coded, modules, parsed

from broker import errors, listening, observe, problems
from broker.audit.leaves import HEADERS
from broker.linkunit.settings import Settings as LinkunitSettings
from broker.settings import Settings
from broker.witness.settings import Settings as WitnessSettings

RAISED = {name for name, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.BrokerError)}
CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*|(<…>|[a-z0-9]+)(-(<…>|[a-z0-9]+))+")


def document(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def error_codes() -> set[str]:
    """Every code in the source: given to an error, or to a problem by name."""
    found = set()
    for path in modules("broker"):
        for call in (node for node in ast.walk(parsed(path)) if isinstance(node, ast.Call)):
            name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
            # `__init__`: an error of ours that always has one code.
            given = [call.args[0]] if (name in RAISED or name == "__init__") and call.args else []
            given += [keyword.value for keyword in call.keywords if keyword.arg == "code"]
            found |= {code for one in given if CODE.fullmatch(code := spelt(one))}
    found |= {code for code, _ in (*problems._BY_STATUS.values(), *listening._SAID.values())}
    return found


def spelt(node: ast.expr) -> str:
    """The text of a literal, with `<…>` for what is filled in; empty for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join("<…>" if isinstance(part, ast.FormattedValue) else spelt(part) for part in node.values)
    return ""


def test_every_error_code_is_documented_and_no_other() -> None:
    """Somebody who meets a code at night must find out what to do; a code that is gone must not mislead them."""
    content = document("ERRORS.md")
    table = {code for line in content.splitlines() if line.startswith("| `") for code in coded(line.split("|")[1])}
    found = error_codes()

    assert found - table == set()
    assert table - found - {"client-left", "http-<…>"} == set()


@pytest.mark.parametrize(
    ("prefix", "settings"),
    [("BROKER_", Settings), ("LINKUNIT_", LinkunitSettings), ("WITNESS_", WitnessSettings)],
)
def test_every_setting_is_documented_with_its_default(
    prefix: str, settings: type[Settings] | type[LinkunitSettings] | type[WitnessSettings]
) -> None:
    """A setting that nobody knows of stays at its default for ever."""
    rows = dict(re.findall(rf"^\| `({prefix}[A-Z_]+)` \| `([^`]*)` \|", document("SETTINGS.md"), re.M))
    defaults = {prefix + name.upper(): str(field.default) for name, field in settings.model_fields.items()}

    assert rows == defaults


def diagnostic_events() -> set[str]:
    return {
        call.args[0].value
        for path in modules("broker")
        for call in ast.walk(parsed(path))
        if isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] in {"event", "unexpected", "write"}
        if call.args and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)
        if observe._EVENT.fullmatch(call.args[0].value)
    }


def test_every_diagnostic_event_and_key_is_documented() -> None:
    """An operator's alarms rest on these names; a key that is not written down was not thought about."""
    named = coded(document("SETTINGS.md"))

    assert diagnostic_events() - named == set()
    assert observe.ALLOWED - named == set()


def test_every_audit_event_is_documented() -> None:
    """An IG officer who finds an event in the log must be able to look it up."""
    for_formats, for_officers = coded(document("formats/audit-event.md")), coded(document("for/ig-officers.md"))

    assert set(HEADERS) - for_formats == set()
    assert set(HEADERS) - for_officers == set()


def test_every_room_and_action_is_on_the_map() -> None:
    """`broker/__init__.py` and ARCHITECTURE.md are where a newcomer starts; what is missing there is not found."""
    rooms = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    rooms |= {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "__main__"}
    actions = {path.stem for path in (PACKAGE / "actions").glob("*.py")} - {"__init__"}
    words = set(re.findall(r"[a-z_]+", document("ARCHITECTURE.md")))

    assert rooms - words == set()
    assert actions - words == set()
