"""Known answers for tokens, `keys/vectors/tokens.json`: what a client in another language must come to as well.

    {"v":1,"scheme":"uk-person-1","scheme_digest":"...","cases":[{
       "place":"brackwater","match_key":5,"values":["ann","smi","1984-03-12"],
       "k":"...","r":"...","s":"...","delta":"...","label_key":"...","source":"csc",
       "x":"5459...","hashed":"...","blinded":"...","evaluated":"...","unblinded":"...","point":"...",
       "point_next":"...","label":"..."}], "slots":[...],"refused":{"points":[...],"scalars":[...]}}

Everything is hexadecimal but for texts and numbers; all keys in it are published test keys. `delta` is an update token:
`point_next` is the same person's point in the next epoch. `slots` are of evidence, which only agencies make, so only
their tests recompute them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from broker import oprf
from broker.errors import BadInput, Misconfigured, Untrusted
from broker.keys.labels import label
from broker.keys.testkeys import is_published
from broker.tokens import load_scheme, oprf_input
from broker.wire.fields import Hex32, Slug, Wire, parse

Hex = Annotated[str, Field(pattern=r"^([0-9a-f]{2})*$")]


class Case(Wire):
    """One match key on its whole way: what goes in, and what everybody makes of it."""

    place: Slug
    match_key: int
    values: tuple[str, ...]
    k: Hex32
    r: Hex32
    s: Hex32
    delta: Hex32
    label_key: Hex32
    source: Slug
    x: Hex = ""
    hashed: Hex = ""
    blinded: Hex = ""
    evaluated: Hex = ""
    unblinded: Hex = ""
    point: Hex = ""
    point_next: Hex = ""
    label: Hex = ""


class Slot(Wire):
    """One atom of evidence under an evidence key."""

    evidence_key: Hex32
    place: Slug
    atom: str
    value: str
    slot: Hex


class Refused(Wire):
    """Bytes that every party refuses as a point or as a scalar."""

    points: tuple[Hex, ...]
    scalars: tuple[Hex, ...]


class TokenVectors(Wire):
    v: Literal[1]
    scheme: str
    scheme_digest: Hex32
    cases: Annotated[tuple[Case, ...], Field(min_length=1)]
    slots: Annotated[tuple[Slot, ...], Field(min_length=1)]
    refused: Refused


def check(data: bytes) -> int:
    """How many known answers this installation comes to as well.

    Raises `Misconfigured` for a file of another form, and `Untrusted` for one answer that is not ours.
    """
    try:
        vectors = parse(TokenVectors, data)
    except BadInput as error:
        raise Misconfigured("vectors-invalid", f"the known answers for tokens can't be read: {error}") from None
    scheme = load_scheme(vectors.scheme)
    wrong = ["scheme"] if scheme.digest.hex() != vectors.scheme_digest else []
    wrong += [f"case {number}" for number, case in enumerate(vectors.cases, 1) if computed(case) != case]
    wrong += [f"point {number}" for number, text in enumerate(vectors.refused.points, 1) if _taken(text, scalar=False)]
    wrong += [f"scalar {number}" for number, text in enumerate(vectors.refused.scalars, 1) if _taken(text, scalar=True)]
    if wrong:
        raise Untrusted("vectors-differ", f"this installation makes other tokens than the known answers: {wrong[0]}")
    return len(vectors.cases) + len(vectors.refused.points) + len(vectors.refused.scalars)


def computed(case: Case) -> Case:
    """`case` with its answers made anew. Raises `Untrusted` when a key in it is not a published test key."""
    k, r, s, delta, label_key = (bytes.fromhex(text) for text in (case.k, case.r, case.s, case.delta, case.label_key))
    if not all(map(is_published, (k, r, s, label_key))):
        raise Untrusted("vectors-differ", "a key among the known answers is not a published test key")
    scheme = load_scheme()
    x = oprf_input(scheme, scheme.match_key(case.match_key), case.values, case.place)
    hashed = oprf.hash_to_group(x)
    blinded = oprf.blind(x, r)
    [evaluated] = oprf.evaluate(k, s, [blinded])
    unblinded = oprf.unblind(r, evaluated)
    [point] = oprf.unmask(s, [unblinded])
    answers: dict[str, bytes] = {
        "x": x,
        "hashed": hashed,
        "blinded": blinded,
        "evaluated": evaluated,
        "unblinded": unblinded,
        "point": point,
        "point_next": oprf.multiply(delta, point),
        "label": label(label_key, case.source, number=case.match_key, point=point),
    }
    said: dict[str, Any] = {name: value.hex() for name, value in answers.items()}
    return case.model_copy(update=said)


def _taken(text: str, *, scalar: bool) -> bool:
    try:
        (oprf.check_scalar if scalar else oprf.check_point)(bytes.fromhex(text))
    except BadInput:
        return False
    return True
