"""Every kind of one wrong or missing value, by the field that it is in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

from broker.agency import normalise
from broker.agency.matchkeys import Person
from broker.synthetic import spellings

Mistake = Callable[[Person, Random], Person]
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def changed(person: Person, **changes: Any) -> Person:
    """`person` with other values in some fields."""
    return replace(person, **changes)


def _changed(text: str, at: int, rng: Random) -> str:
    signs = "0123456789" if text[at].isdigit() else _LETTERS if text[at].islower() else _LETTERS.upper()
    return text[:at] + rng.choice([sign for sign in signs if sign != text[at]]) + text[at + 1 :]


def _letter(field: str, where: Callable[[str, Random], int]) -> Mistake:
    def mistake(person: Person, rng: Random) -> Person:
        text = getattr(person, field)
        return changed(person, **{field: _changed(text, where(text, rng), rng)}) if len(text) > 2 else person

    return mistake


def _lost(field: str) -> Mistake:
    def mistake(person: Person, rng: Random) -> Person:
        text = getattr(person, field)
        at = rng.randrange(len(text)) if text else 0
        return changed(person, **{field: text[:at] + text[at + 1 :]}) if len(text) > 3 else person

    return mistake


def _swapped(field: str) -> Mistake:
    def mistake(person: Person, rng: Random) -> Person:
        text = getattr(person, field)
        at = rng.randrange(len(text) - 1) if len(text) > 3 else 0
        return changed(person, **{field: text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]})

    return mistake


def _blank(*fields: str) -> Mistake:
    return lambda person, rng: changed(person, **dict.fromkeys(fields, ""))


def _other(field: str, pool: list[str]) -> Mistake:
    return lambda person, rng: changed(person, **{field: rng.choice(pool)})


def _nickname(person: Person, rng: Random) -> Person:
    options = _SHORT.get(person.forename, ())
    return replace(person, forename=rng.choice(options)) if options else person


def _spelling(field: str) -> Mistake:
    def mistake(person: Person, rng: Random) -> Person:
        options = _VARIANTS.get(getattr(person, field), ())
        return changed(person, **{field: rng.choice(options)}) if options else person

    return mistake


def _plain(table: Mapping[str, object], read: Callable[[str], str]) -> dict[str, list[str]]:
    return {read(name): [read(str(other)) for other in others] for name, others in table.items()}  # type: ignore[attr-defined]


_SHORT = _plain(spellings.short_forms(), normalise.forename)
_VARIANTS = _plain(spellings.variants(), normalise.surname)


def _date(change: Callable[[date, Random], date]) -> Mistake:
    def mistake(person: Person, rng: Random) -> Person:
        return replace(person, dob=change(date.fromisoformat(person.dob), rng).isoformat())

    return mistake


def _day_and_month(born: date, rng: Random) -> date:
    return date(born.year, born.day, born.month) if born.day <= 12 else born


def _number(change: Callable[[str, Random], str]) -> Mistake:
    """A changed number fails its check, and is used for its halves only, as the client's reading does."""

    def mistake(person: Person, rng: Random) -> Person:
        field = "upn" if person.upn else "nhs"
        if not getattr(person, field):
            return person
        wrong = change(getattr(person, field), rng)
        return changed(person, **{field: "", f"{field}_unchecked": wrong})

    return mistake


def _other_number(people: Mapping[str, Person]) -> Mistake:
    pools = {field: [getattr(one, field) for one in people.values() if getattr(one, field)] for field in ("nhs", "upn")}

    def mistake(person: Person, rng: Random) -> Person:
        field = "upn" if person.upn else "nhs"
        return changed(person, **{field: rng.choice(pools[field])}) if getattr(person, field) else person

    return mistake


def _digits_swapped(number: str, rng: Random) -> str:
    places = [at for at in range(2, len(number) - 1) if number[at] != number[at + 1]]
    at = rng.choice(places) if places else 2
    return number[:at] + number[at + 1] + number[at] + number[at + 2 :]


SOMEBODY_ELSES = "identifier: somebody else's"


def mistakes(people: Mapping[str, Person]) -> dict[str, Mistake]:
    """Every kind of mistake by `field: kind`; wrong values are those of other people."""
    pools = {field: sorted({getattr(one, field) for one in people.values()}) for field in
             ("forename", "surname", "postcode")}  # fmt: skip
    return {
        "forename: missing": _blank("forename"),
        "forename: first letter": _letter("forename", lambda text, rng: 0),
        "forename: a letter": _letter("forename", lambda text, rng: rng.randrange(1, len(text))),
        "forename: letter lost": _lost("forename"),
        "forename: letters swapped": _swapped("forename"),
        "forename: nickname": _nickname,
        "forename: other spelling": _spelling("forename"),
        "forename: initial only": lambda person, rng: replace(person, forename=person.forename[:1]),
        "forename: another": _other("forename", pools["forename"]),
        "surname: missing": _blank("surname"),
        "surname: first letter": _letter("surname", lambda text, rng: 0),
        "surname: a letter": _letter("surname", lambda text, rng: rng.randrange(1, len(text))),
        "surname: letter lost": _lost("surname"),
        "surname: letters swapped": _swapped("surname"),
        "surname: other spelling": _spelling("surname"),
        "surname: another": _other("surname", pools["surname"]),
        "birthday: missing": _blank("dob"),
        "birthday: day and month": _date(_day_and_month),
        "birthday: day": _date(lambda born, rng: born.replace(day=born.day % 28 + 1)),
        "birthday: month": _date(lambda born, rng: date(born.year, born.month % 12 + 1, min(born.day, 28))),
        "birthday: year": _date(lambda born, rng: date(born.year + rng.choice((-1, 1)), born.month, min(born.day, 28))),
        "birthday: 1 January": _date(lambda born, rng: date(born.year, 1, 1)),
        "postcode: missing": _blank("postcode"),
        "postcode: a sign": _letter("postcode", lambda text, rng: rng.choice((len(text) - 1, len(text) - 2,
                                                                              len(text) - 3))),
        "postcode: another": _other("postcode", pools["postcode"]),
        "identifier: missing": _blank("nhs", "upn"),
        "identifier: a digit": _number(lambda text, rng: _changed(text, rng.randrange(1, len(text)), rng)),
        "identifier: digits swapped": _number(_digits_swapped),
        SOMEBODY_ELSES: _other_number(people),
    }  # fmt: skip
