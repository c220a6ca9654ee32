"""All duties a post owes, with their words and reasons."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple

from candour.core.terms import SAFETY_DUTIES, DutyKind, Finding, Span
from candour.packs.language_schema import Sign
from candour.screening import reasons
from candour.screening.adverse import Sums, Told, squash
from candour.screening.matcher import Hit
from candour.screening.model import DutyModel, HeardDuty
from candour.screening.products import COMPETITOR, MEDICINE, SUBSTANCE
from candour.screening.reading import Reading, negated
from candour.screening.result import QUEUE_THRESHOLD, SAFETY_THRESHOLD

#: A rule that needs a medicine and finds none keeps this part of its score: below the thresholds unless a person looks for near misses.
WITHOUT_NEED = 0.4
SECOND_SIGN = 0.05
#: A weak sign of praise or complaint counts
#: beside a word for what the company offers (a service, a page, a printed piece); praise beside a product too.
OFFER_LIFT = 0.2
#: A question that names the product, and one that only follows it in the post.
ASKED_OF_PRODUCT = 0.65
ASKED_AFTER_PRODUCT = 0.55
SHORTEST_QUESTION = 4
ASKED = reasons.rule("Asked in a post that names a product", True, None)
HEARD = "Told in words of no list: the post sounds like others that owe this"
#: A question in words of these duties is theirs: "who replaces the broken pen?", "is it recalled?".
NOT_MEDICAL = frozenset({DutyKind.PQC, DutyKind.CRISIS, DutyKind.COMPLAINT, DutyKind.SPAM, DutyKind.MISINFORMATION})
#: Kinds of names that are no product of the customer's.
ANYBODYS = frozenset({COMPETITOR, SUBSTANCE, MEDICINE})
HIGHEST = 0.97
_ORDER = {duty: at for at, duty in enumerate(DutyKind)}
_THRESHOLDS = {duty: SAFETY_THRESHOLD if duty in SAFETY_DUTIES else QUEUE_THRESHOLD for duty in DutyKind}


def threshold(duty: DutyKind) -> float:
    """From which score a duty is found."""
    return _THRESHOLDS[duty]


def span(reading: Reading, hit: Hit, why: str) -> Span:
    """The words of a hit, as they stand in the post."""
    start, end = reading.words.stretch(hit.first, hit.last)
    return Span(start, end, reading.words.text[start:end], why)


class Shown(NamedTuple):
    """A told symptom that is shown, as event or in the finding: whether it has a name, whether it stands, what it counts for the duty, and
    its words."""

    named: bool
    stands: bool
    owed: float
    span: Span


def adverse_spans(reading: Reading, all_told: list[tuple[Told, Sums]]) -> list[Shown]:
    """Those told symptoms that are shown."""
    return [
        Shown(bool(told.concept), sums.stands, sums.duty, span(reading, told.hit, reasons.adverse(told)))
        for told, sums in all_told
        if sums.duty >= SAFETY_THRESHOLD or (told.concept and sums.stands)
    ]


def adverse_finding(shown: list[Shown], mentions: list[Span], pack: str) -> Finding | None:
    """The AE finding from the `adverse_spans`, or None below the safety threshold. Spans: standing symptoms, then products."""
    counted = [one for one in shown if one.owed >= SAFETY_THRESHOLD]
    counted = [one for one in counted if one.stands] or counted
    if not counted:
        return None
    best = max(counted, key=attrgetter("owed"))
    return Finding(DutyKind.AE, best.owed, _unique([one.span for one in counted] + mentions), best.span.why, pack)


def rule_findings(reading: Reading, medicine: bool, pack: str) -> Iterator[Finding]:
    """One finding per duty whose rules reach its threshold."""
    by_duty: dict[DutyKind, list[tuple[float, Hit]]] = {}
    for hit in reading.rules:
        if score := rule_score(reading, hit, medicine):
            for duty in _opened(reading, hit):
                by_duty.setdefault(duty, []).append((score, hit))
    for duty, hits in by_duty.items():
        if may_reach(duty, [score for score, _ in hits]):
            yield from combine(duty, [(score, _rule_span(reading, hit, medicine)) for score, hit in hits], pack)
    if reading.products and DutyKind.MIR not in by_duty:
        yield from combine(DutyKind.MIR, list(_asked(reading)), pack)


def _opened(reading: Reading, hit: Hit) -> tuple[DutyKind, ...]:
    """The duty of a sign, and the one it opens as well where it is told: use outside the label is a special situation, the question not."""
    sign = hit.what.sign
    if sign.also is None or reading.asked(reading.words.sentence[hit.first]):
        return (sign.duty,)
    return sign.duty, sign.also


def may_reach(duty: DutyKind, scores: list[float]) -> bool:
    """Whether signs of such scores reach the threshold of their duty if all have different reasons."""
    return min(HIGHEST, max(scores) + SECOND_SIGN * (len(scores) - 1)) >= threshold(duty)


def _rule_span(reading: Reading, hit: Hit, medicine: bool) -> Span:
    return span(reading, hit, reasons.rule(hit.what.sign.why, medicine, _distance(reading, hit)))


def combine(duty: DutyKind, scored: list[tuple[float, Span]], pack: str) -> Iterator[Finding]:
    """The finding of a duty from its signs; further different reasons add a little. Nothing below the threshold."""
    if not scored:
        return
    if len(scored) == 1:  # most have one
        score, only = scored[0]
        if min(HIGHEST, score) >= threshold(duty):
            yield Finding(duty, round(min(HIGHEST, score), 4), (only,), only.why, pack)
        return
    best, first = max(scored, key=lambda item: (item[0], -item[1].start))
    score = min(HIGHEST, best + SECOND_SIGN * (len({one.why.split(",")[0] for _, one in scored}) - 1))
    if score >= threshold(duty):
        yield Finding(duty, round(score, 4), _unique([one for _, one in scored]), first.why, pack)


def still_owed(heard: Iterable[HeardDuty], told: Container[DutyKind], model: DutyModel, medicine: bool) -> Iterator[HeardDuty]:
    """Of the duties heard those that no phrase tells of, `medicine`: of a post in which one is spoken of."""
    return (one for one in heard if one.duty not in told and (medicine or one.duty not in model.needs_medicine))


def heard_finding(heard: HeardDuty, words: Span, pack: str) -> Finding:
    """The finding of a duty that no phrase tells of."""
    return Finding(heard.duty, min(HIGHEST, squash(heard.odds)), (words,), words.why, pack)


def _asked(reading: Reading) -> Iterator[tuple[float, Span]]:
    """Questions in a post that names a product, whatever they ask: a person of medical information decides whether to answer."""
    words = reading.words
    named = {words.sentence[product.first] for product in reading.products}
    others = {words.sentence[hit.first] for hit in reading.rules if hit.what.sign.duty in NOT_MEDICAL}
    excluded = others | {words.sentence[hit.first] for hit in reading.anywhere("set_aside")}
    borders = pairwise([*words.sentence_starts.values(), len(words.starts)])
    for sentence, (start, end) in zip(words.sentence_starts, borders, strict=True) if named else ():
        if end - start < SHORTEST_QUESTION or sentence not in words.asked or sentence in excluded:
            continue
        if sentence in named or (
            sentence > min(named) and (reading.in_sentence("question", sentence) or reading.in_sentence("asking", sentence))
        ):
            first, last = words.stretch(start, end)
            score = ASKED_OF_PRODUCT if sentence in named else ASKED_AFTER_PRODUCT
            yield score, Span(first, last, words.text[first:last], ASKED)


def rule_score(reading: Reading, hit: Hit, medicine: bool) -> float:
    """What a sign counts for its duty as it stands in the post; 0 when it is taken back."""
    rule = hit.what.sign
    sentence = reading.words.sentence[hit.first]
    if rule.question and not reading.asked(sentence):
        return 0.0
    if rule.negatable and negated(reading, hit):
        return 0.0
    if rule.reported and announced(reading):
        return 0.0
    met = medicine if "medicine" in rule.needs else True
    if "person" in rule.needs:
        met = met and reading.has("self", "other")
    if rule.score < QUEUE_THRESHOLD and _about_the_offer(reading, rule.duty):
        return float(rule.score + OFFER_LIFT)
    return float(rule.score if met else rule.score * WITHOUT_NEED)


def announced(reading: Reading) -> bool:
    """Whether an authority, the press or an advert speaks of somebody else's medicine, and nobody of himself."""
    own = any(hit.what.kind not in ANYBODYS for hit in reading.products)
    return not own and reading.has("notice") and not reading.has("self")


