"""A place whose trust list was made by typing the commands, for tests of what may be typed next."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from click.testing import Result
from typer.testing import CliRunner

from broker.cli.main import app
from broker.errors import BrokerError

CUSTODIANS = ("adeyemi", "okafor", "whitlock")
PLAN = """place = "brackwater"
threshold = 2
rehearsal = {rehearsal}
broker = "broker.public.json"
linkage_unit = "linkunit.public.json"
agencies = ["council.public.json"]
granters = ["granter.public.json"]
"""


@dataclass(frozen=True)
class Typed:
    """Types commands for a place whose files are in `home`."""

    home: Path

    @property
    def folder(self) -> Path:
        return self.home / "keys"

    @property
    def root(self) -> Path:
        return self.home / "root.json"

    def type(self, *words: object, answers: str = "") -> Result:
        """The command `broker keys ...`, whatever becomes of it."""
        return CliRunner().invoke(app, ["keys", *map(str, words)], input=answers)

    def done(self, *words: object, answers: str = "") -> str:
        """What the command said, once it is done."""
        result = self.type(*words, answers=answers)
        assert result.exit_code == 0, (words, result.output, result.exception)
        return result.output

    def refused(self, *words: object, answers: str = "") -> str:
        """The code of the error that stopped the command."""
        result = self.type(*words, answers=answers)
        assert isinstance(result.exception, BrokerError), (words, result.output, result.exception)
        return result.exception.code

    def made(self, *words: object, public: str) -> str:
        """Makes secrets, and keeps the public half that was printed in a file."""
        said = self.done("make", *words)
        (self.home / public).write_text(said)
        return said

    def change(self, *words: object) -> str:
        """Proposes a change."""
        return self.done(*words, "--folder", self.folder, "--root", self.root)

    def sign(self, name: str) -> str:
        """A custodian signs."""
        return self.done(
            *("sign", "--secrets", self.home / f"{name}.json", "--folder", self.folder, "--root", self.root, "--yes")
        )

    def in_force(self, *words: object) -> str:
        """Proposes, signs by two, publishes."""
        self.change(*words)
        self.sign("adeyemi")
        self.sign("whitlock")
        return self.done("publish", "--folder", self.folder, "--online", self.home / "online.json")


def rehearsed(home: Path) -> Typed:
    """A rehearsal's place, made by typing: nothing is sealed."""
    typed = Typed(home)
    (home / "evidence-key").write_bytes(bytes(range(100, 132))[::-1])
    council = ("council", home / "council.json", "--sources", "csc,eh", "--evidence", home / "evidence-key")
    typed.made("broker", home / "broker.json", "--agencies", "council", "--clear", public="broker.public.json")
    typed.made("linkunit", home / "linkunit.json", "--clear", public="linkunit.public.json")
    typed.made("agency", *council, "--clear", public="council.public.json")
    granter = ("records_authority/j.whitlock", home / "granter.json", "--organisation", "Eastern Records Authority")
    typed.made("granter", *granter, "--clear", public="granter.public.json")
    for name in CUSTODIANS:
        typed.made("custodian", name, home / f"{name}.json", "--clear", public=f"{name}.public.json")
    typed.made("online", home / "online.json", "--clear", public="online.public.json")
    (home / "place.toml").write_text(PLAN.format(rehearsal="true"))
    files = [word for name in CUSTODIANS for word in ("--custodian", home / f"{name}.json")]
    typed.done("init", typed.folder, "--plan", home / "place.toml", *files, "--online", home / "online.json")
    typed.root.write_bytes((typed.folder / "metadata" / "1.root.json").read_bytes())
    return typed
