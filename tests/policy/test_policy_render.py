"""The six documents: valid, accessible, escaped, the same bytes each time, and made from the policies alone."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from types import MappingProxyType
from typing import Any

import pytest
from brackwater_policies import FOLDER, policies
from html_page import Page, uneven
from pydantic import BaseModel

from broker.errors import BadInput, NotFound
from broker.policy.agreement import Agreement
from broker.policy.days import PERIOD
from broker.policy.policies import Policies
from broker.policy.render.markup import Markup, tag
from broker.policy.render.render import WHAT, render

EVERY = [(name, what) for name in policies().agreements for what in WHAT]
NASTY = "<script>alert(1)</script>&\"'</style>\u202e\u200b\x07"


@pytest.mark.parametrize(("name", "what"), EVERY)
def test_every_document_is_a_valid_accessible_page(name: str, what: str) -> None:
    """A signatory with a screen reader loses their place, or a browser mends the page into another one."""
    text = render(policies(), name, what=what)
    page = Page(text)

    assert page.wrong == []
    assert uneven(page) == []
    assert page.tags.count("caption") == page.tags.count("table")
    assert "<script" not in text and "@import" not in text and "url(" not in text
    assert all(link.startswith("https://") for link in page.links)
    assert policies().digest in page.text


def test_documents_are_the_same_bytes_each_time() -> None:
    """Two officers render the same agreement and can't tell whether it was changed."""
    program = (
        "import sys; from pathlib import Path; from broker.policy.load import load_policies;"
        "from broker.policy.render.render import WHAT, render; folder = Path(sys.argv[1]);"
        "p = load_policies({f.relative_to(folder).as_posix(): f.read_bytes() for f in folder.rglob('*.yaml')});"
        "sys.stdout.buffer.write(''.join(render(p, 'ISA-2026-001', what=w) for w in WHAT).encode())"
    )
    # Another order of everything that has none.
    command = [sys.executable, "-c", program, str(FOLDER)]
    there = subprocess.run(command, capture_output=True, check=True, env={"PYTHONHASHSEED": "7"}).stdout

    assert there.decode() == "".join(render(policies(), "ISA-2026-001", what=what) for what in WHAT)


def with_agreement(agreement: Agreement, name: str) -> Policies:
    """The policies with `agreement` in the place of `name`."""
    known = dict(policies().agreements)
    return dataclasses.replace(policies(), agreements=MappingProxyType({**known, name: agreement}))


def spoilt(value: Any) -> Any:
    """`value` with markup and hidden letters at the end of every free text in it."""
    if isinstance(value, BaseModel):
        fields = {
            name: spoilt(getattr(value, name))
            for name, field in type(value).model_fields.items()
            if not str(field.annotation).startswith("typing.Literal")
        }
        return value.model_copy(update=fields)
    if isinstance(value, tuple):
        return tuple(spoilt(one) for one in value)
    return f"{value}{NASTY}" if isinstance(value, str) and not re.fullmatch(PERIOD, value) else value


@pytest.mark.parametrize("what", WHAT)
def test_whatever_an_agreement_says_is_text(what: str) -> None:
    """A title with a tag in it rewrites the page that somebody signs; a hidden letter turns its words round."""
    name = "ISA-2026-001"
    agreement = policies().agreements[name]
    spoilt_one = spoilt(agreement).model_copy(
        update={"legal": spoilt(agreement.legal).model_copy(update={"article6": agreement.legal.article6}),
                "break_glass": agreement.break_glass}
    )  # fmt: skip
    text = render(with_agreement(spoilt_one, name), name, what=what)
    page = Page(text)

    assert page.wrong == []
    assert "script" not in page.tags
    assert "<script>alert(1)</script>&\"'</style>[U+202E][U+200B][U+0007]" in page.text
    assert not set(text) & {"\u202e", "\u200b", "\x07"}


def test_a_notice_that_is_no_web_address_is_no_link() -> None:
    """A click on a privacy notice runs what somebody wrote into the agreement."""
    name = "ISA-2026-003"
    agreement = policies().agreements[name]
    party = agreement.parties[0].model_copy(update={"privacy_notice": "javascript:alert(1)"})
    changed = agreement.model_copy(update={"parties": (party, *agreement.parties[1:])})
    page = Page(render(with_agreement(changed, name), name, what="agreement"))

    assert "javascript:alert(1)" in page.text
    assert all(link.startswith("https://") for link in page.links)


def test_only_what_is_made_here_is_markup() -> None:
    """An element or attribute that was not thought about gets onto a page."""
    assert tag("p", "a < b & ", tag("strong", "c")) == Markup("<p>a &lt; b &amp; <strong>c</strong></p>")
    assert tag("p", "two\nlines") == Markup("<p>two lines</p>")
    for wrong in (("script",), ("br", "text"), ("iframe",)):
        with pytest.raises(ValueError, match="no such element"):
            tag(*wrong)
    with pytest.raises(ValueError, match="no such element"):
        tag("p", "a", onclick="b")


@pytest.mark.parametrize(
    ("name", "what", "only", "error"),
    [
        ("ISA-2026-009", "agreement", None, NotFound),
        ("ISA-2026-001", "poem", None, BadInput),
        ("ISA-2026-003", "card", "police.pvp", NotFound),
        ("ISA-2026-003", "ropa", "police", NotFound),
    ],
)
def test_what_is_not_there_is_refused(name: str, what: str, only: str | None, error: type[Exception]) -> None:
    """An empty page looks like an agreement that says nothing."""
    with pytest.raises(error):
        render(policies(), name, what=what, only=only)


def test_one_party_or_role_can_be_picked() -> None:
    """An officer prints the police's card for everybody to find their own in."""
    one = Page(render(policies(), "ISA-2026-001", what="ropa", only="police")).text
    assert "What Brackwater Police records" in one and "What Brackwater Council records" not in one
    card = Page(render(policies(), "ISA-2026-001", what="card", only="school.dsl"))
    assert card.tags.count("article") == 1
    assert "Designated safeguarding lead, Brackwater Academies Trust" in card.text


def test_the_digests_of_a_page_are_its_own() -> None:
    """What is signed is not what is shown."""
    found = re.findall(r"[0-9a-f]{64}", render(policies(), "ISA-2026-001", what="agreement"))
    assert len(set(found)) == 2
    assert policies().digest in found
