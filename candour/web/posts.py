"""Posts: search, one post with everything known of it, and the judgement of posts that wait for a person."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from candour.cases import queries as cases
from candour.flows import moderate, triage
from candour.flows.answers import Refusal
from candour.flows.refusals import record_refusal
from candour.listening import queries as listening
from candour.listening.authors import author_of
from candour.listening.models import PostFinding, PostVersion, Source
from candour.registry.queries import markets
from candour.web.capture import from_version
from candour.web.inbox import rights_at
from candour.web.inbox_rows import Cursor, preview_of
from candour.web.rendered import FoundPost, found_post
from candour.web.spoken_time import day_and_time, exact
from candour.web.words import DUTY

FOUND = 50
MOST_AT_ONCE = 200


@login_required
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Posts by words, duty and market; the last 90 days unless widened."""
    reader, asked = request.reader, request.GET
    words, all_time = asked.get("q", "").replace("\x00", "").strip()[:300], bool(asked.get("all"))
    cursor = Cursor.parse(asked.get("before", ""))
    versions = listening.search_page(
        reader.held,
        words=words,
        duty=asked.get("duty", "")[:24],
        market=asked.get("market", "")[:8],
        since=listening.window(reader.now, all_time=all_time),
        before=(cursor.at, cursor.pk) if cursor else None,
        most=FOUND + 1,
    )
    rows = _found(versions[:FOUND], reader.now)
    further = Cursor(versions[FOUND - 1].published_at, "p", versions[FOUND - 1].pk) if len(versions) > FOUND else None
    return render(request, "search.html", _search_context(request, rows, words, all_time, further))


def _found(versions: list[PostVersion], now: datetime) -> list[SafeString]:
    """The posts as rows, in two queries."""
    findings = listening.findings_of(version.pk for version in versions)
    sources = listening.sources_by_id(version.source for version in versions)  # type: ignore[attr-defined]  # annotated by search_page
    return [found_post(_shown(one, findings.get(one.pk, []), sources[one.source], now)) for one in versions]  # type: ignore[attr-defined]


def _shown(version: PostVersion, findings: list[PostFinding], source: Source, now: datetime) -> FoundPost:
    text, marks = preview_of(version, findings)
    return FoundPost(
        pk=version.post_id,
        author=author_of(version),
        source=source.name,
        kind=source.kind,
        market=version.market,
        lang=version.lang,
        published_at=version.published_at,
        published=day_and_time(version.published_at, now),
        exact=exact(version.published_at),
        text=text,
        marks=tuple(marks),
        duties=tuple((finding.duty, finding.score) for finding in findings[:3]),
    )


def _search_context(request: HttpRequest, rows: list, words: str, all_time: bool, further: Cursor | None) -> dict[str, object]:
    kept = {name: value for name, value in request.GET.items() if name in ("q", "duty", "market", "all") and value}
    return {
        "rows": rows,
        "words": words,
        "all_time": all_time,
        "days": listening.SEARCH_DAYS,
        "duty": request.GET.get("duty", ""),
        "market": request.GET.get("market", ""),
        "markets": markets(),
        "duties": [(kind, look.label) for kind, look in DUTY.items() if kind != "UNSCREENED"],
        "further": f"{reverse('search')}?{urlencode(kept | {'before': str(further)})}" if further else "",
        "wider": f"{reverse('search')}?{urlencode(kept | {'all': '1'})}",
    }


def _version(request: HttpRequest, pk: int) -> PostVersion:
    found = listening.versions_visible_to(request.reader.held).filter(post_id=pk).first()
    if found is None:
        raise Http404
    return found


@login_required
@require_GET
def post(request: HttpRequest, pk: int) -> HttpResponse:
    """One post: every version as captured, findings, judgements, and the cases it belongs to."""
    return _post_page(request, _version(request, pk))


def _post_page(request: HttpRequest, version: PostVersion, problem: Refusal | None = None) -> HttpResponse:
    reader, author = request.reader, author_of(version)
    versions = list(listening.versions_of(version.post))
    findings = listening.findings_of(one.pk for one in versions)
    waits = version.post.judge_by is not None or version.post.second_look
    context = {
        "version": version,
        "author": author,
        "captures": [(one, from_version(one, findings.get(one.pk, []), author)) for one in versions],
        "judgements": list(listening.judgements_of(version.post)),
        "cases": list(cases.cases_of_post(version.post_id, reader.held)),
        "may_judge": rights_at(reader.held, listening.place_of(version))["triage"],
        "waits": waits,
        "comment": moderate.comment_of(version.post),
        "problem": problem,
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "post.html", context, status=problem.status if problem else 200)


def _back(request: HttpRequest, done: str, target: str = "") -> HttpResponse:
    target = target or request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}):
        target = reverse("inbox")
    return HttpResponseRedirect(f"{target}{'&' if '?' in target else '?'}done={done}")


@login_required
@require_POST
def judge(request: HttpRequest, pk: int) -> HttpResponse:
    """Dismiss a post with those alike, or make it a case."""
    version, reader = _version(request, pk), request.reader
    answer, reason = request.POST.get("answer", ""), request.POST.get("reason", "")
    try:
        made = triage.judge_post(reader.person, version.post, answer, reader.now, reason=reason)
    except Refusal as refusal:
        record_refusal(reader.person, "post.judge", f"post {pk}", refusal)
        return _post_page(request, version, refusal)
    return _back(request, "case", reverse("case", args=[made.number])) if made else _back(request, "dismissed")


@login_required
@require_POST
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a newsroom comment through to the public page, or hide it again with the rule it breaks."""
    version, reader = _version(request, pk), request.reader
    try:
        moderate.show_comment(
            reader.person, version.post, request.POST.get("shown") == "1", reader.now, reason=request.POST.get("reason", "")
        )
    except Refusal as refusal:
        record_refusal(reader.person, "post.show", f"post {pk}", refusal)
        return _post_page(request, version, refusal)
    return HttpResponseRedirect(reverse("post", args=[pk]))


@login_required
@require_POST
def dismiss_many(request: HttpRequest) -> HttpResponse:
    """One verdict for all selected posts: all are dismissed, or none when one is refused."""
    reader, reason = request.reader, request.POST.get("reason", "")
    wanted = [int(value) for value in request.POST.getlist("post")[:MOST_AT_ONCE] if value.isdigit()]
    versions = list(listening.versions_visible_to(reader.held).filter(post_id__in=wanted))
    if not versions or len(versions) != len(set(wanted)):
        raise Refusal(_("Some of these posts are not open to you any more."), remedy=_("Reload the inbox, then repeat."), status=409)
    with transaction.atomic():
        for version in versions:
            triage.judge_post(reader.person, version.post, "dismissed", reader.now, reason=reason)
    return _back(request, "dismissed")


urls = [
    path("posts/", search, name="search"),
    path("posts/dismiss/", dismiss_many, name="posts-dismiss"),
    path("posts/<int:pk>/", post, name="post"),
    path("posts/<int:pk>/judge/", judge, name="post-judge"),
    path("posts/<int:pk>/show/", show, name="post-show"),
]
