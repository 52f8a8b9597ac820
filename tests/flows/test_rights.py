"""People's rights over HTTP: what each does at once, who decides, by when, who is told, and what is refused."""

from __future__ import annotations

import datetime as dt
import json
import threading
from typing import Any

import pytest
from people import OTTO, Row, export
from promises import events
from refusal_flows import fed
from right_flows import clock, decide, post_otto, recalled, take, taken, waiting
from signed import Answered, secrets_of, send
from typer.testing import CliRunner
from world import World

from broker.actions.run_clocks import RIGHTS_KEPT_DAYS, run_clocks
from broker.agency import pseudonyms
from broker.cli.main import app
from broker.cli.runs import Given
from broker.wire.fields import encode64


def asked(world: World, *, purpose: str = "early_help") -> Any:
    """What the school is told of children's social care's record, and the answer's reference."""
    told = world.agency("school").asks(OTTO.about(), staff="dsl", purpose=purpose)
    return told.block("csc"), told.story.reference


def test_a_disputed_record_says_so_in_every_answer_until_it_is_settled(quick_world: World) -> None:
    """Somebody acts on what the person says is wrong, and nobody tells them; or the person is not heard."""
    world = quick_world
    post_otto(world)
    block, before = asked(world)
    assert block.mark is None
    case = taken(world, "rectification")
    assert (case["told"], case["due"]) == (["school"], "2026-12-22")
    assert recalled(world, "school") == [(before, "disputed")]
    assert fed(world, "school") == [("answer_recalled", before)]
    block, later = asked(world)
    assert (block.level, block.mark) == ("share", "disputed")

    # It is put right by sending the right record, and not by saying so.
    assert "right-uncorrected" in decide(world, case["reference"], "corrected").error
    world.later(days=3)
    post_otto(world, csc="closed")
    block, last = asked(world)
    assert block.mark == "disputed", "a new version took the mark away"
    decide(world, case["reference"], "corrected").ok()
    corrected = {(answer, "corrected") for answer in (before, later, last)}
    assert set(recalled(world, "school")) == {(before, "disputed"), *corrected}

    # What stays as it is has the person's own view beside it, until it is opened again.
    again = taken(world, "rectification")["reference"]
    assert decide(world, again, "statement_added", "--ground", "opinion").ok().result["state"] == "in_force"
    assert "right-taken" in take(world, "rectification").error
    screen = world.agency("school").asking(OTTO.about(), staff="dsl", purpose="early_help").ok().out
    assert "the person sees this otherwise" in " ".join(screen.split())
    clock(world, again, "reopen").ok()
    decide(world, again, "refused", "--ground", "accurate").ok()
    assert asked(world)[0].mark is None


def test_a_restriction_and_an_objection_hold_at_once_and_until_they_are_ended(quick_world: World) -> None:
    """What a person asked to be kept and not used is used while somebody thinks about it, or after it was upheld."""
    world = quick_world
    post_otto(world)
    _, before = asked(world)
    case = taken(world, "restriction")["reference"]
    block, _ = asked(world)
    assert block.level == "withhold" and not any(item.values for item in block.items)
    assert recalled(world, "school") == [(before, "restricted")]
    decide(world, case, "restricted").ok()
    clock(world, case, "reopen").ok()
    assert asked(world)[0].level == "withhold"
    decide(world, case, "lifted", "--ground", "settled").ok()
    # Whoever else holds a record of him is told that it is withheld, and that it no longer is; not who he is.
    notices = [kind for kind, reference in fed(world, "school") if reference == case]
    assert notices == ["restriction_reaches", "restriction_over"]
    assert [fed(world, agency) for agency in ("nhs", "homes")] == [[], []]
    assert {"reaches a record of yours" in world.agency("school").runs("feed", "--all").ok().out} == {True}
    objection = taken(world, "objection")["reference"]
    assert asked(world)[0].level == "signpost"
    decide(world, objection, "overridden", "--ground", "compelling_grounds").ok()
    assert asked(world)[0].level == "share"
    decide(world, taken(world, "objection")["reference"], "upheld").ok()
    assert asked(world)[0].level == "withhold"
    acts = [event["act"] for event in events(world) if event["typ"] == "protect"]
    assert acts == ["set", "renewed", "renewed", "lifted", "set", "lifted", "set", "renewed"]


