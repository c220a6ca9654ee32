"""A sealed file opens whole under its own secret, or not at all; keys are struck out of their copy without a secret."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from candour.core import sealed_file
from candour.core.key_copy import KeyCopy, owner_of, read_copy, strike_out, write_copy
from candour.core.sealed_file import NotOpened, SealedReader, SealedWriter

SECRET = b"a secret of some length"
CHEAP = 2


def sealed(stream: bytes) -> bytes:
    file = io.BytesIO()
    writer = SealedWriter(file, SECRET, CHEAP)
    for start in range(0, len(stream), 50_000):
        writer.write(stream[start : start + 50_000])
    writer.close()
    return file.getvalue()


def opened(content: bytes, secret: bytes = SECRET) -> bytes:
    reader, found = SealedReader(io.BytesIO(content), secret), b""
    while more := reader.read(7777):
        found += more
    return found


@pytest.fixture(scope="module")
def long_file() -> bytes:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealed_file, "CHUNK", 1000)
        return sealed(bytes(range(256)) * 10 + b"".join(i.to_bytes(4, "big") * 3 for i in range(3000)))


@given(st.binary(max_size=5000))
@settings(max_examples=30, deadline=None)
def test_what_goes_in_comes_out(stream: bytes) -> None:
    assert opened(sealed(stream)) == stream


def test_many_chunks_come_out_as_one_stream(long_file: bytes) -> None:
    assert opened(long_file)[:256] == bytes(range(256))
    assert long_file.count(b"\0\0\x03\xf8") > 3  # 1000 bytes and the tag: the length before each chunk


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_any_altered_bit_is_noticed(long_file: bytes, data: st.DataObject) -> None:
    place, bit = data.draw(st.integers(0, len(long_file) - 1)), data.draw(st.integers(0, 7))
    altered = bytearray(long_file)
    altered[place] ^= 1 << bit
    with pytest.raises(NotOpened):
        opened(bytes(altered))


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_file_cut_anywhere_is_noticed(long_file: bytes, data: st.DataObject) -> None:
    with pytest.raises(NotOpened):
        opened(long_file[: data.draw(st.integers(0, len(long_file) - 1))])


def test_chunks_can_not_be_swapped_left_out_or_added(long_file: bytes) -> None:
    head = long_file.index(b"\n", len(sealed_file.MAGIC)) + 1
    step = 4 + 1000 + 16
    first, second = long_file[head : head + step], long_file[head + step : head + 2 * step]
    rest = long_file[head + 2 * step :]
    for forged in (second + first + rest, second + rest, first + first + second + rest, first + second + rest + first):
        with pytest.raises(NotOpened):
            opened(long_file[:head] + forged)


def test_a_wrong_secret_is_told_from_an_altered_file(long_file: bytes) -> None:
    with pytest.raises(NotOpened, match="passphrase or key is not the one"):
        opened(long_file, b"another secret of it")


def test_a_header_that_asks_for_all_memory_is_refused_untried(long_file: bytes) -> None:
    with pytest.raises(NotOpened, match="beginning of the file was altered"):
        opened(long_file.replace(b'"cost": 2', b'"cost": 1073741824'))


def test_a_key_is_struck_out_without_the_secret(tmp_path: Path) -> None:
    path = tmp_path / "candour.keys"
    write_copy(path, SECRET, KeyCopy("uid", {"vault/case-c-1": b"one", "vault/case-c-2": b"two"}, {}))
    assert (strike_out(path, {"vault/case-c-1": "2026-01-01"}), strike_out(path, {"vault/case-c-1": "2026-01-02"})) == (1, 0)
    copy = read_copy(path, SECRET)
    assert (owner_of(path), dict(copy.keys)) == ("uid", {"vault/case-c-2": b"two"})
    assert copy.destroyed["vault/case-c-1"] == "2026-01-01"


def test_a_record_under_another_name_or_secret_does_not_open(tmp_path: Path) -> None:
    path = tmp_path / "candour.keys"
    write_copy(path, SECRET, KeyCopy("uid", {"vault/case-c-1": b"one"}, {}))
    with pytest.raises(NotOpened, match="passphrase"):
        read_copy(path, b"another secret of it")
    path.write_text(path.read_text().replace("case-c-1", "case-c-9"))
    with pytest.raises(NotOpened, match="case-c-9"):
        read_copy(path, SECRET)
