"""What `broker policy` does with a broker's database: agreements come into force, decisions are made again."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from broker.actions.change_policy import Activated, activate
from broker.actions.propose_policy import propose_policy
from broker.actions.read_decisions import lines, read_decisions
from broker.actions.signed_change import signed_changes
from broker.cli import proposals
from broker.cli.runs import Given
from broker.errors import BadInput, Conflict, Misconfigured, NotFound
from broker.parts import Parts, load_set
from broker.policy.diff import diff
from broker.policy.diff_text import tell
from broker.policy.policies import Policies
from broker.policy.policyset import proven
from broker.policy.replay import replay_all, simulate
from broker.policy.replayed import Differing, Replay, Shift, Simulation
from broker.server import policy_files, put_together, read_policies
from broker.settings import load_settings
from broker.store import auditread, policysets
from broker.wire.isoday import iso_day
from broker.wire.policy_change import PolicyChange

IN_FORCE = "in-force"
_BEGINNING = 8
_SHORT = 16
_NOT_SO = ("policy-not-proven", "example-differs", "diff-differs")
"""Nothing was used wrongly, but the agreements are not as they must be."""


@dataclass(frozen=True)
class Operator:
    """Whoever gave the command, with the way to the broker's parts and to show what was found."""

    given: Given
    as_json: bool

    def diff(self, old: str, new: str, *, log: Path | None) -> None:
        """Shows every outcome that changes; ends with 1 when the two are not the same."""
        before, after = self._set(old), self._set(new)
        found = diff(before, after)
        seen = simulate(_read_log(log), under=after) if log else None
        shown = found.as_json() | {"digest": found.digest}
        self._print(shown | ({"replay": _simulated(seen)} if seen else {}), tell(found, after.vocabulary).rstrip())
        if seen:
            self._tell_simulation(seen)
        _end(differs=before.digest != after.digest)

    def propose(self, new: str, out: Path, *, back: bool) -> None:
        """Writes what two people are to sign; ends with 1 when it is not fit to be."""
        files = self._files(new)
        try:
            made = propose_policy(self.given.parts(), files, back=back)
        except BadInput as error:
            _not_so(error)
        _write(out, [made.model_dump_json(indent=1)])
        shown = {"proposal": str(out), **made.terms.model_dump(mode="json")}
        self._print(shown, made.text.rstrip(), *proposals.told(made.terms, out))

    def activate(self, new: str, *, reviewed: str, signed: PolicyChange | None, asked: bool) -> None:
        """Puts a set in force, after asking; what is in force already is left as it is."""
        files = self._files(new)
        if not (asked or reviewed or signed):
            typer.confirm(f"Put the agreements in {new} in force now, for everybody?", abort=True, err=True)
        try:
            made = activate(self.given.parts(), files, reviewed=reviewed, signed=signed)
        except BadInput as error:
            _not_so(error)
        except Conflict as error:
            if error.code != "policy-in-force":
                raise
            digest = proven(files).digest
            self._print({"new": digest, "old": digest, "diff": None}, f"In force already: {digest[:_SHORT]}….")
            return
        self._print(_activated(made), *_told(made))

    def history(self, *, export: Path | None, since: str) -> None:
        """Shows what was in force and when, or writes the decisions to a file that only this user may read."""
        if export is not None:
            day = _day(since)
            parts = self.given.parts()
            found = read_decisions(parts, day, act="exported-decisions", what=day.isoformat())
            _write(export, lines(found))
            told = f"Wrote {found.total():,} decisions to {export}. They hold no names, and may still be recognised."
            self._print({"file": str(export), "decisions": found.total()}, told)
            return
        parts = self.given.parts()
        with parts.store.look() as connection:
            events, known = auditread.policy_events(connection), policysets.proven(connection)
            signed = signed_changes(parts, connection)
        wanted = [event for event in events if event["t"] >= _day(since).isoformat()]
        rows = [_row(event, known) | proposals.by(signed.get(event["id"])) for event in wanted]
        shown = [line for row in rows for line in _history(row)]
        self._print({"history": rows}, *(shown or ["Nothing has come into force here since then."]))

    def simulate(self, folder: Path | None, *, since: str) -> None:
        """Makes the logged decisions again; ends with 1 when any comes out otherwise."""
        if folder is None:
            self._replay(since)
            return
        under = read_policies(folder)
        rows = read_decisions(self.given.parts(), _day(since), act="simulated-policy", what=under.digest)
        found = simulate(rows.elements(), under=under)
        self._print(_simulated(found))
        self._tell_simulation(found)
        _end(differs=bool(found.changed or found.unreadable))

    def _replay(self, since: str) -> None:
        """Every decision under the agreements that it was made under."""
        day = _day(since)
        rows = read_decisions(self.given.parts(), day, act="recomputed-decisions", what=day.isoformat())
        found = replay_all(self._found, rows.elements())
        self._print({"sets": {digest: asdict(one) for digest, one in found.items()}})
        self._tell_replays(found)
        _end(differs=any(one.differing or one.elsewhere for one in found.values()))

    def _found(self, digest: str) -> Policies | None:
        try:
            return self._kept(digest)
        except NotFound:
            return None

    def _files(self, name: str) -> Mapping[str, str | bytes]:
        """The files of the set that is named: a folder, or one that once was in force."""
        if Path(name).is_dir():
            return policy_files(Path(name))
        with self.given.parts().store.look() as connection:
            return policysets.of(connection, self._set(name).digest).files

    def _set(self, name: str) -> Policies:
        """The set that is named: a folder, what is in force, or one that once was."""
        if Path(name).is_dir():
            return read_policies(Path(name))
        if name == IN_FORCE:
            parts = self.given.parts()
            with parts.store.look() as connection:
                return parts.at(connection).policies
        if len(name) >= _BEGINNING and set(name) <= set("0123456789abcdef"):
            return self._kept(name)
        hint = "name a folder, `in-force`, or at least 8 digits of a digest"
        raise Misconfigured("policies-missing", f"there are no agreements in {name}", hint=hint)

    def _kept(self, beginning: str) -> Policies:
        with self.given.parts().store.look() as connection:
            found = policysets.beginning_with(connection, beginning)
            if len(found) != 1:
                hint = "`broker policy history` lists them"
                raise NotFound("policy-unknown", "no agreements with this digest were ever in force here", hint=hint)
            return load_set(connection, found[0]).policies

    def _tell_simulation(self, found: Simulation) -> None:
        if self.as_json:
            return
        _console().print(f"Of {found.total:,} logged decisions {found.changed:,} come out otherwise.")
        if found.unreadable:
            _console().print(f"{found.unreadable:,} rows can't be read.")
        heads = ("", "role", "purpose", "item", "was", "is", "how many")
        self._table("Decisions that come out otherwise", heads, map(_shift, found.shifts))

    def _tell_replays(self, found: dict[str, Replay]) -> None:
        if self.as_json:
            return
        for digest, one in found.items():
            total = one.identical + one.differing
            said = f"{one.identical:,} of {total:,} decisions come out as they were written, to the last word"
            missing = f"; {one.elsewhere:,} were made under agreements that are not kept here" if one.elsewhere else ""
            _console().print(f"{digest[:_SHORT]}…  {said}{missing}.")
            heads = ("role", "purpose", "item", "was", "is", "what differs", "how many")
            self._table("Differing", heads, map(_differing, one.first))
        if not found:
            _console().print("No decision was logged.")

    def _table(self, title: str, heads: Sequence[str], rows: Iterable[tuple[str, ...]]) -> None:
        table = Table(*heads, title=title, title_justify="left")
        for row in rows:
            table.add_row(*row)
        if table.row_count:
            _console().print(table)

    def _print(self, shown: dict[str, Any], *told: str) -> None:
        if self.as_json:
            _console().print_json(json.dumps(shown))
        elif told:
            _console().print("\n".join(told), markup=False)


