"""Did somebody have an adverse reaction? Every symptom is weighed by how it is told; the post scores as its strongest symptom.

`score` says that somebody had an adverse reaction, whether or not a medicine is named: the shared corpora are reviews of medicines and
their sentences often name none. The duty (`reportable`) asks for more: without a product, a word for medicines or something taken the post
stays below the queue threshold, and what is said of the disease itself is no adverse event.

The weights are log-odds, fitted to the train parts of the public corpora and to our own sentences and then rounded; they are no secret
and no model file: a reader can add them up. The score is a ranking aid, not a calibrated probability (a later release calibrates).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache, reduce
from operator import or_
from typing import NamedTuple

from candour.packs.language_schema import LanguagePack, TimeWords
from candour.screening.disease import is_disease, is_purpose, is_remedied, medicine_told, spoken
from candour.screening.matcher import Hit
from candour.screening.reading import SUPPOSING, Reading, bits, chained, indicated, negated, relieved, unchanged
from candour.screening.result import SAFETY_THRESHOLD
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
    "unchanged": -2.6,
    "fiction": -3.5,
    "advert": -3.5,
    "remedied": -3.8,
    "purpose": -2.8,
}
#: Log-odds that count for the duty alone, as they say whether the company must act and not whether the sentence tells a reaction.
DUTY_WEIGHTS = {"disease": -2.8, "mood": -1.6, "warned": -2.8, "unlinked": -1.6}
#: The duty of a post that speaks of no medicine ends here, between the safety and the queue threshold.
NO_MEDICINE_CAP = 0.45
#: Languages with a shared corpus of reviews of medicines, whose sentences seldom name one.
_REVIEWED = frozenset({"en"})
#: A withdrawal reaction is an adverse event for drug safety, though not for `label`: the finding is scored without these.
SCORE_ALONE = frozenset({"stopped"})
#: Ordinary feelings, which news and life bring about as well: they need the medicine in their own sentence.
MOODS = ("mind.anxiety", "mind.depression", "mind.anger", "general.weakness")
MANY = 4
#: Sums and sets of lights kept.
_MEMORY = 50_000
_MOST_MODELS = 4
#: Where a reaction that no words are shown of is told.
_NOWHERE = Hit(0, 0, None)
_VAGUE = ("general.side_effect", "general.worse", "general.pain", "general.unwell", "mind.depression", "mind.anxiety")
#: Lights in which a symptom does not stand.
UNWANTED = (
    "negated",
    "indicated",
    "older",
    "not_caused",
    "not_yet",
    "feared",
    "hypothetical",
    "disease",
    "warned",
    "unchanged",
    "fiction",
    "advert",
    "remedied",
    "purpose",
)


class Sums(NamedTuple):
    """What lights come to by some weights: the score, the duty (as log-odds, or 0..1 once weighed), and whether the symptom stands."""

    score: float
    duty: float
    stands: bool


class Odds:
    """Log-odds per light, with the sums of the lights met before: few of all that could meet ever do."""

    __slots__ = ("_sums", "weights")

    def __init__(self, weights: Mapping[str, float]) -> None:
        self.weights = weights
        self._sums: dict[frozenset[str], Sums] = {}

    def of(self, lights: frozenset[str]) -> Sums:
        """The sums of some lights, without what the model adds for the post."""
        known = self._sums.get(lights)
        if known is None:
            if len(self._sums) > _MEMORY:
                self._sums.clear()
            known = self._sums[lights] = self._added(lights)
        return known

    def _added(self, lights: frozenset[str]) -> Sums:
        owed = lights - SCORE_ALONE - ({"asked"} if "anchored" in lights else set())
        start = self.weights["start"]
        score = sum(self.weights.get(light, 0.0) for light in sorted(lights)) + start
        duty = sum(self.weights.get(light, 0.0) + DUTY_WEIGHTS.get(light, 0.0) for light in sorted(owed)) + start
        return Sums(score, duty, not lights.intersection(UNWANTED))


_PHRASES = Odds(WEIGHTS)
_ODDS: dict[int, Odds] = {}


def odds_of(weights: Mapping[str, float] | None) -> Odds:
    """The sums of a model's weights, kept as long as they; None: those of the phrases."""
    if weights is None:
        return _PHRASES
    found = _ODDS.get(id(weights))
    if found is None:
        if len(_ODDS) >= _MOST_MODELS:
            _ODDS.clear()
        found = _ODDS[id(weights)] = Odds(weights)  # holds the weights, so that no others get their id
    return found


