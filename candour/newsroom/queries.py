"""Reads of the newsroom."""

from __future__ import annotations

from django.db.models import QuerySet

from candour.newsroom.models import Comment, Item, Picture
from candour.registry.models import Account

PAGE = 200


def public_account(key: str) -> Account | None:
    """The account whose newsroom is open to the public, or None."""
    return Account.objects.filter(key=key, network="newsroom", retired_at=None).first()


def articles(account: str) -> QuerySet[Item]:
    """Articles of an account, newest first; answers in threads are left out."""
    return Item.objects.filter(account=account, in_reply_to="", withdrawn_at=None).order_by("-published_at")


def thread_items(account: str, thread: str) -> QuerySet[Item]:
    """Article and answers of one thread, in order."""
    return Item.objects.filter(account=account, thread=thread, withdrawn_at=None).order_by("published_at", "id")


def item(key: str) -> Item | None:
    return Item.objects.filter(key=key, withdrawn_at=None).first()


def shown_picture(digest: str) -> Picture | None:
    """A picture that the public may see: an item of an open newsroom shows it."""
    open_ones = Account.objects.filter(network="newsroom", retired_at=None).values("key")
    if not Item.objects.filter(picture=digest, withdrawn_at=None, account__in=open_ones).exists():
        return None
    return Picture.objects.filter(digest=digest).first()


def comments_after(account: str, after: int) -> QuerySet[Comment]:
    """Comments taken in after a given one, oldest first, at most one page."""
    return Comment.objects.filter(account=account, pk__gt=after).order_by("pk")[:PAGE]


def shown_comments(account: str, thread: str) -> QuerySet[Comment]:
    return Comment.objects.filter(account=account, thread=thread, shown=True).order_by("sent_at")


def comment(pk: int) -> Comment | None:
    return Comment.objects.filter(pk=pk).first()


def has_form(form_token: str) -> bool:
    """Has this form been sent before?"""
    return Comment.objects.filter(form_token=form_token).exists()
