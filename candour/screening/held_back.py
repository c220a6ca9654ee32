"""What makes a sign or symptom count less, or not at all, and by which words of the post. Read only where somebody asks why."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from candour.core.terms import Span
from candour.screening import adverse, duties
from candour.screening.adverse import DUTY_WEIGHTS, Told
from candour.screening.matcher import Hit
from candour.screening.reading import Reading, negated

#: What holds back, in plain English; the screens say it in the reader's language.
SAYS = {
    "negated": "denied",
    "hypothetical": "only supposed",
    "asked": "asked, not told",
    "indicated": "what the medicine is taken for",
    "feared": "feared, not told",
    "relief": "told as better or gone",
    "older": "older than the use of the medicine",
    "general": "told of people in general, in news, a study or a leaflet",
    "impersonal": "nobody in particular had it",
    "not_caused": "said not to come from the medicine",
    "welcome": "told as welcome",
    "stopped": "after stopping the medicine",
    "not_yet": "the medicine is not taken yet",
    "no_medicine": "no medicine stands beside it",
    "bystander": "of another person, with no medicine beside it",
    "disease": "the disease itself",
    "mood": "an ordinary feeling that nothing ties to the medicine",
    "warned": "warned of on a label or leaflet",
    "unchanged": "as it was before the medicine",
    "fiction": "told of a film, a book, a game or a dream",
    "advert": "told by an advert, an authority or the press",
    "remedied": "a complaint for which the medicine was then taken",
    "purpose": "what a medicine named here is taken for",
    "unlinked": "nothing ties it to the medicine",
    "vague": "a vague word",
    "unnamed": "no symptom named",
    "none": "heard by the model alone",
    "model": "the model hears no reaction in the post",
    "cap": "no medicine is spoken of: it ends below the queue",
    "mask": "part of a turn of speech",
    "set_aside": "taken back by a turn of speech",
    "no_question": "counts only inside a question",
    "needs_medicine": "no medicine is spoken of",
    "needs_person": "no person is spoken of",
    "weak": "too weak alone",
}
#: What speaks for an adverse event.
SPEAKS = {
    "specific": "a definite symptom",
    "product": "a product is named",
    "medicine": "a medicine is spoken of",
    "use": "use of a medicine is told",
    "cause": "put down to the medicine",
    "self": "said of oneself",
    "other": "said of another person",
    "experience": "told as an experience",
    "strong_experience": "told as suffered",
    "several": "several symptoms in one sentence",
    "many": "many symptoms in one sentence",
    "list": "told as a list",
    "model": "the model hears a reaction in the post",
}
#: Where the words stand that set a light: cue roles of the sentence.
_ROLES: dict[str, tuple[str, ...]] = {
    "negated": ("negation", "denial", "negation_after"),
    "hypothetical": ("hypothetical",),
    "asked": ("question", "asking"),
    "indicated": ("indication",),
    "feared": ("feared",),
    "relief": ("relief",),
    "older": ("before", "then", "already", "after"),
    "general": ("general",),
    "not_caused": ("not_caused",),
    "welcome": ("welcome",),
    "stopped": ("stop",),
    "not_yet": ("recovered_use", "wish"),
    "warned": ("warned",),
    "mask": ("mask", "feared"),
    "set_aside": ("set_aside",),
    "disease": ("living",),
    "unchanged": ("unchanged",),
    "fiction": ("fiction",),
    "advert": ("notice",),
}
#: Roles whose cues say it of the whole post.
_ANYWHERE = frozenset({"welcome", "wish"})
#: Lights that say nothing to a reader.
_SILENT = frozenset({"start", "anchored"})


class Because(NamedTuple):
    """One thing that speaks for or against: its code, its log-odds (None where it takes back altogether), and its words in the post."""

    code: str
    odds: float | None
    words: Span | None


def weighed(reading: Reading, told: Told) -> tuple[Because, ...]:
    """Everything that counts for the adverse-event duty of one symptom, what holds back most first."""
    told = deciding(told)
    odds = {light: _odds(told, light) for light in told.lights - _SILENT}
    if heard := told.company + (told.leaning if told.stands else min(told.leaning, 0.0)):
        odds["model"] = heard
    rows = [Because(code, round(number, 3), said_in(reading, told.hit, code)) for code, number in odds.items() if number]
    rows += [Because("cap", None, None)] * _capped(told)
    return tuple(sorted(rows, key=lambda row: (row.odds is not None, row.odds or 0.0, row.code)))


def deciding(told: Told) -> Told:
    """The symptom as it was weighed for the duty: by the model's weights, or by those of the phrases where they say more."""
    alone = told._replace(odds=adverse.odds_of(None), leaning=0.0, company=0.0)
    return alone if "none" not in told.lights and alone.reportable == told.reportable else told


def _odds(told: Told, light: str) -> float:
    """As the duty adds it up: what only the score counts (a withdrawal reaction) is nothing here."""
    if light in adverse.SCORE_ALONE or (light == "asked" and "anchored" in told.lights):
        return 0.0
    return told.odds.weights.get(light, 0.0) + DUTY_WEIGHTS.get(light, 0.0)


def _capped(told: Told) -> bool:
    return "medicine" not in told.lights and told.reportable == adverse.NO_MEDICINE_CAP


def said_in(reading: Reading, hit: Hit, code: str) -> Span | None:
    """The words of the post that say so, the nearest to the hit; None where it is the whole post that says it."""
    if code == "older" and (times := reading.times.get(reading.words.sentence[hit.first], ())):
        return duties.span(reading, times[0], SAYS[code])
    cues = list(_cues(reading, hit, code))
    if not cues:
        return None
    nearest = min(cues, key=lambda cue: (max(hit.first - cue.last, cue.first - hit.last), cue.first))
    return duties.span(reading, nearest, SAYS[code])


def _cues(reading: Reading, hit: Hit, code: str) -> Iterator[Hit]:
    sentence = reading.words.sentence[hit.first] if reading.words.sentence else 0
    for role in _ROLES.get(code, ()):
        if role in _ANYWHERE:
            yield from islice(reading.anywhere(role), 1)
        else:
            yield from reading.in_sentence(role, sentence)


def of_sign(reading: Reading, hit: Hit, medicine: bool) -> tuple[Because, ...]:
    """Why a sign counts less than it could, or not at all. Empty: nothing holds it back."""
    return tuple(Because(code, None, said_in(reading, hit, code)) for code in _codes(reading, hit, medicine))


def _codes(reading: Reading, hit: Hit, medicine: bool) -> Iterator[str]:
    sign = hit.what.sign
    if any(turn.first < hit.last and hit.first < turn.last for turn in reading.anywhere("set_aside")):
        yield "set_aside"
    if sign.question and not reading.asked(reading.words.sentence[hit.first]):
        yield "no_question"
    if sign.negatable and negated(reading, hit):
        yield "negated"
    if sign.reported and duties.announced(reading):
        yield "advert"
    if "medicine" in sign.needs and not medicine:
        yield "needs_medicine"
    if "person" in sign.needs and not reading.has("self", "other"):
        yield "needs_person"
    if sign.score < duties.threshold(sign.duty):
        yield "weak"
