"""No text of anybody becomes markup, whoever reads it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests import factories

from .markup import PAYLOAD, crawl, every_page, markup_in, poison

if TYPE_CHECKING:
    from pytest_django import Settings


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
    assert markup_in(pages) == []
    shown = {name for name, mark in marks.items() if any(mark in page for page in pages.values())}
    assert len(pages) > 500
    assert len(shown) >= 30, sorted(set(marks) - shown)


def _read(window: Any, urls: list[str]) -> dict[str, str]:
    """The pages among these addresses; a table to be saved is no page."""
    answers = {url: window.get(url) for url in urls}
    return {url: answer.content.decode() for url, answer in answers.items() if "html" in answer.headers.get("Content-Type", "")}
