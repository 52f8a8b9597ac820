"""The evidence key changes: one agency makes it, the others take it and send again, and all are found throughout."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from people import MINA, OTTO, Row, export
from signed import secrets_of
from world import AGENCIES, World

from broker.actions.evidence_progress import evidence_progress
from broker.agency.canaries import CANARIES, canaries_of
from broker.agency.exits import Exit
from broker.keys import changes
from broker.store.tables import records
from broker.wire.delivery import EVIDENCE_BYTES, TWO_EPOCHS_BYTES

SEALED = 12 + 4 + 16
"""What sealing at rest adds: nonce, length, tag."""
OTHERS = sorted(AGENCIES.keys() - {"council"})


def opens(world: World, *epochs: int) -> None:
    """The operator publishes a trust list with these epochs of the evidence key."""
    world.trusts(world.parties.trust.model_copy(update={"evidence_epochs": epochs}))


def makes(world: World, epoch: int = 2) -> Path:
    """The council makes the key of an epoch. Returns the file for the others."""
    path = world.folder / f"evidence-key-{epoch}.json"
    world.agency("council").runs("evidence", "new", str(epoch), "--out", path).ok()
    return path


def take(world: World, file: Path, *agencies: str) -> None:
    for agency in agencies:
        world.agency(agency).runs("evidence", "take", file).ok()


def posts(world: World, *agencies: str) -> None:
    """The whole files of these agencies, again or for the first time."""
    files = {"council": ("csc", "C"), "homes": ("hs", "H"), "police": ("po", "P")}
    world.later(minutes=1)
    for agency in agencies:
        source, letter = files[agency]
        rows = [Row(MINA, f"{letter}1"), Row(OTTO, f"{letter}2")]
        world.agency(agency).posts(*export(source, rows), "--again")


def found(world: World) -> dict[str, str]:
    """The council asks about somebody whom three services know: how sure each match is."""
    told = world.agency("council").asks(MINA.about(), staff="sw")
    return {block.source: block.match for person in told.story.people for block in person.involvements}


ALL = dict.fromkeys(("csc", "hs", "po"), "certain")


def test_everybody_is_found_through_a_whole_change(world: World) -> None:
    """Old with old, old with both, both with both, and new with new: before, meanwhile and afterwards the same."""
    posts(world, "council", "homes", "police")
    assert found(world) == ALL
    file = makes(world)
    assert found(world) == ALL, "a key waits until its epoch is open"
    opens(world, 1, 2)
    assert found(world) == ALL, "the asker holds both, the records are of the old"
    posts(world, "council")
    assert found(world) == ALL
    take(world, file, *OTHERS)
    posts(world, "homes")
    assert found(world) == ALL
    posts(world, "police")
    assert found(world) == ALL
    opens(world, 2)
    assert found(world) == ALL, "the records hold both, the question the new"
    posts(world, "council", "homes", "police")
    assert found(world) == ALL
    assert {one.older_too for one in evidence_progress(world.parts).sources} == {0}
    for agency in AGENCIES:
        world.agency(agency).runs("evidence", "drop").ok()
        assert secrets_of(world, agency).numbers("evidence") == (2,)
    assert found(world) == ALL


def test_a_suspended_agency_is_given_no_new_key(quick_world: World) -> None:
    """The key changes because somebody took that agency's machine, and with it its seal key."""
    world, council = quick_world, quick_world.agency("council")
    world.trusts(changes.suspended(world.parties.trust, "police"))
    file = makes(world)
    named = {one["agency"] for one in json.loads(file.read_text())["sealed"]}
    assert named == {*OTHERS} - {"police"}
    ran = council.runs("evidence", "share", "police", "--out", world.folder / "more.json")
    assert (ran.code == 0, "agency-unknown" in ran.error) == (False, True)
    world.trusts(changes.readmitted(world.parties.trust, "police"))
    council.runs("evidence", "share", "police", "--out", world.folder / "more.json").ok()
    world.agency("police").runs("evidence", "take", world.folder / "more.json").ok()


