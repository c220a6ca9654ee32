"""Reads of what travels: translations and their certificates, proofs, and the reviews that a reuse is measured by."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import median
from typing import NamedTuple

from django.db import connection
from django.db.models import F, Q, QuerySet

from candour.messages.models import ApprovedMessage, CertifiedSentence, Draft, ReuseProof, Review, Translation
from candour.messages.queries import library_visible_to, proven_for, writers_of
from candour.people.models import User
from candour.people.rights import Held

#: Candidates whose words are compared one by one.
_CANDIDATES = 12
#: So many of a market's last full reviews say how long one takes.
_LAST_REVIEWS = 50


def newest_translation(source: ApprovedMessage, market: str, lang: str) -> Translation | None:
    """The last wording kept for a market and language."""
    rows = Translation.objects.filter(source=source, market=market, lang=lang).select_related("by")
    return rows.order_by("-id").first()


def newest_translations(source: ApprovedMessage) -> dict[tuple[str, str], Translation]:
    """The last wording per market and language, with one query."""
    rows = Translation.objects.filter(source=source).select_related("by").order_by("market", "lang", "-id").distinct("market", "lang")
    return {(row.market, row.lang): row for row in rows}


def certificates_of(translation: Translation) -> list[CertifiedSentence]:
    """The signed pairs in their order."""
    return list(translation.certified.select_related("signature__signer").order_by("number"))


def certified_among(translations: Iterable[Translation]) -> dict[int, list[CertifiedSentence]]:
    """The signed pairs of several translations, by translation."""
    found: dict[int, list[CertifiedSentence]] = {}
    rows = CertifiedSentence.objects.filter(translation__in=list(translations)).select_related("signature__signer")
    for row in rows.order_by("translation_id", "number"):
        found.setdefault(row.translation_id, []).append(row)
    return found


def proven_message(held: Iterable[Held], key: str) -> ApprovedMessage | None:
    """One approved message that a reader may carry to their market, or None when there is none for them."""
    rows = ApprovedMessage.objects.filter(proven_for(held), key=key)
    return rows.select_related("account", "product__brand", "draft", "version").first()


def proven_elsewhere(held: Iterable[Held], now: datetime) -> QuerySet[ApprovedMessage]:
    """What may be used now in markets whose library the reader does not see, newest first; reuses themselves are left out."""
    grants = tuple(held)
    rows = ApprovedMessage.objects.filter(proven_for(grants), withdrawn_at=None, valid_from__lte=now, valid_until__gt=now, reused_from=None)
    mine = library_visible_to(grants).order_by().values("pk")
    return rows.exclude(pk__in=mine).select_related("account", "product__brand").defer("exact").order_by("-valid_from", "-id")


def reused_in(source: ApprovedMessage) -> dict[str, ApprovedMessage]:
    """Market to the message that stands there as a reuse of this one and has not been withdrawn, the newest."""
    rows = ApprovedMessage.objects.filter(reused_from__source=source, withdrawn_at=None).select_related("reused_from").order_by("id")
    return {row.market: row for row in rows}


def asked_in(source: ApprovedMessage) -> dict[str, ReuseProof]:
    """Market to the reuse whose reviewers are looking now."""
    rows = ReuseProof.objects.filter(source=source, review__ended_at=None, review__isnull=False).select_related("review").order_by("id")
    return {row.market: row for row in rows}


def reused_among(sources: Iterable[ApprovedMessage]) -> dict[int, dict[str, ApprovedMessage]]:
    """What `reused_in` says, for several messages with one query."""
    found: dict[int, dict[str, ApprovedMessage]] = {}
    rows = ApprovedMessage.objects.filter(reused_from__source__in=list(sources), withdrawn_at=None).select_related("reused_from")
    for row in rows.defer("exact", "text", "reused_from__exact").order_by("id"):
        found.setdefault(row.reused_from.source_id, {})[row.market] = row
    return found


def asked_among(sources: Iterable[ApprovedMessage]) -> dict[int, dict[str, ReuseProof]]:
    """What `asked_in` says, for several messages with one query."""
    found: dict[int, dict[str, ReuseProof]] = {}
    rows = ReuseProof.objects.filter(source__in=list(sources), review__isnull=False, review__ended_at=None)
    for row in rows.defer("exact").order_by("id"):
        found.setdefault(row.source_id, {})[row.market] = row
    return found


def usable_in(messages: QuerySet[ApprovedMessage], market: str, now: datetime) -> QuerySet[ApprovedMessage]:
    """Those that may be said in a market at an instant without asking anybody: in force there themselves, or by a reuse that is."""
    force = Q(withdrawn_at=None, valid_from__lte=now, valid_until__gt=now, market=market)
    there = ApprovedMessage.objects.filter(force, reused_from__isnull=False).values("reused_from__source_id")
    return messages.filter(force | Q(pk__in=there))


_NEAREST = """
SELECT id FROM unnest(%(runs)s::bigint[]) run, LATERAL (
  SELECT id FROM approval_approvedmessage WHERE approval_runs(text) @> ARRAY[run]
) message GROUP BY id ORDER BY count(*) DESC, id DESC LIMIT %(limit)s
"""


def nearest_candidates(text: str, limit: int = _CANDIDATES * 4) -> list[int]:
    """Keys of the approved messages that share most of the least-hashed word runs with a text; an index finds them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT approval_runs(%s)", [text])  # by itself: within the query it would be computed again for every row
        runs = cursor.fetchone()[0]
        cursor.execute(_NEAREST, {"runs": runs, "limit": limit})
        return [key for (key,) in cursor.fetchall()]


