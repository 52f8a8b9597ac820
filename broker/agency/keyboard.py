"""What a caseworker is asked at the keyboard, and where the answers come from when nobody sits there.

Nothing about the person is an argument: other users of a machine can see arguments. It is typed, or read from a file
or from standard input. What decides how much may be shown has no usual answer: it is said each time.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import typer

from broker.agency.inputs import read_file
from broker.agency.typed import QUESTIONS, read_about
from broker.errors import Misconfigured


def choose(option: str, given: str | None, *, question: str, answers: Mapping[str, str]) -> str:
    """The answer to a question that must be answered: what was given, or what is chosen at a terminal.

    `answers` maps each answer to its meaning. Raises `Misconfigured` for another one, and for none where nobody types.
    """
    names = tuple(answers)
    listed = f"{', '.join(names[:-1])} or {names[-1]}"
    if given is None and sys.stdin.isatty():
        typer.echo(question, err=True)
        for name, meaning in answers.items():
            typer.echo(f"  {name:<13} {meaning}", err=True)
        while given not in answers:
            given = typer.prompt(listed, err=True).strip().lower()
    if given is None or given not in answers:
        why = "is not said" if given is None else "is none of its answers"
        raise Misconfigured("option-invalid", f"{option} {why}", hint=f"say {option} {listed}")
    return given


def read_fields(about: str | None) -> dict[str, str]:
    """What is known of the person, by field: from a file, standard input (`-`), or the keyboard.

    Raises `BadInput` when a file is not of the form, `Misconfigured` when it can't be read.
    """
    if about not in (None, "-"):
        return read_about(read_file(Path(str(about))))
    if about == "-" or not sys.stdin.isatty():
        return read_about(sys.stdin.buffer.read())
    typer.echo("What do you know? Leave empty what you don't.", err=True)
    typed = {name: typer.prompt(text, default="", show_default=False, err=True) for name, text in QUESTIONS.items()}
    return {name: text for name, text in typed.items() if text.strip()}
