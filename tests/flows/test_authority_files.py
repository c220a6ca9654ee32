"""The monthly file for an authority: what was first used in the month and nothing else, in data and on paper, with hashes that hold."""

from __future__ import annotations

import hashlib
import io
import json
from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils.translation import override
from pypdf import PdfReader

from candour.core.signing import content_digest
from candour.flows import authority
from candour.flows import authority_files as files
from candour.flows.answers import Refusal
from candour.journal.acting import acting
from candour.messages.models import ApprovedMessage, FilingDuty, Publication
from candour.project import cli
from candour.project.commands import authority as command
from tests import approve_factories, factories
from tests import authority_factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick(settings: Any) -> None:
    settings.PASSWORD_HASHERS = approve_factories.QUICK_HASHERS


def month_of(at: datetime) -> str:
    return f"{at:%Y-%m}"


NOW = datetime(2031, 6, 20, 12, tzinfo=UTC)


def in_use(on: make.Country, text: str, at: datetime, *, title: str = "A text") -> ApprovedMessage:
    """A message that was first used at an instant and owes its Form 2253 where the market asks for one."""
    message = make.approved(on, text, title=title)
    make.used(on, message, at)
    if on.market == "us":
        with acting(on.lead, "test"):
            FilingDuty.objects.create(
                message=message,
                gate="form2253",
                market="us",
                rule="US-11-FORM2253",
                law="21 CFR",
                digest=content_digest(bytes(message.exact)),
                opened_at=at,
            )
    return message


def test_what_was_first_used_in_the_month_is_listed_by_the_days_of_the_market() -> None:
    on = make.country("us")
    last_minute = datetime(2031, 6, 1, 3, 59, tzinfo=UTC)  # still 31 May in New York
    may = in_use(on, make.US, last_minute, title="In May")
    june = in_use(on, f"{make.US} Ask us.", last_minute + timedelta(minutes=1), title="In June")
    make.used(on, may, NOW)  # used again: it was first used in May
    make.approved(on, f"{make.US} Never sent.", title="Never")
    assert [item.title for item in files.listing("us", "2031-05", NOW).items] == ["In May"]
    (item,) = files.listing("us", "2031-06", NOW).items
    assert (item.message, item.product, item.substance, item.first_used_on) == (june.key, "Mivrantel", "orvacept", "2031-06-01")
    assert (item.digest, item.uses[0].account, item.on_file) == (june.digest, "hollinqvist.us", ())
    assert files.listing("us", "2031-04", NOW).items == ()


def test_only_what_the_form_is_owed_for_is_on_its_list() -> None:
    on = make.country("us")
    make.used(on, make.approved(on, make.US), NOW - timedelta(days=1))
    assert files.listing("us", "2031-06", NOW).items == ()


def test_live_channels_are_listed_with_the_days_of_activity() -> None:
    on = make.country("us")
    in_use(on, make.US, NOW - timedelta(days=9))
    in_use(on, f"{make.US} Ask us.", NOW - timedelta(days=2))
    factories.account("bluesky-us", network="bluesky", handle="quiet.example", market_code="us")
    busy, quiet = files.listing("us", "2031-06", NOW).channels
    assert (busy.account, busy.first_active_on, busy.last_active_on, busy.messages) == ("hollinqvist.us", "2031-06-11", "2031-06-18", 2)
    assert (quiet.account, quiet.first_active_on, quiet.messages) == ("quiet.example", "", 0)


def test_the_hashes_of_the_manifest_hold_and_the_same_data_gives_the_same_paper() -> None:
    on = make.country("nl")
    in_use(on, make.NL, NOW - timedelta(days=1))
    made = files.listing("nl", "2031-06", NOW)
    found = files.bundle(made)
    assert files.bundle(made) == found
    manifest = json.loads(found[files.MANIFEST])
    assert set(manifest["files"]) == set(found) - {files.MANIFEST} == {"art98-nl-2031-06.json", "art98-nl-2031-06.pdf"}
    for name, said in manifest["files"].items():
        assert said == {"sha256": hashlib.sha256(found[name]).hexdigest(), "bytes": len(found[name])}
    data = json.loads(found["art98-nl-2031-06.json"])
    assert data["items"][0]["text"] == make.NL and "live_channels" not in data
    assert hashlib.sha256(found["art98-nl-2031-06.json"]).hexdigest() in words_of(found["art98-nl-2031-06.pdf"])


