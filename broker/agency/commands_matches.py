"""`matches`: what the broker gives back about our own records after a match-quality run, under our own references.

    csc    C-2041: 3 other services hold another date of birth, 1 the same
    ed     P-0007: the person is here once more in the same service; check the NHS number: a certain match has another

How many other services, never which, and never what they hold. Every line counts as a question of today.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from broker.agency import pseudonyms
from broker.agency.exits import Exit
from broker.agency.options import HERE, AsJson, Folder, MappingFile, edges_of, workspace_in
from broker.agency.posting import Post, open_post
from broker.agency.receipts import check_matches
from broker.agency.screen import Screen, rows
from broker.errors import BadInput, QuotaReached, Untrusted
from broker.wire.fields import parse
from broker.wire.quality import MatchPage, MatchRow

PATH = "/v1/quality/"
Exports = Annotated[
    list[Path] | None, typer.Argument(help="Your own exports, by which records get their references back.")
]
FromPage = Annotated[int, typer.Option("--page", min=1, help="Begin here, where today's allowance ended yesterday.")]

_FIELDS = {
    "forename": "forename",
    "surname": "surname",
    "birth": "date of birth",
    "nhs": "NHS number",
    "nino": "National Insurance number",
    "upn": "pupil number",
    "sex": "sex",
    "middle": "middle name",
    "birth_place": "place of birth",
}
_HERE = {"one": "once more in the same service", "several": "several times more in the same service"}


def matches(
    context: typer.Context,
    exports: Exports = None,
    mapping: MappingFile = None,
    page: FromPage = 1,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Shows where other services hold something else about your records, without saying which service, or what."""
    edges = edges_of(context)
    screen, post = Screen(json), open_post(workspace_in(workspace, edges), edges)
    names = _names(post, exports or [], mapping)
    pages: list[MatchPage] = []
    end: QuotaReached | None = None
    try:
        for one in _pages(post, page):
            pages.append(one)
    except QuotaReached as quota:
        end = quota
    if end is not None and not pages:
        raise end
    found = [row for one in pages for row in one.rows]
    notes = [
        f"Page {one.page} of {one.pages} was the last for today: go on with --page {one.page + 1}."
        for one in pages[-1:]
        if end
    ]
    content = {"rows": [_content(row, names) for row in found], "next_page": pages[-1].page + 1 if end else None}
    screen.result(content, [*(_line(row, names) for row in found), f"{rows(len(found))} differ from others.", *notes])
    return Exit.TEMPORARY if end else Exit.ACCEPTED


def _pages(post: Post, first: int) -> Iterator[MatchPage]:
    """The pages from `first` on, each checked against the audit log before it is believed."""
    number, last = first, first
    with post.broker() as broker:
        while number <= last:
            try:
                page = parse(MatchPage, broker.send("GET", f"{PATH}{number}"))
            except BadInput as error:
                if error.code != "schema-invalid":
                    raise
                raise Untrusted("answer-malformed", "the broker's answer is not of the agreed form") from None
            check_matches(page, post.trust, agency=post.workspace.agency)
            yield page
            number, last = number + 1, page.pages


def _names(post: Post, exports: Sequence[Path], mapping: Path | None) -> dict[tuple[str, bytes], str]:
    """Our own references of the records in `exports`, by source and pseudonym."""
    found: dict[tuple[str, bytes], str] = {}
    for path in exports:
        table = post.read(path, mapping).table
        source, key = table.mapping.source, post.reference_key()
        found |= {(source, pseudonyms.reference(key, source, ref=row.ref)): row.ref for row in table.rows}
    return found


def _content(row: MatchRow, names: dict[tuple[str, bytes], str]) -> dict[str, Any]:
    plain = row.model_dump(mode="json")
    return {"reference": names.get((row.source, row.ref)), **plain}


def _line(row: MatchRow, names: dict[tuple[str, bytes], str]) -> str:
    said = [_differs(one.field, one.other, one.same) for one in row.fields]
    said += [f"the person is here {_HERE[row.duplicates]}"] if row.duplicates in _HERE else []
    said += [f"check the {_FIELDS[one]}: a certain match has another" for one in row.identifiers]
    name = names.get((row.source, row.ref), f"({row.ref.hex()[:12]}…, not in the files given)")
    return f"{row.source:<6} {name}: " + "; ".join(said)


def _differs(field: str, other: int, same: int) -> str:
    who = "1 other service holds" if other == 1 else f"{other} other services hold"
    agree = f", {same} the same" if same else ""
    return f"{who} another {_FIELDS.get(field, field)}{agree}"
