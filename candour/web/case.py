"""The case: its page, and every act of it as a plain form that refuses without losing what was typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from candour.cases import presence
from candour.cases import queries as cases
from candour.cases.models import Case
from candour.core.states import RefusedMove
from candour.flows import hand_over, reply, triage
from candour.flows.answers import Refusal, Stale
from candour.flows.refusals import record_refusal
from candour.registry.queries import markets
from candour.web import case_page
from candour.web.inbox_rows import Cursor
from candour.web.once import once
from candour.web.timeline import RESOLUTIONS

CASES_SHOWN = 60


def _case(request: HttpRequest, number: str) -> Case:
    """The case, or 404 where the reader may not see it: what they may not see does not exist for them."""
    found = cases.case_numbered(number.upper(), request.reader.held)
    if found is None:
        raise Http404
    return found


def _typed(request: HttpRequest) -> dict[str, str]:
    return {name: value for name, value in request.POST.items() if name not in ("csrfmiddlewaretoken", "version", "next")}


def _page(request: HttpRequest, case: Case, *, problem: Refusal | None = None, typed: Mapping[str, str] | None = None) -> HttpResponse:
    presence.seen(case, request.reader.person, "viewing", request.reader.now)
    context = case_page.context(request.reader, case, request.GET, typed or {})
    context |= {"problem": problem, "stale": isinstance(problem, Stale), "back": reverse("case", args=[case.number])}
    return render(request, "case.html", context, status=problem.status if problem else 200)


@login_required
@require_GET
def case_view(request: HttpRequest, number: str) -> HttpResponse:
    """The page of one case."""
    return _page(request, _case(request, number))


def version_of(request: HttpRequest) -> int:
    """The version the reader's page was made from."""
    try:
        return int(request.POST["version"])
    except (KeyError, ValueError):
        raise Refusal(_("The form came without the version of the case."), remedy=_("Reload the case, then repeat."), status=400) from None


def _after(request: HttpRequest, case: Case, done: str) -> HttpResponse:
    """Back to where the reader came from, with a code for the toast."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}):
        target = reverse("case", args=[case.number])
    return HttpResponseRedirect(f"{target}{'&' if '?' in target else '?'}done={done}")


def _do(request: HttpRequest, number: str, act: Callable[[Case], object], done: str) -> HttpResponse:
    """Do an act; when it is refused, the case as it is now with the reason above it and everything typed still in its fields."""
    case = _case(request, number)
    try:
        act(case)
    except RefusedMove as moved:
        return _not_done(request, number, Refusal(str(moved), status=409))
    except Refusal as refusal:
        return _not_done(request, number, refusal)
    return _after(request, case, done)


def _not_done(request: HttpRequest, number: str, refusal: Refusal) -> HttpResponse:
    """The case as it is now, the reason above it; who tried what stands in the record."""
    act = request.resolver_match.url_name.replace("-", "_").replace("_", ".", 1) if request.resolver_match else "case"
    record_refusal(request.reader.person, act, f"case {number.upper()}", refusal)
    return _page(request, _case(request, number), problem=refusal, typed=_typed(request))


@login_required
@require_POST
def judge(request: HttpRequest, number: str) -> HttpResponse:
    """Agree that a duty is owed, or not so with a reason."""
    agree, kind, reason = request.POST.get("answer") == "agree", request.POST.get("kind", ""), request.POST.get("reason", "")
    reader = request.reader
    return _do(
        request,
        number,
        lambda case: triage.judge_duty(reader.person, _with_duty(case, kind), kind, agree, version_of(request), reader.now, reason=reason),
        "judged",
    )


def _with_duty(case: Case, kind: str) -> Case:
    if all(duty.kind != kind for duty in cases.duties_of_case(case)):
        raise Refusal(_("This case owes no such duty."), status=404)
    return case


@login_required
@require_POST
def assign(request: HttpRequest, number: str) -> HttpResponse:
    """Give the case to a colleague, with what is expected."""

    def act(case: Case) -> None:
        people = {str(someone.pk): someone for someone in cases.people_for(case, request.reader.now)}
        to = people.get(request.POST.get("to", ""))
        if to is None:
            raise Refusal(_("Choose somebody who may see this case."), status=400)
        reason = request.POST.get("reason", "")
        triage.assign(request.reader.person, case, to, version_of(request), request.reader.now, reason=reason)

    return _do(request, number, act, "assigned")


@login_required
@require_POST
@once
def note(request: HttpRequest, number: str) -> HttpResponse:
    """A note for colleagues."""
    text = request.POST.get("text", "")
    return _do(request, number, lambda case: triage.add_note(request.reader.person, case, text, request.reader.now), "noted")


@login_required
@require_POST
def hand(request: HttpRequest, number: str) -> HttpResponse:
    """Hand one duty to its receiver."""
    kind, reader = request.POST.get("kind", ""), request.reader
    return _do(request, number, lambda case: hand_over.hand_over(reader.person, case, kind, version_of(request), reader.now), "handed-over")


@login_required
@require_POST
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """The receiver's confirmation."""

    def act(case: Case) -> None:
        wanted = [duty for duty in cases.duties_of_case(case) if duty.kind == request.POST.get("kind")]
        if not wanted:
            raise Refusal(_("This case owes no such duty."), status=404)
        given, words = request.POST.get("number", ""), request.POST.get("note", "")
        hand_over.enter_receipt(request.reader.person, wanted[0], given, version_of(request), request.reader.now, note=words)

    return _do(request, number, act, "received")


