"""A whole log: an honest one verifies, and every kind of tampering is noticed and named."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from example_log import (
    LOG_KEY,
    NOON,
    ORIGIN,
    OTHER_KEY,
    POLICY,
    VKEY,
    ExampleLog,
    counting_salts,
    events,
    example,
    sealables,
    signed,
    stamp,
)
from hypothesis import given
from hypothesis import strategies as st

from broker.audit import checkpoint, tiles, tree
from broker.audit.checkpoint import Checkpoint
from broker.audit.events import Event, leaf
from broker.audit.leaves import HEADERS
from broker.audit.verify import verify_consistency_of, verify_log
from broker.errors import BrokerError, Untrusted

# Types that were added after the example log, which is a vector and stays as it is.
LATER = {"run", "quality", "recall", "alarm", "review", "keys", "challenge", "emergency", "right", "index", "seen"} | {
    "alert",
    "search",
}
LATER |= {"alert", "search", "witness", "dispose", "hold", "expire", "shred", "prune", "unproven", "pause"}
VECTORS = json.loads((Path(__file__).parents[1] / "vectors/audit/log.json").read_text())
LEAVES = [sealable.leaf_bytes for sealable in sealables()]
Files = dict[str, bytes]


def code_of(files: Files, vkeys: list[str] | None = None) -> str:
    with pytest.raises(Untrusted) as caught:
        verify_log(files, vkeys or [VKEY])
    return caught.value.code


def test_an_honest_log_verifies() -> None:
    """The report says which log, how long, and how many events of each type."""
    report = verify_log(example().files(), [VKEY])
    assert (report.origin, report.size) == (ORIGIN, 14)
    assert report.root == VECTORS["root"]
    assert report.counts == dict.fromkeys(HEADERS.keys() - LATER, 1)


def test_the_vector_is_what_is_written_today() -> None:
    """A log exported long ago verifies, and the same events give the same bytes today."""
    files = {path: base64.b64decode(content) for path, content in VECTORS["files"].items()}
    assert files == example().files()
    assert verify_log(files, VECTORS["vkeys"]).root == VECTORS["root"]


def many(count: int) -> list[bytes]:
    return [
        leaf(Event("policy", f"{number:032x}", NOON, "broker", {"new": POLICY}), []).leaf_bytes
        for number in range(count)
    ]


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 600])
def test_logs_of_any_size_verify(size: int) -> None:
    """Empty logs, and those at the edges of a tile."""
    report = verify_log(signed(many(size)).files(), [VKEY])
    assert (report.size, report.counts) == (size, {"policy": size} if size else {})


def honest(change: Callable[[Files], object]) -> Files:
    files = example().files()
    change(files)
    return files


def bundle(leaves: list[bytes]) -> Files:
    return {**example().files(), "tile/entries/000.p/14": tiles.bundle(leaves)}


def edited(index: int) -> list[bytes]:
    """One leaf replaced by another that is as well-formed."""
    event = events()[index]
    other = Event(event.typ, event.id, event.t, "homes", event.header, event.private)
    return [*LEAVES[:index], leaf(other, counting_salts(900)).leaf_bytes, *LEAVES[index + 1 :]]


SWAPPED = [*LEAVES[:3], LEAVES[4], LEAVES[3], *LEAVES[5:]]
INSERTED = leaf(Event("admin", stamp(99).id, NOON, "broker"), []).leaf_bytes
OTHER_LOG = "other.example/audit"
TILE = "tile/0/000.p/14"
OLDER = example(11).note.encode()


@pytest.mark.parametrize(
    ("files", "code"),
    [
        pytest.param({}, "log-missing-file", id="nothing"),
        pytest.param(bundle(edited(7)), "log-root", id="edited entry"),
        pytest.param(bundle(SWAPPED), "log-root", id="reordered entries"),
        pytest.param(bundle(LEAVES[:-1]), "log-entries", id="last entry dropped"),
        pytest.param(bundle([*LEAVES[:5], *LEAVES[6:]]), "log-entries", id="middle entry dropped"),
        pytest.param(bundle([*LEAVES[:5], *LEAVES[6:], INSERTED]), "log-root", id="dropped and filled up"),
        pytest.param(bundle([*LEAVES, INSERTED]), "log-entries", id="inserted entry"),
        pytest.param(bundle([*LEAVES[:13], LEAVES[3]]), "log-repeated", id="replayed entry"),
        pytest.param(bundle([]), "log-entries", id="emptied"),
        pytest.param(bundle([*LEAVES[:13], b"{}"]), "leaf-malformed", id="no event"),
        pytest.param(bundle([*LEAVES[:13], LEAVES[11] + b"\n"]), "leaf-not-canonical", id="another spelling"),
        pytest.param(bundle([*LEAVES[:13], bytes(16_385)]), "leaf-too-large", id="oversize"),
        pytest.param(honest(lambda f: f.pop("tile/entries/000.p/14")), "log-missing-file", id="no entries"),
        pytest.param(honest(lambda f: f.pop("tile/0/000.p/14")), "log-missing-file", id="no hash tile"),
        pytest.param(honest(lambda f: f.pop("checkpoint")), "log-missing-file", id="no checkpoint"),
        pytest.param(honest(lambda f: f.update({"tile/0/000.p/11": b""})), "log-unknown-file", id="stray tile"),
        pytest.param(honest(lambda f: f.update({"README": b"trust me"})), "log-unknown-file", id="stray file"),
        pytest.param({**signed(SWAPPED).files(), "checkpoint": example().note.encode()}, "log-root", id="rehashed"),
        pytest.param({**example().files(), TILE: signed(SWAPPED).files()[TILE]}, "log-tile", id="swapped tile"),
        pytest.param({**example().files(), "tile/0/000.p/14": b""}, "log-tile", id="empty tile"),
        pytest.param({**example().files(), "checkpoint": OLDER}, "log-missing-file", id="older checkpoint"),
        pytest.param(signed(LEAVES, key=OTHER_KEY).files(), "note-unsigned", id="signed by another key"),
        pytest.param(signed(LEAVES, origin=OTHER_LOG).files(), "note-unsigned", id="signed for another log"),
        pytest.param(signed([*LEAVES, LEAVES[0]]).files(), "log-repeated", id="the log itself repeats"),
        pytest.param(signed([*LEAVES, b"{ }"]).files(), "leaf-not-canonical", id="the log itself misspells"),
        pytest.param(signed([LEAVES[0].replace(b'"start"', b'"begin"')]).files(), "leaf-unknown", id="unknown type"),
    ],
)
def test_tampering_is_named(files: Files, code: str) -> None:
    """Each kind of tampering has its code."""
    assert code_of(files) == code


def test_the_entry_that_is_wrong_is_named() -> None:
    """An IG officer is told where to look."""
    with pytest.raises(Untrusted) as caught:
        verify_log(bundle([*LEAVES[:7], b"[]", *LEAVES[8:]]), [VKEY])
    assert caught.value.row == 7
    with pytest.raises(Untrusted) as caught:
        verify_log({**example().files(), "tile/entries/000.p/14": b"\xff"}, [VKEY])
    assert (caught.value.code, caught.value.field) == ("bundle-truncated", "tile/entries/000.p/14")


def test_a_checkpoint_of_another_log_is_refused() -> None:
    """The log's key does not vouch for a checkpoint that names another log."""
    log = example()
    body = checkpoint.text(Checkpoint(OTHER_LOG, log.size, tree.root(log.size, tree.reader(log.nodes))))
    signature = checkpoint.key_id(ORIGIN, LOG_KEY.public_key()) + LOG_KEY.sign(body.encode())
    note = f"{body}\n— {ORIGIN} {base64.b64encode(signature).decode()}\n"
    assert code_of({**log.files(), "checkpoint": note.encode()}) == "checkpoint-origin"
    both = [VKEY, checkpoint.vkey(OTHER_LOG, LOG_KEY.public_key())]
    assert code_of({**log.files(), "checkpoint": note.encode()}, both) == "checkpoint-origin"


