"""The annex of an impact assessment (UK GDPR article 35(7)): flows, necessity, reach, safeguards, what is proven.

The assessment itself weighs what is here; it is written by people. `Proven` sentences come from `broker.policy.prove`,
which proves each over every role, purpose, item and set of facts, or finds a counterexample.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from broker.policy.agreement import Agreement, Share
from broker.policy.policies import Policies
from broker.policy.render import say
from broker.policy.render.agreement_clauses import kept, place_rules
from broker.policy.render.agreement_law import article6
from broker.policy.render.card import SHORT, roles_of
from broker.policy.render.flows import Flow, flows, powers_of
from broker.policy.render.foot import foot
from broker.policy.render.markup import Content, Markup, listed, page, pairs, section, table, tag


class Proven(Protocol):
    """A sentence about all requests, and whether it holds."""

    @property
    def id(self) -> str: ...
    @property
    def say(self) -> str: ...
    @property
    def requests(self) -> int: ...
    @property
    def holds(self) -> bool: ...


def dpia(policies: Policies, agreement: Agreement, proven: Sequence[Proven]) -> str:
    """The annex as a page."""
    title = f"Annex to impact assessment {agreement.legal.dpia}: {agreement.title}"
    return page(
        title,
        tag("h1", title),
        section("1. What it is about", _about(agreement)),
        section("2. Flows of data", _flows(policies, agreement)),
        section("3. Why each is necessary", _necessity(policies, agreement)),
        section("4. Who can see what, at most", _reach(policies, agreement)),
        section("5. What limits it", _limits(policies, agreement), place_rules(policies)),
        section("6. What is proven never, or always, to happen", _proven(proven)),
        section("7. How it is watched", _watched(agreement)),
        foot=foot(policies, agreement),
        kind="dpia",
    )


def _about(agreement: Agreement) -> Markup:
    legal = agreement.legal
    return pairs(
        [
            ("Summary", agreement.summary),
            ("People", listed(agreement.who_it_is_about)),
            ("Purposes", listed(purpose.statement for purpose in agreement.purposes)),
            ("Benefits", listed(purpose.benefit for purpose in agreement.purposes)),
            ("Not for", listed(dict.fromkeys(one for purpose in agreement.purposes for one in purpose.not_for))),
            ("Lawful basis", listed([*article6(agreement), *legal.article9, *legal.article10])),
            ("Necessary and proportionate", legal.human_rights),
            ("To be reviewed by", say.date(legal.dpia_review_by)),
        ]
    )


def _flows(policies: Policies, agreement: Agreement) -> Markup:
    """One row for each pair of agencies, with all that passes between them."""
    pairs_: dict[tuple[str, str], list[Flow]] = {}
    for flow in flows(policies, agreement):
        pairs_.setdefault((flow.source, flow.recipient), []).append(flow)
    rows: list[list[Content]] = [
        [
            say.agency(policies.vocabulary, source),
            say.agency(policies.vocabulary, recipient),
            "; ".join(_passing(policies, some)),
            ", ".join(dict.fromkeys(flow.share.id for flow in some)),
            listed(dict.fromkeys(power for flow in some for power in powers_of(policies, agreement, flow))),
        ]
        for (source, recipient), some in pairs_.items()
    ]
    return table("From whom to whom", ("From", "To", "What", "Clauses", "Power"), rows)


def _passing(policies: Policies, some: list[Flow]) -> list[str]:
    return [say.item(policies.vocabulary, name) for name in dict.fromkeys(item for flow in some for item in flow.items)]


def _necessity(policies: Policies, agreement: Agreement) -> Markup:
    vocabulary = policies.vocabulary
    rows: list[list[Content]] = [
        [
            share.id,
            "; ".join(say.item(vocabulary, name) for name in share.items),
            _much(policies, share),
            say.period(share.window) if share.window else "As far as the record goes",
            kept(share.keep),
            share.why,
        ]
        for share in agreement.share
    ]
    return table("Each clause and its reason", ("Clause", "What", "How much", "How far back", "Kept", "Why"), rows)


def _much(policies: Policies, share: Share) -> str:
    how = say.joined(say.obligation(policies.vocabulary, name) for name in share.obligations)
    return ": ".join(part for part in (say.LEVEL[share.level], how) if part)


def _reach(policies: Policies, agreement: Agreement) -> Content:
    """A matrix for each purpose. A cell is what the clause schedules: rules only ever make it less."""
    said = tag("p", f"{say.joined(SHORT.values(), 'or')}, with the clause; a dash where nothing is agreed.")
    return [said, *(_matrix(policies, agreement, purpose.id) for purpose in agreement.purposes)]


def _matrix(policies: Policies, agreement: Agreement, purpose: str) -> Markup:
    vocabulary = policies.vocabulary
    shares = [share for share in agreement.share if purpose in share.for_]
    roles = [role for role in roles_of(agreement) if any(role in share.to for share in shares)]
    clause = {(item, role): share for share in shares for item in share.items for role in share.to}
    rows: list[list[Content]] = [
        [
            f"{say.item(vocabulary, item)} ({say.source(vocabulary, item)})",
            *(_cell(clause.get((item, role))) for role in roles),
        ]
        for item in dict.fromkeys(item for share in shares for item in share.items)
    ]
    return table(
        say.sentence(say.purpose(vocabulary, purpose)),
        ("What", *(say.role_alone(vocabulary, role) for role in roles)),
        rows,
    )


def _cell(share: Share | None) -> str:
    return f"{SHORT[share.level]} ({share.id})" if share else "–"


def _limits(policies: Policies, agreement: Agreement) -> Markup:
    rows: list[list[Content]] = [
        [
            f"{limit.id}: {limit.title}",
            say.sentence(say.condition(policies.vocabulary, limit.when)),
            say.sentence(say.condition(policies.vocabulary, limit.unless)) if limit.unless else "Nothing",
            say.LEVEL[limit.effect],
            limit.because,
        ]
        for limit in agreement.exceptions
    ]
    return table("Exceptions of this agreement", ("Exception", "When", "Unless", "Then", "Because"), rows)


def _proven(proven: Sequence[Proven]) -> Content:
    rows: list[list[Content]] = [
        [one.id, one.say, f"Proven for {one.requests:,} requests" if one.holds else "Does not hold"] for one in proven
    ]
    return [
        tag(
            "p",
            "A request is a role, a purpose, an item and a set of facts. All there can be are worked out, not some.",
        ),
        table("Sentences, proven again at every change", ("Sentence", "What it says", "Proof"), rows),
    ]


def _watched(agreement: Agreement) -> list[Content]:
    """What the broker does, apart from what the parties promise and the broker doesn't see."""
    refusals, assurance, glass = agreement.refusals, agreement.assurance, agreement.break_glass
    answers, refused = say.percent(assurance.random_sample_percent), say.percent(refusals.sample_percent)
    reviewed = say.number(glass.review_within_working_days, "working day")
    parties = say.number(agreement.incidents.tell_parties_within_hours, "hour")
    ico = say.number(agreement.incidents.ico_within_hours, "hour")
    logged = (
        "The broker itself writes every answer and every refusal into a tamper-evident audit log before it is given."
    )
    undertaken = listed(
        [
            f"{answers} of answers, and {refused} of automatic refusals, are read by a person.",
            f"An audit every {say.number(assurance.audit_every_months, 'month')}.",
            f"Emergency access, each use reviewed within {reviewed}." if glass.allowed else "No emergency access.",
            f"Parties are told of an incident within {parties}, the ICO within {ico}.",
        ]
    )
    return [tag("p", logged), tag("p", "The parties undertake the rest, and show how they do it:"), undertaken]
