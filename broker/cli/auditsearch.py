"""`broker audit search | entry | statistics`: the whole log, looked through by the operator.

Each is an event of the log itself.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, fields
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from broker.audit.sentence import Said, sentence
from broker.wire.audit_search import Hit
from broker.wire.london import in_london, zone

console = Console(highlight=False, soft_wrap=True)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
Text = Annotated[str, typer.Argument(help='What to search for, such as "org:council is:emergency after:2026-11-01".')]


def search(
    context: typer.Context,
    text: Text = "",
    pages: Annotated[int, typer.Option(min=1, max=1000, help="How many pages of 25.")] = 1,
    as_json: Json = False,
) -> None:
    """Finds look-ups and other events by who, why, what and when, the latest first."""
    from broker.actions.search_log import Officer, search_log
    from broker.cli.runs import operator_of

    parts, cursor, hits = operator_of(context, as_json).parts, None, list[Hit]()
    for _ in range(pages):
        found = search_log(parts, text, by=Officer(), cursor=cursor).value
        hits += found.hits
        if not as_json:
            for hit in found.hits:
                console.print(f"{hit.reference}  {in_words(hit, found.said)}", markup=False)
        cursor = found.more
        if cursor is None:
            break
    if as_json:
        console.print_json(json.dumps({"count": found.count, "hits": [one.model_dump() for one in hits]}))
    else:
        console.print(f"{len(hits):,} of {_count(found.count, found.most)}")


def entry(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="An answer's spoken reference, or an event's id.")],
    as_json: Json = False,
) -> None:
    """Opens one of them: what explains it, whether its decisions come out the same again, and its proof."""
    from broker.actions.search_log import Officer, open_entry
    from broker.audit.proof import parse_proof
    from broker.cli.runs import operator_of

    found = open_entry(operator_of(context, as_json).parts, name, by=Officer()).value
    if as_json:
        console.print_json(found.model_dump_json(exclude={"receipt"}))
        return
    proof = parse_proof(found.proof)
    size = proof.note.split("\n")[1]
    console.print(f"{found.hit.reference}  {in_words(found.hit, found.said)}", markup=False)
    console.print(f"explained by: {', '.join(found.hit.steps) or 'nothing'}", markup=False)
    if found.hit.missing:
        console.print(f"not explained: {', '.join(found.hit.missing)}", markup=False)
    console.print(f"its decisions made again under the same agreements: {found.decisions}")
    console.print(f"event {proof.index + 1} of {size} in the signed log", markup=False)


def statistics(
    context: typer.Context,
    by: Annotated[Literal["org", "purpose", "decision", "rule", "day"], typer.Option("--by", help="Counted by what.")],
    text: Text = "",
    as_json: Json = False,
) -> None:
    """Counts what a search finds by agency, purpose, decision, rule or day; small numbers too."""
    from broker.actions.search_log import Officer, count_matters
    from broker.cli.runs import operator_of

    found = count_matters(operator_of(context, as_json).parts, text, by=Officer(), values=by).value
    if as_json:
        console.print_json(json.dumps({"by": by, "counts": dict(found.counts)}))
        return
    for value, count in found.counts:
        console.print(f"{_count(count, found.most):>12}  {value}", markup=False)


def alerts(context: typer.Context, as_json: Json = False) -> None:
    """Reads on in the log, and puts look-ups into the queues of IG officers. For a timer, every few minutes."""
    from broker.actions.raise_alerts import raise_alerts
    from broker.cli.runs import operator_of

    done = raise_alerts(operator_of(context, as_json).parts)
    said = f"{done.looked:,} look-ups read, {done.raised:,} came into a queue"
    console.print_json(json.dumps(asdict(done))) if as_json else console.print(said)


def review_report(context: typer.Context, as_json: Json = False) -> None:
    """How the queues of IG officers stand, and what came of each rule's look-ups. Is logged itself."""
    from broker.actions.look_queue import review_report
    from broker.cli.runs import operator_of

    found = review_report(operator_of(context, as_json).parts).value
    if as_json:
        console.print_json(json.dumps(asdict(found)))
        return
    console.print(f"{found.waiting:,} look-ups wait, {found.overdue:,} of them overdue")
    for agency, count in found.agencies.items():
        console.print(f"{count:>12,}  {agency}", markup=False)
    table = Table("rule", "came in", "closed", "no fault", "outcomes")
    for row in found.rules:
        percent = "" if row.false_percent is None else f"{row.false_percent} %"
        outcomes = ", ".join(f"{name} {count}" for name, count in row.outcomes.items())
        table.add_row(row.rule, f"{row.raised:,}", f"{row.closed:,}", percent, outcomes)
    console.print(table)


def in_words(hit: Hit, words: dict[str, str]) -> str:
    """A hit as a sentence."""
    ours, at = ("at", "who", "words", "most", "zone"), in_london(dt.datetime.fromisoformat(hit.at))
    given = {one.name: getattr(hit, one.name) for one in fields(Said) if one.name not in ours}
    who = " and ".join(one for one in (*hit.others, hit.staff) if one)
    return sentence(Said(at.isoformat(), **given, who=who, words=words, zone=f" {zone(at)}"))


def _count(count: int, most: int) -> str:
    return f"{most:,} or more" if count >= most else f"{count:,}"
