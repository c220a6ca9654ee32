"""Signals that compare a piece with the facts filed for its product (indication, risks) or with the person it answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

from candour.screening.signals import CodeSignal, PieceSpan, Reading
from candour.screening.signals_text import FoldedText, fold, is_spaceless, tokens
from candour.screening.signals_words import CompiledWordings

Places = dict[str, list[tuple[int, int]]]

OWN_TEXTS = ("post_text", "image_text", "link_text", "adopted_text")
VISIBLE_TEXTS = ("post_text", "image_text", "adopted_text")
_TERM_ENDS = re.compile(r"[;,.:/]| or | and | oder | und | with | bei | mit ")
_STEM = 6
_PREVENTS = re.compile(r"prevent|prophyla|protect|vorbeug|vorbeugend|verhinder|schütz|prévien|préven|protèg|previen|previn|preven|proteg")
_PART_MARK = re.compile(r"(?:^|\s)\(?[0-9]{1,2}/[0-9]{1,2}\)?(?=\s|:|$)")
_PRAISE = (
    *("testimonial", "claim_efficacy", "claim_harmless", "claim_superiority", "claim_absolute", "claim_speed", "result_number"),
    *("weight_amount", "praise"),
)
_CONTACT = re.compile(r"[^\s@]{1,64}@[^\s@]{1,200}|[+0-9][0-9 ()/-]{6,18}[0-9]")


def stems_of(text: str, noise: frozenset[str]) -> frozenset[str]:
    """Stems that carry meaning: the beginnings of longer words, and pairs of signs where a script writes no blanks."""
    return frozenset(stem for start, end, stem in _stemmed(text) if text[start:end] not in noise)


@lru_cache(maxsize=64)
def _stemmed(text: str) -> tuple[tuple[int, int, str], ...]:
    """Stems with their places; every term of a label asks for those of the same few texts, so the last are kept."""
    return tuple(_stems(text))


def _stems(text: str) -> Iterator[tuple[int, int, str]]:
    for start, end in tokens(text):
        if is_spaceless(text[start]):
            yield from ((at, at + 2, text[at : at + 2]) for at in range(start, end - 1))
        elif end - start >= 4:
            yield start, end, text[start:end][:_STEM]


@lru_cache(maxsize=1024)
def _terms(filed: str, noise: frozenset[str]) -> tuple[frozenset[str], ...]:
    """The filed text as terms, each a set of word stems that carry meaning. Labels are few and asked for by every piece."""
    terms = (stems_of(part, noise) for part in _TERM_ENDS.split(fold(filed).text))
    return tuple(term for term in terms if term)


@lru_cache(maxsize=1024)
def _filed_stems(filed: str, noise: frozenset[str]) -> frozenset[str]:
    """All stems of a filed text."""
    return stems_of(fold(filed).text, noise)


def _stem_places(folded: FoldedText, stems: Iterable[str]) -> list[tuple[int, int]]:
    wanted = frozenset(stems)
    return [(start, end) for start, end, stem in _stemmed(folded.text) if stem in wanted]


def _term_places(folded: FoldedText, term: frozenset[str]) -> list[tuple[int, int]]:
    """Places of a term's words where one sentence holds all of them, or two of a longer term."""
    by_sentence: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for place in _stem_places(folded, term):
        by_sentence.setdefault(folded.sentence(place[0]), []).append(place)
    needed = min(2, len(term))
    kept = [places for places in by_sentence.values() if len({folded.text[a:b][:_STEM] for a, b in places}) >= needed]
    return [place for places in kept for place in places]


def filed_places(reading: Reading, filed: str, texts: Iterable[str]) -> Places:
    """Places of the words of a filed text, by text."""
    terms = _terms(filed, reading.wordings.label_noise)
    return {text: sorted({place for term in terms for place in _term_places(reading.texts[text], term)}) for text in texts}


def _indication_label(reading: Reading) -> tuple[PieceSpan, ...]:
    return reading.spans("indication_label", filed_places(reading, reading.piece.indication, OWN_TEXTS))


def _in_risk_sentence(reading: Reading, text: str, at: int) -> bool:
    """A disease named as a side effect or contraindication is not a use."""
    folded = reading.texts[text]
    sentence = folded.sentence(at)
    return any(folded.sentence(start) == sentence and start <= at for start, _ in reading.places("risk_words", text))


def _disease_places(reading: Reading) -> Places:
    found: Places = {}
    for text in OWN_TEXTS:
        found[text] = [place for place in reading.diseases(text) if not _in_risk_sentence(reading, text, place[0])]
    return found


