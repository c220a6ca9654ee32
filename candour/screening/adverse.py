"""Did somebody have an adverse reaction? Every symptom is weighed by how it is told; the post scores as its strongest symptom.

`score` says that somebody had an adverse reaction, whether or not a medicine is named: the shared corpora are reviews of medicines and
their sentences often name none. The duty (`reportable`) asks for more: without a product, a word for medicines or something taken the post
stays below the queue threshold, and what is said of the disease itself is no adverse event.

The weights are log-odds, fitted to the train parts of the public corpora and to our own sentences and then rounded; they are no secret
and no model file: a reader can add them up. The score is a ranking aid, not a calibrated probability (a later release calibrates).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from candour.packs.language_schema import LanguagePack
from candour.screening.disease import is_disease, medicine_told, spoken
from candour.screening.matcher import Hit
from candour.screening.reading import Reading, chained, indicated, negated, relieved
from candour.screening.timing import older_than_use

#: Log-odds per light in which a symptom is told.
WEIGHTS = {
    "start": -0.2,
    "specific": 0.6,
    "vague": -0.5,
    "unnamed": -0.6,
    "product": 1.0,
    "use": 0.4,
    "cause": 0.7,
    "self": 0.3,
    "other": 0.6,
    "experience": 0.3,
    "strong_experience": 0.6,
    "several": 0.5,
    "many": 0.7,
    "list": 0.8,
    "negated": -4.5,
    "hypothetical": -0.6,
    "asked": -3.0,
    "indicated": -2.6,
    "feared": -3.0,
    "relief": -2.3,
    "older": -5.0,
    "general": -0.9,
    "impersonal": -2.0,
    "not_caused": -4.0,
    "welcome": -3.5,
    "stopped": -1.0,
    "not_yet": -3.5,
    "no_medicine": -1.2,
    "bystander": -1.3,
}
#: Log-odds that count for the duty alone, as they say whether the company must act and not whether the sentence tells a reaction.
DUTY_WEIGHTS = {"disease": -2.8, "mood": -1.6, "warned": -2.8, "unlinked": -1.6}
#: The duty of a post that speaks of no medicine ends here, between the safety and the queue threshold.
NO_MEDICINE_CAP = 0.45
#: Languages with a shared corpus of reviews of medicines, whose sentences seldom name one.
_REVIEWED = frozenset({"en"})
#: A withdrawal reaction is an adverse event for drug safety, though not for `label`: the finding is scored without these.
_WITHDRAWAL = frozenset({"stopped"})
#: Ordinary feelings, which news and life bring about as well: they need the medicine in their own sentence.
_MOODS = ("mind.anxiety", "mind.depression", "mind.anger", "general.weakness")
_MANY = 4
_VAGUE = ("general.side_effect", "general.worse", "general.pain", "general.unwell", "mind.depression", "mind.anxiety")
_UNWANTED = ("negated", "indicated", "older", "not_caused", "not_yet", "feared", "hypothetical", "disease", "warned")


@dataclass(frozen=True, slots=True)
class Told:
    """One symptom and the lights it is told in. `concept` is "" where a reaction is told without a symptom we know."""

    hit: Hit
    concept: str
    lights: frozenset[str]
    product_distance: int | None
    #: Log-odds of the model for the whole post, already weighed; 0 without a model.
    leaning: float = 0.0
    #: Log-odds per light: those of the phrases, or the model's in a language it was trained in.
    weights: Mapping[str, float] = field(default_factory=lambda: WEIGHTS, compare=False, repr=False)

    #: Whether a reaction counts only where a medicine is spoken of: everywhere but in English, whose reviews the model knows.
    needs_medicine: bool = False

    @property
    def score(self) -> float:
        """0..1: an adverse reaction somebody had while using."""
        odds = squash(sum(self.weights.get(light, 0.0) for light in self.lights) + self.weights["start"] + self._leaning())
        return min(odds, NO_MEDICINE_CAP) if self.needs_medicine and "medicine" not in self.lights else odds

    @property
    def reportable(self) -> float:
        """0..1: the AE duty. As `score`, with withdrawal reactions, without the disease itself; capped where no medicine is spoken of.

        The model may add a duty and never takes one away: what the phrases put before drug safety stays there.
        """
        heard = self._owed(self.weights, self._leaning())
        return heard if self.weights is WEIGHTS or "none" in self.lights else max(heard, self._owed(WEIGHTS, 0.0))

    def _owed(self, weights: Mapping[str, float], leaning: float) -> float:
        lights = self.lights - _WITHDRAWAL - ({"asked"} if "anchored" in self.lights else set())
        odds = sum(weights.get(light, 0.0) + DUTY_WEIGHTS.get(light, 0.0) for light in lights) + weights["start"] + leaning
        return squash(odds) if "medicine" in lights else min(squash(odds), NO_MEDICINE_CAP)

    def _leaning(self) -> float:
        """What the model adds. What is denied, feared or older stays so, however much it sounds like a reaction."""
        return self.leaning if self.stands else min(self.leaning, 0.0)

    @property
    def stands(self) -> bool:
        """Not denied, feared, older or the reason for use."""
        return not self.lights.intersection(_UNWANTED)


def squash(log_odds: float) -> float:
    """Log-odds to 0..1, rounded so that the same post gives the same bytes on every machine."""
    return round(1 / (1 + math.exp(-log_odds)), 4)


def told(reading: Reading, pack: LanguagePack) -> list[Told]:
    """Every symptom of a post with its lights, in order."""
    out: list[Told] = []
    per_sentence: dict[int, int] = {}
    for hit in reading.symptoms:
        sentence = reading.words.sentence[hit.first]
        per_sentence[sentence] = per_sentence.get(sentence, 0) + 1
    for hit in reading.symptoms:
        one = _tell(reading, hit, hit.what.concept, per_sentence, pack)
        if out and "negated" in out[-1].lights and "negated" not in one.lights and chained(reading, out[-1].hit, hit):
            one = replace(one, lights=one.lights | {"negated"})
        out.append(one)
    return out or list(_unnamed(reading, pack)) or list(_sounding(reading))


def _sounding(reading: Reading) -> Iterator[Told]:
    """A reaction in words no list has, heard by the model: "felt like a zombie"."""
    if reading.sounding:
        lights = {"none"} | ({"medicine"} if medicine_told(reading) else set())
        hit = Hit(*reading.sounding, None)
        yield Told(hit, "", frozenset(lights), _distance(reading, hit), reading.leaning, reading.lights or WEIGHTS)


def _unnamed(reading: Reading, pack: LanguagePack) -> Iterator[Told]:
    """ "I suffered from X since Mivrantel" with an X we don't know."""
    if reading.products or reading.has("drug", "use"):
        for role in ("strong_experience", "blame"):
            for hit in reading.anywhere(role):
                yield _tell(reading, hit, "", {}, pack)


