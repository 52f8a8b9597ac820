"""An agency reads the words of the place: names, purposes, its own roles. Nothing of anybody, so no event says it."""

from __future__ import annotations

from broker.parts import Parts
from broker.wire.place import PlaceWords, PurposeWords, RoleWords


def read_place(parts: Parts, *, agency: str) -> PlaceWords:
    """What the agreements in force call everything that this agency's staff may choose from."""
    with parts.store.look() as connection:
        policies = parts.at(connection).policies
    words = policies.vocabulary
    return PlaceWords(
        v=1,
        name=words.place.name,
        policy_digest=policies.digest,
        agencies={name: one.name for name, one in words.agencies.items()},
        services={name: one.name for name, one in words.sources.items()},
        roles=tuple(
            RoleWords(role=name, label=one.label, purposes=one.purposes)
            for name, one in words.roles.items()
            if one.agency == agency
        ),
        purposes=tuple(
            PurposeWords(purpose=name, label=one.label, lawful_basis=one.lawful_basis, tell_family=one.tell_family)
            for name, one in words.purposes.items()
        ),
    )
