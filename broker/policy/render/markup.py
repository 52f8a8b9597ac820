"""HTML that can't come out unbalanced or unescaped: elements are made, never pasted together.

    tag("p", "Ring ", tag("strong", phone))    text is escaped; only what `tag` made is taken as HTML

Letters that can't be seen, or that turn the direction of writing, are shown by their number: what is signed must read
as it was written. A page carries its one stylesheet, whose hash its own policy names, and nothing else can load.
"""

from __future__ import annotations

import base64
import hashlib
import html
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from broker.policy.render.style import STYLE


@dataclass(frozen=True)
class Markup:
    """Finished HTML, balanced and escaped."""

    text: str


Content = str | Markup | Sequence["Content"]

_VOID = frozenset({"br", "meta", "link"})
_TAGS = _VOID | frozenset(
    [
        "html",
        "head",
        "title",
        "style",
        "body",
        "header",
        "main",
        "footer",
        "section",
        "article",
        "nav",
        "h1",
        "h2",
        "h3",
        "h4",
        "p",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "div",
        "span",
        "a",
        "code",
        "strong",
        "em",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    ]
)
_ATTRIBUTES = frozenset({"class", "id", "lang", "scope", "href", "colspan", "charset", "name", "content", "http-equiv"})
_ATTRIBUTES |= {"rel", "aria-current"}
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def tag(name: str, /, *content: Content, **attributes: str) -> Markup:
    """The element `name` around `content`. A trailing underscore in an attribute's name goes, others become hyphens."""
    spelt = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    if name not in _TAGS or not spelt.keys() <= _ATTRIBUTES or (name in _VOID and content):
        raise ValueError("no such element, or not with these attributes")
    opened = f"<{name}" + "".join(f' {key}="{_escaped(value)}"' for key, value in spelt.items()) + ">"
    return Markup(opened if name in _VOID else f"{opened}{_inside(content)}</{name}>")


def _inside(content: Content) -> str:
    if isinstance(content, Markup):
        return content.text
    return _escaped(content) if isinstance(content, str) else "".join(_inside(part) for part in content)


def _escaped(text: str) -> str:
    return html.escape("".join(_seen(letter) for letter in text), quote=True)


def _seen(letter: str) -> str:
    if letter == "\n":
        return " "
    return f"[U+{ord(letter):04X}]" if unicodedata.category(letter) in _UNSEEN else letter


def code(text: str) -> Markup:
    """An id, as it stands in the policy."""
    return tag("code", text)


def listed(things: Iterable[Content]) -> Markup:
    """A list, or a dash when there is nothing in it."""
    items = [tag("li", thing) for thing in things]
    return tag("ul", items) if items else tag("p", "None.")


def pairs(rows: Iterable[tuple[str, Content]]) -> Markup:
    """Names and what they stand for."""
    return tag("dl", [tag("div", tag("dt", name), tag("dd", value)) for name, value in rows])


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[Content]]) -> Markup:
    """A table whose columns are headed by `heads` and whose rows by their first cell."""
    body = [tag("tr", tag("th", row[0], scope="row"), [tag("td", cell) for cell in row[1:]]) for row in rows]
    return tag(
        "table",
        tag("caption", caption),
        tag("thead", tag("tr", [tag("th", head, scope="col") for head in heads])),
        tag("tbody", body),
    )


def link(address: str) -> Content:
    """`address` as a link when it is one of the web; else as the text it is."""
    return tag("a", address, href=address) if address.startswith("https://") else address


def section(title: Content, *content: Content, level: int = 2, anchor: str = "") -> Markup:
    """A part of a page under a heading of `level`."""
    named = {"id": anchor} if anchor else {}
    return tag("section", tag(f"h{level}", title), content, **named)


def page(title: str, *content: Content, foot: Content, kind: str) -> str:
    """A whole page, ending in a newline. `kind` is a class of the body, for the stylesheet."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=f"default-src 'none'; style-src 'sha256-{digest}'"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", Markup(STYLE)),
    )
    body = tag("body", tag("main", content), tag("footer", foot), class_=kind)
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en-GB').text}\n"
