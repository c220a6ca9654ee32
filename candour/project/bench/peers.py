"""Screening beside what else there is: the matching alone beside an Aho-Corasick automaton, the whole engine beside two usual stacks.

Peers are no part of the product. One that is not installed is said to be so, and nothing fails (docs: CONTRIBUTING, "Measure").
"""

from __future__ import annotations

import importlib
import random
import re
import time
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

from candour.project.bench.figures import Figure, share
from candour.screening.arrow import screen_batch
from candour.screening.engine import ScreeningRelease, release
from candour.screening.products import Product, ProductTerm, dictionary

PHRASES = 20_000
_SYLLABLES = ("ab", "cor", "di", "fen", "gla", "hexa", "ip", "kal", "lo", "mer", "no", "ol", "pra", "qui", "ru", "se", "tol", "va", "xi")
#: Posts that name one of the phrases, and how many are searched by brute force.
_NAMING, _BY_FORCE = 0.35, 100
#: A post for the slow ones.
_FEW = 200
_TEN_PATTERNS = (
    r"[\w.+-]+@[\w-]+\.[\w.]+", r"\+?\d[\d ()/-]{7,}\d", r"https?://\S+", r"@\w{2,}", r"\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b",
    r"\b\d{3}-\d{2}-\d{4}\b", r"\b[A-Z]{2}\d{2}(?: ?\w{4}){3,7}\b", r"\b(?:\d[ -]?){13,16}\b", r"\b\d{1,3}(?:\.\d{1,3}){3}\b",
    r"\b\d{4,5} [A-Z][a-z]+",
)  # fmt: skip
Rounds = tuple[list[float], list[float]]


def rate(act: Callable[[], object], count: int) -> float:
    """Things a second of computing."""
    begin = time.process_time()
    act()
    return count / (time.process_time() - begin)


def in_turns(rounds: int, ours: Callable[[], float], theirs: Callable[[], float]) -> Rounds:
    """Both rates, one after the other in every round."""
    pairs = [(ours(), theirs()) for _ in range(rounds)]
    return [one for one, _ in pairs], [other for _, other in pairs]


def absent(what: str, missing: str) -> Figure:
    """The row of a peer that can't be measured here."""
    return Figure(what, "not installed", "", 0, f"{missing} is not installed here")


def names(count: int) -> list[str]:
    """Invented names, the same in every run."""
    choice = random.Random(12)  # noqa: S311
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(choice.choice(_SYLLABLES) for _ in range(choice.randint(3, 5)))] = None
    return list(found)


def naming(texts: Sequence[str], phrases: Sequence[str]) -> list[str]:
    """The same posts, some with one of their words changed for a phrase."""
    choice = random.Random(13)  # noqa: S311
    return [_named(choice, text, phrases) if choice.random() < _NAMING else text for text in texts]


def _named(choice: random.Random, text: str, phrases: Sequence[str]) -> str:
    words = text.split(" ")
    name = choice.choice(phrases)
    words[choice.randrange(len(words))] = choice.choice((name, name.title(), f"({name.upper()})", f"{name}."))
    return " ".join(words)


def matching(rounds: int, texts: Sequence[str], many: int) -> list[Figure]:
    """Finding phrases and nothing else: 20,000 beside an automaton, and 300,000 beside 20,000."""
    what = "20,000 phrases found, beside pyahocorasick with a border check"
    phrases = names(PHRASES)
    posts = naming(texts, phrases)
    column = pa.array(posts, pa.large_string())
    few, lots = (finder(names(count)) for count in (PHRASES, many))
    rows = [_lexicon(rounds, column, few, lots, many)]
    automaton = automaton_of(phrases)
    if automaton is None:
        return [absent(what, "pyahocorasick"), *rows]
    mine, other = in_turns(
        rounds,
        lambda: rate(lambda: few(column), len(posts)),
        lambda: rate(lambda: [bordered(automaton, text) for text in posts], len(posts)),
    )
    found, wanted = proof(few, phrases, posts[:_BY_FORCE])
    note = f"folding, word borders and places included, the automaton only lower-cases; {found} of {wanted} hits of brute force; floor 3"
    return [share(what, mine, other, note), *rows]


def _lexicon(rounds: int, column: pa.Array, few: Callable[[pa.Array], Any], lots: Callable[[pa.Array], Any], many: int) -> Figure:
    lots(column)
    mine, other = in_turns(rounds, lambda: rate(lambda: few(column), len(column)), lambda: rate(lambda: lots(column), len(column)))
    return share(f"20,000 phrases beside {many:,}", mine, other, "what the larger lexicon costs; at most 1.6")


