"""A trust list in a temporary folder, three custodians of whom two are needed, and a party that opens it."""

from __future__ import annotations

import copy
import datetime as dt
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trust_lists import MADE, ONLINE, change, key

from broker.trustlist import repository
from broker.trustlist.repository import USUAL
from broker.trustlist.verify import TrustList, open_trust_list

VECTOR: dict[str, Any] = json.loads((Path(__file__).parents[1] / "vectors" / "trust.json").read_text())


@dataclass
class Stand:
    """The folder `keys`, as the operator publishes it and as somebody on the way may change it."""

    folder: Path
    now: dt.datetime = MADE
    document: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(VECTOR["accepted"]), repr=False)

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    @property
    def metadata(self) -> Path:
        return self.keys / "metadata"

    def later(self, **by: float) -> None:
        self.now += dt.timedelta(**by)

    def open(self, seen: str = "seen") -> TrustList:
        root, at = self.folder / "root.json", self.now
        return open_trust_list(self.keys, root=root, seen=self.folder / seen, now=at)

    def suspends(self, agency: str) -> None:
        """Publishes the next version, in which an agency is suspended."""
        for one in self.document["agencies"]:
            one["status"] = "suspended" if one["agency"] == agency else one["status"]
        self.publishes(self.document)

    def publishes(self, document: Mapping[str, Any]) -> None:
        change(self.folder, document, now=self.now, lifetimes=USUAL)

    def renews(self) -> None:
        repository.renew(self.keys, online=key(ONLINE), now=self.now)

    def copy(self, name: str) -> Path:
        """What the folder holds now, to put back later."""
        return Path(shutil.copytree(self.keys, self.folder / name))

    def put_back(self, saved: Path) -> None:
        shutil.rmtree(self.keys)
        shutil.copytree(saved, self.keys)
