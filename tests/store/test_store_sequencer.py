"""PostgreSQL: what was committed is placed and signed in one transaction, and told of only after it."""

from __future__ import annotations

from collections.abc import Iterator

import pg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from benchmarks.audit.workload import ORIGIN, Log
from broker.actions import publish_checkpoint
from broker.actions.publish_checkpoint import prove
from broker.audit.checkpoint import Signer, open_note, vkey
from broker.audit.proof import parse_proof
from broker.errors import Unavailable
from broker.store import auditlog

KEY = Ed25519PrivateKey.generate()
VKEYS = [vkey(ORIGIN, KEY.public_key())]
REFUSES = """
CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
CREATE TRIGGER fails BEFORE INSERT ON audit_checkpoints FOR EACH ROW EXECUTE FUNCTION fails()
"""


class Elsewhere:
    """A key that somebody else keeps: it only signs."""

    def sign(self, data: bytes, /) -> bytes:
        return KEY.sign(data)

    public_key = KEY.public_key


def opened(server: pg.Server, key: Signer) -> Iterator[Log]:
    with server.database("template1") as url:
        log = Log(url, key)  # type: ignore[arg-type]
        log.prepare()
        yield log
        log.close()


@pytest.fixture(params=["here", "elsewhere"])
def log(postgres: pg.Server, request: pytest.FixtureRequest) -> Iterator[Log]:
    yield from opened(postgres, KEY if request.param == "here" else Elsewhere())


def test_every_proof_is_under_a_checkpoint_that_is_kept(log: Log) -> None:
    """A proof leads to a signature that the log does not have, and looks like a second history."""
    for size in (1, 2):
        note = log.disclose().note
        assert open_note(note, VKEYS).size == size
        with log.store.look() as connection:
            assert auditlog.latest_checkpoint(connection) == (size, note)
    entries = [log.write(), log.write()]
    assert [parse_proof(one.proof).index for one in prove(log.parts, entries)] in ([2, 3], [3, 2])


def test_a_key_of_our_own_signs_within_the_placing(postgres: pg.Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each answer costs one more transaction, for the checkpoint alone; or each process signs the same tree again."""
    kept: list[object] = []
    monkeypatch.setattr(publish_checkpoint, "_keep", lambda *given: kept.append(given))
    for log in opened(postgres, KEY):
        log.disclose()
        assert not kept
    for log in opened(postgres, Elsewhere()):
        log.disclose()
        assert len(kept) == 1


def test_a_signature_goes_with_its_placing(postgres: pg.Server) -> None:
    """A tree is signed and told of whose places were taken back."""
    for log in opened(postgres, KEY):
        first, entry = log.disclose(), log.write()
        with log.store.sequence() as connection:
            connection.execute(text(REFUSES))
        with pytest.raises(Unavailable):
            prove(log.parts, [entry])
        with log.store.look() as connection:
            assert auditlog.latest_checkpoint(connection) == (1, first.note)
            assert auditlog.size(connection) == 1 and len(auditlog.pending(connection)) == 1
        with log.store.sequence() as connection:
            connection.execute(text("DROP TRIGGER fails ON audit_checkpoints"))
        assert parse_proof(prove(log.parts, [entry])[0].proof).index == 1
