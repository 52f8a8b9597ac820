"""A witness answers as C2SP tlog-witness says, and no two of its cosignatures ever contradict each other."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import stat
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi.testclient import TestClient
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from typer.testing import CliRunner

from broker.audit import cosignature, tree, witnessing
from broker.audit.checkpoint import Checkpoint, open_note, sign, vkey
from broker.errors import Misconfigured, Unavailable
from broker.vaults.secretfile import write_secrets
from broker.witness import cli
from broker.witness.app import create_app, open_witness
from broker.witness.book import Book
from broker.witness.cosigning import Witness, add_checkpoint, latest
from broker.witness.settings import Settings, load_settings

LOG, NAME = "broker.example/audit", "council.example/witness"
LOG_KEY, OTHER_KEY = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 3))
LOG_VKEY = vkey(LOG, LOG_KEY.public_key())
NOW = dt.datetime(2026, 11, 22, 9, 30, tzinfo=dt.UTC)
AT = int(NOW.timestamp())
Change = Callable[[bytes], bytes]


class Log:
    """A log in memory, which can be told to lie."""

    def __init__(self, name: str = "honest") -> None:
        self.hashes = [hashlib.sha256(f"{name} {n}".encode()).digest() for n in range(64)]
        self.nodes = tree.append(0, self.hashes, nodes=tree.reader({}))

    def note(self, size: int, key: Ed25519PrivateKey = LOG_KEY, origin: str = LOG) -> str:
        root = tree.root(size, tree.reader(self.nodes))
        return sign(Checkpoint(origin, size, root), origin, private_key=key)

    def body(self, old: int, new: int) -> bytes:
        proof = tree.consistency_proof(old, new, nodes=tree.reader(self.nodes)) if old <= new else []
        return witnessing.write(old, proof, note=self.note(new))


@pytest.fixture
def settings_of(tmp_path: Path) -> Settings:
    """A witness's folder: its key, the log it knows, no database yet."""
    values = {"witness": bytes([2]) * 32}
    write_secrets(tmp_path / "secrets.json", "witness", created="2026-11-22", values=values)
    (tmp_path / "logs.txt").write_text(f"log {LOG_VKEY}\nquorum none\n")
    return load_settings(
        name=NAME, secrets=tmp_path / "secrets.json", logs=tmp_path / "logs.txt", database=tmp_path / "witness.db",
        rehearsal=True,
    )  # fmt: skip


@pytest.fixture
def witness(settings_of: Settings) -> Iterator[Witness]:
    opened = open_witness(settings_of, today=NOW.date())
    yield opened
    opened.book.close()


def test_what_the_specification_says(settings_of: Settings, witness: Witness) -> None:
    """Every status of tlog-witness, in the order in which it is met, over HTTP."""
    log, liar = Log(), Log("liar")
    stranger = log.note(5, origin="other.example/log")
    forged = log.note(5, OTHER_KEY)
    with TestClient(create_app(settings_of, clock=lambda: NOW)) as client:

        def add(body: bytes) -> tuple[int, str]:
            answer = client.post("/add-checkpoint", content=body)
            return answer.status_code, answer.text

        path = witnessing.latest_path(LOG)
        assert client.get(path).status_code == 404
        assert add(b"nonsense")[0] == 400
        assert add(witnessing.write(0, [], note=stranger))[0] == 404
        assert add(witnessing.write(0, [], note=forged))[0] == 403
        assert add(witnessing.write(0, [], note=log.note(5) + forged.rpartition("\n\n")[2]))[0] == 200, (
            "its key unknown"
        )
        spoilt = log.note(6)[:-4] + "AA==\n" if log.note(6).endswith("==\n") else log.note(6)[:-3] + "A=\n"
        assert add(witnessing.write(5, [], note=spoilt))[0] in (400, 403)
        assert add(witnessing.write(9, [], note=log.note(5)))[0] == 400
        again = client.post("/add-checkpoint", content=log.body(0, 9))
        assert (again.status_code, again.text) == (409, "5\n")
        assert again.headers["content-type"].startswith("text/x.tlog.size")
        assert add(witnessing.write(5, [bytes(32)], note=log.note(5)))[0] == 422
        assert add(liar.body(5, 5))[0] == 422
        assert add(liar.body(5, 9))[0] == 422
        assert add(witnessing.write(5, [], note=log.note(9)))[0] == 422
        status, line = add(log.body(5, 9))
        assert (status, line.count("\n"), line[0]) == (200, 1, "—")
        assert cosignature.cosigned(log.note(9) + line, [witness.vkey]) == {witness.vkey: AT}
        shown = client.get(path).text
        assert open_note(shown, [LOG_VKEY]) == open_note(log.note(9), [LOG_VKEY])
        assert cosignature.cosigned(shown, [witness.vkey]) == {witness.vkey: AT}
        assert add(log.body(9, 9))[0] == 200
        assert add(b"x" * (witnessing.MAX_BYTES + 1))[0] == 413
        assert client.get("/readyz").json() == {"status": "ready"}
        assert client.get("/0123/checkpoint").status_code == 404
    with witness.book.turn() as turn:
        assert [size for _, size, _, _ in turn.refused()] == [5, 5, 9, 9]


