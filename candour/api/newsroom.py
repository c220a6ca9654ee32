"""The newsroom's machine door: the publisher puts items, the listener fetches comments. One token, constant-time compared."""

from __future__ import annotations

import hmac
import json
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path, reverse
from django.utils.text import slugify
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from candour.journal.acting import database_now
from candour.newsroom import actions, queries
from candour.newsroom.models import Comment


def with_token(view: Any) -> Any:
    """Let only the holder of the newsroom's token in."""

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        told = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
        if not hmac.compare_digest(told, settings.NEWSROOM_TOKEN.encode()):
            return JsonResponse({"problem": "The token is wrong or missing."}, status=401)
        return view(request, *args, **kwargs)

    return guarded


@with_token
@require_http_methods(["PUT", "DELETE"])
def put_item(request: HttpRequest, key: str) -> HttpResponse:
    """Store one item under the publisher's key, or take it off the pages; repeating either gives the same answer."""
    if request.method == "DELETE":
        actions.withdraw_item(key, database_now())
        return HttpResponse(status=204)
    try:
        body = json.loads(request.body)
        words = {name: str(body[name]) for name in ("account", "thread", "in_reply_to", "title", "text", "lang")}
        words |= {name: str(body[name]) for name in ("picture", "alt_text") if name in body}
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"problem": "The body must be JSON with account, thread, in_reply_to, title, text and lang."}, status=400)
    words["thread"] = words["thread"] or slugify(words["title"])[:100] or key
    if not words["text"].strip() or queries.public_account(words["account"]) is None:
        return JsonResponse({"problem": "An item has a text and the account of an open newsroom."}, status=400)
    try:
        actions.fit_words(words | {"key": key})
        item, made = actions.put_item(key, now=database_now(), **words)
    except actions.Unfit as unfit:
        return JsonResponse({"problem": str(unfit)}, status=400)
    except actions.OtherBytes:
        return JsonResponse({"problem": "This key carries another text."}, status=409)
    if item.withdrawn_at is not None:
        return JsonResponse({"problem": "This item was withdrawn."}, status=410)
    url = reverse("newsroom-thread", args=[item.account, item.thread])
    return JsonResponse({"remote_id": item.key, "url": url, "version": actions.version_of(item)}, status=201 if made else 200)


@with_token
@require_http_methods(["PUT"])
def put_picture(request: HttpRequest, digest: str) -> HttpResponse:
    """Store a picture under its digest, before the item that shows it; repeating it changes nothing."""
    try:
        made = actions.put_picture(digest, request.body, database_now())
    except RequestDataTooBig:
        return JsonResponse({"problem": "The picture is too large."}, status=413)
    except actions.Unfit as unfit:
        return JsonResponse({"problem": str(unfit)}, status=400)
    return JsonResponse({"digest": digest}, status=201 if made else 200)


@with_token
@require_http_methods(["GET"])
def comments(request: HttpRequest) -> HttpResponse:
    """Comments and questions after the cursor, oldest first."""
    account, after = request.GET.get("account", ""), request.GET.get("after", "")
    rows = list(queries.comments_after(account, int(after) if after.isdecimal() else 0))
    body = {"comments": [_comment(row) for row in rows], "cursor": str(rows[-1].pk) if rows else after, "more": len(rows) == queries.PAGE}
    return JsonResponse(body)


def _comment(row: Comment) -> dict[str, str]:
    return {
        "id": f"comment-{row.pk}",
        "thread": row.thread,
        "author": row.author,
        "text": row.text,
        "published_at": row.sent_at.isoformat(),
        "in_reply_to": "",
        "url": reverse("newsroom-thread", args=[row.account, row.thread]),
        "lang": row.lang,
    }


urls = [
    path("newsroom/api/pictures/<slug:digest>", put_picture, name="newsroom-put-picture"),
    path("newsroom/api/items/<str:key>", put_item, name="newsroom-put"),
    path("newsroom/api/comments", comments, name="newsroom-comments"),
]
