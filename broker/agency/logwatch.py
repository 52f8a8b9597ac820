"""This agency remembers the largest audit log that it was ever shown, and believes no other.

    state/log/checkpoint               the largest checkpoint that was shown here, and verified
    state/log/witnessed                the moment until which enough witnesses vouched, in seconds since 1970
    state/log/fork-1795340000/         two that contradict each other: `before` and `shown`

Every answer rests on a checkpoint. Each is compared with the one remembered: the broker must prove that the smaller log
is the beginning of the larger (RFC 6962). If it can't, it has shown two people two histories, or cut one off: both
checkpoints are kept, each signed by the broker, and nothing that rests on the new one is believed.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2

from broker.agency.client import NOTHING_LOST, problem
from broker.agency.delivery import write_atomically
from broker.agency.edges import Edges
from broker.agency.lock import alone
from broker.agency.words import moment
from broker.agency.workspace import Workspace
from broker.audit import tlogpolicy
from broker.audit.checkpoint import Checkpoint, open_note
from broker.audit.encoding import from_base64, to_number
from broker.audit.proof import parse_proof
from broker.audit.tlogpolicy import Cosigned, LogPolicy
from broker.audit.tree import verify_consistency
from broker.audit.witnessing import latest_path
from broker.errors import BrokerError, NotFound, Unavailable, Untrusted
from broker.keys.listed import Witness
from broker.keys.trust import Trust

FOLDER = "log"
_STALE = 300
"""Seconds after which a log that enough witnesses signed is looked at again; the broker asks them every minute."""
_ATTEMPTS = 3
_MAX_ANSWER = 64 * 1024


@dataclass(frozen=True)
class LogWatch:
    """What one workspace knows of the audit log, and how it asks for more. Needs no key: all of it is public."""

    place: Workspace
    trust: Trust
    http: httpx2.Client
    edges: Edges

    @property
    def policy(self) -> LogPolicy:
        """The trust list's log, witnesses and quorum."""
        witnesses = [(one.name, one.vkey, one.url) for one in self.trust.witnesses]
        return tlogpolicy.of_list(self.trust.broker.audit_log, witnesses, quorum=self.trust.quorum)

    def remembered(self) -> Checkpoint | None:
        """The largest checkpoint that was shown here; None before the first."""
        try:
            return self._opened((self._folder / "checkpoint").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None

    def saw(self, notes: Iterable[str]) -> None:
        """Compares every checkpoint with the one remembered, and remembers the largest.

        Raises `Untrusted` when two contradict each other, and `Unavailable` when the broker shows no proof.
        """
        shown = {self._opened(note): note for note in notes}
        with alone(self._folder, lambda: None):
            for checkpoint in sorted(shown, key=lambda one: one.size):
                self._compare(checkpoint, shown[checkpoint])

    def warning(self) -> str | None:
        """One sentence when too few witnesses have signed the log in the last five minutes; None when all is well.

        Raises as `saw` does: what witnesses cosigned must fit what was shown here.
        """
        if not self.trust.quorum:
            return None
        now, until = self.edges.seconds(), self._kept_until()
        if now - until > _STALE:
            until = min(max(until, self._witnessed_until()), now)
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomically(self._folder / "witnessed", f"{until}\n".encode())
        if now - until <= _STALE:
            return None
        since = f"since {moment(until)}" if until else "yet"
        return f"too few witnesses have signed the broker's audit log {since}: tell your information-governance officer"

    def latest(self) -> Checkpoint:
        """The broker's latest checkpoint, compared and remembered."""
        note = self._get("/audit/checkpoint").decode("utf-8", "replace")
        self.saw([note])
        return self._opened(note)

    def asked(self, witness: Witness) -> Cosigned | None:
        """What a witness itself shows of the log, compared; None when it shows nothing that the log had signed."""
        try:
            url = witness.url + latest_path(self.trust.broker.audit_log.partition("+")[0])
            note = self._fetch(url, witness.name).decode("utf-8", "replace")
            found = tlogpolicy.check(note, self.policy)
        except BrokerError:
            return None
        self.saw([note])
        return found if witness.name in found.times else None

    def _witnessed_until(self) -> int:
        try:
            note = self._get("/audit/witnessed").decode("utf-8", "replace")
        except BrokerError:
            # That it can't be had is no other than that nobody signed: it becomes the warning.
            return 0
        found = tlogpolicy.check(note, self.policy)
        self.saw([note])
        return found.at or 0

    def _compare(self, shown: Checkpoint, note: str) -> None:
        before = self.remembered()
        if before is not None and before != shown:
            older, newer = sorted((before, shown), key=lambda one: one.size)
            if not self._continues(older, newer):
                self._contradiction(before, shown, note)
        if before is None or shown.size > before.size:
            write_atomically(self._folder / "checkpoint", note.encode())

    def _continues(self, older: Checkpoint, newer: Checkpoint) -> bool:
        try:
            proof = self._proof(older.size, newer.size) if 0 < older.size < newer.size else []
            verify_consistency(older.size, older.root, new_size=newer.size, new_root=newer.root, proof=proof)
        except (NotFound, Untrusted):
            return False
        return True

    def _proof(self, old: int, new: int) -> list[bytes]:
        try:
            return [from_base64(line) for line in self._get(f"/audit/consistency/{old}/{new}").decode().splitlines()]
        except ValueError:
            raise Untrusted("answer-malformed", "the broker's proof is not of the agreed form") from None

    def _contradiction(self, before: Checkpoint, shown: Checkpoint, note: str) -> None:
        folder = self._folder / f"fork-{self.edges.seconds()}"
        folder.mkdir(exist_ok=True, mode=0o700)
        write_atomically(folder / "before", (self._folder / "checkpoint").read_bytes())
        write_atomically(folder / "shown", note.encode())
        what = "is shorter than it was" if shown.size < before.size else "is not the one that was shown here before"
        hint = f"believe nothing new; both signed checkpoints are in {folder}: call your information-governance officer"
        raise Untrusted("log-forked", f"the broker's audit log {what}", hint=hint)

    def _get(self, path: str) -> bytes:
        return self._fetch(self.place.broker_url + path, "the broker")

    def _fetch(self, url: str, party: str) -> bytes:
        for attempt in range(1, _ATTEMPTS + 1):
            with suppress(httpx2.RequestError):
                response = self.http.get(url)
                if response.status_code == 200 and len(response.content) <= _MAX_ANSWER:
                    return response.content
                error = problem(response, party)
                # What rests on the log was answered by now: that it can't be shown for a moment is not the end of it.
                if not isinstance(error, Unavailable):
                    raise error
            if attempt < _ATTEMPTS:
                self.edges.pause(attempt)
        raise Unavailable("no-answer", f"{party} does not show the audit log at {url}", hint=NOTHING_LOST)

    def _opened(self, note: str) -> Checkpoint:
        return open_note(note, [self.trust.broker.audit_log])

    def _kept_until(self) -> int:
        try:
            return to_number((self._folder / "witnessed").read_text(encoding="utf-8").rstrip("\n"))
        except (OSError, ValueError):
            return 0

    @property
    def _folder(self) -> Path:
        return self.place.state / FOLDER


def notes_in(proofs: Iterable[str]) -> set[str]:
    """The checkpoints that proofs (C2SP tlog-proof) lead to."""
    return {parse_proof(proof).note for proof in proofs}