def test_what_is_erased_is_gone_stays_gone_and_its_readers_are_told(world: World) -> None:
    """An erased record is found again, or comes back with tonight's delivery."""
    post_otto(world)
    _, before = asked(world)
    case = taken(world, "erasure")["reference"]
    assert asked(world)[0].level == "share" and recalled(world, "school") == []
    assert decide(world, case, "erased").ok().result["told"] == ["school"]
    told = world.agency("school").asks(OTTO.about(), staff="dsl", purpose="early_help")
    assert [block.source for block in told.person().involvements] == ["ed"]
    assert (before, "erased") in recalled(world, "school")
    world.later(days=1)
    sent = world.agency("council").sends(*export("csc", [Row(OTTO, "C2"), Row(OTTO, "C2-new")]))
    assert (sent.result["kept"], sent.result["rejected"]) == (1, 1)
    rejects = (world.agency("council").home / "exports" / "rejects.csv").read_text(encoding="utf-8")
    assert "erased at the person's request" in rejects
    told = world.agency("school").asks(OTTO.about(), staff="dsl", purpose="early_help")
    assert [block.source for block in told.person().involvements if block.source == "csc"] == ["csc"]
    assert [event["records"] for event in events(world) if event["typ"] == "retract"] == [1]
    [kept] = waiting(world, "--taken")
    assert (kept["outcome"], kept.get("ref")) == ("erased", None)


def test_nobody_is_told_of_somebody_in_hiding(quick_world: World) -> None:
    """A notice tells whoever had looked that a person in a refuge has just been in touch."""
    world = quick_world
    post_otto(world, protection="safe_address")
    asked(world)
    decide(world, taken(world, "restriction")["reference"], "lifted", "--ground", "settled").ok()
    made = taken(world, "rectification")
    assert (made["told"], made["untold"]) == ([], 0), "whoever posts a record would learn that the police protect them"
    decide(world, made["reference"], "withdrawn").ok()
    assert fed(world, "school") == [] and recalled(world, "school") == []
    assert fed(world, "police") == []
    assert [kind for kind, _ in fed(world, "council")] == ["right_waits", "right_decided"] * 2


def test_who_protects_somebody_hears_how_many_were_not_told(quick_world: World) -> None:
    """The agency that protects a person takes it that nobody has looked."""
    world = quick_world
    post_otto(world)
    asked(world)
    world.agency("council").posts(*export("csc", [Row(OTTO, "C2", protection="safe_address")]))
    made = taken(world, "rectification")
    assert (made["told"], made["untold"]) == ([], 1)


def test_the_clock_stops_goes_on_and_is_prolonged(quick_world: World) -> None:
    """A person is answered late because a day counted that does not, or never because the clock stood still."""
    world = quick_world
    post_otto(world)
    case = taken(world, "access", "--received", "2026-11-10")
    assert case["due"] == "2026-12-10"
    reference = case["reference"]
    assert clock(world, reference, "pause_clarification", "--on", "2026-11-20").ok().result["state"] == "paused"
    world.later(days=20)
    assert run_clocks(world.parts).escalated == 0
    assert clock(world, reference, "resume", "--on", "2026-11-24").ok().result["due"] == "2026-12-14"
    assert clock(world, reference, "extend").ok().result["due"] == "2027-02-15"
    assert "right-clock" in clock(world, reference, "extend").error
    assert "right-clock" in clock(world, reference, "resume").error
    assert "right-clock" in clock(world, reference, "acknowledge").error
    assert "right-clock" in clock(world, reference, "reopen").error
    clock(world, reference, "pause_identity").ok()
    world.later(days=29)
    run_clocks(world.parts)
    assert ("right_stopped", reference) not in fed(world, "council")
    world.later(days=1)
    for _ in range(2):
        run_clocks(world.parts)
    assert fed(world, "council").count(("right_stopped", reference)) == 1, "it stands still for ever, or tells daily"
    assert clock(world, reference, "resume", "--on", "2026-12-14").ok().result["due"] == "2027-03-15"
    assert "right-clock" in clock(world, reference, "pause_identity").error
    decide(world, reference, "answered").ok()

    # A complaint is acknowledged within thirty days, the day it arrived counted, and then answered.
    complaint = taken(world, "complaint", "--received", "2026-11-22")["reference"]
    assert "right-clock" in clock(world, complaint, "pause_identity").error
    world.now = dt.datetime(2026, 12, 22, tzinfo=dt.UTC)
    run_clocks(world.parts)
    run_clocks(world.parts)
    [late] = waiting(world)
    assert late["is_overdue"] and late["escalated_to"]
    assert fed(world, "council")[-2:] == [("right_waits", complaint), ("right_overdue", complaint)]
    assert clock(world, complaint, "acknowledge", "--on", "2026-12-21").ok().result["due"] == "2027-02-22"
    decide(world, complaint, "not_upheld", "--ground", "no_breach").ok()
    assert waiting(world) == []


