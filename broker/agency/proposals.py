"""A change of agreements as those who are to sign it read it: all that changes, and what it would have changed."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from broker.agency.words import day
from broker.errors import BadInput
from broker.keys import context
from broker.wire.fields import canonical
from broker.wire.grant import GrantSignature
from broker.wire.london import moment_in_words
from broker.wire.policy_change import FEW, ChangeTerms, Proposal, Simulated

SHOWS = {
    "withhold": "not shown",
    "refer": "waits for a person to decide",
    "signpost": "only whom to ring",
    "reduced": "shown reduced",
    "share": "shown in full",
    "admitted": "may ask",
}


def check_proposal(put: Proposal, *, place: str, now: dt.datetime) -> None:
    """Raises `BadInput` unless the sentences are those of the terms, for this place, and still to be made."""
    if hashlib.sha256(put.text.encode()).hexdigest() != put.terms.text:
        hint = "sign nothing, and ask the other granters which proposal they have"
        raise BadInput("proposal-other-text", "the sentences are not those that you would sign for", hint=hint)
    if put.terms.place != place or put.terms.expires <= now.timestamp():
        raise BadInput("grant-terms", "the proposal is for another place, or has expired", hint="ask for a new one")


def summary(terms: ChangeTerms) -> Iterator[str]:
    """What is signed, in a few lines."""
    until = dt.datetime.fromtimestamp(terms.expires, dt.UTC)
    yield f"At {terms.place}, from agreements {terms.old[:16]}… to {terms.new[:16]}…"
    if terms.back:
        yield "THIS GOES BACK to agreements that were in force before."
    yield f"{terms.sentences:,} sentences of what must always be so are proven of them, by version {terms.software}."
    if not terms.diff:
        yield "NOTHING WAS COMPARED: what is in force can't be read any more."
    yield from would_have(terms.simulated)
    yield f"What you sign is the list above: {terms.diff or 'no list'}"
    yield f"Your signature counts until {moment_in_words(until)}, with another organisation's, and once."


def would_have(seen: Simulated) -> Iterator[str]:
    """What the change would have made of logged decisions, in lines."""
    since = f"of the month from {day(seen.since)} on"
    unread = f"; {seen.unreadable:,} more can't be read" if seen.unreadable else ""
    if not seen.changed:
        yield f"Of about {seen.decisions:,} decisions {since} fewer than {FEW} would have come out otherwise{unread}."
        return
    yield (
        f"Of about {seen.decisions:,} decisions {since} {seen.changed:,} or a few more would have come out otherwise, "
        f"{seen.opened:,} or a few more of them more openly{unread}:"
    )
    for one in seen.kinds:
        opens = "OPENS  " if one.opens else ""
        yield f"  {one.count:>7,}  {opens}{one.said}: {SHOWS[one.after]}; until now {SHOWS[one.before]}"
    if seen.rest:
        yield f"  {seen.rest:>7,}  of kinds of which there were fewer than {FEW}, or that are not listed"


def signed(put: Proposal, who: str, key: Ed25519PrivateKey) -> GrantSignature:
    """The word of one of the two: exactly these terms come into force."""
    return GrantSignature(by=who, signature=key.sign(context.POLICY_CHANGE + canonical(put.terms)))
