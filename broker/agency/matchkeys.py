"""From a person to what finds them (match keys) and what decides (evidence atoms).

    Person -> atoms     {"fn": ..., "snp": ..., "dsw": ..., "pco": ...}     only those that are held
    atoms  -> keys      [(4, (fn1, snp, dsw)), (5, (fn3, sn3, dob)), ...]   only those whose atoms are all held
    atoms  -> evidence  one slot for each atom of the scheme, in its order, None where not held

The atoms are those of `broker/schemes/uk-person-1.toml`. A person under a safe-address, witness or adoption flag makes
no key and no evidence that contains an address: somebody who guesses postcodes must not find where they live.
"""

from __future__ import annotations

from dataclasses import dataclass

from broker.agency import names, postcode
from broker.tokens import Scheme

_IDENTIFIER_HALVES = {"nhs": (0, 5, 10), "nino": (0, 4, 8), "upn": (1, 7, 13)}


@dataclass(frozen=True, repr=False)
class Person:
    """Who a record is about, every field canonical or empty. `dob` is ISO.

    `nhs_unchecked` and `upn_unchecked` are well-formed numbers whose check digit fails: they are used for the halves of
    the number only, never as the number. The repr shows nothing.
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

    def __repr__(self) -> str:
        return "<Person>"


def atoms(person: Person) -> dict[str, str]:
    """The atoms that `person` holds, by their names in the scheme."""
    whole = {
        "sex": person.sex,
        "uprn": person.uprn,
        "phone": person.phone,
        "email": person.email,
        "nhs": person.nhs,
        "nino": person.nino,
        "upn": person.upn,
    }
    parts = whole | _name_atoms(person) | _dob_atoms(person.dob) | _postcode_atoms(person.postcode) | _halves(person)
    return {name: value for name, value in parts.items() if value}


def match_keys(person: Person, scheme: Scheme, *, protected: bool = False) -> list[tuple[int, tuple[str, ...]]]:
    """The (number, values) of every match key of `scheme` whose atoms `person` holds, in the scheme's order.

    A `protected` person makes no key that contains an address. Raises `Misconfigured` when this installation's table of
    nicknames is not the scheme's.
    """
    names.check_table(scheme)
    held = atoms(person)
    return [
        (match_key.number, tuple(held[atom] for atom in match_key.atoms))
        for match_key in scheme.match_keys
        if not (protected and match_key.address) and all(atom in held for atom in match_key.atoms)
    ]


def evidence_atoms(person: Person, scheme: Scheme, *, protected: bool = False) -> list[str | None]:
    """One value for each atom of `scheme`, in its order; None where not held, or an address of a `protected` person.

    Raises `Misconfigured` when this installation's table of nicknames is not the scheme's.
    """
    names.check_table(scheme)
    held = atoms(person)
    return [None if protected and atom in scheme.address_atoms else held.get(atom) for atom in scheme.atoms]


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
