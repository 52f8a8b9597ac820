"""The key of a record's day tags is the same in all its versions, those from before there was one too."""

from __future__ import annotations

import datetime as dt
import json
import os
from typing import Any

from broker.keys.envelope import DataKey, RecordName, day_tag, unwrap_each
from broker.keys.keysets import Generation, keysets_of
from broker.keys.secrets import Secrets
from broker.store import records
from broker.store.records import NewRecord, Record
from broker.wire.delivery import Payload

DAY = dt.date(2026, 11, 22)
SECRETS = {"label": b"l" * 32, "reference": b"r" * 32, "protection": b"p" * 32, "kek.school": b"k" * 32}
KEYSET = keysets_of(Secrets("broker", "here", SECRETS), [Generation(1, 1, 1, 1, 1)], epochs=(1,)).newest
PAYLOAD = Payload.model_validate_json(
    '{"status":"current","provider":"P","as_of":"2026-01-05","coverage_from":"2026-01-05","coverage_to":"2026-01-05",'
    '"coverage_area":"Brackwater"}'
)


def sealed(version: int, seen_key: bytes = b"") -> dict[str, Any]:
    new = NewRecord("ed", b"r" * 16, version, bytes(16), frozenset(), b"e", PAYLOAD, seen_key=seen_key)
    [row] = records.sealed_rows([(b"i" * 16, new)], KEYSET, "school", random=os.urandom)
    return row


def opened(row: dict[str, Any]) -> Record:
    name = RecordName("ed", row["id"], row["version"])
    [data_key] = unwrap_each(KEYSET.key_encrypting_key("school"), [(name, row["wrapped_key"])])
    parts = {part: row[part] for part in ("tokens", "evidence", "content", "items")}
    return Record(name, row["ref"], data_key, parts, KEYSET)


def of_before(row: dict[str, Any]) -> dict[str, Any]:
    """The row as a version of the broker wrote it that knew no day tags."""
    record = opened(row)
    content = json.loads(record.data_key.open(record.name, "content", row["content"]))
    del content["seen"]
    plain = json.dumps(content).encode()
    return {**row, "content": record.data_key.seal(record.name, "content", plaintext=plain, nonce=b"n" * 12, step=1024)}


def test_the_key_goes_on_from_version_to_version() -> None:
    """Posting a record again hides who looked at it before."""
    for first in (sealed(1), of_before(sealed(1))):
        key = opened(first).seen_key()
        second = sealed(2, key)
        assert opened(second).seen_key() == opened(sealed(3, opened(second).seen_key())).seen_key() == key
        assert len(second["content"]) == len(first["content"])


def test_two_records_and_two_days_have_nothing_in_common() -> None:
    """One day's tag, or another record's, leads to a record."""
    one, other = opened(sealed(1)).seen_key(), opened(sealed(1)).seen_key()
    later = DAY + dt.timedelta(days=1)
    assert len({day_tag(key, day) for key in (one, other) for day in (DAY, later)}) == 4
    assert day_tag(one, DAY) == day_tag(one, DAY) and len(day_tag(one, DAY)) == 16


def test_the_key_shows_in_no_repr_and_opens_nothing() -> None:
    """Whoever is handed the key of the tags opens the record with it."""
    record = opened(sealed(1))
    assert record.seen_key().hex() not in repr(record) + repr(record.content())
    assert record.seen_key() != record.data_key.secret
    assert record.seen_key() == DataKey(record.data_key.secret).seen_key()
