"""The nearest approved text: found by an index that the database keeps by itself, whatever was changed in the draft."""

from __future__ import annotations

import pytest
from django.db import connection

from candour.messages.models import ApprovedMessage
from candour.messages.reuse_queries import nearest_candidates, nearest_visible_to
from tests import approve_factories as approving
from tests import factories

pytestmark = pytest.mark.django_db

TEXTS = [
    "Viele Menschen führen Buch über ihre Migräne und zeigen es beim nächsten Besuch in der Praxis.",
    "Das Blatt hat zwei Seiten für jeden Monat und nennt kein Medikament, es gehört Ihnen allein.",
    "الكثير من الناس يكتبون عن أيام الصداع في دفتر صغير يحملونه معهم",
    "多くの人が頭痛の日を小さなノートに書いています。",
    "Our sheet has two pages for every month, and it names no medicine at all.",
]


@pytest.fixture
def shelf() -> tuple[approving.Ground, list[ApprovedMessage]]:
    ground = approving.ground()
    return ground, [approving.template(ground, text, key=f"text-{number}") for number, text in enumerate(TEXTS)]


@pytest.mark.parametrize("number", range(len(TEXTS)))
def test_a_text_is_nearest_to_itself_also_when_it_is_cut(shelf: tuple[approving.Ground, list[ApprovedMessage]], number: int) -> None:
    _ground, rows = shelf
    text = TEXTS[number]
    for draft in (text, text.upper(), text[: len(text) * 2 // 3], f"Neu: {text} Ende."):
        assert nearest_candidates(draft)[:1] == [rows[number].pk]


@pytest.mark.parametrize("draft", ["", " ", "Hallo", "!!! ???", "x" * 5000, "\U0001f600 " * 50])
def test_a_text_without_three_words_in_common_is_near_nothing(shelf: tuple[approving.Ground, list[ApprovedMessage]], draft: str) -> None:
    assert nearest_candidates(draft) == []


def test_only_what_a_reader_may_carry_is_found(shelf: tuple[approving.Ground, list[ApprovedMessage]]) -> None:
    ground, rows = shelf
    assert nearest_visible_to(factories.held_of(ground.author), TEXTS[0])[0] == rows[0]
    assert nearest_visible_to((), TEXTS[0]) == []


def test_the_runs_of_a_text_are_ascending_and_few() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT approval_runs(%s)", [" ".join(TEXTS * 9)])
        runs = cursor.fetchone()[0]
    assert runs == sorted(set(runs)) and len(runs) == 32
