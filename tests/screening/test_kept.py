"""What is kept between starts: the same answers as compiled, and nothing read that is broken, another's or out of date."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from candour.packs.phrases import GAP
from candour.screening import batch, compiling, engine, fold_tables, kept_file, kept_release, normalise, sources, trie_tables
from candour.screening.columns import text_column
from candour.screening.engine import ScreeningRelease, compiled_release, release, screen_text
from candour.screening.flat_matcher import FlatMatcher
from candour.screening.language_model import load_languages
from candour.screening.matcher import Matcher
from candour.screening.model import Models, load_models
from candour.screening.products import Product, ProductTerm, dictionary
from candour.screening.reading import Cue
from candour.screening.warm import warm

OWN = dictionary(
    [
        ProductTerm("Zelmocard", Product("Zelmocard", "brand", "DE")),
        ProductTerm("Zelmo Retard", Product("Zelmocard", "brand")),
        ProductTerm("Rest", Product("Rest", "brand", ambiguous=True)),
        ProductTerm("high blood pressure", Product("Zelmocard", "indication")),
    ]
)
#: Posts that the reference must read, and posts with personal data, which are read twice.
ODD = [
    "Zelmocard gab mir u\u0308ble Kopfschmerzen, ruf mich an: 0170 1234567",
    "My name is Anna Miller, I live at 12 Long Street, call +44 20 7946 0958. Zelmocard made me sick.",
    "ＩＢＵＰＲＯＦＥＮ and theeeen a heeeeadache \u1112\u1161\u11ab",
    "#Zelmocard2024 #ZelmocardRash got a rash",
    "",
    "\u200b\ufeff",
    "أخذت الدواء وأصبت بصداع شديد",
    "薬を飲んだら頭が痛い。",
]


def with_shipped_packs(folder: Path) -> Path:
    """A folder in which nothing is kept but what all releases share, which takes long to compile."""
    shared = kept_file.folder()
    assert shared is not None
    kept = shared / f"packs-{kept_release.packs_key()}.kept"
    if not kept.exists():
        release()
    folder.mkdir(mode=0o700, parents=True)
    shutil.copy2(kept, folder)
    return folder


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "kept"
    monkeypatch.setenv(kept_file.VARIABLE, str(folder))
    return folder


@pytest.fixture
def packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place where the shipped packs are kept."""
    folder = with_shipped_packs(tmp_path / "kept")
    monkeypatch.setenv(kept_file.VARIABLE, str(folder))
    return folder


@pytest.fixture(scope="module", params=["shipped", "own"])
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ScreeningRelease, ScreeningRelease]]:
    """A release as compiled, and as read from where it was kept."""
    products, folder = OWN if request.param == "own" else None, with_shipped_packs(tmp_path_factory.mktemp("kept") / "below")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv(kept_file.VARIABLE, str(folder))
        release(products)  # which keeps it
        read = release(products)
    yield compiled_release(products), read
    batch._SCREENERS.clear()


def both_screeners(both: tuple[ScreeningRelease, ScreeningRelease]) -> list[batch.BatchScreener]:
    return [batch.BatchScreener(one, batch.kernel()) for one in both]


def test_a_kept_release_is_the_one_that_was_compiled(both: tuple[ScreeningRelease, ScreeningRelease]) -> None:
    made, read = both
    assert isinstance(read.named, FlatMatcher)
    assert not isinstance(made.named, FlatMatcher)
    assert (made.name, made.parts, made.product_words) == (read.name, read.parts, read.product_words)
    assert list(made.packs) == list(read.packs)
    for code, pack in made.packs.items():
        assert read.matchers[code].meanings == made.matchers[code].meanings
        for name in ("code", "name", "level", "spaced", "accents", "time", "patterns", "examples", "symptoms", "cues", "words"):
            assert getattr(read.packs[code], name) == getattr(pack, name), name
    assert read.named.meanings == made.named.meanings


def test_the_tables_read_are_the_tables_made(both: tuple[ScreeningRelease, ScreeningRelease]) -> None:
    made, read = both_screeners(both)
    for name, one, other in zip(made.phrases._fields, made.phrases, read.phrases, strict=True):
        assert (one.dtype, one.shape) == (other.dtype, other.shape), name
        assert one.tobytes() == other.tobytes(), name
    assert kept_release.kept_tables(both[1]) is read.phrases
    assert kept_release.kept_tables(both[0]) is None


