"""Signing in by an issuer: OpenID Connect's code flow with PKCE, state, nonce and the issuer's name on the way back.

1  the browser gets its sign-in to carry (a sealed cookie that lives ten minutes) and goes to the issuer
2  it comes back with a code, to an address that only this issuer sends people to
3  the state is the one that this browser was given, and the issuer says that it is the one we sent it to (RFC 9207)
4  the code is turned in, with the verifier, by the desk itself (private_key_jwt); the browser sees no credential
5  what comes for it is verified (`vouching`), and the level and age of the sign-in suffice
6  a session begins under a new name; what it replaces ends
"""

from __future__ import annotations

import datetime as dt
import hmac
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import urlencode

from broker.agency.desk.desk import Desk
from broker.agency.desk.diagnostics import say
from broker.agency.desk.sessions import Held, Vouched
from broker.agency.desk.signin import vouching
from broker.agency.desk.signin.pending import LASTS, Pending, pending_of, sent_to
from broker.agency.desk.signin.provider import Provider
from broker.agency.desk.signin.vouching import Claims, Unvouched
from broker.agency.workspace import Staff
from broker.errors import NotAllowed, NotFound, Unavailable

FRESH = dt.timedelta(minutes=5)
RENEWED = dt.timedelta(minutes=5)
"""How often an issuer is asked whether somebody still works there, where it lets us ask."""
UNANSWERED = dt.timedelta(minutes=15)
_NOTICES_KEPT = dt.timedelta(minutes=20)


