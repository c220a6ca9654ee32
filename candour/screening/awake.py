"""Judgements of posts that woke, put into words from the rows of the kernel (`kernel_judge`): the same as `engine.judge`, byte for byte.

What posts have in common is looked up, and words are cut out of a text only where they are shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from candour.core.terms import DutyKind, Finding, Span
from candour.screening import adverse, duties, reasons
from candour.screening.adverse import Lit, Sums
from candour.screening.criteria import missing_in_text
from candour.screening.engine import ScreeningRelease, privacy
from candour.screening.judged_rows import BY_REFERENCE, BY_ROWS, FAR, HEARD_ALONE, PATIENT_AT, PRODUCTS_AT, SIGNS_AT, TOLD_AT
from candour.screening.meaning_tables import DUTIES, Named
from candour.screening.model import DutyModel, HeardDuty
from candour.screening.people import spans_of
from candour.screening.personal import PersonalData
from candour.screening.result import QUEUE_THRESHOLD, SAFETY_THRESHOLD, ProductMention, Screened
from candour.screening.voices import HEARD, Voice, Voices

#: A row of the kernel, its columns as `kernel_judge` lists them.
Row = list[int]


class Owed(NamedTuple):
    """A duty heard by the model of duties, and where its words begin and end in the text."""

    heard: HeardDuty
    start: int
    end: int


class Post(NamedTuple):
    """A post that woke. `leaning`: log-odds of the model as they came; `private`, `aged`: whether there may be personal data or an age in
    it; `owed`: other duties that the model hears."""

    text: str
    code: str
    leaning: float
    private: bool
    aged: bool
    owed: Sequence[Owed] = ()


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


class AwakeJudge:
    """Puts rows into words for one release. Threads may share it: what it remembers changes no answer."""

    def __init__(self, release: ScreeningRelease, named: Named, voices: Voices) -> None:
        self._release = release
        self._signs = named.signs
        self._first_product = named.first_product
        self._voices = voices

    def judge(self, post: Post, rows: Rows) -> Screened:
        """The judgement of a post in a language with a pack."""
        voice = self._voices.of(post.code)
        told = self._told(post, voice, rows)
        score, shown = 0.0, []
        for concept, lights, (own, duty, stands), row in told:
            score = max(score, own)
            if duty >= SAFETY_THRESHOLD or (concept and stands):
                why = reasons.reaction(concept, lights, _away(row))
                shown.append(duties.Shown(bool(concept), stands, duty, _span(post.text, row, why)))
        event = tuple([one.span for one in shown if one.named and one.stands])
        mentions = self._mentions(post.text, rows.products) if rows.products else ()
        found = list(self._release.scan.find(post.text, voice.code, health=bool(event))) if post.private else []
        findings = self._findings(post, rows, shown, mentions, found)
        reporter = tuple([one.span for one in found if one.contact])
        patient = spans_of(rows.patient, rows.other, post.aged, post.text) if rows.patient or post.aged else ()
        missing = missing_in_text(bool(patient), bool(reporter), bool(mentions), bool(event))
        return Screened(voice.code, score, int(score >= QUEUE_THRESHOLD), mentions, findings, False, patient, event, reporter, missing)

    def heard(self, code: str, leaning: float, *, patient: bool, medicine: bool) -> Screened:
        """The judgement of a post in which only the model hears something, too little for a finding; no personal data in it. `leaning`: as
        it came; `patient`: a person is named in it; `medicine`: one is told of."""
        voice = self._voices.of(code)
        if voice.model is None:
            raise ValueError("Judge by the model only what a model of the release can read.")
        score = adverse.weigh(self._voices.lit(HEARD[medicine], voice)[1], voice.leaning(leaning)).score
        found = voice.heard.get((patient, score))
        if found is None:
            missing = missing_in_text(patient, False, False, False)
            found = voice.heard[patient, score] = Screened(
                voice.code, score, int(score >= QUEUE_THRESHOLD), (), (), False, (), (), (), missing
            )
        return found

    def _told(self, post: Post, voice: Voice, rows: Rows) -> list[tuple[str, frozenset[str], Sums, Row]]:
        """What is told: its concept, its lights, what it counts, and its row."""
        if not rows.told:
            return []
        leaning, first = voice.leaning(post.leaning), rows.told[0]
        if first[3] == HEARD_ALONE:
            lit = self._voices.lit(HEARD[rows.medicine != 0], voice)[1]
            return [("", lit.lights, adverse.weigh(lit, leaning), first)] if voice.weights else []
        every = [self._voices.lit((row[2], row[3], row[4]), voice) for row in rows.told]
        added = _company(every, rows.told, voice.weights) if voice.weights and every[0][0] else [0.0] * len(every)
        weighed = [adverse.weigh(lit, leaning, company) for (_, lit), company in zip(every, added, strict=True)]
        return [(concept, lit.lights, sums, row) for (concept, lit), sums, row in zip(every, weighed, rows.told, strict=True)]

    def _mentions(self, text: str, rows: list[Row]) -> tuple[ProductMention, ...]:
        meanings, out = self._release.named.meanings, []
        for row in rows:
            one = meanings[row[2] - self._first_product]
            out.append(ProductMention(one.product, one.kind, one.market, _span(text, row, reasons.product(one.kind, one.product))))
        return tuple(out)

    def _findings(
        self,
        post: Post,
        rows: Rows,
        shown: list[duties.Shown],
        mentions: tuple[ProductMention, ...],
        found: list[PersonalData],
    ) -> tuple[Finding, ...]:
        name = self._release.name
        findings = self._of_signs(post.text, rows, name) if rows.signs else []
        if post.owed and self._release.models.duties:
            findings += self._of_sound(post, {one.duty for one in findings}, self._release.models.duties, bool(rows.asked_for))
        event = duties.adverse_finding(shown, [mention.span for mention in mentions], name) if shown else None
        if event:
            findings.append(event)
        if found:
            findings += privacy(name, found, [])
        return duties.in_order(findings) if len(findings) > 1 else tuple(findings)

    def _of_sound(self, post: Post, told: set[DutyKind], model: DutyModel, medicine: bool) -> Iterator[Finding]:
        """Findings of duties that only the model hears."""
        places = {one.heard.duty: one for one in post.owed}
        for heard in duties.still_owed([one.heard for one in post.owed], told, model, medicine):
            _, start, end = places[heard.duty]
            yield duties.heard_finding(heard, Span(start, end, post.text[start:end], duties.HEARD), self._release.name)

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


def _company(every: list[tuple[str, Lit]], rows: list[Row], weights: Mapping[str, float]) -> list[float]:
    """What the model adds to each symptom for all that stand in its sentence, as `adverse.told` does."""
    if len(every) == 1:
        concept, lit = every[0]
        return [weights.get(concept, 0.0) if lit.sums.stands else 0.0]
    found: dict[int, set[str]] = {}
    for (concept, lit), row in zip(every, rows, strict=True):
        if lit.sums.stands:
            found.setdefault(row[6], set()).add(concept)
    added = {sentence: sum(weights.get(concept, 0.0) for concept in sorted(concepts)) for sentence, concepts in found.items()}
    return [added[row[6]] if lit.sums.stands else 0.0 for (_, lit), row in zip(every, rows, strict=True)]
