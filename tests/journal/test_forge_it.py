"""Every block of docs/forge-it.md does what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest
from django.db import DatabaseError, connection

from candour.core.signing import load_or_create_key
from candour.journal import verify as verifying
from candour.journal.verify import Kind, verify

from .company import Company, sql

PAGE = (Path(__file__).parents[2] / "docs" / "forge-it.md").read_text()
FORGERIES = re.findall(r"<!-- kind: (\w+)(?:; undo: (.*?))? -->\n```sql\n(.*?)```", PAGE, re.DOTALL)
REFUSED = re.findall(r"<!-- refused -->\n```sql\n(.*?)```\n\n```text\nERROR:  (.*?)\n", PAGE, re.DOTALL)


@pytest.fixture
def sealed(company: Company, monkeypatch: pytest.MonkeyPatch) -> Company:
    monkeypatch.setattr(verifying, "PATIENCE", 0.0)
    company.brands(15)
    return company


def in_one_session(statements: str) -> None:
    """Run a block of the page as the database's shell would, in a session of its own."""
    ours = ("context", "cursor_factory", "prepare_threshold")
    parameters = {name: value for name, value in connection.get_connection_params().items() if name not in ours}
    with psycopg.connect(**parameters) as db:
        db.execute(statements)


def test_the_page_has_its_blocks() -> None:
    assert len(REFUSED) == 3
    assert {kind for kind, _undo, _block in FORGERIES} >= {"entry_changed", "entry_deleted", "cut_off", "entries_swapped", "row_changed"}
    assert {kind for kind, _undo, _block in FORGERIES} <= {kind.value for kind in Kind}
    assert "@@" not in PAGE


@pytest.mark.parametrize(("block", "words"), REFUSED)
def test_a_block_that_the_database_refuses(sealed: Company, block: str, words: str) -> None:
    with pytest.raises(DatabaseError, match=re.escape(words)):
        sql(block)
    assert verify().problems == []


@pytest.mark.parametrize(("kind", "undo", "block"), FORGERIES, ids=[kind for kind, _undo, _block in FORGERIES])
def test_a_block_that_verify_names(sealed: Company, kind: str, undo: str, block: str) -> None:
    in_one_session(block)
    try:
        assert Kind(kind) in verify().kinds()
    finally:
        if undo:
            sql(undo)


def test_everything_recomputed_with_the_script_of_the_page(sealed: Company, tmp_path: Path) -> None:
    script = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[0]
    names: dict[str, object] = {"__name__": "forge_everything"}
    exec(script, names)
    (before,) = re.findall(r"<!-- before recomputing -->\n```sql\n(.*?)```", PAGE, re.DOTALL)
    in_one_session(before)
    with connection.cursor():
        names["recompute"](connection.connection, load_or_create_key(sealed.folder / "keys" / "journal.key"))  # type: ignore[operator]
    assert verify().kinds() == {Kind.REWRITTEN}
