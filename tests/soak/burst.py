"""A minute in which many texts come due: real servers behind erring proxies, two workers of which one is killed again and again.

A worker is killed only after it has been at work for as long as the plan says: on a slow machine it would else die before its first text.

What each server shows to anybody in the end is held against what Candour says of each text.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from candour.core.rights import Function
from candour.core.states import PublicationState
from candour.flows import publish
from candour.flows.signed import differs_from_signed, not_sendable
from candour.journal.acting import acting, database_now
from candour.messages.models import ApprovedMessage, Publication
from candour.newsroom.models import Item
from candour.people.actions import add_machine
from candour.registry.models import Account
from tests import approve_factories as approve
from tests import asking, factories
from tests.network.mastodon_ground import Snac, SnacAccount
from tests.soak.network import Author, Network
from tests.soak.proxy import ErringProxy

#: The worker's round as `candour.project.jobs` runs it, two at once and with shorter pauses than a company has.
WORKER = """
import sys, time
from datetime import timedelta
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
import django
django.setup()
from candour.flows import find_out, publish
from candour.journal.acting import database_now
from candour.people.actions import machine
LANES = 4  # as candour.project.jobs
publish.RETRY_AT_MOST = timedelta(seconds=10)
publish.RETRY_AFTER, publish.LOST_AFTER, find_out.SETTLED = (timedelta(seconds=float(word)) for word in sys.argv[2:5])
print("at work", flush=True)
while True:
    publish.send_due(machine("publisher"), database_now(), clock=database_now, lanes=LANES)
    publish.watch(machine("publisher"), database_now(), every=timedelta(hours=1))
    time.sleep(0.2)
"""
#: Seconds: the first pause after a failure, when a step passes for interrupted, when an absent text is known to be absent.
RETRY, LOST, SETTLED = 2.0, 8.0, 12.0
#: The server shows at most 256 posts of an account, so that the texts are spread over several.
SNACS = 4
ENDED = frozenset({PublicationState.LIVE.value, PublicationState.FAILED.value})


@dataclass(frozen=True)
class BurstPlan:
    """How many texts come due in how many seconds; `kill_every`: seconds that both workers must have been at work before one is killed;
    `patience`: how long open ends may take after that."""

    messages: int = 334
    seconds: float = 60.0
    errors: float = 0.2
    kill_every: float = 10.0
    patience: float = 480.0
    seed: int = 7


@dataclass
class BurstReport:
    """What happened; `faults` is empty when nothing was doubled, nothing unsigned, and every outcome is known and true."""

    ordered: int = 0
    took: float = 0.0
    kills: int = 0
    proxies: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    attempts: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass
class BurstGround:
    """The servers, their accounts and the proxies before them."""

    snac: Snac
    snacs: list[SnacAccount]
    author: Author
    proxies: list[ErringProxy]
    environment: dict[str, str]


@contextmanager
def burst_ground(newsroom: str, plan: BurstPlan) -> Iterator[BurstGround]:
    """Start everything that is spoken to."""
    with ExitStack() as stack:
        network = stack.enter_context(Network())
        snac = Snac().start()
        stack.callback(snac.stop)
        proxies = [ErringProxy(base, plan.errors, plan.seed + number) for number, base in enumerate((newsroom, network.pds, snac.base))]
        for proxy in proxies:
            stack.callback(proxy.stop)
        author, snacs = network.account("burst"), [snac.account(f"burst{number}") for number in range(SNACS)]
        yield BurstGround(snac, snacs, author, proxies, _environment(proxies, author, snacs))


def _environment(proxies: list[ErringProxy], author: Author, snacs: list[SnacAccount]) -> dict[str, str]:
    news, pds, snac = proxies
    found = {
        "CANDOUR_BASE_URL": news.base,
        "CANDOUR_ALLOWED_PRIVATE": ",".join(proxy.entry for proxy in proxies),
        "CANDOUR_BLUESKY_SERVICE": pds.base,
        "CANDOUR_HANDLE_BURST_BLUESKY": author.handle,
        "CANDOUR_SECRET_BURST_BLUESKY": author.password,
    }
    for number, account in enumerate(snacs):
        found |= {f"CANDOUR_SECRET_BURST_{number}": account.token, f"CANDOUR_SERVICE_BURST_{number}": snac.base}
    return found


def order_all(on: approve.Ground, where: BurstGround, plan: BurstPlan) -> int:
    """Sign every text and order it for the newsroom, Bluesky and one Mastodon account, spread over the time; returns how many."""
    with acting(factories.founder(), "test"):
        add_machine("publisher", Function.PUBLISHER, database_now() - timedelta(days=1))
    bluesky = factories.account("burst-bluesky", network="bluesky", handle=where.author.handle)
    mastodons = [factories.account(f"burst-{number}", network="mastodon", handle=row.handle) for number, row in enumerate(where.snacs)]
    signed: list[tuple[ApprovedMessage, list[Account]]] = []
    for number in range(plan.messages):
        places = [on.account, bluesky, mastodons[number % SNACS]]
        text = f"{approve.MENDED} Ausgabe {number:04d}."
        signed.append((approve.approved(on, text, title=f"Ausgabe {number:04d}", also=places[1:]), places))
    begins, made = database_now() + timedelta(seconds=3), 0
    for number, (message, places) in enumerate(signed):
        due = begins + timedelta(seconds=plan.seconds * number / plan.messages)
        for account in places:
            publish.publish(on.author, message, account, database_now(), due_at=due)
            made += 1
    return made


class Worker:
    """A worker as a process of its own."""

    def __init__(self, environment: dict[str, str]) -> None:
        words = [str(settings.DATABASES["default"]["NAME"]), str(RETRY), str(LOST), str(SETTLED)]
        self._process = subprocess.Popen([sys.executable, "-c", WORKER, *words], env=environment, stdout=subprocess.PIPE)
        self._began: float | None = None

    def worked(self) -> float:
        """Seconds since it said that it is at work; 0 before."""
        assert self._process.poll() is None, f"a worker ended by itself with {self._process.returncode}"
        if self._began is None and select.select([self._process.stdout], [], [], 0)[0]:
            self._began = time.monotonic()
        return 0.0 if self._began is None else time.monotonic() - self._began

    def kill(self) -> None:
        with self._process:
            self._process.kill()


class Workers:
    """Two workers; `strike` kills one of them, in turn, and starts another in its place."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment, self.kills = {**os.environ, **environment}, 0
        self._running = [Worker(self._environment), Worker(self._environment)]

    def worked(self) -> float:
        """Seconds that both have been at work."""
        return min([worker.worked() for worker in self._running])

    def strike(self) -> None:
        self._running.pop(0).kill()
        self.kills += 1
        self._running.append(Worker(self._environment))

    def stop(self) -> None:
        for worker in self._running:
            worker.kill()


