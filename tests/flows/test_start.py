"""The acts of the guided start: one founder, answers that are not doubled, signed rules, links that open once."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import factories
import pytest
from django.conf import LazySettings
from django.core import mail
from django.db import connection

from candour.assurance.actions import CharterFacts
from candour.assurance.models import Pilot
from candour.core.rights import Function
from candour.core.states import SourceState
from candour.flows import invitations, second_step, start
from candour.flows.answers import Refusal
from candour.flows.start_state import needs_start, progress, unfinished_for
from candour.journal.acting import acting
from candour.journal.models import Entry, Installation, Signature
from candour.journal.signatures import PasskeyAnswer
from candour.listening.models import Source
from candour.people import passkeys
from candour.people.models import Grant, User
from candour.people.rights import held_by
from candour.project.install import found
from candour.registry.actions import AccountFacts
from candour.registry.models import Account, Brand, Company, Market, PackRelease, Product, ProductName
from tests.fake_authenticator import FakeAuthenticator

SECRET = "nordlicht über dem hafen"
WHO = start.Founder("Lena Oduya", "lena@nordhav.example", SECRET, "Head of digital")


@pytest.fixture
def empty(db: None) -> Installation:
    """An installation as it is right after its first start: machines, nobody else."""
    return found(demo=False)


@pytest.fixture
def lena(empty: Installation) -> User:
    return start.begin(WHO, here=True, code="", now=factories.now())


def refused(act: object) -> Refusal:
    with pytest.raises(Refusal) as told:
        act()  # type: ignore[operator]
    return told.value


def nobody() -> bool:
    return not User.objects.filter(is_machine=False).exists()


def open_market(lena: User, code: str = "de", secret: str = SECRET) -> Market:
    return start.open_market(lena, start.MarketFacts(code, "Europe/Berlin", "nebenwirkungen.example"), secret, factories.now())


def open_account(lena: User, **facts: object) -> Account:
    given = {"network": "newsroom", "handle": "nordhav.de", "market": "de", "owner": lena, "ours_reason": "we run it", "purpose": "news"}
    return start.open_account(lena, AccountFacts(**(given | facts)), "nordhav-de", factories.now())


def charter(**facts: object) -> CharterFacts:
    given = {"name": "Pilot", "hypothesis": "h", "target_group": "t", "accounts": "a", "daily_cap": 20, "stop_rules": "s", "measures": "m"}
    return CharterFacts(**(given | {"decision_on": factories.now().date() + timedelta(days=90)} | facts))


def everything_but_safety(lena: User) -> None:
    start.name_company(lena, "Nordhav Pharma", factories.now())
    open_market(lena)
    now = factories.now()  # the rules count from a moment ago
    start.name_brand(lena, "Tavenol", "Migraine", now)
    start.add_product(lena, start.ProductFacts("Tavenol", "tavenolide", "rx", ["Tavenoll", "#tavenol"]), now)
    open_account(lena)
    start.listen(lena, "newsroom", "", now)


# The first administrator.


def test_an_empty_installation_needs_a_start_and_a_founded_one_does_not(empty: Installation) -> None:
    assert needs_start()
    lena = start.begin(WHO, here=True, code="", now=factories.now())
    assert not needs_start() and unfinished_for(lena)
    functions = {held.function for held in held_by(lena, factories.now() + timedelta(seconds=1))}
    assert functions == {Function.ADMINISTRATOR, Function.COE_LEAD}
    entry = Entry.objects.get(subject="people_user", key=str(lena.pk), op="I")
    assert (entry.act, entry.actor_name) == ("start.administrator", "Candour installation")


def test_a_second_founder_is_refused_and_nobody_is_added(lena: User) -> None:
    other = start.Founder("Eve", "eve@elsewhere.example", "another long password")
    told = refused(lambda: start.begin(other, here=True, code="", now=factories.now()))
    assert told.status == 409 and list(User.objects.filter(is_machine=False)) == [lena]


def test_a_demo_is_never_founded(db: None) -> None:
    found(demo=True)
    assert not needs_start()
    assert refused(lambda: start.begin(WHO, here=True, code="", now=factories.now())).status == 404
    assert nobody()


@pytest.mark.parametrize("who", [
    start.Founder("", "lena@nordhav.example", SECRET),
    start.Founder("Lena", "no address", SECRET),
    start.Founder("Lena", "lena@nordhav.example", "short"),
])  # fmt: skip
def test_a_founder_without_name_address_or_real_password_is_refused(empty: Installation, who: start.Founder) -> None:
    assert refused(lambda: start.begin(who, here=True, code="", now=factories.now())).status == 400
    assert nobody() and not Grant.objects.exclude(person__is_machine=True).exists()


def test_from_another_machine_only_the_code_opens_and_only_once(empty: Installation, settings: LazySettings, tmp_path: Path) -> None:
    settings.KEYS = tmp_path / "keys"
    for code in ("", "0000-0000-0000-0000-0000"):
        assert refused(lambda code=code: start.begin(WHO, here=False, code=code, now=factories.now())).status == 403
    assert nobody()
    code = start.start_code()
    assert code == start.start_code() and start.code_file().stat().st_mode & 0o077 == 0
    start.begin(WHO, here=False, code=f" {code} ", now=factories.now())
    assert not start.code_file().exists() and start.start_code() == ""


@pytest.mark.django_db(transaction=True)
def test_two_founders_at_the_same_moment_are_one() -> None:
    found(demo=False)
    barrier, told = Barrier(2), []

    def begin(number: int) -> None:
        barrier.wait()
        try:
            start.begin(start.Founder("Lena", f"l{number}@nordhav.example", SECRET), here=True, code="", now=factories.now())
            told.append("in")
        except Refusal as refusal:
            told.append(str(refusal.status))
        finally:
            connection.close()

    threads = [Thread(target=begin, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["409", "in"] and User.objects.filter(is_machine=False).count() == 1


# The questions.


def test_every_answer_is_an_act_in_the_administrator_s_name(lena: User) -> None:
    everything_but_safety(lena)
    for subject in ("registry_company", "registry_market", "registry_product", "registry_account", "listening_source"):
        assert Entry.objects.filter(subject=subject, op="I", actor=str(lena.pk), act__startswith="start.").exists(), subject


def test_answering_again_changes_and_never_doubles(lena: User) -> None:
    everything_but_safety(lena)
    now = factories.now()
    start.name_company(lena, "Nordhav AG", now)
    open_market(lena, secret="")
    start.name_brand(lena, "Tavenol Plus", "", now)
    open_account(lena, purpose="news and answers")
    start.listen(lena, "newsroom", "", now)
    for model in (Company, Market, Brand, Product, Account, Source, PackRelease, Signature):
        assert model.objects.count() == 1, model
    assert Company.objects.get().name == "Nordhav AG" and Account.objects.get().purpose == "news and answers"
    assert refused(lambda: start.add_product(lena, start.ProductFacts("TAVENOL", "", "rx"), now)).status == 409


def test_rules_are_signed_with_the_secret_and_a_wrong_one_counts_and_opens_nothing(lena: User) -> None:
    start.name_company(lena, "Nordhav", factories.now())
    assert refused(lambda: open_market(lena, secret="wrong wrong wrong")).status == 403
    lena.refresh_from_db()
    assert lena.failed_attempts == 1 and not Market.objects.exists() and not PackRelease.objects.exists() and not Signature.objects.exists()
    open_market(lena)
    release = PackRelease.objects.get(pack="de")
    assert release.signature.signer == lena and bytes(release.signature.shown) == release.content.encode()


@pytest.mark.parametrize("facts", [start.MarketFacts("xx", "Europe/Berlin"), start.MarketFacts("de", "Berlin-Mitte")])
def test_a_market_nobody_ships_or_a_made_up_time_zone_is_refused(lena: User, facts: start.MarketFacts) -> None:
    assert refused(lambda: start.open_market(lena, facts, SECRET, factories.now())).status == 400
    assert not Market.objects.exists()


def test_names_are_kept_once_with_their_kind(lena: User) -> None:
    start.name_company(lena, "Nordhav", factories.now())
    open_market(lena)
    now = factories.now()
    start.name_brand(lena, "Tavenol", "", now)
    terms = ["", "  Tavi ", "tavi", "#tavenol", "TAVENOL"]
    start.add_product(lena, start.ProductFacts("Tavenol", "tavenolide", "otc", terms), now)
    kept = set(ProductName.objects.values_list("term", "kind"))
    assert kept == {("Tavenol", "name"), ("tavenolide", "substance"), ("Tavi", "nickname"), ("#tavenol", "hashtag")}
    assert refused(lambda: start.add_product(lena, start.ProductFacts("Otherol", "", "sold"), now)).status == 400
    assert Product.objects.count() == 1


def test_an_account_says_why_it_is_ours_and_only_a_newsroom_speaks_at_once(lena: User) -> None:
    start.name_company(lena, "Nordhav", factories.now())
    open_market(lena)
    assert refused(lambda: open_account(lena, ours_reason=" ")).status == 400
    assert not Account.objects.exists()
    account = open_account(lena)
    assert (account.key, account.owner, account.connection) == ("nordhav-de", lena, "connected")
    assert open_account(lena, network="bluesky", handle="@nordhav.de").connection == "not_connected"


def test_sources_begin_listening_and_a_bad_address_is_refused(lena: User) -> None:
    everything_but_safety(lena)
    newsroom = Source.objects.get()
    assert (newsroom.kind, newsroom.ours, newsroom.state, newsroom.account.key) == ("newsroom", True, SourceState.LISTENING, "nordhav-de")
    for address in ("", "ftp://feeds.example/", "https://", "javascript:alert(1)"):
        assert refused(lambda address=address: start.listen(lena, "feed", address, factories.now())).status == 400
    assert refused(lambda: start.listen(lena, "telepathy", "", factories.now())).status == 400
    assert Source.objects.count() == 1
    feed = start.listen(lena, "feed", "https://blog.example/feed.atom", factories.now())
    assert feed.settings["url"] == "https://blog.example/feed.atom" and not feed.ours
    assert start.listen(lena, "file", "Agency export", factories.now()).kind == "file"


def test_it_does_not_end_without_somebody_for_safety(lena: User) -> None:
    everything_but_safety(lena)
    assert refused(lambda: start.finish(lena, charter(), factories.now())).status == 409
    assert refused(lambda: start.receive_hand_overs(lena, " ", None, factories.now())).status == 400
    assert not Pilot.objects.exists() and Company.objects.get().set_up_at is None
    start.receive_hand_overs(lena, "safety@nordhav.example", None, factories.now())
    start.finish(lena, charter(), factories.now())
    assert Company.objects.get().set_up_at is not None and not unfinished_for(lena)
    start.finish(lena, charter(daily_cap=5), factories.now())
    assert Pilot.objects.get().daily_cap == 5


def test_a_person_named_for_safety_is_invited_with_the_function(lena: User) -> None:
    everything_but_safety(lena)
    row = invitations.Row("ines@nordhav.example", "Dr Ines Falk", "drug_safety")
    start.receive_hand_overs(lena, "", row, factories.now())
    assert [person.name for person in progress(factories.now()).receivers] == ["Dr Ines Falk"]


@pytest.mark.parametrize("facts", [{"hypothesis": " "}, {"daily_cap": 0}, {"decision_on": date(2020, 1, 1)}])
def test_a_charter_with_holes_is_refused(lena: User, facts: dict[str, object]) -> None:
    everything_but_safety(lena)
    start.receive_hand_overs(lena, "safety@nordhav.example", None, factories.now())
    assert refused(lambda: start.finish(lena, charter(**facts), factories.now())).status == 400
    assert not Pilot.objects.exists() and Company.objects.get().set_up_at is None


def test_somebody_without_the_function_answers_no_question(lena: User) -> None:
    everything_but_safety(lena)
    mira = factories.person("Mira", Function.COMMUNITY_MANAGER)
    acts = [
        lambda: start.name_company(mira, "Mine", factories.now()),
        lambda: start.open_market(mira, start.MarketFacts("us", "America/New_York"), factories.PASSWORD, factories.now()),
        lambda: start.receive_hand_overs(mira, "mine@elsewhere.example", None, factories.now()),
        lambda: invitations.invite(mira, [invitations.Row("x@y.example", "X", "administrator")], "de", factories.now()),
    ]
    for act in acts:
        assert refused(act).status == 403
    assert Company.objects.get().name == "Nordhav Pharma" and Market.objects.count() == 1
    assert not User.objects.filter(email="x@y.example").exists() and Company.objects.get().safety_recipient == ""


# Invitations.


def invite(lena: User, *rows: tuple[str, str, str]) -> list[User]:
    return invitations.invite(lena, [invitations.Row(*row) for row in rows], "de", factories.now())


def test_the_same_address_twice_is_one_person_with_two_functions_where_they_belong(lena: User) -> None:
    people = invite(lena, ("Mira@Nordhav.example", "Mira", "community_manager"), ("mira@nordhav.example", "Mira", "quality"))
    assert len(people) == 1 and not people[0].has_usable_password()
    assert set(people[0].grants.values_list("function", "market")) == {("community_manager", "de"), ("quality", "")}
    invite(lena, ("mira@nordhav.example", "Mira", "quality"))
    assert people[0].grants.count() == 2


@pytest.mark.parametrize(
    "bad", [("no address", "N", "author"), ("n@x.example", " ", "author"), ("n@x.example", "N", "listener"), ("n@x.example", "N", "")]
)
def test_one_bad_row_invites_nobody(lena: User, bad: tuple[str, str, str]) -> None:
    before = User.objects.count()
    told = refused(lambda: invite(lena, ("good@x.example", "Good", "author"), bad))
    assert told.status == 400 and "2" in str(told) and User.objects.count() == before


def test_a_link_opens_once(lena: User) -> None:
    (mira,) = invite(lena, ("mira@nordhav.example", "Mira", "community_manager"))
    token = invitations.token_for(mira)
    assert invitations.person_of(token, factories.now()) == mira
    assert refused(lambda: invitations.welcome(token, "short", factories.now())).status == 400
    invitations.welcome(token, "eine lange brücke", factories.now())
    mira.refresh_from_db()
    assert mira.check_password("eine lange brücke")
    assert refused(lambda: invitations.welcome(token, "eine andere brücke", factories.now())).status == 403
    mira.refresh_from_db()
    assert mira.check_password("eine lange brücke")
    assert Entry.objects.filter(act="person.welcome", actor=str(mira.pk)).exists()


def test_a_link_ends_after_seven_days_and_with_a_newer_one(lena: User) -> None:
    (mira,) = invite(lena, ("mira@nordhav.example", "Mira", "community_manager"))
    token, now = invitations.token_for(mira), factories.now()
    assert invitations.person_of(token, now + timedelta(days=6, hours=23)) == mira
    assert refused(lambda: invitations.person_of(token, now + timedelta(days=7, minutes=1))).status == 403
    newer = invitations.token_for(invitations.renew(lena, mira, now + timedelta(seconds=1)))
    assert refused(lambda: invitations.person_of(token, now)).status == 403
    assert invitations.person_of(newer, factories.now()) == mira


def test_a_forged_or_borrowed_link_opens_nothing(lena: User) -> None:
    mira, tom = invite(lena, ("mira@nordhav.example", "Mira", "author"), ("tom@nordhav.example", "Tom", "author"))
    token = invitations.token_for(mira)
    forged = [token[:-1] + ("A" if token[-1] != "A" else "B"), "", "x", token.split(":")[0], invitations.token_for(lena)]
    for one in forged:
        assert refused(lambda one=one: invitations.person_of(one, factories.now())).status == 403
    with acting(lena, "test"):
        User.objects.filter(pk=mira.pk).update(is_active=False)
    assert refused(lambda: invitations.person_of(token, factories.now())).status == 403
    assert invitations.waiting() == [tom]


def test_links_are_mailed_where_a_mail_server_is_set_and_never_pretended(lena: User, settings: LazySettings) -> None:
    (mira,) = invite(lena, ("mira@nordhav.example", "Mira", "author"))
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    assert not invitations.send_link(lena, mira, "https://candour.example/welcome/x/", "Nordhav")
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert invitations.send_link(lena, mira, "https://candour.example/welcome/x/", "Nord\nhav")
    (letter,) = mail.outbox
    assert letter.to == ["mira@nordhav.example"] and "https://candour.example/welcome/x/" in letter.body and "\n" not in letter.subject
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert not invitations.send_link(lena, mira, "https://candour.example/welcome/x/", "Nordhav"), "a dead mail server is told, not raised"


def test_rules_are_signed_by_passkey_with_one_answer(lena: User, settings: Any) -> None:
    settings.BASE_URL = "http://localhost:8321"
    now, key, bound = factories.now(), FakeAuthenticator("http://localhost:8321"), "b" * 64
    second_step.add_passkey(lena, key.makes(second_step.begin_passkey(lena, SECRET, now)), "Laptop", now)
    answer = PasskeyAnswer(key.answers(passkeys.ask_to_prove(lena, passkeys.ACT, bound, now)), bound)
    start.open_market(lena, start.MarketFacts("de", "Europe/Berlin", "nebenwirkungen.example"), answer, now)
    signature = PackRelease.objects.get(kind="market").signature
    assert signature.method == "passkey" and signature.auth_time == now
    other = start.MarketFacts("us", "America/New_York", "fda.example")
    assert refused(lambda: start.open_market(lena, other, answer, now)).status == 403
    assert PackRelease.objects.filter(kind="market").count() == 1
