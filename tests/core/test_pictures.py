"""An uploaded file is known by its content, within bounds, and nothing of it survives but its pixels."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from candour.core.pictures import MOST_BYTES, MOST_KEPT, Region, Unfit, made_safe
from candour.core.signing import digest
from tests.pictures import drawn, photograph


def test_a_photograph_loses_its_place_and_camera_and_is_turned_the_way_it_was_held() -> None:
    raw = photograph(size=(60, 40), turned=6)
    made = made_safe(raw)
    assert (made.kind, made.width, made.height) == ("image/jpeg", 40, 60)
    assert set(made.told) == {"place", "camera"}
    kept = Image.open(io.BytesIO(made.content))
    assert not kept.getexif()
    assert not any(mark in made.content for mark in (b"Exif", b"Hollinqvist camera"))
    assert made.digest == digest(made.content)


@pytest.mark.parametrize(("form", "kind"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/jpeg"), ("GIF", "image/png")])
def test_each_form_we_take_becomes_one_that_every_network_takes(form: str, kind: str) -> None:
    made = made_safe(drawn(form))
    assert (made.kind, made.width, made.height) == (kind, 64, 48)
    assert Image.open(io.BytesIO(made.content)).format == kind.removeprefix("image/").upper()


def test_what_is_clear_stays_clear() -> None:
    stream = io.BytesIO()
    Image.new("RGBA", (40, 40), (10, 20, 30, 0)).save(stream, "WEBP", lossless=True)
    made = made_safe(stream.getvalue())
    assert (made.kind, Image.open(io.BytesIO(made.content)).mode) == ("image/png", "RGBA")


def test_a_second_file_behind_the_picture_is_gone() -> None:
    hidden = b"<script>alert(1)</script>PK\x03\x04"
    for form in ("JPEG", "PNG", "GIF"):
        assert b"<script" not in made_safe(drawn(form) + hidden).content


def test_words_in_the_file_are_gone() -> None:
    from PIL.PngImagePlugin import PngInfo

    info, stream = PngInfo(), io.BytesIO()
    info.add_text("Comment", "<svg onload=alert(1)>")
    Image.new("RGB", (30, 30)).save(stream, "PNG", pnginfo=info)
    made = made_safe(stream.getvalue())
    assert (b"onload" in made.content, made.told) == (False, ("texts",))


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "empty"),
        (SVG, "unknown"),
        (b"<!doctype html><script>alert(1)</script>", "unknown"),
        (b"GIF89a<script>alert(1)</script>", "unknown"),
        (b"%PDF-1.7\n", "unknown"),
        (b"BM" + b"\x00" * 60, "unknown"),
        (b"RIFF\x00\x00\x00\x00AVI ", "unknown"),
        (b"\x00" * (MOST_BYTES + 1), "too_large"),
    ],
)
def test_what_is_no_picture_is_refused(raw: bytes, why: str) -> None:
    with pytest.raises(Unfit) as caught:
        made_safe(raw)
    assert caught.value.why == why


@pytest.mark.parametrize("form", ["TIFF", "BMP", "ICO", "PPM"])
def test_other_decoders_of_the_library_never_see_the_file(form: str) -> None:
    with pytest.raises(Unfit) as caught:
        made_safe(drawn(form))
    assert caught.value.why == "unknown"


def test_a_bomb_is_refused_by_its_header_before_a_pixel_is_decoded() -> None:
    """A PNG of a few bytes that says it has 40,000 by 40,000 pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\x00" * 100)) + chunk(b"IEND", b"")
    with pytest.raises(Unfit) as caught:
        made_safe(bomb)
    assert caught.value.why == "too_many_pixels"


def test_a_cut_off_or_moving_or_tiny_picture_is_refused() -> None:
    frames, stream = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue")], io.BytesIO()
    frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:])
    for raw, why in (
        (drawn("JPEG", size=(640, 480))[:900], "broken"),
        (stream.getvalue(), "moving"),
        (drawn("PNG", size=(4, 4)), "too_small"),
    ):
        with pytest.raises(Unfit) as caught:
            made_safe(raw)
        assert caught.value.why == why


def test_a_picture_is_made_to_fit_the_place_it_goes_to() -> None:
    noise = Image.effect_noise((1500, 1500), 40).convert("RGB")
    stream = io.BytesIO()
    noise.save(stream, "PNG")
    made = made_safe(stream.getvalue(), 300_000)
    assert len(made.content) <= 300_000 < len(made_safe(stream.getvalue()).content) <= MOST_KEPT
    with pytest.raises(Unfit):
        made_safe(stream.getvalue(), 2_000)


@given(at=st.integers(0, 4000), put=st.binary(min_size=1, max_size=40), form=st.sampled_from(["JPEG", "PNG", "WEBP", "GIF"]))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_damaged_file_is_a_picture_or_a_refusal_and_nothing_else(at: int, put: bytes, form: str) -> None:
    raw = bytearray(drawn(form))
    raw[at % len(raw) : at % len(raw) + len(put)] = put
    try:
        made = made_safe(bytes(raw))
    except Unfit:
        return
    assert Image.open(io.BytesIO(made.content)).size == (made.width, made.height)


@given(st.integers(-2, 10_002), st.integers(-2, 10_002), st.integers(-2, 10_002), st.integers(-2, 10_002))
def test_a_region_lies_on_the_picture(left: int, top: int, width: int, height: int) -> None:
    fits = Region(left, top, width, height).fits()
    assert fits == (0 <= left < left + width <= 10_000 and 0 <= top < top + height <= 10_000)