def test_the_same_rows_come_out(both: tuple[ScreeningRelease, ScreeningRelease]) -> None:
    posts = [(one.text, pack.code) for pack in both[0].packs.values() for one in pack.examples]
    posts += [(text, lang) for text in ODD for lang in ("", "de", "xx")]
    texts, langs = text_column([text for text, _ in posts]), [lang for _, lang in posts]
    made, read = (one.screen(texts, langs) for one in both_screeners(both))
    assert made == read
    assert sum(one.label for one in made) > 100


def test_the_reference_reads_the_same_from_either(both: tuple[ScreeningRelease, ScreeningRelease]) -> None:
    made, read = both
    posts = [(one.text, "") for pack in made.packs.values() for one in pack.examples[::4]] + [(text, "") for text in ODD]
    assert [screen_text(made, *post) for post in posts] == [screen_text(read, *post) for post in posts]


@given(st.data())
def test_flat_tables_find_what_the_trie_finds(both: tuple[ScreeningRelease, ScreeningRelease], data: st.DataObject) -> None:
    made, read = both
    code = data.draw(st.sampled_from(sorted(made.packs)))
    pack = made.packs[code]
    said = [word.strip("*") for _, _, phrase in list(pack.phrases())[:400] for word in phrase.casefold().replace("|", " ").split()]
    stretched = st.sampled_from(said).map(lambda word: word[:2] + word[1:2] * 3 + word[2:])
    words = data.draw(st.lists(st.one_of(st.sampled_from(said), stretched, st.text(max_size=7), st.sampled_from(["zelmocard", "rest"]))))
    for one, other in ((made.matchers[code], read.matchers[code]), (made.named, read.named)):
        assert one.find(words) == other.find(words)
        assert [one.knows(word) for word in words] == [other.knows(word) for word in words]


def test_a_release_with_something_put_in_is_never_kept(place: Path) -> None:
    other = replace(compiled_release(OWN), named=compiled_release(None).named, name="screening@other")
    assert batch.screener(other) is not None
    assert list(place.glob("release-*")) == []


def test_a_release_is_the_same_where_nothing_can_be_kept(both: tuple[ScreeningRelease, ScreeningRelease]) -> None:
    """Made in memory over shipped packs that were compiled in this process, or read."""
    made, read = both
    products = None if made.name == engine.release_name() else OWN
    found = compiling.made(products, read.models, read.hearing, "")
    assert found is not None
    one, other = (batch.BatchScreener(release, batch.kernel()).phrases for release in (found, read))
    assert [array.tobytes() for array in one] == [array.tobytes() for array in other]
    assert (found.name, found.parts, found.product_words) == (made.name, made.parts, made.product_words)


def test_only_one_process_makes_a_release_and_the_others_read_it(packed: Path) -> None:
    code = (
        "from candour.screening import engine, kept_file\n"
        "write = kept_file.write\n"
        "kept_file.write = lambda *parts: print(parts[0]) or write(*parts)\n"
        "print(type(engine.release().named).__name__)"
    )
    three = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(3)]
    told = sorted(one.communicate()[0] for one in three)
    assert told == ["FlatMatcher\n", "FlatMatcher\n", "release\nFlatMatcher\n"]
    assert sorted(path.name.split("-")[0] for path in packed.iterdir()) == ["packs", "release", "release.lock"]


def test_who_waits_too_long_for_another_goes_on_alone(place: Path) -> None:
    inside: list[float] = []

    def beside() -> None:
        begun = time.monotonic()
        with kept_file.alone("kind", within=0.3):
            inside.append(time.monotonic() - begun)

    with kept_file.alone("kind"):
        beside()
        with kept_file.alone("another"):
            pass  # kinds don't wait for each other
    beside()
    assert inside[0] >= 0.3 > inside[1]


