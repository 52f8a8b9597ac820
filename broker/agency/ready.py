"""A row of a file that may leave: checked once more, with pseudonyms for its references and match keys for its person.

    csvfile.Row -> Preparer.prepare -> Ready(number, ref, match_keys, atoms, payload)

What fails is rejected with row number, field and reason, and stays here. The reference of a rejected row is *held*: a
snapshot must not close a record that it only failed to send.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from broker.agency import pseudonyms
from broker.agency.blind import MatchKeys
from broker.agency.content import RowContent
from broker.agency.csvfile import Table
from broker.agency.delivery import RejectedRow
from broker.agency.leaks import find_leak
from broker.agency.matchkeys import Person, evidence_atoms, match_keys
from broker.errors import BadInput
from broker.tokens import Scheme
from broker.wire.delivery import ItemValue, Lead, Payload, ProtectionNotice, RelatedRecord, looks_like_identifier

_PLAIN = (
    *("status", "provider", "as_of", "coverage_from", "coverage_to", "coverage_area", "started", "ended"),
    *("last_contact", "age_band", "wishes", "wishes_on", "risk", "risk_on", "deceased", "third_party"),
)


@dataclass(frozen=True)
class Ready:
    """A row that may leave: its number in the file, the pseudonym of its reference, its match keys and payload."""

    number: int
    ref: bytes
    match_keys: MatchKeys = field(repr=False)
    atoms: Sequence[str | None] = field(repr=False)
    payload: Payload = field(repr=False)


@dataclass(frozen=True)
class Preparer:
    """Makes rows ready, for one source of one agency."""

    source: str
    scheme: Scheme
    reference_key: bytes = field(repr=False)

    def prepare(self, number: int, ref: str, *, person: Person, content: RowContent) -> Ready:
        """The row, ready to leave. Raises `BadInput` with row number, field and reason when it may not."""
        if leak := find_leak(person, content):
            raise BadInput("leaks-identity", "holds a detail of the person the record is about", field=leak, row=number)
        protected = bool(content.protections)
        keys = match_keys(person, self.scheme, protected=protected)
        if not keys and content.age_band != "unborn":
            raise BadInput("too-little-known", "too little is known of the person to match the record", row=number)
        payload = self._payload(content, number)
        if found := looks_like_identifier(payload):
            raise BadInput("looks-like-identifier", f"looks like it holds a {found[1]}", field=found[0], row=number)
        atoms = evidence_atoms(person, self.scheme, protected=protected)
        return Ready(number, self.pseudonym(ref), keys, atoms, payload)

    def pseudonym(self, ref: str) -> bytes:
        """What the agency's own reference `ref` leaves as."""
        return pseudonyms.reference(self.reference_key, self.source, ref=ref)

    def _payload(self, content: RowContent, number: int) -> Payload:
        try:
            return Payload(**self._fields(content))
        except ValidationError as error:
            first = error.errors(include_input=False, include_context=False, include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise BadInput("payload-invalid", "is not of the agreed form", field=where, row=number) from None

    def _fields(self, content: RowContent) -> dict[str, Any]:
        fields: dict[str, Any] = {name: getattr(content, name) for name in _PLAIN}
        fields["lead"] = Lead(**content.lead) if content.lead else None
        fields["items"] = tuple(ItemValue(**item) for item in content.items)
        fields["relationships"] = tuple(map(self._related, content.relationships))
        fields["protections"] = tuple(map(self._notice, content.protections))
        return fields

    def _related(self, relative: Any) -> RelatedRecord:
        return RelatedRecord(
            ref=self.pseudonym(relative.ref),
            kind=relative.kind,
            evidence=relative.evidence,
            since=relative.since,
            until=relative.until,
        )

    def _notice(self, protection: Any) -> ProtectionNotice:
        made_by = tuple(pseudonyms.staff(self.reference_key, staff) for staff in protection["made_by"])
        return ProtectionNotice(kind=protection["kind"], review_by=protection["review_by"], made_by=made_by)


@dataclass(frozen=True)
class Prepared:
    """A whole file: what may leave, what may not, and the pseudonyms of what may not."""

    ready: tuple[Ready, ...]
    rejected: tuple[RejectedRow, ...]
    held: tuple[bytes, ...]


def prepare_table(table: Table, preparer: Preparer) -> Prepared:
    """Every row of `table` made ready or rejected."""
    ready: list[Ready] = []
    rejected = [
        RejectedRow(row=one.row, field=one.field, reason=one.reason, code=one.reason_code) for one in table.rejects
    ]
    held = {preparer.pseudonym(one.ref) for one in table.rejects if one.ref}
    for row in table.rows:
        try:
            ready.append(preparer.prepare(row.number, row.ref, person=row.person, content=row.content))
        except BadInput as error:
            rejected.append(RejectedRow(row=row.number, field=error.field, reason=error.message, code=error.code))
            held.add(preparer.pseudonym(row.ref))
    # A repeated reference is both sent and rejected, and is not held.
    held -= {row.ref for row in ready}
    return Prepared(tuple(ready), tuple(sorted(rejected, key=lambda one: one.row)), tuple(sorted(held)))
