"""The soak's own book: what was sent and what was answered, on disk before and after each act. It knows nothing of the product's tables."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class Act:
    """One act under its own key: how often it was tried, what the first try said, and the answer; `answer` is None until there was one."""

    kind: str
    key: str
    facts: dict[str, Any] = field(default_factory=dict)
    tries: int = 0
    answer: dict[str, Any] | None = None

    @property
    def acknowledged(self) -> bool:
        return self.answer is not None


class Ledger:
    """An append-only file of JSON lines; a line is on the disk when `sent` or `answered` returns. Safe for many threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("ab", buffering=0)
        self._lock = threading.Lock()

    def sent(self, kind: str, key: str, **facts: Any) -> None:
        """Call before the act leaves; again before each repetition of it."""
        self._write({"line": "sent", "kind": kind, "key": key, "at": time.time(), **facts})

    def answered(self, kind: str, key: str, **answer: Any) -> None:
        """Call once an answer that promises something is there."""
        self._write({"line": "answered", "kind": kind, "key": key, "at": time.time(), **answer})

    def _write(self, row: dict[str, Any]) -> None:
        line = json.dumps(row, ensure_ascii=False).encode() + b"\n"
        with self._lock:
            os.write(self._file.fileno(), line)
            os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


def read(path: Path) -> dict[str, dict[str, Act]]:
    """Everything in the book, by kind and key, read from the file itself."""
    book: dict[str, dict[str, Act]] = {}
    for line in path.read_bytes().splitlines():
        row = json.loads(line)
        what, kind, key = row.pop("line"), row.pop("kind"), row.pop("key")
        act = book.setdefault(kind, {}).setdefault(key, Act(kind, key))
        if what == "sent":
            act.tries += 1
            act.facts = act.facts or row
        else:
            act.answer = row
    return book


def counted(acts: dict[str, Act]) -> Counter[str]:
    """Of one kind: acts begun, answered, and tried more than once."""
    values = acts.values()
    return Counter(sent=len(acts), answered=sum(act.acknowledged for act in values), repeated=sum(act.tries > 1 for act in values))
