"""Records of destroyed keys as files: written where the key was, and put on the trust list by custodians."""

from __future__ import annotations

from pathlib import Path

from broker.cli.keyfiles import NEWLINE
from broker.trustlist import written
from broker.wire.destroyed import Destroyed


def record_path(record: Destroyed) -> str:
    """Where the trust list keeps a record."""
    return f"destroyed/{record.party}-{record.key}-{record.number}.json"


def canonical_record(record: Destroyed) -> bytes:
    """A record as it is written, its signature with it."""
    return record.model_dump_json(exclude_none=True).encode() + NEWLINE


def write_records(records: tuple[Destroyed, ...], folder: Path) -> list[str]:
    """Writes records into a folder, each to its own file. Returns their names."""
    paths = {folder / Path(record_path(one)).name: canonical_record(one) for one in records}
    for path, content in paths.items():
        # The same record again, with a later time, when a step was given twice: the first one stays.
        if not path.exists():
            written.write(path, content)
    return [str(path) for path in paths]
