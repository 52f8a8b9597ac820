"""An agency pauses sharing: from the next question on its services tell nothing, and go on protecting."""

from __future__ import annotations

import json
import os
import random
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from people import JORAM, MINA, OTTO, STRANGER, Row, export
from promises import events
from signed import secrets_of, send
from test_silence_everywhere import seen
from world import World

from broker.actions import tell_story
from broker.actions.judge_family import as_protected, judge_family
from broker.actions.pause_sharing import RESUME_WORKING_DAYS, pause_again
from broker.actions.read_pauses import paused_services
from broker.agency import pseudonyms
from broker.policy.clocks import due_after
from broker.store import pauses, verdicts
from broker.story.held import HeldPerson
from broker.wire.fields import encode64

CARE = Row(MINA, "C1", {"csc.cin_status": "open"})
SERVICES = ("csc", "eh", "yj", "hl", "as")


def asked(world: World, person: Any = MINA, *, agency: str = "council", staff: str = "sw", **how: Any) -> Any:
    return world.agency(agency).asks(person.about(), staff=staff, **how)


def runs(world: World, *words: str, agency: str = "council", staff: str = "mash") -> Any:
    return world.agency(agency).runs(*words, "--as", staff)


def ends(world: World, *services: str, agency: str = "council") -> None:
    """Two people resume."""
    runs(world, "resume", *services, agency=agency, staff="sw").ok()
    runs(world, "resume", *services, "--agree", agency=agency, staff="mash").ok()


def acts(world: World) -> list[tuple[str, tuple[str, ...]]]:
    return [(one["act"], tuple(one["sources"])) for one in events(world) if one["typ"] == "pause"]


def test_a_paused_service_tells_nothing_and_says_so(world: World) -> None:
    """It goes on telling; or an asker takes its silence for "nobody known"."""
    world.agency("council").posts(*export("csc", [CARE]))
    world.agency("school").posts(*export("ed", [Row(MINA, "P1")]))
    assert asked(world).people["subject"] == [["csc", "ed"]]

    runs(world, "pause", "csc").ok()
    told = asked(world)
    assert (told.people["subject"], told.nothing("csc"), told.nothing("ed")) == ([["ed"]], "paused", None)
    [said] = [one for one in told.story.sources if one.source == "csc"]
    assert (said.found, said.paused_since, bool(said.phone)) == (False, world.now.date(), True)
    page = world.agency("council").asking(MINA.about(), staff="sw").ok().out
    assert (
        "Children's social care has told nobody anything since 22 November 2026, and may know this family. Ring 016"
        in page
    )
    assert "Sharing paused (they tell nobody anything for now, so silence means nothing): Children's" in page

    ends(world, "csc")
    told = asked(world)
    assert (told.people["subject"], told.nothing("csc")) == ([["csc", "ed"]], None)
    assert acts(world) == [("paused", ("csc",)), ("resume-proposed", ("csc",)), ("resumed", ("csc",))]
    world.check()


def test_it_does_not_show_whether_a_paused_service_knows_somebody(quick_world: World) -> None:
    """Somebody learns from the answer, its length, receipt, page or log that a paused service has a record."""
    world = quick_world
    world.agency("school").posts(*export("ed", [Row(OTTO, "P1")]))
    found = []
    for held in ([Row(STRANGER, "C9")], [Row(STRANGER, "C9"), Row(OTTO, "C2"), Row(MINA, "C1", parents=("C2",))]):
        world.later(minutes=10)
        world.agency("council").posts(*export("csc", held), "--confirm-large")
        if not found:
            runs(world, "pause", "csc").ok()
        found.append(seen(world))
    assert found[0] == found[1]
    assert "paused" in json.dumps([story for story, *_ in found[0]])


def test_what_a_paused_service_protects_stays_protected(quick_world: World) -> None:
    """Pausing opens where a hidden mother's child goes to school."""
    world = quick_world
    family = [Row(OTTO, "C2", protection="safe_address"), Row(MINA, "C1", parents=("C2",)), Row(JORAM, "C3")]
    world.agency("council").posts(*export("csc", family))
    world.agency("school").posts(*export("ed", [Row(MINA, "P1"), Row(OTTO, "P2")]))
    hidden = {"subject": [["csc"]], "parent": [["csc"]]}
    assert asked(world).people == hidden
    runs(world, "pause", "csc").ok()
    told = asked(world)
    assert (told.people, told.nothing("ed"), told.nothing("csc")) == ({}, "no_record_found", "paused")
    assert asked(world, OTTO).people == {}


