"""Keys get their access credentials: by themselves, once for each proof, not too often, and strangers are counted."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest
from bearers import bear
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from doors import Doors
from joserfc import jws as stranger
from joserfc.jwk import OKPKey
from knocking import STRANGER, Knocker
from people import MINA, Row, export
from signed import issuer_at
from sqlalchemy import select
from test_doors_credentials import issuer_of, key_in
from world import ADDRESSES, World

from broker import admission, turnedaway
from broker.agency.client import Connection, open_http
from broker.agency.credentials import KeptCredentials
from broker.agency.edges import Edges
from broker.errors import BadInput, TooFast, Unavailable, Untrusted
from broker.keys import assertion, credential, jws
from broker.keys.credential import Issuer
from broker.keys.messages import RequestSigner
from broker.keys.wallet import Held, InMemory
from broker.linkunit.ledger import Ledger
from broker.store import audit_tables, credentials, engine
from broker.turnedaway import Once, TurnedAway

NOW = 1_795_337_987
KEY = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
PARTIES = [("broker", ADDRESSES.broker, "/v1/questions"), ("linkunit", ADDRESSES.linkage_unit, "/v1/evaluate")]


@pytest.fixture(params=PARTIES, ids=["broker", "linkunit"])
def knocker(request: pytest.FixtureRequest, doors: Doors) -> Knocker:
    name, url, path = request.param
    client = doors.world.network.clients[name]
    return Knocker(url, client, key_in(doors), issuer_of(doors, name), path, lambda: doors.world.now)


# -- the texts


def test_a_thumbprint_is_the_rfcs() -> None:
    """RFC 8037, appendix A.3: others bind credentials to the same words for the same key."""
    public = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    key = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": public})
    assert credential.thumbprint(key.public_key) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"  # type: ignore[arg-type]


def test_our_texts_are_anybodys() -> None:
    """What we sign a library of JOSE reads, and what it signs we read: one format, not one of our own."""
    theirs = OKPKey.import_key(dict(credential.as_jwk(KEY.public_key())))
    made = jws.compact({"alg": "Ed25519", "typ": "JWT"}, {"iss": "council"}, sign=KEY.sign)
    assert json.loads(stranger.deserialize_compact(made, theirs, algorithms=["Ed25519"]).payload) == {"iss": "council"}
    private = OKPKey.import_key(
        {**credential.as_jwk(KEY.public_key()), "d": "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc"}
    )
    header = {"typ": "JWT", "alg": "Ed25519"}
    read = jws.spelt(stranger.serialize_compact(header, b'{"iss": "council"}', private, ["Ed25519"]), header=header)
    assert jws.signer_of(read, typ="JWT", keys=[STRANGER.public_key(), KEY.public_key()]).public_bytes_raw() == (
        KEY.public_key().public_bytes_raw()
    )
    assert read.claims == {"iss": "council"}


def test_a_strangers_client_gets_a_credential(knocker: Knocker) -> None:
    """An agency's own programmers use whatever library of OAuth they have."""
    key = knocker.key(knocker.key_id)
    d = credential.encode64(key.private_bytes_raw())
    private = OKPKey.import_key({**credential.as_jwk(key.public_key()), "d": d})

    def signs(header: dict[str, Any], claims: dict[str, Any]) -> str:
        return stranger.serialize_compact({"alg": "Ed25519"} | header, json.dumps(claims), private, ["Ed25519"])

    said = signs({"kid": knocker.key_id, "typ": "JWT"}, knocker.claims(nbf=knocker.now))
    proof = {"htm": "POST", "htu": knocker.url + assertion.PATH, "iat": knocker.now, "jti": os.urandom(12).hex()}
    shown = signs({"typ": "dpop+jwt", "jwk": credential.as_jwk(key.public_key())}, proof)
    assert knocker.asks(said, proof=shown).json()["token_type"] == "DPoP"


