"""The broker's keys are changed as its operator does it: another process, the secret files, and the trust list.

rotation = Rotation(world, {"epoch", "labels", "keks"})
rotation.prepares()        the linkage unit's k' and update token; the broker's new secrets; the trust list
rotation.opens()           a generation more
rotation.renews(most=1)    some pages, or all
rotation.closes()          the trust list without the old epoch, the generation closed, the old secrets destroyed
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from broker.actions.close_generation import Closed, close_generation
from broker.actions.open_generation import EPOCH, needed, open_generation, planned
from broker.actions.renew_records import PAGE, renew_records
from broker.keys.keysets import Generation
from broker.keys.listed import LinkageKey
from broker.keys.secrets import numbered
from broker.keys.updating import open_update
from broker.linkunit.newkeys import new_epoch
from broker.parts import Parts
from broker.server import put_together
from broker.vaults.secretfile import add_secrets, destroy_secrets, read_secrets

if TYPE_CHECKING:
    import datetime as dt

    import httpx2

    from broker.keys.trust import Trust
    from broker.settings import Settings
    from broker.synthetic.parties import Parties


class Place(Protocol):
    """What a rotation needs of a world, or of services that run as processes."""

    settings: Settings
    parties: Parties

    @property
    def now(self) -> dt.datetime: ...
    @property
    def network(self) -> httpx2.BaseTransport | None: ...
    def trusts(self, trust: Trust) -> None: ...


@dataclass
class Rotation:
    """One rotation of what `raised` names, in a place."""

    world: Place
    raised: Collection[str]

    @contextmanager
    def operator(self) -> Iterator[Parts]:
        """The operator's own process on the broker's database and secrets."""
        world = self.world
        parts = put_together(world.settings, now=lambda: world.now, transport=world.network)
        try:
            yield parts
        finally:
            parts.store.engine.dispose()

    def all(self) -> Closed:
        """The whole rotation."""
        self.prepares()
        self.opens()
        assert self.renews() == 0
        return self.closes()

    def prepares(self) -> None:
        """Everything that has to be there before."""
        if EPOCH in self.raised:
            self._takes_epoch()
        with self.operator() as parts:
            names = needed(parts, planned(parts, self.raised))
        self._adds("broker", {name: os.urandom(32) for name in names})

    def opens(self) -> Generation:
        with self.operator() as parts:
            return open_generation(parts, self.raised)

    def renews(self, most: int | None = None, *, page_rows: int = PAGE) -> int:
        with self.operator() as parts:
            return renew_records(parts, most=most, page_rows=page_rows)

    def drops_epoch(self) -> None:
        """From now on the trust list has the newest epoch only."""
        trust = self.world.parties.trust
        if len(trust.epochs) > 1:
            self.world.trusts(trust.model_copy(update={"linkage_keys": trust.linkage_keys[-1:]}))

    def closes(self) -> Closed:
        self.drops_epoch()
        with self.operator() as parts:
            closed = close_generation(parts)
        self._destroys("broker", closed.secrets)
        if EPOCH in self.raised:
            self._destroys("linkunit", [numbered("oprf", self.world.parties.trust.epoch - 1)])
        return closed

    def replaces(self, name: str, value: bytes) -> None:
        """Another value for one of the broker's secrets, as by a mistake."""
        self._destroys("broker", [name])
        self._adds("broker", {name: value})

    def _takes_epoch(self) -> None:
        """k' is made, its update token checked and kept, and only then its point is published."""
        trust = self.world.parties.trust
        made = new_epoch(read_secrets(self._file("linkunit"), owner="linkunit"), trust, random=os.urandom)
        self._adds("linkunit", {made.name: made.secret})
        with self.operator() as parts:
            factor = open_update(made.update, trust, seal_keys=parts.keyring.seal_keys)
        self._adds("broker", {numbered("update", made.epoch): factor})
        point = LinkageKey(epoch=made.epoch, public=made.public)
        self.world.trusts(trust.model_copy(update={"linkage_keys": (trust.linkage_keys[-1], point)}))

    def _adds(self, party: str, values: dict[str, bytes]) -> None:
        add_secrets(self._file(party), values, owner=party, passphrase=_none)

    def _destroys(self, party: str, names: Collection[str]) -> None:
        destroy_secrets(self._file(party), set(names), owner=party, passphrase=_none)

    def _file(self, party: str) -> Path:
        return self.world.parties.home(party) / "secrets.json"


def _none() -> bytes:
    raise AssertionError("a file in the clear needs no passphrase")
