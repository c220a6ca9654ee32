"""Reads of APPROVE. Every one starts from what the reader may see; what they may not see does not exist for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import connection
from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from candour.core.review import MessageKind, ReviewRole
from candour.core.rights import functions_for
from candour.core.states import DraftState, NoteState, PublicationState, SealState
from candour.messages.models import (
    AdRecord,
    Annotation,
    ApprovedMessage,
    CheckRun,
    Draft,
    DraftVersion,
    Drift,
    Embargo,
    FindingAnswer,
    LinkSnapshot,
    Pause,
    PieceCheck,
    Publication,
    Review,
    Seal,
)
from candour.people.models import Deputy, Grant, User
from candour.people.rights import Held, Place, Sides, covers, may, visible

_OPEN_SEALS = (SealState.WAITING.value, SealState.LOOKING.value)
#: The main text of the message a draft belongs to.
_MAIN = Coalesce("variant_of_id", "pk")
#: States in which a text has left us or may have.
_USED = tuple(state.value for state in PublicationState if state not in (PublicationState.TAKEN_BACK, PublicationState.FAILED))


class Usable(NamedTuple):
    """Whether an approved message may be used at an instant: `state` is usable, early, expired or withdrawn; `since` when that began."""

    state: str
    since: datetime


def seen_by(held: Iterable[Held], act: str, prefix: str = "") -> Q:
    """The right as a filter. A text without a product or account has no such side, so any grant of its market covers it."""
    grants, answer = tuple(held), Q(pk__in=[])
    for brand in (None, f"{prefix}product__brand__key"):
        for account in (None, f"{prefix}account__key"):
            sides = Sides(f"{prefix}market", brand, account)
            kind = Q(**{f"{prefix}product__isnull": brand is None, f"{prefix}account__isnull": account is None})
            answer |= kind & visible(grants, act, sides)
    return answer


def place_of(thing: Draft | ApprovedMessage) -> Place:
    """Where a draft or message belongs; the same sides as the filter reads."""
    return Place(
        thing.market,
        thing.product.brand.key if thing.product else None,
        thing.account.key if thing.account else None,
    )


def may_see_draft(held: Iterable[Held], draft: Draft) -> bool:
    return may(held, "draft.see", place_of(draft))


def drafts_visible_to(held: Iterable[Held]) -> QuerySet[Draft]:
    """Drafts the reader may see, last changed first."""
    return (
        Draft.objects.filter(seen_by(held, "draft.see"))
        .select_related("account", "product__brand", "owner", "based_on")
        .order_by("-changed_at", "-id")
    )


def with_progress(drafts: QuerySet[Draft]) -> QuerySet[Draft]:
    """Drafts with the words of their newest version and the seals the running review needs: `words`, `signed` (or standing), `asked`."""
    newest = DraftVersion.objects.filter(draft=OuterRef("pk")).order_by("-number").values("text")[:1]
    running = Q(reviews__ended_at=None, reviews__seals__advisory=False)
    settled = Q(reviews__seals__state__in=(SealState.SIGNED, SealState.KEPT))
    return drafts.annotate(
        words=Subquery(newest),
        asked=Count("reviews__seals", filter=running, distinct=True),
        signed=Count("reviews__seals", filter=running & settled, distinct=True),
    )


def draft_for(held: Iterable[Held], pk: int) -> Draft | None:
    """One draft, or None when there is none for this reader."""
    return drafts_visible_to(held).filter(pk=pk).first()


def newest_version(draft: Draft) -> DraftVersion:
    return draft.versions.select_related("author").order_by("-number").first()


def versions_of(draft: Draft) -> QuerySet[DraftVersion]:
    """All states that somebody saved, newest first, without their bytes."""
    return draft.versions.filter(submitted=False).select_related("author").defer("exact").order_by("-number")


def last_check(version: DraftVersion) -> CheckRun | None:
    """The newest stored check of a version."""
    return version.checks.order_by("-id").first()


def answers_to(draft: Draft, rows: Iterable[Mapping[str, Any]]) -> dict[str, FindingAnswer]:
    """Rule to what the author said to it. An answer holds for a later check too while the same rule marks the same words."""
    marked = {row["rule"]: _words(row) for row in rows}
    given = FindingAnswer.objects.filter(check_run__version__draft=draft, rule__in=marked).select_related("by", "check_run")
    answers: dict[str, FindingAnswer] = {}
    for answer in given.order_by("at", "id"):
        found = next((row for row in answer.check_run.findings if row["rule"] == answer.rule), None)
        if found is not None and _words(found) == marked[answer.rule]:
            answers[answer.rule] = answer
    return answers


def _words(row: Mapping[str, Any]) -> list[str]:
    return [span["words"] for span in row["spans"]]


def comments_on(draft: Draft) -> QuerySet[Seal]:
    """What reviewers asked to change, newest first."""
    asked = Seal.objects.filter(review__draft=draft).exclude(comment="")
    return asked.select_related("person", "review__version").order_by("-review_id", "id")


def reviews_visible_to(held: Iterable[Held]) -> QuerySet[Review]:
    """Reviews of the drafts the reader may see."""
    return Review.objects.filter(seen_by(held, "draft.see", "draft__")).select_related(
        "draft__account", "draft__product__brand", "draft__owner", "draft__based_on", "version__author", "check_run", "submitted_by"
    )


def review_for(held: Iterable[Held], pk: int) -> Review | None:
    return reviews_visible_to(held).filter(pk=pk).first()


def running_review(draft: Draft) -> Review | None:
    """The review a draft is in now."""
    return draft.reviews.filter(ended_at=None).order_by("-id").first()


def running_reviews(drafts: QuerySet[Draft]) -> dict[int, int]:
    """Draft to the review it is in now."""
    return dict(Review.objects.filter(draft__in=drafts.order_by(), ended_at=None).values_list("draft_id", "pk"))


def reviews_of(draft: Draft) -> QuerySet[Review]:
    """All reviews of a draft, newest first."""
    return draft.reviews.select_related("version__author", "submitted_by").order_by("-id")


def seals_of(review: Review) -> list[Seal]:
    """The review's seals in the fixed order medical, legal, regulatory."""
    order = {role.value: place for place, role in enumerate(ReviewRole)}
    rows = review.seals.select_related(
        "person", "signature__signer", "signature__on_behalf_of", "kept__signature__signer", "kept__review__version"
    )
    return sorted(rows, key=lambda seal: (order.get(seal.role, len(order)), seal.role))


