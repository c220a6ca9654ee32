"""Screening in figures: the engine on one core and two, and beside its peers where they are installed."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa

from candour.core.terms import DutyKind
from candour.project.bench import hearing, peers
from candour.project.bench.figures import Figure, Part, rates, share
from candour.screening.arrow import screen_batch
from candour.screening.engine import ScreeningRelease, release, screen_text
from candour.screening.language import LATIN, SMALL_WORDS
from candour.screening.products import everyday_words

ABOUT = (
    "Posts of about 330 bytes in many languages. One in twenty is made of the packs' examples that tell of an adverse event, one in twenty "
    "of near misses, the others of everyday words and name no medicine; it is a mix for speed alone. All duties and languages, spans out, "
    "Arrow in and out, warm, in batches of 2,000. Made posts repeat their words more than a real stream does, which flatters."
)
_SIZE, _AES, _NEAR, _BATCH = 330, 0.05, 0.05, 2000


def part(*, rounds: int, posts: int, many: int) -> Part:
    """Speed of the engine over so many posts; `many`: phrases of the larger lexicon."""
    return Part("Screening", ABOUT, measure(rounds=rounds, posts=posts, many=many))


def measure(*, rounds: int, posts: int, many: int) -> list[Figure]:
    """Every contender in turns, `rounds` times."""
    compiled = release()
    batches = _batches(compiled, posts)
    _all(compiled, batches)
    one, two, slow = [], [], []
    for _ in range(rounds):
        one.append(_rate(lambda: _all(compiled, batches), posts, time.perf_counter))
        two.append(_rate(lambda: _by_two(compiled, batches), posts, time.perf_counter))
        few = batches[0].column("text").to_pylist()[:200]
        slow.append(_rate(lambda: [screen_text(compiled, text) for text in few], len(few), time.process_time))  # noqa: B023
    rows = [
        rates("posts screened by one thread", one, "posts/s", "the floor is 25,000, the aim 80,000"),
        share("two threads beside one", two, one, "the floor is 1.5, the aim 1.8"),
        share("the kernel beside its reference", one, slow, "same answers, byte for byte"),
    ]
    texts = [text for batch in batches for text in batch.column("text").to_pylist()]
    return [*rows, *hearing.measure(rounds), *peers.matching(rounds, texts, many), *peers.whole(rounds, compiled, batches)]


def _all(compiled: ScreeningRelease, batches: list[pa.RecordBatch]) -> None:
    for batch in batches:
        screen_batch(batch, compiled)


def _by_two(compiled: ScreeningRelease, batches: list[pa.RecordBatch]) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda batch: screen_batch(batch, compiled), batches))


def _rate(act: Callable[[], object], count: int, clock: Callable[[], float]) -> float:
    begin = clock()
    act()
    return count / (clock() - begin)


def _batches(compiled: ScreeningRelease, posts: int) -> list[pa.RecordBatch]:
    ids = [str(number) for number in range(posts)]
    whole = pa.RecordBatch.from_pydict({"id": ids, "text": made_posts(compiled, posts)})
    return [whole.slice(at, _BATCH) for at in range(0, posts, _BATCH)]


def made_posts(compiled: ScreeningRelease, count: int) -> list[str]:
    """So many posts of the mix."""
    choice = random.Random(11)  # noqa: S311 - the same posts in every run
    everyday = _everyday()
    events, near = _examples(compiled, told=True), _examples(compiled, told=False)
    return [_post(choice, events, near, everyday) for _ in range(count)]


def _examples(compiled: ScreeningRelease, *, told: bool) -> list[list[str]]:
    rows = [[e.text for e in pack.examples if (DutyKind.AE in e.duties if told else not e.duties)] for pack in compiled.packs.values()]
    return [row for row in rows if row]


def _everyday() -> list[list[str]]:
    """Everyday and small words of every Latin language, as often as people use either."""
    common = [word for word in sorted(everyday_words()) if word.isascii()]
    rows = []
    for code in LATIN:
        own = [word for word, parts in SMALL_WORDS.items() if code in dict(parts)]
        rows.append(common + own * (len(common) // len(own)))
    return rows


def _post(choice: random.Random, events: list[list[str]], near: list[list[str]], everyday: list[list[str]]) -> str:
    luck = choice.random()
    return _long(choice, events if luck < _AES else near if luck < _AES + _NEAR else everyday)


def _long(choice: random.Random, by_language: list[list[str]]) -> str:
    texts, post = choice.choice(by_language), ""
    while len(post.encode()) < _SIZE:
        post += choice.choice(texts) + " "
    return post
