"""The one copy of an installation's keys: every record sealed on its own, so that a destroyed key is struck out without the secret.

Backups of the database are many and old; they hold no key. The copy of the keys is one file that is replaced, so a key that was struck
out of it opens no backup, however old. A struck-out key leaves its name and the day, and a restore never brings it back.

Layout: a line of JSON (how the key of this file is made from the secret, whose keys these are), then one line for each record.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from candour.core.sealed_file import Lock, NotOpened

FORM = "candour keys 1"
#: Before the name of a key of the vault; other names are files of secrets.
VAULT = "vault/"


@dataclass(frozen=True, slots=True)
class KeyCopy:
    """What a copy holds: the secrets and keys by name, and the names that were destroyed with the instant (ISO 8601)."""

    installation: str
    keys: Mapping[str, bytes]
    destroyed: Mapping[str, str]


@contextmanager
def keys_held(folder: Path) -> Iterator[None]:
    """Nobody else copies or destroys keys of this folder during the block, in whatever process."""
    folder.mkdir(mode=0o700, exist_ok=True)
    fd = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def write_copy(path: Path, secret: bytes, copy: KeyCopy) -> None:
    """Put the copy in the place of whatever was there, all or nothing."""
    lock = Lock.made(secret)
    header = {"form": FORM, "installation": copy.installation} | lock.told()
    lines = [json.dumps(header)]
    cipher = AESGCM(lock.key)
    for name, value in sorted(copy.keys.items()):
        if name not in copy.destroyed:
            nonce = os.urandom(12)
            sealed = nonce + cipher.encrypt(nonce, value, _bound(copy.installation, name))
            lines.append(json.dumps({"name": name, "sealed": base64.b64encode(sealed).decode()}))
    lines += [json.dumps({"name": name, "destroyed": at}) for name, at in sorted(copy.destroyed.items())]
    _replace(path, lines)


def read_copy(path: Path, secret: bytes) -> KeyCopy:
    """Every key of the copy. Raises NotOpened for a wrong secret or a record that was altered."""
    header, records = _lines(path)
    cipher, installation = AESGCM(Lock.of(header, secret).key), str(header["installation"])
    keys, destroyed = {}, {}
    for record in records:
        name = str(record["name"])
        if "destroyed" in record:
            destroyed[name] = str(record["destroyed"])
            continue
        try:
            sealed = base64.b64decode(str(record["sealed"]), validate=True)
            keys[name] = cipher.decrypt(sealed[:12], sealed[12:], _bound(installation, name))
        except (InvalidTag, ValueError, KeyError):
            raise NotOpened(f"The record {name} of {path.name} was altered: take another copy of the keys.") from None
    return KeyCopy(installation, keys, destroyed)


def owner_of(path: Path) -> str:
    """The installation whose keys a copy holds; no secret needed."""
    return str(_lines(path)[0]["installation"])


def strike_out(path: Path, destroyed: Mapping[str, str]) -> int:
    """Take keys out of a copy, leaving name and instant; needs no secret. How many were in it."""
    header, records = _lines(path)
    kept = [record for record in records if record["name"] not in destroyed]
    struck = sum(1 for record in records if record["name"] in destroyed and "sealed" in record)
    known = {str(record["name"]) for record in records if "destroyed" in record}
    if struck or set(destroyed) - known:
        told = kept + [{"name": name, "destroyed": at} for name, at in sorted(destroyed.items())]
        _replace(path, [json.dumps(line) for line in (header, *told)])
    return struck


def _bound(installation: str, name: str) -> bytes:
    return f"{installation}\n{name}".encode()


def _lines(path: Path) -> tuple[dict[str, object], list[dict[str, object]]]:
    try:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        header = lines[0]
        whole = header["form"] == FORM and "installation" in header and all("name" in line for line in lines[1:])
    except (ValueError, IndexError, KeyError, TypeError):
        whole = False
    if not whole:
        raise NotOpened(f"{path} is no copy of keys that Candour wrote, or it was altered: take another.")
    return header, lines[1:]


def _replace(path: Path, lines: Iterable[str]) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