def open_must_fix(draft: Draft) -> QuerySet[Annotation]:
    """Notes that say something must be fixed and that no reviewer has settled."""
    return Annotation.objects.filter(draft=draft, kind="must_fix").exclude(state=NoteState.RESOLVED)


def open_notes(draft: Draft) -> QuerySet[Annotation]:
    """Notes that want something and that no reviewer has settled; a nit wants nothing."""
    return Annotation.objects.filter(draft=draft).exclude(kind="nit").exclude(state=NoteState.RESOLVED)


def annotations_on(draft: Draft) -> QuerySet[Annotation]:
    """All notes on a draft, in the order they were written."""
    return Annotation.objects.filter(draft=draft).select_related("by", "answered_by", "settled_by", "version").order_by("id")


def annotation_for(held: Iterable[Held], pk: int) -> Annotation | None:
    """A note on a draft the reader may see."""
    seen = Draft.objects.filter(seen_by(held, "draft.see"))
    rows = Annotation.objects.filter(draft__in=seen, pk=pk)
    return rows.select_related("draft__account", "draft__product__brand", "version", "by").first()


def link_looks(version: DraftVersion) -> list[LinkSnapshot]:
    """Every look at the pages behind a version's links, in the order they were taken."""
    return list(version.link_snapshots.order_by("fetched_at", "id"))