class Told(NamedTuple):
    """One symptom and the lights it is told in. `concept` is "" where a reaction is told without a symptom we know."""

    hit: Hit
    concept: str
    lights: frozenset[str]
    product_distance: int | None
    #: Log-odds of the model for the whole post, already weighed; 0 without a model.
    leaning: float = 0.0
    #: Log-odds per light: those of the phrases, or the model's in a language it was trained in.
    odds: Odds = _PHRASES
    #: Whether a reaction counts only where a medicine is spoken of: not in English, whose reviews the model knows, and not where a model
    #: weighs that itself.
    needs_medicine: bool = False
    #: Log-odds of the model for the symptoms that stand in its sentence, itself among them; 0 without a model and for what doesn't stand.
    company: float = 0.0

    @property
    def score(self) -> float:
        """0..1: an adverse reaction somebody had while using."""
        return self.weighed().score

    @property
    def reportable(self) -> float:
        """0..1: the AE duty. As `score`, with withdrawal reactions, without the disease itself; capped where no medicine is spoken of.

        The model may add a duty and never takes one away: what the phrases put before drug safety stays there.
        """
        return self.weighed().duty

    @property
    def stands(self) -> bool:
        """Not denied, feared, older or the reason for use."""
        return self.odds.of(self.lights).stands

    def weighed(self) -> Sums:
        """Score and duty, 0..1, with what the model adds. What is denied, feared or older stays so, however much it sounds."""
        return weigh(lit(self.lights, self.odds, self.needs_medicine), self.leaning, self.company)


class Lit(NamedTuple):
    """Lights, and what they come to before the model adds to it. `medicine`: whether one is told of; `needs_medicine`: whether a reaction
    counts only then; `owed`: the least duty, 0..1."""

    lights: frozenset[str]
    sums: Sums
    medicine: bool
    needs_medicine: bool
    owed: float


def lit(lights: frozenset[str], odds: Odds, needs_medicine: bool) -> Lit:
    """Lights by the weights of a language."""
    owed = _owed_by_phrases(lights) if odds is not _PHRASES and "none" not in lights else 0.0
    return Lit(lights, odds.of(lights), "medicine" in lights, needs_medicine, owed)


def weigh(lit: Lit, leaning: float, company: float = 0.0) -> Sums:
    """Score and duty, 0..1. `leaning`: weighed log-odds of the model for the post; `company`: for the symptoms of the sentence."""
    _, (score, duty, stands), medicine, needs_medicine, owed = lit
    added = company + (leaning if stands or leaning < 0 else 0.0)
    score, duty = squash(score + added), squash(duty + added)
    if not medicine:
        duty = min(duty, NO_MEDICINE_CAP)
        if needs_medicine:
            score = min(score, NO_MEDICINE_CAP)
    return Sums(score, max(duty, owed), stands)


@lru_cache(maxsize=_MEMORY)
def _owed_by_phrases(lights: frozenset[str]) -> float:
    """The duty, 0..1, that lights come to without a model."""
    owed = squash(_PHRASES.of(lights).duty)
    return owed if "medicine" in lights else min(owed, NO_MEDICINE_CAP)


def squash(log_odds: float) -> float:
    """Log-odds to 0..1, rounded so that the same post gives the same bytes on every machine."""
    return round(1 / (1 + math.exp(-log_odds)), 4)


def told(reading: Reading, pack: LanguagePack) -> list[Told]:
    """Every symptom of a post with its lights, in order."""
    if reading.symptoms:
        return _symptoms(reading, pack)
    return list(_unnamed(reading, pack)) or list(_sounding(reading, pack))