def _disease(reading: Reading) -> tuple[PieceSpan, ...]:
    return reading.spans("disease", _disease_places(reading))


#: A use that stands within a wider one; naming either is inside the label of the other.
_WIDER = {"migraine": "headache", "headache": "pain", "influenza": "cold", "cough": "cold", "fungal": "infection"}
#: Words that accompany so many lawful texts that they never make a use off-label by themselves.
_VAGUE = frozenset({"pain", "fever", "infection", "nausea"})


@lru_cache(maxsize=512)
def _label_concepts(indication: str, wordings: CompiledWordings) -> frozenset[str]:
    """Concepts named by a label; asked for every piece of a product, so kept."""
    text = fold(indication).text
    return frozenset(name for name, search in wordings.diseases.items() if next(search.places(text), None))


def _related(concept: str, label: frozenset[str]) -> bool:
    return concept in label or _WIDER.get(concept) in label or any(_WIDER.get(known) == concept for known in label)


def _indication_off(reading: Reading) -> tuple[PieceSpan, ...]:
    """A disease outside the filed indication, where the product is named and it is no risk text or negation.

    The name stands in the same sentence, or in the one before or behind where the text says no approved use at all.
    """
    found: Places = {}
    for text in VISIBLE_TEXTS if reading.names.all else ():
        folded = reading.texts[text]
        near = _sentences_near(reading, text, reading.named(text)[0])
        found[text] = [place for place in off_label_places(reading, text) if folded.sentence(place[0]) in near]
    return reading.spans("indication_off", found)


def _sentences_near(reading: Reading, text: str, places: list[tuple[int, int]]) -> set[tuple[int, int]]:
    """Sentences that name the product; with their neighbours where the text says nothing of the approved use."""
    folded = reading.texts[text]
    named = {folded.sentence(start) for start, _ in places}
    if not named or label_use_places(reading, text) or filed_places(reading, reading.piece.indication, (text,))[text]:
        return named
    beside = {folded.sentence(at) for begin, end in named for at in (begin - 1, end) if 0 <= at < len(folded.text)}
    return named | beside


def off_label_places(reading: Reading, text: str) -> list[tuple[int, int]]:
    """Places of diseases that the filed indication does not know, without those named as a risk or denied; none if nothing is filed."""
    label = _label_concepts(reading.piece.indication, reading.wordings)
    if not label:
        return []
    said = reading.concepts(text)
    off = [places for name, places in said.items() if name not in _VAGUE and not _related(name, label)]
    return [place for places in off for place in places if _as_use(reading, text, place)]


def label_use_places(reading: Reading, text: str) -> list[tuple[int, int]]:
    """Places of the diseases that the filed indication knows, without those named as a risk; of any disease if it holds no known one."""
    label = _label_concepts(reading.piece.indication, reading.wordings)
    said = reading.concepts(text)
    own = [places for name, places in said.items() if not label or _related(name, label)]
    return sorted({place for places in own for place in places if not _in_risk_sentence(reading, text, place[0])})


def _as_use(reading: Reading, text: str, place: tuple[int, int]) -> bool:
    """A disease told as a use: none of the risks, not denied, and not a part of the product's own name."""
    if any(start <= place[0] and place[1] <= end for found in reading.named(text) for start, end in found):
        return False
    return not _in_risk_sentence(reading, text, place[0]) and not reading.wordings.negated(reading.texts[text], place[0])


def _risk_label_places(reading: Reading) -> Places:
    """Words of the filed risks, without those that also belong to the indication or stand in a denial of risks."""
    noise = reading.wordings.label_noise
    use = _filed_stems(reading.piece.indication, noise)
    terms = [term - use for term in _terms(reading.piece.risk_text, noise)]
    found: Places = {}
    for text in VISIBLE_TEXTS:
        folded = reading.texts[text]
        places = {place for term in terms if term for place in _term_places(folded, term)}
        found[text] = [place for place in sorted(places) if not reading.wordings.negated(folded, place[0])]
    return found


def _risk_label(reading: Reading) -> tuple[PieceSpan, ...]:
    return reading.spans("risk_label", _risk_label_places(reading))


