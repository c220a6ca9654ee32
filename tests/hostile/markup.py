"""What hostile texts try to become, and where: a payload in every column, every page, and the markup a browser would run."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from django.urls import reverse

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


def markup_in(pages: dict[str, str]) -> list[tuple[str, list[str]]]:
    wrong = []
    for url, page in pages.items():
        reading = Markup()
        reading.feed(page)
        if reading.found:
            wrong.append((url, reading.found[:2]))
    return wrong
