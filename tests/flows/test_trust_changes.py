"""The trust list changes while everything runs: whom it no longer names is refused at the very next request.

Nothing is restarted in these tests. The custodians sign, the operator publishes, and that is all.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from bearers import bear
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from granting import grant_of, run
from people import MINA, Row, export
from signed import deliver, request, send, signer
from world import ADDRESSES, AGENCIES, POLICIES, World

from broker.errors import BrokerError
from broker.keys import changes
from broker.keys.listed import AgencyKey
from broker.keys.messages import RequestSigner
from broker.keys.trust import Trust
from broker.keys.wallet import origin
from broker.store import auditread
from broker.synthetic import servers
from broker.synthetic.parties import Addresses, Parties, make_parties, publish
from broker.vaults.secretfile import read_secrets
from broker.wire.fields import decode64, encode64

ROOT = Path(__file__).parents[2]
CSV, MAPPING = export("csc", [Row(MINA, "C1")])
TENANT, TENANT_MAPPING = export("hs", [Row(MINA, "T1")])
Change = Callable[[Trust], Trust]


def told(world: World) -> list[list[str]]:
    return world.agency("council").asks(MINA.about(), staff="sw").people.get("subject", [])


def posted(world: World) -> None:
    world.agency("council").posts(CSV, MAPPING)
    world.agency("homes").posts(TENANT, TENANT_MAPPING)
    assert told(world) == [["csc", "hs"]]


def code_of(world: World, use: str, *, path: str, agency: str = "homes", to: str = ADDRESSES.broker) -> str:
    """What a signed request of an agency's key ends with."""
    asked = request(world, signer(world, agency, use), "POST", path, body=b"{}", to=to)
    return deliver(world, asked).code


def ready(world: World, address: str) -> int:
    return world.network.handle_request(httpx2.Request("GET", f"{address}/readyz")).status_code


EVERYWHERE = [
    ("desk", "/v1/questions", ADDRESSES.broker),
    ("delivery", "/v1/batches/" + "0" * 32 + "/close", ADDRESSES.broker),
    ("review", "/v1/reviews", ADDRESSES.broker),
    ("review", "/v1/verdicts", ADDRESSES.broker),
    ("desk", "/v1/evaluate", ADDRESSES.linkage_unit),
    ("delivery", "/v1/evaluate", ADDRESSES.linkage_unit),
]


@pytest.mark.parametrize("how", [changes.suspended, changes.left], ids=["suspended", "left"])
def test_an_agency_that_goes_is_refused_everywhere_at_once(
    quick_world: World, how: Callable[[Trust, str], Trust]
) -> None:
    """One of its keys still opens one address of one service until that is restarted."""
    for use, path, to in EVERYWHERE:
        assert code_of(quick_world, use, path=path, to=to) != "caller-unproven", path
    quick_world.trusts(how(quick_world.parties.trust, "homes"))
    for use, path, to in EVERYWHERE:
        assert code_of(quick_world, use, path=path, to=to) == "caller-unproven", (use, path)


def test_what_a_suspended_agency_posted_is_still_told(quick_world: World) -> None:
    """While something is looked into, a family stops being found."""
    posted(quick_world)
    quick_world.trusts(changes.suspended(quick_world.parties.trust, "homes"))
    assert told(quick_world) == [["csc", "hs"]]


def test_nothing_of_an_agency_that_left_is_told(quick_world: World) -> None:
    """An agency left, and goes on telling its tenants' affairs."""
    posted(quick_world)
    quick_world.trusts(changes.left(quick_world.parties.trust, "homes"))
    assert told(quick_world) == [["csc"]]


@pytest.mark.parametrize(
    ("what", "change", "told_after"),
    [
        ("retired", changes.retired, ["csc", "hs"]),
        ("revoked", changes.revoked, ["csc"]),
    ],
)
def test_a_delivery_key_that_is_no_longer_used(
    quick_world: World, what: str, change: Callable[[Trust, str], Trust], told_after: list[str]
) -> None:
    """Retired: what it signed before counts for nothing. Revoked: what a thief may have signed counts."""
    posted(quick_world)
    quick_world.trusts(change(quick_world.parties.trust, "homes/delivery-1"))
    assert code_of(quick_world, "delivery", path=EVERYWHERE[1][1]) == "caller-unproven", what
    assert code_of(quick_world, "desk", path="/v1/questions") != "caller-unproven", what
    assert told(quick_world) == [told_after], what


def test_the_key_of_a_reviewer_who_leaves_opens_nothing(quick_world: World) -> None:
    """A leaver reviews on from home, and their verdicts count as a reviewer's."""
    quick_world.trusts(changes.revoked(quick_world.parties.trust, "homes/review-1"))
    for path in ("/v1/reviews", "/v1/explanations", "/v1/verdicts"):
        assert code_of(quick_world, "review", path=path) == "caller-unproven"


def test_the_grant_of_a_granter_who_leaves_ends_at_once(quick_world: World) -> None:
    """A run goes on for days after one of the two who allowed it was taken off the list."""
    posted(quick_world)
    given = grant_of(quick_world)
    quick_world.trusts(changes.revoked(quick_world.parties.trust, "carers_council/a.adeyemi"))
    with pytest.raises(BrokerError) as caught:
        run(quick_world, given)
    assert caught.value.code in ("granter-unknown", "linkage-unit-unavailable")


