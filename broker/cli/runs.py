"""What `broker linkage` does: the files of a population run, its progress, and how its figures are shown."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from broker.actions.propose_run import propose_run
from broker.actions.run_blocks import TRAINING, Ended, Progress, run_blocks
from broker.cli.report import page, terminal, title
from broker.errors import BadInput, Misconfigured, NotFound
from broker.keys.granting import grant_of
from broker.linkage import em
from broker.parts import Parts
from broker.policy.days import london_date
from broker.server import put_together
from broker.settings import load_settings
from broker.store import runs
from broker.store.runfile import RunFile
from broker.store.runs import LastRun
from broker.wire.comparison import ENVELOPES
from broker.wire.fields import parse
from broker.wire.grant import Grant, GrantSignature, GrantTerms

_LINES = 20
"""Without a terminal, progress is so many lines."""


@dataclass(frozen=True)
class Given:
    """How commands come by the broker's parts when not by the settings in BROKER_*: `typer`'s context object."""

    parts: Callable[[], Parts]


@dataclass(frozen=True)
class Operator:
    """Whoever gave the command, with the broker's parts and the way to show what was found."""

    parts: Parts
    as_json: bool

    def propose(self, purpose: str, out: Path, *, sources: Sequence[str], days: int) -> None:
        """Writes terms and the list that they are about."""
        terms, digests = propose_run(self.parts, purpose, sources=sources, days=days)
        out.write_text(terms.model_dump_json(indent=1) + "\n", encoding="utf-8")
        listed = beside(out, "digests")
        listed.write_text("".join(f"{digest.hex()}\n" for digest in digests), encoding="ascii")
        shown = {"terms": str(out), "digests": str(listed), "records": terms.count, "openings": terms.openings}
        self._print(
            shown,
            f"{terms.count:,} records, at most {terms.openings:,} openings.",
            f"Send {out} and {listed} to two granters; each runs `broker-agency grant`.",
        )

    def grant(self, terms: Path, signatures: Sequence[Path]) -> None:
        """Writes the grant that terms and two signatures make."""
        asked = parse(GrantTerms, _read(terms))
        made = grant_of(asked, [parse(GrantSignature, _read(one)) for one in signatures], trust=self.parts.trust)
        out = beside(terms, "grant.json")
        out.write_text(made.model_dump_json(indent=1) + "\n", encoding="utf-8")
        self._print({"grant": str(out)}, f"Wrote {out}: `broker linkage run --grant {out}`.")

    def run(self, grant: Path) -> None:
        """Makes the run of a grant and shows its figures."""
        self._show(self._made(grant).run)

    def report(self, purpose: str, html: Path | None) -> None:
        """Shows the figures of the last run for a purpose, or writes them as a page."""
        with self.parts.store.look() as connection:
            last = runs.last(connection, purpose)
        if last is None:
            hint = "begin with `broker linkage propose`"
            raise NotFound("run-none", "there has been no run for this purpose", hint=hint)
        if html is None:
            self._show(last)
            return
        html.write_text(page(last), encoding="utf-8")
        self._print({"page": str(html)}, f"Wrote {html}.")

    def refit(self, grant: Path, out: Path) -> None:
        """Makes a training run and writes the model that fits it."""
        if parse(Grant, _read(grant)).terms.purpose != TRAINING:
            raise BadInput("grant-purpose", f"the grant is not for `{TRAINING}`")
        if out.exists():
            raise Misconfigured("file-exists", f"{out} exists already", hint="move it away first")
        levels, seen = em.patterns_of(self._made(grant).counts)
        before, place = self.parts.model, self.parts.trust.place
        on = london_date(self.parts.now()).isoformat()
        trained_on = f"{before.trained_on}; refitted to {int(seen.sum())} pairs of {place} on {on}"
        found = em.refit(before, levels, seen, trained_on=trained_on)
        data = found.model.to_json()
        out.write_bytes(data)
        digest, version = hashlib.sha256(data).hexdigest(), found.model.version
        gain = (found.likelihood[-1] - found.likelihood[0]) / found.pairs
        self._print(
            {"model": str(out), "version": version, "pairs": found.pairs, "sha256": digest},
            f"Wrote {out}, version {version}, from {found.pairs:,} pairs in {len(found.likelihood)} rounds;",
            f"a pair is {gain:.4f} nats likelier than under version {before.version}.",
            "Measure it on labelled data. Then give it to broker and linkage unit (BROKER_MODEL, LINKUNIT_MODEL),",
            f'and put "model": "{digest}" on the trust list.',
        )

    def _made(self, path: Path) -> Ended:
        """The run of the grant at `path`, from wherever it is to its end."""
        granted = parse(Grant, _read(path))
        digests = _digests(beside(path, "digests"))
        progress = beside(path, "progress")
        with closing(RunFile(progress, granted.terms.id)) as file, _progress(granted.terms.count) as tell:
            return run_blocks(self.parts, granted, digests=digests, file=file, progress=tell)

    def _show(self, last: LastRun) -> None:
        self._print({"purpose": last.purpose, "ended": last.ended, **last.figures}, title(last))
        if not self.as_json:
            for table in terminal(last.figures):
                _console().print(table)

    def _print(self, shown: dict[str, Any], *lines: str) -> None:
        if self.as_json:
            _console().print_json(json.dumps(shown))
        else:
            _console().print("\n".join(lines), markup=False)


def operator_of(context: typer.Context, as_json: bool) -> Operator:
    """The operator of a command. Raises `Misconfigured` when the broker can't be put together."""
    given = context.find_object(Given)
    return Operator(given.parts() if given else put_together(load_settings()), as_json)


def beside(path: Path, ending: str) -> Path:
    """The file that belongs to `path`: `run.json` and `run.grant.json` both have `run.digests` and `run.progress`."""
    return path.parent / f"{path.name.partition('.')[0]}.{ending}"


@contextmanager
def _progress(total: int) -> Iterator[Progress]:
    """A bar on a terminal; plain lines in a nightly job."""
    console = Console(stderr=True, highlight=False)
    if not sys.stderr.isatty():
        step = max(1, total // _LINES)

        def line(done: int, of: int) -> None:
            if done % step == 0 or done == of:
                console.print(f"{done:,} of {of:,} records, {ENVELOPES * done:,} openings")

        yield line
        return
    columns = (TextColumn("Comparing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda done, of: bar.update(task, completed=done)


def _digests(path: Path) -> Sequence[bytes]:
    try:
        return [bytes.fromhex(line) for line in _read(path).decode("ascii").split()]
    except ValueError:
        raise BadInput("digests-invalid", f"{path} is not a list of SHA-256 digests in hex") from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise Misconfigured("file-unreadable", f"can't read {path}", hint="check the path") from None


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True)
