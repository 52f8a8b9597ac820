"""`gateways.yaml` (broker/gateways/v1): the statutory powers and duties, the bodies each covers and what it can serve.

ca2004_s10_1_c:
  label: Children Act 2004 s10(1)(c)
  kind: implied_power
  bodies: [local_authority, voluntary]
  purposes: [early_help]
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from broker.policy.vocabulary import AgencyKind
from broker.policy.written import Flag, Line, Slug, Text, Written


class Gateway(Written):
    """`register`: sharing under it needs an entry in the public register.

    `commencement: check`: it may not be in force, and no flow may rest on it alone.
    """

    label: Line
    kind: Literal["power", "implied_power", "duty"]
    bodies: Annotated[tuple[AgencyKind, ...], Field(min_length=1)]
    purposes: Annotated[tuple[Slug, ...], Field(min_length=1)]
    register_: Flag = Field(default=False, alias="register")
    commencement: Literal["in_force", "check"] = "in_force"
    note: Text | None = None


class Gateways(Written):
    schema_: Literal["broker/gateways/v1"] = Field(alias="schema")
    gateways: dict[Slug, Gateway]
