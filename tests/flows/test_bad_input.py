"""What goes wrong at an agency: each has an exit code, a stable code and a sentence, shows no value, and loses nothing.

The table is the manual: what is done, what is said. After every row of it the good file is sent, and all is there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest
from agency_of_world import Agency, Ran
from breakage import broken
from flow_policies import lapsed
from people import ISOLDE, MINA, OTTO, Row, export
from sqlalchemy import func, select
from world import World

from broker.store import tables

ROWS = (Row(MINA, "C1", {"csc.cin_status": "assessed"}), Row(OTTO, "C2"), Row(ISOLDE, "C3"))
CSV, MAPPING = export("csc", ROWS)
ABOUT = MINA.about()


@dataclass(frozen=True)
class Case:
    """What somebody does, the state of the world they do it in, and what they are told."""

    name: str
    does: Callable[[Agency], Ran]
    code: int
    says: str
    during: Callable[[World], AbstractContextManager[object]] = lambda world: nullcontext()


def sends(csv: str = CSV, mapping: str = MAPPING) -> Callable[[Agency], Ran]:
    return lambda agency: agency.sends(csv, mapping)


def asks(**about: str) -> Callable[[Agency], Ran]:
    return lambda agency: agency.asking({**ABOUT, **about}, staff="sw")


def unreadable(agency: Agency) -> Ran:
    return agency.runs("send", agency.home / "exports" / "not-there.csv", "--mapping", agency.home / "agency.toml")


OTHER_ITEM = f'{MAPPING}[items."po.offences"]\ncount = "Ref"\n'

# One row of the manual each: what is wrong, what is done, the exit code, what is said, and meanwhile.
CASES = (
    Case("a column that the file has not", sends(mapping=MAPPING.replace('"DOB"', '"Born"')), 3, "column-unknown"),
    Case("a field that there is not", sends(mapping=MAPPING.replace('= "dob"', '= "birth"')), 3, "line 8.*mapping-"),
    Case("a mapping that is not TOML", sends(mapping=MAPPING + "[[\n"), 3, "not TOML at .*mapping-invalid"),
    Case("an item of another source", sends(mapping=OTHER_ITEM), 3, r"po\.offences.*mapping-invalid"),
    Case("another agency's source", sends(mapping=MAPPING.replace('"csc"', '"po"')), 3, "mapping-invalid"),
    Case("another agency's file", sends(mapping=MAPPING.replace('"council"', '"police"')), 6, "agency-differs"),
    Case("an empty file", sends(""), 3, "the file is empty .*file-empty"),
    Case("a file without rows", sends(CSV.splitlines()[0] + "\n"), 3, "no row of the file can be sent"),
    Case("a file that is not text", lambda a: binary(a), 3, r"\[[a-z-]+\]"),
    Case("a file that is not there", unreadable, 2, "can't read .*file-unreadable"),
    Case("the linkage unit is down", sends(), 5, "unit does not answer.*nothing is lost", lambda w: w.down("linkunit")),
    Case("the broker is down", sends(), 5, "broker does not answer.*nothing is lost", lambda w: w.down("broker")),
    Case("the database is read-only", sends(), 5, "store-unavailable", lambda w: broken(w, "read-only")),
    Case("a wrong date of birth", asks(dob="1983-29-29"), 3, "dob: .*about-invalid"),
    Case("a field about the person that there is not", asks(shoe_size="44"), 3, "unknown name .*about-invalid"),
    Case("a wrong NHS number", asks(nhs="9990000011"), 3, "nhs: .*about-invalid"),
    Case("too little to go by", lambda a: a.asking({"forename": MINA.forename}, staff="sw"), 3, "too little"),
    Case("nobody known asks", lambda a: a.asking(ABOUT, staff="someone"), 2, "staff-unknown"),
    Case("asking while the broker is down", asks(), 5, "does not answer", lambda w: w.down("broker")),
    Case("asking while the linkage unit is down", asks(), 5, "does not answer", lambda w: w.down("linkunit")),
    Case("asking while the database is read-only", asks(), 5, "store-unavail", lambda w: broken(w, "read-only")),
)


def binary(agency: Agency) -> Ran:
    path = agency.writes("", MAPPING)
    path.write_bytes(bytes(range(256)) * 4)
    return agency.runs("send", path)


def held(world: World) -> int:
    with world.parts.store.look() as connection:
        query = select(func.count()).select_from(tables.records).where(tables.records.c.closed.is_(False))
        return int(connection.execute(query).scalar_one())


def is_plain(ran: Ran) -> None:
    """What was said is a sentence, without a traceback and without a detail of anybody."""
    said = ran.error + ran.out
    assert "Traceback" not in said
    assert "this is a fault in" not in said
    details = [detail for person in (MINA, OTTO, ISOLDE) for detail in person.canaries()]
    assert not any(detail.lower() in said.lower() for detail in [*details, "1983-29-29", "9990000011"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_goes_wrong_is_said_and_loses_nothing(quick_world: World, case: Case) -> None:
    """Somebody does not learn what is wrong, sees a traceback or a name, or can't go on afterwards."""
    council = quick_world.agency("council")
    with case.during(quick_world):
        ran = case.does(council)
    assert ran.code == case.code, ran.error
    assert re.search(case.says, ran.error, re.DOTALL), ran.error
    is_plain(ran)
    assert held(quick_world) == 0
    assert council.posts(CSV, MAPPING)["kept"] == 3
    assert council.asks(ABOUT, staff="sw").people == {"subject": [["csc"]]}


