"""What one agreement needs of the vocabulary and of the law: parties, powers, special categories, and every clause.

Safe condition S2 (a power covers source and recipient for the purpose) is proved here once, when the policies load,
so that nobody has to ask at decision time. Each finding is a sentence that an IG officer can act on, with its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from broker.policy.agreement import Agreement, Share
from broker.policy.crosscheck import Finding, check_limit, check_obligations
from broker.policy.gateways import Gateway, Gateways
from broker.policy.obligations import TRANSFORMERS
from broker.policy.purpose_wall import HELPING, check_purposes
from broker.policy.strict_yaml import Place
from broker.policy.terms_check import check_terms, duty_in_force, not_in_force
from broker.policy.vocabulary import Vocabulary

SPECIAL = frozenset({"health", "sensitive_service"})


@dataclass(frozen=True)
class _Known:
    vocabulary: Vocabulary
    gateways: dict[str, Gateway]


def check_agreement(agreement: Agreement, vocabulary: Vocabulary, gateways: Gateways) -> Iterator[Finding]:
    """Parties, powers, confidence, conditions for special categories, and every clause."""
    known = _Known(vocabulary, gateways.gateways)
    yield from _parties(agreement, vocabulary)
    yield from check_purposes(agreement)
    yield from check_terms(agreement, vocabulary)
    yield from _powers(agreement, known)
    yield from _unique(agreement)
    yield from _break_glass(agreement, vocabulary)
    for n, share in enumerate(agreement.share):
        yield from _share(("share", n), share, agreement, known)
    for n, limit in enumerate(agreement.exceptions):
        yield from check_limit(("exceptions", n), limit, vocabulary)


def _parties(agreement: Agreement, vocabulary: Vocabulary) -> Iterator[Finding]:
    joined = [party.agency for party in agreement.parties]
    for n, party in enumerate(agreement.parties):
        if party.agency not in vocabulary.agencies:
            yield ("parties", n, "agency"), f"no such agency `{party.agency}`; add it to the vocabulary or correct it"
        if joined.count(party.agency) > 1:
            yield ("parties", n, "agency"), f"`{party.agency}` is there twice; keep one"
        if agreement.status == "signed" and party.signature is None:
            yield ("parties", n), f"`{party.agency}` has not signed; add its signature or set status to proposed"
    for n, purpose in enumerate(agreement.purposes):
        # The purpose wall says so of one that no vocabulary could have.
        if purpose.id in HELPING and purpose.id not in vocabulary.purposes:
            yield ("purposes", n, "id"), f"no such purpose `{purpose.id}`; add it to the vocabulary or correct it"
    if agreement.rights.lead not in joined:
        yield ("rights", "lead"), f"`{agreement.rights.lead}` is not a party; name one"
    yield from (
        (("legal", "part3"), f"`{name}` is not a party; name one")
        for name in agreement.legal.part3
        if name not in joined
    )


def _powers(agreement: Agreement, known: _Known) -> Iterator[Finding]:
    joined = {party.agency for party in agreement.parties} & known.vocabulary.agencies.keys()
    for n, power in enumerate(agreement.legal.powers):
        place: Place = ("legal", "powers", n)
        gateway = known.gateways.get(power.gateway)
        if gateway is None:
            yield place, f"unknown gateway `{power.gateway}`; add it to gateways.yaml or correct it"
            continue
        ends = sorted({*power.from_, *power.to})
        yield from (
            (place, f"power {power.gateway}: `{end}` is not a party; add it") for end in ends if end not in joined
        )
        kinds = {known.vocabulary.agencies[end].kind for end in ends if end in joined}
        for kind in sorted(kinds - set(gateway.bodies)):
            yield place, f"{gateway.label} does not cover {kind}; name a power that does"
        if gateway.register_ and not agreement.legal.dea_register:
            yield place, f"{gateway.label} needs an entry in the public register; add `dea_register`"
    special = agreement.legal.article9 or agreement.legal.article10
    if special and not agreement.legal.appropriate_policy_document:
        yield ("legal",), "special category or offence data; name the appropriate policy document"
    yield from _duty(agreement, known)


def _duty(agreement: Agreement, known: _Known) -> Iterator[Finding]:
    """Whoever says that the law makes them share names the duty, and one that is in force."""
    if duty_in_force([known.gateways[p.gateway] for p in agreement.legal.powers if p.gateway in known.gateways]):
        return
    if "6(1)(c)" in agreement.legal.article6:
        yield ("legal", "article6"), "6(1)(c) is a legal duty, and no power here is one in force; write 6(1)(e)"
    for n, one in enumerate(agreement.legal.confidence):
        if one.basis == "statutory_duty":
            place: Place = ("legal", "confidence", n)
            yield place, f"no power here is a duty in force, so none meets confidence for `{one.category}`; correct it"


def _unique(agreement: Agreement) -> Iterator[Finding]:
    """One clause schedules an item for a role and purpose, so that a decision cites exactly one."""
    seen: dict[tuple[str, str, str], str] = {}
    for n, share in enumerate(agreement.share):
        for cell in ((i, r, p) for i in share.items for r in share.to for p in share.for_):
            if cell in seen:
                item, role, purpose = cell
                where: Place = ("share", n)
                yield where, f"{share.id}: {seen[cell]} already schedules {item} to {role} for {purpose}; keep one"
            seen.setdefault(cell, share.id)


def _break_glass(agreement: Agreement, vocabulary: Vocabulary) -> Iterator[Finding]:
    glass, purposes = agreement.break_glass, {purpose.id for purpose in agreement.purposes}
    yield from (
        (("break_glass", "roles"), f"no such role `{r}`; correct it") for r in glass.roles if r not in vocabulary.roles
    )
    yield from (
        (("break_glass", "purposes"), f"`{p}` is not a purpose of this agreement; correct it")
        for p in glass.purposes
        if p not in purposes
    )


def _share(place: Place, share: Share, agreement: Agreement, known: _Known) -> Iterator[Finding]:
    joined = {party.agency for party in agreement.parties}
    if share.level == "reduced" and not any(name in TRANSFORMERS for name in share.obligations):
        yield place, f"{share.id}: `reduced` needs an obligation that says how"
    yield from _recipients(place, share, agreement, known.vocabulary)
    for n, item in enumerate(share.items):
        spot: Place = (*place, "items", n)
        if item not in known.vocabulary.items:
            yield spot, f"{share.id}: no such item `{item}`; add it to the vocabulary or correct it"
        elif (source := known.vocabulary.agency_of(item)) not in joined:
            yield spot, f"{share.id}: `{item}` comes from {source}, which has not joined; remove it"
        else:
            yield from ((spot, f"{share.id}: {what}") for what in _item(item, share, agreement, known))
    yield from check_obligations((*place, "obligations"), share.id, share.obligations, share.items, known.vocabulary)


def _recipients(place: Place, share: Share, agreement: Agreement, vocabulary: Vocabulary) -> Iterator[Finding]:
    purposes = {purpose.id for purpose in agreement.purposes}
    for purpose in share.for_:
        if purpose not in purposes:
            yield (
                (*place, "for"),
                f"{share.id}: purpose `{purpose}` is not in this agreement; correct it",
            )
    for n, name in enumerate(share.to):
        spot: Place = (*place, "to", n)
        role = vocabulary.roles.get(name)
        if role is None:
            yield spot, f"{share.id}: no such role `{name}`; add it to the vocabulary or correct it"
            continue
        if agreement.party(role.agency) is None:
            yield spot, f"{share.id}: role `{name}` is not at a party; remove it"
        for purpose in share.for_:
            if purpose not in role.purposes:
                yield spot, f"{share.id}: role `{name}` has no purpose `{purpose}`; remove one"


def _item(item: str, share: Share, agreement: Agreement, known: _Known) -> Iterator[str]:
    """What is missing in law for one item of one clause."""
    source, category = known.vocabulary.agency_of(item), known.vocabulary.items[item].category
    legal = agreement.legal
    if category in SPECIAL and not legal.article9:
        yield f"`{item}` is special category; name an article 9 condition"
    if category == "offence" and not legal.article10:
        yield f"`{item}` is offence data; name a DPA 2018 Schedule 1 condition"
    if category not in {confidence.category for confidence in legal.confidence}:
        yield f"say under `confidence` how the duty of confidence is met for {category}"
    recipients = {role.partition(".")[0] for role in share.to} - {source}
    for recipient in sorted(recipients):
        for purpose in share.for_:
            powers = [
                known.gateways[power.gateway]
                for power in legal.powers
                if power.gateway in known.gateways and source in power.from_ and recipient in power.to
            ]
            powers = [power for power in powers if purpose in power.purposes]
            flow = f"{source} share {item} with {recipient} for {purpose}"
            if not powers:
                yield f"no power lets {flow}; name one or remove it"
            elif pending := not_in_force(powers):
                yield f"only {pending} lets {flow}, which may not be in force; name another or correct it"
