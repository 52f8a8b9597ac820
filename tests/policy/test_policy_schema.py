"""The JSON Schema of an agreement is the one in the documents, and describes the files as they are written."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from brackwater_policies import ISA, files

from broker.policy.agreement import Agreement
from broker.policy.json_schema import as_text, json_schema
from broker.policy.strict_yaml import read

FILE = Path(__file__).parents[2] / "docs" / "formats" / "agreement.schema.json"


def test_the_schema_in_the_documents_is_the_one_of_the_code() -> None:
    """Somebody's editor accepts an agreement that does not load. The file holds what `as_text` gives."""
    assert FILE.read_text(encoding="utf-8") == as_text()


def wrong(value: Any, schema: dict[str, Any], at: str = "") -> list[str]:
    """What is wrong with `value`: as much of JSON Schema as ours uses, and nothing that it doesn't."""
    if "$ref" in schema:
        return wrong(value, json_schema()["$defs"][schema["$ref"].rpartition("/")[2]], at)
    if "anyOf" in schema:
        return [] if any(not wrong(value, one, at) for one in schema["anyOf"]) else [f"{at}: none of it"]
    if "enum" in schema or "const" in schema:
        return [] if value in schema.get("enum", [schema.get("const")]) else [f"{at}: not in the list"]
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(isinstance(value, {"object": dict, "array": list, "string": str}.get(kind, float)) for kind in kinds):
        return [f"{at}: not of its kind"]
    if isinstance(value, dict):
        return _fields(value, schema, at)
    if isinstance(value, list):
        short = [f"{at}: too few"] if len(value) < schema.get("minItems", 0) else []
        return short + [what for n, one in enumerate(value) for what in wrong(one, schema["items"], f"{at}[{n}]")]
    long = len(value) > schema.get("maxLength", 10_000) or len(value) < schema.get("minLength", 0)
    return [f"{at}: not spelt so"] if long or not re.search(schema.get("pattern", ""), value) else []


def _fields(value: dict[str, Any], schema: dict[str, Any], at: str) -> list[str]:
    known, others = schema["properties"], schema["additionalProperties"]
    found = [f"{at}.{name}: missing" for name in schema.get("required", ()) if name not in value]
    found += [f"{at}: too few"] if len(value) < schema.get("minProperties", 0) else []
    for name, one in value.items():
        if name in known or others:
            found += wrong(one, known.get(name, others), f"{at}.{name}")
        else:
            found.append(f"{at}.{name}: unknown")
    return found


@pytest.mark.parametrize("file", ISA.values())
def test_the_shipped_agreements_are_of_the_schema(file: str) -> None:
    """The schema refuses what the broker takes."""
    assert wrong(read(file, files()[file]).data, json_schema()) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("title: Housing", "titel: Housing", ".title: missing"),
        ("title: Housing", "titel: Housing", ".titel: unknown"),
        ("window: P24M", "window: 2 years", ".window: not spelt so"),
        ("level: reduced", "level: open", ".level: not in the list"),
        ("expires: 2028-04-01", "expires: next year", ".expires: not spelt so"),
        ("allowed: 'no'", "allowed: perhaps", ".allowed: not in the list"),
        ("to: [council.housing_officer]", "to: []", ".to: too few"),
        ("assurance: {", "assurance: {audit_every_months: six, ", ".audit_every_months: not spelt so"),
        ("schema: broker/agreement/v1", "schema: broker/agreement/v2", ".schema: not in the list"),
    ],
)
def test_what_is_of_another_shape_is_refused(old: str, new: str, says: str) -> None:
    """The schema takes anything, and an editor shows no mistake."""
    text = files()[ISA[3]]
    assert old in text
    found = wrong(read(ISA[3], text.replace(old, new, 1)).data, json_schema())
    assert [what for what in found if what.endswith(says)]


def test_every_field_of_every_model_is_in_the_schema() -> None:
    """A field can't be looked up."""
    made = json.loads(as_text())
    assert made["$defs"].keys() >= {"Share", "Limit", "Condition", "Lifecycle", "Rights", "BreakGlass"}
    assert list(made["properties"]) == [field.alias or name for name, field in Agreement.model_fields.items()]


def test_every_field_of_every_model_is_on_the_page() -> None:
    """An author meets a field that no document explains."""
    page = FILE.with_name("agreement.md").read_text(encoding="utf-8")
    made = json_schema()
    fields = {name for model in (made, *made["$defs"].values()) for name in model["properties"]}
    said = set(re.findall(r"`([a-z0-9_]+)`", page))

    assert fields - said == set()
