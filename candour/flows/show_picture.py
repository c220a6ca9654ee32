"""A draft shows a picture: one that is uploaded to it, one of the library, or none any more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from candour.flows import pictures, submit
from candour.flows.answers import Refusal
from candour.flows.gate import ask_at
from candour.flows.pictures import Rights
from candour.journal.acting import acting
from candour.messages.models import Draft, DraftVersion
from candour.messages.picture_queries import picture_for
from candour.messages.queries import place_of
from candour.people.models import User
from candour.people.rights import held_by


def upload(
    by: User, draft: Draft, raw: bytes, name: str, rights: Rights, version: int, now: datetime, *, text: str, words: Mapping[str, Any]
) -> DraftVersion:
    """Take a picture in and show it in the draft: both happen or neither does. `words` are further fields of submit.save."""
    ask_at(by, submit.writing(draft.kind), place_of(draft), now)
    with acting(by, "draft.picture"):
        picture = pictures.take_in(by, draft, raw, name, rights, now)
        return submit.save(by, draft, text, version, now, **{**words, "picture": picture.digest})


def choose(by: User, draft: Draft, digest: str, version: int, now: datetime, *, text: str, words: Mapping[str, Any]) -> DraftVersion:
    """Show a picture of the library that this person may see, or none when `digest` is empty."""
    if digest and picture_for(held_by(by, now), digest) is None:
        raise Refusal(_("There is no such picture in your library."), status=400)
    return submit.save(by, draft, text, version, now, **{**words, "picture": digest})
