"""Cases: refusals and emergencies that a person must look at, each between the agency that asked and one that holds.

    id       HMAC-SHA256(verdict key, "tysc/case/v1\\0" | kind | answer | number | holder)[:16]
    sealed   under the verdict seal key, bound to the id and both agencies

A dump tells which two agencies have something to settle, and by when; whom it is about, which answer, which rule and
what was written is sealed, what was written twice. The id is keyed and the same for the same refusal, so that there is
one case of it at most.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Row, delete, insert, select, update

from broker.errors import Untrusted
from broker.keys import context
from broker.keys.envelope import NONCE_BYTES, pad, unpad
from broker.keys.keyring import Keyring
from broker.store import inlist
from broker.store.case_tables import cases
from broker.wire.challenge import CaseKind, Outcome, PersonTold, State

_STEP = 2048
_ALLOWED = "SELECT * FROM cases WHERE asker = ? AND state = 'allowed' AND until >= ? ORDER BY id"
_WAITING: tuple[State, ...] = ("open", "escalated")


@dataclass(frozen=True)
class Text:
    """A sealed text as it is kept: what it is, who wrote it to whom, what it is bound to; `words` is base64url."""

    kind: str
    writer: str
    reader: str
    reference: str
    words: str = field(repr=False)


@dataclass(frozen=True)
class Matter:
    """What a case is about. `answer` is a cover leaf's id and `record` a record's, in hex; `record` may be empty.

    `is_quiet` is when the person's whereabouts are protected: then no feed of another agency has the case.
    """

    answer: str
    number: int
    staff: str
    role: str
    purpose: str
    agreement: str
    rule: str = ""
    level: str = ""
    source: str = ""
    item: str = ""
    record: str = ""
    lifts: bool = False
    is_quiet: bool = False
    lifted: tuple[str, ...] = ()
    explain_by: int = 0
    explained_at: int = 0
    is_late: bool = False
    person_told: PersonTold | None = None
    outcome: Outcome | None = None
    reviewer: str = ""
    written: tuple[Text, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Case:
    """`made`, `due` and `until` are seconds since 1970; `until` is for what was allowed."""

    id: bytes
    kind: CaseKind
    asker: str
    holder: str
    state: State
    made: int
    due: int
    matter: Matter = field(repr=False)
    until: int | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether nobody has answered it yet."""
        return self.state in _WAITING


def case_id(keyring: Keyring, kind: CaseKind, answer: str, *, number: int, holder: str) -> bytes:
    """The one id of a case of this kind about a refusal, or of the review of an emergency by `holder`."""
    bound = context.bind(context.CASE, kind, answer, number, holder)
    return hmac.digest(keyring.verdict_key, bound, hashlib.sha256)[:16]


def put(connection: Connection, keyring: Keyring, case: Case, *, random: Callable[[int], bytes]) -> bool:
    """Keeps a new case. Returns whether there was none of its id yet; otherwise nothing changes."""
    if connection.execute(select(cases.c.id).where(cases.c.id == case.id)).first() is not None:
        return False
    connection.execute(insert(cases), {"id": case.id, **_row(keyring, case, random)})
    return True


def change(connection: Connection, keyring: Keyring, case: Case, *, was: State, random: Callable[[int], bytes]) -> bool:
    """Writes a case anew, if its state still is what it `was`, and says so: of two at once the first wins."""
    same = update(cases).where(cases.c.id == case.id, cases.c.state == was)
    return connection.execute(same.values(**_row(keyring, case, random)).returning(cases.c.id)).first() is not None


def spend(connection: Connection, case_ids: Iterable[bytes]) -> bool:
    """Marks what was allowed as used. Returns whether none of it had been used before."""
    for one in sorted(case_ids):
        used = update(cases).where(cases.c.id == one, cases.c.state == "allowed").values(state="closed")
        if connection.execute(used.returning(cases.c.id)).first() is None:
            return False
    return True


def with_prefix(connection: Connection, keyring: Keyring, prefix: bytes) -> list[Case]:
    """The cases whose id begins with `prefix`."""
    rest = 16 - len(prefix)
    between = cases.c.id.between(prefix + bytes(rest), prefix + b"\xff" * rest)
    return list(_opened(keyring, connection.execute(select(cases).where(between))))


