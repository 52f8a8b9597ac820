"""What public test suites for logs probe, made again from the definition: proofs bent in every known way, and RFC 8032.

The probes are those of transparency-dev/merkle (98 of inclusion, 98 of consistency), by kind and tree; its files are
not copied. Three verifiers get each: ours, the single file, and a stranger's (metamorphic-log, in Rust).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import cryptography_vectors
import metamorphic_log
import pytest

from broker.audit import tree, verify_audit
from broker.errors import Untrusted

LEAVES = [bytes.fromhex(one) for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
LEAVES += [bytes.fromhex("606162636465666768696a6b6c6d6e6f"), *(number.to_bytes(3, "big") for number in range(600))]
GARBAGE = b"\x5a" * 32


@cache
def root(start: int, end: int) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if end - start < 2:
        return tree.leaf_hash(LEAVES[start]) if end > start else tree.EMPTY_ROOT
    return tree.node_hash(root(start, start + split(end - start)), root(start + split(end - start), end))


def split(n: int) -> int:
    """The largest power of two below n."""
    return 1 << (n - 1).bit_length() - 1


def path(m: int, start: int, end: int) -> list[bytes]:
    """RFC 6962 section 2.1.1, word for word."""
    if end - start == 1:
        return []
    middle = start + split(end - start)
    if m < middle:
        return [*path(m, start, middle), root(middle, end)]
    return [*path(m, middle, end), root(start, middle)]


def subproof(m: int, start: int, end: int, complete: bool = True) -> list[bytes]:
    """RFC 6962 section 2.1.2, word for word; `m` is a place, not a size."""
    if m == end:
        return [] if complete else [root(start, end)]
    middle = start + split(end - start)
    if m <= middle:
        return [*subproof(m, start, middle, complete), root(middle, end)]
    return [*subproof(m, middle, end, False), root(start, middle)]


@dataclass(frozen=True)
class Inclusion:
    index: int
    size: int
    leaf: bytes
    root: bytes
    proof: tuple[bytes, ...]

    def verdicts(self) -> list[bool]:
        node, proof = self.leaf, list(self.proof)
        return [
            holds(lambda: tree.verify_inclusion(node, self.index, size=self.size, proof=proof, root=self.root)),
            holds(lambda: same(verify_audit.root_by_proof(node, self.index, size=self.size, path=proof), self.root)),
            holds(lambda: metamorphic_log.verify_inclusion(self.index, self.size, node, proof, self.root)),
        ]


@dataclass(frozen=True)
class Consistency:
    size1: int
    size2: int
    root1: bytes
    root2: bytes
    proof: tuple[bytes, ...]

    def verdicts(self) -> list[bool]:
        ours = lambda: tree.verify_consistency(  # noqa: E731
            self.size1, self.root1, new_size=self.size2, new_root=self.root2, proof=self.proof
        )
        theirs = lambda: metamorphic_log.verify_consistency(  # noqa: E731
            self.size1, self.size2, list(self.proof), self.root1, self.root2
        )
        return [holds(ours), holds(theirs)]


def same(one: bytes, other: bytes) -> None:
    if one != other:
        raise verify_audit.Tampered


def holds(judge: Callable[[], object]) -> bool:
    try:
        judge()
    except (Untrusted, *verify_audit.WRONG, metamorphic_log.VerifyError, metamorphic_log.InternalError, OverflowError):
        return False
    return True


def bent_hashes(proof: Sequence[bytes], roots: Sequence[bytes]) -> Iterator[tuple[bytes, ...]]:
    """A proof with a bit turned, a hash added before or after, taken away, or put in."""
    for at, node in enumerate(proof):
        for bit in (3, 4):
            yield (*proof[:at], bytes([node[0] ^ 1 << bit]) + node[1:], *proof[at + 1 :])
        yield (*proof[:at], *proof[at + 1 :])
        yield (*proof[:at], GARBAGE, *proof[at:])
    for extra in (GARBAGE, *roots, *proof[:1]):
        yield (extra, *proof)
        yield (*proof, extra)
    if len(proof) > 1:
        yield proof[0], *proof[1:-1], proof[-1][:31]
    if proof:
        yield ()


def inclusion_probes(index: int, size: int) -> Iterator[Inclusion]:
    honest = Inclusion(index, size, root(index, index + 1), root(0, size), tuple(path(index, 0, size)))
    for proof in bent_hashes(honest.proof, [honest.root]):
        yield replace(honest, proof=proof)
    for other in {index + 1, index - 1, index ^ 2, size, size + 7} - {index}:
        if other >= 0:
            yield replace(honest, index=other)
    for other in {size * 2, size // 2, size + 1, size - 1, 0} - {size}:
        # Another size is found out where it changes the way up; elsewhere the signed root tells.
        if len(path(index, 0, max(other, index + 1))) != len(honest.proof) or other <= index:
            yield replace(honest, size=other)
    for wrong in (GARBAGE, b"", honest.root + b"\0"):
        yield replace(honest, root=wrong)
        yield replace(honest, leaf=wrong)


def consistency_probes(old: int, new: int) -> Iterator[Consistency]:
    honest = Consistency(old, new, root(0, old), root(0, new), tuple(subproof(old, 0, new)))
    for proof in bent_hashes(honest.proof, [honest.root1, honest.root2]):
        yield replace(honest, proof=proof)
    for other in {old - 1, old + 1, old ^ 2} - {old, 0}:
        yield replace(honest, size1=other)
    for other in {new * 2, new // 2} - {new}:
        yield replace(honest, size2=other)
    for wrong in (GARBAGE, b""):
        yield replace(honest, root1=wrong)
        yield replace(honest, root2=wrong)
    if old != new:
        yield replace(honest, root1=honest.root2, root2=honest.root1)


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 8), (5, 8), (2, 3), (1, 5), (299, 300)])
def test_bent_inclusion_proofs(index: int, size: int) -> None:
    """One of the ways in which verifiers were fooled before works here."""
    honest = Inclusion(index, size, root(index, index + 1), root(0, size), tuple(path(index, 0, size)))
    assert honest.verdicts() == [True, True, True]
    for probe in inclusion_probes(index, size):
        assert not any(probe.verdicts()), probe


@pytest.mark.parametrize(("old", "new"), [(1, 1), (1, 8), (6, 8), (2, 5), (6, 7), (255, 300), (256, 300)])
def test_bent_consistency_proofs(old: int, new: int) -> None:
    """A log that was changed passes for one that grew."""
    honest = Consistency(old, new, root(0, old), root(0, new), tuple(subproof(old, 0, new)))
    assert honest.verdicts() == [True, True]
    for probe in consistency_probes(old, new):
        assert not any(probe.verdicts()), probe


def test_as_many_as_the_public_suite() -> None:
    """The generators make fewer probes than the suite that they stand for."""
    inclusion = sum(len(list(inclusion_probes(*one))) for one in ((0, 1), (0, 8), (5, 8), (2, 3), (1, 5)))
    consistency = sum(len(list(consistency_probes(*one))) for one in ((1, 1), (1, 8), (6, 8), (2, 5), (6, 7)))
    assert inclusion >= 98 and consistency >= 98


EVERY_SIZE = pytest.param(range(1, 301), marks=(pytest.mark.long, pytest.mark.timeout(600)))


@pytest.mark.parametrize("sizes", [EVERY_SIZE, (127, 129, 255, 256, 257, 300)])
def test_all_paths_of_all_sizes_are_the_definition(sizes: Sequence[int]) -> None:
    """Some proof of some tree is not that of the RFC: every index and older size, of every size to 300."""
    nodes = tree.reader(tree.append(0, map(tree.leaf_hash, LEAVES), nodes=tree.reader({})))
    for size in sizes:
        assert tree.root(size, nodes) == root(0, size)
        step = 1 if len(sizes) > 10 else 5
        for index in {*range(0, size, step), size - 1}:
            proof = tree.inclusion_proof(index, size, nodes=nodes)
            assert proof == path(index, 0, size)
            tree.verify_inclusion(root(index, index + 1), index, size=size, proof=proof, root=root(0, size))
            same(verify_audit.root_by_proof(root(index, index + 1), index, size=size, path=proof), root(0, size))
            old = index + 1
            proof = tree.consistency_proof(old, size, nodes=nodes)
            assert proof == subproof(old, 0, size)
            tree.verify_consistency(old, root(0, old), new_size=size, new_root=root(0, size), proof=proof)
        assert verify_audit.root_of([tree.leaf_hash(leaf) for leaf in LEAVES[:size]]) == root(0, size)


SIGNED = Path(cryptography_vectors.__file__).parent / "asymmetric" / "Ed25519" / "sign.input"


@pytest.mark.parametrize("step", [pytest.param(1, marks=pytest.mark.long), 101])
def test_the_single_files_signatures_are_those_of_rfc_8032(step: int) -> None:
    """Its own Ed25519 accepts something else than everybody's, or refuses it."""
    for line in SIGNED.read_text().splitlines()[::step]:
        secret, public, message, signed = (bytes.fromhex(part) for part in line.split(":")[:4])
        signature = signed[:64]
        assert secret[32:] == public and verify_audit.ed25519(public, signature, message)
        assert not verify_audit.ed25519(public, signature, message + b"\0")
        assert not verify_audit.ed25519(public, bytes([signature[0] ^ 1]) + signature[1:], message)


def test_signatures_with_a_second_spelling_are_refused() -> None:
    """A signature can be changed into another that fits as well, or a key of small order fits everything."""
    line = SIGNED.read_text().splitlines()[3]
    _, public, message, signed = (bytes.fromhex(part) for part in line.split(":")[:4])
    s = int.from_bytes(signed[32:64], "little") + verify_audit.L
    assert not verify_audit.ed25519(public, signed[:32] + s.to_bytes(32, "little"), message)
    assert not verify_audit.ed25519(public, signed[:64] + b"\0", message)
    for y in verify_audit.SMALL:
        for sign in (0, 1 << 255):
            assert verify_audit.point((y | sign).to_bytes(32, "little")) is None
    assert verify_audit.point((verify_audit.P + 3).to_bytes(32, "little")) is None
    assert verify_audit.point(b"\2" * 31) is None
