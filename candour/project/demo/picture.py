"""The one picture of the demo: a diary sheet, drawn here, so that nobody's rights are in it."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

NAME = "tagebuch.png"
ALT_TEXT = "Ein Blatt mit zwei Seiten: für jeden Tag eines Monats ein Kästchen, in sieben davon ein farbiger Punkt."
LICENCE = "Drawn by Hollinqvist, free to use everywhere"
#: Pixels of the whole picture, and of one day.
SIZE, DAY = (1200, 675), 78
_DESK, _PAPER, _SHADE, _LINE, _DOT = "#dfe7e3", "#fffdf8", "#c5d0ca", "#8fa39a", "#a3195b"
_COLUMNS, _DAYS = 4, 31
#: Days that ached.
_ACHED = frozenset({3, 4, 9, 15, 16, 22, 30})


def diary_sheet() -> bytes:
    """A PNG of two pages with a box for each day; the same bytes every time with the same drawing library."""
    picture = Image.new("RGB", SIZE, _DESK)
    pen = ImageDraw.Draw(picture)
    for page in (0, 1):
        _page(pen, left=150 + page * 460, first=1 + page * 16, last=16 if page == 0 else _DAYS)
    stream = io.BytesIO()
    picture.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _page(pen: ImageDraw.ImageDraw, *, left: int, first: int, last: int) -> None:
    """One page of the sheet with the boxes of its days."""
    top, width, height = 60, 440, 555
    pen.rectangle((left + 8, top + 8, left + width + 8, top + height + 8), fill=_SHADE)
    pen.rectangle((left, top, left + width, top + height), fill=_PAPER)
    pen.line((left + 32, top + 74, left + width - 32, top + 74), fill=_LINE, width=3)
    for number, day in enumerate(range(first, last + 1)):
        row, column = divmod(number, _COLUMNS)
        x, y = left + 38 + column * (DAY + 17), top + 110 + row * (DAY + 25)
        pen.rectangle((x, y, x + DAY, y + DAY), outline=_LINE, width=3)
        if day in _ACHED:
            pen.ellipse((x + 22, y + 22, x + DAY - 22, y + DAY - 22), fill=_DOT)
