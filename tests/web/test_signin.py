"""The door: the same words for every refusal, a rest after five wrong passwords, and cards only in a demo on this machine."""

from __future__ import annotations

import factories
import pytest
from django.test import Client
from django.urls import reverse

from candour.core.rights import Function
from candour.journal.models import Entry
from candour.people.models import User

pytestmark = pytest.mark.django_db


def try_password(client: Client, email: str, password: str, **more: str):
    return client.post(reverse("sign-in"), {"email": email, "password": password, **more})


@pytest.fixture
def mira() -> User:
    factories.installation()
    return factories.person("Mira Castellane", Function.COMMUNITY_MANAGER)


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def alert(answer) -> str:
    text = answer.content.decode()
    return text[text.index('role="alert"') : text.index("</section>", text.index('role="alert"'))]


def test_the_right_password_opens_home_and_is_journaled(client: Client, mira: User) -> None:
    answer = try_password(client, mira.email.upper(), factories.PASSWORD)
    assert answer.status_code == 302 and answer.url == "/"
    entry = Entry.objects.filter(act="person.sign_in").get()
    assert (entry.actor, entry.subject, entry.key) == (str(mira.pk), "people_user", str(mira.pk))


def test_the_session_key_changes_at_sign_in(client: Client, mira: User) -> None:
    session = client.session
    session["before"] = 1
    session.save()
    before = session.session_key
    try_password(client, mira.email, factories.PASSWORD)
    assert signed_in(client) and client.session.session_key != before


def test_unknown_wrong_and_resting_are_refused_in_the_same_words(client: Client, mira: User) -> None:
    unknown = try_password(client, "nobody@hollinqvist.example", "x")
    wrong = try_password(client, mira.email, "x")
    for _ in range(5):
        try_password(client, mira.email, "x")
    resting = try_password(client, mira.email, factories.PASSWORD)
    assert {answer.status_code for answer in (unknown, wrong, resting)} == {403}
    assert alert(unknown) == alert(wrong) == alert(resting)
    assert not signed_in(client)


def test_a_wrong_password_is_journaled_in_the_persons_name_and_an_unknown_address_nowhere(client: Client, mira: User) -> None:
    before = Entry.objects.count()
    try_password(client, "stranger@hollinqvist.example", "x")
    assert Entry.objects.count() == before
    try_password(client, mira.email, "x")
    entry = Entry.objects.order_by("-id").first()
    assert (entry.act, entry.actor) == ("person.sign_in_refused", str(mira.pk))
    assert "stranger" not in "".join(Entry.objects.values_list("new", flat=True))


def test_attempts_while_the_account_rests_do_not_grow_the_journal(client: Client, mira: User) -> None:
    for _ in range(5):
        try_password(client, mira.email, "x")
    before = Entry.objects.count()
    for _ in range(3):
        try_password(client, mira.email, "x")
    assert Entry.objects.count() == before


def test_signing_out_ends_the_session_and_needs_a_post(client: Client, mira: User) -> None:
    client.force_login(mira)
    assert client.get(reverse("sign-out")).status_code == 405 and signed_in(client)
    assert client.post(reverse("sign-out")).status_code == 302
    assert not signed_in(client) and Entry.objects.filter(act="person.sign_out", actor=str(mira.pk)).exists()


@pytest.mark.parametrize("wanted", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_nobody_is_sent_elsewhere_after_signing_in(client: Client, mira: User, wanted: str) -> None:
    assert try_password(client, mira.email, factories.PASSWORD, next=wanted).url == "/"


def test_a_page_that_was_asked_for_is_opened_afterwards(client: Client, mira: User) -> None:
    assert try_password(client, mira.email, factories.PASSWORD, next="/sources/").url == "/sources/"


def test_every_screen_sends_a_stranger_to_the_door(client: Client, mira: User) -> None:
    for name in ("home", "registry", "import", "sources", "journal", "account-new"):
        answer = client.get(reverse(name))
        assert answer.status_code == 302 and answer.url.startswith("/sign-in/"), name


class TestDemoCards:
    """One click per person, in a demo installation and on this machine only."""

    @pytest.fixture
    def demo_person(self) -> User:
        factories.installation(demo=True)
        return factories.person("Jonas Tenhaaf", Function.DRUG_SAFETY)

    def click(self, client: Client, person: User, **meta: str):
        return client.post(reverse("sign-in-demo"), {"person": person.pk}, **meta)

    def test_a_card_signs_in(self, client: Client, demo_person: User) -> None:
        page = client.get(reverse("sign-in")).content.decode()
        assert "Jonas Tenhaaf" in page and "enters the receipt" in page
        assert self.click(client, demo_person).status_code == 302
        assert signed_in(client)
        assert "demo card" in Entry.objects.get(act="person.sign_in").new

    @pytest.mark.parametrize(
        "meta",
        [
            {"REMOTE_ADDR": "10.0.0.7"},
            {"REMOTE_ADDR": "::ffff:10.0.0.7"},
            {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"},
            {"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=127.0.0.1"},
            {"REMOTE_ADDR": ""},
        ],
    )
    def test_not_from_elsewhere(self, client: Client, demo_person: User, meta: dict[str, str]) -> None:
        before = Entry.objects.count()
        assert "Jonas Tenhaaf" not in client.get(reverse("sign-in"), **meta).content.decode()
        assert self.click(client, demo_person, **meta).status_code == 403
        assert not signed_in(client) and Entry.objects.count() == before

    def test_never_in_another_installation(self, client: Client, mira: User) -> None:
        before = Entry.objects.count()
        assert "Mira Castellane" not in client.get(reverse("sign-in")).content.decode()
        answer = self.click(client, mira)
        assert answer.status_code == 403 and "only in a demo" in answer.content.decode()
        assert not signed_in(client) and Entry.objects.count() == before

    def test_needs_the_forms_own_token(self, demo_person: User) -> None:
        strict = Client(enforce_csrf_checks=True)
        assert self.click(strict, demo_person).status_code == 403
        assert "_auth_user_id" not in strict.session

    def test_an_unknown_card_opens_nothing(self, client: Client, demo_person: User) -> None:
        for words in ("0", "999999", "abc", ""):
            assert client.post(reverse("sign-in-demo"), {"person": words}).status_code == 404
        assert not signed_in(client)
