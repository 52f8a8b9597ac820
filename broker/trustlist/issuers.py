"""Who may vouch for an agency's staff: `issuers/<agency>.toml` of the trust list, as custodians signed it.

[[issuer]]
name = "northshire"                          # in our addresses: /sign-in/northshire/back
title = "Northshire account"
issuer = "https://login.northshire.example"  # exactly as it calls itself
client_id = "broker-desk"
algorithms = ["ES256"]                       # it may sign with, of Ed25519, ES256, PS256 and RS256
levels = { "urn:two-factors" = 2, "urn:smartcard" = 3 }    # what it calls a level, and what we do
lowest_level = 2
renew = true                                 # it is asked again every few minutes whether this still holds

[issuer.claims]                              # where it says what; only `staff` is needed
staff = "employee_id"
roles = "groups"
profession = "job.code"                      # inside an object, or of each of a list
trained = "ig_training_on"

[issuer.roles]
"Desk Caseworkers" = "caseworker"
[issuer.professions]
SW = "council.social_worker"

Examples are in `docs/for/desk.md`. A file of this form that nobody signed counts nowhere.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from broker.errors import Misconfigured

FOLDER = "issuers/"
Algorithm = Literal["Ed25519", "ES256", "PS256", "RS256"]
ALGORITHMS: tuple[str, ...] = get_args(Algorithm)
_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}
# Custodians read them on a terminal, which no text may lead to show something else.
_Words = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]{1,200}$")]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class ClaimNames(_Part):
    """Where an issuer says what. What is not named here is as the staff file has it."""

    staff: _Words
    name: _Words | None = None
    roles: _Words | None = None
    profession: _Words | None = None
    trained: _Words | None = None


class Issuer(_Part):
    """One issuer. `hosts` are others than its own to which its description may lead, for its keys for example."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,29}$")]
    title: _Words
    issuer: _Words
    client_id: _Words
    claims: ClaimNames
    levels: dict[_Words, Annotated[int, Field(ge=1, le=3)]]
    algorithms: tuple[Algorithm, ...] = ("Ed25519", "ES256", "PS256")
    lowest_level: Annotated[int, Field(ge=1, le=3)] = 2
    step_up_level: Annotated[int, Field(ge=1, le=3)] = 2
    level_claim: _Words = "acr"
    hosts: tuple[_Words, ...] = ()
    scope: _Words = "openid"
    userinfo: bool = False
    renew: bool = False
    prompt: Literal["", "consent", "login", "select_account"] = ""
    assertion_audience: Literal["issuer", "token_endpoint"] = "issuer"
    certificate: _Words | None = None
    roles: dict[_Words, Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,39}$")]] = {}
    professions: dict[_Words, Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z0-9_]+$")]] = {}

    @field_validator("algorithms", "hosts", mode="before")
    @classmethod
    def _from_list(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value

    @field_validator("issuer")
    @classmethod
    def _is_address(cls, url: str) -> str:
        parts = urlsplit(url)
        plain = parts.scheme == "http" and parts.hostname in _THIS_MACHINE
        if not (parts.scheme == "https" or plain) or parts.query or parts.fragment or "@" in parts.netloc:
            raise ValueError("is not an address such as https://login.northshire.example")
        return url

    @model_validator(mode="after")
    def _is_whole(self) -> Issuer:
        if not any(level >= max(self.lowest_level, self.step_up_level) for level in self.levels.values()):
            raise ValueError("levels: none is high enough for lowest_level and step_up_level")
        if (self.claims.roles is None) != (not self.roles) or (self.claims.profession is None) != (
            not self.professions
        ):
            raise ValueError("claims: where roles or professions are named, their table says what they are here")
        return self

    @property
    def asked_levels(self) -> str:
        """The levels that will do, lowest first, as an issuer is asked for them."""
        good = [name for name, level in self.levels.items() if level >= self.lowest_level]
        return " ".join(sorted(good, key=self.levels.__getitem__))

    def leads_to(self, url: object) -> bool:
        """Whether an address in the issuer's description is one that we go to."""
        if not isinstance(url, str) or not re.fullmatch(r"[\x21-\x7e]{1,500}", url):
            return False
        own, parts = urlsplit(self.issuer), urlsplit(url)
        known = {own.netloc, *self.hosts}
        return parts.scheme == own.scheme and parts.netloc in known and not parts.fragment


class _Registry(_Part):
    issuer: Annotated[tuple[Issuer, ...], Field(min_length=1)]

    @field_validator("issuer", mode="before")
    @classmethod
    def _from_list(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value

    @model_validator(mode="after")
    def _are_apart(self) -> _Registry:
        if len({one.name for one in self.issuer}) != len(self.issuer):
            raise ValueError("two issuers have one name")
        return self


def path_of(agency: str) -> str:
    """Where the trust list has an agency's issuers."""
    return f"{FOLDER}{agency}.toml"


def parse_issuers(data: bytes, where: str) -> tuple[Issuer, ...]:
    """The issuers of a file that is called `where`. Raises `Misconfigured` naming it and the setting."""
    try:
        return _Registry.model_validate(tomllib.loads(data.decode("utf-8"))).issuer
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name, said = re.sub(r"[^\w.]", "?", ".".join(map(str, first["loc"])))[:80], first["msg"]
        said = re.sub(r"^Value error, ", "", said)
        raise Misconfigured("issuers-invalid", f"`{name}` in {where}: {said}", hint="correct it there") from None
    except (ValueError, RecursionError):
        raise Misconfigured("issuers-invalid", f"{where} is not valid TOML") from None


def sentences(issuers: tuple[Issuer, ...]) -> Iterator[str]:
    """What a custodian compares with the agency before signing."""
    for one in issuers:
        also = f", and leads to {', '.join(one.hosts)}" if one.hosts else ""
        yield f"{one.title}: {one.issuer}, which knows the desk as {one.client_id}{also}"
        levels = ", ".join(f"{name} is {level}" for name, level in one.levels.items())
        yield f"  signs with {', '.join(one.algorithms)}; says how in {one.level_claim}: {levels}"
        yield f"  asks level {one.lowest_level} of everybody, {one.step_up_level} to sign in anew"
        yield f"  says who it is in {one.claims.staff}"
        tables = {**one.roles, **one.professions}
        yield from (f"  {theirs} is {ours}" for theirs, ours in tables.items())
