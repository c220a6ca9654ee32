"""How people write a product's name: with the endings of their language, in their script, and misspelt. By rule, compiled in.

Nothing is searched for fuzzily: every form is a dictionary entry. A form that could be an ordinary word or another product is left out
(`ProductDictionary.forms`), since a false name costs more than a rare misspelling.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import combinations

#: Endings of cases, plurals and compounds. Languages that set an apostrophe before them need none: it is a border between words.
GERMANIC = ("s", "es", "n", "tablette", "tabletten", "tropfen", "pen", "pens", "spritze", "spritzen", "salbe", "kapsel", "kapseln", "spray")
_SLAVIC = ("a", "u", "em", "iem", "ie", "owi", "ovi", "om", "y", "ow", "ami", "ach", "ech")
_TURKISH = (
    *("i", "in", "e", "de", "te", "den", "ten", "le", "ler", "leri", "lerin"),
    *("a", "da", "ta", "dan", "tan", "la", "lar", "lari", "u", "un", "yi", "yu", "ya", "ye", "nin", "nun"),
)
#: Korean writes its particles on to a name in Latin letters; of the verbs only those of taking stand without a blank as well.
_HANGUL = (
    *("을", "를", "은", "는", "이", "가", "로", "으로", "도", "만", "의", "에", "랑", "이랑", "하고", "과", "와", "때문에", "부터", "까지"),
    *("먹고", "맞고", "먹은", "맞은", "복용"),
)
_CYRILLIC_ENDINGS = ("", "а", "у", "ом", "е", "ы", "и", "ов", "ами", "ах", "ів", "і")
_ARABIC_PREFIXES = ("", "ال", "و", "ب", "ل", "بال", "وال", "لل")
SHORTEST_INFLECTED = 5
_SHORTEST_MISSPELT = 6
_SHORTEST_TWICE = 8
_VOWELS = "aeiou"
#: What sounds alike; each way round.
_ALIKE = (
    ("ph", "f"), ("y", "i"), ("c", "k"), ("z", "s"), ("c", "s"), ("x", "ks"), ("x", "cs"), ("v", "w"), ("v", "f"), ("th",
    "t"), ("qu", "kw"),
    ("ae", "e"), ("oe", "o"), ("ck", "k"), ("rh", "r"), ("j", "y"), ("ei", "ai"), ("ie", "i"), ("ll", "l"), ("rr", "r"), ("ss", "s"),
    ("tt", "t"), ("nn", "n"), ("mm", "m"), ("pp", "p"), ("ff", "f"),
)  # fmt: skip
_CYRILLIC = {
    "shch": "щ", "sch": "ш", "sh": "ш", "ch": "х", "zh": "ж", "kh": "х", "ts": "ц", "ya": "я", "yu": "ю", "ph": "ф", "th": "т", "ck": "к",
    "qu": "кв", "x": "кс", "a": "а", "b": "б", "c": "к", "d": "д", "e": "е", "f": "ф", "g": "г", "h": "х", "i": "и", "j": "й", "k": "к",
    "l": "л", "m": "м", "n": "н", "o": "о", "p": "п", "q": "к", "r": "р", "s": "с", "t": "т", "u": "у", "v": "в", "w": "в",
    "y": "и", "z": "з",
}  # fmt: skip
_GREEK = {
    "th": "θ", "ph": "φ", "ch": "χ", "ps": "ψ", "ou": "ου", "a": "α", "b": "μπ", "c": "κ", "d": "ντ", "e": "ε", "f": "φ",
    "g": "γκ", "h": "χ",
    "i": "ι", "j": "τζ", "k": "κ", "l": "λ", "m": "μ", "n": "ν", "o": "ο", "p": "π", "q": "κ", "r": "ρ", "s": "σ", "t": "τ", "u": "ου",
    "v": "β", "w": "γου", "x": "ξ", "y": "ι", "z": "ζ",
}  # fmt: skip
_ARABIC = {
    "sh": "ش", "ch": "تش", "th": "ث", "ph": "ف", "kh": "خ", "gh": "غ", "ck": "ك", "qu": "كو", "x": "كس", "a": "ا", "b": "ب",
    "c": "ك", "d": "د",
    "e": "ي", "f": "ف", "g": "ج", "h": "ه", "i": "ي", "j": "ج", "k": "ك", "l": "ل", "m": "م", "n": "ن", "o": "و", "p": "ب",
    "q": "ق", "r": "ر",
    "s": "س", "t": "ت", "u": "و", "v": "ف", "w": "و", "y": "ي", "z": "ز",
}  # fmt: skip
_KANA_ROWS = {
    "": "アイウエオ", "k": "カキクケコ", "s": "サシスセソ",
    "t": "タチツテト", "n": "ナニヌネノ", "h": "ハヒフヘホ",
    "m": "マミムメモ", "r": "ラリルレロ",
    "g": "ガギグゲゴ", "z": "ザジズゼゾ", "d": "ダヂヅデド", "b": "バビブベボ", "p": "パピプペポ",
}  # fmt: skip
_KANA_MORE = {
    "f": ("ファ", "フィ", "フ", "フェ", "フォ"),
    "v": ("バ", "ビ", "ブ", "ベ", "ボ"),
    "w": ("ワ", "ウィ", "ウ", "ウェ", "ウォ"),
    "j": ("ジャ", "ジ", "ジュ", "ジェ", "ジョ"),
    "t": ("タ", "ティ", "トゥ", "テ", "ト"),
    "d": ("ダ", "ディ", "ドゥ", "デ", "ド"),
}
_KANA = {**{key: tuple(row) for key, row in _KANA_ROWS.items()}, **_KANA_MORE}
_KANA_SOUNDS = (("ph", "f"), ("th", "t"), ("ck", "k"), ("ch", "k"), ("qu", "kw"), ("x", "ks"), ("q", "k"), ("l", "r"), ("y", "i"))
_KANA_ALONE = {"n": "ン", "t": "ト", "d": "ド", "j": "ジ"}
_DOUBLED = re.compile(r"(.)\1+")


def inflected(word: str) -> Iterator[str]:
    """A name in Latin letters with the endings of German, English, Polish, Czech and Turkish, and the particles of Korean."""
    if len(word) >= SHORTEST_INFLECTED and word.isalpha():
        yield from (word + ending for ending in dict.fromkeys((*GERMANIC, *_SLAVIC, *_TURKISH, *_HANGUL)))


def transliterated(word: str) -> Iterator[str]:
    """A name in Latin letters as Cyrillic, Greek, Arabic and katakana write it, with what they hang on it."""
    if len(word) < SHORTEST_INFLECTED or not word.isascii() or not word.isalpha():
        return
    single = _DOUBLED.sub(r"\1", word)
    for cyrillic in dict.fromkeys((_by_table(word, _CYRILLIC), _by_table(single, _CYRILLIC))):
        yield from (cyrillic + ending for ending in _CYRILLIC_ENDINGS)
    greek = _by_table(single, _GREEK)
    yield greek[:-1] + "ς" if greek.endswith("σ") else greek
    for arabic in dict.fromkeys((_by_table(single, _ARABIC), _by_table(single[0] + single[1:].replace("e", ""), _ARABIC))):
        yield from (prefix + arabic for prefix in _ARABIC_PREFIXES)
    yield katakana(single)


def _by_table(word: str, table: dict[str, str]) -> str:
    at, out = 0, ""
    while at < len(word):
        size = next((size for size in (4, 3, 2, 1) if word[at : at + size] in table), 1)
        out += table.get(word[at : at + size], "")
        at += size
    return out


def katakana(word: str) -> str:
    """A name as Japanese spells foreign words: a vowel behind every consonant, l as r, v as b."""
    for written, sound in _KANA_SOUNDS:
        word = word.replace(written, sound)
    word = re.sub("c(?=[eiy])", "s", word).replace("c", "k")
    out = ""
    for consonant, vowel in re.findall("([^aeiou]?)([aeiou]?)", word):
        if vowel:
            out += _KANA.get(consonant, _KANA[""])[_VOWELS_IN_ORDER.index(vowel)]
        elif consonant:
            out += _KANA_ALONE.get(consonant) or _KANA.get(consonant, _KANA[""])[2]
    return out


_VOWELS_IN_ORDER = "aiueo"


def misspelt(word: str) -> Iterator[str]:
    """Likely misspellings of a name: a letter lost, doubled or swapped, another vowel, a like sound; of a long name two such sounds."""
    if len(word) < _SHORTEST_MISSPELT or not word.isascii() or not word.isalpha():
        return
    seen = {word}
    for form in (*_slips(word), *_sounds(word)):
        if form not in seen and len(form) >= _SHORTEST_MISSPELT - 1:
            seen.add(form)
            yield form


def _slips(word: str) -> Iterator[str]:
    for at in range(1, len(word)):
        yield word[:at] + word[at + 1 :]
        yield word[:at] + word[at] + word[at:]
        if at + 1 < len(word):
            yield word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        if word[at] in _VOWELS:
            yield from (word[:at] + vowel + word[at + 1 :] for vowel in _VOWELS)


def _sounds(word: str) -> Iterator[str]:
    changes = [(one, other) for pair in _ALIKE for one, other in (pair, pair[::-1]) if one in word]
    yield from (word.replace(*change) for change in changes)
    yield from (word.replace(*change, 1) for change in changes)
    if len(word) >= _SHORTEST_TWICE:
        yield from (word.replace(*first).replace(*second) for first, second in combinations(changes, 2))


def unclaimed(forms: Iterable[tuple[str, str]], taken: set[str]) -> list[tuple[str, str]]:
    """Of (form, product) those that nobody else claims: not taken, and made for one product only."""
    rows = list(dict.fromkeys(forms))
    owners: dict[str, set[str]] = {}
    for form, product in rows:
        owners.setdefault(form, set()).add(product)
    return [(form, product) for form, product in rows if form not in taken and len(owners[form]) == 1]
