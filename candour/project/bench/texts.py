"""Posts to measure with: labelled corpora from a folder when there is one, and invented ones, the same on every machine."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from candour.channels.file_import import read_posts
from candour.core.terms import HeardPost

#: Names the folder with the corpora, one `*.train.jsonl` per corpus.
VARIABLE = "CANDOUR_BENCH_DATA"
_ROOT = Path(__file__).resolve().parents[3]

#: Three parts of an everyday post; about one combination in a thousand comes twice.
_EVERYDAY = {
    "de": (
        (
            "Guten Morgen aus dem Wartezimmer.",
            "Heute wieder Wetterwechsel und der Kopf brummt.",
            "Kurze Frage in die Runde hier.",
            "Zweiter Tag im neuen Büro geschafft.",
            "Meine Schwester hat gestern geheiratet.",
            "Die Bahn war mal wieder zu spät dran.",
            "Endlich Wochenende und keine Termine mehr.",
            "Der Garten steht unter Wasser seit gestern.",
            "Wir ziehen im Herbst nach Leipzig um.",
            "Beim Bäcker um die Ecke gab es Streit.",
            "Mein Hausarzt geht im Sommer in Rente.",
            "Die Kinder schlafen schon seit acht Uhr.",
        ),
        (
            "In der Apotheke lag eine Broschüre über Migräne.",
            "Kopfschmerzen kenne ich zum Glück kaum noch.",
            "Das Tagebuch hilft mir beim Überblick.",
            "Die neue Anleitung zum Pen ist gut gezeichnet.",
            "Auf der Messe stand ein Stand von Hollinqvist.",
            "Ich lese hier schon eine Weile still mit.",
            "Der Vortrag über Schlaf war richtig gut besucht.",
            "Im Podcast ging es um Pausen am Bildschirm.",
            "Jemand hat die Studie aus Wien verlinkt.",
            "Mein Nachbar schwört auf kalte Wickel dagegen.",
            "Die Zeitung schreibt über lange Wartezeiten.",
            "Viel trinken ist leichter gesagt als getan.",
        ),
        (
            "Wie macht ihr das unterwegs?",
            "Danke an alle fürs Mitlesen.",
            "Morgen mehr davon.",
            "Schönen Abend euch allen zusammen.",
            "Mehr Geduld wäre manchmal gut.",
            "Wer kommt am Samstag mit?",
            "Das wollte ich nur mal sagen.",
            "Bis später dann.",
            "So viel für heute.",
            "Bleibt alle schön neugierig.",
            "Ich halte euch auf dem Laufenden.",
            "Was meint ihr dazu?",
        ),
    ),
    "en": (
        (
            "Good morning from the waiting room.",
            "Another grey day and a slow start.",
            "Quick question for everybody here.",
            "Second week at the new job done.",
            "My cousin got married by the lake.",
            "The train was late again, of course.",
            "Finally a weekend without plans.",
            "The garden is flooded since yesterday.",
            "We move to Denver in the autumn.",
            "There was an argument at the bakery.",
            "Our family doctor retires in June.",
            "The kids have been asleep since eight.",
        ),
        (
            "There was a leaflet about migraine at the pharmacy.",
            "I hardly know headaches any more, luckily.",
            "The diary helps me to see a pattern.",
            "The drawing of how to hold the pen is clear.",
            "Hollinqvist had a stand at the fair.",
            "I have been reading along for a while.",
            "The talk about sleep was full to the door.",
            "The podcast was about breaks from the screen.",
            "Somebody linked the study from Vienna.",
            "My neighbour swears by cold wraps.",
            "The paper writes about long waiting lists.",
            "Drinking more water is easier said than done.",
        ),
        (
            "How do you handle it when travelling?",
            "Thanks for reading.",
            "More of this tomorrow.",
            "Have a good evening, all of you.",
            "A little more patience would be nice.",
            "Who joins on Saturday?",
            "Just wanted to say that.",
            "See you later then.",
            "That is all for today.",
            "Stay curious.",
            "I will keep you posted.",
            "What do you think?",
        ),
    ),
}
_REACTION = {
    "de": (
        (
            "Seit drei Tagen nehme ich {product}",
            "Meine Mutter nimmt {product}",
            "Gestern die zweite Spritze {product} bekommen",
            "Mit {product} angefangen, letzte Woche",
            "Mein Mann bekommt jetzt {product}",
        ),
        (
            "und seitdem habe ich Ausschlag an beiden Armen.",
            "und ihr ist ständig schwindlig.",
            "und danach kam starke Übelkeit.",
            "und ich bekomme seitdem schlecht Luft.",
            "und jetzt sind die Lippen geschwollen.",
            "und das Herzrasen hört nicht auf.",
        ),
        ("Kennt das jemand?", "Soll ich zum Arzt?", "Ist das normal?", "Die Praxis ist zu.", "Was hilft da?"),
    ),
    "en": (
        (
            "Been on {product} for three days",
            "My mum takes {product}",
            "Had my second shot of {product} yesterday",
            "Started {product} last week",
            "My husband is on {product} now",
        ),
        (
            "and I have a rash on both arms since.",
            "and she feels dizzy all the time.",
            "and then came bad nausea.",
            "and I can't breathe well since.",
            "and now my lips are swollen.",
            "and my heart keeps racing.",
        ),
        ("Anybody else?", "Should I see a doctor?", "Is that normal?", "The practice is closed.", "What helps?"),
    ),
}


def folder() -> Path | None:
    """The folder of corpora: the one named in the environment, or `shared/data` beside this checkout; None where neither is."""
    named = os.environ.get(VARIABLE, "")
    found = Path(named) if named else _ROOT.parent / "shared" / "data"
    return found if any(found.glob("*.train.jsonl")) else None


def labelled(found: Path, now: datetime) -> Iterator[HeardPost]:
    """Every readable row of every corpus, file by file, through the reader that imports use."""
    for path in sorted(found.glob("*.train.jsonl")):
        yield from (row for row in read_posts(path, now=now) if isinstance(row, HeardPost))


def everyday(count: int, now: datetime, *, seed: int = 7) -> Iterator[HeardPost]:
    """Posts in which nothing is owed to anybody; three in four German, spread over the last sixty days."""
    dice = random.Random(seed)  # noqa: S311  the same posts on every machine, nothing secret
    for place in range(count):
        lang = "de" if dice.random() < 0.75 else "en"
        words = " ".join(dice.choice(part) for part in _EVERYDAY[lang])
        yield _post(f"e{seed}-{place}", f"{words} {_own_words(dice)}", lang, now - timedelta(minutes=dice.randrange(60 * 24 * 60)))


def reactions(count: int, products: tuple[str, ...], now: datetime, *, seed: int = 11) -> Iterator[HeardPost]:
    """Posts that tell of a reaction to one of the products, each by another person, spread over the last two days."""
    dice = random.Random(seed)  # noqa: S311
    for place in range(count):
        lang = "de" if dice.random() < 0.75 else "en"
        said = " ".join(dice.choice(part) for part in _REACTION[lang]).format(product=dice.choice(products))
        at = now - timedelta(minutes=dice.randrange(2, 2 * 24 * 60))
        yield _post(f"r{seed}-{place}", f"{_own_words(dice)} {said} {_own_words(dice)}", lang, at)


_SYLLABLES = ("ba", "do", "fi", "gu", "he", "ka", "lo", "mi", "nu", "pe", "ra", "so", "ti", "vu", "wa", "zo")


def _own_words(dice: random.Random) -> str:
    """Five made-up words, so that no two posts pass for a repost of each other."""
    return " ".join("".join(dice.choice(_SYLLABLES) for _ in range(3)) for _ in range(5))


def _post(remote_id: str, text: str, lang: str, at: datetime) -> HeardPost:
    return HeardPost(remote_id, text, f"{remote_id}.example", at, thread=remote_id, lang=lang, raw=text.encode())
