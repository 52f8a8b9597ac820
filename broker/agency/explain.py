"""What leaves the building for one row, field by field, and who sees what: for the agency's own screen."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields

from broker.agency import words
from broker.agency.csvfile import Row
from broker.agency.matchkeys import Person
from broker.agency.ready import Ready
from broker.tokens import Scheme, atom_type
from broker.wire.delivery import EVIDENCE_BYTES, TWO_EPOCHS_BYTES, Payload, RelatedRecord

_ATOMS = {
    "fn1": "first letter of the forename",
    "fn3": "first three letters of the forename",
    "fnS": "last three letters of the forename",
    "fn": "forename",
    "fnc": "forename that nicknames of it share",
    "fnp": "sound of the forename",
    "mi": "first letter of the middle name",
    "sn": "surname",
    "sn1": "first letter of the surname",
    "sn3": "first three letters of the surname",
    "snS": "last three letters of the surname",
    "snp": "sound of the surname",
    "nsw": "sound of both names in either order",
    "dob": "date of birth",
    "dsw": "date of birth, day and month in either order",
    "ym": "year and month of birth",
    "yd": "year and day of birth",
    "md": "month and day of birth",
    "yy": "year of birth",
    "pc": "postcode",
    "pcs": "postcode without its last two letters",
    "pco": "first half of the postcode",
    "pin": "second half of the postcode",
    "hnpc": "house and postcode",
    "uprn": "property reference",
    "sex": "sex",
    "phone": "telephone number",
    "email": "e-mail address",
    "bp": "place of birth",
    "nhs": "NHS number",
    "nino": "National Insurance number",
    "upn": "UPN",
    "nhsA": "first half of the NHS number",
    "nhsB": "second half of the NHS number",
    "ninoA": "first half of the National Insurance number",
    "ninoB": "second half of the National Insurance number",
    "upnA": "first half of the UPN",
    "upnB": "second half of the UPN",
}


@dataclass(frozen=True)
class Part:
    """One heading with its lines of (name, text)."""

    title: str
    lines: tuple[tuple[str, str], ...]


def explain_row(row: Row, ready: Ready, scheme: Scheme) -> list[Part]:
    """The parts of the explanation of `row`, which was made `ready` under `scheme`."""
    return [
        Part("Stays here: never leaves this agency in any form that shows it", _stays(row)),
        Part(
            f"Match keys: {len(ready.match_keys)} are made, each blinded before it leaves", _match_keys(ready, scheme)
        ),
        Part(
            f"Sealed evidence: {EVIDENCE_BYTES:,} bytes, whatever is held ({TWO_EPOCHS_BYTES:,} while its key changes)",
            _evidence(ready, scheme),
        ),
        Part("Leaves encrypted, for the broker to apply the agreement to", _payload(ready.payload)),
        Part("Who sees what", _who(ready)),
    ]


_SEVERAL = {
    "shared_forename": "a first forename that is hardly used",
    "nhs_unchecked": "nhs (check digit wrong: halves only)",
    "upn_unchecked": "upn (check digit wrong: halves only)",
    "middle": "first letter of the middle name",
}


def _stays(row: Row) -> tuple[tuple[str, str], ...]:
    lines = [("your reference", f"{row.ref}: replaced by a pseudonym that only you can turn back")]
    for field in fields(Person):
        held = getattr(row.person, field.name)
        number = f"{len(held)} values, " if isinstance(held, tuple) else ""
        if held and any(held):
            lines.append((_SEVERAL.get(field.name, field.name.replace("_", " ")), f"{number}used for matching only"))
    return tuple(lines)


def _match_keys(ready: Ready, scheme: Scheme) -> tuple[tuple[str, str], ...]:
    made = Counter(number for number, _ in ready.match_keys)
    lines = []
    for match_key in scheme.match_keys:
        text = " + ".join(_ATOMS.get(atom, atom) for atom in match_key.atoms)
        count = made[match_key.number]
        note = "" if count else _why_not(match_key.address, ready.payload)
        note = f": {count} of them, because other values are held" if count > 1 else note
        lines.append((f"match key {match_key.number}", text + note))
    return tuple(lines)


def _why_not(address: bool, payload: Payload) -> str:
    if address and payload.protections:
        return ": not made, because this person is protected and it holds an address"
    return ": not made, because a part of it is not held"


def _evidence(ready: Ready, scheme: Scheme) -> tuple[tuple[str, str], ...]:
    held = [name for name, value in zip(scheme.atoms, ready.atoms, strict=True) if value]
    empty = [name for name, value in zip(scheme.atoms, ready.atoms, strict=True) if not value]
    others = Counter(atom_type(name) for name in held if "#" in name)
    further = ", ".join(f"{count} more of {_ATOMS.get(name, name)}" for name, count in others.items())
    return (
        ("filled slots", ", ".join(held) or "none"),
        ("of them other values", further or "none"),
        ("empty slots", ", ".join(empty) or "none"),
        ("opened by", "the linkage unit, only to compare it for a question that an agency asks, and never kept"),
    )


def _payload(payload: Payload) -> tuple[tuple[str, str], ...]:
    content = payload.model_dump(mode="json", exclude_none=True, exclude={"v", "items", "relationships", "protections"})
    lines = [(name, _text(value)) for name, value in content.items()]
    lines += [(held.item, words.value(held, {})) for held in payload.items]
    lines += [("related record", _related(one)) for one in payload.relationships]
    for notice in payload.protections:
        lines.append(("protection", f"{words.words(notice.kind)}, review by {words.day(notice.review_by)}"))
    return tuple(lines)


def _related(one: RelatedRecord) -> str:
    held = f"from {words.day(one.since)}" if one.since else ""
    held += f" until {words.day(one.until)}" if one.until else ""
    known = "" if one.evidence == "unknown" else f"known by {words.words(one.evidence)}"
    return (
        ", ".join(part for part in (words.words(one.kind), known, held.strip()) if part)
        + "; its reference as a pseudonym"
    )


def _text(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {text}" for name, text in value.items())
    return str(value)


def _who(ready: Ready) -> tuple[tuple[str, str], ...]:
    count = len(ready.match_keys)
    return (
        (
            "linkage unit",
            f"{count} blinded points among those of all rows of the chunk, in random order, and no reference",
        ),
        (
            "broker",
            f"{count} masked points, the pseudonym of your reference, and the content above when a decision needs it",
        ),
        ("broker, never", "the person's name, date of birth, address or number, or the evidence"),
        (
            "other agencies",
            "what the agreement lets them see of the content above, only when they ask about this person",
        ),
    )
