"""Forms: no token, no act; no field beyond those of the form; no session from before; no way elsewhere; nothing twice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse

from candour.core.rights import Function
from tests import factories

if TYPE_CHECKING:
    from pytest_django import Settings

    from .company import Things

pytestmark = pytest.mark.django_db


def everybody(*, strict: bool = False) -> Client:
    """A window of somebody who holds every function everywhere: whatever is refused is refused for another reason than rights."""
    from . import company

    return company.window_of(factories.person("Alma Everett", *company.PEOPLE_FUNCTIONS, certified=True), strict=strict)


# form tokens


def test_no_form_is_taken_without_its_token(things: Things) -> None:
    from . import company, decisions

    window, taken = everybody(strict=True), []
    for name, address in decisions.ADDRESSES.items():
        with company.undone():
            before = company.fingerprint()
            answer = window.post(reverse(name, args=address.args(things)), address.form(things))
            refused = answer.status_code in (403, 401 if name.startswith("newsroom-") else 403, 405)
            if not refused or company.fingerprint() != before:
                taken.append((name, answer.status_code))
    assert taken == []


def test_a_token_of_somebody_else_is_no_token(things: Things) -> None:
    window = everybody(strict=True)
    window.get(reverse("account-new"))
    forged = {"network": "bluesky", "handle": "x.example", "market": "de", "csrfmiddlewaretoken": "a" * 64}
    assert window.post(reverse("account-new"), forged).status_code == 403


# fields nobody asked for


#: A value that no row's number reaches by itself.
EXTRA = "7000007"


def extra_fields() -> dict[str, str]:
    """Every column of every table of ours, with a value that would show."""
    from django.apps import apps

    ours = [config for config in apps.get_app_configs() if config.name.startswith("candour.")]
    names = {field.name for config in ours for model in config.get_models() for field in model._meta.concrete_fields}
    # what a form asks for under the same name is left to its form
    return dict.fromkeys(names | {"is_staff", "is_superuser", "user", "owner_id", "by_id", "id", "pk"}, EXTRA)


def written(things: Things, name: str, extra: dict[str, str]) -> Any:
    """What one form writes into the tables the journal records, as somebody who may do everything."""
    from candour.journal.models import Entry

    from . import company, decisions

    address, window = decisions.ADDRESSES[name], everybody()
    form = {key: value if isinstance(value, list) else str(value) for key, value in address.form(things).items()}
    with company.undone():
        last = Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0
        answer = window.post(reverse(name, args=address.args(things)), {**extra, **form})
        entries = Entry.objects.filter(pk__gt=last).order_by("id")
        rows = [(entry.act, entry.subject, sorted(json.loads(entry.new or "{}"))) for entry in entries if entry.new.startswith("{")]
        values = [json.loads(entry.new) for entry in entries if entry.new.startswith("{")]
        return answer.status_code, rows, values


#: What a form asks about the rights in a picture.
_RIGHTS = {"shows_people", "consent", "licence", "rights_until"}
#: Fields that a form has under a column's name and that the table's forms leave empty. Each is the form's own.
OWN = {
    "account-change": {
        "network",
        "handle",
        "brand",
        "owner",
        "deputy",
        "ours_reason",
        "screening_minutes",
        "rules_page",
        "owner_country",
        "aimed_at",
        "key",
    },
    "account-new": {"brand", "owner", "deputy", "ours_reason", "screening_minutes", "rules_page", "owner_country", "aimed_at", "key"},
    "case-receipt": {"note"},
    "draft-new": {"product", "also"},
    "draft-save": {"wanted_from", "wanted_until", "alt_text", "picture_words", *_RIGHTS},
    "draft-submit": {"wanted_from", "wanted_until", "alt_text", "picture_words", *_RIGHTS},
    "picture-rights": _RIGHTS,
    "review-note": {"quote", "role", "width", "height"},
    "message-publish": {"due_at"},
    "message-ads": {"budget", "gate"},
    "api-pauses": {"product", "account", "theme"},
    "message-authority": {"valid_until", "document_sha256"},
    "draft-authority": {"valid_until", "document_sha256"},
    "course-start": {"lang"},
    "screening-try": {"lang", "market", "account"},
    "api-screening-try": {"lang", "market", "account"},
    "publication-state": {"link", "at", "secret"},
    "pause-begin": {"market", "product", "account", "theme", "secret"},
}


@pytest.mark.slow
def test_a_form_writes_the_same_with_every_column_of_every_table_beside_it(things: Things) -> None:
    from . import decisions

    written(things, "retention-run", {})  # keys are files that no rollback brings back: those that other tests left go first
    told = []
    for name, address in decisions.ADDRESSES.items():
        if not isinstance(address.post, decisions.Gate):
            continue
        own = OWN.get(name, set()) | {"version", "reason", "note", "text", "title", "answer", "number", "shown", "q", "also"}
        extra = {key: value for key, value in extra_fields().items() if key not in own}
        plain, stuffed = written(things, name, {}), written(things, name, extra)
        fields = _fields(plain[2]), _fields(stuffed[2])
        if plain[:2] != stuffed[:2] or fields[0] != fields[1]:
            told.append((name, plain[0], stuffed[0], fields[0] ^ fields[1]))
    assert told == []


def _fields(values: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """Values that were written, without those that differ from run to run (ids, instants, digests, sealed bytes)."""
    return {(name, str(value)) for row in values for name, value in row.items() if value in (int(EXTRA), EXTRA) and name != "id"}


# sessions


def test_a_session_from_before_the_door_is_dead_behind_it(things: Things) -> None:
    window = Client()
    window.get(reverse("sign-in"))
    planted = window.session
    planted["planted"] = 1
    planted.save()
    window.cookies["sessionid"] = planted.session_key
    window.post(reverse("sign-in"), {"email": things.on.lead.email, "password": factories.PASSWORD})
    thief = Client()
    thief.cookies["sessionid"] = planted.session_key
    assert window.get("/").status_code == 200
    assert window.session.session_key != planted.session_key
    assert thief.get("/").status_code == 302


def test_a_session_somebody_made_up_is_never_taken_over(things: Things) -> None:
    window = Client()
    window.cookies["sessionid"] = "a" * 32
    window.post(reverse("sign-in"), {"email": things.on.lead.email, "password": factories.PASSWORD})
    assert window.cookies["sessionid"].value != "a" * 32


def test_a_session_is_dead_after_signing_out_and_after_a_new_password(things: Things) -> None:
    from candour.journal.acting import acting
    from candour.people.actions import set_password

    window = Client()
    window.post(reverse("sign-in"), {"email": things.on.lead.email, "password": factories.PASSWORD})
    kept = window.cookies["sessionid"].value
    window.post(reverse("sign-out"))
    window.cookies["sessionid"] = kept
    assert window.get("/").status_code == 302
    other = Client()
    other.force_login(things.on.author)
    with acting(things.on.lead, "test"):
        set_password(things.on.author, "another-long-enough-password")
    assert other.get("/").status_code == 302


# ways elsewhere

ELSEWHERE = [
    "https://evil.example/", "http://evil.example", "//evil.example", "///evil.example", "////evil.example", "\\\\evil.example",
    "/\\evil.example", "\\/evil.example", "/\t/evil.example", "/\n/evil.example", "https:evil.example", "https:/evil.example",
    "https:///evil.example", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "data:text/html,x", "vbscript:x",
    "http://127.0.0.1@evil.example/", "http://testserver@evil.example/", "http://testserver.evil.example/", "//evil.example\\@testserver/",
    "/%2f/evil.example\r\nLocation: https://evil.example", " //evil.example", "\x00//evil.example", "ftp://testserver/", "http://[::1",
]  # fmt: skip


def leads_elsewhere(answer: Any) -> bool:
    from urllib.parse import urljoin, urlsplit

    target = urljoin(
        "http://testserver/", answer.headers.get("Location", "/").replace("\\", "/").strip().replace("\t", "").replace("\n", "")
    )
    return answer.status_code in (301, 302, 303, 307, 308) and urlsplit(target).netloc != "testserver"


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_no_form_and_no_link_leads_elsewhere(things: Things, wanted: str) -> None:
    from . import company, decisions

    wrong, window = [], everybody()
    door = Client().post(reverse("sign-in"), {"email": things.on.lead.email, "password": factories.PASSWORD, "next": wanted})
    if leads_elsewhere(door) or leads_elsewhere(window.get(reverse("sign-in"), {"next": wanted})):
        wrong.append("sign-in")
    for name in ("case-note", "post-judge", "posts-dismiss", "case-judge", "course-language", "course-start"):
        address = decisions.ADDRESSES[name]
        with company.undone():
            answer = window.post(reverse(name, args=address.args(things)), address.form(things) | {"next": wanted, "back": wanted})
        if leads_elsewhere(answer) or answer.status_code >= 400:
            wrong.append(f"{name}: {answer.status_code} {answer.headers.get('Location')}")
    assert wrong == []


# twice

ONCE = {
    "case-judge", "case-assign", "case-hand-over", "case-receipt", "case-close", "case-reopen", "case-no-reply", "case-reply",
    "case-take-back", "draft-save", "draft-submit", "review-sign", "review-changes", "message-publish", "publication-take-back",
    "publication-give-up", "drift-close", "account-new", "account-change", "newsroom-thread", "post-judge", "draft-new", "case-note",
    "review-reject", "review-note", "review-many", "note-settle",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(ONCE))
def test_the_same_form_sent_again_changes_nothing_more(things: Things, name: str) -> None:
    from . import company, decisions

    address, window = decisions.ADDRESSES[name], everybody()
    form, url = address.form(things) | {"once": "0" * 32}, reverse(name, args=address.args(things))
    first = window.post(url, form)
    assert first.status_code in (200, 302)
    before = company.fingerprint()
    again = window.post(url, form)
    assert company.fingerprint() == before
    assert again.status_code in (302, 400, 404, 409)


# header lines


BROKEN = "x\r\nX-Planted: 1\r\n\r\n<script>"


def test_no_words_become_a_header_line(things: Things, settings: Settings) -> None:
    from . import company, decisions

    window, planted = everybody(), []
    for name, address in decisions.ADDRESSES.items():
        url = reverse(name, args=address.args(things))
        with company.undone():
            for answer in (
                window.get(url, dict.fromkeys(("next", "q", "lang", "after", "before", "row", "tab", "market", "done", "since"), BROKEN)),
                window.post(url, {key: f"{value}{BROKEN}" for key, value in address.form(things).items()} | {"next": f"/inbox/{BROKEN}"}),
            ):
                lines = [f"{key}: {value}" for key, value in answer.headers.items()]
                failed = answer.status_code >= 500 and answer.status_code != getattr(address.get, "status", 0)
                if "X-Planted" in answer.headers or any("\r" in line or "\n" in line for line in lines) or failed:
                    planted.append((name, answer.status_code))
        if not window.session.get("_auth_user_id"):
            window = everybody()
    assert planted == []


def test_an_invitation_letter_has_no_line_of_a_stranger_in_its_head(things: Things, settings: Settings) -> None:
    from django.core import mail

    from candour.flows.invitations import send_link

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    person = factories.person("Eve\r\nBcc: all@evil.example", Function.AUTHOR)
    assert send_link(things.on.lead, person, "http://127.0.0.1/welcome/x/", "Holl\r\nBcc: all@evil.example")
    letter = mail.outbox[0].message()
    assert letter["Bcc"] is None
    assert "\n" not in str(letter["Subject"])
