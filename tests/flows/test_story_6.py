"""Story 6, a mistaken merge: two people told of as one are parted by one verdict, and every earlier reader is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import httpx2
import pytest
from people import Person, Row, export
from promises import events
from signed import say, send
from world import World

from broker.actions.find_answer import find_answer
from broker.wire.fields import parse
from broker.wire.recall import Recalls

SENIOR = Person("Mohammed", "Khan", "1958-03-14", "ZY47 7QX", nhs="9990000018", sex="m")
JUNIOR = Person("Mohammed", "Khan", "1987-10-02", "ZY47 7QX", nhs="9990000026", sex="m")
JAYDEN = Person("Jayden", "Ashworth", "2019-05-21", "ZY47 7QX", nhs="9990000034", sex="m")
JAYDON = Person("Jaydon", "Ashworth", "2019-05-21", "ZY47 7QX", nhs="9990000042", sex="m")
MOTHER = Person("Samantha", "Ashworth", "1990-01-30", "ZY47 7QX", nhs="9990000050", sex="f")
READERS = (("council", "sw"), ("nhs", "hv"), ("school", "dsl"))
"""Three agencies that may each see both records."""


@dataclass(frozen=True)
class Mix:
    """Two people of whom one's record carries the other's NHS number: who they are, and what is in which export."""

    one: Person
    other: Person
    exports: Sequence[tuple[str, str, Sequence[Row]]]
    wrong: tuple[str, str, Row]
    """The record with the other's number, in its place of `exports`."""

    def post(self, world: World, *, mixed: bool) -> None:
        for agency, source, rows in self.exports:
            swapped = [self.wrong[2] if mixed and source == self.wrong[1] else row for row in rows[:1]]
            world.agency(agency).posts(*export(source, [*swapped, *rows[1:]]))


KHANS = Mix(
    SENIOR,
    JUNIOR,
    (
        ("council", "csc", [Row(SENIOR, "C1")]),
        ("voluntary", "su", [Row(SENIOR, "U1")]),
        ("nhs", "mh", [Row(JUNIOR, "M2")]),
    ),
    ("nhs", "mh", Row(replace(JUNIOR, dob=SENIOR.dob, nhs=SENIOR.nhs), "M2")),
)
TWINS = Mix(
    JAYDEN,
    JAYDON,
    (
        ("council", "csc", [Row(JAYDEN, "C1"), Row(MOTHER, "C9")]),
        ("nhs", "mh", [Row(JAYDON, "M2")]),
    ),
    ("nhs", "mh", Row(replace(JAYDON, nhs=JAYDEN.nhs), "M2")),
)


def subject(world: World, person: Person, reader: tuple[str, str]) -> list[list[str]]:
    agency, staff = reader
    return world.agency(agency).asks(person.about(), staff=staff).people.get("subject", [])


