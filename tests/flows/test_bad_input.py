"""Whatever the world writes is stored, cleaned only where the database can't hold it, and never costs another post its place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from candour.cases.models import Case
from candour.cases.queries import evidence_of
from candour.flows import listen
from candour.listening.authors import author_of
from candour.listening.hearing import MAX_TEXT
from candour.listening.models import Post, PostVersion
from candour.newsroom.models import Comment

from . import ground as g

if TYPE_CHECKING:
    from .ground import Ground

NOW = g.NOW
LONG = "Zovellark macht mir Ausschlag. " + "Wörter ohne Ende und ohne Sinn " * 6500
TEXTS = {
    "NUL": ("Seit Zovellark\x00 habe ich Ausschlag.", "Seit Zovellark habe ich Ausschlag."),
    "controls": ("Ausschlag\x07\x1b seit\x85 Zovellark", "Ausschlag seit Zovellark"),
    "lone surrogate": ("Ausschlag \ud83d seit Zovellark", "Ausschlag \ufffd seit Zovellark"),
    "bidi": ("Ausschlag \u202ekralleovoZ\u202c seit Zovellark", "Ausschlag \u202ekralleovoZ\u202c seit Zovellark"),
    "html": ("<script>alert(1)</script> Ausschlag seit <b>Zovellark</b>", "<script>alert(1)</script> Ausschlag seit <b>Zovellark</b>"),
    "formula": ('=HYPERLINK("http://x.example") Ausschlag', '=HYPERLINK("http://x.example") Ausschlag'),
    "empty": ("", ""),
    "spaces": (" \n\t ", " \n\t "),
    "200,000 characters": (LONG, LONG[:MAX_TEXT]),
}


@pytest.mark.parametrize("what", TEXTS)
def test_a_strange_text_is_stored_and_its_bytes_are_kept(ground: Ground, what: str) -> None:
    sent, kept = TEXTS[what]
    g.hear(ground, g.heard(sent, "odd"), g.heard(g.HEADACHE, "next", author="Bert"))
    version = PostVersion.objects.get(post__remote_id="odd")
    assert (version.text, bytes(version.raw)) == (kept, sent.encode("utf-8", "surrogatepass"))
    assert g.case_of(ground.source, "next") is not None, "one odd post costs the others nothing"
    g.hear(ground, g.heard(sent, "odd"))
    assert PostVersion.objects.filter(post__remote_id="odd").count() == 1


def test_longer_than_any_post_is_cut_where_the_search_index_ends(ground: Ground) -> None:
    letters = [chr(0x10400 + number) for number in range(40)]  # letters of Deseret, four bytes each
    words = " ".join("".join(letters[number // 40**place % 40] for place in range(5)) for number in range(36_000))
    assert len(words) > MAX_TEXT
    g.hear(ground, g.heard(words, "long"))
    version = PostVersion.objects.get()
    assert (len(version.text), bytes(version.raw).decode()) == (MAX_TEXT, words)


@pytest.mark.parametrize(
    ("published", "stored"),
    [
        (NOW + timedelta(days=400), NOW),
        (datetime(9999, 12, 31, 23, 59, tzinfo=UTC), NOW),
        (datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC)),
        (datetime(2026, 3, 10, 9, 0), datetime(2026, 3, 10, 9, 0, tzinfo=UTC)),
    ],
    ids=["next year", "the last day", "the first second", "without a zone"],
)
def test_a_strange_date_is_never_later_than_the_hearing(ground: Ground, published: datetime, stored: datetime) -> None:
    (case,) = g.hear(ground, g.heard(g.HEADACHE, "a", at=published))
    assert (PostVersion.objects.get().published_at, case.aware_at) == (stored, stored)
    ground.source.refresh_from_db()
    assert ground.source.last_post_at <= NOW


@pytest.mark.parametrize("author", ["", "  ", "\x00", "\ud800", "a" * 5000, "محمد\u202e", "<img src=x>"])
def test_a_strange_author_is_somebody(ground: Ground, author: str) -> None:
    (case,) = g.hear(ground, g.heard(g.HEADACHE, "a", author=author))
    assert case.person_key
    assert len(author_of(PostVersion.objects.get())) <= 300


def test_ids_and_threads_of_any_length_stay_apart(ground: Ground) -> None:
    same = "x" * 400
    posts = [g.heard(g.HEADACHE, f"{same}{number}", author=f"a{number}", thread=f"{same}{number}\x00") for number in range(2)]
    posts.append(g.heard(g.CLEAN, "", author="c", url="http://x.example/" + "y" * 900))
    posts.append(g.heard(g.PRAISE, "", author="d"))
    g.hear(ground, *posts)
    g.hear(ground, *posts)
    assert (Post.objects.count(), PostVersion.objects.count(), Case.objects.count()) == (4, 4, 1), "two of them are alike"
    assert PostVersion.objects.filter(url="", post__remote_id__startswith="sha256:").count() == 1


def test_the_public_form_takes_any_text_and_it_comes_in_as_a_post(ground: Ground) -> None:
    g.live_article(ground)
    visitor, address = Client(), "/newsroom/newsroom-de/fragen/"
    text = "Seit\x00 Zovellark\r\nhabe ich <b>Ausschlag</b> \u202e und Bauchschmerzen"
    answer = visitor.post(address, {"text": text, "author": "A\x00nna", "form_token": "t1"})
    assert answer.status_code == 302
    comment = Comment.objects.get()
    assert (comment.text, comment.author) == ("Seit Zovellark\nhabe ich <b>Ausschlag</b> \u202e und Bauchschmerzen", "Anna")
    listen.poll(ground.listener, ground.source.pk, NOW)
    assert evidence_of(Case.objects.get())[0].data["text"] == comment.text


@pytest.mark.parametrize(
    "form",
    [{"text": "", "form_token": "t"}, {"text": "x" * 5001, "form_token": "t"}, {"text": "Hallo"}, {"text": "\x00 \x07", "form_token": "t"}],
    ids=["empty", "too long", "no token", "only controls"],
)
def test_the_public_form_says_what_is_wrong_and_keeps_what_was_typed(ground: Ground, form: dict[str, str]) -> None:
    g.live_article(ground)
    answer = Client().post("/newsroom/newsroom-de/fragen/", form)
    assert (answer.status_code, Comment.objects.count()) == (400, 0)
    assert form["text"].strip("\x00\x07 ")[:5000] in answer.content.decode()


def test_a_double_submit_of_the_public_form_is_one_comment(ground: Ground) -> None:
    g.live_article(ground)
    for _ in range(3):
        sent = Client().post("/newsroom/newsroom-de/fragen/", {"text": g.HEADACHE, "author": "Anna", "form_token": "t1"})
        assert sent.status_code == 302
    assert Comment.objects.count() == 1
