"""A picture from the upload to the page: part of what is checked, signed, sent and read back; hostile files leave nothing."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client

from candour.core.pictures import Region
from candour.core.states import DraftState, PublicationState, SealState
from candour.flows import annotate, by_hand, publish, review, show_picture, submit
from candour.flows.answers import Refusal
from candour.flows.exact import parts_of
from candour.flows.pictures import Rights, set_rights
from candour.journal.models import Entry
from candour.journal.verify_contents import check_contents
from candour.journal.verify_report import Report
from candour.messages.models import ApprovedMessage, Draft, DraftVersion, Drift, Picture, PictureContent, Publication, Review
from candour.messages.picture_queries import picture_for, pictures_visible_to
from candour.newsroom import models as newsroom
from candour.people.rights import held_by
from candour.project.demo import picture as demo
from tests import factories
from tests.pictures import drawn, photograph

from . import ground as g

if TYPE_CHECKING:
    from .ground import Ground

NOW = g.NOW
ALT = "Eine Frau am Fenster, die Hand an der Schläfe."
PICTURES = ("approval_picture", "approval_picturecontent", *g.DRAFTS)


def show(
    on: Ground, draft: Draft, raw: bytes | None = None, *, alt: str = ALT, within: str = "", rights: Rights | None = None
) -> DraftVersion:
    words: dict[str, Any] = {"alt_text": alt, "picture_words": within}
    file = photograph() if raw is None else raw
    return show_picture.upload(on.author, draft, file, "Foto.svg", rights or Rights(), draft.version, NOW, text=g.MENDED, words=words)


def submitted(on: Ground, **more: Any) -> Review:
    draft = g.written(on)
    show(on, draft, **more)
    return submit.submit(on.author, draft, draft.version, NOW)


def approved(on: Ground, **more: Any) -> ApprovedMessage:
    return g.signed(on, submitted(on, **more))


def test_a_picture_goes_all_the_way(ground: Ground) -> None:
    running = submitted(ground)
    picture = Picture.objects.get()
    signed = parts_of(bytes(running.version.exact))
    assert (signed["media"], signed["alt_text"]) == ([picture.digest], ALT)
    message = g.signed(ground, running)
    publication = publish.publish(ground.author, message, ground.account, NOW)
    assert publish.send_due(ground.publisher, NOW) == 1
    publication.refresh_from_db()
    assert (publication.state, publication.read_backs.get().equal) == (PublicationState.LIVE, True)
    page = Client().get(publication.url.removeprefix("http://testserver")).content.decode()
    assert f"/newsroom/pictures/{picture.digest}/" in page
    assert ALT in page
    answer = Client().get(f"/newsroom/pictures/{picture.digest}/")
    assert answer.content == bytes(PictureContent.objects.get().content)
    assert (answer["X-Content-Type-Options"], "sandbox" in answer["Content-Security-Policy"]) == ("nosniff", True)


def test_the_drawing_of_the_demo_is_taken_signed_and_seen_in_the_previews(ground: Ground, client: Client) -> None:
    rights = Rights(licence=demo.LICENCE)
    message = approved(ground, raw=demo.diary_sheet(), alt=demo.ALT_TEXT, rights=rights)
    picture = message.version.picture
    assert (picture.kind, picture.width, picture.height, picture.shows_people) == ("image/png", *demo.SIZE, False)
    client.force_login(ground.author)
    page = client.get(f"/drafts/{message.draft_id}/").content.decode()
    preview = next(line for line in page.splitlines() if 'class="pv-img"' in line)
    assert f"/pictures/{picture.digest}/file/" in preview and demo.ALT_TEXT in preview


HOSTILE = [
    b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    b"<!doctype html><script>alert(1)</script>",
    b"GIF89a<?php system($_GET['c']); ?>",
    drawn("TIFF"),
    drawn("JPEG", size=(640, 480))[:700],
    b"",
]


@pytest.mark.parametrize("raw", HOSTILE)
def test_a_hostile_file_leaves_nothing_behind(ground: Ground, raw: bytes) -> None:
    draft = g.written(ground)
    refusal = g.refused(lambda: show(ground, draft, raw), *PICTURES)
    assert refusal.status == 400
    assert refusal.remedy


def test_a_file_for_a_draft_that_somebody_else_saved_meanwhile_is_not_kept(ground: Ground) -> None:
    draft = g.written(ground)
    stale = Draft.objects.get(pk=draft.pk)
    submit.save(ground.author, draft, f"{g.MENDED} Neu.", draft.version, NOW)
    g.refused(lambda: show(ground, stale), *PICTURES)


def test_who_may_not_write_the_draft_uploads_nothing(ground: Ground) -> None:
    draft = g.written(ground)
    act = lambda: show_picture.upload(  # noqa: E731
        ground.medical, draft, photograph(), "a.jpg", Rights(), draft.version, NOW, text=g.MENDED, words={}
    )
    g.refused(act, *PICTURES)


def test_the_same_picture_is_kept_once_and_the_record_holds_its_digest_but_not_its_bytes(ground: Ground) -> None:
    one, other = g.written(ground), g.written(ground, title="Anders")
    show(ground, one)
    show(ground, other)
    picture = Picture.objects.get()
    told = json.loads(Entry.objects.get(subject="approval_picture").new)
    assert (told["digest"], Entry.objects.filter(subject="approval_picturecontent").count()) == (picture.digest, 0)


# checked and signed


def test_words_in_the_picture_are_judged_like_any_others(ground: Ground) -> None:
    draft = g.written(ground)
    clean = show(ground, draft)
    assert not submit.check(ground.author, clean, NOW).findings
    promise = show(ground, draft, within="Zovellark: garantiert ohne Nebenwirkungen")
    found = submit.check(ground.author, promise, NOW)
    assert found.verdict == "block"
    assert any(span["field"] == "image_text" for row in found.findings for span in row["spans"])


def test_a_picture_without_its_description_is_not_submitted(ground: Ground) -> None:
    draft = g.written(ground)
    show(ground, draft, alt="")
    g.refused(lambda: submit.submit(ground.author, draft, draft.version, NOW), *PICTURES)


@pytest.mark.parametrize("rights", [Rights(shows_people=True), Rights(rights_until=date(2026, 3, 9))])
def test_a_picture_without_its_rights_is_not_submitted(ground: Ground, rights: Rights) -> None:
    draft = g.written(ground)
    show(ground, draft, rights=rights)
    g.refused(lambda: submit.submit(ground.author, draft, draft.version, NOW), *PICTURES)
    set_rights(ground.author, Picture.objects.get(), Rights(True, "signed form 12", "own", date(2026, 3, 10)), NOW)
    assert submit.submit(ground.author, draft, draft.version, NOW).ended_at is None


@pytest.mark.parametrize("what", ["picture", "alt", "within", "none"])
def test_another_picture_or_other_words_for_it_void_every_signature(ground: Ground, what: str) -> None:
    running = submitted(ground)
    seal = running.seals.get(role="medical")
    review.sign(ground.medical, seal, g.PASSWORD, running.version.digest, NOW)
    draft, before = Draft.objects.get(pk=running.draft_id), running.version.digest
    if what == "none":
        show_picture.choose(ground.author, draft, "", draft.version, NOW, text=g.MENDED, words={})
    else:
        changed = {"picture": {"raw": drawn()}, "alt": {"alt": "Ein Fenster."}, "within": {"within": "Hollinqvist"}}[what]
        show(ground, draft, **changed)
    seal.refresh_from_db()
    assert (seal.state, draft.state) == (SealState.VOID, DraftState.CHANGES)
    assert submit.last_version(draft).digest != before
    with pytest.raises(Refusal):
        review.sign(ground.legal, running.seals.get(role="legal"), g.PASSWORD, before, NOW)


def test_a_message_whose_picture_was_changed_beneath_it_is_not_sent(ground: Ground) -> None:
    message = approved(ground)
    other = g.written(ground, title="Anders")
    show(ground, other, drawn())
    publication = publish.publish(ground.author, message, ground.account, NOW)
    stranger = Picture.objects.exclude(digest=message.version.picture_id).get()
    g.forge("UPDATE approval_draftversion SET picture_id = %s WHERE id = %s", stranger.digest, message.version_id)
    publish.send_due(ground.publisher, NOW)
    publication.refresh_from_db()
    assert (publication.state, publication.failure) == (PublicationState.FAILED, "permanent")
    assert newsroom.Picture.objects.count() == newsroom.Item.objects.count() == 0


def test_bytes_changed_in_the_database_are_not_sent_and_are_named_by_the_proof(ground: Ground) -> None:
    message = approved(ground)
    publication = publish.publish(ground.author, message, ground.account, NOW)
    g.forge("UPDATE approval_picturecontent SET content = %s", drawn(colour="#000000"))
    publish.send_due(ground.publisher, NOW)
    publication.refresh_from_db()
    assert (publication.state, newsroom.Picture.objects.count()) == (PublicationState.FAILED, 0)
    report = Report()
    check_contents(connection.connection, report)
    assert [problem.where for problem in report.problems] == [f"approval_picture {message.version.picture.pk}"]


def test_rights_that_end_before_the_hour_keep_it_from_being_sent(ground: Ground) -> None:
    message = approved(ground, rights=Rights(rights_until=date(2026, 3, 12)))
    g.refused(lambda: publish.publish(ground.author, message, ground.account, NOW, due_at=NOW + timedelta(days=4)), "approval_publication")
    publication = publish.publish(ground.author, message, ground.account, NOW, due_at=NOW + timedelta(days=2))
    set_rights(ground.author, Picture.objects.get(), Rights(rights_until=date(2026, 3, 11)), NOW)
    publish.send_due(ground.publisher, NOW + timedelta(days=2))
    publication.refresh_from_db()
    assert publication.state == PublicationState.FAILED
    assert "rights" in publication.problem


# read back


@pytest.mark.parametrize("what", ["other bytes", "other words", "gone", "added"])
def test_another_picture_on_the_page_is_a_drift(ground: Ground, what: str) -> None:
    message = g.approved(ground) if what == "added" else approved(ground)
    publication = publish.publish(ground.author, message, ground.account, NOW)
    publish.send_due(ground.publisher, NOW)
    item = newsroom.Item.objects.filter(key=publication.key.hex)
    if what == "other bytes":
        newsroom.Picture.objects.update(content=drawn())
    elif what == "added":
        newsroom.Picture.objects.create(digest="a" * 64, kind="image/png", content=drawn(), kept_at=NOW)
        item.update(picture="a" * 64, alt_text="Etwas")
    else:
        item.update(**({"alt_text": "Ein Mann am Fenster."} if what == "other words" else {"picture": ""}))
    publish.watch(ground.publisher, NOW + timedelta(minutes=11))
    publication.refresh_from_db()
    assert publication.state == PublicationState.DRIFTED
    drift = Drift.objects.get()
    assert drift.signed_text != drift.seen_text


# who sees it


def test_a_picture_is_seen_by_who_sees_a_text_that_shows_it(ground: Ground) -> None:
    draft = g.written(ground)
    version = show(ground, draft)
    stranger = factories.person("Ida Fremd")
    assert picture_for(held_by(ground.author, NOW), version.picture_id) is not None
    assert not pictures_visible_to(held_by(stranger, NOW)).exists()
    assert Client().get(f"/newsroom/pictures/{version.picture_id}/").status_code == 404, "a draft's picture is not public"
    other = g.written(ground, title="Anders")
    act = lambda: show_picture.choose(ground.author, other, "f" * 64, other.version, NOW, text=g.MENDED, words={})  # noqa: E731
    g.refused(act, *PICTURES)


# notes on a part of it

PART = Region(1000, 2000, 3000, 1500)


def _again(on: Ground, running: Review, **changed: Any) -> Draft:
    """The draft after its author changed something, as read from the database."""
    draft = Draft.objects.get(pk=running.draft_id)
    submit.save(on.author, draft, g.MENDED, draft.version, NOW, **changed)
    return draft


def test_a_note_on_a_part_of_the_picture_stands_while_the_picture_is_the_same(ground: Ground) -> None:
    running = submitted(ground)
    annotate.annotate(ground.medical, running, "must_fix", "Wer ist das?", NOW, region=PART)
    draft = _again(ground, running, alt_text="Eine Frau an einem Fenster.")
    (placed,) = annotate.placed(draft, submit.last_version(draft))
    assert (placed.orphan, placed.note.region) == (False, list(PART))
    show(ground, draft, drawn())
    (placed,) = annotate.placed(draft, submit.last_version(draft))
    assert placed.orphan, "the picture it was drawn on is another one now"
    show(ground, draft)
    (placed,) = annotate.placed(draft, submit.last_version(draft))
    assert not placed.orphan, "the same bytes came back"


def test_an_open_must_fix_on_the_picture_keeps_its_role_from_signing(ground: Ground) -> None:
    running = submitted(ground)
    annotate.annotate(ground.medical, running, "must_fix", "Wer ist das?", NOW, region=PART)
    seal = running.seals.get(role="medical")
    g.refused(lambda: review.sign(ground.medical, seal, g.PASSWORD, running.version.digest, NOW), *g.DRAFTS)


@pytest.mark.parametrize("part", [Region(-1, 0, 5, 5), Region(9000, 0, 1001, 5), Region(0, 0, 0, 5)])
def test_a_part_outside_the_picture_is_no_note(ground: Ground, part: Region) -> None:
    running = submitted(ground)
    g.refused(lambda: annotate.annotate(ground.medical, running, "nit", "Hier", NOW, region=part), "approval_annotation")


def test_a_note_on_a_picture_that_is_not_there_or_on_both_is_refused(ground: Ground) -> None:
    bare, running = g.submitted(ground), submitted(ground)
    g.refused(lambda: annotate.annotate(ground.medical, bare, "nit", "Hier", NOW, region=PART), "approval_annotation")
    both = {"quote": "Zovellark", "region": PART}
    g.refused(lambda: annotate.annotate(ground.medical, running, "nit", "Hier", NOW, **both), "approval_annotation")


# carried on


def test_a_draft_from_a_message_shows_its_picture(ground: Ground) -> None:
    message = approved(ground, within="Hollinqvist")
    draft = g.written(ground, based_on=message)
    version = submit.last_version(draft)
    assert (version.picture_id, version.alt_text, version.picture_words) == (message.version.picture_id, ALT, "Hollinqvist")
    assert parts_of(bytes(version.exact))["media"] == [message.version.picture_id]


def test_a_pack_for_publishing_by_hand_carries_the_picture(ground: Ground) -> None:
    place = factories.account("linkedin-de", network="linkedin", handle="hollinqvist-de")
    draft = g.written(ground, account=place)
    show(ground, draft)
    message = g.signed(ground, submit.submit(ground.author, draft, draft.version, NOW))
    publication = publish.publish(ground.author, message, place, NOW, hand_to=ground.author)
    pack = by_hand.pack_of(publication, NOW)
    assert (pack.picture, pack.media, pack.why_not) == (Picture.objects.get(), (ALT,), "")
    set_rights(ground.author, Picture.objects.get(), Rights(rights_until=date(2026, 3, 9)), NOW)
    later = by_hand.pack_of(Publication.objects.get(pk=publication.pk), NOW)
    assert (later.picture, later.text, bool(later.why_not)) == (None, "", True)
