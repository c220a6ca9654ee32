"""Screening beside its peers: the comparison counts the same hits, and a peer that is not there is said to be so."""

from __future__ import annotations

import importlib
from typing import Any

import pyarrow as pa
import pytest

from candour.project.bench import peers
from candour.screening.engine import ScreeningRelease, release

TEXTS = ["one quiet day in the long garden of a friend", "wir sehen uns morgen (vielleicht) im Café", "nothing. At all?"] * 8


def test_every_hit_of_brute_force_is_found_by_the_matching_alone() -> None:
    phrases = peers.names(300)
    posts = [*peers.naming(TEXTS, phrases), f"x{phrases[0]} {phrases[1]}s, {phrases[2].upper()}-{phrases[3]}!"]
    found, wanted = peers.proof(peers.finder(phrases), phrases, posts)
    assert found == wanted > 5


def test_the_matching_alone_gives_places_in_the_text_and_borders_are_kept() -> None:
    phrases = peers.names(50)
    find = peers.finder(phrases)
    text = f"Ümläut 🤢 {phrases[7].title()}, not x{phrases[8]}"
    rows = find(pa.array(["nothing here", text, text + "e\u0301" * 2], pa.large_string())).tolist()
    start = text.index(phrases[7].title())
    assert rows == [[1, start, start + len(phrases[7])], [2, start, start + len(phrases[7])]]


@pytest.mark.parametrize("package", ["py3langid", "ahocorasick"])
def test_a_peer_that_is_not_installed_is_said_and_fails_nothing(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.import_module

    def without(name: str, *rest: Any) -> Any:
        if name in (package, "presidio_analyzer", "spacy"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(importlib, "import_module", without)
    compiled: ScreeningRelease = release()
    batch = pa.RecordBatch.from_pydict({"id": ["1"], "text": ["Danke"]})
    rows = peers.whole(1, compiled, [batch])
    assert [row.middle for row in rows] == ["not installed"] * 2
    assert "py3langid" in rows[0].note and "presidio" in rows[1].note
