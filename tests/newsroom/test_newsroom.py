"""The newsroom keeps one item per key, lets only the publisher in, shows what stands there and nothing that nobody let through."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.test import Client

from candour.channels.newsroom import item_on_page, normalise_live
from candour.newsroom.actions import add_comment, show_comment
from candour.newsroom.models import Comment, Item
from candour.newsroom.queries import PAGE
from tests import factories

pytestmark = pytest.mark.django_db
NOW = factories.now
ITEM = {"account": "newsroom-de", "thread": "fragen", "in_reply_to": "", "title": "Fragen", "text": "Eins.\n\nZwei.\nDrei.", "lang": "de"}


@pytest.fixture(autouse=True)
def account() -> None:
    factories.account()


def put(key: str = "k1", *, token: str | None = None, body: object = None, **other: object) -> object:
    content = body if isinstance(body, str) else json.dumps(ITEM | other if body is None else body)
    headers = {"Authorization": f"Bearer {settings.NEWSROOM_TOKEN if token is None else token}"}
    return Client().put(f"/newsroom/api/items/{key}", content, content_type="application/json", headers=headers)


def take_off(key: str = "k1", *, token: str | None = None) -> int:
    headers = {"Authorization": f"Bearer {settings.NEWSROOM_TOKEN if token is None else token}"}
    return Client().delete(f"/newsroom/api/items/{key}", headers=headers).status_code


def ask(after: str = "", *, token: str | None = None, account: str = "newsroom-de") -> object:
    headers = {"Authorization": f"Bearer {settings.NEWSROOM_TOKEN if token is None else token}"}
    return Client().get("/newsroom/api/comments", {"account": account, "after": after}, headers=headers)


def comment(number: int, text: str = "Frage", **other: str) -> Comment:
    fields = {"author": "", "lang": "de", "form_token": f"t{number}"} | other
    return add_comment("newsroom-de", "fragen", text=f"{text} {number}", now=NOW(), **fields)


# the machine door


def test_an_item_is_taken_off_the_pages_once_and_for_all() -> None:
    put()
    assert take_off(token="wrong") == 401
    assert Client().get("/newsroom/items/k1/", follow=True).status_code == 200
    assert [take_off(), take_off(), take_off("never there")] == [204, 204, 204]
    assert Client().get("/newsroom/items/k1/", follow=True).status_code == 404
    assert put().status_code == 410, "a late copy of the order does not bring it back"
    assert Item.objects.get().withdrawn_at is not None


def test_the_same_key_with_the_same_bytes_is_the_same_item() -> None:
    first, again = put(), put()
    assert (first.status_code, again.status_code, first.json()) == (201, 200, again.json())
    assert Item.objects.count() == 1


@pytest.mark.parametrize("name", ["text", "title", "thread", "in_reply_to", "lang"])
def test_the_same_key_with_other_bytes_changes_nothing(name: str) -> None:
    put()
    assert put(**{name: "anders"}).status_code == 409
    assert {field: getattr(Item.objects.get(), field) for field in ITEM} == ITEM


@pytest.mark.parametrize("token", ["", "wrong", "Bearer", "ü"])
def test_without_the_token_nothing_is_put_and_nothing_is_told(token: str) -> None:
    comment(1)
    assert (put(token=token).status_code, ask(token=token).status_code) == (401, 401)
    assert Item.objects.count() == 0


@pytest.mark.parametrize("method", ["get", "post", "patch"])
def test_the_door_for_items_only_takes_items(method: str) -> None:
    answer = getattr(Client(), method)("/newsroom/api/items/k1", headers={"Authorization": f"Bearer {settings.NEWSROOM_TOKEN}"})
    assert answer.status_code == 405


@pytest.mark.parametrize(
    "sent",
    [
        {"body": "no json"},
        {"body": "[]"},
        {"body": '"text"'},
        {"body": {"text": "Nur Text"}},
        {"text": "   "},
        {"text": "Eins\x00"},
        {"text": "\ud800"},
        {"title": "x" * 201},
        {"title": "a\x07"},
        {"in_reply_to": "x" * 65},
        {"thread": "../../etc"},
        {"thread": "x" * 121},
        {"lang": "x" * 13},
        {"key": "x" * 65},
        {"account": "nobody"},
        {"account": ""},
        {"account": "x-de"},
    ],
    ids=str,
)
def test_what_can_not_be_shown_as_sent_is_refused_in_words_and_kept_nowhere(sent: dict[str, object]) -> None:
    factories.account("x-de", network="x", handle="@h")
    answer = put(**sent)
    assert (answer.status_code, bool(answer.json()["problem"]), Item.objects.count()) == (400, True, 0)


def test_comments_come_page_by_page_each_once_and_only_of_the_account() -> None:
    for number in range(PAGE + 5):
        comment(number)
    add_comment("newsroom-us", "questions", author="", text="Question", lang="en", form_token="us", now=NOW())
    first = ask().json()
    second = ask(first["cursor"]).json()
    third = ask(second["cursor"]).json()
    heard = [row["text"] for page in (first, second, third) for row in page["comments"]]
    assert heard == [f"Frage {number}" for number in range(PAGE + 5)]
    assert ([page["more"] for page in (first, second, third)], third["cursor"]) == ([True, False, False], second["cursor"])


@pytest.mark.parametrize("after", ["", "x", "-1", "1; DROP", "٣", "9" * 40, "1.5"])
def test_a_strange_cursor_is_no_error(after: str) -> None:
    comment(1)
    assert ask(after).status_code == 200


# the public page


def test_what_stands_there_is_what_was_put_and_html_is_only_words() -> None:
    put(text="<b>Eins</b> & <script>alert(1)</script>\n\nhttps://x.example/a?b=1&c=2")
    page = Client().get("/newsroom/newsroom-de/fragen/").content.decode()
    assert normalise_live(item_on_page(page, "k1").text) == normalise_live(Item.objects.get().text)
    assert "<script>alert" not in page


def test_a_comment_is_shown_when_a_person_let_it_through_and_no_longer() -> None:
    put()
    said = comment(1, "<i>Frage</i>")
    page = lambda: Client().get("/newsroom/newsroom-de/fragen/").content.decode()  # noqa: E731
    assert "Frage" not in page().replace("Ihre Frage", "").replace("Fragen", "")
    show_comment(said)
    assert "&lt;i&gt;Frage&lt;/i&gt; 1" in page()
    show_comment(said, shown=False)
    assert "&lt;i&gt;" not in page()


def test_an_answer_stands_in_its_thread_and_not_among_the_articles() -> None:
    put()
    put("k2", text="Unsere Antwort.", title="", in_reply_to="comment-1")
    assert "Unsere Antwort." in Client().get("/newsroom/newsroom-de/fragen/").content.decode()
    front, feed = (Client().get(f"/newsroom/newsroom-de/{name}").content.decode() for name in ("", "feed.atom"))
    assert ("Unsere Antwort." in front, "Unsere Antwort." in feed) == (False, False)
    assert [entry.findtext("{*}title") for entry in ElementTree.fromstring(feed).iter("{http://www.w3.org/2005/Atom}entry")] == ["Fragen"]


@pytest.mark.parametrize("path", ["nobody/", "nobody/feed.atom", "nobody/fragen/", "newsroom-de/no-such-thread/", "items/nothing/"])
def test_what_is_not_there_is_404(path: str) -> None:
    put()
    assert Client().get(f"/newsroom/{path}").status_code == 404


def test_what_was_taken_off_is_seen_nowhere() -> None:
    put()
    assert Client().get("/newsroom/items/k1/").status_code == 302
    Item.objects.update(withdrawn_at=NOW())
    for path in ("newsroom-de/fragen/", "items/k1/"):
        assert Client().get(f"/newsroom/{path}").status_code == 404
    assert "Fragen" not in ElementTree.tostring(ElementTree.fromstring(Client().get("/newsroom/newsroom-de/feed.atom").content)).decode()


def test_a_machine_that_fills_every_field_is_thanked_and_not_heard() -> None:
    put()
    sent = Client().post("/newsroom/newsroom-de/fragen/", {"text": "Buy", "form_token": "t", "website": "http://spam.example"})
    assert (sent.status_code, Comment.objects.count()) == (302, 0)


def test_the_public_page_speaks_the_markets_language_and_sets_no_session() -> None:
    put()
    answer = Client(headers={"accept-language": "fr"}).get("/newsroom/newsroom-de/fragen/")
    assert "sessionid" not in answer.cookies
    assert 'lang="de"' in answer.content.decode()
