"""Every page: strict headers, and no text of anybody that becomes markup, whoever reads it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from tests import factories

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]

# headers


def policy_of(answer: Any) -> dict[str, list[str]]:
    parts = [part.split() for part in answer.headers.get("Content-Security-Policy", "").split(";") if part.strip()]
    return {name: sources for name, *sources in parts}


def fault_in(answer: Any) -> str:
    """What the headers of one answer lack, or ""."""
    policy = policy_of(answer)
    sources = {source for listed in policy.values() for source in listed}
    wanted = {
        "default-src": ["'self'"],
        "object-src": ["'none'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
    }
    bare = answer.headers.get("Content-Type", "").startswith("image/")  # a picture may do nothing at all
    if bare and "sandbox" not in policy:
        return "no sandbox"
    if any(policy.get(name) != (["'none'"] if bare else value) for name, value in wanted.items()):
        return f"policy {policy}"
    if sources - {"'self'", "'none'", "data:"} or "data:" in policy.get("script-src", []):
        return f"sources {sources}"
    fixed = {"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin"}
    return ", ".join(name for name, value in fixed.items() if answer.headers.get(name) != value)


def test_every_answer_of_every_address_carries_the_strict_policy(things: Any) -> None:
    from . import company, decisions

    wrong, window = [], company.window_of(factories.person("Alma Everett", *company.PEOPLE_FUNCTIONS, certified=True))
    for name, address in decisions.ADDRESSES.items():
        url = reverse(name, args=address.args(things))
        with company.undone():
            answers = [
                window.get(url),
                window.post(url, address.form(things)),
                company.window_of(None).get(url),
                window.get(url + "nothing"),
            ]
        wrong += [(name, answer.status_code, fault) for answer in answers if (fault := fault_in(answer))]
        if name == "sign-out":
            window = company.window_of(things.on.lead)
    assert wrong == []


def test_an_error_page_carries_it_too(things: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from candour.web import home

    from . import company

    monkeypatch.setattr(home.queries, "my_certificate", lambda *args: 1 / 0)
    answer = company.window_of(things.on.lead).get("/")
    assert (answer.status_code, fault_in(answer)) == (500, "")


def test_django_finds_nothing_to_warn_of_in_production(tmp_path: Path) -> None:
    """`check --deploy` with the settings of an installation behind its https address."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CANDOUR_", "DATABASE_", "DJANGO_"))}
    secret = tmp_path / "secret"
    secret.write_text("3qX0-a-secret-of-an-administrator-" + "7bLmQzR4" * 4)
    production = {
        "CANDOUR_DATA": str(tmp_path / "data"),
        "CANDOUR_BASE_URL": "https://candour.hollinqvist.example",
        "CANDOUR_ALLOWED_HOSTS": "candour.hollinqvist.example",
        "CANDOUR_PROXIES": "1",
        "CANDOUR_SECRET_KEY_FILE": str(secret),
        "DATABASE_URL": "postgresql://candour@127.0.0.1:1/candour",
        "DJANGO_SETTINGS_MODULE": "candour.project.settings",
    }
    line = [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(line, cwd=ROOT, env=kept | production, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_no_secret_stands_in_the_code() -> None:
    """A secret comes from the environment, from a file named there, or is made at the first start."""
    given = re.compile(r"(?i)(?:secret|password|token|api_?key)\w*\s*[:=]\s*[\"'][A-Za-z0-9+/_-]{16,}[\"']")
    code = [path for path in (ROOT / "candour").rglob("*.py") if "migrations" not in path.parts]
    # the demo company's secret is public: its pages print it
    code = [path for path in code if "demo" not in path.parts]
    assert [path.name for path in code if given.search(path.read_text())] == []


# scripts in texts

#: Long enough to break out of an attribute, a tag, a script block, a title and a textarea.
PAYLOAD = "\"'></title></textarea></script><x-canary onload=canary()><img src=x onerror=canary()>javascript:canary()"
SHORT = '"><x-canary>'
#: Columns that hold a word of a fixed list, a key, an address of the network or bytes: a page reads them and no person writes them.
STRUCTURE = re.compile(
    r"(?:^|\.)(?:state|kind|function|market|lang|language|timezone|theme|network|audience|connection|status|duty|answer|role|key|code"
    r"|password|email|digest|root|sha256|course|course_version|vault|author_vault|person_key|author_key|brand|number|remote_id|thread"
    r"|act|subject|actor|method|pack|doing|form_token|account|top_duty|duties|source_kind|aware_basis|content|releases|languages|old|new"
    r"|meaning|version|in_reply_to|resolution|token|mark|verdict|rule|cursor|public_key|signature|head|hash|screened_by|uid|products|exact|born_late)$"
)


class Markup(HTMLParser):
    """Notes what a browser would run: an element of the payload, a listener, an address that is a script."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        listeners = [name for name, _value in attrs if name.startswith("on")]
        scripts = [value for _name, value in attrs if re.match(r"\s*(?:javascript|data|vbscript):", value or "", re.IGNORECASE)]
        if tag == "x-canary" or listeners or (scripts and tag in ("a", "form", "iframe", "area", "base", "object", "embed")):
            self.found.append(f"<{tag} {attrs}>"[:200])


def poison() -> dict[str, str]:
    """Put the payload into every text column of every table of ours, past every check and guard; column to its mark."""
    from django.apps import apps
    from django.db import connection, models

    marks: dict[str, str] = {}
    ours = [model for config in apps.get_app_configs() if config.name.startswith("candour.") for model in config.get_models()]
    columns = [
        (model, field) for model in ours for field in model._meta.concrete_fields if isinstance(field, models.CharField | models.TextField)
    ]
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for model, field in columns:
            name = f"{model._meta.label}.{field.name}"
            if STRUCTURE.search(name):
                continue
            marks[name] = f"k{len(marks):03}k"
            words = marks[name] + (PAYLOAD if (field.max_length or 999) > 115 else SHORT)
            words = f"javascript:canary()//{words}" if field.name in ("url", "rules_page", "risk_page") else words
            apart = f" || {model._meta.pk.column}::text" if field.unique else ""
            most = field.max_length and field.max_length - (12 if apart else 0)
            cursor.execute(f'UPDATE {model._meta.db_table} SET "{field.column}" = %s{apart}', [words[:most]])
        cursor.execute("SET session_replication_role = origin")
    return marks


def crawl(window: Any, starts: list[str]) -> dict[str, str]:
    """Every page that can be reached by links, each address once; at most a few hundred."""
    waiting, seen = list(starts), dict[str, str]()
    while waiting and len(seen) < 250:
        url = waiting.pop()
        if url in seen:
            continue
        answer = window.get(url)
        assert answer.status_code < 500, (url, getattr(answer, "exc_info", None))
        seen[url] = answer.content.decode() if "html" in answer.headers.get("Content-Type", "") else ""
        links = re.findall(r'href="(/[^"#]*)"', seen[url])
        waiting += [link.replace("&amp;", "&") for link in links if not link.startswith(("/static/", "//"))]
    return seen


def every_page(things: Any) -> list[str]:
    from . import decisions

    reads = [name for name, address in decisions.ADDRESSES.items() if getattr(address.get, "status", "") not in (405, 401, 503)]
    return [reverse(name, args=decisions.ADDRESSES[name].args(things)) for name in reads]


@pytest.mark.slow
def test_no_text_becomes_markup_on_any_page_of_anybody(db: None, tmp_path: Path, settings: Settings) -> None:
    from . import company

    settings.DATA, settings.PASSWORD_HASHERS = tmp_path, ["django.contrib.auth.hashers.MD5PasswordHasher"]
    things = company.build(PAYLOAD)
    readers = {who: person for who, person in company.cast().items() if who[1] == company.EVERYWHERE}
    readers[("everything", "")] = factories.person("Alma Everett", *company.PEOPLE_FUNCTIONS, certified=True)
    marks, pages, starts = poison(), dict[str, str](), every_page(things)
    for who, person in [*readers.items(), (("stranger", ""), None)]:
        found = (
            crawl(company.window_of(person), starts) if who[0] in ("everything", "stranger") else _read(company.window_of(person), starts)
        )
        pages |= {f"{who[0]} {url}": page for url, page in found.items()}
    assert _markup_in(pages) == []
    shown = {name for name, mark in marks.items() if any(mark in page for page in pages.values())}
    assert len(pages) > 500
    assert len(shown) >= 30, sorted(set(marks) - shown)


def _read(window: Any, urls: list[str]) -> dict[str, str]:
    """The pages among these addresses; a table to be saved is no page."""
    answers = {url: window.get(url) for url in urls}
    return {url: answer.content.decode() for url, answer in answers.items() if "html" in answer.headers.get("Content-Type", "")}


def _words(answer: Any) -> str:
    """What a browser would read as a page; a file to be saved is none, and no picture is."""
    no_page = answer.headers.get("Content-Disposition", "").startswith(("attachment", "inline"))
    return answer.content.decode(errors="replace" if no_page else "strict")


def _markup_in(pages: dict[str, str]) -> list[tuple[str, list[str]]]:
    wrong = []
    for url, page in pages.items():
        reading = Markup()
        reading.feed(page)
        if reading.found:
            wrong.append((url, reading.found[:2]))
    return wrong


def test_words_sent_back_are_words(things: Any) -> None:
    """Reflected: whatever stands in an address or a refused form comes back escaped."""
    from . import company, decisions

    wrong = {}
    window = company.window_of(factories.person("Alma Everett", *company.PEOPLE_FUNCTIONS, certified=True))
    names = (
        "q",
        "lang",
        "tab",
        "market",
        "duty",
        "state",
        "after",
        "before",
        "row",
        "next",
        "since",
        "done",
        "show",
        "on",
        "text_lang",
        "kind",
    )
    for name, address in decisions.ADDRESSES.items():
        url = reverse(name, args=address.args(things))
        with company.undone():
            asked = _words(window.get(url, dict.fromkeys(names, PAYLOAD)))
            form = dict.fromkeys((*address.form(things), "text", "reason", "title", "name", "email", "next"), PAYLOAD)
            sent = _words(window.post(url, form))
        wrong |= {f"{name}": found for found in [_markup_in({"asked": asked, "sent": sent})] if found}
        if name == "sign-out":
            window = company.window_of(things.on.lead)
    assert wrong == {}
