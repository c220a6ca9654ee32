"""Moderation of the company's own page: a person lets a comment through, or takes it off again, with the reason on record.

Hiding never deletes: the comment came in as a post and stays one (CARE-08).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from candour.flows.answers import Refusal
from candour.flows.gate import ask_at
from candour.journal.acting import acting, note
from candour.listening.models import Post
from candour.listening.queries import newest_versions, place_of
from candour.newsroom import actions, queries
from candour.newsroom.models import Comment
from candour.people.models import User

_PREFIX = "comment-"


def comment_of(post: Post) -> Comment | None:
    """The newsroom comment a post came from; None for posts heard elsewhere."""
    number = _number(post)
    return None if number is None else queries.comment(number)


def _number(post: Post) -> int | None:
    number = post.remote_id.removeprefix(_PREFIX)
    if post.source.kind != "newsroom" or not post.remote_id.startswith(_PREFIX) or not number.isdecimal():
        return None
    return int(number)


def forget(posts: Iterable[Post], *, shown_too: bool) -> int:
    """Delete the newsroom's own copy of comments whose posts were cleared; how many went. Shown ones stand on until a person hides them,
    unless their author is erased. Call inside the act that clears."""
    numbers = [number for post in posts if (number := _number(post)) is not None]
    return actions.forget_comments(numbers, shown_too=shown_too)


def show_comment(by: User, post: Post, shown: bool, now: datetime, *, reason: str = "") -> Comment:
    """Show the comment on the public page, or hide it; hiding asks for the written criterion (CARE-08)."""
    version = newest_versions([post.pk])[post.pk]
    ask_at(by, "case.triage", place_of(version), now)
    found = comment_of(post)
    if found is None:
        raise Refusal(_("Only comments of our own newsroom can be shown or hidden here."), status=404)
    if not shown and not reason.strip():
        raise Refusal(_("Say by which rule of the page it is hidden."), status=400)
    with acting(by, "comment.show" if shown else "comment.hide", reason):
        actions.show_comment(found, shown)
        note("newsroom_comment", str(found.pk), "shown" if shown else "hidden")
    return found
