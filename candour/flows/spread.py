"""From what happened to the people who have a stake in it: one line per cause and person, a mail where they want one, and the climb.

All of it is the worker's, so that an act waits for nobody's list. Who may not see the thing is not told of it, whatever part they had.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from candour.assurance.models import Hearing, Notice, Telling, Told
from candour.cases.models import Duty
from candour.core.hearing import Group, How, Rhythm, hears
from candour.core.rights import Function
from candour.core.stakes import STAKES
from candour.core.states import DutyState
from candour.core.terms import SAFETY_DUTIES
from candour.core.watches import CLIMB, WATCHES, Rung
from candour.flows import letters
from candour.flows.answers import Refusal, Stale
from candour.journal.acting import acting, note
from candour.people.models import User
from candour.people.queries import away_now, everyone_held
from candour.people.rights import Held, Place, covers, may

#: Tellings spread in one round, oldest first.
MOST = 500
#: What nobody could be told for so long stands in the drawers, and no mail is sent of it.
STALE = timedelta(days=2)
LIMIT = "limit."
_RUNGS = tuple(Rung)

Everyone = Mapping[User, tuple[Held, ...]]


def mails_are_sent() -> bool:
    """Does this installation know a mail server?"""
    return settings.SMTP is not None


def spread(by: User, now: datetime) -> int:
    """Tell everybody with a stake in what happened since the last round; returns how many lines were written. Safe in several processes."""
    _from_notices(by, now)
    with transaction.atomic():
        rows = Telling.objects.select_for_update(skip_locked=True, of=("self",)).filter(spread_at=None).select_related("notice")
        waiting = list(rows.order_by("id")[:MOST])
        if not waiting:
            return 0
        everyone = everyone_held(now)
        told = sum(_tell(row, _stakeholders(row, everyone), everyone, now) for row in waiting)
        Telling.objects.filter(pk__in=[row.pk for row in waiting]).update(spread_at=now)
    return told


def _from_notices(by: User, now: datetime) -> None:
    """Open notices of the watch that their owner has not been told of; another owner of the same notice is told anew."""
    known = set(Telling.objects.filter(notice__resolved_at=None, notice__isnull=False).values_list("cause", flat=True))
    rows = [_of_notice(notice, by, now) for notice in Notice.objects.filter(resolved_at=None).order_by("pk") if notice.watch in WATCHES]
    Telling.objects.bulk_create([row for row in rows if row.cause not in known], ignore_conflicts=True)


def _of_notice(notice: Notice, by: User, now: datetime) -> Telling:
    return Telling(
        kind=f"{LIMIT}{notice.watch}",
        cause=f"{LIMIT}{notice.pk}:{notice.owner_id or notice.act}",
        by=by,
        at=now,
        thing=list(notice.things[0]) if notice.things else [],
        place=[notice.market, None, notice.account],
        named={"owner": [notice.owner_id]} if notice.owner_id else {},
        acts=[] if notice.owner_id else [notice.act],
        notice=notice,
        safety=WATCHES[notice.watch].safety,
    )


def place_of(row: Telling) -> Place:
    """Where it belongs."""
    return Place(*row.place) if row.place else Place()


def group_of(row: Telling) -> Group:
    """The kind of the matter, as people choose for it."""
    if row.safety:
        return Group.SAFETY
    return Group.LIMITS if row.kind.startswith(LIMIT) else STAKES[row.kind].group


def _stakeholders(row: Telling, everyone: Everyone) -> dict[User, str]:
    """Everybody with a stake, each with the part they have; nobody who may not see the thing."""
    place, found = place_of(row), {}
    parts = {person: part for part, people in row.named.items() for person in people}
    owned = row.kind.startswith(LIMIT)
    for person, held in everyone.items():
        named = parts.get(person.pk)
        if named and (owned or may(held, STAKES[row.kind].see, place)):
            found[person] = named
        elif person.pk != row.by_id and any(may(held, act, place) for act in row.acts):
            found[person] = "right"
    return found


def _tell(row: Telling, people: Mapping[User, str], everyone: Everyone, now: datetime) -> int:
    """One line per person who has none yet, and at once a mail to whoever hears of this kind that way. Returns how many are new."""
    known = set(row.told.values_list("person_id", flat=True))
    chosen = {one.person_id: one.ways for one in Hearing.objects.filter(person__in=list(people))}
    group, fresh = group_of(row), []
    for person, why in people.items():
        if person.pk not in known:
            how = _how(row, chosen.get(person.pk, {}), everyone[person], now)
            fresh.append(Told(telling=row, person=person, why=why[:16], group=group, how=how, at=now))
    for told in fresh:
        if told.how == How.MAIL:
            told.mail = letters.at_once(told, now)
    Told.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def _how(row: Telling, chosen: Mapping[str, str], held: Iterable[Held], now: datetime) -> How:
    if not mails_are_sent() or now - row.at > STALE:
        return How.DRAWER
    return hears(chosen, [grant.function for grant in held], group_of(row))


# the climb


def climb(by: User, now: datetime) -> int:
    """Matters of safety that nobody has taken: the next rung is told when its time has come. Returns how many people were told."""
    open_ones = Telling.objects.filter(safety=True, acknowledged_at=None, ended_at=None, spread_at__isnull=False)
    told = 0
    for pk in list(open_ones.exclude(rung=Rung.EVERYBODY).order_by("id").values_list("pk", flat=True)[:MOST]):
        with acting(by, "telling.climb"):
            row = open_ones.select_for_update(skip_locked=True, of=("self",)).select_related("notice").filter(pk=pk).first()
            if row is not None:
                told += _climb(row, now)
    return told


def end_settled(now: datetime) -> int:
    """Close matters of safety whose cause is gone, so that nobody is woken for what is done. Returns how many."""
    open_ones = Telling.objects.filter(safety=True, ended_at=None)
    gone = [row.pk for row in open_ones.select_related("notice").order_by("id")[: 10 * MOST] if _is_gone(row)]
    return Telling.objects.filter(pk__in=gone, ended_at=None).update(ended_at=now)


def _is_gone(row: Telling) -> bool:
    if row.notice is not None:
        return row.notice.resolved_at is not None
    state = DutyState.HANDED_OVER if row.kind == "duty.hand_over" else DutyState.OPEN
    owed = Duty.objects.filter(case__number=row.thing[1], kind__in=[kind.value for kind in SAFETY_DUTIES], state=state)
    return not owed.exists()


def _climb(row: Telling, now: datetime) -> int:
    """Go up the rungs that are due. From a rung on which nobody new stands it goes on at once."""
    since, here = row.spread_at or now, Rung(row.rung)
    alone, told, everyone = not row.told.exists(), 0, None
    for rung in _RUNGS[_RUNGS.index(here) + 1 :]:
        if since + CLIMB[rung] > now and not alone:
            break
        everyone = everyone or everyone_held(now)
        fresh = _tell(row, dict.fromkeys(_on(rung, row, everyone, now), rung.value), everyone, now)
        alone, told, row.rung = fresh == 0, told + fresh, rung.value
        note("telling", str(row.pk), f"{row.kind}, {rung.value}: {fresh}")
    if row.rung != here:
        row.save(update_fields=["rung"])
    return told


def _on(rung: Rung, row: Telling, everyone: Everyone, now: datetime) -> Iterator[User]:
    """Who stands on a rung: deputies of those told, country leads of the place, everybody with the right and the centre of excellence."""
    place = place_of(row)
    if rung == Rung.DEPUTY:
        away, told = away_now(now), row.told.values_list("person_id", flat=True)
        deputies = {away[person].deputy_id for person in told if person in away}
        yield from (person for person in everyone if person.pk in deputies)
        return
    leads = {Function.COUNTRY_LEAD} if rung == Rung.LEAD else {Function.COE_LEAD}
    acts = () if rung == Rung.LEAD else (*row.acts, *([row.notice.act] if row.notice else []))
    for person, held in everyone.items():
        leading = any(grant.function in leads and covers(grant, place) for grant in held)
        if leading or any(may(held, act, place) for act in acts):
            yield person


# what people say to it


def acknowledge(by: User, told: Told, now: datetime) -> Telling:
    """Say "I have it": nobody else is woken for it. Whoever was told may; the first one counts, and whoever says it again is told who."""
    if told.person_id != by.pk:
        raise Refusal(_("This was told to somebody else."))
    with acting(by, "telling.acknowledge"):
        row = Telling.objects.select_for_update(no_key=True, of=("self",)).select_related("acknowledged_by").get(pk=told.telling_id)
        if row.acknowledged_by is not None and row.acknowledged_by != by:
            raise Stale(_("%(name)s has it already.") % {"name": row.acknowledged_by.name})
        if row.acknowledged_at is None:
            row.acknowledged_by, row.acknowledged_at = by, now
            row.save(update_fields=["acknowledged_by", "acknowledged_at"])
            note("telling", str(row.pk), f"{row.kind}: {by.name} has it")
        see(by, [told.pk], now)
    return row


def see(by: User, which: Iterable[int], now: datetime) -> int:
    """Say that these lines were seen; those of other people are left alone. Returns how many were new."""
    return Told.objects.filter(pk__in=list(which), person=by, seen_at=None).update(seen_at=now)


def choose(by: User, ways: Mapping[str, str], rhythm: str, now: datetime) -> Hearing:
    """Keep how a person wants to hear. Refused for a way that does not exist, and for safety, which reaches everybody at once."""
    if Group.SAFETY in ways or not set(ways) <= set(Group):
        raise Refusal(_("Safety reaches everybody at once; nobody chooses there."), status=400)
    if not set(ways.values()) <= set(How) or rhythm not in {"", *Rhythm}:
        raise Refusal(_("There is no such way to hear."), status=400)
    with acting(by, "hearing.choose"):
        row, _made = Hearing.objects.update_or_create(
            person=by, defaults={"ways": dict(ways), "rhythm": rhythm, "changed_at": now}
        )  # fmt: skip
    return row
