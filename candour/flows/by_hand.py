"""Publishing by hand where we have no connector: a pack for a named person, and their signed word where and since when it stands there.

Nothing is called published before that. Where the link can be read by anybody, what stands there is kept as a look beside the signature.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from candour.channels.base import ChannelError
from candour.channels.http import ask, split_address
from candour.channels.text import html_to_text
from candour.core.signing import canonical
from candour.core.states import PUBLICATION, PublicationState, move
from candour.flows import tell
from candour.flows.answers import Refusal
from candour.flows.doors import door
from candour.flows.gate import ask_at
from candour.flows.hold_back import why_held_back
from candour.flows.pictures import why_not
from candour.flows.proof import proven
from candour.flows.signed import differs_from_signed, not_sendable
from candour.journal.acting import acting
from candour.journal.signatures import Secret, record_signature
from candour.messages.models import Picture, Publication, ReadBack
from candour.messages.queries import place_of
from candour.people.models import User


@dataclass(frozen=True, slots=True)
class Pack:
    """What the person needs: the exact words, links and media, where and when, and the digest of the words. `why_not`: it may not be
    published now, and the words are not given out."""

    title: str
    text: str
    links: tuple[str, ...]
    media: tuple[str, ...]
    digest: str
    why_not: str
    picture: Picture | None = None


def pack_of(publication: Publication, now: datetime) -> Pack:
    """The pack as it stands at an instant."""
    message, version = publication.message, publication.message.version
    why = not_sendable(message, now) or differs_from_signed(publication) or why_not(message, now)
    why = why or why_held_back(message, publication.account, now, max(publication.due_at, now))
    alt = version.alt_text if version else ""
    links = tuple(version.links) if version else ()
    text = "" if why else publication.text
    picture = version.picture if version and not why else None
    return Pack(publication.title, text, links, (alt,) if alt else (), publication.digest, why, picture)


def state(by: User, publication: Publication, link: str, at: datetime | None, secret: Secret, now: datetime) -> Publication:
    """Sign that the text stands at `link` since `at`. Recorded also when the approval had ended by then: what happened is not lost, and
    the record says so."""
    ask_at(by, "draft.publish", place_of(publication.message), now)
    at = at or now
    link = link.strip()[:500]
    _refuse_odd(publication, link, at, now)
    proof = proven(by, secret, now)
    seen = words_at(link, publication.text)
    with acting(by, "publication.state", link):
        rows = Publication.objects.select_for_update(no_key=True, of=("self",)).select_related("message__version", "account")
        locked = rows.get(pk=publication.pk)
        if locked.state != PublicationState.BY_HAND:
            raise Refusal(_("This text waits for nobody's hand; reload to see where it stands."), status=409)
        shown = canonical(
            {"publication": locked.key.hex, "digest": locked.digest, "account": locked.account.key, "url": link, "at": at.isoformat()}
        )
        locked.statement = record_signature(
            by, shown, subject="publication", key=locked.key.hex, meaning="states that this text stands there", proof=proof
        )
        locked.state = move(PUBLICATION, locked.state, "state").value
        locked.url, locked.stated_at, locked.sent_at = link, at, at
        locked.problem = not_sendable(locked.message, at)[:300]
        locked.seen_at = now if seen else None
        locked.save()
        tell.publication("publication.state", locked, by, now)
        if seen:
            ReadBack.objects.create(publication=locked, at=now, equal=True, seen_text=publication.text, difference=[])
    return locked


def _refuse_odd(publication: Publication, link: str, at: datetime, now: datetime) -> None:
    if publication.state != PublicationState.BY_HAND:
        raise Refusal(_("This text waits for nobody's hand; reload to see where it stands."), status=409)
    try:
        split_address(link)
    except ChannelError:
        raise Refusal(_("Give the address of the post, beginning with https://."), status=400) from None
    if at > now:
        raise Refusal(_("That time is still to come."), status=400)


def words_at(link: str, text: str) -> bool:
    """Can anybody read these words at that address? False when they can't be found there, which proves nothing either way."""
    try:
        with door().client() as client:
            answer = ask(client, "GET", link)
    except ChannelError:
        return False
    return answer.status_code == 200 and _flat(text) in _flat(html_to_text(answer.text))


def _flat(words: str) -> str:
    return re.sub(r"\s+", " ", words).strip()
