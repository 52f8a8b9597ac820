"""An agreement that contradicts itself, or promises less than the law gives, doesn't load."""

from __future__ import annotations

import datetime as dt

import pytest
from brackwater_policies import ISA, changed, line_of

from broker.errors import BadInput
from broker.policy.agreement import state
from broker.policy.load import load_policies

# name, file, old, new, where it is said (a text of the file as it was), what is said
REFUSED = [
    ("consent without its article", 3, "  dpia: DPIA-2026-03\n", "  dpia: DPIA-2026-03\n  consent_relied_on: 'yes'\n",
     "dpia: DPIA-2026-03", "consent is relied on exactly when"),
    ("its article without consent", 3, "article6: ['6(1)(e)']", "article6: ['6(1)(e)', '6(1)(a)']",
     "article6:", "consent is relied on exactly when"),
    ("an article 9 condition without its number", 1, "article9: ['9(2)(g) with", "article9: ['with",
     "article9:", "begins with its number"),
    ("confidence of nothing", 3, "{category: financial, basis", "{category: money, basis",
     "{category: financial, basis", "no such category `money`"),
    ("confidence said twice", 3, "{category: location, basis", "{category: personal, basis",
     "{category: location, basis", "confidence for `personal` is there twice"),
    ("what is confidential called open", 1, "{category: offence, basis: overriding_public_interest}",
     "{category: offence, basis: not_confidential}", "{category: offence", "`offence` is confidential"),
    ("a duty that nobody has", 1, "article6: ['6(1)(e)']", "article6: ['6(1)(c)']",
     "article6:", "is a legal duty, and no power"),
    ("confidence by a duty that nobody has", 1, "{category: health, basis: implied_consent}",
     "{category: health, basis: statutory_duty}", "{category: health", "no power here is a duty in force"),
    ("health called open", 1, "{category: health, basis: implied_consent}",
     "{category: health, basis: not_confidential}", "{category: health", "`health` is confidential"),
    ("an answer in forty days", 3, "rights: {lead: council}", "rights: {lead: council, answer_within: P40D}",
     "rights: {lead", "answered within a month"),
    ("thirty days in February", 3, "rights: {lead: council}", "rights: {lead: council, answer_within: P30D}",
     "rights: {lead", "answered within a month"),
    ("a complaint after a long month", 3, "rights: {lead: council}",
     "rights: {lead: council, acknowledge_complaint_within: P1M}", "rights: {lead", "acknowledged within 30 days"),
    ("a late word to the ICO", 3, "incidents: {}", "incidents: {ico_within_hours: 96}",
     "incidents:", "the ICO is told within 72 hours"),
    ("the parties after the ICO", 3, "incidents: {}", "incidents: {tell_parties_within_hours: 80}",
     "incidents:", "the parties are told after the ICO"),
    ("a joint controller alone", 3, "controller: independent", "controller: joint",
     "controller: independent", "one joint controller alone"),
    ("a lead that is a processor", 3, "controller: independent", "controller: processor",
     "rights: {lead", "`council` is a processor"),
    ("an older version without a name", 3, "title: Housing", "supersedes: the old one\ntitle: Housing",
     "title: Housing", "name an agreement and its version"),
    ("an older version that is newer", 3, "title: Housing", "supersedes: ISA-2026-003@1.0.0\ntitle: Housing",
     "title: Housing", "an older version of itself"),
    ("a purpose twice", 1, "  - id: employment_support\n", "  - id: early_help\n",
     "id: employment_support", "purpose `early_help` is there twice"),
    ("an emergency at no party", 3, "break_glass: {allowed: 'no'}",
     "break_glass: {allowed: 'yes', roles: [police.pvp], purposes: [housing_support]}",
     "break_glass:", "role `police.pvp` is not at a party"),
    ("a pending objection without effect", 3, "rights: {lead: council}",
     "rights: {lead: council, objection_effect_while_pending: none}",
     "rights: {lead", "objection_effect_while_pending"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "isa", "old", "new", "at", "says"), REFUSED, ids=lambda one: str(one)[:40])
def test_what_contradicts_itself_does_not_load(name: str, isa: int, old: str, new: str, at: str, says: str) -> None:
    """Somebody signs it, and it can't be kept."""
    with pytest.raises(BadInput) as caught:
        load_policies(changed(ISA[isa], (old, new)))
    said = [line for line in caught.value.message.splitlines() if says in line]
    assert said, caught.value.message
    number = int(said[0].split(" line ")[1].split(":")[0])
    assert abs(number - line_of(ISA[isa], at)) <= 1


@pytest.mark.parametrize(
    ("isa", "old", "new"),
    [
        (
            3,
            "rights: {lead: council}",
            "rights: {lead: council, answer_within: P28D, acknowledge_complaint_within: P10D}",
        ),
        (3, "title: Housing", "supersedes: ISA-2026-003@0.9.12\ntitle: Housing"),
        (3, "title: Housing", "supersedes: ISA-2025-007@3.0.0\ntitle: Housing"),
        (3, "article6: ['6(1)(e)']", "article6: ['6(1)(a)']\n  consent_relied_on: 'yes'"),
        (3, "incidents: {}", "incidents: {tell_parties_within_hours: 12, ico_within_hours: 48}"),
    ],
)
def test_what_is_lawful_loads(isa: int, old: str, new: str) -> None:
    """A better promise than the law asks for is refused."""
    load_policies(changed(ISA[isa], (old, new)))


def test_a_flow_does_not_rest_only_on_a_power_that_may_not_be_in_force() -> None:
    """Police and health share under a section of an Act that nobody has commenced."""
    other = (
        "from: [council, police, nhs, gp, school, probation]\n      to: [council, police, nhs, gp, school, probation]"
    )
    files = changed(ISA[2], (other, other.replace("[council, police", "[council", 1)))
    with pytest.raises(BadInput, match=r"A2\.5: only Children Act 2004 s16LA .* lets police share po\.\w+ with nhs"):
        load_policies(files)
    commenced = files["gateways.yaml"].replace("commencement: check", "commencement: in_force")
    load_policies({**files, "gateways.yaml": commenced})


def test_an_agreement_lives_from_midnight_to_midnight() -> None:
    """An agreement shares on the day on which it has ended, or not on its first."""
    agreement = load_policies(changed(ISA[3])).agreements["ISA-2026-003"]
    D = dt.date
    assert [state(agreement, on) for on in (D(2026, 3, 31), D(2026, 4, 1), D(2028, 3, 31))] == [
        "lapsed", "in_force", "in_force",
    ]  # fmt: skip
    assert [state(agreement, on) for on in (D(2028, 4, 1), D(2028, 4, 30), D(2028, 5, 1))] == [
        "grace", "grace", "lapsed",
    ]  # fmt: skip


def test_nobody_signs_after_it_is_in_force() -> None:
    """A party's records are shared before it has signed."""
    late = changed(ISA[3], ("signed_on: 2026-03-24", "signed_on: 2026-04-02"))
    with pytest.raises(BadInput, match="`council` signed after it is in force; begin it on the day of"):
        load_policies(late)
    load_policies(changed(ISA[3], ("signed_on: 2026-03-24", "signed_on: 2026-04-01")))


def test_a_day_that_there_is_not_is_named_with_what_to_write() -> None:
    """Whoever mistypes a date is told what a calendar is."""
    with pytest.raises(BadInput, match="no calendar has this day; write one that there is"):
        load_policies(changed(ISA[3], ("effective_from: 2026-04-01", "effective_from: 2026-02-30")))
