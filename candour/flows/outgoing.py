"""What leaves for a network: the signed words with everything that goes along."""

from __future__ import annotations

from candour.channels.base import OutgoingMessage
from candour.flows import pictures
from candour.messages.models import Publication


def outgoing(publication: Publication) -> OutgoingMessage:
    """The message as its channel takes it."""
    version = publication.message.version
    return OutgoingMessage(
        text=publication.text,
        key=publication.key.hex,
        at=publication.due_at,
        lang=publication.lang,
        in_reply_to=publication.in_reply_to,
        thread=publication.thread,
        links=tuple(version.links) if version else (),
        title=publication.title,
        pictures=pictures.outgoing(version),
    )
