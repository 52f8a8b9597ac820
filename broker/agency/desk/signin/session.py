"""Who is signed in, as pages see it: the issuer's word and the agency's own staff file, which both must still hold.

    session = signed_in(request, "caseworker", "supervisor")
    fresh(session)                       # before evidence leaves, and before emergency access

The staff file is read again when it changes, so that a leaver is out and a role is gone at the next request.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace

from fastapi import Request

from broker.agency.desk.desk import Desk, desk_of
from broker.agency.desk.diagnostics import say
from broker.agency.desk.memory import Memory
from broker.agency.desk.sessions import Held
from broker.agency.workspace import Staff
from broker.errors import NotAllowed

FRESH_MINUTES = 5


@dataclass(frozen=True)
class Session:
    """Somebody at the desk, at this request. `member` is who they are for `ask.Asker`, and `now` is the clock's."""

    member: Staff
    name: str
    roles: frozenset[str]
    signed_in_at: dt.datetime
    stepped_up_at: dt.datetime
    now: dt.datetime
    memory: Memory = field(default_factory=Memory, compare=False, repr=False)

    @property
    def staff(self) -> str:
        """Their id at the agency."""
        return self.member.id

    @property
    def profession(self) -> str:
        """Their role in the agreements, such as `council.social_worker`."""
        return self.member.role

    @property
    def trained(self) -> dt.date:
        """When they were last trained."""
        return self.member.training_on


class SignInNeeded(Exception):
    """Nobody is signed in, or not any more; the app leads to sign-in and back."""


class StepUpNeeded(SignInNeeded):
    """They signed in too long ago for what they are about to do."""


class PageNotYours(NotAllowed):
    """They do something else here. `roles` are those that use the page."""

    def __init__(self, roles: tuple[str, ...]) -> None:
        hint = "ask whoever looks after the desk's staff list if this is part of your work"
        super().__init__("page-not-yours", "your role does not use this page", hint=hint)
        self.roles = roles


def signed_in(request: Request, *roles: str) -> Session:
    """Who is signed in, with one of `roles` (any will do when none is named).

    Every page asks this first. Raises `SignInNeeded`, or `PageNotYours` for somebody who does something else here.
    """
    session = session_of(request)
    if session is None:
        raise SignInNeeded
    if roles and not session.roles & set(roles):
        raise PageNotYours(roles)
    return session


def fresh(session: Session, minutes: int = FRESH_MINUTES) -> None:
    """Raises `StepUpNeeded` unless they proved who they are within `minutes`."""
    if session.now - session.stepped_up_at > dt.timedelta(minutes=minutes):
        raise StepUpNeeded


def session_of(request: Request) -> Session | None:
    """Who is signed in, or nobody. It is found once for each request."""
    state = request.state
    if not hasattr(state, "session"):
        state.session = _found(request, desk_of(request))
    found = state.session
    return found if isinstance(found, Session) else None


def cookie_name(desk: Desk) -> str:
    """`__Host-` binds a cookie to this very host over TLS; without TLS, on one machine, browsers would refuse it."""
    return "__Host-desk" if desk.settings.is_secure else "desk"


def _found(request: Request, desk: Desk) -> Session | None:
    name = request.cookies.get(cookie_name(desk), "")
    now = desk.edges.now()
    held = desk.sessions.find(name, now=now) if name else None
    sign_in = request.app.state.sign_in
    held = held and sign_in.still(name, held)
    if held is None:
        return None
    member = sign_in.member(held.vouched)
    if member is None:
        say(f"{held.vouched.staff} is out: not on the staff list any more")
        desk.sessions.end(name)
        return None
    return session_from(held, member, now=now)


def session_from(held: Held, member: Staff, *, now: dt.datetime) -> Session:
    """The session of a member of staff. What the issuer says of their work narrows what the staff file says."""
    said = held.vouched
    roles = member.desk if said.roles is None else member.desk & said.roles
    known = replace(member, role=said.profession or member.role, training_on=said.trained or member.training_on)
    name = member.name or said.name or member.id
    return Session(known, name, roles, held.signed_in_at, held.stepped_up_at, now, held.memory)
