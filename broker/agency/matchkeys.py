"""From a person to what finds them (match keys) and what decides (evidence atoms).

    Person -> atoms     {"fn": ..., "snp": ..., "dsw": ..., "pco": ...}     only those that are held
    atoms  -> keys      [(4, (fn1, snp, dsw)), (5, (fn3, sn3, dob)), ...]   only those whose atoms are all held
    atoms  -> evidence  one slot for each atom of the scheme, in its order, None where not held

The atoms are those of `broker/schemes/uk-person-1.toml`. Somebody with other names, postcodes or numbers makes the keys
of the main values first; then one field at a time takes another value while the rest stay as they are. A person
under a safe-address, witness or adoption flag makes no key and no evidence that contains an address: somebody who
guesses postcodes must not find where they live.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from broker.agency import names, postcode
from broker.tokens import MAX_TOKENS, MatchKey, Scheme

_IDENTIFIER_HALVES = {"nhs": (0, 5, 10), "nino": (0, 4, 8), "upn": (1, 7, 13)}
_FIELD_OF = dict.fromkeys(("fn", "fnc", "fnp"), "forename") | dict.fromkeys(("sn", "snp", "sn3"), "surname")
_FIELD_OF |= dict.fromkeys(("pc", "pcs", "hnpc"), "postcode")
_FIELD_OF |= {name: name for name in ("nhs", "nino", "upn", "phone", "email")}
_FIRST_JANUARY = "-01-01"
# Systems and officials write 1 January when they know the year only, so two of them agree by chance and one against a
# true birthday is no contradiction. It still makes match keys: people who came without papers bear it everywhere.
_NOT_OF_FIRST_JANUARY = frozenset(("dob", "dsw", "ym", "yd", "md"))


@dataclass(frozen=True, repr=False)
class Person:
    """Who a record is about, every field canonical or empty. `dob` is ISO, `middle` an initial.

    `nhs_unchecked` and `upn_unchecked` are well-formed numbers whose check digit fails: they are used for the halves of
    the number only, never as the number. `other_...` are further values, most important first; `other_houses` are those
    of `other_postcodes`, in the same places. `shared_forename` is a first forename that is hardly ever used, such as
    Mohammed before another: it finds, and of the evidence only its sound is given. The repr shows nothing.
    """

    forename: str = ""
    surname: str = ""
    dob: str = ""
    sex: str = ""
    postcode: str = ""
    nhs: str = ""
    nino: str = ""
    upn: str = ""
    uprn: str = ""
    phone: str = ""
    email: str = ""
    nhs_unchecked: str = ""
    upn_unchecked: str = ""
    middle: str = ""
    house: str = ""
    birth_place: str = ""
    shared_forename: str = ""
    other_forenames: tuple[str, ...] = ()
    other_surnames: tuple[str, ...] = ()
    other_postcodes: tuple[str, ...] = ()
    other_houses: tuple[str, ...] = ()
    other_nhs: str = ""
    other_nino: str = ""
    other_upn: str = ""
    other_phone: str = ""
    other_email: str = ""

    def __repr__(self) -> str:
        return "<Person>"


def atoms(person: Person) -> dict[str, str]:
    """The atoms that the main values of `person` make, by their names in the scheme."""
    whole = {
        "sex": person.sex,
        "mi": person.middle,
        "bp": person.birth_place,
        "uprn": person.uprn,
        "hnpc": f"{person.house}|{person.postcode}" if person.house and person.postcode else "",
        "phone": person.phone,
        "email": person.email,
        "nhs": person.nhs,
        "nino": person.nino,
        "upn": person.upn,
    }
    parts = whole | _name_atoms(person) | _dob_atoms(person.dob) | _postcode_atoms(person.postcode) | _halves(person)
    return {name: value for name, value in parts.items() if value}


def match_keys(person: Person, scheme: Scheme, *, protected: bool = False) -> list[tuple[int, tuple[str, ...]]]:
    """The (number, values) of every match key of `scheme` whose atoms `person` holds, at most `MAX_TOKENS`, none twice.

    Those of the main values come first, in the scheme's order; then those with one other value: the first ones of all
    fields, then the second ones. A number may stand more than once. A `protected` person makes no key that contains an
    address. Raises `Misconfigured` when this installation's table of nicknames is not the scheme's.
    """
    names.check_table(scheme)
    usable = [match_key for match_key in scheme.match_keys if not (protected and match_key.address)]
    found = dict.fromkeys(_made(atoms(person), usable))
    further: list[tuple[int, tuple[int, tuple[str, ...]]]] = []
    for field, _ in scheme.used:
        for nth, variant in enumerate(_variants(person, field, scheme=scheme)):
            further += [(nth, made) for made in _made(atoms(variant), usable)]
    # The first other value of every field before any second one, the best keys before the rest: otherwise two earlier
    # surnames would leave no room for an earlier postcode.
    for _, made in sorted(further, key=lambda one: (one[0], one[1][0])):
        found.setdefault(made)
    return list(found)[:MAX_TOKENS]


def evidence_atoms(person: Person, scheme: Scheme, *, protected: bool = False) -> list[str | None]:
    """One value for each atom of `scheme`, in its order; None where not held, or an address of a `protected` person.

    `x#1`, `x#2` hold other values of `x`, each once. A birthday on 1 January is evidence of the year only. Raises
    `Misconfigured` when this installation's table of nicknames is not the scheme's.
    """
    names.check_table(scheme)
    held = _without_guessed_birthday(atoms(person))
    others: dict[str, list[dict[str, str]]] = {}
    for field, _ in scheme.used:
        others[field] = [_evident(person, one, field) for one in _variants(person, field, scheme=scheme)]
    for slot in scheme.atoms:
        atom, mark, number = slot.partition("#")
        if not mark:
            continue
        given = others.get(_FIELD_OF.get(atom, ""), [])
        at = int(number) - 1
        earlier = {held.get(atom), *(one.get(atom) for one in given[:at])}
        if at < len(given) and (value := given[at].get(atom)) and value not in earlier:
            held[slot] = value
    return [None if protected and atom in scheme.address_atoms else held.get(atom) for atom in scheme.atoms]


def _made(held: Mapping[str, str], usable: Sequence[MatchKey]) -> list[tuple[int, tuple[str, ...]]]:
    return [
        (match_key.number, tuple(held[atom] for atom in match_key.atoms))
        for match_key in usable
        if all(atom in held for atom in match_key.atoms)
    ]


def _variants(person: Person, field: str, *, scheme: Scheme) -> Iterator[Person]:
    """`person` with each of the other values of `field` in the place of the main one, as many as the scheme uses."""
    for change in _others(person, field)[: scheme.values_used(field) - 1]:
        yield replace(person, **change)


def _others(person: Person, field: str) -> list[dict[str, Any]]:
    """What changes in `person` for each other value of `field`."""
    if field == "forename":
        others = (*person.other_forenames, person.shared_forename)
        return [{"forename": name} for name in others if name]
    if field == "surname":
        return [{"surname": name} for name in person.other_surnames]
    if field == "postcode":
        houses = (*person.other_houses, *("",) * len(person.other_postcodes))
        return [
            {"postcode": code, "house": house, "uprn": ""}
            for code, house in zip(person.other_postcodes, houses, strict=False)
        ]
    other = getattr(person, f"other_{field}", "")
    # The halves of a number that fails its check are those of the main one.
    unchecked = {f"{field}_unchecked": ""} if field in ("nhs", "upn") else {}
    return [{field: other} | unchecked] if other else []


def _evident(person: Person, variant: Person, field: str) -> dict[str, str]:
    held = atoms(variant)
    is_shared = field == "forename" and variant.forename == person.shared_forename
    return {name: value for name, value in held.items() if name == "fnp"} if is_shared else held


def _without_guessed_birthday(held: dict[str, str]) -> dict[str, str]:
    if not held.get("dob", "").endswith(_FIRST_JANUARY):
        return held
    return {name: value for name, value in held.items() if name not in _NOT_OF_FIRST_JANUARY}


def _name_atoms(person: Person) -> dict[str, str]:
    fn, sn = person.forename, person.surname
    fnc, fnp, snp = names.canonical(fn), names.phonetic(fn), names.phonetic(sn)
    found = {"fn": fn, "fnc": fnc, "fnp": fnp, "fn1": fnc[:1], "fn3": fn[:3], "fnS": _ending(fn)}
    found |= {"sn": sn, "snp": snp, "sn1": sn[:1], "sn3": sn[:3], "snS": _ending(sn)}
    # Both names are reduced the same way before they are sorted, so that swapping them changes nothing.
    found["nsw"] = "|".join(sorted((fnp, snp))) if fnp and snp else ""
    found |= {f"fn~{at}": near for at, near in enumerate(names.neighbours(fn))}
    found |= {f"sn~{at}": near for at, near in enumerate(names.neighbours(sn))}
    return found


def _ending(name: str) -> str:
    return name[-3:] if len(name) > 3 else ""


def _dob_atoms(dob: str) -> dict[str, str]:
    if not dob:
        return {}
    year, month, day = dob.split("-")
    low, high = sorted((month, day))
    return {
        "dob": dob,
        "dsw": f"{year}-{low}-{high}",
        "ym": f"{year}-{month}",
        "yd": f"{year}-{day}",
        "md": f"{month}-{day}",
        "yy": year,
    }


def _postcode_atoms(code: str) -> dict[str, str]:
    if not code:
        return {}
    return {
        "pc": code,
        "pcs": postcode.sector(code),
        "pco": postcode.outcode(code),
        "pin": postcode.incode(code),
    }


def _halves(person: Person) -> dict[str, str]:
    numbers = {
        "nhs": person.nhs or person.nhs_unchecked,
        "nino": person.nino,
        "upn": person.upn or person.upn_unchecked,
    }
    found = {}
    for name, (start, middle, end) in _IDENTIFIER_HALVES.items():
        found[f"{name}A"] = numbers[name][start:middle]
        found[f"{name}B"] = numbers[name][middle:end]
    return found
