"""The second step: app, recovery codes, who must have one, and sessions ended from elsewhere. Each change is proven and on record."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.conf import settings as conf
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.urls import reverse

from candour.core import codes
from candour.core.passkeys import NotProven
from candour.core.rights import Function
from candour.flows import second_step, sessions
from candour.flows.answers import Refusal
from candour.flows.second_step_rules import asked_of
from candour.journal.keys import vault
from candour.journal.models import Entry
from candour.people import passkeys
from candour.people.models import CodeApp, RecoveryCode, SignedIn, User
from tests import factories
from tests.fake_authenticator import FakeAuthenticator

pytestmark = pytest.mark.django_db
SECRET = {"secret": factories.PASSWORD}


@pytest.fixture(autouse=True)
def keys(settings: Any, tmp_path: Any) -> Any:
    settings.KEYS = tmp_path / "keys"
    settings.KEYS.mkdir(mode=0o700)
    vault.cache_clear()
    yield
    vault.cache_clear()


@pytest.fixture
def mira() -> User:
    factories.installation()
    factories.company()
    return factories.person("Mira Castellane", Function.COMMUNITY_MANAGER)


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def password(person: User, client: Client | None = None, **more: Any) -> Client:
    """Sign in by password in a browser of one's own."""
    client = client or Client()
    client.post(
        reverse("sign-in"), {"email": person.email, "password": factories.PASSWORD} | more, HTTP_USER_AGENT="X11; Linux Firefox/140"
    )
    return client


def with_app(person: User, client: Client) -> str:
    """Add an app; its first code belongs to the half minute before, so that the present one is still unused. Returns its key."""
    page = client.post(reverse("app-begin"), SECRET).text
    key = re.search(r'gv-key mono"[^>]*>([A-Z2-7 ]+)<', page)
    assert key is not None
    plain = key[1].replace(" ", "")
    assert client.post(reverse("app-confirm"), {"code": codes.code_at(plain, factories.now() - timedelta(seconds=30))}).status_code == 302
    return plain


def now_code(key: str) -> str:
    return codes.code_at(key, factories.now())


def wrong_code(key: str) -> str:
    near = {codes.code_at(key, factories.now() + timedelta(seconds=30 * beside)) for beside in range(-3, 4)}
    return next(code for code in ("000000", "111111", "222222") if code not in near)


def step_two(client: Client, code: str, **more: Any) -> Any:
    return client.post(reverse("sign-in-second"), {"code": code} | more)


