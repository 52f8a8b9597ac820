"""Other agreements are proposed: everything that changes, and what it would have made of the last month's decisions.

The proposal is a file for the two who are to sign. It says what was decided about nobody: of decisions that would have
come out otherwise it lists kinds of which there were five or more. What is counted is a month that is over, in steps of
five: otherwise one look-up between two proposals, or one condition more, would tell of a single person.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from importlib.metadata import version

from broker.actions.change_policy import checked, compared
from broker.actions.read_decisions import read_decisions
from broker.actions.signed_change import check_back, sentences, since
from broker.errors import NotFound
from broker.parts import Parts
from broker.policy import words
from broker.policy.interpret import Cell
from broker.policy.policies import Policies
from broker.policy.prove import prove
from broker.policy.replay import simulate
from broker.policy.replayed import Shift, Simulation
from broker.wire.policy_change import FEW, KINDS, ChangeTerms, Kind, Proposal, Simulated
from broker.wire.trial import Stage

LASTS = dt.timedelta(days=14)
"""For how long a proposal may be signed and made."""


def propose_policy(
    parts: Parts,
    files: Mapping[str, str | bytes],
    *,
    back: bool = False,
    progress: Callable[[Stage], None] | None = None,
) -> Proposal:
    """What is put before those who are to sign for the agreements that `files` hold. Reading decisions is logged.

    `progress` is told how far it is.

    Raises as `change_policy.activate` does, and `BadInput` when it goes back to what was in force before and `back`
    does not say so, or the reverse.
    """
    parts, now, reaches = parts.fresh(), parts.now(), progress or _untold
    new = checked(parts, files).policies
    reaches("proven")
    old, changes = compared(parts, new)
    reaches("compared")
    with parts.store.look() as connection:
        after = since(connection)
        check_back(connection, new, back=back)
    if not old or not after:
        raise NotFound("policy-unknown", "nothing is in force yet", hint="start the broker once")
    over = now.date().replace(day=1)
    first = (over - dt.timedelta(days=1)).replace(day=1)
    decisions = read_decisions(parts, first, until=over, act="simulated-policy", what=new.digest)
    reaches("read")
    seen = simulate(decisions.elements(), under=new)
    text, made = sentences(changes, new), int(now.timestamp())
    terms = ChangeTerms(
        v=1,
        place=parts.trust.place,
        old=old,
        after=after,
        new=new.digest,
        diff=changes.digest if changes else "",
        back=back,
        text=hashlib.sha256(text.encode()).hexdigest(),
        sentences=len(prove(new)),
        software=version("broker"),
        simulated=simulated(seen, new, first=first),
        made=made,
        expires=made + int(LASTS.total_seconds()),
    )
    return Proposal(v=1, terms=terms, text=text)


def simulated(seen: Simulation, new: Policies, *, first: dt.date) -> Simulated:
    """What `new` would have made of the month from `first` on, fit to be shown in other organisations."""
    counts: Counter[tuple[str, str, str, bool]] = Counter()
    for shift in seen.shifts:
        before, after = _level(shift.before), _level(shift.after)
        if before != after or shift.added or shift.dropped:
            counts[(_who_and_what(shift, new), before, after, shift.opens)] += shift.count
    listed = [(key, count) for key, count in counts.items() if count >= FEW]
    listed.sort(key=lambda one: (not one[0][3], -one[1], one[0]))
    kinds = [
        Kind.model_validate({"said": said, "before": before, "after": after, "opens": opens, "count": _stepped(count)})
        for (said, before, after, opens), count in listed[:KINDS]
    ]
    opened = sum(count for key, count in counts.items() if key[3])
    rest = counts.total() - sum(count for _, count in listed[:KINDS])
    totals = {"decisions": seen.total, "changed": counts.total(), "opened": opened, "rest": rest}
    return Simulated(
        since=first, unreadable=seen.unreadable, kinds=tuple(kinds),
        **{name: _stepped(count) for name, count in totals.items()},
    )  # fmt: skip


def _stepped(count: int) -> int:
    """A count in steps of five, rounded down, so that fewer than five are none."""
    return count - count % FEW


def _untold(_: Stage) -> None:
    """Nobody wants to know."""


def _who_and_what(shift: Shift, new: Policies) -> str:
    if shift.item == "*":
        return f"{words.role(new.vocabulary, shift.role)}, for {words.plain_words(shift.purpose)}: whether they may ask"
    return words.who_and_what(new.vocabulary, [Cell(shift.role, shift.purpose, shift.item)])[0]


def _level(name: str) -> str:
    return "withhold" if name == "withhold_silently" else name
