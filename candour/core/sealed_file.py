"""A file that is secret and whole or not read at all: a stream cut into chunks, each encrypted and bound to its place.

Layout: the line MAGIC, one line of JSON (how the key is made from the secret), then chunks of 4 bytes length and AES-256-GCM ciphertext.
The nonce is 7 random bytes, the chunk's number (4 bytes) and a byte that is 1 for the last chunk only, so that chunks can't be swapped,
left out or cut off (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizar, 2015). The key comes from the secret by scrypt
(RFC 7914). Chunks hold the stream compressed by zlib.
"""

from __future__ import annotations

import hmac
import json
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

MAGIC = b"CANDOUR BACKUP 1\n"
#: Bytes of the stream in one chunk.
CHUNK = 1 << 20
#: scrypt: 128 * r * n bytes of memory (64 MiB); a header that asks for more than the limit is refused before it is tried.
COST, COST_LIMIT = 1 << 16, 1 << 20
_TAG = 16
_LONGEST = CHUNK + 4096 + _TAG
_HEADER_LIMIT = 4096


class NotOpened(ValueError):
    """The file can't be opened; the message says what to do. Nothing was read out of it."""


@dataclass(frozen=True, slots=True)
class Lock:
    """A secret bound to the salt of one file. `check` tells a wrong secret from an altered file."""

    salt: bytes
    cost: int
    key: bytes
    check: bytes

    @classmethod
    def made(cls, secret: bytes, salt: bytes = b"", cost: int = COST) -> Lock:
        """The lock of this secret; without a salt, of a new file. Takes about a fifth of a second on purpose."""
        salt = salt or os.urandom(16)
        both = Scrypt(salt=salt, length=64, n=cost, r=8, p=1).derive(secret)
        return cls(salt, cost, both[:32], hmac.digest(both[32:], b"candour", "sha256"))

    @classmethod
    def of(cls, told: object, secret: bytes) -> Lock:
        """The lock a header describes, opened by `secret`. Raises NotOpened for a header that is not ours or a wrong secret."""
        if not isinstance(told, dict) or told.get("kdf") != "scrypt":
            raise NotOpened("This is no backup of Candour, or its beginning was altered: take another copy.")
        try:
            salt, check, cost = bytes.fromhex(told["salt"]), bytes.fromhex(told["check"]), int(told["cost"])
        except (KeyError, TypeError, ValueError):
            raise NotOpened("The beginning of the file was altered: take another copy.") from None
        if cost < 2 or cost & (cost - 1) or cost > COST_LIMIT or len(salt) != 16:
            raise NotOpened("The beginning of the file was altered: take another copy.")
        lock = cls.made(secret, salt, cost)
        if not hmac.compare_digest(lock.check, check):
            raise NotOpened("The passphrase or key is not the one this file was made with: give that one.")
        return lock

    def told(self) -> dict[str, object]:
        """What the header says of it."""
        return {"kdf": "scrypt", "salt": self.salt.hex(), "cost": self.cost, "check": self.check.hex()}


class SealedWriter:
    """Writes a stream into `file`; the file is whole only after `close`."""

    def __init__(self, file: BinaryIO, secret: bytes, cost: int = COST) -> None:
        lock, self._prefix = Lock.made(secret, cost=cost), os.urandom(7)
        self._file, self._cipher, self._number, self._waiting = file, AESGCM(lock.key), 0, bytearray()
        self._header = json.dumps(lock.told() | {"prefix": self._prefix.hex()}, sort_keys=True).encode() + b"\n"
        self._pack = zlib.compressobj(1)
        file.write(MAGIC + self._header)

    def write(self, data: bytes) -> None:
        """Add to the stream."""
        self._waiting += self._pack.compress(data)
        while len(self._waiting) > CHUNK:
            self._put(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]

    def close(self) -> None:
        """Write what is left as the last chunk."""
        self._waiting += self._pack.flush()
        while len(self._waiting) > CHUNK:
            self._put(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        self._put(bytes(self._waiting), last=True)

    def _put(self, data: bytes, *, last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._prefix, self._number, last), data, self._header)
        self._file.write(struct.pack(">I", len(sealed)) + sealed)
        self._number += 1


class SealedReader:
    """Reads the stream of a sealed file; each byte it gives was authenticated. Raises NotOpened at the first chunk that was altered."""

    def __init__(self, file: BinaryIO, secret: bytes) -> None:
        self._file = file
        if file.read(len(MAGIC)) != MAGIC:
            raise NotOpened("This is no backup of Candour: name the file that `candour backup` wrote.")
        self._header = file.readline(_HEADER_LIMIT)
        told = _parsed(self._header)
        self._cipher = AESGCM(Lock.of(told, secret).key)
        self._prefix = bytes.fromhex(told["prefix"])
        self._stream, self._ready = self._opened(), bytearray()

    def read(self, size: int) -> bytes:
        """The next `size` bytes, fewer only at the end of the stream."""
        while len(self._ready) < size:
            more = next(self._stream, None)
            if more is None:
                break
            self._ready += more
        found = bytes(self._ready[:size])
        del self._ready[:size]
        return found

    def _opened(self) -> Iterator[bytes]:
        unpack, number = zlib.decompressobj(), 0
        while True:
            data, last = self._chunk(number)
            while data:
                yield unpack.decompress(data, CHUNK)
                data = unpack.unconsumed_tail
            number += 1
            if last:
                yield unpack.flush()
                if self._file.read(1):
                    raise NotOpened("Something was put behind the end of the file: take another copy.")
                return

    def _chunk(self, number: int) -> tuple[bytes, bool]:
        size = self._file.read(4)
        length = int.from_bytes(size, "big")
        sealed = self._file.read(length) if len(size) == 4 and length <= _LONGEST else b""
        if len(size) < 4 or (len(sealed) < length and length <= _LONGEST):
            raise NotOpened("The file ends too early: take a copy that was written to its end.")
        for last in (False, True):
            try:
                return self._cipher.decrypt(_nonce(self._prefix, number, last), sealed, self._header), last
            except (InvalidTag, ValueError):
                continue
        raise NotOpened("The file was altered after it was made: take another copy.")


def _nonce(prefix: bytes, number: int, last: bool) -> bytes:
    return prefix + struct.pack(">IB", number, last)


def _parsed(header: bytes) -> dict[str, Any]:
    try:
        told = json.loads(header)
        ours = isinstance(told, dict) and len(bytes.fromhex(told["prefix"])) == 7
    except (ValueError, KeyError, TypeError):
        ours = False
    if not ours:
        raise NotOpened("The beginning of the file was altered: take another copy.")
    return dict(told)