CHANGES = (
    ("2027-02-26T10:00", "2027-03-30T23:00"),  # summer time has begun, and Easter is over
    ("2027-09-30T10:00", "2027-11-02T00:00"),  # summer time has ended, and so has a weekend
    ("2028-01-31T10:00", "2028-03-01T00:00"),  # a leap day
)


@pytest.mark.long
def test_what_nobody_decides_in_time_is_passed_on_once(quick_world: World) -> None:
    """A clock runs out an hour early or late, twice, or unnoticed."""
    world = quick_world
    for now, over in CHANGES:
        world.now = dt.datetime.fromisoformat(now).replace(tzinfo=dt.UTC)
        renew_trust(world)
        post_otto(world)
        case = taken(world, "objection")["reference"]
        world.now = dt.datetime.fromisoformat(over).replace(tzinfo=dt.UTC) - dt.timedelta(seconds=1)
        run_clocks(world.parts)
        assert fed(world, "council")[-1] == ("right_waits", case)
        world.later(seconds=1)
        run_clocks(world.parts)
        run_clocks(world.parts)
        assert fed(world, "council")[-2:] == [("right_waits", case), ("right_overdue", case)]
        [late] = waiting(world)
        assert late["is_overdue"] and late["escalated_to"]
        assert "right-clock" in clock(world, case, "extend").error, "an overdue clock was prolonged"
        decide(world, case, "withdrawn").ok()
    assert "OVERDUE" not in world.agency("council").runs("rights", "--as", "mash").ok().out


def renew_trust(world: World) -> None:
    """The trust list is of the World's day."""
    world.trusts(world.parties.trust)


def wire(world: World, path: str, content: dict[str, Any], *, agency: str = "council", key: str = "desk") -> Answered:
    """A request as an agency's program would send it."""
    body = json.dumps({name: value for name, value in content.items() if value is not None}).encode()
    return send(world, agency, key, method="POST", path=path, body=body)


def a_request(world: World, **changes: Any) -> dict[str, Any]:
    ref = pseudonyms.reference(secrets_of(world, "council").bytes32("reference"), "csc", ref="C2")
    content = {"v": 1, "id": encode64(bytes(16)), "agency": "council", "staff": "S1", "source": "csc"}
    content |= {"ref": encode64(ref), "right": "objection", "received": "2026-11-22"}
    return content | changes