def test_nobody_is_answered_under_a_list_that_expired(quick_world: World) -> None:
    """Cut off from changes, the services answer for ever."""
    quick_world.later(days=3651)
    for address in (ADDRESSES.broker, ADDRESSES.linkage_unit):
        assert ready(quick_world, address) == 503
        assert code_of(quick_world, "desk", path="/v1/questions" if address == ADDRESSES.broker else "/v1/evaluate",
                       to=address) == "trust-list-expired"  # fmt: skip
    quick_world.now -= quick_world.now - quick_world.now.replace(year=2026)
    assert ready(quick_world, ADDRESSES.broker) == 200


def test_the_log_says_since_when_a_key_counted(quick_world: World) -> None:
    """Nobody can tell afterwards under which keys something was believed."""
    quick_world.later(minutes=1)
    quick_world.trusts(changes.suspended(quick_world.parties.trust, "homes"))
    told(quick_world)
    with quick_world.parts.store.look() as connection:
        known = auditread.keys_in_use(connection)
    assert not [name for name in known if name.startswith("homes/")]
    assert [name for name in known if name.startswith("council/")]


def test_a_list_that_asks_for_a_key_that_is_not_here_is_not_answered_under(quick_world: World) -> None:
    """The broker signs receipts with a key that nobody believes any more."""
    before = quick_world.parties.trust
    quick_world.trusts(
        before.model_copy(update={"broker": before.broker.model_copy(update={"receipts": (b"r" * 32,)})})
    )
    answered = send(quick_world, "council", "desk", method="GET", path="/v1/recalls")
    assert (answered.status, answered.code) == (503, "trust-list-unusable")
    assert "receipt" not in json.dumps(answered.json)
    said = [json.loads(line) for line in quick_world.diagnostics.getvalue().splitlines()]
    assert [one["code"] for one in said if one["event"] == "trust_list.unusable"] == ["keys-mismatch"]
    quick_world.trusts(before)
    assert send(quick_world, "council", "desk", method="GET", path="/v1/recalls").status == 200


def test_what_a_revoked_key_posted_is_told_again_once_another_posted_it(quick_world: World) -> None:
    """A stolen key costs an agency its records for ever, or nothing at all."""
    posted(quick_world)
    homes, trust = quick_world.agency("homes"), quick_world.parties.trust
    made = homes.runs("keys", "new", "delivery", "--json").ok().result
    key = AgencyKey(id=made["id"], use="post", public=decode64(made["public"]), status="active")
    quick_world.trusts(changes.revoked(changes.with_agency_key(trust, key), "homes/delivery-1"))
    assert told(quick_world) == [["csc"]]
    quick_world.later(hours=1)
    homes.posts(TENANT, TENANT_MAPPING, "--again")
    assert told(quick_world) == [["csc", "hs"]]


def test_real_processes_follow_without_a_restart(tmp_path: Path, sqlite_url: str) -> None:
    """In one process everything is seen at once, and in two nothing is."""
    addresses = Addresses(*(f"http://127.0.0.1:{servers.free_port()}" for _ in range(2)))
    today = dt.datetime.now(dt.UTC)
    parties = make_parties(tmp_path / "place", AGENCIES, addresses=addresses, place="brackwater", today=today.date())
    running = [
        servers.linkage_unit(parties, addresses),
        servers.broker(parties, addresses, policies=POLICIES, database_url=sqlite_url),
    ]
    signing = RequestSigner("homes/desk-1", desk_key(parties, "homes"))

    def answers() -> list[str]:
        return [
            ask(signing, f"{address}{path}")
            for address, path in ((addresses.broker, "/v1/questions"), (addresses.linkage_unit, "/v1/evaluate"))
        ]

    try:
        for server in running:
            server.start()
        assert answers() == ["schema-invalid", "schema-invalid"]
        publish(parties, changes.suspended(parties.trust, "homes"), now=today)
        assert answers() == ["caller-unproven", "caller-unproven"]
        publish(parties, parties.trust, now=today)
        assert answers() == ["schema-invalid", "schema-invalid"]
    finally:
        for server in running:
            server.stop()


def desk_key(parties: Parties, agency: str) -> Ed25519PrivateKey:
    return read_secrets(parties.home(agency) / "secrets.json", owner=f"agency:{agency}").ed25519("desk")


def ask(signing: RequestSigner, url: str) -> str:
    """The code that a signed request without a sensible body ends with."""
    nonce, now = encode64(os.urandom(16)), dt.datetime.now(dt.UTC)
    with httpx2.Client(base_url=origin(url)) as client:
        bear(signing, origin(url), client)
    headers = signing.headers("POST", url, body=b"{}", nonce=nonce, created=now)
    answered = httpx2.post(url, content=b"{}", headers={**headers, "content-type": "application/json"})
    return str(answered.json()["code"])


def test_every_signed_route_works_with_the_parts_of_now() -> None:
    """A new route asks an old trust list who may call it, or goes on with the keys of the start."""
    texts = {path.stem: path.read_text() for path in (ROOT / "broker" / "api").glob("*.py")}
    assert [name for name, text in texts.items() if "proven.caller(" in text] == ["callers"]
    # What is public reads the log and the database, and asks nobody's key; credentials begin with the parts of now.
    signed = {name: text for name, text in texts.items() if name not in ("callers", "credentials", "health", "log")}
    used = {name: re.findall(r"(?<!called\()(?<!router\()\bparts\b(?! import)", text) for name, text in signed.items()}
    assert {name: some for name, some in used.items() if some} == {}