def _symptoms(reading: Reading, pack: LanguagePack) -> list[Told]:
    """The known symptoms. One that is chained to a denied one is denied with it."""
    hits, sentences = reading.symptoms, reading.words.sentence
    per_sentence = Counter([sentences[hit.first] for hit in hits])
    seen: list[frozenset[str]] = []
    for at, hit in enumerate(hits):
        lights = _lights_of(reading, hit, hit.what.concept, per_sentence[sentences[hit.first]], pack)
        if at and "negated" in seen[-1] and "negated" not in lights and chained(reading, hits[at - 1], hit):
            lights |= {"negated"}
        seen.append(lights)
    odds, needs = odds_of(reading.lights), needs_medicine(reading.lights, pack.code)
    out = [
        Told(hit, hit.what.concept, lights, _distance(reading, hit), reading.leaning, odds, needs)
        for hit, lights in zip(hits, seen, strict=True)
    ]
    return _accompanied(out, reading) if reading.lights else out


def heard(leaning: float, weights: Mapping[str, float] | None, code: str, *, medicine: bool) -> Told:
    """What the model of a language hears in a post without a known symptom. `leaning`: weighed; `medicine`: whether one is told of."""
    lights = heard_in(medicine)
    return Told(_NOWHERE, "", lights, None, leaning, odds_of(weights), needs_medicine(weights, code))


def heard_in(medicine: bool) -> frozenset[str]:
    """The lights of what the model alone hears."""
    return _HEARD_OF_MEDICINE if medicine else _HEARD


_HEARD, _HEARD_OF_MEDICINE = frozenset({"none"}), frozenset({"none", "medicine"})
#: Log-odds that rounding may cost.
_ROUNDED = 0.01


def heard_below(weights: Mapping[str, float], weight: float) -> float:
    """Below these log-odds, before they are weighed, no finding comes of what the model alone hears; -inf where that can't be told."""
    if not weights or weight <= 0:
        return -math.inf
    least = math.log(SAFETY_THRESHOLD / (1 - SAFETY_THRESHOLD)) - _ROUNDED
    return (least - max(odds_of(weights).of(lights).duty for lights in (_HEARD, _HEARD_OF_MEDICINE))) / weight


def standing(all_told: list[Told], reading: Reading) -> dict[int, list[str]]:
    """Concepts of the symptoms that stand, each once, by sentence."""
    found: dict[int, set[str]] = {}
    for one in all_told:
        if one.stands:
            found.setdefault(reading.words.sentence[one.hit.first], set()).add(one.concept)
    return {sentence: sorted(concepts) for sentence, concepts in found.items()}


def _accompanied(all_told: list[Told], reading: Reading) -> list[Told]:
    """Each symptom that stands with what the model adds for all that stand in its sentence: a list of reactions is told as one."""
    weights, sentences = reading.lights or {}, reading.words.sentence
    added = {at: sum(weights.get(concept, 0.0) for concept in concepts) for at, concepts in standing(all_told, reading).items()}
    return [beside(one, added[sentences[one.hit.first]]) if one.stands else one for one in all_told]


def beside(told: Told, company: float) -> Told:
    """The same in company; `_replace` takes several times as long."""
    hit, concept, lights, distance, leaning, odds, needs_medicine, _ = told
    return Told(hit, concept, lights, distance, leaning, odds, needs_medicine, company)


def needs_medicine(weights: Mapping[str, float] | None, code: str) -> bool:
    """Whether a reaction told in a language counts only where a medicine is spoken of, by the weights it is judged by."""
    return code not in _REVIEWED and (weights is None or "medicine" not in weights)


def _sounding(reading: Reading, pack: LanguagePack) -> Iterator[Told]:
    """A reaction in words no list has, heard by the model: "felt like a zombie". Its words are sought only where a finding shows them."""
    if reading.sounding:
        one = heard(reading.leaning, reading.lights, pack.code, medicine=medicine_told(reading))
        if one.reportable >= SAFETY_THRESHOLD:
            hit = Hit(*reading.sounding(), None)
            one = one._replace(hit=hit, product_distance=_distance(reading, hit))
        yield one


def _unnamed(reading: Reading, pack: LanguagePack) -> Iterator[Told]:
    """ "I suffered from X since Mivrantel" with an X we don't know."""
    if reading.roles & _BLAMING and (reading.products or reading.roles & _USED):
        for role in ("strong_experience", "blame"):
            for hit in reading.anywhere(role):
                yield _tell(reading, hit, "", pack)