def test_what_will_not_do_is_refused(quick_world: World) -> None:
    """Unknown rights, strangers, days that can't be, records that nobody holds, the same right twice."""
    world = quick_world
    post_otto(world)

    def code(by: str = "council", key: str = "desk", **changes: Any) -> str:
        return wire(world, "/v1/rights", a_request(world, **changes), agency=by, key=key).code

    assert code(right="forgetting") == "schema-invalid"
    assert code(received="2026-11-23") == "right-day"
    assert code(received="2025-11-20") == "right-day"
    assert code(received="yesterday") == "schema-invalid"
    assert code(agency="school") == "agency-differs"
    assert code(by="school", agency="school") == "source-not-yours"
    assert code(source="ed") == "source-not-yours"
    assert code(ref=encode64(bytes(16))) == "not-held"
    assert code(words="free text") == "schema-invalid"
    assert wire(world, "/v1/rights", a_request(world), key="review").status == 403
    made = wire(world, "/v1/rights", a_request(world))
    assert made.status == 200
    assert code() == "right-taken"
    assert code(id=encode64(bytes([1]) * 16)) == "right-taken"
    reference = made.json["reference"]

    def decided(by: str = "council", key: str = "review", **changes: Any) -> Answered:
        content = {"v": 1, "id": encode64(bytes([2]) * 16), "agency": by, "staff": "S2", "outcome": "upheld"}
        return wire(world, f"/v1/rights/{reference}/decision", content | changes, agency=by, key=key)

    assert decided(key="desk").status == 403
    assert (decided("school").status, decided("school").code) == (404, "right-unknown")
    assert decided(agency="school").code == "agency-differs"
    assert decided(staff="S1").code == "right-own"
    assert decided(outcome="maybe").code == "schema-invalid"
    assert decided(outcome="corrected").code == "right-outcome"
    assert decided(outcome="overridden").code == "right-ground"
    assert decided(outcome="overridden", ground="public_task").code == "right-ground"
    assert decided(outcome="upheld", ground="unfounded").code == "right-ground"
    assert decided(outcome="overridden", ground="because").code == "schema-invalid"
    moved = {"v": 1, "id": encode64(bytes([3]) * 16), "agency": "council", "staff": "S1", "act": "extend"}

    def moving(by: str = "council", **changes: Any) -> str:
        content = {**moved, "agency": by, "on": "2026-11-22", **changes}
        return wire(world, f"/v1/rights/{reference}/clock", content, agency=by).code

    assert moving(on="2026-11-23") == "right-day"
    assert moving(on="2026-11-21") == "right-day"
    assert moving("school") == "right-unknown"
    assert moving(act="pause_clarification") == "right-clock", (
        "an objection's clock was stopped as if it asked for access"
    )
    assert moving(act="forget") == "schema-invalid"
    for path, key in (("/v1/rights/waiting", "review"), ("/v1/rights/taken", "desk")):
        assert wire(world, path, {"v": 1, "staff": "S1"}, agency="school", key=key).json["rights"] == []


def test_of_two_reviewers_at_once_the_first_wins(world: World) -> None:
    """Two decisions about one person, and both are told that theirs counts."""
    post_otto(world)
    reference = wire(world, "/v1/rights", a_request(world)).json["reference"]
    answers: list[tuple[int, str]] = []

    def one(number: int, outcome: str) -> None:
        content = {"v": 1, "id": encode64(bytes([number]) * 16), "agency": "council", "staff": f"R{number}"}
        got = wire(world, f"/v1/rights/{reference}/decision", {**content, "outcome": outcome}, key="review")
        answers.append((got.status, "" if got.status == 200 else got.code))

    both = [threading.Thread(target=one, args=pair) for pair in ((1, "upheld"), (2, "withdrawn"))]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert sorted(answers) == [(200, ""), (409, "right-decided")]
    assert [event["act"] for event in events(world) if event["typ"] == "right"] == ["taken", "decided"]


def what_the_person_may_not_read(world: World) -> str:
    """A person under investigation is told so by the reason of a refusal, on their letter or in their report."""
    council = world.agency("council")
    access, complaint = (
        taken(world, "access")["reference"],
        council.runs("right", "complaint", "csc", "C2", "--as", "sw"),
    )
    assert "to be acknowledged by 21 December 2026" in complaint.ok().out
    assert "to be acknowledged by 21 December 2026" in council.runs("rights", "--as", "mash").ok().out
    stopped = council.runs("right-clock", access, "--say", "pause_identity", "--as", "sw").ok().out
    assert "Ask the person at once" in stopped
    assert "waiting for proof of who asks" in council.runs("rights", "--as", "mash").ok().out
    refusing = ("decide-right", access, "--say", "refused", "--ground", "crime_prevention", "--as", "mash")
    told = council.runs(*refusing).ok().out
    assert "Tell the person: refused. They can complain" in told and "data protection officer" in told
    report = council.runs("person-report", "csc/C2", "--as", "mash").ok().out
    assert "you asked what is held: refused." in report and "legal claims" in report
    assert "crime" not in told + report
    lifting = taken(world, "restriction")["reference"]
    assert "before you say `lifted`, tell the person" in council.runs("rights", "--as", "mash").ok().out
    return (
        stopped + told + report + council.runs("decide-right", lifting, "--say", "withdrawn", "--as", "mash").ok().out
    )


