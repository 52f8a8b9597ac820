"""Clerical review: how far two services of one answer agree, decided blind, then weighed; and second opinions.

A reviewer sees words for each field and never a value, nor the weight before they have decided.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import cast

from fastapi import APIRouter, Request, Response

from broker.agency.acting import acting
from broker.agency.desk.desk import desk_of
from broker.agency.desk.pages.render import page
from broker.agency.desk.show import pair as show
from broker.agency.desk.signin.forms import Form
from broker.agency.desk.signin.session import Session, signed_in
from broker.agency.kept_answers import block_of, kept_answer, recent_answers
from broker.agency.pair_review import Pair, Verdict, explain_pair, say_verdict
from broker.agency.receipts import KeptAnswer
from broker.agency.second_opinions import Opinion, Said, agreement, check_new, keep_opinion, read_opinions, wanted
from broker.agency.words import moment
from broker.errors import BadInput, NotFound
from broker.wire.comparison import ExplainAnswer

router = APIRouter(prefix="/matches")
ROLES = ("reviewer",)
HANDLES_SECONDS = 3_600
"""For so long after an answer something can be said about its records."""


@dataclass(frozen=True)
class _Begun:
    """A review that its reviewer has not decided yet."""

    kept: KeptAnswer
    numbers: tuple[int, int]
    pair: Pair
    answer: ExplainAnswer


@router.get("")
def recent(request: Request) -> Response:
    """Answers of the last hour whose records can be compared, and pairs that wait for a second opinion."""
    session = signed_in(request, *ROLES)
    desk = desk_of(request)
    since = desk.edges.seconds() - HANDLES_SECONDS
    alive = recent_answers(desk.place, since)
    answers = [(kept.reference, moment(at), len(kept.blocks)) for at, kept in alive if len(kept.blocks) > 1]
    opinions, known = read_opinions(desk.place), {kept.reference for _, kept in alive}
    second = [one for one in wanted(opinions, session.staff) if one.answer in known]
    twice, agreed = agreement(opinions)
    return page(request, "matches.html", answers=answers, second=second, twice=twice, agreed=agreed)


@router.get("/{reference}")
def choose(request: Request, reference: str) -> Response:
    """Which two services of the answer?"""
    signed_in(request, *ROLES)
    return _choose(request, kept_answer(desk_of(request).place, reference), {}, {})


@router.post("/{reference}")
def compare(request: Request, reference: str, form: Form) -> Response:
    """Shows how far the two agree."""
    session = signed_in(request, *ROLES)
    desk = desk_of(request)
    kept = kept_answer(desk.place, reference)
    try:
        numbers = _number(form, "one"), _number(form, "other")
        pair = block_of(kept.blocks, numbers[0]), block_of(kept.blocks, numbers[1])
    except BadInput as error:
        return _choose(request, kept, form, {error.field or "one": "Select a service"})
    if numbers[0] == numbers[1]:
        return _choose(request, kept, form, {"other": "Select another service than the first"})
    check_new(desk.place, kept.reference, numbers, staff=session.staff)
    answer = explain_pair(acting(desk.place, desk.edges, session.staff), kept, pair)
    name = f"review-{desk.edges.random_bytes(16).hex()}"
    session.memory.keep(name, _Begun(kept, numbers, pair, answer))
    return _pair(request, name, session, {})


@router.post("/decided/{name}")
def decide(request: Request, name: str, form: Form) -> Response:
    """Records the decision, and then shows what the comparison says."""
    session = signed_in(request, *ROLES)
    desk = desk_of(request)
    begun = _begun(session, name)
    said = form.get("say", "")
    if said not in [one["value"] for one in show.SAYS]:
        return _pair(request, name, session, {"say": "Select what you found"})
    # The same two may have been begun in another window.
    check_new(desk.place, begun.kept.reference, begun.numbers, staff=session.staff)
    # Where they can't tell nothing is said to the broker: a colleague may.
    if said != "cant_tell":
        say_verdict(acting(desk.place, desk.edges, session.staff), [begun.pair], cast(Verdict, said))
    # The weight is shown now: nobody decides here again with it in mind.
    session.memory.drop(name)
    (one, other), answer = begun.numbers, begun.kept.reference
    at, who = desk.edges.seconds(), session.staff
    keep_opinion(desk.place, Opinion(at=at, answer=answer, one=one, other=other, staff=who, said=cast(Said, said)))
    fields, weighed = show.fields_shown(begun.answer), show.weighed(begun.answer)
    return page(request, "matched.html", said=said, fields=fields, weighed=weighed)


def _number(form: dict[str, str], name: str) -> int:
    with suppress(KeyError, ValueError):
        return int(form[name])
    raise BadInput("block-unknown", "the answer has no service with that number", field=name)


def _begun(session: Session, name: str) -> _Begun:
    found = session.memory.find(name, _Begun)
    if found is None:
        hint = "begin it again: nothing was recorded"
        raise NotFound("review-unknown", "this review is not here any more", hint=hint)
    return found


def _choose(request: Request, kept: KeptAnswer, form: dict[str, str], errors: dict[str, str]) -> Response:
    desk = desk_of(request)
    items = show.services(kept.blocks, desk.words.read(desk.place).services)
    return page(
        request, "match_choose.html", reference=kept.reference, services=items,
        form=form, errors=errors,
    )  # fmt: skip


def _pair(request: Request, name: str, session: Session, errors: dict[str, str]) -> Response:
    begun, desk = _begun(session, name), desk_of(request)
    called = desk.words.read(desk.place).services
    return page(
        request,
        "match.html",
        errors=errors,
        review=name,
        reference=begun.kept.reference,
        services=[show.services(begun.kept.blocks, called)[at - 1]["text"] for at in begun.numbers],
        fields=show.fields_shown(begun.answer),
        says=show.SAYS,
    )