# What is wrong with one row of three: the others are kept, and rejects.csv says which row, which field and why.
ROWS_WRONG = (
    ("a wrong day", ("2026-02-03", "2026-02-31"), "2,started,"),
    ("an unknown status", (",current,", ",sleeping,"), "2,status,"),
    ("a reference used twice", ("\nC2,", "\nC1,"), "3,reference,same reference as row 2"),
    ("no reference", ("\nC1,", "\n,"), "2,reference,"),
    ("the person's own name as the worker", ("Ada Marsh", f"{MINA.forename} {MINA.surname}"), "2,lead.name,"),
    ("a code that there is not", (",assessed", ",adored"), "2,csc.cin_status,the item has no such code"),
    ("nobody to match", (f"{MINA.forename},{MINA.surname},{MINA.dob},f,{MINA.postcode},{MINA.nhs}", ",,,f,,"), "2,"),
)


@pytest.mark.parametrize(("name", "change", "said"), ROWS_WRONG, ids=[row[0] for row in ROWS_WRONG])
def test_a_bad_row_is_left_out_and_named(quick_world: World, name: str, change: tuple[str, str], said: str) -> None:
    """One bad row costs a whole file, or its agency is not told which and why."""
    council = quick_world.agency("council")
    csv = CSV.replace(*change, 1)
    assert csv != CSV, name
    ran = council.sends(csv, MAPPING)
    assert (ran.code, ran.result["kept"], ran.result["rejected"]) == (4, 2, 1), ran.error + ran.out
    is_plain(ran)
    rejects = (council.home / "exports" / "rejects.csv").read_text(encoding="utf-8-sig")
    [_, line] = rejects.splitlines()
    assert line.startswith(said)
    assert not any(detail.lower() in rejects.lower() for detail in MINA.canaries())
    quick_world.later(days=1)
    assert council.posts(CSV, MAPPING)["kept"] == 3
    assert held(quick_world) == 3


def test_an_item_the_vocabulary_does_not_have(quick_world: World) -> None:
    """A column mapped to an item that nobody agreed on is stored, or refused without saying which."""
    csv, mapping = export("csc", [Row(MINA, "C1", {"csc.shoe_size": "yes"}), Row(OTTO, "C2")])
    council = quick_world.agency("council")
    ran = council.sends(csv, mapping)
    assert (ran.code, ran.result["kept"], ran.result["rejected"]) == (4, 1, 1)
    rejects = (council.home / "exports" / "rejects.csv").read_text(encoding="utf-8-sig")
    assert "2,csc.shoe_size,`csc` has no such item in the vocabulary; see policies/vocabulary.yaml" in rejects


