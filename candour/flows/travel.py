"""May this message be used there? What differs, who would be asked and how long it takes, before anybody asks for it.

Writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from candour.channels.text import clean_text
from candour.core.clocks import add_business_minutes
from candour.core.reuse import Decision, Difference, decide, differences
from candour.core.review import MessageKind, Route, route
from candour.core.signing import canonical, digest
from candour.core.terms import Audience, ProductStatus
from candour.flows.answers import Refusal
from candour.flows.exact import exact_bytes
from candour.flows.judgement import Judgement
from candour.flows.office_hours import promise_of
from candour.flows.signed import not_sendable
from candour.flows.translate import certified_pairs, pieces_of
from candour.flows.travel_facts import End, Words, home_end, packs_behind, target_end, too_long
from candour.messages.models import ApprovedMessage, Translation
from candour.messages.queries import last_check
from candour.messages.reuse_queries import newest_translation, usual_review
from candour.registry.models import Account
from candour.registry.queries import accounts_in_market
from candour.registry.queries import market as registered_market
from candour.screening.checks import CheckFinding
from candour.screening.elsewhere import NewFinding, new_findings, new_gates

#: How the words of the target stand to those of the source.
SAME, CERTIFIED, UNCERTIFIED, UNTRANSLATED, ADAPTED = "same", "certified", "uncertified", "untranslated", "adapted"


@dataclass(frozen=True, slots=True)
class Home:
    """The message where it was approved, judged by today's rules there; made once for all the markets it may go to."""

    message: ApprovedMessage
    words: Words
    end: End
    judged: Judgement
    answered: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Look:
    """The answer for one account. `standing` says how the words stand to their source, `hoped` what a certificate would make of it.

    `full_minutes` is what a full review costs there, by the wall clock; `exact` are the bytes of the message that would go live.
    """

    home: Home
    account: Account
    words: Words
    standing: str
    translation: Translation | None
    judged: Judgement
    news: tuple[NewFinding, ...]
    gates: tuple[CheckFinding, ...]
    differences: tuple[Difference, ...]
    decision: Decision
    hoped: Decision
    full_minutes: int
    exact: bytes

    @property
    def rules(self) -> tuple[str, ...]:
        """Ids of the rules that differ."""
        return tuple(one.found.rule for one in self.news)

    @property
    def seen(self) -> str:
        """Digest of everything the asker was shown; another one means that something changed since."""
        return digest(canonical(shown(self)))


def shown(look: Look) -> dict[str, Any]:
    """What a proof says, in plain values: both ends, both results, what differs and the answer."""
    message, account = look.home.message, look.account
    return {
        "v": 1,
        "source": {"key": message.key, "digest": message.digest, "market": message.market, "lang": look.home.words.lang},
        "target": {
            "account": account.key,
            "market": account.market,
            "audience": account.audience,
            "lang": look.words.lang,
            "digest": digest(look.exact),
        },
        "text": {"standing": look.standing, "translation": look.translation.digest if look.translation else ""},
        "releases": {"source": look.home.judged.releases, "target": look.judged.releases},
        "results": {"source": result_row(look.home.judged), "target": result_row(look.judged)},
        "differences": [difference_row(one) for one in look.differences],
        "answer": look.decision.answer.value,
        "asked": [role.value for role in look.decision.roles],
        "refused_by": list(look.decision.refused_by),
        "gates": [one.rule for one in look.gates],
        "minutes": look.decision.minutes,
    }


def result_row(judged: Judgement) -> dict[str, Any]:
    """Verdict, findings and the markets without rules."""
    row = judged.result.as_row()
    return {"verdict": row["verdict"], "findings": row["findings"], "unjudged": list(judged.unjudged)}


def difference_row(one: Difference) -> dict[str, Any]:
    """A difference as it is kept."""
    return {
        "aspect": one.aspect.value,
        "about": one.about,
        "roles": [role.value for role in one.roles],
        "before": one.before,
        "after": one.after,
        "blocks": one.blocks,
    }


def home_of(message: ApprovedMessage, now: datetime) -> Home:
    """The source judged at home. Refuses an answer to one person, and whatever may not be used any more: nothing travels on an approval
    that ended."""
    if message.kind == MessageKind.FREE_REPLY:
        raise Refusal(_("This was written for one person and is used nowhere else."), status=409)
    if why := not_sendable(message, now):
        raise Refusal(why, remedy=_("Nothing travels on an approval that is not in force."), status=409)
    words = words_of(message)
    end = home_end(message, words)
    run = last_check(message.version) if message.version else None
    return Home(message, words, end, end.judged(now), frozenset(row["rule"] for row in run.findings) if run else None)


def words_of(message: ApprovedMessage) -> Words:
    """The signed words of a message."""
    version = message.version
    if version is None:
        return Words(message.title, message.text, "", message.lang)
    shown = version.picture_id or "", version.picture_words
    return Words(version.title, message.text, version.alt_text, message.lang, *shown)


