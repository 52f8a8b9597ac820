"""`broker keys rotate WHAT STEP`: each key that changes without anybody else having to do anything, step by step.

    broker keys rotate k                 what the steps are, who does each, and in which order
    broker keys rotate k new --out F     one of them

A step that was done can be given again; one that broke off goes on. What happens between the steps, and what each party
could do wrong, is in docs/rotation.md.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from broker.cli.keyfiles import HERE, ROOT, Folder, Root, told
from broker.cli.rotationsteps import CUSTODIANS, STEPS, UNIT, Given, What, steps_of
from broker.errors import BadInput

app = typer.Typer(no_args_is_help=True)


@app.command()
def rotate(
    context: typer.Context,
    what: Annotated[What, typer.Argument(help="Which key.")],
    step: Annotated[str, typer.Argument(help="Which step; without one, what the steps are.")] = "",
    files: Annotated[list[Path] | None, typer.Argument(help="What the step before wrote.")] = None,
    out: Annotated[Path | None, typer.Option(help="The file, or for records the folder, to write.")] = None,
    folder: Folder = HERE,
    root: Root = ROOT,
) -> None:
    """Changes a key, one step at a time; without a step it says which there are and whose."""
    if not step:
        told({}, steps_of(what), as_json=False)
        return
    found = [one for one in STEPS[what] if one.name == step]
    if not found:
        named = ", ".join(dict.fromkeys(one.name for one in STEPS[what] if one.name))
        raise BadInput("step-unknown", f"`{what}` has no step `{step}`", hint=f"one of {named}")
    given = Given(what, step, tuple(files or ()), out, folder, root)
    if found[0].whose == CUSTODIANS:
        from broker.cli import rotatelisted

        rotatelisted.do(given)
    elif found[0].whose == UNIT:
        from broker.cli import rotateunit

        rotateunit.do(given)
    else:
        from broker.cli import rotations

        rotations.do(given, context)


@app.command()
def replace(
    name: Annotated[str, typer.Argument(help="handle, involvement, guess, or detail.")],
    yes: Annotated[bool, typer.Option("--yes", help="Without being asked.")] = False,
) -> None:
    """At the broker: a new secret in the place of one that nothing kept for long rests on. Then restart the broker."""
    from broker.cli import rotations

    cost = rotations.REPLACEABLE.get(name)
    if cost is None:
        named = ", ".join(rotations.REPLACEABLE)
        raise BadInput("secret-unknown", f"`{name}` can't be replaced", hint=f"only {named}; others are rotated")
    if not yes:
        typer.confirm(f"The old one is gone at once: {cost}. Go on?", abort=True)
    rotations.replace(name)
