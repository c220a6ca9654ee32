"""What keeps a text from leaving although it is signed and due: a pause that covers it, or an embargo on it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from candour.core.states import PublicationState
from candour.messages.models import ApprovedMessage, Embargo, Pause, Publication
from candour.registry.models import Account


def covers(pause: Pause, message: ApprovedMessage, account: Account) -> bool:
    """Does a pause cover this text there? Every side that it names must fit."""
    theme, words = pause.theme.casefold(), f"{message.title}\n{message.text}".casefold()
    return (
        pause.market in ("", account.market)
        and pause.product_id in (None, message.product_id)
        and pause.account_id in (None, account.pk)
        and theme in words
    )


def pause_over(message: ApprovedMessage, account: Account, now: datetime, due_at: datetime) -> Pause | None:
    """The pause that runs now, or was on when the text came due: what fell into it does not leave by itself afterwards either."""
    rows = Pause.objects.filter(Q(ended_at=None) | Q(ended_at__gte=due_at, began_at__lte=due_at), began_at__lte=now).order_by("began_at")
    return next((row for row in rows if covers(row, message, account)), None)


def embargo_on(message: ApprovedMessage, at: datetime) -> Embargo | None:
    """The embargo that forbids this message at an instant: one on its own text, or on the main text it is a variant of."""
    if message.draft_id is None:
        return None
    covered = Q(draft=message.draft_id) | Q(draft__variants=message.draft_id)
    return Embargo.objects.filter(covered, lifted_at=None, until__gt=at).order_by("-until").first()


def why_held_back(message: ApprovedMessage, account: Account, now: datetime, due_at: datetime) -> str:
    """In a sentence why a text that came due at `due_at` does not leave now; empty when nothing holds it back."""
    if pause := pause_over(message, account, now, due_at):
        return paused_words(pause)
    if embargo := embargo_on(message, now):
        return embargo_words(embargo)
    return ""


def paused_words(pause: Pause) -> str:
    """The pause in a sentence for whoever is refused."""
    return _("Publishing is paused here: %(reason)s") % {"reason": pause.reason}


def embargo_words(embargo: Embargo) -> str:
    """The embargo in a sentence, its end on the reader's clocks."""
    at = date_format(timezone.localtime(embargo.until), "j M Y H:i")
    return _("It may not be published before %(at)s: %(reason)s") % {"at": at, "reason": embargo.reason}


def holds_back(publication: Publication, now: datetime) -> str:
    """The same for a publication; an answer to a person is never held back."""
    if publication.in_reply_to or hasattr(publication, "reply"):
        return ""
    due = publication.due_at if publication.state == PublicationState.HELD else now
    return why_held_back(publication.message, publication.account, now, due)
