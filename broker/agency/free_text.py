"""What a caseworker or a reviewer writes: read where nobody else sees it, and sealed to the agency that is to read it.

Other users of a machine can see arguments, so that a text may be typed when asked for (`-`), or read from a file
(`@FILE`). No name of anybody is needed in it: the reader has the record.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import typer

from broker.agency.inputs import read_file
from broker.agency.words import plain
from broker.agency.workspace import Workspace
from broker.errors import BadInput
from broker.keys.sealed_words import About, Kind, open_words, seal_words
from broker.keys.secrets import numbered
from broker.keys.trust import Trust
from broker.wire.challenge import Written

SHORTEST_REASON = 40


def typed_text(given: str | None, question: str) -> str:
    """The text: what was given, what a file or standard input holds, or what is typed. Raises `BadInput` for none."""
    if given is not None and given.startswith("@"):
        text = read_file(Path(given[1:])).decode("utf-8", "replace")
    elif given is None or given == "-":
        text = typer.prompt(question, err=True) if sys.stdin.isatty() else sys.stdin.read()
    else:
        text = given
    if not text.strip():
        raise BadInput("words-missing", "there is nothing written", hint="write it down in a sentence or two")
    return " ".join(text.split())


def check_reason(why: str) -> None:
    """Raises `BadInput` for a reason that is too short to be one."""
    if len(why) < SHORTEST_REASON:
        hint = "say who is in danger of what, and what you must know now"
        raise BadInput("emergency-reason-short", f"the reason has fewer than {SHORTEST_REASON} characters", hint=hint)


def to_everybody(trust: Trust, writer: str, reference: str, words: Mapping[str, str]) -> dict[str, bytes]:
    """The reason of an emergency, sealed to every other agency: who will be told is not known yet."""
    readers = [one.agency for one in trust.agencies if one.status == "active" and one.agency != writer]
    return {reader: to_one(trust, About("emergency", writer, reader, reference), words) for reader in readers}


def to_one(trust: Trust, about: About, words: Mapping[str, str]) -> bytes:
    """A text sealed to its reader. Raises `NotAllowed` when they are not on the trust list."""
    return seal_words(words, about, public_key=trust.agency(about.reader).seal_key)


def read_written(place: Workspace, written: Written) -> dict[str, str]:
    """What somebody wrote to this agency. Raises `Untrusted` when it does not open."""
    secrets = place.read_secrets()
    keys = [secrets.hybrid(numbered("seal", number)) for number in reversed(secrets.numbers("seal"))]
    kind: Kind = written.kind
    about = About(kind, written.writer, written.reader, written.reference)
    return {name: plain(text) for name, text in open_words(written.words, about, private_keys=keys).items()}