@pytest.mark.parametrize("same", ["the same file", "a copy of the file", "the same file, with --again"])
def test_a_file_sent_twice_is_there_once(world: World, same: str) -> None:
    """Every night's repetition doubles the records."""
    council = world.agency("council")
    council.posts(CSV, MAPPING)
    world.later(hours=1)
    if same == "a copy of the file":
        ran = council.runs("send", council.writes(CSV, MAPPING, "copy"), "--json").ok()
    else:
        ran = council.sends(CSV, MAPPING, *(["--again"] if "again" in same else [])).ok()
    assert ran.result["already"] is ("again" not in same)
    assert held(world) == 3


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        *(("secrets", state) for state in ("missing", "readable by others", "damaged", "another's")),
        # The trust list is public: everybody may read it.
        *(("trust", state) for state in ("missing", "damaged", "another's")),
    ],
)
def test_keys_that_can_not_be_trusted_stop_the_agency(quick_world: World, kind: str, state: str) -> None:
    """An agency works with keys that others can read, or fails without saying which file is wrong."""
    council = quick_world.agency("council")
    trust = quick_world.parties.trust_folder / "metadata" / "timestamp.json"
    path = council.home / "secrets.json" if kind == "secrets" else trust
    content, mode = path.read_bytes(), path.stat().st_mode
    spoil(path, state, other=quick_world.parties.home("school") / "secrets.json")
    for ran in (council.sends(CSV, MAPPING), council.asking(ABOUT, staff="sw")):
        assert ran.code == 6
        assert re.search(r"\[(secrets|trust|secret)-[a-z-]+\]", ran.error), ran.error
        is_plain(ran)
    path.unlink(missing_ok=True)
    path.write_bytes(content)
    path.chmod(mode)
    assert council.posts(CSV, MAPPING)["kept"] == 3


def spoil(path: Path, state: str, *, other: Path) -> None:
    """Makes a key file one that can't be trusted."""
    if state == "missing":
        path.unlink()
    elif state == "readable by others":
        path.chmod(0o644)
    else:
        path.write_bytes(b'{"v":1,' if state == "damaged" else other.read_bytes())


def test_the_days_allowance_at_the_linkage_unit(make_world: Callable[..., World], sqlite_url: str) -> None:
    """An agency that has used up its allowance is not told until when, or loses its place."""
    world = make_world(sqlite_url, unit={"posts_per_day": 20, "questions_per_day": 1})
    council = world.agency("council")
    ran = council.sends(CSV, MAPPING)
    assert ran.code == 5
    assert re.search(r"allowance for deliveries, 20 inputs a day.*begins again at 2026-11-23.*quota-reached", ran.error)
    assert council.sends(*export("csc", ROWS[:1])).ok().result["kept"] == 1
    assert council.asks(ABOUT, staff="sw").people == {"subject": [["csc"]]}
    asked = council.asking(ABOUT, staff="sw")
    assert asked.code == 5
    assert "allowance for questions" in asked.error
    world.later(days=1)
    assert council.asks(ABOUT, staff="sw").people == {"subject": [["csc"]]}
    world.check()


def test_the_days_allowance_of_questions_at_the_broker(make_world: Callable[..., World], database_url: str) -> None:
    """Somebody goes on asking after the agency's allowance is used up, or it does not start again."""
    world = make_world(database_url, questions_per_day=2)
    council = world.agency("council")
    council.posts(CSV, MAPPING)
    for _ in range(2):
        council.asks(ABOUT, staff="sw")
    ran = council.asking(ABOUT, staff="sw")
    assert ran.code == 5
    assert re.search("used its allowance of look-ups for today.*midnight UTC.*questions-used-up", ran.error)
    assert world.agency("school").asks(ABOUT).people, "another agency has its own"
    world.later(days=1)
    assert council.asks(ABOUT, staff="sw").people == {"subject": [["csc"]]}
    world.check()


def test_no_agreement_lets_the_source_post(make_world: Callable[..., World], sqlite_url: str, tmp_path: Path) -> None:
    """Records are taken in after the agreements that let a source post have lapsed."""
    policies = lapsed(tmp_path, "isa-2026-001.yaml", "isa-2026-002.yaml", "isa-2026-003.yaml")
    world = make_world(sqlite_url, policies=policies)
    ran = world.agency("council").sends(CSV, MAPPING)
    assert ran.code == 6
    assert re.search("no agreement in force lets `csc` post.*renew it.*agreement-missing", ran.error)
    is_plain(ran)
    assert held(world) == 0
    world.check()
