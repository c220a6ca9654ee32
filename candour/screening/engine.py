"""Screening of one post: compiled once from packs and product dictionary, then the same answer everywhere.

`release()` reads or makes what screens, `screen_text()` judges one post, `arrow.screen_batch()` a record batch. Nothing here keeps state
between posts except a memory of words already looked up, which changes no answer. A compiled kernel may replace `Matcher.find`; all else
reads its hits.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

from candour.core.collecting import uncollected
from candour.core.terms import DutyKind, Finding, Span
from candour.packs.language_schema import (
    CONCEPTS,
    CUES,
    MEDICINES,
    PERSONAL,
    SIGNS,
    LanguagePack,
    emoji_concepts,
    language_files,
    language_folders,
    load_language,
    medicine_names,
    signs,
)
from candour.screening import adverse, duties, personal, reasons
from candour.screening.criteria import missing_in_text
from candour.screening.forms import forms_of, shared_forms
from candour.screening.language import MOST_KNOWN_WORDS, SMALL_WORDS, identify
from candour.screening.language_model import LanguageModel, load_languages
from candour.screening.matcher import GAP_CHARACTERS, GAP_WORDS, Finder, Hit, Matcher
from candour.screening.model import MODEL, HeardDuty, Model, Models, load_models, model_bytes
from candour.screening.parts import parts_of
from candour.screening.people import ages, patient_spans
from candour.screening.products import (
    INDICATION,
    ORDINARY,
    Product,
    ProductDictionary,
    everyday_words,
    shipped_substances,
    with_medicines_of_others,
)
from candour.screening.reading import Cue, Reading, SignHit, Symptom, TimeWord, read
from candour.screening.result import QUEUE_THRESHOLD, ProductMention, Screened
from candour.screening.uses import USES
from candour.screening.words import Words, cut, fold_words

#: Raise by one whenever the judgement itself changes, so that the release name tells.
_ENGINE = b"engine-12"
SHORTEST_TAG_NAME = 5
LONGEST_TAG_NAME = 40
#: Post scored in a language without a pack: nothing is known, so nothing is claimed; `unscreened_language` sends it to a person.
_UNKNOWN_SCORE = 0.0


@dataclass(frozen=True, slots=True)
class ScreeningRelease:
    """What screens: packs, dictionary, compiled matchers. `name` changes with any byte of either, and with the weights.

    `matchers`: phrases by pack code; `named`: the product dictionary and well-known medicines, the same for every language.
    """

    name: str
    packs: dict[str, LanguagePack]
    matchers: dict[str, Finder]
    named: Finder
    scan: personal.PersonalScan
    product_words: frozenset[str]
    #: Hear how a post sounds, each in its languages.
    models: Models = field(default_factory=Models)
    #: Tells languages apart where script and small words don't.
    hearing: LanguageModel | None = None
    #: A digest of every part (`parts.parts_of`), to tell what changed from one release to the next.
    parts: dict[str, str] = field(default_factory=dict)

    def known_prefix(self, word: str) -> int:
        """Length of the product name a hashtag begins with, 0 for none."""
        sizes = range(min(len(word), LONGEST_TAG_NAME), SHORTEST_TAG_NAME - 1, -1)
        return next((size for size in sizes if word[:size] in self.product_words), 0)

    def pack(self, code: str) -> LanguagePack | None:
        """The pack that reads a language: its own, or the only one of the language (`pt` is read by pt-BR)."""
        if code in self.packs:
            return self.packs[code]
        return next((pack for key, pack in self.packs.items() if key.split("-")[0] == code.split("-")[0]), None)


def release(products: ProductDictionary | None = None, model_folder: Path = MODEL) -> ScreeningRelease:
    """The shipped packs with a product dictionary (None: the shipped substance names). Do it once.

    A release that was made before is read from where it was kept (`kept_release`); else it is made, which takes seconds.
    `model_folder`: where the files of the model lie; none there, no model. The model of languages is always the shipped one.
    """
    from candour.screening import compiling, kept_release  # they stand on this module

    models, hearing = load_models(model_folder), load_languages()
    key = kept_release.key_of(_judgement(), products, models, hearing)
    found = kept_release.load(key, models, hearing) or compiling.made(products, models, hearing, key)
    return found or compiled_release(products, model_folder)


def compiled_release(products: ProductDictionary | None = None, model_folder: Path = MODEL) -> ScreeningRelease:
    """The same as tries in memory, compiled in any case: what every other way to it is held against, and the way without numba."""
    with uncollected():  # all that is made is kept
        every = all_names(products)
        models, hearing, shipped = load_models(model_folder), load_languages(), _shipped_phrases()
        names = Matcher(name_forms(every, shipped.vocabulary))
        name, parts = named_and_parts(every, models, hearing)
        return ScreeningRelease(
            name,
            dict(shipped.packs),
            dict(shipped.matchers),
            names,
            personal.compile_scan(tuple(shipped.packs.values())),
            every.names(),
            models,
            hearing,
            parts,
        )


def all_names(products: ProductDictionary | None) -> ProductDictionary:
    """A company's products with the shipped names of medicines beside them; the shipped names alone where it has none."""
    return with_medicines_of_others(products) if products else shipped_substances()


