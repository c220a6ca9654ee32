"""Destroying keys: in the vault, in every known copy of the keys, and with a line that outlives all backups.

`KEYS/destroyed.jsonl` names what was destroyed; a restore reads the same names from the copy of the keys. `KEYS/copies` lists the copies.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from django.conf import settings

from candour.core.key_copy import VAULT, keys_held, strike_out
from candour.core.sealed_file import NotOpened
from candour.journal.keys import vault

#: Before the pseudonym of an author whose posts were erased: no key, but a restore must not bring them back either.
AUTHOR = "author/"


def _file(name: str) -> Path:
    return Path(settings.KEYS) / name


def destroyed() -> dict[str, str]:
    """Names of what was destroyed, with the instant (ISO 8601)."""
    path = _file("destroyed.jsonl")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {line["name"]: line["at"] for line in map(json.loads, lines)}


def copies() -> list[Path]:
    """Files that hold a copy of the keys."""
    path = _file("copies")
    return [Path(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def remember_copy(path: Path) -> None:
    """Strike destroyed keys out of this file too from now on."""
    if path not in copies():
        with _file("copies").open("a", encoding="utf-8") as file:
            file.write(f"{path}\n")


def destroy(names: Iterable[str], at: datetime) -> int:
    """Destroy keys of the vault by name (`vault/...`) and note authors (`author/...`); how many keys there were. Safe to repeat.

    Call after the act was committed: what is destroyed can't be rolled back.
    """
    wanted = list(names)
    with keys_held(Path(settings.KEYS)):
        _note(wanted, at)
        gone = sum(vault().destroy(name.removeprefix(VAULT)) for name in wanted if name.startswith(VAULT))
    strike_out_everywhere()
    return gone


def _note(names: list[str], at: datetime) -> None:
    known = destroyed()
    with _file("destroyed.jsonl").open("a", encoding="utf-8") as file:
        for name in names:
            if name not in known:
                file.write(json.dumps({"name": name, "at": at.isoformat()}) + "\n")
        file.flush()
        os.fsync(file.fileno())


def strike_out_everywhere() -> list[Path]:
    """Strike every destroyed key out of every known copy; the copies that could not be reached and still hold them."""
    missed = []
    with keys_held(Path(settings.KEYS)):
        gone = destroyed()
        for path in copies() if gone else ():
            try:
                strike_out(path, gone)
            except (OSError, NotOpened):
                missed.append(path)
    return missed
