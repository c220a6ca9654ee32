"""Your sign-in: passkeys, authenticator app, recovery codes and sessions. Each change asks who you are once more and is on record."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import segno
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from candour.core.codes import key_address
from candour.core.passkeys import MOST_BYTES
from candour.flows import second_step, second_step_rules, sessions
from candour.flows.answers import Refusal
from candour.flows.refusals import record_refusal
from candour.flows.sign_in import OWES
from candour.people import passkeys
from candour.registry.queries import company
from candour.web.given import bound_to, secret_of

View = Callable[..., HttpResponse]
#: What a successful act says when it comes back to the page.
DONE = ("app-added", "app-removed", "passkey-added", "passkey-removed", "session-ended", "sessions-ended")


def _guarded(act: str, refused: Callable[[HttpRequest, Refusal], HttpResponse]) -> Callable[[View], View]:
    """An act of the page: signed in, by form, its secrets kept out of error reports, its refusal on record and told by `refused`."""

    def around(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, **parts: Any) -> HttpResponse:
            try:
                return view(request, **parts)
            except Refusal as refusal:
                record_refusal(request.reader.person, act, f"people_user {request.reader.person.pk}", refusal)
                return refused(request, refusal)

        hidden = sensitive_post_parameters("secret", "passkey", "answer", "code")(answer)
        return login_required(never_cache(require_POST(hidden)))

    return around


def _page(request: HttpRequest, refusal: Refusal | None = None, **shown: Any) -> HttpResponse:
    person, now = request.reader.person, request.reader.now
    context = {
        "steps": second_step.steps_of(person),
        "waiting": second_step.waiting_app(person, now),
        "sessions": sessions.sessions_of(person, now),
        "here": request.session.session_key,
        "owes": request.session.get(OWES, False),
        "refusal": refusal,
        "done": done if (done := request.GET.get("done", "")) in DONE else "",
        "recovery_codes": second_step.codes.RECOVERY_CODES,
    }
    return render(request, "your_sign_in.html", context | shown, status=refusal.status if refusal else 200)


def _told(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    return JsonResponse({"why": refusal.why, "remedy": refusal.remedy}, status=refusal.status)


def _back(request: HttpRequest, done: str) -> HttpResponse:
    """To the page again. Whoever owed a second step is let on once there is one, and the other way round."""
    if second_step_rules.owes(request.reader.person, request.reader.now):
        request.session[OWES] = True
    else:
        request.session.pop(OWES, None)
    return HttpResponseRedirect(f"{reverse('your-sign-in')}?done={done}")


@login_required
@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Everything one signs in with, and where one is signed in."""
    return _page(request)


def picture(address: str) -> SafeString:
    """An address as QR picture: an inline SVG without colours of its own, so that the sheet decides and every reader can scan."""
    drawn = segno.make(address, error="m").svg_inline(scale=1, border=2, omitsize=True, svgclass="gv-qr", lineclass=None)
    return mark_safe(drawn)  # noqa: S308  drawn by segno from its own numbers


@_guarded("person.app_begin", _page)
def app_begin(request: HttpRequest) -> HttpResponse:
    """Show the key of a new app, once."""
    key = second_step.begin_app(request.reader.person, secret_of(request), request.reader.now)
    row = company()
    address = key_address(key, request.reader.person.email, f"Candour {row.short or row.name}" if row else "Candour")
    return _page(request, key=" ".join(key[at : at + 4] for at in range(0, len(key), 4)), picture=picture(address))


@_guarded("person.app_add", _page)
def app_confirm(request: HttpRequest) -> HttpResponse:
    """The first code of the new app."""
    second_step.confirm_app(request.reader.person, request.POST.get("code", "")[:20], request.reader.now)
    return _back(request, "app-added")


@_guarded("person.app_remove", _page)
def app_remove(request: HttpRequest) -> HttpResponse:
    """Remove the app."""
    second_step.remove_app(request.reader.person, secret_of(request), request.reader.now)
    return _back(request, "app-removed")


@_guarded("person.passkey_add", _told)
def passkey_begin(request: HttpRequest) -> HttpResponse:
    """What the browser needs to make a passkey, after the password or another passkey."""
    return JsonResponse(second_step.begin_passkey(request.reader.person, secret_of(request), request.reader.now))


@_guarded("person.passkey_add", _page)
def passkey_add(request: HttpRequest) -> HttpResponse:
    """Keep the passkey the browser has made."""
    given = request.POST
    words = given.get("answer", "")[: MOST_BYTES + 1]
    second_step.add_passkey(request.reader.person, words, given.get("name", "")[:200], request.reader.now)
    return _back(request, "passkey-added")


@_guarded("person.passkey_remove", _page)
def passkey_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a passkey."""
    second_step.remove_passkey(request.reader.person, pk, secret_of(request), request.reader.now)
    return _back(request, "passkey-removed")


@_guarded("person.passkey_ask", _told)
def passkey_ask(request: HttpRequest) -> HttpResponse:
    """A challenge for the form whose fields came along: `passkey_for` is where it will be sent."""
    person, there = request.reader.person, request.POST.get("passkey_for", "")[:400]
    if not passkeys.passkeys_of(person).exists():
        raise Refusal(_("You have no passkey; use your password."), status=409)
    return JsonResponse(passkeys.ask_to_prove(person, passkeys.ACT, bound_to(there, request.POST), request.reader.now))


@_guarded("person.recovery_codes", _page)
def recovery(request: HttpRequest) -> HttpResponse:
    """Ten new recovery codes, shown in this answer and never again."""
    return _page(request, fresh=second_step.make_codes(request.reader.person, secret_of(request), request.reader.now))


@_guarded("person.session_end", _page)
def session_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End one session."""
    sessions.end(request.reader.person, pk, secret_of(request), request.reader.now)
    return _back(request, "session-ended")


@_guarded("person.session_end", _page)
def sessions_end(request: HttpRequest) -> HttpResponse:
    """End all sessions but this one."""
    sessions.end_others(request.reader.person, request.session.session_key or "", secret_of(request), request.reader.now)
    return _back(request, "sessions-ended")


urls = [
    path("your-sign-in/", page, name="your-sign-in"),
    path("your-sign-in/app/", app_begin, name="app-begin"),
    path("your-sign-in/app/first-code/", app_confirm, name="app-confirm"),
    path("your-sign-in/app/remove/", app_remove, name="app-remove"),
    path("your-sign-in/passkeys/begin/", passkey_begin, name="passkey-begin"),
    path("your-sign-in/passkeys/", passkey_add, name="passkey-add"),
    path("your-sign-in/passkeys/<int:pk>/remove/", passkey_remove, name="passkey-remove"),
    path("your-sign-in/passkeys/ask/", passkey_ask, name="passkey-ask"),
    path("your-sign-in/recovery-codes/", recovery, name="recovery-codes"),
    path("your-sign-in/sessions/<int:pk>/end/", session_end, name="session-end"),
    path("your-sign-in/sessions/end/", sessions_end, name="sessions-end"),
]