def risk_places(reading: Reading) -> Places:
    """Places of risk wording and of the filed risks, by text, in order; a denial of risks is none."""
    denied = {text: reading.places("claim_harmless", text) for text in VISIBLE_TEXTS}
    labelled = _risk_label_places(reading)
    found: Places = {}
    for text in VISIBLE_TEXTS:
        places = sorted({*reading.places("risk_words", text), *labelled[text]})
        found[text] = [place for place in places if not any(place[0] < end and start < place[1] for start, end in denied[text])]
    return found


def _risk_in_post(reading: Reading) -> tuple[PieceSpan, ...]:
    """Risk wording or words of the filed risks in the piece itself; a link or a denial is none (US-01-BALANCE).

    In a thread every part that names the product must hold its own: a part is read alone (US-13-CHARLIMIT).
    """
    found = risk_places(reading)
    return () if _part_without(reading, found["post_text"]) else reading.spans("risk_in_post", found)


def _part_without(reading: Reading, risks: list[tuple[int, int]]) -> bool:
    """Whether a numbered part of a thread names the product and holds no risk."""
    folded = reading.texts["post_text"]
    marks = [found.start() for found in _PART_MARK.finditer(folded.text)]
    if len(marks) < 2:
        return False
    bounds = list(zip(marks, [*marks[1:], len(folded.text)], strict=True))
    named = reading.named("post_text")[0]
    return any(_within(named, part) and not _within(risks, part) for part in bounds)


def _within(places: list[tuple[int, int]], part: tuple[int, int]) -> bool:
    return any(part[0] <= start < part[1] for start, _ in places)


def _risk_serious(reading: Reading) -> bool:
    """At least half of the filed risk terms are found."""
    terms = _terms(reading.piece.risk_text, reading.wordings.label_noise)
    covered = [term for term in terms if any(_term_places(reading.texts[text], term) for text in VISIBLE_TEXTS)]
    return bool(terms) and len(covered) * 2 >= len(terms)


def _claim_in_label(reading: Reading) -> bool:
    """Each claim of effect stands in a sentence whose words are mostly those of the filed indication."""
    use = _filed_stems(reading.piece.indication, reading.wordings.label_noise)
    claims = [(text, place) for text in OWN_TEXTS for place in reading.places("claim_efficacy", text)]
    return bool(use and claims) and all(_says_use(reading, text, place, use) for text, place in claims)


def _says_use(reading: Reading, text: str, place: tuple[int, int], use: frozenset[str]) -> bool:
    return _mostly(reading, text, place, use) or _plain_use(reading, text, place, use)


def _plain_use(reading: Reading, text: str, place: tuple[int, int], use: frozenset[str]) -> bool:
    """A plain verb of use ("treats", "helps prevent") in a sentence that names the filed use; to prevent is another use than to treat."""
    folded = reading.texts[text]
    words = folded.text[place[0] : place[1]]
    if _PREVENTS.search(words) and not _PREVENTS.search(fold(reading.piece.indication).text):
        return False
    verbs = reading.places("treats_words", text)
    begin, end = folded.sentence(place[0])
    plain = any(start < place[1] and place[0] < stop for start, stop in verbs)
    return plain and bool(stems_of(folded.text[begin:end], reading.wordings.label_noise) & use)


def _mostly(reading: Reading, text: str, place: tuple[int, int], use: frozenset[str]) -> bool:
    """Whether the sentence around a claim says little but the use; the words of the claim and the product's names don't weigh."""
    folded = reading.texts[text]
    begin, end = folded.sentence(place[0])
    noise = reading.wordings.label_noise
    names = stems_of(" ".join(reading.names.all), noise)
    said = stems_of(folded.text[begin:end], noise) - names - (stems_of(folded.text[place[0] : place[1]], noise) - use)
    return len(said & use) * 2 >= len(said)


#: Words by which a person speaks of the own self or family; without one a question asks about the product, not about somebody.
_OWN_SELF = re.compile(
    r"\b(i|i'm|i've|i'd|my|me|mine|we|our|ich|mir|mich|mein\w*|unser\w*|je|j'\w+|mon|ma|mes|moi|yo|mi|mis|me|eu|meu|minha|io|mio|mia|ik|mijn|mij)\b"
)
#: Words that make a known complaint news: it came, or grew worse, with a treatment.
_ONSET = re.compile(
    r"\b(worse|since|after|started taking|schlimmer|seit|seitdem|nach der|nach dem|pire|depuis|après|peor|desde|pior|peggio|dopo|erger"
    r"|sinds)\b"
)
#: Questions by which people tell of what they have: "anybody else", "is it normal".
_OTHERS_TOO = re.compile(
    r"\b(any(?:body|one) else|is (?:it|this|that) normal|normal to|noch jemand|jemand auch|geht es (?:euch|noch)|ist (?:das|es) normal"
    r"|quelqu'un d'autre|est-ce normal|c'est normal|alguien más|es normal|mais alguém|é normal|qualcun altro|è normale|nog iemand"
    r"|is dat normaal)\b"
)
_ASKS = re.compile(
    r"^\W*(gibt es|wo|wann|wie|was|welche\w*|wer|kann ich|darf ich|is there|are there|does|do you|can i|can you|where|when|how|what|which"
    r"|who|est-ce|où|quand|comment|quel\w*|hay|dónde|cuándo|cómo|dove|quando|come si|waar|wanneer|hoe)\b"
)


