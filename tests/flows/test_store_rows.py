"""The quick path writes what the models would: column by column, post by post, case by case; and a fault on the way leaves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candour.cases import actions as cases
from candour.cases.actions import Owing
from candour.cases.models import Case, CasePost, Duty
from candour.channels.base import Page
from candour.core.likeness import alike, sketch
from candour.core.states import DutyState
from candour.core.terms import SAFETY_DUTIES, DutyKind, HeardPost
from candour.flows.receive import take_in
from candour.journal.acting import acting
from candour.journal.keys import month_key, pseudonym, vault
from candour.journal.models import Entry
from candour.listening import actions as listening
from candour.listening import storing
from candour.listening.copying import names
from candour.listening.hearing import Learned, content_digest, storable
from candour.listening.models import Intake, Post, PostVersion, Source
from tests import factories

from . import ground as g

if TYPE_CHECKING:
    from .ground import Ground

NOW = g.NOW
QUIET = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
#: What differs by its nature: keys of rows, and ciphertext under a fresh nonce.
_OWN = {"id", "post_id", "intake_id", "source_id", "author_key", "author_sealed"}

_words = st.one_of(
    st.text(max_size=40), st.sampled_from(["", "\\.", "\\N", "a\tb\\n", "{1,2}", "\x00x\r\ny", "\ud800", "ü" * 700, "'\"%s"])
)
_heard = st.builds(
    HeardPost,
    remote_id=st.one_of(st.sampled_from(["1", "2", "3"]), _words),
    text=st.one_of(_words, st.just(g.MOTHER), st.lists(st.sampled_from(g.MOTHER.split()), max_size=40).map(" ".join)),
    author=_words,
    published_at=st.datetimes(datetime(2020, 1, 1), datetime(2027, 1, 1), timezones=st.sampled_from([None, UTC])),
    url=st.one_of(_words, st.just("https://a.example/1")),
    thread=_words,
    in_reply_to=_words,
    lang=_words,
    raw=st.binary(max_size=30),
    deleted=st.booleans(),
    extra=st.one_of(st.just({}), st.fixed_dictionaries({"market": _words})),
)
_learned = st.builds(Learned, st.sampled_from(["", "de", "en"]), st.sampled_from(["", "Zovellark", "x" * 300]), st.booleans())


def by_models(source: Source, heard: list[HeardPost], learned: dict[tuple[str, str], Learned]) -> None:
    """The slow path: one model object per row, saved one by one."""
    intake = Intake.objects.create(source=source, at=NOW, heard=len(heard), stored=0, root="")
    key = month_key(NOW)
    for raw in heard:
        post, digest = storable(raw), content_digest(raw)
        author_key = pseudonym(source.key, post.author.strip() or post.remote_id)
        row, _new = Post.objects.get_or_create(
            source=source, remote_id=post.remote_id, defaults={"author_key": author_key, "first_heard_at": NOW}
        )
        if not row.versions.filter(digest=digest).exists():
            _save_version(source, row, intake, post, digest, key, learned[post.remote_id, digest])


def _save_version(source: Source, row: Post, intake: Intake, post: HeardPost, digest: str, key: str, told: Learned) -> None:
    PostVersion.objects.create(
        post=row,
        number=row.versions.count() + 1,
        intake=intake,
        seen_at=NOW,
        published_at=min(post.published_at, NOW),
        text=post.text,
        lang=told.lang,
        market=post.extra.get("market", source.market)[:8],
        thread=post.thread,
        in_reply_to=post.in_reply_to,
        url=post.url,
        author_sealed=vault().close(key, post.author),
        author_vault=key,
        raw=post.raw,
        digest=digest,
        deleted=post.deleted,
        products=told.products[:200],
        unscreened=told.unscreened,
        sketch=sketch(post.text),
    )


def columns_of(source: Source) -> list[dict[str, Any]]:
    """Every stored column of every version and its post, the generated one too; handles opened, keys of rows left out."""
    rows = []
    for version in PostVersion.objects.filter(post__source=source).select_related("post").order_by("id"):
        row = {f"version.{field.attname}": getattr(version, field.attname) for field in PostVersion._meta.concrete_fields}
        row |= {f"post.{field.attname}": getattr(version.post, field.attname) for field in Post._meta.concrete_fields}
        row = {name: bytes(value) if isinstance(value, memoryview) else value for name, value in row.items()}
        kept = {name: value for name, value in row.items() if name.partition(".")[2] not in _OWN}
        author = vault().open(version.author_vault, bytes(version.author_sealed))
        who = version.post.author_key == pseudonym(source.key, author.strip() or version.post.remote_id)
        rows.append(kept | {"author": author, "author_key fits": who or version.number > 1})
    return rows


@given(batches=st.lists(st.lists(_heard, min_size=1, max_size=6), min_size=1, max_size=2), data=st.data())
@QUIET
def test_rows_are_those_of_the_models_column_by_column(ground: Ground, batches: list[list[HeardPost]], data: st.DataObject) -> None:
    quick, slow = factories.source("quick", kind="file"), factories.source("slow", kind="file")
    told: dict[tuple[str, str], Learned] = {}
    with transaction.atomic(), acting(ground.listener, "test"):
        for batch in batches:
            news = listening.news(quick, batch)
            learned = [data.draw(_learned) for _item in news]
            told |= {(item.heard.remote_id, item.digest): one for item, one in zip(news, learned, strict=True)}
            _intake, stored = listening.store_news(quick, news, NOW, heard=len(batch), learned=learned)
            for item in stored:
                assert_made_as_stored(item)
            by_models(slow, batch, told)
        assert columns_of(quick) == columns_of(slow)
        transaction.set_rollback(True)


def assert_made_as_stored(item: storing.Stored) -> None:
    """The objects made of what was sent are those the database gives back."""
    version, post = PostVersion.objects.get(pk=item.pk), Post.objects.get(pk=item.of.pk)
    for made, kept in ((item.version, version), (item.post, post)):
        for name in names(type(made)):
            value = getattr(kept, name)
            assert getattr(made, name) == (bytes(value) if isinstance(value, memoryview) else value), name
    assert item.version.post is item.post


def test_a_fault_while_rows_are_sent_leaves_nothing_and_the_session_goes_on(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = [HeardPost(str(number), f"Beitrag {number}", "a", NOW, raw=b"x") for number in range(20)]
    real = storing.sketch
    monkeypatch.setattr(storing, "sketch", lambda text: 1 / 0 if text.endswith(" 13") else real(text))
    with (
        g.nothing_changed("listening_post", "listening_postversion", "listening_intake", "journal_entry"),
        pytest.raises(ZeroDivisionError),
        acting(ground.listener, "test"),
    ):
        listening.store(ground.source, heard, NOW)
    monkeypatch.setattr(storing, "sketch", real)
    with acting(ground.listener, "test"):
        assert len(listening.store(ground.source, heard, NOW)[1]) == 20


def test_an_intake_is_one_entry_and_names_its_release(ground: Ground) -> None:
    intake = take_in(ground.listener, ground.source, Page((g.heard(g.CLEAN, "a"),), "1"), NOW)
    assert list(Entry.objects.filter(subject="listening_intake", key=str(intake.pk)).values_list("op", flat=True)) == ["I"]
    assert intake.screened_by.startswith("screening@") and Intake.objects.get(pk=intake.pk).screened_by == intake.screened_by


def _praises(count: int, mark: str) -> Page:
    """So many posts for the queue, none alike: every other word is its own."""
    said = ("Danke für das " + " ".join(f"{mark}{number}w{place}" for place in range(9)) + ", ganz toll!" for number in range(count))
    letters = str.maketrans("0123456789", "abcdefghij")
    return Page(
        tuple(g.heard(text.translate(letters), f"{mark}{n}", author=f"{mark}{n}", thread=f"{mark}{n}") for n, text in enumerate(said)), ""
    )


def test_a_larger_page_for_the_queue_takes_no_more_statements(ground: Ground) -> None:
    seen = []
    for count, mark in ((3, "k"), (60, "m")):
        with CaptureQueriesContext(connection) as asked:
            take_in(ground.listener, ground.source, _praises(count, mark), NOW)
        seen.append(len(asked))
    assert seen[1] <= seen[0] + 2, (
        "twenty times the posts, and not a statement for each; what is asked once per process may fall into either"
    )
    assert Post.objects.filter(judge_by__isnull=False).count() == 63


_said = st.lists(st.sampled_from(g.MOTHER.split()), min_size=6, max_size=12).map(" ".join)


@given(texts=st.lists(st.tuples(_said, st.sampled_from(["de", "us"]), st.booleans()), min_size=1, max_size=8))
@QUIET
def test_reposts_of_a_page_are_those_a_comparison_of_everything_finds(ground: Ground, texts: list[tuple[str, str, bool]]) -> None:
    with transaction.atomic(), acting(ground.listener, "test"):
        stored = []
        for number, (text, market, long_ago) in enumerate(texts):
            at = NOW - timedelta(days=20) if long_ago else NOW
            heard = HeardPost(str(number), f"{text} {g.MOTHER[:60]}", "a", at, extra={"market": market})
            stored += [item.version for item in listening.store(ground.source, [heard], at)[1]]
        assert listening.find_alike(stored, NOW) == dict(_alike(stored))
        transaction.set_rollback(True)


def _alike(stored: list[PostVersion]) -> Iterator[tuple[int, int]]:
    for place, mine in enumerate(stored):
        for other in stored[:place]:
            near = other.market == mine.market and other.seen_at >= NOW - timedelta(days=listening.ALIKE_DAYS)
            if near and alike(mine.sketch, other.sketch):
                yield mine.pk, other.post_id
                break


def test_reposts_are_looked_up_by_the_index_of_sketches(ground: Ground) -> None:
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute("SET LOCAL enable_seqscan = off")  # a table as small as this one would be read through
        cursor.execute(f"EXPLAIN {listening._NEAR}", [[1], [3], [2], NOW])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Bitmap Index Scan on post_alike" in plan


def test_a_role_that_does_not_own_the_index_finds_reposts_too(ground: Ground) -> None:
    said = [g.heard(g.MOTHER, name, author=name, thread=name) for name in ("a", "b")]
    with transaction.atomic(), connection.cursor() as cursor, acting(ground.listener, "test"):
        first, second = (item.version for item in listening.store(ground.source, said, NOW)[1])
        cursor.execute("CREATE ROLE candour_fake_guest; GRANT SELECT ON listening_postversion TO candour_fake_guest")
        cursor.execute("SET LOCAL ROLE candour_fake_guest")
        assert listening.find_alike([first, second], NOW) == {second.pk: first.post_id}
        transaction.set_rollback(True)


_found = st.lists(
    st.tuples(st.sampled_from(list(DutyKind)), st.sampled_from([0.4, 0.6, 0.9]), st.sampled_from([DutyState.OPEN, DutyState.NOTED]))
)


@given(found=_found)
@QUIET
def test_a_case_born_with_its_duties_is_the_case_opened_and_added_to(
    ground: Ground, found: list[tuple[DutyKind, float, DutyState]]
) -> None:
    # screening gives a kind one state; what is owed comes before what is noted
    states = {kind: state for kind, _score, state in found}
    owing = sorted(((kind, score, states[kind]) for kind, score, _state in found), key=lambda one: one[2] == DutyState.NOTED)
    with transaction.atomic(), acting(ground.listener, "test"):
        (item,) = listening.store(ground.source, [g.heard(g.CLEAN, "a")], NOW)[1]
        due = {"safety_due_at": NOW + timedelta(days=1), "service_due_at": NOW + timedelta(hours=5)}
        born = cases.open_case_owing(item.post, [Owing(*one, _due(one[0], due)) for one in owing], now=NOW, **_fields("t1"), **due)
        opened = cases.open_case(item.post, now=NOW, **_fields("t2"), **due)
        cases.add_post(opened, item.post, "said", NOW)
        for kind, score, state in owing:
            cases.add_duty(opened, kind, score, state=state, due_at=_due(kind, due), now=NOW)
        cases.recount_clocks(opened)
        assert _told(born) == _told(opened)
        transaction.set_rollback(True)


def _due(kind: DutyKind, due: dict[str, datetime]) -> datetime:
    return due["safety_due_at" if kind in SAFETY_DUTIES else "service_due_at"]


def _fields(thread: str) -> dict[str, Any]:
    who = {"thread": thread, "person_key": "p", "source_kind": "newsroom", "market": "de", "lang": "de"}
    return who | {"aware_at": NOW, "aware_basis": "readable", "top_duty": ""}


def _told(case: Case) -> tuple[object, ...]:
    own = {"id", "number", "vault", "thread"}
    row = {name: value for name, value in Case.objects.filter(pk=case.pk).values().get().items() if name not in own}
    duties = sorted(Duty.objects.filter(case=case).values_list("kind", "score", "state", "opened_at", "due_at"))
    return row, duties, list(CasePost.objects.filter(case=case).values_list("post_id", "kind", "added_at"))
