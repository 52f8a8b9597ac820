"""The older generation of keys is closed, and its secrets are destroyed: then its labels find nothing and open nothing.

    1. the trust list has dropped its epoch, so that nobody makes points of it any more
    2. whoever writes under it has ended, and not one row of it is left
    3. it is closed, with the event that says so
    4. a signed record for each secret that nothing open needs; whoever asked destroys them

The records are made before the secrets go: a process that dies between the two destroys again.
"""

from __future__ import annotations

from dataclasses import dataclass

from broker.actions.damaged import HINT
from broker.actions.open_generation import event
from broker.actions.publish_checkpoint import publish_checkpoint
from broker.audit.act_events import key_event
from broker.errors import Conflict
from broker.keys.destroying import BROKER, destroyed_record
from broker.keys.keysets import Generation
from broker.parts import Parts
from broker.store import keysets
from broker.wire.destroyed import Destroyed

_ROTATED = ("label", "reference", "protection", "update")
_WRAPPING = "kek."


@dataclass(frozen=True)
class Closed:
    """What is over: secrets to destroy, by name, and the records that say they are destroyed."""

    generation: Generation | None
    secrets: tuple[str, ...]
    records: tuple[Destroyed, ...]


def close_generation(parts: Parts) -> Closed:
    """Closes the older of two open generations, or finds it closed. Returns what is to be destroyed.

    Raises `Conflict` while a row of it is left or the trust list still has its epoch; then nothing has changed.
    """
    with parts.store.begin() as tx:
        opened = keysets.open_generations(tx.connection)
        old = opened[0] if len(opened) > 1 else None
        if old is not None:
            _check(parts, old, opened[-1])
            keysets.hold_for_closing(tx.connection, old.number)
            _check_empty(keysets.left(tx.connection, old.number))
            keysets.close(tx.connection, old.number, at=int(parts.now().timestamp()))
            tx.audit(parts.entry(event(parts, "closed", old)))
        secrets = superseded(parts, opened[-1])
        for name in secrets:
            stamp = parts.stamp("broker")
            destroyed = key_event(stamp, "destroyed", key=f"broker/{name}", use=split(name)[0])
            tx.audit(parts.entry(destroyed))
        if not tx.audited:
            raise Conflict("generation-single", "one generation of keys is open, and nothing older is held")
    publish_checkpoint(parts)
    return Closed(old, secrets, tuple(_record(parts, name) for name in secrets))


def superseded(parts: Parts, newest: Generation) -> tuple[str, ...]:
    """The names of held secrets that came before those of `newest`, when that alone is open."""
    held = parts.keyring.held
    needed = newest.secrets(name.split(".")[1] for name in held.names if name.startswith(_WRAPPING))
    upper = dict(map(split, needed)) | {"update": newest.epoch}
    return tuple(sorted(name for name in held.names if _is_over(name, upper)))


def split(name: str) -> tuple[str, int]:
    """A secret's name without its number, and the number."""
    label, _, number = name.rpartition(".")
    return (label, int(number)) if label and number.isdecimal() else (name, 1)


def _is_over(name: str, upper: dict[str, int]) -> bool:
    label, number = split(name)
    if label == "update":
        # The step to an epoch goes with the last row of the epoch before.
        return number <= upper["update"]
    return (label in _ROTATED or label.startswith(_WRAPPING)) and number < upper.get(label, 0)


def _check(parts: Parts, old: Generation, newest: Generation) -> None:
    if old.epoch != newest.epoch and old.epoch in parts.trust.epochs:
        hint = "publish a trust list without it first; agencies then ask under the new one only"
        raise Conflict("epoch-open", f"the trust list still has epoch {old.epoch}", hint=hint)


def _check_empty(left: dict[str, int]) -> None:
    for table, many in left.items():
        if many:
            hint = f"renew them first; of a record that `renew` names as damaged, {HINT}"
            raise Conflict("generation-used", f"{many} rows of `{table}` are of the older generation", hint=hint)


def _record(parts: Parts, name: str) -> Destroyed:
    at = int(parts.now().timestamp())
    key = parts.keyring.receipt_key
    return destroyed_record(parts.trust.place, BROKER, secret=split(name), at=at, signing_key=key)
