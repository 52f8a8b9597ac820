"""`broker linkage`: population runs, what they find, and a match model refitted to them.

    propose   terms for two people, and the list of records they are about       run.json  run.digests
    grant     their two signatures make a grant (each ran `broker-agency grant`)  run.grant.json
    run       makes it, or goes on with it; only sums are kept                    run.progress, until it has ended
    report    the figures of the last run
    refit     a training run, and a model that fits this place                    model.json

A run that stops for any reason goes on where it was when the same command is given again. What a command does is in
`runs`, imported when it is needed: `broker audit verify` works where no server is installed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Population runs under a grant of two people, and what they find.")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
Purpose = Annotated[str, typer.Option("--purpose", "-p", help="match_quality, model_training or programme_count.")]
GrantFile = Annotated[Path, typer.Option("--grant", help="The grant, with its list beside it.", dir_okay=False)]
Out = Annotated[Path, typer.Option("--out", help="The file to write.", dir_okay=False)]


@app.command()
def propose(
    context: typer.Context,
    purpose: Purpose,
    out: Out,
    source: Annotated[list[str] | None, typer.Option("--source", "-s", help="Of these sources only.")] = None,
    days: Annotated[int, typer.Option(help="How long the grant may be used.")] = 14,
    as_json: Json = False,
) -> None:
    """Writes terms for two people to sign, and the list of sealed envelopes that they are about."""
    from broker.cli.runs import operator_of

    operator_of(context, as_json).propose(purpose, out, sources=source or (), days=days)


@app.command()
def grant(
    context: typer.Context,
    terms: Annotated[Path, typer.Argument(help="The terms that `propose` wrote.", dir_okay=False)],
    signature: Annotated[list[Path], typer.Option("--signature", help="What a granter sent back; give it twice.")],
    as_json: Json = False,
) -> None:
    """Puts terms and two people's signatures together, if they hold."""
    from broker.cli.runs import operator_of

    operator_of(context, as_json).grant(terms, signature)


@app.command()
def run(context: typer.Context, grant: GrantFile, as_json: Json = False) -> None:
    """Makes a run, or goes on with one. The broker may serve meanwhile."""
    from broker.cli.runs import operator_of

    operator_of(context, as_json).run(grant)


@app.command()
def report(
    context: typer.Context,
    purpose: Purpose = "match_quality",
    html: Annotated[Path | None, typer.Option("--html", help="Write a page instead.", dir_okay=False)] = None,
    as_json: Json = False,
) -> None:
    """Shows the figures of the last run: overall, each agency and source, pairs, fields, what to mend."""
    from broker.cli.runs import operator_of

    operator_of(context, as_json).report(purpose, html)


@app.command()
def refit(context: typer.Context, grant: GrantFile, out: Out, as_json: Json = False) -> None:
    """Makes a training run and fits the match model to what it saw, without labels. Measure it before you use it."""
    from broker.cli.runs import operator_of

    operator_of(context, as_json).refit(grant, out)
