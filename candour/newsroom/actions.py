"""Writes of the newsroom: items under the publisher's key, comments from the public form."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db import IntegrityError, transaction

from candour.newsroom.models import Comment, Item


class OtherBytes(Exception):
    """The key already carries another text; nothing was changed."""


def put_item(
    key: str, *, account: str, thread: str, in_reply_to: str, title: str, text: str, lang: str, now: datetime
) -> tuple[Item, bool]:
    """Store an item once per key; the same key with the same bytes changes nothing. Returns the item and whether it is new."""
    fields = {"account": account, "thread": thread, "in_reply_to": in_reply_to, "title": title, "text": text, "lang": lang}
    item, made = Item.objects.get_or_create(key=key, defaults=fields | {"published_at": now})
    if not made and any(getattr(item, name) != value for name, value in fields.items()):
        raise OtherBytes(key)
    return item, made


def version_of(item: Item) -> str:
    """Changes with the item's words; 16 hex digits."""
    return hashlib.sha256(f"{item.title}\x00{item.text}".encode()).hexdigest()[:16]


def add_comment(account: str, thread: str, *, author: str, text: str, lang: str, form_token: str, now: datetime) -> Comment:
    """Keep a comment once per form: a double submit gives the first one back."""
    try:
        with transaction.atomic():
            return Comment.objects.create(
                account=account, thread=thread, author=author, text=text, lang=lang, form_token=form_token, sent_at=now
            )
    except IntegrityError:
        return Comment.objects.get(form_token=form_token)


def show_comment(comment: Comment, shown: bool = True) -> None:
    """Let a comment through to the public page, or take it off again."""
    comment.shown = shown
    comment.save(update_fields=["shown"])