def small() -> Files:
    return example(3).files()


@pytest.mark.parametrize("path", sorted(small()))
def test_every_flipped_bit_is_noticed(path: str) -> None:
    """No bit of an exported log is free to change."""
    files = small()
    content = files[path]
    for at in range(len(content)):
        for bit in range(8):
            files[path] = content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :]
            with pytest.raises(BrokerError):
                verify_log(files, [VKEY])


@pytest.mark.parametrize("path", sorted(small()))
def test_every_truncation_and_deletion_is_noticed(path: str) -> None:
    """No byte of an exported log can be left out, nor a file renamed."""
    files = small()
    content = files[path]
    for at in range(len(content)):
        for damaged in (content[:at], content[:at] + content[at + 1 :]):
            with pytest.raises(Untrusted):
                verify_log({**files, path: damaged}, [VKEY])
    del files[path]
    with pytest.raises(Untrusted):
        verify_log({**files, path + "0": content}, [VKEY])


paths = st.sampled_from(["checkpoint", "tile/0/000.p/3", "tile/entries/000.p/3", "tile/1/000", "x"])


@given(st.dictionaries(paths, st.binary(max_size=200), max_size=4), st.booleans())
def test_any_files_are_untrusted(files: Files, over_a_real_log: bool) -> None:
    """Nothing but our own error escapes, whatever is called a log."""
    if not over_a_real_log or files:
        with pytest.raises(Untrusted):
            verify_log({**(small() if over_a_real_log else {}), **files}, [VKEY])