def _tell(reading: Reading, hit: Hit, concept: str, pack: LanguagePack) -> Told:
    lights = _lights_of(reading, hit, concept, 0, pack)
    needs = needs_medicine(reading.lights, pack.code)
    return Told(hit, concept, lights, _distance(reading, hit), reading.leaning, odds_of(reading.lights), needs)


def _lights_of(reading: Reading, hit: Hit, concept: str, count: int, pack: LanguagePack) -> frozenset[str]:
    """The lights a symptom is told in. `count`: symptoms of its sentence."""
    sentence = reading.words.sentence[hit.first]
    said = reading.said.get(sentence, 0)
    if reading.roles & _NOT_YET:
        said |= _still_ahead(reading, sentence)
    if reading.roles & _WISH and hit.first < reading.wished_from():
        said |= _NOT_YET
    if (asks_from := reading.asks_from(sentence)) > hit.first:
        said &= ~_SUPPOSING
    seen = _about_the_hit(reading, hit, concept, sentence, said, pack.time) | _about_the_post(reading, sentence, said)
    if asks_from <= hit.first and reading.asked(sentence):
        seen |= _ASKED
    if count > 1:
        seen |= _SEVERAL | _MANY_TOLD if count >= MANY else _SEVERAL
    return lights_of(concept, said, seen)


def _still_ahead(reading: Reading, sentence: int) -> int:
    """The use not yet begun of the sentence before, where this one speaks of no other ("Starting it on Monday. My hair will go")."""
    return _NOT_YET if reading.said.get(sentence - 1, 0) & _NOT_YET and not spoken(reading, sentence) else 0


def _about_the_post(reading: Reading, sentence: int, said: int) -> int:
    """What the sentence and the post around a symptom say, as bits."""
    spoken_of = bool(reading.products)
    seen = _PRODUCT if spoken_of else 0
    if spoken_of or reading.roles & _MEDICINE:
        seen |= _MEDICINE_TOLD
    if reading.roles & _USED:
        seen |= _USE_TOLD
    if said & _OTHER or (said & _PRONOUN and reading.roles & _OTHER):
        seen |= _OTHER_TOLD
    if reading.roles & _NOTICE and not said & _PERSON:
        seen |= _ADVERTISED
    if reading.roles & _WELCOME:
        seen |= _WELCOMED
    if reading.roles & _ANCHOR and (said | reading.said.get(sentence + 1, 0)) & _ANCHOR:
        seen |= _ANCHORED
    return seen


def _about_the_hit(reading: Reading, hit: Hit, concept: str, sentence: int, said: int, time: TimeWords) -> int:
    """How the symptom itself is told, as bits."""
    seen = 0
    if said & _ANY_LOOKED_AT:
        for sign, cues, light in _LOOKED_AT:
            if said & cues and sign(reading, hit):
                seen |= light
    if older_than_use(reading, hit, time):
        seen |= _OLDER
    if not said & _SUSPECTED and is_remedied(reading, hit, concept):
        seen |= _REMEDIED
    if is_disease(reading, hit, concept):
        seen |= _DISEASE
    if is_purpose(reading, hit, concept):
        seen |= _PURPOSE
    if concept in MOODS and not said & _CAUSE and not spoken(reading, sentence):
        seen |= _MOOD
    return seen


def _warned(reading: Reading, hit: Hit) -> bool:
    words = reading.words
    return any(words.clause[cue.last - 1] == words.clause[hit.first] for cue in reading.in_sentence("warned", words.sentence[hit.first]))


