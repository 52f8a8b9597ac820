"""Attack 3: a stolen database together with everything that one agency has.

The agency has its secret file (delivery, desk, reference and evidence key), what it sent and was sent, and here also a
perfect register: name, birthday, postcode, numbers and even the case numbers of everybody whom the other agency posted.
It makes of these everything that can be made with what it holds, under the labels that keyed hashes of the system
are made with, and looks for it in every sealed byte; and it tries every key of its own on everything sealed.

Two controls. Its own records must all be found, by the pseudonyms of its own references. And the same search by
somebody with the linkage key and the broker's label key must name everybody, or the search is no search.
"""

from __future__ import annotations

import hashlib
import hmac
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from benchmarks.attacks import register, thief, town
from benchmarks.attacks.register import Known
from broker import oprf
from broker.agency import pseudonyms
from broker.agency.evidence import seal_info
from broker.errors import BrokerError
from broker.keys import context
from broker.keys.custodial import InMemoryKek
from broker.keys.envelope import RecordName, unwrap_each
from broker.keys.labels import label, open_reference
from broker.keys.sealing import open_classical
from broker.tokens import atom_type, load_scheme, oprf_input
from broker.vaults.secretfile import read_secrets
from broker.wire.delivery import Row as SentRow
from broker.wire.fields import parse

VICTIM, THIEF = ("council", "csc"), ("homes", "hs")
_PREFIXES = (context.ATOM, context.LABEL, context.AGENCY_REF, context.STAFF)

Secret = Mapping[str, bytes]


def everything(people: Mapping[str, Known], secrets: Secret) -> Iterator[bytes]:
    """All that an agency with `secrets` can make of the people behind these case numbers."""
    scheme, sources = load_scheme(), (VICTIM[1], THIEF[1])
    for reference, known in people.items():
        for key in secrets.values():
            yield from (pseudonyms.reference(key, source, ref=reference) for source in sources)
        for number, values in register.match_keys(known):
            made = oprf_input(scheme, scheme.match_key(number), values, register.PLACE)
            point = oprf.hash_to_group(made)
            yield from (point, *(hashlib.new(name, made).digest() for name in ("md5", "sha1", "sha256", "sha512")))
            for key in secrets.values():
                yield from (hmac.digest(key, made, "sha256"), hmac.digest(key, point, "sha256"))
                yield from (label(key, source, number=number, point=point) for source in sources)
                yield oprf.multiply(oprf.scalar(key + key), point)
        yield from _atoms(known, secrets["evidence"], scheme.name)


def _atoms(known: Known, evidence_key: bytes, scheme: str) -> Iterator[bytes]:
    """What the person's evidence holds, and the same under the other labels of keyed hashes."""
    for name, value in register.evidence(known):
        for prefix in _PREFIXES:
            message = context.bind(prefix, atom_type(name), register.PLACE, scheme, value)
            yield hmac.digest(evidence_key, message, "sha256")


def opened(rows: Sequence[thief.Row], secrets: Secret, scheme_digest: bytes) -> set[int]:
    """Places of the rows of which any sealed part opens with any of the secrets, in any way we use one."""
    found = set()
    for at, row in enumerate(rows):
        if any(_opens(row, secret, scheme_digest) for secret in secrets.values()):
            found.add(at)
    return found


def _opens(row: thief.Row, secret: bytes, scheme_digest: bytes) -> bool:
    sealed, source = row.sealed, str(row.marks[0])
    attempts: list[Callable[[], object]] = []
    if row.table == "labels":
        attempts = [lambda: open_reference(secret, sealed["reference"], source=source, row_label=sealed["label"])]
    elif row.table == "records":
        name = RecordName(source, sealed["id"], int(row.marks[2 if isinstance(row.marks[1], bytes) else 1]))
        private = X25519PrivateKey.from_private_bytes(secret)
        info = seal_info(register.PLACE, scheme_digest)
        attempts = [
            lambda: unwrap_each(InMemoryKek(secret), [(name, sealed["wrapped_key"])]),
            lambda: open_classical(sealed["evidence"], private, info=info),
            lambda: open_classical(sealed["evidence"][12:-16], private, info=info),
        ]
    return any(_succeeds(attempt) for attempt in attempts)


def _succeeds(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except BrokerError:
        return False
    return True


def own_traffic(world: town.World) -> Iterator[bytes]:
    """The masked points that the agency itself made of its people, and what the linkage unit sent back."""
    for one in world.traffic:
        if one.path.endswith("/chunks") or "/chunks/" in one.path:
            lines = one.request.split(b"\n")
            if f'"{THIEF[1]}"'.encode() in lines[0]:
                yield from (token.point for line in lines[1:] if line for token in parse(SentRow, line).tokens)


def run(size: int, *, seed: int, progress: Callable[[str], None]) -> dict[str, Any]:
    """`size` people at the council, one in ten of them also at the agency that attacks."""
    people = register.people(size, seed=seed, town=max(2 * size, 2000))
    with tempfile.TemporaryDirectory() as folder, town.town(Path(folder)) as world:
        progress("posting")
        theirs = town.post(world, VICTIM[0], source=VICTIM[1], people=people)
        ours = town.post(world, THIEF[0], source=THIEF[1], people=people[: size // 10])
        progress("searching")
        return attack(world, theirs, ours=ours)


def attack(world: town.World, theirs: Mapping[str, Known], *, ours: Mapping[str, Known]) -> dict[str, Any]:
    """What the agency with its people `ours` learns about the records of `theirs`."""
    rows = thief.steal(town.database_of(world))
    secrets = read_secrets(world.parties.home(THIEF[0]) / "secrets.json", owner=f"agency:{THIEF[0]}").values
    scheme = load_scheme()
    found = thief.holding(rows, chain(everything({**theirs, **ours}, secrets), own_traffic(world)))
    found |= opened(rows, secrets, scheme.digest)
    mine = {at for at, row in enumerate(rows) if row.marks[0] == THIEF[1]}
    joins = {one for one, other in thief.alike(rows) if (one in mine) != (other in mine)}
    own_records = sum(rows[at].table == "records" for at in found & mine)
    named = _control(world, rows, theirs)
    victims = {at for at, row in enumerate(rows) if row.marks[0] == VICTIM[1]}
    return {
        "people": len(theirs),
        "rows_of_others": len(victims),
        "rows_named": len(found & victims),
        "rows_linked_to_own": len(joins),
        "control_own_records_found": [own_records, len(ours)],
        "control_named_with_both_keys": [named, len(theirs)],
        "valid": own_records == len(ours) and named == len(theirs),
        "holds": not found & victims and not joins,
    }


def _control(world: town.World, rows: Sequence[thief.Row], people: Mapping[str, Known]) -> int:
    """How many people somebody with the linkage key and the label key names."""
    scheme = load_scheme()
    linkage_key = read_secrets(world.parties.home("linkunit") / "secrets.json", owner="linkunit").bytes32("oprf")
    label_key = world.parts.keysets.newest.label_key
    there = {row.sealed["label"] for row in rows if row.table == "labels" and row.marks[0] == VICTIM[1]}
    named = 0
    for known in people.values():
        number, values = register.match_keys(known)[-1]
        made = oprf_input(scheme, scheme.match_key(number), values, register.PLACE)
        point = oprf.multiply(linkage_key, oprf.hash_to_group(made))
        named += label(label_key, VICTIM[1], number=number, point=point) in there
    return named
