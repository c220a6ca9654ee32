"""The training gate: lessons, decisions, a score, and the certificate that opens the right to speak.

Every step is an act of the learner alone. An answer given stands; what is sent again gets the page it got the first time.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.utils.translation import gettext as _

from candour.flows.answers import Refusal
from candour.journal.acting import acting
from candour.packs.courses_schema import Course, CourseError, Decision, Option, course_languages, load_course
from candour.people.models import User
from candour.training import actions
from candour.training.models import Attempt
from candour.training.queries import last_attempt, open_attempt


def course_in(course_id: str, lang: str) -> Course:
    """The course in the language asked for, else in its source language. Refusal 404 for a course nobody wrote."""
    languages = course_languages(course_id)
    if not languages:
        raise Refusal(_("There is no such course."), remedy=_("Choose one from the list of courses."), remedy_url="/training/", status=404)
    short = lang.split("-")[0]
    wanted = next((code for code in (lang, short, "en") if code in languages), languages[0])
    return load_course(course_id, wanted)


def start(by: User, course_id: str, lang: str, now: datetime) -> Attempt:
    """Begin a run, or go on with the one that is open. A run through an older version is closed: its questions may have changed."""
    course = course_in(course_id, lang)
    with acting(by, "training.start", f"{course.id} {course.version}"):
        actions.take_person(by)
        running = open_attempt(by, course.id)
        if running and running.course_version == course.version:
            return running
        if running:
            actions.finish(running, right=0, passed=False, at=now)
        last = last_attempt(by, course.id)
        read = actions.lessons_read(last) if last and last.course_version == course.version else ()
        return actions.start_attempt(by, course.id, course.version, course.lang, now, read=read)


def read_lesson(by: User, attempt: Attempt, lesson_id: str) -> Attempt:
    """The learner has read a lesson."""
    course = load_course(attempt.course, attempt.lang)
    if lesson_id not in {lesson.id for lesson in course.lessons}:
        raise _gone()
    with acting(by, "training.read"):
        mine = _mine(by, attempt)
        if mine.finished_at is None:
            actions.mark_read(mine, lesson_id)
    return mine


def answer(by: User, attempt: Attempt, decision_id: str, option_id: str) -> Attempt:
    """Take a decision. The first answer counts; sent again, also with another option, it changes nothing."""
    course = load_course(attempt.course, attempt.lang)
    try:
        course.count_right({decision_id: option_id})
    except CourseError:
        raise Refusal(_("Choose one of the options."), status=400) from None
    with acting(by, "training.answer"):
        mine = _mine(by, attempt)
        if mine.finished_at is None and decision_id not in actions.decided(mine):
            if next_step(course, mine) != decision_id:
                raise Refusal(_("This decision comes later; the ones before it are still open."), status=409)
            actions.decide(mine, decision_id, option_id)
    return mine


def switch_language(by: User, attempt: Attempt, lang: str) -> Attempt:
    """Go on in another language, at the same place and with the same answers."""
    if lang not in course_languages(attempt.course):
        raise Refusal(_("This course is not written in that language."), status=400)
    with acting(by, "training.language"):
        mine = _mine(by, attempt)
        if mine.finished_at is None:
            actions.switch_language(mine, lang)
    return mine


def finish(by: User, attempt: Attempt, now: datetime) -> Attempt:
    """Count the score. Passed: the certificate is issued in the same transaction. A run already closed stays as it is."""
    course = load_course(attempt.course, attempt.lang)
    with acting(by, "training.finish"):
        mine = _mine(by, attempt)
        if mine.finished_at is not None:
            return mine
        if next_step(course, mine):
            raise Refusal(_("Some lessons or decisions are still open."), status=409)
        answers = actions.decided(mine)
        right, passed = course.count_right(answers), course.passes(answers)
        with acting(by, "training.pass" if passed else "training.fail", f"{course.id} {course.version}, {right} right"):
            actions.finish(mine, right=right, passed=passed, at=now)
            if passed:
                actions.issue(mine, course.valid_months, now)
    return mine


def next_step(course: Course, attempt: Attempt) -> str:
    """Id of the lesson not read yet or the decision not taken yet that comes next; empty when only the score is left."""
    read, taken = actions.lessons_read(attempt), actions.decided(attempt)
    lessons = [lesson.id for lesson in course.lessons if lesson.id not in read]
    decisions = [decision.id for decision in course.decisions if decision.id not in taken]
    return next(iter(lessons + decisions), "")


def options_for(attempt: Attempt, decision: Decision) -> list[Option]:
    """The options in an order that differs between runs and never within one, whatever the language."""

    def place(option: Option) -> str:
        return hashlib.sha256(f"{attempt.pk}/{decision.id}/{option.id}".encode()).hexdigest()

    return sorted(decision.options, key=place)


def _mine(by: User, attempt: Attempt) -> Attempt:
    mine = actions.lock(attempt)
    if mine.person_id != by.pk:
        raise _gone()
    return mine


def _gone() -> Refusal:
    return Refusal(_("There is nothing like this in your training."), remedy=_("Choose a course."), remedy_url="/training/", status=404)
