"""The answer on the caseworker's screen, in plain English: first whom to ring, then what is not shown and why.

The names on it are this agency's own: the one just typed, and those in its own file. No name came with the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from broker.agency import words
from broker.wire.answer import Involvement, NotShown, Person, ShownItem, Story

_NARROWEST = 120


def console() -> Console:
    """Standard output, as wide as the terminal, or wide enough for the tables when it is a file."""
    found = Console()
    return found if found.is_terminal else Console(width=_NARROWEST)


def show(story: Story, typed_name: str, *, own_names: Mapping[bytes, str], out: Console) -> None:
    """Prints `story`; `own_names` has what this agency calls the records in `own_refs`."""
    _show_head(story, typed_name, out)
    if story.refusal is not None:
        out.print(Text("You may not look this up for this reason. Nothing was looked up.", style="bold"))
        out.print(_not_shown_table([("This look-up", story.refusal)]))
        return
    named = [(person, _name(person, typed_name, own_names)) for person in story.people]
    _show_summary(story, out)
    for person, name in named:
        out.print()
        out.print(Text(words.who(person, name), style="bold"))
        out.print(_services_table(person))
    missing = _everything_not_shown(named)
    if missing:
        out.print()
        out.print(Text("What is not shown, and why", style="bold"))
        out.print(_not_shown_table(missing))
    if any(source.nothing for source in story.sources):
        out.print()
        out.print(Text("Services that show nothing", style="bold"))
        out.print(_nothing_table(story))
    for notice in story.notices:
        out.print(Text(f"Please note: {words.plain(notice)}"))


def _name(person: Person, typed_name: str, own_names: Mapping[bytes, str]) -> str | None:
    own = next((own_names[ref] for ref in person.own_refs if ref in own_names), None)
    return typed_name if person.relationship == words.SUBJECT else own


def _show_head(story: Story, typed_name: str, out: Console) -> None:
    out.print(Text(words.plain(typed_name), style="bold"))
    head = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    rows = {
        "Reason": story.purpose_label or words.words(story.purpose),
        "Lawful basis": story.lawful_basis,
        "Telling the family": story.tell_family,
        "Agreements": ", ".join(story.agreements),
        "Looked up": words.moment(story.asked_at),
        "Reference to say on the phone": story.reference,
    }
    for label, text in rows.items():
        if text:
            head.add_row(Text(label), Text(words.plain(text)))
    out.print(head)
    out.print(
        Text("This look-up and what it showed are in a record that nobody can change. The person can ask to see it.")
    )


def _show_summary(story: Story, out: Console) -> None:
    out.print()
    if not story.people:
        out.print(Text("No service that may answer for this reason shows a record of this person.", style="bold"))
        return
    knowing = {block.source for person in story.people for block in person.involvements}
    showing = {source.source for source in story.sources if source.found}
    services = "1 service knows" if len(knowing) == 1 else f"{len(knowing)} services know"
    out.print(Text(f"{services} this family. {len(showing)} may show you something for this reason.", style="bold"))
    for line in dict.fromkeys(_already_open(story)):
        out.print(Text(line))


def _already_open(story: Story) -> Iterator[str]:
    """Who already works with the person asked about; relatives' practitioners are in their own tables."""
    for person in story.people:
        if person.relationship != words.SUBJECT:
            continue
        for block in person.involvements:
            if block.status == "current" and block.lead is not None:
                who = words.plain(f"{block.lead.name}, {block.service}")
                yield f"Already open to {who}: contact them rather than make a new referral."


def _services_table(person: Person) -> Table:
    table = Table(expand=True)
    for heading, ratio in (("Service", 5), ("Involvement", 6), ("Who to ring", 6), ("What you may know", 9)):
        table.add_column(heading, ratio=ratio, overflow="fold")
    table.add_column("Match", min_width=len("To be checked"))
    for block in person.involvements:
        cells = (_service(block), _involvement(block), _ring(block), _items(block), [words.match(block)])
        table.add_row(*(Text("\n".join(map(words.plain, lines))) for lines in cells), end_section=True)
    return table


