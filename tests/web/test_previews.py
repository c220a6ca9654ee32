"""Previews in the editor and the review: one per account, counted as each network counts, with fold, card and picture."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from candour.flows import show_picture, submit
from candour.flows.pictures import Rights
from candour.web.previews import length_on, previews
from tests import approve_factories as make
from tests import factories
from tests.pictures import drawn

pytestmark = pytest.mark.django_db
TEXT = f"{make.CLEAN} {'Mehr dazu im Text. ' * 14}https://candour.example/migraene"


@pytest.fixture
def on(settings: Any) -> make.Ground:
    settings.PASSWORD_HASHERS = make.QUICK_HASHERS
    return make.ground()


def test_there_is_one_preview_per_account_counted_as_its_network_counts(on: make.Ground) -> None:
    also = [factories.account(f"{network}-de", network=network, handle=f"{network}.example") for network in ("bluesky", "linkedin", "x")]
    draft = make.draft(on, TEXT, also=also)
    shown = {one.account.network: one for one in previews(draft, TEXT, picture=False)}
    assert list(shown) == ["newsroom", "bluesky", "linkedin", "x"]
    assert [shown[name].length.limit for name in shown] == [None, 300, 3000, 280]
    assert shown["bluesky"].length.over > 0
    assert (shown["newsroom"].behind, shown["newsroom"].titled, shown["newsroom"].link) == ("", True, "")
    assert shown["linkedin"].seen + shown["linkedin"].behind == TEXT
    assert (len(shown["linkedin"].seen) <= 210, shown["linkedin"].host) == (True, "candour.example")
    assert not any(one.link for one in previews(draft, TEXT, picture=True)), "a picture takes the place of a card"


def test_bluesky_counts_bytes_too() -> None:
    assert (length_on("bluesky", "👩‍👩‍👧" * 200).over, length_on("bluesky", "👩‍👩‍👧" * 200).over_bytes) == (0, 600)


def test_the_editor_and_the_live_check_show_the_previews_in_light_and_dark(on: make.Ground) -> None:
    draft, window = make.draft(on, make.CLEAN), Client()
    window.force_login(on.author)
    said = {"alt_text": "Ein Fenster <b>", "picture_words": ""}
    version = show_picture.upload(on.author, draft, drawn(), "a.png", Rights(), draft.version, factories.now(), text=make.CLEAN, words=said)
    page = window.get(reverse("draft", args=[draft.pk])).content.decode()
    assert (page.count('class="pv-post" data-theme="light"'), page.count('class="pv-post" data-theme="dark"')) == (1, 1)
    assert page.count(f"{version.picture_id}/file/") >= 3
    assert "Ein Fenster &lt;b&gt;" in page
    form = {"text": "Ganz neue Worte", "title": "T", "version": draft.version, "part": "1"}
    part = window.post(reverse("draft-check", args=[draft.pk]), form).content.decode()
    assert 'id="ap-previews"' in part
    assert part.count("Ganz neue Worte") >= 2


def test_texts_that_are_signed_together_are_shown_with_their_pictures(on: make.Ground) -> None:
    shown = []
    for number in "12":
        draft = make.draft(on, f"{make.CLEAN} {number}")
        words = {"alt_text": "Ein Fenster.", "picture_words": ""}
        file, now = drawn(colour=f"#00000{number}"), factories.now()
        version = show_picture.upload(
            on.author, draft, file, "a.png", Rights(), draft.version, now, text=f"{make.CLEAN} {number}", words=words
        )
        shown.append(version.picture_id)
        submit.submit(on.author, factories.settle(on.author, draft), draft.version, now)
    window = Client()
    window.force_login(on.legal)
    page = window.get(reverse("review-many")).content.decode()
    assert all(f"{digest}/file/" in page for digest in shown)
