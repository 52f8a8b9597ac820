"""Attack 1: graph matching, on the control and on all that a dump and a live broker hold.

    control      CLK filters of 1,000 people: the attack must name >= 95 %, or nothing below means anything
    control      one token for each field: what structure must name, or the bound below means nothing
    dump         a real database, posted to over the protocol, as a thief without any key reads it
    live broker  the same database with all of the broker's keys: points by record, joined where they are equal

Two figures each. *Matched*: people whom the paper's attack assigns rightly, on average over five orders of the input,
those whom nothing links to anybody left out of its graph and so unnamed. *Told apart*: people whom colour refinement
with every key number and mark singles out, the most that any attack by structure could know to be right.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.attacks import clk, colours, insider_view, matching, register, thief, town
from benchmarks.attacks.colours import Node
from benchmarks.attacks.register import Known

CONTROL_LEAST = 0.95
TARGET = 0.001
_ORDERS = 5


@dataclass(frozen=True)
class Result:
    """One encoding under attack. `in_graph` nodes have an edge; shares are of all `people`."""

    encoding: str
    people: int
    in_graph: int
    matched: float
    told_apart: int
    by_luck: float

    @property
    def share(self) -> float:
        return self.matched / self.people


def control(people: Sequence[Known], *, seed: int) -> Result:
    """CLK under a key that the attacker does not have."""
    fields = [known.fields for known in people]
    order = np.random.default_rng(seed).permutation(len(people))
    filters = clk.encode([fields[at] for at in order], key=b"the attacker does not have this")
    found = matching.match(clk.dice_of_filters(filters), clk.dice_of_people(fields))
    right = int((found.of == order).sum())
    return Result("control: CLK, 1024 bits, 10 hashes", len(people), found.nodes, right, right, 1)


def by_structure(name: str, encoded: Sequence[Node], known: Sequence[Node], *, truth: Sequence[int]) -> Result:
    """Tokens that only equality reads: `truth[i]` is the place in `known` of the person behind `encoded[i]`."""
    found = colours.refine(encoded, known)
    apart = sum(truth[one] == other for one, other in found.pairs())
    likeness, theirs = overlap(encoded), overlap(known)
    right, nodes = [], 0
    for seed in range(_ORDERS):
        order = np.random.default_rng(seed).permutation(len(encoded))
        matched = matching.match(likeness[np.ix_(order, order)], theirs)
        right.append(int((matched.of == np.asarray(truth)[order]).sum()))
        nodes = matched.nodes
    linked = np.flatnonzero(likeness.max(axis=1) > 0)
    luck = len({found.encoded[at] for at in linked})
    return Result(name, len(known), nodes, float(np.mean(right)), apart, luck)


def overlap(nodes: Sequence[Node]) -> np.ndarray:
    """(n, n) Dice similarities of token sets, nothing on the diagonal."""
    holders: dict[Any, list[int]] = defaultdict(list)
    for at, node in enumerate(nodes):
        for token in node.tokens:
            holders[token].append(at)
    shared = np.zeros((len(nodes), len(nodes)), dtype=np.float32)
    for members in holders.values():
        if len(members) > 1:
            shared[np.ix_(members, members)] += 1
    sizes = np.array([len(node.tokens) for node in nodes])
    likeness: np.ndarray = 2 * shared / np.maximum(sizes[:, None] + sizes[None, :], 1)
    np.fill_diagonal(likeness, 0)
    return likeness


def per_field(people: Sequence[Known], *, seed: int) -> Result:
    """The second control: one keyed hash for each field, as many systems store."""
    known = [Node(0, frozenset(enumerate((*one.fields, one.postcode)))) for one in people]
    order = np.random.default_rng(seed).permutation(len(people))
    name = "control: a token for each field"
    return by_structure(name, [known[at] for at in order], known, truth=[int(at) for at in order])


def in_the_clear(people: Sequence[Known]) -> list[Node]:
    """The attacker's own copy of the structure: the match keys of everybody, and at which sources they are."""
    return [Node(_sources(one), frozenset(register.match_keys(one))) for one in people]


