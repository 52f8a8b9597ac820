"""The targets of `make fuzz`, with what Hypothesis draws and with what once went wrong."""

from __future__ import annotations

import pytest
from fuzz_seeds import SEEDS, mutated
from hypothesis import given, settings
from hypothesis import strategies as st
from targets import TARGETS, read

ODD = (
    b"",
    b"\0",
    b"{}",
    b"[]",
    b"null",
    b'"',
    b"\xff\xfe",
    b"[" * 5000,
    b'{"v":1}',
    b"\n\n",
    b"a" * 5000,
    b"\x00" * 64,
)


@pytest.mark.parametrize("name", TARGETS)
def test_any_bytes_are_read_or_refused(name: str) -> None:
    """Some bytes make a parser fail in a way that nobody expects: a 500, a lost delivery, a verifier that crashes."""

    @settings(max_examples=4, deadline=None, database=None)
    @given(data=st.binary(max_size=200) | mutated(SEEDS.get(name, b"{}")))
    def run(data: bytes) -> None:
        read(name, data)

    for data in ODD:
        read(name, data)
    read(name, SEEDS.get(name, b"{}"))
    run()
