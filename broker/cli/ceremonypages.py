"""The two pages of a ceremony that people read: `plan.md` beforehand, `roles.md` for who was who.

Both are made of the transcript, so that they never say something else than what was done.
"""

from __future__ import annotations

import datetime as dt
import hashlib

from broker.trustlist.transcript import Transcript
from broker.wire.london import in_words

_ROLES = {
    "custodian": "signs changes of the trust list, and holds one of five lists of words of k",
    "witness": "watches, holds no key, compares every digest that is read out with their own paper",
    "master-of-ceremonies": "reads the plan aloud, step by step; holds no key and types nothing",
}
_RULES = (
    "Two organisations at least are in the room. Nobody is alone with the machine.",
    "The machine has no network, boots from a medium that the witness brought, and is wiped afterwards.",
    "Telephones are outside. What shows words of k is looked at by one custodian at a time.",
    "Each step is read aloud, done, and its line of the transcript compared, before the next.",
    "What goes wrong is written down and stops the ceremony; a repaired ceremony begins anew.",
)


def plan(transcript: Transcript) -> str:
    """What is done, by whom, in which order."""
    lines = [f"# Plan of the ceremony `{transcript.ceremony}`", "", _what(transcript), "", "## Rules", ""]
    lines += [f"- {rule}" for rule in _RULES]
    lines += ["", "## Steps", "", "| | who | what |", "|---|---|---|"]
    lines += [f"| {step.number} | {', '.join(step.by)} | {step.what} |" for step in transcript.steps]
    return "\n".join(lines) + "\n"


def roles(transcript: Transcript) -> str:
    """Who is who, and each custodian's key by its fingerprint, to be compared by telephone."""
    lines = [f"# Roles at the ceremony `{transcript.ceremony}`", "", _what(transcript), ""]
    lines += ["| name | role | key, first 16 digits of its SHA-256 |", "|---|---|---|"]
    for person in transcript.people:
        key = hashlib.sha256(person.public).hexdigest()[:16] if person.public else ""
        lines.append(f"| {person.name} | {person.role} | {key} |")
    lines += ["", *(f"- **{role}** {does}." for role, does in _ROLES.items())]
    return "\n".join(lines) + "\n"


def _what(transcript: Transcript) -> str:
    day = dt.datetime.fromtimestamp(transcript.at, dt.UTC).date()
    what = f"Place `{transcript.place}`, {in_words(day)}."
    if transcript.rehearsal:
        what += " A rehearsal: the people are made of software, and every key is a published test key."
    return what
