"""`broker linkage`: from terms to figures, with two granters on machines of their own, and a refitted model in use."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from people import EVERYBODY, MINA, OTTO, Row, export
from typer.testing import CliRunner, Result
from world import World

from broker.agency.cli import app as agency_app
from broker.agency.options import Desktop
from broker.cli.main import app
from broker.cli.runs import Given, beside
from broker.errors import BrokerError, Misconfigured
from broker.linkage import em
from broker.server import read_model
from broker.synthetic.parties import GRANTERS


def broker(world: World, *arguments: str | Path) -> Result:
    """A command of the operator; what went wrong is raised."""
    command = ["linkage", *map(str, arguments)]
    return CliRunner().invoke(app, command, obj=Given(lambda: world.parts), catch_exceptions=False)


def refused(world: World, *arguments: str | Path) -> str:
    with pytest.raises(BrokerError) as caught:
        broker(world, *arguments)
    return caught.value.code


def signed(world: World, terms: Path, person: str) -> Path:
    """One granter looks at the terms and signs, on their own machine."""
    home = world.parties.granter(person)
    command = ["grant", terms, "--digests", beside(terms, "digests"), "--secrets", home / "secrets.json"]
    command += ["--as", person, "--trust", world.parties.trust_folder]
    said = CliRunner().invoke(agency_app, list(map(str, command)), obj=Desktop(world.edges()), input="y\n")
    out = home / "signature.json"
    # The runner shows what was typed.
    out.write_text(said.stdout.splitlines()[-1])
    return out


def granted(world: World, purpose: str) -> Path:
    terms = world.folder / f"{purpose}.json"
    broker(world, "propose", "--purpose", purpose, "--out", terms, "--days", "3")
    signatures = [signed(world, terms, person) for person in GRANTERS]
    said = broker(world, "grant", terms, "--signature", signatures[0], "--signature", signatures[1], "--json")
    return Path(json.loads(said.stdout)["grant"])


def post(world: World) -> None:
    world.agency("council").posts(*export("csc", [Row(one, f"C{n}") for n, one in enumerate(EVERYBODY)]))
    world.agency("school").posts(*export("ed", [Row(MINA, "P1")]))
    world.agency("homes").posts(*export("hs", [Row(OTTO, "H1")]))


def test_from_terms_to_a_report(quick_world: World) -> None:
    """An operator who follows docs/for/operators.md gets stuck."""
    world = quick_world
    post(world)
    assert refused(world, "report") == "run-none"
    grant = granted(world, "match_quality")
    ran = broker(world, "run", "--grant", grant)
    assert "7 records, about 5 people" in ran.stdout
    assert "7 of 7 records, 448 openings" in ran.stderr
    assert not beside(grant, "progress").exists()

    figures = json.loads(broker(world, "report", "--json").stdout)
    assert (figures["records"], figures["agencies"]["council"]["records"]) == (7, 5)
    page = world.folder / "report.html"
    broker(world, "report", "--html", page)
    text = page.read_text()
    assert "<caption>Each source</caption>" in text
    assert "7 records, about 5 people" in text
    assert not [detail for person in EVERYBODY for detail in person.canaries() if detail in text]
    assert refused(world, "refit", "--grant", grant, "--out", world.folder / "m.json") == "grant-purpose"


def test_a_grant_takes_two_good_signatures(quick_world: World) -> None:
    """One person grants a run over everybody, or a signature is used for other terms."""
    world = quick_world
    post(world)
    terms = world.folder / "terms.json"
    broker(world, "propose", "-p", "match_quality", "--out", terms)
    one, other = (signed(world, terms, person) for person in GRANTERS)
    assert refused(world, "grant", terms, "--signature", one) == "grant-unsigned"
    assert refused(world, "grant", terms, "--signature", one, "--signature", one) == "grant-unsigned"
    longer = json.loads(terms.read_text()) | {"openings": 10**9}
    terms.write_text(json.dumps(longer))
    assert refused(world, "grant", terms, "--signature", one, "--signature", other) == "grant-signature"


BAD: dict[str, tuple[list[str], str]] = {
    "a purpose of nobody": (["-p", "research"], "run-not-agreed"),
    "a service that takes no part": (["-p", "match_quality", "-s", "dv"], "run-not-agreed"),
    "no record": (["-p", "match_quality", "-s", "fr"], "run-empty"),
    "for ever": (["-p", "match_quality", "--days", "400"], "run-days"),
}


@pytest.mark.parametrize(("options", "code"), BAD.values(), ids=BAD.keys())
def test_terms_that_can_not_be(quick_world: World, options: list[str], code: str) -> None:
    """Two people are asked to sign for what the agencies have not agreed to."""
    post(quick_world)
    assert refused(quick_world, "propose", *options, "--out", quick_world.folder / "terms.json") == code


def test_a_file_that_is_not_there_or_not_one(quick_world: World) -> None:
    """A slip of the pen is a traceback."""
    missing = quick_world.folder / "nothing.json"
    assert refused(quick_world, "run", "--grant", missing) == "file-unreadable"
    missing.write_text("{}")
    assert refused(quick_world, "run", "--grant", missing) == "schema-invalid"


def test_a_refitted_model_is_used_once_it_is_on_the_trust_list(quick_world: World) -> None:
    """A model that nobody agreed on decides who is whom; or the one that was agreed on can't be used."""
    world = quick_world
    out = world.folder / "model.json"
    letters = {("pattern", "bbbbbaabaaaa"): 900, ("pattern", "ihiaaaacaaaa"): 90, ("pattern", "bhbfaaabaaaa"): 60}
    found = em.refit(world.parts.model, *em.patterns_of(letters), trained_on="a test")
    out.write_bytes(found.model.to_json())

    with pytest.raises(Misconfigured, match="not the one on the trust list"):
        read_model(world.parties.trust, out)
    agreed = world.parties.trust.model_copy(update={"model": hashlib.sha256(out.read_bytes()).hexdigest()})
    assert read_model(agreed, out) == found.model
    with pytest.raises(Misconfigured, match="can't read the match model"):
        read_model(agreed, world.folder / "gone.json")


def test_a_handful_of_pairs_refits_nothing(quick_world: World) -> None:
    """A model fitted to ten families goes on the trust list."""
    world = quick_world
    post(world)
    grant, out = granted(world, "model_training"), world.folder / "model.json"
    assert refused(world, "refit", "--grant", grant, "--out", out) == "pairs-too-few"
    assert not out.exists()
    out.write_text("mine")
    assert refused(world, "refit", "--grant", grant, "--out", out) == "file-exists"
