"""Training: my certificate and what it opens, the player with lessons and decisions, the result, and the team's certificates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from candour.core.rights import functions_for
from candour.flows import training as flow
from candour.flows.answers import Refusal
from candour.insight import training_queries
from candour.insight.queries import Standing, my_certificate
from candour.packs.courses_schema import Course, course_languages, load_course
from candour.people.rights import Held, Place, may
from candour.training.actions import decided, lessons_read
from candour.training.models import Attempt
from candour.training.queries import GATE_COURSE, attempt_of, attempts_of, certificate, certificate_from, open_attempt
from candour.web.lesson_text import lesson_html
from candour.web.words import Look

#: Past runs a page shows.
RUNS_SHOWN = 5

STATE: dict[str, Look] = {
    "valid": Look(gettext_lazy("Certified"), "approved", "seal"),
    "lapsing": Look(gettext_lazy("Ends soon"), "review", "clock"),
    "lapsed": Look(gettext_lazy("Ended"), "blocked", "ban"),
    "missing": Look(gettext_lazy("Never certified"), "blocked", "circle-dashed"),
    "unneeded": Look(gettext_lazy("Not needed"), "line", "minus"),
}
#: What a certificate opens, told to its holder.
OPENS: dict[str, str | Promise] = {
    "case.reply": gettext_lazy("Send replies to people"),
    "draft.submit": gettext_lazy("Submit drafts for review"),
    "reuse.ask": gettext_lazy("Ask for the reuse of a message"),
    "reuse.sign": gettext_lazy("Sign the reuse of a message"),
    "translation.certify": gettext_lazy("Certify translations"),
    "seal.medical": gettext_lazy("Sign medical reviews"),
    "seal.legal": gettext_lazy("Sign legal reviews"),
    "seal.regulatory": gettext_lazy("Sign regulatory reviews"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the outline. State: done, wrong, now, open (may be read), or locked; without `url` it can't be opened."""

    id: str
    title: str | Promise
    url: str
    state: str
    here: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """An option as its decision's page shows it."""

    option: Any
    chosen: bool
    right: bool


def _asked_language(request: HttpRequest, attempt: Attempt | None) -> str:
    return attempt.lang if attempt else request.reader.person.language


def _languages(course_id: str) -> list[tuple[str, str]]:
    return [(code, get_language_info(code)["name_local"]) for code in course_languages(course_id)]


@login_required
@require_safe
def training(request: HttpRequest) -> HttpResponse:
    """My certificate, what it opens, the course, and for leads the team."""
    held, me, now = request.reader.held, request.reader.person, request.reader.now
    standing = my_certificate(held, me, now)
    attempt = open_attempt(me, GATE_COURSE)
    course = flow.course_in(GATE_COURSE, _asked_language(request, attempt))
    context = {
        "standing": standing,
        "look": STATE[standing.state],
        "part": _used_up(standing, now),
        "opens": _opens(held),
        "course": course,
        "languages": _languages(course.id),
        "attempt": attempt,
        "runs": [run for run in attempts_of(me, course.id)[: RUNS_SHOWN + 1] if run.finished_at][:RUNS_SHOWN],
        **_team(held, now),
    }
    return render(request, "training.html", context)


def _used_up(standing: Standing, now: Any) -> float:
    """Share of the certificate's time that is over."""
    held = standing.certificate
    return (now - held.issued_at) / (held.expires_at - held.issued_at) if held and held.expires_at > held.issued_at else 1.0


def _opens(held: tuple[Held, ...]) -> list[tuple[str | Promise, str]]:
    """Each act with its markets in words; a new act without words of its own reads as itself."""
    rows = training_queries.opened_by_certificate(held)
    return [(OPENS.get(row.act, row.act), " ".join(code.upper() for code in row.markets)) for row in rows]


def _team(held: tuple[Held, ...], now: Any) -> dict[str, Any]:
    if not any(grant.function in functions_for("people.see") for grant in held):
        return {"leads": False}
    members = training_queries.team(held, now)
    rows = [(member, STATE[member.state]) for member in members]
    return {"leads": True, "team": rows, "counts": training_queries.counted(members), "most": training_queries.MOST_PEOPLE}