def test_where_nothing_is_kept_nobody_waits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (kept_file.OFF, str(tmp_path / "file" / "below")):
        monkeypatch.setenv(kept_file.VARIABLE, folder)
        with kept_file.alone("kind"), kept_file.alone("kind"):
            pass


FORMS = st.lists(st.sampled_from(["ab", "abc", "*bc", "ab*", "*b*", "cab", GAP, "a"]), min_size=1, max_size=3)


@pytest.mark.parametrize("room", [1, 1 << 16])
@given(phrases=st.lists(st.tuples(FORMS, st.sampled_from(["one", "other"]))))
def test_tables_that_had_to_grow_find_the_same(room: int, phrases: list[tuple[list[str], str]]) -> None:
    """Matchers added one after the other, into tables too small for them and into tables with room."""
    forms = [(tuple(form), Cue(role)) for form, role in phrases if GAP not in (form[0], form[-1])]
    fill = trie_tables.fill_of(batch.kernel())
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(trie_tables, "LEAST_ROOM", room)
        tables = trie_tables.empty(3)
        for table in (2, 0, 1):
            tables = trie_tables.added(tables, table, Matcher(forms[table::2]), fill)
    words = ["ab", "abc", "cab", "xbc", "abx", "a", "bbb"]
    for table in range(3):
        plain = Matcher(forms[table::2])
        assert FlatMatcher(tables, table, plain.meanings).find(words) == plain.find(words)


def test_tables_of_another_release_are_not_taken(both: tuple[ScreeningRelease, ScreeningRelease]) -> None:
    made, read = both
    assert kept_release.kept_tables(replace(read, named=made.named)) is None
    with pytest.raises(TypeError, match="compiled_release"):
        batch.BatchScreener(replace(read, named=made.named), batch.kernel())
    assert kept_release.kept_tables(replace(read, models=Models())) is not None


def test_the_key_tells_code_products_and_judgement_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    def key(products: object = None) -> str:
        return kept_release.key_of(engine._judgement(), products, Models(), None)  # type: ignore[arg-type]

    keys = {key(), key(OWN), kept_release.key_of(b"other", None, Models(), None)}
    monkeypatch.setattr(kept_release, "code_digest", lambda: "0" * 64)
    assert len(keys | {key()}) == 4
    monkeypatch.setattr(kept_release, "code_digest", lambda: "")
    assert key() == ""


def test_the_digest_of_the_code_changes_with_any_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sources.py").write_text("a = 1\n")
    monkeypatch.setattr(sources, "_HERE", tmp_path)
    monkeypatch.setattr(sources, "_FOLDERS", (tmp_path,))
    sources.code_digest.cache_clear()
    before = sources.code_digest()
    (tmp_path / "sources.py").write_text("a = 2\n")
    sources.code_digest.cache_clear()
    assert len({before, sources.code_digest(), ""}) == 3
    sources.code_digest.cache_clear()


# The file


ARRAYS = {"a": np.arange(7, dtype=np.int32), "b": np.zeros((3, 2), np.uint64), "none": np.zeros((0, 4))}


def kept_one(place: Path) -> Path:
    assert kept_file.write("kind", "key", {"said": ["ü", 1.5]}, ARRAYS)
    (path,) = place.glob("kind-*")
    return path


def test_what_is_written_is_read(place: Path) -> None:
    path = kept_one(place)
    found = kept_file.read("kind", "key")
    assert found is not None
    assert found.told == {"said": ["ü", 1.5]}
    for name, array in ARRAYS.items():
        assert found.arrays[name].dtype == array.dtype
        assert np.array_equal(found.arrays[name], array)
    assert (place.stat().st_mode & 0o777, path.stat().st_mode & 0o777) == (0o700, 0o600)
    found.arrays["a"][0] = 99  # in this process alone
    again = kept_file.read("kind", "key")
    assert again is not None
    assert again.arrays["a"][0] == 0