def closed_town(people: Sequence[Known]) -> Result:
    """Everybody of a small place, whole households: tokens stand for points, which are equal where these are."""
    known = in_the_clear(people)
    name = f"live broker, a closed town of {len(people):,}"
    return by_structure(name, known, known, truth=range(len(known)))


def dump_and_broker(people: Sequence[Known], folder: Path) -> tuple[list[Result], dict[str, Any]]:
    """Posts `people` as three sources, steals the database, then looks at it with the broker's keys."""
    with town.town(folder) as world:
        sources = {"gp": people, "csc": people, "ed": [one for one in people if one.upn]}
        agencies = {"gp": "gp", "csc": "council", "ed": "school"}
        references = {
            source: town.post(world, agencies[source], source=source, people=group) for source, group in sources.items()
        }
        stolen = thief.steal(town.database_of(world))
        held = insider_view.opened(world.parts)
        pseudonyms = town.pseudonyms(world, references)
    groups = insider_view.joined(held)
    at = {known.id: place for place, known in enumerate(people)}
    whose = [{at[pseudonyms[held[one].source, held[one].ref].id] for one in group} for group in groups]
    known = in_the_clear(people)
    live = by_structure(
        "live broker, points by record", insider_view.nodes(held, groups), known, truth=[min(one) for one in whose]
    )
    pure = sum(len(one) == 1 for one in whose)
    facts = {"records": len(held), "joined_into": len(groups), "of_one_person": pure}
    dump, seen = _dump(stolen, people)
    return [dump, live], facts | seen


def _dump(stolen: Sequence[thief.Row], people: Sequence[Known]) -> tuple[Result, dict[str, Any]]:
    """The attack on the likeness of record rows. When none is like another there is nothing to match."""
    place = {at: number for number, at in enumerate(at for at, row in enumerate(stolen) if row.table == "records")}
    alike = thief.alike(stolen)
    likeness = np.zeros((len(place), len(place)))
    for pair in alike:
        if pair[0] in place and pair[1] in place:
            one, other = (place[at] for at in pair)
            likeness[one, other] = likeness[other, one] = 1
    found = matching.match(likeness, overlap(in_the_clear(people)))
    matched = float((found.of >= 0).sum())
    groups = thief.label_groups(stolen)
    across = {at for pair in alike for at in pair if (pair[0] in place) != (pair[1] in place)}
    facts = {
        "label_rows": sum(row.table == "labels" for row in stolen),
        "labels_with_n_records": {n: sum(c for (_, m), c in groups.items() if m == n) for _, n in sorted(groups)},
        "record_rows_like_another": int((likeness.max(axis=1) > 0).sum()),
        "records_like_a_row_of_another_table": len(across & place.keys()),
        "label_rows_like_another": len({at for pair in alike for at in pair if at not in place}),
        "records_of_a_size_of_their_own": thief.odd_sizes(stolen),
    }
    return Result("dump: whatever is equal in it", len(people), found.nodes, matched, 0, 0), facts


def _sources(known: Known) -> tuple[str, ...]:
    return ("csc", "ed", "gp") if known.upn else ("csc", "gp")


def run(size: int, towns: Sequence[int], *, seed: int, progress: Callable[[str], None]) -> dict[str, Any]:
    """The whole attack on `size` people of a place of fifty times as many, and on closed towns."""
    sample = register.people(size, seed=seed, town=min(50 * size, 50_000))
    progress("CLK control")
    controls = [control(sample, seed=seed), per_field(register.people(size, seed=seed), seed=seed)]
    progress("dump and live broker")
    with tempfile.TemporaryDirectory() as folder:
        results, facts = dump_and_broker(sample, Path(folder))
    for count in towns:
        progress(f"closed town of {count:,}")
        results.append(closed_town(register.people(count, seed=seed)))
    valid = controls[0].share >= CONTROL_LEAST and controls[1].share >= 0.5
    return {
        "seed": seed,
        "controls": [asdict(one) | {"share": round(one.share, 5)} for one in controls],
        "results": [asdict(one) | {"share": round(one.share, 5)} for one in results],
        "dump": facts,
        "valid": valid,
        "holds": valid and all(one.share <= TARGET for one in results[:2]),
    }
