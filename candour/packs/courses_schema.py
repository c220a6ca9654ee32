"""Courses as data: one folder per course, one TOML file per language, every language equal in everything but its words.

A certificate is valid for a course, not for a language. So a translation may differ in words only: `load_course` refuses a
course whose languages differ in version, pass mark, validity, lessons, decisions, options or right answers.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

COURSES = Path(__file__).parent / "courses"

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=40)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3)]


class CourseError(ValueError):
    """A course can't be loaded or an answer can't be read; the message says who must change what."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Lesson(_Strict):
    """A short text to read. `body` is Markdown."""

    id: Slug
    title: Line
    body: Line


class ShownPost(_Strict):
    """The invented post a decision is about, as the inbox would show it. `heard` is words ("20 minutes ago"), not an instant."""

    author: Line
    network: Line
    heard: Line
    text: Line


class Option(_Strict):
    """One thing the learner could do; `feedback` is shown once it is chosen, `rule` is the citation behind it."""

    id: Slug
    text: Line
    feedback: Line
    rule: Line


class Decision(_Strict):
    """A scene, a post, a question, three or four options, exactly one of them right."""

    id: Slug
    scene: Line
    post: ShownPost
    question: Line
    right: Slug
    options: tuple[Option, ...] = Field(alias="option", min_length=3, max_length=4)

    @model_validator(mode="after")
    def _right_is_an_option(self) -> Self:
        ids = [option.id for option in self.options]
        _refuse_doubles(f"decision {self.id}", ids)
        if self.right not in ids:
            raise ValueError(f"Decision {self.id}: set `right` to one of {', '.join(ids)}.")
        return self


class Course(_Strict):
    """One course in one language. `pass_mark`: right decisions needed; `minutes` is what a learner is told to set aside."""

    id: Slug
    version: Annotated[str, StringConstraints(pattern=r"^\d{4}\.\d+$", max_length=24)]
    lang: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]
    title: Line
    minutes: int = Field(ge=1, le=60)
    valid_months: int = Field(ge=1, le=36)
    pass_mark: int = Field(ge=1)
    lessons: tuple[Lesson, ...] = Field(alias="lesson", min_length=1)
    decisions: tuple[Decision, ...] = Field(alias="decision", min_length=1)

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        _refuse_doubles("lessons", [lesson.id for lesson in self.lessons])
        _refuse_doubles("decisions", [decision.id for decision in self.decisions])
        if self.pass_mark > len(self.decisions):
            raise ValueError(f"Lower pass_mark to {len(self.decisions)} or add decisions: nobody could pass.")
        return self

    def count_right(self, answers: Mapping[str, str]) -> int:
        """Number of right answers in `answers` (decision id -> option id). A decision left out counts as wrong.

        Raises CourseError for a decision or option this course doesn't have, so that a mangled form is never scored.
        """
        options = {decision.id: {option.id for option in decision.options} for decision in self.decisions}
        for decision_id, option_id in answers.items():
            if option_id not in options.get(decision_id, ()):
                raise CourseError(f"Answer {decision_id} = {option_id} again: course {self.id} {self.version} has no such option.")
        return sum(answers.get(decision.id) == decision.right for decision in self.decisions)

    def passes(self, answers: Mapping[str, str]) -> bool:
        """True when the right answers reach the pass mark. Errors as `count_right`."""
        return self.count_right(answers) >= self.pass_mark


def course_languages(course_id: str, folder: Path = COURSES) -> tuple[str, ...]:
    """Language codes a course exists in, sorted. Empty for a course nobody wrote."""
    return tuple(sorted(path.stem for path in _files(course_id, folder)))


def load_course(course_id: str, lang: str, folder: Path = COURSES) -> Course:
    """The course in one language, after all its languages were compared with each other. Files are read once per process.

    Raises CourseError for an unknown course or language, a file that doesn't parse, and languages that differ in more than words.
    """
    courses = _load_all(course_id, folder)
    if lang not in courses:
        raise CourseError(f"Choose one of {', '.join(courses)}: the course {course_id} is not written in {lang!r}.")
    return courses[lang]


@cache
def _load_all(course_id: str, folder: Path) -> dict[str, Course]:
    courses = {path.stem: _read(path, course_id) for path in _files(course_id, folder)}
    if not courses:
        raise CourseError(f"Add the course {course_id!r} to the packs or choose another: no such course is installed.")
    _refuse_disparity(courses)
    return courses


def _files(course_id: str, folder: Path) -> list[Path]:
    # The id may come from an address line: only a plain name may become a folder.
    if not re.fullmatch(r"[a-z][a-z0-9-]*", course_id):
        return []
    return sorted((folder / course_id).glob("*.toml"))


def _read(path: Path, course_id: str) -> Course:
    try:
        course = Course.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValidationError) as error:
        raise CourseError(f"Correct the course file {course_id}/{path.name}: {error}") from error
    if (course.id, course.lang) != (course_id, path.stem):
        raise CourseError(f"Rename {course_id}/{path.name} or correct its id and lang: it says {course.id} in {course.lang}.")
    return course


def _refuse_disparity(courses: Mapping[str, Course]) -> None:
    """Raise CourseError when a language differs in anything but words from the source (English, else the first)."""
    source = courses.get("en") or next(iter(courses.values()))
    for course in courses.values():
        mine, theirs = _skeleton(course), _skeleton(source)
        differing = [part for part in theirs if mine[part] != theirs[part]]
        if differing:
            raise CourseError(f"Bring {course.id}/{course.lang}.toml level with {source.lang}.toml: {', '.join(differing)} differ.")


def _skeleton(course: Course) -> dict[str, object]:
    """Everything of a course that must be the same in every language, by the name its author knows."""
    return {
        "version": course.version,
        "minutes": course.minutes,
        "valid_months": course.valid_months,
        "pass_mark": course.pass_mark,
        "lesson ids": [lesson.id for lesson in course.lessons],
        "decision ids": [decision.id for decision in course.decisions],
        "option ids": [[option.id for option in decision.options] for decision in course.decisions],
        "right answers": [decision.right for decision in course.decisions],
    }


def _refuse_doubles(where: str, ids: Iterable[str]) -> None:
    doubled = sorted(name for name, times in Counter(ids).items() if times > 1)
    if doubled:
        raise ValueError(f"Give each of the {where} its own id: {', '.join(doubled)} used more than once.")
