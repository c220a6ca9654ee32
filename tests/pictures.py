"""Makers of picture files for tests."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw


def drawn(form: str = "PNG", *, size: tuple[int, int] = (64, 48), colour: str = "#14603a") -> bytes:
    """A drawing with some letters, as a file of a form."""
    picture, stream = Image.new("RGB", size, colour), io.BytesIO()
    ImageDraw.Draw(picture).text((4, 4), "Zovellark", fill="white")
    picture.save(stream, form)
    return stream.getvalue()


def photograph(*, size: tuple[int, int] = (64, 48), turned: int = 1, colour: str = "#97146a") -> bytes:
    """A JPEG that tells camera, place and how it was held."""
    picture, stream, told = Image.new("RGB", size, colour), io.BytesIO(), Image.Exif()
    told[0x010F], told[0x0112] = "Hollinqvist camera", turned
    place = told.get_ifd(0x8825)
    place[1], place[2] = "N", (53.0, 33.0, 2.0)
    picture.save(stream, "JPEG", exif=told)
    return stream.getvalue()
