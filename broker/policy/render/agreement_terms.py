"""How an agreement is lived with: emergencies, refusals, rights, incidents, its life, and how it is looked after."""

from __future__ import annotations

import datetime as dt

from broker.policy.agreement import Agreement
from broker.policy.days import after
from broker.policy.render import say
from broker.policy.render.markup import Content, Markup, code, listed, pairs, section, tag
from broker.policy.vocabulary import Vocabulary


def terms(vocabulary: Vocabulary, agreement: Agreement) -> Markup:
    """The sections from emergency access to assurance."""
    return tag(
        "div",
        section("7. Emergency access", pairs(_break_glass(vocabulary, agreement))),
        section("8. Refusals", pairs(_refusals(agreement))),
        section("9. People's rights", pairs(_rights(vocabulary, agreement))),
        section("10. When something goes wrong", pairs(_incidents(agreement))),
        section("11. Its life, and how it is looked after", pairs([*_life(agreement), *_assurance(agreement)])),
    )


def _break_glass(vocabulary: Vocabulary, agreement: Agreement) -> list[tuple[str, Content]]:
    glass = agreement.break_glass
    second = glass.second_person_within_hours
    return [
        ("Is there emergency access", say.yes(glass.allowed)),
        ("What it lifts", "Only the rules that say so, never the others"),
        ("For whom", listed([say.role(vocabulary, name), " ", code(name)] for name in glass.roles)),
        ("For what", listed([say.purpose(vocabulary, name), " ", code(name)] for name in glass.purposes)),
        ("The reason given has at least", say.number(glass.reason_min_chars, "letter")),
        ("Reviewed within", say.number(glass.review_within_working_days, "working day")),
        ("A second person within", "Not asked for" if second is None else say.number(second, "hour")),
        ("The service is told", say.yes(glass.tell_source)),
        ("The person is told", say.TELL_PERSON[glass.tell_person]),
    ]


def _refusals(agreement: Agreement) -> list[tuple[str, Content]]:
    refusals = agreement.refusals
    return [
        ("Reviewed by", refusals.reviewer),
        ("Within", say.number(refusals.review_within_working_days, "working day")),
        ("Challenged at", refusals.challenge_to),
        ("Passed further up after", say.number(refusals.escalate_after_working_days, "working day")),
        ("Read by a person each month", f"{say.percent(refusals.sample_percent)} of the automatic ones"),
    ]


def _rights(vocabulary: Vocabulary, agreement: Agreement) -> list[tuple[str, Content]]:
    rights = agreement.rights
    return [
        ("Who answers for the agreement", say.agency(vocabulary, rights.lead)),
        ("A person is answered within", say.period(rights.answer_within)),
        ("While an objection is considered", say.LEVEL[rights.objection_effect_while_pending]),
        ("Recipients are told of corrections", say.yes(rights.tell_recipients_of_changes)),
        ("A complaint is acknowledged within", say.period(rights.acknowledge_complaint_within)),
    ]


def _incidents(agreement: Agreement) -> list[tuple[str, Content]]:
    return [
        ("The other parties are told within", say.number(agreement.incidents.tell_parties_within_hours, "hour")),
        ("The ICO is told within", say.number(agreement.incidents.ico_within_hours, "hour")),
    ]


def _life(agreement: Agreement) -> list[tuple[str, Content]]:
    life = agreement.lifecycle
    last = life.expires - dt.timedelta(days=1)
    ends = after(life.expires, f"P{life.grace_days}D") - dt.timedelta(days=1)
    grace = f"{say.number(life.grace_days, 'day')}, to the end of {say.date(ends)}" if life.grace_days else "None"
    return [
        ("In force from", f"the beginning of {say.date(life.effective_from)}, in London"),
        ("To be reviewed by", say.date(life.review_by)),
        ("In force to", f"the end of {say.date(last)}, in London; no longer on {say.date(life.expires)}"),
        ("Days of grace, to renew it", grace),
        ("Notice to leave", say.number(life.leave_notice_days, "day")),
        ("When it has ended", say.ON_EXPIRY[life.on_expiry]),
    ]


def _assurance(agreement: Agreement) -> list[tuple[str, Content]]:
    assurance = agreement.assurance
    return [
        ("Audited every", say.number(assurance.audit_every_months, "month")),
        ("Looked at at random", f"{say.percent(assurance.random_sample_percent)} of all answers"),
        ("Training of whoever asks", [assurance.training.replace("_", " "), " ", code(assurance.training)]),
        ("The training holds for", say.period(assurance.training_valid)),
        ("Strong authentication", say.yes(assurance.strong_authentication)),
    ]
