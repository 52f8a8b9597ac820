"""What stands in the page for operators is typed here, line by line, on a live place whose files are all sealed."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from broker.actions.note_start import note_start
from broker.cli import keyfiles
from broker.cli.main import app
from broker.keys.publics import AgencyPublic
from broker.keys.trust import Trust
from broker.server import put_together
from broker.settings import load_settings
from broker.store import engine, schema
from broker.wire.fields import encode64

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "for" / "operators.md").read_text(encoding="utf-8")
OWNERS = ("broker", "linkunit", "online", "granter-records_authority-j.whitlock", "agency-fire")
PEOPLE = ("adeyemi", "okafor", "whitlock")


def section(name: str) -> str:
    """One section of the page."""
    return re.split(r"^## ", PAGE.partition(f"\n## {name}\n")[2], flags=re.M)[0]


def lines(text: str) -> list[str]:
    """The commands about keys in the fenced blocks of a text."""
    blocks = re.findall(r"^ *```[a-z]*\n(.*?)^ *```$", text, re.M | re.S)
    return [line.strip() for block in blocks for line in block.splitlines() if line.strip().startswith("broker keys ")]


def typed(line: str) -> str:
    """Types a line, and answers what is asked."""
    words = shlex.split(line.partition("  #")[0])[1:]
    result = CliRunner().invoke(app, words, input="y\n" + "\n" * 20)
    assert result.exit_code == 0, (line, result.output, result.exception)
    return result.output


def trust() -> Trust:
    return keyfiles.opened(Path("keys"), Path("root.json"), None).trust


def settings(home: Path) -> dict[str, str]:
    """What every party's environment holds: no secret, and a passphrase as a credential."""
    values = {"CREDENTIALS_DIRECTORY": home / "credentials", "BROKER_POLICIES": ROOT / "policies"}
    values |= {f"{party}_TRUST_SEEN": home / f"{party.lower()}-seen" for party in ("BROKER", "LINKUNIT")}
    found = {name: str(value) for name, value in values.items()}
    found |= {"BROKER_DATABASE_URL": f"sqlite:///{home}/broker.db"}
    found |= {f"{party}_TRUST_ROOT": "root.json" for party in ("BROKER", "LINKUNIT")}
    return found | {"BROKER_SECRETS": "broker.json", "LINKUNIT_SECRETS": "linkunit.json"}


@contextmanager
def standing_in(home: Path) -> Iterator[None]:
    """Types from this folder on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        for name, value in settings(home).items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place that was set up by typing the first section, once."""
    home = tmp_path_factory.mktemp("made")
    home.chmod(0o700)
    credentials = home / "credentials"
    credentials.mkdir(mode=0o700)
    for owner in (*OWNERS, *(f"custodian-{name}" for name in PEOPLE)):
        (credentials / f"{owner}-passphrase").write_text(f"{owner} eight words that nobody guesses\n")
        (credentials / f"{owner}-passphrase").chmod(0o600)
    with standing_in(home):
        set_up(home)
    return home


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of that place, in which one types."""
    home = Path(shutil.copytree(made, tmp_path / "place"))
    home.chmod(0o700)
    with standing_in(home):
        yield home


def set_up(home: Path) -> None:
    """Types the first section."""
    plan = re.search(r"```toml\n(.*?)```", PAGE, re.S)
    assert plan
    (home / "place.toml").write_text(plan.group(1))
    for line in lines(section("Set up a place")):
        typed(line)
        if line.startswith("broker keys init"):
            (home / "root.json").write_bytes((home / "keys" / "metadata" / "1.root.json").read_bytes())
    schema.migrate(engine.open_store(load_settings().database_url))
    note_start(put_together(load_settings()))


def sign_and_publish() -> str:
    """Types the block of the section about the trust list."""
    return "".join(map(typed, lines(section("The trust list"))[:5]))


def newcomer(place: Path) -> None:
    """An agency's own client printed these lines."""
    (place / "evidence").write_bytes(bytes(range(50, 82)))
    typed("broker keys make agency fire fire.json --sources fr --evidence evidence --out made.json")
    entry = keyfiles.read_public(AgencyPublic, place / "made.json").agency
    printed = [(key.id, key.public) for key in entry.keys] + [("fire/seal-1", entry.seal)]
    (place / "fire.public.txt").write_text("\n".join(f"  {name}  {encode64(public)}" for name, public in printed))


def test_a_place_is_set_up_and_agencies_come_and_go_as_the_page_says(place: Path) -> None:
    """The page would stop an operator at the worst moment."""
    newcomer(place)
    rows = section("Who comes and goes")
    example = re.search(r"```toml\n(\[\[issuer\]\].*?)```", (ROOT / "docs" / "for" / "desk.md").read_text(), re.S)
    assert example
    (place / "issuers.toml").write_text(example[1])
    for word in ("prepare", "add-agency", "set-issuers", "drop-issuers", "suspend", "readmit", "leave"):
        [line] = set(re.findall(rf"`(broker keys {word} [^`]*)`", rows))
        typed(line)
        if word != "prepare":
            assert "is in force" in sign_and_publish()
    assert {one.agency: one.status for one in trust().agencies} == {"fire": "left"}
    assert not trust().rehearsal
    typed(lines(section("The trust list"))[5])


def test_k_changes_as_the_page_says(place: Path) -> None:
    """The block that is typed once a year would be wrong once a year."""
    typed("broker keys prepare nhs")
    block = [
        line
        for line in lines(section("Keys that change"))
        if line.startswith(("broker keys rotate k ", "broker keys split"))
    ]
    assert len(block) == 10
    for line in block:
        typed(line)
        if "sign and publish" in line:
            sign_and_publish()
    assert trust().epochs == (2,)
    assert "3 keys" not in typed("broker keys verify") and "PROBLEM" not in typed(
        "broker keys verify --secrets linkunit.json"
    )
    assert "PROBLEM" not in typed("broker keys verify --secrets broker.json")


def test_each_rotation_and_each_key_of_the_inventory_has_its_line() -> None:
    """Somebody would look for a lost key at night and not find it."""
    from broker.cli.rotationsteps import What

    changing, lost, leaked = (section(name) for name in ("Keys that change", "Lost", "Leaked"))
    for what in What:
        assert f"`{what}`" in changing or f"rotate {what}`" in changing, what
    for word in (
        *("*k*", "words", "update token", "envelope key", "signing key", "label or reference", "key-encrypting"),
        *("protection key", "detail", "handle", "verdict", "seal key", "receipt", "request", "audit log key"),
        *(
            "delivery",
            "desk",
            "review",
            "reference key",
            "evidence key",
            "granter",
            "custodian",
            "online key",
            "passphrase",
        ),
    ):
        assert word in lost and word in leaked, word


def test_a_secret_that_nothing_rests_on_is_replaced(place: Path) -> None:
    """A leaked handle key would stay."""
    for name in ("handle", "involvement", "guess", "detail"):
        assert f"broker keys replace {name}" in PAGE or name in section("Leaked")
        typed(f"broker keys replace {name}")
    refused = CliRunner().invoke(app, ["keys", "replace", "verdict"])
    assert refused.exit_code == 1 and "can't be replaced" in str(refused.exception)
    put_together(load_settings())
