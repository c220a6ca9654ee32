"""Every page: strict headers, no secret in the code, and words sent back that stay words."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from tests import factories

from .markup import PAYLOAD, markup_in

if TYPE_CHECKING:
    pass

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


# words sent back


def _words(answer: Any) -> str:
    """What a browser would read as a page; a file to be saved is none, and no picture is."""
    no_page = answer.headers.get("Content-Disposition", "").startswith(("attachment", "inline"))
    return answer.content.decode(errors="replace" if no_page else "strict")


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
        wrong |= {f"{name}": found for found in [markup_in({"asked": asked, "sent": sent})] if found}
        if name == "sign-out":
            window = company.window_of(things.on.lead)
    assert wrong == {}
