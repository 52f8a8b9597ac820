"""A small audit log with one event of every type, the same bytes every time: what the tests of this room start from."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from broker.audit import canonical, checkpoint, tiles, tree
from broker.audit.act_events import (
    Agreed,
    Posted,
    Rows,
    alarm_event,
    challenge_event,
    close_event,
    emergency_event,
    index_event,
    ingest_event,
    key_event,
    keys_event,
    pause_event,
    policy_event,
    protect_event,
    quality_event,
    recall_event,
    retract_event,
    review_event,
    right_event,
    run_event,
    seen_event,
    start_event,
    verdict_event,
    witness_event,
)
from broker.audit.answer_events import (
    Asked,
    Counts,
    Decisions,
    answer_event,
    deny_event,
    disclose_event,
    nothing_event,
)
from broker.audit.checkpoint import Checkpoint
from broker.audit.disposal_events import dispose_event, expire_event, hold_event, prune_event, shred_event
from broker.audit.events import Event, Sealable, Stamp, leaf
from broker.audit.oversight_events import alert_event, search_event, unproven_event
from broker.audit.proof import format_proof
from broker.audit.receipt import Receipt
from broker.audit.subjects import CLOSED, Covered, Looks, build, header_of

ORIGIN = "broker.example/audit"
LOG_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
VKEY = checkpoint.vkey(ORIGIN, LOG_KEY.public_key())
NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
POLICY = "sha256:" + "7a" * 32
BATCH = "5b" * 16
CHUNK = "c4" * 32
CHALLENGED = {
    "about": f"{6:032x}/3",
    "case": "5e" * 16,
    "staff": "council/w7",
    "holder": "voluntary",
    "rule": "A2.E1",
}
EMERGENCY: dict[str, canonical.Value] = {
    "about": f"{6:032x}",
    "answered": f"{6:032x}",
    "staff": "council/w7",
    "told": ["voluntary"],
    "lifted": {"A2.E1": 1},
}


def counting_salts(start: int = 0) -> Callable[[], bytes]:
    """Salts that are never the same twice, and always the same in every run."""
    numbers = itertools.count(start)
    return lambda: next(numbers).to_bytes(16, "big")


def stamp(number: int, org: str = "council") -> Stamp:
    return Stamp(f"{number:032x}", NOON + dt.timedelta(seconds=number, microseconds=number), org)


def decisions(source: str, outcome: str) -> Decisions:
    rows = [(f"{source}.involvement", outcome, "early-help#2"), (f"{source}.attendance", outcome, "early-help#4")]
    return Decisions(source, rows, ["9f" * 16], [{"band": "certain", "age": "5_12"}, {"band": "certain"}])


def events() -> list[Event]:
    asked = Asked("early_help", "council.keyworker", "council/w7", "eh-2026/118", {"people": 2, "wishes": "agrees"})
    counts = Counts(people=2, sources=5, shared=3, reduced=1, withheld=1, silent=1)
    cover = stamp(6)
    posted = Posted(BATCH, 1, CHUNK, "school/delivery-1")
    decided = {"answer": cover.id, "purpose": "early_help", "policy": POLICY}
    return [
        start_event(stamp(0, "broker"), "0.1.0", policy=POLICY, size=0),
        policy_event(stamp(1, "broker"), POLICY, old="sha256:" + "8b" * 32),
        key_event(stamp(2, "broker"), "made", key="council/desk-1", use="ask"),
        ingest_event(stamp(3, "school"), "ed", posted=posted, rows=Rows(12, 4, 1, 2)),
        close_event(stamp(4, "school"), "ed", batch=BATCH, closed=3, held=1),
        protect_event(stamp(5, "dv"), "set", review_by="2027-05-01", kind="safe_address", made_by=["dv/w1", "dv/w2"]),
        answer_event(cover, asked, agreements=["early-help"], policy=POLICY, counts=counts),
        disclose_event(stamp(7), decisions("school", "share"), **decided),
        deny_event(stamp(8), decisions("police", "withhold"), **decided),
        Event("retract", stamp(9).id, NOON, "school", {"source": "ed", "records": 1, "tags": ["aa" * 16]}),
        Event("admin", stamp(10).id, NOON, "broker", {"act": "suspended", "what": "fire"}),
        verdict_event(stamp(11), "not_the_same", staff="council/w7"),
        nothing_event(stamp(12), "homes", **decided),
        # A type of its own until what was told of an agency's records and what was not went into one leaf.
        stamp(13).event(
            "untold",
            {"source": "voluntary", "purpose": "early_help", "policy": POLICY},
            {"answer": cover.id, "decisions": '{"decisions":[],"tags":[]}'},
        ),
    ]


@dataclass(frozen=True)
class ExampleLog:
    """A signed log in memory."""

    leaves: tuple[bytes, ...]
    nodes: dict[tuple[int, int], bytes]
    note: str

    @property
    def size(self) -> int:
        return len(self.leaves)

    def files(self) -> dict[str, bytes]:
        return tiles.export(self.size, self.leaves, nodes=tree.reader(self.nodes), note=self.note)

    def proof(self, index: int) -> str:
        hashes = tree.inclusion_proof(index, self.size, nodes=tree.reader(self.nodes))
        return format_proof(index, hashes, note=self.note)

    def receipt(self, sealable: Sealable, *, kind: str, show: tuple[str, ...]) -> Receipt:
        shown = tuple(sealable.disclosures[name] for name in show)
        index = self.leaves.index(sealable.leaf_bytes)
        return Receipt(kind, sealable.leaf_bytes.decode(), self.proof(index), shown)


def sealables() -> list[Sealable]:
    salts = counting_salts()
    return [leaf(event, salts) for event in events()]


def later_sealables() -> list[Sealable]:
    """One of each type that was added after the example log, which is a vector and stays as it is."""
    salts = counting_salts(500)
    generation = {"generation": 2, "epoch": 2, "label": 1, "reference": 1, "kek": 1}
    later = [
        run_event(
            stamp(14, "broker"), "ended", purpose="match_quality", grant="6c" * 16, sources=["csc", "ed"], records=40
        ),
        quality_event(stamp(15, "school"), 7, run="6c" * 16, told="d7" * 32),
        recall_event(stamp(16, "broker"), "made", answers=[stamp(6).id], verdict=stamp(11).id),
        alarm_event(stamp(17), "about-one-person", count=5, staff="council/w7", answer=stamp(6).id),
        review_event(
            stamp(18),
            "explained",
            staff="council/w9",
            answer=stamp(6).id,
            pair=["1a" * 16, "2b" * 16],
            ticket="3c" * 16,
        ),
        policy_event(stamp(19, "broker"), "7a" * 32, old="8b" * 32, diff="4d" * 32),
        keys_event(stamp(20, "broker"), "renewed", numbers=generation, records=250),
        retract_event(stamp(21, "school"), "ed", tags=["9f" * 16, "1a" * 16]),
        challenge_event(stamp(22), "made", private=CHALLENGED),
        emergency_event(stamp(23), "opened", private=EMERGENCY),
    ]
    others = (*seen_sealables(), *right_sealables(), *gone_sealables(), *agreed_sealables(), *watched_sealables())
    others = (*others, *oversight_sealables(), *part_sealables(), *read_sealables())
    return [*(leaf(event, salts) for event in later), *others]


def agreed_sealables() -> list[Sealable]:
    """That two people signed that agreements go back."""
    change = '{"v":1,"terms":{"v":1,"place":"brackwater","back":true},"signatures":[]}'
    agreed = Agreed("ad" * 32, True, change)
    event = policy_event(stamp(51, "broker"), "8b" * 32, old="7a" * 32, diff="9c" * 32, agreed=agreed)
    return [leaf(event, counting_salts(900))]


def watched_sealables() -> list[Sealable]:
    """That too few witnesses signed."""
    return [leaf(witness_event(stamp(61, "broker"), "too-few", size=4096), counting_salts(950))]


def gone_sealables() -> list[Sealable]:
    """That values and details went, and a record may not."""
    private: dict[str, canonical.Value] = {"items": {"ed.attendance": 2}, "refs": ["0b" * 16, "1c" * 16]}
    salts = counting_salts(800)
    tags = ["9f" * 16, "5e" * 16]
    gone = [
        dispose_event(stamp(41, "broker"), "ed", values=2, tags=tags, private=private),
        hold_event(stamp(42, "school"), "set", source="ed", tags=tags[:1], staff="school/w3"),
        expire_event(stamp(43, "broker"), "answers", month="2020-10", entries=17),
        shred_event(stamp(44, "broker"), "court-order", case="KB-2026-001234", entries=[3, 7]),
        prune_event(stamp(45, "broker"), 256, root="4a" * 32),
    ]
    return [leaf(event, salts) for event in gone]


def right_sealables() -> list[Sealable]:
    """That a person used a right."""
    private: dict[str, canonical.Value] = {
        "right": "rectification",
        "case": "5d" * 16,
        "source": "ed",
        "staff": "school/w3",
        "tag": "0b" * 16,
        "received": "2026-11-22",
        "due": "2026-12-22",
        "told": ["council"],
    }
    return [leaf(right_event(stamp(31, "school"), "taken", private=private), counting_salts(700))]


def seen_sealables() -> list[Sealable]:
    """Looks with their day tags, an index of them, and that somebody read it."""
    salts, cover = counting_salts(600), stamp(24)
    items = [("ed.involvement", "share", "early-help#2"), ("ed.involvement", "share", "early-help#2")]
    own = {"1c" * 16: [1], "0b" * 16: [0]}
    looked = Decisions("school", items, ["9f" * 16, "5e" * 16], [{}, {}], "council.keyworker", own)
    looks = Looks({bytes.fromhex(tag): [(1, b"\x01" * 32)] for tag in own}, ("2026-11-22",))
    index = build(looks)
    covered = Covered(CLOSED, 0, 24, looks.days, len(index.rows), index.root, "4a" * 32)
    read = {"staff": "school/w3", "source": "ed", "tag": "0b" * 16, "told": 1, "untold": 0}
    decided = {"answer": cover.id, "purpose": "early_help", "policy": POLICY}
    return [
        leaf(disclose_event(stamp(25), looked, **decided), salts),
        leaf(index_event(stamp(26, "broker"), header_of(covered)), salts),
        leaf(seen_event(stamp(27, "school"), "read", private=read), salts),
    ]


def part_sealables() -> list[Sealable]:
    """What was told of two agencies' records, and in the same leaves what was not."""
    items, tags, own = [("ed.involvement", "share", "early-help#2")], ["9f" * 16], {"0b" * 16: [0]}
    decided = {"answer": stamp(6).id, "purpose": "early_help", "policy": POLICY}
    quiet = '{"decisions": [{"item": "ed.attendance", "level": "withhold_silently"}], "tags": ["1c1c"]}'
    told = Decisions("school", items, tags, ["{}"], "council.keyworker", own, untold=quiet)
    salts = counting_salts(1_100)
    return [
        leaf(disclose_event(stamp(70), told, **decided), salts),
        leaf(nothing_event(stamp(71), "homes", **decided, untold='{"decisions": [], "tags": []}'), salts),
    ]