def _service(block: Involvement) -> list[str]:
    freshness = words.coverage(block.as_of, block.coverage_from, block.coverage_area)
    return [block.service, *([freshness] if freshness else [])]


def _involvement(block: Involvement) -> list[str]:
    if block.status is None:
        return [words.LEVELS[block.level]]
    lines = [words.STATUSES[block.status]]
    if block.started is not None:
        lines.append(f"Since {words.day(block.started)}")
    if block.ended is not None:
        lines.append(f"Ended {words.day(block.ended)}")
    if block.last_contact is not None:
        lines.append(f"Last contact {words.day(block.last_contact)}")
    return lines


def _ring(block: Involvement) -> list[str]:
    lead = block.lead
    if lead is None:
        return [*([block.provider] if block.provider else []), f"Duty desk {block.duty_phone}"]
    return [lead.name, lead.role, *filter(None, (lead.team, lead.phone or f"Duty desk {block.duty_phone}", lead.email))]


def _items(block: Involvement) -> list[str]:
    lines = [_item(item) for item in block.items if item.level in ("share", "reduced")]
    if block.not_agreed:
        lines.append(f"Not part of the agreement for this reason: {', '.join(block.not_agreed)}")
    return lines or ["–"]


def _item(item: ShownItem) -> str:
    told = "; ".join(words.value(held, item.words) for held in item.values) or words.LEVELS[item.level].lower()
    duties = f" ({', '.join(item.words.get(duty, words.words(duty)).lower() for duty in item.obligations)})"
    duties = duties if item.obligations else ""
    return f"{item.label}: {told}{duties}"


def _everything_not_shown(named: list[tuple[Person, str | None]]) -> list[tuple[str, NotShown]]:
    """What is not shown, a service's refusals for one and the same reason together."""
    found: dict[tuple[str, NotShown], list[str]] = {}
    for person, name in named:
        about = words.who(person, name).partition(",")[0]
        for block in person.involvements:
            if block.not_shown is not None:
                lines = found.setdefault((block.service, block.not_shown), [])
                lines.append(f"{about}: {words.LEVELS[block.level].lower()}")
            for item in block.items:
                if item.not_shown is not None:
                    lines = found.setdefault((block.service, item.not_shown), [])
                    lines.append(f"{about}: {item.label}, {words.LEVELS[item.level].lower()}")
    return [("\n".join((service, *dict.fromkeys(lines))), why) for (service, why), lines in found.items()]


def _not_shown_table(missing: list[tuple[str, NotShown]]) -> Table:
    table = Table(expand=True)
    for heading, ratio in (
        ("What", 6),
        ("Why", 7),
        ("What would change that", 6),
        ("Who to ring", 5),
        ("Looked at again", 5),
    ):
        table.add_column(heading, ratio=ratio, overflow="fold")
    for what, why in missing:
        remedy = why.remedy + (" If somebody is in danger now, emergency access is possible." if why.breakable else "")
        reason = f"{why.reason}\nRule {why.rule}"
        review = f"by {why.reviewer}, before {words.day(why.review_by)}"
        cells = (what, reason, remedy, f"{why.contact}\n{why.phone}", review)
        table.add_row(*(Text("\n".join(map(words.plain, cell.split("\n")))) for cell in cells), end_section=True)
    return table


def _nothing_table(story: Story) -> Table:
    table = Table(expand=True)
    for heading, ratio in (("Service", 5), ("Answer", 4), ("What that means", 8), ("How fresh", 6), ("Phone", 3)):
        table.add_column(heading, ratio=ratio, overflow="fold")
    for source in story.sources:
        if source.nothing is None:
            continue
        answer, meaning = words.NOTHINGS[source.nothing]
        fresh = words.coverage(source.as_of, source.coverage_from, source.coverage_area)
        cells = (source.service, answer, meaning, fresh or "–", source.phone)
        table.add_row(*(Text(words.plain(cell)) for cell in cells))
    return table
