"""Doors for scripts: the rights and refusals of the screens, told in JSON; what is refused changes nothing and leaves a trace."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from candour.core.rights import Function
from candour.flows import annotate
from candour.flows import publish as publishing
from candour.journal import exports, sealing
from candour.journal.models import Entry
from candour.messages.models import ApprovedMessage, Pause, Publication, ReuseProof
from candour.people.models import User
from candour.project import cli
from candour.project.commands import in_person
from tests import approve_factories as approving
from tests import factories
from tests.reuse_factories import GERMAN, Abroad, abroad

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(settings: Any, tmp_path: Path) -> Iterator[Abroad]:
    settings.PASSWORD_HASHERS = approving.QUICK_HASHERS
    settings.DATA, settings.KEYS = tmp_path, tmp_path / "keys"
    sealing.forget_floor()
    exports.forget_file()
    yield abroad()
    sealing.forget_floor()
    exports.forget_file()


@pytest.fixture
def plain(place: Abroad) -> ApprovedMessage:
    return approving.approved(place.home, GERMAN, title="Ein Tagebuch für die Migräne", product=None)


def door(person: User | None, name: str, *args: Any, form: dict[str, Any] | None = None, **query: str) -> Any:
    """What the door answers to this person: a form when one is given, else a look."""
    client = Client()
    if person is not None:
        client.force_login(person)
    address = reverse(name, args=args)
    return client.get(address, query) if form is None else client.post(address, form)


def test_nobody_is_let_in_without_a_session(plain: ApprovedMessage) -> None:
    for answer in (door(None, "api-calendar"), door(None, "api-pauses", form={}), door(None, "api-reuse-answers", plain.key)):
        assert (answer.status_code, answer.json()["why"]) == (401, "Nobody is signed in.")


def test_a_form_needs_the_token_of_its_session(place: Abroad) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(place.home.lead)
    form = {"market": "de", "reason": "recall", "secret": factories.PASSWORD}
    assert client.post(reverse("api-pauses"), form).status_code == 403
    assert Pause.objects.count() == 0


def test_a_reuse_is_answered_ordered_and_proven(place: Abroad, plain: ApprovedMessage) -> None:
    (row,) = door(place.lead, "api-reuse-answers", plain.key, market="ch").json()["answers"]
    assert (row["market"], row["answer"], row["asked"]) == ("ch", "live", [])
    assert {one["market"] for one in door(place.lead, "api-reuse-answers", plain.key).json()["answers"]} >= {"ch", "fr"}
    order = {"seen": "0" * 64, "secret": factories.PASSWORD}
    refused = door(place.lead, "api-reuse-order", plain.key, "ch", form=order)
    assert refused.status_code == 409 and ReuseProof.objects.count() == 0
    assert Entry.objects.filter(act="reuse.refused", subject="refusal", key=f"{plain.key} ch").count() == 1
    wrong = door(place.lead, "api-reuse-order", plain.key, "ch", form={"seen": row["seen"], "secret": "wrong"})
    assert wrong.status_code == 403 and ReuseProof.objects.count() == 0
    kept = door(place.lead, "api-reuse-order", plain.key, "ch", form=order | {"seen": row["seen"]}).json()
    assert (kept["answer"], kept["market"], kept["whole"]) == ("live", "ch", True)
    assert door(place.lead, "api-reuse-proof", kept["proof"]).json() == kept
    stranger = factories.person("Nobody", Function.LISTENER)
    assert door(stranger, "api-reuse-proof", kept["proof"]).status_code == 404


def test_the_proof_as_a_paper_says_what_the_page_says(place: Abroad, plain: ApprovedMessage) -> None:
    row = door(place.lead, "api-reuse-answers", plain.key, market="ch").json()["answers"][0]
    kept = door(place.lead, "api-reuse-order", plain.key, "ch", form={"seen": row["seen"], "secret": factories.PASSWORD}).json()
    answer = door(place.lead, "reuse-paper", kept["proof"])
    words = " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages).split())
    for said in ("from DE to CH", place.lead.name, kept["digest"], "reuse without further review", "Migräne", "the same words"):
        assert said in words
    assert reverse("reuse-paper", args=[kept["proof"]]) in door(place.lead, "reuse-proof", kept["proof"]).content.decode()


def test_the_calendar_tells_what_the_reader_may_see(place: Abroad, plain: ApprovedMessage) -> None:
    on, at = place.home, factories.now() + timedelta(days=3)
    row = publishing.publish(on.author, plain, on.account, factories.now(), due_at=at)
    (told,) = door(on.author, "api-calendar").json()["publications"]
    assert (told["publication"], told["state"], told["message"]) == (row.pk, "held", plain.key)
    assert door(on.author, "api-calendar", market="fr").json()["publications"] == []
    assert door(on.author, "api-calendar", to=(at - timedelta(days=1)).isoformat()).json()["publications"] == []
    assert door(factories.person("Nobody", Function.LISTENER), "api-calendar").json()["publications"] == []
    for wrong in ({"from": "tomorrow"}, {"from": "2026-11-26T09:00"}, {"to": "2001-01-01T00:00+00:00"}):
        assert door(on.author, "api-calendar", **wrong).status_code == 400


def test_pauses_are_set_listed_lifted_and_what_waits_is_decided(place: Abroad, plain: ApprovedMessage) -> None:
    on = place.home
    form = {"market": "de", "reason": "recall", "secret": factories.PASSWORD}
    assert door(on.author, "api-pauses", form=form).status_code == 403
    assert door(on.lead, "api-pauses", form=form | {"reason": ""}).status_code == 400
    assert door(on.lead, "api-pauses", form=form | {"product": "none-such"}).status_code == 400
    assert door(on.lead, "api-pauses", form=form | {"secret": "wrong"}).status_code == 403
    assert Pause.objects.count() == 0 and Entry.objects.filter(act="publication.pause.refused").count() == 4
    row = publishing.publish(on.author, plain, on.account, factories.now(), due_at=factories.now() + timedelta(hours=1))
    number = door(on.lead, "api-pauses", form=form).json()["pause"]
    publishing.send_due(on.author, factories.now() + timedelta(hours=2))
    told = door(on.author, "api-pauses").json()
    assert [one["pause"] for one in told["pauses"]] == [number] and [one["publication"] for one in told["waiting"]] == [row.pk]
    assert door(on.author, "api-pause-end", number, form={"reason": "over", "secret": factories.PASSWORD}).status_code == 403
    assert door(on.author, "api-decide", row.pk, form={"decision": "send"}).status_code == 409
    ended = door(on.lead, "api-pause-end", number, form={"reason": "over", "secret": factories.PASSWORD}).json()
    assert (ended["ended_by"], ended["ended_why"]) == (on.lead.name, "over")
    assert door(on.author, "api-decide", row.pk, form={"decision": "perhaps"}).status_code == 400
    assert door(on.medical, "api-decide", row.pk, form={"decision": "drop"}).status_code == 403
    assert Publication.objects.get(pk=row.pk).state == "waiting"
    assert door(on.author, "api-decide", row.pk, form={"decision": "drop"}).json()["state"] == "taken_back"


def test_notes_are_read_by_who_sees_the_draft(place: Abroad) -> None:
    on = place.home
    review = approving.review(on, f"{approving.MENDED} Fragen Sie uns.")
    annotate.annotate(on.medical, review, "must_fix", "shorter", factories.now(), quote="Fragen Sie uns.", role="medical")
    (told,) = door(on.author, "api-notes", review.draft_id).json()["notes"]
    assert (told["words"], told["quote"], told["by"], told["role"]) == ("shorter", "Fragen Sie uns.", on.medical.name, "medical")
    assert door(factories.person("Nobody", Function.LISTENER), "api-notes", review.draft_id).status_code == 404


def seal() -> None:
    while sealing.seal() is not None:
        pass


def test_a_pack_by_page_and_door(place: Abroad, plain: ApprovedMessage) -> None:
    auditor = factories.person("Hanne Oyelaran", Function.AUDITOR)
    seal()
    pack = door(auditor, "api-inspection", plain.key, form={"purpose": "visit"})
    with zipfile.ZipFile(io.BytesIO(pack.content)) as archive:
        assert {"manifest.json", "pack.pdf", "verify_pack.py"} <= set(archive.namelist())
    assert pack.headers["X-Manifest-SHA256"] in Entry.objects.filter(subject="inspection").get().new
    seal()
    paper = door(auditor, "message-inspect", plain.key, form={"paper": "1"})
    assert paper.content.startswith(b"%PDF-") and "inspection-" in paper.headers["Content-Disposition"]
    assert reverse("message-inspect", args=[plain.key]) in door(auditor, "message", plain.key).content.decode()
    assert reverse("message-inspect", args=[plain.key]) not in door(place.home.author, "message", plain.key).content.decode()
    refused = door(place.home.author, "api-inspection", plain.key, form={})
    assert refused.status_code == 403 and Entry.objects.filter(act="message.inspect").count() == 2
    assert Entry.objects.filter(act="message.inspect.refused", key=plain.key).count() == 1
    assert "being sealed" in door(auditor, "message-inspect", plain.key, form={}).content.decode()


# the commands


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Type a command in somebody's name; its exit code."""
    from contextlib import nullcontext

    monkeypatch.setattr(in_person, "with_django", lambda data: nullcontext())
    monkeypatch.setattr(in_person.folder, "existing", lambda data: data)
    secret = tmp_path / "secret"
    secret.write_text(f"{factories.PASSWORD}\n")
    return lambda who, *words: cli.outcome([*words, "--as", who.email, "--secret-file", str(secret), "--data", str(tmp_path)])