def read_sealables() -> list[Sealable]:
    """Somebody reads their agency's protections; the event of before it said who has no private field."""
    read = stamp(72).event("admin", {"act": "read-protections", "what": "ours"}, {"staff": "council/w7"})
    before = stamp(73).event("admin", {"act": "read-protections", "what": "ours"}, {})
    return [leaf(event, counting_salts(1_200)) for event in (read, before)]


def oversight_sealables() -> list[Sealable]:
    """An officer searches, and a look-up is raised into a queue and closed."""
    searched: dict[str, canonical.Value] = {"staff": "council/ig1", "query": "5c" * 32}
    raised: dict[str, canonical.Value] = {"about": "0d" * 16, "rules": ["A3", "unexplained"], "thresholds": "7e" * 32}
    closed: dict[str, canonical.Value] = {
        "about": "0d" * 16,
        "rules": ["A3", "unexplained"],
        "staff": "council/ig1",
        "outcome": "training",
    }
    salts = counting_salts(1_000)
    return [
        leaf(search_event(stamp(65, "council"), "found", found=12, private=searched), salts),
        leaf(alert_event(stamp(66, "council"), "raised", private=raised), salts),
        leaf(alert_event(stamp(67, "council"), "closed", private=closed), salts),
        leaf(unproven_event(stamp(68, "council"), {"credential-expired": 3, "jws-signature": 296}), salts),
        leaf(pause_event(stamp(69, "council"), "resumed", sources=["eh", "csc"], staff=["w1", "w2"]), salts),
    ]


def signed(leaves: list[bytes], *, key: Ed25519PrivateKey = LOG_KEY, origin: str = ORIGIN) -> ExampleLog:
    """A log of these leaves, whatever they are, signed as an honest log would be."""
    nodes = tree.append(0, map(tree.leaf_hash, leaves), nodes=tree.reader({}))
    root = tree.root(len(leaves), tree.reader(nodes))
    note = checkpoint.sign(Checkpoint(origin, len(leaves), root), origin, private_key=key)
    return ExampleLog(tuple(leaves), nodes, note)


def example(size: int = 14) -> ExampleLog:
    return signed([sealable.leaf_bytes for sealable in sealables()[:size]])
