"""The outbox: each mail leaves at most once, its outcome on record, tried again where that can help."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Min, Q
from django.utils.translation import gettext as _

from candour.assurance.actions import Hit
from candour.assurance.models import Mail
from candour.channels import smtp
from candour.channels.smtp import MailServer, NotTaken
from candour.core.backoff import pause
from candour.core.states import MAIL, MailState, move
from candour.core.watches import span
from candour.flows.answers import Refusal

log = logging.getLogger(__name__)

#: Mails one round sends, and how often one is tried before a person is told that the server does not take it.
MOST, MAX_TRIES = 50, 12
FIRST, LONGEST = timedelta(seconds=30), timedelta(hours=1)
#: A failed mail is told for so long, or until a later one to the same person has left.
TOLD_FOR = timedelta(days=7)


def send_waiting(now: datetime) -> int:
    """Send what waits, oldest first; returns how many the server took. A server that takes nothing ends the round."""
    if settings.SMTP is None:
        return 0
    lose_sight(now)
    sent = 0
    for _turn in range(MOST):
        mail = _begin(now)
        if mail is None:
            break
        try:
            words = smtp.send(settings.SMTP, settings.MAIL_FROM, mail.person.email, letter(mail))
        except NotTaken as problem:
            _did_not(mail, problem, now)
            if problem.place:
                break
        else:
            _end(mail, "sent", now, words=words)
            sent += 1
    return sent


def letter(mail: Mail) -> EmailMessage:
    """The mail as it leaves: plain text, marked as written by a machine, so that nobody's absence note answers it."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings.MAIL_FROM, mail.person.email, mail.subject
    message["Date"], message["Message-ID"] = format_datetime(mail.made_at), f"<{mail.number}@{settings.MAIL_FROM.partition('@')[2]}>"
    message["Auto-Submitted"], message["Content-Language"] = "auto-generated", mail.language
    message.set_content(mail.body)
    return message


@transaction.atomic
def _begin(now: datetime) -> Mail | None:
    """Record the intent, so that of two workers one sends it, and one that is killed meanwhile leaves a trace."""
    rows = Mail.objects.select_for_update(skip_locked=True, no_key=True, of=("self",)).select_related("person")
    mail = rows.filter(state=MailState.WAITING, next_at__lte=now).order_by("next_at", "id").first()
    if mail is None:
        return None
    mail.state, mail.tries, mail.sending_since = move(MAIL, mail.state, "send").value, mail.tries + 1, now
    mail.save(update_fields=["state", "tries", "sending_since"])
    return mail


def _did_not(mail: Mail, problem: NotTaken, now: datetime) -> None:
    """A lasting refusal ends it; one that may have arrived is not sent again; all else is tried later."""
    log.warning("A mail was not taken", extra={"subject": {"mail": mail.pk, "permanent": problem.permanent, "unknown": problem.unknown}})
    if problem.unknown:
        _end(mail, "lose_sight", now, words=problem.words)
    elif problem.permanent or (mail.tries >= MAX_TRIES and not problem.place):
        _end(mail, "fail", now, words=problem.words)
    else:
        mail.state, mail.provider_words = move(MAIL, mail.state, "not_sent").value, problem.words
        mail.next_at = now + pause(mail.tries, mail.number, first=FIRST, most=LONGEST)
        mail.save(update_fields=["state", "provider_words", "next_at"])


def _end(mail: Mail, step: str, now: datetime, *, words: str) -> None:
    mail.state, mail.ended_at, mail.provider_words = move(MAIL, mail.state, step).value, now, words[: smtp.MOST_WORDS]
    mail.save(update_fields=["state", "ended_at", "provider_words"])


def lose_sight(now: datetime) -> int:
    """Mails whose sending was interrupted: they may have left, and a second one is worse than a line in the drawer. Returns how many."""
    lost = Mail.objects.filter(state=MailState.SENDING, sending_since__lte=now - span("mail.sending"))
    return lost.update(state=move(MAIL, MailState.SENDING, "lose_sight").value, ended_at=now)


def send_test(address: str, now: datetime) -> str:
    """Send one mail to try the settings; the server's words. Raises Refusal without a mail server, NotTaken when it does not take it."""
    server: MailServer | None = settings.SMTP
    if server is None:
        raise Refusal(_("No mail server is set."), remedy=_("Set CANDOUR_SMTP and start again."), status=409)
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings.MAIL_FROM, address, "Candour: " + _("this mail server works")
    message["Date"], message["Auto-Submitted"] = format_datetime(now), "auto-generated"
    message.set_content(_("This mail was sent to try the settings. Nobody has to do anything.") + "\n")
    return smtp.send(server, settings.MAIL_FROM, address, message)


def late(now: datetime) -> list[Hit]:
    """Mails past their limit, for the watch: those that wait too long as one matter, what failed or got lost once per person."""
    hits = []
    oldest = Mail.objects.filter(state=MailState.WAITING, made_at__lte=now - span("mail.waiting")).order_by("made_at").first()
    if oldest:
        hits.append(
            Hit(watch="mail.waiting", cause="mail.waiting", since=oldest.made_at, act="system.mend", provider_words=oldest.provider_words)
        )
    ended = Mail.objects.filter(ended_at__gt=now - TOLD_FOR).order_by("person_id", "-id").distinct("person_id").select_related("person")
    for mail in ended:
        if mail.state in (MailState.FAILED, MailState.UNKNOWN):
            watch = f"mail.{mail.state}"
            words = {"problem": mail.person.name, "provider_words": mail.provider_words}
            hits.append(Hit(watch=watch, cause=f"{watch}:{mail.person_id}", since=mail.ended_at or now, act="system.mend", **words))
    return hits


@dataclass(frozen=True, slots=True)
class Outbox:
    """Mails by state, and the seconds the oldest waiting one has waited."""

    states: dict[str, int]
    oldest: float


def figures(now: datetime) -> Outbox:
    """How the outbox stands, for the metrics."""
    counts = dict.fromkeys(map(str, MailState), 0)
    counts |= dict(Mail.objects.values_list("state").annotate(Count("id")).order_by())
    oldest = Mail.objects.filter(Q(state=MailState.WAITING)).aggregate(at=Min("made_at"))["at"]
    return Outbox(counts, max((now - oldest).total_seconds(), 0.0) if oldest else 0.0)
