"""The figures as a table of headlines and as the page `docs/attacks.md`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Found = Mapping[str, Any]


def headlines(found: Found) -> Iterator[tuple[str, str, str, str, str]]:
    """Attack, what was measured, target, result, and whether it holds."""
    if one := found.get("graph matching"):
        for row in (*one["controls"], *one["results"]):
            is_control = row in one["controls"]
            aim = (">= 95 %" if "CLK" in row["encoding"] else ">= 50 %") if is_control else "<= 0.1 %"
            result = f"{row['share']:.2%} matched, {row['told_apart'] / row['people']:.2%} told apart"
            met = row["share"] >= (0.95 if "CLK" in row["encoding"] else 0.5) if is_control else row["share"] <= 0.001
            aimed = is_control or row in one["results"][:2]
            yield "graph matching", row["encoding"], aim if aimed else "", result, _mark(met) if aimed else ""
    if one := found.get("colour refinement"):
        yield ("colour refinement", f"{one['people']:,} people, main values", "<= 0.1 %", f"{one['unique']:.3%}",
               _mark(one["holds"]))  # fmt: skip
        yield "", "the same, all earlier names and addresses known", "", f"{one['unique_with_aliases']:.3%}", ""
        yield "", "control: a label for each field", ">= 50 %", f"{one['control_unique']:.1%}", _mark(one["valid"])
    if one := found.get("dump and an agency"):
        named = one["rows_named"] + one["rows_linked_to_own"]
        what = f"{one['people']:,} people's rows named or linked"
        yield "dump and an agency", what, "0", f"{named:,} of {one['rows_of_others']:,}", _mark(one["holds"])
        mine, all_named = one["control_own_records_found"], one["control_named_with_both_keys"]
        yield "", "control: own records found", f"{mine[1]:,}", f"{mine[0]:,}", _mark(one["valid"])
        yield "", "control: named with both other keys", f"{all_named[1]:,}", f"{all_named[0]:,}", _mark(one["valid"])
    if one := found.get("active broker"):
        tried, refused = (sum(row[name] for row in one["refused"]) for name in ("tried", "refused"))
        what = f"{len(one['refused'])} abuses above what is allowed"
        yield "active broker", what, "all refused", f"{refused:,} of {tried:,} refused", _mark(tried == refused)
        seen = sum(row["reconciliation"].startswith("alarm") for row in one["below_quota"])
        count = len(one["below_quota"])
        yield "", "abuses inside the allowances", "all seen", f"{seen} of {count} seen", _mark(seen == count)
    if one := found.get("caseworker"):
        for row in one["walks"]:
            is_hidden = row["towards"] == "protected"
            aim, met = ("0 bits", row["bits_learnt"] == 0) if is_hidden else ("must show", one["valid"])
            what = f"{row['questions']} postcodes, {row['towards']}"
            yield "caseworker", what, aim, f"{row['bits_learnt']} bits learnt", _mark(met)
        yield "", "the walk is noticed", "an alarm", _noticed(one), _mark(one["alarm"])


def _noticed(one: Found) -> str:
    first = one["seen"].get("first_alarm_at_question")
    return f"alarm at question {first}" if first else "no alarm"


def _mark(holds: bool) -> str:
    return "holds" if holds else "MISSED"


def page(figures: Mapping[str, Any]) -> str:
    """The page, in Markdown."""
    found = figures["attacks"]
    parts = [
        _head(figures),
        _table(("attack", "measured", "target", "result", ""), headlines(found)),
        _GRAPH, _graph(found["graph matching"]), _REFINEMENT, _DUMP, _dump(found["dump and an agency"]),
        _BROKER, _broker(found["active broker"]), _walk(found["caseworker"]), _LIMITS,
    ]  # fmt: skip
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _head(figures: Mapping[str, Any]) -> str:
    machine = figures["machine"]
    return f"""
# Attacks, measured

Written by `make bench-attacks` on {figures["date"]}, seed {figures["settings"]["seed"]}, on a machine with
{machine["cores"]} cores ({machine["cpu"]}, Python {machine["python"]}); the figures are in
[attacks.json](../benchmarks/results/attacks.json). A control that fails makes a run invalid: an attack that finds
nothing says nothing unless the same attack finds what is there. Small shares of all of this run with every test
(`tests/attacks`). What is *not* stopped stands here as plainly as what is."""


def _table(head: Sequence[str], rows: Any) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows)])


_GRAPH = """
## 1. Graph matching

