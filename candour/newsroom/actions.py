"""Writes of the newsroom: items under the publisher's key, comments from the public form."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.db import connection, transaction
from django.utils.text import slugify

from candour.channels.text import clean_text
from candour.newsroom.models import Comment, Item, Picture, Writer

#: First bytes of the kinds of picture that are shown.
_HEADS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
#: The span in which the comments of one address are counted.
SPAN = timedelta(minutes=10)

_COUNT = """
INSERT INTO newsroom_writer AS kept (mark, since, number) VALUES (%(mark)s, %(now)s, 1)
ON CONFLICT (mark) DO UPDATE SET
    since = CASE WHEN kept.since <= %(over)s THEN excluded.since ELSE kept.since END,
    number = CASE WHEN kept.since <= %(over)s THEN 1 ELSE kept.number + 1 END
RETURNING since, number
"""


class OtherBytes(Exception):
    """The key already carries another text; nothing was changed."""


class Unfit(ValueError):
    """The item can't be kept as it was sent; the text says which part."""


def fit_words(words: Mapping[str, str]) -> None:
    """Raises Unfit for a part that is longer than its place, or holds characters that no page can show: nothing is cut silently."""
    for name, value in words.items():
        most = Item._meta.get_field(name).max_length
        if most is not None and len(value) > most:
            raise Unfit(f"{name} is longer than {most} characters.")
        if clean_text(value) != value.replace("\r\n", "\n").replace("\r", "\n"):
            raise Unfit(f"{name} holds control characters.")
    if slugify(words["thread"]) != words["thread"]:
        raise Unfit("thread is not the name of a page.")


def put_picture(name: str, content: bytes, now: datetime) -> bool:
    """Keep a picture under the digest of its bytes; True when it is new. Raises Unfit for other bytes, and for what is no picture."""
    if hashlib.sha256(content).hexdigest() != name:
        raise Unfit("The bytes are not those of the digest.")
    kind = next((kind for head, kind in _HEADS.items() if content.startswith(head)), "")
    if not kind:
        raise Unfit("A picture is JPEG or PNG.")
    return Picture.objects.get_or_create(digest=name, defaults={"kind": kind, "content": content, "kept_at": now})[1]


def put_item(
    key: str,
    *,
    account: str,
    thread: str,
    in_reply_to: str,
    title: str,
    text: str,
    lang: str,
    now: datetime,
    picture: str = "",
    alt_text: str = "",
) -> tuple[Item, bool]:
    """Store an item once per key; the same key with the same bytes changes nothing. Returns the item and whether it is new.

    Raises Unfit for a picture that was not put before.
    """
    if picture and not Picture.objects.filter(digest=picture).exists():
        raise Unfit("Put the picture first.")
    fields = {"account": account, "thread": thread, "in_reply_to": in_reply_to, "title": title, "text": text, "lang": lang}
    fields |= {"picture": picture, "alt_text": alt_text}
    item, made = Item.objects.get_or_create(key=key, defaults=fields | {"published_at": now})
    if not made and any(getattr(item, name) != value for name, value in fields.items()):
        raise OtherBytes(key)
    return item, made


def withdraw_item(key: str, now: datetime) -> None:
    """Take an item off the public pages; one that is off already, or was never there, is no error."""
    Item.objects.filter(key=key, withdrawn_at=None).update(withdrawn_at=now)


def version_of(item: Item) -> str:
    """Changes with the item's words and picture; 16 hex digits."""
    shown = f"\x00{item.picture}\x00{item.alt_text}" if item.picture else ""
    return hashlib.sha256(f"{item.title}\x00{item.text}{shown}".encode()).hexdigest()[:16]


def add_comment(account: str, thread: str, *, author: str, text: str, lang: str, form_token: str, now: datetime) -> Comment:
    """Keep a comment once per form: a double submit gives the first one back.

    Comments are written one after the other, so that the listener, who reads on from the last number it saw, can never step over one
    that was numbered earlier and committed later.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('newsroom comments', 0))")
        values = {"account": account, "thread": thread, "author": author, "text": text, "lang": lang, "sent_at": now}
        comment, _made = Comment.objects.get_or_create(form_token=form_token, defaults=values)
    return comment


def forget_comments(numbers: Iterable[int], *, shown_too: bool) -> int:
    """Delete comments by their numbers, those that are shown only when asked to; how many went. What they came in as is not touched."""
    found = Comment.objects.filter(pk__in=list(numbers))
    return (found if shown_too else found.filter(shown=False)).delete()[0]


def rests_until(address: str, now: datetime) -> datetime | None:
    """Count one more comment of an address; None when it may come in, else the instant (UTC) from which it may be sent again.

    Counted with one statement, so that comments sent at once can't slip past the limit. What is kept is a keyed digest of the address
    (of an IPv6 network of one house, /64), and only until its span has ended.
    """
    Writer.objects.filter(since__lte=now - SPAN).delete()
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"mark": _mark(address), "now": now, "over": now - SPAN})
        since, number = cursor.fetchone()
    return since + SPAN if number > settings.COMMENTS_PER_ADDRESS else None


def _mark(address: str) -> str:
    return hmac.new(settings.PSEUDONYM_KEY.encode(), _house(address).encode(), hashlib.sha256).hexdigest()


def _house(address: str) -> str:
    """The address, or for IPv6 the network a single house gets; words that are no address count as they are."""
    try:
        known = ip_address(address.strip())
    except ValueError:
        return address
    if isinstance(known, IPv6Address):
        return str(known.ipv4_mapped or ip_network((int(known), 64), strict=False))
    return str(known)


def show_comment(comment: Comment, shown: bool = True) -> None:
    """Let a comment through to the public page, or take it off again."""
    comment.shown = shown
    comment.save(update_fields=["shown"])
