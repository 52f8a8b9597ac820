"""The linkage key of a running linkage unit changes: both epochs are evaluated, then the newer alone, and no other."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from test_linkunit_newkeys import VALUES, trust_of
from trust_lists import change
from unit_and_askers import LINKAGE_KEY, Asker, asked, blinded, secret

from broker import oprf
from broker.errors import Misconfigured
from broker.keys import context, sealing
from broker.keys.destroying import check_destroyed
from broker.keys.secrets import Secrets
from broker.keys.trust import Trust
from broker.keys.updating import open_update
from broker.linkunit import newkeys
from broker.linkunit.app import create_app
from broker.linkunit.settings import Settings
from broker.vaults.secretfile import add_secrets, destroy_secrets, read_secrets
from broker.wire.destroyed import Destroyed
from broker.wire.evaluation import EvaluateAnswer, mask_context
from broker.wire.fields import encode64, parse
from broker.wire.update import UpdateToken


def made(place: Settings) -> newkeys.NewEpoch:
    """The next epoch, in the unit's secret file, before any trust list names it."""
    new = newkeys.new_epoch(Secrets("linkunit", "here", VALUES), trust_of(), random=os.urandom)
    add_secrets(place.secrets, {new.name: new.secret}, owner="linkunit", passphrase=bytes)
    return new


def publish(place: Settings, trust: Trust) -> None:
    change(place.secrets.parent, json.loads(trust.model_dump_json()))


def token(asker: Asker, epoch: int, number: int) -> bytes:
    """P of one input as the broker gets it, evaluated under an epoch."""
    found = asker.ask(asked(blinded(b"x"), epoch=epoch, id=bytes([number]) * 16))
    assert found.status_code == 200, found.text
    answer = parse(EvaluateAnswer, found.content)
    info = context.bind(context.MASK, mask_context(answer.evaluation, answer.evaluation.nonce))
    mask = sealing.open_hybrid(answer.evaluation.mask, sealing.hybrid_private(secret("broker.seal")), info=info)
    assert answer.evaluation.epoch == epoch
    return oprf.unmask(mask, [oprf.unblind(oprf.scalar(b"r" * 64), answer.points[0])])[0]


def refused(asker: Asker, epoch: int, number: int) -> str:
    return str(asker.ask(asked(blinded(b"x"), epoch=epoch, id=bytes([number]) * 16)).json()["code"])


def test_both_epochs_are_evaluated_while_they_are_open(asker: Asker, place: Settings) -> None:
    """Nobody restarts anything: the trust list says it, and the unit finds the key that was kept before."""
    point = oprf.hash_to_group(b"x")
    assert (token(asker, 1, 1), refused(asker, 2, 2)) == (oprf.multiply(LINKAGE_KEY, point), "epoch-wrong")
    new = made(place)
    assert refused(asker, 2, 3) == "epoch-wrong"
    publish(place, trust_of(epochs=[new.public]))
    assert token(asker, 1, 4) == oprf.multiply(LINKAGE_KEY, point)
    assert token(asker, 2, 5) == oprf.multiply(new.secret, point)
    assert refused(asker, 3, 6) == "epoch-wrong"
    publish(place, trust_of(epochs=[new.public], closed=["linkage_keys"]))
    assert (refused(asker, 1, 7), token(asker, 2, 8)) == ("epoch-wrong", oprf.multiply(new.secret, point))


def test_a_unit_without_the_key_of_an_open_epoch_does_not_start(place: Settings) -> None:
    """Restored from a backup of before, or destroyed too early: it names the file and never its content."""
    new = made(place)
    publish(place, trust_of(epochs=[new.public]))
    destroy_secrets(place.secrets, {"oprf.2"}, owner="linkunit", passphrase=bytes)
    with pytest.raises(Misconfigured) as caught:
        create_app(place)
    assert "oprf.2" in caught.value.message and str(place.secrets) in caught.value.message
    assert new.secret.hex() not in str(caught.value)


