"""Which language a post is in: script first, then the small words people can't write without.

Baseline: 17 languages; a short or mixed post falls back to what its source declared, then to the pack whose phrases it uses, then to "und"
(undetermined), which a person must look at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

UNDETERMINED = "und"

_SMALL_WORDS = {
    "en": "the and is of to in that it for was with my have this you are be at not on but they what so me do i im ive from been just had "
    "your can will would how when am after which an were has did any does about or if as all we he she his her who no don t",
    "de": "der die das und ist nicht ich zu mit den sie es ein eine auch auf für von mir mich war wie bei hat habe aber "
    "dem im nach seit "
    "noch wenn nur oder wir ihr kann soll bin sind einen einer wird mein meine meiner gegen ihm ihn "
    "sehr schon was man so dass vom zur zum am kein "
    "keine hab nix danke doch mal jetzt gestern heute immer wieder nimmt nehme",
    "fr": "le la les et est des une un je pas que pour dans ce qui du ne sur mon ma mes avec au il elle nous vous ai suis cette depuis "
    "mais très c'est j'ai ont plus après ça été fait par son sa on y",
    "es": "el la los las y es que de un una no en por con para mi me se lo su pero muy más al del como yo está tengo desde he sin este "
    "esta hace cuando después estoy fue le ha mis porque nada",
    "pt": "o a os as e é que de um uma não em por com para meu minha me se do da no na mas muito mais eu está tenho desde foi ao você são "
    "depois quando isso estou ele ela pelo sem dos das nos às também",
    "it": "il lo la gli le e è che di un una non in per con mi si ma molto più del della sono ho da come anche mio mia questo dopo nel "
    "alla ha sto perché al dei delle ci io stato",
    "nl": "de het een en is niet ik dat van te op met voor zijn mijn maar er heb aan ook als bij naar nog wel geen je ze was dit hij sinds "
    "na om wat heeft ben mij door of kan dan al zo wordt uit",
    "pl": "i w na z nie to jest się do że jak o ale mam po od dla już tak przez co mi moja mój czy ja był była tylko jestem bardzo ma mnie "
    "za przy ze",
    "cs": "a v na se je že to s z do si mám ale po jsem jak od pro by už mi co ve při moje můj tak bylo byla jen není jako k u která který "
    "mě",
    "tr": "ve bir bu da de için çok ne ile ben mi var ama gibi daha sonra kadar değil oldu bana benim her şey olarak ki en o mu beri "
    "yok hiç",
    "ru": "и в не на я что с по это у как мне но а к от из за же так был была после меня он она для то все очень мой моя уже бы",
    "uk": "і в не на я що з по це у як мені але а до від із за й та так був була після мене він вона для то все дуже мій моя вже є щоб",
}

_TABLE: dict[str, tuple[str, ...]] = {}
for _code, _text in _SMALL_WORDS.items():
    for _word in _text.replace("'", " ").split():
        _TABLE[_word] = (*_TABLE.get(_word, ()), _code) if _code not in _TABLE.get(_word, ()) else _TABLE[_word]

_SCRIPTS = (
    ("ja", re.compile("[\u3041-\u30fa\u30fc-\u30ff\uff66-\uff9d]")),
    ("ko", re.compile("[\uac00-\ud7a3\u1100-\u11ff]")),
    ("zh", re.compile("[\u3400-\u9fff]")),
    ("ar", re.compile("[\u0620-\u064a]")),
    ("cyrillic", re.compile("[\u0400-\u04ff]")),
    ("other", re.compile("[\u0370-\u03ff\u0530-\u061f\u0700-\u10ff\u1200-\u1cff]")),
)
_UKRAINIAN = re.compile("[іїєґІЇЄҐ]")
_LETTERS = re.compile(r"[^\W\d_]")
LANGUAGES = ("en", "de", "fr", "es", "pt", "it", "ja", "ar", "nl", "pl", "cs", "ru", "uk", "tr", "zh", "ko")


def declared(lang: str) -> str:
    """Two letters of a declared language tag ("pt-BR" -> "pt"), "" when it says nothing usable."""
    head = re.split("[-_]", lang.strip().casefold(), maxsplit=1)[0]
    return head if re.fullmatch("[a-z]{2,3}", head) and head != UNDETERMINED else ""


def identify(text: str, words: Sequence[str], hint: str = "", phrases: Callable[[str], int] = lambda code: 0) -> str:
    """Language code of a post. `hint` is the declared language; `phrases(code)` counts words a pack of ours knows."""
    hint = declared(hint)
    script = "" if text.isascii() else _by_script(text)
    if script:
        return script if script != "other" else hint or UNDETERMINED
    code, strength = _by_small_words(words)
    if strength >= (2 if not hint or hint == code else 4):
        return code
    return hint or _by_phrases(code, phrases)


def _by_script(text: str) -> str:
    """The script most letters belong to; "" for Latin. One kana in twenty makes Han Japanese."""
    head = text[:2000]
    letters = len(_LETTERS.findall(head)) or 1
    counts = {name: len(pattern.findall(head)) for name, pattern in _SCRIPTS}
    if counts["ja"] and counts["ja"] + counts["zh"] > 0.4 * letters:
        return "ja" if counts["ja"] * 20 > counts["zh"] else "zh"
    name, most = max(counts.items(), key=lambda item: item[1])
    if most <= 0.4 * letters:
        return ""
    return name if name != "cyrillic" else ("uk" if _UKRAINIAN.search(head) else "ru")


def _by_small_words(words: Sequence[str]) -> tuple[str, float]:
    """Best language and its lead over the second, in words; a word shared by several languages counts a part for each."""
    scores: dict[str, float] = {}
    for word in words[:200]:
        codes = _TABLE.get(word, ())
        for code in codes:
            scores[code] = scores.get(code, 0.0) + 1 / len(codes) ** 0.5
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    if not ranked:
        return "", 0.0
    second = ranked[1][1] if len(ranked) > 1 else 0.0
    code, best = ranked[0]
    return code, min(best, 2 * (best - second) + 0.2 * best)


def _by_phrases(guess: str, phrases: Callable[[str], int]) -> str:
    counts = {code: phrases(code) for code in ("en", "de")}
    best = max(sorted(counts), key=lambda code: (counts[code], code == guess))
    return best if counts[best] and list(counts.values()).count(counts[best]) == 1 else guess or UNDETERMINED
