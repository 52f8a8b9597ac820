"""Transcripts of ceremonies: whoever was not there can tell what was done, and that nothing was changed since."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.errors import BadInput, BrokerError, Untrusted
from broker.keys.make import ed25519
from broker.keys.testkeys import published
from broker.trustlist import transcript
from broker.trustlist.transcript import Person, Recorder
from broker.wire.fields import canonical

NAMES = ("adeyemi", "okafor", "whitlock")
KEYS = {name: ed25519(published(f"custodian/{name}")) for name in NAMES}
FILES = {"1.root.json": b"root", "trust.json": b"second"}


def recorded() -> Recorder:
    people = tuple(Person(name=n, role="custodian", public=k.public_key().public_bytes_raw()) for n, k in KEYS.items())
    recorder = Recorder("rehearsal", "brackwater", 1_795_305_600, (*people, Person(name="lindqvist", role="witness")))
    recorder.did("the root is made", by=NAMES, files={"1.root.json": b"root", "trust.json": b"first"})
    recorder.did("an agency joins", by=NAMES[:2], files={"trust.json": b"second"})
    recorder.did("the old key is destroyed", by=("lindqvist",), files={})
    return recorder


DATA = canonical(recorded().transcript())
SIGNATURES = canonical(transcript.sign(DATA, {name: KEYS[name] for name in NAMES[:2]}))


def test_a_transcript_is_checked_with_the_files_it_made() -> None:
    """A ceremony nobody can check afterwards is a story."""
    checked = transcript.check(DATA, SIGNATURES, needed=2)
    assert transcript.check_files(checked, FILES) == 2
    assert set(checked.custodians()) == set(NAMES) and len(checked.steps) == 3


def test_the_same_ceremony_makes_the_same_bytes() -> None:
    """A rehearsal could not be compared with the one that is kept."""
    assert canonical(recorded().transcript()) == DATA
    assert canonical(transcript.sign(DATA, {name: KEYS[name] for name in NAMES[:2]})) == SIGNATURES


def test_each_step_is_told_as_it_is_done() -> None:
    """People at a ceremony would wait before a still screen."""
    heard: list[int] = []
    recorder = Recorder("r", "brackwater", 1, (), told=lambda step: heard.append(step.number))
    recorder.did("one", by=(), files={})
    recorder.did("two", by=(), files={})
    assert heard == [1, 2]


def changed(**changes: Any) -> bytes:
    return json.dumps(json.loads(DATA) | changes).encode()


STEPS: list[dict[str, Any]] = json.loads(DATA)["steps"]


@pytest.mark.parametrize(
    "data",
    [
        changed(steps=STEPS[1:]),
        changed(steps=STEPS[:1] + STEPS[2:]),
        changed(steps=[STEPS[1], STEPS[0], STEPS[2]]),
        changed(steps=[{**STEPS[0], "what": "something else"}, *STEPS[1:]]),
        changed(steps=[{**STEPS[0], "files": {}}, *STEPS[1:]]),
        changed(steps=[*STEPS[:2], {**STEPS[2], "by": ["adeyemi"]}]),
        changed(steps=STEPS[:2]),
        changed(ceremony="another"),
        changed(rehearsal=False),
    ],
)
def test_a_changed_transcript_is_refused(data: bytes) -> None:
    """A step could be left out or put in afterwards."""
    with pytest.raises(Untrusted):
        transcript.check(data, SIGNATURES, needed=2)


def signatures(**changes: Any) -> bytes:
    return json.dumps(json.loads(SIGNATURES) | changes).encode()


SIGNED: list[dict[str, Any]] = json.loads(SIGNATURES)["signed"]


@pytest.mark.parametrize(
    "under",
    [
        signatures(signed=SIGNED[:1]),
        signatures(signed=[SIGNED[0], SIGNED[0]]),
        signatures(signed=[SIGNED[0], {**SIGNED[1], "by": "lindqvist"}]),
        signatures(signed=[SIGNED[0], {**SIGNED[1], "signature": SIGNED[0]["signature"]}]),
        signatures(transcript="0" * 64),
        canonical(transcript.sign(DATA + b" ", KEYS)),
    ],
)
def test_too_few_or_wrong_signatures_are_refused(under: bytes) -> None:
    """One custodian, or none, could say what a ceremony was."""
    with pytest.raises(Untrusted):
        transcript.check(DATA, under, needed=2)


@pytest.mark.parametrize("files", [{}, {"1.root.json": b"root"}, FILES | {"trust.json": b"first"}])
def test_files_that_the_ceremony_did_not_leave_so_are_found(files: dict[str, bytes]) -> None:
    """Outputs could be exchanged after everybody went home."""
    with pytest.raises(Untrusted):
        transcript.check_files(transcript.check(DATA, SIGNATURES, needed=2), files)


@given(st.binary(max_size=100))
def test_any_bytes_raise_only_our_error(data: bytes) -> None:
    """A damaged file would end in a traceback."""
    with pytest.raises(BrokerError):
        transcript.check(data, SIGNATURES, needed=2)
    with pytest.raises(BadInput):
        transcript.check(DATA, data, needed=2)
