"""Which languages lack a translation of something people read; exit 1 when one does. Only a release asks."""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent


def is_missing(message: Message) -> bool:
    """Is there an original without a certain translation?"""
    words = message.string if isinstance(message.string, tuple) else (message.string,)
    return bool(message.id) and (message.fuzzy or not all(words))


def missing(path: Path) -> int:
    """The number of messages of a catalogue that a reader would see untranslated."""
    with path.open("rb") as file:
        return sum(is_missing(message) for message in read_po(file))


def main() -> int:
    """Print each language with its number of missing messages."""
    counts = {path: missing(path) for path in sorted((ROOT / "candour").rglob("*.po")) if "en" not in path.parts}
    for path, count in counts.items():
        if count:
            print(f"{path.relative_to(ROOT)}: {count} messages are not translated")
    return 1 if any(counts.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
