"""`evidence` and `keys` on one machine: what is said, what is kept, and that nothing secret is printed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from client_parties import secret

from broker.agency.evidencekey import check_words
from broker.agency.exits import Exit
from broker.keys.sealing import HYBRID_PUBLIC_BYTES, hybrid_public_bytes
from broker.keys.secrets import Secrets
from broker.vaults.secretfile import read_secrets
from broker.wire.fields import decode64, encode64

Run = Callable[..., tuple[int, str, str]]


def held(workspace: Path) -> Secrets:
    return read_secrets(workspace / "secrets.json", owner="agency:council")


def test_nobody_makes_an_evidence_key_for_nobody(run: Run, workspace: Path, tmp_path: Path) -> None:
    """With one agency on the trust list there is nobody to share it with, and nothing is kept or written."""
    code, _, said = run("evidence", "new", "2", "--out", tmp_path / "key.json")
    assert code == Exit.REFUSED and "[nobody-to-share]" in said
    assert held(workspace).numbers("evidence") == (1,)
    assert not (tmp_path / "key.json").exists()


def test_the_keys_held_are_listed_by_their_letters(run: Run, workspace: Path) -> None:
    """To be read out by telephone; the key itself is never printed."""
    words = check_words(secret("evidence"), "brackwater", 1)
    code, said, _ = run("evidence", "list")
    assert (code, said.strip()) == (0, f"epoch 1  {words}  in use")
    _, doctor, _ = run("doctor")
    assert f"evidence key: epoch 1 is {words}" in doctor
    assert "seal key: none here" in doctor
    assert not {encode64(secret("evidence")), secret("evidence").hex()} & {said, doctor}


@pytest.mark.parametrize("file", ["", "{}", '{"v":1}', "\x00"])
def test_a_file_that_is_none_is_refused(run: Run, workspace: Path, tmp_path: Path, file: str) -> None:
    """Whatever somebody sends by e-mail under that name."""
    (tmp_path / "key.json").write_text(file)
    code, _, said = run("evidence", "take", tmp_path / "key.json")
    assert code == Exit.REFUSED and "[schema-invalid]" in said
    code, _, said = run("evidence", "take", tmp_path / "missing.json")
    assert code != 0
    assert held(workspace).numbers("evidence") == (1,)


def test_a_new_key_is_kept_beside_the_others_and_its_public_half_is_printed(run: Run, workspace: Path) -> None:
    """The number goes on from what is held and what the trust list knows; what is printed is public."""
    before = held(workspace).values
    expected = {"delivery": "council/delivery-2", "desk": "council/desk-2", "review": "council/review-1"}
    for what, key_id in (expected | {"seal": "council/seal-1"}).items():
        code, said, _ = run("keys", "new", what, "--json")
        made = json.loads(said)
        assert (code, made["id"]) == (0, key_id)
        now = held(workspace)
        number = int(key_id.rpartition("-")[2])
        value = now.bytes32(what if number == 1 else f"{what}.{number}")
        public = hybrid_public_bytes(value) if what == "seal" else now.ed25519(_name(what, number)).public_key()
        known = public if isinstance(public, bytes) else public.public_bytes_raw()
        assert decode64(made["public"]) == known and encode64(value) not in said
    assert len(hybrid_public_bytes(held(workspace).bytes32("seal"))) == HYBRID_PUBLIC_BYTES
    assert {name: value for name, value in held(workspace).values.items() if name in before} == before
    code, said, _ = run("keys", "new", "delivery")
    assert code == 0 and "council/delivery-3" in said and "until the trust list has the new one" in said


def test_a_key_of_no_known_kind_is_not_made(run: Run, workspace: Path) -> None:
    """The reference key, above all, has no successor: all records would get new names."""
    before = held(workspace).values
    assert run("keys", "new", "reference")[0] == Exit.USAGE
    assert held(workspace).values == before


def test_a_key_that_is_not_listed_yet_does_not_sign(run: Run, export: Path) -> None:
    """Deliveries go on under the old key until the operator has listed the new one."""
    assert run("keys", "new", "delivery")[0] == 0
    code, _, said = run("send", export)
    assert code == 0, said


def _name(what: str, number: int) -> str:
    return what if number == 1 else f"{what}.{number}"
