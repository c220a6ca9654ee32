"""Import as a screen: nothing is written before the reader says so, and no reader opens another's file."""

from __future__ import annotations

import json
from pathlib import Path

import factories
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from candour.core.rights import Function
from candour.journal.models import Entry
from candour.listening.models import Post
from candour.people.models import User
from candour.registry.models import Account
from candour.web import imports as screen

pytestmark = pytest.mark.django_db
TABLE = "network,handle,market,purpose\nbluesky,a.example,de,=1+1\nbluesky,b.example,zz,x\n"


@pytest.fixture(autouse=True)
def ground(tmp_path: Path, settings) -> Path:
    settings.DATA = tmp_path
    factories.installation()
    factories.market("de")
    return tmp_path


@pytest.fixture
def lead(client: Client) -> User:
    person = factories.person("Lena Osterkamp", Function.COE_LEAD)
    client.force_login(person)
    return person


def bring(client: Client, text: str | bytes = TABLE, name: str = "accounts.csv", kind: str = "accounts", **more: str):
    data = text.encode() if isinstance(text, str) else text
    return client.post(reverse("import"), {"file": SimpleUploadedFile(name, data), "kind": kind, **more})


def kept(folder: Path) -> list[str]:
    return [file.name for file in (folder / "imports").glob("*")] if (folder / "imports").exists() else []


def run_of(answer) -> str:
    return answer.url + "run/"


def test_the_preview_shows_each_row_and_writes_nothing(client: Client, lead: User) -> None:
    before = Entry.objects.count()
    text = client.get(bring(client).url).content.decode()
    assert "Import 1 row" in text and "a.example" in text and "The market ZZ is not registered" in text
    assert Account.objects.count() == 0 and Entry.objects.count() == before


def test_the_import_writes_what_was_shown_and_takes_the_file_away(client: Client, lead: User, ground: Path) -> None:
    answer = bring(client)
    assert len(kept(ground)) == 1
    done = client.post(run_of(answer)).content.decode()
    assert "2 rows: 1 written, 0 here already, 1 refused." in done
    assert Account.objects.get().purpose == "=1+1" and kept(ground) == []
    assert client.post(run_of(answer)).status_code == 404


def test_a_second_import_of_the_same_file_has_nothing_to_write(client: Client, lead: User) -> None:
    client.post(run_of(bring(client)))
    text = client.get(bring(client).url).content.decode()
    assert "Nothing to import" in text


def test_cells_of_strangers_are_shown_and_never_act(client: Client, lead: User) -> None:
    text = "network,handle,market\nbluesky,<script>alert(1)</script>,de\nbluesky,a\u202eb,de\n"
    page = client.get(bring(client, text).url).content.decode()
    assert "<script>alert" not in page and "&lt;script&gt;" in page and "U+202E" in page


def test_wrong_columns_are_chosen_and_kept_under_a_name(client: Client, lead: User) -> None:
    text = "wo,wer,in\nbluesky,a.example,de\n"
    answer = bring(client, text)
    assert "no column for" in client.get(answer.url).content.decode()
    choice = {"column-network": "wo", "column-handle": "wer", "column-market": "in", "save_as": "Our list"}
    client.post(answer.url + "columns/", choice)
    assert "Import 1 row" in client.get(answer.url).content.decode()
    again = bring(client, text.replace("a.example", "b.example"), profile="Our list")
    client.post(run_of(again))
    assert Account.objects.filter(handle="b.example").exists()


def test_posts_come_in_step_by_step_and_only_once(client: Client, lead: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "STEP", 2)
    lines = "\n".join(json.dumps({"id": f"p{n}", "text": f"A quiet word {n}", "lang": "en"}) for n in range(5))
    answer = bring(client, lines, "posts.jsonl", "posts", market="de")
    assert "Import 5 rows" in client.get(answer.url).content.decode()
    first = client.post(run_of(answer), {"total": "5"}).content.decode()
    assert "2 of 5 rows are in" in first and Post.objects.count() == 2
    client.post(run_of(answer))
    assert "5 rows: 5 written" in client.post(run_of(answer)).content.decode()
    assert Post.objects.count() == 5
    assert "Nothing to import" in client.get(bring(client, lines, "posts.jsonl", "posts", market="de").url).content.decode()


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("", "a.csv", "not empty"),
        ("x", "a.xlsx", "CSV or JSON lines"),
        ("x", "a", "CSV or JSON lines"),
    ],
)
def test_what_can_not_be_read_is_refused_and_not_kept(client: Client, lead: User, ground: Path, text: str, name: str, words: str) -> None:
    answer = bring(client, text, name)
    assert answer.status_code == 400 and words in answer.content.decode() and kept(ground) == []


def test_a_file_without_text_column_says_so(client: Client, lead: User) -> None:
    answer = client.get(bring(client, "a,b\n1,2\n", "posts.csv", "posts").url)
    assert answer.status_code == 400 and "no column text" in answer.content.decode() and "Nothing was written" in answer.content.decode()


def test_too_large_is_refused(client: Client, lead: User, ground: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "MOST_BYTES", 10)
    assert bring(client).status_code == 400 and kept(ground) == []


@pytest.mark.parametrize("function", [Function.AUDITOR, Function.AUTHOR, Function.DRUG_SAFETY])
def test_who_may_not_import_finds_no_screen(client: Client, ground: Path, function: Function) -> None:
    client.force_login(factories.person("Reader", function))
    assert client.get(reverse("import")).status_code == 404
    assert bring(client).status_code == 404 and kept(ground) == []


def test_a_community_manager_imports_posts_and_no_accounts(client: Client, ground: Path) -> None:
    client.force_login(factories.person("Mira", Function.COMMUNITY_MANAGER, markets=("de",)))
    assert bring(client).status_code == 403 and kept(ground) == []
    answer = bring(client, '{"id": "1", "text": "Hello there"}', "posts.jsonl", "posts", market="fr")
    assert client.post(run_of(answer)).status_code == 403 and Post.objects.count() == 0


def test_another_persons_file_is_not_here(client: Client, lead: User) -> None:
    answer = bring(client)
    other = Client()
    other.force_login(factories.person("Other Lead", Function.COE_LEAD))
    assert other.get(answer.url).status_code == 404
    assert other.post(run_of(answer)).status_code == 404 and Account.objects.count() == 0


def test_a_token_is_no_path(client: Client, lead: User) -> None:
    for token in ("..", "x" * 32, "0" * 31):
        assert client.get(f"/import/{token}/").status_code == 404
