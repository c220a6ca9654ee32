"""The texts the language model is trained on and those kept from it: translations of installed packages, our packs, our own posts.

A sentence is kept from training in all languages at once, by a digest of what it translates: no translation of a kept one is seen.
"""

from __future__ import annotations

import hashlib
import re
import sysconfig
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from babel.messages.mofile import read_mo

from candour.packs.language_schema import shipped_languages
from candour.screening.small_words import SMALL_WORDS_OF

HERE = Path(__file__).parent / "language"
#: Where `make train-language` puts the packages of catalogues.txt.
MORE = Path("var/catalogues")
#: Packages under permissive licences (NOTICE) whose translations are read; anything else that is installed is left alone.
PACKAGES = ("django", "wagtail", "sphinx", "oscar", "allauth", "cms")
LATIN = [
    "en", "de", "fr", "es", "pt", "it", "nl", "pl", "cs", "tr", "sv", "da", "no", "fi", "is", "et", "lv", "lt",
    "ro", "ca", "gl", "sk", "sl", "hr", "hu", "sq", "eu", "af", "az", "cy", "ga", "eo", "id", "vi", "sw", "uz", "tk", "hsb", "gd", "br",
]  # fmt: skip
CYRILLIC = ["ru", "uk", "bg", "sr", "mk", "be", "kk", "ky", "mn", "tg", "tt", "os"]
ARABIC = ["ar", "fa", "ur", "ckb", "ug"]
#: Languages of an alphabet, in the order of `language_model.ALPHABETS`.
LANGUAGES = (LATIN, CYRILLIC, ARABIC)
#: Catalogue names that mean one of ours: the two ways of Norwegian are one here, the two Sorbian languages
#: too, and so are Croatian, Bosnian and Serbian in Latin letters.
SAME = {"dsb": "hsb", "nb": "no", "nn": "no", "bs": "hr", "sr_Latn": "hr", "sr@latin": "hr", "ku_IQ": "ckb", "en_FR": "", "en_DE": ""}
_HOLES = re.compile(r"%\(\w*\)[a-z]|%[a-z%]|\{[^}]*\}|<[^>]*>|&\w+;|https?://\S+|\S*[@_/\\]\S*|``[^`]*``|:\w+:`[^`]*`")
_SCRIPTS = (re.compile("[a-zß-ɏḀ-ỿ]"), re.compile("[\u0400-\u052f]"), re.compile("[\u0620-\u06ff\u0750-\u077f]"))
_LETTER = re.compile(r"[^\W\d_]")
FEWEST_LETTERS = 10


class Text(NamedTuple):
    """A text with its language and the number of its alphabet; `kept`: not trained on; `own`: written by us, not from a catalogue."""

    text: str
    language: str
    script: int
    kept: bool
    own: bool = False


def script_of(text: str) -> int:
    """Number of the alphabet nearly all letters of a text belong to, -1 for none."""
    folded = text.casefold()
    letters = len(_LETTER.findall(folded))
    counts = [len(pattern.findall(folded)) for pattern in _SCRIPTS]
    best = max(range(len(counts)), key=counts.__getitem__)
    return best if letters >= FEWEST_LETTERS and counts[best] > 0.8 * letters else -1


def catalogue_texts(packages: tuple[str, ...] = PACKAGES) -> list[Text]:
    """Sentences of all translations found, each once per language; English ones are what is translated."""
    seen: dict[tuple[str, str], Text] = {}
    for path in sorted(_catalogues(packages)):
        locale = path.parent.parent.name
        for source, said in _messages(path):
            for language, text in ((_language(locale), said), ("en", source)):
                if one := _text(text, language, kept(source)):
                    seen.setdefault((one.language, one.text), one)
    return list(seen.values())


def _catalogues(packages: tuple[str, ...]) -> Iterator[Path]:
    for root in (Path(sysconfig.get_paths()["purelib"]), MORE):
        for package in packages:
            yield from (root / package).glob("**/LC_MESSAGES/*.mo")


def _messages(path: Path) -> Iterator[tuple[str, str]]:
    with path.open("rb") as file:
        for message in read_mo(file):
            source = message.id if isinstance(message.id, str) else message.id[0]
            said = (message.string,) if isinstance(message.string, str) else message.string
            yield from ((source, one) for one in said if source and one and one != source)


def _language(locale: str) -> str:
    return SAME.get(locale, locale.split("@")[0].split("_")[0].split("-")[0])


def _text(text: str, language: str, is_kept: bool, own: bool = False) -> Text | None:
    clean = " ".join(_HOLES.sub(" ", text).replace("&", "").split())
    script = script_of(clean)
    return Text(clean, language, script, is_kept, own) if script >= 0 and language in LANGUAGES[script] else None


def kept(source: str, one_in: int = 8) -> bool:
    """Whether a sentence is kept from training: about one in so many, always the same ones."""
    return hashlib.sha256(source.encode()).digest()[0] % one_in == 0


def own_texts() -> list[Text]:
    """Our own posts: the examples of the packs (one in three is kept) and posts in languages without a pack (every second is kept)."""
    rows = [(pack.code.split("-")[0], one.text, kept(one.text, 3)) for pack in shipped_languages() for one in pack.examples]
    posts = tomllib.loads((HERE / "posts.toml").read_text(encoding="utf-8"))["posts"]
    rows += [(code, text, at % 2 == 1) for code, texts in posts.items() for at, text in enumerate(texts)]
    return [found for code, text, is_kept in rows if (found := _text(text, code, is_kept, True))]


def phrase_texts() -> list[Text]:
    """What the packs know as lay words, without their signs; never kept, for they are no sentences."""
    found = []
    for pack in shipped_languages():
        phrases = [phrase for table in (pack.symptoms, pack.cues, pack.signs) for row in table.values() for phrase in row]
        for phrase in phrases:
            words = " ".join(part.split("|")[0] for part in phrase.split() if "*" not in part and not part.startswith(("@", "~")))
            if found_text := _text(words.replace("-", " "), pack.code.split("-")[0], False, True):
                found.append(found_text)
    return found


def small_words(language: str, script: int) -> list[str]:
    """The small words of a language that are written in the alphabet."""
    return [word for word in SMALL_WORDS_OF.get(language, "").split() if _SCRIPTS[script].match(word)]