@given(st.lists(st.binary(max_size=80), min_size=1, max_size=4))
def test_any_signed_entries_are_untrusted(leaves: list[bytes]) -> None:
    """A broker that signs a log of nonsense is refused for the first of it."""
    assert code_of(signed(leaves).files()) == "leaf-not-canonical"


def proof(old: int, new: ExampleLog) -> list[bytes]:
    return tree.consistency_proof(old, new.size, nodes=tree.reader(new.nodes))


def test_a_log_that_only_grew_is_consistent() -> None:
    """A party that kept an old checkpoint sees that nothing before it changed."""
    new = example(14)
    for size in range(15):
        after = verify_consistency_of(example(size).note, new.note, proof=proof(size, new), vkeys=[VKEY])
        assert after.size == 14


def test_a_rewritten_history_is_noticed_even_under_the_logs_own_key() -> None:
    """What no log can prove of itself, one kept checkpoint does: the strongest attacker holds the signing key."""
    rewritten = signed(edited(3))
    assert verify_log(rewritten.files(), [VKEY]).size == 14
    for kept, code in [(example(8), "consistency-proof"), (example(14), "log-forked")]:
        with pytest.raises(Untrusted) as caught:
            verify_consistency_of(kept.note, rewritten.note, proof=proof(kept.size, rewritten), vkeys=[VKEY])
        assert caught.value.code == code


def test_a_rolled_back_log_is_noticed() -> None:
    """A log restored from an old backup is shorter than what was seen."""
    with pytest.raises(Untrusted) as caught:
        verify_consistency_of(example(14).note, example(11).note, proof=[], vkeys=[VKEY])
    assert caught.value.code == "consistency-size"


def test_checkpoints_of_two_logs_are_not_compared() -> None:
    """Consistency is a claim about one log."""
    other = signed(LEAVES, origin=OTHER_LOG)
    vkeys = [VKEY, checkpoint.vkey(OTHER_LOG, LOG_KEY.public_key())]
    with pytest.raises(Untrusted) as caught:
        verify_consistency_of(example(14).note, other.note, proof=[], vkeys=vkeys)
    assert caught.value.code == "consistency-origin"
