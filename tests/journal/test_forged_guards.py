"""A guard that is gone, switched off or altered must be named by `verify`."""

from __future__ import annotations

import pytest

from candour.journal.verify import Kind, verify

from .company import Company, sql, value


@pytest.fixture
def mended(company: Company) -> Company:
    """Two brands; each test puts back the trigger or function it changed."""
    company.brands(2)
    return company


GUARDS = {
    "ALTER TABLE registry_brand DISABLE TRIGGER journal_record": (
        Kind.GUARD_DISABLED,
        "ALTER TABLE registry_brand ENABLE TRIGGER journal_record",
    ),
    "ALTER TABLE journal_entry DISABLE TRIGGER journal_refuse": (
        Kind.GUARD_DISABLED,
        "ALTER TABLE journal_entry ENABLE TRIGGER journal_refuse",
    ),
    "ALTER TABLE journal_head ENABLE REPLICA TRIGGER journal_refuse": (
        Kind.GUARD_DISABLED,
        "ALTER TABLE journal_head ENABLE TRIGGER journal_refuse",
    ),
    "DROP TRIGGER journal_record ON registry_brand": (Kind.GUARD_MISSING, "SELECT journal_attach('registry_brand')"),
    "DROP TRIGGER journal_no_truncate ON journal_leaf": (Kind.GUARD_MISSING, "SELECT journal_append_only('journal_leaf')"),
    "SELECT journal_attach('registry_brand', 'name')": (Kind.GUARD_CHANGED, "SELECT journal_attach('registry_brand')"),
    "CREATE OR REPLACE TRIGGER journal_record AFTER INSERT ON registry_brand FOR EACH ROW EXECUTE FUNCTION journal_record()": (
        Kind.GUARD_CHANGED,
        "SELECT journal_attach('registry_brand')",
    ),
    "CREATE OR REPLACE TRIGGER journal_record AFTER INSERT OR UPDATE OR DELETE ON registry_brand FOR EACH ROW WHEN (1 = 0) "
    "EXECUTE FUNCTION journal_record()": (Kind.GUARD_CHANGED, "SELECT journal_attach('registry_brand')"),
    "CREATE RULE quiet AS ON UPDATE TO registry_brand DO INSTEAD NOTHING": (Kind.GUARD_CHANGED, "DROP RULE quiet ON registry_brand"),
}


@pytest.mark.parametrize("change", GUARDS)
def test_a_guard_that_was_switched_off_or_altered(mended: Company, change: str) -> None:
    kind, back = GUARDS[change]
    sql(change)
    try:
        report = verify()
    finally:
        sql(back)
    assert report.kinds() == {kind}
    assert verify().problems == []


def test_a_guard_whose_function_was_emptied(mended: Company) -> None:
    source = str(value("SELECT pg_get_functiondef('journal_record'::regproc)"))
    sql("CREATE OR REPLACE FUNCTION journal_record() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
    try:
        report = verify()
    finally:
        sql(source.replace("%", "%%"))
    assert [(problem.kind, problem.where) for problem in report.problems] == [(Kind.GUARD_CHANGED, "journal_record")]
    assert verify().problems == []
