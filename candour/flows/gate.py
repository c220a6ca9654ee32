"""The gate asked at the moment of an act: the right function for that market, and a valid certificate where the act needs one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from candour.core.rights import NEEDS_CERTIFICATE
from candour.flows.answers import Refusal
from candour.people.models import User
from candour.people.rights import Place, held_by, may
from candour.training.queries import GATE_COURSE, last_certificate


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
    if not may(held_by(person, now), act, Place(market, brand, account)):
        why = _("You hold no function that may do this for %(market)s.") % {"market": market.upper() or _("all markets")}
        return Answer(False, why, _("The centre of excellence gives functions."))
    if act not in NEEDS_CERTIFICATE:
        return Answer(True)
    return _certified(person, now)


def _certified(person: User, now: datetime) -> Answer:
    certificate = last_certificate(person, GATE_COURSE)
    if certificate and certificate.revoked_at is None and certificate.expires_at > now:
        return Answer(True)
    why = _("You have no certificate yet.")
    if certificate:
        why = _("Your certificate ended on %(day)s.") % {"day": date_format(certificate.expires_at, "j M Y")}
    return Answer(False, why, _("12 minutes to renew it."), reverse("course", args=[GATE_COURSE]), needs_course=True)


def ask(person: User, act: str, market: str, now: datetime, *, brand: str | None = None, account: str | None = None) -> None:
    """Like may_act, but refuses: raises Refusal with the reason and the remedy."""
    answer = may_act(person, act, market, now, brand=brand, account=account)
    if not answer.allowed:
        raise Refusal(answer.why, remedy=answer.remedy, remedy_url=answer.remedy_url)
