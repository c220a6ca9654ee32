"""From thousands to millions: the filled database copied within the server, each copy with identities, times and journal of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from django.db import connection

from candour.journal.acting import acting
from candour.people.actions import machine

#: What differs in copy k of a row, by table; every other column is taken over. Ids move by the table's own stride.
_POST = {
    "remote_id": "remote_id || '~' || k",
    "first_heard_at": "first_heard_at - k * interval '20 hours'",
    "judge_by": "CASE WHEN k % 5 = 0 THEN judge_by + k * interval '1 minute' END",
    "second_look": "judge_by IS NULL AND k % 50 = 0 AND id % 40 = 0",
}
_INTAKE = {"at": "at - k * interval '20 hours'"}
_VERSION = {"published_at": "published_at - k * interval '20 hours'", "seen_at": "seen_at - k * interval '20 hours'"}
_CASE = {
    "number": "'C-' || (1000000 + {id})",
    "thread": "thread || '~' || k",
    "person_key": "md5(person_key || k)",
    "opened_at": "opened_at - k * interval '20 hours'",
    "next_due_at": "next_due_at + (k % 48) * interval '1 hour'",
}
#: Table, its parents among the copied tables by column, and its changes. Parents come first. A copied intake has the root of its original,
#: because its versions are copies of all the original's, in the same order and with the same bytes.
_POSTS = (
    ("listening_intake", {}, _INTAKE),
    ("listening_post", {"alike_to_id": "listening_post"}, _POST),
    ("listening_postversion", {"post_id": "listening_post", "intake_id": "listening_intake"}, _VERSION),
    ("listening_postfinding", {"version_id": "listening_postversion"}, {}),
)
_CASES = (
    ("cases_case", {"post_id": "listening_post"}, _CASE),
    ("cases_casepost", {"case_id": "cases_case", "post_id": "listening_post"}, {}),
    ("cases_duty", {"case_id": "cases_case"}, {}),
    ("cases_evidence", {"case_id": "cases_case", "post_id": "listening_post"}, {}),
    ("cases_happening", {"case_id": "cases_case"}, {}),
)
#: Copies of so many at once: a statement in memory's reach.
_AT_ONCE = 10


def multiply(posts: int, cases: int) -> None:
    """Copy what there is until about so many posts and cases are there. The search indexes are made anew at the end, which is faster."""
    strides = {table: _stride(table) for table, _parents, _changes in (*_POSTS, *_CASES)}
    indexes = _drop_search_indexes()
    by = machine("listener")
    for first, last in _spans(_copies("listening_post", posts)):
        with acting(by, "bench.fill", "copies of real intakes"):
            _copy_all(_POSTS, strides, first, last)
        _say(f"copied posts {last} times")
    for first, last in _spans(_copies("cases_case", cases)):
        with acting(by, "bench.fill", "copies of real cases"):
            _copy_all(_CASES, strides, first, last)
        _say(f"copied cases {last} times")
    for line in indexes:
        _run(line)
    for table in strides:
        _run(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")  # noqa: S608  our own names
    _run("VACUUM ANALYZE")


def _spans(copies: int) -> Iterator[tuple[int, int]]:
    for first in range(1, copies + 1, _AT_ONCE):
        yield first, min(first + _AT_ONCE - 1, copies)


def _copy_all(tables: tuple[tuple[str, dict[str, str], dict[str, str]], ...], strides: dict[str, int], first: int, last: int) -> None:
    for table, parents, changes in tables:
        moved = {"id": f"id + k * {strides[table]}"} | {column: f"{column} + k * {strides[parent]}" for column, parent in parents.items()}
        values = [(moved | changes).get(name, f'"{name}"').format(id=moved["id"]) for name in _columns(table)]
        names = ", ".join(f'"{name}"' for name in _columns(table))
        originals = f"(SELECT * FROM {table} WHERE id <= {strides[table]}) AS original"  # noqa: S608  our own names
        _run(f"INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM {originals}, generate_series({first}, {last}) AS k")  # noqa: S608


def _columns(table: str) -> list[str]:
    """The columns that are written; the server makes the others itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND attgenerated = '' AND NOT attisdropped",
            [table],
        )
        return [name for (name,) in cursor.fetchall()]


def _stride(table: str) -> int:
    """The highest id of the originals: copy k of a row has its id and k times this."""
    return int(_one(f"SELECT max(id) FROM {table}"))  # noqa: S608  our own names


def _copies(table: str, wanted: int) -> int:
    return max(0, round(wanted / int(_one(f"SELECT count(*) FROM {table}"))) - 1)  # noqa: S608  our own names


def _drop_search_indexes() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'listening_postversion' AND indexdef LIKE '% USING gin %'"
        )
        found = cursor.fetchall()
    for name, _line in found:
        _run(f'DROP INDEX "{name}"')
    return [line for _name, line in found]


def _one(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return str(cursor.fetchone()[0])


def _run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '1GB'")
        cursor.execute(sql)


def _say(words: str) -> None:
    print(f"bench: {words}", file=sys.stderr, flush=True)