def test_the_commands_do_the_same(
    place: Abroad, plain: ApprovedMessage, typed: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    on, auditor = place.home, factories.person("Hanne Oyelaran", Function.AUDITOR)
    row = publishing.publish(on.author, plain, on.account, factories.now(), due_at=factories.now() + timedelta(days=1))
    seal()
    assert typed(auditor, "inspect", plain.key, str(tmp_path / "pack.zip"), "--for", "visit") == 0
    assert zipfile.is_zipfile(tmp_path / "pack.zip")
    assert typed(auditor, "inspect", plain.key, str(tmp_path / "pack.zip")) == 2  # it is there already
    assert typed(auditor, "inspect", plain.key, str(tmp_path / "second.zip")) == 0  # nobody else seals, and the first taking is an entry
    assert typed(on.author, "calendar", "list", "--market", "de") == 0
    assert f"publication {row.pk}" in capsys.readouterr().out
    assert typed(place.lead, "reuse", "answer", plain.key, "--market", "ch") == 0
    seen = capsys.readouterr().out.split("seen ")[1].strip()
    assert typed(place.lead, "reuse", "ask", plain.key, "ch", "--seen", seen) == 0
    kept = ReuseProof.objects.get()
    assert typed(place.lead, "reuse", "proof", str(kept.pk), "-o", str(tmp_path / "proof.pdf")) == 0
    assert (tmp_path / "proof.pdf").read_bytes().startswith(b"%PDF-")
    assert typed(on.lead, "pauses", "set", "--market", "de", "--reason", "recall") == 0
    assert typed(on.lead, "pauses", "list") == 0 and "recall" in capsys.readouterr().out
    assert typed(on.lead, "pauses", "lift", str(Pause.objects.get().pk), "--reason", "over") == 0
    assert typed(on.author, "pauses", "decide", str(row.pk), "drop") == 0
    assert Publication.objects.get(pk=row.pk).state == "taken_back"
    assert typed(on.author, "notes", str(plain.draft_id)) == 0


def test_a_refused_command_ends_with_one_and_changes_nothing(
    place: Abroad, plain: ApprovedMessage, typed: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    on = place.home
    seal()
    assert typed(on.author, "inspect", plain.key, str(tmp_path / "pack.zip")) == 1
    assert not (tmp_path / "pack.zip").exists() and "You hold no function" in capsys.readouterr().err
    assert typed(on.author, "pauses", "set", "--market", "de", "--reason", "recall") == 1
    assert typed(place.lead, "reuse", "ask", plain.key, "ch", "--seen", "0") == 1
    assert typed(place.lead, "reuse", "ask", plain.key, "xx", "--seen", "0") == 1
    assert (Pause.objects.count(), ReuseProof.objects.count()) == (0, 0)
    (tmp_path / "secret").write_text("wrong")
    assert typed(on.lead, "pauses", "set", "--market", "de", "--reason", "recall") == 1
    assert Pause.objects.count() == 0 and "password" in capsys.readouterr().err
    assert typed(on.author, "calendar", "list", "--from", "tomorrow") == 2