class TestApp:
    """An authenticator app."""

    def test_counts_only_after_its_first_code(self, mira: User) -> None:
        client = password(mira)
        assert client.post(reverse("app-begin"), SECRET).status_code == 200
        assert signed_in(password(mira)), "an unproven app keeps nobody out"
        key = with_app(mira, client)
        half = password(mira)
        assert not signed_in(half) and half.get("/").status_code == 302
        assert step_two(half, now_code(key)).url == "/" and signed_in(half)

    def test_its_key_is_shown_once_and_stands_nowhere_in_clear(self, mira: User) -> None:
        client = password(mira)
        page = client.post(reverse("app-begin"), SECRET)
        key = re.search(r'gv-key mono"[^>]*>([A-Z2-7 ]+)<', page.text)[1]  # type: ignore[index]
        assert "<svg" in page.text and "no-store" in page["Cache-Control"]
        for answer in (client.get(reverse("your-sign-in")), client.post(reverse("app-confirm"), {"code": "000000"})):
            assert key not in answer.text
        row = CodeApp.objects.get()
        assert key.replace(" ", "").encode() not in bytes(row.sealed) and vault().open(row.vault, row.sealed) == key.replace(" ", "")
        assert "sealed" not in Entry.objects.filter(subject="people_codeapp").latest("pk").new

    @pytest.mark.parametrize("name", ["app-begin", "app-remove", "recovery-codes", "sessions-end"])
    def test_every_change_asks_for_the_secret(self, mira: User, name: str) -> None:
        client = password(mira)
        with_app(mira, client)
        before = list(CodeApp.objects.values()), RecoveryCode.objects.count(), SignedIn.objects.count()
        for given in ({}, {"secret": "wrong"}, {"passkey": "{}"}):
            assert client.post(reverse(name), given).status_code == 403
        assert (list(CodeApp.objects.values()), RecoveryCode.objects.count(), SignedIn.objects.count()) == before
        assert Entry.objects.filter(act__endswith=".refused", actor=str(mira.pk)).count() == 3

    def test_a_removed_app_opens_nothing_and_its_key_is_gone(self, mira: User) -> None:
        client = password(mira)
        with_app(mira, client)
        assert client.post(reverse("app-remove"), SECRET).status_code == 302
        assert bytes(CodeApp.objects.get().sealed) == b"" and signed_in(password(mira))

    def test_a_new_app_takes_the_place_of_the_old(self, mira: User) -> None:
        client = password(mira)
        old, new = with_app(mira, client), with_app(mira, client)
        half = password(mira)
        assert step_two(half, now_code(old)).status_code == 403
        assert step_two(half, now_code(new)).status_code == 302

    def test_a_first_code_after_a_quarter_of_an_hour_is_too_late(self, mira: User) -> None:
        client = password(mira)
        client.post(reverse("app-begin"), SECRET)
        CodeApp.objects.update(added_at=factories.now() - timedelta(minutes=16))
        assert client.post(reverse("app-confirm"), {"code": "123456"}).status_code == 409


class TestSecondStep:
    """Between the password and the first page."""

    def test_the_session_key_changes_at_each_step(self, mira: User) -> None:
        key = with_app(mira, password(mira))
        client = Client()
        session = client.session
        session["before"] = 1
        session.save()
        keys = [session.session_key]
        password(mira, client)
        keys.append(client.session.session_key)
        step_two(client, now_code(key))
        keys.append(client.session.session_key)
        assert len(set(keys)) == 3 and signed_in(client) and "half" not in client.session
        assert not Session.objects.filter(pk__in=keys[:2]).exists()

    def test_a_code_opens_the_door_once(self, mira: User) -> None:
        key = with_app(mira, password(mira))
        first, other, code = password(mira), password(mira), now_code(key)
        assert step_two(first, code).status_code == 302
        assert step_two(other, code).status_code == 403 and not signed_in(other)

    def test_wrong_codes_let_the_account_rest_also_with_right_passwords_in_between(self, mira: User) -> None:
        key = with_app(mira, password(mira))
        wrong = wrong_code(key)
        for _ in range(conf.LOCK_AFTER_ATTEMPTS):
            assert step_two(password(mira), wrong).status_code == 403
        half = password(mira)
        assert not signed_in(half) and "half" not in half.session, "the password is refused while it rests"
        mira.refresh_from_db()
        assert mira.locked_until is not None and mira.locked_until > factories.now()
        assert Entry.objects.filter(act="person.second_step_refused", actor=str(mira.pk)).count() == conf.LOCK_AFTER_ATTEMPTS

    def test_a_half_open_door_opens_no_page_and_closes(self, mira: User) -> None:
        key = with_app(mira, password(mira))
        half = password(mira)
        for name in ("home", "your-sign-in", "inbox"):
            assert half.get(reverse(name)).url.startswith("/sign-in/")
        session = half.session
        session["half"] = session["half"] | {"until": factories.now().timestamp() - 1}
        session.save()
        answer = step_two(half, now_code(key))
        assert answer.status_code == 403 and "ten minutes" in answer.text and not signed_in(half)

    def test_a_changed_password_closes_it_too(self, mira: User) -> None:
        key = with_app(mira, password(mira))
        half = password(mira)
        User.objects.filter(pk=mira.pk).update(password="argon2$other")
        assert step_two(half, now_code(key)).status_code == 403

    def test_without_a_first_step_there_is_no_second(self, mira: User) -> None:
        key = with_app(mira, password(mira))
        client = Client()
        assert client.get(reverse("sign-in-second")).url == reverse("sign-in")
        assert step_two(client, now_code(key)).status_code == 403 and not signed_in(client)

    @pytest.mark.parametrize(("wanted", "led"), [("/sources/", "/sources/"), ("//evil.example/", "/"), ("https://evil.example", "/")])
    def test_whoever_wanted_a_page_gets_it_and_nobody_is_sent_elsewhere(self, mira: User, wanted: str, led: str) -> None:
        key = with_app(mira, password(mira))
        half = password(mira, next=wanted)
        page = half.get(reverse("sign-in-second"), {"next": wanted}).text
        assert f'name="next" value="{led}"' in page
        assert step_two(half, now_code(key), next=wanted).url == led

    def test_every_attempt_is_on_record_without_a_secret(self, mira: User) -> None:
        key = with_app(mira, password(mira))
        half, wrong, right = password(mira), wrong_code(key), now_code(key)
        step_two(half, wrong)
        step_two(half, right)
        told = list(Entry.objects.filter(actor=str(mira.pk), op="N").order_by("-pk").values_list("act", "new")[:3])
        assert told == [
            ("person.sign_in", '"Signed in by password and code."'),
            ("person.second_step_refused", '"Wrong or used code at sign-in."'),
            ("person.sign_in_half", '"Password right at sign-in; a second step is asked for."'),
        ]
        written = "".join(f"{entry.old}{entry.new}{entry.reason}" for entry in Entry.objects.all())
        assert not any(f'"{secret}' in written for secret in (key, wrong, right))

    def test_a_lost_key_file_is_told_and_opens_nothing(self, mira: User) -> None:
        key = with_app(mira, password(mira))
        vault().destroy(f"sign-in-{mira.pk}")
        half = password(mira)
        assert "its key is not on this machine" in step_two(half, now_code(key)).text and not signed_in(half)