def operator_of(context: typer.Context, as_json: bool, *, changing: str = "") -> Operator:
    """The operator of a command; `changing` is the set that is to come into force, in case nothing else can be."""
    given = context.find_object(Given)
    folder = Path(changing) if changing and Path(changing).is_dir() else None
    return Operator(given or Given(cache(lambda: _put_together(folder))), as_json)


def _put_together(changing: Path | None) -> Parts:
    proposed = proven(policy_files(changing)) if changing is not None else None
    return put_together(load_settings(), proposed=proposed)


def _read_log(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            yield from (line for line in map(bytes.strip, file) if line)
    except OSError:
        raise Misconfigured("file-unreadable", f"can't read {path}", hint="check the path") from None


def _write(path: Path, rows: Iterable[str]) -> None:
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Misconfigured("file-exists", f"{path} exists already", hint="move it away first") from None
    with os.fdopen(number, "w", encoding="utf-8") as file:
        file.writelines(f"{row}\n" for row in rows)


def _not_so(error: BadInput) -> NoReturn:
    """Ends with 1 for agreements that are not as they must be; any other error is one."""
    if error.code not in _NOT_SO:
        raise error
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"{error} [{error.code}]", markup=False)
    raise typer.Exit(1) from None


def _day(text: str) -> dt.date:
    return iso_day(text, field="since") if text else dt.date(2000, 1, 1)


