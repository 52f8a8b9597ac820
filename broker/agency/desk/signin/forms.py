"""What a browser posts: from our own pages only, no larger than a form, and text in every field.

    @router.post("/find")
    def find(request: Request, form: Form) -> Response: ...

A session's cookie is SameSite=Strict, so that no other site can send it; that the request came from our own page is
checked here again (Origin, or Sec-Fetch-Site of browsers that send none).
"""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import unquote_to_bytes

from fastapi import Depends, Request

from broker.agency.desk.desk import desk_of
from broker.errors import BadInput, NotAllowed

MOST_BYTES = 64 * 1024
MOST_FIELDS = 200
MOST_CHARACTERS = 10_000
_MEDIA_TYPE = "application/x-www-form-urlencoded"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
# Control characters are in nobody's name; line breaks and tabs are in what people write.
_NEVER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\u202a-\u202e\u2066-\u2069]")


async def checked_form(request: Request) -> dict[str, str]:
    """The fields of a posted form, each once, with surrounding blanks gone. Raises `NotAllowed` or `BadInput`."""
    check_own_page(request)
    return await read_form(request)


async def read_form(request: Request) -> dict[str, str]:
    """The same of a form of whichever page: whoever calls this has checked whose it is. Raises `BadInput`."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _MEDIA_TYPE:
        raise BadInput("form-malformed", "this is not a form of ours", hint="go back and try again")
    received = bytearray()
    async for part in request.stream():
        received += part
        if len(received) > MOST_BYTES:
            raise BadInput("form-too-large", "what was sent is too long", hint="go back and shorten it")
    return parse_form(bytes(received))


Form = Annotated[dict[str, str], Depends(checked_form)]


def check_own_page(request: Request) -> None:
    """Raises `NotAllowed` unless the browser says that a page of this desk sent the request."""
    origin, site = request.headers.getlist("origin"), request.headers.getlist("sec-fetch-site")
    is_ours = origin == [desk_of(request).settings.public_url] if origin else site == ["same-origin"]
    if not is_ours or any(one != "same-origin" for one in site):
        raise NotAllowed("form-from-elsewhere", "this did not come from a page of the desk", hint="go back to the desk")


def parse_form(body: bytes) -> dict[str, str]:
    """The fields of a form's body. Raises `BadInput` for anything that no browser would send from our pages."""
    pairs = body.split(b"&") if body else []
    if len(pairs) > MOST_FIELDS:
        raise BadInput("form-malformed", "the form has too many fields", hint="go back and try again")
    fields: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition(b"=")
        known, text = _text(name), _text(value)
        if not equals or not _NAME.fullmatch(known) or known in fields:
            raise BadInput("form-malformed", "this is not a form of ours", hint="go back and try again")
        fields[known] = text
    return fields


def _text(raw: bytes) -> str:
    try:
        text = unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8")
    except UnicodeDecodeError:
        raise BadInput("form-malformed", "the form is not in UTF-8", hint="go back and try again") from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > MOST_CHARACTERS or _NEVER.search(text):
        hint = "go back and type it again"
        raise BadInput("form-malformed", "a field holds what can't be typed, or too much", hint=hint)
    return text.strip()
