"""The Merkle tree: published roots, and the fast code against the recursive definition of RFC 6962."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.audit import tree
from broker.errors import BadInput, Untrusted

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/audit/rfc6962.json").read_text())
LEAVES = [bytes.fromhex(text) for text in VECTORS["leaves"]]
MANY = [number.to_bytes(2, "big") for number in range(70)]


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if len(leaves) < 2:
        return tree.leaf_hash(leaves[0]) if leaves else tree.EMPTY_ROOT
    k = naive_split(len(leaves))
    return tree.node_hash(naive_root(leaves[:k]), naive_root(leaves[k:]))


def naive_path(m: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962 section 2.1.1, word for word."""
    if len(leaves) == 1:
        return []
    k = naive_split(len(leaves))
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_subproof(m: int, leaves: list[bytes], complete: bool) -> list[bytes]:
    """RFC 6962 section 2.1.2, word for word."""
    if m == len(leaves):
        return [] if complete else [naive_root(leaves)]
    k = naive_split(len(leaves))
    if m <= k:
        return [*naive_subproof(m, leaves[:k], complete), naive_root(leaves[k:])]
    return [*naive_subproof(m - k, leaves[k:], False), naive_root(leaves[:k])]


def naive_split(n: int) -> int:
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def nodes_of(leaves: list[bytes]) -> tree.Nodes:
    return tree.reader(tree.append(0, map(tree.leaf_hash, leaves), nodes=tree.reader({})))


def test_published_roots() -> None:
    """Our roots are those of every other implementation."""
    nodes = nodes_of(LEAVES)
    assert [tree.root(size, nodes).hex() for size in range(9)] == VECTORS["roots"]


def test_published_nodes() -> None:
    """Nodes are stored under the level and number that the tiles rely on."""
    stored = tree.append(0, map(tree.leaf_hash, LEAVES), nodes=tree.reader({}))
    assert {f"{level},{n}": node.hex() for (level, n), node in stored.items()} == VECTORS["nodes"]


def test_inclusion_proofs_are_the_definition_and_verify() -> None:
    """Every leaf of every tree up to 70 leaves has exactly the path of the RFC."""
    nodes = nodes_of(MANY)
    for size in range(1, len(MANY) + 1):
        root = tree.root(size, nodes)
        assert root == naive_root(MANY[:size])
        for index in range(size):
            proof = tree.inclusion_proof(index, size, nodes=nodes)
            assert proof == naive_path(index, MANY[:size])
            tree.verify_inclusion(tree.leaf_hash(MANY[index]), index, size=size, proof=proof, root=root)


def test_consistency_proofs_are_the_definition_and_verify() -> None:
    """Every pair of sizes up to 40 has exactly the proof of the RFC."""
    nodes = nodes_of(MANY)
    roots = [tree.root(size, nodes) for size in range(41)]
    for new in range(41):
        for old in range(new + 1):
            proof = tree.consistency_proof(old, new, nodes=nodes)
            assert proof == (naive_subproof(old, MANY[:new], True) if old else [])
            tree.verify_consistency(old, roots[old], new_size=new, new_root=roots[new], proof=proof)


@given(st.integers(0, 300), st.lists(st.integers(1, 40), max_size=6))
def test_appending_in_batches_is_appending_at_once(first: int, batches: list[int]) -> None:
    """Where a batch ends leaves no trace in the tree."""
    hashes = [tree.leaf_hash(number.to_bytes(4, "big")) for number in range(first + sum(batches))]
    stored: dict[tuple[int, int], bytes] = {}
    size = 0
    for batch in [first, *batches]:
        stored |= tree.append(size, hashes[size : size + batch], nodes=tree.reader(stored))
        size += batch
    assert stored == tree.append(0, hashes, nodes=tree.reader({}))


