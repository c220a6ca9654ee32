"""Say once that something happened that others have a stake in. The row is written with the act itself; the worker finds the people.

Who is told of what is the table in core.stakes; here the parts in it meet the rows of the database.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from candour.assurance.models import Telling
from candour.cases.models import Case, Duty, Reply
from candour.cases.queries import place_of as place_of_case
from candour.core.stakes import RECEIVER, SEALS, STAKES, Part
from candour.core.states import PublicationState, SealState
from candour.core.terms import SAFETY_DUTIES, DutyKind
from candour.messages.models import Annotation, ApprovedMessage, Draft, Pause, Publication
from candour.messages.queries import place_of
from candour.people.models import User
from candour.people.rights import Place
from candour.safety.models import HandOver

_OPEN = (SealState.WAITING, SealState.LOOKING)
_TO_COME = (PublicationState.HELD, PublicationState.WAITING, PublicationState.BY_HAND)
_RECEIVERS = {DutyKind.PQC: "receipt.quality", DutyKind.MIR: "receipt.medical"}


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a telling is about: the thing for its link, where it belongs, its named people by part, the rights behind `seal.*` and
    `receipt.*`, and what tells this happening from the next one of the same kind."""

    thing: tuple[str, str, str]
    place: Place
    named: dict[Part, Iterable[int | None]] = field(default_factory=dict)
    several: tuple[str, ...] = ()
    stamp: str = ""
    safety: bool = False


def tell(key: str, about: About, by: User, now: datetime) -> None:
    """Write down that it happened, once per cause; nothing when nobody else has a stake. Call inside the act that does it."""
    stake = STAKES[key]
    named = {part.value: _others(about.named.get(part, ()), by) for part in stake.parts}
    acts = [one for act in stake.acts for one in (about.several if act in (SEALS, RECEIVER) else (act,))]
    if stake.nobody or not (acts or any(named.values())):
        return
    row = Telling(
        kind=key,
        cause=":".join((key, *about.thing[:2], about.stamp or now.isoformat()))[:300],
        by=by,
        at=now,
        thing=list(about.thing),
        place=[about.place.market, about.place.brand, about.place.account],
        named={part: people for part, people in named.items() if people},
        acts=acts,
        safety=stake.safety and about.safety,
    )
    Telling.objects.bulk_create([row], ignore_conflicts=True)


def _others(people: Iterable[int | None], by: User) -> list[int]:
    """Whoever does it knows it."""
    return sorted({person for person in people if person and person != by.pk})


def draft(key: str, row: Draft, by: User, now: datetime, *, note: Annotation | None = None) -> None:
    """Something happened to a draft, its review, or a note on it."""
    noted = (note.by_id, note.answered_by_id) if note else ()
    about = About(
        thing=("draft", str(row.pk), row.title),
        place=place_of(row),
        named=_of_text(row) | {Part.NOTED: noted},
        several=_roles(row, every=key != "draft.submit"),
        stamp=f"n{note.pk}.{note.state}.{now.isoformat()}"
        if note
        else f"v{row.version}"
        if key != "seal.sign"
        else f"{by.pk}.v{row.version}",
    )
    tell(key, about, by, now)


def _of_text(row: Draft) -> dict[Part, Iterable[int | None]]:
    review = row.reviews.order_by("-id").first()
    sealers = review.seals.exclude(person=None).values_list("person_id", flat=True) if review else ()
    return {Part.OWNER: (row.owner_id,), Part.WRITERS: row.versions.values_list("author_id", flat=True), Part.SEALERS: sealers}


def _roles(row: Draft, *, every: bool) -> tuple[str, ...]:
    """The rights of the roles asked in the last review; without `every` of those that have still to speak."""
    review = row.reviews.order_by("-id").first()
    if review is None:
        return ()
    seals = review.seals.all() if every else review.seals.filter(state__in=_OPEN)
    return tuple(sorted({f"seal.{role}" for role in seals.values_list("role", flat=True)}))


