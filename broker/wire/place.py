"""Broker -> agency: the place in words, as the agreements in force have it. It tells of nobody.

    GET /v1/place   any key of the agency
    {"v":1,"name":"Brackwater","policy_digest":"…","agencies":{"council":"Brackwater Council"},
     "services":{"csc":"Children's social care"},"roles":[{"role":"council.keyworker","label":"Family keyworker",
     "purposes":["early_help"]}],"purposes":[{"purpose":"early_help","label":"…","lawful_basis":"…","tell_family":"…"}]}

A desk offers its staff the purposes of their role, each with its lawful basis and what the family is told.
"""

from __future__ import annotations

from typing import Literal

from broker.wire.fields import Dotted, Slug, Wire


class PurposeWords(Wire):
    """Why somebody may ask: what they say, the lawful basis, and what they tell the family."""

    purpose: Slug
    label: str
    lawful_basis: str
    tell_family: str


class RoleWords(Wire):
    """A role of the agency's own, and the purposes it may ask for."""

    role: Dotted
    label: str
    purposes: tuple[Slug, ...]


class PlaceWords(Wire):
    """`roles` are those of the agency that asks; agencies and services are those of the whole place."""

    v: Literal[1]
    name: str
    policy_digest: str
    agencies: dict[Slug, str]
    services: dict[Slug, str]
    roles: tuple[RoleWords, ...]
    purposes: tuple[PurposeWords, ...]
