"""Which sources take part in a run over everybody: those that the vocabulary names and an agreement in force covers.

population_runs:
  match_quality: [csc, ed]      none takes part that is not named here
"""

from __future__ import annotations

import datetime as dt

from broker.errors import NotAllowed
from broker.policy.decide import may_post
from broker.policy.policies import Policies


def taking_part(policies: Policies, purpose: str, *, on: dt.date) -> tuple[str, ...]:
    """The sources whose records a run for `purpose` may compare `on` a date in London, sorted; maybe none."""
    named = {source for name, some in policies.vocabulary.population_runs.items() if name == purpose for source in some}
    return tuple(sorted(source for source in named if may_post(policies, source, on=on)))


def check_run(policies: Policies, purpose: str, *, on: dt.date) -> tuple[str, ...]:
    """The same. Raises `NotAllowed` when no source takes part."""
    found = taking_part(policies, purpose, on=on)
    if not found:
        hint = "name them under `population_runs` in policies/vocabulary.yaml, once their agencies have agreed"
        raise NotAllowed("run-not-agreed", "no source takes part in population runs for this purpose", hint=hint)
    return found
