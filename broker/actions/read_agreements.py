"""The agreements in force, in sentences, for desks and the public register. They tell of nobody: no event says it."""

from __future__ import annotations

import datetime as dt

from broker.parts import Parts
from broker.policy.agreement import Agreement, Party, Purpose, state
from broker.policy.days import london_date
from broker.policy.policies import Policies
from broker.policy.render import in_sentences, say
from broker.policy.vocabulary import Vocabulary
from broker.wire.agreements import Agreements, AgreementTold, ClauseTold, PartyTold, PurposeTold


def read_agreements(parts: Parts) -> Agreements:
    """All of them. Raises `Unavailable` while those in force can't be used."""
    with parts.store.look() as connection:
        policies = parts.at(connection).policies
    return told(policies, on=london_date(parts.now()))


def told(policies: Policies, *, on: dt.date) -> Agreements:
    """What `policies` say, on a day in London."""
    words = policies.vocabulary
    safe = tuple(
        (one.id, f"{say.sentence(one.because)} {say.sentence(one.remedy)}")
        for one in policies.protections.safe_conditions
    )
    return Agreements(
        v=1,
        place=words.place.name,
        policy_digest=policies.digest,
        agencies={name: one.name for name, one in words.agencies.items()},
        agreements=tuple(_agreement(policies, one, on) for one in policies.agreements.values()),
        rules=(*safe, *in_sentences.limits(words, policies.protections.protections)),
    )


def _agreement(policies: Policies, one: Agreement, on: dt.date) -> AgreementTold:
    words, life = policies.vocabulary, one.lifecycle
    powers = dict.fromkeys(power.gateway for power in one.legal.powers)
    return AgreementTold(
        id=one.id,
        version=one.version,
        title=one.title,
        summary=one.summary,
        state=state(one, on),
        about=one.who_it_is_about,
        parties=tuple(_party(words, party) for party in one.parties),
        purposes=tuple(_purpose(words, purpose) for purpose in one.purposes),
        powers=tuple(policies.gateways[name].label if name in policies.gateways else name for name in powers),
        clauses=tuple(_clause(clause) for clause in in_sentences.clauses(words, one)),
        exceptions=tuple(in_sentences.limits(words, one.exceptions)),
        reviewer=one.refusals.reviewer,
        challenge_to=one.refusals.challenge_to,
        review_days=one.refusals.review_within_working_days,
        effective_from=life.effective_from,
        review_by=life.review_by,
        expires=life.expires,
    )


def _clause(one: in_sentences.Clause) -> ClauseTold:
    return ClauseTold(
        id=one.id, tells=one.tells, told=one.told, purposes=one.purposes, sentence=one.sentence, why=one.why
    )


def _party(words: Vocabulary, one: Party) -> PartyTold:
    return PartyTold(
        agency=one.agency,
        name=say.agency(words, one.agency),
        contact=one.contact,
        dpo=one.dpo,
        sar_desk=one.sar_desk,
        privacy_notice=one.privacy_notice,
    )


def _purpose(words: Vocabulary, one: Purpose) -> PurposeTold:
    return PurposeTold(
        purpose=one.id,
        label=say.purpose(words, one.id),
        statement=one.statement,
        benefit=one.benefit,
        not_for=one.not_for,
    )
