"""Story 4, a safe address: a mother and two children in a refuge, and everybody who might tell where.

Whoever asks, about whomever of the family, for whatever purpose, no output anywhere holds what tells where they are:
no answer, and no feed, list or report either.
"""

from __future__ import annotations

import json
from dataclasses import replace

import canaries
from people import Person, Row, export
from refusal_flows import fed
from world import STAFF, World

from broker.actions.read_protections import report_protections
from broker.actions.report_refusals import report_refusals
from broker.actions.run_clocks import run_clocks

PRIYA = Person("Priyamvadha", "Oststrandish", "1991-04-08", "ZY47 7QX", nhs="9990000018", sex="f")
ASHA = Person("Ashalinda", "Oststrandish", "2015-09-02", "ZY47 7QX", nhs="9990000026", sex="f")
ROHAN = Person("Rohanesto", "Oststrandish", "2018-11-30", "ZY47 7QX", nhs="9990000034", sex="m")
DEV = Person("Devendrian", "Oststrandish", "1988-02-17", "ZY47 7QX", nhs="9990000042", sex="m")
REFUGE = "ZY88 8JJ"
WHERE = ("kestrel_quay", "Kestrel Quay", "plover_court", "Plover Court", "sanderling", "Lantern House", "Harbourmaster")
WHERE += (REFUGE, REFUGE.replace(" ", ""))


def moved(person: Person) -> Person:
    return replace(person, postcode=REFUGE)


def before(world: World) -> None:
    """The old home: all four at one address, known to the council, the school, the landlord and the doctor."""
    children = [Row(ASHA, "P1", {"ed.school": "millrace_primary"}), Row(ROHAN, "P2", {"ed.school": "millrace_primary"})]
    world.agency("school").posts(*export("ed", children))
    world.agency("homes").posts(*export("hs", [Row(DEV, "T1"), Row(PRIYA, "T2")]))


def flee(world: World, *, flagged: bool) -> None:
    """The refuge: a new school, doctor, clinic, home and postcode, posted by those who must know; and the flags."""
    world.later(hours=2)
    flag = "safe_address" if flagged else ""
    three = (PRIYA, ASHA, ROHAN)
    parents = {PRIYA: (), ASHA: ("C0", "C9"), ROHAN: ("C0", "C9")}
    csc = [Row(moved(one), f"C{n}", protection=flag, parents=parents[one]) for n, one in enumerate(three)]
    world.agency("council").posts(*export("csc", [*csc, Row(DEV, "C9")]))
    police = world.agency("police")
    police.posts(*export("po", [Row(moved(one), f"X{n}") for n, one in enumerate(three)]))
    for n in range(len(three)) if flagged else ():
        # One officer, at once, and not with the next file.
        which = ("po", f"X{n}", "--kind", "safe_address", "--review-by", "2027-05-01")
        police.runs("protect", *which, "--as", "pvp").ok()
    placed = {"hl": {"hl.temp_accommodation": "yes"}, "gp": {"gp.registered_practice": "plover_court_surgery"}}
    placed |= {"hv": {"hv.clinic": "sanderling_clinic"}, "dv": {"dv.safe_contact": "school_hours"}, "ac": {}}
    for source, items in placed.items():
        agency = {"hl": "council", "gp": "gp", "dv": "voluntary"}.get(source, "nhs")
        rows = [Row(moved(one), f"{source}{n}", items) for n, one in enumerate(three)]
        world.agency(agency).posts(*_named(*export(source, rows)))
    school = [Row(moved(one), f"N{n}", {"ed.school": "kestrel_quay_school"}) for n, one in enumerate((ASHA, ROHAN))]
    world.agency("school").posts(*_named(*export("ed", school)))


def _named(csv: str, mapping: str) -> tuple[str, str]:
    """The delivery as the refuge's town writes it: its provider, its team and its area all tell where it is."""
    mapping = mapping.replace('provider = "Service of', 'provider = "Lantern House, ')
    mapping = mapping.replace('yes = "hl.temp_accommodation"', 'on = "Started"')
    return csv, mapping.replace("[lead]", '[lead]\nteam = { constant = "Harbourmaster team" }')


def outputs(world: World) -> dict[str, bytes]:
    """Everything that anybody sees who may ask: every answer to every role, on the wire and on the screen."""
    found: dict[str, bytes] = {}
    roles = world.parts.policies.vocabulary.roles
    for agency, staff in STAFF.items():
        for member in staff:
            first, *more = roles[member.role].purposes
            for person, purposes in ((ASHA, [first]), (PRIYA, more[:1]), (DEV, [first])):
                for purpose in purposes:
                    ran = world.agency(agency).asking(person.about(), staff=member.id, purpose=purpose)
                    name = f"{member.role} about {person.forename} for {purpose}"
                    found[name] = (ran.out + ran.error).encode() + answered(world)
    return found