def test_a_key_of_other_letters_is_dropped_and_the_right_one_taken(quick_world: World) -> None:
    """A thief of one delivery key sends a key around; whoever took it before ringing could take no other."""
    world, homes = quick_world, quick_world.agency("homes")
    thief = world.folder / "evidence-key-of-a-thief.json"
    world.agency("police").runs("evidence", "new", "2", "--out", thief).ok()
    take(world, thief, "homes")
    world.agency("council").runs("evidence", "new", "2", "--out", world.folder / "right.json").ok()
    assert "evidence-key-held" in homes.runs("evidence", "take", world.folder / "right.json").error
    homes.runs("evidence", "drop", "--epoch", "2").ok()
    take(world, world.folder / "right.json", "homes")
    assert secrets_of(world, "homes").values["evidence.2"] == secrets_of(world, "council").values["evidence.2"]


def test_the_only_key_in_use_is_not_dropped(quick_world: World) -> None:
    """A slip of the finger, and nothing can be posted or asked."""
    homes = quick_world.agency("homes")
    for epoch, code in (("1", "evidence-key-needed"), ("2", "secret-missing")):
        assert code in homes.runs("evidence", "drop", "--epoch", epoch).error
    assert secrets_of(quick_world, "homes").numbers("evidence") == (1,)


def test_who_lacks_the_new_key_asks_and_posts_under_the_old(world: World) -> None:
    """An agency that is late loses nothing until the old epoch is closed."""
    posts(world, "council", "homes", "police")
    file = makes(world)
    opens(world, 1, 2)
    take(world, file, "homes")
    posts(world, "homes", "police", "council")
    assert found(world) == ALL
    told = world.agency("police").asks(MINA.about())
    assert {block.match for person in told.story.people for block in person.involvements} == {"certain"}


def test_the_operator_sees_what_is_missing_and_closing_ends_the_old(world: World) -> None:
    """What was not sent again when the epoch closes is found by labels, and no longer certain."""
    posts(world, "council", "homes", "police")
    assert [one.share for one in evidence_progress(world.parts).sources] == [1, 1, 1]
    file = makes(world)
    opens(world, 1, 2)
    assert evidence_progress(world.parts).lacking == 6
    take(world, file, *OTHERS)
    posts(world, "council", "police")
    progress = evidence_progress(world.parts)
    assert progress.epochs == (1, 2) and progress.lacking == 2
    told = {one.source: (one.records, one.newest, one.older_too, one.share) for one in progress.sources}
    assert told == {"csc": (2, 2, 2, 1), "hs": (2, 0, 0, 0), "po": (2, 2, 2, 1)}
    opens(world, 2)
    assert found(world) == ALL | {"hs": "probable"}
    posts(world, "homes")
    assert found(world) == ALL
    assert evidence_progress(world.parts).lacking == 0


