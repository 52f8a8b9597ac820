"""A strict reader of rendered pages: what must be balanced, ordered and headed is; and what somebody sees."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = frozenset({"br", "meta"})
# Elements that may hold flowing text only, never a block.
_PHRASING = frozenset({"p", "h1", "h2", "h3", "h4", "caption", "code", "span", "dt", "title", "a", "strong", "em"})
_BLOCKS = frozenset({"p", "div", "section", "article", "ul", "ol", "dl", "table", "h1", "h2", "h3", "h4", "footer"})
_INSIDE = {
    "li": {"ul", "ol"}, "dt": {"div"}, "dd": {"div"}, "tr": {"thead", "tbody"}, "th": {"tr"}, "td": {"tr"},
    "thead": {"table"}, "tbody": {"table"}, "caption": {"table"}, "head": {"html"}, "body": {"html"},
}  # fmt: skip
_ONLY = {
    "ul": {"li"}, "ol": {"li"}, "dl": {"div"}, "table": {"caption", "thead", "tbody"}, "thead": {"tr"},
    "tbody": {"tr"}, "tr": {"th", "td"}, "html": {"head", "body"},
}  # fmt: skip


class Page(HTMLParser):
    """What one page holds. `seen` is the visible text, piece by piece; `wrong` is everything that is amiss."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []
        self.seen: list[str] = []
        self.cells: list[list[int]] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self._open: list[str] = []
        self._ids: set[str] = set()
        self._level = 0
        if not text.startswith('<!DOCTYPE html>\n<html lang="en-GB">') or not text.endswith("</html>\n"):
            self.wrong.append("not a whole page in English")
        self.feed(text)
        self.close()
        self.wrong += [f"<{name}> is left open" for name in self._open]
        self.wrong += [f"no <{name}>" for name in ("title", "main", "h1", "footer") if name not in self.tags]
        self.wrong += ["more than one h1"] if self.tags.count("h1") > 1 else []

    @property
    def text(self) -> str:
        """All that a reader sees."""
        return "\n".join(self.seen)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._nesting(tag, self._open[-1] if self._open else "")
        self._attributes(tag, dict(attrs))
        if tag == "table":
            self.cells.append([])
        elif tag == "tr":
            self.cells[-1].append(0)
        elif tag in {"th", "td"}:
            self.cells[-1][-1] += 1
        if tag not in VOID:
            self._open.append(tag)

    def _nesting(self, tag: str, holder: str) -> None:
        if tag in _INSIDE and holder not in _INSIDE[tag]:
            self.wrong.append(f"<{tag}> in <{holder}>")
        if holder in _ONLY and tag not in _ONLY[holder]:
            self.wrong.append(f"<{tag}> straight in <{holder}>")
        if tag in _BLOCKS and any(name in _PHRASING for name in self._open):
            self.wrong.append(f"<{tag}> within text")
        if tag in {"h1", "h2", "h3", "h4"}:
            level = int(tag[1])
            self.wrong += [f"<{tag}> after h{self._level}"] if level > self._level + 1 else []
            self._level = level

    def _attributes(self, tag: str, given: dict[str, str | None]) -> None:
        if tag == "th" and given.get("scope") not in {"row", "col"}:
            self.wrong.append("a header without scope")
        name = given.get("id")
        if name is not None:
            self.wrong += [f"two ids {name}"] if name in self._ids else []
            self._ids.add(name)
        self.links += [given["href"] or ""] if "href" in given else []
        self.wrong += [f"attribute {one}" for one in given if one.startswith("on") or one in {"src", "style"}]

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.wrong.append(f"</{tag}> out of place")

    def handle_data(self, data: str) -> None:
        inside = self._open[-1] if self._open else ""
        if inside in _ONLY and data.strip():
            self.wrong.append(f"text straight in <{inside}>")
        if data.strip() and not {"style", "title"} & set(self._open):
            self.seen.append(data)

    def handle_comment(self, data: str) -> None:
        self.wrong.append("a comment")


def uneven(page: Page) -> list[list[int]]:
    """The tables whose rows have not all as many cells as their head."""
    return [rows for rows in page.cells if len(set(rows)) > 1]
