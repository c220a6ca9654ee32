"""Paid and targeted: a message is shown for money to a described audience, and the record says why that is lawful.

Nothing is bought here. The record stands before the money is spent, and the network's own tool is set by it. Targeting on health data is
refused by words (packs/targeting.toml), not by trust. Another country is a reuse: it is told what that takes, and needs the message there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from candour.channels.text import clean_text
from candour.core.clocks import day_begins
from candour.core.reuse import Answer
from candour.core.terms import Audience
from candour.flows import authority, travel
from candour.flows.answers import Refusal, Stale
from candour.flows.gate import ask_at
from candour.flows.hold_back import embargo_on, embargo_words
from candour.flows.releases import active_pack
from candour.flows.schedule import rules_then
from candour.flows.signed import REPLIES, not_sendable
from candour.journal.acting import acting
from candour.messages.models import AdRecord, ApprovedMessage
from candour.messages.queries import place_of
from candour.packs.targeting import refused
from candour.people.models import User
from candour.registry import queries as registry

#: Nobody younger is shown an advertisement (Regulation (EU) 2022/2065 Art. 28(2); Directive 2001/83/EC Art. 90(e)).
YOUNGEST, OLDEST = 18, 99
#: An advertisement runs at most so many days; afterwards it is entered anew, under the rules of that day.
LONGEST_DAYS = 184


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to show to whom. `again_of` is the record that is run again for another audience."""

    network: str
    audience: str
    described: str
    country: str
    age_floor: int
    reason: str
    starts_on: date | None
    ends_on: date | None
    gate: str = ""
    budget: str = ""
    again_of: AdRecord | None = None


def record(by: User, message: ApprovedMessage, wanted: Wanted, now: datetime) -> AdRecord:
    """Enter an advertisement. Refused without the right, for an audience described by health data, for people under eighteen, for health
    professionals without a gate, outside what the message was approved for, and where the rules of its first day object to a paid piece."""
    ask_at(by, "ad.record", place_of(message), now)
    if message.kind in REPLIES:
        raise Refusal(_("An answer is not advertised."), status=409)
    _refuse_unclear(wanted)
    _refuse_audience(message, wanted)
    _refuse_elsewhere(message, wanted, now)
    first, last = _days(message, wanted, now)
    _refuse_then(message, first, last, now)
    pack = active_pack(message.market, now)
    with acting(by, "ad.record", wanted.reason.strip()):
        return AdRecord.objects.create(
            message=message,
            network=wanted.network,
            audience=wanted.audience,
            described=clean_text(wanted.described).strip()[:300],
            country=message.market,
            age_floor=wanted.age_floor,
            gate=clean_text(wanted.gate).strip()[:200],
            budget=clean_text(wanted.budget).strip()[:40],
            reason=clean_text(wanted.reason).strip()[:400],
            starts_on=wanted.starts_on,
            ends_on=wanted.ends_on,
            releases={pack.id: pack.release_name} if pack else {},
            again_of=wanted.again_of,
            by=by,
            at=now,
        )


def _refuse_unclear(wanted: Wanted) -> None:
    missing = {
        _("Name the network."): not wanted.network.strip(),
        _("Describe who sees it: region, age, profession."): len(wanted.described.strip()) < 5,
        _("Say why this audience is lawful."): len(wanted.reason.strip()) < 5,
        _("Choose an audience."): wanted.audience not in (Audience.PUBLIC.value, Audience.HCP.value),
    }
    for why, lacks in missing.items():
        if lacks:
            raise Refusal(why, status=400)


def _refuse_audience(message: ApprovedMessage, wanted: Wanted) -> None:
    told = refused(wanted.described, _own_terms(message))
    if told is not None:
        words = {"words": told.words, "why": _(told.ground.why), "law": told.ground.source}
        raise Refusal(
            _("“%(words)s”: an advertisement is not targeted on %(why)s (%(law)s).") % words,
            remedy=_("Describe the audience by region, age or profession."),
            status=409,
        )
    if not YOUNGEST <= wanted.age_floor <= OLDEST:
        raise Refusal(_("The lowest age is between %(young)s and %(old)s.") % {"young": YOUNGEST, "old": OLDEST}, status=400)
    if wanted.audience == Audience.HCP.value and len(wanted.gate.strip()) < 3:
        raise Refusal(_("Say how health professionals are told from others."), status=400)


