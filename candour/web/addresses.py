"""Addresses of screens, each worked out once: a page of rows names dozens, and the same ones again and again."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.urls import get_urlconf, reverse


def address_of(screen: str, *args: Any, **kwargs: Any) -> str:
    """The address of `screen`. Raises NoReverseMatch for one that this installation doesn't have."""
    return _worked_out(get_urlconf() or settings.ROOT_URLCONF, screen, args, tuple(sorted(kwargs.items())))


@lru_cache(maxsize=20_000, typed=True)
def _worked_out(urlconf: str, screen: str, args: tuple[Any, ...], kwargs: tuple[tuple[str, Any], ...]) -> str:
    return reverse(screen, urlconf, args=list(args), kwargs=dict(kwargs))
