"""The demo company's story through the real web, worker and database, in both forms of the log; then every line is searched for people.

What a person wrote, is called, or is reached by must stand in none of them: the demo's own people, handles, addresses and posts, and words
planted in every field, address, header and error that the test could think of.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import re
import smtplib
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from running import ROOT, Running, eventually, free_port
from test_candour import CANDOUR, READY

from candour.project.logs import Discreet, Json, Line
from candour.project.postgres import EmbeddedPostgres
from tests.soak.visitor import Unanswered, Visitor, field

THREAD = "/newsroom/hollinqvist-de/fragen/"
#: Words that stand in nothing the demo says by itself.
PLANTED = ("Plantagenet", "quittenmarmelade", "planted.person@nowhere.example", "@plantedhandle")
TEXT = f"{PLANTED[0]} nahm Zovellark und bekam {PLANTED[1]} {PLANTED[2]} {PLANTED[3]}"
#: This many words in a row are no accident.
SHINGLE = 5
Start = Callable[..., Running]


def secrets_of(server: EmbeddedPostgres) -> set[str]:
    """What must stand in no log, in small letters: everything of the database that people are called or wrote."""
    with psycopg.connect(server.conninfo()) as connection:
        ask = connection.execute
        names = [part for (name,) in ask("SELECT name FROM people_user WHERE NOT is_machine") for part in (name, name.split()[-1])]
        mails = [mail for (mail,) in ask("SELECT email FROM people_user WHERE NOT is_machine")]
        handles = [handle for (handle,) in ask("SELECT handle FROM registry_account WHERE handle <> ''")]
        posts = [text for (text,) in ask("SELECT text FROM listening_postversion")]
    authors = [json.loads(line)["author"] for file in sorted(ROOT.glob("candour/project/demo/posts/*.jsonl")) for line in file.open()]
    short = {one.casefold() for one in (*names, *mails, *handles, *authors, *PLANTED) if len(one) > 4}
    return short | {shingle for text in posts for shingle in shingles(text)}


def shingles(text: str) -> set[str]:
    words = text.casefold().split()
    return {" ".join(words[at : at + SHINGLE]) for at in range(len(words) - SHINGLE + 1)}


def told(lines: Iterable[str], secrets: set[str]) -> list[tuple[str, str]]:
    """Each secret that a line tells, with the line."""
    longer, single = {one for one in secrets if " " in one}, {one for one in secrets if " " not in one}
    found = []
    for line in lines:
        small = line.casefold()
        found += [(one, line) for one in single if re.search(rf"(?<!\w){re.escape(one)}(?!\w)", small)]
        words = small.split()
        found += [(one, line) for one in longer if len(words) >= len(one.split()) and one in " ".join(words)]
    return found


def test_the_search_finds_what_it_is_for() -> None:
    secrets = {"mira castellane", "castellane", "plantagenet", *shingles("Woke up, head silent. Suspicious again.")}
    assert told(["a sound line about case 12"], secrets) == []
    for line in ("sent to Mira  Castellane", "DETAIL: (Plantagenet)", '{"message": "post: woke up, head silent. suspicious now"}'):
        assert told([line], secrets)


@pytest.mark.parametrize("form", [Line, Json])
def test_an_error_is_told_without_its_words_and_the_usual_form_would_tell_them(form: type[logging.Formatter]) -> None:
    out, usual = io.StringIO(), io.StringIO()
    log = logging.Logger("of this test")
    for stream, formatter in ((out, form()), (usual, logging.Formatter())):
        one = logging.StreamHandler(stream)
        one.setFormatter(formatter)
        one.addFilter(Discreet())
        log.addHandler(one)
    try:
        try:
            raise KeyError(TEXT)
        except KeyError as error:
            raise ValueError(f"can't read {TEXT}") from error
    except ValueError:
        log.exception("It failed.", extra={"subject": {"post": 7}})
    log.warning("It was not mailed: %s", smtplib.SMTPRecipientsRefused({PLANTED[2]: (550, b"unknown")}))
    assert told(usual.getvalue().splitlines(), {PLANTED[0].casefold()})
    assert told(out.getvalue().splitlines(), {one.casefold() for one in PLANTED}) == []
    assert "ValueError" in out.getvalue() and "KeyError" in out.getvalue() and "test_logs.py" in out.getvalue()
    assert '"subject": {"post": 7}' in out.getvalue() or "post=7" in out.getvalue()


class Told:
    """A demo that ran with one form of the log: its lines, its secrets and the numbers its answers carried."""

    def __init__(self, form: str, server: EmbeddedPostgres, candour: Running, port: int) -> None:
        self.form, self.server, self.candour, self.port = form, server, candour, port
        self.numbers: dict[str, str] = {}

    def visit(self) -> None:
        visitor = Visitor(f"http://127.0.0.1:{self.port}")
        visitor.client.event_hooks["response"] = [self._note]
        self._as_stranger(visitor)
        visitor.sign_in("Mira Castellane")
        self._as_mira(visitor)
        self._break_things(visitor)
        visitor.close()

    def _note(self, answer: httpx.Response) -> None:
        self.numbers[answer.headers["x-request-id"]] = answer.request.url.path

    def _as_stranger(self, visitor: Visitor) -> None:
        page = visitor.get(THREAD).text
        sent = visitor.post(THREAD, {"form_token": field(page, "form_token"), "author": PLANTED[0], "text": TEXT})
        assert sent.status_code == 302
        visitor.get("/sign-in/")
        visitor.post("/sign-in/", {"email": PLANTED[2], "password": PLANTED[1]})
        visitor.post("/sign-in/", {"email": "mira@hollinqvist.example", "password": PLANTED[1]})

    def _as_mira(self, visitor: Visitor) -> None:
        cases = re.findall(r'href="(/cases/[\w-]+/)"', visitor.get("/cases/").text)
        for path in ("/", "/inbox/", cases[0], "/journal/", "/registry/", "/sources/", "/library/", "/training/", "/notices/"):
            visitor.get(path)
        page = visitor.get(cases[0]).text
        once = re.search(r'name="(once|form|form_token)" value="([^"]+)"', page)
        note = {once[1]: once[2]} if once else {}
        assert visitor.post(f"{cases[0]}note/", {**note, "text": TEXT}).status_code == 302
        for path in (f"/posts/?q={PLANTED[0]}", f"/palette/?q={PLANTED[1]}", f"/registry/{PLANTED[0]}/", f"/{PLANTED[1]}/{PLANTED[3]}"):
            visitor.get(path)
        visitor.post("/sources/atom-de/poll/", {})

    def _break_things(self, visitor: Visitor) -> None:
        """Whatever makes a web application complain."""
        client = visitor.client
        client.get("/", headers={"Host": f"{PLANTED[0]}.example"})
        client.post("/cases/", data={"text": TEXT}, headers={"Referer": f"https://{PLANTED[0]}.example/"})
        client.get(f"/?lang={PLANTED[1]}", headers={"X-Request-ID": PLANTED[0] * 3, "User-Agent": TEXT})
        with contextlib.suppress(Unanswered):
            visitor.post("/sign-in/", {"email": f"\x00{PLANTED[2]}", "password": "x"})
        client.post(
            "/import/", files={"file": (f"{PLANTED[0]}.csv", TEXT.encode())}, data={"csrfmiddlewaretoken": client.cookies["csrftoken"]}
        )
        with psycopg.connect(self.server.conninfo(), autocommit=True) as connection:
            for wrong in (
                f"SELECT '{PLANTED[0]}'::int",
                f"SELECT {PLANTED[1]} FROM people_user",
                f"INSERT INTO people_user (name) VALUES ('{TEXT}')",
            ):
                with pytest.raises(psycopg.Error):
                    connection.execute(wrong)
            job = "ARRAY[ROW('default', 'poll_source', 0, NULL, NULL, %s::jsonb, NULL)::procrastinate_job_to_defer_v1]"
            connection.execute(f"SELECT procrastinate_defer_jobs_v1({job})", [json.dumps({"source_id": TEXT})])
        eventually(lambda: any("poll_source" in line and "job_error" in line for line in self.candour.lines), "a job that fails")

    def heard(self) -> None:
        """Until the worker has taken the planted comment in and screened it."""

        def count() -> int:
            with psycopg.connect(self.server.conninfo()) as connection:
                return connection.execute("SELECT count(*) FROM listening_postversion WHERE text LIKE %s", [f"%{PLANTED[1]}%"]).fetchone()[
                    0
                ]

        eventually(count, "the planted comment as a post", within=120)
        time.sleep(3)

    def logs(self) -> list[str]:
        files = [path for path in (self.server.data / "logs").rglob("*") if path.is_file()]
        assert any(path.name == "database.log" for path in files)
        return [*self.candour.lines, *(line for path in files for line in path.read_text(errors="replace").splitlines())]


@pytest.fixture(params=["json", "line"])
def ran(request: pytest.FixtureRequest, start: Start, folder: Path) -> Iterator[tuple[Told, set[str]]]:
    """A demo founded, visited, worked for and stopped."""
    port, server = free_port(), EmbeddedPostgres(folder / "data")
    how = {"CANDOUR_LOG_FORMAT": request.param, "CANDOUR_LOG_REQUESTS": "1"}
    candour = start(how=lambda: Running([*CANDOUR, "run", "--data", folder / "data", "--port", port], how, cwd=ROOT))
    candour.wait_for(READY)
    one = Told(request.param, server, candour, port)
    one.visit()
    one.heard()
    secrets = secrets_of(server)
    assert candour.stop() == 0
    yield one, secrets


@pytest.mark.slow
def test_no_log_tells_a_name_a_handle_an_address_or_a_post(ran: tuple[Told, set[str]]) -> None:
    one, secrets = ran
    lines = one.logs()
    assert len(secrets) > 500 and len(one.numbers) > 20
    assert told(lines, secrets) == []
    assert told([*lines, f"a note: {TEXT}"], secrets), "the search would have found it"
    requests = [line for line in lines if "candour.request" in line]
    assert [number for number in one.numbers if not any(number in line for line in requests)] == [], "every answer's number is in the log"
    assert any("case-note" in line and "actor" in line for line in requests)
    assert not any("Traceback" in line for line in lines)
    if one.form == "json":
        _objects(one.candour.lines)


def _objects(lines: list[str]) -> None:
    found = [json.loads(line) for line in lines]
    assert [one for one in found if not {"time", "level", "part", "process", "message"} <= one.keys()] == []
    assert {one["part"] for one in found} >= {"candour", "setup", "database", "web", "worker"}
    [failed] = [one for one in found if "poll_source" in one["message"] and "job_error" in one["message"]]
    assert (failed["part"], failed["level"], type(failed["job"])) == ("worker", "error", int)
    assert failed["error"], "where it failed"
