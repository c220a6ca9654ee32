"""`candour screen`'s file door: the contract's fields, order kept, bad lines told one by one, counts that add up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from candour.screening.products import ProductsError, read_products
from candour.screening.screen_file import LARGEST_LINE, Counts, EngineMissing, screen_file
from tests.screening.conftest import PRODUCTS
from tests.screening.test_screen_text import MOTHER


def _screen(tmp_path: Path, content: bytes) -> tuple[Counts, list[dict[str, Any]]]:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(content)
    counts = screen_file(source, target, PRODUCTS)
    return counts, [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]


def _line(**row: Any) -> bytes:
    return json.dumps(row).encode() + b"\n"


def test_a_row_has_the_fields_of_the_contract(tmp_path: Path) -> None:
    counts, (row,) = _screen(tmp_path, _line(id="p1", text=MOTHER, channel="newsroom", author="Gast"))
    assert list(row) == ["id", "lang", "score", "label", "unscreened_language", "products", "competitors", "duties", "findings"]
    assert (row["id"], row["lang"], row["label"], row["products"], row["duties"]) == ("p1", "de", 1, ["Zovellark"], ["AE", "MIR"])
    finding = row["findings"][0]
    assert (finding["duty"], finding["pack"]) == ("AE", counts.release)
    assert all(MOTHER[span["start"] : span["end"]] == span["words"] and span["why"] for span in finding["spans"])


BAD = [
    (b'{"id": "x", "text": "cut off\n', "JSON", None),
    (b"[1, 2]\n", "JSON object", None),
    (_line(text="no id"), "id", None),
    (_line(id=True, text="no id"), "id", None),
    (_line(id="", text="no id"), "id", None),
    (_line(id="t1"), "text", "t1"),
    (_line(id="t2", text=None), "text", "t2"),
    (_line(id="ok1", text="again"), "own id", "ok1"),
    (b'{"id": "u", "text": "M\xfcde"}\n', "UTF-8", None),
    (b'{"id": "s", "text": "\\ud800"}\n', "surrogate", "s"),
    (b'{"id": "d", "text": ' + b"[" * 100_000 + b"\n", "JSON", None),
    (b'{"id": "big", "text": "' + b"a" * LARGEST_LINE + b'"}\n', "shorten", None),
]


@pytest.mark.parametrize(("bad", "says", "key"), BAD, ids=[says for _, says, _ in BAD])
def test_a_bad_line_becomes_one_clear_row_and_the_rest_is_screened(bad: bytes, says: str, key: str | None, tmp_path: Path) -> None:
    good = _line(id="ok1", text="I got a rash from Zovellark"), _line(id=2, text="Danke")
    counts, rows = _screen(tmp_path, good[0] + bad + good[1])
    assert (counts.lines, counts.screened, counts.rejected) == (3, 2, 1)
    assert [row["id"] for row in rows] == ["ok1", key, "2"]
    assert says in rows[1]["error"]
    assert rows[1]["line"] == 2
    assert set(rows[1]) == {"id", "line", "error"}


def test_odd_but_sound_posts_are_screened(tmp_path: Path) -> None:
    texts = ["", "a", "\x00 Zovellark made me dizzy \x00", "x" * 1_000_000, "rash " * 200_000, "e" + "\u0301" * 100_000, "😵" * 10]
    content = b"\xef\xbb\xbf" + b"".join(_line(id=number, text=text) for number, text in enumerate(texts)) + b"\n\n"
    counts, rows = _screen(tmp_path, content)
    assert (counts.lines, counts.rejected, len(rows)) == (7, 0, 7)
    assert (rows[2]["label"], rows[2]["products"]) == (1, ["Zovellark"])


def test_a_file_without_a_last_newline_loses_no_post(tmp_path: Path) -> None:
    counts, rows = _screen(tmp_path, _line(id=1, text="Danke") + _line(id=2, text="Danke").rstrip())
    assert (counts.lines, [row["id"] for row in rows]) == (2, ["1", "2"])


def test_posts_without_a_pack_are_counted_for_the_manual_queue(tmp_path: Path) -> None:
    counts, (row,) = _screen(tmp_path, _line(id=1, text="Jag har inte sovit sedan i lördags", lang="sv"))
    assert (counts.unscreened_language, row["unscreened_language"], row["label"]) == (1, True, 0)


def test_the_same_file_gives_the_same_bytes(tmp_path: Path) -> None:
    content = b"".join(_line(id=number, text=text) for number, text in enumerate([MOTHER, "pen jammed, Larquessa", "花粉症"]))
    _screen(tmp_path, content)
    first = (tmp_path / "out.jsonl").read_bytes()
    _screen(tmp_path, content)
    assert (tmp_path / "out.jsonl").read_bytes() == first


def test_progress_ends_at_the_size_of_the_file(tmp_path: Path) -> None:
    source, told = tmp_path / "in.jsonl", []
    source.write_bytes(_line(id=1, text="Danke") * 1)
    screen_file(source, tmp_path / "out.jsonl", PRODUCTS, progress=lambda done, size: told.append((done, size)))
    assert told[-1] == (source.stat().st_size, source.stat().st_size)


def test_an_engine_that_is_not_there_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_bytes(_line(id=1, text="Danke"))
    with pytest.raises(EngineMissing, match="local or spark"):
        screen_file(source, tmp_path / "out.jsonl", PRODUCTS, engine="steam")
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"name,term\na,b\n", "product not found"),
        (b"product,kind,term,market,ambiguous\nZovellark,otc,,,\n", "line 2"),
        (b"product,kind,term,market,ambiguous\nZovellark,otc,Zovellark,,maybe\n", "line 2"),
        ("product,term\nMüde,müde\n".encode("latin-1"), "UTF-8"),
    ],
)
def test_a_product_file_that_cant_be_used_says_what_to_change(content: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    path.write_bytes(content)
    with pytest.raises(ProductsError, match=says):
        read_products(path)
