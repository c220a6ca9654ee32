"""Reads of the journal."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from candour.core.reading import once_per_reading
from candour.journal.models import Entry, Head, Installation, Signature
from candour.people.prepared import Prepared

_INSTALLATION = Prepared(lambda: Installation.objects.order_by("pk")[:1])
_LAST_HEAD = Prepared(lambda: Head.objects.defer("frontier", "signed").order_by("-size")[:1])


@once_per_reading
def installation() -> Installation | None:
    """This installation, or None before it was created."""
    return next(iter(_INSTALLATION.ask()), None)


def is_demo() -> bool:
    row = installation()
    return bool(row and row.demo)


@once_per_reading
def last_head() -> Head | None:
    """The newest signed head."""
    return next(iter(_LAST_HEAD.ask()), None)


def entries() -> QuerySet[Entry]:
    """All entries, newest first."""
    return Entry.objects.order_by("-id")


def entries_about(subject: str, key: str) -> QuerySet[Entry]:
    """The life of one row, newest first."""
    return entries().filter(subject=subject, key=key)


def last_change(subject: str, key: str, act: str, column: str) -> int | None:
    """The number of the last entry by which an act changed a column of a row; None where there is none."""
    changed = entries_about(subject, key).filter(act=act, new__contains=f'"{column}"')
    return changed.values_list("id", flat=True).first()


def written_before(subject: str, keys: Iterable[str], act: str, number: int) -> set[str]:
    """Those rows of which an act was recorded before an entry, by the order of writing: no clock is asked."""
    found = Entry.objects.filter(subject=subject, key__in=list(keys), act=act, id__lt=number)
    return set(found.values_list("key", flat=True))


def signatures_of(subject: str, key: str) -> QuerySet[Signature]:
    return Signature.objects.filter(subject=subject, key=key).order_by("at")


def head_to_go_on_from() -> Head | None:
    """The newest head with everything a seal needs."""
    return Head.objects.order_by("-size").first()


def newest_size() -> int | None:
    """How many entries the newest head counts; None before the first seal."""
    return Head.objects.values_list("size", flat=True).order_by("-size").first()


def has_head(size: int, signed: str) -> bool:
    """Does the database hold this very head?"""
    return Head.objects.filter(size=size, signed=signed).exists()


def heads_above(size: int) -> QuerySet[Head]:
    """Heads that count more than `size` entries, oldest first, without their frontiers."""
    return Head.objects.defer("frontier").filter(size__gt=size).order_by("size")