def test_a_file_cut_short_or_changed_anywhere_is_not_read(place: Path) -> None:
    path = kept_one(place)
    whole = path.read_bytes()
    for size in (0, 1, 15, 40, 60, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        assert kept_file.read("kind", "key") is None, size
    for at in range(0, len(whole), 7):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert kept_file.read("kind", "key") is None, at
    path.write_bytes(whole + b"\0")
    assert kept_file.read("kind", "key") is None
    path.write_bytes(whole)
    assert kept_file.read("kind", "key") is not None


def test_a_file_under_the_name_of_another_is_not_read(place: Path) -> None:
    path = kept_one(place)
    path.rename(path.with_name("kind-other.kept"))
    assert kept_file.read("kind", "other") is None
    assert kept_file.read("kind", "key") is None


def test_no_object_comes_out_of_a_file(place: Path) -> None:
    assert kept_file.write("kind", "key", {}, {"a": np.array([1, 2], np.int64)})
    (path,) = place.glob("kind-*")
    content = path.read_bytes()[48:].replace(b'"<i8"', b'"|O" ')
    path.write_bytes(b"candour kept 1\n\0" + __import__("hashlib").sha256(content).digest() + content)
    assert kept_file.read("kind", "key") is None


@pytest.mark.parametrize("mode", [0o660, 0o606, 0o666])
def test_a_file_others_may_write_is_not_read(place: Path, mode: int) -> None:
    kept_one(place).chmod(mode)
    assert kept_file.read("kind", "key") is None


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o1777])
def test_a_folder_others_may_write_is_neither_read_nor_written(place: Path, mode: int) -> None:
    kept_one(place)
    place.chmod(mode)
    assert kept_file.read("kind", "key") is None
    assert not kept_file.write("kind", "second", {}, ARRAYS)
    assert len(list(place.iterdir())) == 1


def test_what_another_user_owns_is_not_read(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept_one(place)
    other = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: other)
    assert kept_file.read("kind", "key") is None
    assert not kept_file.write("kind", "second", {}, ARRAYS)


def test_a_link_or_a_folder_in_place_of_the_file_is_not_read(place: Path, tmp_path: Path) -> None:
    path = kept_one(place)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert kept_file.read("kind", "key") is None
    path.unlink()
    path.mkdir()
    assert kept_file.read("kind", "key") is None


