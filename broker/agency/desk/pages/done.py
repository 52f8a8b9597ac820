"""The page after something was done: what was recorded, what follows from it, and where to go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request, Response

from broker.agency.desk.pages.render import page


@dataclass(frozen=True)
class Back:
    """Where somebody goes on."""

    to: str
    text: str


START = Back("/start", "Start")


def done(request: Request, title: str, lines: Sequence[str], *, reference: str = "", back: Back = START) -> Response:
    """That it is done. Empty lines are left out."""
    said = [line for line in lines if line]
    return page(request, "done.html", title=title, reference=reference, lines=said, to=back.to, to_text=back.text)
