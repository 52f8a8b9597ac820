"""Two agencies know one family and not of each other; a caseworker asks once and learns who is already helping."""

from __future__ import annotations

from dataclasses import replace

from people import ISOLDE, JORAM, MINA, OTTO, STRANGER, Row, export
from world import World


def post_family(world: World) -> None:
    """Children's social care knows Mina and her parents; the school knows Mina and Joram; the police know Otto."""
    mina = Row(MINA, "C1", {"csc.cp_plan": "2026-09-01"}, parents=("C2", "C3"))
    world.agency("council").posts(*export("csc", [mina, Row(OTTO, "C2"), Row(ISOLDE, "C3")]))
    children = [Row(MINA, "P1", {"ed.attendance": "71"}, siblings=("P2",)), Row(JORAM, "P2", {"ed.attendance": "88"})]
    world.agency("school").posts(*export("ed", children))
    world.agency("police").posts(*export("po", [Row(OTTO, "X9", {"po.da_incidents": "2"})]))


def test_one_question_tells_who_already_helps(world: World) -> None:
    """A caseworker learns of every service that knows the family, its practitioner and what the agreement shares."""
    post_family(world)
    told = world.agency("council").asks(MINA.about(), staff="sw")
    assert told.people == {"subject": [["csc", "ed"]], "parent": [["csc"], ["csc", "po"]], "sibling": [["ed"]]}
    block = told.block("ed")
    assert (block.match, block.level, block.status) == ("certain", "share", "current")
    assert block.lead is not None
    assert block.lead.name == "Ada Marsh"
    [attendance] = [item for item in block.items if item.item == "ed.attendance"]
    assert attendance.values[0].count == 71


def test_another_agency_gets_its_own_view(world: World) -> None:
    """The school may ask too, and no handle of one agency's answer can be used by another."""
    post_family(world)
    council = world.agency("council").asks(MINA.about(), staff="sw")
    school = world.agency("school").asks(MINA.about(), staff="dsl")
    assert school.people == council.people
    assert school.person().handle != council.person().handle
    assert school.person().own_refs != council.person().own_refs


def test_the_desk_shows_its_own_names(quick_world: World) -> None:
    """Names come from the agency's own file, on its own screen, and never with the answer."""
    post_family(quick_world)
    council = quick_world.agency("council")
    shown = council.asking(MINA.about(), staff="sw", options=["--names", str(council.home / "exports" / "export.csv")])
    assert shown.ok().out.startswith(f"{MINA.forename} {MINA.surname}")
    assert f"{OTTO.forename} {OTTO.surname}" in shown.out
    assert JORAM.forename not in shown.out, "the council has no record of the brother"


def test_every_answer_has_a_receipt_that_verifies_offline(quick_world: World) -> None:
    """The cover leaf and one leaf for each agency that told something are in the signed log."""
    post_family(quick_world)
    council = quick_world.agency("council")
    told = council.asks(MINA.about(), staff="sw")
    quick_world.stop("broker")
    [kept] = council.home.glob("state/answers/*.json")
    verified = council.runs("verify", kept, "--json").ok().result["receipts"]
    assert [len(one["entries"]) for one in verified] == [len(told.answer.receipt)] == [4]
    quick_world.start("broker")


def test_a_record_leads_on_to_another_and_no_further(world: World) -> None:
    """A record found by name leads by its NHS number to one under another name (second hop), and there it ends."""
    known_as = replace(ISOLDE, nhs="9990000034")
    moved = replace(known_as, surname="Quagmirrow", postcode="QQ8 8JJ", upn="H801200001001")
    elsewhere = replace(moved, surname="Unbekannteau", nhs="", postcode="WW1 1WW")
    world.agency("council").posts(*export("csc", [Row(known_as, "C3")]))
    world.agency("nhs").posts(*export("ac", [Row(moved, "H1")]))
    world.agency("school").posts(*export("ed", [Row(elsewhere, "P9")]))
    told = world.agency("council").asks(ISOLDE.about(), staff="sw")
    assert told.people == {"subject": [["ac", "csc"]]}
    from_the_other_end = world.agency("council").asks(elsewhere.about(), staff="sw")
    # By one number it is the hospital's record; the council's fits neither the question nor the school's.
    assert from_the_other_end.people == {"subject": [["ac", "ed"]]}


def test_the_four_kinds_of_nothing_are_told_apart(quick_world: World) -> None:
    """Silence says whether there is no record, no delivery yet, a rule against it, or no cover for this person."""
    world = quick_world
    world.agency("council").posts(*export("csc", [Row(MINA, "C1")]))
    world.agency("homes").posts(*export("hs", [Row(STRANGER, "T1")]))
    world.agency("probation").posts(*export("pr", [Row(STRANGER, "O1")]))
    world.agency("police").posts(*export("po", [Row(MINA, "X1", protection="restriction", risk="none")]))
    told = world.agency("council").asks(MINA.about(), staff="sw")
    kinds = {source: told.nothing(source) for source in ("csc", "hs", "fr", "po", "pr")}
    assert kinds == {
        "csc": None,
        "hs": "no_record_found",
        "fr": "no_answer_yet",
        "po": "not_shown",
        "pr": "not_covered",
    }


def test_nobody_is_found_where_nobody_is_known(world: World) -> None:
    """A question about somebody whom no agency knows has an answer of the same length, and a receipt."""
    post_family(world)
    found = world.agency("council").asks(MINA.about(), staff="sw")
    nobody = world.agency("council").asks(STRANGER.about(), staff="sw")
    assert nobody.people == {}
    assert {one.nothing for one in nobody.story.sources} <= {"no_record_found", "no_answer_yet", "not_covered"}
    assert len(nobody.answer.receipt) == 1
    sizes = [len(one.answer or b"") for one in world.traffic if one.path == "/v1/questions"]
    assert sizes == [96 * 1024] * 2, found.story.reference
