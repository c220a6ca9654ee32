"""Signals of sentences: what a piece says beside a product's name that no lawful kind of statement explains."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from candour.screening.covered import Covered
from candour.screening.signals import CodeSignal, PieceSpan, Reading
from candour.screening.signals_label import filed_places, label_use_places
from candour.screening.signals_text import FoldedText, is_spaceless, tokens

Bounds = tuple[int, int]

_TEXTS = ("post_text", "image_text")
#: Words of an advertisement, a leaflet, a list of prices, a report on research or on the business. Each has rules of its own.
_TOLD = (
    *("supply_words", "price", "leaflet_invitation", "risk_words", "corporate_news", "pipeline_fact", "safety_notice", "label_reference"),
    *(
        "reporting_statement",
        "prescribing_information",
        "approved_words",
        "treats_words",
        "claim_efficacy",
        "disclosure_words",
    ),
    *(
        "medical_information",
        "role_named",
        "scientific_exchange",
        "trial_recruitment",
        "awareness_words",
        "involvement_statement",
        "limit_words",
    ),
)
#: What a piece that names the product may say besides.
_NAMED = (*_TOLD, "form_words", "refers_on", "event_stand", "evidence")
#: What an answer may say besides.
_ANSWER = (*_TOLD, "form_words", "pack_shown", "refers_on", "private_contact", "reporting_route", "courtesy", "evidence")
#: Who speaks and where more is found: a page, a number to call, a firm with its form, a month and year.
_IMPRINT = re.compile(
    r"[a-z0-9-]\.[a-z]{2,}\b(?!\.? [a-z])|\b(?:gmbh|ag|sa|sas|ab|ltd|inc|plc|bv|nv|s\.?l\.?|s\.?p\.?a\.?|a/s|kk)\b|[0-9]{2,}[ 0-9-]{4,}"
    r"|\b(?:19|20)[0-9]{2}\b"
)
#: "Ad", "#advertentie", "Collaboration commerciale".
_LABELLED = 2
#: An answer ends with who gave it.
_SIGNED = 5
#: A name with a verb or a picture beside it says something; two words may be a heading or a greeting.
_SAYS = 3
#: A picture, a blank and a letter that may be a capital one.
_SIGN = re.compile("[\U0001f300-\U0001faff][\ufe0f\U0001f3fb-\U0001f3ff]? (?=[A-ZÀ-ÖØ-Þ¿¡])")
#: More sentences tell nothing new and would make long texts slow.
_SENTENCES = 40
#: How a label puts its use: "for", "against", "with" some complaint, or as a heading.
_USE = re.compile(
    r"\b(?:for|against|of|in|from|with|bei|gegen|für|von|zur|bij|tegen|voor|van|pour|contre|en|à l|au|aux|de|des|du|dans|para|contra|per"
    r"|contro|del|della|delle|degli|dei|di|em|ao|da|do|das|dos|vid|mot|för|av|ved|mod|til|af)\b|d'|dell'|all'"
)
_REACH = 50
#: The same where a script writes no blanks: before the use in Chinese, behind it in Japanese.
_USE_BEFORE = re.compile(r"(?:用于|适用|治疗|缓解|对|针对|用於).{0,12}$")
_USE_BEHIND = re.compile(r".{0,12}?(?:に|の|時|用|薬|止|・|など|,|\))")
_FORMS = ("saft", "tropfen", "tablette", "tabletten", "salbe", "gel", "spray", "tee", "sirup", "siroop", "drank", "medicin", "management")
#: A form of medicine with up to so many words is what a pack says of itself.
_FORM_TOLD = 8
#: A word such as "at" or "by" explains no sentence.
_SHORT = 4


def _sentences(folded: FoldedText) -> Iterator[Bounds]:
    begins = sorted({*folded.sentences, *_behind_signs(folded)})
    ends = (*begins[1:], len(folded.text))
    yield from list(zip(begins, ends, strict=True))[:_SENTENCES]


def _behind_signs(folded: FoldedText) -> Iterator[int]:
    """Where a picture sign ends a sentence: a capital letter follows it, as after a full stop."""
    for found in _SIGN.finditer(folded.original):
        yield bisect_left(folded.starts, found.end())


def _said(text: str, bounds: Bounds, named: Covered) -> int:
    """Words of a sentence besides names, tags and figures; two signs count as a word where a script writes no blanks."""
    said = 0
    for start, end in tokens(text):
        if end <= bounds[0] or text[start:end].isdigit() or text[start - 1 : start] in ("#", "@", ".", "/"):
            continue
        if start >= bounds[1]:
            break
        if not named.touches(start, end):
            said += max(1, (end - start) // 2) if is_spaceless(text[start]) else 1
    return said


def _names(reading: Reading, text: str) -> list[Bounds]:
    return [place for found in reading.named(text) for place in found]


def _off_script(reading: Reading) -> tuple[PieceSpan, ...]:
    """Sentences of a piece that names the product, or answers somebody who does, without anything that explains them."""
    if not any(_names(reading, text) for text in (*_TEXTS, "third_party_text", "link_text")):
        return ()
    kinds = _ANSWER if reading.piece.is_reply else _NAMED
    # words for a picture say what it shows, not what the company says of the product
    return reading.spans("off_script", {"post_text": _unexplained(reading, "post_text", kinds)})


def _unexplained(reading: Reading, text: str, kinds: tuple[str, ...]) -> list[Bounds]:
    folded = reading.texts[text]
    if not folded.text.strip():
        return []
    named = _names(reading, text)
    uses = label_uses(reading, text)
    scene = [start for start, _ in label_use_places(reading, text)]
    told = [*_told(reading, text, kinds), *uses]
    names = Covered(named)
    least = _SAYS + reading.piece.is_reply  # an answer begins with a name and a word of greeting
    return [
        (begin, end)
        for begin, end in _sentences(folded)
        if not any(begin <= at < end for at in told)
        and _said(folded.text, (begin, end), names) >= least
        and not _beside_the_point(reading, folded, (begin, end), named)
        and not (_opens(folded, begin, end, names) and any(at >= end for at in scene))
    ]


def _opens(folded: FoldedText, begin: int, end: int, names: Covered) -> bool:
    """A first sentence that does not name the product sets a scene ("Grass pollen peaks this week."), where the label's use follows.

    A word such as "Ad" may stand before it.
    """
    return not names.touches(begin, end) and _said(folded.text, (0, begin), names) <= _LABELLED


def _told(reading: Reading, text: str, kinds: tuple[str, ...]) -> list[int]:
    folded = reading.texts[text].text
    places = (place for kind in kinds if kind != "form_words" for place in reading.places(kind, text))
    told = [start for start, end in places if end - start >= _SHORT or is_spaceless(folded[start])]
    return [*told, *(_forms_told(reading, text) if "form_words" in kinds else ())]


def _forms_told(reading: Reading, text: str) -> list[int]:
    """A form of medicine explains a short sentence ("50 mg film-coated tablets"), not a story in which a tablet occurs."""
    folded = reading.texts[text]
    forms = [start for start, end in reading.places("form_words", text) if end - start >= _SHORT or is_spaceless(folded.text[start])]
    names = Covered(_names(reading, text)) if forms else Covered(())
    return [start for start in forms if _said(folded.text, folded.sentence(start), names) <= _FORM_TOLD]


def _beside_the_point(reading: Reading, folded: FoldedText, bounds: Bounds, named: list[Bounds]) -> bool:
    """A question that does not name the product, an imprint, or the name under an answer."""
    sentence = folded.text[bounds[0] : bounds[1]].strip()
    if _IMPRINT.search(sentence):
        return True
    if reading.piece.is_reply and bounds[1] == len(folded.text) and _said(folded.text, bounds, Covered(())) <= _SIGNED:
        return True
    return sentence.endswith("?") and not any(bounds[0] <= start < bounds[1] for start, _ in named)


def label_uses(reading: Reading, text: str) -> list[int]:
    """Places of the use told as a label tells it: "for migraine", "bei leichten Schmerzen"; in scripts without blanks each place.

    What is no medicine has no label.
    """
    if reading.piece.product_status == "none":
        return []
    folded = reading.texts[text]
    places = {*label_use_places(reading, text), *filed_places(reading, reading.piece.indication, (text,))[text]}
    return [start for start, _ in places if _as_label(folded, start)]


def _as_label(folded: FoldedText, at: int) -> bool:
    if is_spaceless(folded.text[at]):
        before, behind = folded.text[max(0, at - _REACH) : at], folded.text[at + 2 : at + _REACH]
        return bool(_USE_BEFORE.search(before) or _USE_BEHIND.match(behind))
    begin, _ = folded.sentence(at)
    return bool(_USE.search(folded.text[max(begin, at - _REACH) : at]))


def _use_as_figure(reading: Reading) -> tuple[PieceSpan, ...]:
    """The use in a sentence with the name, not put as a label puts it and with no verb of treating."""
    found: dict[str, list[Bounds]] = {}
    for text in _TEXTS:
        folded = reading.texts[text]
        named = _names(reading, text)
        sentences = {folded.sentence(place[0]) for place in named}
        if not sentences:
            continue
        told = _told(reading, text, _TOLD)
        names = Covered(named)
        besides = Covered([*named, *filed_places(reading, reading.piece.indication, (text,))[text]])
        found[text] = [
            (start, end)
            for start, end in label_use_places(reading, text)
            if (bounds := folded.sentence(start)) in sentences
            and not names.touches(start, end)  # a brand may hold the first letters of what it is for
            and not _compound(folded.text[start:end])
            and not _as_label(folded, start)
            and not any(bounds[0] <= at < bounds[1] for at in told)
            and _said(folded.text, bounds, names) > _SAYS
            and _said(folded.text, bounds, besides) > 2  # the name and the label's own words, set side by side, are the label
        ]
    return reading.spans("use_as_figure", found)


def _compound(word: str) -> bool:
    """A complaint that names a form of medicine in one word ("Hustensaft") is that form."""
    return word.endswith(_FORMS)


def _form_told(reading: Reading) -> tuple[PieceSpan, ...]:
    """The form of a medicine in a sentence with nothing else to explain it, in a piece filed under a product."""
    if not reading.piece.product:
        return ()
    found: dict[str, list[Bounds]] = {}
    for text in _TEXTS:
        forms = reading.places("form_words", text)
        if forms:
            open_ones = set(_unexplained(reading, text, _TOLD))
            found[text] = [place for place in forms if reading.texts[text].sentence(place[0]) in open_ones]
    return reading.spans("form_told", found)


STATEMENT_SIGNALS: Mapping[str, CodeSignal] = MappingProxyType(
    {"off_script": _off_script, "use_as_figure": _use_as_figure, "form_told": _form_told}
)
