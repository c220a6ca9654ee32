"""Four writers and a sealer at once, with rollbacks: every committed entry has one leaf, and nobody waits for the sealer."""

from __future__ import annotations

import random
import threading
from uuid import uuid4

import pytest
from django.db import connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candour.journal import sealing
from candour.journal.acting import acting, note
from candour.journal.models import Entry, Head, Leaf
from candour.journal.verify import verify
from candour.registry.models import Brand

from .company import Company, sql

WRITERS = 4


class GaveUp(Exception):
    """The writer changed its mind."""


def one_act(company: Company, name: str, dice: random.Random) -> None:
    """Add, rename, remove or tell; sometimes inside a savepoint that is rolled back, sometimes rolled back as a whole."""
    what = dice.choice(["add", "add", "rename", "remove", "note"])
    mine = Brand.objects.filter(key__startswith=name[:2])
    with acting(company.person, what):
        if what == "add":
            Brand.objects.create(key=f"{name}-{uuid4()}", name=name)
        elif what == "rename":
            mine.update(name=name)
        elif what == "remove":
            Brand.objects.filter(pk__in=mine[:1]).delete()
        else:
            note("company", name, "told")
        try:
            with transaction.atomic():
                note("company", name, "nobody reads this")
                raise GaveUp
        except GaveUp:
            pass
        if dice.random() < 0.3:
            raise GaveUp


def writer(company: Company, number: int, seed: int, acts: int, failures: list[BaseException]) -> None:
    """A writer with its own connection, which would rather fail than wait two seconds for a lock."""
    dice = random.Random(seed * 31 + number)
    try:
        sql("SET lock_timeout = '2s'")
        for act in range(acts):
            try:
                one_act(company, f"{number}-{seed}-{act}", dice)
            except GaveUp:
                continue
    except BaseException as failure:
        failures.append(failure)
        raise
    finally:
        connections.close_all()


def seal_until(stop: threading.Event, failures: list[BaseException]) -> None:
    """Seals without a pause, a few entries at a time."""
    try:
        while not stop.is_set():
            sealing.seal(at_most=3)
    except BaseException as failure:
        failures.append(failure)
        raise
    finally:
        connections.close_all()


def write_and_seal(company: Company, seed: int, acts: int) -> None:
    failures: list[BaseException] = []
    stop = threading.Event()
    writers = [threading.Thread(target=writer, args=(company, number, seed, acts, failures)) for number in range(WRITERS)]
    sealers = [threading.Thread(target=seal_until, args=(stop, failures)) for _ in range(2)]
    for thread in [*sealers, *writers]:
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in sealers:
        thread.join()
    assert failures == []
    while sealing.seal() is not None:
        continue


def everything_is_sealed_once() -> None:
    leaves = list(Leaf.objects.order_by("index").values_list("index", "entry_id"))
    assert [index for index, _entry in leaves] == list(range(len(leaves)))
    assert sorted(entry for _index, entry in leaves) == sorted(Entry.objects.values_list("id", flat=True))
    assert Head.objects.order_by("-size")[0].size == len(leaves)


@given(seed=st.integers(0, 10_000), acts=st.integers(3, 15))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_committed_entry_gets_exactly_one_leaf(company: Company, seed: int, acts: int) -> None:
    write_and_seal(company, seed, acts)
    everything_is_sealed_once()
    report = verify()
    assert report.problems == []
    assert (report.sound, report.unsealed) == (Entry.objects.count(), 0)
    assert not Entry.objects.filter(new__contains="nobody reads this").exists()


@pytest.mark.parametrize("rounds", [2])
def test_a_verification_beside_writers_sees_one_instant(company: Company, rounds: int) -> None:
    """Entries, rows, heads and the file keep growing while it reads; that is no problem."""
    failures: list[BaseException] = []
    stop = threading.Event()
    threads = [threading.Thread(target=writer, args=(company, number, 7, 30, failures)) for number in range(2)]
    threads.append(threading.Thread(target=seal_until, args=(stop, failures)))
    for thread in threads:
        thread.start()
    reports = [verify() for _ in range(rounds)]
    for thread in threads[:2]:
        thread.join()
    stop.set()
    threads[2].join()
    assert failures == []
    assert [report.problems for report in reports] == [[]] * rounds
