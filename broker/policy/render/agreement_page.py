"""The agreement itself, for signing: every field of the file, in words, and the digest of what is signed.

The digest is over the content alone, so that a comment, a signature or the status can change without a new signature.
"""

from __future__ import annotations

import hashlib
import json

from broker.policy.agreement import Agreement, Party, Signature
from broker.policy.policies import Policies
from broker.policy.render import say
from broker.policy.render.agreement_clauses import clauses
from broker.policy.render.agreement_law import law
from broker.policy.render.agreement_terms import terms
from broker.policy.render.foot import foot
from broker.policy.render.markup import Markup, code, link, listed, page, pairs, section, table, tag
from broker.policy.vocabulary import Vocabulary


def to_sign(agreement: Agreement) -> str:
    """SHA-256, in hex, of the canonical content without status and signatures: what a signature is over."""
    said = agreement.model_dump(
        mode="json", by_alias=True, exclude={"status": True, "parties": {"__all__": {"signature"}}}
    )
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def agreement_page(policies: Policies, agreement: Agreement) -> str:
    """The agreement as a page."""
    vocabulary = policies.vocabulary
    return page(
        f"{agreement.id}: {agreement.title}",
        tag("h1", agreement.title),
        tag("p", agreement.summary, class_="lead"),
        _about(vocabulary, agreement),
        _parties(vocabulary, agreement),
        _purposes(vocabulary, agreement),
        law(policies, agreement),
        clauses(policies, agreement),
        terms(vocabulary, agreement),
        _signatures(vocabulary, agreement),
        foot=foot(policies, agreement),
        kind="agreement",
    )


def _about(vocabulary: Vocabulary, agreement: Agreement) -> Markup:
    return section(
        "What this is",
        pairs(
            [
                ("Agreement", code(agreement.id)),
                ("Version", agreement.version),
                ("Takes the place of", agreement.supersedes or "Nothing: it is the first"),
                ("State", say.STATUS[agreement.status]),
                ("Place", vocabulary.place.name),
                ("Form", code(agreement.schema_)),
                ("Who it is about", listed(agreement.who_it_is_about)),
            ]
        ),
    )


def _parties(vocabulary: Vocabulary, agreement: Agreement) -> Markup:
    return section(
        "1. The parties",
        tag(
            "p", "Each duty telephone is answered for this agreement, and is shown with whatever that party holds back."
        ),
        [section(say.agency(vocabulary, party.agency), pairs(_party(party)), level=3) for party in agreement.parties],
    )


def _party(party: Party) -> list[tuple[str, str | Markup]]:
    return [
        ("In the files", code(party.agency)),
        ("Role in data protection", say.CONTROLLER[party.controller]),
        ("ICO registration", party.ico_registration),
        ("Duty telephone", party.duty_phone),
        ("Contact for this agreement", party.contact),
        ("Data protection officer", party.dpo),
        ("Requests for one's own data", party.sar_desk),
        ("Privacy notice", tag("span", link(party.privacy_notice))),
    ]


def _purposes(vocabulary: Vocabulary, agreement: Agreement) -> Markup:
    return section(
        "2. What it is for",
        [
            section(
                say.sentence(say.purpose(vocabulary, purpose.id)),
                pairs(
                    [
                        ("In the files", code(purpose.id)),
                        ("Purpose", purpose.statement),
                        ("Benefit", purpose.benefit),
                        ("Not for", listed(purpose.not_for)),
                    ]
                ),
                level=3,
            )
            for purpose in agreement.purposes
        ],
    )


def _signatures(vocabulary: Vocabulary, agreement: Agreement) -> Markup:
    heads = ("Party", "Name", "Post", "Signed on", "Signing key", "Signature")
    return section(
        "12. Signatures",
        tag("p", "What is signed: ", code(to_sign(agreement)), " (SHA-256 of everything above but the state)."),
        tag(
            "div",
            table(
                "Who has signed, in what post",
                heads,
                [[say.agency(vocabulary, party.agency), *_signed(party.signature)] for party in agreement.parties],
            ),
            class_="sign",
        ),
    )


def _signed(signature: Signature | None) -> list[str | Markup]:
    if signature is None:
        return ["Not signed", "", "", "", ""]
    return [
        signature.name,
        signature.post,
        say.date(signature.signed_on),
        code(signature.key_id),
        code(signature.signature),
    ]
