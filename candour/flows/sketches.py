"""What is typed and not kept yet: stored every few seconds beside the draft, so that a closed window or another editor loses no word.

A sketch is no version: it moves no draft on, voids no seal, is checked by nobody and signed by nobody.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from candour.core.states import DraftState
from candour.flows.answers import Refusal
from candour.flows.gate import ask_at
from candour.flows.submit import last_version, writing
from candour.messages.models import Draft, Sketch
from candour.messages.queries import place_of
from candour.people.models import User

#: What is typed within this span is one line of the history; and how many lines of one person a draft keeps.
ONE_LINE, MOST = timedelta(minutes=2), 40
#: Letters of a sketch; more than any network takes, less than would fill a disk.
LONGEST = 100_000
_ENDED = (DraftState.SIGNED, DraftState.REJECTED, DraftState.WITHDRAWN)


def keep(by: User, draft: Draft, title: str, text: str, base: int, now: datetime) -> Sketch | None:
    """Keep what was typed; None when it is what the newest version says, or what was kept last. Refused without the right to write."""
    ask_at(by, writing(draft.kind), place_of(draft), now)
    if draft.state in _ENDED:
        raise Refusal(_("This draft has ended; start a new one."), status=409)
    if len(text) > LONGEST:
        raise Refusal(_("This text is too long to be kept."), status=400)
    title, text = title.strip()[:200], text.replace("\r\n", "\n").replace("\0", "")
    stored, last = last_version(draft), newest_of(by, draft)
    if (title, text) == (stored.title, stored.text) or (last and (last.title, last.text, last.base) == (title, text, base)):
        return None
    if last is not None and last.base == base and now - last.begun_at < ONE_LINE:
        last.title, last.text, last.at = title, text, now
        last.save(update_fields=["title", "text", "at"])
        return last
    row = Sketch.objects.create(draft=draft, by=by, base=max(base, 0), title=title, text=text, begun_at=now, at=now)
    old = Sketch.objects.filter(draft=draft, by=by).order_by("-id").values_list("pk", flat=True)[MOST:]
    Sketch.objects.filter(pk__in=list(old)).delete()
    return row


def newest_of(by: User, draft: Draft) -> Sketch | None:
    """What this person typed last into the draft."""
    return Sketch.objects.filter(draft=draft, by=by).order_by("-id").first()


def not_kept(by: User, draft: Draft) -> Sketch | None:
    """What this person typed after the newest version was kept, and did not keep; None when there is nothing."""
    last, stored = newest_of(by, draft), last_version(draft)
    return last if last and last.at > stored.saved_at and (last.title, last.text) != (stored.title, stored.text) else None
