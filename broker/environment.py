"""How every service reads its settings from the environment, and what those that keep keys have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from broker.errors import Misconfigured


class FromEnvironment(BaseSettings):
    """Typed settings; a wrong one stops the start. Each service adds the prefix of its variables."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True, env_ignore_empty=True)

    host: str = "127.0.0.1"
    passphrase_file: Path | None = None


class KeepsKeys(FromEnvironment):
    """What broker and linkage unit share: where their secrets are, whom they trust, and who may call them."""

    hsm_module: Path | None = None
    hsm_pin_file: Path | None = None
    transit_url: str | None = Field(None, pattern=r"^https?://[^/]+$")
    transit_token_file: Path | None = None
    transit_mount: str = "transit"
    trust: Path = Path("keys")
    model: Path | None = None
    tls_certificate: Path | None = None
    tls_clients: Path | None = None
    tls_revoked: Path | None = None
    behind_mutual_tls: bool = False
    requests_per_minute: int = Field(6_000, ge=1)


AnySettings = TypeVar("AnySettings", bound=FromEnvironment)


def read_settings(kind: type[AnySettings], given: dict[str, Any]) -> AnySettings:
    """The settings, those `given` before those of the environment. Raises `Misconfigured`: each wrong one, no value."""
    try:
        return kind(**given)
    except ValidationError as error:
        prefix = kind.model_config.get("env_prefix", "")
        found = error.errors(include_input=False, include_context=False, include_url=False)
        wrong = [f"{prefix}{'_'.join(str(part) for part in one['loc']).upper()}: {one['msg'].lower()}" for one in found]
        raise Misconfigured("settings-invalid", "; ".join(wrong), hint="see docs/SETTINGS.md") from None
