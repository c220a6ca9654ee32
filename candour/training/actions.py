"""Writes of training: attempts, what was read and decided in them, certificates. All are called inside a named act."""

from __future__ import annotations

import calendar
from datetime import datetime

from candour.people.models import User
from candour.training.models import Attempt, Certificate

#: Marks of lessons read stand among the answers under this prefix; a decision's id never holds a colon.
LESSON = "lesson:"


def take_person(person: User) -> None:
    """Lock the learner's row until the transaction ends, so that two windows can't begin two attempts."""
    User.objects.select_for_update().get(pk=person.pk)


def start_attempt(person: User, course: str, version: str, lang: str, at: datetime, *, read: tuple[str, ...] = ()) -> Attempt:
    """A new run through a course; `read` are the lessons this person has read in an earlier run of the same version."""
    marks = {f"{LESSON}{lesson}": "read" for lesson in read}
    return Attempt.objects.create(person=person, course=course, course_version=version, lang=lang, answers=marks, started_at=at)


def lock(attempt: Attempt) -> Attempt:
    """The attempt as it stands now, locked until the transaction ends."""
    return Attempt.objects.select_for_update().get(pk=attempt.pk)


def mark_read(attempt: Attempt, lesson: str) -> None:
    """Note that a lesson was read; a second time changes nothing."""
    _keep(attempt, f"{LESSON}{lesson}", "read")


def decide(attempt: Attempt, decision: str, option: str) -> None:
    """Keep a decision. The first answer stands: whatever is sent again later changes nothing."""
    _keep(attempt, decision, option)


def _keep(attempt: Attempt, name: str, value: str) -> None:
    if name in attempt.answers:
        return
    attempt.answers = attempt.answers | {name: value}
    attempt.save(update_fields=["answers"])


def switch_language(attempt: Attempt, lang: str) -> None:
    """Go on in another language; answers are option ids and stay as they are."""
    if attempt.lang != lang:
        attempt.lang = lang
        attempt.save(update_fields=["lang"])


def finish(attempt: Attempt, *, right: int, passed: bool, at: datetime) -> None:
    """Close a run with its score; a closed run is never opened again."""
    attempt.right, attempt.passed, attempt.finished_at = right, passed, at
    attempt.save(update_fields=["right", "passed", "finished_at"])


def issue(attempt: Attempt, months: int, at: datetime) -> Certificate:
    """The certificate of a passed run, valid for so many calendar months in every market."""
    return Certificate.objects.create(
        person=attempt.person,
        course=attempt.course,
        course_version=attempt.course_version,
        lang=attempt.lang,
        attempt=attempt,
        issued_at=at,
        expires_at=add_months(at, months),
    )


def add_months(at: datetime, months: int) -> datetime:
    """The same day and time so many months later; the last day of a shorter month."""
    years, month = divmod(at.month - 1 + months, 12)
    year, month = at.year + years, month + 1
    return at.replace(year=year, month=month, day=min(at.day, calendar.monthrange(year, month)[1]))


def decided(attempt: Attempt) -> dict[str, str]:
    """Decision id to the option chosen."""
    return {name: option for name, option in attempt.answers.items() if not name.startswith(LESSON)}


def lessons_read(attempt: Attempt) -> tuple[str, ...]:
    """Ids of the lessons read in this run."""
    return tuple(name.removeprefix(LESSON) for name in attempt.answers if name.startswith(LESSON))
