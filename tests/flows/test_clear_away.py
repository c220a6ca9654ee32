"""Pictures that never came to a review end after their time, those that were signed never do; what people were told ends too."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from candour.assurance.models import Mail, RetentionRun, Telling, Told
from candour.core.hearing import How
from candour.core.rights import Function
from candour.core.states import MailState
from candour.flows import erasure, retention, show_picture, submit
from candour.flows.answers import Refusal
from candour.flows.pictures import Rights, content_of
from candour.journal.acting import acting
from candour.journal.models import Entry
from candour.journal.verify_contents import check_contents
from candour.journal.verify_report import Report
from candour.messages.models import Draft, Picture, PictureContent
from candour.messages.picture_queries import picture_for, pictures_visible_to
from candour.people.actions import add_machine
from candour.people.models import User
from candour.people.rights import held_by
from tests import factories
from tests.pictures import drawn, photograph

from . import ground as g

if TYPE_CHECKING:
    from .ground import Ground

NOW = g.NOW
LATER = NOW + timedelta(days=400)


@pytest.fixture
def machine(ground: Ground) -> User:
    with acting(factories.founder(), "test"):
        add_machine("sweeper", Function.LISTENER, NOW - timedelta(days=1))
    return User.objects.get(is_machine=True, name="Candour sweeper")


def shown(on: Ground, raw: bytes) -> tuple[Draft, Picture]:
    draft = g.written(on)
    words = {"alt_text": "Ein grünes Feld.", "picture_words": ""}
    version = show_picture.upload(on.author, draft, raw, "feld.png", Rights(), draft.version, NOW, text=g.MENDED, words=words)
    draft.refresh_from_db()
    return draft, version.picture


def due(key: str, now: object = LATER) -> tuple[int, int]:
    return next((one.count, one.held) for one in retention.dry_run(now) if one.key == key)


def problems() -> list[str]:
    report = Report()
    with connection.cursor():
        check_contents(connection.connection, report)
    return [problem.where for problem in report.problems]


def test_a_picture_no_review_ever_saw_loses_its_bytes_and_one_that_was_submitted_keeps_them(ground: Ground, machine: User) -> None:
    draft, kept = shown(ground, photograph())
    submit.submit(ground.author, draft, draft.version, NOW)
    left, gone = shown(ground, drawn())
    assert due("pictures", NOW + timedelta(days=300)) == (0, 0)
    assert due("pictures") == (1, 0)
    assert PictureContent.objects.count() == 2, "a dry run changes nothing"
    row = retention.run(machine, LATER)[-1]
    gone.refresh_from_db()
    assert (row.counts, gone.cleared_run, due("pictures")) == ({"pictures": 1}, row.pk, (0, 0))
    assert (content_of(gone), bool(content_of(kept))) == (b"", True)
    entry = Entry.objects.filter(subject="approval_picture", key=str(gone.pk), op="U").get()
    assert (entry.act, str(row.pk) in entry.new) == ("retention.run", True)
    assert problems() == []
    held = held_by(ground.author, LATER)
    assert (picture_for(held, gone.digest), list(pictures_visible_to(held))) == (None, [kept])
    with pytest.raises(Refusal, match="cleared away"):
        submit.submit(ground.author, left, left.version, LATER)


def test_the_same_file_brings_a_cleared_picture_back_for_another_period(ground: Ground, machine: User) -> None:
    draft, gone = shown(ground, drawn())
    retention.run(machine, LATER)
    words = {"alt_text": "Ein grünes Feld.", "picture_words": ""}
    show_picture.upload(ground.author, draft, drawn(), "feld.png", Rights(), draft.version, LATER, text=g.MENDED, words=words)
    gone.refresh_from_db()
    assert (gone.cleared_run, bool(content_of(gone)), due("pictures", LATER + timedelta(days=1))) == (None, True, (0, 0))
    assert problems() == []


@pytest.mark.parametrize("kind", ["picture", "account"])
def test_a_hold_keeps_a_picture(ground: Ground, machine: User, kind: str) -> None:
    _draft, picture = shown(ground, drawn())
    privacy = g.somebody("Lena Osterkamp", Function.LEGAL_REVIEWER)
    key = picture.digest if kind == "picture" else ground.account.key
    hold = erasure.place_hold(privacy, kind, key, "Court asks for it", factories.PASSWORD, NOW)
    assert due("pictures") == (0, 1)
    retention.run(machine, LATER)
    assert content_of(picture)
    erasure.lift_hold(privacy, hold.pk, "Case ended", factories.PASSWORD, NOW)
    retention.run(machine, LATER)
    assert not content_of(picture)
    with pytest.raises(Refusal, match="no picture"):
        erasure.place_hold(privacy, "picture", picture.digest, "Too late", factories.PASSWORD, NOW)


def test_the_database_keeps_the_bytes_of_a_submitted_picture_whatever_a_run_says(ground: Ground) -> None:
    draft, picture = shown(ground, photograph())
    with pytest.raises(DatabaseError, match="these bytes are kept"), transaction.atomic():
        PictureContent.objects.filter(picture=picture).delete()
    submit.submit(ground.author, draft, draft.version, NOW)
    with acting(ground.author, "test"):
        Picture.objects.filter(pk=picture.pk).update(cleared_run=1)
    for words in ("DELETE FROM approval_picturecontent", "UPDATE approval_picturecontent SET content = ''"):
        with pytest.raises(DatabaseError, match="these bytes are kept"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(words)
    assert content_of(picture) and problems() == []
    g.forge("DELETE FROM approval_picturecontent")
    assert problems() == [f"approval_picture {picture.pk}"], "no run takes what was submitted, so its loss is named"


def test_a_picture_whose_bytes_vanished_without_a_run_is_named(ground: Ground) -> None:
    _draft, picture = shown(ground, drawn())
    g.forge("DELETE FROM approval_picturecontent")
    assert problems() == [f"approval_picture {picture.pk}"]


def test_a_draft_with_a_cleared_picture_says_so_instead_of_showing_a_hole(ground: Ground, machine: User, client: Client) -> None:
    draft, picture = shown(ground, drawn())
    retention.run(machine, LATER)
    client.force_login(ground.author)
    page = client.get(f"/drafts/{draft.pk}/").content.decode()
    assert "cleared away" in page
    assert f"/pictures/{picture.digest}/" not in page


# what people were told


def telling(on: Ground, cause: str, *, mail: str = "", spread: bool = True, **more: object) -> Telling:
    facts = {"kind": "draft.submit", "at": NOW, "spread_at": NOW if spread else None, "place": ["de", None, on.account.key]}
    row = Telling.objects.create(cause=cause, **(facts | more))
    letter = mail and Mail.objects.create(
        person=on.author, form="now", language="en", subject="s", body="b", number=cause, state=mail, made_at=NOW
    )
    Told.objects.create(
        telling=row, person=on.author, why="right", group="texts", how=How.MAIL if mail else "drawer", at=NOW, mail=letter or None
    )
    return row


def causes() -> set[str]:
    return set(Telling.objects.values_list("cause", flat=True))


def test_what_was_told_goes_with_its_lines_and_mails_and_what_still_wants_somebody_stays(ground: Ground, machine: User) -> None:
    Telling.objects.all().delete()
    telling(ground, "old", mail=MailState.SENT.value)
    telling(ground, "on its way", mail=MailState.WAITING.value)
    telling(ground, "not spread", spread=False)
    telling(ground, "wanted", safety=True)
    telling(ground, "taken", safety=True, acknowledged_at=NOW, acknowledged_by=ground.author)
    telling(ground, "young", at=LATER - timedelta(days=10))
    assert due("told") == (3, 0)
    runs = retention.run(machine, LATER)
    assert causes() == {"not spread", "wanted", "young"}
    assert set(Told.objects.values_list("telling__cause", flat=True)) == causes()
    assert list(Mail.objects.values_list("number", flat=True)) == ["on its way"], "no mail goes that may still be sent"
    assert runs[-1].counts == {"told": 3, "mails": 1}
    count = RetentionRun.objects.count()
    assert [row.counts for row in retention.run(machine, LATER)] == [{"cases": 0, "safety_cases": 0, "author_keys": 0}]
    assert RetentionRun.objects.count() == count + 1


def test_a_hold_on_a_case_its_author_or_an_account_keeps_what_was_told_of_it(ground: Ground, machine: User) -> None:
    Telling.objects.all().delete()
    case = factories.case("Third week on Mivrantel and I can’t feel my left hand.")
    Telling.objects.all().delete()
    telling(ground, "of the case", thing=["case", case.number, case.number], place=[])
    telling(ground, "of the account")
    privacy = g.somebody("Lena Osterkamp", Function.LEGAL_REVIEWER)
    for kind, key, stays in (
        ("case", case.number, "of the case"),
        ("author", case.person_key, "of the case"),
        ("account", ground.account.key, "of the account"),
    ):
        hold = erasure.place_hold(privacy, kind, key, "Court asks for it", factories.PASSWORD, NOW)
        held = [one.held for one in retention.dry_run(LATER) if one.key == "told"]
        assert (held, due("told")) == ([1], (1, 1)), stays
        erasure.lift_hold(privacy, hold.pk, "Case ended", factories.PASSWORD, NOW)
    erasure.place_hold(privacy, "case", case.number, "Court asks for it", factories.PASSWORD, NOW)
    retention.run(machine, LATER)
    assert causes() == {"of the case"}
