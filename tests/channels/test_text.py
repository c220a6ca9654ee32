"""Text from outside loses what carries no words and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candour.channels.text import clean_text, grapheme_count, harmless_cell, html_to_text, text_flags, utc_instant

ANY_TEXT = st.text(alphabet=st.characters())


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("a\x00b", "ab"),
        ("a\x07\x1b[31mb", "a[31mb"),
        ("a\r\nb\rc\nd\te", "a\nb\nc\nd\te"),
        ("x\ud83dy", "x\ufffdy"),
        ("\u202eabc\u202c", "\u202eabc\u202c"),
        ("👩‍👩‍👧 ü u\u0308", "👩‍👩‍👧 ü u\u0308"),
        ("a\x85b", "ab"),
    ],
)
def test_what_goes_and_what_stays(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


@given(ANY_TEXT)
def test_clean_text_is_storable_and_stable(raw: str) -> None:
    clean = clean_text(raw)
    assert "\x00" not in clean
    clean.encode()
    assert clean_text(clean) == clean


@pytest.mark.parametrize(
    ("raw", "flags"),
    [
        ("Guten Tag", ()),
        ("a\x00", ("nul",)),
        ("a\x01", ("control",)),
        ("\ud800", ("surrogate",)),
        ("\u202eabc", ("bidi",)),
        ("\u200fمرحبا", ()),
        ("=1+1", ("formula",)),
    ],
)
def test_flags(raw: str, flags: tuple[str, ...]) -> None:
    assert text_flags(raw) == flags


@pytest.mark.parametrize(("text", "cell"), [("=HYPERLINK(1)", "'=HYPERLINK(1)"), ("+49", "'+49"), ("@x", "'@x"), ("a=b", "a=b"), ("", "")])
def test_a_cell_is_never_a_formula(text: str, cell: str) -> None:
    assert harmless_cell(text) == cell


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One</p><p>Two<br>Three</p>", "One\nTwo\nThree"),
        ("a &amp; b &lt;i&gt;", "a & b <i>"),
        ("<script>alert(1)</script>ok<style>p{}</style>", "ok"),
        ("<img src=x onerror=alert(1)>ok", "ok"),
        ("many   \n  blanks", "many blanks"),
        ("a<br><br><br><br>b", "a\n\nb"),
        ("&#0;&#xD800;x", "\ufffd\ufffdx"),
        ("<b>half", "half"),
        ("1 < 2", "1 < 2"),
    ],
)
def test_html_becomes_words(markup: str, text: str) -> None:
    assert html_to_text(markup) == text


@pytest.mark.parametrize(("text", "count"), [("", 0), ("abc", 3), ("u\u0308", 1), ("👩‍👩‍👧", 1), ("🇩🇪🇫🇷", 2), ("\r\n", 1), ("नि", 1)])
def test_graphemes(text: str, count: int) -> None:
    assert grapheme_count(text) == count


@pytest.mark.parametrize(
    ("words", "instant"),
    [
        ("2026-03-04T10:30:00+02:00", "2026-03-04T08:30:00+00:00"),
        ("2026-03-04T10:30:00Z", "2026-03-04T10:30:00+00:00"),
        ("2026-03-04T10:30:00", "2026-03-04T10:30:00+00:00"),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_instants(words: str, instant: str | None) -> None:
    found = utc_instant(words)
    assert (found.isoformat() if found else None) == instant
