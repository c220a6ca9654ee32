"""How an act is named: in the message that begins its transaction, word for word, and what the quicker record still writes."""

from __future__ import annotations

import json
from collections.abc import Iterator

import psycopg
import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from candour.journal.acting import acting, note
from candour.journal.models import Entry
from candour.journal.verify_guards import function_digests
from candour.journal.verify_tables import FUNCTIONS
from candour.registry.models import Brand

from .company import Company, sql, value

#: Everything that text in the database can be; characters that end a literal or a statement come up often.
WORDS = st.text(st.sampled_from("';\\\"$%-/*\n\x01 E") | st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
OURS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(name=WORDS, act=WORDS.filter(bool), reason=WORDS)
@example(name="'; DROP TABLE journal_entry; --", act="\\'; COMMIT; --", reason="E'\\\\''")
@OURS
def test_every_word_of_a_name_arrives_as_it_was_given(company: Company, name: str, act: str, reason: str) -> None:
    company.person.name = name
    with acting(company.person, act, reason):
        note("company", "1", "told")
    entry = Entry.objects.order_by("-id")[0]
    assert (entry.actor, entry.actor_name, entry.act, entry.reason) == (str(company.person.pk), name, act, reason)


@given(reason=WORDS)
@OURS
def test_an_act_begun_inside_a_transaction_is_named_the_same(company: Company, reason: str) -> None:
    with transaction.atomic():
        Brand.objects.count()
        with acting(company.person, "inner", reason):
            note("company", "1", "told")
    assert Entry.objects.order_by("-id")[0].reason == reason


def test_naming_takes_no_statement_of_its_own(company: Company) -> None:
    with CaptureQueriesContext(connection) as asked, acting(company.person, "add_brand"):
        Brand.objects.create(key="a", name="A")
    assert [query["sql"].split()[0] for query in asked.captured_queries if query["sql"] not in ("BEGIN", "COMMIT")] == ["INSERT"]


@pytest.mark.parametrize("reason", ["cut\0off", "half a \ud800 pair"])
def test_words_that_are_no_text_are_refused_and_nothing_is_open_afterwards(company: Company, reason: str) -> None:
    before = Entry.objects.count()
    with pytest.raises((DatabaseError, UnicodeEncodeError)), acting(company.person, "act", reason):
        note("company", "1", "told")
    assert not connection.in_atomic_block
    with pytest.raises(DatabaseError, match="named no actor"):
        Brand.objects.create(key="b", name="B")
    assert Entry.objects.count() == before


def test_an_act_on_a_session_that_was_ended_is_an_error_of_the_database_and_the_next_one_works(company: Company) -> None:
    number = value("SELECT pg_backend_pid()")
    with psycopg.connect(connection.connection.info.dsn, password=connection.connection.info.password) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [number])
    connection.health_check_done = True  # as in the middle of a request
    with pytest.raises(OperationalError), acting(company.person, "act"):
        note("company", "1", "told")
    connection.close()
    with acting(company.person, "again"):
        note("company", "1", "told")
    assert list(Entry.objects.order_by("-id").values_list("act", flat=True)[:1]) == ["again"]


# --- The record -----------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def shelf(company: Company) -> Iterator[Company]:
    """A recorded table with every kind of column and one that is left out."""
    sql("CREATE TABLE test_shelf (id bigint PRIMARY KEY, name text, at timestamptz, raw bytea, part numeric(6,2), secret text)")
    sql("SELECT journal_attach('test_shelf', 'secret')")
    yield company
    sql("DROP TABLE test_shelf")


def recorded() -> list[tuple[str, str, dict, dict]]:
    rows = Entry.objects.filter(subject="test_shelf").order_by("id").values_list("key", "op", "old", "new")
    return [(key, op, json.loads(old or "{}"), json.loads(new or "{}")) for key, op, old, new in rows]


def test_insert_change_and_deletion_leave_their_columns_without_those_left_out(shelf: Company) -> None:
    with acting(shelf.person, "act"):
        sql("SET LOCAL timezone = 'Asia/Tokyo'")
        sql("SET LOCAL bytea_output = 'escape'")
        sql("INSERT INTO test_shelf VALUES (7, 'a', '2026-03-01T00:00+09', '\\x00ff', 1.50, 'hidden')")
        sql("UPDATE test_shelf SET secret = 'other'")
        sql("UPDATE test_shelf SET name = NULL, secret = 'third'")
        sql("DELETE FROM test_shelf")
    row = {"id": 7, "name": "a", "at": "2026-02-28T15:00:00+00:00", "raw": "\\x00ff", "part": 1.5}
    assert recorded() == [("7", "I", {}, row), ("7", "U", {"name": "a"}, {"name": None}), ("7", "D", row | {"name": None}, {})]
    assert "1.50" in Entry.objects.filter(subject="test_shelf", op="I").get().new


def test_going_back_a_release_gives_back_its_own_functions(company: Company) -> None:
    executor = MigrationExecutor(connection)
    here = executor.loader.graph.leaf_nodes("journal")
    try:
        executor.migrate([("journal", "0003_auth_context")])
        with connection.cursor():
            old = function_digests(connection.connection)
        company.brands(1)
        assert value("SELECT count(*) FROM pg_indexes WHERE indexname = 'entry_at'") == 1
    finally:
        MigrationExecutor(connection).migrate(here)
    assert {name for name in FUNCTIONS if old[name] != FUNCTIONS[name]} == {"journal_record", "journal_date_entry"}
    assert old["journal_record"].startswith("54547c2e") and old["journal_date_entry"].startswith("a6e7e80a")
    assert value("SELECT count(*) FROM pg_indexes WHERE indexname = 'entry_at'") == 0
    company.brands(1)
