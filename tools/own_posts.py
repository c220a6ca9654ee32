"""The labelled texts of our own that models are fitted to: posts in `tools/posts` and the examples of the packs.

`tools/posts/CODE.jsonl` holds posts by people who had seen no phrase of the packs; a quarter of them, told by the digest of their text, is
kept for examination and never fitted (`held`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from candour.core.terms import DutyKind
from candour.packs.language_schema import LanguagePack

POSTS = Path(__file__).parent / "posts"
KEPT_OF = 4


def digest_of(text: str) -> int:
    """A number that any program makes of the same text."""
    return int(hashlib.sha256(text.encode()).hexdigest(), 16)


def held(digest: int) -> bool:
    """Whether a post is kept for examination."""
    return digest % KEPT_OF == 0


def fitted_posts(lang: str) -> Iterator[dict[str, Any]]:
    """The posts of a language but those kept for examination, labelled for adverse events as the shared corpora are."""
    for text, duties in fitted_duties(lang):
        yield {"text": text, "label_ae": int(DutyKind.AE in duties), "lang": lang}


def fitted_duties(lang: str) -> Iterator[tuple[str, frozenset[DutyKind]]]:
    """The same posts with all duties they owe."""
    return ((text, duties) for text, duties in _labelled(POSTS / f"{lang}.jsonl") if not held(digest_of(text)))


def short_duties(lang: str) -> Iterator[tuple[str, frozenset[DutyKind]]]:
    """Posts of a few words, most of which owe nothing, with the duties they owe. None is kept."""
    return _labelled(POSTS / "short" / f"{lang}.jsonl")


def _labelled(path: Path) -> Iterator[tuple[str, frozenset[DutyKind]]]:
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        given = json.loads(line)
        yield given["text"], frozenset(map(DutyKind, given["duties"]))


def graded_examples(pack: LanguagePack) -> Iterator[dict[str, Any]]:
    """The examples of a pack that are graded for adverse events, labelled in the same way."""
    for one in pack.examples:
        if DutyKind.AE in one.graded:
            yield {"text": one.text, "label_ae": int(DutyKind.AE in one.duties), "lang": pack.code}
