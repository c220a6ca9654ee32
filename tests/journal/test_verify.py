"""What `verify` says of a journal nobody touched."""

from __future__ import annotations

from candour.journal import verify_guards, verify_tables
from candour.journal.verify import verify

from .company import Company


def test_an_untouched_journal_is_sound(company: Company) -> None:
    company.brands(5)
    report = verify()
    assert report.problems == []
    assert (report.sound, report.unsealed, report.heads) == (6, 0, 5)


def test_functions(company):
    from candour.journal.verify import _snapshot

    names = [g.function for g in verify_tables.guards()] + ["journal_actor", "journal_write", "candour_now", "candour_is_demo"]
    verify_tables.FUNCTIONS.update(dict.fromkeys(names, ""))
    with _snapshot() as db:
        for k, v in sorted(verify_guards.function_digests(db).items()):
            print(f'    "{k}": "{v}",')
