"""The broker sends a witness its checkpoints (C2SP tlog-witness), and believes nothing that is not signed.

Cosigned(line, at)     it cosigned, just now
Wants(size)            it cosigned another size last: it is sent the proof from there
Refused()              what it was sent is no continuation of what it saw
Silent(why)            no answer, or none of use
"""

from __future__ import annotations

from dataclasses import dataclass

import httpx2

from broker.audit import cosignature, witnessing
from broker.audit.checkpoint import Checkpoint, open_note
from broker.audit.encoding import to_number
from broker.errors import BrokerError
from broker.keys.listed import Witness

TIMEOUT = httpx2.Timeout(5.0, connect=3.0)
MOST_SKEW = 300
"""Seconds that a witness's clock may differ from ours: its times are what agencies look at."""
_MAX_ANSWER = 16 * 1024


@dataclass(frozen=True)
class Cosigned:
    line: str
    at: int


@dataclass(frozen=True)
class Wants:
    size: int


@dataclass(frozen=True)
class Refused:
    pass


@dataclass(frozen=True)
class Silent:
    why: str


Answer = Cosigned | Wants | Refused | Silent


def add_checkpoint(http: httpx2.Client, witness: Witness, body: bytes, *, note: str, now: int) -> Answer:
    """What `witness` answers to a submission of the checkpoint `note`; `now` is in seconds."""
    try:
        response = http.post(
            witness.url + witnessing.ADD, content=body, headers={"content-type": "text/plain"}, timeout=TIMEOUT
        )
    except httpx2.RequestError:
        return Silent("no-answer")
    if response.status_code == 409:
        try:
            return Wants(to_number(response.text.removesuffix("\n")))
        except ValueError:
            return Silent("answer-malformed")
    if response.status_code == 422:
        return Refused()
    if response.status_code != 200 or len(response.content) > _MAX_ANSWER:
        return Silent(f"http-{response.status_code}")
    return _cosigned(response.content, witness, note=note, now=now)


def latest(http: httpx2.Client, witness: Witness, log: str) -> Checkpoint | None:
    """The last checkpoint of the log with the verifier key `log` that the witness shows, if that log signed it."""
    try:
        response = http.get(witness.url + witnessing.latest_path(log.partition("+")[0]), timeout=TIMEOUT)
        if response.status_code != 200 or len(response.content) > _MAX_ANSWER:
            return None
        # The log's own signature is what makes it proof: a witness alone can't say that we were further than we are.
        return open_note(response.content, [log])
    except (httpx2.RequestError, BrokerError):
        return None


def _cosigned(content: bytes, witness: Witness, *, note: str, now: int) -> Answer:
    try:
        lines = content.decode().splitlines(keepends=True)
        mine = [line for line in lines if cosignature.cosigned(note + line, [witness.vkey])]
        times = cosignature.cosigned(note + "".join(mine), [witness.vkey])
    except (UnicodeError, BrokerError):
        return Silent("answer-malformed")
    if len(mine) != 1:
        return Silent("answer-malformed")
    at = times[witness.vkey]
    return Cosigned(mine[0], at) if abs(at - now) <= MOST_SKEW else Silent("clock-differs")