def nearest_visible_to(held: Iterable[Held], text: str) -> list[ApprovedMessage]:
    """Of these the ones a reader may carry to their market, most alike first."""
    found = nearest_candidates(text)
    order = {key: place for place, key in enumerate(found)}
    rows = ApprovedMessage.objects.filter(proven_for(held), pk__in=found)
    rows = rows.select_related("account", "product__brand").defer("exact")
    return sorted(rows, key=lambda row: order[row.pk])[:_CANDIDATES]


def wrote_message(person: User, message: ApprovedMessage) -> bool:
    """True when four eyes keep this person from signing a reuse of it."""
    return message.draft is not None and person.pk in writers_of(message.draft)


def proofs_visible_to(held: Iterable[Held]) -> QuerySet[ReuseProof]:
    """Proofs of the messages a reader may carry to their market, newest first."""
    rows = ReuseProof.objects.filter(source__in=ApprovedMessage.objects.filter(proven_for(held)).values("pk"))
    related = ("source__account", "source__product__brand", "account", "by", "draft", "review", "translation__by", "signature")
    return rows.select_related(*related).defer("exact", "source__exact").order_by("-made_at", "-id")


def proof_for(held: Iterable[Held], pk: int) -> ReuseProof | None:
    """One proof, or None when there is none for this reader."""
    return proofs_visible_to(held).defer(None).filter(pk=pk).first()


def proof_behind(review: Review) -> ReuseProof | None:
    """The reuse that opened a review; None for a full review."""
    return ReuseProof.objects.filter(review=review).select_related("source", "by").first()


def proof_of_draft(draft: Draft) -> ReuseProof | None:
    """The reuse that made a draft."""
    return ReuseProof.objects.filter(draft=draft).select_related("source").first()


def full_review_times(market: str) -> list[timedelta]:
    """How long the last full reviews of a market took from submission to the last signature; reuses are none."""
    approved = ApprovedMessage.objects.filter(market=market, reused_from=None, version__isnull=False).order_by("-id")
    newest = approved.values_list("version_id", flat=True)[:_LAST_REVIEWS]
    rows = Review.objects.filter(version_id__in=list(newest), ended_at__isnull=False)
    return list(rows.annotate(took=F("ended_at") - F("submitted_at")).values_list("took", flat=True))


def usual_review(market: str) -> timedelta | None:
    """The median of those; None where no full review has ended yet."""
    times = full_review_times(market)
    return median(times) if times else None


class Saved(NamedTuple):
    """What a reuse took and what a full review was taken to cost, in minutes of the clock on the wall."""

    proof: int
    own: float
    full: int

    @property
    def saved(self) -> float:
        return self.full - self.own


def saved_by(proofs: Iterable[ReuseProof]) -> dict[int, Saved]:
    """For each proof that led to an approved message: from asking to approval, beside the full review."""
    rows = ApprovedMessage.objects.filter(reused_from__in=list(proofs)).select_related("reused_from")
    return {
        row.reused_from_id: Saved(
            row.reused_from_id, (row.valid_from - row.reused_from.made_at).total_seconds() / 60, row.reused_from.full_minutes
        )
        for row in rows.defer("exact", "reused_from__exact")
    }
