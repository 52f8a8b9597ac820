"""Canaries: fictional people whom several sources post and any desk may ask about, to see whether matching still works.

    evidence key -> Canary(epoch, number, person, sources)    the same at every agency, and at nobody else

Neither broker nor linkage unit can tell them from anybody: their match keys and evidence are made as everybody's, and
their content is that of an ordinary row of the same file and age band. Each source writes a canary a little otherwise,
as it does people. Whoever withholds records, or answers with another key, can't leave the canaries out. While the
evidence key changes the canaries of both keys are posted, so that an agency that holds one of them still finds its own.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from broker.agency.csvfile import Row, Table
from broker.agency.dates import age_band
from broker.agency.leaks import find_leak
from broker.agency.matchkeys import Person
from broker.agency.typed import read_typed
from broker.keys import context
from broker.keys.trust import Trust

CANARIES = 12
"""How many there are in a place."""
HOLDERS = 4
"""How many sources post each of them, of two agencies at least."""

_FORENAMES = (
    *("amelia", "daniel", "grace", "hamza", "isla", "jacob", "katie", "leon", "maria", "nathan", "olivia", "peter"),
    *("quentin", "rosie", "samuel", "tara", "umar", "victoria", "william", "yasmin", "zara", "bethany", "connor"),
    *("eleanor", "fatima", "gareth", "harriet", "imran", "joanna", "kieran", "lydia", "martin", "nadia", "owen"),
)
_SURNAMES = (
    *("ashworth", "birchall", "calloway", "dunmore", "ellwood", "farrant", "goodall", "hathersage", "inchley"),
    *("jessop", "kenworthy", "lathbury", "mountjoy", "netherton", "oakeshott", "pemberley", "quarmby", "ravensdale"),
    *("stanhill", "thackeray", "underhay", "venables", "wetherall", "yarwood", "arkwell", "brocklesby", "cranfold"),
    *("dellaway", "enderby", "fothergill", "greystoke", "holroyd", "ibbotson", "kettlewell", "lowthorpe", "marchbank"),
)
# No postcode area begins so: nobody lives there, and to a machine that sees no letters it is one like any other.
_AREAS = ("QA", "QD", "QJ", "QM", "VB", "VD", "VK", "VN")
_INWARD = "ABDEFGHJLNPQRSTUWXYZ"


@dataclass(frozen=True)
class Canary:
    """One fictional person, made of the evidence key of an epoch, and the sources that post them."""

    epoch: int
    number: int
    sources: tuple[str, ...]
    forename: str = field(repr=False)
    surname: str = field(repr=False)
    dob: dt.date = field(repr=False)
    postcode: str = field(repr=False)

    @property
    def title(self) -> str:
        """What they are called in words: by their number, and by their key once that was changed."""
        return str(self.number) if self.epoch == 1 else f"{self.epoch}.{self.number}"

    @property
    def name(self) -> str:
        """The name, for this agency's own screen."""
        return f"{self.forename} {self.surname}".title()

    def person(self, source: str = "") -> Person:
        """As `source` has them; as a desk asks about them when no source is named."""
        typed = {"forename": self.forename, "surname": self.surname, "dob": self.dob.isoformat()}
        typed["postcode"] = self.postcode
        way = (self.number + self.sources.index(source)) % HOLDERS if source else 0
        if way == 1:
            # A letter written twice, past where a near miss is looked for.
            typed["surname"] = self.surname[:-1] + self.surname[-1] * 2
        if way == 2:
            typed["middle"] = ""
            typed["forename"] = self.forename + " " + _FORENAMES[self.number]
        if way == 3:
            typed["postcode"] = self.postcode[:-2] + self.postcode[-1] + self.postcode[-2]
        return read_typed({name: text for name, text in typed.items() if text}, today=self.dob).person

    def reference(self, source: str, reference_key: bytes) -> str:
        """Under which reference this agency posts them: told apart from its own by nobody else."""
        bound = context.bind(context.CANARY_NAME, "reference", source, self.epoch, self.number)
        return f"canary-{hmac.digest(reference_key, bound, hashlib.sha256).hex()[:12]}"


def all_canaries(evidence_keys: Mapping[int, bytes], trust: Trust) -> tuple[Canary, ...]:
    """The canaries of every evidence key in use, those of the newest last."""
    return tuple(one for epoch, key in sorted(evidence_keys.items()) for one in canaries_of(key, trust, epoch=epoch))


