"""What a verifier takes as a leaf, and what not: the format's rules, one by one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from example_log import NOON
from test_audit_events import START

from broker.audit import canonical
from broker.audit.events import Event, leaf
from broker.audit.leaves import HEADERS, MAX_LEAF_BYTES, check_leaf
from broker.errors import Untrusted


def test_headers_are_as_the_format_says() -> None:
    """A reader who goes by the format refuses a leaf of ours, or a type was renamed that old logs have."""
    page = (Path(__file__).parents[2] / "docs/formats/audit-event.md").read_text()
    rows = re.findall(r"^   \| (`[^|]+`) \| ([^|]*) \|", page, re.MULTILINE)[1:]
    assert {typ: frozenset(keys.split()) for named, keys in rows for typ in re.findall("[a-z]+", named)} == HEADERS
    assert MAX_LEAF_BYTES == 16_384
    assert "at most 16,384 bytes" in page


@pytest.mark.parametrize(
    "seen", ["a" * 32, {"a" * 32: 1}, ["a" * 32, "short"], ["b" * 32, "a" * 32], ["a" * 32, "a" * 32], [7], 7]
)
def test_day_tags_are_tags_in_order(seen: object) -> None:
    """A leaf is taken of which two readers make two indexes of who was looked at."""
    good = {"source": "school", "seen": ["a" * 32, "b" * 32]}
    event = json.loads(leaf(Event("disclose", "0" * 32, NOON, "council", good), []).leaf_bytes)
    assert check_leaf(canonical.encode(event)) == event
    with pytest.raises(Untrusted) as caught:
        check_leaf(canonical.encode(event | {"seen": seen}))
    assert (caught.value.code, caught.value.field) == ("leaf-header", "seen")


@pytest.mark.parametrize("digests", ["a" * 43, {"a" * 43: 1}, ["a" * 42], ["a" * 43, "-"], ["a" * 43] * 2, 7])
def test_digests_are_digests_in_order(digests: object) -> None:
    """A leaf is taken in which a digest has two places or none."""
    event = json.loads(leaf(START, []).leaf_bytes)
    assert check_leaf(canonical.encode(event | {"_sd": ["a" * 43, "b" * 43]}))
    with pytest.raises(Untrusted) as caught:
        check_leaf(canonical.encode(event | {"_sd": digests}))
    assert caught.value.code == "leaf-malformed"