def test_an_empty_log_has_the_empty_root(witness: Witness) -> None:
    """A log that begins with another root could be any log later."""
    empty = sign(Checkpoint(LOG, 0, tree.EMPTY_ROOT), LOG, private_key=LOG_KEY)
    wrong = sign(Checkpoint(LOG, 0, bytes(32)), LOG, private_key=LOG_KEY)
    assert add_checkpoint(witness, witnessing.write(0, [], note=wrong), now=AT).status == 422
    assert add_checkpoint(witness, witnessing.write(0, [bytes(32)], note=Log().note(3)), now=AT).status == 422
    assert add_checkpoint(witness, witnessing.write(0, [], note=empty), now=AT).status == 200
    assert latest(witness, hashlib.sha256(LOG.encode()).hexdigest()) is not None


def test_of_two_at_once_one_wins_and_nothing_goes_back(witness: Witness) -> None:
    """Two processes of a broker send at once, and the smaller tree overwrites the larger."""
    log = Log()
    assert add_checkpoint(witness, log.body(0, 1), now=AT).status == 200
    statuses: list[int] = []
    together = threading.Barrier(8)

    def send(size: int) -> None:
        together.wait()
        statuses.append(add_checkpoint(witness, log.body(1, size), now=AT).status)

    threads = [threading.Thread(target=send, args=(size,)) for size in range(2, 10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [409] * 7


def test_what_can_not_be_kept_is_not_cosigned(witness: Witness) -> None:
    """A cosignature that its witness forgets can be given twice."""
    with witness.book.turn() as turn:
        turn.database.execute(
            "CREATE TEMP TRIGGER full BEFORE INSERT ON cosigned BEGIN SELECT RAISE(FAIL, 'full'); END"
        )
    with pytest.raises(Unavailable):
        add_checkpoint(witness, Log().body(0, 4), now=AT)
    assert latest(witness, hashlib.sha256(LOG.encode()).hexdigest()) is None


def test_a_witness_does_not_start_without_what_it_needs(settings_of: Settings, tmp_path: Path) -> None:
    """A witness without its key, with a key in the clear where people are real, or without a log watches nothing."""
    live = settings_of.model_copy(update={"rehearsal": False})
    with pytest.raises(Misconfigured):
        open_witness(live, today=NOW.date())
    (tmp_path / "empty.txt").write_text("quorum none\n")
    for changed in ({"logs": tmp_path / "empty.txt"}, {"logs": tmp_path / "none.txt"}, {"secrets": tmp_path / "none"}):
        with pytest.raises(Misconfigured):
            open_witness(settings_of.model_copy(update=changed), today=NOW.date())
    (tmp_path / "damaged.db").write_bytes(b"no database" * 100)
    with pytest.raises(Misconfigured):
        open_witness(settings_of.model_copy(update={"database": tmp_path / "damaged.db"}), today=NOW.date())


def test_the_commands_make_a_key_and_say_what_was_seen(
    settings_of: Settings, witness: Witness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An officer who runs a witness sees what it vouches for, and that a log lied."""
    made = CliRunner().invoke(cli.app, ["make", "nhs.example/witness", str(tmp_path / "new.json"), "--clear"])
    assert cosignature.parse(made.stdout.strip()).name == "nhs.example/witness"
    assert stat.S_IMODE((tmp_path / "new.json").stat().st_mode) == 0o600
    monkeypatch.setenv("WITNESS_DATABASE", str(settings_of.database))
    log, liar = Log(), Log("liar")
    add_checkpoint(witness, log.body(0, 7), now=AT)
    said = CliRunner().invoke(cli.app, ["status"])
    assert (said.exit_code, "7 events, cosigned 2026-11-22 09:30:00 UTC" in said.stdout) == (0, True)
    add_checkpoint(witness, liar.body(7, 9), now=AT)
    said = CliRunner().invoke(cli.app, ["status", "--json"])
    assert (said.exit_code, json.loads(said.stdout)["refused"][0]["size"]) == (1, 9)


class AnyOrder(RuleBasedStateMachine):
    """Whatever is sent in whatever order, by two histories of one log: what is cosigned is one history that grows."""

    def __init__(self) -> None:
        super().__init__()
        self.logs = [Log("one"), Log("two")]
        key = Ed25519PrivateKey.from_private_bytes(bytes([2]) * 32)
        self.folder = tempfile.TemporaryDirectory()
        self.witness = Witness(NAME, key, {LOG: [LOG_VKEY]}, Book(Path(self.folder.name) / "witness.db"))
        self.said: list[Checkpoint] = []

    @rule(which=st.integers(0, 1), old=st.integers(0, 40), new=st.integers(0, 40))
    def send(self, which: int, old: int, new: int) -> None:
        reply = add_checkpoint(self.witness, self.logs[which].body(old, new), now=AT)
        if reply.status == 200:
            self.said.append(open_note(self.logs[which].note(new), [LOG_VKEY]))
        elif reply.status == 409:
            assert int(reply.body) == (self.said[-1].size if self.said else 0) != old

    @precondition(lambda self: self.said)
    @rule(which=st.integers(0, 1), more=st.integers(0, 9))
    def go_on(self, which: int, more: int) -> None:
        last = self.said[-1].size
        reply = add_checkpoint(self.witness, self.logs[which].body(last, min(last + more, 60)), now=AT)
        assert reply.status in (200, 422)
        if reply.status == 200:
            self.said.append(open_note(self.logs[which].note(min(last + more, 60)), [LOG_VKEY]))

    @invariant()
    def one_history(self) -> None:
        sizes = [one.size for one in self.said]
        assert sizes == sorted(sizes)
        grown = [one for one in self.said if one.size]
        fits = [all(one.root == tree.root(one.size, tree.reader(log.nodes)) for one in grown) for log in self.logs]
        assert any(fits)

    def teardown(self) -> None:
        self.witness.book.close()
        self.folder.cleanup()


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=12, stateful_step_count=20, deadline=None)
