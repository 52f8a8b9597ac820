"""IG officers look through the log: each finds what they may see, in plain words, and every look is itself logged."""

from __future__ import annotations

import json
from typing import Any

import pytest
from people import MINA, OTTO, Row, export
from promises import events
from refusal_flows import WHY, post_refused
from signed import send
from sqlalchemy import delete, func, select, update
from world import World

from broker.actions.mark_log import mark_log
from broker.actions.search_log import Officer, count_matters, open_entry, search_log
from broker.audit.query import parse as parse_query
from broker.errors import NotFound, Unavailable, Untrusted
from broker.store import auditmarks, auditread
from broker.store.audit_tables import audit_details, audit_marks
from broker.wire.reference import reference_prefix


def post(world: World) -> None:
    world.agency("council").posts(*export("csc", [Row(MINA, "C1"), Row(OTTO, "C2")]))
    world.agency("nhs").posts(*export("hv", [Row(MINA, "V1", {"hv.contraception": "yes"})]))
    world.agency("school").posts(*export("ed", [Row(MINA, "P1", {"ed.attendance": "81"})]))


def search(world: World, agency: str, text: str = "", *, key: str = "review", **more: Any) -> Any:
    body = json.dumps({"v": 1, "staff": "o1", "text": text, **more}).encode()
    return send(world, agency, key, method="POST", path="/v1/audit/search", body=body)


def ids(world: World, agency: str | None, text: str) -> list[str]:
    """The look-ups that a search finds, by their spoken references."""
    found = search_log(world.parts, text, by=Officer(agency)).value
    return [one.reference for one in found.hits if one.typ == "answer"]


def test_an_officer_finds_the_look_ups_and_reads_what_they_told(world: World) -> None:
    """An officer has to ask the operator who looked, or sees a look-up with nothing that explains it."""
    post(world)
    told = world.agency("council").asks(MINA.about(), staff="sw")
    world.later(minutes=5)
    other = world.agency("school").asks(MINA.about(), staff="dsl", relation="self_claimed")
    found = search(world, "council", "typ:answer org:council").json
    [hit] = found["hits"]
    assert (hit["reference"], hit["role"], hit["purpose"]) == (
        told.story.reference, "council.social_worker", "child_safeguarding",
    )  # fmt: skip
    shown = {(item, level) for item, level, _ in hit["told"]}
    assert ("ed.involvement", "share") in shown and not any(item == "hv.contraception" for item, _ in shown)
    assert "relation:allocated" in hit["steps"] and hit["missing"] == []
    assert ids(world, "council", "org:council is:unexplained") == []
    [seen] = search(world, "council", "typ:answer -org:council").json["hits"]
    assert seen["reference"] == other.story.reference and seen["missing"] == ["relation:self_claimed"]
    assert {item.partition(".")[0] for item, _, _ in seen["told"]} == {"csc"}
    assert ids(world, "school", "is:unexplained is:self_claimed") == [other.story.reference]
    assert ids(world, "police", "typ:answer") == []
    # Whom else somebody is known to, an agency doesn't learn by searching look-ups of its own records.
    assert ids(world, "school", "org:council src:school") == [told.story.reference]
    assert ids(world, "school", "org:council src:council") == ids(world, "school", "org:council src:nhs") == []
    assert ids(world, "school", "org:council -src:nhs") == [told.story.reference]
    assert told.story.reference in ids(world, "council", "src:nhs")
    assert ids(world, None, f"actor:{hit['staff']}") == [told.story.reference]
    for text in (
        "src:school",
        f"rule:{hit['told'][0][2].partition(',')[0]}",
        "decision:share",
        "role:council.social_worker",
        f"answer:{hit['id']}",
    ):
        assert told.story.reference in ids(world, "council", text), text


def test_what_was_withheld_silently_is_found_by_the_operator_alone(quick_world: World) -> None:
    """By searching its own look-ups an agency learns that something was withheld without its noticing."""
    world = quick_world
    post(world)
    told = world.agency("council").asks(MINA.about(), staff="sw")
    for agency in ("council", "nhs"):
        for text in ("is:silent", "-is:silent", "decision:withhold_silently"):
            assert search(world, agency, text).code == "search-quiet"
        assert all(row[1] != "withhold_silently" for hit in search(world, agency).json["hits"] for row in hit["told"])
        counted = count_matters(world.parts, "", by=Officer(agency), values="decision").value
        assert "withhold_silently" not in dict(counted.counts)
    assert ids(world, None, "is:silent") == [told.story.reference]
    assert dict(count_matters(world.parts, "", by=Officer(), values="decision").value.counts)["withhold_silently"] == 1


