"""Every class of data that retention knows has words of its own in every language."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import translation

from candour.packs.retention import load
from candour.web.retention_words import counted, words_of_class


@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_every_class_has_words(language: str, tmp_path: Path) -> None:
    with translation.override("en"):
        english = {key: str(words_of_class(key).name) for key in load(tmp_path / "none.toml")}
    with translation.override(language):
        for key, kept in load(tmp_path / "none.toml").items():
            said = words_of_class(key)
            assert str(said.name) not in (key, "")
            assert str(said.counts_from)
            assert (str(said.name) == english[key]) is (language == "en"), key
            assert english[key].replace("’", "'") == kept.name


def test_one_and_many_are_told_apart() -> None:
    assert [counted(key, n) for key in ("posts", "author_keys") for n in (1, 2)] == ["1 post", "2 posts", "1 month key", "2 month keys"]
