"""How languages write the name of a medicine everybody may sell: the national form of its substance, and the endings of each script.

A substance has one international name and each language spells it after its own rules (paroxetine, Paroxetin, paroxetina, paroksetyna,
пароксетин); brand names are taken as they are. By rule and compiled in, like the names of one's own products (`product_forms`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

SHORTEST = 5
#: Endings of German, of English, of Slavic languages and of Turkish that follow a foreign name most often.
_LATIN_ENDINGS = (
    "", "s", "tablette", "tabletten", "tropfen", "a", "u", "em", "ie", "owi", "y", "i", "den", "dan", "in", "e", "da", "de", "la",
)  # fmt: skip
_CYRILLIC_ENDINGS = ("", "а", "у", "ом", "е", "і", "и", "ы", "ю", "я", "ой", "ою", "ем", "ов")
_ARABIC_PREFIXES = ("", "ال", "و", "ب", "ل", "بال", "وال", "لل")
_HANGUL_ENDINGS = (
    "", "을", "를", "이", "가", "은", "는", "도", "만", "로", "으로", "에", "의", "랑", "이랑", "하고", "부터", "이나", "나", "약", "정",
    "주사", "때문에", "먹고", "맞고", "먹은", "맞은", "먹으면", "한알", "두알", "처방",
)  # fmt: skip
_HANGUL = re.compile(r"[가-힣]+")
_CYRILLIC = re.compile(r"[а-яёіїєґ-]+")
_ARABIC = re.compile(r"[\u0621-\u064a]+")
_LATIN = re.compile(r"[a-zà-ž-]+")
#: Ends of international names and how Spanish, Portuguese and Italian end them.
_ROMANCE = (
    ("ine", ("ina",)), ("in", ("ina",)), ("one", ("ona", "one")), ("ole", ("ol", "olo")), ("ol", ("olo",)), ("ide", ("ida",)),
    ("ate", ("ato",)), ("en", ("eno", "ene")), ("an", ("ano",)), ("il", ("ilo", "ila")), ("ac", ("aco",)), ("ir", ("ire",)),
    ("ine", ("ino",)), ("ate", ("at",)), ("ide", ("id",)), ("one", ("on",)), ("ole", ("ol",)), ("ine", ("in",)), ("ene", ("en", "eno")),
    ("ase", ("asa", "asi")), ("am", ("ame",)), ("il", ("ile",)), ("us", ("o",)), ("ium", ("io",)),
)  # fmt: skip


def _pairs(written: str) -> tuple[tuple[str, str], ...]:
    return tuple((of, by) for of, _, by in (pair.partition(">") for pair in written.split()))


_SIMPLER = _pairs("th>t ph>f y>i ll>l mm>m ss>s rr>r")
_POLISH = _pairs("th>t ph>f qu>kw x>ks ti>ty di>dy ri>ry ll>l ci>cy si>sy v>w lyn>lin tya>tia")
_TURKISH = _pairs("th>t ph>f qu>k x>ks ce>se ci>si cy>si c>k y>i ll>l")
_TO_CYRILLIC = _pairs(
    "sch>ш ch>х th>т ph>ф qu>кв ce>це ci>ци cy>ци ck>к x>кс eu>эу ae>е oe>е yl>ил a>а b>б c>к d>д e>е f>ф g>г h>г i>и j>й k>к l>л m>м"
    " n>н o>о p>п q>к r>р s>с t>т u>у v>в w>в y>и z>з"
)
#: In Ukrainian "i" stays "и" only behind these.
_NINE = re.compile(r"(?<=[дтзсцжшчр])и(?=[бвгджзклмнпрстфхцчшщ])")
_VOICED = re.compile(r"(?<=[аеиоу])с(?=[аеиоу])")


def national(substance: str) -> Iterator[str]:
    """A substance of one word as other languages of Latin and Cyrillic script spell it, without endings of cases."""
    word = substance.casefold()
    if len(word) < SHORTEST or not word.isascii() or not word.isalpha():
        return
    bare = word[:-1] if word.endswith("e") else word
    yield bare
    for spelled in dict.fromkeys((word, _spelled(word, _SIMPLER))):
        yield spelled
        for end, others in _ROMANCE:
            if spelled.endswith(end):
                yield from (spelled[: -len(end)] + other for other in others)
    polish = _spelled(bare, _POLISH)
    yield from (polish, polish + "a")
    yield from (_spelled(bare, _TURKISH), bare.replace("th", "t"), bare.replace("ll", "l"))
    russian = _spelled(bare, _TO_CYRILLIC)
    for plain in dict.fromkeys((russian, _VOICED.sub("з", russian), russian.replace("лл", "л"))):
        yield plain
        yield _NINE.sub("ы", plain).replace("и", "і").replace("ы", "и")


def _spelled(word: str, changes: tuple[tuple[str, str], ...]) -> str:
    for of, by in changes:
        word = word.replace(of, by)
    return word


def written(name: str) -> Iterator[str]:
    """A name of one word, folded, as running text writes it: with the endings or prefixes of its script, and without accents."""
    if _HANGUL.fullmatch(name):
        yield from (name + ending for ending in _HANGUL_ENDINGS)
    elif _CYRILLIC.fullmatch(name) and len(name) >= SHORTEST:
        yield from (name + ending for ending in _CYRILLIC_ENDINGS)
        if name[-1] in "ай":
            yield from (name[:-1] + ending for ending in _CYRILLIC_ENDINGS[1:])
    elif _ARABIC.fullmatch(name):
        yield from (prefix + name for prefix in _ARABIC_PREFIXES)
        if name.startswith("ال"):
            yield name[2:]
    elif _LATIN.fullmatch(name) and len(name) >= SHORTEST:
        for form in dict.fromkeys((name, _without_accents(name))):
            yield from (form + ending for ending in _LATIN_ENDINGS)
    else:
        yield name


def _without_accents(word: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFD", word) if not unicodedata.combining(letter))
