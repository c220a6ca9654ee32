"""What an installation keeps in files: papers that go into the backup, and keys that go into the copy of the keys alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from candour.core.key_copy import VAULT, KeyCopy
from candour.project.errors import StartError

HEADS = "journal/heads.jsonl"
#: Names in the data folder that go into the backup. Uploads on their way in, logs, locks and made files don't.
KEPT = ("installation", "import-profiles", "packs", HEADS)
#: Files of the key folder that are no keys.
_NO_KEYS = (".lock", "copies", "destroyed.jsonl")


def papers(data: Path, sealed_size: int) -> Iterator[tuple[str, bytes]]:
    """Name and content of every paper; of the heads only those of the snapshot, which counts `sealed_size` entries."""
    for name in KEPT:
        root = data / name
        files = sorted(path for path in root.rglob("*") if path.is_file()) if root.is_dir() else [root] if root.is_file() else []
        for path in files:
            content = path.read_bytes()
            yield path.relative_to(data).as_posix(), _heads_until(content, sealed_size) if name == HEADS else content


def _heads_until(content: bytes, size: int) -> bytes:
    """Heads signed after the snapshot belong to entries the backup does not have; a line nobody can read stays for `verify` to name."""
    return b"".join(line for line in content.splitlines(keepends=True) if line.endswith(b"\n") and _size(line) <= size)


def _size(line: bytes) -> int:
    try:
        return int(json.loads(json.loads(line)["signed"])["size"])
    except (ValueError, KeyError, TypeError):
        return 0


def put_back(data: Path, name: str, content: bytes) -> None:
    """Write one paper or key below the data folder, readable by its owner alone. Raises StartError for a name that leads out of it."""
    path = data / name
    if not path.resolve().is_relative_to(data.resolve()):
        raise StartError(f"The backup names a file outside the data folder ({name}): don't trust it, take another copy.")
    for folder in reversed([path.parent, *path.parent.parents]):
        if folder.is_relative_to(data) and not folder.exists():
            folder.mkdir(mode=0o700)
    path.touch(mode=0o600)
    path.write_bytes(content)


def keys(keys_folder: Path, installation: str, destroyed: dict[str, str]) -> KeyCopy:
    """Every key and secret of the installation. Call while the keys are held."""
    found = {}
    for path in sorted(keys_folder.rglob("*")):
        name = path.relative_to(keys_folder).as_posix()
        if path.is_file() and name not in _NO_KEYS and not (name.startswith(VAULT) and path.suffix != ".key"):
            found[_name(name, path)] = path.read_bytes()
    return KeyCopy(installation, found, destroyed)


def _name(name: str, path: Path) -> str:
    return f"{VAULT}{path.stem}" if name.startswith(VAULT) else name


def key_path(name: str) -> str:
    """Where a record of the copy of the keys lies below the data folder."""
    if not name.startswith(VAULT):
        return f"keys/{name}"
    key = name.removeprefix(VAULT)
    return f"keys/vault/{key[-2:]}/{key}.key"
