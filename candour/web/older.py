"""Lists that go on from the last row seen: the next page asks for what is older than it, so that no page counts or skips the rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)


class Seen(NamedTuple):
    """The last row of a page, as it stands in an address: its instant in microseconds and its number."""

    at: datetime
    pk: int

    @classmethod
    def parse(cls, text: str) -> Seen | None:
        """The row in an address; None for none or for a text that is not ours."""
        try:
            micros, pk = text.split("-")
            return cls(_BEGIN + timedelta(microseconds=int(micros)), int(pk)) if len(text) < 40 else None
        except (ValueError, OverflowError):
            return None

    def __str__(self) -> str:
        return f"{(self.at - _BEGIN) // timedelta(microseconds=1)}-{self.pk}"


class Page(NamedTuple):
    """Rows newest first and the address word behind which the older ones begin, or ""."""

    rows: Sequence[Any]
    older: str


def page(found: QuerySet[Any], column: str, before: str, size: int) -> Page:
    """`size` rows of a list ordered by `column` and number, both falling, that come after the row `before`."""
    seen = Seen.parse(before)
    if seen is not None:
        found = found.filter(Q(**{f"{column}__lt": seen.at}) | Q(**{column: seen.at, "pk__lt": seen.pk}))
    rows = list(found[: size + 1])
    last = rows[size - 1] if len(rows) > size else None
    return Page(rows[:size], str(Seen(getattr(last, column), last.pk)) if last else "")
