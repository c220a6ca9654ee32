"""Keys per person or case, outside the database, so that destroying one makes row, history and old backups unreadable at once.

A key is a file below `folder`; ciphertext is AES-256-GCM with a fresh nonce and the key's name as bound data.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{2,63}")


class KeyGone(LookupError):
    """The key was destroyed or is missing on this machine; the words it protected can't be read any more."""


@dataclass
class Vault:
    """Folder of keys. `folder` is private to the account that runs Candour."""

    folder: Path
    _cache: dict[str, AESGCM] = field(default_factory=dict, repr=False)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError(f"“{name}” is not a key name.")
        return self.folder / name[-2:] / f"{name}.key"

    def ensure(self, name: str) -> str:
        """Make the key `name` unless it exists; returns the name. Two processes may race: the first file wins."""
        path = self._path(name)
        if not path.exists():
            for folder in (self.folder.parent, self.folder, path.parent):  # each private: `parents=True` would open the upper ones
                folder.mkdir(mode=0o700, exist_ok=True)
            fresh = path.with_suffix(f".{os.getpid()}.{os.urandom(4).hex()}")
            fresh.touch(mode=0o600)
            fresh.write_bytes(AESGCM.generate_key(256))
            try:
                os.link(fresh, path)
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        return name

    def _key(self, name: str) -> AESGCM:
        path = self._path(name)
        if not path.exists():  # asked each time: a destroyed key must stop working in every process at once
            self._cache.pop(name, None)
            raise KeyGone(f"The key {name} was destroyed or is not on this machine.")
        if name not in self._cache:
            self._cache[name] = AESGCM(path.read_bytes())
        return self._cache[name]

    def close(self, name: str, text: str) -> bytes:
        """Ciphertext of `text` under the key `name`."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._key(name).encrypt(nonce, text.encode(), name.encode())

    def close_all(self, name: str, texts: Sequence[str]) -> list[bytes]:
        """Ciphertext of each text under the key `name`, each with a nonce of its own; the key is looked for once."""
        if not texts:
            return []
        encrypt, bound = self._key(name).encrypt, name.encode()
        drawn = os.urandom(NONCE_BYTES * len(texts))
        nonces = (drawn[start : start + NONCE_BYTES] for start in range(0, len(drawn), NONCE_BYTES))
        return [nonce + encrypt(nonce, text.encode(), bound) for nonce, text in zip(nonces, texts, strict=True)]

    def open(self, name: str, sealed: bytes) -> str:
        """Text inside `sealed`; raises KeyGone after erasure and ValueError when the bytes were changed."""
        data = bytes(sealed)
        try:
            return self._key(name).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], name.encode()).decode()
        except InvalidTag:
            raise ValueError(f"The bytes kept under key {name} were changed; compare with a backup.") from None

    def holds(self, name: str) -> bool:
        """Is the key still there?"""
        return self._path(name).exists()

    def names(self, beginning: str) -> list[str]:
        """Names of the keys that begin so, sorted."""
        return sorted(path.stem for path in self.folder.glob(f"??/{beginning}*.key"))

    def destroy(self, name: str) -> bool:
        """Destroy the key; True when there was one."""
        self._cache.pop(name, None)
        path = self._path(name)
        if not path.exists():
            return False
        path.write_bytes(b"\x00" * path.stat().st_size)
        path.unlink()
        return True