class TestRecovery:
    """Codes for the day the telephone is lost."""

    def made(self, client: Client) -> list[str]:
        answer = client.post(reverse("recovery-codes"), SECRET)
        return re.findall(r"<li>([a-z2-9]{4}(?:-[a-z2-9]{4}){3})</li>", answer.text)

    def test_each_opens_the_door_once_and_only_its_hash_is_kept(self, mira: User) -> None:
        client = password(mira)
        with_app(mira, client)
        made = self.made(client)
        assert len(made) == 10 and made[0] not in client.get(reverse("your-sign-in")).text
        first, again = password(mira), password(mira)
        assert step_two(first, made[0].upper()).status_code == 302 and signed_in(first)
        assert step_two(again, made[0]).status_code == 403
        assert step_two(again, made[1]).status_code == 302
        assert "8 left" in first.get(reverse("your-sign-in")).text
        assert not any(code in str(list(RecoveryCode.objects.values())) for code in made)
        assert not Entry.objects.filter(subject="people_recoverycode", new__contains="digest").exists()

    def test_new_ones_void_the_old(self, mira: User) -> None:
        client = password(mira)
        with_app(mira, client)
        old, new = self.made(client), self.made(client)
        assert step_two(password(mira), old[0]).status_code == 403
        assert step_two(password(mira), new[0]).status_code == 302

    def test_alone_they_are_no_second_step(self, mira: User) -> None:
        client = password(mira)
        assert client.post(reverse("recovery-codes"), SECRET).status_code == 409
        with_app(mira, client)
        made = self.made(client)
        client.post(reverse("app-remove"), SECRET)
        assert signed_in(password(mira)) and len(made) == 10


