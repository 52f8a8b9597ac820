"""Promise 1: no name, date of birth, address or national number of a person exists outside `agency/`.

People with unmistakable details are posted and asked about through every flow, also those that go wrong. Then all that
is outside the agencies is searched for them in every spelling: the database's files and its write-ahead log,
diagnostics, every body of HTTP, errors, receipts, exports, and the linkage unit's ledger.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

import canaries
import pg
import pytest
from people import EVERYBODY, ISOLDE, JORAM, MINA, OTTO, STRANGER, Person, Row, export
from promises import DETAILS
from signed import say
from sqlalchemy import select, text
from world import World

from broker import oprf
from broker.actions.export_log import export_log
from broker.agency.matchkeys import Person as Known
from broker.agency.matchkeys import match_keys
from broker.keys.labels import label
from broker.keys.secrets import Secrets
from broker.store.tables import labels
from broker.tokens import load_scheme, oprf_input
from broker.vaults.secretfile import read_secrets


def test_no_detail_of_anybody_is_outside_the_agencies(world: World, request: pytest.FixtureRequest) -> None:
    """A name, date of birth, address or number of a person got out of its agency."""
    is_sqlite = world.settings.database_url.startswith("sqlite")
    server: pg.Server | None = None if is_sqlite else request.getfixturevalue("postgres")
    begun = server.wal_position() if server else ""
    live_through_everything(world)
    places = world.outside() | log_files(world)
    places |= {**table_files(world, server), "wal": server.wal_since(begun)} if server else {}
    names = ["linkunit.db", *(["broker.db", "broker.db-wal"] if is_sqlite else ["wal"])]
    assert all(any(place.endswith(name) and places[place] for place in places) for name in names)
    assert not canaries.search(DETAILS, places)


def test_no_match_key_is_outside_the_agencies_unblinded(quick_world: World) -> None:
    """What a match key is made of, its digests, or its point before it was blinded, got out of its agency."""
    live_through_everything(quick_world)
    needles: set[bytes] = set()
    points: set[bytes] = set()
    scheme = load_scheme("uk-person-1")
    unit = read_secrets(quick_world.unit_settings.secrets, owner="linkunit")
    for person in EVERYBODY:
        for number, values in match_keys(known(person), scheme):
            x = oprf_input(scheme, scheme.match_key(number), values, "brackwater")
            points.add(
                label(quick_world.parts.keysets.newest.label_key, "csc", number=number, point=multiplied(unit, x))
            )
            needles |= {
                oprf.hash_to_group(x),
                multiplied(unit, x),
                hashlib.sha256(x).digest(),
                hashlib.sha512(x).digest(),
            }
    spelt = frozenset(spelling for needle in needles for spelling in canaries.written(needle))
    assert not canaries.search_bytes(spelt, quick_world.outside())
    with quick_world.parts.store.look() as connection:
        held = {row.label for row in connection.execute(select(labels.c.label))}
    assert len(held & points) > 20, "these are not the match keys that were posted, so the search proves nothing"


@pytest.mark.parametrize("detail", [MINA.forename, MINA.dob, MINA.postcode, MINA.nhs])
@pytest.mark.parametrize("kind", ["as it is", "upper", "utf-16", "hex", "base64", "base64 inside", "md5", "sha256 hex"])
def test_the_search_finds_what_is_there(detail: str, kind: str) -> None:
    """The search itself misses a spelling, so that the tests above prove nothing."""
    import base64

    hidden = {
        "as it is": detail.encode(),
        "upper": detail.upper().encode(),
        "utf-16": detail.encode("utf-16-le"),
        "hex": detail.encode().hex().encode(),
        "base64": base64.b64encode(detail.encode()),
        "base64 inside": base64.urlsafe_b64encode(b'{"name":"' + detail.encode() + b'","x":1}'),
        "md5": hashlib.md5(detail.encode()).digest(),
        "sha256 hex": hashlib.sha256(detail.lower().encode()).hexdigest().encode(),
    }[kind]
    assert canaries.search([detail], {"there": b"\x01\x02 " + hidden + b"\0\0", "not there": b"nothing"}) == ["there"]


def live_through_everything(world: World) -> None:
    """Every flow once: deliveries good and bad, questions, refusals, verdicts, protections, outages."""
    council, school, police = world.agency("council"), world.agency("school"), world.agency("police")
    family = [Row(MINA, "C1", {"csc.cp_plan": "2026-09-01"}, parents=("C2", "C3")), Row(OTTO, "C2"), Row(ISOLDE, "C3")]
    wrong_day = Row(replace(JORAM, dob=f"born on {JORAM.dob}"), "C4")
    leaking = Row(STRANGER, "C5", worker=f"{STRANGER.forename} {STRANGER.surname}")
    assert council.sends(*export("csc", [*family, wrong_day, leaking])).code == 4
    csv, mapping = export("ed", [Row(MINA, "P1", {"ed.attendance": "71"}, siblings=("P2",)), Row(JORAM, "P2")])
    assert school.sends(csv.replace("First name", MINA.forename), mapping).code == 3
    with world.down("linkunit"):
        assert school.sends(csv, mapping).code == 5
    world.loses("broker", path="/chunks/", after=True, times=9)
    assert school.sends(csv, mapping).code == 5
    world.network.faults.clear()
    school.posts(csv, mapping)
    police.posts(*export("po", [Row(OTTO, "X9", {"po.da_incidents": "2"}, protection="safe_address"), Row(MINA, "X1")]))
    told = council.asks(MINA.about(), staff="sw")
    council.asking(MINA.about(), staff="sw", options=["--names", str(council.home / "exports" / "export.csv")]).ok()
    one, other = (told.block(source).handle for source in ("csc", "po"))
    assert say(world, "council", one, other=other, verdict="not_the_same").status == 200
    council.asks(MINA.about(), staff="untrained")
    council.asks(OTTO.about(), staff="kw", purpose="early_help")
    assert council.asking(STRANGER.about(dob="1979-27-12"), staff="sw").code == 3
    with world.down("broker"):
        assert council.asking(MINA.about(), staff="sw").code == 5
    world.later(days=1)
    school.posts(*export("ed", [Row(JORAM, "P2"), Row(STRANGER, "P3")]))
    school.runs("retract", "P2").ok()
    council.asks(JORAM.about(), staff="sw")


def log_files(world: World) -> dict[str, bytes]:
    """The audit log as it is exported."""
    return {f"log/{path}": content for path, content in export_log(world.parts).items()}


def table_files(world: World, server: pg.Server) -> dict[str, bytes]:
    """The files of PostgreSQL's tables and indexes. SQLite's are among the broker's."""
    with world.parts.store.look() as connection:
        query = text("SELECT pg_relation_filepath(oid) FROM pg_class WHERE oid >= 16384 AND relkind IN ('r', 'i', 't')")
        paths = [server.data / path for path in connection.scalars(query)]
    with server.connect() as connection:
        connection.execute("CHECKPOINT")
    return {str(path): path.read_bytes() for path in paths}


def multiplied(unit: Secrets, x: bytes) -> bytes:
    """The point that the broker unmasks."""
    return oprf.multiply(unit.bytes32("oprf"), oprf.hash_to_group(x))


def known(person: Person) -> Known:
    """A person as the agency's client reads them."""
    postcode = person.postcode.replace(" ", "")
    names = {"forename": person.forename.lower(), "surname": person.surname.lower(), "sex": person.sex}
    return Known(**names, dob=person.dob, postcode=postcode, nhs=person.nhs, upn=person.upn)
