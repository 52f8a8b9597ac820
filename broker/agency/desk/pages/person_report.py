"""What a person is to read about themself: what our services hold for sharing, and who has looked, proven complete."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from broker.agency.acting import acting
from broker.agency.desk.desk import desk_of
from broker.agency.desk.pages.render import page
from broker.agency.desk.signin.forms import Form
from broker.agency.desk.signin.session import signed_in
from broker.agency.own_report import BEFORE, GUARDED, make_report, record_lines
from broker.agency.seen import looks_lines
from broker.agency.words import capital, day_of
from broker.errors import BadInput, NotAllowed

router = APIRouter(prefix="/people/report")
ROLES = ("ig_officer", "lead_ig_officer")
_EXAMPLE = "Enter each record on a line of its own, such as csc/C-1041"


@router.get("")
def ask(request: Request) -> Response:
    """The form."""
    signed_in(request, *ROLES)
    return page(request, "report_new.html")


@router.post("")
def make(request: Request, form: Form) -> Response:
    """The report, to be printed. That it was made is logged, and nothing of it is kept here."""
    session = signed_in(request, *ROLES)
    desk = desk_of(request)
    records = [line.strip() for line in form.get("records", "").splitlines() if line.strip()]
    if not records:
        return _again(request, form, _EXAMPLE)
    try:
        made = make_report(acting(desk.place, desk.edges, session.staff), records)
    except (BadInput, NotAllowed) as error:
        return _again(request, form, f"{capital(error.message)}. {_EXAMPLE}")
    shown = [
        (*_first_and_rest(list(record_lines(one))), looks_lines(made.seen[one.ref])) for one in made.report.records
    ]
    return page(
        request,
        "report.html",
        made=day_of(made.report.made),
        warning=GUARDED if made.report.is_guarded else BEFORE,
        records=shown,
        absent=made.absent,
    )


def _first_and_rest(lines: list[str]) -> tuple[str, list[str]]:
    return lines[0], [line.strip() for line in lines[1:]]


def _again(request: Request, form: dict[str, str], said: str) -> Response:
    return page(request, "report_new.html", form=form, errors={"records": said})
