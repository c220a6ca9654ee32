"""A picture somebody uploads, made safe: known by its content, within bounds, decoded, stripped and written anew.

Nothing of the file survives but its pixels: no place and time of a photograph, no second file behind the first, no markup. What can't be
decoded to its end is refused. Moving pictures are refused, because nobody reviews what they were not shown.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import NamedTuple

from PIL import Image, ImageOps

from candour.core.signing import digest

MOST_BYTES = 10 * 1024 * 1024
#: A photograph of a good telephone has 12 to 50 million pixels; four bytes each are held while it is decoded.
MOST_PIXELS = 50_000_000
MOST_SIDE, LEAST_SIDE = 12_000, 16
#: The most bytes that are kept of a picture; a network may take fewer.
MOST_KEPT = 4 * 1024 * 1024
#: Longest side and quality of a photograph, tried in this order until the picture is small enough.
_STEPS = ((2_400, 88), (2_000, 84), (1_600, 80), (1_200, 76), (900, 70), (640, 60))
#: Decoders that may see a stranger's bytes; no other of the library's is tried.
_READ = ("JPEG", "PNG", "WEBP", "GIF")
#: What decoders raise on files that are broken, cut off, or made to hurt.
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    EOFError,
    OverflowError,
    ZeroDivisionError,
    struct.error,
    Image.DecompressionBombError,
)


class Unfit(ValueError):
    """The file is not kept. `why` is a stable name: empty, too_large, unknown, moving, too_many_pixels, too_small, broken."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Made:
    """A picture written anew. `kind` is image/jpeg or image/png; sizes in pixels; `told` names what the file held besides pixels."""

    content: bytes
    kind: str
    width: int
    height: int
    digest: str
    told: tuple[str, ...]


def made_safe(raw: bytes, most: int = MOST_KEPT) -> Made:
    """The picture in `raw`, from its content alone whatever its name says, in at most `most` bytes, turned the way it was held.

    Raises Unfit. What is too large is scaled down, and a drawing without clear parts written as a photograph, before it is refused.
    """
    if not raw:
        raise Unfit("empty")
    if len(raw) > MOST_BYTES:
        raise Unfit("too_large")
    opened = _opened(raw)
    try:
        told, as_photograph, plain = _told(opened), opened.format in ("JPEG", "WEBP"), _bare(opened)
    except _BROKEN as fault:
        raise Unfit("broken") from fault
    for step, (side, quality) in enumerate(_STEPS):
        plain.thumbnail((side, side))
        content, kind = _encoded(plain, quality, as_photograph or step > 0)
        if len(content) <= min(most, MOST_KEPT):
            return Made(content, kind, *plain.size, digest(content), told)
    raise Unfit("too_large")


def _opened(raw: bytes) -> Image.Image:
    """The file's header, read and within bounds; no pixel has been decoded yet."""
    try:
        opened = Image.open(io.BytesIO(raw), formats=_READ)
    except Image.DecompressionBombError as fault:
        raise Unfit("too_many_pixels") from fault
    except _BROKEN as fault:
        raise Unfit("unknown") from fault
    if opened.width * opened.height > MOST_PIXELS or max(opened.size) > MOST_SIDE:
        raise Unfit("too_many_pixels")
    if min(opened.size) < LEAST_SIDE:
        raise Unfit("too_small")
    if _moves(opened):
        raise Unfit("moving")
    return opened


def _moves(opened: Image.Image) -> bool:
    try:
        return bool(getattr(opened, "is_animated", False))
    except _BROKEN as fault:
        raise Unfit("broken") from fault


def _told(opened: Image.Image) -> tuple[str, ...]:
    """What the file says besides its pixels, by name, so that whoever uploads it learns what is taken away."""
    exif = opened.getexif()
    told = ["place"] if exif.get_ifd(0x8825) else []
    told += ["camera"] if len(exif) else []
    told += ["colours"] if opened.info.get("icc_profile") else []
    texts = set(opened.info) & {"comment", "xmp", "photoshop", "XML:com.adobe.xmp", "Comment", "Description", "Author", "Title"}
    return tuple(told + (["texts"] if texts else []))


def _bare(opened: Image.Image) -> Image.Image:
    """The pixels alone, decoded to the end, in a picture that never knew the file."""
    opened.draft("RGB", (_STEPS[0][0], _STEPS[0][0]))  # a JPEG is decoded smaller at once
    opened.load()
    turned = ImageOps.exif_transpose(opened)
    clear = turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info
    plain = turned.convert("RGBA" if clear else "RGB")
    bare = Image.new(plain.mode, plain.size)
    bare.paste(plain)
    return bare


def _encoded(plain: Image.Image, quality: int, as_photograph: bool) -> tuple[bytes, str]:
    stream = io.BytesIO()
    if as_photograph and plain.mode == "RGB":
        plain.save(stream, "JPEG", quality=quality, optimize=True)
        return stream.getvalue(), "image/jpeg"
    plain.save(stream, "PNG", optimize=True)
    return stream.getvalue(), "image/png"


class Region(NamedTuple):
    """A rectangle on a picture in ten-thousandths of its width and height, from its upper left corner: the same at every size."""

    left: int
    top: int
    width: int
    height: int

    def fits(self) -> bool:
        """It has an area and lies on the picture."""
        inside = self.left >= 0 and self.top >= 0 and self.left + self.width <= WHOLE and self.top + self.height <= WHOLE
        return inside and self.width > 0 and self.height > 0


#: The side of a picture, as regions count it.
WHOLE = 10_000