def texts_of(draft: Draft) -> QuerySet[Draft]:
    """Every text of the message a draft belongs to: the main one first, then those for one account each, also what was given up."""
    main = draft.variant_of_id or draft.pk
    rows = Draft.objects.filter(Q(pk=main) | Q(variant_of=main)).select_related("account", "product__brand")
    return rows.order_by(F("variant_of").asc(nulls_first=True), "pk")


def variants_of(draft: Draft) -> QuerySet[Draft]:
    """The texts of their own that accounts have beside this main text, without what was given up."""
    return texts_of(draft).filter(variant_of=draft.pk).exclude(state=DraftState.WITHDRAWN)


def writers_of(draft: Draft) -> set[int]:
    """Everybody who wrote or submitted any version of any text of a draft's message. Texts of one message share words, so whoever wrote
    one of them is no second pair of eyes for another."""
    owners = dict(texts_of(draft).values_list("pk", "owner_id"))
    wrote = DraftVersion.objects.filter(draft__in=owners).values_list("author", flat=True)
    submitted = Review.objects.filter(draft__in=owners).values_list("submitted_by", flat=True)
    return {*owners.values(), *wrote, *submitted}


def _wrote(person: User) -> Q:
    """Seals on the texts of messages of which this person wrote one: as the filter over many what `writers_of` is for one."""
    written = Draft.objects.filter(Q(owner=person) | Q(versions__author=person) | Q(reviews__submitted_by=person))
    return Q(message_of__in=written.values_list(_MAIN, flat=True))


def wrote(person: User, review: Review) -> bool:
    """True when four eyes keep this person from signing."""
    return person.pk in writers_of(review.draft)


def seals_waiting_for(person: User, held: Iterable[Held]) -> QuerySet[Seal]:
    """Open seals this person may set now, in their own name or as deputy, nearest due first. Own texts are left out: four eyes."""
    grants, mine = tuple(held), Q(pk__in=[])
    for role in ReviewRole:
        mine |= Q(role=role.value) & seen_by(grants, f"seal.{role.value}", "review__draft__")
    waiting = Seal.objects.filter(mine, state__in=_OPEN_SEALS, review__ended_at=None)
    main = Coalesce("review__draft__variant_of_id", "review__draft_id")
    waiting = waiting.annotate(message_of=main).exclude(_wrote(person))
    related = ("person", "review__draft__account", "review__draft__product__brand", "review__version", "review__submitted_by")
    return waiting.select_related(*related).order_by("review__due_at", "review_id", "id")


def deputy_names(held: Iterable[Held], role: str, draft: Draft) -> list[str]:
    """Names of those for whom the reader would sign as deputy; empty when they hold the function themselves."""
    wanted, place = functions_for(f"seal.{role}"), place_of(draft)
    grants = [grant for grant in held if grant.function in wanted and covers(grant, place)]
    if any(grant.deputy_for is None for grant in grants):
        return []
    away = {grant.deputy_for for grant in grants}
    return list(User.objects.filter(pk__in=away).order_by("name").values_list("name", flat=True))


def signers_for(draft: Draft, at: datetime) -> dict[str, list[str]]:
    """Role to the names of those who may set its seal now; who is away is replaced by the deputy."""
    functions = {function.value: role.value for role in ReviewRole for function in functions_for(f"seal.{role.value}")}
    dated = Q(valid_to=None) | Q(valid_to__gt=at)
    grants = Grant.objects.filter(dated, function__in=functions, valid_from__lte=at, person__is_active=True).select_related("person")
    away = {row.person_id: row.deputy for row in Deputy.objects.filter(away_from__lte=at, away_to__gt=at).select_related("deputy")}
    answer: dict[str, list[str]] = {}
    for grant in grants.order_by("person__name"):
        if covers(Held(grant.function, grant.market, grant.brand, grant.account), place_of(draft)):
            answer.setdefault(functions[grant.function], []).append(away.get(grant.person_id, grant.person).name)
    return answer


