"""The inventory of keys is true: every use of cryptography is in it, and everything in it is in the source."""

from __future__ import annotations

import ast
import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import keycalls
import pytest
from typer.testing import CliRunner

from broker.cli import keys as cli_keys
from broker.errors import Misconfigured
from broker.keys import context, inventory, make

FOLDER = Path(__file__).parents[2] / "keys"
DATA = (FOLDER / "inventory.json").read_bytes()
INVENTORY = inventory.parse_inventory(DATA)
HELP = "list it in keys/inventory.json under its key, or under `keyless` or `handed`"


def listed(uses: Iterable[str], found: Iterable[str]) -> set[str]:
    """The uses, with `file.py:*` standing for every function found in that file."""
    whole = {use.removesuffix("*") for use in uses if use.endswith("*")}
    return {use for use in uses if not use.endswith("*")} | {use for use in found if use[: use.index(":") + 1] in whole}


def declared() -> dict[str, set[str]]:
    """What the inventory says that each function does."""
    found, said = keycalls.calls(), defaultdict(set)
    for key in INVENTORY.keys:
        for use in listed(key.uses, found):
            said[use] |= set(key.does)
    for entry in INVENTORY.keyless:
        for use in listed(entry.uses, found):
            said[use] |= {"hash"}
    for entry in INVENTORY.handed:
        for use in listed(entry.uses, found):
            said[use] |= found.get(use, set()) - {"hash"}
    return dict(said)


def test_every_call_of_cryptography_is_in_the_inventory() -> None:
    """A new call with a key nobody listed has no owner, no rotation and no plan for its loss."""
    found, said = keycalls.calls(), declared()
    missing = {
        use: sorted(kinds - said.get(use, set())) for use, kinds in found.items() if kinds - said.get(use, set())
    }
    assert missing == {}, HELP
    assert len(found) >= 130


def test_nothing_in_the_inventory_is_gone_from_the_source() -> None:
    """An entry for code that is gone makes the rest doubtful."""
    found = keycalls.calls()
    named = [use for entry in (*INVENTORY.keys, *INVENTORY.keyless, *INVENTORY.handed) for use in entry.uses]
    files = {use.partition(":")[0] for use in found}
    gone = [use for use in named if use not in found and not (use.endswith(":*") and use[:-2] in files)]
    idle = {
        key.id: sorted(set(key.does) - set().union(*(found[use] for use in key.uses)))
        for key in INVENTORY.keys
        if key.uses and set(key.does) - set().union(*(found.get(use, set()) for use in key.uses))
    }
    assert (gone, idle) == ([], {})


def test_every_stored_key_is_in_the_inventory() -> None:
    """A secret that a party makes and nobody listed would be in its file for ever."""

    def drawn(count: int) -> bytes:
        return b"\x01" * count

    made = {
        "broker": {name.partition(".")[0] + ".*" * ("." in name) for name in make.broker_secrets(["a"], drawn)},
        "linkage unit": set(make.linkage_unit_secrets(drawn)),
        "agency": set(make.agency_secrets(drawn, evidence=bytes(32), reviewer=True)),
        "granter": set(make.granter_secrets(drawn)),
    }
    for party, names in made.items():
        assert {name for key in INVENTORY.keys if key.party == party for name in key.stored_as} == names


def test_every_label_belongs_to_a_key() -> None:
    """A label under a key that nobody listed is a use nobody listed."""
    labels = {name for name, value in vars(context).items() if name.isupper() and isinstance(value, bytes)}
    held = [label for key in INVENTORY.keys for label in key.labels]
    assert set(held) == labels
    # An agency's delivery and desk both sign evidence, under the use it is for; every party what it destroyed.
    assert {label for label in held if held.count(label) > 1} == {"EVIDENCE_SIGNATURE", "DESTROYED"}


def test_the_table_is_made_of_the_inventory() -> None:
    """What operators read at night is what the test above holds."""
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert inventory.written_into(page, INVENTORY) == page, "run `broker keys inventory --write`"
    assert all(f"**{key.name}**" in page for key in INVENTORY.keys)


def test_the_command_prints_and_writes_the_table(tmp_path: Path) -> None:
    """Somebody who adds a key makes the table with one command."""
    (tmp_path / "inventory.json").write_bytes(DATA)
    (tmp_path / "README.md").write_text(f"# Keys\n\n{inventory.BEGIN}\nstale table\n{inventory.END}\n\nafter\n")
    result = CliRunner().invoke(cli_keys.app, ["inventory", "--folder", str(tmp_path)])
    assert result.exit_code == 0 and result.output.strip() == inventory.table(INVENTORY)
    result = CliRunner().invoke(cli_keys.app, ["inventory", "--folder", str(tmp_path), "--write"])
    page = (tmp_path / "README.md").read_text()
    assert result.exit_code == 0 and "stale table" not in page and page.endswith("\n\nafter\n")
    assert inventory.written_into(page, INVENTORY) == page
    refused = CliRunner().invoke(cli_keys.app, ["inventory", "--folder", str(tmp_path / "none")])
    assert isinstance(refused.exception, Misconfigured)


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"more": 1},
        {"keys": "none"},
        {"keys": [json.loads(DATA)["keys"][0]] * 2},
        {"keys": [json.loads(DATA)["keys"][0] | {"if_leaked": ""}]},
        {"keys": [json.loads(DATA)["keys"][0] | {"does": []}]},
        {"keys": [json.loads(DATA)["keys"][0] | {"rotation": "never | ever"}]},
    ],
)
def test_an_incomplete_inventory_is_refused(change: dict[str, object]) -> None:
    """A key without an owner, a plan or a cost is not inventoried."""
    with pytest.raises(Misconfigured, match="inventory"):
        inventory.parse_inventory(json.dumps(json.loads(DATA) | change).encode())


def test_a_page_without_a_place_for_the_table_is_refused() -> None:
    """Otherwise the command would say it wrote what it did not."""
    with pytest.raises(Misconfigured, match="no place"):
        inventory.written_into("# Keys\n", INVENTORY)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import hashlib\ndef f(): return hashlib.sha256(b'')", [("f", "hash")]),
        ("from hashlib import sha256 as s\ndef f(): return s(b'')", [("f", "hash")]),
        ("import hmac as h\nclass C:\n  def f(self): return h.new(b'', b'', 'x')", [("C.f", "hmac")]),
        (
            "def f():\n  from broker.keys import signing\n  return signing.sign(1, b'', signing_key=2)",
            [("f", "signature")],
        ),
        ("def f(key): return key.sign(b'')", [("f", "signature")]),
        ("import rbcl\nX = rbcl.crypto_core_ristretto255_random()", [("", "group")]),
        ("import hmac\ndef f(): return hmac.compare_digest(b'', b'')", []),
    ],
)
def test_the_scan_finds_calls_under_every_name(source: str, expected: list[tuple[str, str]]) -> None:
    """A call that an alias hides would be a use without an entry."""
    assert list(keycalls.calls_of(ast.parse(source))) == expected


def test_a_library_call_of_no_known_kind_stops_the_scan() -> None:
    """A primitive that is new here is looked at before it is used."""
    with pytest.raises(keycalls.Unclassified, match="cmac"):
        list(keycalls.calls_of(ast.parse("from cryptography.hazmat.primitives import cmac\ncmac.CMAC(1)")))