def test_a_relationship_that_a_paused_service_knows_is_not_told(quick_world: World) -> None:
    """It tells nothing of the person and still names the family; or an adopted child's two lives come together."""
    world = quick_world
    world.agency("council").posts(*export("csc", [Row(OTTO, "C2"), Row(MINA, "C1", parents=("C2",))]))
    world.agency("council").posts(*export("eh", [Row(MINA, "E1"), Row(OTTO, "E2")]))
    assert asked(world).people == {"subject": [["csc", "eh"]], "parent": [["csc", "eh"]]}
    runs(world, "pause", "csc").ok()
    assert asked(world).people == {"subject": [["eh"]]}


def test_a_paused_record_vouches_for_nobody(quick_world: World) -> None:
    """What only the paused service knows brings two records of others together."""
    world = quick_world
    world.agency("council").posts(*export("csc", [Row(MINA, "C1"), Row(OTTO, "C2")]))
    world.agency("council").posts(*export("eh", [Row(MINA, "E1", parents=("E2",)), Row(OTTO, "E2")]))
    world.agency("school").posts(*export("ed", [Row(OTTO, "P2")]))
    runs(world, "pause", "csc").ok()
    told = asked(world)
    assert told.people == {"subject": [["eh"]], "parent": [["ed", "eh"]]}
    assert told.nothing("csc") == "paused"
    ends(world, "csc")
    # With two numbers of which one must be wrong, the paused record would keep the school's out of the family.
    world.later(minutes=10)
    world.agency("council").posts(*export("csc", [Row(MINA, "C1"), Row(replace(OTTO, nhs="9990000034"), "C2")]))
    world.agency("council").posts(*export("eh", [Row(MINA, "E1", parents=("E2",)), Row(replace(OTTO, nhs=""), "E2")]))
    assert asked(world).people["parent"] == [["csc", "eh"]]
    runs(world, "pause", "csc").ok()
    assert asked(world).people["parent"] == [["ed", "eh"]]


def test_a_paused_record_contradicts_nobody(quick_world: World) -> None:
    """Another's match becomes less certain by what only the paused service knows, and shows that it knows somebody."""
    world = quick_world
    world.agency("council").posts(*export("eh", [Row(replace(MINA, nhs="9990000034"), "E1")]))
    runs(world, "pause", "csc").ok()
    matches = []
    for rows in ([Row(STRANGER, "C9")], [Row(STRANGER, "C9"), Row(MINA, "C1")]):
        world.later(minutes=10)
        world.agency("council").posts(*export("csc", rows))
        [subject] = asked(world, replace(MINA, nhs="")).story.people
        matches.append([(one.source, one.match) for one in subject.involvements])
    assert matches == [[("eh", "certain")]] * 2


def test_a_relative_is_as_protected_as_their_paused_record(quick_world: World) -> None:
    """A protection that only a paused record of a relative leads to is lost on the way to the others."""

    def person(relationship: str, *ids: bytes, kind: str) -> Any:
        records: Any = tuple(SimpleNamespace(id=one) for one in ids)
        return HeldPerson(relationship, records, frozenset({kind}))

    told, with_paused = person("parent", b"1", kind="restriction"), person("parent", b"1", b"2", kind="safe_address")
    another = person("sibling", b"3", kind="witness")
    assert as_protected(told, [with_paused, another]).protections == {"restriction", "safe_address"}


def test_neither_an_emergency_nor_everything_at_once_opens_it(quick_world: World) -> None:
    """Emergency access lifts a pause; or an agency can pause one service and not all."""
    world = quick_world
    world.agency("council").posts(*export("csc", [CARE]))
    runs(world, "pause", "--all").ok()
    words = ("--emergency", "a child is missing since this morning and nobody knows where she may be")
    told = asked(world, agency="school", staff="dsl", options=words)
    assert told.people == {}
    assert {told.nothing(one.source) for one in told.story.sources if one.agency == "council"} == {"paused"}
    assert acts(world) == [("paused", tuple(sorted(SERVICES)))]
    ends(world, "--all")
    assert asked(world, agency="school", staff="dsl").people


