"""Rules as a workbook on the screens: differences first, kept on a second word as they were seen, judging only once signed."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from candour.core.rights import Function
from candour.flows.releases import active_pack, proposed_pack
from candour.journal.models import Entry
from candour.packs.loader import load_market
from candour.packs.rule_sheet import COLUMNS
from tests import approve_factories as make
from tests import factories

pytestmark = pytest.mark.django_db
RULE = "DE-04-MISLEAD"


@pytest.fixture
def on(settings: Any, tmp_path: Path) -> make.Ground:
    settings.PASSWORD_HASHERS = make.QUICK_HASHERS
    settings.DATA = tmp_path
    return make.ground()


@pytest.fixture
def lead(on: make.Ground) -> Client:
    client = Client()
    client.force_login(factories.person("Lena Oduya", Function.COE_LEAD))
    return client


def exported(client: Client) -> bytes:
    answer = client.get(reverse("rules-export", args=["de"]))
    assert answer["Content-Disposition"] == 'attachment; filename="rules-de.xlsx"'
    return answer.content


def changed(content: bytes, **cells: str) -> bytes:
    book = load_workbook(BytesIO(content))
    row = next(row for row in book["rules"].iter_rows() if row[0].value == RULE)
    for name, value in cells.items():
        row[list(COLUMNS).index(name.replace("_", " "))].value = value
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def look(client: Client, content: bytes) -> Any:
    return client.post(reverse("rules-look", args=["de"]), {"file": SimpleUploadedFile("rules.xlsx", content)})


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "packs").glob("*")) if (folder / "packs").is_dir() else []


def test_seen_kept_signed(on: make.Ground, lead: Client, tmp_path: Path) -> None:
    seen = look(lead, changed(exported(lead), severity="M", our_reason="Legal weighs it"))
    page = seen.content.decode()
    assert RULE in page and "weighs less" in page and "Legal weighs it" in page and files(tmp_path) == []
    token = seen.context["token"]
    assert lead.post(reverse("rules-keep", args=["de"]), {"proposal": token}).status_code == 302
    assert files(tmp_path) == ["de-sheet.toml"]
    assert Entry.objects.filter(act="pack.propose").exists()
    active = active_pack("de", factories.now())
    assert active is not None and active.by_id[RULE].severity == "B" and proposed_pack("de").by_id[RULE].severity == "M"
    page = lead.get(reverse("rules-of", args=["de"])).content.decode()
    assert "Legal weighs it" in page and "A newer release waits" in page
    again = lead.post(reverse("rules-keep", args=["de"]), {"proposal": token})
    assert again.status_code == 409 and "bring the workbook again" in again.content.decode()


def test_a_faulty_row_keeps_all_from_being_kept(on: make.Ground, lead: Client, tmp_path: Path) -> None:
    seen = look(lead, changed(exported(lead), severity="M"))
    assert seen.status_code == 400 and "changed without a reason" in seen.content.decode() and seen.context["token"] == ""
    assert files(tmp_path) == []


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"a;b"])
def test_what_is_no_workbook_is_told(on: make.Ground, lead: Client, tmp_path: Path, content: bytes) -> None:
    seen = look(lead, content)
    assert seen.status_code == 400 and "XLSX" in seen.content.decode() and files(tmp_path) == []
    assert lead.post(reverse("rules-look", args=["de"])).status_code == 400


def test_only_what_was_seen_by_this_reader_for_this_market_is_kept(on: make.Ground, lead: Client, tmp_path: Path) -> None:
    token = look(lead, changed(exported(lead), severity="M", our_reason="Legal weighs it")).context["token"]
    other = Client()
    other.force_login(factories.person("Vera Lind", Function.COE_LEAD))
    assert other.post(reverse("rules-keep", args=["de"]), {"proposal": token}).status_code == 400
    assert lead.post(reverse("rules-keep", args=["us"]), {"proposal": token}).status_code == 400
    assert lead.post(reverse("rules-keep", args=["de"]), {"proposal": token + "x"}).status_code == 400
    author = Client()
    author.force_login(on.author)
    assert look(author, exported(author)).status_code == 403
    assert author.post(reverse("rules-keep", args=["de"]), {"proposal": token}).status_code == 403
    assert files(tmp_path) == []


def test_a_disk_that_does_not_take_it_is_told_and_nothing_is_on_record(on: make.Ground, lead: Client, tmp_path: Path) -> None:
    token = look(lead, changed(exported(lead), severity="M", our_reason="Legal weighs it")).context["token"]
    (tmp_path / "packs" / ".de-sheet.part").mkdir(parents=True)
    answer = lead.post(reverse("rules-keep", args=["de"]), {"proposal": token})
    assert answer.status_code == 503 and "can&#x27;t be written" in answer.content.decode()
    assert not Entry.objects.filter(act="pack.propose").exists()


def test_an_export_holds_every_rule(on: make.Ground, lead: Client) -> None:
    rows = load_workbook(BytesIO(exported(lead)))["rules"].iter_rows(min_row=2, max_col=1, values_only=True)
    assert [row[0] for row in rows] == [rule.id for rule in load_market("de").rules]


def test_a_workbook_mends_the_file_of_an_earlier_one(on: make.Ground, lead: Client, tmp_path: Path) -> None:
    """After an upgrade a changed rule may be gone: the file can't be used any more, and the next workbook takes its place."""
    (tmp_path / "packs").mkdir()
    file = tmp_path / "packs" / "de-sheet.toml"
    file.write_text('market = "de"\ntitle = "Workbook"\n[[retire]]\nrule = "DE-04-GONE"\nreason = "no longer there"\n')
    seen = look(lead, exported(lead))
    page = seen.content.decode()
    assert "takes its place" in page and "DE-04-GONE" in page and "changes nothing" in page
    assert lead.post(reverse("rules-keep", args=["de"]), {"proposal": seen.context["token"]}).status_code == 302
    assert not file.exists() and proposed_pack("de") is load_market("de")
    (tmp_path / "packs" / "house.toml").write_text("[[")
    assert look(lead, b"").status_code == 409 and lead.get(reverse("rules-export", args=["de"])).status_code == 409
