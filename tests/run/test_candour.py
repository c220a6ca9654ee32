"""The real thing: `candour run` with its own web and worker, as a person starts it the first and the second time."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import psycopg
import pytest
from running import ROOT, Running, eventually, free_port, page

from candour.project.postgres import EmbeddedPostgres

pytestmark = pytest.mark.slow
Start = Callable[..., Running]
READY = "answers at http://127.0.0.1:"
CANDOUR = [sys.executable, "-m", "candour.project.cli"]


def candour(data: Path, port: int, *options: str) -> Running:
    return Running([*CANDOUR, "run", "--data", data, "--port", port, *options], cwd=ROOT)


def count(server: EmbeddedPostgres, table: str) -> int:
    with psycopg.connect(server.conninfo()) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def the_figures_are_of_all_processes(port: int) -> None:
    """Whichever of the web processes answers, it tells what all of them did, and what the worker did."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        for _ in range(12):
            client.get("/healthz", headers={"Connection": "close"})
        worked = 'candour_job_seconds_count{job="send_due",outcome="ended"}'
        eventually(lambda: worked in client.get("/metrics").text, "a job")
        looks = [client.get("/metrics", headers={"Connection": "close"}).text for _ in range(8)]
    assert all('candour_request_seconds_count{route="healthz",status="2xx"} 12.0' in look for look in looks)
    assert all(worked in look for look in looks)


def the_approved_picture_is_shown(server: EmbeddedPostgres, port: int) -> None:
    """One approved message of the demo has a picture, and the newsroom gives its very bytes to everybody."""
    approved = (
        "approval_approvedmessage m JOIN approval_draftversion v ON v.id = m.version_id JOIN newsroom_item i ON i.picture = v.picture_id"
    )
    with psycopg.connect(server.conninfo()) as connection:
        ((digest, said),) = connection.execute(f"SELECT v.picture_id, i.alt_text FROM {approved}").fetchall()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        answer = client.get(f"/newsroom/pictures/{digest}/")
    assert (answer.headers["content-type"], hashlib.sha256(answer.content).hexdigest()) == ("image/png", digest)
    assert said.startswith("Ein Blatt mit zwei Seiten")


def test_an_empty_start_a_sound_doctor_and_a_second_start(start: Start, folder: Path) -> None:
    data, port = folder / "data", free_port()
    first = start(data, port, "--empty", how=candour)
    first.wait_for(READY)
    assert "<html" in page(port)
    doctor = subprocess.run([*CANDOUR, "doctor", "--json", "--data", data], capture_output=True, text=True, check=False, cwd=ROOT)
    assert [row for row in json.loads(doctor.stdout) if not row["ok"]] == []
    assert doctor.returncode == 0
    the_figures_are_of_all_processes(port)
    assert first.stop() == 0
    assert first.processes() == []
    again = start(data, port, how=candour)
    again.wait_for(READY)
    assert (data / "installation").read_text() == "company\n"
    assert again.stop() == 0
    assert again.processes() == []


def test_the_demo_is_there_once_and_survives_a_kill_of_everything(start: Start, folder: Path) -> None:
    data, port = folder / "data", free_port()
    first = start(data, port, how=candour)
    first.wait_for(READY)
    server = EmbeddedPostgres(data)
    people = count(server, "people_user")
    assert people > 10
    the_approved_picture_is_shown(server, port)
    first.clear()
    second = start(data, port, how=candour)
    second.wait_for(READY)
    assert count(server, "people_user") == people
    assert "<html" in page(port)
    assert second.stop() == 0
    assert first.processes() == second.processes() == []


def test_a_demo_killed_while_it_is_told_is_told_again(start: Start, folder: Path) -> None:
    data, port = folder / "data", free_port()
    first = start(data, port, how=candour)
    first.wait_for("sixty days")
    first.clear()
    second = start(data, port, how=candour)
    second.wait_for(READY)
    assert count(EmbeddedPostgres(data), "registry_company") == 1
    assert count(EmbeddedPostgres(data), "registry_company WHERE set_up_at IS NULL") == 0
    assert second.stop() == 0


def test_web_and_worker_survive_a_restart_of_the_database(start: Start, folder: Path) -> None:
    data, port = folder / "data", free_port()
    running = start(data, port, "--empty", how=candour)
    running.wait_for(READY)
    os.kill(EmbeddedPostgres(data).pid(), signal.SIGKILL)
    running.wait_for("database | answers again")
    eventually(lambda: "<html" in (page(port) or ""), "a page")
    eventually(lambda: running.processes("candour.project.worker"), "a worker")
    assert running.stop() == 0
    assert running.processes() == []
