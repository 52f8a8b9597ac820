"""`make bench-policy`: every figure that the policy room promises, beside its limit and the machine's speed.

    python -m benchmarks.policy              all of it at full size, some twenty minutes
    python -m benchmarks.policy --quick      all of it small, in two minutes; limits are shown and not enforced
    python -m benchmarks.policy --only diff  one part: times, diff, replay, meanings, mutants

Times are CPU seconds, which an idle core takes; the wall's are beside, and the machine's speed at that time. The last
line is one JSON object; what is measured at full size is also left in `benchmarks/results/policy.json`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from rich.console import Console

from benchmarks.bars import Bar, bars
from benchmarks.machine import machine
from benchmarks.policy import analysis, code_suite, decisions, made_up, malformed, meanings, report
from benchmarks.policy.speed import loops_per_second
from broker.policy.load import load_policies
from broker.policy.mutate import mutants, said, scored
from broker.policy.policies import Policies

SEED = 2026
RESULTS = Path(__file__).parents[1] / "results" / "policy.json"
FULL = {
    "calls": 20_000, "views": 4_000, "big_views": 500, "rows": 100_000, "random": 1_000_000, "each": None,
    "cedar": 100_000, "malformed": 1_000_000, "mistakes": None, "code": None,
}  # fmt: skip
QUICK = {
    "calls": 2_000, "views": 200, "big_views": 30, "rows": 2_000, "random": 2_000, "each": 20, "cedar": 500,
    "malformed": 2_000, "mistakes": 10, "code": 20,
}  # fmt: skip
Figures = dict[str, dict[str, Any]]


def main() -> int:
    options = _options()
    console = Console(width=None if sys.stdout.isatty() else 110)
    size = QUICK if options.quick else FULL
    policies = load_policies(analysis.shipped())
    figures: Figures = {}
    with bars(console, width=22) as bar:
        for part, measure in _PARTS.items():
            if options.only in (None, part):
                before = loops_per_second()
                found = measure(policies, size, bar)
                speed = round((before + loops_per_second()) / 2e6, 1)
                figures |= {name: {**values, "million_loops_per_second": speed} for name, values in found.items()}
    held = report.limits(figures)
    report.show(console, figures, held)
    last = _last(figures, quick=options.quick)
    if not options.quick:
        # A part that is measured again takes the place of what was measured before.
        kept = json.loads(RESULTS.read_text(encoding="utf-8"))["figures"] if RESULTS.exists() else {}
        RESULTS.write_text(json.dumps(_last({**kept, **figures}, quick=False), indent=1) + "\n", encoding="utf-8")
    print(json.dumps(last))
    return 0 if last["holds"] or options.quick else 1


def _last(figures: Figures, *, quick: bool) -> dict[str, Any]:
    held = report.limits(figures)
    return {
        "benchmark": "policy", "quick": quick, "figures": figures, "limits": [limit.figures() for limit in held],
        "holds": all(limit.holds for limit in held), "machine": machine(),
    }  # fmt: skip


def _times(policies: Policies, size: dict[str, Any], bar: Bar) -> Figures:
    step = bar("timing decisions", 6)
    found: Figures = {}
    measured = (
        ("decision", decisions.judgements, policies, "calls"),
        ("front_door", decisions.decisions, policies, "calls"),
        ("view", decisions.views, policies, "views"),
        ("view_without_rows", decisions.views_without_rows, policies, "views"),
        ("why_not", decisions.why_nots, policies, "views"),
    )
    for name, measure, of, count in measured:
        found[name] = measure(of, size[count], rng=Random(SEED)).figures()
        step(1)
    many = load_policies(made_up.files())
    found["big_view"] = decisions.views(many, size["big_views"], rng=Random(SEED), items=150).figures()
    step(1)
    return found


def _diff(policies: Policies, size: dict[str, Any], bar: Bar) -> Figures:
    step = bar("analysing", 5)
    found: Figures = {}
    measured: tuple[tuple[str, Callable[..., dict[str, Any]], tuple[Any, ...]], ...] = (
        ("diff", analysis.diff_shipped, ()),
        ("big_diff", analysis.diff_made_up, ("with_one_change",)),
        ("largest_diff", analysis.diff_made_up, ("with_a_looser_protection",)),
        ("prove", analysis.prove_shipped, ()),
        ("activate", analysis.load_prove_swap, ()),
    )
    for name, work, arguments in measured:
        found[name] = analysis.alone(work, *arguments)
        step(1)
    found["prove"]["broken"] = len(found["prove"]["broken"])
    return found


def _replay(policies: Policies, size: dict[str, Any], bar: Bar) -> Figures:
    step = bar("replaying", 1)
    found = {"replay": analysis.alone(analysis.replay_rows, size["rows"], SEED)}
    step(1)
    return found


def _meanings(policies: Policies, size: dict[str, Any], bar: Bar) -> Figures:
    rng, each = Random(SEED), size["each"]
    classes = [meanings.size(axes) for _, axes in meanings.functions(policies)]
    whole = sum(classes) if each is None else sum(min(each, one) for one in classes)
    compared = {
        "random": meanings.agree(policies, size["random"], rng=rng, progress=bar("three meanings", size["random"])),
        "whole": meanings.agree_everywhere(policies, rng=rng, each=each, progress=bar("the whole space", whole)),
        "cedar": meanings.agree_with_cedar(policies, size["cedar"], rng=rng, progress=bar("Cedar", size["cedar"])),
    }
    found: Figures = {name: {"requests": one.requests, "mismatches": one.mismatches} for name, one in compared.items()}
    found["whole"]["functions"] = len(classes)
    fuzzed = malformed.fuzz(policies, size["malformed"], rng=rng, progress=bar("malformed", size["malformed"]))
    found["malformed"] = {"requests": fuzzed.requests, "undecided": fuzzed.undecided, "opened": fuzzed.opened}
    return found


def _mutants(policies: Policies, size: dict[str, Any], bar: Bar) -> Figures:
    files = analysis.shipped()
    chosen = list(islice(mutants(files, SEED), size["mistakes"]))
    step = bar("mistakes in policies", len(chosen))

    def each() -> Iterator[Any]:
        for one in chosen:
            yield one
            step(1)

    score = scored(files, each(), is_equal=_alike)
    told = said(score)
    told |= {"caught_percent": 100 * score.caught, "missed": len(told["missed"])}
    told["seen_by_diff_percent"] = 100 * told["seen_by_diff"] / max(score.semantic, 1)
    every = code_suite.every()
    code = every if size["code"] is None else Random(SEED).sample(every, size["code"])
    known = code_suite.cases(files, sets=16, each=150, seed=SEED)
    survived = code_suite.survivors(code, known, progress=bar("mistakes in the code", len(code)))
    killed = {"made": len(code), "killed_percent": 100 * (1 - len(survived) / len(code))}
    return {"policy_mutants": told, "code_mutants": {**killed, "survived": [str(one) for one in survived]}}


def _alike(old: Policies, new: Policies) -> bool:
    """Whether two sets decide alike, by the interpreter: the diff must not be its own judge."""
    return meanings.decide_alike(old, new, 4_000, rng=Random(SEED))


_PARTS = {"times": _times, "diff": _diff, "replay": _replay, "meanings": _meanings, "mutants": _mutants}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.policy", description="The figures of the policy room.")
    parser.add_argument("--only", choices=tuple(_PARTS), help="one part")
    parser.add_argument("--quick", action="store_true", help="all of it small; limits are shown and not enforced")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
