"""The outbox and a real mail server: each mail leaves at most once, is tried again where that helps, and says nothing of anybody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING

import pytest

from candour.assurance.models import Mail, Notice, Telling
from candour.channels import smtp
from candour.core.rights import Function
from candour.core.stakes import STAKES
from candour.core.states import MailState
from candour.flows import hand_over, letters, outbox, review, spread, submit, watch
from candour.listening.models import PostVersion
from candour.messages.models import Draft
from candour.people.models import User
from candour.registry.models import Account, Product
from tests.channels.mail_host import MailHost, mail_host

from . import ground as g
from .test_watch import own_folder

if TYPE_CHECKING:
    from pytest_django import Settings

    from .ground import Ground

NOW = g.NOW
__all__ = ["own_folder"]


@pytest.fixture
def host(settings: Settings) -> Iterator[MailHost]:
    """A mail server that really runs, and an installation that knows it."""
    with mail_host() as (host, port):
        settings.SMTP = smtp.MailServer("127.0.0.1", port, "none")
        settings.MAIL_FROM = "candour@hollinqvist.example"
        yield host


def one_mail(on: Ground) -> Mail:
    draft = g.written(on, g.MENDED)
    submit.submit(on.author, draft, draft.version, NOW)
    spread.spread(on.listener, NOW)
    Mail.objects.exclude(person=on.medical).update(state=MailState.SENT)
    return Mail.objects.get(person=on.medical)


def after(mail: Mail, minutes: float = 0) -> tuple[str, str]:
    """State and the server's words after a round of the outbox."""
    outbox.send_waiting(NOW + timedelta(minutes=minutes))
    mail.refresh_from_db()
    return mail.state, mail.provider_words


def test_a_mail_leaves_once_to_the_person_in_plain_text(ground: Ground, host: MailHost) -> None:
    mail = one_mail(ground)
    assert after(mail) == (MailState.SENT, "250 OK")
    assert after(mail, 60) == (MailState.SENT, "250 OK")
    (envelope,) = host.taken
    assert envelope.rcpt_tos == [ground.medical.email]
    read = message_from_bytes(bytes(envelope.content or b""), policy=default)
    assert (read["Auto-Submitted"], read.get_content_type()) == ("auto-generated", "text/plain")
    assert f"/told/{mail.told.get().telling_id}/" in read.get_content()


def test_what_is_refused_for_now_is_tried_again_and_arrives_once(ground: Ground, host: MailHost) -> None:
    mail = one_mail(ground)
    host.at_recipient = "450 4.2.1 come back"
    assert after(mail) == (MailState.WAITING, "450 4.2.1 come back")
    assert after(mail, 0.1)[0] == MailState.WAITING, "not before its time"
    assert mail.tries == 1
    host.at_recipient = "250 OK"
    assert after(mail, 2)[0] == MailState.SENT
    assert len(host.taken) == 1


def test_what_is_refused_for_good_ends_and_the_administrator_reads_the_server_s_words(
    ground: Ground, host: MailHost, own_folder: object
) -> None:
    mail = one_mail(ground)
    host.at_recipient = "550 5.1.1 No such person here"
    assert after(mail) == (MailState.FAILED, "550 5.1.1 No such person here")
    watch.go_round(ground.listener, NOW)
    notice = Notice.objects.get(watch="mail.failed")
    assert (notice.act, notice.provider_words) == ("system.mend", "550 5.1.1 No such person here")
    assert after(mail, 600)[0] == MailState.FAILED
    assert host.taken == []


def test_a_mail_that_may_have_arrived_is_not_sent_again(ground: Ground, host: MailHost, own_folder: object) -> None:
    mail = one_mail(ground)
    host.at_data = "gone"
    assert after(mail)[0] == MailState.UNKNOWN
    host.at_data = "250 OK"
    assert after(mail, 600)[0] == MailState.UNKNOWN
    assert host.taken == []
    watch.go_round(ground.listener, NOW)
    assert Notice.objects.filter(watch="mail.unknown").exists()


def test_a_worker_that_was_killed_while_sending_leaves_a_trace_and_no_second_mail(ground: Ground, host: MailHost) -> None:
    mail = one_mail(ground)
    assert outbox._begin(NOW) == mail
    assert outbox._begin(NOW) is None, "another worker does not get it"
    assert after(mail, 1)[0] == MailState.SENDING
    assert after(mail, 6)[0] == MailState.UNKNOWN
    assert host.taken == []


