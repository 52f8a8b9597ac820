"""What officers' pages say, made of values alone: searches, second opinions, the way to going live, long lists."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace

import pytest

from broker.agency.desk.pages.render import MOST_ITEMS, bar, navigation
from broker.agency.desk.pages.typed_day import typed_day
from broker.agency.desk.show.called import Called
from broker.agency.desk.show.deliveries import Sent, by_service
from broker.agency.desk.show.onboarding import Standing, steps
from broker.agency.desk.show.paging import SIZE, paged
from broker.agency.desk.show.protection import protection_shown
from broker.agency.desk.show.right import not_yet, told_lines
from broker.agency.desk.show.search import DAYS, FLAG_WORDS, QUALIFIERS, search_text
from broker.agency.roles import DESK_ROLES
from broker.agency.second_opinions import Opinion, Said, agreement, wanted
from broker.audit import query
from broker.errors import NotFound
from broker.wire.protection import Registered

TODAY = dt.date(2026, 11, 22)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("20 11 2026", dt.date(2026, 11, 20)),
        ("20 November 2026", dt.date(2026, 11, 20)),
        ("1/5/2027", dt.date(2027, 5, 1)),
        ("31 2 2026", None),
        ("soon", None),
        ("", None),
    ],
)
def test_a_day_is_typed_as_people_write_it(typed: str, day: dt.date | None) -> None:
    """An officer types a day as everybody does, and is told that it is none."""
    assert typed_day(typed, today=TODAY) == day


def test_the_builder_asks_what_the_text_form_would() -> None:
    """What is ticked is not what is searched for."""
    form = {"who": "j.doe", "purpose": "early_help", "is-emergency": "yes", "after": "1 11 2026", "text": "-rule:P5"}
    text = search_text(form, {"after": dt.date(2026, 11, 1)})
    assert text == "actor:j.doe purpose:early_help after:2026-11-01 is:emergency -rule:P5"
    assert query.parse(text).text()
    assert (
        set(QUALIFIERS) <= set(query.QUALIFIERS)
        and set(FLAG_WORDS) == set(query.FLAGS) - {"silent"}
        and DAYS == ("after", "before")
    )


def opinion(staff: str, said: Said, one: int = 1, other: int = 2) -> Opinion:
    return Opinion(at=1, answer="7ZQF-1K0M-R", one=one, other=other, staff=staff, said=said)


def test_a_second_opinion_is_a_colleagues() -> None:
    """Somebody gives their own second opinion, or is asked for one that was given."""
    first = opinion("ann", "cant_tell")
    assert wanted([first], "bob") == [first] and wanted([first], "ann") == []
    assert wanted([first, opinion("bob", "same", 2, 1)], "cy") == []
    said = [opinion("ann", "same"), opinion("bob", "same", 2, 1), opinion("ann", "same", 3, 4)]
    assert agreement(said) == (1, 1)
    assert agreement([*said, opinion("bob", "not_the_same", 3, 4)]) == (2, 1)


READY = Standing(
    is_listed=True,
    keys=frozenset({"delivery", "desk", "review"}),
    agreements=1,
    staff=3,
    officers=2,
    delivered=2,
    services=2,
    worst_percent=1.0,
    is_live=True,
)


def test_the_way_to_going_live_says_what_is_missing() -> None:
    """An agency goes live with a step left out that nobody told it of."""
    assert all(step.is_done for step in steps(READY))
    changes = (
        *({"is_listed": False}, {"keys": frozenset({"desk"})}, {"agreements": 0}, {"staff": 0}, {"officers": 1}),
        *({"delivered": 1}, {"worst_percent": 30.0}, {"worst_percent": None}, {"is_live": False}),
    )
    for change in changes:
        assert sum(not step.is_done for step in steps(replace(READY, **change))) == 1, change


def test_deliveries_are_told_service_by_service() -> None:
    """The newest delivery stands last, or the trend runs backwards."""
    made = [
        Sent(
            "csc",
            f"{at}.csv",
            1_795_000_000 + at * 86_400,
            at != 2,
            90 + at,
            10 - at,
            Counter({"dob: no date": 10 - at}),
        )
        for at in (2, 0, 1)
    ]
    [shown] = by_service(made, {"csc": "Children's social care"})
    assert shown.name == "Children's social care" and [row[1] for row in shown.rows] == ["92", "91", "90"]
    assert [percent for _, percent in shown.trend] == [10.0, 9.0, 8.0] and shown.reasons == (("dob: no date", 8),)
    assert "send it again" in shown.rows[0][3]


def test_a_long_list_is_on_several_pages() -> None:
    """A page of a thousand protections can't be loaded, or the last of them not be reached."""
    some, links = paged(range(2 * SIZE + 1), "3", "/protections")
    assert list(some) == [2 * SIZE] and links["previous"] == {"href": "/protections?page=2"} and "next" not in links
    assert paged([], "1", "/protections") == ([], {})
    for wrong in ("0", "4", "x", "-1", "", "1" * 30, "٢"):
        with pytest.raises(NotFound):
            paged(range(2 * SIZE + 1), wrong, "/protections")


@pytest.mark.parametrize(
    ("kind", "may"), [("witness", ["lift"]), ("adopted", ["lift"]), ("objection_pending", []), ("restriction", [])]
)
def test_what_a_person_asked_for_ends_under_rights(kind: str, may: list[str]) -> None:
    """The page offers to end what only the decision about a right ends, and then says that there is none."""
    one = Registered.model_validate(
        {
            "reference": "A1",
            "source": "csc",
            "ref": bytes(16),
            "kind": kind,
            "in_force": True,
            "made_by": (),
            "review_by": dt.date(2027, 5, 1),
            "is_due": False,
            "is_late": False,
            "done": (),
        }
    )
    shown = protection_shown(one, Called({}, {}, {}, {}, {}))
    assert [value for value, _ in shown.may] == may
    assert shown.review.startswith("Looked at again by 1 May 2027") and ("under Rights" in shown.review) is (not may)


def test_a_decision_about_a_protected_person_says_who_goes_on_and_where() -> None:
    """An officer at the desk is given a command to type."""
    [said] = told_lines((), 2)
    assert said.startswith("2 earlier answers rested on it; nobody was told, because the person's whereabouts")
    assert "Your data protection officer settles whom to ring" in said and "under Rights, in a report" in said
    assert "`" not in said and "broker-agency" not in said
    assert told_lines(("homes",), 0) == ["Told, because earlier answers of theirs rested on it: homes."]


@pytest.mark.parametrize("roles", [{"caseworker"}, {"supervisor", "ig_officer"}, set(DESK_ROLES)])
def test_a_long_menu_leads_everywhere(roles: set[str]) -> None:
    """Somebody with many roles has a menu on two lines; or a page is cut off it, and they don't see where they are."""
    every = navigation(roles, at="/start")
    for href in [one["href"] for one in every]:
        shown = bar(roles, at=f"{href}/one")
        assert len(shown) <= MOST_ITEMS and [one["href"] for one in shown if one["active"]] == [href]
        assert {one["href"] for one in every} <= {one["href"] for one in shown} or shown[-1]["href"] == "/start"


def test_a_decision_that_has_to_wait_says_for_what() -> None:
    """An officer reads the code of a ground, in a sentence that the command line needs."""
    said = not_yet("the record is held back", "lift the hold first, or refuse on the ground of `legal_claims`")
    assert said.endswith("or refuse on the ground of “it is needed for legal claims”") and said.startswith("The record")
    assert not_yet("it is so", "") == "It is so"