def last_approved(draft: Draft, before: Review | None = None) -> ApprovedMessage | None:
    """What was approved last of the same text: of this draft, else the message it is based on. `before`: not that review's own result."""
    own = ApprovedMessage.objects.filter(draft=draft)
    if before is not None:
        own = own.exclude(version=before.version)
    return own.order_by("-number", "-id").first() or draft.based_on


def previous_review(review: Review) -> Review | None:
    """The round before this one, whose text its reviewers have read."""
    rounds = Review.objects.filter(draft=review.draft, pk__lt=review.pk).exclude(version=review.version)
    return rounds.select_related("version").order_by("-id").first()


def may_see_message(held: Iterable[Held], message: ApprovedMessage) -> bool:
    return may(held, "library.see", place_of(message))


def library_visible_to(held: Iterable[Held]) -> QuerySet[ApprovedMessage]:
    """Approved messages the reader may see, with `uses` (texts sent or on their way) and `drifting`, newest first."""
    drifting = Drift.objects.filter(publication__message=OuterRef("pk"), closed_at=None)
    return (
        ApprovedMessage.objects.filter(seen_by(held, "library.see"))
        .select_related("account", "product__brand")
        .defer("exact")
        .annotate(uses=Count("publications", filter=Q(publications__state__in=_USED), distinct=True), drifting=Exists(drifting))
        .order_by("-valid_from", "-id")
    )


def proven_for(held: Iterable[Held]) -> Q:
    """Approved messages a reader may carry to their own market: those of any market, for the brands their grants hold for.

    What was approved is meant to be said; whoever answers for another market must be able to read it before they can use it there.
    An answer to one person is not: it stays where it was written.
    """
    grants = tuple(held)
    anywhere = tuple(replace(grant, market="", account="") for grant in grants)
    return seen_by(grants, "library.see") | (seen_by(anywhere, "reuse.see") & ~Q(kind=MessageKind.FREE_REPLY.value))


def message_for(held: Iterable[Held], key: str) -> ApprovedMessage | None:
    return library_visible_to(held).defer(None).select_related("account", "product__brand", "draft").filter(key=key).first()


def found_in(messages: QuerySet[ApprovedMessage], words: str) -> QuerySet[ApprovedMessage]:
    """Those that hold all the words, in any order; in quotation marks: exactly this run of letters, case aside."""
    words = words.strip()
    exact = words[1:-1] if len(words) > 2 and words[0] in '"“„«' and words[-1] in '"”“»' else ""
    if exact:
        return messages.filter(Q(text__icontains=exact) | Q(title__icontains=exact))
    vector = SearchVector("title", "text", config="simple")
    wanted = SearchQuery(words, config="simple", search_type="websearch")
    found = messages.annotate(words_in=vector).filter(Q(words_in=wanted) | Q(text__icontains=words) | Q(title__icontains=words))
    return found


def in_state(messages: QuerySet[ApprovedMessage], state: str, now: datetime) -> QuerySet[ApprovedMessage]:
    """Those that are usable, early, expired or withdrawn at an instant; any other word leaves the list as it is."""
    standing = messages.filter(withdrawn_at=None)
    if state == "usable":
        return standing.filter(valid_from__lte=now, valid_until__gt=now)
    if state == "early":
        return standing.filter(valid_from__gt=now)
    if state == "expired":
        return standing.filter(valid_until__lte=now)
    return messages.exclude(withdrawn_at=None) if state == "withdrawn" else messages


def usable(message: ApprovedMessage, now: datetime) -> Usable:
    """The same answer for one message."""
    if message.withdrawn_at is not None:
        return Usable("withdrawn", message.withdrawn_at)
    if message.valid_until <= now:
        return Usable("expired", message.valid_until)
    return Usable("usable" if message.valid_from <= now else "early", message.valid_from)


