"""A search that walks through guesses is an alarm in the audit log. The asker sees nothing of it.

    about-one-person   questions of one member of staff in a week share a point without an address, and carry five
                       different points of one match key with an address
    address-only       twenty questions of one member of staff in a day carry nothing but match keys with an address,
                       and none of them finds anybody

Of a match key without a name every point is a guess at an address. Of one with a name every question that differs is
one guess: somebody with three surnames has three points of one address.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from broker.actions.check_question import Checked
from broker.audit.act_events import alarm_event
from broker.parts import Parts
from broker.store import guesses
from broker.store.engine import Tx
from broker.store.guesses import Asked, Asker
from broker.tokens import MatchKey

ABOUT_ONE = "about-one-person"
ADDRESS_ONLY = "address-only"
MANY = {ABOUT_ONE: 5, ADDRESS_ONLY: 20}
"""From how many guesses on each rule speaks."""


def watch(parts: Parts, tx: Tx, checked: Checked, *, cover: bytes, found_nobody: bool) -> None:
    """Keeps what shows a walk, and records an alarm, for one rule and member of staff at most once a day.

    `found_nobody` is about what is told: what is withheld silently must not show in the count of an alarm.
    """
    asker = Asker(checked.requester.agency, checked.question.assertion.staff, checked.at)
    counted = _counted(parts, tx, checked, asker=asker, found_nobody=found_nobody)
    for rule, count in counted.items():
        if count >= MANY[rule] and guesses.is_first_today(tx.connection, parts.keyring, asker, rule=rule):
            # The same second and agency as the answer's own leaves.
            stamp = parts.stamp(asker.agency, at=checked.at)
            event = alarm_event(stamp, rule, count=count, staff=asker.staff, answer=cover.hex())
            tx.audit(parts.entry(event))


def _counted(parts: Parts, tx: Tx, checked: Checked, *, asker: Asker, found_nobody: bool) -> dict[str, int]:
    """How many guesses each rule counts with this question; a rule to which it adds none is left out."""
    connection, question = tx.connection, parts.random(16)
    guesses.forget_old(connection, asker.at)
    addresses = {key.number: key for key in parts.scheme.match_keys if key.address}
    asked = guesses.named(parts.keyring, asker, checked.points)
    placeless = {number: names for number, names in asked.items() if number not in addresses}
    if not asked.keys() & addresses.keys() or not (placeless or found_nobody):
        return {}
    if not placeless:
        return {ADDRESS_ONLY: guesses.count_blind(connection, parts.keyring, asker, question=question)}
    # While the linkage key changes, a question of last week is kept under its older points.
    kept = [guesses.named(parts.keyring, asker, points) for points in parts.keysets.older(checked.points)]
    sought = [placeless, *({number: one[number] for number in placeless} for one in kept)]
    before = [one for names in sought for one in guesses.linked(connection, names, addresses=addresses)]
    guesses.keep(tx, asker, asked, question=question)
    were, are = (_most(one, addresses.values()) for one in (before, [*before, asked]))
    more = [count for number, count in are.items() if count > were[number]]
    return {ABOUT_ONE: max(more)} if more else {}


def _most(questions: Sequence[Asked], keys: Collection[MatchKey]) -> dict[int, int]:
    """For each match key with an address, how many guesses the questions are."""
    found = {}
    for key in keys:
        sets = {one[key.number] for one in questions if key.number in one}
        found[key.number] = len(sets) if _has_name(key) else len(frozenset[bytes]().union(*sets))
    return found


def _has_name(key: MatchKey) -> bool:
    return any(atom.startswith(("fn", "sn", "nsw")) for atom in key.atoms)