def test_what_was_done_in_time_counts_from_its_own_day(quick_world: World) -> None:
    """A person was told in time that it takes longer; it is noted too late, and nobody can note it any more."""
    world = quick_world
    world.now = dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC)
    post_otto(world)
    forgotten = world.agency("council").runs(
        "right", "access", *("csc", "C2"), "--received", "2026-05-20", "--as", "sw"
    )
    assert "OVERDUE, it was to be answered by 22 June 2026" in forgotten.ok().out
    [case] = [one["reference"] for one in waiting(world)]
    assert "right-clock" in clock(world, case, "extend", "--on", "2026-06-23").error
    assert clock(world, case, "extend", "--on", "2026-06-22").ok().result["due"] == "2026-08-20"
    [shown] = waiting(world)
    assert shown["written_late"] == 154, "a clock that ran out was mended, and nobody sees it"
    said = " ".join(world.agency("council").runs("rights", "--as", "mash").ok().out.split())
    assert "written down 154 days after it is said to have happened" in said
    assert "right-day" in take(world, "erasure", "--received", "2025-11-01").error


@pytest.mark.long
def test_what_was_settled_is_kept_for_two_years_and_what_lasts_for_longer(quick_world: World) -> None:
    """A person is not shown what they asked last year, or an objection in force is forgotten."""
    world = quick_world
    post_otto(world)
    settled = taken(world, "access")["reference"]
    decide(world, settled, "answered").ok()
    lasting = taken(world, "objection")["reference"]
    decide(world, lasting, "upheld").ok()
    assert {one["reference"] for one in waiting(world, "--taken")} == {settled, lasting}
    for _ in range(2):
        world.later(days=16 + RIGHTS_KEPT_DAYS // 2)
        renew_trust(world)
        world.stop("broker")
        world.start("broker")
    run_clocks(world.parts)
    assert [(one["reference"], one["state"]) for one in waiting(world, "--taken")] == [(lasting, "in_force")]


def test_the_words_on_the_screen(quick_world: World) -> None:
    """A caseworker does not know what happens now, or what to tell the person."""
    world = quick_world
    post_otto(world)
    council = world.agency("council")
    out = council.runs("right", "objection", "csc", "C2", "--as", "sw").ok().out
    assert "to be answered by 22 December 2026" in out and "only whom to ring" in out
    listed = council.runs("rights", "--as", "mash").ok().out
    assert "objects to their information being used" in listed and "upheld | overridden | withdrawn" in listed
    reference = waiting(world)[0]["reference"]
    assert "right-own" in decide(world, reference, "upheld", staff="sw").error
    refusing = ("decide-right", reference, "--say", "overridden", "--ground", "legal_claims", "--as", "mash")
    told = council.runs(*refusing).ok().out
    assert "because it is needed for legal claims. They can complain to us and to the Information Commissioner" in told
    assert "day-invalid" in clock(world, reference, "extend", "--on", "tomorrow").error
    report = CliRunner().invoke(app, ["rights", "report", "--json"], obj=Given(lambda: world.parts)).stdout
    [objections] = json.loads(report)["rights"]
    assert (objections["right"], objections["taken"], objections["decided"], objections["granted"]) == (
        "objection",
        1,
        1,
        0,
    )
    assert "objection" in CliRunner().invoke(app, ["rights", "report"], obj=Given(lambda: world.parts)).stdout
    words = (out + listed + told + what_the_person_may_not_read(world)).lower()
    assert not [word for word in ("pseudonym", "token", "hash", "consent", "subject") if word in words]