@given(st.data())
def test_a_wrong_inclusion_proof_is_refused(data: st.DataObject) -> None:
    """No other index, size, leaf or hash passes: an event can't be shown to be where it is not."""
    nodes = nodes_of(MANY)
    size = data.draw(st.integers(1, 70))
    index = data.draw(st.integers(0, size - 1))
    proof = tree.inclusion_proof(index, size, nodes=nodes)
    root, node = tree.root(size, nodes), tree.leaf_hash(MANY[index])
    wrong = data.draw(st.sampled_from(["index", "leaf", "drop", "add", "flip", "root", "short"]))
    other = tree.leaf_hash(b"other")
    if wrong == "index":
        index = data.draw(st.integers(-2, size + 2).filter(lambda i: i != index))
    elif wrong == "leaf":
        node = other
    elif wrong == "root":
        root = other
    elif wrong == "add":
        proof.insert(data.draw(st.integers(0, len(proof))), other)
    elif proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        proof[at : at + 1] = {"drop": [], "flip": [other], "short": [proof[at][:31]]}[wrong]
    else:
        node = other
    with pytest.raises(Untrusted):
        tree.verify_inclusion(node, index, size=size, proof=proof, root=root)


def test_the_size_belongs_to_the_proof() -> None:
    """A root passes for the root of its own size only, even when the hashes lead to it."""
    nodes = nodes_of(MANY)
    root, node = tree.root(2, nodes), tree.leaf_hash(MANY[0])
    proof = tree.inclusion_proof(0, 2, nodes=nodes)
    tree.verify_inclusion(node, 0, size=2, proof=proof, root=root)
    for size in (1, 3, 4, 5):
        with pytest.raises(Untrusted):
            tree.verify_inclusion(node, 0, size=size, proof=proof, root=root)


@given(st.data())
def test_a_wrong_consistency_proof_is_refused(data: st.DataObject) -> None:
    """A changed history never passes for a continued one."""
    nodes = nodes_of(MANY)
    new = data.draw(st.integers(2, 70))
    old = data.draw(st.integers(1, new - 1))
    proof = tree.consistency_proof(old, new, nodes=nodes)
    old_root, new_root = tree.root(old, nodes), tree.root(new, nodes)
    other = tree.leaf_hash(b"other")
    wrong = data.draw(st.sampled_from(["old", "new", "drop", "add", "flip"]))
    at = data.draw(st.integers(0, len(proof) - 1))
    if wrong == "old":
        old_root = other
    elif wrong == "new":
        new_root = other
    else:
        proof[at : at + 1] = {"drop": [], "add": [proof[at], other], "flip": [other]}[wrong]
    with pytest.raises(Untrusted):
        tree.verify_consistency(old, old_root, new_size=new, new_root=new_root, proof=proof)


EMPTY, ONE, TWO = tree.EMPTY_ROOT, naive_root(MANY[:1]), naive_root(MANY[:2])


@pytest.mark.parametrize(
    ("old_size", "old_root", "new_size", "new_root", "proof"),
    [
        pytest.param(2, TWO, 1, ONE, [], id="shrunk"),
        pytest.param(-1, EMPTY, 1, ONE, [], id="negative"),
        pytest.param(2, TWO, 2, ONE, [], id="forked"),
        pytest.param(2, TWO, 2, TWO, [ONE], id="needless proof"),
        pytest.param(0, ONE, 2, TWO, [], id="empty log with a root"),
        pytest.param(0, EMPTY, 2, TWO, [ONE], id="proof from nothing"),
        pytest.param(0, EMPTY, 0, ONE, [], id="still empty, other root"),
        pytest.param(3, TWO, 4, TWO, [], id="no proof"),
        pytest.param(1, ONE, 2, TWO[:31], [ONE], id="short root"),
    ],
)
def test_impossible_consistency_is_refused(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: list[bytes]
) -> None:
    """The corner cases in which verifiers have been fooled before."""
    with pytest.raises(Untrusted):
        tree.verify_consistency(old_size, old_root, new_size=new_size, new_root=new_root, proof=proof)


def test_a_proof_that_can_not_exist_is_not_made() -> None:
    """Asking for a leaf or a past that the tree does not have is the caller's mistake."""
    nodes = nodes_of(LEAVES)
    for index, size in [(8, 8), (-1, 8), (0, 0)]:
        with pytest.raises(BadInput, match="no such leaf"):
            tree.inclusion_proof(index, size, nodes=nodes)
    for old, new in [(4, 3), (-1, 3)]:
        with pytest.raises(BadInput, match="older tree"):
            tree.consistency_proof(old, new, nodes=nodes)


