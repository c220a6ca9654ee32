"""The calendar: one query for every view, plain forms, a refused move that changes nothing; by hand, pause and embargo on their pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import lanes
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, expect, sync_playwright

from candour.flows import by_hand, pause
from candour.flows import publish as publishing
from candour.journal.acting import acting
from candour.messages.models import ApprovedMessage, Embargo, Pause, Publication
from candour.people.models import User
from candour.web.calendar import span_of
from tests import approve_factories as make
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def on(settings: Any) -> make.Ground:
    settings.PASSWORD_HASHERS = make.QUICK_HASHERS
    return make.ground()


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def noon(days: int = 0) -> datetime:
    return (timezone.localtime(factories.now()) + timedelta(days=days)).replace(hour=12, minute=0, second=0, microsecond=0)


def held(on: make.Ground, message: ApprovedMessage, days: int = 3) -> Publication:
    return publishing.publish(on.author, message, on.account, factories.now(), due_at=noon(days))


def _calendar(person: User, **query: str) -> Any:
    return signed_in(person).get(reverse("calendar"), query)


def _typed(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%dT%H:%M}"


def test_every_view_shows_the_text_on_its_day(on: make.Ground) -> None:
    row = held(on, make.approved(on, title="Montagstext"))
    day = f"{timezone.localtime(row.due_at):%Y-%m-%d}"
    for view in ("month", "week", "list"):
        page = _calendar(on.author, view=view, day=day).content.decode()
        assert ("Montagstext" in page, f'id="p{row.pk}"' in page, "waits for its time" in page) == (True, True, True)
    assert f'id="p{row.pk}"' not in _calendar(on.author, view="week", day="2031-01-01").content.decode()


def test_filters_leave_the_others_out(on: make.Ground) -> None:
    row = held(on, make.approved(on))
    day = f"{timezone.localtime(row.due_at):%Y-%m-%d}"
    for query, shown in (
        ({"market": "de"}, True),
        ({"market": "us"}, False),
        ({"account": on.account.key}, True),
        ({"account": "other"}, False),
        ({"product": "zovellark"}, True),
        ({"product": "nothing"}, False),
    ):
        assert (f'id="p{row.pk}"' in _calendar(on.author, view="list", day=day, **query).content.decode()) == shown


def test_the_days_cost_one_query_however_many_texts(on: make.Ground) -> None:
    messages = [make.approved(on, f"{make.MENDED} Teil {word}.", title=word) for word in ("eins", "zwei", "drei")]
    counts = []
    for number, message in enumerate(messages):
        held(on, message, days=number + 1)
        with CaptureQueriesContext(connection) as seen:
            assert _calendar(on.author, view="list").status_code == 200
        counts.append(sum('FROM "approval_publication"' in query["sql"] for query in seen.captured_queries))
    assert counts == [1, 1, 1]


@pytest.mark.parametrize("query", [{"day": "x"}, {"day": "0001-01-01"}, {"day": "9999-12-31"}, {"view": "decade"}, {"market": "\x00"}])
def test_an_odd_address_shows_the_present(on: make.Ground, query: dict[str, str]) -> None:
    assert _calendar(on.author, **query).status_code == 200


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.sampled_from(["month", "week", "list"]))
def test_every_day_is_on_its_page_and_pages_leave_no_gap(day: date, view: str) -> None:
    here = span_of(view, day)
    assert here.first <= day <= here.last
    assert view == "list" or (here.first.weekday(), here.last.weekday()) == (0, 6)
    later, earlier = span_of(view, here.later), span_of(view, here.earlier)
    assert later.first <= here.last + timedelta(days=1)
    assert earlier.last >= here.first - timedelta(days=1)
    assert here.earlier < day < here.later or view == "month"


def test_a_text_is_moved_by_a_plain_form_and_shown_there(on: make.Ground) -> None:
    row = held(on, make.approved(on))
    to = noon(5)
    form = {"due_at": to.isoformat(), "view": "week", "day": "2026-03-01", "market": "de"}
    answer = signed_in(on.author).post(reverse("publication-move", args=[row.pk]), form)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/calendar/?view=week&day=2026-03-01&market=de#p{row.pk}")
    row.refresh_from_db()
    assert row.due_at == to


@pytest.mark.parametrize("due_at", ["", "soon", "2001-01-01T10:00", "2099-01-01T10:00"])
def test_a_refused_move_says_why_and_changes_nothing(on: make.Ground, due_at: str) -> None:
    row = held(on, make.approved(on))
    answer = signed_in(on.author).post(reverse("publication-move", args=[row.pk]), {"due_at": due_at, "view": "list"})
    before = row.due_at
    row.refresh_from_db()
    assert (answer.status_code in (400, 409), row.due_at == before, "Nothing was changed." in answer.content.decode()) == (True, True, True)


def test_an_approval_that_is_over_by_then_is_seen(on: make.Ground) -> None:
    row = held(on, make.approved(on))
    with acting(factories.founder(), "test"):
        ApprovedMessage.objects.filter(pk=row.message_id).update(valid_until=row.due_at - timedelta(minutes=1))
    day = f"{timezone.localtime(row.due_at):%Y-%m-%d}"
    assert "approval over by then" in _calendar(on.author, view="list", day=day).content.decode()


# pauses and embargoes


def test_a_pause_is_told_where_one_plans_and_looks_things_up(on: make.Ground) -> None:
    form = {"market": "de", "reason": "Rückruf der Charge 7", "secret": factories.PASSWORD}
    assert signed_in(on.lead).post(reverse("pause-begin"), form).status_code == 302
    for name in ("calendar", "library", "pauses"):
        assert "Rückruf der Charge 7" in signed_in(on.author).get(reverse(name)).content.decode()
    row = Pause.objects.get()
    end = {"reason": "geprüft", "secret": factories.PASSWORD}
    assert signed_in(on.lead).post(reverse("pause-end", args=[row.pk]), end).status_code == 302
    assert "Rückruf der Charge 7" not in signed_in(on.author).get(reverse("calendar")).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [{"secret": "wrong"}, {"reason": ""}, {"market": ""}, {"account": "nobody", "market": ""}, {"product": "nothing", "market": ""}],
)
def test_a_refused_pause_keeps_what_was_typed_and_pauses_nothing(on: make.Ground, wrong: dict[str, str]) -> None:
    form = {"market": "de", "reason": "Rückruf", "secret": factories.PASSWORD} | wrong
    answer = signed_in(on.lead).post(reverse("pause-begin"), form)
    assert (answer.status_code in (400, 403, 404), Pause.objects.count()) == (True, 0)
    assert 'name="reason"' in answer.content.decode()


def test_what_waits_is_sent_by_a_person_from_the_page_of_pauses(on: make.Ground) -> None:
    row = held(on, make.approved(on, title="Wartet"))
    paused = pause.begin(on.lead, market="de", reason="x", secret=factories.PASSWORD, now=factories.now())
    with acting(factories.founder(), "test"):
        Publication.objects.filter(pk=row.pk).update(state="waiting", problem="Publishing is paused here: x")
    pause.end(on.lead, paused, "y", factories.PASSWORD, factories.now())
    page = signed_in(on.author).get(reverse("pauses")).content.decode()
    assert "Wartet" in page and "Send it now" in page
    form = {"due_at": factories.now().isoformat(), "view": "list"}
    assert signed_in(on.author).post(reverse("publication-move", args=[row.pk]), form).status_code == 302
    row.refresh_from_db()
    assert row.state == "held"


def test_an_embargo_is_set_and_lifted_on_the_page_of_the_message(on: make.Ground) -> None:
    message, author = make.approved(on), signed_in(on.author)
    form = {"until": _typed(noon(9)), "reason": "Zulassung"}
    assert author.post(reverse("embargo-set", args=[message.draft_id]), form).status_code == 302
    assert "Zulassung" in author.get(reverse("message", args=[message.key])).content.decode()
    row = Embargo.objects.get()
    assert author.post(reverse("embargo-lift", args=[row.pk]), {"reason": "da"}).status_code == 302
    row.refresh_from_db()
    assert row.lifted_by == on.author


# by hand


def test_a_pack_is_made_and_the_word_given_on_plain_forms(on: make.Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_hand, "words_at", lambda link, text: False)
    linkedin = factories.account("linkedin-de", network="linkedin", handle="hollinqvist")
    message, author = make.approved(on, account=linkedin), signed_in(on.author)
    assert "Make the pack" in author.get(reverse("message", args=[message.key])).content.decode()
    form = {"account": linkedin.key, "hand_to": str(on.author.pk)}
    assert author.post(reverse("message-publish", args=[message.key]), form).status_code == 302
    row = Publication.objects.get(account=linkedin)
    page = author.get(reverse("publication-pack", args=[row.pk])).content.decode()
    assert message.text.split("\n")[0] in page and row.digest in page
    wrong = author.post(reverse("publication-state", args=[row.pk]), {"link": "https://l.example/1", "secret": "wrong"})
    row.refresh_from_db()
    assert (wrong.status_code, row.state) == (403, "by_hand")
    told = author.post(reverse("publication-state", args=[row.pk]), {"link": "https://l.example/1", "secret": factories.PASSWORD})
    row.refresh_from_db()
    assert (told.status_code, row.state) == (302, "stated")
    assert "https://l.example/1" in author.get(reverse("publication-pack", args=[row.pk])).content.decode()


# <cd-calendar>


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=lanes.browser(), args=["--no-sandbox"])
        yield running
        running.close()


def _open(browser: Browser, live_server: Any, person: User, address: str) -> Page:
    client = Client()
    client.force_login(person)
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    page.goto(f"{live_server.url}{address}")
    return page


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_text_is_dragged_to_another_day_and_keeps_its_time(browser: Browser, live_server: Any, on: make.Ground) -> None:
    row = held(on, make.approved(on), days=1)
    before = timezone.localtime(row.due_at)
    to = before.date() + timedelta(days=1)
    page = _open(browser, live_server, on.author, f"{reverse('calendar')}?view=month&day={before:%Y-%m-%d}")
    page.locator(f"#p{row.pk} .ca-link").drag_to(page.locator(f'[data-day="{to:%Y-%m-%d}"] h3'))
    expect(page.locator(f'[data-day="{to:%Y-%m-%d}"] #p{row.pk}')).to_be_visible()
    row.refresh_from_db()
    moved = timezone.localtime(row.due_at)
    assert (moved.date(), moved.time()) == (to, before.time())


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_drag_into_the_past_is_refused_with_its_reason(browser: Browser, live_server: Any, on: make.Ground) -> None:
    row = held(on, make.approved(on), days=1)
    day = timezone.localtime(row.due_at).date()
    past = day.replace(day=1) - timedelta(days=day.replace(day=1).weekday())
    page = _open(browser, live_server, on.author, f"{reverse('calendar')}?view=month&day={day:%Y-%m-%d}")
    if past >= timezone.localtime(factories.now()).date():
        past = day - timedelta(days=14)
    page.locator(f"#p{row.pk} .ca-link").drag_to(page.locator(f'[data-day="{past:%Y-%m-%d}"] h3'))
    expect(page.get_by_text("Nothing was changed.")).to_be_visible()
    before = row.due_at
    row.refresh_from_db()
    assert row.due_at == before