_PRODUCT, _MEDICINE_TOLD, _USE_TOLD, _OTHER_TOLD, _WELCOMED, _ANCHORED, _ASKED, _NEGATED = (1 << at for at in range(8))
_RELIEVED, _INDICATED, _OLDER, _WARNED, _DISEASE, _MOOD, _SEVERAL, _MANY_TOLD = (1 << at for at in range(8, 16))
_UNCHANGED, _ADVERTISED = 1 << 16, 1 << 17
_REMEDIED, _PURPOSE = 1 << 18, 1 << 19
_USED, _OTHER, _PRONOUN, _WELCOME, _ANCHOR = bits("use", "drug"), bits("other"), bits("pronoun"), bits("welcome"), bits("anchor")
_NOT_YET, _NOTICE, _PERSON, _WISH = bits("recovered_use"), bits("notice"), bits("self", "other"), bits("wish")
_SUSPECTED = bits("suspected")
_CAUSE, _WHEN, _STRONG, _BLAMING = bits("cause"), bits("when"), bits("strong_experience"), bits("strong_experience", "blame")
#: As `medicine_told`.
_MEDICINE = bits("drug", "taken", "anchor")
_LOOKED_AT = (
    (negated, bits("negation", "denial", "negation_after"), _NEGATED),
    (relieved, bits("relief"), _RELIEVED),
    (indicated, bits("indication"), _INDICATED),
    (_warned, bits("warned"), _WARNED),
    (unchanged, bits("unchanged"), _UNCHANGED),
)
_ANY_LOOKED_AT = reduce(or_, (cues for _, cues, _ in _LOOKED_AT))
_SEEN = {
    _PRODUCT: "product",
    _MEDICINE_TOLD: "medicine",
    _USE_TOLD: "use",
    _OTHER_TOLD: "other",
    _WELCOMED: "welcome",
    #: "is it normal to itch since the dose went up" asks about something that happened.
    _ANCHORED: "anchored",
    _NEGATED: "negated",
    _RELIEVED: "relief",
    _INDICATED: "indicated",
    _OLDER: "older",
    _WARNED: "warned",
    _DISEASE: "disease",
    _MOOD: "mood",
    _SEVERAL: "several",
    _MANY_TOLD: "many",
    _UNCHANGED: "unchanged",
    _ADVERTISED: "advert",
    _REMEDIED: "remedied",
    _PURPOSE: "purpose",
}
#: The bit of each light that is seen, as `_lights` takes it.
SEEN_BITS = {light: bit for bit, light in _SEEN.items()} | {"asked": _ASKED}
#: Lights that a cue anywhere in the sentence sets.
_SAID = {
    "cause": "cause",
    "self": "self",
    "experience": "experience",
    "strong_experience": "strong_experience",
    "feared": "feared",
    "general": "general",
    "not_caused": "not_caused",
    "stop": "stopped",
    "recovered_use": "not_yet",
    "fiction": "fiction",
}
_SAID_BITS = {bits(role): light for role, light in _SAID.items()}
_HYPOTHETICAL, _SUPPOSING = bits("hypothetical"), bits(*SUPPOSING)
WEIGHED = bits(*_SAID, "hypothetical", "when")


def lights_of(concept: str, said: int, seen: int) -> frozenset[str]:
    """The lights of a symptom, or of a reaction without a name (""), from the cues of its sentence and what was seen of it, as bits."""
    return _lights(_kind(concept), said & WEIGHED, seen)


@lru_cache(maxsize=_MEMORY)
def _lights(kind: str, said: int, seen: int) -> frozenset[str]:
    """The lights of a symptom from what was seen of it and the cues of its sentence. The same few come again and again."""
    lights = {kind, *(light for bit, light in _SEEN.items() if seen & bit), *(light for bit, light in _SAID_BITS.items() if said & bit)}
    if not said & _WHEN:  # told as a fact otherwise
        lights.update(light for light, there in (("asked", seen & _ASKED), ("hypothetical", said & _HYPOTHETICAL)) if there)
    if kind == "unnamed" and not said & (_CAUSE | _STRONG):
        lights.add("unlinked")
    if "relief" in lights:
        lights.discard("cause")  # "gone since I take it": the medicine is the cause of the relief
    spoken_by = lights & {"self", "other", "experience"}
    if "general" in lights and not spoken_by:
        lights.add("impersonal")
    if kind != "unnamed" and not spoken_by and not lights & {"asked", "general"}:
        lights.add("list")
    if not lights & {"product", "use", "cause", "list", "stopped"}:
        lights.update({"no_medicine", "bystander"} if "other" in lights else {"no_medicine"})
    return frozenset(lights)


@cache
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
