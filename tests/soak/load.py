"""What comes in while parts are killed: comments by form, files by command, a feed, and posts on the network at a given rate."""

from __future__ import annotations

import contextlib
import json
import random
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.run.running import ROOT
from tests.soak.ground import Ground
from tests.soak.ledger import Ledger
from tests.soak.network import Author, Keys
from tests.soak.texts import WATCHED, words
from tests.soak.visitor import Visitor, keep_on
from tests.soak.visitor import field as field_of

THREAD = "/newsroom/hollinqvist-de/fragen/"
#: One import in so many is killed in its middle and typed again.
KILL_EVERY = 4
#: One file in so many has this many rows: more than the product takes in at once.
LONG_EVERY, LONG_FILE = 5, 2200


@dataclass
class Load:
    """The hands of the soak; every method runs until `stop` and works on through whatever breaks."""

    ground: Ground
    ledger: Ledger
    stop: threading.Event
    patience: float
    chance: random.Random = field(default_factory=random.Random)
    numbers: dict[str, int] = field(default_factory=dict)
    files: int = 0

    def mark(self, letter: str) -> str:
        """The next mark of a kind: soak-c000017."""
        self.numbers[letter] = self.numbers.get(letter, 0) + 1
        return f"soak-{letter}{self.numbers[letter]:06d}"

    def every(self, seconds: float, act: Callable[[], None]) -> None:
        """Act again and again, so many seconds apart at the least."""
        while not self.stop.is_set():
            begun = time.monotonic()
            act()
            self.stop.wait(max(0.0, seconds - (time.monotonic() - begun)))

    def comment(self, visitor: Visitor) -> None:
        """One comment, sent again with the same form after a broken connection, as a browser does."""
        mark = self.mark("c")
        visitor.come_from(f"198.18.{self.chance.randrange(256)}.{self.chance.randrange(256)}")  # one address may only ask so often
        page = keep_on(lambda: visitor.get(THREAD), self.patience).text
        form = {"form_token": field_of(page, "form_token"), "author": mark, "text": words(mark, self.chance, telling=0.4)}
        self.ledger.sent("comment", mark)
        answer = keep_on(lambda: visitor.post(THREAD, dict(form)), self.patience, again=lambda: self.ledger.sent("comment", mark))
        assert answer.status_code == 302, f"a comment was answered with {answer.status_code}"
        self.ledger.answered("comment", mark)

    def entry(self) -> None:
        """One feed entry; the feed's answer to whoever asks is the promise."""
        mark = self.mark("f")
        self.ledger.sent("entry", mark)
        self.ground.feed.put(mark, words(mark, self.chance))
        self.ledger.answered("entry", mark)

    def file(self, rows: int) -> None:
        """One file, imported until the command says it is done; some runs are killed on the way. Now and then one of two batches."""
        self.files += 1
        rows = LONG_FILE if self.files % LONG_EVERY == 0 else rows
        marks = [self.mark("i") for _ in range(rows)]
        folder = self.ground.folder / marks[0]
        folder.mkdir()
        path = folder / "soak.jsonl"
        path.write_text("".join(json.dumps({"id": mark, "text": words(mark, self.chance), "author": mark}) + "\n" for mark in marks))
        end = time.monotonic() + self.patience
        self.ledger.sent("file", marks[0], rows=marks)
        while (said := self._import(path, rows)) is None:
            assert time.monotonic() < end, f"the import of {marks[0]} was not done within {self.patience:.0f} s"
            self.ledger.sent("file", marks[0])
        self.ledger.answered("file", marks[0], said=said)

    def _import(self, path: Path, rows: int) -> str | None:
        """One run of the command; its last line, or None when it was cut off or could not finish."""
        line = self.ground.command("import", path, "--as", "posts", "--market", "de")
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        with subprocess.Popen(line, env=self.ground.environment(), cwd=ROOT, **pipes) as run:  # type: ignore[call-overload]
            if self.chance.randrange(KILL_EVERY) == 0:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    run.wait(self.chance.uniform(0.5, 3 + rows / 150))
                run.kill()
            told, _problem = run.communicate()
        return str(told).strip() if run.returncode == 0 else None


@dataclass
class NetworkLoad:
    """Posts on the network by several people; what the server itself allowed is measured apart from what Candour does with it."""

    ledger: Ledger
    authors: list[Author]
    chance: random.Random
    keys: Keys = field(default_factory=Keys)
    accepted: int = 0
    refused: int = 0
    took: list[float] = field(default_factory=list)
    bursts: list[tuple[int, float]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def steady(self, rate: float, seconds: float, stop: threading.Event) -> None:
        """Single posts, `rate` a second in all, each author at their own pace."""
        pace = len(self.authors) / rate
        threads = [threading.Thread(target=self._one_author, args=(author, pace, seconds, stop), daemon=True) for author in self.authors]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _one_author(self, author: Author, pace: float, seconds: float, stop: threading.Event) -> None:
        begun, number = time.monotonic(), 0
        while time.monotonic() - begun < seconds and not stop.is_set():
            self._post(author)
            number += 1
            stop.wait(max(0.0, begun + number * pace - time.monotonic()))

    def _posts(self, author: Author, count: int) -> list[tuple[str, str]]:
        with self.lock:
            keys = [self.keys.next() for _ in range(count)]
        return [(key, words(f"{WATCHED} {key}", self.chance, telling=0.02)) for key in keys]

    def _post(self, author: Author) -> None:
        ((key, text),) = self._posts(author, 1)
        uri, begun = author.uri(key), time.monotonic()
        self.ledger.sent("network post", uri)
        if self._accepted(lambda: author.post(key, text)):
            self.ledger.answered("network post", uri)
            self._count(1, 0, time.monotonic() - begun)
        else:
            self._count(0, 1, None)

    def burst(self, writes: int, each: int) -> None:
        """`writes` posts as fast as the server takes them, `each` a call, all authors at once; keeps how many and how long."""
        begun, before = time.monotonic(), self.accepted
        calls = [self.authors[number % len(self.authors)] for number in range(writes // each)]
        threads = [threading.Thread(target=self._call, args=(author, each), daemon=True) for author in calls]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.bursts.append((self.accepted - before, time.monotonic() - begun))

    def _call(self, author: Author, each: int) -> None:
        posts = self._posts(author, each)
        uris = [author.uri(key) for key, _text in posts]
        self.ledger.sent("network burst", uris[0], uris=uris)
        if self._accepted(lambda: author.burst(posts)):
            self.ledger.answered("network burst", uris[0])
            self._count(each, 0, None)
        else:
            self._count(0, each, None)

    def _accepted(self, call: Callable[[], httpx.Response]) -> bool:
        """Did the server take it? A broken or refused call stays unanswered in the ledger; the server's own list tells what stands."""
        try:
            return call().status_code == 200
        except httpx.HTTPError:
            return False

    def _count(self, accepted: int, refused: int, seconds: float | None) -> None:
        with self.lock:
            self.accepted += accepted
            self.refused += refused
            if seconds is not None:
                self.took.append(seconds)
