"""Questions that every page asks, their SQL made once per thread: building a statement anew costs several times the asking."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS
from django.db.models import BigIntegerField, Expression, Field, Lookup, QuerySet

Row = TypeVar("Row")


class Given(Expression):
    """A value that is only known when the question is asked."""

    def __init__(self, name: str, output_field: Field[Any, Any] | None = None) -> None:
        super().__init__(output_field=output_field or BigIntegerField())
        self.name = name

    def as_sql(self, compiler: object, connection: object) -> tuple[str, list[Given]]:  # type: ignore[override]
        return "%s", [self]


@Field.register_lookup
class AnyOf(Lookup):
    """`column__any_of=Given("ids")`: the column equals one of a list; unlike IN, the statement is the same for every length."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        left, values = self.process_lhs(compiler, connection)
        return f"{left} = ANY(%s)", [*values, self.rhs]


class _Made(NamedTuple):
    """A queryset with the compiler that will read its rows, and the statement with its slots."""

    found: QuerySet[Any]
    compiler: Any
    sql: str
    slots: tuple[Any, ...]


class Prepared(Generic[Row]):
    """A query with `Given` values in it, asked again and again; rows come as the query yields them, models or values.

    Only for queries without prefetching; what `build` leaves open besides `Given` values is decided once.
    """

    def __init__(self, build: Callable[[], QuerySet[Any, Row]]) -> None:
        self._build = build
        self._here = threading.local()

    def _made(self) -> _Made | None:
        if not hasattr(self._here, "made"):
            self._here.made = _compiled(self._build())
        made: _Made | None = self._here.made
        return made

    def ask(self, **values: Any) -> list[Row]:
        """The rows for these values. Raises KeyError when one that the question needs is missing."""
        made = self._made()
        if made is None:
            return []
        asked = made.sql, tuple(values[slot.name] if isinstance(slot, Given) else slot for slot in made.slots)
        made.compiler.as_sql = lambda *_how, **_more: asked
        return list(made.found._iterable_class(made.found))


def _compiled(found: QuerySet[Any, Any]) -> _Made | None:
    """None for a query that can't find anything, whatever is asked."""
    compiler = found.query.get_compiler(using=DEFAULT_DB_ALIAS)
    try:
        sql, slots = compiler.as_sql()
    except EmptyResultSet:
        return None
    converters = compiler.get_converters([column[0] for column in compiler.select])
    compiler.get_converters = lambda _columns: converters  # looked for anew with every asking otherwise
    found.query.get_compiler = lambda *_how, **_more: compiler  # type: ignore[method-assign]  # this one's rows, this one's columns
    return _Made(found, compiler, sql, tuple(slots))