def yesterday() -> date:
    """A day that has come in every market, also where it is still the day before."""
    return factories.now().date() - timedelta(days=1)


def words_of(pdf: bytes) -> str:
    """The words of a PDF in one line."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_the_paper_has_the_rows_and_speaks_the_readers_language() -> None:
    on = make.country("us")
    for number in range(30):
        in_use(on, f"{make.US} Text {number}.", NOW - timedelta(days=1), title=f"Item {number:02} #[*not markup*]")
    authority.enter(
        on.regulatory, ApprovedMessage.objects.order_by("pk").first(), "form2253", "us", "NDA 219999, 0042",
        yesterday(), factories.now(),
    )  # fmt: skip
    found = files.bundle(files.listing("us", "2031-06", NOW))["form2253-us-2031-06.pdf"]
    words = words_of(found)
    assert len(PdfReader(io.BytesIO(found)).pages) > 1
    for number in range(30):
        assert f"Item {number:02} #[*not markup*]" in words
    for said in ("Items for Form FDA 2253", "Mivrantel (orvacept)", "NDA 219999, 0042", "2031-06-19", "hollinqvist.us", "Live channels"):
        assert said in words
    with override("de"):
        assert "Werbemittel für Formblatt FDA 2253" in words_of(
            files.bundle(files.listing("us", "2031-06", NOW))["form2253-us-2031-06.pdf"]
        )


@pytest.mark.parametrize("month", ["2031-13", "2031", "", "9999-12-01", "31-06", "2031-06\x00", "٢٠٣١-٠٦"])
def test_a_month_that_is_none_is_refused(month: str) -> None:
    make.country("us")
    with pytest.raises(Refusal) as refused:
        files.listing("us", month, NOW)
    assert refused.value.status == 400


@pytest.mark.parametrize(("market", "month"), [("us", "2031-07"), ("us", "9999-12"), ("xx", "2031-06"), ("jp", "2031-06")])
def test_a_month_to_come_and_a_market_without_such_a_file_are_refused(market: str, month: str) -> None:
    make.country("us")
    factories.market("jp", "Japan", "Asia/Tokyo")
    with pytest.raises(Refusal):
        files.listing(market, month, NOW)


def test_an_entry_that_was_withdrawn_is_not_on_file() -> None:
    on = make.country("nl")
    message = in_use(on, make.NL, NOW - timedelta(days=1))
    entry = authority.enter(on.regulatory, message, "authority_number", "nl", make.KOAG, yesterday(), factories.now())
    assert [row.number for row in files.listing("nl", "2031-06", NOW).items[0].on_file] == [make.KOAG]
    authority.withdraw(on.regulatory, entry, "wrong", factories.now())
    assert files.listing("nl", "2031-06", NOW).items[0].on_file == ()
    assert Publication.objects.count() == 1


def typed(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The exit code of `candour authority list`, on the database of this test."""
    monkeypatch.setattr(command, "with_django", lambda _data: nullcontext())
    monkeypatch.setattr(command.folder, "existing", lambda data: data)
    return cli.outcome(["authority", "list", *arguments])


def test_the_command_writes_the_files_to_an_empty_folder_and_says_their_digests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    on, month = make.country("nl"), month_of(factories.now())
    in_use(on, make.NL, factories.now())
    target = tmp_path / "file"
    assert typed(monkeypatch, "--market", "NL", "--month", month, "-o", str(target), "--json") == 0
    said = json.loads(capsys.readouterr().out)
    for name, sums in said["files"].items():
        assert hashlib.sha256((target / name).read_bytes()).hexdigest() == sums["sha256"]
    before = {path.name: path.read_bytes() for path in target.iterdir()}
    assert typed(monkeypatch, "--market", "nl", "--month", month, "-o", str(target)) == 2
    assert "holds files already" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in target.iterdir()} == before


@pytest.mark.parametrize(("market", "month", "words"), [("jp", "2026-01", "No law"), ("nl", "2026-13", "That is no month")])
def test_the_command_says_in_one_sentence_what_is_wrong_and_writes_nothing(
    market: str, month: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make.country("nl")
    factories.market("jp", "Japan", "Asia/Tokyo")
    assert typed(monkeypatch, "--market", market, "--month", month, "-o", str(tmp_path / "file")) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "file").exists()
