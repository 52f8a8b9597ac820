"""An agency joins: from an empty folder to a feed that matches, as documented, in half an hour of steps."""

from __future__ import annotations

import csv
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cast import Cast, Visitor, playing
from newcomer import Newcomer, admitted
from playwright.sync_api import Browser
from town import NEWCOMER, Town

from broker.synthetic import servers
from broker.synthetic.servers import Server

MOST_MINUTES = 30
STAFF = """
[[staff]]
id = "kit"
role = "fire.officer"
training_on = 2026-01-15
name = "Kit Varga"
desk = ["caseworker", "data_person"]

[[staff]]
id = "ig-1"
role = "fire.ig_officer"
training_on = 2026-01-15
name = "Mo Ellery"
desk = ["ig_officer"]

[[staff]]
id = "ig-2"
role = "fire.ig_officer"
training_on = 2026-01-15
name = "Ada Quist"
desk = ["lead_ig_officer"]
"""
MAPPING = {
    'source = "my_source"': 'source = "fr"',
    'agency = "my_agency"': f'agency = "{NEWCOMER}"',
    'provider = "Name of the service"': 'provider = "Fire and rescue home safety"',
    "from = 1900-01-01": "from = 2023-11-01",
    'area = { constant = "Name of the area" }': 'area = { constant = "Brackwater" }',
    '# [items."my_source.some_plan"]\n# when = "Plan start"\n# on = "Plan start"\n# until = "Plan end"': (
        '[items."fr.home_safety_visit"]\nwhen = "VisitDate"\non = "VisitDate"'
    ),
}


@pytest.fixture
def cast(browser: Browser, town: Town) -> Iterator[Cast]:
    with playing(browser, town) as made:
        yield made


@pytest.fixture
def newcomer(town: Town, tmp_path: Path) -> Newcomer:
    """An empty folder, but for the export that its own system made."""
    made = Newcomer(town, tmp_path / "kit")
    made.export.parent.mkdir(parents=True)
    shutil.copyfile(town.home(NEWCOMER) / "fr" / made.export.name, made.export)
    return made


@pytest.fixture
def desk(newcomer: Newcomer) -> Iterator[Server]:
    url = f"http://127.0.0.1:{servers.free_port()}"
    command = [str(Path(sys.executable).parent / "broker-desk"), "serve", "--workspace", str(newcomer.home)]
    server = Server("desk of the newcomer", command, {}, url, newcomer.home / "desk.log", ready="/static/favicon.svg")
    yield server
    server.stop()


@pytest.mark.timeout(300)
def test_from_an_empty_folder_to_a_matched_feed(newcomer: Newcomer, desk: Server, cast: Cast, town: Town) -> None:
    """An agency's data person gives up on the first day; or a page says that all is done, and nobody is found."""
    _begins(newcomer)
    newcomer.does("broker-agency init --from exports/children.csv")
    mapping = newcomer.export.parent / "mapping.toml"
    newcomer.changes(mapping, MAPPING)
    # Its system says "Done" of a visit that is over, which nobody could have known: the report of the file says so.
    newcomer.does("broker-agency check exports/children.csv", ends=4)
    newcomer.reads((newcomer.export.parent / "rejects.csv").read_text(encoding="utf-8"))
    newcomer.changes(mapping, {"[lead]": '[codes.status]\n"Done" = "historic"\n\n[lead]'})
    newcomer.does("broker-agency check exports/children.csv")
    newcomer.does("broker-agency explain exports/children.csv 17")
    newcomer.does("broker-agency send exports/children.csv -w /var/lib/broker-agency")
    _opens_a_desk(newcomer, desk)

    kit = cast.comes(NEWCOMER, "Kit Varga")
    assert _to_do(kit) == ["A first delivery of each service", "Good enough data, and live"]
    newcomer.changes(newcomer.home / "agency.toml", {"live = false": "live = true"})
    newcomer.does("broker-agency send exports/children.csv -w /var/lib/broker-agency", adds=["--live"])
    newcomer.does("broker-agency status -w /var/lib/broker-agency")
    newcomer.does("broker-agency verify --all -w /var/lib/broker-agency")
    newcomer.reads(kit.opens("/agency"))
    assert _to_do(kit) == []

    known = _somebody(town)
    dana = cast.comes("council", "Dana Whitfield")
    dana.asks(known, own=False)
    assert "Fire and rescue home safety" in dana.page.locator("#contact").inner_text()
    minutes = newcomer.seconds / 60
    print(f"{minutes:.0f} minutes of steps at human pace")
    assert minutes <= MOST_MINUTES


def _begins(newcomer: Newcomer) -> None:
    parties, addresses = newcomer.town.parties, newcomer.town.addresses
    answers = (NEWCOMER, "brackwater", addresses.broker, addresses.linkage_unit)
    trusted = (str(parties.trust_folder), str(parties.root), "secrets.json")
    printed = newcomer.does(
        "broker-agency init -w /var/lib/broker-agency", types=(*answers, *trusted), adds=["--rehearsal", "--reviewer"]
    )
    admitted(newcomer, printed)
    newcomer.does("broker-agency evidence take evidence-key-1.json -w /var/lib/broker-agency")
    settings = newcomer.home / "agency.toml"
    with settings.open("a", encoding="utf-8") as file:
        file.write(STAFF + "\n")
    newcomer.types(STAFF)
    newcomer.does("broker-agency doctor -w /var/lib/broker-agency")


def _opens_a_desk(newcomer: Newcomer, desk: Server) -> None:
    name = ["--name", "Brackwater Fire and Rescue", "--url", desk.url]
    newcomer.runs(["broker-desk", "init", *name, "-w", str(newcomer.home)])
    newcomer.types("broker-desk init", *name)
    with (newcomer.home / "desk.toml").open("a", encoding="utf-8") as file:
        file.write(f'port = {desk.url.rpartition(":")[2]}\nsign_in = "development"\n')
    newcomer.does("broker-desk check", adds=["-w", str(newcomer.home)])
    desk.start()
    newcomer.town.desks[NEWCOMER] = desk.url


def _to_do(kit: Visitor) -> list[str]:
    """What the task list says is still to do."""
    assert "Until you are live" in kit.opens("/agency")
    rows = kit.page.locator(".govuk-task-list__item").all()
    return [
        one.locator(".govuk-task-list__name-and-hint").inner_text().splitlines()[0]
        for one in rows
        if "To do" in one.inner_text()
    ]


def _somebody(town: Town) -> dict[str, str]:
    """Somebody grown-up whom the newcomer knows and others too, as the truth has them."""
    with (town.folder / "truth" / "records.csv").open(encoding="utf-8", newline="") as file:
        by_source: dict[str, set[str]] = {}
        for row in csv.DictReader(file):
            by_source.setdefault(row["source"], set()).add(row["person"])
    both = sorted(by_source["fr"] & by_source["hs"])
    one = town.place.people[both[0]]
    home = next(house for house in town.place.households if house.id == one.household)
    assert one.born is not None
    return {
        "forename": one.forename, "surname": one.surname, "dob": one.born.isoformat(),
        "postcode": home.address.postcode,
    }  # fmt: skip
