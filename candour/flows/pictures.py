"""Pictures: taken in, and whether one may be used. What is kept is written anew; the file somebody sent is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import NamedTuple

from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candour.channels.base import OutgoingPicture, SeenLive, with_pictures
from candour.channels.catalogue import CHANNELS
from candour.channels.text import clean_text
from candour.core.pictures import MOST_BYTES, MOST_KEPT, MOST_PIXELS, Unfit, made_safe
from candour.core.signing import digest
from candour.flows.answers import Refusal
from candour.journal.acting import acting
from candour.messages.models import ApprovedMessage, Draft, DraftVersion, Picture, PictureContent, Publication
from candour.people.models import User
from candour.registry.queries import accounts_by_keys, market_day

_KINDS = gettext_lazy("Choose a JPEG, PNG, WebP or GIF file.")
_WHY: Mapping[str, Callable[[], tuple[str, str]]] = {
    "empty": lambda: (_("The file is empty."), str(_KINDS)),
    "unknown": lambda: (_("This is no picture we take, whatever its name says."), str(_KINDS)),
    "broken": lambda: (_("The picture is damaged and can't be read to its end."), _("Save it anew and upload that.")),
    "moving": lambda: (_("Moving pictures can't be reviewed frame by frame."), _("Upload a still one.")),
    "too_small": lambda: (_("The picture is too small to be seen."), _("Choose a larger one.")),
    "too_large": lambda: (
        _("The picture is too large for the places it goes to."),
        _("A file has at most %(count)s MB; choose a smaller one.") % {"count": MOST_BYTES // 1024 // 1024},
    ),
    "too_many_pixels": lambda: (
        _("The picture has too many pixels."),
        _("It may have %(count)s million; scale it down.") % {"count": MOST_PIXELS // 1_000_000},
    ),
}


class Rights(NamedTuple):
    """What is known of the rights in a picture, as it is typed."""

    shows_people: bool = False
    consent: str = ""
    licence: str = ""
    rights_until: date | None = None

    def clean(self) -> Rights:
        """Cleaned and cut to what is kept."""
        consent, licence = clean_text(self.consent).strip()[:200], clean_text(self.licence).strip()[:300]
        return self._replace(consent=consent, licence=licence)


def take_in(by: User, draft: Draft, raw: bytes, name: str, rights: Rights, now: datetime) -> Picture:
    """Keep a picture for a draft, small enough for every account it goes to. Refused with nothing stored when it is none.

    The same picture is kept once; what is known of its rights then stays as it was said first.
    """
    try:
        made = made_safe(raw, most_bytes(draft))
    except Unfit as unfit:
        why, remedy = _WHY[unfit.why]()
        raise Refusal(why, remedy=remedy, status=400) from unfit
    with acting(by, "picture.keep", made.digest):
        facts = {"kind": made.kind, "width": made.width, "height": made.height, "size": len(made.content)}
        shown = get_valid_filename(clean_text(name).strip()[-120:] or "picture")[:120]
        row, new = Picture.objects.get_or_create(
            digest=made.digest, defaults=facts | rights.clean()._asdict() | {"name": shown, "by": by, "at": now}
        )
        if new:
            PictureContent.objects.create(picture=row, content=made.content)
        elif row.cleared_run is not None:
            _bring_back(row, made.content, by, now)
    return row


def _bring_back(row: Picture, content: bytes, by: User, now: datetime) -> None:
    """The same picture again, after a retention run had taken its bytes; its time begins anew. Who comes second finds them there."""
    locked = Picture.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if locked.cleared_run is not None:
        PictureContent.objects.create(picture=locked, content=content)
        locked.cleared_run, locked.by, locked.at = None, by, now
        locked.save(update_fields=["cleared_run", "by", "at"])


def most_bytes(draft: Draft) -> int:
    """The most bytes of a picture that every account of a draft takes."""
    networks = {draft.account.network, *(one.network for one in accounts_by_keys(draft.also))}
    return min((limit for network in networks if (limit := _limit(network))), default=MOST_KEPT)


def _limit(network: str) -> int:
    return next((getattr(channel, "picture_bytes", 0) for kind, channel, _settings in CHANNELS if kind == network), 0)


def set_rights(by: User, picture: Picture, rights: Rights, now: datetime) -> Picture:
    """Say anew what is known of the rights. Ask for the right to before."""
    with acting(by, "picture.rights"):
        locked = Picture.objects.select_for_update(no_key=True, of=("self",)).get(pk=picture.pk)
        for name, value in rights.clean()._asdict().items():
            setattr(locked, name, value)
        locked.save(update_fields=list(Rights._fields))
    return locked


def unready(picture: Picture, on: date) -> str:
    """Why a picture may not be used on a day of the market; empty when it may."""
    if picture.shows_people and not picture.consent:
        return _("The picture shows people, and nobody noted that they agreed.")
    if picture.rights_until is not None and picture.rights_until < on:
        return _("The rights in the picture ended on %(day)s.") % {"day": picture.rights_until.isoformat()}
    return ""


def refuse_unready(draft: Draft, version: DraftVersion, now: datetime) -> None:
    """Refuse a text whose picture lacks its description, its rights, or a network that would take it."""
    if version.picture is None:
        return
    if not version.alt_text.strip():
        raise Refusal(
            _("The picture has no description."), remedy=_("Say in the draft what it shows, for those who don't see it."), status=409
        )
    if version.picture.cleared_run is not None:
        raise Refusal(_("The picture was cleared away after a long time without a change."), remedy=_("Upload it here again."), status=409)
    if why := unready(version.picture, market_day(draft.market, now)):
        raise Refusal(why, remedy=_("Mend it under Pictures, or choose another picture."), status=409)
    if version.picture.size > most_bytes(draft):
        raise Refusal(
            _("The picture is too large for one of the accounts."), remedy=_("Upload it here again; it is made to fit."), status=409
        )


def why_not(message: ApprovedMessage, at: datetime) -> str:
    """Why the picture of a message keeps it from being sent at an instant; empty when nothing does, or there is none."""
    picture = message.version.picture if message.version else None
    if picture is None:
        return ""
    if why := unready(picture, market_day(message.market, at)):
        return why
    return "" if content_of(picture) else _("The stored picture is not what was signed.")


def content_of(picture: Picture) -> bytes:
    """The bytes of a picture; empty when they are not those of its digest."""
    kept = PictureContent.objects.filter(picture=picture).values_list("content", flat=True).first()
    content = bytes(kept or b"")
    return content if digest(content) == picture.digest else b""


def outgoing(version: DraftVersion | None) -> tuple[OutgoingPicture, ...]:
    """The picture of a version as a channel sends it; nothing when there is none."""
    picture = version.picture if version else None
    if version is None or picture is None:
        return ()
    return (OutgoingPicture(picture.digest, picture.kind, content_of(picture), picture.width, picture.height, version.alt_text),)


def side_by_side(publication: Publication, seen: SeenLive | None, normalised: Callable[[str], str]) -> tuple[str, str]:
    """What was signed and what is live in the form in which they are compared, with a line for each picture.

    A place that keeps other bytes than it was sent gives no digest: there the description alone is compared.
    """
    version = publication.message.version
    by_digest = seen is None or not seen.pictures or any(picture.digest for picture in seen.pictures)
    wanted = [(version.picture_id if by_digest else "", version.alt_text)] if version and version.picture_id else []
    live = with_pictures(normalised(seen.text), [(picture.digest, picture.alt) for picture in seen.pictures]) if seen else ""
    return with_pictures(normalised(publication.text), wanted), live
