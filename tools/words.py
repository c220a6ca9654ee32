"""Collect every translatable word into the catalogues, and write the pseudo-locale.

Usage: python tools/words.py            (needs GNU gettext: apt-get install gettext)
The pseudo-locale (code eo) stretches every word and wraps it in brackets, so that a clipped or untranslatable word is seen at once.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "candour" / "web" / "locale"
LANGUAGES = ("de", "ar", "eo")
PLURALS = {
    "de": "nplurals=2; plural=(n != 1);",
    "eo": "nplurals=2; plural=(n != 1);",
    "ar": "nplurals=6; plural=n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5;",
}
#: What of a rule or signal a person reads, and the parts of a file that hold none of it.
SENTENCES = frozenset({"asks", "suggestion", "why", "meaning", "about", "held_by"})
NOT_SENTENCES = frozenset({"hits", "misses", "translations"})
PSEUDO = "eo"
_LETTERS = str.maketrans("aeiouncAEIOUNC", "àéîõüñçÀÉÎÕÜÑÇ")
_KEEP = re.compile(r"%\(\w+\)[a-z]|%%|%[sd]|\{\w*\}|<[^>]+>|&\w+;")


def collect() -> None:
    """Run makemessages for every language over the whole package."""
    for language in LANGUAGES:
        (LOCALE / language / "LC_MESSAGES").mkdir(parents=True, exist_ok=True)
    options = [part for language in LANGUAGES for part in ("-l", language)]
    line = [sys.executable, "-m", "django", "makemessages", *options, "--no-obsolete", "--no-location", "--no-wrap", "-i", "migrations"]
    passing = ROOT / "candour" / "rule_sentences.py"
    passing.write_text("\n".join(f"gettext_noop({sentence!r})" for sentence in rule_sentences()), encoding="utf-8")
    try:
        with tempfile.TemporaryDirectory() as data:
            settings = {**os.environ, "DJANGO_SETTINGS_MODULE": "candour.project.settings", "CANDOUR_DATA": data}
            subprocess.run(line, cwd=ROOT / "candour", env=settings, check=True)
    finally:
        passing.unlink()


def rule_sentences() -> list[str]:
    """Every English sentence of the market rules that a screen shows: the catalogues hold them like words of a template."""
    found: dict[str, None] = {}
    for folder in ("markets", "signals"):
        for path in sorted((ROOT / "candour" / "packs" / folder).rglob("*.toml")):
            found |= dict.fromkeys(_sentences(tomllib.loads(path.read_text(encoding="utf-8"))))
    return list(found)


def _sentences(node: object, name: str = "") -> Iterator[str]:
    if isinstance(node, str) and name in SENTENCES:
        yield node
    elif isinstance(node, dict):
        for key, part in node.items():
            if key not in NOT_SENTENCES:
                yield from _sentences(part, key)
    elif isinstance(node, list):
        for part in node:
            yield from _sentences(part)


def mend_header(language: str) -> None:
    """Give a catalogue the header that compilers ask for: its language and plural rule, and no doubt about either."""
    path = LOCALE / language / "LC_MESSAGES" / "django.po"
    head, _blank, rest = path.read_text(encoding="utf-8").partition("\n\n")
    kept = [line for line in head.split("\n") if line.startswith('"') and not re.match(r'"(Language|Plural-Forms|X-|Generated)', line)]
    own = [f'"Language: {language}\\n"', f'"Plural-Forms: {PLURALS[language]}\\n"']
    path.write_text("\n".join(['msgid ""', 'msgstr ""', *kept, *own]) + "\n\n" + rest, encoding="utf-8")


def drop_guesses(language: str) -> None:
    """Empty what the merge only guessed from a similar message: a wrong word is worse than an English one."""
    path = LOCALE / language / "LC_MESSAGES" / "django.po"
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    for message in catalogue:
        if message.id and message.fuzzy:
            message.string = ("",) * catalogue.num_plurals if message.pluralizable else ""
            message.flags.discard("fuzzy")
            message.previous_id = []
    with path.open("wb") as file:
        write_po(file, catalogue, width=0)
    mend_header(language)


def pseudo(words: str) -> str:
    """The words with accents and a third more length; placeholders and markup stay as they are."""
    parts, end = [], 0
    for kept in _KEEP.finditer(words):
        parts += [words[end : kept.start()].translate(_LETTERS), kept.group()]
        end = kept.end()
    parts.append(words[end:].translate(_LETTERS))
    return f"[{''.join(parts)}{'·' * max(1, len(words) // 3)}]"


def write_pseudo() -> None:
    """Fill the pseudo-locale's catalogue from the message ids."""
    path = LOCALE / PSEUDO / "LC_MESSAGES" / "django.po"
    with path.open("rb") as file:
        catalogue = read_po(file, locale=PSEUDO)
    for message in catalogue:
        if not message.id:
            continue
        if isinstance(message.id, tuple):
            message.string = tuple(pseudo(one) for one in message.id)
        else:
            message.string = pseudo(message.id)
        message.flags.discard("fuzzy")
    with path.open("wb") as file:
        write_po(file, catalogue, width=0, omit_header=False)


if __name__ == "__main__":
    collect()
    for code in LANGUAGES:
        mend_header(code)
        drop_guesses(code)
    write_pseudo()
    mend_header(PSEUDO)
