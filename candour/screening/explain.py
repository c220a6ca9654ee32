"""Why a post was screened as it was: every finding, what nearly was one and what held it back, and how its language was told.

For one post that a person asks about, on the screen, over the API or with `candour screen --explain`. It reads the post with the reference
engine, so that its findings are those of `screen_text`, and then looks again at what came to nothing. No post on its way to the inbox
passes through here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from candour.core.terms import DutyKind, Finding, Span
from candour.packs.language_schema import concept_names
from candour.screening import adverse, duties, reasons
from candour.screening.adverse import Told
from candour.screening.criteria import Criteria, criteria
from candour.screening.engine import ScreeningRelease, heard_duties, judge, language_of, leaning_of, reading_of, unambiguous
from candour.screening.held_back import SAYS, SPEAKS, Because, of_sign, said_in, weighed
from candour.screening.language import decided_by
from candour.screening.matcher import Hit
from candour.screening.products import Product
from candour.screening.reading import Cue, Reading, SignHit, Symptom
from candour.screening.result import QUEUE_THRESHOLD, SAFETY_THRESHOLD, Screened
from candour.screening.words import cut

#: A post of more near misses tells nothing by listing them all.
MOST_NEAR = 60


class LanguageTold(NamedTuple):
    """The language of a post, its pack (`level` "" where there is none), and what told it (`language.Decided`)."""

    code: str
    name: str
    level: str
    by: str
    words: tuple[str, ...]
    declared: str


class NearMiss(NamedTuple):
    """A sign or symptom that lit and opened no duty: what it came to, what it needed, and what held it back."""

    duty: DutyKind
    score: float
    needed: float
    span: Span
    held: tuple[Because, ...]


class Weighed(NamedTuple):
    """A symptom that counts for the adverse event: its words, what it came to, and everything that spoke for and against."""

    span: Span
    score: float
    because: tuple[Because, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """`screened` is what the post's way to the inbox would have said; `aside`: product names not counted, as they are common words too."""

    screened: Screened
    release: str
    language: LanguageTold
    criteria: Criteria
    weighed: tuple[Weighed, ...]
    near: tuple[NearMiss, ...]
    aside: tuple[Span, ...]


def thresholds(duty: DutyKind) -> tuple[float, float]:
    """From where a duty is found at all, and from where it is a row of the queue."""
    return duties.threshold(duty), QUEUE_THRESHOLD


def explain(release: ScreeningRelease, text: str, lang: str = "", *, named: Callable[[Product], bool] = lambda product: True) -> Explained:
    """Screen one post and say why. `named(product)`: which products of the dictionary count (all, as screening runs).

    Never fails on any text; `screened` equals `screen_text(release, text, lang)` where every product counts.
    """
    words = cut(text, release.known_prefix)
    code = language_of(release, words, lang)
    pack = release.pack(code)
    hits = release.matchers[pack.code].find(words.words) if pack else []
    names = [hit for hit in release.named.find(words.words) if named(hit.what)]
    leaning = leaning_of(release, words, names, pack)
    screened = judge(release, words, hits + names, code, leaning=leaning, heard=heard_duties(release, words, names, pack))
    reading = reading_of(release, words, hits + names, code, leaning)
    every, reading.products = reading.products, unambiguous(reading)
    aside = tuple(_named(reading, hit) for hit in every if hit not in reading.products)
    decided = decided_by(text, words.words, lang, code, release.hearing)
    language = LanguageTold(screened.lang, pack.name if pack else "", pack.level if pack else "", *decided, lang)
    told = adverse.told(reading, pack) if pack else []
    near = sorted(_near(reading, told, hits, screened), key=lambda one: (one.span.start, one.span.end)) if pack else []
    return Explained(
        screened, release.name, language, criteria(screened, ""), tuple(_weighed(reading, told)), tuple(near[:MOST_NEAR]), aside
    )


def _named(reading: Reading, hit: Hit) -> Span:
    return duties.span(reading, hit, reasons.product(hit.what.kind, hit.what.product))


def _weighed(reading: Reading, told: list[Told]) -> Iterator[Weighed]:
    for one in islice((one for one in told if _counts(one)), MOST_NEAR):
        yield Weighed(duties.span(reading, one.hit, reasons.adverse(one)), one.reportable, weighed(reading, one))


def _counts(one: Told) -> bool:
    return one.reportable >= SAFETY_THRESHOLD and one.hit.last > one.hit.first


# near misses


