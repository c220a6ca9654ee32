"""A workbook of rules comes back as a proposal: what was edited and may be, each with its reason, whole or not at all."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from candour.core.terms import Severity
from candour.core.workbook import WorkbookError, tidy
from candour.packs.loader import load_market, read_toml
from candour.packs.ours import company_pack, keep, sheet_name
from candour.packs.rule_sheet import COLUMNS, NOT_READ, STALE, Proposal, Said, exported, imported, market_in, overlay_text, toml_text

NAMES = list(COLUMNS)
FEAR, MISLEAD = "DE-09-FEAR-CHILD-PRIZE", "DE-04-MISLEAD"


def edited(content: bytes, *changes: tuple[str, str, object], sheet: str = "rules") -> bytes:
    """The workbook with cells of rules changed, as a person would in a spreadsheet."""
    book = load_workbook(BytesIO(content))
    rows = {row[0].value: row for row in book[sheet].iter_rows(min_row=2)}
    for rule, column, value in changes:
        rows[rule][NAMES.index(column)].value = value
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def without_rows(content: bytes, keep_rows: int) -> bytes:
    book = load_workbook(BytesIO(content))
    book["rules"].delete_rows(keep_rows + 2, 1000)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


@pytest.fixture(scope="module")
def german() -> bytes:
    return exported(load_market("de"))


def asked(german: bytes, *changes: tuple[str, str, object]) -> Proposal:
    return imported(edited(german, *changes), load_market("de"))


def test_an_untouched_workbook_changes_nothing(german: bytes) -> None:
    assert market_in(german) == "de"
    for market in ("de", "us", "corp", "jp"):
        pack = load_market(market)
        told = imported(exported(pack), pack)
        assert (told.differences, told.refused, told.notes, told.overlay) == ((), (), (), b"")


def test_edits_become_an_overlay_with_every_difference_shown(german: bytes, tmp_path: Path) -> None:
    told = asked(
        german,
        (FEAR, "severity", "B"),
        (FEAR, "our reason", "Decided by legal"),
        (MISLEAD, "our change", "Retire"),
        (MISLEAD, "our reason", "Covered elsewhere"),
        ("DE-06-PFLICHTTEXT", "params", 'mandatory_text = "Fragen Sie."'),
        ("DE-06-PFLICHTTEXT", "our reason", "New wording"),
    )
    assert told.refused == ()
    shown = {one.rule: (one.act, one.fields, one.weaker) for one in told.differences}
    assert shown[FEAR] == ("change", (("severity", "H", "B"),), False)
    assert shown[MISLEAD] == ("retire", (("judged", "yes", "no"),), True)
    [(name, _before, after)] = shown["DE-06-PFLICHTTEXT"][1]
    assert name == "params" and 'mandatory_text = "Fragen Sie."' in after and "mandatory_text_old" in after
    keep(tmp_path, sheet_name("de"), told.overlay)
    pack = company_pack("de", tmp_path)
    assert pack.by_id[FEAR].severity is Severity.BLOCK and MISLEAD not in pack.by_id
    assert pack.param("mandatory_text", pack.by_id["DE-06-PFLICHTTEXT"]) == "Fragen Sie."
    again = imported(exported(pack), pack)
    assert (again.differences, again.refused, again.overlay) == ((), (), told.overlay)


def test_changes_are_taken_back_or_kept_rule_by_rule(german: bytes, tmp_path: Path) -> None:
    first = asked(
        german, (FEAR, "severity", "B"), (FEAR, "our reason", "Legal"), (MISLEAD, "severity", "L"), (MISLEAD, "our reason", "Why")
    )
    keep(tmp_path, sheet_name("de"), first.overlay)
    pack = company_pack("de", tmp_path)
    back = imported(edited(exported(pack), (FEAR, "our change", "shipped")), pack)
    assert [(one.rule, one.act, one.fields, one.weaker) for one in back.differences] == [(FEAR, "shipped", (("severity", "B", "H"),), True)]
    assert MISLEAD.encode() in back.overlay and FEAR.encode() not in back.overlay
    none_left = imported(without_rows(exported(pack), 1), pack)
    assert none_left.differences == () and none_left.overlay == first.overlay
    assert any("are not in the workbook" in template % values for template, values in none_left.notes)
    nothing = imported(edited(exported(pack), (FEAR, "our change", "shipped"), (MISLEAD, "our change", "shipped")), pack)
    assert nothing.overlay == b"" and len(nothing.differences) == 2
    keep(tmp_path, sheet_name("de"), nothing.overlay)
    assert company_pack("de", tmp_path) is load_market("de")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ([(FEAR, "severity", "B")], "changed without a reason"),
        ([(FEAR, "our change", "retire"), (FEAR, "our reason", "x")], "changed without a reason"),
        ([(FEAR, "severity", "X"), (FEAR, "our reason", "Legal")], "B, H, M or L, not “X”"),
        ([(FEAR, "severity", ""), (FEAR, "our reason", "Legal")], "B, H, M or L, not “”"),
        ([(FEAR, "suggestion", ""), (FEAR, "our reason", "Legal")], "has no suggestion"),
        ([(FEAR, "our change", "delete")], "not “delete”"),
        ([(FEAR, "id", "DE-99-NOTHING")], "no rule “DE-99-NOTHING”"),
        ([(FEAR, "id", MISLEAD)], "stands in the workbook twice"),
        ([("DE-06-PFLICHTTEXT", "params", "mandatory_text = "), ("DE-06-PFLICHTTEXT", "our reason", "Why")], "params can't be read"),
        ([("DE-06-PFLICHTTEXT", "params", "other = 1"), ("DE-06-PFLICHTTEXT", "our reason", "Why")], "reads no setting other"),
        ([("DE-06-PFLICHTTEXT", "params", "mandatory_text = [1]"), ("DE-06-PFLICHTTEXT", "our reason", "Why")], "is one number"),
        ([("DE-06-PFLICHTTEXT", "params", "mandatory_text = 1"), ("DE-06-PFLICHTTEXT", "our reason", "Why")], "don't fit together"),
    ],
)
def test_a_row_that_can_not_be_read_is_refused_with_its_number(german: bytes, changes: list[tuple[str, str, object]], says: str) -> None:
    told = asked(german, *changes)
    assert says in " ".join(str(one) for one in told.refused)
    numbers = {one.row for one in told.refused}
    assert numbers == {0} or all(NAMES and load_row(german, number) for number in numbers)


def load_row(content: bytes, number: int) -> object:
    return load_workbook(BytesIO(content))["rules"].cell(number, 1).value


def test_columns_that_are_not_read_are_named(german: bytes) -> None:
    told = asked(german, (FEAR, "question", "Anything?"), (FEAR, "when", "always"))
    assert told.differences == () and told.notes == ((NOT_READ, {"rules": FEAR}),)


def test_an_old_export_says_so_and_one_of_another_market_is_refused(german: bytes, tmp_path: Path) -> None:
    (tmp_path / "house.toml").write_text(f'market = "de"\ntitle = "House"\n[[retire]]\nrule = "{FEAR}"\nreason = "gone"\n')
    told = imported(german, company_pack("de", tmp_path))
    assert told.notes[0] == (STALE, {})
    assert [str(one) for one in told.refused] == [f"There is no rule “{FEAR}” in this market; correct the id or take the row out."]
    with pytest.raises(WorkbookError, match="'de', not of 'us'"):
        imported(german, load_market("us"))


def test_a_workbook_of_somebody_else_is_refused(german: bytes) -> None:
    def changed(act: str) -> bytes:
        book = load_workbook(BytesIO(german))
        if act == "sheet":
            del book["about"]
        else:
            book["rules"].delete_cols(3)
        target = BytesIO()
        book.save(target)
        return target.getvalue()

    for act, says in (("sheet", "lacks the sheets"), ("column", "lacks the column 'severity'")):
        with pytest.raises(WorkbookError, match=says):
            imported(changed(act), load_market("de"))


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
@settings(max_examples=200, deadline=None)
def test_every_text_survives_the_file_that_is_written(text: str) -> None:
    assert read_toml("x", f"text = {toml_text(text)}".encode())["text"] == text


@given(reason=st.text(min_size=3, max_size=40), suggestion=st.text(min_size=3, max_size=40), limit=st.integers(-(10**9), 10**9))
@settings(max_examples=50, deadline=None)
def test_what_is_said_is_what_is_written(reason: str, suggestion: str, limit: int) -> None:
    reason, suggestion = tidy(reason), tidy(suggestion)
    said = Said("change", reason, Severity.BLOCK, suggestion or None, (("fold_characters", limit),))
    [row] = read_toml("x", overlay_text("de", {FEAR: said}))["change"]
    assert (row["reason"], row.get("suggestion", ""), row["params"]) == (reason, suggestion, {"fold_characters": limit})
