"""What we call our own records, our staff and the place's services on a page."""

from __future__ import annotations

from collections.abc import Iterable

from broker.agency.desk.desk import Desk
from broker.agency.desk.show.called import Called
from broker.agency.desk.signin.session import Session
from broker.agency.our_people import staff_called
from broker.agency.words import listing, plain


def called_at(desk: Desk) -> Called:
    """What everything is called at this desk now."""
    place = desk.place
    told = desk.words.read(place)
    purposes = {one.purpose: one.label for one in told.purposes}
    return Called(desk.own_people().names, staff_called(place), told.agencies, told.services, purposes)


def sources_of(desk: Desk) -> list[dict[str, str]]:
    """Our services, as radio buttons."""
    place, called = desk.place, called_at(desk)
    sources = place.read_trust().agency(place.agency).sources
    return [{"value": one, "text": called.service(one), "hint": ""} for one in sources]


def colleagues(desk: Desk, session: Session, roles: Iterable[str]) -> str:
    """The names of whoever else here has one of `roles`; empty when nobody has."""
    wanted = set(roles)
    return plain(
        listing(one.name or one.id for one in desk.place.staff if one.desk & wanted and one.id != session.staff)
    )
