"""The public newsroom: what anybody reads, with a moderated form for questions. No session, no personal page, nothing to sign in to."""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone, translation
from django.utils.feedgenerator import Atom1Feed
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from candour.channels.newsroom import paragraphs
from candour.channels.text import clean_text
from candour.flows.sessions import address_of
from candour.journal.acting import database_now
from candour.newsroom import actions, queries
from candour.newsroom.models import Item
from candour.registry.models import Account
from candour.registry.queries import market
from candour.web.picture_file import picture_answer

MAX_COMMENT = 5000


def _account(key: str) -> Account:
    found = queries.public_account(key)
    if found is None:
        raise Http404
    return found


@contextmanager
def _of_the_market(account: Account) -> Iterator[None]:
    """The market's language and clock: a public page has no reader whose own it could take."""
    place = market(account.market)
    with translation.override(_language(account)), timezone.override(place.timezone if place else None):
        yield


def _language(account: Account) -> str:
    """Public pages speak the market's language."""
    return {"de": "de", "at": "de"}.get(account.market, "en")


def _shown(item: Item) -> dict[str, Any]:
    return {
        "item": item,
        "version": actions.version_of(item),
        "paragraphs": [part.split("\n") for part in paragraphs(item.text)],
        "answer": bool(item.in_reply_to),
    }


@require_safe
def front(request: HttpRequest, account: str) -> HttpResponse:
    """An account's articles."""
    place = _account(account)
    with _of_the_market(place):
        items = [_shown(item) for item in queries.articles(account)[:30]]
        return render(request, "newsroom/front.html", {"account": place, "items": items, "public": True})


@require_http_methods(["GET", "HEAD", "POST"])
def thread(request: HttpRequest, account: str, thread: str) -> HttpResponse:
    """One article with its answers, and the form."""
    place = _account(account)
    items = [_shown(item) for item in queries.thread_items(account, thread)]
    if not items:
        raise Http404
    with _of_the_market(place):
        if request.method == "POST":
            return _take_comment(request, place, thread, items)
        return _page(request, place, thread, items)


def _page(request: HttpRequest, place: Account, thread: str, items: list[Any], *, problem: str = "", status: int = 200) -> HttpResponse:
    """The page; after a problem with everything that was typed still in its fields."""
    context = {
        "account": place,
        "thread": thread,
        "items": items,
        "comments": queries.shown_comments(place.key, thread)[:100],
        "form_token": secrets.token_hex(16),
        "problem": problem,
        "typed": request.POST.get("text", ""),
        "typed_author": request.POST.get("author", ""),
        "thanks": request.GET.get("sent") == "1",
        "public": True,
    }
    return render(request, "newsroom/thread.html", context, status=status)


def _take_comment(request: HttpRequest, place: Account, thread: str, items: list[Any]) -> HttpResponse:
    text, token = clean_text(request.POST.get("text", "")).strip(), clean_text(request.POST.get("form_token", ""))[:64]
    there = f"{request.path}?sent=1"
    if request.POST.get("website") or queries.has_form(token):  # a field only machines fill; a form that has come in already
        return redirect(there)
    if not text or len(text) > MAX_COMMENT or not token:
        return _page(request, place, thread, items, problem=_("A question has between 1 and 5,000 characters."), status=400)
    now = database_now()
    again_at = actions.rests_until(address_of(request), now)
    if again_at is not None:
        return _too_many(_page(request, place, thread, items, problem=_rest_words(again_at), status=429), again_at - now)
    author, lang = clean_text(request.POST.get("author", "")).strip()[:80], translation.get_language() or ""
    actions.add_comment(place.key, thread, author=author, text=text, lang=lang, form_token=token, now=now)
    return redirect(there)


def _rest_words(again_at: datetime) -> str:
    time = date_format(timezone.localtime(again_at), "TIME_FORMAT")
    return _("Many questions came from your address. Send yours again after %(time)s; your words stay below.") % {"time": time}


def _too_many(page: HttpResponse, wait: timedelta) -> HttpResponse:
    page["Retry-After"] = str(max(math.ceil(wait.total_seconds()), 1))
    return page


@require_safe
def picture(request: HttpRequest, digest: str) -> HttpResponse:
    """A picture that an item shows, as a file that can do nothing but be looked at."""
    found = queries.shown_picture(digest)
    if found is None:
        raise Http404
    return picture_answer(found.kind, bytes(found.content), digest, "public, max-age=300")


@require_safe
def one(request: HttpRequest, key: str) -> HttpResponse:
    """An item's lasting address leads to its thread."""
    item = queries.item(key)
    if item is None:
        raise Http404
    return redirect(reverse("newsroom-thread", args=[item.account, item.thread]))


@require_safe
def feed(request: HttpRequest, account: str) -> HttpResponse:
    """The account's articles as an Atom feed."""
    place = _account(account)
    address = request.build_absolute_uri(reverse("newsroom-front", args=[account]))
    made = Atom1Feed(title=place.handle, link=address, description=place.purpose, language=_language(place))
    for item in queries.articles(account)[:30]:
        link = request.build_absolute_uri(reverse("newsroom-thread", args=[account, item.thread]))
        made.add_item(title=item.title, link=link, description=item.text, unique_id=link, pubdate=item.published_at)
    response = HttpResponse(content_type="application/atom+xml; charset=utf-8")
    made.write(response, "utf-8")
    return response


urls = [
    path("newsroom/pictures/<slug:digest>/", picture, name="newsroom-picture"),
    path("newsroom/items/<str:key>/", one, name="newsroom-item"),
    path("newsroom/<slug:account>/", front, name="newsroom-front"),
    path("newsroom/<slug:account>/feed.atom", feed, name="newsroom-feed"),
    path("newsroom/<slug:account>/<slug:thread>/", thread, name="newsroom-thread"),
]
