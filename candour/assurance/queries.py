"""Reads of assurance."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from candour.assurance.models import Erasure, LegalHold, Notice, Pilot, RetentionRun, WatchRound
from candour.core.watches import acts
from candour.people.models import User
from candour.people.rights import Held, Place, Sides, may, visible


def pilot() -> Pilot | None:
    """The pilot that began last, with its owner; None before the guided start has ended."""
    return Pilot.objects.select_related("owner").order_by("-started_at", "-pk").first()


_SIDES = Sides("market", None, "account")


def _answers_for(me: User, held: tuple[Held, ...]) -> Q:
    named = {me.pk} | {grant.deputy_for for grant in held if grant.deputy_for}
    answer = Q(owner__in=named)
    for act in sorted(acts()):
        answer |= Q(owner=None, act=act) & visible(held, act, _SIDES)
    return answer


def notices_of(me: User, held: Iterable[Held]) -> QuerySet[Notice]:
    """Open notices this reader answers for, by name, as deputy or by function; longest first."""
    return Notice.objects.filter(_answers_for(me, tuple(held)), resolved_at=None).select_related("owner").order_by("since", "pk")


def notices_visible_to(me: User, held: Iterable[Held]) -> QuerySet[Notice]:
    """Notices the reader may see: their own, and everybody's where they may see all."""
    grants = tuple(held)
    return Notice.objects.filter(_answers_for(me, grants) | visible(grants, "notice.see", _SIDES)).select_related("owner")


def may_see_notice(me: User, held: Iterable[Held], notice: Notice) -> bool:
    """The same right for one notice."""
    grants = tuple(held)
    place = Place(notice.market, None, notice.account)
    if notice.owner_id is not None and notice.owner_id in {me.pk} | {grant.deputy_for for grant in grants}:
        return True
    by_function = notice.owner_id is None and notice.act in acts() and may(grants, notice.act, place)
    return by_function or may(grants, "notice.see", place)


def open_notices(limit: int = 200) -> list[Notice]:
    """Every open notice, longest first, for the person at the machine."""
    return list(Notice.objects.filter(resolved_at=None).select_related("owner").order_by("since", "pk")[:limit])


def last_round() -> WatchRound | None:
    """When the watch last went round."""
    return WatchRound.objects.filter(id=1).first()


def holds() -> QuerySet[LegalHold]:
    """Holds in force, newest first."""
    return LegalHold.objects.filter(lifted_at=None).select_related("placed_by").order_by("-placed_at", "-pk")


def held_keys(kind: str) -> list[str]:
    """Keys of one kind that are under a hold."""
    return list(LegalHold.objects.filter(lifted_at=None, kind=kind).values_list("key", flat=True))


def runs(at_most: int = 20) -> list[RetentionRun]:
    """The last runs that took something away or found nothing, newest first."""
    return list(RetentionRun.objects.select_related("by").order_by("-at", "-pk")[:at_most])


def erasures(at_most: int = 50) -> list[Erasure]:
    """The last erasures that a person signed, newest first."""
    return list(Erasure.objects.exclude(signature=None).select_related("by").order_by("-at", "-pk")[:at_most])


def erased(name: str) -> bool:
    """Is this key or author on the record of erasures?"""
    return Erasure.objects.filter(name=name).exists()


def erased_names() -> set[str]:
    """Every name on the record of erasures."""
    return set(Erasure.objects.values_list("name", flat=True))