def test_a_destroyed_key_is_gone_from_the_file(place: Settings) -> None:
    """Its bytes are not there in any spelling, and the unit starts without it."""
    new = made(place)
    trust = trust_of(epochs=[new.public], closed=["linkage_keys"])
    publish(place, trust)
    secrets = Secrets("linkunit", "here", VALUES | {new.name: new.secret})
    record = newkeys.destroyed(secrets, trust, name="oprf", number=1, now=1000)
    destroy_secrets(place.secrets, {"oprf"}, owner="linkunit", passphrase=bytes)
    assert encode64(LINKAGE_KEY) not in place.secrets.read_text()
    assert record.public == oprf.public_point(LINKAGE_KEY)
    with TestClient(create_app(place)) as client:
        assert refused(Asker(client), 1, 1) == "epoch-wrong"
        assert token(Asker(client, count=10), 2, 2) == oprf.multiply(new.secret, oprf.hash_to_group(b"x"))


KILLED = """
import os, signal, sys
from pathlib import Path
from broker.cli import keyfiles, rotateunit
from broker.cli.rotationsteps import Given, What
step, at, out = sys.argv[1:]
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
if at != "nowhere":
    setattr(keyfiles if at == "write_out" else rotateunit, at, die)
rotateunit.do(Given(What.K, step, (), Path(out), Path("keys"), Path("root.json")))
"""


def operator(place: Settings, step: str, at: str, out: Path) -> int:
    """A step at the linkage unit as a process of its own, killed where it calls `at`."""
    said = place.model_dump(mode="json", include={"secrets", "ledger", "trust", "trust_root", "trust_seen"})
    environment = {**os.environ, **{f"LINKUNIT_{name.upper()}": value for name, value in said.items()}}
    command = [sys.executable, "-c", KILLED, step, at, str(out)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode


def test_a_new_epoch_that_was_killed_is_made_once(place: Settings, tmp_path: Path) -> None:
    """Before the key is kept nothing has happened; after, the same key is given again, and its token with it."""
    out = tmp_path / "update.json"
    assert operator(place, "new", "add_secrets", out) == -signal.SIGKILL
    assert read_secrets(place.secrets, owner="linkunit").numbers("oprf") == (1,) and not out.exists()
    assert operator(place, "new", "write_out", out) == -signal.SIGKILL
    kept = read_secrets(place.secrets, owner="linkunit").bytes32("oprf.2")
    assert not out.exists()
    assert operator(place, "new", "nowhere", out) == 0
    update = parse(UpdateToken, out.read_text())
    assert update.next_public == oprf.public_point(kept)
    factor = open_update(update, trust_of(), seal_keys=[sealing.hybrid_private(secret("broker.seal"))])
    assert factor == oprf.factor_between(LINKAGE_KEY, kept)


def test_a_destruction_that_was_killed_leaves_its_record(place: Settings, tmp_path: Path) -> None:
    """The record is there before the key goes, so no key is gone without one."""
    new, out = made(place), tmp_path / "records"
    trust = trust_of(epochs=[new.public], closed=["linkage_keys"])
    publish(place, trust)
    assert operator(place, "destroy", "write_records", out) == -signal.SIGKILL
    assert (read_secrets(place.secrets, owner="linkunit").numbers("oprf"), out.exists()) == ((1, 2), False)
    assert operator(place, "destroy", "destroy_secrets", out) == -signal.SIGKILL
    assert read_secrets(place.secrets, owner="linkunit").numbers("oprf") == (1, 2)
    [record] = [parse(Destroyed, path.read_text()) for path in out.iterdir()]
    check_destroyed(record, trust)
    assert operator(place, "destroy", "nowhere", out) == 0
    assert read_secrets(place.secrets, owner="linkunit").numbers("oprf") == (2,)
    assert [parse(Destroyed, path.read_text()) for path in out.iterdir()] == [record]
