"""The public pages: `GET` and nothing else, without sign-in. Everything on them is made anew from what is in force."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Response

from broker.actions.count_month import Months
from broker.actions.read_agreements import read_agreements
from broker.actions.read_pauses import paused_services
from broker.errors import NotFound
from broker.pages import statements
from broker.pages.counts import counts_content
from broker.pages.register import agreement_content, register_content, whom_to_write
from broker.pages.shell import STYLE, public_page
from broker.parts import Parts
from broker.policy.render.markup import Content
from broker.wire.agreements import Agreements

PUBLIC = (
    *("/register", "/register/{agreement}", "/counts", "/your-rights"),
    *("/privacy", "/cookies", "/accessibility", "/pages.css"),
)


def router(parts: Parts) -> APIRouter:
    """The pages for everybody."""
    routes = APIRouter(tags=["public"], include_in_schema=False)
    counts = Months()

    @routes.get("/register")
    def register() -> Response:
        """Who shares what with whom, and why."""
        now = parts.fresh()
        told, paused = read_agreements(now), paused_services(now, lasting=True)
        return _page(told, "/register", "Who shares what, and why", register_content(told, paused))

    @routes.get("/register/{agreement}")
    def one(agreement: str) -> Response:
        """One agreement in sentences."""
        told = read_agreements(parts.fresh())
        found = next((one for one in told.agreements if one.id == agreement), None)
        if found is None:
            raise NotFound("agreement-unknown", "there is no such agreement", hint="see /register")
        return _page(told, f"/register/{found.id}", found.title, agreement_content(told, found))

    @routes.get("/counts")
    def monthly() -> Response:
        """How often sharing was used, month by month; small numbers are not told."""
        now = parts.fresh()
        told = read_agreements(now)
        return _page(told, "/counts", "How often it is used", counts_content(counts.read(now), told))

    @routes.get("/your-rights")
    def rights() -> Response:
        """How to see what is held, object or complain, and whom to write to."""
        told = read_agreements(parts.fresh())
        return _page(told, "/your-rights", "Your rights and complaints", statements.RIGHTS, whom_to_write(told))

    for at, (title, content) in statements.ALIKE.items():
        routes.get(at)(partial(_statement, parts, at, title, content=content))

    @routes.get("/pages.css")
    def style() -> Response:
        """The one stylesheet."""
        return Response(STYLE, media_type="text/css; charset=utf-8", headers={"Cache-Control": "public, max-age=300"})

    return routes


def _statement(parts: Parts, at: str, title: str, *, content: Content) -> Response:
    return _page(read_agreements(parts.fresh()), at, title, content)


def _page(told: Agreements, at: str, title: str, *content: Content) -> Response:
    return public_page(told.place, at, title, *content)