def test_a_credential_is_good_for_ten_minutes_where_it_was_given() -> None:
    """Longer, earlier, at another address or in another process it is none."""
    ours = Issuer("https://b.example", b"1" * 32)
    given = ours.issue("council/desk-1", KEY.public_key(), id=b"i" * 16, now=NOW)
    assert ours.read(given, now=NOW + 599).key_id == "council/desk-1"
    elsewhere = Issuer("https://c.example", ours.secret)
    for other, now in ((ours, NOW + 600), (ours, NOW - 1), (elsewhere, NOW), (Issuer(ours.url, b"2" * 32), NOW)):
        with pytest.raises(Untrusted):
            other.read(given, now=now)


def test_reading_a_credential_costs_next_to_nothing() -> None:
    """It comes with every request: half a millisecond more for each would be a tenth of a question."""
    issuer = Issuer("https://b.example", bytes(32))
    given = [issuer.issue("council/desk-1", KEY.public_key(), id=bytes([n]) * 16, now=NOW) for n in range(100)]
    for limit in (500e-6, 50e-6):  # The first time, and then from memory.
        began = time.thread_time()
        for text in given:
            assert credential.thumbprint(KEY.public_key()) == issuer.read(text, now=NOW).thumbprint
        assert (time.thread_time() - began) / len(given) < limit


# -- the books


def held_to_its_word(open_book: Callable[[], admission.Book]) -> None:
    """What is said of every book, with a restart between any two steps."""
    assert open_book().note("council/desk-1", ("a", "b"), now=NOW)
    assert not open_book().note("council/desk-1", ("a", "c"), now=NOW + 1), "an assertion is good once"
    assert not open_book().note("council/desk-1", ("d", "b"), now=NOW + 1), "and so is a proof"
    assert open_book().note("homes/desk-1", ("a", "b"), now=NOW + 1), "what another key shows is its own"
    book = open_book()
    # The two that were refused left the half of each that was new.
    for number in range(admission.MOST - 2):
        assert book.note("council/desk-1", (f"x{number}", f"y{number}"), now=NOW + 2)
    for at in (NOW + 2, NOW + admission.SPAN - 1):
        with pytest.raises(TooFast):
            open_book().note("council/desk-1", ("one", "more"), now=at)
    assert open_book().note("council/delivery-1", ("e", "f"), now=NOW + 2), "its other keys go on"
    assert open_book().note("council/desk-1", ("one", "more"), now=NOW + admission.SPAN + 2)


def test_the_brokers_book_forgets_nothing(database_url: str) -> None:
    """A proof is used twice, or a stolen key fetches credentials without end, across a restart."""
    opened: list[engine.Store] = []

    def book() -> credentials.Given:
        opened.append(engine.open_store(database_url))
        return credentials.Given(opened[-1])

    try:
        held_to_its_word(book)
    finally:
        for store in opened:
            store.engine.dispose()


def test_the_linkage_units_book_forgets_nothing(tmp_path: Path) -> None:
    """As the broker's."""
    held_to_its_word(lambda: Ledger(tmp_path / "ledger.db", {"post": 1, "ask": 1, "review": 1}))


def test_a_key_that_had_enough_is_told_when_to_come_again(knocker: Knocker) -> None:
    """A program that fetches one for each request finds out, and nobody else waits for it."""
    knocker.key_id = "fire/desk-1"
    codes = [knocker.asks().status_code for _ in range(admission.MOST)]
    refused = knocker.asks()
    assert set(codes) == {200}
    assert (refused.status_code, refused.json()["code"]) == (429, "requests-too-fast")
    assert refused.headers["retry-after"] == "600"
    knocker.key_id = "fire/delivery-1"
    assert knocker.asks().status_code == 200


