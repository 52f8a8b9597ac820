"""The shapes of what people write in policies: strict, closed, frozen, and typed from text.

YAML gives only text, so a date must look like a date (pydantic alone would take seconds since 1970) and a yes or no
must be one of four words.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from broker.policy.days import PERIOD


class Written(BaseModel):
    """Base of every written thing: no unknown fields, and frozen once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _as_date(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        raise ValueError("write the date as 2026-04-01")
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        raise ValueError("no calendar has this day; write one that there is, such as 2026-04-30") from None


def _as_flag(value: Any) -> Any:
    if value not in ("yes", "no", "true", "false"):
        raise ValueError("write yes or no")
    return value in ("yes", "true")


def _as_period(value: str) -> str:
    if not re.fullmatch(PERIOD, value, re.ASCII):
        raise ValueError("write a period such as P12M, P1Y or P28D")
    return value


def _as_number(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"\d{1,4}(\.\d{1,2})?", value, re.ASCII):
        raise ValueError("write a whole number")
    return value


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Value = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]{0,39}$")]
"""A value of a fact: `significant_harm`, `13_15`."""
Dotted = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}\.[a-z][a-z0-9_]{0,39}$")]
"""An item (`csc.cp_plan`) or a role (`council.keyworker`)."""
RuleId = Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,2}\d+[a-z]?(\.[A-Z]?\d+)?$")]
"""A clause or rule: `A1.3`, `A2.E1`, `P5`, `S7a`."""
Line = Annotated[str, StringConstraints(min_length=1, max_length=160, pattern=r"^\S[^\r\n]*$")]
Text = Annotated[str, StringConstraints(min_length=10, max_length=600, strip_whitespace=True)]
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 ]{6,18}$")]
Period = Annotated[str, AfterValidator(_as_period)]
Day = Annotated[dt.date, BeforeValidator(_as_date)]
Flag = Annotated[bool, BeforeValidator(_as_flag)]
Number = Annotated[int, BeforeValidator(_as_number), Field(ge=0, le=1000)]
Percent = Annotated[float, BeforeValidator(_as_number), Field(ge=0, le=100)]