def account_there(message: ApprovedMessage, market: str) -> Account | None:
    """The account of a market that is most like the message's own: the same brand, audience and network first, then the oldest."""
    own = message.account
    places = [one for one in accounts_in_market(market) if own is None or one.pk != own.pk]
    if own is None or not places:
        return places[0] if places else None
    return min(places, key=lambda one: (one.brand != own.brand, one.audience != own.audience, one.network != own.network, one.pk))


def language_there(message: ApprovedMessage, market: str) -> str:
    """The message's own language where the market speaks it, else the market's first."""
    place = registered_market(market)
    spoken = [one for one in re.split(r"[,;\s]+", place.languages) if one] if place else []
    return message.lang if message.lang in spoken or not spoken else spoken[0]


def look_at(home: Home, account: Account, now: datetime, *, adapted: str = "") -> Look:
    """The answer for one account, as it stands now. `adapted`: other words in the same language, for a channel that takes no others.

    Refuses a market without active rules and the message's own market.
    """
    if account.market == home.message.market:
        raise Refusal(_("This message is approved for %(market)s already.") % {"market": account.market.upper()}, status=400)
    words, standing, translation = _words_there(home, account, now, clean_text(adapted))
    end = target_end(home.message, account, words)
    judged = end.judged(now)
    packs = packs_behind(home.judged, judged, now=now)
    news = new_findings(home.judged.result, judged.result, packs, home.answered)
    sides = home.end.side(now), end.side(now)
    way = route(MessageKind(home.message.kind), ProductStatus(sides[1].status or "none"), Audience(account.audience))
    other = (home.words.text, words.text) if standing in (UNCERTIFIED, ADAPTED) else None
    rules, long = [one.found for one in news], too_long(account.network, words.text)
    found = differences(*sides, rules, way.roles, text=other, too_long=long)
    hoped = differences(*sides, rules, way.roles, too_long=long)
    return Look(
        home=home,
        account=account,
        words=words,
        standing=standing,
        translation=translation,
        judged=judged,
        news=news,
        gates=new_gates(home.judged.result, judged.result),
        differences=found,
        decision=decide(found, words.count),
        hoped=decide(hoped, words.count),
        full_minutes=_full_minutes(account.market, way, now),
        exact=_exact(home.message, account, words),
    )


def _words_there(home: Home, account: Account, now: datetime, adapted: str) -> tuple[Words, str, Translation | None]:
    if adapted and adapted != home.words.text:
        return replace(home.words, text=adapted), ADAPTED, None
    lang = language_there(home.message, account.market)
    if lang == home.words.lang:
        return home.words, SAME, None
    row = newest_translation(home.message, account.market, lang)
    if row is None:
        return home.words, UNTRANSLATED, None
    words = Words(row.title, row.text, row.alt_text, lang, home.words.picture, home.words.picture_words)
    # nobody translated the words that stand in a picture, so a certificate of the text does not cover all that is read there
    whole = not words.picture_words and certified_pairs(row, now) == len(pieces_of(home.message))
    return words, CERTIFIED if whole else UNCERTIFIED, row


def _full_minutes(market: str, way: Route, now: datetime) -> int:
    """What a full review costs: the median of the last ones there, else the hours that the route gives its reviewers."""
    usual = usual_review(market)
    took = usual if usual is not None else add_business_minutes(now, way.hours * 60, promise_of(market, now).hours) - now
    return round(took.total_seconds() / 60)


def _exact(message: ApprovedMessage, account: Account, words: Words) -> bytes:
    return exact_bytes(
        kind=message.kind,
        title=words.title,
        text=words.text,
        links=message.version.links if message.version else (),
        alt_text=words.alt_text,
        accounts=[account.key],
        market=account.market,
        audience=account.audience,
        lang=words.lang,
        product=message.product.key if message.product else "",
        media=[words.picture] if words.picture else [],
        picture_words=words.picture_words,
    )


def preview(message: ApprovedMessage, account: Account, now: datetime, *, adapted: str = "") -> Look:
    """The answer for one message and one account."""
    return look_at(home_of(message, now), account, now, adapted=adapted)


def previews(message: ApprovedMessage, markets: Sequence[str], now: datetime) -> list[tuple[str, Look | Refusal]]:
    """The answer for each market that has an account of ours, by its most fitting one; a market that can't be answered says why."""
    home = home_of(message, now)
    own = {message.market}
    found: list[tuple[str, Look | Refusal]] = []
    for market in markets:
        account = account_there(message, market) if market not in own else None
        if account is not None:
            found.append((market, _tried(home, account, now)))
    return found


def _tried(home: Home, account: Account, now: datetime) -> Look | Refusal:
    try:
        return look_at(home, account, now)
    except Refusal as refused:
        return refused