class TestSessions:
    """Where somebody is signed in."""

    def test_the_list_tells_device_and_network_but_no_address(self, mira: User) -> None:
        client = Client(REMOTE_ADDR="203.0.113.77")
        password(mira, client)
        page = client.get(reverse("your-sign-in")).text
        assert "Firefox, Linux" in page and "203.0.113.0/24" in page and "203.0.113.77" not in page and "this one" in page

    def test_one_is_ended_from_elsewhere(self, mira: User) -> None:
        here, there = password(mira), password(mira)
        row = SignedIn.objects.get(session=there.session.session_key)
        assert here.post(reverse("session-end", args=[row.pk]), SECRET).status_code == 302
        assert there.get("/").status_code == 302 and here.get("/").status_code == 200
        assert Entry.objects.filter(act="person.session_end", actor=str(mira.pk)).count() == 1

    def test_all_others_are_ended_and_this_one_stays(self, mira: User) -> None:
        here, others = password(mira), [password(mira) for _ in range(3)]
        stranger = password(factories.person("Ben", Function.COMMUNITY_MANAGER))
        assert here.post(reverse("sessions-end"), SECRET).status_code == 302
        assert [one.get("/").status_code for one in (*others, here, stranger)] == [302, 302, 302, 200, 200]

    def test_nobody_ends_somebody_else_s(self, mira: User) -> None:
        here, theirs = password(mira), password(factories.person("Ben", Function.COMMUNITY_MANAGER))
        row = SignedIn.objects.get(session=theirs.session.session_key)
        assert here.post(reverse("session-end", args=[row.pk]), SECRET).status_code == 404
        assert theirs.get("/").status_code == 200

    def test_a_sign_out_leaves_the_list(self, mira: User) -> None:
        client = password(mira)
        client.post(reverse("sign-out"))
        assert not SignedIn.objects.exists()

    def test_being_there_is_written_once_a_minute_and_does_not_lengthen_the_session(self, mira: User) -> None:
        client = password(mira)
        SignedIn.objects.update(seen_at=factories.now() - timedelta(hours=1))
        ends = Session.objects.get().expire_date
        client.get("/")
        seen = SignedIn.objects.get().seen_at
        assert factories.now() - seen < timedelta(seconds=30)
        client.get("/")
        assert SignedIn.objects.get().seen_at == seen and Session.objects.get().expire_date == ends

    @pytest.mark.parametrize(
        ("address", "place"),
        [
            ("127.0.0.1", "here"),
            ("::1", "here"),
            ("::ffff:127.0.0.1", "here"),
            ("198.51.100.23", "198.51.100.0/24"),
            ("::ffff:198.51.100.23", "198.51.100.0/24"),
            ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
            ("<script>", ""),
            ("", ""),
        ],
    )
    def test_a_place_is_a_network(self, address: str, place: str) -> None:
        assert sessions.coarse_place(address) == place

    def test_devices_are_named_and_strange_ones_are_not_repeated(self) -> None:
        agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0"
        assert sessions.device_words(agent) == "Edge, Windows"
        assert sessions.device_words("<b>curl</b>") == ""