@pytest.mark.parametrize("value", ["off", "OFF", "/dev/null/below"])
def test_without_a_folder_nothing_is_kept_and_all_goes_on(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(kept_file.VARIABLE, value)
    assert not kept_file.write("kind", "key", {}, ARRAYS)
    assert kept_file.read("kind", "key") is None
    assert fold_tables._kept_or_made().points.shape == (fold_tables.CODE_POINTS, 8)


def test_where_the_folder_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (kept_file.VARIABLE, "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert kept_file.folder() == tmp_path / ".cache" / "candour"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert kept_file.folder() == tmp_path / ".cache" / "candour"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert kept_file.folder() == tmp_path / "xdg" / "candour"
    monkeypatch.setenv(kept_file.VARIABLE, str(tmp_path / "own"))
    assert kept_file.folder() == tmp_path / "own"


def test_a_full_disk_leaves_nothing_behind(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept_one(place)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert not kept_file.write("kind", "second", {}, ARRAYS)
    assert [path.name for path in place.iterdir()] == ["kind-key.kept"]


def test_the_newest_stay(place: Path) -> None:
    for number in range(kept_file.MOST_KEPT + 3):
        assert kept_file.write("kind", f"key{number}", {}, ARRAYS)
        os.utime(place / f"kind-key{number}.kept", (number, number))
    assert kept_file.write("other", "key", {}, ARRAYS)
    (place / "kind-lost.kept-00.partial").write_bytes(b"")
    os.utime(place / "kind-lost.kept-00.partial", (1, 1))
    (place / "kind-new.kept-00.partial").write_bytes(b"")
    assert kept_file.read("kind", "key3") is not None  # which makes it the newest
    assert kept_file.write("kind", "last", {}, ARRAYS)
    left = {path.name for path in place.iterdir()}
    assert {"kind-last.kept", "kind-key3.kept", "other-key.kept", "kind-new.kept-00.partial"} <= left
    assert len([name for name in left if name.startswith("kind-") and name.endswith(".kept")]) == kept_file.MOST_KEPT
    assert "kind-lost.kept-00.partial" not in left


def test_readers_beside_writers_read_one_or_the_other(place: Path) -> None:
    kept_one(place)
    seen: list[bool] = []

    def write(value: int) -> None:
        for _ in range(20):
            assert kept_file.write("kind", "key", {"value": value}, {"a": np.full(5000, value)})

    def read() -> None:
        for _ in range(60):
            found = kept_file.read("kind", "key")
            seen.append(found is not None and ("value" not in found.told or bool((found.arrays["a"] == found.told["value"]).all())))

    threads = [threading.Thread(target=write, args=(1,)), threading.Thread(target=write, args=(2,)), threading.Thread(target=read)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert len(seen) == 60
    assert all(seen)
    assert [path.name for path in place.iterdir()] == ["kind-key.kept"]


# Starts


@pytest.mark.parametrize("kind", ["release", "packs"])
def test_broken_files_cost_time_and_no_answer(packed: Path, kind: str) -> None:
    before = release(OWN)
    paths = {path.name.split("-")[0]: path for path in packed.glob("*.kept")}
    assert set(paths) == {"release", "packs"}
    whole = paths[kind].read_bytes()
    paths["release"].unlink(missing_ok=True)
    paths[kind].write_bytes(whole[:-9] + b"\1" + whole[-8:])
    again = release(OWN)
    assert (again.name, again.named.meanings) == (before.name, before.named.meanings)
    assert screen_text(again, ODD[0]) == screen_text(before, ODD[0])
    assert paths[kind].read_bytes() == whole  # made anew


def test_a_sound_file_of_another_form_is_made_anew(packed: Path) -> None:
    key = kept_release.key_of(engine._judgement(), None, load_models(), load_languages())
    assert kept_file.write("release", key, {"packs": {}}, ARRAYS)
    assert screen_text(release(), "Ibuprofen gave me a rash").label == 1


def test_the_command_starts_from_what_was_kept_and_loads_no_more_than_it_needs(packed: Path, tmp_path: Path) -> None:
    posts, out = tmp_path / "posts.jsonl", tmp_path / "out.jsonl"
    posts.write_text('{"id": "1", "text": "Ibuprofen gave me a rash, call 0170 1234567"}\n')
    code = (
        "import sys; from candour.project import cli\n"
        f"assert cli.outcome(['screen', {str(posts)!r}, '-o', {str(out)!r}]) == 0\n"
        "from candour.screening.batch import _SCREENERS\n"
        "kept = [type(one.release.named).__name__ for one in _SCREENERS.values()]\n"
        "print(kept, [name for name in ('django', 'pandas', 'pyspark', 'procrastinate') if name in sys.modules])"
    )
    rows = []
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout == "['FlatMatcher'] []\n"
        rows.append(out.read_bytes())
    assert rows[0] == rows[1]
    assert json.loads(rows[0])["label"] == 1


def test_the_kernel_is_read_without_what_compiles_it(packed: Path) -> None:
    warm()  # so that the kernel is compiled
    code = (
        "import sys, pyarrow as pa; from candour.screening import kernel_start\n"
        "kernel_start._TRIED = eval(sys.argv[1])\n"
        "from candour.screening.batch import screen_posts; from candour.screening.engine import release\n"
        "made, texts = release(), pa.array(['Ibuprofen gave me a rash', ''], pa.large_string())\n"
        "rows = [screen_posts(made, texts[at:], [''] * (2 - at)) for at in (0, 1, 2)]\n"
        "from candour.screening import kernel\n"
        "print('numba.np.linalg' in sys.modules, len(kernel._scan.overloads), rows)"
    )
    told = [
        subprocess.run([sys.executable, "-c", code, tried], capture_output=True, text=True, check=True).stdout
        for tried in ("('',)", "('x',)")
    ]
    assert [row.split(" ", 1)[0] for row in told] == ["False", "True"]
    assert told[0].split(" ", 1)[1] == told[1].split(" ", 1)[1]
    assert told[0].split(" ")[1] == "1"  # one variant for every kind of batch


def test_marks_stand_nowhere_but_where_they_are_looked_for() -> None:
    looked_for = {code for part in normalise._MAY_BE_MARKS for code in part}
    marks = [code for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code))[0] == "M"]
    assert [code for code in marks if code not in looked_for] == []
