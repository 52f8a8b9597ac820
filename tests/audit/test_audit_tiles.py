"""Tiles and proofs: the texts and files that other programs read."""

from __future__ import annotations

import pytest
from example_log import example
from hypothesis import given
from hypothesis import strategies as st

from broker.audit import tiles, tree
from broker.audit.proof import HEADER, Proof, format_proof, parse_proof, proven
from broker.audit.tiles import Tile
from broker.errors import BadInput, Untrusted


@pytest.mark.parametrize(
    ("tile", "path", "entries"),
    [
        (Tile(0, 0, 256), "tile/0/000", "tile/entries/000"),
        (Tile(0, 67, 12), "tile/0/067.p/12", "tile/entries/067.p/12"),
        (Tile(1, 999, 1), "tile/1/999.p/1", "tile/entries/999.p/1"),
        (Tile(0, 1000, 256), "tile/0/x001/000", "tile/entries/x001/000"),
        (Tile(0, 1234067, 256), "tile/0/x001/x234/067", "tile/entries/x001/x234/067"),
        (Tile(3, 1234067, 255), "tile/3/x001/x234/067.p/255", "tile/entries/x001/x234/067.p/255"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_paths(tile: Tile, path: str, entries: str) -> None:
    """Tiles are where C2SP tlog-tiles says; index 1234067 is its own example."""
    assert (tile.path, tile.entries_path) == (path, entries)


@pytest.mark.parametrize(
    ("size", "full", "partial"),
    [
        (0, [], []),
        (1, [], [(0, 0, 1)]),
        (256, [(0, 1)], [(1, 0, 1)]),
        (257, [(0, 1)], [(0, 1, 1), (1, 0, 1)]),
        (70_000, [(0, 273), (1, 1)], [(0, 273, 112), (1, 1, 17), (2, 0, 1)]),
    ],
)
def test_layout(size: int, full: list[tuple[int, int]], partial: list[tuple[int, int, int]]) -> None:
    """A log has exactly the tiles of the specification's examples (256 and 70,000 leaves)."""
    tiles_of = list(tiles.layout(size))
    for level, count in full:
        assert [tile.n for tile in tiles_of if tile.level == level and tile.width == 256] == list(range(count))
    assert [(tile.level, tile.n, tile.width) for tile in tiles_of if tile.width < 256] == partial
    assert len(tiles_of) == sum(count for _, count in full) + len(partial)


def test_hashes_of_a_higher_tile_are_roots_of_full_tiles() -> None:
    """A proof can be made from the tiles of any level."""
    leaves = [number.to_bytes(2, "big") for number in range(600)]
    stored = tree.append(0, map(tree.leaf_hash, leaves), nodes=tree.reader({}))
    files = tiles.export(600, leaves, nodes=tree.reader(stored), note="note")
    assert sorted(files) == [
        "checkpoint",
        *("tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2"),
        *("tile/entries/000", "tile/entries/001", "tile/entries/002.p/88"),
    ]
    assert files["tile/0/000"] == b"".join(map(tree.leaf_hash, leaves[:256]))
    assert files["tile/1/000.p/2"] == stored[8, 0] + stored[8, 1]
    assert tiles.parse_bundle(files["tile/entries/002.p/88"]) == leaves[512:]


@pytest.mark.parametrize("size", [11, 13])
def test_an_export_holds_exactly_the_leaves_of_its_checkpoint(size: int) -> None:
    """An export with leaves missing or left over is not made."""
    log = example(14)
    larger = example(14)
    with pytest.raises((BadInput, KeyError)):
        tiles.export(size, log.leaves, nodes=tree.reader(larger.nodes), note=log.note)
    with pytest.raises(BadInput, match="fewer leaves"):
        tiles.export(14, log.leaves[:13], nodes=tree.reader(log.nodes), note=log.note)


@given(st.lists(st.binary(max_size=300), max_size=8))
def test_bundles_round_trip(entries: list[bytes]) -> None:
    """Entries of any bytes, empty ones included, come back as they were."""
    assert tiles.parse_bundle(tiles.bundle(entries)) == entries


@given(st.binary(max_size=40))
def test_any_bytes_are_a_bundle_or_untrusted(data: bytes) -> None:
    """No byte of a bundle is skipped."""
    try:
        entries = tiles.parse_bundle(data)
    except Untrusted:
        return
    assert tiles.bundle(entries) == data


def test_an_entry_that_its_length_can_not_count_is_refused() -> None:
    """65,535 bytes fit, one more does not."""
    assert len(tiles.bundle([bytes(65_535)])) == 65_537
    with pytest.raises(BadInput, match="longer"):
        tiles.bundle([bytes(65_536)])


hashes = st.lists(st.binary(min_size=32, max_size=32), max_size=5)


@given(st.integers(0, 2**63 - 1), hashes, st.text(max_size=20))
def test_proofs_round_trip(index: int, path: list[bytes], note: str) -> None:
    """A proof is read back with its checkpoint as it stood."""
    assert parse_proof(format_proof(index, path, note=note)) == Proof(index, tuple(path), note)


def test_the_tallest_tree_has_63_hashes() -> None:
    """A proof of the largest log that a checkpoint can count is read."""
    assert len(parse_proof(format_proof(0, [bytes(32)] * 63, note="")).hashes) == 63


GOOD = format_proof(5, [bytes(32)], note="note")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(HEADER, id="header only"),
        pytest.param(GOOD.replace("@v1", "@v2"), id="another version"),
        pytest.param(GOOD.replace("index 5", "index 05"), id="leading nought"),
        pytest.param(GOOD.replace("index 5", "index"), id="no index"),
        pytest.param(GOOD.replace("index 5", "extra QUE=\nindex 5"), id="extra data that nothing signs"),
        pytest.param(GOOD.replace("index 5", "index -5"), id="negative"),
        pytest.param(GOOD.replace("AA=", "AB="), id="loose bits"),
        pytest.param(GOOD.replace("AAAA=", "A="), id="short hash"),
        pytest.param(GOOD.replace("index 5", "index 5 "), id="space"),
        pytest.param(GOOD.replace("index 5", "5"), id="a number alone"),
        pytest.param(format_proof(5, [bytes(31)], note="note"), id="31 bytes"),
        pytest.param(format_proof(5, [bytes(32)] * 64, note="note"), id="64 hashes"),
        pytest.param(GOOD.replace("A", "é"), id="not ascii"),
    ],
)
def test_what_is_no_proof(text: str) -> None:
    """Nothing in a proof has two spellings, and nothing in it is unauthenticated."""
    with pytest.raises(Untrusted) as caught:
        parse_proof(text)
    assert caught.value.code == "proof-malformed"


@given(st.text() | st.text(alphabet="index 05\nA=", max_size=30).map(lambda rest: HEADER + "\n" + rest))
def test_any_text_is_a_proof_or_untrusted(text: str) -> None:
    """Nothing but our own error escapes."""
    try:
        proof = parse_proof(text)
    except Untrusted:
        return
    assert format_proof(proof.index, proof.hashes, note=proof.note).rstrip("\n") == text.rstrip("\n")


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 65_535, 65_536, 65_793, 256_000])
def test_a_tile_is_found_by_its_path_without_going_through_all(size: int) -> None:
    """Whoever asks for a tile that isn't there has the broker walk through the whole log."""
    every = list(tiles.layout(size))
    assert [tiles.tile_at(one.path, size) for one in every] == every
    for wrong in ("tile/0/1", "tile/0/x000/000", "tile/9/999", "tile/entries/000", "tile/0/000.p/0", "tile/0/-01", ""):
        assert tiles.tile_at(wrong, size) is None
    for one in tiles.layout(size + 1):
        assert tiles.tile_at(one.path, size) == (one if one in every else None)


