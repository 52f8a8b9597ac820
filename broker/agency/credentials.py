"""Access credentials of this agency's keys, kept between commands until they expire.

    state/credentials/<SHA-256 of key id and address>      {"text": "eyJ...", "until": 1795338587}

No other party can use one, as it is bound to the key. What is lost or damaged is fetched anew.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from broker.keys.wallet import Held


@dataclass(frozen=True)
class KeptCredentials:
    """The wallet of one key, in a folder."""

    folder: Path
    key_id: str

    def get(self, url: str, /) -> Held | None:
        with suppress(OSError, ValueError, KeyError, TypeError):
            content = json.loads(self._path(url).read_bytes())
            text, until = content["text"], content["until"]
            if isinstance(text, str) and isinstance(until, int):
                return Held(text, until)
        return None

    def keep(self, url: str, held: Held | None, /) -> None:
        path = self._path(url)
        if held is None:
            path.unlink(missing_ok=True)
            return
        # A folder that can't be written costs a request each time, and stops nothing.
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            made = path.with_name(f"{path.name}.{os.getpid()}")
            made.touch(mode=0o600)
            made.write_text(json.dumps({"text": held.text, "until": held.until}))
            made.replace(path)

    def _path(self, url: str) -> Path:
        return self.folder / hashlib.sha256(f"{self.key_id} {url}".encode()).hexdigest()[:32]