def test_a_pause_that_lasts_is_public(quick_world: World) -> None:
    """A service stops telling for months and nobody outside knows; or a pause of an hour is everybody's news."""
    world = quick_world

    def register() -> str:
        return str(world.network.clients["broker"].get("/register").text)

    runs(world, "pause", "csc").ok()
    [one] = paused_services(world.parts)
    assert (one.service, one.since) == ("Children's social care", world.now.date())
    assert "paused sharing" not in register()
    world.later(days=7, minutes=1)
    assert "Children&#x27;s social care, Brackwater Council: since 22 November 2026" in register()
    ends(world, "csc")
    assert "paused sharing" not in register()


def said(world: World, act: str, staff: str, *, use: str = "review", sources: Any = ("csc",), **changes: Any) -> str:
    """The code with which the broker refuses this, or what it did."""
    who = pseudonyms.staff(secrets_of(world, "council").bytes32("reference"), staff)
    body = {"v": 1, "id": encode64(os.urandom(16)), "agency": "council", "staff": who, "act": act} | changes
    content = json.dumps({**body, "sources": list(sources)}).encode()
    found = send(world, "council", use, method="POST", path="/v1/pauses", body=content)
    return str(found.json["done"]) if found.status == 200 else found.code


def test_who_may_not_and_what_is_so_already(quick_world: World) -> None:
    """One person resumes, a stolen key does, or an agency pauses another's services."""
    world = quick_world
    assert said(world, "pause", "sw", use="desk") == "pause-key"
    assert said(world, "pause", "sw", use="delivery") == "signing-key-unknown"
    assert said(world, "pause", "sw", sources=("csc", "ed")) == "source-not-yours"
    assert said(world, "pause", "sw", agency="school") == "agency-differs"
    assert said(world, "pause", "sw", sources=("csc", "csc")) == "schema-invalid"
    assert said(world, "pause", "sw", sources=()) == "schema-invalid"
    assert said(world, "resume", "sw", use="desk") == "pause-none"
    assert said(world, "pause", "sw") == "paused"
    assert said(world, "pause", "kw") == "pause-held"
    assert said(world, "resume", "kw") == "pause-not-resuming"
    assert said(world, "resume", "kw", use="desk", sources=("csc", "eh")) == "pause-none"
    assert said(world, "resume", "kw", use="desk") == "resume-proposed"
    assert said(world, "resume", "sw", use="desk") == "pause-resuming"
    assert said(world, "resume", "kw") == "pause-same-person"
    assert said(world, "pause", "mash") == "paused", "a second person keeps it paused"
    assert said(world, "resume", "mash") == "pause-not-resuming"
    assert said(world, "resume", "kw", use="desk") == "resume-proposed"
    world.later(days=5)
    assert said(world, "resume", "mash") == "pause-not-resuming", "a proposal lapses"
    assert said(world, "resume", "kw", use="desk") == "resume-proposed"
    assert said(world, "resume", "sw") == "resumed"
    assert said(world, "resume", "sw") == "pause-none"
    once = encode64(os.urandom(16))
    assert [said(world, "pause", "sw", id=once) for _ in range(2)] == ["paused", "pause-used"]


def test_the_officer_and_the_operator_see_what_has_paused(quick_world: World) -> None:
    """Nobody remembers that a service tells nothing, or who stopped it."""
    world = quick_world
    council = world.agency("council")
    assert council.runs("pauses").ok().out.strip() == "all your services share"
    runs(world, "pause", "csc", "eh", staff="sw").ok()
    runs(world, "resume", "eh", staff="kw").ok()
    [care, help_] = council.runs("pauses", "--json").ok().result["pauses"]
    assert (care["source"], care["paused_by"], "resuming_by" in care) == ("csc", "sw", False)
    assert (help_["source"], help_["resuming_by"], help_["due"]) == ("eh", "kw", "2026-11-24")
    assert "eh: paused since 22 November 2026 at " in council.runs("pauses").ok().out
    assert world.agency("school").runs("pauses").ok().out.strip() == "all your services share"
    ran = council.runs("pause", "--as", "sw")
    assert "services-unsaid" in ran.error