def _told(folded: FoldedText, place: tuple[int, int]) -> bool:
    """Whether a sentence tells of somebody rather than asking whether a product can do such a thing.

    A question that says since when, or whether others have it too, tells of somebody: in doubt it is heard as a reaction.
    """
    begin, end = folded.sentence(place[0])
    sentence = folded.text[begin:end]
    return "?" not in sentence or any(told.search(sentence) for told in (_OWN_SELF, _ONSET, _OTHERS_TOO))


def _known_complaint(reading: Reading, place: tuple[int, int]) -> bool:
    """A complaint that the product is filed for, without a word that it came or grew with the treatment, is no reaction."""
    heard = reading.texts["third_party_text"].text
    label = _label_concepts(reading.piece.indication, reading.wordings)
    told = _label_concepts(heard[place[0] : place[1]], reading.wordings)
    return bool(told) and all(_related(concept, label) for concept in told) and not _ONSET.search(heard)


def _heard_reaction(reading: Reading) -> tuple[PieceSpan, ...]:
    """Words of a possible side effect that somebody tells of; the complaint treated and a mere question are none."""
    if not reading.piece.is_reply:
        return ()
    places = reading.places("reaction_words", "third_party_text")
    heard = reading.texts["third_party_text"]
    told = [place for place in places if _told(heard, place) and not _known_complaint(reading, place)]
    return reading.spans("heard_reaction", {"third_party_text": told})


def _praise_heard(reading: Reading) -> tuple[PieceSpan, ...]:
    """The other person's own success with, or praise of, a treatment, in a text that we answer (US-12-RESPONSIBLE, CARE-06-NOADOPT)."""
    if not reading.piece.is_reply:
        return ()
    places = {place for name in _PRAISE for place in reading.places(name, "third_party_text")}
    return reading.spans("praise_heard", {"third_party_text": sorted(places)})


def _repeats_details(reading: Reading) -> tuple[PieceSpan, ...]:
    """Health words or contact data of the person that the reply says again (CARE-04-NOPII)."""
    if not reading.piece.is_reply:
        return ()
    heard, reply = reading.texts["third_party_text"], reading.texts["post_text"]
    theirs = [*reading.places("reaction_words", "third_party_text"), *reading.diseases("third_party_text")]
    theirs = [place for place in theirs if _told(heard, place)]
    stems = {heard.text[start:end][:_STEM] for start, end in theirs} - {"nebenw", "side e", "reacti", "reakti"}
    health = reading.wordings.signals["reaction_words"]
    ours = [*health.places(reply.text), *reading.diseases("post_text")]
    again = [place for place in ours if reply.text[place[0] : place[1]][:_STEM] in stems]
    contacts = {found.group() for found in _CONTACT.finditer(heard.text)}
    again += [found.span() for found in _CONTACT.finditer(reply.text) if found.group() in contacts]
    return reading.spans("repeats_details", {"post_text": list(dict.fromkeys(again))})


def _question_asked(reading: Reading) -> bool:
    """The person asks: a question mark, or a sentence that begins as questions do."""
    heard = reading.texts["third_party_text"].text
    return reading.piece.is_reply and ("?" in heard or bool(_ASKS.match(heard)))


LABEL_SIGNALS: Mapping[str, CodeSignal] = MappingProxyType(
    {
        "indication_label": _indication_label,
        "disease": _disease,
        "indication_off": _indication_off,
        "risk_label": _risk_label,
        "risk_in_post": _risk_in_post,
        "risk_serious": _risk_serious,
        "claim_in_label": _claim_in_label,
        "heard_reaction": _heard_reaction,
        "praise_heard": _praise_heard,
        "repeats_details": _repeats_details,
        "question_asked": _question_asked,
    }
)