def test_each_look_at_the_log_is_in_the_log(quick_world: World) -> None:
    """An officer looks somebody up in the log, and nobody can ever tell."""
    world = quick_world
    post(world)
    told = world.agency("council").asks(MINA.about(), staff="sw")
    search(world, "council", "org:council")
    body = json.dumps({"v": 1, "staff": "o1", "entry": told.story.reference}).encode()
    shown = send(world, "council", "review", method="POST", path="/v1/audit/entry", body=body).json
    assert shown["decisions"] == "same" and json.loads(shown["leaf"])["id"] == shown["hit"]["id"]
    body = json.dumps({"v": 1, "staff": "o1", "text": "", "by": "purpose"}).encode()
    counted = send(world, "council", "review", method="POST", path="/v1/audit/statistics", body=body).json
    assert counted["counts"] == [["child_safeguarding", 1]]
    logged = [event for event in events(world) if event["typ"] == "search"]
    assert [(one["act"], one["org"]) for one in logged] == [
        ("found", "council"), ("opened", "council"), ("counted", "council"),
    ]  # fmt: skip
    assert "org:council" not in json.dumps(logged)
    found = search_log(world.parts, "typ:search", by=Officer("council")).value
    assert [hit.staff for hit in found.hits] == ["o1"] * 3
    assert json.loads(found.receipt.leaf)["found"] == 3
    assert parse_query("typ:search").digest in str(found.receipt.disclosures) or len(found.receipt.disclosures) == 2


def test_pages_go_on_where_the_last_one_ended(quick_world: World) -> None:
    """A look-up falls between two pages, or stands on both."""
    world = quick_world
    world.agency("council").posts(*export("csc", [Row(OTTO, "C2")]))
    for number in range(30):
        world.later(seconds=number % 3)
        search(world, "council", f"actor:nobody{number}")
    first = search_log(world.parts, "typ:search", by=Officer("council")).value
    second = search_log(world.parts, "typ:search", by=Officer("council"), cursor=first.more).value
    references = [hit.id for hit in (*first.hits, *second.hits)]
    assert first.count == 30 and len(first.hits) == 25 and len(set(references)) == len(references)
    assert search(world, "council", "typ:search", cursor="AAAA").code == "schema-invalid"


def test_an_emergency_and_a_refused_question_are_found(quick_world: World) -> None:
    """Emergencies can't be listed, or a question that was refused for its asker is found nowhere."""
    world = quick_world
    post_refused(world)
    told = world.agency("council").asks(OTTO.about(), staff="sw", options=["--emergency", WHY])
    refused = world.agency("council").asks(OTTO.about(), staff="untrained")
    assert ids(world, "council", "is:emergency") == [told.story.reference]
    assert refused.story.reference in ids(world, "council", "is:denied")
    assert told.story.reference in ids(world, "voluntary", "is:emergency")


def test_who_may_search_and_what(quick_world: World) -> None:
    """A desk reads who looked at what, or an officer opens an entry of another agency."""
    world = quick_world
    post(world)
    told = world.agency("council").asks(MINA.about(), staff="sw")
    assert search(world, "council", key="desk").status == 403
    assert search(world, "council", "colour:red").code == "search-unreadable"
    with pytest.raises(NotFound):
        open_entry(world.parts, told.story.reference, by=Officer("police"))
    with pytest.raises(NotFound):
        open_entry(world.parts, "0" * 32, by=Officer())