def _near(reading: Reading, told: list[Told], hits: list[Hit], screened: Screened) -> Iterator[NearMiss]:
    yield from _symptoms_near(reading, told)
    yield from _swallowed(reading, hits)
    yield from _signs_near(reading, hits, screened)


def _symptoms_near(reading: Reading, told: list[Told]) -> Iterator[NearMiss]:
    """Symptoms that stay below the safety threshold, with what holds them back."""
    for one in islice((one for one in told if one.reportable < SAFETY_THRESHOLD and one.hit.last > one.hit.first), MOST_NEAR):
        against = tuple(row for row in weighed(reading, one) if row.odds is None or row.odds < 0)
        yield NearMiss(DutyKind.AE, one.reportable, SAFETY_THRESHOLD, duties.span(reading, one.hit, reasons.adverse(one)), against)


def _swallowed(reading: Reading, hits: list[Hit]) -> Iterator[NearMiss]:
    """Symptoms that are part of a turn of speech or of a fear: "afraid of a rash", "sick of waiting"."""
    masks = [mask for role in ("mask", "feared") for mask in reading.anywhere(role)]
    found = (hit for hit in hits if masks and isinstance(hit.what, Symptom) and hit not in reading.symptoms)
    for hit in islice(found, MOST_NEAR):
        by = next((mask for mask in masks if mask.first <= hit.first and hit.last <= mask.last), None)
        if by is not None and isinstance(by.what, Cue):
            code = "feared" if by.what.role == "feared" else "mask"
            span = duties.span(reading, hit, concept_names()[hit.what.concept])
            yield NearMiss(DutyKind.AE, 0.0, SAFETY_THRESHOLD, span, (Because(code, None, said_in(reading, by, code)),))


def _signs_near(reading: Reading, hits: list[Hit], screened: Screened) -> Iterator[NearMiss]:
    """Signs of the other duties that count less than their duty needs, in posts where it was not found by them."""
    medicine = bool(reading.products) or reading.has("drug")
    shown = {(finding.duty, span.start, span.end) for finding in screened.findings for span in finding.spans}
    for hit in islice((hit for hit in hits if isinstance(hit.what, SignHit)), MOST_NEAR):
        sign = hit.what.sign
        held = of_sign(reading, hit, medicine)
        span = duties.span(reading, hit, sign.why)
        score = 0.0 if hit not in reading.rules else duties.rule_score(reading, hit, medicine)
        needed = duties.threshold(sign.duty)
        if held and score < needed and (sign.duty, span.start, span.end) not in shown:
            yield NearMiss(sign.duty, round(score, 4), needed, span, held)


# as plain values


def as_data(one: Explained) -> dict[str, Any]:
    """Everything as plain values, as the API and `--explain` give it."""
    return {
        "release": one.release,
        "language": one.language._asdict() | {"words": list(one.language.words)},
        "score": one.screened.score,
        "label": one.screened.label,
        "unscreened_language": one.screened.unscreened_language,
        "products": [{"product": m.product, "kind": m.kind, "market": m.market, **_span(m.span)} for m in one.screened.mentions],
        "products_set_aside": [_span(span) for span in one.aside],
        "findings": [_finding(finding) for finding in one.screened.findings],
        "weighed": [{"score": row.score, **_span(row.span), "because": [_because(b) for b in row.because]} for row in one.weighed],
        "near_misses": [_near_miss(row) for row in one.near],
        "criteria": [
            {"name": c.name, "found": c.found, "words": list(c.words), "spans": [_span(span) for span in c.spans], "note": c.note}
            for c in one.criteria
        ],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    found_from, queue_from = thresholds(finding.duty)
    row = {"duty": finding.duty.value, "score": finding.score, "found_from": found_from, "queue_from": queue_from, "why": finding.why}
    return row | {"pack": finding.pack, "spans": [_span(span) for span in finding.spans]}


def _near_miss(row: NearMiss) -> dict[str, Any]:
    return {
        "duty": row.duty.value,
        "score": row.score,
        "needed": row.needed,
        **_span(row.span),
        "held_back": [_because(b) for b in row.held],
    }


def _because(because: Because) -> dict[str, Any]:
    says = SAYS.get(because.code) or SPEAKS[because.code]
    if because.code == "model" and because.odds and because.odds > 0:
        says = SPEAKS["model"]
    return {"code": because.code, "says": says, "log_odds": because.odds, "words": _span(because.words) if because.words else None}


def _span(span: Span) -> dict[str, Any]:
    return {"start": span.start, "end": span.end, "words": span.words, "why": span.why}
