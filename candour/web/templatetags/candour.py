"""Template tags and filters of the visual language: icons, clocks, chips, marked words, instants."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from babel.lists import format_list
from babel.numbers import format_decimal
from django import template
from django.conf import settings
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from candour.cases.models import Case
from candour.core.rights import Function
from candour.web import icons, navigation, rendered, spoken_time, timeline
from candour.web.capture import Capture
from candour.web.clock_faces import Face, faces_of
from candour.web.hours_words import HoursLine, reply_hours
from candour.web.marks import Mark, marks_of
from candour.web.marks import marked as marked_text
from candour.web.marks import plain as plain_text
from candour.web.message_words import language_name
from candour.web.retention_words import counted, words_of_class
from candour.web.rule_words import in_words, in_words_with_source
from candour.web.words import DONE, FUNCTION, PLACEHOLDER, ROLE, SEAL, duty_look, isolated, market_name, network_look

register = template.Library()

#: Sources that stand in the line of beats; silent ones always do.
BEATS_SHOWN = 7


@register.filter
def web_address(words: str) -> str:
    """An address of a stranger as a link: only http and https lead anywhere, everything else stays on the page."""
    return words if words.lower().startswith(("https://", "http://", "/")) else "#"


@register.simple_tag
def once() -> SafeString:
    """The field that lets a form act only once; its view is wrapped in `candour.web.once.once`."""
    return format_html('<input type="hidden" name="once" value="{}">', secrets.token_hex(16))


register.filter("retention_class", words_of_class)
register.simple_tag(counted, name="retention_counted")


@register.simple_tag
def icon(name: str, css: str = "", label: str = "") -> SafeString:
    """`{% icon "shield" %}`; css "cd-i-s" is the small one, "cd-i-l" the large one; with `label` it is read out."""
    return icons.icon(name, css, label)


@register.simple_tag
def clocks(thing: Any, now: datetime, layout: str = "col") -> SafeString:
    """The clock pair of a case; layout "col" stacks them, "" puts them in one line."""
    return rendered.clocks(thing, now, layout)


@register.simple_tag(takes_context=True)
def inbox_row(context: Context, row: Any) -> SafeString:
    """One row of the inbox; the chosen one is marked."""
    chosen, now = context.get("chosen"), context["reader"].now
    return rendered.row(row, context["person"], now, chosen=chosen is not None and chosen.key == row.key)


@register.simple_tag
def bigclocks(thing: Any, now: datetime) -> list[Face]:
    """The clock pair as faces, for `{% bigclock face %}`; a post that waits for a person has only its own clock."""
    faces = faces_of(thing, now)
    return [face for face in faces if face.kind != "safety" or face.state != "none"] if faces[-1].kind == "judge" else faces


@register.simple_tag
def office_hours(thing: Any) -> HoursLine | None:
    """The office hours by which a case owes its first reply; None for anything else."""
    return reply_hours(thing) if isinstance(thing, Case) else None


@register.inclusion_tag("parts/bigclock.html")
def bigclock(face: Face, title: str = "") -> dict[str, Any]:
    """One clock in large figures with its track; `title` overrides the short name."""
    return {"face": face, "title": title or face.name}


@register.simple_tag
def duty(kind: str, score: float | None = None, state: str = "") -> SafeString:
    """A duty chip; dashed when the score is below the queue threshold; state "done" is quiet, "off" struck through."""
    return rendered.chip(kind, score, state)


@register.inclusion_tag("parts/seal.html")
def seal(seal: Any, now: datetime, due_at: datetime | None = None) -> dict[str, Any]:
    """One role's seal in a review: role, person, state in words, time left while it waits."""
    open_still = seal.state in ("waiting", "looking")
    return {
        "seal": seal,
        "role": ROLE.get(seal.role, seal.role),
        "look": SEAL[seal.state],
        "due_at": due_at if open_still else None,
        "now": now,
    }


@register.filter
def marked(text: str, spans: Iterable[Mark | Mapping[str, Any]]) -> SafeString:
    """`{{ text|marked:spans }}`: spans are marks (web.marks) or stored findings with their spans; offsets are code points."""
    given = list(spans or [])
    return marked_text(text, [m for m in given if isinstance(m, Mark)] or marks_of(m for m in given if isinstance(m, Mapping)))


