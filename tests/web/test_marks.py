"""Marked text: spans count code points, overlap is merged, everything of strangers is escaped and named."""

from __future__ import annotations

import itertools
import re
import unicodedata

import pytest
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st

from candour.core.terms import DutyKind
from candour.web.marks import _ACTING, Mark, excerpt, marked, marks_of, merged, plain


def _finding(duty: str, start: int, end: int, score: float = 0.9) -> dict:
    return {"duty": duty, "score": score, "spans": [{"start": start, "end": end, "words": "", "why": ""}]}


def _words(html: str) -> list[str]:
    return re.findall(r"<mark[^>]*>(?:<span class=\"sr\">[^<]*</span>)(.*?)</mark>", html)


def test_a_span_is_marked_where_it_stands_and_named_for_a_screen_reader():
    html = marked("I feel dizzy today", marks_of([_finding("AE", 7, 12)]))
    assert _words(html) == ["dizzy"]
    assert 'class="hl safety"' in html
    assert '<span class="sr">Adverse event: </span>' in html


def test_offsets_count_code_points_not_utf16_units():
    text = "😵‍💫 so dizzy"
    start = text.index("dizzy")
    assert _words(marked(text, marks_of([_finding("AE", start, start + 5)]))) == ["dizzy"]


def test_html_of_strangers_is_escaped_inside_and_outside_marks():
    html = marked("<b>x</b><script>", [Mark(0, 3, "safety", "<i>")])
    assert "<b>" not in html
    assert "<script>" not in html
    assert "&lt;i&gt;" in html


def test_overlapping_spans_become_one_mark_with_the_strongest_family_and_both_names():
    html = marked("can I stop because my hand is numb", [Mark(0, 20, "service", "Question"), Mark(11, 34, "safety", "Adverse event")])
    assert html.count("<mark") == 1
    assert 'class="hl safety"' in html
    assert "Adverse event, Question: " in html


def test_a_duty_span_that_is_only_the_product_name_leaves_the_name_plain():
    text = "Mivrantel made me dizzy"
    html = marked(text, marks_of([_finding("AE", 0, 9), _finding("AE", 18, 23)], ["Mivrantel"], text))
    assert 'class="hl product"' in html
    assert _words(html) == ["Mivrantel", "dizzy"]


def test_a_product_is_found_whatever_its_case_and_beside_letters_that_grow_in_lower_case():
    text = "İİ MIVRANTEL"
    assert _words(marked(text, marks_of([], ["Mivrantel"], text))) == ["MIVRANTEL"]


def test_below_the_queue_threshold_the_mark_is_dashed():
    assert "maybe" in marked("dizzy", marks_of([_finding("AE", 0, 5, 0.42)]))
    assert "maybe" not in marked("dizzy", marks_of([_finding("AE", 0, 5, 0.5)]))


def test_direction_overrides_are_shown_instead_of_acting():
    html = plain("safe \u202egnihton\u202c")
    assert "\u202e" not in html
    assert "U+202E" in html


def test_spans_outside_the_text_are_left_out_rather_than_moved():
    assert "<mark" not in marked("short", [Mark(3, 99, "safety", "x"), Mark(-2, 2, "safety", "x"), Mark(4, 4, "safety", "x")])


def test_an_excerpt_shows_the_first_telling_words_of_a_long_post():
    text = "word " * 100 + "then my hand went numb" + " more" * 100
    start = text.index("numb")
    piece, marks = excerpt(text, [Mark(start, start + 4, "safety", "Adverse event")])
    assert _words(marked(piece, marks)) == ["numb"]
    assert piece.index("numb") < 90
    assert piece.startswith("… ")


@pytest.mark.parametrize("kind", list(DutyKind))
def test_every_duty_has_a_look(kind: DutyKind):
    assert ": </span>" in marked("abc", marks_of([_finding(kind.value, 0, 1)]))


_SPANS = st.lists(st.tuples(st.integers(-3, 40), st.integers(-3, 45), st.sampled_from(["safety", "service", "product", ""])), max_size=12)


@given(text=st.text(max_size=40), spans=_SPANS)
def test_marking_keeps_every_letter_in_its_order(text: str, spans: list):
    marks = [Mark(start, end, family, "x") for start, end, family in spans]
    found = merged(marks, len(text))
    assert all(one.end <= other.start for one, other in itertools.pairwise(found))
    bare = re.sub(r'<span class="sr">.*?</span>|</?mark[^>]*>', "", marked(text, marks))
    assert bare == plain(text)


def test_every_character_that_acts_is_shown_and_no_other():
    overrides = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
    for code in range(0x110000):
        letter = chr(code)
        acts = letter in overrides or (unicodedata.category(letter) == "Cc" and letter not in "\n\t\r")
        assert acts == bool(_ACTING.search(letter)), hex(code)


def test_a_sentence_that_waits_for_its_language_is_escaped_too():
    assert plain(gettext_lazy("<b>\u202e")) == '&lt;b&gt;<span class="ctl" title="right-to-left override">U+202E</span>'
