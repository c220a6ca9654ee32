"""Files as people have them: every line becomes a post or a bad row with a reason."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candour.channels.base import ChannelError
from candour.channels.file_import import BadRow, ImportProfile, look_at, read_posts
from candour.core.terms import HeardPost

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)


def read(path: Path, profile: ImportProfile | None = None) -> tuple[list[HeardPost], list[BadRow]]:
    rows = list(read_posts(path, profile or ImportProfile(), now=NOW))
    return [row for row in rows if isinstance(row, HeardPost)], [row for row in rows if isinstance(row, BadRow)]


def written(tmp_path: Path, content: str | bytes, name: str = "posts.jsonl") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_the_exchange_form(tmp_path: Path) -> None:
    row = {
        "id": "p-1",
        "text": "Mir ist übel",
        "author": "Ute",
        "published_at": "2026-03-04T10:00:00+01:00",
        "url": "https://forum.example/1",
        "lang": "de",
        "thread": "t",
        "in_reply_to": "p-0",
        "channel": "forum",
        "unknown": {"kept": "out"},
    }
    (post,), bad = read(written(tmp_path, json.dumps(row)))
    assert bad == []
    assert (post.remote_id, post.text, post.author, post.lang) == ("p-1", "Mir ist übel", "Ute", "de")
    assert (post.published_at, post.url) == (datetime(2026, 3, 4, 9, 0, tzinfo=UTC), "https://forum.example/1")
    assert (post.thread, post.in_reply_to, post.extra) == ("t", "p-0", {"channel": "forum"})
    assert json.loads(post.raw) == row


def test_the_form_of_the_corpora_has_no_date_and_says_so(tmp_path: Path) -> None:
    (post,), _ = read(written(tmp_path, '{"id": "phee:1", "text": "x", "lang": "en", "source": "phee", "spans": []}\n\n'))
    assert (post.published_at, post.extra) == (NOW, {"source": "phee", "undated": "1"})


BAD_LINES = {
    "cut off": '{"id": "1", "text": "half',
    "no object": "[1, 2]",
    "a word": '"text"',
    "no text": '{"id": "1"}',
    "blank text": '{"id": "1", "text": " \\u0000 "}',
    "text is a list": '{"id": "1", "text": ["a"]}',
    "odd date": '{"id": "1", "text": "a", "published_at": "04/03/2026"}',
    "deep nesting": '{"text": ' + "[" * 200_000,
}


@pytest.mark.parametrize("how", BAD_LINES)
def test_a_bad_line_costs_only_itself(tmp_path: Path, how: str) -> None:
    content = f'{{"id": "a", "text": "first"}}\n{BAD_LINES[how]}\n{{"id": "b", "text": "last"}}\n'
    posts, (bad,) = read(written(tmp_path, content))
    assert [post.remote_id for post in posts] == ["a", "b"]
    assert bad.line_number == 2
    assert bad.why
    assert bad.template % bad.params == bad.why if bad.params else bad.template == bad.why


def test_a_ten_megabyte_line_is_refused_and_the_next_one_read(tmp_path: Path) -> None:
    content = '{"id": "a", "text": "first"}\n{"text": "' + "x" * 10_000_000 + '"}\n{"id": "b", "text": "last"}'
    posts, (bad,) = read(written(tmp_path, content))
    assert [post.remote_id for post in posts] == ["a", "b"]
    assert (bad.line_number, len(bad.raw) < 3000) == (2, True)
    assert "longer than" in bad.why


def test_nul_bidi_controls_and_formulas_stay_words_and_are_flagged(tmp_path: Path) -> None:
    texts = ["a\x00b", "\u202eabc", "=cmd|' /C calc'!A0", "<script>alert(1)</script>", "\ud800x"]
    posts, bad = read(written(tmp_path, "\n".join(json.dumps({"text": text}) for text in texts)))
    assert bad == []
    assert [post.text for post in posts] == ["ab", "\u202eabc", "=cmd|' /C calc'!A0", "<script>alert(1)</script>", "\ufffdx"]
    assert [post.extra.get("flags", "") for post in posts] == ["nul", "bidi", "formula", "", "surrogate"]


def test_raw_nul_bytes_in_a_line(tmp_path: Path) -> None:
    posts, bad = read(written(tmp_path, b"id,text\n1,a\x00b\n", "p.csv"))
    assert ([post.text for post in posts], bad) == (["ab"], [])


LINE = '{"id": "1", "text": "Übelkeit – naïve"}\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_encodings_are_found_out(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, (LINE * 3).encode(encoding))
    posts, bad = read(path)
    assert ([post.text for post in posts], bad) == (["Übelkeit – naïve"] * 3, [])
    assert bool(look_at(path).warning) is (encoding == "cp1252")
    assert posts[0].extra.get("encoding", "") == ("cp1252" if encoding == "cp1252" else "")


def test_one_line_in_another_encoding_is_one_bad_row(tmp_path: Path) -> None:
    posts, (bad,) = read(written(tmp_path, LINE.encode() * 2 + LINE.encode("latin-1", "replace") + LINE.encode()))
    assert (len(posts), bad.line_number) == (3, 3)
    assert "utf-8" in bad.why


def test_a_profile_may_name_the_encoding(tmp_path: Path) -> None:
    posts, _ = read(written(tmp_path, '{"text": "тошнота"}'.encode("cp1251")), ImportProfile(encoding="windows-1251"))
    assert posts[0].text == "тошнота"
    posts, _ = read(written(tmp_path, ('{"text": "吐き気"}\n' * 2).encode("utf-16-le")), ImportProfile(encoding="utf-16"))
    assert [post.text for post in posts] == ["吐き気", "吐き気"]


def test_csv_with_a_saved_header_profile(tmp_path: Path) -> None:
    columns = {"id": "Nr", "text": "Nachricht", "author": "Von", "published_at": "Datum"}
    profile = ImportProfile("Callcenter", columns=columns, date_format="%d.%m.%Y %H:%M", zone="Europe/Berlin")
    content = 'Nr;Von;Datum;Nachricht\n7;"Muster, Ute";04.03.2026 10:30;"Erste ""Zeile""\nzweite; Zeile"\n8;;04.03.2026 11:00;kurz\n'
    posts, bad = read(written(tmp_path, content, "calls.csv"), profile)
    assert bad == []
    assert [(post.remote_id, post.author, post.text) for post in posts] == [
        ("7", "Muster, Ute", 'Erste "Zeile"\nzweite; Zeile'),
        ("8", "", "kurz"),
    ]
    assert posts[0].published_at == datetime(2026, 3, 4, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(tmp_path: Path, delimiter: str) -> None:
    path = written(tmp_path, f"id{delimiter}text\n1{delimiter}a b\n", "p.csv")
    assert (look_at(path).delimiter, read(path)[0][0].text) == (delimiter, "a b")


def test_the_separator_line_of_a_spreadsheet_program(tmp_path: Path) -> None:
    assert read(written(tmp_path, "sep=;\nid;text\n1;a,b,c\n", "p.csv"))[0][0].text == "a,b,c"


def test_a_quote_never_closed_costs_one_line(tmp_path: Path) -> None:
    body = "".join(f"{number},text {number}\n" for number in range(2, 900))
    posts, bad = read(written(tmp_path, f'id,text\n1,"never closed\n{body}', "p.csv"))
    assert [post.remote_id for post in posts] == [str(number) for number in range(2, 900)]
    assert [row.line_number for row in bad] == [2]


def test_an_undecodable_line_inside_a_quoted_cell_is_reported_too(tmp_path: Path) -> None:
    content = 'id,text\n1,ü\n2,"open\n'.encode() + b"\xff\xfe\xff\n" + b"3,gut\n"
    posts, bad = read(written(tmp_path, content, "p.csv"))
    assert ([post.remote_id for post in posts], [row.line_number for row in bad]) == (["1", "3"], [3, 4])


def test_a_row_with_other_cells_than_the_header(tmp_path: Path) -> None:
    posts, bad = read(written(tmp_path, "id,text,author\n1,a,b\n2,a\n3,a,b,c\n4,cut", "p.csv"))
    assert ([post.remote_id for post in posts], [row.line_number for row in bad]) == (["1"], [3, 4, 5])


def test_a_file_without_the_text_column_is_refused_before_the_first_row(tmp_path: Path) -> None:
    with pytest.raises(ChannelError, match="Nr, Wort"):
        read_posts(written(tmp_path, "Nr,Wort\n1,a\n", "p.csv"), now=NOW)


@pytest.mark.parametrize(
    "profile", [ImportProfile(zone="Mars/Base"), ImportProfile(encoding="klingon"), ImportProfile(columns={"words": "x"})]
)
def test_a_wrong_profile_is_refused_before_the_first_row(tmp_path: Path, profile: ImportProfile) -> None:
    with pytest.raises(ChannelError, match="must correct"):
        read_posts(written(tmp_path, LINE), profile, now=NOW)


def test_a_missing_or_empty_file(tmp_path: Path) -> None:
    with pytest.raises(ChannelError):
        read_posts(tmp_path / "none.jsonl", now=NOW)
    with pytest.raises(ChannelError, match="empty"):
        read_posts(written(tmp_path, "", "p.csv"), now=NOW)
    assert read(written(tmp_path, "")) == ([], [])


def test_the_same_file_gives_the_same_ids_and_other_words_another(tmp_path: Path) -> None:
    path = written(tmp_path, "text,author\nhallo,Ute\nhallo,Uwe\nhallo,Ute\n", "p.csv")
    first = [post.remote_id for post in read(path)[0]]
    assert first == [post.remote_id for post in read(path)[0]]
    assert (first[0] == first[2], first[0] != first[1]) == (True, True)


def test_progress_ends_at_the_size_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, LINE.encode("utf-16") * 1)
    seen: list[int] = []
    list(read_posts(path, now=NOW, progress=seen.append))
    assert seen == sorted(seen)
    assert seen[-1] in (path.stat().st_size, path.stat().st_size - 2)  # the mark at the start belongs to no line


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_no_line_is_lost_whatever_the_bytes(lines: list[bytes]) -> None:
    import tempfile  # one directory per example; the tmp_path fixture is shared by all of them

    clean = [line.replace(b"\n", b"?").replace(b"\x00", b"?") for line in lines]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "p.jsonl"
        path.write_bytes(b"{\n" + b"\n".join(clean))
        rows = list(read_posts(path, ImportProfile(encoding="utf-8"), now=NOW))
    spoken = {number for number, line in enumerate(clean, start=2) if line.strip(b"\xef\xbb\xbf \t\r")}
    assert {row.line_number for row in rows if isinstance(row, BadRow)} >= spoken - {
        number for number, line in enumerate(clean, start=2) if line.strip().startswith(b"{")
    }
