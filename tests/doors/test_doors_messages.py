"""Every message that crosses between parties is closed: no field that nobody agreed on, no type that is bent to fit."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError

import broker.wire
from broker.wire.fields import Wire


def messages() -> dict[str, type[BaseModel]]:
    """Every pydantic class of the room, by its name."""
    found = {}
    for module in pkgutil.iter_modules(broker.wire.__path__):
        room = importlib.import_module(f"broker.wire.{module.name}")
        for name, kind in inspect.getmembers(room, inspect.isclass):
            if issubclass(kind, BaseModel) and kind is not Wire and kind.__module__ == room.__name__:
                found[f"{module.name}.{name}"] = kind
    return found


MESSAGES = messages()


def test_every_message_refuses_unknown_fields_and_loose_types() -> None:
    """Somebody sends `"is_lifted": true` along, or a text for a number, and it is taken (A9)."""
    assert len(MESSAGES) > 80
    loose = [
        name
        for name, kind in MESSAGES.items()
        if not issubclass(kind, Wire)
        or (kind.model_config.get("extra"), kind.model_config.get("strict")) != ("forbid", True)
        or not kind.model_config.get("hide_input_in_errors")
    ]
    assert loose == []


def test_no_message_has_a_number_that_is_none() -> None:
    """NaN is smaller than nothing and larger than nothing, so no limit holds it."""
    floats = [
        f"{name}.{field}"
        for name, kind in MESSAGES.items()
        for field, info in kind.model_fields.items()
        if float in (info.annotation, *get_args(info.annotation))
        and not any(getattr(one, "allow_inf_nan", True) is False for one in info.metadata)
        and kind.model_config.get("allow_inf_nan", True)
    ]
    assert floats == []


@pytest.mark.parametrize("name", ["hold.HoldRequest", "verdict.VerdictRequest", "audit_search.SearchRequest"])
def test_one_field_more_is_refused_without_its_name(name: str) -> None:
    """What was smuggled in comes back in the error, with whatever it holds."""
    more: dict[str, Any] = {"is_lead": True, "Zebedee": 1}
    with pytest.raises(ValidationError) as refused:
        MESSAGES[name].model_validate(more)
    assert "input_value" not in str(refused.value)
