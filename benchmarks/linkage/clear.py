"""What Splink reads of a set that has no notebook: normalised values, in the clear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.linkage.dataset import Entry
from broker.agency.latin import plain

_FIELDS = ("forename", "middle", "surname", "dob", "sex", "postcode", "house", "uprn", "nhs", "nino", "upn", "phone")
_MORE = ("email", "birth_place")

Column = list[str | None]


def clear_columns(
    entries: Sequence[Entry], cells: Sequence[Mapping[str, str]], *, foreign: bool = False
) -> dict[str, Column]:
    """Columns of the same normalised values that tokens are made of; those that nobody holds are left out.

    A foreign address is its street, house and town; where it is in one line only, that line (`address`).
    """
    found: dict[str, Column] = {
        name: [getattr(entry.person, name) or None for entry in entries] for name in (*_FIELDS, *_MORE)
    }
    for name in ("street", "town"):
        found[name] = [plain(one.get(name, "")) or None for one in cells]
    if foreign or any(one.get("zip") for one in cells):
        # Under another name: a foreign postcode is too coarse for the blocking rules that have one of ours.
        del found["postcode"]
        found["zip"] = [plain(one.get("zip", "") or one.get("postcode", "")) or None for one in cells]
    if not any(found["street"]):
        found["address"] = [plain(one.get("address", "")) or None for one in cells]
    return {name: values for name, values in found.items() if any(values)}
