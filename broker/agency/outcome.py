"""What became of a delivery, for people and for programs: rows kept, rows not taken and why, how far it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from broker.agency import quality
from broker.agency.delivery import Closed, Delivery, RejectedRow
from broker.agency.ready import Prepared
from broker.agency.rejects import write_rejects
from broker.agency.screen import rows
from broker.agency.upload import rejected_rows
from broker.agency.words import day_of, listing, moment
from broker.wire.delivery import ChunkReceipt

NOT_HELD = "not-held"
Items = Mapping[int, Sequence[str]]
_ITEM = re.compile(r"items\.(\d+)(\..+)?")


@dataclass(frozen=True)
class Sent:
    """A complete delivery. `items` has the items of each row, where the file is at hand; `already` if nothing was sent.

    `references` are the agency's own of a retraction, by row.
    """

    delivery: Delivery
    closed: Closed
    folder: Path | None
    already: bool = False
    items: Items = field(default_factory=dict)
    references: Mapping[int, str] = field(default_factory=dict)

    def rejected(self) -> list[RejectedRow]:
        """Every row that was not taken, here or by the broker, an item by its name and not by its number."""
        refused = (_named(one, self.items) for one in rejected_rows(self.delivery.receipts()))
        return [*self.delivery.manifest.rejected, *refused]


def items_of(prepared: Prepared) -> dict[int, tuple[str, ...]]:
    """The items that each row of a file sends, in their order."""
    return {row.number: tuple(held.item for held in row.payload.items) for row in prepared.ready}


def sent_lines(sent: Sent) -> list[str]:
    """What is said of a delivery; rows that were not taken are listed in rejects.csv, or here when it has no file."""
    lines = [f"already delivered on {day_of(sent.closed.at)}: nothing to send" if sent.already else _sum(sent)]
    rejected = sent.rejected()
    if sent.folder is not None:
        path = write_rejects(sent.folder, rejected)
        return [*lines, f"{rows(_count(rejected))} were not taken: see {path}"] if rejected else lines
    unknown = [one.row for one in _unheld(sent.delivery.receipts())]
    if unknown:
        names = listing(f"`{sent.references[row]}`" for row in unknown if row in sent.references)
        lines.append(f"{len(unknown)} not held: check the reference{'' if len(unknown) == 1 else 's'} {names}".rstrip())
    return lines + [f"row {one.row} was not taken: {one.reason}" for one in rejected if one.row not in unknown]


def rehearsal_lines(prepared: Prepared, report: quality.Quality) -> list[str]:
    """The quality of a file in a few lines."""
    refused = _count(prepared.rejected)
    lines = [f"{rows(len(prepared.ready))} can be sent for {report.source}, {rows(refused)} can't."]
    return [*lines, *(f"- {finding}" for finding in report.findings)]


def sent_content(sent: Sent) -> dict[str, Any]:
    """The same for programs."""
    status = sent.closed.status
    return {
        "sent": True,
        "source": status.source,
        "batch": status.batch.hex(),
        "delivered_at": sent.closed.at,
        "kept": status.kept,
        "retracted": status.retracted,
        "rejected": status.rejected + len(sent.delivery.manifest.rejected),
        "closed_records": status.closed_records,
        "folder": str(sent.delivery.folder),
        "already": sent.already,
    }


def listed(delivery: Delivery) -> dict[str, Any]:
    """A line of `status`, for programs."""
    manifest, closed = delivery.manifest, delivery.closed()
    return {
        "file": manifest.file,
        "source": manifest.source,
        "begun": manifest.version,
        "batch": manifest.batch.hex(),
        "rows": manifest.rows,
        "chunks": manifest.chunks,
        "receipts": len(delivery.receipts()),
        "complete": closed is not None,
        "completed": closed.at if closed else None,
        "folder": str(delivery.folder),
    }


def status_line(line: Mapping[str, Any]) -> str:
    """A line of `status`, for people."""
    what = f"{line['source']} {line['file']}: {rows(line['rows'])}, begun {moment(line['begun'])}"
    if line["complete"]:
        return f"{what}, complete {moment(line['completed'])}"
    held = f", the broker has {line['broker_chunks']}" if "broker_chunks" in line else ""
    return f"{what}, {line['receipts']} of {line['chunks']} chunks sent{held}: run `send` again to finish"


def _sum(sent: Sent) -> str:
    """What the verified receipts add up to."""
    receipts = sent.delivery.receipts()
    kept, retracted, refused = (
        sum(getattr(one, name) for one in receipts) for name in ("kept", "retracted", "rejected")
    )
    refused -= len(_unheld(receipts))
    closed = sent.closed.status.closed_records
    parts = [f"{rows(kept)} kept"]
    parts += [f"{retracted:,} retracted"] if retracted else []
    parts += [f"{refused:,} rejected by the broker"] if refused else []
    parts += [f"{closed:,} older records closed"] if closed else []
    return f"Delivered: {', '.join(parts)}."


def _unheld(receipts: Sequence[ChunkReceipt]) -> list[Any]:
    return [result for receipt in receipts for result in receipt.results if result.code == NOT_HELD]


def _count(rejected: Sequence[RejectedRow]) -> int:
    return len({one.row for one in rejected})


def _named(one: RejectedRow, items: Items) -> RejectedRow:
    """The broker knows an item by its place in the row; here it has its name."""
    found = _ITEM.fullmatch(one.field)
    held = items.get(one.row, ())
    if found is None or int(found[1]) >= len(held):
        return one
    return one.model_copy(update={"field": held[int(found[1])] + (found[2] or "")})
