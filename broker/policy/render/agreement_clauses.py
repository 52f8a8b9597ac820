"""What is shared, what limits it, and the rules that limit every agreement, in words."""

from __future__ import annotations

from collections.abc import Sequence

from broker.policy.agreement import Agreement, Limit, Selection, Share
from broker.policy.policies import Policies
from broker.policy.render import say
from broker.policy.render.markup import Content, Markup, code, listed, pairs, section, table, tag
from broker.policy.vocabulary import Vocabulary


def clauses(policies: Policies, agreement: Agreement) -> Markup:
    """The sections on what is shared, on the exceptions, and on the place's own rules."""
    vocabulary = policies.vocabulary
    return tag(
        "div",
        section(
            "4. What is shared",
            tag("p", "What no clause names is not agreed. That is not the same as forbidden: it can be agreed."),
            [_share(vocabulary, share) for share in agreement.share],
        ),
        section(
            "5. Exceptions",
            tag("p", "An exception only ever makes a clause share less."),
            [_limit(vocabulary, limit) for limit in agreement.exceptions] or tag("p", "None."),
        ),
        section("6. Rules of the place, which apply to every agreement", place_rules(policies)),
    )


def _share(vocabulary: Vocabulary, share: Share) -> Markup:
    return section(
        f"Clause {share.id}",
        pairs(
            [
                ("What", listed(item(vocabulary, name) for name in share.items)),
                ("To", listed([say.role(vocabulary, name), " ", code(name)] for name in share.to)),
                ("For", listed([say.purpose(vocabulary, name), " ", code(name)] for name in share.for_)),
                ("How much", say.LEVEL[share.level]),
                ("How, and with what duties", duties(vocabulary, share.obligations)),
                ("How far back", say.period(share.window) if share.window else "As far as the record goes"),
                ("May be kept for", kept(share.keep)),
                ("May be passed on", say.ONWARD[share.onward]),
                ("Why", share.why),
            ]
        ),
        level=3,
        anchor=share.id,
    )


def item(vocabulary: Vocabulary, name: str) -> Content:
    """An item, its service and its id."""
    return [f"{say.item(vocabulary, name)} ({say.source(vocabulary, name)}) ", code(name)]


def kept(period: str) -> str:
    """How long something may be kept."""
    return "No time: look, do not copy" if say.period(period) == "no time" else say.period(period)


def duties(vocabulary: Vocabulary, names: Sequence[str]) -> Markup:
    """Obligations in words, with their ids."""
    return listed([say.obligation(vocabulary, name), " ", code(name)] for name in names)


def _limit(vocabulary: Vocabulary, limit: Limit) -> Markup:
    return section(
        f"{limit.id}: {limit.title}",
        pairs(
            [
                (
                    "When",
                    [say.sentence(say.condition(vocabulary, limit.when)), " ", code(say.written(limit.when))],
                ),
                ("Unless", _unless(vocabulary, limit)),
                ("About", _selected(vocabulary, limit.items)),
                ("Then", say.LEVEL[limit.effect]),
                ("How, and with what duties", duties(vocabulary, limit.obligations)),
                ("Emergency access lifts it", say.yes(limit.breakable)),
                ("Because", limit.because),
                ("What would change it", limit.remedy),
            ]
        ),
        level=3,
        anchor=limit.id,
    )


def _unless(vocabulary: Vocabulary, limit: Limit) -> Content:
    if limit.unless is None:
        return "Nothing: it always counts"
    return [say.sentence(say.condition(vocabulary, limit.unless)), " ", code(say.written(limit.unless))]


def _selected(vocabulary: Vocabulary, selection: Selection | None) -> Content:
    if selection is None:
        return "Everything"
    named: list[Content] = [[say.category(vocabulary, name), " ", code(name)] for name in selection.category]
    return listed([*named, *(item(vocabulary, name) for name in selection.items)])


def place_rules(policies: Policies) -> Content:
    """The safe conditions, the protections and the standing duties, as tables."""
    rules, vocabulary = policies.protections, policies.vocabulary
    return [
        table(
            "What must be so for anything to be shared",
            ("Rule", "It must be so that", "If not", "What would change it"),
            [
                [r.id, say.sentence(say.condition(vocabulary, r.need)), r.because, r.remedy]
                for r in rules.safe_conditions
            ],
        ),
        table(
            "Protections: the most protective that applies counts",
            ("Rule", "When", "Unless", "About", "Then", "Emergency access lifts it", "Because"),
            [_protection(vocabulary, limit) for limit in rules.protections],
        ),
        table(
            "What always happens besides",
            ("Rule", "When", "What happens"),
            [
                [
                    rule.id,
                    say.sentence(say.condition(vocabulary, rule.when)),
                    "; ".join(say.obligation(vocabulary, name) for name in rule.add),
                ]
                for rule in rules.always
            ],
        ),
    ]


def _protection(vocabulary: Vocabulary, limit: Limit) -> list[Content]:
    about = limit.items
    named = [say.category(vocabulary, name) for name in about.category] if about else ["Everything"]
    named += [say.item(vocabulary, name) for name in about.items] if about else []
    return [
        f"{limit.id}: {limit.title}",
        say.sentence(say.condition(vocabulary, limit.when)),
        say.sentence(say.condition(vocabulary, limit.unless)) if limit.unless else "Nothing",
        say.joined(named),
        say.LEVEL[limit.effect],
        say.yes(limit.breakable),
        limit.because,
    ]
