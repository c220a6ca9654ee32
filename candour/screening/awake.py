"""Judgements of posts that woke, put into words from the rows of the kernel (`kernel_judge`): the same as `engine.judge`, byte for byte.

What posts have in common is looked up, and words are cut out of a text only where they are shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from candour.core.terms import Finding, Span
from candour.screening import adverse, duties, reasons
from candour.screening.adverse import Odds, Sums, Told
from candour.screening.criteria import missing_in_text
from candour.screening.engine import ScreeningRelease, privacy
from candour.screening.judged_rows import BY_REFERENCE, BY_ROWS, FAR, HEARD_ALONE, PATIENT_AT, PRODUCTS_AT, SIGNS_AT, TOLD_AT
from candour.screening.matcher import Hit
from candour.screening.meaning_tables import DUTIES, Named
from candour.screening.model import Model
from candour.screening.people import spans_of
from candour.screening.personal import PersonalData
from candour.screening.result import QUEUE_THRESHOLD, SAFETY_THRESHOLD, ProductMention, Screened

#: A row of the kernel, its columns as `kernel_judge` lists them.
Row = list[int]
_MEMORY = 50_000
#: Where something told stands is said by its span.
_PLACE = Hit(0, 0, None)


class Post(NamedTuple):
    """A post that woke. `leaning`: log-odds of the model as they came; `private`, `aged`: whether there may be personal data or an age in
    it."""

    text: str
    code: str
    leaning: float
    private: bool
    aged: bool


class Rows(NamedTuple):
    """The rows of one post. `other`: whether the patient is another person than the author; `medicine`: whether one is told of, and
    `asked_for` as a rule asks for it."""

    told: list[Row]
    signs: list[Row]
    scores: list[float]
    products: list[Row]
    patient: list[Row]
    other: int
    medicine: int
    asked_for: int


class _Voice(NamedTuple):
    """How a language is judged. `model`: the one trained in it; `weights`: its log-odds per light, None for those of the phrases; `known`:
    what was told before, by all of its row that counts."""

    code: str
    model: Model | None
    weights: Mapping[str, float] | None
    odds: Odds
    needs_medicine: bool
    known: dict[tuple[int, ...], tuple[Told, Sums]]


class AwakeJudge:
    """Puts rows into words for one release. Threads may share it: what it remembers changes no answer."""

    def __init__(self, release: ScreeningRelease, named: Named) -> None:
        self._release = release
        self._concepts = [*named.concepts, ""]  # -1 is none
        self._signs = named.signs
        self._first_product = named.first_product
        self._voices: dict[str, _Voice] = {}

    def judge(self, post: Post, rows: Rows) -> Screened:
        """The judgement of a post in a language with a pack."""
        voice = self._voices.get(post.code) or self._voice(post.code)
        told = self._told(post, voice, rows)
        score, shown = 0.0, []
        for one, sums, row in told:
            score = max(score, sums.score)
            if sums.duty >= SAFETY_THRESHOLD or (one.concept and sums.stands):
                shown.append((one, sums.duty, _span(post.text, row, reasons.adverse(one))))
        event = tuple([span for one, _, span in shown if one.concept and one.stands])
        mentions = self._mentions(post.text, rows.products) if rows.products else ()
        found = list(self._release.scan.find(post.text, voice.code, health=bool(event))) if post.private else []
        findings = self._findings(post.text, rows, shown, mentions, found)
        reporter = tuple([one.span for one in found if one.contact])
        patient = spans_of(rows.patient, rows.other, post.aged, post.text) if rows.patient or post.aged else ()
        missing = missing_in_text(bool(patient), bool(reporter), bool(mentions), bool(event))
        return Screened(voice.code, score, int(score >= QUEUE_THRESHOLD), mentions, findings, False, patient, event, reporter, missing)

    def _voice(self, code: str) -> _Voice:
        pack = self._release.pack(code)
        if pack is None:
            raise ValueError("Judge by rows only what a pack reads.")
        own = self._release.models.of(pack.code)
        weights = (own.lights or None) if own is not None else None
        voice = _Voice(pack.code, own, weights, adverse.odds_of(weights), adverse.needs_medicine(weights, pack.code), {})
        self._voices[code] = voice
        return voice

    def _told(self, post: Post, voice: _Voice, rows: Rows) -> list[tuple[Told, Sums, Row]]:
        """What is told, what it counts, and its row."""
        if not rows.told:
            return []
        leaning, first = post.leaning * voice.model.weight if voice.model else 0.0, rows.told[0]
        if first[3] == HEARD_ALONE:
            one = adverse.heard(leaning, voice.weights, voice.code, medicine=bool(rows.medicine))._replace(product_distance=_away(first))
            return [(one, one.weighed(), first)] if voice.weights else []
        if voice.weights is None and leaning == 0.0:
            return [(*(voice.known.get(tuple(row[2:6])) or self._remembered(row, voice)), row) for row in rows.told]
        every = [self._lit(row, leaning, voice) for row in rows.told]
        if voice.weights and every[0].concept:
            every = _accompanied(every, rows.told, voice.weights)
        return [(one, one.weighed(), row) for one, row in zip(every, rows.told, strict=True)]

    def _lit(self, row: Row, leaning: float, voice: _Voice) -> Told:
        _, _, number, seen, said, _, _ = row
        concept = self._concepts[number]
        lights = adverse.lights_of(concept, said, seen)
        return Told(_PLACE, concept, lights, _away(row), leaning, voice.odds, voice.needs_medicine)

    def _remembered(self, row: Row, voice: _Voice) -> tuple[Told, Sums]:
        """What is told and what it counts by the phrases alone: the same comes again and again."""
        if len(voice.known) > _MEMORY:
            voice.known.clear()
        told = self._lit(row, 0.0, voice)
        both = voice.known[tuple(row[2:6])] = told, told.weighed()
        return both

    def _mentions(self, text: str, rows: list[Row]) -> tuple[ProductMention, ...]:
        meanings, out = self._release.named.meanings, []
        for row in rows:
            one = meanings[row[2] - self._first_product]
            out.append(ProductMention(one.product, one.kind, one.market, _span(text, row, reasons.product(one.kind, one.product))))
        return tuple(out)

    def _findings(
        self,
        text: str,
        rows: Rows,
        shown: list[tuple[Told, float, Span]],
        mentions: tuple[ProductMention, ...],
        found: list[PersonalData],
    ) -> tuple[Finding, ...]:
        name = self._release.name
        findings = self._of_signs(text, rows, name) if rows.signs else []
        event = duties.adverse_finding(shown, [mention.span for mention in mentions], name) if shown else None
        if event:
            findings.append(event)
        if found:
            findings += privacy(name, found, [])
        return duties.in_order(findings) if len(findings) > 1 else tuple(findings)

    def _of_signs(self, text: str, rows: Rows, name: str) -> list[Finding]:
        by_duty: dict[int, list[tuple[float, Span]]] = {}
        medicine = bool(rows.asked_for)
        for row, score in zip(rows.signs, rows.scores, strict=True):
            duty, sign, away = row[2], row[3], row[4]
            why = reasons.rule(self._signs[sign].why, medicine, None if away == FAR else away) if sign >= 0 else duties.ASKED
            by_duty.setdefault(duty, []).append((score, _span(text, row, why)))
        return [one for duty, scored in by_duty.items() for one in duties.combine(DUTIES[duty], scored, name)]


def rows_of(judged: Any, awake: NDArray[np.int64]) -> Iterator[tuple[int, Rows | None]]:
    """The rows of posts as plain lists, by place; None for one that the reference must judge, and nothing for one that is judged again."""
    posts = judged.posts.tolist()
    told_all, signs_all, products_all, patient_all = (
        rows[: posts[-1][column]].tolist()
        for rows, column in ((judged.told, TOLD_AT), (judged.signs, SIGNS_AT), (judged.products, PRODUCTS_AT), (judged.patient, PATIENT_AT))
    )
    scores = judged.scores[: len(signs_all)].tolist()
    for at, post, (told_end, signs_end, products_end, patient_end, *_) in zip(awake.tolist(), posts, posts[1:], strict=False):
        told, signs, products, patient, judge, medicine, asked_for, other = post
        if judge == BY_ROWS:
            yield (
                at,
                Rows(
                    told_all[told:told_end],
                    signs_all[signs:signs_end],
                    scores[signs:signs_end],
                    products_all[products:products_end],
                    patient_all[patient:patient_end],
                    other,
                    medicine,
                    asked_for,
                ),
            )
        elif judge == BY_REFERENCE:
            yield at, None


def _away(row: Row) -> int | None:
    return None if row[5] == FAR else row[5]


def _span(text: str, row: Row, why: str) -> Span:
    start, end = row[0], row[1]
    return Span(start, end, text[start:end], why)


def _accompanied(every: list[Told], rows: list[Row], weights: Mapping[str, float]) -> list[Told]:
    """Each symptom that stands with what the model adds for all that stand in its sentence, as `adverse.told` does."""
    found: dict[int, set[str]] = {}
    for one, row in zip(every, rows, strict=True):
        if one.stands:
            found.setdefault(row[6], set()).add(one.concept)
    added = {sentence: sum(weights.get(concept, 0.0) for concept in sorted(concepts)) for sentence, concepts in found.items()}
    return [adverse.beside(one, added[row[6]]) if one.stands else one for one, row in zip(every, rows, strict=True)]
