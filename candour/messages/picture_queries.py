"""Reads of pictures. A picture is seen by whoever sees a draft or an approved message that shows it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from candour.messages.models import ApprovedMessage, Draft, DraftVersion, Picture, Publication
from candour.messages.queries import drafts_visible_to, library_visible_to, proven_for
from candour.people.rights import Held


def pictures_visible_to(held: Iterable[Held]) -> QuerySet[Picture]:
    """The pictures a reader may see and whose bytes are kept, newest first."""
    grants = tuple(held)
    shown = DraftVersion.objects.filter(picture=OuterRef("digest"))
    drafts = drafts_visible_to(grants).order_by().values("pk")
    messages = ApprovedMessage.objects.filter(proven_for(grants)).values("version")
    seen = Exists(shown.filter(Q(draft__in=drafts) | Q(pk__in=messages)))
    return Picture.objects.filter(seen, cleared_run=None).select_related("by").order_by("-at", "-id")


def picture_for(held: Iterable[Held], digest: str) -> Picture | None:
    """One picture by its digest, or None when there is none for this reader."""
    return pictures_visible_to(held).filter(digest=digest).first()


def drafts_showing(held: Iterable[Held], picture: Picture) -> QuerySet[Draft]:
    """Drafts this reader may see that show it in any version."""
    return drafts_visible_to(held).filter(Exists(DraftVersion.objects.filter(draft=OuterRef("pk"), picture=picture)))


def messages_showing(held: Iterable[Held], picture: Picture) -> QuerySet[ApprovedMessage]:
    """Approved messages this reader may see that show it."""
    return library_visible_to(held).filter(version__picture=picture)


def publications_showing(messages: QuerySet[ApprovedMessage]) -> QuerySet[Publication]:
    """What became of messages, newest first."""
    return Publication.objects.filter(message__in=messages.order_by().values("pk")).select_related("account").order_by("-due_at", "-pk")
