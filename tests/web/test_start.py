"""The guided start as a person walks it: one question a screen, back and resume, refusals with what was typed, an honest end."""

from __future__ import annotations

import re
from datetime import timedelta

import factories
import pytest
from django.conf import LazySettings
from django.test import Client

from candour.core.rights import Function
from candour.flows import invitations
from candour.flows.start_state import STEPS
from candour.people.models import User
from candour.project.install import found
from candour.registry.models import Account, Company, Market, Product
from candour.training.models import Certificate

pytestmark = pytest.mark.django_db
SECRET = "nordlicht über dem hafen"
FOUNDER = {"name": "Lena Oduya", "title": "Head of digital", "email": "lena@nordhav.example", "password": SECRET}
ANSWERS: dict[str, dict[str, object]] = {
    "company": {"name": "Nordhav Pharma"},
    "market": {"market": "de", "timezone": "Europe/Berlin", "reporting_route": "nebenwirkungen.example", "secret": SECRET},
    "brand": {"name": "Tavenol", "area": "Migraine"},
    "products": {"name": "Tavenol", "substance": "tavenolide", "status": "rx", "terms": "Tavenoll\n#tavenol"},
    "account": {"network": "newsroom", "handle": "nordhav.de", "key": "nordhav-de", "purpose": "News", "ours": "1", "ours_reason": "ours"},
    "people": {"email": ["mira@nordhav.example", ""], "name": ["Mira Sandvik", ""], "function": ["community_manager", "author"]},
    "source": {"kind": "newsroom"},
    "safety": {"address": "safety@nordhav.example", "name": "", "email": ""},
    "charter": {
        "name": "Pilot", "hypothesis": "Answers in time", "target_group": "People", "accounts": "nordhav.de", "daily_cap": "20",
        "stop_rules": "One late hand-over", "measures": "Clocks", "decision_on": (factories.now() + timedelta(days=90)).date().isoformat(),
    },
}  # fmt: skip


@pytest.fixture
def empty(db: None, settings: LazySettings) -> Client:
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"  # as in an installation without a mail server
    found(demo=False)
    return Client()


@pytest.fixture
def lena(empty: Client) -> Client:
    """The administrator's browser, right behind the first question."""
    answer = empty.post("/start/administrator/", FOUNDER)
    assert answer["Location"] == "/start/"
    return empty


