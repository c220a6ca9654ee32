"""A compiled kernel of older code is thrown away, also where only a file it takes numbers from has changed."""

from __future__ import annotations

from pathlib import Path

from candour.screening.kernel_fresh import forget_stale


def _made(folder: Path) -> tuple[Path, Path, list[Path]]:
    sources, kept = folder / "sources", folder / "sources" / "__pycache__"
    kept.mkdir(parents=True)
    for name in ("kernel", "kernel_text", "model"):
        (sources / f"{name}.py").write_text("HASH = 1\n", encoding="utf-8")
    compiled = [kept / "kernel.scan-1.py311.nbi", kept / "kernel.scan-1.py311.1.nbc"]
    for path in compiled:
        path.write_bytes(b"made")
    return sources, kept, compiled


def test_what_the_same_code_made_stays(tmp_path: Path) -> None:
    sources, kept, compiled = _made(tmp_path)
    forget_stale(kept, sources)
    for path in compiled:
        path.write_bytes(b"made anew")
    assert not forget_stale(kept, sources)
    assert all(path.exists() for path in compiled)


def test_a_change_in_a_file_that_numbers_are_taken_from_throws_all_of_it_away(tmp_path: Path) -> None:
    sources, kept, compiled = _made(tmp_path)
    forget_stale(kept, sources)
    for path in compiled:
        path.write_bytes(b"made anew")
    (sources / "model.py").write_text("HASH = 2\n", encoding="utf-8")
    (kept / "model.cpython-311.pyc").write_bytes(b"module")
    assert forget_stale(kept, sources)
    assert not any(path.exists() for path in compiled)
    assert (kept / "model.cpython-311.pyc").exists()


def test_where_nothing_is_known_of_what_made_it_it_is_thrown_away(tmp_path: Path) -> None:
    sources, kept, compiled = _made(tmp_path)
    (kept / "kernel.digest").write_bytes(b"\xff\xfe")
    assert forget_stale(kept, sources)
    assert not any(path.exists() for path in compiled)


def test_every_module_the_kernel_takes_from_counts() -> None:
    import candour.screening.kernel_fresh as fresh

    here = Path(fresh.__file__).parent
    lines = [line for path in sorted(here.glob("kernel*.py")) for line in path.read_text(encoding="utf-8").splitlines()]
    taken = {line.split()[1].rsplit(".", 1)[1] for line in lines if line.startswith("from candour.screening.")}
    plain = {name for name in taken if not name.startswith("kernel")}
    assert plain <= {*fresh._TAKEN_FROM, "sources"}
