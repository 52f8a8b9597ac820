"""A change of agreements that two people signed is held to what they saw, when it is made.

1. `propose_policy` lists all that changes exactly, with what it would have made of the last month's decisions
2. two granters of two organisations sign the terms, on their own machines (`broker-agency policy allow`)
3. `change_policy` makes the list again: the set in force, since when it is, the list and its sentences must be those
   that were signed

Signatures are needed in a live place whose trust list has granters. They count once: what is in force is named with the
event by which it came into force, so that a change can't be made again after it was taken back.
"""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection

from broker.audit.act_events import Agreed
from broker.audit.events import check_disclosure
from broker.errors import BadInput, Conflict
from broker.keys.granting import check_policy_change
from broker.keys.trust import Trust
from broker.parts import Parts
from broker.policy.change import Diff
from broker.policy.diff_text import tell
from broker.policy.policies import Policies
from broker.store import auditlog, auditread
from broker.wire.fields import canonical, parse
from broker.wire.policy_change import PolicyChange

NOT_COMPARED = "What is in force can't be read any more by this version, so nothing was compared.\n"


def needs_signatures(trust: Trust) -> bool:
    """Whether agreements change here by two people's signatures alone."""
    return bool(trust.granters) and not trust.rehearsal


def agreed_to(parts: Parts, signed: PolicyChange, *, old: str, new: Policies, changes: Diff | None) -> Agreed:
    """What goes into the event of the change. Raises `NotAllowed`, `Untrusted` or `BadInput` unless this was signed."""
    terms = signed.terms
    check_policy_change(signed, parts.trust, now=parts.now())
    text = hashlib.sha256(sentences(changes, new).encode()).hexdigest()
    found = (old, new.digest, changes.digest if changes else "", text)
    if found != (terms.old, terms.new, terms.diff, terms.text):
        raise BadInput("diff-differs", "what changes is not what was signed", hint="propose again, and have it signed")
    return Agreed(hashlib.sha256(canonical(terms)).hexdigest(), terms.back, signed.model_dump_json())


def check_moment(connection: Connection, signed: PolicyChange) -> None:
    """Raises `Conflict` unless what was in force when this was proposed has been so ever since."""
    if since(connection) != signed.terms.after:
        raise Conflict("policy-overtaken", "others came into force since this was proposed", hint="propose again")


def check_back(connection: Connection, new: Policies, *, back: bool) -> None:
    """Raises `BadInput` when the change goes back to what was in force before and does not say so, or the reverse."""
    was = any(new.digest in (event["new"], event.get("old")) for event in auditread.policy_events(connection))
    if was and not back:
        raise BadInput("policy-back", "these agreements were in force before", hint="say so with --back")
    if back and not was:
        raise BadInput("policy-back", "these agreements were never in force here", hint="leave out --back")


def sentences(changes: Diff | None, new: Policies) -> str:
    """All that changes, in sentences."""
    return tell(changes, new.vocabulary) if changes else NOT_COMPARED


def since(connection: Connection) -> str:
    """The id of the event by which what is in force came into force; empty before there is one."""
    events = auditread.policy_events(connection)
    return events[-1]["id"] if events else ""


def signed_changes(parts: Parts, connection: Connection) -> dict[str, PolicyChange]:
    """The changes that were signed, by the id of their event. Raises `Untrusted` when one was altered."""
    found: dict[str, PolicyChange] = {}
    for entry_id, leaf, sealed in auditread.policy_details(connection):
        details = auditlog.opened_details(parts.keyring, entry_id, sealed)
        private = dict(check_disclosure(leaf, one) for one in details.values())
        if "change" in private:
            found[entry_id.hex()] = parse(PolicyChange, private["change"])
    return found