@register.filter
def marked_active(capture: Capture) -> SafeString:
    """A capture's text with its marks, those of its first reason outlined."""
    return marked_text(capture.text, capture.marks, capture.reasons[0].key if capture.reasons else "")


@register.filter
def plain(text: str) -> SafeString:
    """Text of strangers without marks: escaped, control and direction-override characters shown instead of acting."""
    return plain_text(text)


def _time(instant: datetime, words: str) -> SafeString:
    return format_html('<time datetime="{}" title="{}">{}</time>', instant.isoformat(), spoken_time.exact(instant), words)


@register.simple_tag
def ago(instant: datetime | None, now: datetime) -> SafeString | str:
    """How long ago, largest unit only: "3 m". A dash when it never was."""
    return rendered.ago(instant, now) if instant else "–"


@register.simple_tag
def left(instant: datetime | None, now: datetime) -> SafeString | str:
    """Time left, "+" before a time already past: "23 h 41 m", "+1 h 12 m"."""
    if instant is None:
        return "–"
    late = instant <= now
    return _time(instant, ("+" if late else "") + spoken_time.duration(abs(instant - now)))


@register.simple_tag
def when(instant: datetime | None, now: datetime | None = None) -> SafeString | str:
    """The instant itself, short: time for today, day and time otherwise; in full on hover."""
    if instant is None:
        return "–"
    return _time(instant, spoken_time.day_and_time(instant, now) if now else spoken_time.exact(instant))


@register.simple_tag
def seconds_of(instant: datetime | None) -> SafeString | str:
    """The time of day to the second, for "seen live 10:41:07"."""
    return _time(instant, spoken_time.to_the_second(instant)) if instant else "–"


@register.simple_tag
def day(instant: date | None) -> SafeString | str:
    """A date without its time: "30 Jun 2027"; an instant is told in full on hover."""
    if instant is None:
        return "–"
    words = spoken_time.day(instant)
    return (
        _time(instant, words) if isinstance(instant, datetime) else format_html('<time datetime="{}">{}</time>', instant.isoformat(), words)
    )


@register.simple_tag
def day_and_minute(instant: datetime | None) -> SafeString | str:
    """Day, month and time in a narrow column; in full on hover."""
    return _time(instant, spoken_time.day_and_minute(instant)) if instant else "–"


@register.simple_tag
def long_day(instant: datetime) -> SafeString:
    """A date for the public, the month written out: "30 June 2027"."""
    return _time(instant, spoken_time.long_day(instant))


@register.simple_tag
def avatar(person: Any, css: str = "") -> SafeString:
    """The round mark of a person; dashed and empty for nobody. The name stands beside it, so it is not read out."""
    if person is None:
        return format_html('<span class="cd-av none {}" aria-hidden="true"></span>', css)
    return format_html('<span class="cd-av {}" aria-hidden="true">{}</span>', css, person.initials)


@register.simple_tag
def network(kind: str, css: str = "cd-i-s") -> SafeString:
    """The icon of a network or kind of source, read out by its name."""
    look = network_look(kind)
    return icons.icon(look.icon, css, str(look.label))


@register.simple_tag
def duty_icon(kind: str, css: str = "cd-i-s") -> SafeString:
    """The icon of a duty in its hue; the name stands beside it."""
    look = duty_look(kind)
    hue = f"c-{look.hue}" if look.hue and css else ""
    return icons.icon(look.icon, f"{css} {hue}".strip())


@register.filter
def network_name(kind: str) -> str:
    return str(network_look(kind).label)


@register.filter
def placeholder_name(name: str) -> str:
    return str(PLACEHOLDER.get(name, name.replace("_", " ")))


@register.filter
def placeholder_names(names: Iterable[str]) -> str:
    return ", ".join(placeholder_name(name) for name in names)


@register.filter
def duty_name(kind: str) -> str:
    return str(duty_look(kind).label)


@register.filter
def function_name(code: str) -> str:
    return str(FUNCTION.get(code, code))


register.filter("isolated", isolated)


@register.filter
def decimal(number: str) -> str:
    """A number as the reader's language writes it, with the digits it came with: "99,8"."""
    pattern = "0." + "0" * len(number.partition(".")[2]) if "." in number else "0"
    return format_decimal(Decimal(number), pattern, locale=spoken_time.reader_locale())


register.filter("in_words", in_words)
register.filter("market_name", market_name)
register.filter("in_words_with_source", in_words_with_source)


