"""The base class of everything that crosses between parties, the shapes of single fields, and canonical bytes.

Bytes travel as unpadded base64url. A signature is over `canonical(model)`: UTF-8 JSON with sorted names, no spaces,
nothing that is None, and without the field `signature` itself.
"""

from __future__ import annotations

import binascii
import datetime as dt
import json
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints, ValidationError

from broker.errors import BadInput
from broker.wire import strictjson

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Dotted = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}\.[a-z0-9_]{1,40}$")]
Hex32 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Number = Annotated[int, Field(ge=1, le=65535)]
"""Which of its successors a key is: 1 for the first."""
Seconds = Annotated[int, Field(ge=0, le=253402300799)]
# Opaque to everybody but the agency that made it: its own pseudonym for a member of staff or a case.
Pseudonym = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_./-]{0,63}$")]


class Wire(BaseModel):
    """Base of everything that crosses: frozen, strict, no unknown fields, and errors never carry the value."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


AnyWire = TypeVar("AnyWire", bound=Wire)


_TO_URL = bytes.maketrans(b"+/", b"-_")
# Of the standard alphabet, what the other one has not stands for nothing.
_FROM_URL = bytes.maketrans(b"-_+/=", b"+/!!!")
_LAST = {2: frozenset("AQgw"), 3: frozenset("AEIMQUYcgkosw048")}
"""With which characters a text may end, by what its length leaves of four: the bits that are left over are none."""


def encode64(data: bytes) -> str:
    """Unpadded base64url."""
    return binascii.b2a_base64(data, newline=False).translate(_TO_URL).rstrip(b"=").decode()


def decode64(text: str) -> bytes:
    """The bytes of canonical unpadded base64url. Raises `ValueError` for anything else."""
    over = len(text) % 4
    if over and text[-1] not in _LAST.get(over, ()):
        raise ValueError("not canonical base64url")
    try:
        return binascii.a2b_base64(text.encode("ascii").translate(_FROM_URL) + b"=" * (-over % 4), strict_mode=True)
    except (UnicodeEncodeError, binascii.Error):
        raise ValueError("not base64url") from None


def _to_bytes(value: Any) -> Any:
    return decode64(value) if isinstance(value, str) else value


def _to_date(value: Any) -> Any:
    """Strict ISO dates only: pydantic would also take seconds since 1970."""
    if isinstance(value, str):
        if len(value) != 10:
            raise ValueError("not an ISO date")
        return dt.date.fromisoformat(value)
    return value


Bytes = Annotated[bytes, BeforeValidator(_to_bytes), PlainSerializer(encode64, return_type=str)]
Bytes16 = Annotated[Bytes, Field(min_length=16, max_length=16)]
Bytes32 = Annotated[Bytes, Field(min_length=32, max_length=32)]
Bytes64 = Annotated[Bytes, Field(min_length=64, max_length=64)]
Date = Annotated[dt.date, BeforeValidator(_to_date)]


def canonical(model: BaseModel) -> bytes:
    """The bytes that a signature of `model` is over."""
    content = model.model_dump(mode="json", exclude={"signature"}, exclude_none=True)
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def parse(kind: type[AnyWire], data: bytes | str, *, row: int | None = None) -> AnyWire:
    """`data` as a `kind`. Raises `BadInput` naming the first wrong field, never its value."""
    try:
        strictjson.check(data.encode() if isinstance(data, str) else data)
        return kind.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False, include_url=False)[0]
        # Names of unknown fields come from outside and could hold anything, so they are not repeated.
        known = first["type"] != "extra_forbidden"
        field = ".".join(str(part) for part in first["loc"]) if known else ""
        reason = first["msg"].lower().rstrip(".") if first["type"] != "value_error" else "not of the agreed form"
        raise BadInput("schema-invalid", reason, field=field, row=row) from None
    except (ValueError, RecursionError):
        raise BadInput("schema-invalid", "not JSON of the agreed form", row=row) from None