def test_who_is_refused_costs_no_write(knocker: Knocker, doors: Doors) -> None:
    """A key's overheard proof, or a program gone wild, takes the turn of everybody who writes."""
    knocker.key_id = "nhs/desk-1"
    said, proof = knocker.says(), knocker.shows()
    asks: list[Callable[[], int]] = [
        lambda: knocker.asks(said, proof=proof).status_code,
        lambda: knocker.asks(knocker.says(signature=STRANGER.sign)).status_code,
        lambda: knocker.asks().status_code,
    ]
    # The first of each kind is let in, counted at once, and refused for the first time.
    assert [asks[0](), asks[0](), asks[1]()] == [200, 401, 401]
    assert {asks[2]() for _ in range(admission.MOST)} == {200, 429}
    is_broker = knocker.url == ADDRESSES.broker
    path = doors.world.settings.database_url.partition(":///")[2] if is_broker else doors.world.unit_settings.ledger
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        assert [{one() for _ in range(20)} for one in asks] == [{429}, {401}, {429}]
        assert time.monotonic() - began < 5
    knocker.key_id = "nhs/delivery-1"
    said, proof = knocker.says(), knocker.shows()
    assert asks[0]() == 200
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        assert {asks[0]() for _ in range(20)} == {401}


# -- the agency's own programs


def test_a_credential_is_fetched_once_and_again_when_it_ends(quick_world: World) -> None:
    """Every command of the desk would wait for two more requests."""
    council = quick_world.agency("council")
    feed = lambda: council.runs("feed", "--json").ok()  # noqa: E731
    feed(), feed()
    assert fetched(quick_world) == 1
    quick_world.later(seconds=credential.SECONDS - 30)
    feed()
    assert fetched(quick_world) == 1
    quick_world.later(seconds=20)
    feed()
    assert fetched(quick_world) == 2


def fetched(world: World) -> int:
    return sum(one.path == assertion.PATH and one.status == 200 for one in world.network.looks)


def test_what_is_kept_may_be_lost_or_spoilt(quick_world: World) -> None:
    """The file is nobody's to read and no secret; whatever stands in it, the next command works."""
    council, folder = quick_world.agency("council"), quick_world.parties.home("council") / "state" / "credentials"
    council.runs("feed", "--json").ok()
    [kept] = folder.iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    until = json.loads(kept.read_bytes())["until"]
    ours = issuer_at(quick_world, "broker")
    forged = ours.issue("homes/desk-1", STRANGER.public_key(), id=bytes(16), now=until - 600)
    spoilt = ("", "{", "[]", '{"text":1,"until":2}', json.dumps({"text": forged, "until": until}))
    for content in (*spoilt, json.dumps({"text": "a b", "until": until}), json.dumps({"text": "e30", "until": 10**12})):
        kept.write_text(content)
        council.runs("feed", "--json").ok()
    assert fetched(quick_world) == 8
    assert "PRIVATE" not in kept.read_text()


def test_a_service_with_another_key_is_asked_anew(knocker: Knocker) -> None:
    """The service's signing key changed, so it knows no credential of before: one request more, and no error."""
    signer = bear(RequestSigner(knocker.key_id, knocker.key(knocker.key_id), InMemory()), knocker.url, knocker.client,
                  now=knocker.clock())  # fmt: skip
    before = Issuer(knocker.url, bytes(32)).issue(
        knocker.key_id, signer.private_key.public_key(), id=bytes(16), now=knocker.now
    )
    signer.wallet.keep(knocker.url, Held(before, knocker.now + 600))
    edges = Edges(knocker.clock, os.urandom, lambda _: None, _Through(knocker))
    with open_http(edges) as http, pytest.raises(BadInput):
        Connection("it", knocker.url, signer, http, edges).send("POST", knocker.path, body=b"{}")
    assert signer.wallet.get(knocker.url) != Held(before, knocker.now + 600)


class _Through(httpx2.BaseTransport):
    def __init__(self, knocker: Knocker) -> None:
        self.knocker = knocker

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = self.knocker.client.send(request, follow_redirects=False)
        return httpx2.Response(answer.status_code, headers=answer.headers, content=answer.content, request=request)


