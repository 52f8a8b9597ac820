"""What may become of a clause, and how far a trial of it is, in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from broker.wire.trial import STAGES, Stage, Trial

_INVOLVED = re.compile(r"\.involvement$")
"""Only of these can be said whom to ring and nothing else."""
LEVELS: Mapping[str, tuple[str, str]] = {
    "nothing": ("Nothing of it is told any more", "The clause is taken out."),
    "signpost": ("Only whom to ring", "That the service is involved, and a telephone number."),
    "share": ("It is shown in full", "To the same people, for the same reasons."),
    "own": ("Something else", "Write the clause below as it is to be."),
}
_STEPS: Mapping[Stage, str] = {
    "proven": "It is an agreement that may come into force: what must always be so is proven of it",
    "compared": "Everything that would change is listed",
    "read": "Last month's decisions are read",
    "done": "They are made again under the changed agreement",
}


def levels(clause: str) -> list[dict[str, str]]:
    """What may become of a clause, as radio buttons: nothing that it is already, or that its items can't be."""
    level = re.search(r"^ +level: (\w+)", clause, re.MULTILINE)
    items = re.findall(r"\b[a-z]{2,4}\.[a-z_]+\b", clause.partition("to:")[0])
    is_out = {
        "share": level is None,
        "signpost": (level is not None and level[1] == "signpost") or not all(_INVOLVED.search(one) for one in items),
    }
    return [
        {"value": name, "text": text, "hint": hint}
        for name, (text, hint) in LEVELS.items()
        if not is_out.get(name, False)
    ]


def steps(trial: Trial) -> list[tuple[str, bool]]:
    """Each step, and whether it is done."""
    reached = STAGES.index(trial.stage) if trial.stage in STAGES else 0
    return [(text, STAGES.index(stage) <= reached) for stage, text in _STEPS.items()]