@pytest.mark.parametrize("first", [256, 512, 768, 1_024, 65_536, 65_792, 66_048, 131_072, 131_840, 200_192])
def test_a_pruned_log_keeps_the_nodes_of_its_last_tiles(first: int) -> None:
    """A node that later proofs need is looked for in the wrong tile, or where it went."""
    roots = [number.to_bytes(32, "big") for number in range(first // 256)]
    nodes = {(level + 8, n): node for (level, n), node in tree.append(0, roots, nodes=tree.reader({})).items()}

    def beginning(tile: Tile) -> bytes:
        assert tile.width == 256
        there = (first >> 8 * tile.level) - 256 * tile.n
        return b"".join(nodes[8 * tile.level, 256 * tile.n + at] for at in range(min(256, there)))

    def is_kept(level: int, n: int) -> bool:
        """Whether the tile that has the node's own or its leftmost hash is one of those that stay."""
        return (n << level % 8) // 256 >= first >> 8 * (level // 8 + 1)

    edge = tiles.left_edge(first, beginning)
    assert edge == {place: node for place, node in nodes.items() if is_kept(*place)}
    assert tree.root(first, tree.reader(edge)) == tree.root(first >> 8, lambda level, n: nodes[level + 8, n])
    for level in range(20):
        numbers = range((first >> level) + 2)
        assert tiles.is_left(level, first) == next(n for n in [*numbers, numbers.stop] if is_kept(level, n))


def test_the_last_byte_of_a_bundle_counts() -> None:
    """A bundle that ends within a length, or one byte too soon, passes for a whole one."""
    whole = tiles.bundle([b"one", b"", b"three"])
    assert tiles.parse_bundle(whole) == [b"one", b"", b"three"]
    ends = {0, 5, 7, len(whole)}
    for length in set(range(len(whole))) - ends:
        with pytest.raises(Untrusted, match="ends within an entry") as caught:
            tiles.parse_bundle(whole[:length])
        assert caught.value.code == "bundle-truncated"
    assert [len(tiles.parse_bundle(whole[:length])) for length in sorted(ends)] == [0, 1, 2, 3]


def test_a_leaf_is_proven_where_its_hash_is() -> None:
    """A leaf that was changed on its way is given out with the proof of the one that was signed."""
    path = (tree.leaf_hash(b"{}"), [bytes(32)])
    made = proven(5, b"{}", path, note="note")
    assert (made.leaf, parse_proof(made.proof)) == ("{}", Proof(5, (bytes(32),), "note"))
    with pytest.raises(Untrusted, match="not the one whose hash"):
        proven(5, b"[]", path, note="note")
