"""A long list on several pages. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from broker.errors import NotFound

SIZE = 20
Item = TypeVar("Item")


def paged(items: Sequence[Item], number: str, href: str) -> tuple[Sequence[Item], dict[str, Any]]:
    """The items of a page (its number as it stands in the address) and the links to the others, for the pagination.

    Raises `NotFound` for a page that there is not.
    """
    count = max(-(-len(items) // SIZE), 1)
    if not (number.isascii() and number.isdecimal() and 1 <= int(number[:6]) <= count):
        raise NotFound("page-unknown", "there is no such page")
    at = int(number)
    links: dict[str, Any] = {}
    if count > 1:
        links["items"] = [{"number": n, "href": f"{href}?page={n}", "current": n == at} for n in range(1, count + 1)]
        links |= {"previous": {"href": f"{href}?page={at - 1}"}} if at > 1 else {}
        links |= {"next": {"href": f"{href}?page={at + 1}"}} if at < count else {}
    return items[SIZE * (at - 1) : SIZE * at], links
