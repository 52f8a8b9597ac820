"""Other agreements come into force: in one transaction, with the event that says so, without a failed request.

1. they load, their examples come out as written, they prove, and every source of the trust list is theirs
2. everything that changes is listed exactly; it is what was reviewed, if a review is given, and what two people signed,
   without whom nothing changes in a live place that has granters
3. the set is kept for ever, the one row that says what is in force moves, and the event is logged, or nothing happens

A question decides under what is in force when it begins, so that its rows all have one digest. Every process notices at
its next request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version

from broker.actions.publish_checkpoint import publish_checkpoint
from broker.actions.signed_change import agreed_to, check_back, check_moment, needs_signatures, since
from broker.audit.act_events import policy_event
from broker.errors import BadInput, Conflict, Misconfigured, NotAllowed, Unavailable
from broker.keys.trust import Trust
from broker.parts import Parts
from broker.policy.change import Diff
from broker.policy.diff import diff
from broker.policy.examples import differences, read_examples
from broker.policy.policies import Policies
from broker.policy.policyset import PolicySet, proven
from broker.store import policysets
from broker.store.engine import Tx
from broker.store.policysets import StoredSet
from broker.wire.policy_change import PolicyChange

_ENOUGH = 16
"""So many digits of a digest can't be met by chance."""


@dataclass(frozen=True)
class Activated:
    """`old` is None where nothing was in force; `changes` is None where what was in force can't be read any more."""

    old: str | None
    new: str
    changes: Diff | None


def activate(
    parts: Parts, files: Mapping[str, str | bytes], *, reviewed: str = "", signed: PolicyChange | None = None
) -> Activated:
    """Puts the agreements that `files` hold in force. `reviewed` is the digest of the diff that was agreed to, or
    its first 16 digits; `signed` is the change that two people signed.

    Raises `BadInput` when they don't load, don't prove, are not what was reviewed, or change unreviewed what must be
    proven, `NotAllowed` or `Untrusted` when two people must sign and did not, and `Conflict` when they are in force
    already or others came into force meanwhile; then nothing has changed.
    """
    parts = parts.fresh()
    new = checked(parts, files)
    old, changes = compared(parts, new.policies)
    agreed = None
    if signed:
        agreed = agreed_to(parts, signed, old=old or "", new=new.policies, changes=changes)
        reviewed = reviewed or signed.terms.diff
    else:
        _check_unsigned(parts)
    _check_reviewed(changes, reviewed)
    with parts.store.begin() as tx:
        _keep(parts, tx, new)
        policysets.put_in_force(tx.connection, new.digest, old=old)
        if signed:
            check_moment(tx.connection, signed)
            check_back(tx.connection, new.policies, back=signed.terms.back)
        stamp = parts.stamp("broker")
        event = policy_event(stamp, new.digest, old=old, diff=changes.digest if changes else "", agreed=agreed)
        tx.audit(parts.entry(event))
    publish_checkpoint(parts)
    return Activated(old, new.digest, changes)


def _check_unsigned(parts: Parts) -> None:
    """Raises `NotAllowed` where only the first agreements of all may come into force without two signatures."""
    with parts.store.look() as connection:
        is_first = not since(connection)
    if needs_signatures(parts.trust) and not is_first:
        hint = "`broker policy propose`, then `broker-agency policy allow` by each of the two"
        raise NotAllowed("policy-unsigned", "a change of agreements takes two people's signatures here", hint=hint)


def _check_reviewed(changes: Diff | None, reviewed: str) -> None:
    """Raises `BadInput` when what changes is not what was reviewed, or was not and must be."""
    if reviewed and not (changes and len(reviewed) >= _ENOUGH and changes.digest.startswith(reviewed)):
        hint = "look at `broker policy diff in-force FOLDER` again"
        raise BadInput("diff-differs", "what changes is not what was reviewed", hint=hint)
    if changes and not reviewed and any(one.loosens for one in changes.rewritten):
        # Or a first change, of no outcome at all, would take away what keeps the second from opening everything.
        hint = "look at `broker policy diff in-force FOLDER`, and give its digest with --diff"
        raise BadInput("diff-differs", "sentences of invariants.yaml change, and no review is given", hint=hint)


def checked(parts: Parts, files: Mapping[str, str | bytes]) -> PolicySet:
    """The set that `files` hold, if it may come into force here. Raises `BadInput` or `Misconfigured`."""
    new = proven(files)
    if wrong := differing_examples(files, new.policies):
        raise BadInput("example-differs", "; ".join(wrong), hint="correct the agreement or the example")
    check_sources(parts.trust, new.policies)
    return new


def begin(parts: Parts, tx: Tx, *, logged: str | None) -> bool:
    """Puts what the broker was put together with in force, if nothing is. Returns whether it did.

    `logged` is what the log last said was in force. Raises `Misconfigured` when a start would change it unsigned.
    """
    first = parts.in_force.set_at(tx.connection)
    if policysets.in_force(tx.connection) is not None:
        return False
    if logged not in (None, first.digest) and needs_signatures(parts.trust):
        hint = "start with the agreements that the log names, or restore the database"
        raise Misconfigured("policy-unsigned", "nothing is in force, and the log names other agreements", hint=hint)
    try:
        _keep(parts, tx, first)
        policysets.put_in_force(tx.connection, first.digest, old=None)
    except Conflict:  # Another process of the same broker was first.
        return False
    return True


def differing_examples(files: Mapping[str, str | bytes], policies: Policies) -> list[str]:
    """A sentence for every example among `files` that the agreements decide otherwise than it says."""
    return [f"{file}: {what}" for file, table in read_examples(files).items() for what in differences(policies, table)]


def check_sources(trust: Trust, policies: Policies) -> None:
    """Raises `Misconfigured` when a source on the trust list is not the same agency's in the vocabulary."""
    for agency in trust.agencies:
        for source in agency.sources:
            known = policies.vocabulary.sources.get(source)
            if known is None or known.agency != agency.agency:
                raise Misconfigured("source-mismatch", f"`{source}` of `{agency.agency}` is not so in the vocabulary")


def compared(parts: Parts, new: Policies) -> tuple[str | None, Diff | None]:
    """What is in force, and all that `new` changes in it. Raises `Conflict` when it is in force already."""
    with parts.store.look() as connection:
        digest = policysets.in_force(connection)
        if digest is None:
            return None, None
        try:
            held = parts.in_force.at(connection)
        except Unavailable:
            # What can't be used any more must be replaceable; that nothing was compared is in the event.
            return digest, None
        if digest == new.digest:
            raise Conflict("policy-in-force", "these agreements are in force already")
        return digest, diff(held, new)


def _keep(parts: Parts, tx: Tx, new: PolicySet) -> None:
    stored = StoredSet(new.digest, new.files, int(parts.now().timestamp()), version("broker"))
    policysets.keep(tx.connection, stored)
