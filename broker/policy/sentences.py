"""What is wrong with a written thing, in the words of whoever writes it: lower case, what to do, never the value.

{"type": "tuple_type", "loc": ("share", 2, "items")}  ->  `items`: write a list, such as [a, b]
"""

from __future__ import annotations

from typing import Any, get_args

from broker.policy import written

_SHAPES = {
    "tuple_type": "write a list, such as [a, b]",
    "string_type": "write one text, not a list or fields",
    "dict_type": "write its fields, each as `name: value`",
    "model_type": "write its fields, each as `name: value`",
    "date_type": "write the date as 2026-04-01",
}
_PATTERNS = {
    pattern: f"use {said}"
    for kind, said in (
        (written.Slug, "small letters, digits and `_`, beginning with a letter"),
        (written.Value, "small letters, digits and `_`"),
        (written.Dotted, "two names with a point between them, such as `csc.cp_plan`"),
        (written.RuleId, "an id such as A1.3, P5 or S7a"),
        (written.Line, "one line of text"),
        (written.Phone, "a telephone number in digits"),
    )
    for pattern in (get_args(kind)[1].pattern,)
}


def sentence(problem: Any) -> str:
    """A problem that pydantic found, as a sentence."""
    loc = [part for part in problem["loc"] if part != "[key]"]
    field = next((part for part in reversed(loc) if isinstance(part, str)), "file")
    name = f"`{field[:60]}`" + (f" entry {loc[-1] + 1}" if loc and isinstance(loc[-1], int) else "")
    if problem["type"] == "missing":
        return f"{name} is missing; add it"
    if problem["type"] == "extra_forbidden":
        return f"unknown field {name}; remove it or correct its spelling"
    if problem["type"] == "value_error":
        # Written by us, and begins with the rule or field where that isn't plain from the place.
        ours = str(problem["msg"]).removeprefix("Value error, ")
        return f"{name}: {ours}" if loc else ours
    return f"{name}: {_wrong(problem)}"


def _wrong(problem: Any) -> str:
    kind, limits = problem["type"], problem.get("ctx", {})
    if kind in _SHAPES:
        return _SHAPES[kind]
    if kind == "string_pattern_mismatch":
        return _PATTERNS.get(limits["pattern"], "not of its usual form; compare it with another agreement")
    if kind == "too_short":
        return f"list at least {limits['min_length']}"
    if kind == "too_long":
        return f"list at most {limits['max_length']}"
    if kind == "string_too_short":
        return f"write at least {limits['min_length']} characters"
    if kind == "string_too_long":
        return f"write at most {limits['max_length']} characters"
    said = str(problem["msg"])
    return f"{said[:1].lower()}{said[1:]}; correct it"
