"""A log whose beginning is pruned, or whose details are gone, verifies only if an event of it says so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from broker.audit import tiles, tree, verify_audit
from broker.audit.checkpoint import Checkpoint, sign, vkey
from broker.audit.disposal_events import expire_event, prune_event, shred_event
from broker.audit.events import Event, Stamp, leaf
from broker.audit.retention import MONTHS, class_of, runs_out, types_of
from broker.audit.shredded import Shredded, shredded_in
from broker.audit.verify import verify_log
from broker.errors import Untrusted

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
ORIGIN = "broker.example/audit"
OLD = dt.datetime(2014, 1, 5, tzinfo=dt.UTC)
NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)


def event(number: int, t: dt.datetime, make: Callable[[Stamp], Event] | None = None) -> Event:
    stamp = Stamp(f"{number:032x}", t, "broker")
    return make(stamp) if make else stamp.event("admin", {"act": "noted", "what": f"{number}"}, {})


@dataclass
class Log:
    """A log of events, and its files as they are exported from `first` on."""

    events: list[Event]

    @property
    def leaves(self) -> list[bytes]:
        return [leaf(one, []).leaf_bytes for one in self.events]

    @property
    def nodes(self) -> dict[tuple[int, int], bytes]:
        return tree.append(0, map(tree.leaf_hash, self.leaves), nodes=tree.reader({}))

    def files(self, first: int = 0) -> dict[str, bytes]:
        kept = {place: node for place, node in self.nodes.items() if place[1] >= tiles.is_left(place[0], first)}
        size = len(self.events)
        note = sign(Checkpoint(ORIGIN, size, tree.root(size, tree.reader(kept))), ORIGIN, private_key=KEY)
        return tiles.export(size, self.leaves[first:], nodes=tree.reader(kept), note=note, first=first)


def verified(files: dict[str, bytes], seen: str = "") -> int:
    """The first event that is left, as both verifiers say, which share no code."""
    key = vkey(ORIGIN, KEY.public_key())
    policy = verify_audit.parse_policy(f"log {key}\nquorum none\n".encode())
    try:
        theirs = verify_audit.check(files, policy, now=NOW, seen=seen.encode() if seen else None).first
    except verify_audit.WRONG as error:
        with pytest.raises(Untrusted):
            verify_log(files, [key])
        raise Untrusted("single-file", str(error)) from None
    assert verify_log(files, [key]).first == theirs
    return theirs


@pytest.mark.parametrize(("first", "size"), [(256, 300), (512, 513), (768, 1_100)])
def test_a_pruned_log_verifies(first: int, size: int) -> None:
    """What is later can't be proven any more once the beginning is gone, or anybody may cut a log short."""
    log = Log([event(number, OLD) for number in range(size - 1)])
    root = tree.root(first, tree.reader(log.nodes))
    log.events.append(event(size, NOW, lambda stamp: prune_event(stamp, first, root=root.hex())))
    files = log.files(first)
    assert len(files) < len(log.files())
    assert verified(files) == first
    assert verified(log.files()) == 0, "whoever kept the whole of it can show it"
    unsaid = Log([*log.events[:-1], event(size, NOW)])
    with pytest.raises(Untrusted, match="no event of it says so"):
        verified(unsaid.files(first))
    with pytest.raises(Untrusted, match="no event of it says so"):
        verify_log(unsaid.files(first), [vkey(ORIGIN, KEY.public_key())])
    for path in files:
        changed = {**files, path: files[path][:-1] + bytes([files[path][-1] ^ 1])}
        with pytest.raises(Untrusted):
            verified(changed)


def test_a_pruned_log_goes_on_from_what_was_seen() -> None:
    """Pruning makes a rewritten log pass for the one that an auditor saw last year."""
    log = Log([event(number, OLD) for number in range(700)])
    root = tree.root(512, tree.reader(log.nodes))
    log.events.append(event(700, NOW, lambda stamp: prune_event(stamp, 512, root=root.hex())))
    for size in (512, 513, 600, 701):
        assert verified(log.files(512), seen=Log(log.events[:size]).files()["checkpoint"].decode()) == 512
        other = Log([event(999, OLD), *log.events[1:size]])
        with pytest.raises(verify_audit.Tampered, match="does not go on"):
            seen_by(log.files(512), other)
    with pytest.raises(verify_audit.Usage, match="pruned"):
        seen_by(log.files(512), Log(log.events[:511]))
    assert seen_by(log.files(), Log(log.events[:511])).first == 0
    with pytest.raises(verify_audit.Tampered, match="does not go on"):
        seen_by(log.files(512), Log([*log.events, event(701, NOW)]))