def test_marks_come_afterwards_and_are_the_same_again(quick_world: World) -> None:
    """A question waits until it can be searched for, or what was logged is found otherwise than before."""
    world = quick_world
    post(world)
    mark_log(world.parts)
    with world.parts.store.look() as connection:
        marks, upto = marks_in(connection), auditmarks.marked(connection)
    world.agency("council").asks(MINA.about(), staff="sw")
    world.agency("council").asks(OTTO.about(), staff="untrained")
    with world.parts.store.look() as connection:
        assert (marks_in(connection), auditmarks.marked(connection)) == (marks, upto)
    texts = (
        "typ:answer",
        "is:silent",
        "is:denied",
        "rule:S6",
        "src:school",
        "org:council typ:answer",
        "typ:ingest",
        "is:unexplained",
    )
    before = {text: ids(world, None, text) for text in texts}
    assert len(before["typ:answer"]) == 2
    counts = count_matters(world.parts, "-typ:search", by=Officer(), values="decision").value.counts
    size = mark_log(world.parts)
    with world.parts.store.derive() as connection:
        connection.execute(delete(audit_marks))
        auditmarks.mark_up_to(connection, 0, was=size)
    assert {text: ids(world, None, text) for text in texts} == before
    assert count_matters(world.parts, "-typ:search", by=Officer(), values="decision").value.counts == counts
    # Beside questions it goes by small pages with rests between them, and says the same.
    with world.parts.store.derive() as connection:
        connection.execute(delete(audit_marks))
        size = auditmarks.marked(connection)
        auditmarks.mark_up_to(connection, 0, was=size)
    assert mark_log(world.parts, aside=True) >= size
    assert {text: ids(world, None, text) for text in texts} == before


def test_a_log_that_is_far_behind_is_marked_page_by_page(quick_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search after an upgrade or a restore hangs, forgets a look-up at the edge of a page, or finds half of it."""
    world = quick_world
    post(world)
    for _ in range(3):
        world.later(seconds=1)
        world.agency("council").asks(MINA.about(), staff="sw")
    monkeypatch.setattr("broker.actions.mark_log.PAGE", 4)
    monkeypatch.setattr("broker.actions.search_log._PATIENCE", 0.0)
    tries = 0
    while True:
        try:
            found = ids(world, None, "typ:answer is:silent src:school decision:share")
            break
        except Unavailable as error:
            assert error.code == "log-unmarked"
            tries += 1
    assert tries >= 2 and len(found) == 3
    monkeypatch.undo()
    # A disk or somebody changes details: the rest of the log must be found all the same, and that there was something.
    told = world.agency("council").asks(MINA.about(), staff="sw")
    cover = reference_prefix(told.story.reference)
    with world.parts.store.sequence() as connection:
        [damaged] = auditread.answer_with(connection, cover)
        connection.execute(update(audit_details).where(audit_details.c.id == damaged).values(sealed=b"x" * 1056))
    assert mark_log(world.parts) == mark_log(world.parts)
    with pytest.raises(Untrusted, match="do not open"):
        ids(world, "council", "typ:answer org:council")
    assert len(ids(world, None, "is:silent")) == 3


def marks_in(connection: Any) -> int:
    return int(connection.execute(select(func.count()).select_from(audit_marks)).scalar_one())


def test_the_officers_command_says_it_in_words(quick_world: World) -> None:
    """The officer reads codes, or a name that nobody at the agency has; or has to type the same search every month."""
    world = quick_world
    post(world)
    council = world.agency("council")
    told = council.asks(MINA.about(), staff="sw")
    page = council.runs("audit-search", "actor:sw -typ:search", "--as", "mash", "--save", "of-sw").ok().out
    assert f"{told.story.reference}  22 November 2026, 09:30: sw of" in page
    assert "looked somebody up for" in page and "Explained: they are the allocated worker" in page
    [hit] = council.runs("audit-search", "--saved", "of-sw", "--as", "mash", "--json").ok().result["hits"]
    assert hit["staff"] == "sw"
    page = council.runs("audit-search", "--entry", told.story.reference, "--as", "mash").ok().out
    assert "made again under the same agreements: same" in page and "the proof is checked" in page
    counted = council.runs("audit-search", "--by", "decision", "--as", "mash", "--json").ok().result["counts"]
    assert counted["share"] == 1
    assert "search-not-kept" in council.runs("audit-search", "--saved", "other", "--as", "mash").error
    assert "search-name" in council.runs("audit-search", "--save", "../x", "--as", "mash").error
    assert "did you mean" in council.runs("audit-search", "actr:sw", "--as", "mash").error
