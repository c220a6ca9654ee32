"""Several capped counts asked as one question: a number of rows is counted no further than a page ever tells."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet


class CappedCounts:
    """Counts of named queries, each no further than `most`; names that come twice are added up, again no further.

    The SQL is made once, so an object may be kept as long as its queries don't name an instant.
    """

    def __init__(self, queries: Iterable[tuple[str, QuerySet[Any]]], most: int) -> None:
        self._names: list[str] = []
        self._most, parts, self._params = most, [], []  # type: ignore[var-annotated]
        for name, query in queries:
            try:
                sql, params = query.order_by().values_list("pk")[:most].query.sql_with_params()
            except EmptyResultSet:  # the reader may see nothing of it
                continue
            self._names.append(name)
            parts.append(f"(SELECT count(*) FROM ({sql}) AS counted)")  # noqa: S608  made by the query itself
            self._params += params
        self._sql = f"SELECT {', '.join(parts)}" if parts else ""

    def ask(self) -> dict[str, int]:
        """Count now; a name without any row that may be seen is absent."""
        answer: dict[str, int] = {}
        if self._sql:
            with connection.cursor() as cursor:
                cursor.execute(self._sql, self._params)
                numbers = cursor.fetchone()
            for name, number in zip(self._names, numbers, strict=True):
                answer[name] = min(answer.get(name, 0) + number, self._most)
        return answer
