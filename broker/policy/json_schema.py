"""The JSON Schema of an agreement as people write it, for editors and for those who check it elsewhere.

It is generated from the models, and describes the text of the file: a date is `2026-04-01`, a yes is one of four
words, a condition is `{fact: value}`. It says what shape a file has; whether an agreement is good, `broker policy
check` says.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from broker.policy import written
from broker.policy.agreement import Agreement
from broker.policy.days import PERIOD

_VALUE = {"type": "string", "pattern": "^[a-z0-9][a-z0-9_]{0,39}$"}
_CONDITION = {
    "description": "All that stands in it must hold; a list means any of its values.",
    "type": "object",
    "minProperties": 1,
    "properties": {
        "any": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Condition"}},
        "not": {"$ref": "#/$defs/Condition"},
    },
    "additionalProperties": {"anyOf": [_VALUE, {"type": "array", "minItems": 1, "items": _VALUE}]},
}
# A reader of YAML takes an unquoted number or `true` for what it looks like; ours takes it as text.
_WRITTEN: dict[Any, dict[str, Any]] = {
    written._as_date: {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
    written._as_flag: {"enum": ["yes", "no", "true", "false", True, False]},
    written._as_period: {"type": "string", "pattern": PERIOD},
}


class _AsWritten(GenerateJsonSchema):
    """Shapes before our own validators have made values of them."""

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> dict[str, Any]:
        made = schema["function"]["function"]
        if made in _WRITTEN:
            return dict(_WRITTEN[made])
        shape = super().function_before_schema(schema)
        if made is written._as_number:
            shape |= {"type": [shape["type"], "string"], "pattern": r"^\d{1,4}(\.\d{1,2})?$"}
        return shape

    def function_after_schema(self, schema: core_schema.AfterValidatorFunctionSchema) -> dict[str, Any]:
        made = schema["function"]["function"]
        return dict(_WRITTEN[made]) if made in _WRITTEN else super().function_after_schema(schema)

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> dict[str, Any]:
        """What may be left out is left out: there is no way to write nothing."""
        left_out = schema.get("default", ...) is None
        return self.generate_inner(schema["schema"]) if left_out else super().default_schema(schema)

    def nullable_schema(self, schema: core_schema.NullableSchema) -> dict[str, Any]:
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: object) -> bool:
        return False


def json_schema() -> dict[str, Any]:
    """The schema (draft 2020-12) of `agreements/*.yaml`."""
    made = Agreement.model_json_schema(by_alias=True, schema_generator=_AsWritten)
    made["$defs"]["Condition"] = _CONDITION
    _bounds(made)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "broker/agreement/v1", **made}


def _bounds(part: Any) -> None:
    """Bounds under the names that JSON Schema has for them, in place."""
    if isinstance(part, list):
        for one in part:
            _bounds(one)
    if isinstance(part, dict):
        for ours, theirs in (("ge", "minimum"), ("le", "maximum")):
            if ours in part:
                part[theirs] = part.pop(ours)
        for one in part.values():
            _bounds(one)


def as_text() -> str:
    """The schema as the file `docs/formats/agreement.schema.json` holds it."""
    return json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"