def most_score(rule: Sign, medicine: bool, offer: bool) -> float:
    """The most that `_rule_score` can give a sign in a post without a product."""
    if rule.score < QUEUE_THRESHOLD and offer and rule.duty in (DutyKind.PRAISE, DutyKind.COMPLAINT):
        return float(rule.score + OFFER_LIFT)
    return float(rule.score if medicine or "medicine" not in rule.needs else rule.score * WITHOUT_NEED)


def _about_the_offer(reading: Reading, duty: DutyKind) -> bool:
    """A product alone lifts no complaint: "it doesn't work" is lack of effect, not trouble with a service."""
    if duty == DutyKind.PRAISE:
        return reading.has("offer") or bool(reading.products)
    return duty == DutyKind.COMPLAINT and reading.has("offer")


def _distance(reading: Reading, hit: Hit) -> int | None:
    if not reading.products:
        return None
    product = reading.nearest_product(hit)
    gap = max(hit.first - product.last, product.first - hit.last) if product else 0
    return gap if gap > 0 else None


def _unique(spans: list[Span]) -> tuple[Span, ...]:
    """In order; of several spans inside one another with the same reason the longest stays."""
    if len(spans) == 1:
        return (spans[0],)
    kept: list[Span] = []
    for one in sorted(spans, key=lambda s: (s.start, -s.end, s.why)):
        if not kept or one.start >= kept[-1].end or one.why != kept[-1].why:
            kept.append(one)
    return tuple(dict.fromkeys(kept))


def in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    """Safety duties first, as the field lists them."""
    return tuple(sorted(findings, key=lambda finding: _ORDER[finding.duty]))