def _tell(reading: Reading, hit: Hit, concept: str, per_sentence: dict[int, int], pack: LanguagePack) -> Told:
    sentence = reading.words.sentence[hit.first]
    distance = _distance(reading, hit)
    count = per_sentence.get(sentence, 0)
    lights = {_kind(concept), *_circumstances(reading, sentence, distance), *_doubts(reading, hit, sentence, pack)}
    lights.update(_for_the_duty(reading, hit, concept, sentence))
    if "relief" in lights:
        lights.discard("cause")  # "gone since I take it": the medicine is the cause of the relief
    if "general" in lights and not lights & {"self", "other", "experience"}:
        lights.add("impersonal")
    if concept and not lights & {"self", "other", "experience"} and "asked" not in lights and "general" not in lights:
        lights.add("list")
    if not lights & {"product", "use", "cause", "list", "stopped"}:
        lights.update({"no_medicine", "bystander"} if "other" in lights else {"no_medicine"})
    lights.update(light for light, least in (("several", 2), ("many", _MANY)) if count >= least)
    return Told(hit, concept, frozenset(lights), distance, reading.leaning, reading.lights or WEIGHTS, pack.code not in _REVIEWED)


def _for_the_duty(reading: Reading, hit: Hit, concept: str, sentence: int) -> Iterator[str]:
    """Lights that only the duty weighs. `anchored`: "is it normal to itch since the dose went up" asks about something that happened."""
    if medicine_told(reading):
        yield "medicine"
    if is_disease(reading, hit, concept):
        yield "disease"
    if any(reading.in_sentence("anchor", near) for near in (sentence, sentence + 1)):
        yield "anchored"
    clause = reading.words.clause
    if any(clause[cue.last - 1] == clause[hit.first] for cue in reading.in_sentence("warned", sentence)):
        yield "warned"
    if concept in _MOODS and not spoken(reading, sentence) and not reading.in_sentence("cause", sentence):
        yield "mood"
    if not concept and not reading.in_sentence("cause", sentence) and not reading.in_sentence("strong_experience", sentence):
        yield "unlinked"


def _kind(concept: str) -> str:
    if not concept:
        return "unnamed"
    return "vague" if concept.startswith(_VAGUE) else "specific"


def _distance(reading: Reading, hit: Hit) -> int | None:
    """Words from the nearest product to the symptom; negative when the product comes later. None: no product."""
    product = reading.nearest_product(hit)
    if product is None:
        return None
    return hit.first - product.last if product.first < hit.first else hit.last - product.first


def _circumstances(reading: Reading, sentence: int, distance: int | None) -> Iterator[str]:
    if distance is not None:
        yield "product"
    for role in ("cause", "self", "experience", "strong_experience"):
        if reading.in_sentence(role, sentence):
            yield role
    if reading.has("use") or reading.has("drug"):
        yield "use"
    if reading.in_sentence("other", sentence) or (reading.has("other") and reading.in_sentence("pronoun", sentence)):
        yield "other"


def _doubts(reading: Reading, hit: Hit, sentence: int, pack: LanguagePack) -> Iterator[str]:
    if negated(reading, hit):
        yield "negated"
    if relieved(reading, hit):
        yield "relief"
    if indicated(reading, hit):
        yield "indicated"
    if older_than_use(reading, hit, pack.time):
        yield "older"
    told_as_fact = bool(reading.in_sentence("when", sentence))
    if reading.asked(sentence) and not told_as_fact:
        yield "asked"
    for role, light in _DOUBTING.items():
        if reading.in_sentence(role, sentence) and not (told_as_fact and light == "hypothetical"):
            yield light
    if reading.has("welcome"):
        yield "welcome"


_DOUBTING = {
    "hypothetical": "hypothetical",
    "feared": "feared",
    "general": "general",
    "not_caused": "not_caused",
    "stop": "stopped",
    "recovered_use": "not_yet",
}
