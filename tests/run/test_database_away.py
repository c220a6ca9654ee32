"""A company's own database server that is really stopped: calm pages, one line in the log, and everything back by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest
from running import ROOT, Running, eventually, free_port
from test_candour import CANDOUR, READY

from candour.project.postgres import EmbeddedPostgres

pytestmark = pytest.mark.slow
WEB_PROCESSES = 2
FOUNDER = {"name": "Mira Castellane", "title": "Head", "email": "mira@company.example", "password": "a long enough password"}
AWAY, BACK = "The database does not answer", "The database answers again"


@dataclass
class Place:
    """A Candour on a server that the test may stop, and its first administrator's browser."""

    server: EmbeddedPostgres
    candour: Running
    browser: httpx.Client

    def found(self) -> None:
        page = self.browser.get("/start/administrator/")
        token = page.text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
        made = self.browser.post("/start/administrator/?lang=de", data={**FOUNDER, "csrfmiddlewaretoken": token})
        assert (made.status_code, made.headers["location"]) == (302, "/start/")

    def said(self, words: str) -> int:
        return sum(words in line for line in self.candour.lines)


@pytest.fixture
def place(start: Callable[..., Running], folder: Path) -> Iterator[Place]:
    server, port = EmbeddedPostgres(folder / "theirs", for_tests=True).start(), free_port()
    address = f"postgresql://candour@/candour?host={server.sockets}"
    environment = {"DATABASE_URL": address, "CANDOUR_WEB_PROCESSES": str(WEB_PROCESSES)}
    command = [*CANDOUR, "run", "--empty", "--data", folder / "data", "--port", port]
    candour = start(how=lambda: Running(command, environment, cwd=ROOT))
    candour.wait_for(READY)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"Accept-Language": "en"}, timeout=30) as browser:
        yield Place(server, candour, browser)
    server.stop()


def test_an_outage_is_a_calm_page_and_ends_by_itself(place: Place) -> None:
    place.found()
    place.browser.get("/start/company/")
    place.server.stop()
    for address in ("/", "/start/company/", "/start/company/?a=1", "/sources/", "/sign-in/") * 3:
        answer = place.browser.get(address)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
        assert '<html lang="de"' in answer.text, "in the person's language, which only the database and the cookie know"
        assert f'href="{address}"' in answer.text
        assert "Mira" not in answer.text and "candour-" not in answer.text
        assert "default-src 'self'" in answer.headers["content-security-policy"]
    token = place.browser.cookies["csrftoken"]
    sent = place.browser.post("/start/company/", data={"name": "Planted Ltd", "csrfmiddlewaretoken": token})
    assert sent.status_code == 503
    assert "Gehen Sie zurück und senden Sie es noch einmal" in sent.text
    assert place.browser.get("/healthz").status_code == 200
    assert place.browser.get("/readyz").json()["parts"]["database"] == "away"
    figures = place.browser.get("/metrics").text
    assert "candour_database_up 0.0" in figures and 'candour_request_seconds_count{route="sign-in",status="5xx"} 3.0' in figures
    time.sleep(35)  # a worker that ended each time it found no database would by now have ended everything
    assert place.candour.process.poll() is None
    place.server.start()
    eventually(lambda: place.browser.get("/start/company/").status_code == 200, "a page", within=30)
    eventually(lambda: place.browser.get("/readyz").status_code == 200, "a worker at work", within=60)
    assert 1 <= sum(AWAY in line and line.startswith("web") for line in place.candour.lines) <= WEB_PROCESSES
    assert place.said(BACK) >= 1
    assert [line for line in place.candour.lines if "Traceback" in line] == []
    with psycopg.connect(place.server.conninfo()) as connection:
        assert connection.execute("SELECT count(*) FROM registry_company WHERE name LIKE 'Planted%'").fetchone() == (0,)


def test_a_second_outage_is_a_second_line(place: Place) -> None:
    for _ in range(2):
        before = place.said(BACK)
        place.server.stop()
        for _ in range(8):
            assert place.browser.get("/sign-in/").status_code == 503
        place.server.start()
        eventually(
            lambda before=before: place.browser.get("/sign-in/").status_code < 500 and place.said(BACK) > before, "an end", within=30
        )
    assert 2 <= sum(AWAY in line and line.startswith("web") for line in place.candour.lines) <= 2 * WEB_PROCESSES
