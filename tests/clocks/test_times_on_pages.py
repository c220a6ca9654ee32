"""Every page tells an instant as the same instant to readers all over the earth, with its zone, whatever zone the machine stands in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone, translation
from hypothesis import given, settings
from hypothesis import strategies as st

from candour.cases.models import Case
from candour.core.rights import Function
from candour.journal.acting import acting
from candour.people.models import User
from candour.web import spoken_time
from tests import approve_factories as approve
from tests import factories

from .markets import FAR, instants, machine_in

READERS = ("Europe/Berlin", "Pacific/Kiritimati", "Etc/GMT+12", "Asia/Kathmandu")
_TIME = re.compile(r"<time([^>]*)>(.*?)</time>", re.S)
_ATTRIBUTE = re.compile(r'(\w[\w-]*)="([^"]*)"')
_CLOCK = re.compile(r"(?<![\d:+-])(\d{1,2}:\d\d)(:\d\d)?\b")
#: A zone as it may stand after a time: "CET", "GMT+14", "+14", "UTC", "Europe/Berlin".
_ZONE_AFTER = re.compile(r"^(:\d\d(\.\d+)?)?\s?([A-Z]{2,5}\b|[+-]\d\d|[–,].*?[A-Z]\w+/[A-Z]\w+)")


@pytest.fixture
def pages(db: None) -> list[str]:
    """A company with something on every page that tells times."""
    on = approve.ground()
    running, message = approve.review(on), approve.approved(on, title="Kopfschmerz-Tag")
    approve.live(on, message)
    source = factories.source(of=on.account)
    case = factories.case(on=source)
    late = factories.case("I can’t feel my left hand on Mivrantel.", on=source, safety_in=-timedelta(hours=2), service_in=None)
    with acting(factories.founder(), "test"):
        source.last_ok_at = source.last_try_at = factories.now() - timedelta(days=2)
        source.save()
    paths = ["", "inbox/", "cases/", f"cases/{case.number}/", f"cases/{late.number}/", "drafts/", f"drafts/{running.draft_id}/"]
    paths += [f"reviews/{running.pk}/", "library/", f"library/{message.key}/", "journal/", "posts/", f"posts/{case.post_id}/"]
    return [
        f"/{path}" for path in [*paths, "registry/", "registry/?tab=activities", f"registry/{on.account.key}/", "sources/", "training/"]
    ]


def reader(zone: str) -> User:
    functions = [Function.COMMUNITY_MANAGER, Function.AUTHOR, Function.MEDICAL_REVIEWER, Function.COE_LEAD, Function.AUDITOR]
    person = factories.person("Nele Newcomer", *functions, certified=True)
    with acting(factories.founder(), "test"):
        person.timezone = zone
        person.save()
    return person


def shown(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def times(html: str) -> Iterator[tuple[datetime, str]]:
    """Each <time> that names an instant: the instant, and its words in full, its own or those of the clock face around it."""
    for found in _TIME.finditer(html):
        named = dict(_ATTRIBUTE.findall(found[1]))
        if "T" in named.get("datetime", ""):
            around = _ATTRIBUTE.findall(html[max(found.start() - 400, 0) : found.start()])
            title = named.get("title") or next((value for name, value in reversed(around) if name == "title"), "")
            yield datetime.fromisoformat(named["datetime"]), unescape(title)


def test_every_instant_is_told_in_full_in_the_readers_zone(pages: list[str]) -> None:
    seen = 0
    for zone in READERS:
        client = Client()
        client.force_login(reader(zone))
        for path in pages:
            for at, words in times(shown(client, path)):
                assert at.tzinfo is not None, path
                assert words, (path, at)
                local = at.astimezone(ZoneInfo(zone))
                with timezone.override(ZoneInfo(zone)), translation.override("en"):
                    assert words.endswith(f"{local:%H:%M} {spoken_time.zone_name(at)}"), (path, zone, words)
                assert f"{local.day} " in words, (path, zone, words)
                assert f"{local.year}" in words, (path, zone, words)
                seen += 1
    assert seen > 300


def test_readers_of_all_zones_are_told_the_same_instants(pages: list[str]) -> None:
    told: dict[str, dict[str, list[datetime]]] = {}
    people, start = {zone: reader(zone) for zone in READERS}, factories.now()
    for zone, person in people.items():
        client = Client()
        with machine_in(zone):
            client.force_login(person)
            told[zone] = {
                path: sorted(at for at, _words in times(shown(client, path)) if not start < at < factories.now()) for path in pages[1:7]
            }
    for zone in READERS:
        assert told[zone] == told[READERS[0]], zone


def test_no_time_of_day_stands_without_its_zone(pages: list[str]) -> None:
    """In the text of a page, outside of <time> with its full title, a time is followed by its zone."""
    client = Client()
    client.force_login(reader("Asia/Kathmandu"))
    for path in pages:
        text = _TIME.sub(" ", re.sub(r"<(script|style|template)\b.*?</\1>", " ", shown(client, path), flags=re.S))
        plain = unescape(re.sub(r"<[^>]+>", " ", text))
        for found in _CLOCK.finditer(plain):
            assert _ZONE_AFTER.match(plain[found.end(1) : found.end(1) + 60]), (path, plain[found.start() - 40 : found.end() + 60])


def test_case_and_inbox_name_the_office_hours_of_the_first_reply(pages: list[str]) -> None:
    client = Client()
    client.force_login(reader("Asia/Kathmandu"))
    words = "First reply in office hours of Germany: Mon–Fri, 09:00–18:00, Europe/Berlin, without public holidays."
    assert words in shown(client, pages[3])
    assert words not in shown(client, pages[4]), "no first reply is owed there"
    waiting, late = Case.objects.order_by("pk")
    assert words in shown(client, f"/inbox/?open=c{waiting.pk}") + shown(client, f"/inbox/c{waiting.pk}/")
    assert words not in shown(client, f"/inbox/c{late.pk}/")


def test_the_case_warns_where_holidays_are_not_known(pages: list[str]) -> None:
    client = Client()
    client.force_login(reader("Europe/Berlin"))
    with acting(factories.founder(), "test"):
        Case.objects.order_by("pk").filter(service_due_at__isnull=False).update(service_due_at=datetime(2101, 1, 3, 9, tzinfo=UTC))
    html = shown(client, pages[3])
    assert "2101 in Germany are known, so some may be counted as working days." in html


@given(instants, st.sampled_from(FAR), st.sampled_from(["en", "de", "fr", "ja", "ar", "pt-br", "eo"]), st.sampled_from(FAR))
@settings(max_examples=200, deadline=None)
def test_words_for_an_instant_never_fail_and_never_depend_on_the_machine(at: datetime, zone: str, language: str, machine: str) -> None:
    def words() -> tuple[str, ...]:
        now = at + timedelta(hours=30)
        return (
            spoken_time.exact(at), spoken_time.day_and_time(at, now), spoken_time.clock_time(at), spoken_time.zone_name(at),
            spoken_time.day(at), spoken_time.long_day(at), spoken_time.day_and_minute(at), spoken_time.to_the_second(at),
        )  # fmt: skip

    with timezone.override(ZoneInfo(zone)), translation.override(language):
        told = words()
        with machine_in(machine):
            assert words() == told
        assert all(told)


def test_the_two_equal_hours_of_an_autumn_night_are_told_apart() -> None:
    with timezone.override(ZoneInfo("Europe/Berlin")), translation.override("en"):
        first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
        assert spoken_time.exact(first) == "Sun 25 Oct 2026, 02:30 CEST"
        assert spoken_time.exact(second) == "Sun 25 Oct 2026, 02:30 CET"


def test_what_was_told_to_one_reader_is_not_told_to_the_next_in_his_words() -> None:
    at = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
    told = set()
    for zone in READERS:
        for language in ("en", "de", "ar"):
            with timezone.override(ZoneInfo(zone)), translation.override(language):
                told.add(spoken_time.exact(at))
    assert len(told) == len(READERS) * 3
