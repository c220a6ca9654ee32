"""Reads of the journal."""

from __future__ import annotations

from django.db.models import QuerySet

from candour.journal.models import Entry, Head, Installation, Signature


def installation() -> Installation | None:
    """This installation, or None before it was created."""
    return Installation.objects.first()


def is_demo() -> bool:
    row = installation()
    return bool(row and row.demo)


def last_head() -> Head | None:
    """The newest signed head."""
    return Head.objects.defer("frontier", "signed").order_by("-size").first()


def entries() -> QuerySet[Entry]:
    """All entries, newest first."""
    return Entry.objects.order_by("-id")


def entries_about(subject: str, key: str) -> QuerySet[Entry]:
    """The life of one row, newest first."""
    return entries().filter(subject=subject, key=key)


def signatures_of(subject: str, key: str) -> QuerySet[Signature]:
    return Signature.objects.filter(subject=subject, key=key).order_by("at")
