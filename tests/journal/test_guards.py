"""What the database refuses whoever asks: unnamed writes, changes of the record, another clock, a demo made real."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from candour.journal.acting import acting, database_now, demo_clock
from candour.journal.models import DatabaseNow, Entry, Installation, Signature
from candour.people.models import User
from candour.registry.models import Brand

from .company import Company, forge, sql, value

THEN = datetime(2020, 5, 17, 8, 0, tzinfo=UTC)


def refused(statement: str, *values: object) -> str:
    """The words of the refusal; the statement ran alone in a transaction."""
    with pytest.raises(DatabaseError) as refusal, transaction.atomic():
        sql(statement, *values)
    return str(refusal.value)


def sign(company: Company, **more: object) -> Signature:
    """A signature given by the person of the company."""
    values = {"meaning": "m", "subject": "s", "key": "1", "digest": "d", "shown": b"s", "method": "p", "auth_time": THEN} | more
    with acting(company.person, "sign"):
        return Signature.objects.create(signer=company.person, **values)


def contents(table: str) -> object:
    return value(f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t")


CHANGES = {
    "journal_entry": ("UPDATE journal_entry SET act = 'x'", "DELETE FROM journal_entry", "TRUNCATE journal_entry"),
    "journal_leaf": ("UPDATE journal_leaf SET entry_id = 9", "DELETE FROM journal_leaf", "TRUNCATE journal_leaf"),
    "journal_head": ("UPDATE journal_head SET root = ''", "DELETE FROM journal_head", "TRUNCATE journal_head"),
}


@pytest.mark.parametrize(("table", "statement"), [(table, statement) for table, changes in CHANGES.items() for statement in changes])
def test_the_record_can_only_grow(company: Company, table: str, statement: str) -> None:
    company.brands(2)
    before = contents(table)
    with acting(company.person, "act"):  # a name does not help
        assert "Candour refuses" in refused(statement)
    assert contents(table) == before


SIGNATURE_CHANGES = ["UPDATE journal_signature SET meaning = 'x'", "DELETE FROM journal_signature", "TRUNCATE journal_signature CASCADE"]


@pytest.mark.parametrize("statement", SIGNATURE_CHANGES)
def test_a_signature_stays_as_it_was_given(company: Company, statement: str) -> None:
    sign(company)
    before = contents("journal_signature")
    with acting(company.person, "act"):
        assert "Candour refuses" in refused(statement)
    assert contents("journal_signature") == before


def test_a_signature_is_dated_by_the_database_whatever_it_says(company: Company) -> None:
    made = sign(company, at=THEN, simulated=True)
    made.refresh_from_db()
    assert abs(made.at - database_now()) < timedelta(minutes=1)
    assert made.simulated is False


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO registry_brand (key, name, area) VALUES ('new', 'New', '')",
        "UPDATE registry_brand SET name = 'Other'",
        "DELETE FROM registry_brand",
        "TRUNCATE registry_brand CASCADE",
        "INSERT INTO journal_entry (subject, key, op, old, new) VALUES ('note', '1', 'N', '', '')",
    ],
)
def test_a_write_without_a_named_actor_is_refused(company: Company, statement: str) -> None:
    company.brands(2)
    before = contents("registry_brand"), contents("journal_entry")
    assert "Candour refuses" in refused(statement)
    assert (contents("registry_brand"), contents("journal_entry")) == before


def test_the_name_ends_with_its_transaction(company: Company) -> None:
    with acting(company.person, "add_brand"):
        Brand.objects.create(key="a", name="A")
    with pytest.raises(DatabaseError, match="named no actor"):
        Brand.objects.create(key="b", name="B")
    assert Brand.objects.count() == 1


def test_an_act_within_an_act_keeps_both_names_apart(company: Company) -> None:
    with acting(company.person, "invite"):
        other = User.objects.create(email="bo@lumen.example", name="Bo Lind")
        with acting(other, "inner", "because"):
            Brand.objects.create(key="b", name="B")
        Brand.objects.create(key="a", name="A")
    told = list(Entry.objects.order_by("id").values_list("actor_name", "act", "reason"))[-3:]
    assert told == [("Ana Prado", "invite", ""), ("Bo Lind", "inner", "because"), ("Ana Prado", "invite", "")]


def test_an_inner_act_that_fails_gives_the_name_back(company: Company) -> None:
    other = User(pk=77, name="Bo Lind")
    with acting(company.person, "outer"):
        with pytest.raises(ZeroDivisionError), acting(other, "inner"):
            raise ZeroDivisionError
        Brand.objects.create(key="a", name="A")
    assert Entry.objects.order_by("-id")[0].actor_name == "Ana Prado"


def test_a_bulk_update_leaves_an_entry_for_every_row(company: Company) -> None:
    company.brands(3)
    with acting(company.person, "rename", "new spelling"):
        Brand.objects.update(name="Same")
    entries = Entry.objects.filter(act="rename")
    assert sorted(entries.values_list("old", flat=True)) == [f'{{"name": "Brand {number}"}}' for number in range(3)]
    assert set(entries.values_list("new", "reason")) == {('{"name": "Same"}', "new spelling")}


def test_an_update_that_changes_nothing_leaves_no_entry(company: Company) -> None:
    company.brands(1)
    before = Entry.objects.count()
    with acting(company.person, "save"):
        Brand.objects.get().save()
    assert Entry.objects.count() == before


def test_passwords_never_reach_the_record(company: Company) -> None:
    with acting(company.person, "invite"):
        User.objects.create(email="bo@lumen.example", name="Bo", password="argon2$never")
    assert not Entry.objects.filter(new__contains="argon2").exists()


# --- Demo and clock ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", ["demo = NOT demo", "uid = gen_random_uuid()"])
def test_a_demo_can_not_become_real_nor_the_other_way_round(company: Company, change: str) -> None:
    before = contents("journal_installation")
    with acting(company.person, "act"):
        assert "Candour refuses" in refused(f"UPDATE journal_installation SET {change}")
    assert contents("journal_installation") == before


def test_the_installation_can_not_be_deleted(company: Company) -> None:
    assert "Candour refuses" in refused("DELETE FROM journal_installation")
    assert Installation.objects.count() == 1


def test_a_real_installation_ignores_the_demo_clock(company: Company) -> None:
    with demo_clock(THEN):
        assert database_now().year > THEN.year
        company.brands(1)
    entry = Entry.objects.order_by("-id")[0]
    assert (entry.at, entry.simulated) == (entry.written_at, False)
    assert entry.at.year > THEN.year


def test_a_demo_is_dated_by_its_own_clock_and_says_so(company: Company) -> None:
    forge("UPDATE journal_installation SET demo = true")
    with demo_clock(THEN):
        assert database_now() == THEN
        company.brands(1)
    entry = Entry.objects.order_by("-id")[0]
    assert (entry.at, entry.simulated) == (THEN, True)
    assert entry.written_at.year > THEN.year  # the machine's own clock stands beside it
    assert database_now().year > THEN.year


def test_before_an_installation_exists_the_clock_is_the_machines(transactional_db: None) -> None:
    with demo_clock(THEN), connection.cursor() as cursor:
        cursor.execute("SELECT candour_now() - clock_timestamp() < interval '1 minute'")
        assert cursor.fetchone()[0]
    assert DatabaseNow.function == "candour_now"
