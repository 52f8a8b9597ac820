"""The part of a privacy notice that tells people of one agreement, in plain English (UK GDPR articles 13 and 14).

Short words and short sentences: a child of about ten can read it. What is exact is in the agreement itself.
"""

from __future__ import annotations

from broker.policy.agreement import Agreement
from broker.policy.days import after
from broker.policy.policies import Policies
from broker.policy.render import say
from broker.policy.render.foot import foot
from broker.policy.render.markup import Content, Markup, link, listed, page, section, table, tag

_KINDS = {
    "contact": "who helps you, and how to reach them",
    "placed_contact": "who helps you, when it also shows where you go",
    "personal": "things about your life, like a plan or school days",
    "location": "where you live or go to school",
    "financial": "money, work and rent",
    "adoption": "if you were adopted",
    "offence": "crime, and your part in it",
    "intel": "what the police have been told",
    "health": "your health",
    "sensitive_service": "help that you may want to keep to yourself",
}
_BASIS = {
    "6(1)(a)": "You said yes.",
    "6(1)(c)": "The law says that we must.",
    "6(1)(d)": "It may save a life.",
    "6(1)(e)": "It is part of our job, and the law lets us.",
    "6(1)(ea)": "The law names this as a good reason.",
    "6(1)(f)": "We have a good reason, and it is fair to you.",
}
_OBJECTION = frozenset({"6(1)(e)", "6(1)(ea)", "6(1)(f)"})


def notice(policies: Policies, agreement: Agreement) -> str:
    """The paragraph, as a page of its own."""
    title = f"How we share: {agreement.title}"
    return page(
        title,
        tag("h1", title),
        [tag("p", said, class_="lead") for said in _told(policies, agreement)],
        section("Who we are", tag("p", "These teams work together:"), _teams(policies, agreement)),
        section("What we share", tag("p", "Each team may tell the others:"), _kinds(policies, agreement)),
        section("How we take care", tag("p", _outside(agreement), _CARE)),
        section("What we never use it for", listed(say.sentence(one) for one in _not_for(agreement))),
        section(
            "Why we may do it", listed(_BASIS[article] for article in agreement.legal.article6), _in_law(agreement)
        ),
        section("How long we keep it", tag("p", _kept(agreement))),
        section("What you can do", listed(_rights(agreement))),
        section("Who to ask", _contacts(policies, agreement)),
        foot=foot(policies, agreement),
        kind="notice",
    )


_CARE = (
    "We share as little as we can. Each time, we write down who looked and why. "
    "A computer checks the rules. It does not score you, and it does not make choices about your life."
)


def _outside(agreement: Agreement) -> str:
    further = any(share.onward == "with_source_agreement" for share in agreement.share)
    return "Nobody else gets it unless the team it came from says yes. " if further else "Nobody else gets it. "


def _told(policies: Policies, agreement: Agreement) -> list[str]:
    """What the family is told of each purpose, as the vocabulary has it."""
    known = policies.vocabulary.purposes
    return [known[purpose.id].tell_family for purpose in agreement.purposes if purpose.id in known]


def _teams(policies: Policies, agreement: Agreement) -> Markup:
    return listed(say.agency(policies.vocabulary, party.agency) for party in agreement.parties)


def _kinds(policies: Policies, agreement: Agreement) -> Markup:
    vocabulary = policies.vocabulary
    items = (vocabulary.items.get(name) for share in agreement.share for name in share.items)
    shared = {item.category for item in items if item}
    return listed(_KINDS.get(name, label.lower()) for name, label in vocabulary.categories.items() if name in shared)


def _not_for(agreement: Agreement) -> list[str]:
    return list(dict.fromkeys(one for purpose in agreement.purposes for one in purpose.not_for))


def _in_law(agreement: Agreement) -> Markup:
    """The legal basis as article 13(1)(c) wants it, for whoever wants to look it up."""
    legal = agreement.legal
    basis = [f"article {article} ({say.ARTICLE6[article]})" for article in legal.article6]
    basis += [f"article {condition}" for condition in legal.article9]
    basis += [f"article 10 with {condition}" for condition in legal.article10]
    return tag("p", f"In the words of the law, UK GDPR: {'; '.join(basis)}")


def _kept(agreement: Agreement) -> str:
    kept = [share.keep for share in agreement.share if say.period(share.keep) != "no time"]
    if not kept:
        return "Those who look at it do not keep it."
    longest = max(kept, key=lambda period: after(agreement.lifecycle.effective_from, period))
    looked = len(agreement.share) - len(kept)
    none = f"{'Most' if looked > len(kept) else 'Some'} of it is only looked at. " if looked else ""
    return f"{none}What is kept is kept for {say.period(longest)} at most."


def _rights(agreement: Agreement) -> list[str]:
    rights = agreement.rights
    answered = say.period(rights.answer_within)
    said = [
        f"You can ask what we hold about you, and who has seen it. We answer within {answered}.",
        "You can ask us to put right what is wrong.",
    ]
    if rights.tell_recipients_of_changes:
        said.append("When we put it right, we tell those who saw it.")
    if agreement.legal.consent_relied_on:
        said.append("You said yes, and you can say no at any time.")
    if _OBJECTION & set(agreement.legal.article6):
        said.append("You can tell us to stop. We then look at it again. We may go on if somebody could get hurt.")
    ack = say.period(rights.acknowledge_complaint_within)
    said.append(f"You can complain to us. We write back within {ack}.")
    said.append("You can also complain to the Information Commissioner (ICO). Ring 0303 123 1113.")
    return said


def _contacts(policies: Policies, agreement: Agreement) -> Markup:
    rows: list[list[Content]] = [
        [say.agency(policies.vocabulary, party.agency), party.sar_desk, party.dpo, link(party.privacy_notice)]
        for party in agreement.parties
    ]
    return table("Write to any of them", ("Who", "To see what is held", "About how it is looked after", "More"), rows)
