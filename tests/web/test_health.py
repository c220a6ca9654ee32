"""What a watching machine is told: alive, ready part by part, figures; nothing of it to strangers, and never a secret."""

from __future__ import annotations

from datetime import timedelta

import factories
import pytest
from django.db import OperationalError, connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from candour.insight import health_queries
from candour.journal.models import Entry
from candour.journal.sealing import forget_floor, seal

pytestmark = pytest.mark.django_db


def sql(words: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(words, values)


@pytest.fixture
def at_work() -> None:
    """An installation whose worker has just spoken."""
    factories.installation()
    sql("DELETE FROM procrastinate_workers")
    sql("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")


def parts(client: Client) -> tuple[int, dict[str, str]]:
    answer = client.get("/readyz")
    return answer.status_code, answer.json()["parts"]


FINE = {"database": "ok", "migrations": "ok", "worker": "ok", "sealing": "ok"}


def test_alive_asks_nothing_of_the_database(client: Client, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_ready_when_every_part_is(client: Client, at_work: None) -> None:
    assert parts(client) == (200, FINE)


def test_a_silent_worker_is_named(client: Client, at_work: None) -> None:
    sql("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '41 seconds'")
    assert parts(client) == (503, FINE | {"worker": "silent"})
    sql("DELETE FROM procrastinate_workers")
    assert parts(client) == (503, FINE | {"worker": "absent"})


def test_a_migration_that_waits_is_named(client: Client, at_work: None) -> None:
    sql("DELETE FROM django_migrations WHERE app = 'cases' AND name = '0003_receipts'")
    status, told = parts(client)
    assert (status, told["migrations"]) == (503, "waiting")


def test_code_older_than_the_structure_is_ready(client: Client, at_work: None) -> None:
    sql("INSERT INTO django_migrations (app, name, applied) VALUES ('cases', '9999_of_the_next_release', now())")
    assert parts(client) == (200, FINE)


def test_sealing_that_is_behind_is_named_until_it_has_caught_up(client: Client, at_work: None, monkeypatch: pytest.MonkeyPatch) -> None:
    factories.person("Mira Castellane")
    assert Entry.objects.exists()
    monkeypatch.setattr(health_queries, "BEHIND_AFTER", -1.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.SEAL_EVERY_SECONDS", 0.0)
        assert parts(client) == (503, FINE | {"sealing": "behind"})
    assert health_queries.sealing_lag() > 0


@pytest.mark.django_db(transaction=True)
def test_the_lag_ends_with_the_seal() -> None:
    factories.installation()
    factories.person("Mira Castellane")
    forget_floor()
    assert health_queries.sealing_lag() > 0
    assert seal() is not None
    assert health_queries.sealing_lag() == 0


def test_a_database_that_is_away_is_one_word_without_its_address(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError("could not connect to host db.inside as candour, password wrong")

    monkeypatch.setattr(connection, "ensure_connection", away)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["parts"]["database"]) == (503, "away")
    assert "inside" not in answer.content.decode()


class TestMetrics:
    """Prometheus text for this machine or the holder of the token."""

    def values(self, client: Client) -> dict[str, float]:
        text = client.get("/metrics").content.decode()
        found = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
        return {sample.name + "".join(sample.labels.values()): sample.value for sample in found}

    def test_open_cases_are_counted_by_clock(self, client: Client, at_work: None) -> None:
        case = factories.case()
        for due, state in ((-1, "late"), (1, "near"), (9, "in_time")):
            with factories.acting(factories.founder(), "test"):
                type(case).objects.filter(pk=case.pk).update(next_due_at=factories.now() + timedelta(hours=due))
            told = self.values(client)
            assert {name: told[f"candour_cases_open{name}"] for name in ("late", "near", "in_time")} == {
                name: float(name == state) for name in ("late", "near", "in_time")
            }

    def test_waiting_jobs_and_their_age(self, client: Client, at_work: None) -> None:
        before = self.values(client)["candour_jobs_waiting"]
        sql("SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('q', 't', 0, NULL, NULL, '{}'::jsonb, NULL)::procrastinate_job_to_defer_v1])")
        told = self.values(client)
        assert told["candour_jobs_waiting"] == before + 1
        assert told["candour_oldest_job_seconds"] >= 0

    @pytest.mark.parametrize("meta", [{"REMOTE_ADDR": "10.0.0.7"}, {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}])
    def test_nobody_else_reads_them_without_the_token(self, client: Client, settings, meta: dict[str, str]) -> None:
        for token, told in (("", ""), ("", "Bearer "), ("secret", "Bearer wrong"), ("secret", "")):
            settings.METRICS_TOKEN = token
            answer = client.get("/metrics", HTTP_AUTHORIZATION=told, **meta)
            assert (answer.status_code, answer.content) == (404, b"")
        assert client.get("/metrics", HTTP_AUTHORIZATION="Bearer secret", **meta).status_code == 200