def test_a_wallet_that_can_not_be_kept_stops_nothing(tmp_path: Path) -> None:
    """A full or read-only disk costs a request each time."""
    (tmp_path / "file").write_text("")
    kept = KeptCredentials(tmp_path / "file" / "credentials", "council/desk-1")
    kept.keep("https://b.example", Held("e30", NOW))
    assert kept.get("https://b.example") is None


def test_the_broker_renews_its_own_at_the_linkage_unit(quick_world: World) -> None:
    """A question a quarter of an hour later, or after the linkage unit's key changed, finds it open."""
    council = quick_world.agency("council")
    council.posts(*export("csc", [Row(MINA, "C1")]))
    wallet = quick_world.parts.linkage_unit.signer.wallet
    for spoil in (
        lambda: None,
        lambda: quick_world.later(minutes=15),
        lambda: wallet.keep(ADDRESSES.linkage_unit, Held("e30.e30.e30", int(quick_world.now.timestamp()) + 300)),
    ):
        spoil()
        assert council.asks(MINA.about(), staff="sw").people == {"subject": [["csc"]]}


# -- who is turned away


def test_strangers_are_in_the_record_of_the_broker(quick_world: World) -> None:
    """One event at once, and one for all that came in the ten minutes after it."""
    before = unproven(quick_world)
    client: Any = quick_world.network.clients["broker"]
    for _ in range(300):
        assert client.post("/v1/questions", content=b"{}").status_code == 401
    assert unproven(quick_world) == [*before, ("broker", 1)]
    client.app.state.guard.turned_away.flush()
    assert unproven(quick_world) == [*before, ("broker", 1), ("broker", 299)]
    quick_world.check()


def unproven(world: World) -> list[tuple[str, int]]:
    with world.parts.store.look() as connection:
        leaves = connection.execute(
            select(audit_tables.audit_entries.c.leaf).where(audit_tables.audit_entries.c.typ == "unproven")
        ).scalars()
        found = [json.loads(leaf) for leaf in leaves]
    return [(one["org"], one["count"]) for one in sorted(found, key=lambda one: str(one["t"]))]


def test_strangers_are_in_the_count_log_of_the_linkage_unit(quick_world: World) -> None:
    """By the party whose name they used; nothing that they sent."""
    client: Any = quick_world.network.clients["linkunit"]
    signer = RequestSigner("council/desk-1", STRANGER)
    path = ADDRESSES.linkage_unit + "/v1/evaluate"
    for number in range(20):
        signer.wallet.keep(ADDRESSES.linkage_unit, Held("e30.e30.e30", 0))
        headers = signer.headers("POST", path, body=b"", nonce=f"{number:020}", created=quick_world.now)
        assert client.post("/v1/evaluate", headers=headers).status_code == 401
    client.app.state.guard.turned_away.close()
    ledger = Ledger(quick_world.unit_settings.ledger, {"post": 1, "ask": 1, "review": 1})
    rows = [line.row for line in ledger.lines(0, most=100) if line.row.use == "refused"]
    assert [(row.agency, row.count) for row in rows] == [("council", 1), ("council", 19)]


def test_a_record_that_can_not_be_written_keeps_its_counts() -> None:
    """The database is away for a while: who came then is in the record later."""
    written: list[turnedaway.Counts] = []
    away = True

    def write(counts: turnedaway.Counts) -> None:
        if away:
            raise Unavailable("store-unavailable", "the store can't take this now")
        written.append(counts)

    door = TurnedAway(write)
    for party in ("council", "council", "unknown"):
        door.note(party, "jws-signature")
    away = False
    door.close()
    assert written == [{"council": {"jws-signature": 2}, "unknown": {"jws-signature": 1}}]
    door.close()
    assert len(written) == 1


def test_what_was_used_is_remembered_long_enough() -> None:
    """A nonce is good for five minutes, and is remembered for at least as long, whenever it came."""
    once = Once(300)
    assert once.use("a", now=1000) and not once.use("a", now=1299)
    assert once.use("b", now=1290) and once.use("c", now=1301)
    assert not once.use("b", now=1589)
    assert once.use("b", now=1902), "and not for ever"
