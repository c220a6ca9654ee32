"""The card "Plain language" beside a text: advice for clear, consistent and friendly words. It never changes what the rules say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from candour.core.terms import Audience
from candour.flows.releases import own_rules
from candour.packs.market import MarketPack
from candour.packs.plain import Voice, VoiceError, voice_of
from candour.registry.models import Product
from candour.screening.plain import Advice, Place, advise, language_of, readability

TITLE: dict[str, str | Promise] = {
    "jargon": gettext_lazy("Words that readers may not know"),
    "passive": gettext_lazy("It stays open who does it"),
    "hedge": gettext_lazy("Words that take back what was said"),
    "cold": gettext_lazy("Words that sound cold"),
    "shouting": gettext_lazy("Rows of capitals read like shouting"),
    "exclamations": gettext_lazy("One exclamation mark says as much"),
    "address_mixed": gettext_lazy("Readers are addressed formally and informally"),
    "address_other": gettext_lazy("This brand addresses its readers the other way"),
    "avoid": gettext_lazy("Words that this brand avoids"),
    "spelling": gettext_lazy("This brand writes it otherwise"),
}


@dataclass(frozen=True, slots=True)
class AdviceLine:
    """One kind of advice as it is read: a sentence, and the words it speaks of with what to write instead."""

    title: str | Promise
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class PlainCard:
    """What the card shows. `known` is False where nobody has written the words of the text's language; `fault` names a faulty voice."""

    known: bool
    lines: tuple[AdviceLine, ...] = ()
    fault: str = ""
    lix: int | None = None


def plain_card(
    text: str, *, language: str, market: str, audience: str, product: Product | None, brand: str = "", pack: MarketPack | None = None
) -> PlainCard | None:
    """The card for a text; None for no text. Texts that the law prescribes and the product's name stay as they are."""
    if not text.strip():
        return None
    key = product.brand.key if product else brand
    voice, fault = _voice(key, market)
    spoken = language_of(text, language)
    found = advise(text, spoken, voice, to_professionals=audience == Audience.HCP, leave=_left_alone(product, pack))
    lines = tuple(AdviceLine(_title(one), one.places) for one in found or ())
    return PlainCard(found is not None, lines, fault, readability(text) if found is not None else None)


def _voice(brand: str, market: str) -> tuple[Voice, str]:
    try:
        return voice_of(own_rules(), brand, market), ""
    except VoiceError as fault:
        return Voice(), str(fault)


def _left_alone(product: Product | None, pack: MarketPack | None) -> Iterable[str]:
    prescribed = [value for value in (pack.params.values() if pack else ()) if isinstance(value, str)]
    return [*prescribed, *([product.name] if product else [])]


def _title(advice: Advice) -> str | Promise:
    if advice.kind == "hard_text":
        return _("Hard to read: its reading index is %(found)s; %(most)s is enough for most readers") % _numbers(advice)
    if advice.kind == "long_sentence":
        count = len(advice.places)
        one, many = "%(count)s sentence has more than %(most)s words", "%(count)s sentences have more than %(most)s words"
        return ngettext(one, many, count) % (_numbers(advice) | {"count": count})
    return TITLE[advice.kind]


def _numbers(advice: Advice) -> dict[str, int]:
    return {"found": advice.found, "most": advice.most}