def signatures_on(message: ApprovedMessage) -> list:
    """The signatures under a message, in the order they were given."""
    return list(message.signatures.select_related("signer", "on_behalf_of").order_by("at", "id"))


def standing_beside(message: ApprovedMessage) -> list[Seal]:
    """Seals of the approving review that stand by an earlier signature: it covers another text than the message's and says which."""
    rows = Seal.objects.filter(review__version=message.version_id, review__draft=message.draft_id, state=SealState.KEPT)
    return list(rows.select_related("kept__signature", "kept__review__version").order_by("id"))


def publications_of(message: ApprovedMessage, limit: int = 50) -> list[Publication]:
    """Where the message went, newest first, with what was last seen there."""
    rows = message.publications.select_related("account", "by", "hand_to").prefetch_related("drifts__closed_by")
    return list(rows.order_by("-due_at", "-id")[:limit])


def drift_for(held: Iterable[Held], pk: int) -> Drift | None:
    """A drift of a message the reader may see."""
    seen = ApprovedMessage.objects.filter(seen_by(held, "library.see"))
    return Drift.objects.filter(publication__message__in=seen, pk=pk).select_related("publication__message").first()


def publication_for(held: Iterable[Held], pk: int) -> Publication | None:
    """A publication of a message the reader may see."""
    seen = ApprovedMessage.objects.filter(seen_by(held, "library.see"))
    return (
        Publication.objects.filter(message__in=seen, pk=pk)
        .select_related("message__product__brand", "message__account", "account", "hand_to")
        .first()
    )


def calendar(held: Iterable[Held], begins: datetime, ends: datetime, chosen: Mapping[str, str]) -> QuerySet[Publication]:
    """Everything with a place in these days, in one query: held, waiting, by hand, sent and live, with `approval_over` where the approval
    has ended by the time it was given. `chosen` may name market, account and product by key. Answers to people are left out."""
    seen = ApprovedMessage.objects.filter(seen_by(held, "library.see"))
    rows = Publication.objects.filter(message__in=seen, due_at__gte=begins, due_at__lt=ends, reply=None)
    fields = {"market": "account__market", "account": "account__key", "product": "message__product__key"}
    named = {fields[name]: value for name, value in chosen.items() if value and name in fields}
    over = Q(message__valid_until__lte=F("due_at")) | Q(message__withdrawn_at__isnull=False)
    return (
        rows.filter(**named)
        .exclude(state=PublicationState.TAKEN_BACK)
        .select_related("account", "message", "hand_to")
        .defer("message__exact")
        .annotate(approval_over=ExpressionWrapper(over, BooleanField()))
        .order_by("due_at", "pk")
    )


def waiting_for_decision(held: Iterable[Held]) -> QuerySet[Publication]:
    """What came due while publishing was paused or under an embargo, oldest first."""
    seen = ApprovedMessage.objects.filter(seen_by(held, "library.see"))
    rows = Publication.objects.filter(message__in=seen, state=PublicationState.WAITING)
    return rows.select_related("account", "message", "by").order_by("due_at", "pk")


def pauses(limit: int = 50) -> list[Pause]:
    """Pauses, running ones first."""
    rows = Pause.objects.select_related("product", "account", "by", "ended_by")
    return list(rows.order_by(F("ended_at").desc(nulls_first=True), "-began_at")[:limit])


def running_pauses() -> list[Pause]:
    """What is paused now, oldest first; everybody who publishes sees it."""
    return list(Pause.objects.filter(ended_at=None).select_related("product", "account", "by").order_by("began_at"))


def pause_for(pk: int) -> Pause | None:
    return Pause.objects.filter(pk=pk).select_related("product__brand", "account").first()


