"""The menu of everybody, whatever roles they have: on one line of a usual window."""

from __future__ import annotations

from itertools import combinations

from playwright.sync_api import Browser

from broker.agency.desk.pages.render import STATIC, bar, navigation, templates
from broker.agency.roles import DESK_ROLES

_LINES = (
    "() => new Set([...document.querySelectorAll('.govuk-service-navigation__item')].map(one => one.offsetTop)).size"
)


def test_the_menu_of_any_roles_takes_one_line(browser: Browser) -> None:
    """Somebody who does several things here finds their menu on two lines, wherever they are."""
    every = (frozenset(roles) for count in range(1, len(DESK_ROLES) + 1) for roles in combinations(DESK_ROLES, count))
    menus = {tuple(one["href"] for one in navigation(roles, at="")): roles for roles in every}
    style = f"<style>{(STATIC / 'desk.css').read_text(encoding='utf-8')}</style>"
    page = browser.new_page(viewport={"width": 1100, "height": 400})
    wrapped = []
    for hrefs, roles in menus.items():
        for at in hrefs if len(hrefs) > 7 else hrefs[:1]:
            shown = templates().get_template("base.html").render(navigation=bar(roles, at=at), errors={})
            page.set_content(f"{shown.split('<head>')[0]}{style}{shown.split('</head>')[1]}")
            wrapped += [(sorted(roles), at)] if page.evaluate(_LINES) != 1 else []
    page.close()
    assert len(menus) > 10 and wrapped == []