def _row(event: Mapping[str, str], known: Mapping[str, tuple[int, str]]) -> dict[str, Any]:
    """One line of the history."""
    digest = event["new"]
    return {
        "from": event["t"],
        "digest": digest,
        "old": event.get("old", ""),
        "diff": event.get("diff", ""),
        "software": known[digest][1] if digest in known else "",
    }


def _history(row: Mapping[str, Any]) -> Iterator[str]:
    """The same, for people."""
    way = "back in place of" if row["act"] == "back" else "in place of"
    old = f", {way} {row['old'][:_SHORT]}" if row["old"] else ""
    proven_by = f", proven by version {row['software']}" if row["software"] else ""
    yield f"{row['from'][:19]}Z  {row['digest'][:_SHORT]}{old}{proven_by}"
    if row["diff"]:
        yield f"    what changed: {row['diff']}"
    if row["signed"]:
        yield f"    signed by {' and '.join(row['signed'])}"


def _activated(made: Activated) -> dict[str, Any]:
    changes = made.changes
    return {
        "new": made.new,
        "old": made.old,
        "diff": changes.digest if changes else None,
        "changed": changes.total if changes else None,
    }


def _told(made: Activated) -> Iterator[str]:
    yield f"In force now: {made.new[:_SHORT]}…, in place of {made.old[:_SHORT] + '…' if made.old else 'none'}."
    if made.changes:
        yield f"Of {made.changes.requests:,} requests {made.changes.total:,} end differently: {made.changes.digest}"
    elif made.old:
        yield "What was in force can't be read any more, so nothing was compared."
    yield "Every process takes it up at its next request; what has begun ends as it began."


def _simulated(found: Simulation) -> dict[str, Any]:
    shifts = [asdict(one) | {"opens": one.opens} for one in found.shifts]
    return {"total": found.total, "changed": found.changed, "unreadable": found.unreadable, "shifts": shifts}


def _shift(one: Shift) -> tuple[str, ...]:
    duties = [*(f"+{name}" for name in one.added), *(f"-{name}" for name in one.dropped)]
    after = f"{one.after} {' '.join(duties)}".rstrip()
    return "OPENS" if one.opens else "", one.role, one.purpose, one.item, one.before, after, f"{one.count:,}"


def _differing(one: Differing) -> tuple[str, ...]:
    what = ", ".join(one.fields) or "can't be read"
    return one.role, one.purpose, one.item, one.before, one.after, what, f"{one.count:,}"


def _end(*, differs: bool) -> None:
    if differs:
        raise typer.Exit(1)


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True)