def newest_canaries(evidence_keys: Mapping[int, bytes], trust: Trust) -> tuple[Canary, ...]:
    """The canaries that a desk asks about."""
    return canaries_of(evidence_keys[max(evidence_keys)], trust, epoch=max(evidence_keys))


def canaries_of(evidence_key: bytes, trust: Trust, *, epoch: int = 1) -> tuple[Canary, ...]:
    """The canaries of a place, the same for everybody who holds its evidence key and trust list."""
    staying = [agency for agency in trust.agencies if agency.status != "left"]
    sources = tuple((agency.agency, source) for agency in staying for source in agency.sources)
    return _canaries(evidence_key, trust.place, sources, epoch=epoch)


@lru_cache(maxsize=4)
def _canaries(
    evidence_key: bytes, place: str, sources: tuple[tuple[str, str], ...], *, epoch: int
) -> tuple[Canary, ...]:
    made = []
    for number in range(CANARIES):
        draw = _Draw(evidence_key, place, number)
        made.append(
            Canary(
                epoch,
                number,
                _holders(draw, sources),
                forename=draw.one("forename", _FORENAMES),
                surname=draw.one("surname", _SURNAMES),
                dob=draw.birthday(),
                postcode=draw.postcode(),
            )
        )
    return tuple(made)


def with_canaries(table: Table, canaries: Sequence[Canary], *, reference_key: bytes) -> Table:
    """`table` and the canaries of its source, each with what an ordinary row of their age band shares.

    A canary is left out while the file has no such row: a service for children has nobody of 70.
    """
    source, rows = table.mapping.source, list(table.rows)
    number = max((row.number for row in rows), default=1)
    for canary in canaries:
        if source not in canary.sources:
            continue
        person, ref = canary.person(source), canary.reference(source, reference_key)
        model = _model(table, canary, person, reference_key=reference_key)
        if model is not None:
            number += 1
            content = replace(model.content, relationships=(), protections=(), third_party="unknown")
            rows.append(Row(number, person, ref, content))
    return replace(table, rows=tuple(rows))


def _model(table: Table, canary: Canary, person: Person, *, reference_key: bytes) -> Row | None:
    """The row whose content a canary borrows: it stays the same one while that row is in the file."""
    fit = [
        row
        for row in table.rows
        if row.content.age_band in ("unknown", age_band(canary.dob, on=row.content.as_of))
        and not row.content.protections
        and row.content.deceased != "yes"
        and not row.content.wishes.startswith("objects")
    ]
    ranked = sorted(fit, key=lambda row: _rank(reference_key, canary, row.ref))
    return next((row for row in ranked if find_leak(person, row.content) is None), None)


def _rank(reference_key: bytes, canary: Canary, ref: str) -> bytes:
    bound = context.bind(context.CANARY_NAME, "model", canary.epoch, canary.number, ref)
    return hmac.digest(reference_key, bound, hashlib.sha256)


@dataclass(frozen=True)
class _Draw:
    """Choices of one canary that only holders of the evidence key can make, and make alike."""

    evidence_key: bytes = field(repr=False)
    place: str
    number: int

    def below(self, what: str, most: int) -> int:
        """A number from 0 to `most` - 1."""
        bound = context.bind(context.CANARY, self.place, self.number, what)
        return int.from_bytes(hmac.digest(self.evidence_key, bound, hashlib.sha256)[:8], "big") % most

    def one(self, what: str, choices: Sequence[str]) -> str:
        return choices[self.below(what, len(choices))]

    def birthday(self) -> dt.date:
        born = dt.date(1945, 1, 2) + dt.timedelta(days=self.below("dob", 26_000))
        # 1 January is what systems write for an unknown day, and counts for less.
        return born.replace(day=2) if (born.month, born.day) == (1, 1) else born

    def postcode(self) -> str:
        district, sector = 1 + self.below("district", 9), self.below("sector", 10)
        inward = self.one("inward 1", _INWARD) + self.one("inward 2", _INWARD)
        return f"{self.one('area', _AREAS)}{district}{sector}{inward}"


def _holders(draw: _Draw, sources: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    ranked = sorted(sources, key=lambda one: draw.below(f"source {one[1]}", 1 << 62))
    chosen = ranked[:1]
    # The second is of another agency, so that no agency can check its own work alone.
    chosen += [one for one in ranked if one[0] != ranked[0][0]][:1]
    chosen += [one for one in ranked if one not in chosen][: HOLDERS - len(chosen)]
    return tuple(sorted(source for _, source in chosen))
