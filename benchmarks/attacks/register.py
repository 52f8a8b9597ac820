"""The attacker's register: every person in the clear, as good as it gets, and what the public scheme makes of them.

The people are Brackwater's (`broker.synthetic`): households, twins, juniors, shared surnames. The match-key scheme is
public, so whoever holds a register can make the input of every match key of everybody in it; only the keys are missing.
National numbers are drawn anew from ranges that are never given out.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from random import Random

from broker.agency import matchkeys
from broker.agency.typed import read_typed
from broker.synthetic import identifiers, place
from broker.synthetic.population import Person
from broker.tokens import load_scheme

PLACE = "brackwater"


@dataclass(frozen=True)
class Known:
    """One person, with every detail that the attacker holds about them; `id` is the truth's."""

    id: str
    forename: str
    surname: str
    dob: str
    postcode: str
    nhs: str
    upn: str
    sex: str

    @property
    def fields(self) -> tuple[str, str, str]:
        """What a linkage of names would compare."""
        return self.forename, self.surname, self.dob


def people(count: int, *, seed: int, town: int = 0) -> list[Known]:
    """`count` people: whole households, or a random sample of a place with `town` people."""
    built = place.build(town or count + count // 10 + 200, seed)
    home = {person: household.address.postcode for household in built.households for person in household.people}
    born = [person for person in built.people.values() if person.born]
    chosen = Random(seed).sample(born, count) if town else born[:count]
    return [_known(person, home[person.id]) for person in chosen]


def _known(person: Person, postcode: str) -> Known:
    # Brackwater's own numbers share their first digits, which no register's do: halves of them would say too much.
    serial = int(person.id.removeprefix("P"))
    stems = (f"9{(10 * serial + more) * 73_939_133 % 10**8:08d}" for more in range(10))
    number = next(stem for stem in stems if identifiers.nhs_check_digit(stem) < 10)
    school = Random(f"{postcode[:-2]}/{serial % 4}").randrange(1000, 10_000)
    entry = f"999{school}{person.upn[-5:]}"
    letter = identifiers.UPN_LETTERS[sum(int(digit) * place for place, digit in enumerate(entry, start=2)) % 23]
    return Known(
        id=person.id,
        forename=person.forename,
        surname=person.surname,
        dob=person.born.isoformat() if person.born else "",
        postcode=postcode,
        nhs=f"{number}{identifiers.nhs_check_digit(number)}",
        upn=letter + entry if person.upn else "",
        sex=person.sex.lower(),
    )


def match_keys(known: Known) -> list[tuple[int, tuple[str, ...]]]:
    """Every match key of a person: number and values, as any agency makes them."""
    return matchkeys.match_keys(_read(known), load_scheme())


def vector(known: Known) -> list[str | None]:
    """A person's evidence: one value for each atom of the scheme, None where not held."""
    return matchkeys.evidence_atoms(_read(known), load_scheme())


def evidence(known: Known) -> list[tuple[str, str]]:
    """Every atom of evidence that is held of a person: slot and value."""
    scheme = load_scheme()
    return [(slot, value) for slot, value in zip(scheme.atoms, vector(known), strict=True) if value]


def _read(known: Known) -> matchkeys.Person:
    given = {name: value for name, value in asdict(known).items() if value and name != "id"}
    return read_typed(given, today=place.TODAY, synthetic_numbers=True).person
