"""The broker's typed settings, from `BROKER_*` in the environment. A wrong one stops the start and says which."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from broker.errors import Misconfigured


class Settings(BaseSettings):
    """Everything that may differ between two brokers; secrets are files, named here, never values."""

    model_config = SettingsConfigDict(
        env_prefix="BROKER_", extra="ignore", frozen=True, hide_input_in_errors=True, env_ignore_empty=True
    )

    database_url: str = "sqlite:///broker.db"
    secrets: Path = Path("/etc/broker/secrets.json")
    passphrase_file: Path | None = None
    hsm_module: Path | None = None
    hsm_label: str = "broker"
    hsm_pin_file: Path | None = None
    transit_url: str | None = Field(None, pattern=r"^https?://[^/]+$")
    transit_token_file: Path | None = None
    transit_mount: str = "transit"
    trust: Path = Path("keys")
    trust_root: Path = Path("/etc/broker/root.json")
    trust_seen: Path = Path("/var/lib/broker/trust")
    policies: Path = Path("policies")
    model: Path | None = None
    linkage_unit_url: str = Field("http://127.0.0.1:8090", pattern=r"^https?://[^/]+$")
    public_url: str = Field("http://127.0.0.1:8080", pattern=r"^https?://[^/]+$")
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=1, le=65535)
    tls_certificate: Path | None = None
    tls_clients: Path | None = None
    tls_revoked: Path | None = None
    behind_mutual_tls: bool = False
    client_certificate: Path | None = None
    origin: str = Field("broker.example/audit", pattern=r"^[a-z0-9.:-]+/[a-z0-9./-]+$")
    requests_per_minute: int = Field(6_000, ge=1)
    questions_per_day: int = Field(2_000, ge=1)
    reviews_per_day: int = Field(200, ge=0)
    answer_step_ms: int = Field(250, ge=0, le=2_000)
    large_close_percent: int = Field(50, ge=1, le=100)
    record_fresh_days: int = Field(92, ge=1)
    alerts: Path | None = None
    witness_stop_seconds: int = Field(900, ge=180)


def load_settings(**given: Any) -> Settings:
    """The settings. Raises `Misconfigured` naming every wrong one and no value."""
    try:
        return Settings(**given)
    except ValidationError as error:
        wrong = [
            f"BROKER_{'_'.join(str(part) for part in e['loc']).upper()}: {e['msg'].lower()}" for e in error.errors()
        ]
        raise Misconfigured("settings-invalid", "; ".join(wrong), hint="see docs/SETTINGS.md") from None