def test_what_is_kept_and_sent_has_the_length_of_its_epochs(world: World) -> None:
    """Whatever is held: lengths tell how many epochs, and nothing else; the newest epoch is kept beside the record."""
    makes(world)
    opens(world, 1, 2)
    posts(world, "council", "homes")
    found(world)
    sent = [json.loads(one.request) for one in world.traffic if one.path == "/v1/compare"]
    lengths = [len(envelope) * 3 // 4 for one in sent for envelope in one["envelopes"]]
    assert set(lengths) == {EVIDENCE_BYTES, TWO_EPOCHS_BYTES}
    assert {len(one["envelopes"]) for one in sent} == {24, 40}
    with world.parts.store.look() as connection:
        kept = connection.execute(records.select()).all()
    assert {(row.source, row.evidence_epoch, len(row.evidence)) for row in kept} == {
        ("csc", 2, TWO_EPOCHS_BYTES + SEALED), ("hs", 1, EVIDENCE_BYTES + SEALED),
    }  # fmt: skip


def test_both_lengths_are_taken_while_two_epochs_are_open_only(quick_world: World) -> None:
    """Whoever goes on sending under a key that is over is told to fetch the trust list, and gets no answer."""
    world, council = quick_world, quick_world.agency("council")
    makes(world)
    ahead = world.parties.trust.model_copy(update={"evidence_epochs": (1, 2)})
    behind = world.parties.trust
    world.trusts(ahead)
    with_both = world.folder / "both"
    _copied(world, with_both)
    world.trusts(behind.model_copy(update={"evidence_epochs": (2,)}))
    settings = council.home / "agency.toml"
    settings.write_text(settings.read_text().replace('"../../keys"', f'"{with_both}"'))
    (council.home / "state" / "trust").rename(council.home / "state" / "trust-of-now")
    asked = council.asking(MINA.about(), staff="sw")
    assert asked.code == Exit.REFUSED and "[epoch-unknown]" in asked.error
    sent = council.sends(*export("csc", [Row(MINA, "C1")]))
    assert sent.code == Exit.REFUSED and "[epoch-unknown]" in sent.error


def test_a_delivery_that_a_closing_overtook_goes_on(quick_world: World) -> None:
    """Its chunks were made under both keys and lay there; they are made anew, as the broker never had them."""
    world = quick_world
    makes(world)
    opens(world, 1, 2)
    world.loses("broker", times=4)
    sent = export("csc", [Row(MINA, "C1")])
    assert world.agency("council").sends(*sent).code == Exit.TEMPORARY
    opens(world, 2)
    assert world.agency("council").posts(*sent)["kept"] == 1
    assert [one.older_too for one in evidence_progress(world.parts).sources] == [0]


def test_a_file_is_taken_once_by_whom_it_is_for(quick_world: World) -> None:
    """Read out and compared; another's machine, a second time and a changed file are refused, and nothing is taken."""
    world = quick_world
    made = (
        world.agency("council").runs("evidence", "new", "2", "--out", world.folder / "new.json", "--json").ok().result
    )
    assert sorted(made["for"]) == OTHERS
    take(world, world.folder / "new.json", "homes")
    held = world.agency("homes").runs("evidence", "list", "--json").ok().result["held"]
    assert {one["epoch"]: one["open"] for one in held} == {1: True, 2: False}
    assert [one["check"] for one in held if one["epoch"] == 2] == [made["check"]]
    again = world.agency("homes").runs("evidence", "take", world.folder / "new.json")
    assert again.code == Exit.REFUSED and "[evidence-key-held]" in again.error
    world.agency("council").runs("evidence", "share", "police", "--out", world.folder / "police.json").ok()
    other = world.agency("fire").runs("evidence", "take", world.folder / "police.json")
    assert other.code == Exit.NOT_AUTHORISED and "[evidence-key-not-yours]" in other.error
    take(world, world.folder / "police.json", "police")
    (world.folder / "bent.json").write_text((world.folder / "new.json").read_text().replace('"made":1', '"made":2'))
    bent = world.agency("fire").runs("evidence", "take", world.folder / "bent.json")
    assert bent.code == Exit.NOT_AUTHORISED and "[signature-invalid]" in bent.error
    assert secrets_of(world, "fire").numbers("evidence") == (1,)
    keys = [secrets_of(world, agency).bytes32("evidence.2") for agency in ("council", "homes", "police")]
    assert len(set(keys)) == 1


def test_an_evidence_key_is_not_made_twice_nor_for_no_use(quick_world: World) -> None:
    """Two keys of one epoch would compare with nothing."""
    world = quick_world
    makes(world)
    for epoch, code in (("2", "evidence-key-held"), ("1", "evidence-key-held"), ("3", "evidence-epoch")):
        ran = world.agency("council").runs("evidence", "new", epoch)
        assert ran.code == Exit.REFUSED and f"[{code}]" in ran.error
    ran = world.agency("council").runs("evidence", "share", "nobody")
    assert ran.code == Exit.REFUSED and "[agency-unknown]" in ran.error
    assert world.agency("council").runs("evidence", "drop").ok().out.startswith("No evidence key")


@pytest.mark.parametrize(("what", "use"), [("delivery", "post"), ("desk", "ask"), ("review", "review")])
def test_an_agencys_next_key_takes_over_when_it_is_listed(quick_world: World, what: str, use: str) -> None:
    """Made, printed, listed, used; the one before is retired and then gone, and nobody does anything about it."""
    world, council = quick_world, quick_world.agency("council")
    posts(world, "council", "homes")
    made = council.runs("keys", "new", what, "--json").ok().result
    assert made["id"] == f"council/{what}-2"
    posts(world, "council")
    trust = world.parties.trust
    entry = trust.agency("council")
    first = next(key for key in entry.keys if key.use == use)
    second = type(first).model_validate_json(
        json.dumps({"id": made["id"], "use": use, "public": made["public"], "status": "active"})
    )
    retired = first.model_copy(update={"status": "retired"})
    keys = (*(retired if key is first else key for key in entry.keys), second)
    listed = entry.model_copy(update={"keys": keys})
    world.trusts(
        trust.model_copy(update={"agencies": tuple(listed if one is entry else one for one in trust.agencies)})
    )
    checks = {one["check"]: one["ok"] for one in council.runs("doctor", "--json").result["checks"]}
    assert checks[f"{what} key"] and checks["seal key"] and checks["evidence key"]
    assert found(world)["csc"] == "certain", "what the retired key signed still counts"
    posts(world, "council")
    assert found(world)["csc"] == "certain"
    assert council.runs("keys", "new", what, "--json").ok().result["id"] == f"council/{what}-3"


def test_an_agencys_next_seal_key_opens_what_is_sealed_to_it(quick_world: World) -> None:
    """Also what was sealed to the one before."""
    world, homes = quick_world, quick_world.agency("homes")
    before = makes(world)
    made = homes.runs("keys", "new", "seal", "--json").ok().result
    entry = world.parties.trust.agency("homes")
    listed = type(entry).model_validate_json(json.dumps(json.loads(entry.model_dump_json()) | {"seal": made["public"]}))
    trust = world.parties.trust
    agencies = tuple(listed if one.agency == "homes" else one for one in trust.agencies)
    world.trusts(trust.model_copy(update={"agencies": agencies}))
    take(world, before, "homes")
    opens(world, 1, 2)
    world.agency("council").runs("evidence", "new", "3", "--out", world.folder / "third.json").ok()
    take(world, world.folder / "third.json", "homes")
    assert secrets_of(world, "homes").numbers("evidence") == (1, 2, 3)


def test_no_canary_is_missed_because_the_key_changed(quick_world: World) -> None:
    """Those of both keys are posted meanwhile, so whoever holds only the old one asks about the old ones, and finds."""
    world = quick_world
    trust, held = world.parties.trust, secrets_of(world, "council")
    for agency in AGENCIES:
        file = world.agency(agency).home / "agency.toml"
        file.write_text("canaries = true\n" + file.read_text())
    world.agency("police").runs("evidence", "new", "2", "--out", world.folder / "key.json").ok()
    keys = {1: held.bytes32("evidence"), 2: secrets_of(world, "police").bytes32("evidence.2")}
    day = world.now.date().toordinal() + 1
    asked = [canaries_of(key, trust, epoch=epoch)[day % CANARIES] for epoch, key in keys.items()]

    def everybody_posts() -> None:
        world.later(minutes=1)
        for agency, source in ((one, source) for one, sources in AGENCIES.items() for source in sources):
            models = [dataclasses.replace(OTTO, dob=one.dob.isoformat()) for one in asked]
            rows = [Row(model, f"{source}{at}") for at, model in enumerate(models)]
            # So small a file loses most of its records when the canaries of the old key end.
            world.agency(agency).posts(*export(source, rows), "--again", "--confirm-large")

    def missed() -> list[str]:
        before = world.now
        world.later(hours=15)
        options = ("--purpose", "child_safeguarding", "--as", "sw", "--json")
        result = world.agency("council").runs("reconcile", *options).result
        world.now = before
        return [alarm["kind"] for alarm in result["alarms"] if alarm["kind"].startswith("canary")]

    everybody_posts()
    assert missed() == []
    opens(world, 1, 2)
    take(world, world.folder / "key.json", *sorted(AGENCIES.keys() - {"council", "police"}))
    everybody_posts()
    assert missed() == [], "the council asks about a canary of the old key"
    take(world, world.folder / "key.json", "council")
    assert missed() == [] and missed() == [], "and now about one of the new key"
    opens(world, 2)
    everybody_posts()
    assert missed() == []
    known = json.loads((world.agency("council").home / "state" / "canaries.json").read_text())
    assert {name.split(" ")[0] for name in known} == {one.title for one in asked}
    assert all(known.values())


def _copied(world: World, folder: Path) -> None:
    """A copy of the trust list of now, as an agency has that is not reached by the next."""
    for path in world.parties.trust_folder.rglob("*"):
        if path.is_file():
            target = folder / path.relative_to(world.parties.trust_folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
