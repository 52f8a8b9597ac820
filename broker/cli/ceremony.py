"""`broker keys ceremony`: rehearses a whole life of keys, and checks a rehearsal that is kept.

    broker keys ceremony FOLDER            makes it: plan.md, roles.md, transcript.json and .sig, and a trust list
    broker keys ceremony --check FOLDER    makes it again, compares every byte, and verifies it from its first root

A real ceremony follows the same plan with the same commands, each custodian with their own key: docs/for/operators.md.
"""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from broker.cli import ceremonypages, keyfiles
from broker.cli.keychecks import checks
from broker.cli.rehearsal import NEEDED, Rehearsal, outputs
from broker.errors import Misconfigured, Untrusted
from broker.trustlist import transcript
from broker.trustlist.transcript import Step, Transcript
from broker.trustlist.verify import TrustList, open_trust_list

app = typer.Typer(no_args_is_help=True)
_VECTORS = "vectors/tokens.json"
_SIGNATURES = "transcript.sig"
_TRANSCRIPT = "transcript.json"


@app.command()
def ceremony(
    folder: Annotated[Path | None, typer.Argument(help="The folder to make; a passing one without it.")] = None,
    check: Annotated[Path | None, typer.Option(help="A rehearsal that is kept: make it again and compare.")] = None,
    date: Annotated[dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day it is made for.")] = None,
    vectors: Annotated[Path | None, typer.Option(help="The known answers for tokens, which then go with it.")] = None,
) -> None:
    """Rehearses a whole life of keys in under a minute, with software custodians; outputs are public."""
    began = time.monotonic()
    if check is not None:
        said = compared(check)
    else:
        day = date or keyfiles.now().replace(hour=0, minute=0, second=0)
        said = _made_somewhere(folder, day.replace(tzinfo=dt.UTC), _known_answers(vectors))
    keyfiles.told({}, [said, f"{time.monotonic() - began:.1f} s. No real key was used."], as_json=False)


def _known_answers(named: Path | None) -> bytes | None:
    """Those of the file; or of the source tree, where it is typed there; else none: nothing but a command is needed."""
    usual = Path("keys") / _VECTORS
    return _read(named or usual) if named or usual.is_file() else None


def rehearse(folder: Path, at: dt.datetime, vectors: bytes | None, *, shown: bool = False) -> Transcript:
    """Makes a rehearsal of that moment in `folder`, with the known answers `vectors`, and checks it."""
    if folder.exists() and any(folder.iterdir()):
        raise Misconfigured("folder-not-empty", f"there is something in {folder}", hint="name another folder")
    folder.mkdir(parents=True, exist_ok=True)
    Rehearsal(folder, at, vectors, told=_show if shown else _quiet).whole()
    made = transcript.check(_read(folder / _TRANSCRIPT), _read(folder / _SIGNATURES), needed=NEEDED)
    (folder / "plan.md").write_text(ceremonypages.plan(made), encoding="utf-8")
    (folder / "roles.md").write_text(ceremonypages.roles(made), encoding="utf-8")
    _verified(folder, made)
    return made


def compared(kept: Path) -> str:
    """Checks a kept rehearsal and makes it again. Raises `Untrusted` naming the first file that differs."""
    made = transcript.check(_read(kept / _TRANSCRIPT), _read(kept / _SIGNATURES), needed=NEEDED)
    at = dt.datetime.fromtimestamp(made.at, dt.UTC)
    listed = _verified(kept, made)
    with tempfile.TemporaryDirectory() as name:
        again = Path(name) / "again"
        rehearse(again, at, listed.target(_VECTORS) if _VECTORS in listed.targets else None)
        new, old = (_files(folder) for folder in (again, kept))
    for path in sorted(new.keys() | old.keys()):
        if new.get(path) != old.get(path):
            hint = "if that is meant: make it again with `broker keys ceremony`, and say why in the commit"
            raise Untrusted("ceremony-differs", f"{kept / path} is not what the rehearsal makes today", hint=hint)
    return f"{kept}: {len(made.steps)} steps verify, {len(old)} files come out byte for byte the same"


def _made_somewhere(folder: Path | None, at: dt.datetime, vectors: bytes | None) -> str:
    if folder is None:
        with tempfile.TemporaryDirectory() as name:
            made = rehearse(Path(name) / "rehearsal", at, vectors, shown=True)
        return f"{len(made.steps)} steps, all as they should be; nothing is kept"
    made = rehearse(folder, at, vectors, shown=True)
    return f"{len(made.steps)} steps, all as they should be: {folder}"


def _verified(folder: Path, made: Transcript) -> TrustList:
    """The trust list of a rehearsal as of its day, from its first root, with everything in it checked."""
    transcript.check_files(made, outputs(folder))
    at = dt.datetime.fromtimestamp(made.at, dt.UTC)
    with tempfile.TemporaryDirectory() as seen:
        listed = open_trust_list(folder, root=folder / "metadata" / "1.root.json", seen=Path(seen), now=at)
    wrong = [one for one in checks(listed) if not one.holds]
    if wrong or not listed.trust.rehearsal:
        said = f"{wrong[0].name}: {wrong[0].said}" if wrong else "its trust list is not a rehearsal's"
        raise Untrusted("ceremony-wrong", f"the rehearsal in {folder} does not hold: {said}")
    return listed


def _files(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise keyfiles.unreadable(path) from None


def _show(step: Step) -> None:
    made = f"  {len(step.files)} files" if step.files else ""
    keyfiles.console.print(f"{step.number:>2}. {step.what} ({', '.join(step.by)}){made}", markup=False, soft_wrap=True)


def _quiet(_: Step) -> None:
    return None