def test_a_server_that_is_away_costs_no_mail(ground: Ground, host: MailHost, settings: Settings, own_folder: object) -> None:
    mail = one_mail(ground)
    there = settings.SMTP
    settings.SMTP = smtp.MailServer("127.0.0.1", 1, "none")
    for minutes in range(0, 900, 60):
        assert after(mail, minutes)[0] == MailState.WAITING, "however long it is away"
    watch.go_round(ground.listener, NOW + timedelta(hours=1))
    assert Notice.objects.filter(watch="mail.waiting").exists()
    settings.SMTP = there
    assert after(mail, 1000)[0] == MailState.SENT
    watch.go_round(ground.listener, NOW + timedelta(minutes=1000))
    assert not Notice.objects.filter(watch="mail.waiting", resolved_at=None).exists()


def test_a_test_mail_says_what_the_server_says(ground: Ground, host: MailHost) -> None:
    assert outbox.send_test("someone@hollinqvist.example", NOW) == "250 OK"
    host.at_recipient = "550 no"
    with pytest.raises(smtp.NotTaken, match="550 no"):
        outbox.send_test("someone@hollinqvist.example", NOW)


# what a mail may not say


def secrets_of_the_company() -> set[str]:
    """Every name, handle, title, text and number in the database that no mail may hold."""
    found = set(User.objects.values_list("name", flat=True)) | set(User.objects.values_list("email", flat=True))
    found |= set(Draft.objects.values_list("title", flat=True)) | set(Account.objects.values_list("handle", flat=True))
    found |= set(Product.objects.values_list("name", flat=True)) | set(g.Case.objects.values_list("number", flat=True))
    texts = [*Draft.objects.values_list("versions__text", flat=True), *PostVersion.objects.values_list("text", flat=True)]
    found |= {part.strip() for text in texts for part in (text or "").split(".") if len(part.strip()) > 12}
    return {secret for secret in found if secret}


def test_no_mail_holds_a_name_or_a_word_of_a_text(ground: Ground, host: MailHost) -> None:
    on = ground
    g.somebody("Aurel Quast", *[one for one in Function if one not in (Function.LISTENER, Function.PUBLISHER)], markets=("de",))
    case = g.hear(on, g.heard(g.MOTHER, "p1", author="Ottilie Brahms"))[0]
    hand_over.hand_over(on.community, case, "AE", case.version, NOW)
    draft = g.written(on, g.MENDED, title="Geheimnis im Titel")
    running = submit.submit(on.author, draft, draft.version, NOW, note="Nur für Kaja")
    review.ask_changes(on.medical, running.seals.get(role="medical"), "Bitte ohne den Ausschlag", NOW)
    like = Telling.objects.get(kind="draft.submit")
    for number, kind in enumerate(
        [*(key for key, stake in STAKES.items() if not stake.nobody), *("limit." + key for key in letters.WATCHES)]
    ):
        if kind.startswith("limit.") and not letters.WATCHES[kind.removeprefix("limit.")].title:
            continue
        thing = ["draft", str(draft.pk), draft.title]
        named = {"owner": [on.author.pk, on.community.pk]}
        Telling.objects.create(
            kind=kind, cause=f"x{number}", by=on.lead, at=NOW, thing=thing, place=like.place, named=named, acts=["seal.legal"]
        )
    for person in User.objects.all():
        spread.choose(person, dict.fromkeys(["reviews", "texts"], "digest"), "hourly", NOW)
    spread.spread(on.listener, NOW)
    spread.climb(on.listener, NOW + timedelta(hours=2))
    letters.gather(NOW)
    assert outbox.send_waiting(NOW + timedelta(hours=2)) > 20
    said = ["Ottilie Brahms", "Ausschlag", "Geheimnis", "Nur für Kaja", *secrets_of_the_company()]
    for envelope in host.taken:
        read = message_from_bytes(bytes(envelope.content or b""), policy=default)
        words = f"{read['Subject']}\n{read.get_content()}"
        assert [secret for secret in said if secret.casefold() in words.casefold()] == [], json.dumps(words)