@login_required
@require_POST
def close(request: HttpRequest, number: str) -> HttpResponse:
    """Close the case, or hear what it still owes."""

    def act(case: Case) -> None:
        resolution = request.POST.get("resolution", "")
        if resolution not in RESOLUTIONS:
            raise Refusal(_("Choose how the case ended."), status=400)
        hand_over.close(request.reader.person, case, resolution, version_of(request), request.reader.now)

    return _do(request, number, act, "closed")


@login_required
@require_POST
def reopen(request: HttpRequest, number: str) -> HttpResponse:
    """Open a closed case again."""
    reason, reader = request.POST.get("reason", ""), request.reader
    return _do(request, number, lambda case: hand_over.reopen(reader.person, case, version_of(request), reader.now, reason), "reopened")


@login_required
@require_POST
def no_reply(request: HttpRequest, number: str) -> HttpResponse:
    """Stop the service clock with a reason."""
    reason, reader = request.POST.get("reason", ""), request.reader
    return _do(
        request, number, lambda case: hand_over.no_reply_needed(reader.person, case, reason, version_of(request), reader.now), "no-reply"
    )


def _chosen(case: Case, key: str) -> Any:
    message = reply.templates(case).filter(key=key).first()
    if message is None:
        raise Refusal(_("Choose a template."), status=400)
    return message


def _filled(request: HttpRequest, key: str) -> dict[str, str]:
    """What was written into the placeholders of the chosen template."""
    prefix, filled = f"fill:{key}:", {}
    for name in request.POST:
        written = [value.strip() for value in request.POST.getlist(name) if value.strip()]
        if name.startswith(prefix) and written:
            filled[name.removeprefix(prefix)] = written[0]
    return filled


@login_required
@require_POST
def answer(request: HttpRequest, number: str) -> HttpResponse:
    """Send an approved template, or own words for approval."""
    reader, key = request.reader, request.POST.get("message", "")
    if key == "own" or request.POST.get("for") == "approval":
        return _do(request, number, lambda case: _ask(request, case, key), "asked")
    return _do(
        request,
        number,
        lambda case: reply.send(reader.person, case, _chosen(case, key), version_of(request), reader.now, filled=_filled(request, key)),
        "held",
    )


def _ask(request: HttpRequest, case: Case, key: str) -> object:
    """Words for approval: one's own, or those of a template that the reader may not send alone."""
    text, reader = request.POST.get("text", ""), request.reader
    if key != "own":
        choices = {choice.message.key: choice for choice in reply.options(reader.person, case, reader.now).choices}
        if key not in choices:
            raise Refusal(_("Choose a template."), status=400)
        text = choices[key].text
    return reply.ask_approval(reader.person, case, text, version_of(request), reader.now)


