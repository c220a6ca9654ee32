"""The labelled posts in tools/posts can be trained on, and reach nobody: their mail and numbers are nobody's."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from candour.core.terms import DutyKind
from candour.packs.language_schema import language_folders
from candour.screening.engine import release, screen_text

_FILES = sorted((Path(__file__).resolve().parents[2] / "tools" / "posts").glob("*.jsonl"))
_SHORT = sorted((_FILES[0].parent / "short").glob("*.jsonl"))
_MAIL = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)", re.ASCII)
_DAY = re.compile(r"\d{1,2}([./-]) ?\d{1,2}\1 ?\d{4}")
_NUMBER = re.compile(r"\d(?:[ ()-]{0,2}\d){7,}", re.ASCII)
_RESERVED = ("mail.example", "example.com", "example.org")


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def reaches_somebody(text: str) -> list[str]:
    """Mail addresses outside reserved names, and long numbers of which more than the first three digits tell something."""
    mail = [found[0] for found in _MAIL.finditer(text) if found[1] not in _RESERVED and not found[1].endswith(".example")]
    numbers = ["".join(filter(str.isdigit, found)) for found in _NUMBER.findall(_DAY.sub(" ", text))]
    return mail + [number for number in numbers if set(number[3:]) != {"0"}]


def test_there_is_a_file_for_every_language() -> None:
    assert {path.stem for path in _FILES} == {folder.name for folder in language_folders()}


@pytest.mark.parametrize("path", _FILES, ids=lambda path: path.stem)
def test_every_post_says_what_it_owes_and_where_it_tells_it(path: Path) -> None:
    posts = rows(path)
    assert len({row["text"] for row in posts}) == len(posts) >= 500
    for row in posts:
        assert set(row) == {"text", "duties", "told"} and set(row["duties"]) <= set(DutyKind), row
        assert all(words and words in row["text"] for words in row["told"]), row
        assert "AE" in row["duties"] or not row["told"], row


def test_every_language_has_posts_of_a_few_words_that_name_a_medicine() -> None:
    assert {path.stem for path in _SHORT} == {path.stem for path in _FILES}
    shipped = release()
    for path in _SHORT:
        for row in rows(path):
            assert set(row) == {"text", "duties"} and set(row["duties"]) <= set(DutyKind), row
            assert row["duties"] == ["AE"] or screen_text(shipped, row["text"], path.stem).mentions, row


@pytest.mark.parametrize("path", _FILES + _SHORT, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_no_post_names_a_mailbox_or_a_number_that_somebody_may_have(path: Path) -> None:
    assert {row["text"]: found for row in rows(path) if (found := reaches_somebody(row["text"]))} == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mail jana@seznam.cz", ["jana@seznam.cz"]),
        ("mail jana@mail.example, 777 000 000", []),
        ("tel. 777 204 519", ["777204519"]),
        ("born 12/04/1969, 3. 5. 2012", []),
    ],
)
def test_what_may_be_somebodys_is_seen(text: str, found: list[str]) -> None:
    assert reaches_somebody(text) == found
