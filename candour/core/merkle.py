"""Merkle tree hashing of RFC 9162, section 2.1, kept as a frontier so that appending costs O(log n).

Leaves are hashed with prefix 0x00 and nodes with 0x01, so a node can't be passed off as a leaf; a lone last node is carried up and
never doubled.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

HASH_BYTES = 32
_sha256 = hashlib.sha256


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass
class Frontier:
    """Roots of the perfect subtrees of a tree with `size` leaves, largest first; enough to append and to tell the root."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        node, size = leaf, self.size
        while size & 1:
            node, size = node_hash(self.peaks.pop(), node), size >> 1
        self.peaks.append(node)
        self.size += 1

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Add many leaf hashes at once: the same as appending each, in a fraction of the time."""
        nodes, complete, size = list(leaves), [], self.size
        while nodes:
            if size & 1:
                nodes.insert(0, self.peaks.pop())
            if len(nodes) & 1:
                complete.append(nodes.pop())
            pairs = iter(nodes)
            nodes = [_sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
            size >>= 1
        self.peaks += reversed(complete)
        self.size += len(leaves)

    def root(self) -> bytes:
        """Merkle tree hash; of the empty tree the hash of nothing, as the RFC says."""
        if not self.peaks:
            return hashlib.sha256(b"").digest()
        node = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            node = node_hash(peak, node)
        return node

    def to_bytes(self) -> bytes:
        return b"".join(self.peaks)

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> Frontier:
        """Inverse of `to_bytes`; raises ValueError when the number of peaks does not fit `size`."""
        peaks = [data[i : i + HASH_BYTES] for i in range(0, len(data), HASH_BYTES)]
        if len(peaks) != size.bit_count():
            raise ValueError(f"A tree of {size} leaves has {size.bit_count()} peaks, not {len(peaks)}.")
        return cls(size, peaks)


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Root over leaf hashes."""
    tree = Frontier()
    tree.extend(list(leaves))
    return tree.root()


def intake_root(digests: Iterable[str]) -> str:
    """Root that an intake records over the digests (hex) of the post versions it stored, in the order they were stored; hex."""
    return root_of(leaf_hash(bytes.fromhex(digest)) for digest in digests).hex()


#: Leaf hashes of a stretch of the tree, in order, a batch at a time: from the first position up to, not including, the second.
Leaves = Callable[[int, int], Iterable[Sequence[bytes]]]


def inclusion_paths(size: int, wanted: Iterable[int], leaves: Leaves) -> dict[int, tuple[bytes, ...]]:
    """For each wanted leaf the sibling hashes that lead to the root of a tree of `size` leaves, nearest first (RFC 9162, 2.1.3.1).

    Every leaf is read at most once, and memory holds one batch. Raises ValueError for a position outside the tree.
    """
    positions = sorted(set(wanted))
    if positions and not 0 <= positions[0] <= positions[-1] < size:
        raise ValueError(f"A tree of {size} leaves has no leaf {positions[-1] if positions[0] >= 0 else positions[0]}.")
    paths: dict[int, list[bytes]] = {position: [] for position in positions}
    _subtree(0, size, positions, leaves, paths)
    return {position: tuple(path) for position, path in paths.items()}


def _subtree(begin: int, end: int, wanted: Sequence[int], leaves: Leaves, paths: dict[int, list[bytes]]) -> bytes:
    """The root over leaves `begin` to `end`; what lies beside a wanted leaf's way up is added to its path."""
    if not wanted or end - begin == 1:
        tree = Frontier()
        for batch in leaves(begin, end) if end > begin else ():
            tree.extend(batch)
        return tree.root()
    middle = begin + (1 << (end - begin - 1).bit_length() - 1)
    before, after = [one for one in wanted if one < middle], [one for one in wanted if one >= middle]
    left, right = _subtree(begin, middle, before, leaves, paths), _subtree(middle, end, after, leaves, paths)
    for position in before:
        paths[position].append(right)
    for position in after:
        paths[position].append(left)
    return node_hash(left, right)


def root_from_path(size: int, position: int, leaf: bytes, path: Sequence[bytes]) -> bytes | None:
    """The root of a tree of `size` leaves that has `leaf` at `position`, by its path (RFC 9162, 2.1.3.2); None when the path has another
    length than that place asks for."""
    here, last, node = position, size - 1, leaf
    for beside in path:
        if last == 0:
            return None
        if here & 1 or here == last:
            node = node_hash(beside, node)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            node = node_hash(node, beside)
        here, last = here >> 1, last >> 1
    return node if last == 0 and 0 <= position < size else None