def held_by(connection: Connection, keyring: Keyring, agency: str) -> list[Case]:
    """What waits for the agency's reviewers, the earliest due first."""
    query = select(cases).where(cases.c.holder == agency, cases.c.state.in_(_WAITING))
    return list(_opened(keyring, connection.execute(query.order_by(cases.c.due, cases.c.id))))


def answered_by(connection: Connection, keyring: Keyring, agency: str) -> list[Case]:
    """What the agency's reviewers have answered and is still kept."""
    query = select(cases).where(cases.c.holder == agency, cases.c.state.not_in(_WAITING))
    return list(_opened(keyring, connection.execute(query)))


def asked_by(connection: Connection, keyring: Keyring, agency: str) -> list[Case]:
    """What the agency challenged, and its emergencies, the latest first."""
    query = select(cases).where(cases.c.asker == agency, cases.c.kind.in_(("challenge", "emergency")))
    return list(_opened(keyring, connection.execute(query.order_by(cases.c.made.desc(), cases.c.id))))


def emergencies_of(connection: Connection, keyring: Keyring, agency: str, *, since: int) -> list[Case]:
    """The cases of an agency's emergencies that began at `since` or later, the latest first."""
    query = select(cases).where(cases.c.asker == agency, cases.c.kind == "emergency", cases.c.made >= since)
    return list(_opened(keyring, connection.execute(query.order_by(cases.c.made.desc(), cases.c.id))))


def allowed_to(connection: Connection, keyring: Keyring, agency: str, *, now: int) -> list[Case]:
    """What the agency has been allowed and may still ask for."""
    text = _ALLOWED.replace("?", inlist.mark(connection))
    return list(_opened(keyring, connection.exec_driver_sql(text, (agency, now))))


def running_out(connection: Connection, keyring: Keyring, *, now: int) -> list[Case]:
    """What nobody has answered by its due date, and emergencies that wait for anything."""
    late = (cases.c.state == "open") & (cases.c.due <= now)
    emergency = (cases.c.kind == "emergency") & cases.c.state.in_(_WAITING)
    return list(_opened(keyring, connection.execute(select(cases).where(late | emergency).order_by(cases.c.id))))


def forget(connection: Connection, *, made_before: int) -> int:
    """Deletes what was settled long ago; what waits stays. Returns how many."""
    old = delete(cases).where(cases.c.made < made_before, cases.c.state.not_in(_WAITING))
    return len(connection.execute(old.returning(cases.c.id)).all())


def _row(keyring: Keyring, case: Case, random: Callable[[int], bytes]) -> dict[str, Any]:
    nonce = random(NONCE_BYTES)
    plain = pad(json.dumps(asdict(case.matter)).encode(), _STEP)
    sealed = AESGCM(keyring.verdict_seal_key).encrypt(nonce, plain, _bound(case.id, case.asker, case.holder))
    names = ("kind", "asker", "holder", "state", "made", "due", "until")
    return {name: getattr(case, name) for name in names} | {"sealed": nonce + sealed}


def _opened(keyring: Keyring, rows: Iterable[Row[Any]]) -> Iterator[Case]:
    for row in rows:
        bound = _bound(bytes(row.id), row.asker, row.holder)
        sealed = bytes(row.sealed)
        try:
            plain = AESGCM(keyring.verdict_seal_key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
        except InvalidTag:
            raise Untrusted("seal-broken", "a case does not open where it stands") from None
        given = (row.kind, row.asker, row.holder, row.state, row.made, row.due)
        yield Case(bytes(row.id), *given, matter=_matter(json.loads(unpad(plain))), until=row.until)


def _matter(content: dict[str, Any]) -> Matter:
    known = {one.name for one in fields(Matter)}
    content = {name: value for name, value in content.items() if name in known}
    written = tuple(Text(**one) for one in content.pop("written", ()))
    return Matter(**{**content, "lifted": tuple(content.get("lifted", ())), "written": written})


def _bound(one: bytes, asker: str, holder: str) -> bytes:
    return context.bind(context.CASE_SEAL, one, asker, holder)
