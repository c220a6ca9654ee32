"""What a mail says: of what kind a matter is, in which market, and where to read it. Never a word of a text, a post or a person.

Mailboxes are outside the record and outside the rights of Candour. A link leads to the matter, behind the sign-in.
"""

from __future__ import annotations

import uuid
import zoneinfo
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from candour.assurance.models import Hearing, Mail, Told
from candour.core.clocks import BusinessCalendar
from candour.core.hearing import How, Rhythm, digest_due, rhythm_of
from candour.core.stakes import STAKES
from candour.core.watches import WATCHES, Rung
from candour.flows.office_hours import promise_of
from candour.people.models import User
from candour.people.rights import Held, held_by

#: Matters one digest lists; the rest is counted.
LISTED = 30
#: Days whose office hours hold where a person has no market.
_PLAIN_HOURS = ("09:00-18:00",)


def sentence(kind: str) -> str:
    """What kind of matter it is, without any name in it; in the language that is active."""
    if kind.startswith("limit."):
        watch = WATCHES[kind.removeprefix("limit.")]
        return _(watch.title) % {"account": _("an account"), "source": _("a listening post"), "task": _("a task")}
    return _(STAKES[kind].says)


def address_of(told: Told) -> str:
    """Where the person reads it."""
    return f"{settings.BASE_URL.rstrip('/')}{reverse('told', args=[told.telling_id])}"


def at_once(told: Told, now: datetime) -> Mail:
    """The mail of one matter, put on its way."""
    person, row = told.person, told.telling
    with _read_by(person):
        what = sentence(row.kind)
        where = f" ({row.place[0].upper()})" if row.place and row.place[0] else ""
        lines = [what + where, address_of(told)]
        if row.safety:
            lines.append(_("A patient may be waiting. Open it and say “I have it”; if nobody does, others are told in turn."))
        if told.why in (Rung.DEPUTY, Rung.LEAD, Rung.EVERYBODY):
            lines.append(_("You hear of it because nobody before you has taken it."))
        subject = _("Safety: %(what)s") % {"what": what} if row.safety else what
        return _mail(person, "now", f"Candour: {subject}{where}", [*lines, _closing(safety=row.safety)], now)


def _read_by(person: User) -> translation.override:
    return translation.override(person.language)


def _closing(*, safety: bool) -> str:
    if safety:
        return _("Matters of safety reach you by mail whatever you have chosen.")
    return _("How you hear of such matters: %(address)s") % {"address": f"{settings.BASE_URL.rstrip('/')}{reverse('hearing')}"}


def _mail(person: User, form: str, subject: str, parts: Sequence[str], now: datetime) -> Mail:
    return Mail.objects.create(
        person=person,
        form=form,
        language=translation.get_language() or "en",
        subject=" ".join(subject.split())[:200],
        body="\n\n".join(parts) + "\n",
        number=uuid.uuid4().hex,
        made_at=now,
        next_at=now,
    )


# the mails that gather


def gather(now: datetime) -> int:
    """One mail for everybody whose digest is due and who has matters not seen yet. Returns how many were written."""
    waiting = Told.objects.filter(how=How.DIGEST, mail=None, seen_at=None).order_by().values_list("person", flat=True).distinct()
    people = User.objects.filter(pk__in=list(waiting), is_active=True)
    return sum(_gather_for(person, now) for person in people)


def _gather_for(person: User, now: datetime) -> bool:
    held = [grant for grant in held_by(person, now) if grant.deputy_for is None]
    chosen = Hearing.objects.filter(person=person).first()
    rhythm = rhythm_of(chosen.rhythm if chosen else "", [grant.function for grant in held])
    last = Mail.objects.filter(person=person, form="digest").order_by("-id").values_list("made_at", flat=True).first()
    if not digest_due(last, now, rhythm, hours_of(person, held, now)):
        return False
    with transaction.atomic():
        rows = Told.objects.select_for_update(skip_locked=True, of=("self",)).select_related("telling__notice")
        matters = list(rows.filter(person=person, how=How.DIGEST, mail=None, seen_at=None).order_by("at", "id"))
        open_ones = [told for told in matters if told.telling.notice is None or told.telling.notice.resolved_at is None]
        if not open_ones:
            return False
        mail = _digest(person, open_ones, rhythm, now)
        Told.objects.filter(pk__in=[told.pk for told in open_ones]).update(mail=mail)
    return True


def hours_of(person: User, held: Sequence[Held], now: datetime) -> BusinessCalendar:
    """The office hours of the person's first market on the clocks of their own zone; without a market plain weekdays there."""
    market = next((grant.market for grant in held if grant.market), "")
    if not market:
        return BusinessCalendar.weekdays(person.timezone, _PLAIN_HOURS)
    hours = promise_of(market, now).hours
    return BusinessCalendar(person.timezone, hours.blocks, hours.country, hours.subdivision, hours.closed)


def _digest(person: User, matters: Sequence[Told], rhythm: Rhythm, now: datetime) -> Mail:
    with _read_by(person), timezone.override(zoneinfo.ZoneInfo(person.timezone)):
        count = len(matters)
        subject = ngettext("%(count)s matter for you", "%(count)s matters for you", count) % {"count": count}
        lines = [_line(told) for told in matters[:LISTED]]
        if count > LISTED:
            lines.append(_("and %(count)s more: %(address)s") % {"count": count - LISTED, "address": _notices()})
        said = _("Gathered every hour.") if rhythm == Rhythm.HOURLY else _("Gathered once a working day.")
        return _mail(person, "digest", f"Candour: {subject}", [*lines, f"{said} {_closing(safety=False)}"], now)


def _notices() -> str:
    return f"{settings.BASE_URL.rstrip('/')}{reverse('notices')}"


def _line(told: Told) -> str:
    at = date_format(timezone.localtime(told.at), "SHORT_DATETIME_FORMAT")
    market = told.telling.place[0].upper() if told.telling.place and told.telling.place[0] else ""
    return f"{' · '.join(filter(None, (at, market, sentence(told.telling.kind))))}\n{address_of(told)}"
