"""Shares with their intervals, as words and as a line with whiskers drawn by the server."""

from __future__ import annotations

from babel.numbers import format_decimal, format_percent
from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from candour.screening.held_back import Because
from candour.screening.quality import Share
from candour.web import screening_words
from candour.web.spoken_time import reader_locale
from candour.web.words import duty_look

register = template.Library()
_BOX = 'viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false"'


def _percent(value: float) -> str:
    """Whole per cents, a tenth where that tells almost all from all."""
    pattern = "#,##0.0%" if 0.99 <= value < 1 else "#,##0%"
    return str(format_percent(min(value, 0.999) if value < 1 else value, pattern, locale=reader_locale()))


@register.simple_tag
def share(found: Share) -> SafeString | str:
    """A share in words with its interval, and the interval as a line from 0 to 100 %; a dash where nothing was counted."""
    if found.value is None:
        return format_html('<span class="dim" title="{}">–</span>', _("nothing to count"))
    between = _("%(low)s to %(high)s") % {"low": _percent(found.low), "high": _percent(found.high)}
    low, high = round(100 * found.low, 1), round(100 * found.high, 1)
    tick = round(min(max(100 * found.value - 1, 0), 98), 1)
    svg = format_html(
        f'<svg class="sc-line" {_BOX}><rect class="r" y="4.5" width="100" height="1"/>'
        '<rect class="i" x="{}" y="3.5" width="{}" height="3"/><rect class="v" x="{}" width="2" height="10"/></svg>',
        low,
        round(max(high - low, 0.5), 1),
        tick,
    )
    title = _("95 %% interval, %(of)s counted") % {"of": found.of}
    return format_html(
        '<span class="sc-share" title="{}"><b>{}</b> <span class="dim">{}</span>{}</span>', title, _percent(found.value), between, svg
    )


@register.filter
def because_words(because: Because) -> str:
    return screening_words.because_words(because)


@register.filter
def language_words(code: str) -> str:
    """The language of a pack or post in the reader's words."""
    return screening_words.language_words(code)


@register.filter
def part_words(name: str) -> str:
    return screening_words.part_words(name)


@register.filter
def duty_hue(kind: str) -> str:
    """The hue that means the family of a duty."""
    return duty_look(kind).hue


@register.filter
def signed(number: float) -> str:
    """A weight with its sign, as the reader's language writes numbers."""
    return str(format_decimal(number, "+0.00;\N{MINUS SIGN}0.00", locale=reader_locale()))


@register.simple_tag
def thresholds(score: float, found_from: float, queue_from: float) -> SafeString:
    """A score on its line from 0 to 1 with both thresholds as ticks; the words beside it say the same."""
    ticks = format_html_join(
        "", '<rect class="t" x="{}" width="0.8" height="10"/>', ((round(100 * one, 1),) for one in dict.fromkeys((found_from, queue_from)))
    )
    return format_html(
        f'<svg class="sc-line score" {_BOX}><rect class="r" y="4.5" width="100" height="1"/>'
        '<rect class="i" y="3.5" width="{}" height="3"/>{}</svg>',
        round(100 * min(max(score, 0.0), 1.0), 1),
        ticks,
    )
