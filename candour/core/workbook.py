"""Workbooks (XLSX) out and in, as plain tables of text. Nothing a workbook could run is written or accepted.

Out: every cell is text, also one that begins like a formula. In: the parts of the file are counted before they are unpacked, formulas,
macros, links to other files and document types are refused, and only so many rows and columns are looked at.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

MOST_BYTES, MOST_UNPACKED, MOST_PARTS = 2_000_000, 12_000_000, 300
MOST_ROWS, MOST_COLUMNS, MOST_CELL = 3_000, 30, 32_000
#: Parts of a workbook that run, fetch or carry something else (ECMA-376 part 1, and Microsoft's macro parts).
_REFUSED = re.compile(
    r"externalLinks/|vbaProject|macrosheets/|activeX/|embeddings/|connections\.xml|queryTables/|customData/|ctrlProps/|webextensions/",
    re.IGNORECASE,
)
#: Characters that XML 1.0 can't hold.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9_.-]+)", re.IGNORECASE)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: What the reading library raises for broken files, besides its own errors.
_BROKEN = (ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, EOFError, SyntaxError, NotImplementedError, RuntimeError)


class WorkbookError(ValueError):
    """A file is no workbook that can be read; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet to write: its columns with their widths in characters, its rows, which columns are meant to be edited, and where only
    some words are allowed, which."""

    columns: Mapping[str, int]
    rows: Sequence[Sequence[str]]
    editable: frozenset[str] = frozenset()
    choices: Mapping[str, Sequence[str]] | None = None


def written(tables: Mapping[str, Table]) -> bytes:
    """A workbook with one sheet per table, in their order."""
    from openpyxl import Workbook  # takes a quarter of a second to load

    book = Workbook()
    book.remove(book.active)
    for name, table in tables.items():
        _fill(book.create_sheet(name), table)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def _fill(sheet: Any, table: Table) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill  # see written
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    paper, bold, wrap = PatternFill("solid", fgColor="FFF6D9"), Font(bold=True), Alignment(wrap_text=True, vertical="top")
    for row, cells in enumerate([tuple(table.columns), *table.rows], 1):
        for column, text in enumerate(cells, 1):
            cell = sheet.cell(row, column)
            _put(cell, text)
            cell.alignment = wrap
            if row == 1:
                cell.font = bold
            elif tuple(table.columns)[column - 1] in table.editable:
                cell.fill = paper
    for number, (name, width) in enumerate(table.columns.items(), 1):
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = width
        if words := (table.choices or {}).get(name):
            choice = DataValidation(type="list", formula1=f'"{",".join(words)}"', allow_blank=True)
            sheet.add_data_validation(choice)
            choice.add(f"{letter}2:{letter}{len(table.rows) + 1}")
    sheet.freeze_panes = "B2"


def _put(cell: Any, text: str) -> None:
    """Text as text: a formula is only what stands in a formula cell, and the quote mark keeps it text when somebody saves it anew."""
    cell.value = _NOT_XML.sub("", text)[:MOST_CELL]
    cell.data_type = "s"
    cell.quotePrefix = text.startswith(_FORMULA)


def read(content: bytes) -> dict[str, list[list[str]]]:
    """Every sheet as rows of text, empty rows and cells at the ends left out. Raises WorkbookError, and never runs or fetches anything."""
    _look(content)
    from openpyxl import load_workbook  # see written

    try:
        book = load_workbook(BytesIO(content), read_only=True, data_only=False, keep_links=False)
        return {sheet.title: _rows(sheet) for sheet in book.worksheets}
    except WorkbookError:
        raise
    except (*_BROKEN, zipfile.BadZipFile, zlib.error) as fault:
        raise WorkbookError("The workbook can't be read: save it again as XLSX and bring that file.") from fault


def _rows(sheet: Any) -> list[list[str]]:
    sheet.reset_dimensions()  # what the file says of its size is not believed
    rows = [_row(cells, sheet.title) for cells in sheet.iter_rows(max_row=MOST_ROWS + 1, max_col=MOST_COLUMNS)]
    if len(rows) > MOST_ROWS:
        raise WorkbookError(f"The sheet {sheet.title} has more than {MOST_ROWS} rows: bring the exported workbook.")
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _row(cells: Any, sheet: str) -> list[str]:
    row = [_text(cell, sheet) for cell in cells]
    while row and not row[-1]:
        row.pop()
    return row


def _text(cell: Any, sheet: str) -> str:
    if cell.value is None:
        return ""
    if cell.data_type == "f":
        raise WorkbookError(f"Cell {cell.coordinate} of the sheet {sheet} holds a formula: put its value there instead.")
    if cell.data_type == "e":
        raise WorkbookError(f"Cell {cell.coordinate} of the sheet {sheet} holds a fault of the spreadsheet ({cell.value}): correct it.")
    if isinstance(cell.value, bool):
        return "true" if cell.value else "false"
    if isinstance(cell.value, float) and cell.value.is_integer():
        return str(int(cell.value))
    return tidy(str(cell.value))


def tidy(text: str) -> str:
    """Text as it compares: one kind of line end and blank, none at the ends, and nothing a workbook could not hold."""
    unified = text.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")
    return "\n".join(line.rstrip() for line in _NOT_XML.sub("", unified)[:MOST_CELL].split("\n")).strip()


def _look(content: bytes) -> None:
    """Refuse what is no workbook, too large, or holds a part that runs or fetches."""
    if len(content) > MOST_BYTES:
        raise WorkbookError(f"The workbook is larger than {MOST_BYTES // 1_000_000} MB: bring the exported one with your changes only.")
    try:
        archive = zipfile.ZipFile(BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as fault:
        raise WorkbookError("This is no XLSX workbook: save it as XLSX and bring that file.") from fault
    with archive:
        parts = archive.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
            raise WorkbookError("The workbook unpacks to far more than rules can be: bring the exported one with your changes only.")
        for part in parts:
            _look_at(part, archive)


def _look_at(part: zipfile.ZipInfo, archive: zipfile.ZipFile) -> None:
    if part.flag_bits & 1:
        raise WorkbookError("The workbook is protected by a password: save it without one.")
    if _REFUSED.search(part.filename):
        raise WorkbookError("The workbook holds macros, embedded files or links to other files: save it without them.")
    if not part.filename.lower().endswith((".xml", ".rels", ".vml")):
        return
    try:
        text = archive.read(part)
    except (*_BROKEN, zipfile.BadZipFile, zlib.error) as fault:
        raise WorkbookError("The workbook is damaged: save it again as XLSX and bring that file.") from fault
    encoding = _ENCODING.search(text[:200])
    plain = b"\0" not in text[:200] and (encoding is None or encoding[1].lower() in (b"utf-8", b"us-ascii"))
    if not plain or b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise WorkbookError("The workbook holds XML that no spreadsheet writes: save it again as XLSX and bring that file.")
