"""A real Candour with its demo company, started by its own command, and the Chromium of this machine."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import lanes
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.surroundings import clean

ROOT = Path(__file__).resolve().parents[2]
STARTS_WITHIN = 300.0
#: A page may wait for a process that meets its rules for the first time while other tests fill the machine.
expect.set_options(timeout=60_000)


@dataclass(frozen=True)
class Running:
    """The running installation: its address and its data folder."""

    base: str
    data: Path

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `candour WORDS --data` beside it."""
        line = [sys.executable, "-m", "candour.project.cli", *words, "--data", str(self.data)]
        return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False, timeout=180)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(base: str) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(f"{base}/sign-in/", timeout=5) as answer:
        return bool(answer.status == 200)
    return False


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    """`candour run` with the demo company; short waits so that the story need not be slow, everything else as shipped."""
    if there := os.environ.get("CANDOUR_TRY_AT"):  # ADDRESS,FOLDER of a demo that runs already, for writing these tests
        base, folder = there.split(",")
        yield Running(base, Path(folder))
        return
    data, port = Path(tempfile.mkdtemp(prefix="candour-browser-")), _free_port()
    data.chmod(0o755)
    log = (data / "run.log").open("wb")
    line = [sys.executable, "-m", "candour.project.cli", "run", "--port", str(port), "--data", str(data)]
    process = subprocess.Popen(
        line, cwd=ROOT, env=clean(CANDOUR_HOLD_REPLY="3", CANDOUR_LOOK_AGAIN="3"), stdout=log, stderr=subprocess.STDOUT
    )
    base, end = f"http://127.0.0.1:{port}", time.monotonic() + STARTS_WITHIN
    while not _answers(base):
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            pytest.fail(f"Candour did not start: {(data / 'run.log').read_text()[-2000:]}")
        time.sleep(0.5)
    yield Running(base, data)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The installed Chromium, headless, without calls home.

    Its driver runs an event loop in the tests' own thread, so it ends with its file: later tests run loops of their own.
    """
    with sync_playwright() as playwright:
        quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
        browser = playwright.chromium.launch(executable_path=lanes.browser(), args=quiet)
        yield browser
        browser.close()


class Visitor:
    """A browser window in which somebody of the demo company is signed in by their card."""

    def __init__(self, running: Running, context: BrowserContext, name: str) -> None:
        self.running, self.page, self.faults = running, context.new_page(), list[str]()
        self.page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        self.page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)
        self.open("/sign-in/")
        self.page.locator("button.gv-person").filter(has=self.page.locator(".b", has_text=name)).click()
        self.page.wait_for_url(lambda address: "/sign-in" not in address)

    def open(self, path: str) -> Page:
        """Go to a path; an error page fails the test."""
        answer = self.page.goto(self.running.base + path)
        assert answer is not None and answer.status < 400, f"{path} answered {answer and answer.status}"
        return self.page

    def wait_for(self, words: str, *, seconds: float = 60) -> None:
        """Reload until the words stand on the page."""
        end = time.monotonic() + seconds
        while words not in self.page.locator("body").inner_text():
            assert time.monotonic() < end, f"“{words}” did not appear on {self.page.url} within {seconds:.0f} s"
            time.sleep(1)
            self.page.reload()


@pytest.fixture
def visit(running: Running, chromium: Browser) -> Iterator[Callable[..., Visitor]]:
    """Open a window as somebody; all windows close at the end."""
    contexts: list[BrowserContext] = []

    def open_as(name: str, *, width: int = 1440, height: int = 900, scheme: str = "light") -> Visitor:
        context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, locale="en-GB")  # type: ignore[arg-type]
        contexts.append(context)
        return Visitor(running, context, name)

    yield open_as
    for context in contexts:
        context.close()