def answered(world: World) -> bytes:
    """The last answer to a question, as it went over the wire."""
    return next(one.answer or b"" for one in reversed(world.traffic) if one.path == "/v1/questions")


def lists(world: World) -> dict[str, bytes]:
    """Everything else that an agency which posts nothing here reads of it, and the operator's reports."""
    commands: tuple[tuple[str, ...], ...] = (("feed", "--all"), ("challenges",), ("challenges", "--ours"), ("recalls",))
    commands += (("silent",), ("protections",))
    found: dict[str, bytes] = {}
    for agency in ("homes", "jobcentre", "school", "nhs"):
        for command in commands:
            before = len(world.traffic)
            named = ("--as", "to") if agency == "homes" and command[0] not in ("feed", "recalls") else ()
            ran = world.agency(agency).runs(*command, *named, "--json").ok()
            sent = b"".join(one.answer or b"" for one in world.traffic[before:])
            found[f"{agency} {' '.join(command)}"] = ran.out.encode() + sent
    # The father uses his rights at his landlord's, and reads what is told of him.
    homes, his = world.agency("homes"), ("--as", "to", "--json")
    for right in ("access", "objection"):
        found[right] = homes.runs("right", right, "hs", "T1", *his).ok().out.encode()
    found["rights"] = homes.runs("rights", *his).ok().out.encode()
    found["his report"] = homes.runs("person-report", "hs/T1", *his).ok().out.encode()
    reports = (report_refusals(world.parts, days=30), report_protections(world.parts), run_clocks(world.parts))
    return found | {"reports": repr(reports).encode()}


def test_nobody_learns_where_they_are(quick_world: World) -> None:
    """The cousin in housing, the father's worker or any other role finds the refuge, the school or the doctor."""
    world = quick_world
    before(world)
    flee(world, flagged=True)
    found = canaries.search(WHERE, outputs(world))
    assert not found, f"an output tells where they are: {found}"
    world.later(days=4)
    run_clocks(world.parts)
    told = lists(world)
    found = canaries.search(WHERE, told)
    assert not found, f"a list, a feed or a report tells where they are: {found}"
    # Nor that there is anything: neither the protections, nor that nobody confirmed one, are anybody else's to know.
    for agency, staff in (("homes", "to"), ("jobcentre", "wc")):
        assert [one for one in fed(world, agency) if one[0].startswith("protection")] == []
        own = json.loads(world.agency(agency).runs("protections", "--as", staff, "--json").out)["protections"]
        assert {one["kind"] for one in own} <= {"objection_pending"}, "the father's own objection is the landlord's"
    diagnostics = {"diagnostics": world.diagnostics.getvalue().encode(), "screens": "\n".join(world.said).encode()}
    assert not canaries.search(WHERE, diagnostics)


def test_without_the_flag_the_agreements_share_it(quick_world: World) -> None:
    """The search finds nothing because there is nothing to find."""
    world = quick_world
    before(world)
    flee(world, flagged=False)
    page = world.agency("council").asking(ASHA.about(postcode=REFUGE), staff="sw").ok().out
    answer = answered(world).decode()
    for word in ("Kestrel Quay", "Plover Court", "sanderling", "Lantern House", "Harbourmaster"):
        assert word.lower() in (page + answer).lower(), word


def test_the_new_records_leave_no_trace(quick_world: World) -> None:
    """That there is a new school or doctor shows, though not which: the answer, its length or its receipt differ."""
    world = quick_world
    before(world)
    for agency, source in (("council", "csc"), ("police", "po")):
        rows = [Row(one, f"{source}{n}", protection="safe_address") for n, one in enumerate((PRIYA, ASHA, ROHAN))]
        world.agency(agency).posts(*export(source, rows))
    world.agency("gp").posts(*export("gp", [Row(DEV, "G9", {"gp.registered_practice": "harbour_surgery"})]))
    without = [_seen(world, person) for person in (PRIYA, ASHA)]
    world.later(hours=1)
    plover = {"gp.registered_practice": "plover_court_surgery"}
    rows = [Row(moved(one), f"G{n}", plover) for n, one in enumerate((PRIYA, ASHA))]
    world.agency("gp").posts(*export("gp", [Row(DEV, "G9", {"gp.registered_practice": "harbour_surgery"}), *rows]))
    assert [_seen(world, person) for person in (PRIYA, ASHA)] == without


def _seen(world: World, person: Person) -> tuple[object, ...]:
    told = world.agency("council").asks(person.about(), staff="sw")
    story = json.loads(told.story.model_dump_json(exclude={"reference", "asked_at"}))
    for someone in story["people"]:
        someone["handle"] = ""
        for block in someone["involvements"]:
            block["handle"] = ""
    return story, len(answered(world)), len(told.answer.receipt)