def embargoes_of(draft: Draft) -> QuerySet[Embargo]:
    """Embargoes on a draft, newest first."""
    return draft.embargoes.select_related("by", "lifted_by").order_by("-at", "-pk")


def embargo_for(held: Iterable[Held], pk: int) -> Embargo | None:
    """An embargo on a draft the reader may see."""
    seen = Draft.objects.filter(seen_by(held, "draft.see"))
    return Embargo.objects.filter(draft__in=seen, pk=pk).select_related("draft__product__brand", "draft__account").first()


def ads_of(message: ApprovedMessage) -> list[AdRecord]:
    """Where a message is or was shown for money, newest first."""
    return list(message.ads.select_related("by", "ended_by", "again_of").order_by("-pk"))


def ad_for(held: Iterable[Held], pk: int) -> AdRecord | None:
    """An advertisement of a message the reader may see."""
    seen = ApprovedMessage.objects.filter(seen_by(held, "library.see"))
    return AdRecord.objects.filter(message__in=seen, pk=pk).select_related("message__product__brand", "message__account").first()


def publishers_of(message: ApprovedMessage, at: datetime) -> list[User]:
    """People who may publish this message now, by name."""
    dated = Q(valid_to=None) | Q(valid_to__gt=at)
    functions = [function.value for function in functions_for("draft.publish")]
    grants = Grant.objects.filter(dated, function__in=functions, valid_from__lte=at, person__is_active=True, person__is_machine=False)
    found = [
        row.person
        for row in grants.select_related("person")
        if covers(Held(row.function, row.market, row.brand, row.account), place_of(message))
    ]
    return sorted(set(found), key=lambda person: (person.name, person.pk))


def draft_counts(drafts: QuerySet[Draft]) -> dict[str, int]:
    """How many drafts stand in each state."""
    rows = drafts.order_by().values("state").annotate(number=Count("pk"))
    return {state.value: 0 for state in DraftState} | {row["state"]: row["number"] for row in rows}


def piece_checks_of(person: User) -> QuerySet[PieceCheck]:
    """What somebody asked the rules, newest first."""
    return PieceCheck.objects.filter(by=person).select_related("product").order_by("-at", "-id")


_FIRED = """
SELECT rule, count(*), max(at) FROM (
  SELECT found ->> 'rule' AS rule, run.at AS at
    FROM approval_checkrun run JOIN approval_draftversion version ON version.id = run.version_id
    JOIN approval_draft draft ON draft.id = version.draft_id, jsonb_array_elements(run.findings) found
   WHERE draft.market = %(market)s AND found ->> 'exempted_by' IS NULL
   UNION ALL
  SELECT found ->> 'rule', piece.at FROM approval_piececheck piece, jsonb_array_elements(piece.findings) found
   WHERE piece.market = %(market)s AND found ->> 'exempted_by' IS NULL
) fired GROUP BY rule
"""


def fired_in(market: str) -> dict[str, tuple[int, datetime]]:
    """Rule to how often it counted in the checks of a market's drafts and questions, and when it last did."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRED, {"market": market})
        return {rule: (times, last) for rule, times, last in cursor.fetchall()}


def answers_in(market: str) -> dict[str, dict[str, int]]:
    """Rule to answer to how often authors gave it in a market."""
    rows = FindingAnswer.objects.filter(check_run__version__draft__market=market).values_list("rule", "answer").annotate(times=Count("id"))
    given: dict[str, dict[str, int]] = {}
    for rule, answer, times in rows:
        given.setdefault(rule, {})[answer] = times
    return given


def in_use(market: str, now: datetime, limit: int) -> list[ApprovedMessage]:
    """Approved messages of a market that may be used at an instant, newest first."""
    current = ApprovedMessage.objects.filter(market=market, withdrawn_at=None, valid_from__lte=now, valid_until__gt=now)
    return list(current.select_related("draft__account", "draft__product", "version", "product").order_by("-valid_from", "-id")[:limit])
