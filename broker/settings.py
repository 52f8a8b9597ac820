"""The broker's typed settings, from `BROKER_*` in the environment. A wrong one stops the start and says which."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from broker.environment import KeepsKeys, read_settings


class Settings(KeepsKeys):
    """Everything that may differ between two brokers; secrets are files, named here, never values."""

    model_config = SettingsConfigDict(env_prefix="BROKER_")

    database_url: str = "sqlite:///broker.db"
    secrets: Path = Path("/etc/broker/secrets.json")
    hsm_label: str = "broker"
    trust_root: Path = Path("/etc/broker/root.json")
    trust_seen: Path = Path("/var/lib/broker/trust")
    policies: Path = Path("policies")
    linkage_unit_url: str = Field("http://127.0.0.1:8090", pattern=r"^https?://[^/]+$")
    public_url: str = Field("http://127.0.0.1:8080", pattern=r"^https?://[^/]+$")
    port: int = Field(8080, ge=1, le=65535)
    client_certificate: Path | None = None
    origin: str = Field("broker.example/audit", pattern=r"^[a-z0-9.:-]+/[a-z0-9./-]+$")
    questions_per_day: int = Field(2_000, ge=1)
    reviews_per_day: int = Field(200, ge=0)
    answer_step_ms: int = Field(250, ge=0, le=2_000)
    large_close_percent: int = Field(50, ge=1, le=100)
    record_fresh_days: int = Field(92, ge=1)
    alerts: Path | None = None
    witness_stop_seconds: int = Field(900, ge=180)


def load_settings(**given: Any) -> Settings:
    """The settings. Raises `Misconfigured` naming every wrong one and no value."""
    return read_settings(Settings, given)
