"""The journal as people read it: pages of entries by person, act, table and row, and which of them are sealed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from candour.cases.models import Case
from candour.journal.models import Entry, Leaf
from candour.journal.queries import entries, entries_about
from candour.listening.models import Source
from candour.messages.models import ApprovedMessage, Draft, Publication
from candour.people.models import User
from candour.people.queries import machines
from candour.registry.models import Account, Brand, Market, Product

PAGE = 50

#: Tables whose rows have a name of their own, and the column it stands in. None of them names a patient.
NAMED: dict[str, tuple[type[Any], str]] = {
    "registry_account": (Account, "handle"),
    "registry_market": (Market, "name"),
    "registry_brand": (Brand, "name"),
    "registry_product": (Product, "name"),
    "listening_source": (Source, "name"),
    "people_user": (User, "name"),
    "cases_case": (Case, "number"),
    "approval_draft": (Draft, "title"),
    "approval_approvedmessage": (ApprovedMessage, "title"),
    "approval_publication": (Publication, "title"),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the journal is narrowed to; empty means all. `actor` is a person's number, or "people" for everybody but machines."""

    actor: str = ""
    act: str = ""
    subject: str = ""
    key: str = ""

    def __bool__(self) -> bool:
        return any((self.actor, self.act, self.subject, self.key))


@dataclass(frozen=True, slots=True)
class Page:
    """Entries newest first, the ids of those that are sealed, and the id behind which the next page begins, or 0."""

    entries: Sequence[Entry]
    sealed: frozenset[int]
    next: int = 0


def page(filters: Filters, before: int = 0) -> Page:
    """Entries older than `before`; 0 begins with the newest."""
    found = _narrowed(filters)
    rows = list((found.filter(pk__lt=before) if before else found)[: PAGE + 1])
    shown = rows[:PAGE]
    return Page(shown, sealed_among(row.pk for row in shown), shown[-1].pk if len(rows) > PAGE else 0)


def _narrowed(filters: Filters) -> QuerySet[Entry]:
    found = entries_about(filters.subject, filters.key) if filters.subject and filters.key else entries()
    if filters.subject and not filters.key:
        found = found.filter(subject=filters.subject)
    if filters.actor == "people":
        found = found.exclude(actor__in=[str(pk) for pk in machines().values_list("pk", flat=True)])
    elif filters.actor:
        found = found.filter(actor=filters.actor)
    if filters.act:
        found = found.filter(act__startswith=filters.act)
    return found


def sealed_among(ids: Iterable[int]) -> frozenset[int]:
    """Which of these entries have their place in the tree."""
    return frozenset(Leaf.objects.filter(entry_id__in=list(ids)).values_list("entry_id", flat=True))


def life_of(subject: str, key: str, most: int = 20) -> list[Entry]:
    """The newest entries about one row."""
    return list(entries_about(subject, key)[:most])


def names_of(rows: Iterable[Entry]) -> dict[tuple[str, str], str]:
    """What the rows behind these entries are called today, by (table, key); one query for each table among them."""
    wanted: dict[str, set[str]] = {}
    for row in rows:
        if row.subject in NAMED and row.key.isdecimal() and len(row.key) < 19:
            wanted.setdefault(row.subject, set()).add(row.key)
    return {(subject, str(pk)): name for subject, keys in wanted.items() for pk, name in _named(subject, keys) if name}


def _named(subject: str, keys: set[str]) -> Iterable[tuple[int, str]]:
    model, column = NAMED[subject]
    return model._default_manager.filter(pk__in=keys).values_list("pk", column)
