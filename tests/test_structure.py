"""What import checks can't see: the pure cores in a process of their own, where the database is asked, what a template may hold."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CODE = sorted(path for path in (ROOT / "candour").rglob("*.py") if "migrations" not in path.parts)
TEMPLATES = sorted((ROOT / "candour" / "web" / "templates").rglob("*.html"))
PURE = (
    "candour.screening.engine",
    "candour.screening.checks",
    "candour.screening.arrow",
    "candour.channels.catalogue",
    "candour.packs.loader",
)

#: Besides models, queries and actions of an app: flows, which hold rows for an act; the parts of journal, people and cases that are
#: actions or queries under another name; and the seeding, measuring and founding of an installation.
ASKS_THE_DATABASE = re.compile(
    r"candour/(?:\w+/(?:models|actions|queries|\w+_queries)|flows/\w+|journal/(?:acting|signatures)|people/(?:rights|passkeys|session_store)|cases/presence"
    r"|project/(?:install|demo/\w+|bench/\w+))\.py"
)
#: No name for a file, class or function: they hide what the thing does.
EMPTY_WORDS = re.compile(r"(?:^|_)(?:ticket|manager|handler|processor|helper|util)s?(?:$|_)|content_item", re.IGNORECASE)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("module", PURE)
def test_a_pure_core_brings_no_django_along(module: str) -> None:
    script = f"import sys, {module}; print(sorted(name for name in sys.modules if name.partition('.')[0] in ('django', 'procrastinate')))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_database_is_asked_only_where_reads_and_writes_live() -> None:
    asking = {name_of(path) for path in CODE if ".objects" in path.read_text()}
    assert {name for name in asking if not ASKS_THE_DATABASE.fullmatch(name)} == set()


def test_models_are_found_by_import_never_by_name() -> None:
    assert [name_of(path) for path in CODE if "apps.get_model(" in path.read_text()] == []


def handlers() -> Iterator[tuple[str, ast.ExceptHandler]]:
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ExceptHandler):
                yield f"{name_of(path)}:{node.lineno}", node


def test_errors_are_swallowed_almost_nowhere() -> None:
    broad = [(place, node) for place, node in handlers() if node.type is None or ast.unparse(node.type) in ("Exception", "BaseException")]
    assert len(broad) <= 3, [place for place, _node in broad]
    for place, node in broad:
        line = (ROOT / place.rpartition(":")[0]).read_text().splitlines()[node.lineno - 1]
        assert "  # " in line, f"{place} does not say why"


def test_no_signals_no_work_in_save_or_ready() -> None:
    hidden = re.compile(r"@receiver\(|\b(?:pre|post)_(?:save|delete|init|migrate)\b|def (?:save|delete|ready)\(self")
    assert [name_of(path) for path in CODE if hidden.search(path.read_text())] == []


def test_names_say_what_a_thing_does() -> None:
    named = [
        f"{name_of(path)}: {node.name}"
        for path in CODE
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and EMPTY_WORDS.search(node.name)
    ]
    assert named + [name_of(path) for path in CODE if EMPTY_WORDS.search(path.stem)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_needs_no_exception_from_the_content_policy(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\sstyle\s*=", text), "styles live in the style sheets"
    assert not re.search(r"<style\b", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>", text), "scripts live in files"
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text), "no inline listeners"
    assert not re.search(r"\bhx-on\b|javascript:", text)
    assert not re.search(r"(?:src|href)=[\"']https?://", text), "nothing is fetched from elsewhere"


def test_no_public_function_of_the_flows_is_without_a_promise() -> None:
    silent = [
        f"{name_of(path)}: {node.name}"
        for path in CODE
        if "/flows/" in name_of(path) and path.name not in ("doors.py",)
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert silent == []