def words(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, (url, answer.status_code, answer.get("Location"))
    return answer.content.decode()


def answer(client: Client, *steps: str) -> None:
    for step in steps:
        told = client.post(f"/start/{step}/", ANSWERS[step])
        assert told.status_code == 302, (step, re.findall(r'role="alert".*?</section>', told.content.decode(), re.DOTALL))


def test_an_empty_installation_leads_to_the_start_and_a_signed_in_one_goes_home(empty: Client) -> None:
    for url in ("/", "/sign-in/"):
        assert empty.get(url)["Location"] == "/start/"
    assert empty.get("/start/")["Location"] == "/start/administrator/"
    answer_of = empty.get("/start/company/")
    assert answer_of["Location"] == "/start/", "nobody answers the second question before the first"
    assert "Who sets Candour up?" in words(empty, "/start/administrator/")


def test_the_first_administrator_is_signed_in_at_once(lena: Client) -> None:
    assert lena.get("/start/")["Location"] == "/start/company/"
    assert lena.get("/")["Location"] == "/start/", "home leads back while the start is unfinished"
    stranger = Client()
    assert stranger.get("/start/")["Location"] == "/sign-in/?next=/start/"
    assert stranger.get("/start/administrator/")["Location"] == "/start/"
    assert stranger.get("/sign-in/").status_code == 200


def test_a_refused_founder_finds_what_was_typed_but_never_the_password(empty: Client) -> None:
    told = empty.post("/start/administrator/", FOUNDER | {"password": "short"})
    page = told.content.decode()
    assert told.status_code == 400 and 'value="Lena Oduya"' in page and "short" not in page.split("<form")[1]
    assert not User.objects.filter(is_machine=False).exists()


def test_from_elsewhere_the_code_is_asked_for(empty: Client) -> None:
    elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
    assert 'name="code"' in empty.get("/start/administrator/", **elsewhere).content.decode()
    assert 'name="code"' in empty.get("/start/administrator/", HTTP_X_FORWARDED_FOR="203.0.113.9").content.decode()
    assert 'name="code"' not in words(empty, "/start/administrator/")
    told = empty.post("/start/administrator/", FOUNDER, **elsewhere)
    assert told.status_code == 403 and "That is not the start code." in told.content.decode()
    assert not User.objects.filter(is_machine=False).exists()


def test_ten_screens_from_nobody_to_a_charter(lena: Client) -> None:
    assert len(STEPS) == 10
    for step in STEPS[1:]:
        here = lena.get("/start/")["Location"]
        assert here == f"/start/{step}/"
        page = words(lena, here)
        assert page.count("<h1") == 1 and f"{STEPS.index(step) + 1} of 10" in page
        answer(lena, step)
    end = words(lena, "/start/")
    assert "Answers in time" in end and "Safety hand-overs go to" in end and "safety@nordhav.example" in end
    assert lena.get("/").status_code == 200, "home is home once the start has ended"
    assert (Company.objects.count(), Market.objects.count(), Product.objects.count(), Account.objects.count()) == (1, 1, 1, 1)


def test_the_end_says_honestly_what_is_not_set_up(lena: Client) -> None:
    answer(lena, *STEPS[1:])
    end = words(lena, "/start/")
    missing = (
        "Nobody holds drug safety", "No author", "No reviewer for: medicine, law, regulation", "Nobody holds quality, medical information",
        "Without a certificate: Mira Sandvik", "Invited, not yet in: Mira Sandvik", "Only Germany is open", "No network is connected",
        "No mail server", "Backups are not arranged", "No label facts for Germany: Tavenol", "Germany has no phone, private contact",
    )  # fmt: skip
    for gap in missing:
        assert gap in end, gap
    mira = User.objects.get(email="mira@nordhav.example")
    factories.certify(mira)
    assert Certificate.objects.filter(person=mira).exists() and "Without a certificate" not in words(lena, "/start/")


def test_a_later_question_waits_and_people_may_be_skipped(lena: Client) -> None:
    assert lena.get("/start/safety/")["Location"] == "/start/company/"
    answer(lena, "company", "market", "brand", "products", "account")
    assert lena.get("/start/")["Location"] == "/start/people/"
    assert "Where do you listen first?" in words(lena, "/start/source/")
    answer(lena, "source")
    assert lena.get("/start/")["Location"] == "/start/safety/"


def test_going_back_shows_what_was_answered_and_changes_it(lena: Client) -> None:
    answer(lena, "company", "market", "brand")
    assert 'value="Nordhav Pharma"' in words(lena, "/start/company/")
    assert 'href="/start/company/"' in words(lena, "/start/market/")
    page = words(lena, "/start/market/")
    assert "signed and active" in page and 'name="secret"' not in page
    lena.post("/start/company/", {"name": "Nordhav AG"})
    assert Company.objects.get().name == "Nordhav AG"


def test_resume_in_another_browser_goes_on_at_the_same_question(lena: Client) -> None:
    answer(lena, "company", "market")
    elsewhere = Client()
    elsewhere.post("/sign-in/", {"email": FOUNDER["email"], "password": SECRET})
    assert elsewhere.get("/start/")["Location"] == "/start/brand/"


def test_a_wrong_secret_signs_nothing_and_loses_nothing(lena: Client) -> None:
    answer(lena, "company")
    told = lena.post("/start/market/", ANSWERS["market"] | {"secret": "wrong wrong wrong", "timezone": "Europe/Vienna"})
    page = told.content.decode()
    assert (
        told.status_code == 403
        and "That is not your password." in page
        and "Nothing was signed" in page
        and 'value="Europe/Vienna"' in page
    )
    assert "wrong wrong" not in page and not Market.objects.exists()


def test_a_bad_row_is_named_and_the_rows_are_still_there(lena: Client) -> None:
    answer(lena, "company", "market", "brand", "products", "account")
    rows = {"email": ["mira@nordhav.example", "nonsense"], "name": ["Mira", "Tom"], "function": ["author", "author"]}
    told = lena.post("/start/people/", rows)
    page = told.content.decode()
    assert told.status_code == 400 and "Row 2" in page and 'value="Mira"' in page and 'value="nonsense"' in page
    assert not User.objects.filter(email="mira@nordhav.example").exists()


def test_a_link_from_the_screen_lets_the_invited_in_once(lena: Client) -> None:
    answer(lena, "company", "market", "brand", "products", "account", "people")
    page = words(lena, "/start/people/")
    link = re.search(r'value="http://testserver(/welcome/[^"]+)"', page)[1]
    assert "nothing was mailed" in page
    mira = Client()
    assert mira.get(link)["Location"] == "/welcome/", "the secret leaves the address at once"
    shown = words(mira, "/welcome/")
    assert "Welcome, Mira Sandvik" in shown and "Community manager" in shown
    differ = mira.post("/welcome/", {"password": "eine lange brücke", "again": "eine andere brücke"})
    assert differ.status_code == 400 and "The two passwords differ." in differ.content.decode()
    assert mira.post("/welcome/", {"password": "eine lange brücke", "again": "eine lange brücke"})["Location"] == "/"
    assert mira.get("/").status_code == 200
    assert Client().get("/welcome/").status_code == 403, "without a link nobody comes in"
    again = Client().get(link)
    assert again.status_code == 403 and "This link does not open the door." in again.content.decode()
    assert link not in words(lena, "/start/people/")


def test_a_new_link_makes_the_old_one_void(lena: Client) -> None:
    answer(lena, "company", "market", "brand", "products", "account", "people")
    mira = User.objects.get(email="mira@nordhav.example")
    old = invitations.token_for(mira)
    lena.post("/start/people/", {"renew": str(mira.pk)})
    mira.refresh_from_db()
    assert invitations.token_for(mira) != old
    assert Client().get(f"/welcome/{old}/").status_code == 403


def test_only_the_administrator_and_the_centre_of_excellence_see_the_start(lena: Client) -> None:
    answer(lena, *STEPS[1:])
    for function, status in ((Function.COMMUNITY_MANAGER, 403), (Function.AUDITOR, 403), (Function.COE_LEAD, 200)):
        client = Client()
        client.force_login(factories.person("Somebody", function))
        assert client.get("/start/").status_code == status
        assert client.get("/start/people/").status_code == status
    name = Company.objects.get().name
    client = Client()
    client.force_login(factories.person("Mira", Function.COMMUNITY_MANAGER))
    assert client.post("/start/company/", {"name": "Mine"}).status_code == 403
    assert Company.objects.get().name == name


def test_a_demo_has_no_start(db: None) -> None:
    found(demo=True)
    client = Client()
    for url in ("/start/", "/start/administrator/", "/start/company/"):
        assert client.get(url).status_code == 404
    assert client.post("/start/administrator/", FOUNDER).status_code == 404
    assert not User.objects.filter(is_machine=False).exists()
    assert client.get("/sign-in/").status_code == 200


def test_an_unknown_question_is_not_there(lena: Client) -> None:
    assert lena.get("/start/horoscope/").status_code == 404
