"""Screening: what judges, how well, how often people corrected it, and a pasted post explained without a trace."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from candour.core.rights import ACTS, Function
from candour.flows.releases import screening_name
from candour.flows.try_post import MOST_CHARACTERS
from candour.insight import screening_queries
from candour.insight.screening_queries import corrections, running
from candour.journal.acting import acting
from candour.journal.models import Entry
from candour.listening import actions as listening
from candour.listening.models import Judgement, Post, PostVersion, ReleaseStart
from candour.people.rights import held_by
from candour.screening.engine import shipped_name
from candour.screening.figures import Figures, shipped_figures
from candour.screening.held_back import SAYS, SPEAKS
from candour.web import screening_words
from tests import factories

pytestmark = pytest.mark.django_db
SECRET = "Zebrafinkwort"


def signed_in(function: Function, market: str = "") -> Client:
    client = Client()
    client.force_login(factories.person(f"P {function} {market}", function, markets=(market,)))
    return client


@pytest.fixture
def safety() -> Client:
    return signed_in(Function.DRUG_SAFETY)


def tried(client: Client, text: str, **more: str) -> str:
    answer = client.post(reverse("screening-try"), {"text": text, **more})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("function", list(Function))
def test_who_may_see_posts_may_see_how_they_are_screened(function: Function) -> None:
    expected = 200 if function in ACTS["post.see"] else 404
    client = signed_in(function, "de")
    assert client.get(reverse("screening")).status_code == expected
    assert client.get(reverse("screening-try")).status_code == expected
    assert client.post(reverse("screening-try"), {"text": "Mir ist schlecht"}).status_code == expected
    home = client.get("/").content.decode()
    assert ('href="/screening/"' in home) == (expected == 200)


def test_the_page_shows_every_language_and_duty_with_its_interval(safety: Client) -> None:
    page = safety.get(reverse("screening")).content.decode()
    figures = shipped_figures()
    assert figures is not None and figures.fits(shipped_name())
    for name in ("German", "Polish", "Adverse event", "Spam"):
        assert name in page
    sets = [figures, *(kept for _name, kept in figures.others)]
    assert page.count(">basic<") == sum(one.level == "basic" for kept in sets for one in kept.languages)
    assert page.count('<svg class="sc-line"') >= 3 * (len(figures.languages) + 11)
    assert "posts of other people do worse" in page and "with other packs" not in page
    german = safety.get(reverse("screening"), {"language": "de"}).content.decode()
    assert "Duties in German" in german and "few posts" in german
    assert safety.get(reverse("screening"), {"language": "<b>"}).status_code == 200


def test_figures_of_other_packs_say_so(safety: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("candour.web.screening._packs_name", lambda: "screening@another")
    assert "with other packs" in safety.get(reverse("screening")).content.decode()
    monkeypatch.setattr("candour.web.screening.shipped_figures", lambda: None)
    assert "came without figures" in safety.get(reverse("screening")).content.decode()


def test_posts_that_the_packs_were_not_corrected_by_come_first(safety: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = shipped_figures()
    assert shipped is not None
    other = Figures("screening@another", shipped.languages[:1])
    monkeypatch.setattr("candour.web.screening.shipped_figures", lambda: replace(shipped, others=(("Blind <b>set</b>", other),)))
    page = safety.get(reverse("screening")).content.decode()
    assert page.index("On posts of others") < page.index('id="h-languages"')
    assert "Blind &lt;b&gt;set" in page and "counted with screening@another" in page


# the release


def starts(*names: str) -> None:
    now = factories.now()
    with acting(factories.person("Starter", Function.LISTENER), "test"):
        for number, name in enumerate(names):
            parts = {"model": name, "de": "1", "products": "2"}
            listening.judging_by(name, parts, now + timedelta(hours=number))


def test_a_release_is_put_down_once_when_it_begins_and_stands_in_the_journal() -> None:
    starts("a", "a", "b", "b")
    assert list(ReleaseStart.objects.order_by("pk").values_list("name", flat=True)) == ["a", "b"]
    assert Entry.objects.filter(subject="listening_releasestart").count() == 2
    with pytest.raises(Exception, match="append"), connection.cursor() as cursor:
        cursor.execute("UPDATE listening_releasestart SET name = 'c'")


def test_what_is_heard_names_its_release(safety: Client) -> None:
    starts("screening@old", screening_name())
    now = running()
    assert now is not None and (now.name, now.before, now.changed) == (screening_name(), "screening@old", ("model",))
    page = safety.get(reverse("screening")).content.decode()
    assert screening_name() in page and "the model" in page and "from the next post on" not in page


def test_a_release_that_has_not_judged_yet_is_told_as_the_next(safety: Client) -> None:
    starts("screening@old")
    page = safety.get(reverse("screening")).content.decode()
    assert "from the next post on" in page and screening_name() in page


def test_before_anything_was_heard_the_page_says_so(safety: Client) -> None:
    assert "No post was heard yet" in safety.get(reverse("screening")).content.decode()


# corrected here


def judged(answer: str, duty: str = "AE", *, market: str = "de", days: int = 1, text: str = "Kopfschmerzen") -> Judgement:
    version = factories.post(text, on=factories.source(f"s-{market}", market_code=market), lang=market)
    by = factories.person(f"Judge {market}", Function.COMMUNITY_MANAGER)
    with acting(by, "test"):
        return Judgement.objects.create(post=version.post, duty=duty, answer=answer, by=by, at=factories.now() - timedelta(days=days))


def test_corrections_are_counted_per_duty_language_and_queue() -> None:
    for answer in ("agree", "agree", "not_so"):
        judged(answer)
    judged("agree", "PQC")
    judged("dismissed", "")
    judged("case", "")
    judged("not_so", days=100)
    reader = factories.person("Sam", Function.DRUG_SAFETY)
    found = corrections(held_by(reader, factories.now()), factories.now())
    assert found.looked == 6 and not found.capped
    assert {duty: (one.upheld, one.overruled) for duty, one in found.duties.items()} == {"AE": (2, 1), "PQC": (1, 0)}
    assert [(one.upheld, one.overruled) for one in found.languages.values()] == [(3, 1)]
    assert [(one.upheld, one.overruled) for one in found.queue.values()] == [(1, 1)]
    assert found.duties["AE"].share.of == 3


def test_only_judgements_on_posts_the_reader_may_see_are_counted() -> None:
    judged("agree", market="de")
    judged("not_so", market="fr")
    reader = factories.person("Fabien", Function.DRUG_SAFETY, markets=("fr",))
    found = corrections(held_by(reader, factories.now()), factories.now())
    assert (found.duties["AE"].upheld, found.duties["AE"].overruled) == (0, 1)
    nobody = factories.person("Nobody", Function.AUTHOR)
    assert corrections(held_by(nobody, factories.now()), factories.now()).looked == 0


def test_corrections_are_read_by_their_index_and_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(4):
        judged("agree")
    monkeypatch.setattr(screening_queries, "MOST_JUDGEMENTS", 3)
    reader = factories.person("Sam", Function.DRUG_SAFETY)
    found = corrections(held_by(reader, factories.now()), factories.now())
    assert (found.looked, found.capped) == (3, True)


# try a post


def test_a_post_is_explained(safety: Client) -> None:
    page = tried(safety, "Keine Übelkeit, aber Hautausschlag seit der Spritze, schreibt mir an kim@example.org", lang="de")
    assert "Adverse event" in page and "Personal data" in page
    assert '<mark class="hl safety"' in page
    assert "Near misses" in page and "denied" in page and '<q dir="auto">Keine</q>' in page
    assert "Found from 0.35 on, in the queue from 0.50 on." in page
    assert "Looked for the names in the product dictionary" in page
    assert "as declared" in page and screening_name() in page


def test_a_language_without_a_pack_goes_to_a_person(safety: Client) -> None:
    page = tried(safety, "Jag mår illa av medicinen och har ont i huvudet hela tiden")
    assert "No pack for this language" in page


def test_nothing_pasted_is_stored_logged_or_kept(safety: Client, caplog: pytest.LogCaptureFixture) -> None:
    cache.clear()
    before = (Entry.objects.count(), Post.objects.count(), PostVersion.objects.count())
    with caplog.at_level(logging.DEBUG):
        assert SECRET in tried(safety, f"{SECRET} hat Ausschlag")
    assert (Entry.objects.count(), Post.objects.count(), PostVersion.objects.count()) == before
    assert SECRET not in caplog.text
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_data FROM django_session")
        assert SECRET not in str(cursor.fetchall())
    assert safety.get(reverse("screening-try")).content.decode().count(SECRET) == 0


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script> Ausschlag von Mivrantel <img src=x onerror=alert(2)>",
        "\u202eevil\u202c \u2066Ausschlag\u2069 \x00\x07\x1b[31m",
        "a" * MOST_CHARACTERS,
        "\u0301" * 5000,
        "no nausea " * 1900,
        "🤮" * 4000,
        "أشعر بالغثيان after Mivrantel שלום",
        "'; DROP TABLE listening_post; --",
        "{{ 7|add:7 }} {% csrf_token %}",
    ],
)
def test_hostile_text_is_shown_as_what_it_is(text: str, safety: Client) -> None:
    page = tried(safety, text)
    assert "<script>alert" not in page and "<img src=x" not in page
    answer = page.partition('id="answer"')[2]  # the field above it gives the text back as it came
    assert "\u202e" not in answer and "\x1b" not in answer


def test_an_empty_or_too_long_text_is_refused_in_words(safety: Client) -> None:
    empty = safety.post(reverse("screening-try"), {"text": "  \n"})
    assert empty.status_code == 400 and "There is no text to screen" in empty.content.decode()
    long = safety.post(reverse("screening-try"), {"text": "x" * 1_000_000})
    assert long.status_code == 400 and "1000000" in long.content.decode().replace(",", "") and len(long.content) < 200_000
    other = safety.post(reverse("screening-try"), {"text": "x", "account": "nowhere"})
    assert other.status_code == 400 and "no such account" in other.content.decode()


def test_every_reason_has_words_for_the_reader() -> None:
    assert {code: str(words) for code, words in screening_words.HELD.items()} == SAYS
    assert {code: str(words) for code, words in screening_words.SPEAKS.items()} == SPEAKS


# the door for scripts


def test_a_script_gets_the_same_answer(safety: Client) -> None:
    answer = safety.post(reverse("api-screening-try"), {"text": "Keine Übelkeit, aber Hautausschlag seit der Spritze", "lang": "de"})
    told: dict[str, Any] = json.loads(answer.content)
    assert answer["Cache-Control"].count("no-store") == 1
    assert [one["duty"] for one in told["findings"]] == ["AE"]
    assert told["findings"][0]["found_from"] == 0.35
    assert ("Übelkeit", "negated") in [(one["words"], one["held_back"][0]["code"]) for one in told["near_misses"]]
    assert [one["name"] for one in told["criteria"]] == ["patient", "reporter", "product", "event"]


def test_a_script_is_refused_in_words() -> None:
    nobody = Client().post(reverse("api-screening-try"), {"text": "x"})
    assert nobody.status_code == 401
    author = signed_in(Function.AUTHOR).post(reverse("api-screening-try"), {"text": "x"})
    assert author.status_code == 403 and "no function" in author.json()["why"]
    assert signed_in(Function.DRUG_SAFETY).post(reverse("api-screening-try"), {"text": ""}).status_code == 400
