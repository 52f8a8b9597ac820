"""A change of a clause that somebody of ours tries at the broker, before anybody is asked to sign it.

begun = begin(member, "A1.5", with_level(read_clause(place, edges, "A1.5").text, "signpost"))
read_trial(place, edges, begun.id)          how far it is; at the end its proposal
put_forward(place, trial, "attendance")     beside the operator's proposals, with the changed file for the operator
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from broker.agency import proposed_files
from broker.agency.acting import Acting
from broker.agency.broker_calls import read_list, record_once
from broker.agency.edges import Edges
from broker.agency.workspace import Workspace
from broker.errors import BadInput
from broker.wire.trial import ClauseText, Trial, TrialRequest

_DROPPED = re.compile(r"^ +(level|obligations):")


def read_clause(place: Workspace, edges: Edges, clause: str) -> ClauseText:
    """The clause as it stands in its file."""
    return read_list(place, edges, ClauseText, signer=place.review_signer(), path=f"/v1/clauses/{clause}")


def with_level(text: str, level: str) -> str:
    """The clause with this level and no obligations; without any text for the level `nothing`."""
    if level == "nothing":
        return ""
    kept, is_dropped = list[str](), False
    for line in text.splitlines():
        deep = len(line) - len(line.lstrip())
        # A list of obligations may go on in the next lines, deeper.
        is_dropped = bool(_DROPPED.match(line)) or (is_dropped and deep > len(_margin(text)))
        kept += [] if is_dropped else [line]
    at = next((at for at, line in enumerate(kept) if line.strip().startswith("why:")), len(kept))
    return "\n".join([*kept[:at], f"{_margin(text)}level: {level}", *kept[at:]]) + "\n"


def begin(by: Acting, clause: str, text: str) -> Trial:
    """Begins it. Raises what the broker's refusal says."""
    asked = TrialRequest(v=1, id=by.new_id(), staff=by.staff, clause=clause, text=text)
    return record_once(by.place, by.edges, Trial, signer=by.place.review_signer(), path="/v1/trials", body=asked)


def read_trial(place: Workspace, edges: Edges, name: str) -> Trial:
    """How far it is."""
    return read_list(place, edges, Trial, signer=place.review_signer(), path=f"/v1/trials/{name}")


def put_forward(place: Workspace, trial: Trial, name: str) -> None:
    """Keeps it as a proposal under this name. Raises `BadInput` for a name that is taken or can't be one."""
    if trial.proposal is None or trial.file is None:
        raise BadInput("trial-unfinished", "this change is not worked out yet", hint="wait until it is")
    path, text = trial.file
    proposed_files.keep_proposal(place, name, trial.proposal, file=(PurePosixPath(path).name, text))


def _margin(text: str) -> str:
    """What stands before the fields of a clause."""
    first = text.splitlines()[0]
    return " " * (len(first) - len(first.lstrip()) + 2)
