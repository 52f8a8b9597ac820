"""`broker-agency scheme check`: no scheme that gives people away gets into use."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from broker.agency.cli import main
from broker.agency.exits import Exit
from broker.agency.gate.measure import Figures, measure
from broker.agency.gate.people import People, make_people
from broker.agency.gate.verdict import refusals
from broker.errors import BadInput
from broker.tokens import Scheme, load_scheme, parse_scheme

COUNT = 60_000
HEAD = """
name = "trial"
version = 1
names_sha256 = "00"
[kinds]
identifier = ["nhs"]
forename = ["fn"]
address = ["pc"]
[fields]
surname = 2
[evidence]
atoms = ["fn"]
"""


@pytest.fixture(scope="module")
def people() -> People:
    return make_people(COUNT)


def scheme(*keys: str) -> Scheme:
    """A scheme of these keys, written `fn|sn|dob`."""
    return parse_scheme(text(*keys).encode())


def text(*keys: str) -> str:
    entries = [
        f"[[match_key]]\nnumber = {number}\natoms = {json.dumps(key.split('|'))}" for number, key in enumerate(keys, 1)
    ]
    return HEAD + "\n".join(entries)


def test_the_shipped_scheme_has_nothing_against_it(people: People) -> None:
    """`make gate` measures it on a million people; this is the same on fewer."""
    shipped = load_scheme()
    figures = measure(shipped, people)
    assert refusals(shipped, figures) == ()
    assert figures.labels.mean <= 12


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("sn|yy|sex", "share it with another person"),
        ("fn|dob|sex", "share it with another person"),
        ("sn3|yy|pco", "people share one label"),
        ("sn|dob", "fewer than 3 pieces"),
        ("fn|dob", "fewer than 3 pieces"),
        ("nsw", "fewer than 3 pieces"),
    ],
)
def test_loose_keys_are_refused(people: People, key: str, reason: str) -> None:
    """Each of them is shared by so many that the labels alone say who is related to whom."""
    loose = scheme("nhs", key)
    found = refusals(loose, measure(loose, people))
    assert any(reason in line and key in line for line in found)


def test_many_keys_that_pass_alone_fail_together(people: People) -> None:
    """Structure grows with the square of what is shared, so a set is judged as a set."""
    names = [f"{fn}|{sn}|pco" for fn in ("fn", "fnc", "fnp", "fn3") for sn in ("sn", "snp", "sn3")]
    many = scheme(*names)
    one, all_of_them = measure(scheme(names[0]), people), measure(many, people)
    assert all_of_them.unique > one.unique
    # Judged among a million only: of fewer people, fewer look alike.
    assert any("structure" in line for line in refusals(many, replace(all_of_them, people=1_000_000)))


def test_a_looser_atom_never_shares_less(people: People) -> None:
    """fn implies fn3 implies nothing finer: figures that fell would mean that they are not of one population."""
    order = ["fn|sn|dob", "fnc|sn|dob", "fnp|snp|dob", "fnp|snp|dsw", "nsw|dsw"]
    found = [key.shared for key in measure(scheme(*order), people).keys]
    assert found == sorted(found)


def test_the_same_figures_every_time(people: People) -> None:
    """A scheme may not pass on one machine and fail on another."""
    assert measured(people) == measured(make_people(COUNT))


def measured(people: People) -> Figures:
    return measure(scheme("fnp|dob|pco", "nsw|pc", "nhs"), people)


def test_an_atom_that_no_match_key_may_use(people: People) -> None:
    """A key of an evidence slot or of a word nobody knows is the author's mistake, and is named."""
    with pytest.raises(BadInput, match="match key 1 uses `fn~1`"):
        measure(scheme("fn~1|sn|dob"), people)


def test_the_command_refuses_and_accepts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """CI and nightly jobs go by the exit code, people by the words, programs by the JSON."""
    loose = tmp_path / "loose.toml"
    loose.write_text(text("sn|yy|sex"), encoding="utf-8")
    assert main(["scheme", "check", str(loose), "--people", "20000"]) == Exit.REFUSED
    assert "does not pass the privacy gate" in capsys.readouterr().out
    assert main(["scheme", "check", str(loose), "--people", "20000", "--json"]) == Exit.REFUSED
    said = json.loads(capsys.readouterr().out)
    assert (said["passes"], len(said["keys"]), said["people"]) == (False, 1, 20_000)
    assert main(["scheme", "check", "--people", "20000"]) == Exit.ACCEPTED
    assert "the gate is 1,000,000" in capsys.readouterr().out


def test_a_file_that_is_no_scheme(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever is in the file, it ends with a reason and without a traceback."""
    broken = tmp_path / "broken.toml"
    broken.write_bytes(b"\xff\x00 = [")
    assert main(["scheme", "check", str(broken)]) == Exit.NOT_AUTHORISED
    assert main(["scheme", "check", str(tmp_path / "none.toml")]) == Exit.USAGE
    assert "scheme-invalid" in capsys.readouterr().err


def test_without_numpy_it_says_what_to_install() -> None:
    """An agency that only delivers has no numpy, and must not have to read a traceback to find out."""
    program = "import sys; sys.modules['numpy'] = None; from broker.agency.cli import main; sys.exit(main())"
    run = subprocess.run(
        [sys.executable, "-c", program, "scheme", "check"], capture_output=True, text=True, check=False
    )
    assert run.returncode == Exit.USAGE
    assert "pip install 'broker[gate]'" in run.stderr
