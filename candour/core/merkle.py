"""Merkle tree hashing of RFC 9162, section 2.1, kept as a frontier so that appending costs O(log n).

Leaves are hashed with prefix 0x00 and nodes with 0x01, so a node can't be passed off as a leaf; a lone last node is carried up and
never doubled.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
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
