"""Several capped counts asked as one question: a number of rows is counted no further than a page ever tells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from psycopg import ClientCursor


class CappedCounts:
    """Counts of named queries, each no further than `most`; names that come twice are added up, again no further.

    The SQL is made once, so an object may be kept as long as its queries don't name an instant. Its values are written into it: a
    plan that doesn't know them can't use the indexes of a queue, which hold only what is open.
    """

    def __init__(self, queries: Iterable[tuple[str, QuerySet[Any]]], most: int) -> None:
        self._places: list[tuple[str, int]] = []
        self._most, parts, values = most, list[str](), list[Any]()
        asked: dict[tuple[str, tuple[Any, ...]], int] = {}
        for name, query in queries:
            try:
                sql, params = query.order_by().values_list("pk")[:most].query.sql_with_params()
            except EmptyResultSet:  # the reader may see nothing of it
                continue
            if (sql, params) not in asked:  # two names may ask the same: it is counted once
                asked[sql, params] = len(parts)
                parts.append(f"(SELECT count(*) FROM ({sql}) AS counted)")  # noqa: S608  made by the query itself
                values += params
            self._places.append((name, asked[sql, params]))
        self._sql = _with_values(f"SELECT {', '.join(parts)}", values) if parts else ""

    def ask(self) -> dict[str, int]:
        """Count now; a name without any row that may be seen is absent."""
        answer: dict[str, int] = {}
        if self._sql:
            with connection.cursor() as cursor:
                cursor.execute(self._sql)
                numbers = cursor.fetchone()
            for name, place in self._places:
                answer[name] = min(answer.get(name, 0) + numbers[place], self._most)
        return answer


def _with_values(sql: str, values: Sequence[Any]) -> str:
    """The statement with its values in it, quoted by the driver."""
    connection.ensure_connection()
    return ClientCursor(connection.connection).mogrify(sql, values)