def _own_terms(message: ApprovedMessage) -> list[str]:
    """Names of our products: whoever takes them is not an audience."""
    return sorted({row["term"] for row in registry.product_dictionary()} | ({message.product.name} if message.product else set()))


def _refuse_elsewhere(message: ApprovedMessage, wanted: Wanted, now: datetime) -> None:
    """Another country or audience than the message was approved for is a reuse; the refusal says what that takes."""
    if wanted.country != message.market:
        raise Refusal(
            _("It is approved for %(market)s. In %(country)s it is a reuse: %(answer)s")
            % {"market": message.market.upper(), "country": wanted.country.upper(), "answer": reuse_answer(message, wanted.country, now)},
            remedy=_("Carry it there first; then advertise the message of that country."),
            remedy_url=reverse("reuse-card", args=[message.key]),
            status=409,
        )
    if message.audience not in (wanted.audience, Audience.BOTH.value):
        raise Refusal(
            _("It is approved for another audience."),
            remedy=_("Start a new draft from it for that audience; the reviewers are asked about it."),
            remedy_url=f"{reverse('draft-new')}?from={message.key}",
            status=409,
        )


def reuse_answer(message: ApprovedMessage, market: str, now: datetime) -> str:
    """What the reuse of a message in another market takes, in a sentence."""
    account = travel.account_there(message, market)
    if account is None:
        return _("no account of ours is there.")
    try:
        decision = travel.preview(message, account, now).decision
    except Refusal as why:
        return why.why
    if decision.answer == Answer.REFUSED:
        return _("not allowed by %(rules)s.") % {"rules": ", ".join(decision.refused_by)}
    if decision.answer == Answer.LIVE:
        return _("one signature.")
    count = len(decision.roles)
    return ngettext("%(count)s reviewer is asked.", "%(count)s reviewers are asked.", count) % {"count": count}


def _days(message: ApprovedMessage, wanted: Wanted, now: datetime) -> tuple[datetime, datetime]:
    """The instants at which the first day begins and the last one begins, on the market's clocks."""
    if wanted.starts_on is None or wanted.ends_on is None:
        raise Refusal(_("Say from which day to which."), status=400)
    if wanted.ends_on < wanted.starts_on or (wanted.ends_on - wanted.starts_on).days > LONGEST_DAYS:
        raise Refusal(_("The last day follows the first one, at most %(days)s days later.") % {"days": LONGEST_DAYS}, status=400)
    if wanted.starts_on < registry.market_day(message.market, now):
        raise Refusal(_("The first day has passed."), status=400)
    place = registry.market(message.market)
    zone = place.timezone if place else "UTC"
    return max(day_begins(wanted.starts_on, zone), now), max(day_begins(wanted.ends_on, zone), now)


def _refuse_then(message: ApprovedMessage, first: datetime, last: datetime, now: datetime) -> None:
    """The approval must hold on both days, laws must let it out, and the rules of the first day must allow it as a paid piece."""
    why = not_sendable(message, first) or not_sendable(message, last) or authority.unmet(message, now)
    if not why and (embargo := embargo_on(message, first)):
        why = embargo_words(embargo)
    if why := why or rules_then(message, first, paid=True):
        raise Refusal(why, remedy=_("Nothing was entered."), status=409)


def end(by: User, ad: AdRecord, reason: str, now: datetime) -> AdRecord:
    """Say that an advertisement no longer runs, and why."""
    ask_at(by, "ad.record", place_of(ad.message), now)
    if not reason.strip():
        raise Refusal(_("Say in a few words why."), status=400)
    with acting(by, "ad.end", reason):
        locked = AdRecord.objects.select_for_update(no_key=True, of=("self",)).get(pk=ad.pk)
        if locked.ended_at is not None:
            raise Stale(_("Somebody else has ended this already."))
        locked.ended_at, locked.ended_by, locked.ended_why = now, by, reason.strip()[:300]
        locked.save()
    return locked
