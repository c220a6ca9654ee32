"""Every page of the spine asks only what an index can answer: no walk over a large table, no counting without an end, no page by offset."""

from __future__ import annotations

import re
from collections.abc import Iterator

import factories as make
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from candour.core.rights import Function
from candour.people.models import User

LARGE = {
    *("listening_post", "listening_postversion", "listening_postfinding", "listening_judgement"),
    *("cases_case", "cases_duty", "cases_happening", "cases_evidence", "journal_entry"),
}
PAGES = (
    "/inbox/",
    "/inbox/?tab=safety",
    "/inbox/?tab=questions",
    "/inbox/?tab=receipt",
    "/inbox/?tab=judge",
    "/inbox/?tab=second",
    "/cases/",
    "/posts/",
    "/posts/?q=Kopf",
    "/posts/?market=de",
    "/registry/",
    "/journal/",
    "/journal/?subject=cases_case&key=1",
    "/screening/",
    "/",
)


@pytest.fixture
def indexes_only(db: None) -> Iterator[None]:
    """The few rows of a test would be walked over; as if they were millions, a walk is what the server avoids when it can."""
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off; SET enable_sort = on")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET enable_seqscan")


def asked(address: str, client: Client) -> list[str]:
    """The questions of one page."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in queries.captured_queries if query["sql"].startswith("SELECT")]


def reader_of(address: str) -> User:
    """Somebody of one market, except where only an auditor may look; a right without a market would leave the market's index untried."""
    make.post("Kopf")
    if address.startswith("/journal"):
        return make.person("Nadia Ferri", Function.AUDITOR)
    return make.person("Mira Castellane", Function.COMMUNITY_MANAGER, markets=("de",), certified=True)


def plan(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + sql.replace("%", "%%"), [])
        return "\n".join(line for (line,) in cursor.fetchall())


@pytest.mark.parametrize("address", PAGES)
def test_no_page_walks_over_a_large_table(address: str, indexes_only: None, client: Client) -> None:
    client.force_login(reader_of(address))
    for sql in asked(address, client):
        walked = re.findall(r"Seq Scan on (\w+)", plan(sql))
        assert not set(walked) & LARGE, f"{address} walks over {walked} for {sql}"


@pytest.mark.parametrize("address", PAGES)
def test_no_page_counts_without_an_end_or_goes_by_offset(address: str, indexes_only: None, client: Client) -> None:
    client.force_login(reader_of(address))
    for sql in asked(address, client):
        assert " OFFSET " not in sql.upper(), sql
        for counted in re.findall(r"count\(\*\) FROM \((.*?)\) AS counted", sql, flags=re.IGNORECASE | re.DOTALL):
            assert "LIMIT" in counted, sql
        assert not re.search(r"count\(\*\)(?! FROM \()", sql, flags=re.IGNORECASE), sql


@pytest.mark.parametrize("address", [*PAGES, "/cases/CASE/"])
def test_no_page_asks_the_same_question_twice(address: str, db: None, client: Client) -> None:
    client.force_login(reader_of(address))
    address = address.replace("CASE", make.case().number)
    questions = asked(address, client)
    assert len(questions) == len(set(questions)), [sql for sql in set(questions) if questions.count(sql) > 1]
    assert len(questions) > 5
