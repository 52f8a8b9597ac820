"""Which rotations there are, and the steps of each: whose they are, and in which order they are done.

    broker: broker keys rotate k open      a step with a command of ours
    custodians: broker keys sign ...       one without: it is typed otherwise, or done by hand

The order is what makes a rotation safe (docs/rotation.md); the page for operators is held to this table by a test.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from broker.errors import BadInput


class What(StrEnum):
    """What can be rotated."""

    K = "k"
    LABELS = "labels"
    KEKS = "keks"
    ENVELOPE = "envelope"
    EVIDENCE = "evidence"
    AGENCY = "agency"
    BROKER_SEAL = "broker.seal"
    BROKER_RECEIPT = "broker.receipt"
    BROKER_REQUEST = "broker.request"
    UNIT_SIGNING = "linkage_unit.signing"


UNIT, BROKER, CUSTODIANS, GRANTERS, AGENCY = "linkage unit", "broker", "custodians", "granters", "agency"


@dataclass(frozen=True)
class Step:
    """One step: its name, whose it is, and what is done. A step without a command of ours has no name."""

    name: str
    whose: str
    said: str


_LISTED = Step("", CUSTODIANS, "broker keys sign, by enough of them; then broker keys publish, and copy the folder")
_RENEW = Step("renew", BROKER, "brings every row over, while questions are answered; stopped, it goes on")
_CLOSE = Step("close", BROKER, "refuses while a row is left; writes records, destroys old secrets; then start it anew")
_RECORD = Step("record", CUSTODIANS, "puts records of destroyed keys on the trust list: give their files")
_NEW = Step("new", BROKER, "makes the new key beside the old one, and prints its public half (--out)")
_LIST = Step("list", CUSTODIANS, "proposes the new key, from that file")
_SIGNS = (
    _NEW,
    _LIST,
    _LISTED,
    Step("destroy", BROKER, "destroys the older ones, whose public halves stay listed to check what they signed"),
    _RECORD,
    _LISTED,
)
_OPENS = (
    _NEW,
    _LIST,
    _LISTED,
    Step("", CUSTODIANS, "when nothing is on its way to the old one: broker keys retire, sign, publish"),
    Step("destroy", BROKER, "destroys those that are no longer listed"),
    _RECORD,
    _LISTED,
)
_GENERATION = (
    Step("open", BROKER, "makes the new secrets; from then on everything is written under them"),
    _RENEW,
    _CLOSE,
    _RECORD,
    _LISTED,
)
STEPS: dict[What, tuple[Step, ...]] = {
    What.K: (
        Step("new", UNIT, "makes the next k beside the old one, and the sealed update token (--out)"),
        Step("", CUSTODIANS, "broker keys split, for the new k; then broker keys drill"),
        Step("take", BROKER, "checks the update token against the published points, and keeps it"),
        Step("list", CUSTODIANS, "proposes the new epoch beside the old one, from the update token's file"),
        _LISTED,
        Step("open", BROKER, "from then on everything is written under the new epoch, and found under both"),
        _RENEW,
        Step("unlist", CUSTODIANS, "proposes the new epoch alone"),
        _LISTED,
        _CLOSE,
        Step("destroy", UNIT, "destroys the old k, and writes the signed record; then start it anew: it forgets"),
        _RECORD,
        _LISTED,
        Step("", CUSTODIANS, "the words of the old k are burnt, by each custodian before a witness"),
    ),
    What.LABELS: _GENERATION,
    What.KEKS: _GENERATION,
    What.ENVELOPE: (
        Step("new", UNIT, "makes the next envelope key beside the old one, and prints its public half (--out)"),
        Step("list", CUSTODIANS, "proposes it beside the old one, from that file"),
        _LISTED,
        Step("terms", BROKER, "writes what two granters are asked to sign (--out)"),
        Step("", GRANTERS, "broker-agency grant, by two of them; then broker linkage grant, at the broker"),
        Step("renew", BROKER, "has every record's evidence sealed again at the linkage unit; give the grant's file"),
        Step("unlist", CUSTODIANS, "proposes the new envelope key alone"),
        _LISTED,
        Step("destroy", UNIT, "destroys the old envelope key, and writes the signed record; then start it anew"),
        _RECORD,
        _LISTED,
    ),
    What.EVIDENCE: (
        Step("", AGENCY, "one of them: broker-agency evidence new; the others: broker-agency evidence take"),
        Step("list", CUSTODIANS, "proposes the next evidence epoch beside the old one"),
        _LISTED,
        Step("", AGENCY, "each sends every source's whole file once: evidence under both keys"),
        Step("progress", BROKER, "how many records of each source have evidence under the new key"),
        Step("unlist", CUSTODIANS, "proposes the new evidence epoch alone: what is under the old one decides nothing"),
        _LISTED,
        Step("", AGENCY, "each destroys the old key: broker-agency evidence drop"),
    ),
    What.AGENCY: (
        Step("", AGENCY, "broker-agency keys new delivery, desk, review or seal: prints the public half"),
        Step("list", CUSTODIANS, "proposes that key, from a file with what was printed"),
        _LISTED,
        Step("", CUSTODIANS, "after 30 days, or at once where it may be stolen: broker keys retire or revoke"),
    ),
    What.BROKER_SEAL: _OPENS,
    What.BROKER_RECEIPT: _SIGNS,
    What.BROKER_REQUEST: _SIGNS,
    What.UNIT_SIGNING: tuple(Step(one.name, UNIT if one.whose == BROKER else one.whose, one.said) for one in _SIGNS),
}


@dataclass(frozen=True)
class Given:
    """What was typed."""

    what: What
    step: str
    files: tuple[Path, ...]
    out: Path | None
    folder: Path
    root: Path

    def one_file(self, what: str) -> Path:
        """The file that the step needs. Raises `BadInput` for none, or several."""
        if len(self.files) != 1:
            raise BadInput("file-missing", f"this step needs one file: {what}")
        return self.files[0]

    def needs_out(self, what: str) -> Path:
        """Where to write. Raises `BadInput` when nobody said."""
        if self.out is None:
            raise BadInput("file-missing", f"say with --out where to write {what}")
        return self.out


def steps_of(what: What) -> list[str]:
    """The steps of a rotation as lines, with what is typed for each."""
    lines = []
    for number, one in enumerate(STEPS[what], 1):
        typed = f"broker keys rotate {what} {one.name}: " if one.name else ""
        lines.append(f"{number:>2}. {one.whose}: {typed}{one.said}")
    return lines
