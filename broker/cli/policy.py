"""`broker policy`: agreements are checked, compared, proven, explained, rendered, and come into force.

    check     a folder loads, its examples come out as written, its sentences are proven
    prove     every sentence of invariants.yaml holds of every request, or here is one of which it does not
    diff      every outcome that changes, exactly; and of the decisions in a file, those that would have
    why       what one request ends in and why, and what would have to be otherwise to see more
    reach     who reaches what in the plain case, as a table
    render    an agreement as documents for people
    mutate    mistakes are made on purpose, to see that they would be noticed
    propose   a change as a file for the two people who are to sign it
    activate  a folder comes into force while the broker runs
    history   what was in force, when, and who signed for it; the decisions made under it, as a file
    simulate  the decisions that were logged, made again: as they were, or under a folder

A set of agreements is named by its folder, as `in-force`, or by the beginning of its digest. Exit codes: 0 all is well,
1 something differs or is not proven, 2 wrong use. What a command does is in `cli_agreements` and `cli_activation`,
imported when needed: `broker audit verify` works where no server is installed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Agreements: checked, compared, proven, explained, and put in force.")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
Folder = Annotated[Path, typer.Argument(help="The folder of the agreements.")]
FolderOption = Annotated[Path, typer.Option("--folder", help="The folder of the agreements.")]
SetName = Annotated[str, typer.Argument(help="A folder, `in-force`, or the beginning of a digest.")]
Since = Annotated[str, typer.Option("--since", help="From this day on, as 2026-11-01; without it, from the beginning.")]


@app.command()
def check(folder: Folder = Path("policies"), as_json: Json = False) -> None:
    """Loads the agreements in a folder; names the file and the line of what is wrong."""
    from broker.cli.agreements import Reader

    Reader(as_json).check(folder)


@app.command()
def prove(folder: Folder = Path("policies"), as_json: Json = False) -> None:
    """Proves every sentence of invariants.yaml over all requests there can be, or shows one of which it is not true."""
    from broker.cli.agreements import Reader

    Reader(as_json).prove(folder)


@app.command()
def why(
    role: Annotated[str, typer.Argument(help="Who asks: `council.keyworker`.")],
    purpose: Annotated[str, typer.Argument(help="What for: `early_help`.")],
    item: Annotated[str, typer.Argument(help="What of: `ed.attendance`.")],
    fact: Annotated[list[str] | None, typer.Option("--fact", help="`risk=none`; the others are plain.")] = None,
    folder: FolderOption = Path("policies"),
    as_json: Json = False,
) -> None:
    """Says what a request ends in, by which clause and rules, and what would have to be otherwise to see more."""
    from broker.cli.agreements import Reader

    Reader(as_json).why(folder, (role, purpose, item), fact or ())


@app.command()
def reach(
    folder: Folder = Path("policies"),
    golden: Annotated[bool, typer.Option("--golden", help="Compare with reach.golden.csv in the folder.")] = False,
    as_json: Json = False,
) -> None:
    """Prints who reaches what: role, purpose and item, with the level."""
    from broker.cli.agreements import Reader

    Reader(as_json).reach(folder, golden=golden)


@app.command()
def render(
    agreement: Annotated[str, typer.Argument(help="The agreement's id: `ISA-2026-001`.")],
    out: Annotated[Path, typer.Option("--out", help="The folder to write to.", file_okay=False)],
    what: Annotated[list[str] | None, typer.Option("--what", help="Which documents; without it, all.")] = None,
    folder: FolderOption = Path("policies"),
    as_json: Json = False,
) -> None:
    """Writes an agreement's documents as HTML: agreement, ropa, dpia, register, notice, card."""
    from broker.cli.agreements import Reader

    Reader(as_json).render(folder, agreement, out=out, what=what or ())


@app.command()
def mutate(
    folder: Folder = Path("policies"),
    seed: Annotated[int, typer.Option("--seed", help="Another number makes other mistakes.")] = 1,
    most: Annotated[int, typer.Option("--most", min=1, help="At most so many.")] = 100,
    as_json: Json = False,
) -> None:
    """Makes mistakes in the agreements on purpose and counts who notices: loading, proofs, the matrix, the diff."""
    from broker.cli.agreements import Reader

    Reader(as_json).mutate(folder, seed=seed, most=most)


@app.command()
def diff(
    context: typer.Context,
    old: SetName,
    new: SetName,
    log: Annotated[Path | None, typer.Option("--replay", help="Decisions that `history --export` wrote.")] = None,
    as_json: Json = False,
) -> None:
    """Lists every outcome that changes from OLD to NEW, plain cases first, for an IG officer to sign."""
    from broker.cli.activation import operator_of

    operator_of(context, as_json).diff(old, new, log=log)


@app.command()
def propose(
    context: typer.Context,
    new: SetName,
    out: Annotated[Path, typer.Option("--out", help="The file to write.", dir_okay=False)],
    back: Annotated[bool, typer.Option("--back", help="It goes back to what was in force before.")] = False,
    as_json: Json = False,
) -> None:
    """Writes a change of agreements for two people to sign: all that changes, and what it would have changed."""
    from broker.cli.activation import operator_of

    operator_of(context, as_json, changing=new).propose(new, out, back=back)


@app.command()
def activate(
    context: typer.Context,
    new: SetName,
    proposal: Annotated[Path | None, typer.Option("--proposal", help="What two people signed.")] = None,
    signature: Annotated[list[Path] | None, typer.Option("--signature", help="Of each of the two.")] = None,
    reviewed: Annotated[str, typer.Option("--diff", help="The digest of the diff that was agreed to.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Puts agreements in force, at once and for every process. The broker may serve meanwhile.

    In a live place with granters it takes a proposal that two of them signed.
    """
    from broker.cli.activation import operator_of
    from broker.cli.proposals import read_signed

    signed = read_signed(proposal, signature or ()) if proposal or signature else None
    operator = operator_of(context, as_json, changing=new)
    operator.activate(new, reviewed=reviewed, signed=signed, asked=yes or as_json)


@app.command()
def history(
    context: typer.Context,
    export: Annotated[Path | None, typer.Option("--export", help="Write the decisions to this file.")] = None,
    since: Since = "",
    as_json: Json = False,
) -> None:
    """Shows what was in force and when. With --export it writes the logged decisions, which is an event of the log."""
    from broker.cli.activation import operator_of

    operator_of(context, as_json).history(export=export, since=since)


@app.command()
def simulate(
    context: typer.Context,
    folder: Annotated[Path | None, typer.Argument(help="Under these; without it, under what each was made.")] = None,
    since: Since = "",
    as_json: Json = False,
) -> None:
    """Makes every logged decision again and says which come out otherwise. Reading them is an event of the log."""
    from broker.cli.activation import operator_of

    operator_of(context, as_json).simulate(folder, since=since)
