"""What retention takes besides posts and keys: pictures that never came to a review, and what people were told.

A picture keeps its row and its digest and loses its bytes; the database itself refuses to lose those of one that was ever submitted.
What people were told is a copy of acts that stand in the journal, so its rows go whole.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from candour.assurance.models import Mail, RetentionRun, Telling, Told
from candour.assurance.queries import held_keys
from candour.cases.models import Case
from candour.core.merkle import intake_root
from candour.core.states import MailState
from candour.journal.acting import acting
from candour.messages.models import ApprovedMessage, DraftVersion, Picture, PictureContent, Review
from candour.packs.retention import RetentionClass
from candour.people.models import User

#: Rows one run takes at most in one transaction.
AT_MOST = 1000


def old_pictures(kept: RetentionClass, now: datetime) -> QuerySet[Picture]:
    """Pictures no draft was saved with since the period began, and none was ever submitted with."""
    before, shown = now - timedelta(days=kept.days), _showing()
    return Picture.objects.filter(~Exists(shown.filter(saved_at__gte=before)), ~Exists(_signed(shown)), cleared_run=None, at__lt=before)


def _showing() -> QuerySet[DraftVersion]:
    return DraftVersion.objects.filter(picture=OuterRef("digest"))


def _signed(versions: QuerySet[DraftVersion]) -> QuerySet[DraftVersion]:
    reviewed = Exists(Review.objects.filter(version=OuterRef("pk")))
    return versions.filter(Q(submitted=True) | reviewed | Exists(ApprovedMessage.objects.filter(version=OuterRef("pk"))))


def pictures_not_held(pictures: QuerySet[Picture]) -> QuerySet[Picture]:
    """Those that are under no hold, nor any account of a draft that showed them."""
    accounts = held_keys("account")
    held = _showing().filter(Q(draft__account__key__in=accounts) | Q(draft__also__has_any_keys=accounts))
    return pictures.exclude(digest__in=held_keys("picture")).filter(~Exists(held))


def clear_pictures(by: User, kept: RetentionClass, now: datetime) -> list[RetentionRun]:
    """Take the bytes of every picture that is due; the runs on record. The row, with digest and rights, stays."""
    done = []
    while ids := list(pictures_not_held(old_pictures(kept, now)).order_by("pk").values_list("pk", flat=True)[:AT_MOST]):
        with acting(by, "retention.run"):
            # whoever saves a draft with one of them now waits, and whoever has just done so is seen by the second look
            list(Picture.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
            due = pictures_not_held(old_pictures(kept, now).filter(pk__in=ids)).values_list("pk", flat=True)
            done.append(_clear(by, list(due), now))
    return done


def _clear(by: User, ids: list[int], now: datetime) -> RetentionRun:
    run = _run(by, {"pictures": len(ids)}, now)
    Picture.objects.filter(pk__in=ids).update(cleared_run=run.pk)
    PictureContent.objects.filter(picture__in=ids).delete()
    return run


def _run(by: User, counts: dict[str, int], now: datetime) -> RetentionRun:
    return RetentionRun.objects.create(at=now, by=by, why="age", counts=counts, root=intake_root([]))


# what people were told


def old_tellings(kept: RetentionClass, now: datetime) -> QuerySet[Telling]:
    """What was told before the period began and wants nobody any more."""
    wanted = Q(safety=True, acknowledged_at=None, ended_at=None)
    old = Telling.objects.filter(Q(notice=None) | Q(notice__resolved_at__isnull=False), at__lt=now - timedelta(days=kept.days))
    return old.exclude(spread_at=None).exclude(wanted)


def tellings_not_held(tellings: QuerySet[Telling]) -> QuerySet[Telling]:
    """Those about no held case, no case of a held author and no held account."""
    cases = Case.objects.filter(Q(number__in=held_keys("case")) | Q(person_key__in=held_keys("author"))).values_list("number", flat=True)
    held = Q(thing__0="case", thing__1__in=list(cases)) | Q(place__2__in=held_keys("account"))
    return tellings.exclude(pk__in=Telling.objects.filter(held).values("pk"))


def clear_told(by: User, kept: RetentionClass, now: datetime) -> list[RetentionRun]:
    """Take away what is due of tellings, with who was told and the mails that told of nothing else; the runs on record."""
    done = []
    while True:
        with acting(by, "retention.run"):
            due = tellings_not_held(old_tellings(kept, now)).order_by("pk").select_for_update(of=("self",))
            ids = [row.pk for row in due[:AT_MOST]]
            Told.objects.filter(telling__in=ids).delete()
            Telling.objects.filter(pk__in=ids).delete()
            mails = _spent_mails(kept, now).delete()[0] if len(ids) < AT_MOST else 0
            if not ids and not mails:
                return done
            done.append(_run(by, {"told": len(ids), "mails": mails}, now))


def _spent_mails(kept: RetentionClass, now: datetime) -> QuerySet[Mail]:
    """Mails of that age that are off the way and tell of nothing that is kept."""
    telling = Told.objects.filter(mail=OuterRef("pk"))
    on_the_way = (MailState.WAITING.value, MailState.SENDING.value)
    return Mail.objects.filter(~Exists(telling), made_at__lt=now - timedelta(days=kept.days)).exclude(state__in=on_the_way)