def publication(key: str, row: Publication, by: User, now: datetime) -> None:
    """Something happened to a text on its way or live."""
    reply = Reply.objects.select_related("case").filter(publication=row).first()
    where = ("case", reply.case.number, reply.case.number) if reply else ("message", row.message.key, row.message.title)
    text = _of_text(row.message.draft) if row.message.draft else {}
    place = place_of(row.message)
    about = About(
        thing=where,
        place=Place(place.market, place.brand, row.account.key),
        named=text
        | {Part.ORDERED: (row.by_id,), Part.HAND_TO: (row.hand_to_id,), Part.ASSIGNEE: (reply.case.assignee_id,) if reply else ()},
        stamp=f"p{row.pk}.{now.isoformat()}",
    )
    tell(key, about, by, now)


def message(key: str, row: ApprovedMessage, by: User, now: datetime, *, also: int | None = None) -> None:
    """Something happened to an approved message as a whole. `also` is somebody who asked for it."""
    about = About(
        thing=("message", row.key, row.title),
        place=place_of(row),
        named=(_of_text(row.draft) if row.draft else {}) | {Part.ORDERED: (*row.publications.values_list("by_id", flat=True), also)},
    )
    tell(key, about, by, now)


def text(key: str, row: Draft | ApprovedMessage, by: User, now: datetime) -> None:
    """The same for a draft or a message, whichever carries it."""
    if isinstance(row, ApprovedMessage):
        message(key, row, by, now)
        return
    ordered = Publication.objects.filter(message__draft=row).values_list("by_id", flat=True)
    named = _of_text(row) | {Part.ORDERED: ordered}
    tell(key, About(thing=("draft", str(row.pk), row.title), place=place_of(row), named=named), by, now)


def case(key: str, row: Case, by: User, now: datetime, *, before: int | None = None) -> None:
    """Something happened to a case."""
    named = {Part.ASSIGNEE: (row.assignee_id,), Part.BEFORE: (before,)}
    if STAKES[key].parts and Part.HANDED_OVER in STAKES[key].parts:
        named[Part.HANDED_OVER] = tuple(HandOver.objects.filter(duty__case=row).values_list("by_id", flat=True))
    about = About(thing=("case", row.number, row.number), place=place_of_case(row), named=named, stamp=f"v{row.version}.{now.isoformat()}")
    tell(key, about, by, now)


def born(row: Case, owed: Iterable[DutyKind], by: User, now: datetime) -> None:
    """A new case: with a duty of safety in it at once and until somebody has it, else as any case."""
    safety = bool(SAFETY_DUTIES & set(owed))
    about = About(thing=("case", row.number, row.number), place=place_of_case(row), stamp="born", safety=safety)
    tell("duty.begin" if safety else "case.open", about, by, now)


def duty(key: str, row: Duty, by: User, now: datetime) -> None:
    """Something happened to a duty of a case."""
    of, kind = row.case, DutyKind(row.kind)
    handed = tuple(HandOver.objects.filter(duty=row).values_list("by_id", flat=True))
    about = About(
        thing=("case", of.number, of.number),
        place=place_of_case(of),
        named={Part.ASSIGNEE: (of.assignee_id,), Part.HANDED_OVER: handed},
        several=(_RECEIVERS.get(kind, "receipt.safety"),),
        stamp=f"{row.kind}.{now.isoformat()}",
        safety=kind in SAFETY_DUTIES,
    )
    tell(key, about, by, now)


def pause(key: str, row: Pause, by: User, now: datetime) -> None:
    """A pause begins or ends: also whoever has a text on its way that it covers."""
    place = Place(
        row.market or (row.account.market if row.account else ""),
        row.product.brand.key if row.product else None,
        row.account.key if row.account else None,
    )
    waiting = Publication.objects.filter(state__in=_TO_COME)
    for name, value in (("account__market", row.market), ("account", row.account), ("message__product", row.product)):
        if value:
            waiting = waiting.filter(**{name: value})
    about = About(thing=("pauses", "", ""), place=place, named={Part.ORDERED: waiting.values_list("by_id", flat=True)}, stamp=f"s{row.pk}")
    tell(key, about, by, now)
