"""The golden matrix: what each role sees of each item for each purpose, in the plain case and in an emergency.

    role,purpose,item,category,existence,clause,none,concern,significant_harm,emergency,obligations,window,keep,onward
    school.dsl,child_safeguarding,su.involvement,sensitive_service,secret,A2.2,signpost,signpost,share,share,,,P1Y,...

One line for each cell that an agreement schedules, sorted; what has no line is not agreed. `none`, `concern` and
`significant_harm` are the outcomes at that risk where all else is plain; `emergency` is for somebody who has no
relation to the person and uses emergency access. An item that nobody is to see has a line without a role. The file is
made by `broker policy reach` and kept beside the policies, so that a role or an item more shows as a line more.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from broker.policy.interpret import Cell, judge
from broker.policy.outcomes import cells
from broker.policy.policies import Policies
from broker.policy.space import plain

RISKS = ("none", "concern", "significant_harm")
ABOUT = ("role", "purpose", "item", "category", "existence")
HEAD = (*ABOUT, "clause", *RISKS, "emergency", "obligations", "window", "keep", "onward")


def reach(policies: Policies) -> str:
    """The matrix of `policies` as CSV, sorted, with a line feed at the end of each line."""
    told = io.StringIO()
    writer = csv.writer(told, lineterminator="\n")
    writer.writerow(HEAD)
    writer.writerows(sorted(_rows(policies)))
    return told.getvalue()


def _rows(policies: Policies) -> Iterator[tuple[str, ...]]:
    everyday, seen = plain(policies.vocabulary), set()
    for cell in cells(policies):
        scheduled = policies.schedule.get((cell.role, cell.purpose), {})
        if any(cell.item in clauses for clauses in scheduled.values()):
            seen.add(cell.item)
            yield _row(policies, cell, everyday)
    for item, known in policies.vocabulary.items.items():
        if item not in seen:
            yield "", "", item, known.category, known.existence, *[""] * (len(HEAD) - len(ABOUT))


def _row(policies: Policies, cell: Cell, everyday: dict[str, str]) -> tuple[str, ...]:
    made = [judge(policies, cell, {**everyday, "risk": risk}) for risk in RISKS]
    emergency = judge(policies, cell, {**everyday, "relation": "none", "break_glass": "yes"})
    best, item = made[-1], policies.vocabulary.items[cell.item]
    share = policies.clause(best.agreement, best.clause)
    terms = (share.window or "", share.keep, share.onward) if share else ("", "", "")
    outcomes = (*(one.level for one in made), emergency.level)
    about = (cell.role, cell.purpose, cell.item, item.category, item.existence)
    return (*about, best.clause, *outcomes, " ".join(best.obligations), *terms)
