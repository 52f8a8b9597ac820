"""Broker -> agency, and the public register: the agreements in force, in sentences. It tells of nobody.

GET /v1/agreements   any key of the agency
{"v":1,"place":"Brackwater","policy_digest":"…","agreements":[{"id":"ISA-2026-001","version":"1.0.0","title":"…",
 "clauses":[{"id":"A1.1","tells":"police","told":["council"],"purposes":["early_help"],"sentence":"…","why":"…"}],
 …}],"rules":[["P1","…"]]}
"""

from __future__ import annotations

from typing import Literal

from broker.wire.fields import Date, Slug, Wire


class ClauseTold(Wire):
    """One clause as far as one agency's records go: who tells, who is told, and the whole of it as a sentence."""

    id: str
    tells: Slug
    told: tuple[Slug, ...]
    purposes: tuple[Slug, ...]
    sentence: str
    why: str


class PartyTold(Wire):
    """Whom to write to about an agreement at one of its parties."""

    agency: Slug
    name: str
    contact: str
    dpo: str
    sar_desk: str
    privacy_notice: str


class PurposeTold(Wire):
    """What an agreement is for, and what it is never for."""

    purpose: Slug
    label: str
    statement: str
    benefit: str
    not_for: tuple[str, ...]


class AgreementTold(Wire):
    """One agreement. `powers` are the statutes it rests on; `exceptions` are (rule, sentence)."""

    id: str
    version: str
    title: str
    summary: str
    state: Literal["in_force", "grace", "lapsed"]
    about: tuple[str, ...]
    parties: tuple[PartyTold, ...]
    purposes: tuple[PurposeTold, ...]
    powers: tuple[str, ...]
    clauses: tuple[ClauseTold, ...]
    exceptions: tuple[tuple[str, str], ...]
    reviewer: str
    challenge_to: str
    review_days: int
    effective_from: Date
    review_by: Date
    expires: Date


class Agreements(Wire):
    """All agreements of the place, and the rules that hold for every one of them, as (rule, sentence)."""

    v: Literal[1]
    place: str
    policy_digest: str
    agencies: dict[Slug, str]
    agreements: tuple[AgreementTold, ...]
    rules: tuple[tuple[str, str], ...]