def _outline(course: Course, attempt: Attempt | None, here: str = "") -> list[list[Step]]:
    """Lessons and decisions with where the learner is. Lessons may be read at any time; a decision opens in an open run, in its turn."""
    running = attempt is not None and attempt.finished_at is None
    following = flow.next_step(course, attempt) if attempt else ""
    read, taken = (lessons_read(attempt), decided(attempt)) if attempt else ((), {})
    lessons = [
        Step(one.id, one.title, reverse("lesson", args=[course.id, one.id]), "done" if one.id in read else "open", one.id == here)
        for one in course.lessons
    ]
    decisions = []
    for number, one in enumerate(course.decisions, start=1):
        answer = taken.get(one.id)
        state = ("done" if answer == one.right else "wrong") if answer else "now" if one.id == following else "locked"
        url = reverse("decision", args=[course.id, one.id]) if running and state != "locked" else ""
        decisions.append(Step(one.id, _("Decision %(number)s") % {"number": number}, url, state, one.id == here))
    return [lessons, decisions]


def _player(request: HttpRequest, course: Course, attempt: Attempt | None, here: str = "") -> dict[str, Any]:
    """What every page of the player shows around its middle."""
    lessons, decisions = _outline(course, attempt, here)
    steps = [*lessons, *decisions]
    done = sum(step.state in ("done", "wrong") for step in steps)
    return {
        "course": course,
        "attempt": attempt,
        "lessons": lessons,
        "decisions": decisions,
        "done": done,
        "whole": len(steps),
        "part": done / len(steps),
        "languages": _languages(course.id),
        "here": request.path,
        "course_lang": course.lang,
    }


def _running(request: HttpRequest, course_id: str) -> tuple[Course, Attempt | None]:
    """The course in the language of the learner's open run, with that run; an open run of an older version doesn't count."""
    attempt = open_attempt(request.reader.person, course_id)
    course = flow.course_in(course_id, _asked_language(request, attempt))
    return course, attempt if attempt and attempt.course_version == course.version else None


def _step_url(course: Course, step: str) -> str:
    kind = "lesson" if step in {lesson.id for lesson in course.lessons} else "decision"
    return reverse(kind, args=[course.id, step]) if step else reverse("course", args=[course.id])


@login_required
@require_safe
def course_page(request: HttpRequest, course: str) -> HttpResponse:
    """The cover: what is in it, how long it takes, what it opens, and the one button to begin or go on."""
    found, attempt = _running(request, course)
    context = _player(request, found, attempt)
    context["following"] = flow.next_step(found, attempt) if attempt else ""
    context["opens"] = _opens(request.reader.held)
    return render(request, "lesson.html", context | {"page": "cover"})


@login_required
@require_POST
def start(request: HttpRequest, course: str) -> HttpResponse:
    """Begin a run, or go on with the open one."""
    lang = request.POST.get("in", "") or request.reader.person.language
    attempt = flow.start(request.reader.person, course, lang[:12], request.reader.now)
    found = load_course(attempt.course, attempt.lang)
    return HttpResponseRedirect(_step_url(found, flow.next_step(found, attempt)))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def lesson(request: HttpRequest, course: str, lesson: str) -> HttpResponse:
    """Read one lesson, with or without an open run; saying in a run that it was read leads to the next step."""
    found, attempt = _running(request, course)
    shown = next((one for one in found.lessons if one.id == lesson), None)
    if shown is None:
        raise Http404
    if request.method == "POST":
        if attempt is None:
            return HttpResponseRedirect(reverse("course", args=[found.id]))
        attempt = flow.read_lesson(request.reader.person, attempt, shown.id)
        return HttpResponseRedirect(_after(found, attempt, shown.id))
    number = found.lessons.index(shown) + 1
    context = {"page": "lesson", "lesson": shown, "html": lesson_html(shown.body), "number": number, "of": len(found.lessons)}
    return render(request, "lesson.html", _player(request, found, attempt, shown.id) | context)


