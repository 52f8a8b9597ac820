"""Which log's checkpoints count, and how many of which witnesses must have cosigned them (C2SP tlog-policy).

    log broker.example/audit+ba46f2a9+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4

    witness council council.example/witness+1f2e3d4c+BA… https://witness.council.example
    witness nhs nhs.example/witness+5a6b7c8d+BA…
    group enough-witnesses 2 council nhs
    quorum enough-witnesses

It is made of the trust list (`of_list`), for verifiers that know nothing of ours. Nothing to do with the agreements,
which elsewhere are called policies.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from broker.audit import cosignature
from broker.audit.checkpoint import Checkpoint, open_note, parse_vkey
from broker.errors import BadInput

NONE = "none"
ENOUGH = "enough-witnesses"
"""The group of all witnesses of a trust list; no name on it holds a hyphen."""
_MAX_BYTES = 256 * 1024
_COUNT = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)


@dataclass(frozen=True)
class Group:
    """Witnesses or other groups, of which `needed` make the group a witness itself."""

    needed: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class LogPolicy:
    """`witnesses` and `urls` by the policy's own names; `quorum` names a witness, a group or nobody."""

    logs: tuple[str, ...]
    quorum: str = NONE
    witnesses: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    urls: Mapping[str, str] = field(default_factory=dict)

    def is_enough(self, names: Collection[str]) -> bool:
        """Whether the witnesses `names` are as many as must have cosigned."""
        return self._holds(self.quorum, names)

    def _holds(self, name: str, names: Collection[str]) -> bool:
        if name == NONE:
            return True
        group = self.groups.get(name)
        if group is None:
            return name in names
        return sum(self._holds(member, names) for member in group.members) >= group.needed


@dataclass(frozen=True)
class Cosigned:
    """A checkpoint, when each witness cosigned it (by the policy's names), and whether those are enough.

    `at` is the moment until which enough of them vouch for the log; None when they are not, or none is needed.
    """

    checkpoint: Checkpoint
    times: Mapping[str, int]
    enough: bool
    at: int | None


def check(note: str | bytes, policy: LogPolicy) -> Cosigned:
    """What a note proves under a policy. Raises `Untrusted` unless a log of the policy signed it."""
    checkpoint = open_note(note, policy.logs)
    names = {vkey: name for name, vkey in policy.witnesses.items()}
    times = {names[vkey]: at for vkey, at in cosignature.cosigned(note, tuple(names)).items()}
    return Cosigned(checkpoint, times, policy.is_enough(times), vouched_until(times, policy))


def vouched_until(times: Mapping[str, int], policy: LogPolicy) -> int | None:
    """The latest moment at or after which enough witnesses cosigned; None without enough, or where none is needed."""
    if policy.quorum == NONE:
        return None
    moments = sorted(set(times.values()), reverse=True)
    return next((at for at in moments if policy.is_enough([name for name in times if times[name] >= at])), None)


def of_list(log: str, witnesses: Sequence[tuple[str, str, str]], *, quorum: int) -> LogPolicy:
    """The policy of a trust list: its log, its (name, verifier key, address) of witnesses, and how many must sign."""
    vkeys = {name: vkey for name, vkey, _ in witnesses}
    urls = {name: url for name, _, url in witnesses if url}
    if not quorum:
        return LogPolicy((log,), NONE, vkeys, {}, urls)
    return LogPolicy((log,), ENOUGH, vkeys, {ENOUGH: Group(quorum, tuple(vkeys))}, urls)


def write(policy: LogPolicy) -> str:
    """The text of a policy."""
    lines = [f"log {vkey}" for vkey in policy.logs]
    lines += [f"witness {name} {vkey} {policy.urls.get(name, '')}".rstrip() for name, vkey in policy.witnesses.items()]
    lines += [f"group {name} {one.needed} {' '.join(one.members)}" for name, one in policy.groups.items()]
    return "\n".join([*lines, f"quorum {policy.quorum}"]) + "\n"


def parse(data: bytes) -> LogPolicy:
    """The policy that a text spells. Raises `BadInput` naming the line."""
    if len(data) > _MAX_BYTES or any((byte < 32 and byte not in b"\t\n") or byte == 127 for byte in data):
        raise _wrong(0, "is too long or holds control characters")
    # Names are bytes to the format: what is not UTF-8 must still be told apart.
    text = data.decode("utf-8", "surrogateescape")
    if text and not text.endswith("\n"):
        raise _wrong(0, "does not end with a newline")
    reading = _Reading()
    for number, line in enumerate(text.split("\n"), 1):
        words = [word for word in line.replace("\t", " ").split(" ") if word]
        if words and not words[0].startswith("#"):
            reading.take(words, number)
    return reading.done()


class _Reading:
    """A policy as far as it was read."""

    def __init__(self) -> None:
        self.logs: dict[bytes, str] = {}
        self.witnesses: dict[str, str] = {}
        self.groups: dict[str, Group] = {}
        self.urls: dict[str, str] = {}
        self.quorum: str | None = None
        self._publics: set[bytes] = set()
        self._members: set[str] = set()

    def take(self, words: list[str], number: int) -> None:
        kind, *rest = words
        if kind == "log" and len(rest) in (1, 2):
            self._log(rest[0], number)
        elif kind == "witness" and len(rest) in (2, 3):
            self._witness(rest, number)
        elif kind == "group" and len(rest) >= 3:
            self._group(rest[0], rest[1], rest[2:], number)
        elif kind == "quorum" and len(rest) == 1 and self.quorum is None and self._is_known(rest[0], none=True):
            self.quorum = rest[0]
        else:
            raise _wrong(number, "is not a log, witness, group or the one quorum, or names what is not above it")

    def done(self) -> LogPolicy:
        if self.quorum is None:
            raise _wrong(0, "has no quorum")
        return LogPolicy(tuple(self.logs.values()), self.quorum, self.witnesses, self.groups, self.urls)

    def _log(self, vkey: str, number: int) -> None:
        public = parse_vkey(vkey).public.public_bytes_raw()
        if public in self.logs:
            raise _wrong(number, "names a log's key again")
        self.logs[public] = vkey

    def _witness(self, rest: list[str], number: int) -> None:
        name, vkey = rest[:2]
        public = cosignature.parse(vkey).public.public_bytes_raw()
        if public in self._publics or self._is_known(name, none=True):
            raise _wrong(number, "names a witness or its key again")
        self._publics.add(public)
        self.witnesses[name] = vkey
        if len(rest) == 3:
            self.urls[name] = rest[2]

    def _group(self, name: str, needed: str, members: list[str], number: int) -> None:
        known = {"any": 1, "all": len(members)}
        count = known.get(needed) or (int(needed) if _COUNT.fullmatch(needed) else 0)
        again = len(set(members)) != len(members) or self._members & set(members)
        if again or not all(map(self._is_known, members)) or self._is_known(name, none=True):
            raise _wrong(number, "names a group again, or a member that is not above it or in a group already")
        if not 1 <= count <= len(members):
            raise _wrong(number, "needs none of its members, or more than there are")
        self._members |= set(members)
        self.groups[name] = Group(count, tuple(members))

    def _is_known(self, name: str, none: bool = False) -> bool:
        return name in self.witnesses or name in self.groups or (none and name == NONE)


def _wrong(number: int, what: str) -> BadInput:
    where = f"line {number} of the log policy" if number else "the log policy"
    return BadInput("log-policy-invalid", f"{where} {what}", row=number or None)