@register.filter
def all_in_words(sentences: Iterable[str]) -> list[str]:
    """Sentences of a pack in the reader's language."""
    return [in_words(one) for one in sentences]


@register.filter
def listed(things: Iterable[Any]) -> str:
    """Several things in one sentence, joined as the reader's language joins them: "a receipt and a first reply"."""
    return format_list([str(thing) for thing in things], locale=spoken_time.reader_locale())


register.filter("language_name", language_name)


@register.filter
def role_name(code: str) -> str:
    return str(ROLE.get(code, code))


@register.simple_tag
def track(part: float, hue: str = "") -> SafeString:
    """How much of a time or count is used up (0..1), as a thin line; decoration beside figures that say the same."""
    width = round(100 * min(max(part, 0.0), 1.0), 1)
    box = 'viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"'
    return format_html(f'<svg class="cd-track {{}}" {box}><rect width="{{}}" height="4"/></svg>', hue, width)


@register.simple_tag(takes_context=True)
def navigation_list(context: Context) -> SafeString:
    """The navigation by loop for the reader of this page."""
    match = context["request"].resolver_match
    return rendered.navigation_list(context["reader"].held, (match and match.url_name) or "", get_language())


@register.inclusion_tag("parts/thumb.html", takes_context=True)
def thumb_bar(context: Context) -> dict[str, Any]:
    """The bottom bar of a phone: four places and the whole navigation."""
    request, reader = context["request"], context["reader"]
    match = request.resolver_match
    return context.flatten() | {"entries": navigation.thumb_for(reader.held, match.url_name if match else "")}


@register.simple_tag(takes_context=True)
def people_options(context: Context, people: Iterable[Any], chosen: str = "") -> SafeString:
    """People to choose from in a `<select>`, the reader told apart; `chosen` is the number that was typed before."""
    known = tuple((someone.pk, someone.name) for someone in people)
    return rendered.people_options(known, context["person"].pk, str(chosen), get_language())


@register.simple_tag
def standing(reader: Any) -> str:
    """Who the reader is here: function and markets, at the foot of the navigation."""
    own = [grant for grant in reader.held if grant.deputy_for is None] or list(reader.held)
    own.sort(key=lambda grant: grant.function == Function.ADMINISTRATOR)  # what somebody does comes before what they set up
    if not own:
        return _("No function yet")
    name = FUNCTION.get(own[0].function, own[0].function)
    markets = sorted({grant.market.upper() for grant in own if grant.function == own[0].function and grant.market})
    # the place stays in one piece when the line is too long for the navigation
    where = (" ".join(markets) or _("all markets")).replace(" ", "\N{NO-BREAK SPACE}")
    return _("%(function)s, %(markets)s") % {"function": name, "markets": where}


@register.simple_tag
def happening_icon(happening: Any) -> SafeString:
    return icons.icon(timeline.said(happening).icon)


@register.simple_tag
def happening_words(happening: Any) -> str:
    return timeline.words_for(happening)


@register.simple_tag
def minutes_words(minutes: str | int) -> str:
    """A number of minutes as a time, for "late by 9 d 3 h"."""
    return spoken_time.duration(timedelta(minutes=int(minutes)))


@register.simple_tag
def beats_shown(beats: Iterable[Any]) -> dict[str, list[Any]]:
    """Every silent source and the first few others in sight, the rest behind a word, so that one line stays one line."""
    every = list(beats)
    seen = [beat for number, beat in enumerate(every) if beat.gap or (number < BEATS_SHOWN and beat.state != "not_connected")]
    return {"first": seen, "rest": [beat for beat in every if beat not in seen]}


@register.simple_tag
def minutes_age(minutes: int) -> str:
    """A number of minutes in the largest unit only, for "expected every 10 m"."""
    return spoken_time.age(timedelta(minutes=minutes))


@register.inclusion_tag("parts/toast.html", takes_context=True)
def toast(context: Context) -> dict[str, Any]:
    """What was just done, told once after the act; the address carries a code, never words."""
    request = context.get("request")
    return {"words": DONE.get(request.GET.get("done", "")) if request else None}


@register.filter
def is_old(instant: datetime, now: datetime) -> bool:
    """True when the journal's last seal is older than twenty turns, so that a stopped sealer is seen."""
    return now - instant > timedelta(seconds=max(60.0, 20 * settings.SEAL_EVERY_SECONDS))
