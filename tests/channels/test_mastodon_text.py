"""How Mastodon counts a text and shows it: nothing that was changed may look equal, and what the server may do may not look changed."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candour.channels.mastodon_text import counted_length, mentions_of, normalise_live, shown_text

LETTERS = st.text(alphabet="aÄ😀<>&\"' \n\r\tü9.,:*@#", max_size=60)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("abc", 3),
        ("👩‍👩‍👧 e\u0301", 3),
        ("https://candour.example/" + "a" * 200, 23),
        ("http://x.de", 23),
        ("Siehe https://candour.example/a, danke.", 6 + 23 + 8),
        ("@brand@social.example hallo", 6 + 6),
        ("a@b.example", 11),
    ],
)
def test_length_is_counted_as_the_network_counts(text: str, length: int) -> None:
    assert counted_length(text) == length


def as_mastodon_shows(text: str) -> str:
    """Our own words for what Mastodon's formatter does to a text without links."""
    blocks = text.replace("\r\n", "\n").replace("\r", "\n").strip().split("\n\n")
    return "".join(f"<p>{html.escape(block).replace(chr(10), '<br />')}</p>" for block in blocks)


@given(LETTERS)
def test_what_the_server_shows_of_an_unchanged_text_is_equal(text: str) -> None:
    assert normalise_live(shown_text(as_mastodon_shows(text), {})) == normalise_live(text.replace("@@", "@"))


@given(LETTERS)
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise_live(text, "social.example")
    assert normalise_live(once, "social.example") == once


@given(st.text(alphabet="abc ä.", min_size=1, max_size=30), st.integers(0, 30), st.sampled_from("xyz9!"))
def test_one_letter_more_is_always_seen(text: str, at: int, letter: str) -> None:
    changed = text[:at] + letter + text[at:]
    assert normalise_live(shown_text(as_mastodon_shows(changed), {})) != normalise_live(text)


LINK = (
    '<p>Mehr: <a href="https://candour.example/a?b=1" rel="nofollow"><span class="invisible">https://</span>'
    '<span class="ellipsis">candour.exam</span><span class="invisible">ple/a?b=1</span></a></p>'
)
MENTION = '<p><span class="h-card"><a href="https://other.example/@anna" class="u-url mention">@<span>anna</span></a></span> danke</p>'


def test_shortened_links_and_handles_are_read_in_full() -> None:
    who = mentions_of({"mentions": [{"url": "https://other.example/@anna", "acct": "anna@other.example"}, "odd", {"url": ""}]})
    assert shown_text(LINK, {}) == "Mehr: https://candour.example/a?b=1"
    assert shown_text(MENTION, who) == "@anna@other.example danke"
    assert shown_text("<p>@<a href='https://other.example/@anna'>anna</a> ja</p>", who) == "@anna@other.example ja"


def test_a_handle_of_the_own_server_may_lose_its_domain_and_no_other() -> None:
    assert normalise_live("@anna@Social.example hallo", "social.example") == "@anna hallo"
    assert normalise_live("@anna@other.example hallo", "social.example") != normalise_live("@anna hallo", "social.example")


def test_formatting_nobody_asked_for_is_a_difference() -> None:
    assert shown_text("<p>Das ist <strong>sicher</strong>.</p>", {}) == "Das ist <strong>sicher."
    assert shown_text("<p>a</p><blockquote>b</blockquote>", {}) != "a\n\nb"
