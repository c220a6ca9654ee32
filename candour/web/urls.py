"""Every screen file of this package that has a list `urls` is a screen; adding one is adding one file."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from candour import web


def _screens() -> list:
    names = sorted(module.name for module in iter_modules(web.__path__) if not module.ispkg and module.name not in ("urls", "apps"))
    return [pattern for name in names for pattern in getattr(import_module(f"candour.web.{name}"), "urls", [])]


urlpatterns: list = _screens()
