"""The desk's settings: `desk.toml`, beside `agency.toml`. It holds no secret.

agency_name = "Northshire Council"       # on top of every page
public_url = "https://desk.northshire.example"
host = "127.0.0.1"                       # where it listens; in front of it is what ends TLS
port = 8450
sign_in = "issuers"                      # or "development": choose who you are, in a rehearsal on this machine
idle_minutes = 15                        # without a request, then everybody signs in again
most_hours = 10                          # and after so long in any case
people = ["exports/children.csv"]        # our own records, whose names our staff read; each mapping lies beside
case_systems = ["https://cases.northshire.example"]   # may send somebody here with a case reference

[granters."ig-7"]                        # who signs changes of agreements here, by their id among our staff:
id = "northshire/i.glen"                 # what the trust list calls them, which is nobody else
secrets = "granters/ig-7/granter.json"   # and their own secret file, whose passphrase they type
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from broker.errors import Misconfigured

FILE_NAME = "desk.toml"
_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}


class Granter(BaseModel):
    """One of our staff who is a granter of the trust list too."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    id: Annotated[str, Field(min_length=1, max_length=80)]
    secrets: Annotated[str, Field(min_length=1)]


class Settings(BaseModel):
    """See the module. An address of plain http is good on this machine only."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    agency_name: Annotated[str, Field(min_length=1, max_length=80)]
    public_url: str
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8450
    sign_in: Literal["issuers", "development"] = "issuers"
    idle_minutes: Annotated[int, Field(ge=1, le=60)] = 15
    most_hours: Annotated[int, Field(ge=1, le=12)] = 10
    people: Annotated[tuple[str, ...], Field(strict=False)] = ()
    case_systems: Annotated[tuple[str, ...], Field(strict=False)] = ()
    granters: dict[str, Granter] = {}

    @field_validator("public_url")
    @classmethod
    def _is_origin(cls, url: str) -> str:
        parts = urlsplit(url)
        plain = parts.scheme == "http" and parts.hostname in _THIS_MACHINE
        if not (parts.scheme == "https" or plain) or url != f"{parts.scheme}://{parts.netloc}" or "@" in url:
            raise ValueError("is not an address such as https://desk.northshire.example, without anything after it")
        return url

    @model_validator(mode="after")
    def _development_stays_here(self) -> Settings:
        if self.sign_in == "development" and urlsplit(self.public_url).hostname not in _THIS_MACHINE:
            raise ValueError("sign_in: development is for this machine only")
        return self

    @model_validator(mode="after")
    def _granters_are_one_person_each(self) -> Settings:
        for what in ("id", "secrets"):
            if len({getattr(one, what) for one in self.granters.values()}) < len(self.granters):
                raise ValueError(f"granters: two of the staff have one {what}, and nobody signs as somebody else")
        return self

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach the desk over TLS."""
        return self.public_url.startswith("https://")


def read_settings(folder: Path) -> Settings:
    """The settings in `folder`. Raises `Misconfigured` naming the file and the setting."""
    path = folder / FILE_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise Misconfigured("desk-missing", f"there is no {path}", hint="`broker-desk init` writes one") from None
    return parse_settings(text, path)


def parse_settings(text: str, path: Path) -> Settings:
    """The settings as they stand in a file. Raises `Misconfigured` naming the setting."""
    try:
        return Settings.model_validate(tomllib.loads(text))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"]) or "a setting"
        said = re.sub(r"^Value error, ", "", first["msg"])
        raise Misconfigured("desk-invalid", f"`{name}` in {path}: {said}", hint="correct it there") from None
    except ValueError:
        raise Misconfigured("desk-invalid", f"{path} is not valid TOML") from None
