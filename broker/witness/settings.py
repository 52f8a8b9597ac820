"""The witness's typed settings, from `WITNESS_*` in the environment. A wrong one stops the start and is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from broker.environment import FromEnvironment, read_settings


class Settings(FromEnvironment):
    """Everything that may differ between two witnesses; the secret is a file, named here, never a value."""

    model_config = SettingsConfigDict(env_prefix="WITNESS_")

    name: str = Field("witness.example/w1", pattern=r"^[^\s+]{1,200}$")
    secrets: Path = Path("/etc/witness/secrets.json")
    logs: Path = Path("/etc/witness/logs.txt")
    database: Path = Path("witness.db")
    rehearsal: bool = False
    port: int = Field(8070, ge=1, le=65535)


def load_settings(**given: Any) -> Settings:
    """The settings. Raises `Misconfigured` naming every wrong one and no value."""
    return read_settings(Settings, given)