def named_and_parts(names: ProductDictionary, models: Models, hearing: LanguageModel | None) -> tuple[str, dict[str, str]]:
    """Name of a release over `all_names`, and a digest of every part of it (`parts.parts_of`)."""
    return _name(names, models, hearing), parts_of(_judgement(), names, models, hearing)


def name_forms(names: ProductDictionary, vocabulary: Vocabulary) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Word sequences that name a product or a well-known kind of medicine, with what they mean."""
    yield from names.forms(vocabulary.is_ordinary)
    yield from ((form, _DRUG) for phrase in medicine_names() for form in shared_forms(phrase))


_DRUG = Cue("drug")
#: A stem as long as this makes any word that begins with it a word of its own.
_TELLING_STEM = 5


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words the packs' phrases are made of, and beginnings that more than a medicine's name is told by: such a name is no other word."""

    said: set[str] = field(default_factory=set)
    stems: set[str] = field(default_factory=set)

    def take(self, phrases: list[tuple[tuple[str, ...], Any]]) -> None:
        """Learn the words of a pack's phrases."""
        self.said.update(word.strip("*") for form, _ in phrases for word in form)
        told = {word for form, what in phrases if what != _DRUG for word in form}
        self.stems.update(word.strip("*") for word in told if word.endswith("*") and not word.startswith("*"))

    def is_ordinary(self, word: str, name: str = "") -> bool:
        """Whether a word is one of everyday writing or of the packs' phrases. `name`: the medicine's that it begins with; a stem no longer
        than that tells of the medicine and of no other word."""
        if word in self.said or word in SMALL_WORDS or word in everyday_words():
            return True
        return any(word[:size] in self.stems for size in range(max(_TELLING_STEM, len(name) + 1), len(word)))


def pack_matchers(vocabulary: Vocabulary) -> Iterator[tuple[LanguagePack, Matcher]]:
    """The shipped packs by code, each with what finds its phrases; `vocabulary` learns their words on the way."""
    for folder in sorted(language_folders(), key=lambda one: one.name):
        pack = load_language(folder)
        phrases = list(_phrases(pack))
        vocabulary.take(phrases)
        yield pack, Matcher(phrases, GAP_WORDS if pack.spaced else GAP_CHARACTERS)


@dataclass(frozen=True, slots=True)
class _ShippedPhrases:
    """What of a release no company's products change."""

    packs: dict[str, LanguagePack]
    matchers: dict[str, Finder]
    vocabulary: Vocabulary


@cache
def _shipped_phrases() -> _ShippedPhrases:
    """Compiled once in a process, however many dictionaries of products it meets: nearly all the time of compiling is spent here."""
    vocabulary = Vocabulary()
    found = list(pack_matchers(vocabulary))
    return _ShippedPhrases({pack.code: pack for pack, _ in found}, {pack.code: matcher for pack, matcher in found}, vocabulary)


def shipped_name() -> str:
    """Name of the shipped packs and model over no product names at all: what figures of quality belong to. Compiles nothing."""
    return _name(ProductDictionary((), ""), load_models(), load_languages())


def release_name(products: ProductDictionary | None = None) -> str:
    """Name that `release(products)` has, without compiling it."""
    return _name(all_names(products), load_models(), load_languages())


def _judgement() -> bytes:
    return _ENGINE + repr((sorted(adverse.WEIGHTS.items()), sorted(adverse.DUTY_WEIGHTS.items()))).encode()


def _name(products: ProductDictionary, models: Models, hearing: LanguageModel | None) -> str:
    digest = hashlib.sha256(_judgement())
    for path in (CONCEPTS, CUES, MEDICINES, SIGNS, PERSONAL, ORDINARY, USES, *language_files()):
        digest.update(path.read_bytes())
    digest.update(products.digest.encode())
    digest.update(model_bytes(models))
    digest.update(hearing.digest.encode() if hearing else b"")
    return f"screening@{digest.hexdigest()[:10]}"


