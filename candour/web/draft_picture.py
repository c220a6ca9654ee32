"""The picture of a draft as its author gives it: a file, one of the library, or none, with the words for it and what its rights are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from candour.core.pictures import MOST_BYTES
from candour.flows import show_picture, submit
from candour.flows.answers import Refusal
from candour.flows.pictures import Rights
from candour.messages.models import Draft, DraftVersion
from candour.messages.picture_queries import pictures_visible_to

#: How many pictures of the library the editor offers.
OFFERED = 12
_NONE = "none"


@dataclass(frozen=True, slots=True)
class TypedPicture:
    """What the form says of the picture. `choice` is a digest, empty for none, None when the picture stays."""

    raw: bytes | None
    name: str
    choice: str | None
    words: Mapping[str, str]
    rights: Rights

    def changes(self, version: DraftVersion) -> bool:
        """Would keeping this change a version?"""
        said = {"alt_text": version.alt_text, "picture_words": version.picture_words}
        moved = self.choice is not None and self.choice != (version.picture_id or "")
        return self.raw is not None or moved or dict(self.words) != said


def typed_picture(request: HttpRequest, version: DraftVersion) -> TypedPicture:
    """The form's side of the picture. Refuses a day that is none."""
    file, show = request.FILES.get("picture"), request.POST.get("show", "")
    raw = file.read(MOST_BYTES + 1) if file is not None else None
    name = file.name if file is not None and file.name else ""
    return TypedPicture(raw, name, "" if show == _NONE else show or None, typed_words(request, version), typed_rights(request))


def typed_words(request: HttpRequest, version: DraftVersion) -> dict[str, str]:
    """The words for the picture and those in it, as typed or as they stand."""
    kept = {"alt_text": version.alt_text, "picture_words": version.picture_words}
    return {name: request.POST.get(name, value).replace("\r\n", "\n").strip() for name, value in kept.items()}


def typed_rights(request: HttpRequest) -> Rights:
    """What is known of the rights, as typed."""
    given = request.POST
    return Rights("shows_people" in given, given.get("consent", ""), given.get("licence", ""), _day(given.get("rights_until", "")))


def _day(words: str) -> date | None:
    try:
        return date.fromisoformat(words.strip()) if words.strip() else None
    except ValueError:
        raise Refusal(_("That is no day."), remedy=_("Choose a day, or leave it empty."), status=400) from None


def kept(
    request: HttpRequest, draft: Draft, typed: TypedPicture, text: str, number: int, fields: Mapping[str, Any], now: datetime
) -> DraftVersion:
    """Save everything the form holds in one act; `fields` are those of submit.save besides the picture."""
    by, words = request.reader.person, {**fields, **typed.words}  # type: ignore[attr-defined]
    if typed.raw is not None:
        return show_picture.upload(by, draft, typed.raw, typed.name, typed.rights, number, now, text=text, words=words)
    if typed.choice is not None:
        return show_picture.choose(by, draft, typed.choice, number, now, text=text, words=words)
    return submit.save(by, draft, text, number, now, **words)


def picture_context(request: HttpRequest, version: DraftVersion) -> dict[str, Any]:
    """What the editor shows of the picture; after a refusal with what was typed."""
    offered = pictures_visible_to(request.reader.held)  # type: ignore[attr-defined]
    return {
        "image": typed_words(request, version),
        "offered": offered.exclude(digest=version.picture_id or "")[:OFFERED],
        "rights": {name: request.POST.get(name, "") for name in ("shows_people", "consent", "licence", "rights_until")},
    }