The attack of Schaefer, Armknecht and Heng (*R&R: Revisiting Graph Matching Attacks on Privacy-Preserving Record
Linkage*, ACSAC 2024), written anew from the paper: similarities of both sides become graphs, nodes are embedded,
the two spaces aligned by Wasserstein-Procrustes, people assigned. It needs no key. The attacker holds everybody in the
clear (full overlap). On the control, Bloom filters of 1,024 bits under a key, it names everybody. *Matched* is what the
attack assigns rightly, on average over five orders, and what the target is about. *Told apart* is a stronger attack,
without a target: colour refinement that also knows which kinds of label each person has, how many of each, and at which
sources. Who is told apart is named for certain, if the attacker holds everything that the agencies hold; of twins who
share three labels one is guessed."""


def _graph(one: Found) -> str:
    rows = [
        (row["encoding"], f"{row['people']:,}", row["in_graph"], f"{row['matched']:.1f}", row["told_apart"])
        for row in (*one["controls"], *one["results"])
    ]
    seen = one["dump"]
    return (
        _table(("held", "people", "in the graph", "matched", "told apart"), rows)
        + f"""

Of the dump's {seen["records"]:,} records and {seen["label_rows"]:,} label rows, so many are like another row in any run
of twelve bytes: {seen["record_rows_like_another"]} and {seen["label_rows_like_another"]}.
Sizes single out {seen["records_of_a_size_of_their_own"]} records.

The live broker joins the records into {seen["joined_into"]:,} people, {seen["of_one_person"]:,} of them rightly, and
knows nobody's name. **Two things remain.** In a small closed town, whole families with everybody on the list, twins and
juniors are matched: the last rows. And a few people are told apart because nobody else has as many labels of some kind
(several surnames, an earlier address). Both need the broker's keys in memory and a register of the whole place."""
    )


_REFINEMENT = """
## 2. Colour refinement of a million people

The bound of every attack by structure, measured as the gate measures it (`broker-agency scheme check`). With every
earlier name and address known and posted the share is higher: more labels, more structure."""

_DUMP = """
## 3. A dump and everything one agency has

The agency has its whole secret file, its own traffic, and a register with names, numbers and even the case numbers of
everybody else. All it can make of them under the labels of the system is looked for in every sealed byte; each of its
keys is tried on every sealed part."""


def _dump(one: Found) -> str:
    mine, named = one["control_own_records_found"], one["control_named_with_both_keys"]
    return f"""
Of {one["rows_of_others"]:,} rows about {one["people"]:,} people of another agency, {one["rows_named"]} were named and
{one["rows_linked_to_own"]} linked to rows of its own. Controls: it finds all {mine[0]:,} records of its own by their
references, and somebody with the linkage key and the label key names {named[0]:,} of {named[1]:,}: broker and linkage
unit together break it, which is why they are two organisations."""


_BROKER = """
## 4. An active broker

Against the real linkage unit, over its HTTP app. `u` is an envelope that counted for nothing."""


def _broker(one: Found) -> str:
    refused = [
        (row["who"], row["abuse"], row["tried"], row["refused"], ", ".join(row["said"])) for row in one["refused"]
    ]
    left = [
        (row["abuse"], row["done"], f"{row['got']:,} {row['unit']}", row["a_day"], row["reconciliation"])
        for row in one["below_quota"]
    ]
    return (
        _table(("who", "abuse", "tried", "refused", "answer"), refused)
        + "\n\nInside the allowances, as shipped. The last column is the agency's own `broker-agency reconcile`,\n"
        "or for a granted run a granter's `broker-agency grant-status`.\n\n"
        + _table(("abuse", "done", "got", "most a day, for each agency", "reconciliation"), left)
        + _UNSEEN
    )


_UNSEEN = """

A weight is of somebody whom the broker cannot name against a record it cannot name. Of strangers, who share no match
key with anybody in the call, all it gets is one constant and whether something rules them out, and they are counted.
What is left are weights of records that it can already join by equal points."""


def _walk(one: Found) -> str:
    return f"""
## 5. The caseworker who guesses postcodes

Name and birthday are known, 200 postcodes are tried, most of them in the right sector and one of them right. What is
compared is every word of the answer, its length and the shape of its receipt; time is not part of this. The control is
the same walk towards somebody who is not protected, where the right postcode must show.

The broker notices by itself: {_noticed(one)}, {one["seen"]["alarms_of_a_walk"]} alarms in the whole walk towards the
protected person. An alarm is an event of the audit log with the worker's pseudonym; each of the two rules speaks once a
day (five addresses for one person in a week; twenty questions in a day with nothing but names and addresses that find
nobody). The worker's answers are the same with and without it."""


_LIMITS = """
## What is not stopped

- Broker and linkage unit together, and a dump with the keys of both.
- A live broker with a whole place's register, for those whom section 1 counts. Whoever also knows which services each
  person uses has more: the broker sees at which sources a joined person is. That is not measured here.
- Genuine questions of which a bad broker spends a few comparisons on other records: eight strangers a question, and a
  tenth of the day's. It learns of each that they are a stranger; a record that should be found may have been left out.
- Names tried with a stolen key, within its allowance, until the next reconciliation: 60,000 with a desk key, 500,000
  with a delivery key. Both alarm at the agency whose key it is; whoever was named by then stays named.
- A granted run that nobody reads back with `broker-agency grant-status`.
- A walk of four guesses a week about one person, or one that also changes the birthday at every step, raises no alarm.
  Nor does a walk that several workers share, up to that number each.
- Time, and traffic: not part of this page."""
