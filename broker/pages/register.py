"""The register of agreements and purposes, made from the agreements in force and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from broker.actions.read_pauses import PausedService
from broker.policy.periods import date, number
from broker.policy.render.markup import Content, Markup, link, listed, pairs, section, table, tag
from broker.wire.agreements import Agreements, AgreementTold

_STATES = {
    "in_force": "In force",
    "grace": "Ended, in its last days",
    "lapsed": "Not in force: nothing is shared under it",
}


def register_content(told: Agreements, paused: Sequence[PausedService] = ()) -> Content:
    """The agencies, the agreements and what each is for; and which services have `paused` sharing for some time."""
    return [
        tag(
            "p",
            f"{len(told.agencies)} services may share under {number(len(told.agreements), 'agreement')}.",
            class_="lead",
        ),
        *_paused(paused),
        section(
            "The agreements",
            [
                section(
                    tag("a", one.title, href=f"/register/{one.id}"),
                    tag("p", one.summary),
                    tag("p", f"{one.id}, version {one.version}. {_STATES[one.state]}."),
                    level=3,
                )
                for one in told.agreements
            ],
        ),
        section("What sharing is for, and what it is never for", _purposes(told)),
        section("The services", listed(told.agencies.values())),
        section("Rules that hold for every agreement", listed(f"{rule}: {said}" for rule, said in told.rules)),
        tag("p", f"Made from the agreements with the fingerprint {told.policy_digest}."),
    ]


def _paused(paused: Sequence[PausedService]) -> list[Content]:
    said = [f"{one.service}, {one.agency}: since {date(one.since)}" for one in paused]
    why = "These services tell nobody anything for now, of anybody. What they protect stays protected."
    return [section("Services that have paused sharing", [tag("p", why), listed(said)])] if said else []


def agreement_content(told: Agreements, one: AgreementTold) -> Content:
    """One agreement: each clause as a sentence, why, and what makes it share less."""
    return [
        tag("p", one.summary, class_="lead"),
        pairs(
            [
                ("Agreement", f"{one.id}, version {one.version}"),
                ("State", _STATES[one.state]),
                ("In force from", date(one.effective_from)),
                ("Looked at again by", date(one.review_by)),
                ("Ends", f"Before {date(one.expires)}"),
                ("Whom it is about", listed(one.about)),
                ("The law it rests on", listed(one.powers)),
                ("Who looks at refusals", f"{one.reviewer}, within {number(one.review_days, 'working day')}"),
            ]
        ),
        section("Who tells whom what", [_clause(clause.id, clause.sentence, clause.why) for clause in one.clauses]),
        section("What makes it share less", listed(f"{rule}: {said}" for rule, said in one.exceptions)),
        section("Whom to write to", _contacts([one])),
    ]


def whom_to_write(told: Agreements) -> Content:
    """Where each service takes requests and complaints."""
    return section("Whom to write to", _contacts(list(told.agreements)))


def _clause(name: str, sentence: str, why: str) -> Markup:
    return tag("div", tag("h3", f"Clause {name}"), tag("p", sentence), tag("p", f"Why: {why}"))


def _purposes(told: Agreements) -> Content:
    seen = {purpose.purpose: purpose for one in told.agreements for purpose in one.purposes}
    return [
        section(
            f"“{one.label}”",
            tag("p", one.statement),
            tag("p", one.benefit),
            tag("p", "Never for:"),
            listed(one.not_for),
            level=3,
        )
        for one in seen.values()
    ]


def _contacts(agreements: list[AgreementTold]) -> Markup:
    parties = {party.agency: party for one in agreements for party in one.parties}
    rows: list[list[Content]] = [
        [one.name, one.sar_desk, one.dpo, link(one.privacy_notice)] for one in parties.values()
    ]
    heads = ("Service", "To see what is held, to object or complain", "Data protection officer", "Privacy notice")
    return tag("div", table("Whom to write to at each service", heads, rows), class_="wide")
