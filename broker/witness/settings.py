"""The witness's typed settings, from `WITNESS_*` in the environment. A wrong one stops the start and is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from broker.errors import Misconfigured


class Settings(BaseSettings):
    """Everything that may differ between two witnesses; the secret is a file, named here, never a value."""

    model_config = SettingsConfigDict(
        env_prefix="WITNESS_", extra="ignore", frozen=True, hide_input_in_errors=True, env_ignore_empty=True
    )

    name: str = Field("witness.example/w1", pattern=r"^[^\s+]{1,200}$")
    secrets: Path = Path("/etc/witness/secrets.json")
    passphrase_file: Path | None = None
    logs: Path = Path("/etc/witness/logs.txt")
    database: Path = Path("witness.db")
    rehearsal: bool = False
    host: str = "127.0.0.1"
    port: int = Field(8070, ge=1, le=65535)


def load_settings(**given: Any) -> Settings:
    """The settings. Raises `Misconfigured` naming every wrong one and no value."""
    try:
        return Settings(**given)
    except ValidationError as error:
        found = error.errors(include_input=False, include_context=False, include_url=False)
        wrong = [f"WITNESS_{'_'.join(str(part) for part in one['loc']).upper()}: {one['msg'].lower()}" for one in found]
        raise Misconfigured("settings-invalid", "; ".join(wrong), hint="see docs/SETTINGS.md") from None