def test_a_restored_database_pauses_again(quick_world: World) -> None:
    """A backup of before the pause is restored, and the service tells again in silence; or one that resumed doesn't."""
    world = quick_world
    runs(world, "pause", "csc", "eh", "yj").ok()
    ends(world, "eh")
    runs(world, "resume", "yj", staff="sw").ok()
    log = events(world)
    with world.parts.store.look() as connection:
        before = pauses.since(connection)
    with world.parts.store.begin() as tx:
        pauses.remove(tx.connection, SERVICES)
        pauses.put(
            tx.connection, world.parts.keyring, [pauses.Pause("eh", "council", 1, "sw")], random=world.parts.random
        )
        pause_again(world.parts, tx, log)
        tx.audit(
            world.parts.entry(world.parts.stamp("broker").event("admin", {"act": "caught-up", "what": "test"}, {}))
        )
    with world.parts.store.look() as connection:
        assert pauses.since(connection) == before
    assert set(before) == {"csc", "yj"}
    ends(world, "csc", "yj")


def test_the_commands_on_the_officers_page_are_as_written(quick_world: World) -> None:
    """An officer copies a command at three in the morning, and it is wrong."""
    known = {"r.bell": "mash", "j.doe": "sw"}
    page = (Path(__file__).parents[2] / "docs" / "for" / "ig-officers.md").read_text(encoding="utf-8")
    [block] = [one for one in page.split("```") if "broker-agency pause " in one]
    for line in block.split("\n")[1:-1]:
        words = [known.get(word, word) for word in line.split()[1:]]
        quick_world.agency("council").runs(*words).ok()
    assert [act for act, _ in acts(quick_world)] == ["paused", "resume-proposed", "resumed"]


STAFF = ("sw", "kw", "mash")
DOES = {"pause": "review", "resume": "desk", "agree": "review"}


@pytest.mark.parametrize("steps", [60, pytest.param(400, marks=pytest.mark.long)])
def test_no_walk_of_acts_resumes_what_two_did_not_want_to(quick_world: World, steps: int) -> None:
    """Some order of pausing, proposing, agreeing and waiting lets one person resume; or what is told follows another
    state than the log's."""
    world, rng = quick_world, random.Random(steps)
    world.agency("council").posts(*export("csc", [CARE]))
    is_paused, proposer, until, ended = False, "", world.now, 0
    for step in range(steps):
        act, staff = rng.choice([*DOES, *DOES, "wait"]), rng.choice(STAFF)
        if act == "wait":
            world.later(hours=rng.choice((1, 30, 80)))
            continue
        done = said(world, "resume" if act == "agree" else act, staff, use=DOES[act])
        waits = proposer if world.now < until else ""
        if act == "pause":
            assert (done == "paused") == (not is_paused or bool(waits)), done
            is_paused, proposer = True, ""
        elif act == "resume":
            assert (done == "resume-proposed") == (is_paused and not waits), done
            if done == "resume-proposed":
                proposer, until = staff, due_after(world.now, RESUME_WORKING_DAYS)
        else:
            assert (done == "resumed") == (is_paused and waits not in ("", staff)), "one person resumed it"
            if done == "resumed":
                is_paused, proposer, ended = False, "", ended + 1
        if step % 10 == 0:
            told = asked(world, agency="school", staff="dsl")
            assert (told.nothing("csc") == "paused") == is_paused
            assert (told.people == {}) == is_paused
    assert ended, "the walk never resumed anything, and shows nothing"


def test_an_answer_under_way_is_not_told_past_a_pause(quick_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A question that was looked up before the pause is answered after it."""
    world = quick_world
    world.agency("council").posts(*export("csc", [CARE]))
    judge = judge_family

    def meanwhile(*arguments: Any) -> Any:
        found = judge(*arguments)
        monkeypatch.setattr(tell_story, "judge_family", judge)
        assert said(world, "pause", "sw") == "paused"
        return found

    monkeypatch.setattr(tell_story, "judge_family", meanwhile)
    ran = world.agency("council").asking(MINA.about(), staff="sw")
    assert "sharing-changed" in ran.error, ran.error
    assert asked(world).nothing("csc") == "paused"


def test_a_pause_waits_for_the_answers_under_way(world: World) -> None:
    """The log says that a service has paused, and after that an answer tells of it."""
    order = list[str]()

    def stop() -> None:
        order.append(said(world, "pause", "sw"))

    with ThreadPoolExecutor(1) as pool:
        with world.parts.store.begin() as tx:
            verdicts.hold(tx.connection)
            stopping = pool.submit(stop)
            wait([stopping], timeout=0.3)
            order.append("told")
            tx.audit(world.parts.entry(world.parts.stamp("broker").event("admin", {"act": "told"}, {})))
        stopping.result(timeout=20)
    assert order == ["told", "paused"]
