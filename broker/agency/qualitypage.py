"""The quality report as one page of HTML that works offline: no script, no picture, nothing loaded, no values."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from broker.agency.quality import Quality

_MOST_LISTED = 500

_CSS = """
body{font:16px/1.5 system-ui,sans-serif;color:#0b0c0c;max-width:60rem;margin:0 auto;padding:1rem}
h1{font-size:1.75rem;margin:.5rem 0}h2{font-size:1.25rem;margin:2rem 0 .5rem}
table{border-collapse:collapse;width:100%}caption{text-align:left;color:#505a5f;padding:.25rem 0}
th,td{text-align:left;padding:.35rem .75rem .35rem 0;border-bottom:1px solid #b1b4b6;vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.bar{display:flex;height:.9rem;min-width:10rem;background:#f3f2f1}.bar i{display:block}
.v{background:#00703c}.p{background:#ffdd00}.i{background:#d4351c}
.finding{border-left:5px solid #1d70b8;padding:.25rem .75rem;margin:.5rem 0;background:#f3f2f1}
.key{color:#505a5f}@media print{body{max-width:none}}
"""


def to_html(quality: Quality) -> str:
    """The report as a page; everything that comes from the file or the mapping is escaped."""
    parts = [
        f"<h1>Quality of the {escape(quality.source)} file</h1>",
        f"<p>{quality.rows:,} rows can be sent, {quality.rejected:,} can’t. Nothing has been sent.</p>",
        *(f'<p class="finding">{escape(finding)}</p>' for finding in quality.findings),
        _facts(quality),
        _fields(quality),
        _match_keys(quality),
        _reasons("Rows that can’t be sent", quality.rejects_by_reason.items()),
        _listing("Rows to mend", ((reject.row, reject.field, reject.reason) for reject in quality.rejects)),
        _listing("Values left out", ((note.row, note.field, note.reason) for note in quality.warnings)),
    ]
    body = "\n".join(part for part in parts if part)
    return _PAGE.format(title=f"Quality of the {escape(quality.source)} file", css=_CSS, body=body)


_PAGE = """<!doctype html>
<html lang="en-GB">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>{css}</style></head>
<body><main>
{body}
</main></body>
</html>
"""


def _table(caption: str, header: Iterable[str], rows: Iterable[str]) -> str:
    top = "".join(f'<th scope="col">{escape(name)}</th>' for name in header)
    head = f"<caption>{escape(caption)}</caption><thead><tr>{top}</tr></thead>"
    return f"<table>{head}<tbody>{''.join(rows)}</tbody></table>"


def _row(name: object, *cells: str) -> str:
    return f'<tr><th scope="row">{escape(str(name))}</th>{"".join(cells)}</tr>'


def _number(number: int) -> str:
    return f'<td class="n">{number:,}</td>'


def _text(text: str) -> str:
    return f"<td>{escape(text)}</td>"


def _facts(quality: Quality) -> str:
    facts = quality.facts
    rows = [
        _row("Encoding", _text(facts.encoding)),
        _row("Cells are separated by", _text(facts.delimiter)),
        _row("Rows", _text(f"{facts.data_rows:,}")),
        _row("Delivery", _text(quality.delivery)),
        _row("People with a protection", _text(f"{quality.protected:,}")),
        _row("People with another name, postcode or number too", _text(f"{quality.other_values:,}")),
        _row("Columns that are not used", _text(", ".join(facts.ignored) or "none")),
        *(_row(f"Dates in {column}", _text(order)) for column, order in facts.orders.items() if order != "none"),
    ]
    return "<h2>What was found</h2>" + _table("Told from the file itself", ("What", "Found"), rows)


def _bar(*shares: tuple[str, float]) -> str:
    """A bar of coloured parts, each a percentage; the numbers stand beside it, so it is hidden from screen readers."""
    inside = "".join(f'<i class="{kind}" style="width:{share:.1f}%"></i>' for kind, share in shares)
    return f'<td><span class="bar" aria-hidden="true">{inside}</span></td>'


def _fields(quality: Quality) -> str:
    rows = []
    for name, counts in quality.fields.items():
        percent = 100 / max(1, counts.held + counts.blank)
        shares = (("v", counts.valid), ("p", counts.placeholder), ("i", counts.invalid))
        numbers = "".join(_number(count) for count in (counts.valid, counts.placeholder, counts.invalid, counts.blank))
        rows.append(_row(name, numbers, _bar(*((kind, count * percent) for kind, count in shares))))
    header = ("Field", "Usable", "Made up", "Wrong", "Blank", "Share")
    caption = "Green is usable, yellow stands for nothing (such as 01/01/1900), red is wrong and left out"
    return "<h2>Who the rows are about</h2>" + _table(caption, header, rows)


def _match_keys(quality: Quality) -> str:
    if not quality.match_keys:
        return ""
    percent = 100 / max(quality.match_keys.values())
    rows = [_row(keys, _number(count), _bar(("v", count * percent))) for keys, count in quality.match_keys.items()]
    caption = "The more ways a row can be found, the surer its person is recognised elsewhere"
    return "<h2>Ways of being found</h2>" + _table(caption, ("Match keys", "Rows", "Share"), rows)


def _reasons(title: str, reasons: Iterable[tuple[str, int]]) -> str:
    rows = [_row(reason, _number(count)) for reason, count in reasons]
    return f"<h2>{title}</h2>" + _table("By reason", ("Reason", "Rows"), rows) if rows else ""


def _listing(title: str, entries: Iterable[tuple[int, str, str]]) -> str:
    listed = list(entries)
    if not listed:
        return ""
    rows = [_row(number, _text(name), _text(reason)) for number, name, reason in listed[:_MOST_LISTED]]
    caption = "Row numbers are those of the file; values are not shown"
    more = f'<p class="key">and {len(listed) - _MOST_LISTED:,} more</p>' if len(listed) > _MOST_LISTED else ""
    return f"<h2>{title}</h2>" + _table(caption, ("Row", "Field", "Reason"), rows) + more
