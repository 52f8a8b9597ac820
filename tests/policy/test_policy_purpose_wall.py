"""The purpose wall: no policy file can turn the broker against the people it is about."""

from __future__ import annotations

import brackwater_policies as place
import pytest
from brackwater_policies import ISA, asker, changed, files, record
from hypothesis import given
from hypothesis import strategies as st

from broker.errors import BadInput
from broker.policy.decide import admit, decide
from broker.policy.decision import Refusal
from broker.policy.facts import Requester
from broker.policy.load import load_policies
from broker.policy.purpose_wall import HELPING, walled

VOC, GATE, THREE = "vocabulary.yaml", "gateways.yaml", ISA[3]
BEHIND = (
    "enforcement",
    "benefit_fraud",
    "immigration",
    "immigration_enforcement",
    "private_landlord",
    "tenant_referencing",
    "curiosity",
    "debt_recovery",
    "marketing",
    "intelligence",
    "benefit_integrity",
    "public_order",
    "research",
    "any",
)
PURPOSE = (
    "{label: I am looking into it, lawful_basis: Public task under an Act that is named here, "
    "tell_family: We look up which services already help you.}"
)


def said(edited: dict[str, str]) -> str:
    with pytest.raises(BadInput) as caught:
        load_policies(edited)
    assert caught.value.code == "policy-invalid"
    return caught.value.message


def test_a_purpose_that_is_not_on_the_list_does_not_load() -> None:
    """A policy file opens the broker to enforcement, fraud, immigration, landlords or the curious."""
    entries = "".join(f"\n  {purpose}: {PURPOSE}" for purpose in BEHIND)
    edited = changed(VOC, ("purposes:\n  early_help:", f"purposes:{entries}\n  early_help:"))
    message = said(edited)
    for purpose in BEHIND:
        line = edited[VOC][: edited[VOC].index(f"\n  {purpose}: ")].count("\n") + 2
        assert f"{VOC} line {line}: purpose `{purpose}`: the broker has no such purpose" in message
        assert purpose not in HELPING


def test_neither_a_power_nor_an_agreement_brings_one_in() -> None:
    """The wall is only in one of the three files that name purposes."""
    power = changed(GATE, ("purposes: [housing_support]", f"purposes: [housing_support, {', '.join(BEHIND)}]"))
    message = said(power)
    assert all(f"purpose `{purpose}`: the broker has no such purpose" in message for purpose in BEHIND)
    agreed = changed(THREE, ("- id: housing_support", "- id: tenant_referencing"))
    assert "purpose `tenant_referencing`: the broker has no such purpose" in said(agreed)


WORDS = [
    (VOC, "label: I am helping a family through early help", "label: I look for benefit fraud", "fraud"),
    (VOC, "under the Children Act 2004 and", "under the Immigration Act 2016 and", "immigration"),
    (VOC, "{label: Work coach,", "{label: Sanctions officer,", "sanctions"),
    (VOC, "{name: Brackwater Jobcentre,", "{name: Brackwater Counter-Fraud,", "fraud"),
    (GATE, "label: Crime and Disorder Act 1998 s115", "label: Immigration Act 1999 s20", "immigration"),
    (THREE, "statement: Keep people in their home,", "statement: Enforce tenancies,", "enforcement"),
    (THREE, "title: Housing support", "title: Right to rent checks", "immigration"),
    (THREE, "why: That there is a plan is enough", "why: Fraud is found early, so this is enough", "fraud"),
    (THREE, "benefit: Fewer families", "benefit: Benefit integrity, and fewer families", "benefit enforcement"),
]


def test_a_listed_purpose_is_not_turned_by_its_words() -> None:
    """A purpose keeps its name and becomes another."""
    edited = files()
    for file, old, new, _ in WORDS:
        assert old in edited[file]
        edited[file] = edited[file].replace(old, new, 1)
    found = [line for line in said(edited).splitlines() if "which the broker is never for" in line]
    for file, _, new, use in WORDS:
        line = next(n for n, text in enumerate(edited[file].splitlines(), 1) if new.split("\n")[0] in text)
        near = [one for one in found if use in one and any(f"{file} line {line - by}:" in one for by in range(5))]
        assert near, (file, new)


