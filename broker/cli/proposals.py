"""The files of a change of agreements: what is sent to the two who are to sign, and what comes back from them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from broker.errors import BadInput, Misconfigured
from broker.keys.granting import policy_change_of
from broker.policy.periods import date
from broker.wire.fields import parse
from broker.wire.grant import GrantSignature
from broker.wire.london import moment_in_words
from broker.wire.policy_change import FEW, ChangeTerms, PolicyChange, Proposal


def read_signed(proposal: Path | None, signatures: Sequence[Path]) -> PolicyChange:
    """The change that a proposal and two signatures make. Raises `BadInput` or `Misconfigured`."""
    if proposal is None:
        raise BadInput("proposal-missing", "there are signatures and nothing that they sign", hint="add --proposal")
    terms = parse(Proposal, _read(proposal)).terms
    return policy_change_of(terms, [parse(GrantSignature, _read(one)) for one in signatures])


def told(terms: ChangeTerms, out: Path) -> Iterator[str]:
    """What the operator does next."""
    until = dt.datetime.fromtimestamp(terms.expires, dt.UTC)
    seen = terms.simulated
    month, changed = f"the month from {date(seen.since)} on", f"{seen.changed:,} to {seen.changed + FEW - 1:,}"
    yield f"Of about {seen.decisions:,} decisions of {month}, {changed} come out otherwise."
    yield f"Send {out} to two granters of two organisations; each runs `broker-agency policy allow`."
    yield f"With both signatures: `broker policy activate`, until {moment_in_words(until)}."


def by(change: PolicyChange | None) -> dict[str, Any]:
    """Who signed a change, for the history: none where nobody had to."""
    if change is None:
        return {"act": "", "signed": []}
    return {"act": "back" if change.terms.back else "forward", "signed": [one.by for one in change.signatures]}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise Misconfigured("file-unreadable", f"can't read {path}", hint="check the path") from None
