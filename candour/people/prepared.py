"""A question that every page asks, its SQL made once: building the statement anew costs more than asking it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import Expression, Field, QuerySet


class Given(Expression):
    """A value that is only known when the question is asked."""

    def __init__(self, name: str, output_field: Field[Any, Any]) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: object, connection: object) -> tuple[str, list[Given]]:  # type: ignore[override]
        return "%s", [self]


class Prepared:
    """A query of plain columns (`values_list`) with `Given` values in it. Its answers are the columns as the driver reads them."""

    def __init__(self, build: Callable[[], QuerySet[Any]]) -> None:
        self._build = build

    @cached_property
    def _made(self) -> tuple[str, tuple[Any, ...]]:
        return self._build().query.sql_with_params()

    def ask(self, **values: Any) -> list[tuple[Any, ...]]:
        """The rows for these values. Raises KeyError when one that the question needs is missing."""
        sql, slots = self._made
        with connection.cursor() as cursor:
            cursor.execute(sql, [values[slot.name] if isinstance(slot, Given) else slot for slot in slots])
            return cursor.fetchall()
