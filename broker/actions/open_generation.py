"""A generation of keys is opened: from the commit on, everything is written under its keys, and found under both.

    generation = planned(parts, {"labels"})     the numbers it would have
    needed(parts, generation)                   the secrets that whoever asks has to add before
    open_generation(parts, {"labels"})          1. no other is under way  2. its secrets are here and fit  3. it opens

Three things are rotated so: the linkage key (`epoch`), the label and reference keys (`labels`), and the keys that
wrap data keys and seal the register of protections (`keks`). Several at once are one rotation.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection
from dataclasses import asdict

from broker import oprf
from broker.actions.publish_checkpoint import publish_checkpoint
from broker.audit.act_events import keys_event
from broker.audit.events import Event
from broker.errors import BadInput, Conflict, Misconfigured, Untrusted
from broker.keys.keysets import Generation, lacking
from broker.keys.secrets import numbered
from broker.parts import Parts
from broker.store import keysets

EPOCH, LABELS, KEKS = "epoch", "labels", "keks"
RAISED = (EPOCH, LABELS, KEKS)


def planned(parts: Parts, raised: Collection[str]) -> Generation:
    """The generation that would be opened. Raises `Conflict` while an older one is still open."""
    if not raised or not set(raised) <= set(RAISED):
        raise BadInput("rotation-unknown", f"what is rotated is one or more of {', '.join(RAISED)}")
    with parts.store.look() as connection:
        found = parts.at(connection).keysets.generations
    if len(found) > 1:
        hint = "renew what is left of the older one, and close it"
        raise Conflict("generation-open", "two generations of keys are open already", hint=hint)
    last, labels = found[-1], int(LABELS in raised)
    return Generation(
        last.number + 1,
        last.epoch + int(EPOCH in raised),
        last.label + labels,
        last.reference + labels,
        last.kek + int(KEKS in raised),
    )


def needed(parts: Parts, generation: Generation) -> list[str]:
    """The names of the secrets that `generation` needs beside those of now and that are not held yet."""
    with parts.store.look() as connection:
        last = parts.at(connection).keysets.newest.generation
    return lacking(parts.keyring.held, (last, generation), agencies=_agencies(parts))


def open_generation(parts: Parts, raised: Collection[str]) -> Generation:
    """Opens the next generation. Raises `Misconfigured` when a secret it needs is not held, `Untrusted` when the update
    token does not lead to the trust list's point of the new epoch, and `Conflict` while an older one is open."""
    generation = planned(parts, raised)
    if absent := needed(parts, generation):
        hint = "add it to the broker's secrets, then open again"
        raise Misconfigured("secret-missing", f"{len(absent)} secrets are not held, as `{absent[0]}`", hint=hint)
    if EPOCH in raised:
        _check_update(parts, generation.epoch)
    with parts.store.begin() as tx:
        opened = keysets.open_generations(tx.connection)
        if opened and (len(opened) > 1 or opened[-1].number + 1 != generation.number):
            raise Conflict("generation-open", "another generation was opened meanwhile")
        keysets.add(tx.connection, generation, at=int(parts.now().timestamp()))
        tx.audit(parts.entry(event(parts, "opened", generation)))
    publish_checkpoint(parts)
    return generation


def event(parts: Parts, act: str, generation: Generation, *, records: int = 0) -> Event:
    """An audit event about `generation`."""
    numbers = {("generation" if name == "number" else name): value for name, value in asdict(generation).items()}
    stamp = parts.stamp("broker")
    return keys_event(stamp, act, numbers=numbers, records=records)


def _check_update(parts: Parts, epoch: int) -> None:
    """A wrong factor would turn every stored point into nobody's, for ever."""
    factor = parts.keyring.held.bytes32(numbered("update", epoch))
    old, new = parts.trust.linkage_key(epoch - 1), parts.trust.linkage_key(epoch)
    if not hmac.compare_digest(oprf.multiply(oprf.check_scalar(factor), old), new):
        hint = "take the linkage unit's token again"
        raise Untrusted("update-wrong", "the update token does not lead to the new epoch's point", hint=hint)


def _agencies(parts: Parts) -> list[str]:
    return [one.agency for one in parts.trust.agencies if one.status != "left"]
