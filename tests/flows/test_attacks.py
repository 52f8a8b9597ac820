"""What an attacker with one agency's keys tried, each as a tale that must not come true again."""

from __future__ import annotations

from dataclasses import replace

from people import ISOLDE, MINA, OTTO, STRANGER, Row, export
from promises import events
from world import World

from broker.audit.matters import PARTS


def test_guessing_postcodes_about_a_hidden_person_finds_nothing(world: World) -> None:
    """A caseworker walks through postcodes, and the one that answers is where she is."""
    moved = replace(ISOLDE, postcode="ZY77 4JD")
    world.agency("police").posts(*export("po", [Row(replace(ISOLDE, postcode=""), "X1", protection="safe_address")]))
    world.agency("council").posts(*export("csc", [Row(moved, "C1"), Row(STRANGER, "C2")]))
    desk = world.agency("council")
    told = []
    for postcode in ("ZY66 1AB", "ZY77 4JD"):
        guess = {"forename": ISOLDE.forename, "surname": ISOLDE.surname, "postcode": postcode}
        told.append((desk.asks(guess, staff="sw").people, desk.asks(guess, staff="sw").nothing("csc")))
    assert told[0] == told[1]
    assert desk.asks({**moved.about(), "postcode": ""}, staff="sw").people == {"subject": [["csc", "po"]]}


def test_one_record_with_another_number_does_not_hide_the_others(world: World) -> None:
    """One wrong NHS number makes every other agency's record of a child vanish."""
    wrong = replace(MINA, nhs="9434765919")
    without = {name: value for name, value in MINA.about().items() if name != "nhs"}
    world.agency("nhs").posts(*export("ac", [Row(wrong, "A1")]))
    world.agency("council").posts(*export("csc", [Row(MINA, "C1")]))
    world.agency("nhs").posts(*export("hv", [Row(MINA, "H1")]))
    world.agency("school").posts(*export("ed", [Row(replace(MINA, nhs=""), "P1")]))
    told = world.agency("council").asks(without, staff="sw")
    matches = {block.source: block.match for block in told.person().involvements}
    assert matches == {"csc": "certain", "hv": "certain", "ed": "certain", "ac": "probable"}


def test_a_service_that_may_not_protect_hides_nobody(world: World) -> None:
    """Any agency hides anybody from everybody by calling them a protected witness."""
    world.agency("council").posts(*export("csc", [Row(OTTO, "C1")]))
    sent = world.agency("fire").sends(*export("fr", [Row(OTTO, "F1", protection="witness")]))
    assert sent.code == 4
    late = world.agency("police").sends(*export("po", [Row(OTTO, "X1", protection="witness", review_by="2099-01-01")]))
    assert late.code == 4
    assert world.agency("council").asks(OTTO.about(), staff="sw").people == {"subject": [["csc"]]}


def test_the_leaves_of_an_answer_have_one_time(world: World) -> None:
    """The gaps between the times of a receipt's leaves tell that something was written between them."""
    world.agency("council").posts(*export("csc", [Row(OTTO, "C1")]))
    world.agency("homes").posts(*export("hs", [Row(OTTO, "T1")]))
    world.agency("council").asks(OTTO.about(), staff="sw")
    times = {event["t"] for event in events(world) if event["typ"] == "answer" or event["typ"] in PARTS}
    assert len(times) == 1
    assert times.pop().endswith(".000000Z")


def test_a_withheld_record_leads_to_nobody(world: World) -> None:
    """A record whose use is restricted still tells who the parents are."""
    held = Row(MINA, "C1", parents=("C2",), protection="restriction")
    world.agency("council").posts(*export("csc", [replace(held, risk="none"), Row(OTTO, "C2")]))
    assert "parent" not in world.agency("council").asks(MINA.about(), staff="sw").people


def test_what_is_silent_shows_in_no_leaf(world: World) -> None:
    """Whoever reads the leaves sees that something was withheld silently, and of which agency."""
    world.agency("police").posts(*export("po", [Row(OTTO, "X9", protection="safe_address")]))
    world.agency("homes").posts(*export("hs", [Row(OTTO, "T2")]))
    world.agency("council").asks(OTTO.about(), staff="sw")
    parts = [event for event in events(world) if event["typ"] == "nothing"]
    assert {"homes", "fire"} <= {event["source"] for event in parts}, "the silent one is not among them"
    assert len({(tuple(sorted(event)), len(event["_sd"])) for event in parts}) == 1


def test_every_agency_has_one_leaf_whatever_was_found(world: World) -> None:
    """The number of leaves, or of their digests, tells how much of an agency's records was withheld silently."""

    def leaves() -> dict[str, tuple[str, int]]:
        before = len(events(world))
        world.agency("council").asks(OTTO.about(), staff="sw")
        new = events(world)[before:]
        found = [event for event in new if event["typ"] in PARTS]
        assert len({event["source"] for event in found}) == len(found)
        return {event["source"]: (event["typ"], len(event["_sd"])) for event in found}

    nobody = leaves()
    assert set(nobody.values()) == {("nothing", 2)}
    world.agency("council").posts(*export("csc", [Row(OTTO, "C1")]))
    world.agency("homes").posts(*export("hs", [Row(OTTO, "T2")]))
    told = leaves()
    world.agency("police").posts(*export("po", [Row(OTTO, "X9", protection="safe_address")]))
    silent = leaves()
    assert told["homes"][0] == "disclose" and silent["homes"] == ("nothing", 2), "nothing became silent: a poor example"
    assert silent == {**told, "homes": nobody["homes"], "police": silent["police"]}