@pytest.mark.parametrize("length", [31, 33])
def test_what_is_no_hash_is_refused_as_that(length: int) -> None:
    """A string of another length is hashed with its neighbour, so that two trees have one root."""
    nodes = nodes_of(MANY)
    roots, node = {size: tree.root(size, nodes) for size in (6, 7)}, tree.leaf_hash(MANY[2])
    path = tree.inclusion_proof(2, 7, nodes=nodes)
    for at, one in enumerate([*path, node, roots[7]]):
        *proof, leaf, root = [*path[:at], (one * 2)[:length], *[*path, node, roots[7]][at + 1 :]]
        with pytest.raises(Untrusted, match="not a SHA-256 hash") as caught:
            tree.verify_inclusion(leaf, 2, size=7, proof=proof, root=root)
        assert caught.value.code == "inclusion-proof"
    path = tree.consistency_proof(6, 7, nodes=nodes)
    for at, one in enumerate([*path, roots[6], roots[7]]):
        *proof, old, new = [*path[:at], (one * 2)[:length], *[*path, roots[6], roots[7]][at + 1 :]]
        with pytest.raises(Untrusted, match="not a SHA-256 hash") as caught:
            tree.verify_consistency(6, old, new_size=7, new_root=new, proof=proof)
        assert caught.value.code == "consistency-proof"


def test_a_tree_that_grew_is_read_as_one() -> None:
    """What was added last is looked for among what was there before, or the other way round."""
    stored = tree.append(0, map(tree.leaf_hash, MANY[:40]), nodes=tree.reader({}))
    new = tree.append(40, map(tree.leaf_hash, MANY[40:]), nodes=tree.reader(stored))
    assert tree.root(len(MANY), tree.over(new, tree.reader(stored))) == naive_root(MANY)
    assert tree.over({(0, 0): b"new"}, tree.reader(stored))(0, 0) == b"new"


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 9, 20, 21])
def test_several_proofs_at_once_are_those_of_each_alone(size: int) -> None:
    """Whoever asks together with others gets a path that leads elsewhere, or one for another leaf."""
    leaves = [tree.leaf_hash(one) for one in MANY[:size]]
    nodes = tree.reader(tree.append(0, leaves, nodes=tree.reader({})))
    for wanted in (range(size), range(size // 2, size), range(0, size, 3), [size - 1], [0], []):
        found = tree.inclusion_proofs([*wanted][::-1], size, nodes=nodes, root=tree.root(size, nodes))
        alone = {one: (leaves[one], naive_path(one, MANY[:size])) for one in wanted}
        assert {one: (leaf, [*path]) for one, (leaf, path) in found.items()} == alone
        assert tree.inclusion_proofs(wanted, size, nodes=nodes, root=None) == found


@pytest.mark.parametrize("wanted", [[-1], [9], [3, 9], [3, -1]])
def test_there_are_no_proofs_of_leaves_that_are_not_there(wanted: list[int]) -> None:
    """A proof of a leaf that is to come leads to the tree as it is."""
    nodes = tree.reader(tree.append(0, [tree.leaf_hash(bytes([number])) for number in range(9)], nodes=tree.reader({})))
    with pytest.raises(BadInput, match="no such leaf"):
        tree.inclusion_proofs(wanted, 9, nodes=nodes, root=tree.root(9, nodes))
    with pytest.raises(BadInput):
        tree.inclusion_proofs([0], 0, nodes=nodes, root=None)


def test_a_hash_on_the_way_to_a_leaf_that_was_changed_is_noticed() -> None:
    """A bit flips in the memory or on the disk, and proofs are given out that lead to no root."""
    stored = tree.append(0, [tree.leaf_hash(bytes([number])) for number in range(11)], nodes=tree.reader({}))
    told, whole = tree.root(11, tree.reader(stored)), range(11)
    # Every complete subtree but the whole of it, as 11 leaves have no node for all.
    for place in stored:
        wrong = tree.reader(stored | {place: tree.leaf_hash(b"another")})
        with pytest.raises(Untrusted, match="not made of the two below it"):
            tree.inclusion_proofs(whole, 11, nodes=wrong, root=told)
        assert len(tree.inclusion_proofs(whole, 11, nodes=wrong, root=None)) == 11
    with pytest.raises(Untrusted):
        tree.inclusion_proofs([4], 11, nodes=tree.reader(stored), root=tree.leaf_hash(b"another"))
