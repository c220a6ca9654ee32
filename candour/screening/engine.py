"""Screening of one post: compiled once from packs and product dictionary, then the same answer everywhere.

`release()` compiles, `screen_text()` judges one post, `arrow.screen_batch()` a record batch. Nothing here keeps state between posts except
a memory of words already looked up, which changes no answer. A compiled kernel may replace `Matcher.find`; all else reads its hits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from candour.core.terms import DutyKind, Finding, Span
from candour.packs.language_schema import (
    CONCEPTS,
    CUES,
    PERSONAL,
    SIGNS,
    LanguagePack,
    emoji_concepts,
    language_files,
    shipped_languages,
    signs,
)
from candour.screening import adverse, duties, personal, reasons
from candour.screening.criteria import missing_in_text
from candour.screening.language import UNDETERMINED, identify
from candour.screening.matcher import Hit, Matcher
from candour.screening.people import patient_spans
from candour.screening.products import INDICATION, ProductDictionary, shipped_substances
from candour.screening.reading import Cue, Reading, SignHit, Symptom, read
from candour.screening.result import QUEUE_THRESHOLD, ProductMention, Screened
from candour.screening.words import Words, cut

#: Raise by one whenever the judgement itself changes, so that the release name tells.
_ENGINE = b"baseline-2"
_SHORTEST_TAG_NAME = 5
_MISSPELT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
#: Post scored in a language without a pack: nothing is known, so nothing is claimed; `unscreened_language` sends it to a person.
_UNKNOWN_SCORE = 0.0


@dataclass(frozen=True, slots=True)
class ScreeningRelease:
    """What screens: packs, dictionary, compiled matchers. `name` changes with any byte of either, and with the weights."""

    name: str
    packs: dict[str, LanguagePack]
    matchers: dict[str, Matcher]
    scan: personal.PersonalScan
    product_words: frozenset[str]

    def known_prefix(self, word: str) -> int:
        """Length of the product name a hashtag begins with, 0 for none."""
        sizes = range(min(len(word), 40), _SHORTEST_TAG_NAME - 1, -1)
        return next((size for size in sizes if word[:size] in self.product_words), 0)


def release(products: ProductDictionary | None = None) -> ScreeningRelease:
    """Compile the shipped packs with a product dictionary (None: the shipped substance names). Takes about a second; do it once."""
    products = products or shipped_substances()
    packs = {pack.code: pack for pack in shipped_languages()}
    forms = list(products.forms())
    matchers = {code: Matcher((*_phrases(pack), *forms)) for code, pack in packs.items()}
    matchers[UNDETERMINED] = Matcher(forms)
    words = frozenset(form[0] for form, product in forms if len(form) == 1 and product.kind != INDICATION)
    return ScreeningRelease(_name(products), packs, matchers, personal.compile_scan(tuple(packs.values())), words)


def _name(products: ProductDictionary) -> str:
    digest = hashlib.sha256(_ENGINE)
    digest.update(repr((sorted(adverse.WEIGHTS.items()), sorted(adverse.DUTY_WEIGHTS.items()))).encode())
    for path in (CONCEPTS, CUES, SIGNS, PERSONAL, *language_files()):
        digest.update(path.read_bytes())
    digest.update(products.digest.encode())
    return f"screening@{digest.hexdigest()[:10]}"


def _phrases(pack: LanguagePack) -> Iterator[tuple[tuple[str, ...], Any]]:
    for concept, phrases in pack.symptoms.items():
        yield from _forms(pack, phrases, Symptom(concept))
    for role, phrases in pack.cues.items():
        yield from _forms(pack, phrases, Cue(role))
    for key, phrases in pack.signs.items():
        yield from _forms(pack, phrases, SignHit(key, signs()[key]))


def _forms(pack: LanguagePack, phrases: tuple[str, ...], what: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    for phrase in phrases:
        for form in pack.forms(phrase.casefold()):
            yield form, what
            plain = tuple(word.translate(_MISSPELT) for word in form)
            if plain != form:
                yield plain, what


def screen_text(release: ScreeningRelease, text: str, lang: str = "") -> Screened:
    """Judge one post. `lang` is what its source declared, "" for nothing. Never fails on any text; same text, same answer."""
    words = cut(text, release.known_prefix)
    code = identify(text, words.words, lang, partial(_known_words, release, words))
    pack = release.packs.get(code)
    reading = read(words, release.matchers[code if pack else UNDETERMINED].find(words.words))
    if pack is None:
        return _unscreened(release, reading, code)
    return _judge(release, reading, pack)


def _known_words(release: ScreeningRelease, words: Words, code: str) -> int:
    matcher = release.matchers.get(code)
    return sum(map(matcher.knows, words.words[:60])) if matcher else 0


def _judge(release: ScreeningRelease, reading: Reading, pack: LanguagePack) -> Screened:
    text = reading.words.text
    reading.products = _unambiguous(reading)
    all_told = adverse.told(reading, pack)
    score = max((told.score for told in all_told), default=0.0)
    event = tuple(duties.span(reading, told.hit, reasons.adverse(told)) for told in all_told if told.stands and told.concept)
    mentions = _mentions(reading)
    found = list(release.scan.find(text, pack.code, health=bool(event)))
    findings = _findings(release.name, reading, all_told, mentions, found)
    patient = patient_spans(reading, text)
    reporter = tuple(one.span for one in found if one.contact)
    missing = missing_in_text(bool(patient), bool(reporter), bool(mentions), bool(event))
    label = int(score >= QUEUE_THRESHOLD)
    return Screened(pack.code, score, label, mentions, findings, False, patient, event, reporter, missing)


def _findings(
    name: str, reading: Reading, all_told: list[adverse.Told], mentions: tuple[ProductMention, ...], found: list[personal.PersonalData]
) -> tuple[Finding, ...]:
    medicine = bool(reading.products) or reading.has("drug")
    findings = [one for one in duties.rule_findings(reading, medicine, name) if one.duty != DutyKind.PRIVACY]
    event = duties.adverse_finding(reading, all_told, [mention.span for mention in mentions], name)
    private = _privacy(name, found, _privacy_phrases(reading))
    return duties.in_order([*findings, *([event] if event else []), *private])


def _privacy_phrases(reading: Reading) -> list[tuple[float, Span]]:
    hits = [hit for hit in reading.rules if hit.what.sign.duty == DutyKind.PRIVACY]
    return [(hit.what.sign.score, duties.span(reading, hit, hit.what.sign.why)) for hit in hits]


def _privacy(name: str, found: list[personal.PersonalData], phrases: list[tuple[float, Span]]) -> list[Finding]:
    scored = [(one.score, one.span) for one in found] + phrases
    return list(duties.combine(DutyKind.PRIVACY, scored, name)) if scored else []


def _unambiguous(reading: Reading) -> list[Hit]:
    """Products named; a term that is also a common word counts only beside another sign of a medicine."""
    sure = [hit for hit in reading.products if not hit.what.ambiguous]
    return reading.products if sure or reading.has("drug") else sure


def _mentions(reading: Reading) -> tuple[ProductMention, ...]:
    return tuple(_mention(reading, hit) for hit in reading.products)


def _mention(reading: Reading, hit: Hit) -> ProductMention:
    product = hit.what
    why = reasons.product(product.kind, product.product)
    return ProductMention(product.product, product.kind, product.market, duties.span(reading, hit, why))


def _unscreened(release: ScreeningRelease, reading: Reading, code: str) -> Screened:
    """Without a pack: products and contact data only, and the flag that sends the post to a person."""
    reading.products = [hit for hit in reading.products if not hit.what.ambiguous]
    found = list(release.scan.find(reading.words.text, code, health=False))
    mentions = _mentions(reading)
    findings = duties.in_order(_privacy(release.name, found, []))
    reporter = tuple(one.span for one in found if one.contact)
    missing = missing_in_text(False, bool(reporter), bool(mentions), False)
    return Screened(code, _UNKNOWN_SCORE, 0, mentions, findings, True, (), (), reporter, missing)
