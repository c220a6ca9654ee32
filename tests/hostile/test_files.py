# ruff: noqa: E501  (bytes of foreign formats)
"""Files of strangers: bombs, endless lines, wrong encodings, formulas, anything under any name. Memory bounded, nothing lost unsaid."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import os
import subprocess
import sys
import threading
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candour.channels.atom import Feed, FeedSettings
from candour.channels.base import ChannelError
from candour.channels.file_import import BadRow, read_posts
from candour.channels.text import harmless_cell
from tests.channels.conftest import Answer, FakeServer, fake_server  # noqa: F401

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 3, 10, tzinfo=UTC)

#: Reads a pipe line by line under a limit of memory that the line would break a hundred times over, and says what it met.
READER = """
import resource, sys
from pathlib import Path
from candour.channels.file_lines import Encoding, lines_of
resource.setrlimit(resource.RLIMIT_AS, (300 << 20, 300 << 20))
for line in lines_of(Path(sys.argv[1]), Encoding("utf-8")):
    print(line.number, line.size, line.text is None, len(line.raw), line.text if line.text and len(line.text) < 50 else "")
"""


@pytest.mark.slow
def test_a_line_of_ten_gigabytes_costs_no_memory_and_the_next_line_is_read(tmp_path: Path) -> None:
    pipe, size = tmp_path / "endless", 10 * 10**9
    os.mkfifo(pipe)

    def write() -> None:
        block = b"a" * (1 << 20)
        with pipe.open("wb") as out:
            for _ in range(size // len(block)):
                out.write(block)
            out.write(b"\nthe next one\n")

    threading.Thread(target=write, daemon=True).start()
    done = subprocess.run([sys.executable, "-c", READER, str(pipe)], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-500:]
    first, second = done.stdout.splitlines()
    assert first.split()[:3] == ["1", str(size // (1 << 20) * (1 << 20) + 1), "True"]
    assert int(first.split()[3]) <= 200
    assert second.endswith("the next one")


WORDS = "Müdigkeit seit Zovellark, 15 €"
ENCODED = {
    "utf-8": WORDS.encode(), "utf-8-mark": b"\xef\xbb\xbf" + WORDS.encode(), "utf-16-le": b"\xff\xfe" + WORDS.encode("utf-16-le"),
    "utf-16-be": b"\xfe\xff" + WORDS.encode("utf-16-be"), "utf-32-le": b"\xff\xfe\x00\x00" + WORDS.encode("utf-32-le"),
}  # fmt: skip


def table(text: bytes, codec: str) -> bytes:
    mark = {"utf-8-mark": "utf-8"}.get(codec, codec)
    head = f'id,text\n1,"{WORDS}"\n2,plain\n'.encode(mark)
    return text[: len(text) - len(WORDS.encode(mark))] + head


@pytest.mark.parametrize("codec", sorted(ENCODED))
def test_every_declared_encoding_is_read_and_a_cut_one_loses_only_its_last_row(tmp_path: Path, codec: str) -> None:
    data, file = table(ENCODED[codec], codec), tmp_path / "posts.csv"
    file.write_bytes(data)
    assert [post.text for post in read_posts(file, now=NOW)] == [WORDS, "plain"]
    for cut in range(1, 8):
        file.write_bytes(data[:-cut])
        rows = list(read_posts(file, now=NOW))
        assert rows[0].text == WORDS
        assert len(rows) in (1, 2)


@pytest.mark.parametrize(
    "data",
    [
        b"id,text\n1,\xed\xa0\x80 lone\n2,ok\n",
        b"id,text\n1,a\x00b\n2,ok\n",
        b"id,text\n1,\xff\xfe\xfd\n2,\xc3\xa4 ok\n",
        b"id,text\n1,\xc3\n2,\xc3\xa4 ok\n",
    ],
)
def test_a_broken_row_is_told_and_its_neighbour_comes_in(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "p.csv").write_bytes(data)
    rows = list(read_posts(tmp_path / "p.csv", now=NOW))
    assert len(rows) == 2
    assert rows[1].text.endswith("ok")
    assert isinstance(rows[0], BadRow) or "\x00" not in rows[0].text


@given(st.binary(max_size=400), st.sampled_from([".csv", ".jsonl", ".tsv"]))
def test_any_bytes_become_posts_bad_rows_or_one_sentence(tmp_path_factory: Any, data: bytes, ending: str) -> None:
    file = tmp_path_factory.mktemp("any") / f"p{ending}"
    file.write_bytes(data)
    try:
        rows = list(read_posts(file, now=NOW))
    except ChannelError as told:
        assert str(told)
    else:
        assert all(isinstance(row, BadRow) or ("\x00" not in row.text and row.text.encode()) for row in rows)


ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "&a;" * 10}">' for n in range(12))
    + "]><rss><channel><item><title>&a11;</title></item></channel></rss>"
)
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel><item><title>&x;</title></item></channel></rss>'


@pytest.mark.parametrize("body", [ENTITIES, OUTSIDE, "<rss>" + "<a>" * 20_000, "<rss version='2.0'><channel><item><title>cut of"])
def test_an_xml_bomb_and_an_outside_entity_are_only_words(fake_server: FakeServer, body: str) -> None:  # noqa: F811
    fake_server.reply = lambda asked: Answer(200, body.encode(), {"Content-Type": "application/rss+xml"})
    try:
        page = Feed(FeedSettings(fake_server.base), fake_server.door()).poll("")
    except ChannelError:
        return
    assert all(len(post.text) < 10_000 and "root:" not in post.text for post in page.posts)


def test_a_packed_answer_that_grows_without_end_is_cut_off(fake_server: FakeServer) -> None:  # noqa: F811
    fake_server.reply = lambda asked: Answer(200, gzip.compress(b"\0" * 200_000_000), {"Content-Encoding": "gzip"})
    with pytest.raises(ChannelError, match="larger"):
        Feed(FeedSettings(fake_server.base), fake_server.door()).poll("")


@given(st.sampled_from("=+-@\t\r\n＝＋－＠"), st.text(max_size=20), st.sampled_from(["", " ", "  ", "\u200b", "\ufeff"]))
def test_no_cell_is_a_formula(first: str, rest: str, before: str) -> None:
    computed = not before or first not in "\t\r\n"
    assert not computed or harmless_cell(before + first + rest).startswith("'")


def test_an_export_holds_no_formula(things: Any) -> None:
    from candour.journal.acting import acting

    from . import company

    with acting(things.on.lead, "test"):
        type(things.account).objects.filter(pk=things.account.pk).update(purpose="=HYPERLINK(1)", handle="@SUM(1)", ours_reason=" +1")
    answer = company.window_of(things.on.lead).get("/registry/export.csv")
    cells = [cell for row in csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))) for cell in row]
    assert [cell for cell in cells if cell.lstrip()[:1] in tuple("=+-@\t\r")] == []
    assert "'=HYPERLINK(1)" in cells


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("accounts.csv", b"0" * 20_000_000)
    return out.getvalue()


KINDS = {
    "zip": _zip(), "gzip": gzip.compress(b"network,handle\n" * 99), "png": b"\x89PNG\r\n\x1a\n" + b"\0" * 99, "jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF",
    "gif": b"GIF89a" + b"\0" * 20, "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "elf": b"\x7fELF\x02\x01\x01" + b"\0" * 60,
    "exe": b"MZ\x90\0\x03" + b"\0" * 90, "svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='canary()'/>", "html": b"<!doctype html><script>canary()</script>",
    "xml": ENTITIES.encode(), "ole": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 60, "mp4": b"\0\0\0\x18ftypmp42" + b"\0" * 40, "7z": b"7z\xbc\xaf\x27\x1c" + b"\0" * 40,
    "noise": bytes(range(256)) * 8,
}  # fmt: skip
NAMES = (
    "f.csv",
    "f.tsv",
    "f.jsonl",
    "f.ndjson",
    "f.csv.exe",
    "../../etc/passwd",
    "f.svg",
    "f.html",
    "x\r\nX: 1.csv",
    "con.csv",
    ".csv",
    "f.csv\x00.exe",
)


@pytest.mark.slow
def test_anything_uploaded_as_anything_is_refused_in_words_and_not_kept(things: Any, tmp_path: Path) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from . import company

    window, before = company.window_of(things.on.lead), company.fingerprint()
    for name, kind, what in itertools.product(NAMES, sorted(KINDS), ("posts", "accounts")):
        answer = window.post("/import/", {"file": SimpleUploadedFile(name, KINDS[kind]), "kind": what, "market": "de"})
        assert answer.status_code == 400, (name, kind, what)
        assert b'role="alert"' in answer.content
    assert company.fingerprint() == before
    assert list((tmp_path / "imports").glob("*")) == []
