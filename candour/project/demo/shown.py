"""What only a demo shows: the secret of its invented people, beside the field that asks for it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from candour.journal.queries import is_demo
from candour.project.demo.people import DEMO_SECRET


def demo_secret(_request: HttpRequest) -> dict[str, Any]:
    """`demo_secret` in templates: empty in every other installation, asked for only where a page prints it."""
    return {"demo_secret": SimpleLazyObject(lambda: DEMO_SECRET if is_demo() else "")}
