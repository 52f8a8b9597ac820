"""A story as the broker tells it: a child known to early help, housing and mental health, and a mother."""

from __future__ import annotations

import datetime as dt

from client_parties import NOW, secret

from broker.agency import pseudonyms
from broker.wire.answer import Involvement, NotAgreed, NotShown, Person, ShownItem, SourceAnswer, Story
from broker.wire.delivery import ItemValue, Lead
from broker.wire.question import Question

DAY = dt.date(2026, 11, 21)
SAID = ("--relation", "allocated", "--perpetrator-view", "no")
ABOUT = 'forename = "Siobhan"\nsurname = "Quillfeather"\ndob = 2018-03-12\npostcode = "ZY1 2AB"\n'
WHY_NOT = NotShown(
    rule="health-safeguarding-only",
    reason="shared only when a child may be at risk",
    remedy="Ask again if you worry about a child's safety.",
    contact="Duty nurse",
    phone="01632 960333",
    reviewer="Dr Vale",
    review_by=dt.date(2026, 12, 4),
    breakable=True,
)
NOT_AGREED = NotShown(
    rule="S6",
    reason="No agreement schedules this for your role and purpose.",
    remedy="Ask the reviewer.",
    contact="Sharing desk",
    phone="01632 960000",
    reviewer="Dr Reed",
    review_by=dt.date(2026, 11, 23),
    breakable=False,
)


def _block(source: str, service: str, **more) -> Involvement:
    common = {
        "handle": "h" * 40,
        "source": source,
        "service": service,
        "agency": "council",
        "match": "certain",
        "level": "share",
        "duty_phone": "01632 960100",
        "as_of": DAY,
        "coverage_from": dt.date(2024, 4, 1),
        "coverage_area": "Brackwater",
    }
    return Involvement(**(common | more))


def family(question: Question) -> Story:
    """A child known to early help, housing and mental health, with a mother in the asker's own file."""
    lead = Lead(name="Jo Dorne", role="Keyworker", team="North", phone="01632 960444", email="jo@eh.test")
    early_help = _block(
        "eh",
        "Early help",
        status="current",
        lead=lead,
        started=dt.date(2026, 3, 3),
        last_contact=DAY,
        items=(
            ShownItem(
                item="eh.family_plan",
                label="Family plan",
                level="share",
                kind="period",
                values=(ItemValue(item="eh.family_plan", on=dt.date(2026, 3, 3)),),
                agreement="early-help",
                clause="1",
                keep="P6M",
            ),
        ),
    )
    arrears = ShownItem(
        item="hs.arrears_weeks",
        label="Weeks of rent owed",
        level="withhold",
        agreement="",
        clause="",
        not_shown=WHY_NOT,
    )
    housing = _block(
        "hs",
        "Brackwater Homes tenancies",
        agency="homes",
        match="probable",
        level="signpost",
        items=(arrears,),
        not_shown=WHY_NOT,
    )
    mental = _block("mh", "Mental health and CAMHS", agency="nhs", level="withhold", not_shown=WHY_NOT)
    own = pseudonyms.reference(secret("reference"), "csc", ref="C2")
    common = {
        "as_of": DAY,
        "coverage_from": dt.date(2024, 4, 1),
        "coverage_area": "Brackwater",
        "phone": "01632 960999",
    }
    return Story(
        v=1,
        reference="7ZQF-1K0M-R",
        asked_at=int(NOW.timestamp()),
        purpose=question.ticket.purpose,
        purpose_label="I am assessing or supporting this family",
        lawful_basis="public task",
        tell_family="Tell the family that you looked.",
        agreements=("early-help",),
        policy_digest="sha256:77aa",
        people=(
            Person(
                handle="a", relationship="subject", age_band="5_12", own_refs=(), involvements=(early_help, housing)
            ),
            Person(handle="b", relationship="parent", age_band="18_64", own_refs=(own,), involvements=(mental,)),
        ),
        sources=(
            SourceAnswer(source="eh", service="Early help", agency="council", found=True, **common),
            SourceAnswer(
                source="po", service="Police", agency="police", found=False, nothing="no_record_found", **common
            ),
            SourceAnswer(
                source="fr", service="Fire", agency="fire", found=False, nothing="no_answer_yet", phone="01632 960998"
            ),
            SourceAnswer(source="mh", service="CAMHS", agency="nhs", found=False, nothing="not_shown", **common),
            SourceAnswer(
                source="ed",
                service="School",
                agency="school",
                found=False,
                nothing="not_covered",
                **{**common, "as_of": dt.date(2026, 11, 2)},
            ),
        ),
        not_agreed=(
            NotAgreed(source="po", service="Police", labels=("Offences", "Bail conditions")),
            NotAgreed(source="fr", service="Fire", labels=("Home safety visit",)),
        ),
        not_agreed_why=NOT_AGREED,
    )
