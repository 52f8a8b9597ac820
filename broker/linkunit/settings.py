"""The linkage unit's typed settings, from `LINKUNIT_*` in the environment. A wrong one stops the start and is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from broker.environment import KeepsKeys, read_settings
from broker.wire.evaluation import MAX_POINTS
from broker.wire.quota import QUESTIONS


class Settings(KeepsKeys):
    """Everything that may differ between two linkage units; secrets are a file, named here, never values.

    The allowances are of one agency in one UTC day: questions (each at most 30 inputs and 64 envelopes), inputs
    (blinded points) of deliveries, and envelopes opened for its reviews (two each). The one for questions is what stops
    an agency from trying all the names there are: at 2,000 a day that takes decades (docs/THREAT_MODEL.md).
    """

    model_config = SettingsConfigDict(env_prefix="LINKUNIT_")

    secrets: Path = Path("/etc/linkunit/secrets.json")
    hsm_label: str = "linkunit"
    trust_root: Path = Path("/etc/linkunit/root.json")
    trust_seen: Path = Path("/var/lib/linkunit/trust")
    ledger: Path = Path("linkunit.db")
    public_url: str = Field("http://127.0.0.1:8090", pattern=r"^https?://[^/]+$")
    port: int = Field(8090, ge=1, le=65535)
    posts_per_day: int = Field(500_000, ge=1)
    questions_per_day: int = Field(QUESTIONS, ge=1)
    explanations_per_day: int = Field(400, ge=2)
    evaluation_seconds_post: int = Field(7 * 86_400, ge=60)
    evaluation_seconds_ask: int = Field(60, ge=10, le=300)
    max_points: int = Field(MAX_POINTS, ge=1, le=MAX_POINTS)


def load_settings(**given: Any) -> Settings:
    """The settings. Raises `Misconfigured` naming every wrong one and no value."""
    return read_settings(Settings, given)
