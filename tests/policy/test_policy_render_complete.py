"""The rendered agreement is the agreement: every field of the schema is in it, and no field changes unseen."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Iterator
from functools import cache
from types import MappingProxyType
from typing import Any, Literal, get_args, get_origin

import pytest
from brackwater_policies import policies
from html_page import Page
from pydantic import BaseModel

from broker.policy.agreement import Agreement, BreakGlass, Power, Selection, Share
from broker.policy.condition import Condition
from broker.policy.days import PERIOD
from broker.policy.render.agreement_page import agreement_page, to_sign

ID = "ISA-2026-001"
Path = tuple[str | int, ...]


def full() -> Agreement:
    """An agreement in which every field of the schema is filled."""
    agreement = policies().agreements[ID]
    legal = agreement.legal.model_copy(
        update={
            "part3": ("police",),
            "powers": tuple(_noted(power, n) for n, power in enumerate(agreement.legal.powers)),
        }
    )
    when = Condition.model_validate({"risk": ["none"], "any": [{"wishes": "agrees"}], "not": {"deceased": "yes"}})
    limit = agreement.exceptions[0].model_copy(
        update={
            "when": when,
            "unless": when,
            "items": Selection.model_validate({"category": ["health"], "items": ["ed.school"]}),
            "obligations": ("notify_source",),
        }
    )
    share = agreement.share[7].model_copy(update={"keep": "P6M", "onward": "same_purpose_team"})
    return agreement.model_copy(
        update={
            "supersedes": "ISA-2026-001@0.9.0",
            "legal": legal,
            "exceptions": (limit,),
            "share": (share,),
            "break_glass": agreement.break_glass.model_copy(update={"second_person_within_hours": 24}),
        }
    )


def _noted(power: Power, n: int) -> Power:
    return power.model_copy(update={"note": f"a note on power {n}"})


def fields(kind: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """Every (model, field) of the schema below `kind`."""
    for name, field in kind.model_fields.items():
        yield kind.__name__, name
        for part in _models(field.annotation):
            if part is not kind:
                yield from fields(part)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


@dataclasses.dataclass(frozen=True)
class Leaf:
    """A value somewhere in an agreement, with the field that it is in."""

    model: str
    field: str
    path: Path
    value: Any
    choices: tuple[str, ...]


def leaves(value: BaseModel, at: Path = ()) -> Iterator[Leaf]:
    for name, field in type(value).model_fields.items():
        choices = _choices(field.annotation)
        for path, leaf in _spread(getattr(value, name), (*at, name)):
            if isinstance(leaf, BaseModel):
                # The parts of a condition are seen one by one; so is that it is there at all.
                yield Leaf(type(value).__name__, name, path, ..., ())
                yield from leaves(leaf, path)
            else:
                yield Leaf(type(value).__name__, name, path, leaf, choices)


def _spread(value: Any, at: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, tuple):
        for n, one in enumerate(value):
            yield from _spread(one, (*at, n))
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _spread(one, (*at, key))
    else:
        yield at, value


def _choices(annotation: Any) -> tuple[str, ...]:
    if get_origin(annotation) is Literal:
        return tuple(str(one) for one in get_args(annotation))
    return tuple(choice for part in get_args(annotation) for choice in _choices(part))


def other(leaf: Leaf) -> Any:
    """Another value of the same kind; None where there is no other."""
    if leaf.choices:
        return next((one for one in leaf.choices if one != leaf.value), None)
    if isinstance(leaf.value, bool):
        return not leaf.value
    if isinstance(leaf.value, dt.date):
        return leaf.value + dt.timedelta(days=1)
    if isinstance(leaf.value, int | float):
        return leaf.value + 1
    if re.fullmatch(PERIOD, leaf.value):
        return "P7M" if leaf.value != "P7M" else "P8M"
    return f"{leaf.value}zq"


def put(value: Any, path: Path, new: Any) -> Any:
    """`value` with `new` at `path`."""
    if not path:
        return new
    head, rest = path[0], path[1:]
    if isinstance(value, BaseModel):
        return value.model_copy(update={str(head): put(getattr(value, str(head)), rest, new)})
    if isinstance(value, dict):
        return {key: put(one, rest, new) if key == head else one for key, one in value.items()}
    return tuple(put(one, rest, new) if n == head else one for n, one in enumerate(value))


def dropped(value: Any, path: Path) -> Any:
    """`value` without the entry of a list that `path` names."""
    *above, last = path
    entries = value
    for step in above:
        entries = getattr(entries, str(step)) if isinstance(entries, BaseModel) else entries[step]
    return put(value, tuple(above), tuple(one for n, one in enumerate(entries) if n != last))


def seen(agreement: Agreement) -> str:
    """All that a reader of the page sees but the digests, which tell of any change."""
    known = {**policies().agreements, ID: agreement}
    text = agreement_page(dataclasses.replace(policies(), agreements=MappingProxyType(known)), agreement)
    return re.sub(r"[0-9a-f]{64}", "", Page(text).text)


@cache
def original() -> str:
    return seen(full())


def one_of_each() -> list[Leaf]:
    """One leaf for every field of the schema."""
    found = {}
    for leaf in leaves(full()):
        found.setdefault((leaf.model, leaf.field), leaf)
    return [leaf for leaf in found.values() if leaf.value is not ... and leaf.value is not None]


def test_every_field_of_the_schema_is_filled_here() -> None:
    """A field is added to the schema, and nobody notices that no document shows it."""
    empty = set(fields(Agreement)) - {(leaf.model, leaf.field) for leaf in leaves(full())}
    none = {(leaf.model, leaf.field) for leaf in leaves(full()) if leaf.value is None}

    assert empty == set()
    # The parts of a condition within a condition.
    assert none == {("Condition", "negated")}


@pytest.mark.parametrize("leaf", one_of_each(), ids=lambda leaf: f"{leaf.model}.{leaf.field}")
def test_changing_a_field_changes_what_a_reader_sees(leaf: Leaf) -> None:
    """Two agreements that differ look the same to whoever signs them."""
    new = other(leaf)
    if new is None:
        assert (leaf.model, leaf.field) in {("Agreement", "schema_"), ("Rights", "objection_effect_while_pending")}
        assert leaf.value in original() or "Who to ring only" in original()
        return
    changed = put(full(), leaf.path, new)
    after = seen(changed)

    assert after != original()
    assert to_sign(changed) != to_sign(full()) or leaf.model == "Signature" or leaf.field == "status"
    if isinstance(new, str) and new.endswith("zq"):
        assert new in after


def entries() -> list[Path]:
    """Where a list of the schema has an entry, one for each list."""
    found: dict[tuple[Any, ...], Path] = {}
    for leaf in leaves(full()):
        for n, step in enumerate(leaf.path):
            if isinstance(step, int):
                found.setdefault(tuple(s for s in leaf.path[:n] if isinstance(s, str)), leaf.path[: n + 1])
    return list(found.values())


@pytest.mark.parametrize("path", entries(), ids=lambda path: ".".join(map(str, path)))
def test_dropping_an_entry_changes_what_a_reader_sees(path: Path) -> None:
    """A party, a clause or a use that is ruled out disappears from the agreement, and its page stays the same."""
    assert seen(dropped(full(), path)) != original()


OPTIONAL: list[Path] = [
    ("supersedes",),
    ("parties", 3, "signature"),
    ("legal", "dea_register"),
    ("legal", "appropriate_policy_document"),
    ("share", 0, "window"),
    ("exceptions", 0, "unless"),
    ("exceptions", 0, "items"),
    ("break_glass", "second_person_within_hours"),
]


@pytest.mark.parametrize("path", OPTIONAL, ids=lambda path: ".".join(map(str, path)))
def test_leaving_out_what_is_optional_changes_what_a_reader_sees(path: Path) -> None:
    """An agreement that lost its window looks like one that has it."""
    assert seen(put(full(), path, None)) != original()


def test_the_models_of_an_agreement_are_walked() -> None:
    """The test above would pass on a schema it did not find."""
    names = {model for model, _ in fields(Agreement)}
    assert {Share.__name__, BreakGlass.__name__, Selection.__name__, "Signature", "Condition", "Lifecycle"} <= names
    assert len(set(fields(Agreement))) > 90
