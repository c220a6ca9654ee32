"""The stream inside a sealed file: named parts one after another, at the end the manifest with what each must be."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from candour.core.sealed_file import NotOpened

MANIFEST = "manifest.json"
_LONGEST = 1 << 30


class Readable(Protocol):
    def read(self, size: int) -> bytes: ...


class Writable(Protocol):
    def write(self, data: bytes) -> object: ...


def write_part(stream: Writable, name: str, blocks: Iterable[bytes]) -> None:
    """One part: its name, its blocks, an empty block."""
    _write_block(stream, name.encode())
    for block in blocks:
        if block:
            _write_block(stream, block)
    _write_block(stream, b"")


def write_manifest(stream: Writable, manifest: dict[str, Any]) -> None:
    """The last part."""
    write_part(stream, MANIFEST, [json.dumps(manifest, ensure_ascii=False, sort_keys=True).encode()])


def read_parts(stream: Readable) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Name and blocks of every part; what the caller leaves of one is skipped."""
    while name := _read_block(stream, at_end=True):
        blocks = iter(lambda: _read_block(stream), b"")
        yield name.decode(), blocks
        for _left in blocks:
            continue


def proven_manifest(stream: Readable) -> dict[str, Any]:
    """Read the whole stream and compare every part with the manifest. Raises NotOpened when one is missing, too many or different."""
    seen: dict[str, str] = {}
    manifest: dict[str, Any] = {}
    for name, blocks in read_parts(stream):
        if name == MANIFEST:
            manifest = json.loads(b"".join(blocks))
            continue
        hashed = hashlib.sha256()
        for block in blocks:
            hashed.update(block)
        seen[name] = hashed.hexdigest()
    told = {name: part["sha256"] for name, part in manifest.get("parts", {}).items()}
    if not manifest or told != seen:
        raise NotOpened("The parts of the file are not those its manifest names: take another copy.")
    return manifest


def _write_block(stream: Writable, block: bytes) -> None:
    stream.write(len(block).to_bytes(4, "big") + block)


def _read_block(stream: Readable, *, at_end: bool = False) -> bytes:
    size = stream.read(4)
    if at_end and not size:
        return b""
    length = int.from_bytes(size, "big")
    block = stream.read(length) if len(size) == 4 and length < _LONGEST else b""
    if len(size) < 4 or len(block) != length:
        raise NotOpened("The parts of the file don't fit together: take another copy.")
    return block
