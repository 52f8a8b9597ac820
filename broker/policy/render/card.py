"""A practitioner's card for each role, one printed page: what you will see, and why.

It also says what may be held back and whom to ask; of rules that rest on a secret fact it says only that there are
some, as a card lies about in cars.
"""

from __future__ import annotations

from broker.policy.agreement import Agreement, Share
from broker.policy.policies import Policies
from broker.policy.render import say
from broker.policy.render.foot import foot
from broker.policy.render.markup import Content, Markup, listed, page, table, tag

SHORT = {"share": "In full", "reduced": "In part", "signpost": "Who to ring"}

_PROTECTED = (
    "Some people are protected: a service then looks as if it held nothing, or asks you to ring. "
    "An empty answer never means that all is well."
)
_COPY = (
    "What is not in a table is not agreed; ask the reviewer below. "
    "Copy nothing, unless the table says how long it may be kept."
)


def roles_of(agreement: Agreement) -> tuple[str, ...]:
    """The roles that an agreement lets see anything, in its own order."""
    return tuple(dict.fromkeys(role for share in agreement.share for role in share.to))


def card(policies: Policies, agreement: Agreement, roles: tuple[str, ...]) -> str:
    """The cards of `roles`, each on a page of its own."""
    title = f"What you will see, and why: {agreement.title}"
    return page(
        title,
        tag("h1", title),
        [_card(policies, agreement, role) for role in roles],
        foot=foot(policies, agreement),
        kind="card",
    )


def _card(policies: Policies, agreement: Agreement, role: str) -> Markup:
    mine = [purpose.id for purpose in agreement.purposes if _shares(agreement, role, purpose=purpose.id)]
    safe = [rule for rule in policies.protections.safe_conditions if rule.stage == "requester"]
    return tag(
        "article",
        tag("h2", say.role(policies.vocabulary, role)),
        [_seen(policies, agreement, role, purpose=purpose) for purpose in mine],
        tag("p", _COPY),
        tag("h3", "When you will see less"),
        listed([*_less(policies, agreement), _PROTECTED]),
        tag("h3", "When you cannot ask"),
        listed(f"{rule.because} {rule.remedy}" for rule in safe),
        tag("h3", "When the answer is no"),
        tag("p", _refused(policies, agreement)),
        tag("p", _emergency(policies, agreement, role, mine=mine)),
    )


def _shares(agreement: Agreement, role: str, *, purpose: str) -> list[Share]:
    return [share for share in agreement.share if role in share.to and purpose in share.for_]


def _seen(policies: Policies, agreement: Agreement, role: str, *, purpose: str) -> Content:
    """One table for a purpose: a row for each clause. Whatever is not in it is not agreed."""
    not_for = next((one.not_for for one in agreement.purposes if one.id == purpose), ())
    rows: list[list[Content]] = [
        [share.id, _items(policies, share), _much(policies, share), share.why]
        for share in _shares(agreement, role, purpose=purpose)
    ]
    caption = f"What you will see when you say: “{say.sentence(say.purpose(policies.vocabulary, purpose))}”"
    return [
        table(caption, ("Clause", "What", "How much", "Why"), rows),
        tag("p", f"Not for: {say.joined(not_for)}."),
    ]


def _items(policies: Policies, share: Share) -> Content:
    """The items of one clause; the services that are involved are put together."""
    vocabulary = policies.vocabulary
    involved = [say.source(vocabulary, name) for name in share.items if name.endswith(".involvement")]
    others = [say.item(vocabulary, name) for name in share.items if not name.endswith(".involvement")]
    found: list[Content] = [tag("div", "Who is involved: ", "; ".join(involved))] if involved else []
    return [*found, "; ".join(others)]


def _much(policies: Policies, share: Share) -> str:
    how = say.joined([say.obligation(policies.vocabulary, name) for name in share.obligations])
    back = f"The last {say.period(share.window)}" if share.window else ""
    keep = say.period(share.keep)
    kept = "" if keep == "no time" else f"Keep for {keep}"
    return ". ".join(part for part in (SHORT[share.level], how, back, kept) if part) + "."


def _less(policies: Policies, agreement: Agreement) -> list[str]:
    """The rules that a requester may know of, by what they do."""
    facts = policies.vocabulary.facts
    found: dict[str, list[str]] = {}
    for rule in (*agreement.exceptions, *policies.protections.protections):
        conditions = [rule.when, *([rule.unless] if rule.unless else [])]
        if not any(facts[fact].secret for one in conditions for fact, _ in one.named() if fact in facts):
            found.setdefault(say.LEVEL[rule.effect], []).append(rule.title)
    return [f"{level}: {'; '.join(titles)}." for level, titles in found.items()]


def _refused(policies: Policies, agreement: Agreement) -> str:
    lead = agreement.party(agreement.rights.lead)
    days = say.number(agreement.refusals.review_within_working_days, "working day")
    ring = f" or ring {lead.duty_phone}" if lead else ""
    return (
        f"Ring the number beside it: they can tell you what you need. {agreement.refusals.reviewer} looks at every "
        f"challenged refusal within {days}. To challenge one, write to {agreement.refusals.challenge_to}{ring}."
    )


def _emergency(policies: Policies, agreement: Agreement, role: str, *, mine: list[str]) -> str:
    glass = agreement.break_glass
    some = [say.purpose(policies.vocabulary, name) for name in glass.purposes if name in mine]
    if not glass.allowed or role not in glass.roles or not some:
        return "Emergency access: not for this role. Somebody is in danger now: ring 999, then the service."
    told = "; the service is told at once" if glass.tell_source else ""
    least = say.number(glass.reason_min_chars, "letter")
    return (
        f"Emergency access: yes, for “{say.joined(some)}”. Say why in at least {least}{told}; "
        f"it is reviewed within {say.number(glass.review_within_working_days, 'working day')}. "
        "Somebody is in danger now: ring 999, then the service."
    )
