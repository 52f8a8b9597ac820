"""The files a command is given: an export, and the mapping that says what its columns are."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from broker.agency import csvfile, mapping
from broker.agency.csvfile import Table
from broker.agency.delivery import digest
from broker.agency.guess import find_placeholder
from broker.errors import BadInput, Misconfigured

_FINISH = "check every line of the mapping"


@dataclass(frozen=True)
class Input:
    """An export and its mapping, read and understood; the digests say whether they are the same as another time."""

    path: Path
    table: Table
    file_digest: str
    mapping_digest: str
    data: bytes = field(repr=False)


def read_input(path: Path, mapping_path: Path | None, *, today: dt.date, synthetic_numbers: bool = False) -> Input:
    """The export at `path`. Raises `Misconfigured` when it can't be read, `BadInput` when not understood."""
    mapping_data = read_file(mapping_path or find_mapping(path))
    data, parsed = read_file(path), mapping.parse(mapping_data)
    if left := find_placeholder(mapping_data.decode("utf-8-sig")):
        raise BadInput(
            "mapping-invalid", f"`{left[1]}` is an example that nobody has replaced, line {left[0]}", hint=_FINISH
        )
    table = csvfile.read(data, parsed, today=today, synthetic_numbers=synthetic_numbers)
    return Input(path, table, digest(data), digest(mapping_data), data)


def find_mapping(path: Path) -> Path:
    """The mapping that lies beside the export. Raises `Misconfigured` when there is none."""
    for name in (f"{path.stem}.mapping.toml", f"{path.stem}.toml", "mapping.toml"):
        if (path.parent / name).is_file():
            return path.parent / name
    hint = "name it with --mapping, or begin one with `broker-agency init --from FILE`"
    raise Misconfigured("mapping-missing", f"there is no mapping.toml beside {path}", hint=hint)


def read_file(path: Path) -> bytes:
    """The bytes of `path`. Raises `Misconfigured` when it can't be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        reason = (error.strerror or "it can't be read").lower()
        raise Misconfigured("file-unreadable", f"can't read {path}: {reason}", hint="check the path") from None
