"""The answer on the screen: whom to ring first, every nothing in its own words, and no word of how it works."""

from __future__ import annotations

import re

from client_export import ROWS, write_export
from client_story import WHY_NOT, family

from broker.wire.answer import Story
from broker.wire.question import Question


def _flat(text: str) -> str:
    """What the screen says, without the frames of its tables."""
    return " ".join(re.sub(r"[^\w .,:;'()&/@–-]", " ", text).split())


def test_screen_says_whom_to_ring_first(ask) -> None:
    """The typed name on top, then every worker once, then the facts; and no word of how it works."""
    code, out, _ = ask()
    said = _flat(out)
    assert code == 0
    assert out.startswith("Siobhan Quillfeather, the person you asked about, aged 5 to 12\n")
    assert "7ZQF-1K0M-R" in out.splitlines()[1]
    order = ("WHO TO RING", "3 services know this family. 1 may show you something for this reason.",
             "These services are already open to the family: contact them rather than make a new referral.",
             "Jo Dorne, Keyworker Early help 01632 960444 Siobhan",
             "Ring them: they say what they may.", "Duty desk Brackwater Homes tenancies 01632 960100 Siobhan",
             "Early help: open since 3 March 2026, last contact 21 November 2026. Family plan: since 3 March 2026.",
             "Who to ring only: Brackwater Homes tenancies match: to be checked .",
             "Older: School 2 November 2026. All other services: correct as of 21 November 2026.",
             "Every service: covers Brackwater since 1 April 2024.", "WHAT IS NOT SHOWN, AND WHY",
             "SERVICES THAT SHOW NOTHING", "NOT AGREED for your role",
             "Lawful basis: public task. Agreed in early-help.",
             "Tell the family that you looked.", "You may keep this for 6 months, and tell nobody.",
             "a record that nobody can change")  # fmt: skip
    places = [said.find(text) for text in order]
    assert -1 not in places, order[places.index(-1)]
    assert places == sorted(places)
    assert out.count("Jo Dorne") == 1 and "@" not in out
    for word in ("pseudonym", "token", "hash", "consent", "query", "denied", "data subject"):
        assert word not in said.lower()


def test_screen_says_what_is_not_shown_and_why(ask) -> None:
    """Rule, reason, remedy, contact, reviewer and date are there; items of a service that is only named are not."""
    said = _flat(ask()[1])
    assert (
        "Brackwater Homes tenancies (who to ring only: Siobhan), ring Duty nurse 01632 960333; Mental health and CAMHS"
        " (not shown for this reason: the parent), ring Duty nurse 01632 960333. shared only when a child may be at"
        " risk. Ask again if you worry about a child's safety. Dr Vale looks at it again by 4 December 2026"
        " (rule health-safeguarding-only). If somebody is in danger now, ring 999, then the service."
    ) in said
    assert "Weeks of rent owed" not in said
    assert "emergency access" not in said


def test_the_four_kinds_of_nothing_differ(ask) -> None:
    """Silence that means nothing must not read like a service that knows nobody."""
    said = _flat(ask()[1])
    for text in (
        "No record found (they may answer for this reason, and know nobody of this family): Police 01632 960999.",
        "No answer yet (they have joined but have not sent anything, so silence means nothing): Fire 01632 960998.",
        "Not shown for this reason (they know this family; above is why): CAMHS 01632 960999.",
        "Not covered (they do not cover this person's age or area): School 01632 960999.",
    ):
        assert text in said


def test_what_is_not_agreed_is_said_once(ask) -> None:
    """A caseworker does not learn whom to ask to have the agreement extended, or reads it at every service."""
    said = _flat(ask()[1])
    assert "whoever it is about Police: Offences, Bail conditions; Fire: Home safety visit. No agreement" in said
    assert "Ask the reviewer. Ring Sharing desk, 01632 960000. Dr Reed looks at it again by 23 November 2026" in said


def test_own_names_are_shown_for_own_records(ask, tmp_path) -> None:
    """The mother is in the council's own file, so the council reads her name; it never travelled."""
    assert "\nParent, aged 18 to 64" in ask()[1]
    export = write_export(tmp_path / "own", ROWS)
    code, out, _ = ask("--names", export)
    assert code == 0
    assert "Robert Quillfeather, parent, aged 18 to 64" in out
    assert "not shown for this reason: Robert" in _flat(out)


def test_relatives_without_a_name_are_told_apart(ask, parties) -> None:
    """Two brothers read as one, or the older one comes first."""

    def siblings(question: Question) -> Story:
        [subject, parent] = family(question).people
        more = {"relationship": "sibling", "involvements": subject.involvements, "own_refs": ()}
        older = parent.model_copy(update={**more, "handle": "c", "age_band": "13_15"})
        younger = parent.model_copy(update={**more, "handle": "d", "age_band": "0_4"})
        return family(question).model_copy(update={"people": (older, parent, younger, subject)})

    parties.story = siblings
    out = ask()[1]
    headings = ["Siobhan Quillfeather,", "\nBrother or sister 1, aged 0", "\nBrother or sister 2, aged 13", "\nParent"]
    assert [out.find(text) for text in headings] == sorted(out.find(text) for text in headings)
    assert "Siobhan, brother or sister 1 and brother or sister 2" in _flat(out)


def test_the_age_is_that_which_is_known_here(ask, parties) -> None:
    """The desk knows the date of birth that was typed, and the heading says that the age is not known."""

    def ageless(question: Question) -> Story:
        [subject, parent] = family(question).people
        return family(question).model_copy(
            update={"people": (subject.model_copy(update={"age_band": "unknown"}), parent)}
        )

    parties.story = ageless
    assert ask()[1].startswith("Siobhan Quillfeather, the person you asked about, aged 5 to 12\n")
    parties.story = lambda question: family(question).model_copy(update={"people": ()})
    out = ask()[1]
    assert out.startswith("Siobhan Quillfeather, aged 5 to 12\n")
    assert "No service that may answer for this reason shows a record of this person." in out


def test_a_refusal_is_an_answer(ask, parties) -> None:
    """Who may not ask is told why, whom to ring and who reviews it; nothing is an error."""
    parties.story = lambda question: family(question).model_copy(
        update={"refusal": WHY_NOT, "people": (), "sources": ()}
    )
    code, out, _ = ask()
    assert code == 0
    assert "You may not look this up for this reason. Nothing was looked up." in out
    assert "Dr Vale" in out


def test_what_would_show_more_is_said(ask, parties) -> None:
    """Somebody reads that something is not shown, and not which facts would open it."""
    hints = ("[how old the record is: fresh]", "[whether this is an emergency: yes]")
    why = WHY_NOT.model_copy(update={"more_if": hints})
    parties.story = lambda question: family(question).model_copy(update={"refusal": why, "people": (), "sources": ()})
    said = _flat(ask()[1])
    assert "More is shown if it is so: how old the record is: fresh or whether this is an emergency: yes ." in said