def _phrases(pack: LanguagePack) -> Iterator[tuple[tuple[str, ...], Any]]:
    # of two concepts said by the same words the earlier is taken: a part of the body says more than "pain"
    for concept, phrases in sorted(pack.symptoms.items(), key=lambda item: (item[0].startswith("general."), item[0])):
        yield from _forms(pack, phrases, Symptom(concept))
    for emoji, concept in emoji_concepts().items():
        yield (emoji,), Symptom(concept)
    for role, phrases in pack.cues.items():
        yield from _forms(pack, phrases, Cue(role))
    for key, phrases in pack.signs.items():
        yield from _forms(pack, phrases, SignHit(key, signs()[key]))
    yield from _time_words(pack)


def _forms(pack: LanguagePack, phrases: tuple[str, ...], what: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    for phrase in phrases:
        for form in forms_of(pack, phrase):
            yield form, what


def _time_words(pack: LanguagePack) -> Iterator[tuple[tuple[str, ...], Any]]:
    rows = [
        *((word, TimeWord(days, False)) for word, days in pack.time.days.items()),
        *((word, TimeWord(0.0, True)) for word in pack.time.now),
    ]
    for word, what in rows:
        if form := fold_words(word):
            yield form, what


def screen_text(release: ScreeningRelease, text: str, lang: str = "") -> Screened:
    """Judge one post. `lang` is what its source declared, "" for nothing. Never fails on any text; same text, same answer."""
    words = cut(text, release.known_prefix)
    code = language_of(release, words, lang)
    pack = release.pack(code)
    hits = release.matchers[pack.code].find(words.words) if pack else []
    named = release.named.find(words.words)
    heard = heard_duties(release, words, named, pack)
    return judge(release, words, hits + named, code, leaning=leaning_of(release, words, named, pack), heard=heard)


def language_of(release: ScreeningRelease, words: Words, lang: str) -> str:
    """The language code of a post cut into words."""
    return identify(words.text, words.words, lang, release.packs, partial(_known_words, release, words), release.hearing)


def leaning_of(release: ScreeningRelease, words: Words, named: list[Hit], pack: LanguagePack | None) -> float:
    """Log-odds of the model of a post's language, 0 where its phrases judge alone. `named`: hits of product names."""
    model = release.models.of(pack.code) if pack else None
    return model.leaning(words, masked(named)) if model else 0.0


def heard_duties(release: ScreeningRelease, words: Words, named: list[Hit], pack: LanguagePack | None) -> list[HeardDuty]:
    """The other duties that the model hears in a post, none in a language without a pack. `named`: hits of product names."""
    own = release.models.duties
    return own.hear(words, masked(named), pack.code) if own and pack else []


def masked(hits: list[Hit]) -> set[int]:
    """The words that are part of a product's name, among hits of any kind: what the model never hears."""
    named = (hit for hit in hits if isinstance(hit.what, Product) and hit.what.kind != INDICATION)
    return {at for hit in named for at in range(hit.first, hit.last)}


def _known_words(release: ScreeningRelease, words: Words, code: str) -> int:
    return sum(map(release.matchers[code].knows, words.words[:MOST_KNOWN_WORDS]))


def judge(
    release: ScreeningRelease,
    words: Words,
    hits: list[Hit],
    code: str,
    private: bool = True,
    leaning: float = 0.0,
    heard: Sequence[HeardDuty] = (),
) -> Screened:
    """Judge a post cut into words, from the hits of its language's phrases and then of the products, each in the matcher's order.

    `private`: whether there may be personal data in it; `leaning`: log-odds of the model; `heard`: other duties by the model of duties.
    """
    pack, reading = release.pack(code), reading_of(release, words, hits, code, leaning)
    return _judge(release, reading, pack, private, heard) if pack else _unscreened(release, reading, code)


def reading_of(release: ScreeningRelease, words: Words, hits: list[Hit], code: str, leaning: float) -> Reading:
    """A post as it is read before it is judged: hits sorted, and what the model adds in a language it knows."""
    pack = release.pack(code)
    reading = read(words, hits, 1 if pack is None or pack.spaced else 3)
    if pack and (model := release.models.of(pack.code)):
        _lean(reading, model, leaning, hits)
    return reading


def _lean(reading: Reading, model: Model, leaning: float, hits: list[Hit]) -> None:
    """Let the model speak: its log-odds, its weights, and the words in which it hears a reaction, should no phrase tell one."""
    reading.leaning, reading.lights = leaning * model.weight, model.lights or None
    if model.lights and model.wakes is not None and leaning >= model.wakes and not reading.symptoms and reading.words.starts:
        reading.sounding = lambda: model.strongest(reading.words, masked(hits))


def _judge(release: ScreeningRelease, reading: Reading, pack: LanguagePack, private: bool, heard: Sequence[HeardDuty]) -> Screened:
    text = reading.words.text
    reading.products = unambiguous(reading)
    all_told = [(told, told.weighed()) for told in adverse.told(reading, pack)]
    score = max([sums.score for _, sums in all_told], default=0.0)
    shown = duties.adverse_spans(reading, all_told)
    event = tuple(one.span for one in shown if one.named and one.stands)
    mentions = _mentions(reading)
    found = list(release.scan.find(text, pack.code, health=bool(event))) if private else []
    findings = _findings(release, reading, shown, mentions, found, heard)
    patient = patient_spans(reading, text)
    reporter = tuple(one.span for one in found if one.contact)
    missing = missing_in_text(bool(patient), bool(reporter), bool(mentions), bool(event))
    label = int(score >= QUEUE_THRESHOLD)
    return Screened(pack.code, score, label, mentions, findings, False, patient, event, reporter, missing)


def judge_private(release: ScreeningRelease, text: str, code: str, patient: bool) -> Screened:
    """A post in which no phrase came to anything, asked for personal data alone. `patient`: a person is named in it.

    As `judge` in everything a row shows; the words that name the person are given only beside a finding.
    """
    pack = release.pack(code)
    found = list(release.scan.find(text, pack.code if pack else code, health=False))
    findings = duties.in_order(privacy(release.name, found, []))
    if findings and pack:
        return _judged_again(release, text, pack)
    reporter = tuple(one.span for one in found if one.contact)
    told = pack is not None and (patient or bool(ages(text)))
    missing = missing_in_text(told, bool(reporter), False, False)
    lang = pack.code if pack else code.split("-")[0]
    return Screened(lang, 0.0, 0, (), findings, pack is None, (), (), reporter, missing)


def _judged_again(release: ScreeningRelease, text: str, pack: LanguagePack) -> Screened:
    words = cut(text, release.known_prefix)
    hits = release.matchers[pack.code].find(words.words) + release.named.find(words.words)
    return judge(release, words, hits, pack.code, leaning=-math.inf)  # the model heard nothing, else the post were no quiet one


def _findings(
    release: ScreeningRelease,
    reading: Reading,
    shown: list[duties.Shown],
    mentions: tuple[ProductMention, ...],
    found: list[personal.PersonalData],
    heard: Sequence[HeardDuty],
) -> tuple[Finding, ...]:
    medicine, name = bool(reading.products) or reading.has("drug"), release.name
    findings = [one for one in duties.rule_findings(reading, medicine, name) if one.duty != DutyKind.PRIVACY]
    if heard and release.models.duties:
        told = {one.duty for one in findings}
        owed = duties.still_owed(heard, told, release.models.duties, medicine)
        findings += [duties.heard_finding(one, duties.span(reading, Hit(one.first, one.last, None), duties.HEARD), name) for one in owed]
    event = duties.adverse_finding(shown, [mention.span for mention in mentions], name)
    private = privacy(name, found, _privacy_phrases(reading))
    return duties.in_order([*findings, *([event] if event else []), *private])


def _privacy_phrases(reading: Reading) -> list[tuple[float, Span]]:
    hits = [hit for hit in reading.rules if hit.what.sign.duty == DutyKind.PRIVACY]
    return [(hit.what.sign.score, duties.span(reading, hit, hit.what.sign.why)) for hit in hits]


def privacy(name: str, found: list[personal.PersonalData], phrases: list[tuple[float, Span]]) -> list[Finding]:
    """The finding of personal data, from what patterns and phrases found."""
    scored = [(one.score, one.span) for one in found] + phrases
    return list(duties.combine(DutyKind.PRIVACY, scored, name)) if scored else []


def unambiguous(reading: Reading) -> list[Hit]:
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
    findings = duties.in_order(privacy(release.name, found, []))
    reporter = tuple(one.span for one in found if one.contact)
    missing = missing_in_text(False, bool(reporter), bool(mentions), False)
    return Screened(code.split("-")[0], _UNKNOWN_SCORE, 0, mentions, findings, True, (), (), reporter, missing)