class SignIn:
    """All issuers of one desk, as `providers` has them at each moment."""

    def __init__(self, desk: Desk, providers: Callable[[], Mapping[str, Provider]]) -> None:
        self.desk, self._providers = desk, providers
        self._notices: dict[str, dt.datetime] = {}
        self._lock = threading.Lock()

    @property
    def providers(self) -> Mapping[str, Provider]:
        """The issuers that vouch here now."""
        return self._providers()

    def provider(self, name: str) -> Provider:
        """The issuer of that name. Raises `NotFound`."""
        found = self.providers.get(name)
        if found is None:
            raise NotFound("issuer-unknown", "nobody signs in here by that")
        return found

    def back_at(self, name: str) -> str:
        """Where an issuer sends people back to."""
        return f"{self.desk.settings.public_url}/sign-in/{name}/back"

    def carries(self, pending: Pending) -> str:
        """The cookie of a sign-in under way."""
        return pending.carried(self.desk.carried, self.desk.edges)

    def sends_to(self, provider: Provider, cookie: str) -> tuple[str, str]:
        """The address at the issuer that a browser goes to, and the cookie that it takes along."""
        edges, issuer = self.desk.edges, provider.issuer
        described = provider.description
        begun = pending_of(cookie, self.desk.carried, now=edges.now()) or Pending()
        secrets = (edges.random_bytes(32), edges.random_bytes(32), edges.random_bytes(32))
        pending = sent_to(begun, issuer.name, secrets)
        asked = {
            "response_type": "code",
            "client_id": issuer.client_id,
            "redirect_uri": self.back_at(issuer.name),
            "scope": f"{issuer.scope} offline_access" if issuer.renew else issuer.scope,
            "state": pending.state,
            "nonce": pending.nonce,
            "code_challenge": pending.challenge,
            "code_challenge_method": "S256",
            "acr_values": issuer.asked_levels,
            "max_age": str(self.desk.settings.most_hours * 3600),
        }
        if pending.is_step_up:
            asked |= {"prompt": "login", "max_age": "0"}
        elif issuer.prompt:
            asked |= {"prompt": issuer.prompt}
        join = "&" if "?" in described.authorization else "?"
        return f"{described.authorization}{join}{urlencode(asked)}", self.carries(pending)

    def comes_back(self, provider: Provider, query: Mapping[str, str], cookie: str) -> tuple[str, Pending]:
        """A new session's name and where to go on. Raises `NotAllowed`, in the same words whatever is wrong."""
        now, carried = self.desk.edges.now(), self.desk.carried
        pending = pending_of(cookie, carried, now=now)
        try:
            if pending is None:
                raise Unvouched("not-begun")
            granted = self._turned_in(provider, query, pending)
            # Nobody comes back twice; that is remembered of those alone for whom the issuer vouched.
            if not carried.use(cookie, now=now, lasts=LASTS):
                raise Unvouched("not-begun")
            return self._begun(provider, *granted, pending=pending), pending
        except Unvouched as error:
            say(f"sign-in by {provider.issuer.name} refused: {error}")
            raise NotAllowed("sign-in-refused", "you could not be signed in", hint=_HINT) from None

    def _turned_in(self, provider: Provider, query: Mapping[str, str], pending: Pending) -> tuple[Claims, str]:
        state = query.get("state", "").encode()
        if pending.issuer != provider.issuer.name or not hmac.compare_digest(state, pending.state.encode()):
            raise Unvouched("state")
        if query.get("iss", provider.issuer.issuer) != provider.issuer.issuer:
            raise Unvouched("issuer-mixed-up")
        if provider.description.names_itself and "iss" not in query:
            raise Unvouched("issuer-unnamed")
        if "error" in query or not 1 <= len(query.get("code", "")) <= 4096:
            raise Unvouched("refused-there")
        granted = provider.grant(
            "authorization_code",
            code=query["code"],
            redirect_uri=self.back_at(provider.issuer.name),
            code_verifier=pending.verifier,
        )
        if granted.claims is None:
            raise Unvouched("no-claims")
        vouching.check_id_claims(granted.claims, provider.issuer, nonce=pending.nonce, now=self.desk.edges.seconds())
        return granted.claims, granted.renewal

    def _begun(self, provider: Provider, claims: Claims, renewal: str, *, pending: Pending) -> str:
        desk, issuer, now = self.desk, provider.issuer, self.desk.edges.now()
        proved, level = vouching.proved_at(claims), vouching.level_of(claims, issuer)
        if level < (issuer.step_up_level if pending.is_step_up else issuer.lowest_level):
            raise Unvouched("level")
        if now - proved > (FRESH if pending.is_step_up else dt.timedelta(hours=desk.settings.most_hours)):
            raise Unvouched("proved-long-ago")
        said = vouching.vouched(claims, issuer, renewal=renewal if issuer.renew else "")
        if self.member(said) is None:
            say(f"sign-in by {issuer.name} refused: {said.staff} is not on the staff list")
            hint = "ask whoever looks after the desk to put you on its staff list"
            raise NotAllowed("staff-unknown", "you are not on this desk's staff list", hint=hint)
        # A sign-in at a lower level than a step-up asks for is no step-up, however new.
        counts = proved if level >= issuer.step_up_level else dt.datetime.fromtimestamp(0, dt.UTC)
        say(f"sign-in by {issuer.name}: {said.staff}, level {level}")
        secret = desk.edges.random_bytes(32)
        return desk.sessions.begin(said, proved_at=counts, now=now, secret=secret, replaces=pending.replaces)

    def member(self, said: Vouched) -> Staff | None:
        """Their entry in the staff file as it is now.

        With several issuers each speaks for those whom the file gives it: otherwise the weakest could for everybody.
        """
        whose = {said.issuer} if len(self.providers) > 1 else {said.issuer, ""}
        found = (one for one in self.desk.place.staff if one.id == said.staff and one.issuer in whose)
        return next(found, None)

    def still(self, name: str, held: Held) -> Held | None:
        """The session, if its issuer still vouches for them; asked every few minutes where it can be."""
        now, said = self.desk.edges.now(), held.vouched
        provider = self.providers.get(said.issuer)
        if provider is None:
            say(f"{said.staff} is out: {said.issuer} vouches for nobody here any more")
            self.desk.sessions.end(name)
            return None
        if not said.renewal or not self.desk.sessions.may_ask(name, now=now, every=RENEWED):
            return held
        try:
            return self.desk.sessions.confirm(name, self._renewed(provider, said), now=now)
        except Unavailable:
            if now - held.confirmed_at <= UNANSWERED:
                return held
        except Unvouched as error:
            say(f"renewal of {said.staff} by {said.issuer} refused: {error}")
        self.desk.sessions.end(name)
        return None

    def _renewed(self, provider: Provider, said: Vouched) -> Vouched:
        granted = provider.grant("refresh_token", refresh_token=said.renewal)
        renewal = granted.renewal or said.renewal
        if granted.claims is None:
            return replace(said, renewal=renewal)
        vouching.check_id_claims(granted.claims, provider.issuer, nonce=None, now=self.desk.edges.seconds())
        now_said = vouching.vouched(granted.claims, provider.issuer, renewal=renewal)
        if (now_said.subject, now_said.staff) != (said.subject, said.staff):
            raise Unvouched("person-other")
        return replace(now_said, sid=now_said.sid or said.sid)

    def is_told(self, provider: Provider, notice: str) -> int:
        """Ends what an issuer says has ended, and says how many those were. Raises `Unvouched`."""
        now, issuer = self.desk.edges.now(), provider.issuer
        sid, person, unique = vouching.ended(provider.notice(notice), issuer, now=self.desk.edges.seconds())
        with self._lock:
            self._notices = {one: at for one, at in self._notices.items() if now - at <= _NOTICES_KEPT}
            if f"{issuer.name} {unique}" in self._notices:
                raise Unvouched("notice-again")
            self._notices[f"{issuer.name} {unique}"] = now
        return self.ends(issuer.name, sid=sid, person=person)

    def ends(self, issuer: str, *, sid: str, person: str = "") -> int:
        """Ends the sessions of an issuer's session, or of everything of a person where it names none."""

        def is_meant(one: Vouched) -> bool:
            return one.issuer == issuer and (one.sid == sid if sid else bool(person) and one.subject == person)

        count = self.desk.sessions.end_where(is_meant)
        say(f"{issuer} ended {count} session(s)")
        return count


_HINT = "sign in again; if it happens again, tell whoever looks after the desk, who finds the reason in its diagnostics"
