"""Story 19, shortened: a care leaver asks what is held, and who has looked; their own view stands beside it."""

from __future__ import annotations

from people import ISOLDE, JORAM, OTTO, Row, export
from right_flows import decide, post_otto
from signed import secrets_of, send
from world import World

from broker.agency import pseudonyms
from broker.wire.fields import encode64
from broker.wire.person_report import RecordName, ReportRequest

MINE = Row(
    ISOLDE, "C5", {"csc.cin_status": "closed", "csc.adoption_record": "yes", "csc.missing_episodes": "3"}, ("C6",)
)


def test_a_care_leaver_reads_what_is_held_and_who_looked(quick_world: World) -> None:
    """A person is shown nothing, another person's details, or a list with a look missing."""
    world = quick_world
    council = world.agency("council")
    council.posts(*export("csc", [MINE, Row(JORAM, "C6", worker="Bea Fenwick")]))
    council.posts(*export("eh", [Row(ISOLDE, "E5")]))
    world.agency("school").posts(*export("ed", [Row(ISOLDE, "P5")]))
    world.agency("school").asks(ISOLDE.about(), staff="dsl", purpose="early_help")
    case = council.runs("right", "rectification", "csc", "C5", "--as", "sw", "--json").ok().result["reference"]
    decide(world, case, "statement_added", "--ground", "opinion").ok()
    council.runs("right", "access", "csc", "C5", "--as", "sw").ok()

    ran = council.runs("person-report", "csc/C5", "eh/E5", "eh/E9", "--as", "mash").ok()
    page = " ".join(ran.out.split())
    assert "Child in need: Plan closed" in page and "Your worker: Ada Marsh" in page
    assert "You see this otherwise" in page and "you asked what is held: not decided yet" in page
    assert "for the reason" in page and "2 looks in all" not in page
    assert page.count("1 look in all") == 2
    # Her child is counted, and so is what the law lets nobody hand out; what the school holds is the school's to tell.
    assert "how you are related to 1 other person" in page and "Bea Fenwick" not in page
    assert "1 entry is withheld; you can ask the Commissioner" in page and "doption" not in page
    assert "School attendance" not in page and "eh/E9: nothing is held for sharing" in page
    words = page.lower()
    assert not [word for word in ("pseudonym", "token", "hash", "consent", "subject") if word in words]
    content = council.runs("person-report", "csc/C5", "--as", "mash", "--json").ok().result
    assert [(one["others"], one["withheld"], one["mark"]) for one in content["records"]] == [(1, 1, "statement")]


def test_where_whereabouts_are_protected_the_page_tells_nothing_of_them(quick_world: World) -> None:
    """Somebody else asks in a person's name, and reads where they are; or that there is something to be hidden."""
    world = quick_world
    voluntary = world.agency("voluntary")
    voluntary.posts(*export("dv", [Row(OTTO, "D1", {"dv.supported": "2026-10-02", "dv.safe_contact": "by_phone"})]))
    open_page = voluntary.runs("person-report", "dv/D1", "--as", "vw").ok()
    assert (
        "Ada Marsh" in open_page.out and "Safe way to make contact" in open_page.out and "BEFORE" not in open_page.error
    )
    world.agency("police").posts(*export("po", [Row(OTTO, "X9", protection="safe_address")]))
    guarded = voluntary.runs("person-report", "dv/D1", "--as", "vw").ok()
    for hidden in ("Ada Marsh", "Service of dv", "make contact", "withheld", "protected"):
        assert hidden not in guarded.out, hidden
    assert "make sure who is asking" in guarded.error
    assert guarded.error == open_page.error, "what another agency protects would show"
    voluntary.posts(*export("dv", [Row(OTTO, "D1", protection="safe_address")]))
    assert "whereabouts are protected" in voluntary.runs("person-report", "dv/D1", "--as", "vw").ok().error


def test_a_report_is_for_the_agency_that_holds_the_record_and_its_reviewers(quick_world: World) -> None:
    """A stranger reads a whole record, or a desk that may not."""
    world = quick_world
    post_otto(world)
    ref = pseudonyms.reference(secrets_of(world, "council").bytes32("reference"), "csc", ref="C2")
    name = RecordName(source="csc", ref=ref)
    asked = ReportRequest(v=1, id=bytes(16), agency="council", staff="S1", records=(name,))

    def sent(by: str, key: str, request: ReportRequest) -> tuple[int, str]:
        body = request.model_dump_json().encode()
        got = send(world, by, key, method="POST", path="/v1/people/report", body=body)
        return got.status, "" if got.status == 200 else got.code

    assert sent("council", "desk", asked)[0] == 403
    assert sent("school", "review", asked) == (403, "agency-differs")
    assert sent("school", "review", asked.model_copy(update={"agency": "school"})) == (403, "source-not-yours")
    twice = asked.model_copy(update={"records": (name, name)})
    assert sent("council", "review", twice)[1] == "record-repeated"
    many = asked.model_dump(mode="json") | {"records": [{"source": "csc", "ref": encode64(ref)}] * 21}
    assert send(
        world, "council", "review", method="POST", path="/v1/people/report", body=str(many).encode()
    ).code == "schema-invalid"  # fmt: skip
    assert sent("council", "review", asked) == (200, "")
    assert sent("council", "review", asked)[1] == "report-used"
    assert world.agency("council").runs("person-report", "C2", "--as", "mash").error.count("record-invalid") == 1