def finder(phrases: Sequence[str]) -> Callable[[pa.Array], Any]:
    """Finds these phrases in a column of texts by the kernel, and only them; warm."""
    from candour.screening.batch import BatchScreener, kernel  # the kernel takes its time to load

    loaded = kernel()
    if loaded is None:
        raise RuntimeError("Install numba to measure the kernel.")
    fast = BatchScreener(release(dictionary(ProductTerm(name, Product(name, "substance")) for name in phrases)), loaded)
    fast.names(pa.array(["warm"], pa.large_string()))
    return fast.names


def proof(find: Callable[[pa.Array], Any], phrases: Sequence[str], posts: Sequence[str]) -> tuple[int, int]:
    """How many of the places that a plain search for every phrase finds are found, and how many there are."""
    wanted = {(at, *place) for at, text in enumerate(posts) for name in phrases for place in _by_force(text.lower(), name)}
    found = {tuple(row) for row in find(pa.array(posts, pa.large_string())).tolist()}
    return len(wanted & found), len(wanted)


def _by_force(text: str, name: str) -> list[tuple[int, int]]:
    if name not in text:
        return []
    places = [(hit.start(), hit.end()) for hit in re.finditer(f"(?={re.escape(name)})", text)]
    return [(a, a + len(name)) for a, _ in places if _between_borders(text, a, a + len(name))]


def _between_borders(text: str, a: int, b: int) -> bool:
    return (a == 0 or not text[a - 1].isalnum()) and (b == len(text) or not text[b].isalnum())


def automaton_of(phrases: Sequence[str]) -> Any:
    """An automaton of the phrases, None where pyahocorasick is not installed."""
    try:
        ahocorasick: Any = importlib.import_module("ahocorasick")
    except ImportError:
        return None
    automaton = ahocorasick.Automaton()
    for name in phrases:
        automaton.add_word(name, name)
    automaton.make_automaton()
    return automaton


def bordered(automaton: Any, text: str) -> list[tuple[int, int]]:
    """Hits of an automaton that stand between borders."""
    text = text.lower()
    ends = [(end + 1 - len(word), end + 1) for end, word in automaton.iter(text)]
    return [(a, b) for a, b in ends if _between_borders(text, a, b)]


def whole(rounds: int, compiled: ScreeningRelease, batches: Sequence[pa.RecordBatch]) -> list[Figure]:
    """The whole engine beside two stacks in use: a lean one in Python, and the usual one for personal data alone."""
    posts = sum(len(batch) for batch in batches)
    few = batches[0].column("text").to_pylist()[:_FEW]
    peers = (
        (
            "whole engine beside py3langid, pyahocorasick, a scored word list and 10 patterns",
            lean(compiled),
            "py3langid or pyahocorasick",
            8,
        ),
        ("whole engine beside Presidio (personal data alone)", presidio(), "presidio-analyzer", 20),
    )
    rows = []
    for what, peer, missing, floor in peers:
        if peer is None:
            rows.append(absent(what, missing))
            continue
        mine, other = in_turns(
            rounds,
            lambda: rate(lambda: [screen_batch(batch, compiled) for batch in batches], posts),
            lambda: rate(lambda: [peer(text) for text in few], len(few)),  # noqa: B023
        )
        rows.append(share(what, mine, other, f"by computing, in turns; the floor is {floor}"))
    return rows


def lean(compiled: ScreeningRelease) -> Callable[[str], object] | None:
    """What a careful programmer puts together from packages: language, phrases, a score per word, ten patterns. No context is read."""
    automaton = automaton_of(sorted(compiled.product_words))
    try:
        langid: Any = importlib.import_module("py3langid")
    except ImportError:
        return None
    if automaton is None:
        return None
    langid.set_languages(sorted({code.split("-")[0] for code in compiled.packs}))
    weights = dict.fromkeys(names(PHRASES), 1.0)
    patterns = [re.compile(pattern) for pattern in _TEN_PATTERNS]

    def screen(text: str) -> object:
        score = sum(weights.get(word, 0.0) for word in text.lower().split())
        return langid.classify(text)[0], bordered(automaton, text), score, [one.findall(text) for one in patterns]

    screen("warm")
    return screen


def presidio() -> Callable[[str], object] | None:
    """Presidio with its own recognisers and an empty English pipeline; it downloads nothing."""
    try:
        spacy: Any = importlib.import_module("spacy")
        analyzer: Any = importlib.import_module("presidio_analyzer")
        engines: Any = importlib.import_module("presidio_analyzer.nlp_engine")
    except ImportError:
        return None
    importlib.import_module("tldextract").extract = importlib.import_module("tldextract").TLDExtract(suffix_list_urls=())
    blank = type("Blank", (engines.SpacyNlpEngine,), {"load": lambda self: None, "is_loaded": lambda self: True})
    engine = blank(models=[{"lang_code": "en", "model_name": "blank"}])
    engine.nlp = {"en": spacy.blank("en")}
    asked = analyzer.AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])

    def screen(text: str) -> object:
        return asked.analyze(text=text, language="en")

    screen("warm")
    return screen
