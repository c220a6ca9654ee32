"""Icons as inline SVG: the paths stand in icons.svg (Tabler Icons, MIT; see NOTICE), read once per process."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

_SYMBOL = re.compile(r'<symbol id="([a-z0-9-]+)">(.*?)</symbol>')

#: Icons that point somewhere and are mirrored where text runs from right to left.
FLIPPED = frozenset({"arrow-left", "arrow-right", "chevron-left", "chevron-right", "send", "sign-out", "external", "reply", "swap"})


@cache
def paths() -> dict[str, str]:
    """Icon name to the markup inside its drawing."""
    return dict(_SYMBOL.findall((Path(__file__).parent / "icons.svg").read_text(encoding="utf-8")))


@lru_cache(maxsize=2000)
def icon(name: str, css: str = "", label: str = "") -> SafeString:
    """The icon as SVG. With a label it is an image for screen readers, without one it is decoration. KeyError: there is no such icon."""
    drawing = mark_safe(paths()[name])  # noqa: S308  the file is ours
    classes = " ".join(part for part in ("cd-i", css, "cd-flip" if name in FLIPPED else "") if part)
    box = "0 0 20 20" if name == "brand" else "0 0 24 24"
    voice = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="{}" viewBox="{}" fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round" {}>{}</svg>',
        classes,
        box,
        voice,
        drawing,
    )
