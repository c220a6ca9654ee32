"""A comment of the newsroom is shown only when somebody who may lets it through, and hidden only with the rule it breaks."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from candour.core.rights import Function
from candour.core.terms import HeardPost
from candour.flows import moderate, retention
from candour.flows.answers import Refusal
from candour.journal.acting import acting
from candour.journal.models import Entry
from candour.listening import actions as listening
from candour.listening.models import Post
from candour.newsroom.actions import add_comment
from candour.newsroom.models import Comment
from candour.people.models import User
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard() -> Post:
    """A comment of the public form that came in as a post."""
    source, now = factories.source(of=factories.account()), factories.now()
    comment = add_comment("newsroom-de", "fragen", author="", text="Gibt es das Tagebuch in groß?", lang="de", form_token="t1", now=now)
    with acting(factories.founder(), "test"):
        told = HeardPost(remote_id=f"comment-{comment.pk}", text=comment.text, author="", published_at=now, lang="de")
        return listening.store(source, [told], now)[1][0].post


def community(*functions: Function) -> User:
    return factories.person("Mira Castellane", *(functions or (Function.COMMUNITY_MANAGER,)), markets=("de",))


def test_a_comment_is_let_through_and_taken_off_again(heard: Post) -> None:
    mira, now = community(), factories.now()
    moderate.show_comment(mira, heard, True, now)
    assert Comment.objects.get().shown is True
    moderate.show_comment(mira, heard, False, now, reason="Names another person")
    assert Comment.objects.get().shown is False
    said = list(Entry.objects.filter(subject="newsroom_comment").order_by("id").values_list("act", "reason", "actor_name"))
    assert said == [("comment.show", "", mira.name), ("comment.hide", "Names another person", mira.name)]


def test_hiding_without_a_rule_is_refused(heard: Post) -> None:
    mira = community()
    moderate.show_comment(mira, heard, True, factories.now())
    before = Entry.objects.count()
    with pytest.raises(Refusal):
        moderate.show_comment(mira, heard, False, factories.now(), reason=" ")
    assert Comment.objects.get().shown is True
    assert Entry.objects.count() == before


def test_an_auditor_may_not_moderate(heard: Post) -> None:
    auditor = community(Function.AUDITOR)
    before = Entry.objects.count()
    with pytest.raises(Refusal):
        moderate.show_comment(auditor, heard, True, factories.now())
    assert (Comment.objects.get().shown, Entry.objects.count()) == (False, before)


def test_the_post_page_lets_it_through(heard: Post) -> None:
    client = Client()
    client.force_login(community())
    answer = client.post(reverse("post-show", args=[heard.pk]), {"shown": "1"})
    assert answer.status_code == 302
    assert Comment.objects.get().shown is True
    assert b"Shown under the article" in client.get(reverse("post", args=[heard.pk])).content


@pytest.mark.parametrize(("shown", "why", "left"), [(False, "age", 0), (True, "age", 1), (False, "erasure", 0), (True, "erasure", 0)])
def test_the_newsrooms_copy_goes_with_its_post(heard: Post, shown: bool, why: str, left: int) -> None:
    now = factories.now()
    if shown:
        moderate.show_comment(community(), heard, True, now)
    other = add_comment("newsroom-de", "fragen", author="", text="Und auf Papier?", lang="de", form_token="t2", now=now)
    with acting(factories.founder(), "retention.run"):
        retention.clear(factories.founder(), list(heard.versions.values_list("pk", flat=True)), why, now)
    assert Comment.objects.filter(form_token="t1").count() == left
    assert Comment.objects.filter(pk=other.pk).exists(), "a comment that has not come in as a post yet stays"


def test_the_newsrooms_copy_stays_while_a_version_of_its_post_is_kept(heard: Post) -> None:
    now = factories.now()
    old = list(heard.versions.values_list("pk", flat=True))
    with acting(factories.founder(), "test"):
        told = HeardPost(remote_id=heard.remote_id, text="Gibt es das Tagebuch in GROSS?", author="", published_at=now, lang="de")
        listening.store(heard.source, [told], now)
    with acting(factories.founder(), "retention.run"):
        retention.clear(factories.founder(), old, "age", now)
    assert Comment.objects.count() == 1
