"""Signals of how a piece speaks: the marks of an appeal beside a product's name, and forms of medicines shown as signs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from candour.screening.signals import CodeSignal, PieceSpan, Reading
from candour.screening.signals_label import VISIBLE_TEXTS, label_use_places
from candour.screening.signals_statement import label_uses
from candour.screening.signals_text import is_spaceless, tokens

#: Pictures, faces, hearts and stars; not the marks of a trade name, arrows or the black triangle.
_EMOJI = re.compile("[\u2600-\u26ff\u2728\u2757\u2763\u2764\u2b50\U0001f300-\U0001faff]")
_MARK = re.compile(r"[!?](?=[\s)\"'!?]|$)|\.\.\.")
#: Syringe, pill, plaster, drop of blood, test tube.
_FORMS = re.compile("[\U0001f489\U0001f48a\U0001fa79\U0001fa78]")
#: A name with a heart is a name; with words around it, it speaks.
_SPEAKS_FROM = 2
#: Beside a bare name stands a word such as "from" or "pack", or "ask your doctor about", at most.
_ALONE = 4
_ASKED = max(_SPEAKS_FROM, _ALONE)
#: Signs between a word of lacking and the name it belongs to ("without your Mivrantel").
_NEAR = 8
#: What a pack, a leaflet, a list of prices or a business report says.
_TOLD = (
    *("supply_words", "form_words", "price", "leaflet_invitation", "risk_words", "corporate_news", "pipeline_fact", "safety_notice"),
    *("label_reference", "reporting_statement", "prescribing_information", "approved_words", "treats_words", "claim_efficacy"),
    *("limit_words", "disclosure_words"),
)
#: Words for a picture also say what of the pack is seen on it.
_SEEN = (*_TOLD, "pack_shown")
#: More mentions of the name tell nothing new and would make long texts slow.
_PLACES = 10


def _appeal_marks(reading: Reading) -> tuple[PieceSpan, ...]:
    """Holds for texts that name the product, or where the post stands under a picture or text that does."""
    if not any(part for text in VISIBLE_TEXTS for part in reading.named(text)):
        return ()
    why = reading.wordings.lexicon.signals["appeal_marks"].meaning
    found: list[PieceSpan] = []
    for text in VISIBLE_TEXTS:
        folded = reading.texts[text]
        places = [folded.place(*mark.span()) for mark in _MARK.finditer(folded.text)]
        places += [mark.span() for mark in _EMOJI.finditer(folded.original)]
        if places and _beside(reading, text) >= _SPEAKS_FROM:
            shown = "third_party_text" if text == "adopted_text" else text
            found += [PieceSpan(start, end, folded.original[start:end], why, shown) for start, end in sorted(places)[:3]]
    return tuple(found)


def _beside(reading: Reading, text: str, leave: tuple[tuple[int, int], ...] = ()) -> int:
    """Words beside the name and what is left out, counted as far as anybody asks."""
    folded = reading.texts[text]
    named = [place for found in reading.named(text) for place in found]
    said = 0
    for start, end in tokens(folded.text):
        if folded.text[start:end].isdigit() or any(a < end and start < b for a, b in (*named[:_PLACES], *leave)):
            continue
        said += max(1, (end - start) // 2) if is_spaceless(folded.text[start]) else 1
        if said > _ASKED:
            break
    return said


def _name_alone(reading: Reading) -> bool:
    """C.01.044 (Canada) lets the public read name, price and quantity only."""
    return _beside(reading, "post_text", tuple(reading.places("form_words", "post_text"))) <= _ALONE


def _product_missed(reading: Reading) -> tuple[PieceSpan, ...]:
    """A word of lacking just before the name, or just behind it where the verb follows."""
    found: dict[str, list[tuple[int, int]]] = {}
    for text in ("post_text", "image_text"):
        lacks = reading.places("lack_words", text)
        named = [place for places in reading.named(text) for place in places]
        if lacks and named:
            found[text] = [lack for lack in lacks if any(_near(lack, name) for name in named[:_PLACES])]
    return reading.spans("product_missed", found)


def _near(lack: tuple[int, int], name: tuple[int, int]) -> bool:
    return 0 <= name[0] - lack[1] <= _NEAR or 0 < lack[0] - name[1] <= 2


def _name_acts(reading: Reading) -> tuple[PieceSpan, ...]:
    """A sentence that names the product and, beside it, neither the filed use nor what a pack or leaflet says."""
    found: dict[str, list[tuple[int, int]]] = {}
    for text in ("post_text", "image_text"):
        folded = reading.texts[text]
        named = sorted({place for places in reading.named(text) for place in places})[:_PLACES]
        if not named:
            continue
        told = {place[0] for name in (_SEEN if text == "image_text" else _TOLD) for place in reading.places(name, text)} | {
            *(place[0] for place in label_use_places(reading, text)),
            *label_uses(reading, text),
        }
        sentences = dict.fromkeys(folded.sentence(place[0]) for place in named)
        found[text] = [
            bounds for bounds in sentences if not any(bounds[0] <= at < bounds[1] for at in told) and _says(folded.text, bounds, named)
        ]
    return reading.spans("name_acts", found)


def _says(text: str, bounds: tuple[int, int], named: list[tuple[int, int]]) -> bool:
    """Two words and more besides the names, tags and figures of a sentence."""
    said = 0
    for start, end in tokens(text):
        if end <= bounds[0] or start >= bounds[1] or text[start:end].isdigit() or text[start - 1 : start] in ("#", "@", "."):
            continue
        if not any(a < end and start < b for a, b in named):
            said += max(1, (end - start) // 2) if is_spaceless(text[start]) else 1
    return said >= _SPEAKS_FROM


def _form_shown(reading: Reading) -> tuple[PieceSpan, ...]:
    why = reading.wordings.lexicon.signals["form_shown"].meaning
    return tuple(
        PieceSpan(*mark.span(), mark.group(), why, text)
        for text in ("post_text", "image_text")
        for mark in _FORMS.finditer(reading.texts[text].original)
    )


APPEAL_SIGNALS: Mapping[str, CodeSignal] = MappingProxyType(
    {
        "appeal_marks": _appeal_marks,
        "form_shown": _form_shown,
        "name_alone": _name_alone,
        "product_missed": _product_missed,
        "name_acts": _name_acts,
    }
)