class TestRules:
    """A second step asked of a function, and its reset."""

    @pytest.fixture
    def lead(self, mira: User) -> User:
        return factories.person("Fenna", Function.ADMINISTRATOR)

    def ask(self, lead: User, *functions: str, **more: str) -> Any:
        client = Client()
        client.force_login(lead)
        return client.post(reverse("second-step-rules"), {"function": functions} | SECRET | more)

    def test_whoever_holds_the_function_sees_nothing_else_until_it_is_set_up(self, mira: User, lead: User) -> None:
        assert self.ask(lead, "community_manager").status_code == 302
        client = password(mira)
        for name in ("home", "inbox", "cases"):
            assert client.get(reverse(name)).url == reverse("your-sign-in")
        assert "Your function needs a second step" in client.get(reverse("your-sign-in")).text
        with_app(mira, client)
        assert client.get("/").status_code == 200
        client.post(reverse("app-remove"), SECRET)
        assert client.get("/").url == reverse("your-sign-in")
        assert client.post(reverse("sign-out")).status_code == 302

    def test_others_are_not_asked_and_a_rule_ends(self, mira: User, lead: User) -> None:
        self.ask(lead, "auditor", "medical_reviewer")
        assert password(mira).get("/").status_code == 200
        self.ask(lead, "auditor")
        assert asked_of() == {"auditor"}
        assert Entry.objects.filter(subject="people_secondsteprule", op="U").count() == 1

    @pytest.mark.parametrize("more", [{"secret": "wrong"}, {"function": ["listener"]}, {"function": ["king"]}])
    def test_a_wrong_secret_or_function_changes_nothing(self, lead: User, more: dict[str, Any]) -> None:
        assert self.ask(lead, "auditor", **more).status_code in (400, 403)
        assert asked_of() == set()

    def test_a_reset_takes_everything_and_ends_the_sessions(self, mira: User, lead: User) -> None:
        there = password(mira)
        with_app(mira, there)
        there.post(reverse("recovery-codes"), SECRET)
        client = Client()
        client.force_login(lead)
        path = reverse("second-step-reset", args=[mira.pk])
        assert client.post(path, SECRET).status_code == 400, "a reason is asked for"
        assert client.post(path, {"secret": "wrong", "reason": "lost"}).status_code == 403
        assert there.get("/").status_code == 200
        assert client.post(path, SECRET | {"reason": "Telephone lost"}).status_code == 302
        assert there.get("/").status_code == 302 and signed_in(password(mira))
        assert not RecoveryCode.objects.filter(void_at=None).exists()
        assert Entry.objects.filter(act="people.second_step_reset", actor=str(lead.pk), reason="Telephone lost").exists()

    def test_nobody_resets_their_own_nor_without_the_right(self, mira: User, lead: User) -> None:
        own, other = Client(), Client()
        own.force_login(lead)
        other.force_login(mira)
        assert own.post(reverse("second-step-reset", args=[lead.pk]), SECRET | {"reason": "x"}).status_code == 409
        assert other.post(reverse("second-step-reset", args=[lead.pk]), SECRET | {"reason": "x"}).status_code == 404
        assert other.get(reverse("people-sign-in")).status_code == 404

    def test_a_demo_card_asks_no_second_step(self) -> None:
        factories.installation(demo=True)
        someone, lead = factories.person("Jonas", Function.DRUG_SAFETY), factories.person("Fenna", Function.ADMINISTRATOR)
        self.ask(lead, "drug_safety")
        client = Client()
        client.post(reverse("sign-in-demo"), {"person": someone.pk})
        assert client.get("/").status_code == 200


@pytest.mark.django_db(transaction=True)
class TestAtTheSameMoment:
    """Two who come with the same thing at the same moment: one is in."""

    def together(self, act: Callable[[], object]) -> int:
        gate = Barrier(4)

        def attempt(_number: int) -> bool:
            try:
                gate.wait(10)
                act()
            except (Refusal, NotProven):
                return False
            finally:
                connection.close()
            return True

        with ThreadPoolExecutor(4) as pool:
            return sum(pool.map(attempt, range(4)))

    def test_a_code_is_spent_once(self, mira: User) -> None:
        key = with_app(mira, password(mira))
        code, now = now_code(key), factories.now()
        assert self.together(lambda: second_step.open_with(mira, code, now)) == 1

    def test_a_recovery_code_is_spent_once(self, mira: User) -> None:
        client = password(mira)
        with_app(mira, client)
        one, now = TestRecovery().made(client)[0], factories.now()
        assert self.together(lambda: second_step.open_with(mira, one, now)) == 1

    def test_a_challenge_is_spent_once(self, mira: User, settings: Any) -> None:
        settings.BASE_URL = "http://localhost:8321"
        now, key = factories.now(), FakeAuthenticator("http://localhost:8321")
        begun = key.makes(second_step.begin_passkey(mira, factories.PASSWORD, now))
        second_step.add_passkey(mira, begun, "Laptop", now)
        answer = key.answers(passkeys.ask_to_prove(mira, passkeys.ACT, "b" * 64, now))
        assert self.together(lambda: passkeys.use(mira, answer, passkeys.ACT, "b" * 64, now)) == 1
