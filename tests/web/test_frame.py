"""The frame of all screens: navigation by right, theme, direction, demo marks, clock faces, times as people read them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import factories as make
import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.utils import timezone, translation

from candour.core.rights import Function
from candour.journal.acting import acting
from candour.web import icons, spoken_time
from candour.web.clock_faces import face
from candour.web.navigation import LOOPS, loops_for
from candour.web.words import DUTY, NETWORK, SEAL, isolated, quoted

NOW = datetime(2026, 11, 24, 9, 42, tzinfo=UTC)


def _block(name: str, start: str) -> str:
    text = Path(finders.find(f"candour/{name}")).read_text(encoding="utf-8")
    return re.search(re.escape(start) + r" \{(.*?)\n\}", text, re.DOTALL)[1].strip()


def test_the_automatic_dark_tokens_are_the_dark_tokens():
    assert _block("auto-dark.css", ":root:not([data-theme])") == _block("tokens.css", '[data-theme="dark"]')


@pytest.mark.parametrize("words", [DUTY, NETWORK, SEAL])
def test_every_word_has_an_icon_that_exists(words: dict):
    assert all(look.icon in icons.paths() for look in words.values())
    assert all(screen.icon in icons.paths() for _loop, screens in LOOPS for screen in screens)


@pytest.mark.django_db
def test_navigation_shows_only_what_the_reader_may_open():
    make.installation()
    names = {
        entry.name for _title, entries in loops_for(make.held_of(make.person("Nadia", Function.AUDITOR)), "inbox") for entry in entries
    }
    assert {"inbox", "journal", "registry", "library"} <= names
    assert "import" not in names


@pytest.mark.django_db
def test_theme_language_and_direction_come_from_the_person():
    make.installation(demo=True)
    make.company()
    someone, client = make.person("Mira Castellane", Function.COMMUNITY_MANAGER), Client()
    client.force_login(someone)
    plain = client.get("/palette/").content.decode()
    assert '<html lang="en" dir="ltr">' in plain
    assert "Demo, simulated" in plain
    with acting(make.founder(), "test"):
        someone.theme, someone.language = "dark", "ar"
        someone.save()
    assert '<html lang="ar" dir="rtl" data-theme="dark">' in client.get("/palette/").content.decode()


@pytest.mark.django_db
def test_the_palette_finds_screens_cases_and_pasted_links_of_the_reader_only():
    make.installation()
    make.company()
    case = make.case()
    client, stranger = Client(), Client()
    client.force_login(make.person("Mira Castellane", Function.COMMUNITY_MANAGER, markets=("de",)))
    stranger.force_login(make.person("Camille Rousset", Function.COMMUNITY_MANAGER, markets=("fr",)))
    asked = f"/palette/?list=1&q={case.number.lower()}"
    assert f"/cases/{case.number}/" in client.get(asked).content.decode()
    assert f"/cases/{case.number}/" not in stranger.get(asked).content.decode()
    assert "/inbox/" in client.get("/palette/?list=1&q=inb").content.decode()


@pytest.mark.parametrize(
    ("left", "state", "words"),
    [
        (timedelta(hours=23, minutes=41), "calm", "23 h 41 m"),
        (timedelta(minutes=18), "due", "18 m"),
        (timedelta(seconds=5), "due", "1 m"),
        (-timedelta(hours=1, minutes=12), "over", "+1 h 12 m"),
        (timedelta(days=3, hours=4), "calm", "3 d 4 h"),
    ],
)
def test_a_clock_face_says_how_urgent_it_is(left: timedelta, state: str, words: str):
    seen = face("service", NOW + left, None, NOW - timedelta(hours=1), NOW)
    assert (seen.state, seen.words) == (state, words)


def test_a_clock_that_was_answered_or_is_not_owed_does_not_run():
    assert face("service", NOW, NOW, NOW, NOW).state == "met"
    assert face("safety", None, None, NOW, NOW).state == "none"


def test_instants_are_shown_in_the_zone_and_words_of_the_reader():
    with timezone.override("Europe/Berlin"), translation.override("en"):
        assert spoken_time.exact(NOW) == "Tue 24 Nov 2026, 10:42 CET"
        assert spoken_time.day_and_time(NOW, NOW) == "10:42 CET"
    with timezone.override("Europe/Berlin"), translation.override("de"):
        assert spoken_time.exact(NOW) == "Di. 24. Nov. 2026, 10:42 MEZ"
        assert spoken_time.day(NOW) == "24. Nov. 2026" and spoken_time.day(NOW.date()) == "24. Nov. 2026"
        assert spoken_time.long_day(NOW) == "24. November 2026"


def test_a_zone_is_named_short_or_not_by_its_sentence():
    with timezone.override("America/New_York"), translation.override("en"):
        assert spoken_time.clock_time(NOW) == "04:42 EST"


def test_words_of_somebody_stand_in_quotation_marks_and_handles_keep_their_order_only_where_it_is_needed():
    with translation.override("en"):
        assert quoted("dizzy") == "“dizzy”" and isolated("@anna.example") == "@anna.example"
    with translation.override("ar"):
        assert isolated("@anna.example") == "\N{FIRST STRONG ISOLATE}@anna.example\N{POP DIRECTIONAL ISOLATE}" and isolated("") == ""


@pytest.mark.parametrize(("seconds", "words"), [(8, "8 s"), (130, "2 m"), (7300, "2 h"), (200000, "2 d"), (-5, "0 s")])
def test_an_age_has_one_unit(seconds: int, words: str):
    assert spoken_time.age(timedelta(seconds=seconds)) == words
