"""A secret file for real people, and what a service's settings say of it."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from pathlib import Path

from broker.vaults.secretfile import Header

SECRET = hashlib.sha256(b"a secret that nobody published").digest()
WORDS = b"otter basin lantern mild verge"
TODAY = dt.date(2026, 11, 22)
HEADER = Header(owner="broker", created=TODAY)


@dataclass(frozen=True)
class Settings:
    """What a service's settings say of its secrets."""

    secrets: Path
    trust_seen: Path
    passphrase_file: Path | None = None
    hsm_module: Path | None = None
    hsm_label: str = ""
    hsm_pin_file: Path | None = None
    transit_url: str | None = None
    transit_token_file: Path | None = None
    transit_mount: str = ""
