"""A digest of the code that compiles what is kept between starts, so that changed code never reads what older code made."""

from __future__ import annotations

import hashlib
import platform
import sys
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent
_FOLDERS = (_HERE.parent / "core", _HERE.parent / "packs", _HERE)


@cache
def code_digest() -> str:
    """SHA-256 over all modules that screening stands on, and what of the interpreter decides; "" where the modules can't be read."""
    try:
        paths = [path for folder in _FOLDERS for path in sorted(folder.glob("*.py"))]
        interpreter = f"{platform.python_implementation()} {sys.version} {unicodedata.unidata_version} {sys.byteorder}"
        return digest_of([interpreter.encode()], paths) if _HERE / Path(__file__).name in paths else ""
    except OSError:
        return ""


def digest_of(said: Iterable[bytes], paths: Iterable[Path]) -> str:
    """SHA-256 over strings of bytes and files, told apart by name and length. Raises OSError."""
    digest = hashlib.sha256()
    named = [*((b"", part) for part in said), *((f"{path.parent.name}/{path.name}".encode(), path.read_bytes()) for path in paths)]
    for name, part in named:
        digest.update(b"%d %d " % (len(name), len(part)))
        digest.update(name)
        digest.update(part)
    return digest.hexdigest()
