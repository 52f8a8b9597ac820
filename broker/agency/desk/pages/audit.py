"""The record of look-ups: is it whole, what is in it, one entry with what explains it. Each reading is logged."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from fastapi import APIRouter, Request, Response

from broker.agency.desk.desk import Desk, desk_of
from broker.agency.desk.pages.render import page
from broker.agency.desk.pages.typed_day import typed_day
from broker.agency.desk.show import look, search
from broker.agency.desk.signin.forms import Form
from broker.agency.desk.signin.session import Session, fresh, signed_in
from broker.agency.log_state import last_checked, read_log
from broker.agency.officer import Officer
from broker.agency.our_people import staff_meant
from broker.agency.saved_searches import keep_search, saved_searches
from broker.agency.words import LEVELS, capital, day, plain, words
from broker.audit.query import parse
from broker.errors import BadInput, Untrusted
from broker.wire.audit_search import By, Found
from broker.wire.fields import decode64, encode64
from broker.wire.london import london_date

router = APIRouter(prefix="/audit")
ROLES = ("ig_officer", "lead_ig_officer", "auditor")
_NAMES = frozenset({"ig_officer", "lead_ig_officer"})
"""Who reads of our own staff by name: an auditor does not, unless an officer discloses it."""
_COUNTS: dict[str, str] = {
    "org": "By agency",
    "purpose": "By reason",
    "decision": "By what was decided",
    "rule": "By clause or rule",
    "day": "By day",
}
_FIELDS = {"after": "after:", "before": "before:", "who": "actor:"}


@router.get("")
def front(request: Request) -> Response:
    """The banner, the builder and the kept searches."""
    signed_in(request, *ROLES)
    return _page(request, {}, {})


@router.post("")
def find(request: Request, form: Form) -> Response:
    """Searches, or counts."""
    session = signed_in(request, *ROLES)
    desk = desk_of(request)
    officer = officer_at(desk, session)
    days, errors = _days(form, london_date(session.now))
    staff, many, wrong = _who(desk, session, form.get("who", ""))
    if errors | wrong:
        return _page(request, form, errors | wrong, many=many)
    text = search.search_text({**form, "who": staff}, days)
    try:
        parse(text)
        if form.get("save"):
            keep_search(desk.place, form["save"], text)
        return _page(request, _named(desk, form, staff), {}, **_results(officer, form, text))
    except BadInput as error:
        field = "save" if error.field == "save" else "text" if form.get("text") else "who"
        return _page(request, form, {field: f"{capital(error.message)}: {error.hint}" if error.hint else error.message})


@router.post("/verify")
def verify(request: Request, form: Form) -> Response:
    """Checks the log of now against all that was shown here, and against what its witnesses show."""
    signed_in(request, *ROLES)
    desk = desk_of(request)
    try:
        integrity = search.checked(read_log(desk.place, desk.edges))
    except Untrusted as error:
        integrity = search.contradicted(error.message, error.hint or "")
    return page(request, "verified.html", integrity=integrity)


@router.get("/entry/{name}")
def entry(request: Request, name: str) -> Response:
    """One entry: what happened, what explains it, what proves it."""
    session = signed_in(request, *ROLES)
    officer = officer_at(desk_of(request), session)
    shown, proven = officer.entry(name)
    steps, missing = look.explanation(shown.hit, shown.said)
    return page(
        request,
        "entry.html",
        entry=plain(shown.hit.id),
        others=look.same_person(officer.ids.get(shown.hit.staff, ""), officer.called(shown.hit.staff)),
        reference=plain(shown.hit.reference),
        sentence=officer.sentence(shown.hit, shown.said, look.MOST),
        steps=steps,
        missing=missing,
        decisions=look.decisions(shown.decisions) if shown.hit.typ == "answer" else "",
        told=look.told_rows(shown.hit, shown.said),
        number=proven.index + 1,
        size=proven.size,
        leaf=shown.leaf,
        proof=shown.proof,
    )


@router.post("/evidence")
def evidence(request: Request, form: Form) -> Response:
    """A file about one entry that anybody checks offline. Whoever takes it along proves anew who they are."""
    session = signed_in(request, *ROLES)
    fresh(session)
    content = officer_at(desk_of(request), session).evidence([form.get("entry", "")])
    headers = {"Content-Disposition": 'attachment; filename="evidence.zip"'}
    return Response(content, media_type="application/zip", headers=headers)


def officer_at(desk: Desk, session: Session) -> Officer:
    """Whoever reads the record here."""
    return Officer(desk.place, desk.edges, session.staff, names=bool(session.roles & _NAMES))


def _results(officer: Officer, form: dict[str, str], text: str) -> dict[str, Any]:
    if form.get("do") in _COUNTS:
        by = cast(By, form["do"])
        rows = [(_value(value, by), count) for value, count in officer.counted(text, by).counts]
        return {"counted": {"head": _COUNTS[by], "rows": rows, "over_time": by == "day" and len(rows) > 1}}
    return {"found": _shown(officer, officer.search(text, _cursor(form)), text)}


def _value(value: str, by: By) -> str:
    if by == "day":
        return day(dt.date.fromisoformat(value))
    if by == "decision":
        return capital(LEVELS.get(value, words(value)))  # type: ignore[call-overload]
    return value if by == "rule" else capital(words(value))


def _shown(officer: Officer, found: Found, text: str) -> dict[str, Any]:
    most = f"{found.most:,} or more" if found.count >= found.most else f"{found.count:,}"
    hits = [
        {"id": hit.id, "reference": plain(hit.reference), "sentence": officer.sentence(hit, found.said, look.MOST)}
        for hit in found.hits
    ]
    head = f"{most} found, the latest first" if found.count else "Nothing is found"
    return {"head": head, "hits": hits, "more": encode64(found.more) if found.more else "", "text": text}


def _cursor(form: dict[str, str]) -> bytes | None:
    return decode64(form["cursor"]) if form.get("cursor") else None


def _who(desk: Desk, session: Session, typed: str) -> tuple[str, list[tuple[str, str]], dict[str, str]]:
    """The id of whom of ours somebody typed; or, where several are called so, those to choose from; what is wrong."""
    if not typed or not session.roles & _NAMES:
        return typed, [], {}
    found = staff_meant(desk.place, typed)
    if len(found) == 1:
        return found[0].id, [], {}
    many = [(one.id, plain(f"{one.name or one.id} ({one.id})")) for one in found]
    said = "Several of your staff are called so: select one" if found else "Nobody on your staff list is called so"
    return "", many, {"who": said}


def _named(desk: Desk, form: dict[str, str], staff: str) -> dict[str, str]:
    """The form with the name of whom was meant, where nobody else is called so."""
    names = [one.name for one in desk.place.staff if one.id == staff and one.name]
    return {**form, "who": names[0]} if names and len(staff_meant(desk.place, names[0])) == 1 else form


def _days(form: dict[str, str], today: dt.date) -> tuple[dict[str, dt.date], dict[str, str]]:
    """The days of the form, and what is wrong with them."""
    typed = {name: typed_day(form[name], today=today) for name in search.DAYS if form.get(name)}
    wrong = {name: "Enter a day such as 1 11 2026" for name, found in typed.items() if found is None}
    return {name: found for name, found in typed.items() if found is not None}, wrong


def _page(request: Request, form: dict[str, str], errors: dict[str, str], **values: Any) -> Response:
    desk = desk_of(request)
    told = desk.words.read(desk.place)
    return page(
        request,
        "audit.html",
        errors=errors,
        form=form,
        integrity=search.remembered(*last_checked(desk.place)),
        agencies=told.agencies.items(),
        purposes=[(one.purpose, one.label) for one in told.purposes],
        flags=search.FLAG_WORDS.items(),
        qualifiers=search.QUALIFIERS.items(),
        saved=saved_searches(desk.place).items(),
        presets=search.PRESETS.items(),
        names=bool(signed_in(request, *ROLES).roles & _NAMES),
        **values,
    )
