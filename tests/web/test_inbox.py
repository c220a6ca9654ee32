"""The inbox: who sees what, nearest clock first, page by page, and keys that are all forms too."""

from __future__ import annotations

import re
from datetime import timedelta

import factories as make
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.http import urlencode

from candour.cases.models import Case
from candour.core.rights import Function
from candour.core.states import DutyState
from candour.core.terms import DutyKind
from candour.journal.acting import acting
from candour.listening import queries as listening
from candour.listening.models import Judgement, Post
from candour.web.inbox_rows import PAGE, Cursor, Filters

pytestmark = pytest.mark.django_db
COMMUNITY = Function.COMMUNITY_MANAGER


@pytest.fixture(autouse=True)
def ground() -> None:
    make.installation()
    make.company()
    make.market("de", "Germany")
    make.market("fr", "France", "Europe/Paris")


def signed_in(*functions: Function, markets: tuple[str, ...] = ("",), certified: bool = True) -> tuple[Client, object]:
    someone, client = make.person("Mira Castellane", *functions, markets=markets, certified=certified), Client()
    client.force_login(someone)
    return client, someone


def keys(html: str) -> list[str]:
    return re.findall(r'<li class="ib-row[^"]*" data-key="([cp]\d+)"', html)


def page(client: Client, **asked: str) -> str:
    answer = client.get(f"/inbox/?{urlencode(asked)}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_nobody_signed_out_sees_a_row():
    make.case()
    assert Client().get("/inbox/").status_code == 302


def test_rows_of_other_markets_do_not_exist_for_the_reader():
    german = make.case()
    make.case("Je prends Mivrantel et j’ai des vertiges.", findings=[], on=make.source("forum-fr", market_code="fr"), lang="fr")
    client, _ = signed_in(COMMUNITY, markets=("de",))
    html = page(client)
    assert keys(html) == [f"c{german.pk}"]
    assert "vertiges" not in html


def test_somebody_without_a_function_for_cases_sees_no_row():
    make.case()
    client, _ = signed_in(Function.AUTHOR)
    assert keys(page(client)) == []


def test_the_nearest_clock_stands_first_whether_case_or_post():
    later, sooner = make.case(service_in=timedelta(hours=5)), make.case(author="b", service_in=timedelta(minutes=9))
    between = make.to_judge(make.post("Thank you for the tips, Mivrantel people", author="c"), make.now() + timedelta(hours=2))
    client, _ = signed_in(COMMUNITY)
    assert keys(page(client)) == [f"c{sooner.pk}", f"p{between.pk}", f"c{later.pk}"]


def test_a_late_clock_is_filled_and_says_so_in_words():
    make.case(service_in=-timedelta(minutes=72))
    client, _ = signed_in(COMMUNITY)
    html = page(client)
    assert 'class="cd-clock service over"' in html
    assert "+1 h 12 m" in html or "+1 h 13 m" in html
    assert "Service clock: late by" in html


def test_marked_words_stand_in_the_row_itself():
    make.case()
    client, _ = signed_in(COMMUNITY)
    row = page(client).split('class="ib-rows"')[1].split("</ol>")[0]
    assert re.search(r'<mark class="hl safety"[^>]*><span class="sr">Adverse event: </span>can’t feel my left hand</mark>', row)
    assert '<mark class="hl product">' in row


def test_pages_go_on_from_the_last_row_and_lose_none():
    made = {
        f"p{make.to_judge(make.post(f'Post number {n}', author=f'a{n}'), make.now() + timedelta(hours=3, minutes=n)).pk}"
        for n in range(PAGE)
    }
    made |= {f"c{make.case(author=f'b{n}', service_in=timedelta(hours=3)).pk}" for n in range(3)}
    client, _ = signed_in(COMMUNITY)
    first = page(client)
    following = re.search(r'href="(/inbox/\?after=[^"]+)" rel="next"', first)[1].replace("&amp;", "&")
    second = client.get(following).content.decode()
    assert len(keys(first)) == PAGE
    assert set(keys(first)) | set(keys(second)) == made
    assert not set(keys(first)) & set(keys(second))


def test_a_cursor_survives_its_address_and_a_foreign_one_is_ignored():
    cursor = Cursor(make.now(), "c", 7)
    assert Cursor.parse(str(cursor)) == cursor
    assert [Cursor.parse(text) for text in ("", "x", "1-z-2", "9" * 40 + "-c-1", "1-c-a")] == [None] * 5
    assert Filters.read({"tab": "no-such", "state": "odd"}) == Filters()


def test_queues_hold_what_their_names_say():
    question = "May I take Mivrantel with wine?"
    asked = make.case(question, findings=[make.finding(question, question, DutyKind.MIR)], author="q")
    handed = make.case(author="h")
    with acting(make.founder(), "test"):
        handed.duties.update(state=DutyState.HANDED_OVER)
    waits = make.to_judge(make.post("A concert without an attack", author="w"))
    client, _ = signed_in(COMMUNITY)
    assert keys(page(client, tab="questions")) == [f"c{asked.pk}"]
    assert keys(page(client, tab="receipt")) == [f"c{handed.pk}"]
    assert keys(page(client, tab="judge")) == [f"p{waits.pk}"]
    assert keys(page(client, tab="nearest", duty="MIR")) == [f"c{asked.pk}"]


def test_an_empty_queue_says_what_would_stand_there():
    client, _ = signed_in(COMMUNITY)
    assert "Nobody waits for an answer" in page(client)
    assert "Nothing in this queue" in page(client, tab="receipt")


def test_a_silent_source_is_amber_with_its_expectation():
    source = make.source("forum-de", kind="atom")
    with acting(make.founder(), "test"):
        source.last_ok_at, source.expected_minutes = make.now() - timedelta(minutes=94), 10
        source.save()
    client, _ = signed_in(COMMUNITY)
    html = page(client)
    assert 'class="cd-beat gap"' in html
    assert "expected every 10 m" in html


def test_the_pill_counts_what_came_since_and_says_nothing_twice():
    since = make.now() - timedelta(minutes=30)
    client, _ = signed_in(COMMUNITY)
    make.case(heard_at=make.now() - timedelta(minutes=5))
    asked = f"/inbox/new/?{urlencode({'since': since.isoformat()})}"
    first = client.get(asked)
    assert "1 new" in first.content.decode()
    assert client.get(asked, headers={"If-None-Match": first["ETag"]}).status_code == 304
    make.case(author="another", heard_at=make.now() - timedelta(minutes=1))
    assert "2 new" in client.get(asked, headers={"If-None-Match": first["ETag"]}).content.decode()


def test_a_broken_since_is_no_error():
    client, _ = signed_in(COMMUNITY)
    assert client.get("/inbox/new/?since=2026-99-99T00:00:00Z").status_code == 200


def test_the_number_of_queries_does_not_grow_with_the_rows():
    client, _ = signed_in(COMMUNITY)
    make.case()
    with CaptureQueriesContext(
        connection,
    ) as few:
        page(client)
    for number in range(12):
        make.case(author=f"b{number}")
        make.to_judge(make.post(f"Post {number}", author=f"p{number}"))
    with CaptureQueriesContext(connection) as many:
        page(client)
    assert len(many) <= len(few) + 1
    assert len(many) <= 48


def test_a_post_alike_stands_behind_its_first_and_is_dismissed_with_it():
    first = make.to_judge(make.post("Mivrantel has microchips, pass it on", author="a"))
    repost = make.to_judge(make.post("Mivrantel has microchips, pass it on now", author="b"))
    Post.objects.filter(pk=repost.pk).update(alike_to=first)
    Post.objects.filter(pk=first.pk).update(alike=1)
    client, _ = signed_in(COMMUNITY)
    assert keys(page(client)) == [f"p{first.pk}"]
    answer = client.post(f"/posts/{first.pk}/judge/", {"answer": "dismissed", "reason": "rumour", "next": "/inbox/"})
    assert answer["Location"] == "/inbox/?done=dismissed"
    assert keys(page(client)) == []


def test_an_auditor_reads_but_finds_no_act_and_a_forged_form_changes_nothing():
    case = make.case()
    waits = make.to_judge(make.post("A concert without an attack", author="w"))
    client, _ = signed_in(Function.AUDITOR)
    html = page(client)
    assert keys(html)
    assert '<form method="post"' not in html.split("data-preview")[1].split("</inbox-keys>")[0]
    before = (Case.objects.get(pk=case.pk).version, Judgement.objects.count())
    assert client.post(f"/posts/{waits.pk}/judge/", {"answer": "dismissed"}).status_code == 403
    assert client.post(f"/cases/{case.number}/hand-over/", {"kind": "AE", "version": case.version}).status_code == 403
    assert (Case.objects.get(pk=case.pk).version, Judgement.objects.count()) == before
    waits.refresh_from_db()
    assert waits.judge_by is not None


def test_one_verdict_for_many_is_all_or_nothing():
    mine = make.to_judge(make.post("One", author="a"))
    foreign = make.to_judge(make.post("Un", author="b", on=make.source("forum-fr", market_code="fr")))
    client, _ = signed_in(COMMUNITY, markets=("de",))
    assert client.post("/posts/dismiss/", {"post": [mine.pk, foreign.pk]}).status_code == 409
    assert Judgement.objects.count() == 0
    assert client.post("/posts/dismiss/", {"post": [mine.pk], "reason": "off topic"}).status_code == 302
    assert Judgement.objects.get().post_id == mine.pk


def test_no_page_carries_a_style_attribute_or_an_inline_script():
    case = make.case()
    client, _ = signed_in(COMMUNITY)
    for address in ("/inbox/", f"/cases/{case.number}/", "/cases/", "/posts/", f"/posts/{case.post_id}/", "/palette/"):
        html = client.get(address).content.decode()
        assert " style=" not in html
        assert not re.search(r"<script(?![^>]*src=)", html)
        assert not re.search(r"\son[a-z]+=", html)


def test_next_never_leads_to_another_host():
    waits = make.to_judge(make.post("A concert without an attack", author="w"))
    client, _ = signed_in(COMMUNITY)
    answer = client.post(f"/posts/{waits.pk}/judge/", {"answer": "dismissed", "reason": "x", "next": "https://elsewhere.example/"})
    assert answer["Location"].startswith("/inbox/")


def test_search_looks_ninety_days_back_unless_widened():
    make.post("An old word about Mivrantel", author="o", heard_at=make.now() - timedelta(days=100))
    make.post("A new word about Mivrantel", author="n")
    client, _ = signed_in(COMMUNITY)
    near, far = (client.get(f"/posts/?{asked}").content.decode() for asked in ("q=mivrantel", "q=mivrantel&all=1"))
    assert near.count('class="se-row"') == 1
    assert far.count('class="se-row"') == 2
    assert client.get("/posts/?q=%00%22unclosed").status_code == 200


@pytest.mark.parametrize("words", ["", "mivrantel", "nirgends", "mivrantel -new"])
@pytest.mark.parametrize("duty", ["", DutyKind.AE])
@pytest.mark.parametrize("market", ["", "de", "fr"])
@pytest.mark.parametrize("after", [0, 1])
def test_the_search_made_once_finds_what_the_search_made_anew_finds(words: str, duty: str, market: str, after: int) -> None:
    said = [("An old word about Mivrantel", "o", 100), ("A new word about Mivrantel", "n", 0), ("Rash after Mivrantel", "r", 1)]
    posts = [
        make.post(
            text,
            author=who,
            heard_at=make.now() - timedelta(days=days),
            findings=[make.finding(text, "word" if days > 1 else "Rash")] if days else [],
        )
        for text, who, days in said
    ]
    make.post("Rien de nouveau sur Mivrantel", author="f", on=make.source("forum-fr", market_code="fr"), lang="fr")
    _client, someone = signed_in(COMMUNITY)
    held = make.held_of(someone)
    before = (posts[1].published_at, posts[1].pk) if after else None
    for since in (None, make.now() - timedelta(days=90)):
        anew = listening.search(held, words=words, duty=duty, market=market, since=since, before=before)
        for _again in range(2):
            found = listening.search_page(held, words=words, duty=duty, market=market, since=since, before=before, most=2)
            assert [version.pk for version in found] == [version.pk for version in anew[:2]]
    assert listening.search_page((), words=words, since=None, before=None, most=2) == []
