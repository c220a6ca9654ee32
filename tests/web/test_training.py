"""The player in the browser's words: outline, feedback at once, resume, language switch, result, certificate, team."""

from __future__ import annotations

from datetime import timedelta

import factories
import pytest
from django.test import Client

from candour.core.rights import Function
from candour.packs.courses_schema import load_course
from candour.people.models import User
from candour.training.models import Attempt, Certificate
from candour.web.lesson_text import lesson_html

pytestmark = pytest.mark.django_db
COURSE, GERMAN = load_course("basics", "en"), load_course("basics", "de")
BASE = "/training/basics/"


@pytest.fixture
def mira(db: None) -> User:
    factories.installation()
    factories.company()
    return factories.person("Mira Castellane", Function.COMMUNITY_MANAGER, markets=["de"])


@pytest.fixture
def browser(mira: User) -> Client:
    client = Client()
    client.force_login(mira)
    return client


def page(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


def at_decisions(client: Client) -> Attempt:
    """Begun, lessons read."""
    client.post(f"{BASE}start/", {"in": "en"})
    for lesson in COURSE.lessons:
        client.post(f"{BASE}lessons/{lesson.id}/")
    return Attempt.objects.get(finished_at=None)


def take(client: Client, decision: str, option: str) -> object:
    return client.post(f"{BASE}decisions/{decision}/", {"option": option})


def pass_all(client: Client, wrong: int = 0) -> object:
    for number, decision in enumerate(COURSE.decisions):
        other = next(option.id for option in decision.options if option.id != decision.right)
        take(client, decision.id, other if number < wrong else decision.right)
    return client.post(f"{BASE}finish/", follow=True)


def test_strangers_are_asked_to_sign_in(mira: User) -> None:
    for url in ("/training/", BASE, f"{BASE}lessons/day-zero/"):
        assert Client().get(url)["Location"].startswith("/sign-in/")


def test_my_training_says_what_is_missing_and_what_it_would_open(browser: Client) -> None:
    words = page(browser, "/training/")
    assert "You have no certificate yet" in words and "Send replies to people" in words and "DE" in words
    assert "Who may speak" not in words, "a community manager leads no team"


def test_the_course_goes_from_cover_to_certificate(browser: Client, mira: User) -> None:
    assert "Start" in page(browser, BASE)
    answer = browser.post(f"{BASE}start/", {"in": "en"})
    assert answer["Location"] == f"{BASE}lessons/day-zero/"
    at_decisions(browser)
    first = COURSE.decisions[0]
    assert first.post.text in page(browser, f"{BASE}decisions/{first.id}/").replace("&#x27;", "'")
    result = pass_all(browser)
    words = result.content.decode()
    certificate = Certificate.objects.get(person=mira)
    assert "Passed" in words and f"/training/certificates/{certificate.pk}/" in words and "Send replies to people" in words
    sheet = page(browser, f"/training/certificates/{certificate.pk}/")
    assert "Mira Castellane" in sheet and COURSE.version in sheet
    assert "You are certified until" in page(browser, "/training/")


def test_feedback_with_the_rule_comes_at_once_and_stays_the_same_for_a_second_submit(browser: Client) -> None:
    at_decisions(browser)
    first = COURSE.decisions[0]
    wrong = next(option for option in first.options if option.id != first.right)
    right = next(option for option in first.options if option.id == first.right)
    url = f"{BASE}decisions/{first.id}/"
    assert right.rule not in page(browser, url), "no rule before the answer"
    take(browser, first.id, wrong.id)
    once = page(browser, url)
    assert "Not right, this was your answer." in once and wrong.rule in once and right.rule in once
    assert take(browser, first.id, right.id)["Location"] == url
    assert "Not right, this was your answer." in page(browser, url)
    assert Attempt.objects.get().answers[first.id] == wrong.id


def test_no_option_chosen_says_so_and_keeps_nothing(browser: Client) -> None:
    at_decisions(browser)
    answer = browser.post(f"{BASE}decisions/{COURSE.decisions[0].id}/", {})
    assert answer.status_code == 400 and "Choose one of the options." in answer.content.decode()
    assert COURSE.decisions[0].id not in Attempt.objects.get().answers


def test_a_later_decision_leads_to_the_one_whose_turn_it_is(browser: Client) -> None:
    browser.post(f"{BASE}start/", {"in": "en"})
    assert browser.get(f"{BASE}decisions/{COURSE.decisions[0].id}/")["Location"] == f"{BASE}lessons/day-zero/"
    at_decisions(browser)
    assert browser.get(f"{BASE}decisions/{COURSE.decisions[3].id}/")["Location"] == f"{BASE}decisions/{COURSE.decisions[0].id}/"


def test_resume_from_another_machine_goes_on_at_the_same_place(browser: Client, mira: User) -> None:
    at_decisions(browser)
    take(browser, COURSE.decisions[0].id, COURSE.decisions[0].right)
    elsewhere = Client()
    elsewhere.force_login(mira)
    assert elsewhere.post(f"{BASE}start/")["Location"] == f"{BASE}decisions/{COURSE.decisions[1].id}/"
    assert Attempt.objects.count() == 1


def test_the_language_switch_keeps_place_and_answers(browser: Client) -> None:
    at_decisions(browser)
    take(browser, COURSE.decisions[0].id, COURSE.decisions[0].right)
    here = f"{BASE}decisions/{COURSE.decisions[1].id}/"
    assert browser.post(f"{BASE}language/", {"in": "de", "back": here})["Location"] == here
    words = page(browser, here)
    assert GERMAN.decisions[1].post.text in words and 'lang="de"' in words
    assert list(Attempt.objects.get().answers)[-1] == COURSE.decisions[0].id


def test_the_language_switch_never_leads_outside_the_course(browser: Client) -> None:
    at_decisions(browser)
    assert browser.post(f"{BASE}language/", {"in": "de", "back": "https://elsewhere.example/"})["Location"] == BASE


def test_failing_names_the_decisions_and_begins_again(browser: Client) -> None:
    at_decisions(browser)
    words = pass_all(browser, wrong=3).content.decode()
    assert "Not passed yet" in words and "3 decisions were not right" in words and "Decision 3" in words and "Decide again" in words
    assert not Certificate.objects.exists()
    assert "To the decisions" in page(browser, f"{BASE}lessons/day-zero/"), "lessons may be read without a run"
    assert browser.post(f"{BASE}start/")["Location"] == f"{BASE}decisions/{COURSE.decisions[0].id}/"
    assert Attempt.objects.count() == 2


def test_a_second_click_on_the_score_gives_the_same_result(browser: Client) -> None:
    at_decisions(browser)
    first = pass_all(browser).redirect_chain[-1][0]
    assert browser.post(f"{BASE}finish/")["Location"] == first
    assert Certificate.objects.count() == 1


def test_a_certificate_and_a_result_are_shown_to_their_holder_only(browser: Client) -> None:
    at_decisions(browser)
    result = pass_all(browser).redirect_chain[-1][0]
    other = Client()
    other.force_login(factories.person("Tom", Function.COMMUNITY_MANAGER))
    assert other.get(result).status_code == 404
    assert other.get(f"/training/certificates/{Certificate.objects.get().pk}/").status_code == 404
    lead = Client()
    lead.force_login(factories.person("Henrik", Function.COE_LEAD))
    assert lead.get(f"/training/certificates/{Certificate.objects.get().pk}/").status_code == 200


def test_an_unknown_course_is_told_kindly(browser: Client) -> None:
    answer = browser.get("/training/juggling/")
    assert answer.status_code == 404 and "There is no such course." in answer.content.decode()


def test_the_team_view_shows_the_lead_s_own_people_most_urgent_first(mira: User) -> None:
    at = factories.now()
    for name, until in (("Anton Valid", 200), ("Berta Soon", 10), ("Carla Ended", -3)):
        person = factories.person(name, Function.AUTHOR, markets=["de"])
        factories.certify(person, until=at + timedelta(days=until, hours=1))
    factories.person("Dora Elsewhere", Function.AUTHOR, markets=["us"])
    lead = Client()
    lead.force_login(factories.person("Kurt", Function.COUNTRY_LEAD, markets=["de"], certified=True))
    words = page(lead, "/training/")
    places = [words.index(name) for name in ("Carla Ended", "Mira Castellane", "Berta Soon", "Anton Valid")]
    assert places == sorted(places)
    assert "Dora Elsewhere" not in words and "1 ended" in words and "1 never certified" in words


def test_a_lesson_can_t_bring_markup_of_its_own() -> None:
    html = lesson_html('First **bold <i>x</i>** line\n\n- one\n  more\n- <script>alert("x")</script>\n\n[a](javascript:b)')
    assert html == (
        "<p>First <b>bold &lt;i&gt;x&lt;/i&gt;</b> line</p>\n"
        "<ul><li>one more</li><li>&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;</li></ul>\n"
        "<p>[a](javascript:b)</p>"
    )