@login_required
@require_POST
def take_back(request: HttpRequest, number: str) -> HttpResponse:
    """Take a held reply back."""

    def act(case: Case) -> None:
        wanted = [one for one in cases.replies_of(case) if str(one.pk) == request.POST.get("reply")]
        if not wanted:
            raise Refusal(_("This case has no such reply."), status=404)
        reply.take_back(request.reader.person, wanted[0], request.reader.now)

    return _do(request, number, act, "taken-back")


@login_required
@require_POST
def live_check(request: HttpRequest, number: str) -> HttpResponse:
    """The check of the reply as it stands in the box; nothing is stored."""
    case, key = _case(request, number), request.POST.get("message", "")
    text = request.POST.get("text", "")
    if key != "own":
        options = reply.options(request.reader.person, case, request.reader.now)
        text = next((choice.text for choice in options.choices if choice.message.key == key), "")
    checks = case_page.checked(case, text, request.reader.now) if text.strip() else []
    return render(request, "parts/reply_checks.html", {"checks": checks})


@login_required
@require_GET
def who_else(request: HttpRequest, number: str) -> HttpResponse:
    """Who else has the case open; asking says that the reader still has."""
    case, reader = _case(request, number), request.reader
    presence.seen(case, reader.person, request.GET.get("doing", ""), reader.now)
    others = cases.others_in([case.pk], reader.person, reader.now).get(case.pk, [])
    current = request.GET.get("version", "") == str(case.version)
    return render(request, "parts/presence.html", {"others": others, "case": case, "moved_on": not current})


@login_required
@require_GET
def timeline(request: HttpRequest, number: str) -> HttpResponse:
    """The timeline alone, while a reply is on its way."""
    case = _case(request, number)
    lines = case_page.lines_of(case, cases.evidence_of(case))
    context = {"case": case, "lines": lines, "pending": any(line.pending for line in lines), "rights": {"reply": False}}
    context["rights"] = case_page.rights_at(request.reader.held, case_page.Place(case.market))
    return render(request, "parts/timeline.html", context)


@login_required
@require_GET
def case_list(request: HttpRequest) -> HttpResponse:
    """All cases the reader may see, newest first."""
    reader, state, market = request.reader, request.GET.get("state", ""), request.GET.get("market", "")[:8]
    cursor = Cursor.parse(request.GET.get("before", ""))
    found = cases.all_cases(reader.held, state=state, market=market, before=(cursor.at, cursor.pk) if cursor else None)
    rows = list(found[: CASES_SHOWN + 1])
    further = str(Cursor(rows[CASES_SHOWN - 1].opened_at, "c", rows[CASES_SHOWN - 1].pk)) if len(rows) > CASES_SHOWN else ""
    duties = cases.duties_of(case.pk for case in rows)
    context = {
        "rows": [(case, duties.get(case.pk, [])) for case in rows[:CASES_SHOWN]],
        "further": further,
        "state": state,
        "market": market,
        "markets": markets(),
    }
    return render(request, "cases.html", context)


urls = [
    path("cases/", case_list, name="cases"),
    path("cases/<slug:number>/", case_view, name="case"),
    path("cases/<slug:number>/judge/", judge, name="case-judge"),
    path("cases/<slug:number>/assign/", assign, name="case-assign"),
    path("cases/<slug:number>/note/", note, name="case-note"),
    path("cases/<slug:number>/hand-over/", hand, name="case-hand-over"),
    path("cases/<slug:number>/receipt/", receipt, name="case-receipt"),
    path("cases/<slug:number>/close/", close, name="case-close"),
    path("cases/<slug:number>/reopen/", reopen, name="case-reopen"),
    path("cases/<slug:number>/no-reply/", no_reply, name="case-no-reply"),
    path("cases/<slug:number>/reply/", answer, name="case-reply"),
    path("cases/<slug:number>/take-back/", take_back, name="case-take-back"),
    path("cases/<slug:number>/check/", live_check, name="case-check"),
    path("cases/<slug:number>/presence/", who_else, name="case-presence"),
    path("cases/<slug:number>/timeline/", timeline, name="case-timeline"),
]
