"""Secrets are made sealed, k goes to five people's words and back, and nothing secret comes on the screen by itself."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from broker.cli.main import app
from broker.errors import BrokerError
from broker.keys.publics import UnitPublic
from broker.keys.trustdiff import fingerprint
from broker.vaults.secretfile import destroy_secrets, read_secrets
from broker.wire.fields import encode64

PASSPHRASE = "eight words that nobody has ever guessed before"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own, with a file that holds a passphrase."""
    monkeypatch.chdir(tmp_path)
    Path("pass").write_text(PASSPHRASE)
    Path("pass").chmod(0o600)
    return tmp_path


def typed(*words: str, answers: str = "") -> Result:
    return CliRunner().invoke(app, ["keys", *words], input=answers)


def refused(*words: str) -> str:
    result = typed(*words)
    assert isinstance(result.exception, BrokerError), result.output
    return result.exception.code


def linkunit() -> UnitPublic:
    made = typed("make", "linkunit", "linkunit.json", "--passphrase-file", "pass")
    assert made.exit_code == 0, made.exception
    return UnitPublic.model_validate_json(made.output)


def held() -> dict[str, bytes]:
    return dict(read_secrets(Path("linkunit.json"), owner="linkunit", passphrase=Path("pass")).values)


def test_secrets_are_sealed_and_only_their_public_half_is_shown(home: Path) -> None:
    """A copy of the file, or of the screen, would be a copy of the keys."""
    public = linkunit()
    text = Path("linkunit.json").read_text()
    for value in held().values():
        assert encode64(value) not in text and encode64(value) not in public.model_dump_json()
    assert json.loads(text)["v"] == 2 and json.loads(text)["kind"] == "live"
    assert refused("make", "linkunit", "linkunit.json", "--passphrase-file", "pass") == "secrets-exist"


def test_the_public_half_goes_into_a_new_file(home: Path) -> None:
    """An operator would copy it from a screen."""
    made = typed("make", "custodian", "adeyemi", "a.json", "--passphrase-file", "pass", "--out", "a.public.json")
    assert made.exit_code == 0 and json.loads(Path("a.public.json").read_text())["name"] == "adeyemi"
    assert refused("make", "custodian", "b", "b.json", "--passphrase-file", "pass", "--out", "a.public.json") == (
        "file-unwritable"
    )
    assert not Path("b.json").exists(), "a secret whose public half nobody has"


def test_what_is_written_to_a_file_says_its_fingerprints(home: Path) -> None:
    """Its owner would have nothing to compare when a custodian rings."""
    made = typed("make", "custodian", "adeyemi", "a.json", "--passphrase-file", "pass", "--out", "a.public.json")
    public = json.loads(Path("a.public.json").read_text())["public"]
    assert f"fingerprint {fingerprint(public)} of public" in made.output


def test_k_comes_back_from_three_peoples_words(home: Path) -> None:
    """The words would be paper."""
    public = linkunit()
    before = held()["oprf"]
    shown = typed("split", "linkunit.json", "--passphrase-file", "pass", answers="y\n" + "\n" * 10)
    assert shown.exit_code == 0, shown.exception
    words = re.findall(r"^(?:[a-z]+ ){32}[a-z]+$", shown.output, re.M)
    assert len(words) == 5
    destroy_secrets(Path("linkunit.json"), {"oprf"}, owner="linkunit", passphrase=lambda: PASSPHRASE.encode())
    key = encode64(public.linkage_key.public)
    recover = ("recover", "linkunit.json", "--public", key, "--passphrase-file", "pass")
    wrong = typed(*recover, answers="\n".join([words[0], words[0], words[1]]) + "\n")
    assert isinstance(wrong.exception, BrokerError) and "oprf" not in held()
    done = typed(*recover, answers="\n".join([words[4], words[0], words[2]]) + "\n")
    assert done.exit_code == 0, done.exception
    assert held()["oprf"] == before
    assert not set(words) & set(done.output.splitlines()), "words would stay on the screen"


def test_k_is_not_split_with_an_audience_or_where_there_is_none(home: Path) -> None:
    """Words would come on the screen while somebody looks who is no custodian."""
    linkunit()
    stopped = typed("split", "linkunit.json", "--passphrase-file", "pass", answers="n\n")
    assert stopped.exit_code == 1 and len(stopped.output.split()) < 60
    assert refused("split", "linkunit.json", "--epoch", "2", "--passphrase-file", "pass") == "secret-missing"
    assert refused("recover", "linkunit.json", "--public", "no point", "--passphrase-file", "pass") != ""


def test_a_clear_file_is_sealed_and_a_passphrase_changed(home: Path) -> None:
    """Somebody who left would still open the file."""
    typed("make", "linkunit", "linkunit.json", "--clear")
    Path("newer").write_text("other words that nobody has guessed")
    Path("newer").chmod(0o600)
    assert typed("seal", "linkunit.json", "--passphrase-file", "pass").exit_code == 0
    changed = typed("seal", "linkunit.json", "--passphrase-file", "newer", "--old-passphrase-file", "pass")
    assert changed.exit_code == 0, changed.exception
    with pytest.raises(BrokerError, match="does not open"):
        held()
    assert read_secrets(Path("linkunit.json"), owner="linkunit", passphrase=Path("newer")).names


@pytest.mark.parametrize("words", [
    ("custodian", "A Person", "x.json"),
    ("granter", "nobody", "x.json", "--organisation", "Eastern Records Authority"),
    ("agency", "Council", "x.json", "--evidence", "pass", "--sources", "csc"),
    ("broker", "x.json", "--agencies", "Council"),
    ("broker", "x.json", "--origin", "broker.example+audit"),
])  # fmt: skip
def test_a_name_that_nothing_may_have_makes_nothing(home: Path, words: tuple[str, ...]) -> None:
    """Secrets would lie about under a name that no trust list takes."""
    Path("pass").write_bytes(b"0123456789abcdef" * 2)
    assert refused("make", *words, "--passphrase-file", "pass") == "name-invalid"
    assert not Path("x.json").exists()


def test_no_secret_is_taken_from_the_command_line() -> None:
    """Every process of the same user can read arguments."""
    for command in ("make broker", "seal", "split", "recover", "sign", "publish", "verify"):
        said = CliRunner().invoke(app, ["keys", *command.split(), "--help"], env={"COLUMNS": "200"}).output
        assert not re.search(r"--(passphrase|secret|pin|password)\b(?!-file)", said), command
