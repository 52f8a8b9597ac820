"""What `broker policy` does with a folder of agreements: check, prove, why, reach, render, mutate. No database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from broker.actions.change_policy import differing_examples
from broker.errors import BadInput, Misconfigured
from broker.policy import words
from broker.policy.agreement import Agreement
from broker.policy.compile import compiled
from broker.policy.explain import Step, why_not
from broker.policy.interpret import Cell, Judgement, judge
from broker.policy.load import load_policies
from broker.policy.mutate import mutants, said, scored
from broker.policy.outcomes import cells
from broker.policy.packed import one_hot, unpack
from broker.policy.policies import Policies
from broker.policy.prove import Proof, prove
from broker.policy.reach import reach
from broker.policy.render import say
from broker.policy.render.render import WHAT, render
from broker.policy.space import plain, space
from broker.server import policy_files, read_policies

GOLDEN = "reach.golden.csv"
_WRONG = 1
_CAUGHT = 0.95
_SAMPLE = 20_000
_STEP = 2_654_435_761
"""A prime near the golden section of 2^32: its multiples fall evenly into any space."""
_SHORT = 16


@dataclass(frozen=True)
class Reader:
    """Whoever gave the command, with the way to show what was found."""

    as_json: bool

    def check(self, folder: Path) -> None:
        """The agreements load, their examples come out as written, and they are proven; ends with 1 if not."""
        files = policy_files(folder)
        found = load_policies(files)
        wrong = differing_examples(files, found)
        proofs = prove(found)
        broken = [proof for proof in proofs if not proof.holds]
        titles = {name: agreement.title for name, agreement in found.agreements.items()}
        shown = {"digest": found.digest, "agreements": titles, "examples": wrong, "broken": _said(broken)}
        told = [
            f"{len(titles)} agreements load, digest {found.digest[:_SHORT]}….",
            *map(_life, found.agreements.values()),
        ]
        told += [f"Example differs: {one}" for one in wrong]
        told += [f"Not so: {proof.id}: {proof.say}." for proof in broken]
        told += ["`broker policy prove` shows a case for each."] if broken else []
        told += (
            []
            if wrong or broken
            else [f"The examples come out as written, and all {len(proofs)} sentences are proven."]
        )
        self._print(shown, *told)
        _end(bool(wrong or broken))

    def prove(self, folder: Path) -> None:
        """Every sentence with whether it holds, and a case in which it does not; ends with 1 if there is one."""
        proofs = prove(read_policies(folder))
        broken = [proof for proof in proofs if not proof.holds]
        told = [f"{'proven' if proof.holds else 'NOT SO'}  {proof.id:<5} {proof.say}" for proof in proofs]
        for proof in broken:
            told += ["", f"{proof.id} is not so: {proof.say}.", f"  {_counterexample(proof)}"]
        told += ["", f"{len(proofs) - len(broken)} of {len(proofs)} sentences are proven for every request."]
        self._print({"proofs": _said(proofs)}, *told)
        _end(bool(broken))

    def why(self, folder: Path, asked: tuple[str, str, str], given: Iterable[str]) -> None:
        """What one request ends in, by what, and what would have to be otherwise."""
        policies = read_policies(folder)
        cell = _cell(policies, asked)
        facts = _facts(policies, given)
        made, steps = judge(policies, cell, facts), why_not(policies, cell, facts)
        shown = asdict(made) | {"facts": facts, "steps": [asdict(step) for step in steps]}
        self._print(shown, *_why(policies, cell, facts=facts, made=made, steps=steps))

    def reach(self, folder: Path, *, golden: bool) -> None:
        """The matrix, or the lines in which it differs from the one beside the agreements; then it ends with 1."""
        table = reach(read_policies(folder))
        if not golden:
            self._print({"reach": table.splitlines()}, table.rstrip("\n"))
            return
        before, after = _read(folder / GOLDEN).splitlines(), table.splitlines()
        gone = [line for line in before if line not in set(after)]
        new = [line for line in after if line not in set(before)]
        told = [*(f"- {line}" for line in gone), *(f"+ {line}" for line in new)]
        same = before == after
        self._print({"same": same, "gone": gone, "new": new}, *told or ["The matrix is the one beside the agreements."])
        _end(not same)

    def render(self, folder: Path, agreement: str, *, out: Path, what: Sequence[str]) -> None:
        """Writes the documents of one agreement, each a file."""
        policies = read_policies(folder)
        pages = {f"{agreement}.{one}.html": render(policies, agreement, what=one) for one in what or WHAT}
        out.mkdir(parents=True, exist_ok=True)
        for name, page in pages.items():
            (out / name).write_text(page, encoding="utf-8")
        self._print({"files": [str(out / name) for name in pages]}, *(f"Wrote {out / name}." for name in pages))

    def mutate(self, folder: Path, *, seed: int, most: int) -> None:
        """Who notices mistakes; ends with 1 when the diff misses one, or proofs and matrix together too many."""
        files = policy_files(folder)
        score = scored(files, islice(mutants(files, seed), most), is_equal=_decide_alike)
        told = [
            f"{score.made:,} mistakes were made, one at a time.",
            f"{len(score.refused):>6,} do not load",
            f"{len(score.equal):>6,} change no outcome",
            f"{score.semantic:>6,} change an outcome; of these",
            f"{len(score.seen_by_diff):>6,} are in the diff",
            f"{len(score.reached):>6,} change the matrix",
            f"{len(score.broken):>6,} do not, and break a proven sentence",
            f"{len(score.missed):>6,} are seen by nothing but the diff ({score.caught:.1%} are caught before it)",
        ]
        self._print(said(score), *told, *(f"  {one}" for one in score.missed))
        _end(len(score.seen_by_diff) < score.semantic or score.caught < _CAUGHT)

    def _print(self, shown: dict[str, Any], *told: str) -> None:
        console = Console(highlight=False, soft_wrap=True)
        if self.as_json:
            console.print_json(json.dumps(shown))
        else:
            console.print("\n".join(told), markup=False)


def _facts(policies: Policies, given: Iterable[str]) -> dict[str, str]:
    """The plain case with what is given otherwise. Raises `BadInput` for a fact or a value that there is not."""
    known = policies.vocabulary.facts
    facts = plain(policies.vocabulary)
    for one in given:
        name, _, value = one.partition("=")
        if name not in known:
            raise BadInput("fact-unknown", f"no such fact `{name[:40]}`", hint=f"use one of {', '.join(known)}")
        if value not in known[name].values:
            hint = f"use one of {', '.join(known[name].values)}"
            raise BadInput("fact-unknown", f"the fact `{name}` has no such value", hint=hint)
        facts[name] = value
    return facts


def _life(agreement: Agreement) -> str:
    """When an agreement counts, which the proofs take as given."""
    life = agreement.lifecycle
    when = f"from {say.date(life.effective_from)} until {say.date(life.expires)}"
    named = f"{agreement.id} {agreement.version}, {agreement.title}"
    return f"  {named}: {agreement.status}, {when}, to be reviewed by {say.date(life.review_by)}"


def _cell(policies: Policies, asked: tuple[str, str, str]) -> Cell:
    """Who asks, what for, what of. Raises `BadInput` for a word that there is not: its answer would be about nobody."""
    known = policies.vocabulary
    lists: tuple[Iterable[str], ...] = (known.roles, known.purposes, known.items)
    for one, kind, names in zip(asked, ("role", "purpose", "item"), lists, strict=True):
        if one not in names:
            near = get_close_matches(one, list(names), n=3) or list(names)
            raise BadInput("request-unknown", f"no such {kind} `{one[:80]}`", hint=f"use one of {', '.join(near)}")
    return Cell(*asked)


def _decide_alike(old: Policies, new: Policies) -> bool:
    """Whether the two end alike in a sample of requests, by the evaluator: the diff must not be its own judge."""
    some, size = cells(old), space(old.vocabulary).size
    for n in range(_SAMPLE):
        facts = unpack(old.vocabulary, n * _STEP % size)
        cell = some[n % len(some)]
        x, y = one_hot(old.vocabulary, facts), one_hot(new.vocabulary, facts)
        if compiled(old).judge(cell, x) != compiled(new).judge(cell, y):
            return False
    return True


def _why(
    policies: Policies, cell: Cell, *, facts: dict[str, str], made: Judgement, steps: Sequence[Step]
) -> Iterator[str]:
    vocabulary = policies.vocabulary
    yield f"{words.role(vocabulary, cell.role)}, {words.plain_words(cell.purpose)}: {words.item(vocabulary, cell.item)}"
    yield f"Where {words.facts(vocabulary, facts)}, it {words.level(vocabulary, made.level, made.obligations)}."
    clause = policies.clause(made.agreement, made.clause)
    if clause:
        yield f"{made.agreement}, clause {clause.id}: {clause.why}"
    meant = {rule.id: rule.because for rule in (*policies.rules, *policies.exceptions.get(made.agreement, ()))}
    meant |= {name: reason.text for name, reason in vocabulary.reasons.items()}
    yield from (f"{name}: {meant.get(name) or 'applies'}" for name in made.rules)
    yield from (f"{name}: lifted by emergency access" for name in made.lifted)
    if steps:
        yield "More would be seen:"
    yield from (f"  {step.say}: it {words.level(vocabulary, step.level)}" for step in steps)


def _said(proofs: Iterable[Proof]) -> list[dict[str, Any]]:
    return [
        {"id": proof.id, "say": proof.say, "holds": proof.holds, "counterexample": _counterexample(proof)}
        for proof in proofs
    ]


def _counterexample(proof: Proof) -> str:
    return proof.counterexample.words if proof.counterexample else ""


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        raise Misconfigured("file-unreadable", f"can't read {path}", hint="check the path") from None


def _end(is_wrong: bool) -> None:
    if is_wrong:
        raise typer.Exit(_WRONG)