def burst(on: approve.Ground, newsroom: str, plan: BurstPlan) -> BurstReport:
    """The whole of it; broken promises are in the report's `faults`."""
    report = BurstReport()
    with burst_ground(newsroom, plan) as where, environment(where.environment):
        report.ordered = order_all(on, where, plan)
        connection.close()
        workers, began = Workers(where.environment), time.monotonic()
        try:
            _until_ended(workers, plan, began)
        finally:
            workers.stop()
        report.took, report.kills = time.monotonic() - began, workers.kills
        report.proxies = sum((proxy.told for proxy in where.proxies), Counter[str]())
        _judge(where, report)
    return report


@contextmanager
def environment(added: dict[str, str]) -> Iterator[None]:
    """What an administrator would have entered, for the time of the burst."""
    before = {name: os.environ.get(name) for name in added}
    os.environ.update(added)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _until_ended(workers: Workers, plan: BurstPlan, began: float) -> None:
    struck, end = began, began + plan.seconds + plan.patience
    while time.monotonic() < end and Publication.objects.exclude(state__in=ENDED).exists():
        time.sleep(0.5)
        if min(time.monotonic() - struck, workers.worked()) >= plan.kill_every:
            struck = time.monotonic()
            workers.strike()


def standing(where: BurstGround) -> Counter[tuple[str, str]]:
    """Network and text of everything that stands on the servers, asked past the proxies and past Candour's own code."""
    found = Counter(("newsroom", row.text) for row in Item.objects.all())
    found += Counter(("bluesky", str(row["value"]["text"])) for row in where.author.records())
    for account in where.snacs:
        for row in account.statuses():
            found["mastodon", str(_source(account, row["id"]))] += 1
    return found


def _source(account: SnacAccount, identity: str) -> Any:
    headers = {"Authorization": f"Bearer {account.token}"}
    return asking.get(f"{account.server.base}/api/v1/statuses/{identity}/source", headers=headers).json()["text"]


def _judge(where: BurstGround, report: BurstReport) -> None:
    there, known = standing(where), Counter[tuple[str, str]]()
    for row in Publication.objects.select_related("account", "message__version"):
        place = (row.account.network, row.text)
        known[place] += 1
        report.ended[f"{row.account.network} {row.state}"] += 1
        report.attempts += row.attempts
        report.faults += _faults_of(row, there[place])
    report.faults += [f"{place}: nobody ordered it" for place in there if place not in known]


def _faults_of(row: Publication, times: int) -> list[str]:
    what = f"{row.account.network} {row.message.title}"
    faults = [f"{what}: stands there {times} times"] if times > 1 else []
    if row.state not in ENDED:
        faults.append(f"{what}: its outcome is not known ({row.state}: {row.problem})")
    elif (row.state == PublicationState.LIVE) != (times == 1):
        faults.append(f"{what}: called {row.state}, stands there {times} times ({row.problem})")
    if unsigned := not_sendable(row.message, database_now()) or differs_from_signed(row):
        faults.append(f"{what}: {unsigned}")
    return faults
