"""Custody of the linkage key: any three of five custodians, never two, and only the key that was published."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
import shamir_mnemonic
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from broker import oprf
from broker.cli import keys as cli_keys
from broker.errors import BadInput, Untrusted
from broker.keys import custody
from broker.keys.dleq import public_point

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "slip39.json").read_text())
KEY = oprf.scalar(b"\x09" * 64)
PUBLIC = public_point(KEY)
WORDS = custody.split(KEY)


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_slip_39_vectors(case: dict[str, object]) -> None:
    """The words of our custodians are those of the standard, which other tools can read when ours are gone."""
    if case["secret"]:
        assert shamir_mnemonic.combine_mnemonics(case["words"], b"TREZOR").hex() == case["secret"]
    else:
        with pytest.raises(shamir_mnemonic.MnemonicError):
            shamir_mnemonic.combine_mnemonics(case["words"], b"TREZOR")


def test_a_drill_tries_every_choice() -> None:
    """Ten choices of three recover, ten of two do not."""
    tried = list(custody.rehearse(KEY))
    assert all(one.passed for one in tried)
    assert [one.custodians for one in tried if one.recovered] == list(itertools.combinations(range(1, 6), 3))
    assert len(tried) == 20


@given(seed=st.binary(min_size=64, max_size=64).filter(any), chosen=st.permutations(range(5)))
@settings(max_examples=5, deadline=None)
def test_any_three_in_any_order_recover_any_key(seed: bytes, chosen: list[int]) -> None:
    """No key is a special case, and nobody has to come first."""
    secret = oprf.scalar(seed)
    words = custody.split(secret)
    assert all(len(one.split()) == custody.WORDS for one in words)
    assert custody.recover([words[index] for index in chosen[:3]], public=public_point(secret)) == secret


@pytest.mark.parametrize(
    "words",
    [[], WORDS[:2], [WORDS[0], WORDS[0], WORDS[1]], WORDS[:4], ["zebra " * 33] * 3, [*WORDS[:2], WORDS[2][:-4]]],
    ids=["none", "two", "one twice", "four", "not words", "cut off"],
)
def test_words_that_are_not_three_custodians_are_refused(words: list[str]) -> None:
    """The refusal says what to do and repeats no word: it may end in somebody's terminal log."""
    with pytest.raises(BadInput, match="custodians of one split") as refused:
        custody.recover(words, public=PUBLIC)
    assert refused.value.message == "these words do not stand for one key"


def test_another_key_than_the_published_one_is_refused() -> None:
    """Words of another ceremony, or under a passphrase nobody set, never become the linkage key unnoticed."""
    other = custody.split(oprf.scalar(b"\x0a" * 64))
    with pytest.raises(Untrusted, match="another key"):
        custody.recover(other[:3], public=PUBLIC)
    with pytest.raises(BadInput):
        custody.recover([*WORDS[:2], other[2]], public=PUBLIC)
    [under] = shamir_mnemonic.generate_mnemonics(1, [(3, 5)], KEY, b"passphrase")
    with pytest.raises(Untrusted, match="another key"):
        custody.recover(under[:3], public=PUBLIC)


def test_without_the_extra_the_command_says_what_to_install() -> None:
    """A machine that serves has no business with custodians' words, and says so in a sentence."""
    program = "import sys; sys.modules['shamir_mnemonic'] = None; from broker.keys import custody; custody.{}"
    for call in ("split(bytes([1]) + bytes(31))", "recover([], public=bytes(32))"):
        command = [sys.executable, "-c", program.format(call)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "Misconfigured" in done.stderr and "`ceremony`" in done.stderr


def test_the_command_shows_the_choices_and_no_word() -> None:
    """`broker keys drill` is done within a minute and prints nothing that could be a share."""
    began = time.monotonic()
    result = CliRunner().invoke(cli_keys.app, ["drill"])
    assert result.exit_code == 0, result.output
    assert "1 + 2 + 3" in result.output and "4 + 5" in result.output
    assert "WRONG" not in result.output and "No real key" in result.output
    assert time.monotonic() - began < 60
    shown = set(result.output.lower().split())
    assert len(shown & set(shamir_mnemonic.wordlist.WORDLIST)) < 5
