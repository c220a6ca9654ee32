"""The gate asked at the moment of an act: the right function for that market, and a valid certificate where the act needs one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from candour.core.rights import NEEDS_CERTIFICATE
from candour.flows.answers import Refusal
from candour.people.models import User
from candour.people.rights import Place, held_by, may
from candour.training.queries import GATE_COURSE, last_certificate, valid_certificate


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a person may do an act now, and if not why, and what would help."""

    allowed: bool
    why: str = ""
    remedy: str = ""
    remedy_url: str = ""
    needs_course: bool = False


def may_act(person: User, act: str, market: str, now: datetime, *, brand: str | None = None, account: str | None = None) -> Answer:
    """Function first, certificate second; never cached, since a certificate can lapse between page and click."""
    return may_act_at(person, act, Place(market, brand, account), now)


def may_act_at(person: User, act: str, place: Place, now: datetime) -> Answer:
    """The same for the place where a thing belongs: a grant for one brand or account reaches no other one."""
    if not may(held_by(person, now), act, place):
        why = _("You hold no function that may do this for %(market)s.") % {"market": (place.market or "").upper() or _("all markets")}
        return Answer(False, why, _("The centre of excellence gives functions."))
    if act not in NEEDS_CERTIFICATE:
        return Answer(True)
    return _certified(person, now)


def _certified(person: User, now: datetime) -> Answer:
    if valid_certificate(person, GATE_COURSE, now):
        return Answer(True)
    last = last_certificate(person, GATE_COURSE)
    why = _("You have no certificate yet.")
    if last:
        ended = min(last.revoked_at or last.expires_at, last.expires_at)
        why = _("Your certificate ended on %(day)s.") % {"day": date_format(timezone.localtime(ended), "j M Y")}
    return Answer(False, why, _("12 minutes to renew it."), reverse("course", args=[GATE_COURSE]), needs_course=True)


def ask(person: User, act: str, market: str, now: datetime, *, brand: str | None = None, account: str | None = None) -> None:
    """Like may_act, but refuses: raises Refusal with the reason and the remedy."""
    ask_at(person, act, Place(market, brand, account), now)


def ask_at(person: User, act: str, place: Place, now: datetime) -> None:
    """Like may_act_at, but refuses."""
    answer = may_act_at(person, act, place, now)
    if not answer.allowed:
        raise Refusal(answer.why, remedy=answer.remedy, remedy_url=answer.remedy_url)
