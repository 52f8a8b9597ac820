"""A granter signs what they have seen: the purpose, the end, and exactly the list that goes with it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path

import pytest
from client_parties import NOW, make_trust, secret, trust_json
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from trust_lists import write_trust_list

from broker.agency.commands_grant import read_digests
from broker.agency.grant_used import check_used, grant_alarms
from broker.audit import tree
from broker.errors import BadInput, Untrusted
from broker.keys import context, signing
from broker.vaults.secretfile import write_secrets
from broker.wire.counts import GrantStatement
from broker.wire.fields import canonical, encode64, parse
from broker.wire.grant import GrantSignature, GrantTerms

AT = int(NOW.timestamp())
WHO = "records_authority/j.whitlock"
LIST = sorted(hashlib.sha256(bytes([n])).digest() for n in range(5))


def terms(**changes: object) -> GrantTerms:
    nodes = tree.reader(tree.append(0, map(tree.leaf_hash, LIST), nodes=tree.reader({})))
    given = {"v": 1, "id": encode64(b"g" * 16), "place": "brackwater", "purpose": "match_quality", "openings": 640}
    given |= {"expires": int((NOW + dt.timedelta(days=7)).timestamp()), "count": 5, "pivots": tree.root(5, nodes).hex()}
    return parse(GrantTerms, json.dumps(given | changes))


@pytest.fixture
def files(tmp_path: Path) -> Path:
    public = Ed25519PrivateKey.from_private_bytes(secret("grant")).public_key().public_bytes_raw()
    listed = {"id": WHO, "organisation": "Eastern Records Authority", "public": encode64(public)}
    trust = json.loads(trust_json()) | {"granters": [listed]}
    write_trust_list(tmp_path, trust)
    values = {"grant": secret("grant")}
    write_secrets(tmp_path / "mine.json", f"granter:{WHO}", created="2026-11-22", values=values)
    (tmp_path / "list.txt").write_text("\n".join(one.hex() for one in LIST) + "\n")
    (tmp_path / "terms.json").write_text(terms().model_dump_json())
    return tmp_path


def sign(run, files: Path, *, who: str = WHO):
    command = ["grant", files / "terms.json", "--digests", files / "list.txt", "--secrets", files / "mine.json"]
    return run(*command, "--as", who, "--trust", files / "keys")


def test_a_granter_signs_what_they_were_shown(run, files, monkeypatch) -> None:
    """The signature verifies over the terms, and what it allows was said first."""
    monkeypatch.setattr("typer.confirm", lambda *_, **__: True)
    code, out, error = sign(run, files)
    assert code == 0, error
    assert "5 records, 640 openings of evidence, 2.0 times what one run needs" in error
    signature = parse(GrantSignature, out)
    key = Ed25519PrivateKey.from_private_bytes(secret("grant")).public_key()
    signing.verify_bytes(context.GRANT + canonical(terms()), signature.signature, public_key=key)


def test_a_granter_allows_envelopes_to_be_sealed_again(run, files, monkeypatch) -> None:
    """Such terms have no list, and say that nothing is compared; with a list they are not signed."""
    monkeypatch.setattr("typer.confirm", lambda *_, **__: True)
    asked = terms(purpose="reseal", count=0, pivots=tree.root(0, tree.reader({})).hex())
    (files / "terms.json").write_text(asked.model_dump_json())
    code, _, error = sign(run, files)
    assert code != 0 and "grant-other-list" in error
    given = ("grant", files / "terms.json", "--secrets", files / "mine.json", "--as", WHO)
    code, out, error = run(*given, "--trust", files / "keys")
    assert code == 0, error
    assert "640 openings of evidence; nothing is compared" in error
    key = Ed25519PrivateKey.from_private_bytes(secret("grant")).public_key()
    signing.verify_bytes(context.GRANT + canonical(asked), parse(GrantSignature, out).signature, public_key=key)


@pytest.mark.parametrize(("changes", "code"), [
    ({"count": 4}, "grant-other-list"),
    ({"pivots": "ab" * 32}, "grant-other-list"),
    ({"place": "elsewhere"}, "grant-terms"),
    ({"expires": 1}, "grant-terms"),
])  # fmt: skip
def test_terms_that_do_not_fit_are_not_signed(run, files, changes, code) -> None:
    """Nobody signs for another list, another place or yesterday."""
    (files / "terms.json").write_text(terms(**changes).model_dump_json())
    ended, out, error = sign(run, files)
    assert (ended, out) == (3, "")
    assert code in error


def statement(**changes: object) -> GrantStatement:
    given = {"v": 1, "grant": b"g" * 16, "made": AT, "blocks": 5, "openings": 320, "different": 40, "strangers": 1}
    unsigned = GrantStatement(**(given | {"last": AT - 60, "signature": signing.UNSIGNED} | changes))
    key = Ed25519PrivateKey.from_private_bytes(secret("unit_signing"))
    return signing.sign(unsigned, context.GRANT_USED, signing_key=key)


@pytest.mark.parametrize(("changes", "kinds"), [
    ({}, []),
    ({"blocks": 0, "openings": 0, "different": 0, "strangers": 0, "last": 0}, []),
    ({"strangers": 4}, []),
    ({"strangers": 5}, ["strangers"]),
    ({"strangers": 50, "different": 500}, []),
    ({"strangers": 51, "different": 500}, ["strangers"]),
    ({"openings": 641}, ["beyond-the-grant"]),
    ({"blocks": 6}, ["beyond-the-grant"]),
    ({"last": AT + 8 * 86_400}, ["beyond-the-grant"]),
])  # fmt: skip
def test_what_was_used_is_held_against_the_terms(changes, kinds) -> None:
    """A granter whose run was filled with strangers, or who allowed less, is told."""
    assert [alarm.kind for alarm in grant_alarms(statement(**changes), terms())] == kinds


def test_a_count_is_believed_when_it_is_the_units_of_this_grant_and_new() -> None:
    """Not another grant's, not yesterday's, and signed by nobody else."""
    trust = make_trust()
    check_used(statement(), trust, grant=b"g" * 16, now=AT + 5)
    forged = statement().model_copy(update={"strangers": 0})
    for said, id, now in [(statement(), b"x" * 16, AT), (statement(), b"g" * 16, AT + 301), (forged, b"g" * 16, AT)]:
        with pytest.raises(Untrusted):
            check_used(said, trust, grant=id, now=now)


def test_only_a_granter_of_the_trust_list_signs(run, files) -> None:
    """Another name has no key there."""
    assert sign(run, files, who="carers_council/a.adeyemi")[0] == 6


@pytest.mark.parametrize("data", [b"", b"zz", b"ab", b"\xff", (LIST[1].hex() + "\n" + LIST[0].hex()).encode(),
                                  (LIST[0].hex() + "\n") .encode() * 2])  # fmt: skip
def test_a_list_that_hides_something_is_refused(data: bytes) -> None:
    """A record named twice would be a pivot twice."""
    with pytest.raises(BadInput):
        read_digests(data)
