"""Product names in a text: as registered, in a hashtag or domain, mistyped, or spelled to evade a check."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from candour.screening.covered import Covered
from candour.screening.signals_text import FoldedText, fold_phrase, is_spaceless, joins, tokens

_SALTS = frozenset(
    {"hcl", "sodium", "besylate", "hydrochloride", "mesylate", "maleate", "tartrate", "succinate", "hypothetical", "category"}
)
#: Words for a form, a class or a use that stand beside a name in a product field, in the shipped languages: never a name by themselves.
_BESIDE_NAMES = """
the and for brand brands product products various hypothetical prescription medicine medicines drug drugs launch unbranded
campaign candidate candidat kandidat clinic klinik compounded category several tablet tablets tabletten tabletter comprimidos
comprimés compresse tabletas pille pillen pill pills capsule capsules kapseln kapslar gélules cápsulas dragées pastilles pastillas
pastiglie lutschtabletten lozenges gummies drops tropfen gouttes gotas gocce druppels droppar syrup saft sirup sirop jarabe
sciroppo siroop xarope cream creme crème crema gel salbe ointment pommade pomada unguento zalf salva spray nasenspray lotion
solution lösung lösning oral pen pens injection injections injektion injektionen inyección inyecciones iniezione iniezioni injeção
injectie infusion powder pulver patch pflaster inhaler vaccine vaccines vaccin vaccins vaccino vacuna vacina impfstoff antigrippal
weight loss filler hustensaft supplement serum tea forte plus night day max d'acide acid acide
"""
_NOT_A_NAME = frozenset(_BESIDE_NAMES.split())
#: Forms of a medicine written onto the name in scripts without blanks.
_SPACELESS_FORM = re.compile(
    r"(?:OD)?(?:錠|カプセル|皮下注|静注|点滴静注|点眼液|軟膏|顆粒|細粒|シロップ|片|胶囊|注射液|颗粒|口服液|软膏)[0-9A-Za-z]*$"
)
_CODE_NUMBER = re.compile(r"[A-Z]{2,5}-?[0-9]{3,}")
_DIGIT_LETTERS = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s"})
MIN_ALIAS = 5
MIN_TYPO = 7
MAX_SPELLED = 8


@dataclass(frozen=True, slots=True)
class ProductNames:
    """Folded names of a product: `brands` and `generics` (established names)."""

    brands: tuple[str, ...]
    generics: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.brands, *self.generics)


@lru_cache(maxsize=4096)
def names_of(product: str) -> ProductNames:
    """Names in a product field such as `Mivrantel (rimovantan HCl)`; several products are parted by `;`, `,`, `+` or `/`."""
    brands: list[str] = []
    generics: list[str] = []
    for part in unicodedata.normalize("NFKC", product).replace("、", ",").split(";"):
        head, _, rest = part.partition("(")
        inside = rest.partition(")")[0]
        generics += [name for chunk in re.split("[/+,]", inside) if (name := _without_salt(chunk))]
        for one in re.split(r"\s*[,+]\s*|\s+/\s+", head):
            _sort_head(one.strip(), brands, generics)
    return ProductNames(_unique(brands), _unique(generics))


def _sort_head(head: str, brands: list[str], generics: list[str]) -> None:
    """The words before the bracket: a brand, unless it is written small, as generic names are."""
    words = [word for word in head.split() if fold_phrase(word) not in _NOT_A_NAME]
    if not words:
        return
    if head[0].islower():
        generics += [fold_phrase(word) for word in words if len(word) >= MIN_ALIAS]
        return
    brands.append(fold_phrase(head))
    own = words[0].isalpha() or _CODE_NUMBER.fullmatch(words[0])
    if own and words[0] != head and (len(words) == 1 or (words[0][:1].isupper() and len(words[0]) >= MIN_ALIAS)):
        brands.append(fold_phrase(words[0]))
    bare = _SPACELESS_FORM.sub("", head)
    if bare != head and len(bare) >= 2:
        brands.append(fold_phrase(bare))


def _without_salt(chunk: str) -> str:
    return " ".join(word for word in fold_phrase(chunk).split() if word not in _SALTS)


def _unique(names: list[str]) -> tuple[str, ...]:
    """Each once; a name of two letters is none, unless each is a word (names in Chinese and Japanese are short)."""
    return tuple(dict.fromkeys(name for name in names if len(name) >= 3 or (len(name) == 2 and all(map(is_spaceless, name)))))


def exact_places(names: tuple[str, ...], folded: FoldedText) -> list[tuple[int, int]]:
    """Places where a name stands by itself, in whatever case; a hashtag of just the name counts."""
    return [place for name in names for place in _found(name, folded.text) if _bordered(folded.text, *place)]


def alias_places(names: tuple[str, ...], folded: FoldedText) -> list[tuple[int, int]]:
    """Places where a name hides in a longer tag, handle or domain, is mistyped, or spelled with signs or digits inside."""
    if not names or not folded.text:
        return []
    exact = Covered(exact_places(names, folded))
    found = [*_in_tags(names, folded.text), *_mistyped(names, folded.text), *_spelled_out(names, folded.text)]
    return [place for place in dict.fromkeys(found) if not exact.touches(*place)]


def _found(name: str, text: str) -> list[tuple[int, int]]:
    places = []
    at = text.find(name)
    while at >= 0:
        places.append((at, at + len(name)))
        at = text.find(name, at + len(name))
    return places


def _bordered(text: str, start: int, end: int) -> bool:
    if joins(text, start - 1, start):
        return False
    return not joins(text, end - 1, end) or (text[end] == "s" and not joins(text, end, end + 1))


def _in_tags(names: tuple[str, ...], text: str) -> list[tuple[int, int]]:
    """Names inside `#...`, `@...` and web addresses."""
    found = []
    for name in (name.replace(" ", "") for name in names):
        if len(name) < MIN_ALIAS:
            continue
        for start, end in _found(name, text):
            word_start, word_end = _chunk(text, start, end)
            chunk = text[word_start:word_end]
            if chunk[:1] in "#@" or "." in chunk.strip(".,") or "/" in chunk or "@" in chunk:
                found.append((start, end))
    return found


def _chunk(text: str, start: int, end: int) -> tuple[int, int]:
    while start > 0 and not text[start - 1].isspace() and text[start - 1] not in '("':
        start -= 1
    while end < len(text) and not text[end].isspace() and text[end] not in ')"':
        end += 1
    return start, end


def _mistyped(names: tuple[str, ...], text: str) -> list[tuple[int, int]]:
    """Words one slip away from a long name."""
    long = [name for name in names if len(name) >= MIN_TYPO and " " not in name]
    if not long:
        return []
    return [
        (start, end)
        for start, end in tokens(text)
        if end - start >= MIN_TYPO - 1 and any(_one_slip(text[start:end], name) for name in long)
    ]


def _one_slip(word: str, name: str) -> bool:
    """One letter added, dropped, changed, or two neighbours swapped; the first letter stays."""
    if word == name or word[0] != name[0] or abs(len(word) - len(name)) > 1 or word in (name + "s", name + "'s"):
        return False
    same = next((at for at, (a, b) in enumerate(zip(word, name, strict=False)) if a != b), min(len(word), len(name)))
    rest, wanted = word[same:], name[same:]
    return rest[1:] == wanted[1:] or rest[1:] == wanted or rest == wanted[1:] or (rest[:2] == wanted[1::-1] and rest[2:] == wanted[2:])


def _spelled_out(names: tuple[str, ...], text: str) -> list[tuple[int, int]]:
    """Names with blanks, signs or digits inside: `m i v r a n t e l`, `miv.rantel`, `m1vrantel`."""
    kept = [at for at, letter in enumerate(text) if letter.isalnum() or letter > "\x7f" or letter in "@$"]
    squeezed = "".join(text[at] for at in kept).translate(_DIGIT_LETTERS)
    found = []
    for name in (re.sub("[^a-z0-9\x80-\U0010ffff]", "", name).translate(_DIGIT_LETTERS) for name in names):
        if len(name) < MIN_ALIAS:
            continue
        for start, end in _found(name, squeezed):
            first, last = kept[start], kept[end - 1] + 1
            if last - first <= len(name) * 3 and not joins(text, first - 1, first) and not joins(text, last - 1, last):
                found.append((first, last))
    return found
