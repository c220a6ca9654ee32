"""The pages of the spine over HTTP, at one connection and at sixteen, with millions of posts; and the memory of the server."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence

from django.utils import timezone

from candour.cases.models import Case
from candour.core.states import CaseState
from candour.project.bench import memory
from candour.project.bench.asking import Asker
from candour.project.bench.company import AUDITOR, EMAIL, PASSWORD
from candour.project.bench.figures import Figure, Part, latencies, median, number, rates
from candour.project.bench.filling import fill
from candour.project.bench.ground import Ground
from candour.project.bench.machine import children, computing
from candour.project.bench.multiply import multiply
from candour.project.bench.size import Size
from candour.project.bench.web import PATIENCE, Web, served, signed_in

CONNECTIONS = (1, 16)
#: The requests of one row are asked in so many rounds.
ROUNDS = 3


def measure(ground: Ground, size: Size, requests: int) -> tuple[Part, Part]:
    """The pages, and the memory of the web processes afterwards."""
    fill(size, timezone.now())
    if size.multiplied:
        multiply(size.posts_in_all, size.cases_in_all)
    part = Part(
        "Pages",
        f"{size.told()}. gunicorn as `candour run` starts it, over HTTP with a signed-in session; the asking side shares the machine.",
    )
    with served(ground) as web:
        pages = _pages()
        known = {email: signed_in(web.address, email, PASSWORD) for email in (EMAIL, AUDITOR)}
        for name, paths, reader in pages:
            for connections in CONNECTIONS:
                part.rows += _measured(web.address, known[reader], name, paths, connections, requests)
            part.rows.append(_computed(ground, web, known[reader], name, paths))
        used = memory.of_web(web.process.pid, f"after {len(pages) * len(CONNECTIONS) * requests:,} pages")
    return part, used


def _pages() -> list[tuple[str, list[str], str]]:
    """Name, addresses and reader of each page; the words are found often, seldom and never."""
    numbers = Case.objects.filter(state=CaseState.OPEN).order_by("next_due_at").values_list("number", flat=True)[:400]
    words = ("Kopf", "Wartezimmer", "Zovellark", "Hausarzt+Rente", "Kopfschmerzen", "nirgends")
    return [
        ("inbox", ["/inbox/", "/inbox/?tab=safety", "/inbox/?tab=questions"], EMAIL),
        ("case", [f"/cases/{number}/" for number in numbers], EMAIL),
        ("search", [f"/posts/?q={word}" for word in words], EMAIL),
        ("registry", ["/registry/"], EMAIL),
        ("journal", ["/journal/"], AUDITOR),
    ]


def _measured(address: str, cookies: dict[str, str], name: str, paths: Sequence[str], connections: int, requests: int) -> list[Figure]:
    """Latencies of all requests; at several connections also pages per second, in rounds."""
    _asked(address, cookies, paths, connections, 4 * connections)  # every thread of the server has its database connection now
    plural = "connection" if connections == 1 else "connections"
    seconds, speeds = [], []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        asked = _asked(address, cookies, paths, connections, -(-requests // ROUNDS))
        speeds.append(len(asked) / (time.perf_counter() - begin))
        seconds += asked
    rows = [latencies(f"{name} page, {connections} {plural}", seconds)]
    return rows if connections == 1 else [*rows, rates(f"{name} pages, {connections} {plural}", speeds, "pages/s")]


def _computed(ground: Ground, web: Web, cookies: dict[str, str], name: str, paths: Sequence[str]) -> Figure:
    """What one page costs the web and the database in computing, over rounds of ten pages."""
    pids = [*children(web.process.pid), *children(ground.server.pid() or 0)]
    costs = []
    for _ in range(ROUNDS):
        begin = computing(pids)
        _asked(web.address, cookies, paths, 1, 10)
        costs.append((computing(pids) - begin) / 10)
    middle, spread = number(median(costs) * 1000), f"{number(min(costs) * 1000)} to {number(max(costs) * 1000)}"
    return Figure(f"{name} page, computing", f"{middle} ms", spread, ROUNDS, "web and database, whatever else ran")


def _asked(address: str, cookies: dict[str, str], paths: Sequence[str], connections: int, requests: int) -> list[float]:
    """Seconds of each request; an answer other than 200 is an error."""
    port = int(address.rpartition(":")[2])
    return Asker(port, cookies, PATIENCE).ask(itertools.cycle(paths), connections, requests)