SAID = {
    "I look for benefit fraud": "fraud",
    "I look for ｆｒáud": "fraud",
    "I look for fr\u200baud": "fraud",
    "I look for fr\u0430ud": "something in letters",
    "REENFORCEMENT": "enforcement",
    "Border-Force liaison": "immigration",
    "Private landlord": "landlords",
    "Establish the right-to-rent of applicants": "immigration",
    "Benefit_integrity and overpayments": "benefit enforcement",
    "No recourse to public funds": "immigration",
    "Arrested at home": "enforcement",
    "A stop-and-search list": "enforcement",
    "It has advised and improved": "",
    "debt_recovery": "debt collection",
    "council.admin": "curiosity",
    "System administrator": "curiosity",
    "Keep people in their home": "",
    "Administrative justice, and landfill": "",
    "I am worried that a child is being harmed": "",
}


@pytest.mark.parametrize(("text", "use"), SAID.items())
def test_what_speaks_of_a_use_behind_the_wall(text: str, use: str) -> None:
    """A word is hidden by its spelling, or an honest label is refused."""
    assert walled(text).startswith(use) and bool(walled(text)) == bool(use)


def test_neither_roles_nor_agencies_of_the_wall_load() -> None:
    """A fraud officer becomes a role that may ask for early help; the Home Office joins as an agency."""
    entry = "\nroles:\n  jobcentre.fraud_officer: {label: Officer, agency: jobcentre, purposes: [early_help]}"
    assert "role `jobcentre.fraud_officer`: it speaks of fraud" in said(changed(VOC, ("\nroles:", entry)))
    entry = "agencies:\n  visas: {name: Visas, kind: immigration, duty_phone: 01632 960000}"
    assert "`kind`: input should be 'local_authority'" in said(changed(VOC, ("agencies:", entry)))


def test_what_a_purpose_is_not_for_may_be_said() -> None:
    """The wall forbids the very sentence that tells families what is never done."""
    text = files()[ISA[1]] + files()[THREE]
    assert "immigration enforcement" in text and "debt recovery" in text and "fraud investigation" in text
    edited = changed(THREE, ("not_for: [", "not_for: [marketing, surveillance, "))
    old, new = "It never affects your benefit.", "It is never used for sanctions or immigration."
    load_policies({**edited, VOC: changed(VOC, (old, new))[VOC]})


ASKERS = [
    ("jobcentre", "jobcentre.fraud_officer", "fraud", "S4r"),
    ("police", "police.immigration_officer", "immigration", "S4r"),
    ("homes", "homes.private_landlord", "tenant_referencing", "S4r"),
    ("council", "council.admin", "curiosity", "S4r"),
    ("jobcentre", "jobcentre.work_coach", "fraud", "S1"),
    ("police", "police.pvp", "immigration", "S1"),
    ("homes", "homes.tenancy_officer", "tenant_referencing", "S1"),
    ("council", "council.social_worker", "curiosity", "S1"),
]


@pytest.mark.parametrize(("agency", "role", "purpose", "rule"), ASKERS)
def test_who_stands_before_the_wall_is_refused_about_everybody(agency: str, role: str, purpose: str, rule: str) -> None:
    """A fraud officer, an immigration officer, a private landlord or somebody curious is answered."""
    policies = place.policies()
    requester = Requester(agency, role, purpose, asker().training_on, "allocated", True)
    refusal = admit(policies, requester, on=place.ON)
    assert isinstance(refusal, Refusal)
    assert [reason.id for reason in refusal.reasons] == [rule]
    assert (refusal.remedy != "", refusal.reviewer != "", refusal.breakable) == (True, True, False)
    for item in policies.vocabulary.items:
        decided = decide(policies, requester, record(item.partition(".")[0]), item=item, on=place.ON)
        assert (decided.level, decided.reasons, decided.breakable) == ("withhold", refusal.reasons, False)


def test_the_place_uses_listed_purposes() -> None:
    """The shipped vocabulary has a purpose that the wall doesn't know."""
    assert place.policies().vocabulary.purposes.keys() <= HELPING
    assert not any(walled(name.replace("_", " ")) for name in HELPING)


@given(st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    """A strange label stops the start with an error that isn't ours."""
    assert isinstance(walled(text), str)
    assert walled(f"{text} fraud")
