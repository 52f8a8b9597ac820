"""The linkage unit's typed settings, from `LINKUNIT_*` in the environment. A wrong one stops the start and is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from broker.errors import Misconfigured
from broker.wire.evaluation import MAX_POINTS
from broker.wire.quota import QUESTIONS


class Settings(BaseSettings):
    """Everything that may differ between two linkage units; secrets are a file, named here, never values.

    The allowances are of one agency in one UTC day: questions (each at most 30 inputs and 64 envelopes), inputs
    (blinded points) of deliveries, and envelopes opened for its reviews (two each). The one for questions is what stops
    an agency from trying all the names there are: at 2,000 a day that takes decades (docs/THREAT_MODEL.md).
    """

    model_config = SettingsConfigDict(
        env_prefix="LINKUNIT_", extra="ignore", frozen=True, hide_input_in_errors=True, env_ignore_empty=True
    )

    secrets: Path = Path("/etc/linkunit/secrets.json")
    passphrase_file: Path | None = None
    hsm_module: Path | None = None
    hsm_label: str = "linkunit"
    hsm_pin_file: Path | None = None
    transit_url: str | None = Field(None, pattern=r"^https?://[^/]+$")
    transit_token_file: Path | None = None
    transit_mount: str = "transit"
    trust: Path = Path("keys")
    trust_root: Path = Path("/etc/linkunit/root.json")
    trust_seen: Path = Path("/var/lib/linkunit/trust")
    model: Path | None = None
    ledger: Path = Path("linkunit.db")
    public_url: str = Field("http://127.0.0.1:8090", pattern=r"^https?://[^/]+$")
    host: str = "127.0.0.1"
    port: int = Field(8090, ge=1, le=65535)
    tls_certificate: Path | None = None
    tls_clients: Path | None = None
    tls_revoked: Path | None = None
    behind_mutual_tls: bool = False
    requests_per_minute: int = Field(6_000, ge=1)
    posts_per_day: int = Field(500_000, ge=1)
    questions_per_day: int = Field(QUESTIONS, ge=1)
    explanations_per_day: int = Field(400, ge=2)
    evaluation_seconds_post: int = Field(7 * 86_400, ge=60)
    evaluation_seconds_ask: int = Field(60, ge=10, le=300)
    max_points: int = Field(MAX_POINTS, ge=1, le=MAX_POINTS)


def load_settings(**given: Any) -> Settings:
    """The settings. Raises `Misconfigured` naming every wrong one and no value."""
    try:
        return Settings(**given)
    except ValidationError as error:
        found = error.errors(include_input=False, include_context=False, include_url=False)
        wrong = [
            f"LINKUNIT_{'_'.join(str(part) for part in one['loc']).upper()}: {one['msg'].lower()}" for one in found
        ]
        raise Misconfigured("settings-invalid", "; ".join(wrong), hint="see docs/SETTINGS.md") from None