@pytest.mark.long
@pytest.mark.parametrize("first", [256, 65_536, 65_792, 66_048])
def test_a_log_of_three_levels_of_tiles_is_pruned(first: int) -> None:
    """Hashes of what went are looked for in the wrong tile once there are more than 65,536 events."""
    log = Log([event(number, OLD) for number in range(66_099)])
    root = tree.root(first, tree.reader(log.nodes))
    log.events.append(event(66_099, NOW, lambda stamp: prune_event(stamp, first, root=root.hex())))
    assert verified(log.files(first), seen=Log(log.events[:66_050]).files()["checkpoint"].decode()) == first


def seen_by(files: dict[str, bytes], seen: Log) -> verify_audit.Report:
    policy = verify_audit.parse_policy(f"log {vkey(ORIGIN, KEY.public_key())}\nquorum none\n".encode())
    return verify_audit.check(files, policy, now=NOW, seen=seen.files()["checkpoint"])


@pytest.mark.parametrize("size", [1_300, pytest.param(66_100, marks=pytest.mark.long)])
def test_every_later_proof_is_made_from_what_is_left(size: int) -> None:
    """A proof about an event that stayed needs a hash that went."""
    hashes = [n.to_bytes(32, "big") for n in range(size)]
    nodes = tree.append(0, hashes, nodes=tree.reader({}))
    whole = tree.root(size, tree.reader(nodes))
    for first in [first for first in (256, 1_280, 65_536, 66_048) if first < size]:
        kept = {place: node for place, node in nodes.items() if place[1] >= tiles.is_left(place[0], first)}
        read = tree.reader(kept)
        edge = tiles.left_edge(first, partial(_hashes, size=size, nodes=read))
        assert edge.items() <= nodes.items()
        for index in (first, first + 1, (first + size) // 2, size - 1):
            proof = tree.inclusion_proof(index, size, nodes=read)
            tree.verify_inclusion(hashes[index], index, size=size, proof=proof, root=whole)
        old = tree.root(first, tree.reader(edge))
        assert tree.root(size, read) == whole
        path = tree.consistency_proof(first, size, nodes=read)
        tree.verify_consistency(first, old, new_size=size, new_root=whole, proof=path)


def _hashes(tile: tiles.Tile, *, size: int, nodes: tree.Nodes) -> bytes:
    """The tile as it is in a log of this size."""
    width = min(256, (size >> 8 * tile.level) - 256 * tile.n)
    return tiles.hash_tile(tile.level, tile.n, width=width, nodes=nodes)


def test_what_was_shredded_is_counted_and_checked() -> None:
    """Details are said to have run out that had not, that nobody counted, or that come after."""
    asked = [event(number, OLD, lambda stamp: stamp.event("recall", {"act": "made"}, {})) for number in range(3)]
    gone = event(7, NOW, lambda stamp: expire_event(stamp, "answers", month="2014-01", entries=3))
    by = event(8, NOW, lambda stamp: shred_event(stamp, "court-order", case="KB-1", entries=[0, 2]))
    assert shredded_in(_read([*asked, gone, by])) == (Shredded(3, 3, "expired"), Shredded(2, 4, "court-order"))
    # Those of another month, or of another class, are not among them.
    month_before = event(4, OLD - dt.timedelta(days=31), lambda stamp: stamp.event("recall", {"act": "made"}, {}))
    alarm = event(5, OLD, lambda stamp: stamp.event("alarm", {}, {}))
    assert shredded_in(_read([month_before, *asked, alarm, gone])) == (Shredded(3, 5, "expired"),)
    wrong = [
        (expire_event, "answers", {"month": "2014-01", "entries": 2}, "another number"),
        (expire_event, "answers", {"month": "2020-11", "entries": 0}, "before their time"),
        (expire_event, "system", {"month": "2014-01", "entries": 0}, "before their time"),
        (expire_event, "others", {"month": "2014-01", "entries": 0}, "there can't be"),
        (expire_event, "answers", {"month": "2014-13", "entries": 0}, "there can't be"),
        (shred_event, "mistake", {"case": "IG-1", "entries": [3]}, "not before it"),
        (shred_event, "mistake", {"case": "IG-1", "entries": []}, "not before it"),
        (shred_event, "mistake", {"case": "IG-1", "entries": [1, 1]}, "twice"),
    ]
    for make, what, given, why in wrong:
        with pytest.raises(Untrusted, match=why):
            shredded_in(_read([*asked, event(9, NOW, lambda stamp: make(stamp, what, **given))]))  # noqa: B023


def _read(events: list[Event]) -> list[dict[str, object]]:
    return [{"typ": one.typ, "t": one.t.isoformat(), **one.header} for one in events]


def test_a_class_is_kept_to_the_end_of_its_month() -> None:
    """Details run out a month early, or never."""
    assert runs_out("alarms", "2026-11") == dt.date(2028, 12, 1)
    assert runs_out("alarms", "2026-12") == dt.date(2029, 1, 1)
    assert runs_out("decisions", "2026-01") == dt.date(2036, 2, 1)
    assert runs_out("system", "2026-01") is None
    assert class_of("disclose") == class_of("a-type-to-come") == "answers"
    named = [types_of(kept)[0] for kept in MONTHS if kept != "answers"]
    assert types_of("alarms") == (frozenset({"alarm"}), False)
    assert types_of("answers") == (frozenset().union(*named), True)
    assert not any(one & other for one in named for other in named if one is not other)


def test_whole_verifiers_read_what_was_shredded() -> None:
    """Details are gone and the log says so, but whoever verifies it is not told; or it says so of what it may not."""
    asked = [event(number, OLD, lambda stamp: stamp.event("recall", {"act": "made"}, {})) for number in range(3)]
    gone = event(7, NOW, lambda stamp: expire_event(stamp, "answers", month="2014-01", entries=3))
    by = event(8, NOW, lambda stamp: shred_event(stamp, "court-order", case="KB-1", entries=[0, 2]))
    key = vkey(ORIGIN, KEY.public_key())
    report = verify_log(Log([*asked, gone, by]).files(), [key])
    assert report.shredded == (Shredded(3, 3, "expired"), Shredded(2, 4, "court-order"))
    with pytest.raises(Untrusted, match="another number"):
        verify_log(Log([*asked[1:], gone]).files(), [key])


def test_a_pruned_log_counts_no_more_what_is_gone() -> None:
    """Nobody sees the events of before, so that a true number looks wrong; what can be checked still is."""
    gone = event(7, NOW, lambda stamp: expire_event(stamp, "answers", month="2014-01", entries=3))
    assert shredded_in(_read([gone]), first=256) == (Shredded(3, 256, "expired"),)
    by = event(8, NOW, lambda stamp: shred_event(stamp, "mistake", case="IG-1", entries=[256]))
    with pytest.raises(Untrusted, match="not before it"):
        shredded_in(_read([by]), first=256)
    assert shredded_in(_read([gone, by]), first=256)[1] == Shredded(1, 257, "mistake")


@pytest.mark.parametrize(
    ("typ", "changed", "why"),
    [
        ("shred", {"entries": {0: 1}}, "not before it"),
        ("shred", {"entries": "0"}, "not before it"),
        ("shred", {"entries": None}, "not before it"),
        ("shred", {"entries": [0, False]}, "not before it"),
        ("shred", {"entries": [0, 5]}, "not before it"),
        ("shred", {"entries": [2, 0]}, "without a basis, or twice"),
        ("shred", {"basis": None}, "without a basis, or twice"),
        ("expire", {"kept": ["answers"]}, "there can't be"),
        ("expire", {"kept": None}, "there can't be"),
        ("expire", {"month": None}, "there can't be"),
        ("expire", {"month": 201401}, "there can't be"),
        ("expire", {"month": ["2014-01"]}, "there can't be"),
        ("expire", {"entries": "3"}, "there can't be"),
        ("expire", {"entries": None}, "there can't be"),
    ],
)
def test_an_end_of_details_that_nobody_could_mean(typ: str, changed: dict[str, object], why: str) -> None:
    """A leaf of the right type with something else in a field passes, or brings the verifier down."""
    good: dict[str, dict[str, object]] = {
        "shred": {"typ": "shred", "t": NOW.isoformat(), "entries": [0, 2], "basis": "mistake"},
        "expire": {"typ": "expire", "t": NOW.isoformat(), "kept": "answers", "month": "2014-01", "entries": 3},
    }
    before = [{"typ": "recall", "t": OLD.isoformat()}] * 3
    assert len(shredded_in([*before, good[typ]])) == 1
    with pytest.raises(Untrusted, match=why):
        shredded_in([*before, good[typ] | changed])