def _after(course: Course, attempt: Attempt, lesson_id: str) -> str:
    """The lesson behind this one while lessons are unread or read again, else the first open step."""
    ids = [lesson.id for lesson in course.lessons]
    behind = ids[ids.index(lesson_id) + 1 :]
    return _step_url(course, behind[0] if behind else flow.next_step(course, attempt))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def decision(request: HttpRequest, course: str, decision: str) -> HttpResponse:
    """Take one decision, then read at once what the rule says. A decision whose turn has not come leads to the one whose turn it is."""
    found, attempt = _running(request, course)
    shown = next((one for one in found.decisions if one.id == decision), None)
    if shown is None:
        raise Http404
    if attempt is None:
        return HttpResponseRedirect(reverse("course", args=[found.id]))
    refusal = None
    if request.method == "POST":
        try:
            flow.answer(request.reader.person, attempt, shown.id, request.POST.get("option", "")[:40])
            return HttpResponseRedirect(request.path)
        except Refusal as error:
            if error.status != 400:
                raise
            refusal = error
    elif shown.id not in decided(attempt) and (following := flow.next_step(found, attempt)) != shown.id:
        return HttpResponseRedirect(_step_url(found, following))
    context = _player(request, found, attempt, shown.id) | _decision_context(found, attempt, shown) | {"refusal": refusal}
    return render(request, "lesson.html", context, status=refusal.status if refusal else 200)


def _decision_context(course: Course, attempt: Attempt, shown: Any) -> dict[str, Any]:
    chosen = decided(attempt).get(shown.id, "")
    options = [Answered(option, option.id == chosen, option.id == shown.right) for option in flow.options_for(attempt, shown)]
    return {
        "page": "decision",
        "decision": shown,
        "options": options,
        "answered": bool(chosen),
        "correct": chosen == shown.right,
        "number": course.decisions.index(shown) + 1,
        "of": len(course.decisions),
        "onward": _step_url(course, flow.next_step(course, attempt)) if flow.next_step(course, attempt) else "",
    }


@login_required
@require_POST
def switch(request: HttpRequest, course: str) -> HttpResponse:
    """Another language at the same place; answers stay."""
    found, attempt = _running(request, course)
    if attempt is not None:
        flow.switch_language(request.reader.person, attempt, request.POST.get("in", "")[:12])
    back = request.POST.get("back", "")
    inside = back.startswith(reverse("course", args=[found.id]))
    return HttpResponseRedirect(back if inside else reverse("course", args=[found.id]))


@login_required
@require_POST
def finish(request: HttpRequest, course: str) -> HttpResponse:
    """Count the score of the open run; sent again, it leads to the same result."""
    _found, attempt = _running(request, course)
    attempt = attempt or attempts_of(request.reader.person, course).exclude(finished_at=None).first()
    if attempt is None:
        return HttpResponseRedirect(reverse("course", args=[course]))
    done = flow.finish(request.reader.person, attempt, request.reader.now)
    return HttpResponseRedirect(reverse("course-result", args=[course, done.pk]))


@login_required
@require_safe
def result(request: HttpRequest, course: str, run: int) -> HttpResponse:
    """The score against the pass mark, the decisions that were not right, and the certificate or the way to begin again."""
    attempt = attempt_of(request.reader.person, run)
    if attempt is None or attempt.course != course or attempt.finished_at is None:
        raise Http404
    found = flow.course_in(course, attempt.lang)
    same = attempt.course_version == found.version
    taken = decided(attempt)
    missed = [
        (number, one, next((option for option in one.options if option.id == one.right), None))
        for number, one in enumerate(found.decisions, start=1)
        if same and taken.get(one.id) != one.right
    ]
    context = {"page": "result", "missed": missed, "certificate": certificate_from(attempt), "opens": _opens(request.reader.held)}
    return render(request, "lesson.html", _player(request, found, attempt) | context)


@login_required
@require_safe
def certificate_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One certificate, made to be printed; for its holder and for those who answer for people."""
    found = certificate(pk)
    mine = found is not None and found.person == request.reader.person
    if found is None or not (mine or may(request.reader.held, "people.see", Place(market=""))):
        raise Http404
    course = flow.course_in(found.course, found.lang)
    context = {"certificate": found, "course": course, "valid": found.revoked_at is None and found.expires_at > request.reader.now}
    return render(request, "certificate.html", context)


urls = [
    path("training/", training, name="training"),
    path("training/certificates/<int:pk>/", certificate_page, name="certificate"),
    path("training/<slug:course>/", course_page, name="course"),
    path("training/<slug:course>/start/", start, name="course-start"),
    path("training/<slug:course>/language/", switch, name="course-language"),
    path("training/<slug:course>/finish/", finish, name="course-finish"),
    path("training/<slug:course>/results/<int:run>/", result, name="course-result"),
    path("training/<slug:course>/lessons/<slug:lesson>/", lesson, name="lesson"),
    path("training/<slug:course>/decisions/<slug:decision>/", decision, name="decision"),
]
