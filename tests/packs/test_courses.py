"""Courses: what ships is complete and equal in all languages, and a course that is not is refused by name."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from candour.packs.courses_schema import COURSES, Course, CourseError, course_languages, load_course

RIGHT_IN_BASICS = {
    "tingling-at-the-weekend": "hand-over-now",
    "nothing-happens": "special-situation",
    "second-pen": "refer",
    "life-back": "no-reaction",
    "phone-number": "capture-hide-private",
    "recall-rumour": "free-text-to-approval",
}
SHIPPED = [(folder.name, lang) for folder in sorted(COURSES.iterdir()) if folder.is_dir() for lang in course_languages(folder.name)]


@pytest.fixture
def basics(tmp_path: Path) -> Path:
    """A folder with a copy of the shipped course that a test may spoil."""
    shutil.copytree(COURSES / "basics", tmp_path / "basics")
    return tmp_path


def spoil(folder: Path, lang: str, old: str, new: str) -> None:
    path = folder / "basics" / f"{lang}.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text, f"the test looks for words that {lang}.toml no longer has: {old}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def refusal(folder: Path, lang: str = "en") -> str:
    with pytest.raises(CourseError) as refused:
        load_course("basics", lang, folder)
    return str(refused.value)


def test_basics_ships_in_english_and_german() -> None:
    assert course_languages("basics") == ("de", "en")


@pytest.mark.parametrize(("course_id", "lang"), SHIPPED)
def test_every_shipped_course_loads(course_id: str, lang: str) -> None:
    course = load_course(course_id, lang)
    assert (course.id, course.lang) == (course_id, lang)


@pytest.mark.parametrize("lang", ["en", "de"])
def test_basics_keeps_the_promised_size(lang: str) -> None:
    course = load_course("basics", lang)
    assert (course.minutes, course.valid_months, course.pass_mark) == (12, 12, 5)
    assert (len(course.lessons), len(course.decisions)) == (3, 6)
    assert all(90 <= len(lesson.body.split()) <= 150 for lesson in course.lessons)


@pytest.mark.parametrize("lang", ["en", "de"])
def test_the_right_answers_of_basics(lang: str) -> None:
    assert {decision.id: decision.right for decision in load_course("basics", lang).decisions} == RIGHT_IN_BASICS


@pytest.mark.parametrize(("course_id", "lang"), SHIPPED)
def test_feedback_is_one_sentence_and_names_no_shouting(course_id: str, lang: str) -> None:
    for decision in load_course(course_id, lang).decisions:
        for option in decision.options:
            assert option.feedback.endswith(".") and ". " not in option.feedback, f"{decision.id}/{option.id}: one sentence"
            assert "!" not in option.text + option.feedback, f"{decision.id}/{option.id}: no exclamation marks"


def test_translations_differ_in_their_words() -> None:
    english, german = load_course("basics", "en"), load_course("basics", "de")
    same = [a.id for a, b in zip(english.decisions, german.decisions, strict=True) if a.post.text == b.post.text or a.scene == b.scene]
    assert same == []


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('version = "2026.1"', 'version = "2026.2"', "version"),
        ("pass_mark = 5", "pass_mark = 4", "pass_mark"),
        ("valid_months = 12", "valid_months = 24", "valid_months"),
        ('id = "in-public"', 'id = "public"', "lesson ids"),
        ('id = "life-back"', 'id = "life"', "decision ids"),
        ('id = "heart"', 'id = "herz"', "option ids"),
        ('right = "refer"', 'right = "works-well"', "right answers"),
    ],
)
def test_a_language_that_differs_in_more_than_words_is_refused(basics: Path, old: str, new: str, named: str) -> None:
    spoil(basics, "de", old, new)
    for lang in ("en", "de"):
        message = refusal(basics, lang)
        assert "basics/de.toml" in message and named in message


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("minutes = 12", "minutes = 12\ncolour = 'blue'", "colour"),
        ('right = "refer"', 'right = "shrug"', "second-pen"),
        ('id = "heart"', 'id = "repost"', "repost"),
        ('id = "nothing-happens"', 'id = "life-back"', "life-back"),
        ("pass_mark = 5", "pass_mark = 7", "pass_mark"),
        ('rule = "HWG § 10(1)"\n', "", "rule"),
        ("[[lesson]]", "[[lesson", "en.toml"),
        ('lang = "en"', 'lang = "fr"', "en.toml"),
    ],
)
def test_a_faulty_file_is_refused_and_named(basics: Path, old: str, new: str, named: str) -> None:
    spoil(basics, "en", old, new)
    message = refusal(basics)
    assert "basics/en.toml" in message and named in message


def test_a_file_in_the_wrong_encoding_is_refused(basics: Path) -> None:
    path = basics / "basics" / "de.toml"
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1", errors="replace"))
    assert "basics/de.toml" in refusal(basics)


def test_unknown_language_names_the_choice() -> None:
    with pytest.raises(CourseError, match="Choose one of de, en"):
        load_course("basics", "fr")


@pytest.mark.parametrize("course_id", ["unknown", "../courses/basics", "/etc", "Basics", ""])
def test_unknown_course_is_refused_and_leaves_the_folder_alone(course_id: str) -> None:
    assert course_languages(course_id) == ()
    with pytest.raises(CourseError, match="no such course is installed"):
        load_course(course_id, "en")


def wrong_for(course: Course, count: int) -> dict[str, str]:
    """All answers right but the first `count`."""
    answers = dict(RIGHT_IN_BASICS)
    for decision in course.decisions[:count]:
        answers[decision.id] = next(option.id for option in decision.options if option.id != decision.right)
    return answers


@pytest.mark.parametrize(("wrong", "passed"), [(0, True), (1, True), (2, False), (6, False)])
def test_five_of_six_pass(wrong: int, passed: bool) -> None:
    course = load_course("basics", "de")
    answers = wrong_for(course, wrong)
    assert course.count_right(answers) == 6 - wrong
    assert course.passes(answers) is passed


def test_a_decision_left_out_counts_as_wrong() -> None:
    course = load_course("basics", "en")
    assert course.count_right({"life-back": "no-reaction"}) == 1
    assert course.passes({}) is False


@pytest.mark.parametrize("answers", [{"life-back": "refer"}, {"no-such-decision": "refer"}])
def test_answers_of_another_course_are_not_scored(answers: dict[str, str]) -> None:
    with pytest.raises(CourseError, match="no such option"):
        load_course("basics", "en").count_right(answers)