def recalled(world: World, agency: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.agency(agency).runs("recalls", "--json").ok().result["recalls"]
    return found


@pytest.mark.parametrize("mix", [KHANS, TWINS], ids=["junior and senior", "twins"])
def test_one_verdict_parts_two_people_and_every_reader_is_told(world: World, mix: Mix) -> None:
    """Whoever read that two people are one goes on believing it; or the machine joins them again."""
    mix.post(world, mixed=True)
    read = {}
    for agency, staff in READERS:
        told = world.agency(agency).asks(mix.one.about(), staff=staff)
        assert {"csc", "mh"} <= {block.source for block in told.person().involvements}, "the merge is not there"
        read[agency] = told
        world.later(minutes=7)
    one, other = (read["council"].block(source).handle for source in ("csc", "mh"))
    assert recalled(world, "nhs") == []

    assert say(world, "council", one, other=other, verdict="not_the_same").status == 200

    for agency, staff in READERS:
        [notice] = recalled(world, agency)
        story = read[agency].story
        assert (notice["reference"], notice["day"]) == (story.reference, "2026-11-22")
        assert (notice["asked_by"], notice["reason"], notice["is_new"]) == (staff, "told_as_one_person", True)
        assert [one["is_new"] for one in recalled(world, agency)] == [False]
        assert "mh" not in subject(world, mix.one, (agency, staff))[0]
    assert [agency for agency in ("police", "homes") if recalled(world, agency)] == []

    world.later(days=1)
    mix.post(world, mixed=True)
    for reader in READERS:
        assert "mh" not in subject(world, mix.one, reader)[0], "merged again"
    log = [event for event in events(world) if event["typ"] == "recall"]
    assert [event["act"] for event in log].count("made") == len(READERS)


def test_a_notice_names_nothing(quick_world: World) -> None:
    """A recall notice tells of a person, of a service or of who found the mistake."""
    world = quick_world
    KHANS.post(world, mixed=True)
    world.agency("nhs").asks(SENIOR.about(), staff="hv")
    told = world.agency("council").asks(SENIOR.about(), staff="sw")
    say(world, "council", told.block("csc").handle, other=told.block("mh").handle, verdict="not_the_same")
    answered = send(world, "nhs", "desk", method="GET", path="/v1/recalls")
    [notice] = parse(Recalls, answered.content).recalls
    assert set(notice.model_fields_set) == {"reference", "day", "reason", "to_do", "staff", "recalled_at", "is_new"}
    for word in (b"csc", b"council", b"mental", b"Khan", told.block("mh").handle.encode()):
        assert word not in answered.content.replace(b'"agency":"nhs"', b"")


def test_who_was_not_told_of_both_gets_no_notice(quick_world: World) -> None:
    """A notice tells somebody who saw one of two records that there was another."""
    world = quick_world
    KHANS.post(world, mixed=True)
    world.agency("homes").asks(SENIOR.about(), staff="to", purpose="housing_support")
    refused = world.agency("council").asks(SENIOR.about(), staff="untrained")
    assert refused.story.refusal is not None
    told = world.agency("council").asks(SENIOR.about(), staff="sw")
    say(world, "council", told.block("csc").handle, other=told.block("mh").handle, verdict="not_the_same")
    assert recalled(world, "homes") == []
    assert [notice["reference"] for notice in recalled(world, "council")] == [told.story.reference]


def test_a_link_is_traced_over_later_versions_and_closed_records(quick_world: World) -> None:
    """After the nightly delivery nobody can tell any longer who read the mistaken answer."""
    world = quick_world
    KHANS.post(world, mixed=True)
    world.agency("nhs").asks(SENIOR.about(), staff="hv")
    world.later(days=1)
    KHANS.post(world, mixed=True)
    world.later(days=1)
    KHANS.post(world, mixed=True)
    told = world.agency("council").asks(SENIOR.about(), staff="sw")
    say(world, "council", told.block("csc").handle, other=told.block("mh").handle, verdict="not_the_same")
    assert len(recalled(world, "nhs")) == len(recalled(world, "council")) == 1


def test_relatives_told_as_one_person_are_recalled_too(world: World) -> None:
    """The mother's worker read that the twins are one child, and is not told."""
    council = [Row(MOTHER, "C9"), Row(JAYDEN, "C1", parents=("C9",))]
    world.agency("council").posts(*export("csc", [replace_children(council[0], "C1"), council[1]]))
    world.agency("nhs").posts(*export("mh", [Row(replace(JAYDON, nhs=JAYDEN.nhs), "M2")]))
    told = world.agency("council").asks(MOTHER.about(), staff="sw")
    assert told.people["sibling"] == [["csc", "mh"]]
    one, other = (told.block(source, "sibling").handle for source in ("csc", "mh"))
    say(world, "council", one, other=other, verdict="not_the_same")
    assert [notice["reference"] for notice in recalled(world, "council")] == [told.story.reference]
    assert world.agency("council").asks(MOTHER.about(), staff="sw").people["sibling"] == [["csc"]]


def replace_children(row: Row, *children: str) -> Row:
    """The row with its children, whom these exports can only call siblings."""
    return replace(row, siblings=children)


class Meanwhile:
    """The linkage unit's place in the network; something happens there before the second comparison arrives.

    All look-ups for the person have been made by then.
    """

    def __init__(self, unit: Any, happens: Callable[[], object]) -> None:
        self.unit = unit
        self.happens = happens
        self.compared = 0

    def send(self, request: httpx2.Request, **options: Any) -> Any:
        self.compared += "compare" in request.url.path
        if self.compared == 2:
            self.compared += 1
            self.happens()
        return self.unit.send(request, **options)


def test_an_answer_under_way_does_not_escape_the_verdict(world: World) -> None:
    """A question that was being answered while the verdict was given tells of both, and its reader is never told."""
    KHANS.post(world, mixed=True)
    told = world.agency("council").asks(SENIOR.about(), staff="sw")
    one, other = (told.block(source).handle for source in ("csc", "mh"))
    clients, unit = world.network.clients, world.network.clients["linkunit"]
    clients["linkunit"] = Meanwhile(unit, lambda: say(world, "council", one, other=other, verdict="not_the_same"))  # type: ignore[assignment]
    late = world.agency("nhs").asking(SENIOR.about(), staff="hv")
    clients["linkunit"] = unit
    assert (late.code, "records-parted" in late.error) == (5, True)
    assert "mh" not in subject(world, SENIOR, ("nhs", "hv"))[0]
    assert [len(recalled(world, agency)) for agency in ("council", "nhs")] == [1, 0]


def test_a_second_mistake_in_one_answer_is_recalled_again(quick_world: World) -> None:
    """A notice that was read already hides a later one about the same answer; several at once make several notices."""
    world = quick_world
    KHANS.post(world, mixed=True)
    world.agency("voluntary").posts(*export("su", [Row(replace(JUNIOR, dob=SENIOR.dob, nhs=SENIOR.nhs), "U1")]))
    told = world.agency("council").asks(SENIOR.about(), staff="sw")
    handles = {source: told.block(source).handle for source in ("csc", "mh")}
    say(world, "council", handles["csc"], other=handles["mh"], verdict="not_the_same")
    say(world, "council", handles["csc"], other=handles["mh"], verdict="not_the_same")
    assert [notice["is_new"] for notice in recalled(world, "council")] == [True]
    say(world, "council", handles["csc"], other=handles["mh"], verdict="not_the_same")
    assert [notice["is_new"] for notice in recalled(world, "council")] == [True]


def test_the_auditor_sees_what_was_recalled_and_why(quick_world: World) -> None:
    """Nobody can show that every reader was told."""
    world = quick_world
    KHANS.post(world, mixed=True)
    told = world.agency("council").asks(SENIOR.about(), staff="sw")
    say(world, "council", told.block("csc").handle, other=told.block("mh").handle, verdict="not_the_same")
    found = find_answer(world.parts, told.story.reference)
    assert sorted(len(person) for person in found["cover"]["together"])[-1] >= 2
    made = [event for event in events(world) if event["typ"] == "recall"]
    assert [(event["act"], event["org"], sorted(event)) for event in made] == [
        ("made", "broker", ["_sd", "act", "id", "org", "t", "typ", "v"])
    ]


def test_the_desk_gives_a_verdict_by_the_answers_reference(quick_world: World) -> None:
    """A caseworker who sees the mistake has no way to say so."""
    world = quick_world
    KHANS.post(world, mixed=True)
    council = world.agency("council")
    told = council.asks(SENIOR.about(), staff="sw")
    listed = council.runs("verdict", told.story.reference, "--json").ok().result["blocks"]
    number = {block["source"]: str(block["number"]) for block in listed}
    assert set(number) >= {"csc", "mh"}
    pair = ("--one", number["csc"], "--other", number["mh"])
    assert council.runs("verdict", told.story.reference, *pair, "--as", "sw", "--json").ok().result["recorded"] == 1
    assert "mh" not in subject(world, SENIOR, ("council", "sw"))[0]
    assert "NEW  answer" in council.runs("recalls").ok().out
    assert council.runs("verdict", "0000-0000-0", "--as", "sw").code == 3
    assert council.runs("verdict", told.story.reference, "--one", "77", "--other", "1", "--as", "sw").code == 3
    world.later(hours=2)
    assert "handle-old" in council.runs("verdict", told.story.reference, *pair, "--as", "sw").error


def test_notices_are_for_the_desk_alone(quick_world: World) -> None:
    """A delivery server learns what was asked."""
    answered = send(quick_world, "council", "delivery", method="GET", path="/v1/recalls")
    assert (answered.status, answered.code) == (403, "signing-key-unknown")
