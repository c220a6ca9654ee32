"""Workbooks are text out and text in: nothing they hold runs, fetches or unpacks without end."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from candour.core import workbook
from candour.core.workbook import MOST_ROWS, Table, WorkbookError, read, tidy, written

PLAIN = written({"a": Table({"id": 9, "text": 40}, [("1", "one"), ("2", "")])})
BOMB = b"0" * (workbook.MOST_UNPACKED + 1)


def with_part(name: str, content: bytes, drop: str = "") -> bytes:
    """The plain workbook with one more part, or with another one in its place."""
    target = BytesIO()
    with zipfile.ZipFile(BytesIO(PLAIN)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            if part.filename not in (name, drop):
                new.writestr(part, old.read(part))
        new.writestr(name, content)
    return target.getvalue()


def by_library(change: Callable[[Workbook], None]) -> bytes:
    book, target = Workbook(), BytesIO()
    change(book)
    book.save(target)
    return target.getvalue()


def sheet_xml(data: str) -> bytes:
    name = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{name}"><dimension ref="A1:XFD1048576"/><sheetData>{data}</sheetData></worksheet>'.encode()


def test_what_is_written_is_read() -> None:
    assert read(PLAIN) == {"a": [["id", "text"], ["1", "one"], ["2"]]}


@given(st.text(max_size=80))
@settings(max_examples=60, deadline=None)
def test_every_text_comes_back_as_it_compares(text: str) -> None:
    rows = read(written({"a": Table({"id": 9, "text": 40}, [("1", text)])}))["a"]
    assert rows[1][1:] == ([tidy(text)] if tidy(text) else [])


@pytest.mark.parametrize("text", ["=1+1", '=HYPERLINK("http://x.example")', "+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1"])
def test_nothing_that_is_written_is_a_formula(text: str) -> None:
    cell = load_workbook(BytesIO(written({"a": Table({"text": 40}, [(text,)])})))["a"]["A2"]
    assert cell.data_type == "s" and cell.quotePrefix
    assert read(written({"a": Table({"text": 40}, [(text,)])}))["a"][1] == [text.strip()]


def formula(book: Workbook) -> None:
    book.active["B5"] = "=SUM(A1:A4)"


def fault(book: Workbook) -> None:
    book.active["A1"] = "#REF!"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no XLSX"),
        (b"PK\x03\x04 and no more", "no XLSX"),
        (b"id;question\n1;2", "no XLSX"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "no XLSX"),
        (b"x" * (workbook.MOST_BYTES + 1), "larger than 2 MB"),
        (PLAIN[:-200], "no XLSX"),
        (by_library(formula), "Cell B5 .* holds a formula"),
        (by_library(fault), "Cell A1 .* fault"),
        (with_part("xl/externalLinks/externalLink1.xml", b"<x/>"), "links to other files"),
        (with_part("xl/vbaProject.bin", b"MZ"), "macros"),
        (with_part("xl/connections.xml", b"<x/>"), "links to other files"),
        (with_part("xl/embeddings/oleObject1.bin", b"\0"), "embedded files"),
        (with_part("xl/media/image1.xml", BOMB), "unpacks to far more"),
        (with_part("xl/workbook.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'), "XML that no spreadsheet"),
        (with_part("xl/workbook.xml", "<!DOCTYPE x><x/>".encode("utf-16")), "XML that no spreadsheet"),
        (with_part("xl/workbook.xml", b'<?xml version="1.0" encoding="utf-7"?><x/>'), "XML that no spreadsheet"),
        (with_part("xl/workbook.xml", b"<workbook"), "can't be read"),
        (with_part("nothing.txt", b"", drop="xl/workbook.xml"), "can't be read"),
        (with_part("xl/worksheets/sheet1.xml", b"<worksheet><a></worksheet>"), "can't be read"),
        (with_part("xl/worksheets/sheet1.xml", sheet_xml('<row r="900000"><c r="XFD900000"><v>1</v></c></row>')), "more than"),
        (with_part("xl/worksheets/sheet1.xml", sheet_xml("<row><c><v>1</v></c></row>" * (MOST_ROWS + 1))), "more than"),
    ],
)
def test_what_is_no_plain_workbook_is_refused_in_a_sentence(content: bytes, says: str) -> None:
    with pytest.raises(WorkbookError, match=says) as caught:
        read(content)
    assert "\n" not in str(caught.value)


def test_too_many_parts_are_refused_before_one_is_unpacked() -> None:
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as book:
        for number in range(workbook.MOST_PARTS + 1):
            book.writestr(f"xl/{number}.xml", b"<x/>")
    with pytest.raises(WorkbookError, match="unpacks"):
        read(target.getvalue())


def test_a_size_that_lies_unpacks_no_further_than_it_says() -> None:
    """The directory says ten bytes, the part holds more: what does not add up is damaged, whatever it would have become."""
    broken = bytearray(with_part("xl/media/image1.xml", b"1" * 5_000_000))
    at = broken.rindex(b"xl/media/image1.xml") - 46
    broken[at + 24 : at + 28] = (10).to_bytes(4, "little")
    with pytest.raises(WorkbookError, match=r"damaged|can't be read"):
        read(bytes(broken))


def test_numbers_and_truth_are_read_as_they_are_written() -> None:
    def fill(book: Workbook) -> None:
        book.active.append([3, 3.0, 2.5, True, None, " a\u00a0b \r\n"])

    assert read(by_library(fill))["Sheet"] == [["3", "3", "2.5", "true", "", "a b"]]


def test_the_library_is_not_loaded_before_it_is_needed() -> None:
    source = Path(workbook.__file__).read_text(encoding="utf-8")
    assert "\nfrom openpyxl" not in source and "\nimport openpyxl" not in source
