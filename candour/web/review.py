"""The review: what changed, what the rules found, who signs; and the act of signing exactly the bytes on the screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from candour.core.states import SealState
from candour.flows import landing
from candour.flows import review as flow
from candour.flows.annotate import reviewer_roles
from candour.flows.answers import Refusal
from candour.flows.exact import parts_of
from candour.flows.gate import Answer, may_act_at
from candour.flows.refusals import record_refusal
from candour.flows.releases import market_pack
from candour.journal.queries import entries_about
from candour.messages import queries
from candour.messages.models import Review, Seal
from candour.packs.market import MarketPack
from candour.people.rights import may
from candour.web.claim_card import kept_card
from candour.web.diff import Difference, difference, signed_parts
from candour.web.finding_cards import checked, marks_in
from candour.web.given import secret_of
from candour.web.message_words import DRAFT, signed_facts, with_handles
from candour.web.note_cards import notes_beside
from candour.web.previews import length_on, previews
from candour.web.reuse_questions import asked_lines
from candour.web.review_words import MEANING, NOTE_KIND, TIER, reasons_in_words
from candour.web.variants import tabs


class Named(NamedTuple):
    """Whoever is expected: one name, or several joined."""

    name: str


@dataclass(frozen=True, slots=True)
class ShownSeal:
    """A seal as its partial shows it; while nobody has looked, `person` names those who may sign."""

    pk: int
    role: str
    state: str
    person: Any
    signature: Any
    comment: str
    void_why: str
    about: str = ""
    advisory: bool = False
    kept: Any = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the review's history."""

    at: datetime
    icon: str
    who: str
    what: str | Promise
    words: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The change a reviewer reads: against what, and since when. `difference` is None for a first version."""

    against: str
    difference: Difference | None
    since: datetime | None


# what the page shows


def review_of(request: HttpRequest, pk: int) -> Review:
    """The review, for those who may see its draft."""
    found = queries.review_for(request.reader.held, pk)
    if found is None:
        raise Http404
    return found


def _comparison(review: Review, wanted: str) -> dict[str, Any]:
    """Against the last approved text; against the round before when asked, or when nothing was approved yet."""
    approved, before = queries.last_approved(review.draft, review), queries.previous_review(review)
    version = review.version
    use_before = before is not None and (wanted == "review" or approved is None)
    if use_before:
        old = before.version
        change = difference(old.text, version.text, bytes(old.exact), bytes(version.exact))
        shown = Comparison("review", with_handles(change), before.submitted_at)
    elif approved is not None:
        change = difference(approved.text, version.text, bytes(approved.exact), bytes(version.exact))
        shown = Comparison("approved", with_handles(change), approved.valid_from)
    else:
        shown = Comparison("first", None, None)
    return {"compared": shown, "both_ways": approved is not None and before is not None, "approved": approved}


def _shown_seals(review: Review, seals: Sequence[Seal], now: datetime) -> list[ShownSeal]:
    expected = queries.signers_for(review.draft, now) if review.ended_at is None else {}
    return [_shown_seal(seal, expected.get(seal.role, ())) for seal in seals]


def _shown_seal(seal: Seal, expected: Sequence[str]) -> ShownSeal:
    person: Any = seal.person
    if person is None and expected:
        person = Named(_(" or ").join(expected[:3]))
    return ShownSeal(
        seal.pk, seal.role, seal.state, person, seal.signature, seal.comment, seal.void_why, seal.about, seal.advisory, seal.kept
    )


def _mine(request: HttpRequest, review: Review, seals: Sequence[Seal]) -> list[Seal]:
    """Seals this reader's functions cover and that are still open, whether or not something else keeps them from signing."""
    if review.ended_at is not None:
        return []
    place = queries.place_of(review.draft)
    open_seals = [seal for seal in seals if seal.state in (SealState.WAITING, SealState.LOOKING)]
    return [seal for seal in open_seals if may(request.reader.held, f"seal.{seal.role}", place)]


def _gate(request: HttpRequest, review: Review, mine: Sequence[Seal]) -> Answer:
    """Whether the reader may sign now, and if not why: four eyes first, then the certificate."""
    if queries.wrote(request.reader.person, review):
        return Answer(False, _("You wrote this; four eyes means somebody else signs."))
    if not mine:
        return Answer(False)
    return may_act_at(request.reader.person, f"seal.{mine[0].role}", queries.place_of(review.draft), request.reader.now)


def _signing(request: HttpRequest, review: Review, mine: Sequence[Seal]) -> dict[str, Any]:
    """Everything the signing dialog shows, read from the very bytes that will be signed."""
    exact = bytes(review.version.exact)
    parts = signed_parts(exact)
    return {
        "text": parts.get("text", ""),
        "characters": len(parts.get("text", "")),
        "facts": signed_facts(exact, review.draft.product),
        "picture": next(iter(parts_of(exact).get("media") or ()), ""),
        "alt_text": parts.get("alt_text", ""),
        "bytes": exact.decode("utf-8", "replace"),
        "size": len(exact),
        "digest": review.version.digest,
        "drift": landing.drift_mark(review.version),
        "seals": [
            (seal, MEANING.get(seal.role, seal.role), queries.deputy_names(request.reader.held, seal.role, review.draft)) for seal in mine
        ],
    }


def _history(review: Review) -> list[Line]:
    """The draft's life as far as reviewers care: texts, rounds, answers, seals; newest first."""
    lines = [
        Line(v.saved_at, "pencil", v.author.name, _("kept text %(number)s") % {"number": v.number})
        for v in queries.versions_of(review.draft)
    ]
    for row in queries.reviews_of(review.draft):
        lines.append(
            Line(row.submitted_at, "send", row.submitted_by.name, _("submitted text %(number)s") % {"number": row.version.number}, row.note)
        )
        lines += [line for seal in queries.seals_of(row) if (line := _seal_line(seal))]
    return sorted(lines, key=lambda line: line.at, reverse=True)


def _seal_line(seal: Seal) -> Line | None:
    if seal.signature is not None:
        voided = _("signed, void since") if seal.state == SealState.VOID else _("signed")
        return Line(seal.signature.at, "seal", seal.signature.signer_name, voided, seal.signature.meaning)
    if seal.kept is not None:
        text = {"number": seal.kept.review.version.number}
        return Line(seal.review.submitted_at, "seal", seal.kept.person.name, _("was not asked again: signed text %(number)s") % text)
    if seal.comment:
        asked = entries_about("approval_seal", str(seal.pk)).filter(act__in=("seal.ask_changes", "seal.reject")).order_by("id").last()
        at = asked.at if asked else seal.review.ended_at
        said, icon = (_("rejected it"), "ban") if seal.state == SealState.REJECTED else (_("asked for changes"), "reply")
        return Line(at, icon, seal.person.name, said, seal.comment) if at else None
    return Line(seal.looked_at, "eye", seal.person.name, _("looked at it")) if seal.looked_at and seal.person else None


def _pack(market: str, now: datetime) -> MarketPack | None:
    """The rules in force, for their questions in the reader's language; the stored findings stand without them."""
    try:
        return market_pack(market, now)
    except Refusal:
        return None


def page_of(request: HttpRequest, review: Review, *, status: int = 200, **more: Any) -> HttpResponse:
    """The review as this reader sees it; `more` adds what was typed and why it was refused."""
    reader, draft = request.reader, review.draft
    seals = queries.seals_of(review)
    mine = _mine(request, review, seals)
    run, notes = review.check_run, notes_beside(request, draft, review.version)
    context = _comparison(review, request.GET.get("since", "")) | {
        "review": review,
        "draft": draft,
        "look": DRAFT[draft.state],
        "version": review.version,
        "seals": _shown_seals(review, seals, reader.now),
        "mine": mine,
        "deciding": [seal for seal in mine if not seal.advisory],
        "gate": _gate(request, review, mine),
        "signing": _signing(request, review, mine),
        "check": checked(run.findings, queries.answers_to(draft, run.findings), _pack(draft.market, reader.now)),
        "releases": ", ".join(run.releases.values()),
        "marks": [*marks_in(review.version.text, run.findings), *notes.marks],
        "notes": notes,
        "texts": tabs(draft, queries.running_reviews(queries.texts_of(draft))),
        "note_kinds": NOTE_KIND.items(),
        "note_roles": noting_roles(request, review),
        "tier": TIER.get(review.tier, TIER["usual"]),
        "reasons": reasons_in_words(review.reasons),
        "pages": _pages(review),
        "previews": previews(draft, review.version.text, picture=review.version.picture_id is not None),
        "length": length_on(draft.account.network, review.version.text),
        "claims": kept_card(review.version),
        "history": _history(review),
        "message": draft.approvals.filter(version=review.version).first(),
        "reuse": asked_lines(review),
        "newer": draft.reviews.filter(pk__gt=review.pk).order_by("-pk").first(),
    }
    return render(request, "review.html", context | more, status=status)


def noting_roles(request: HttpRequest, review: Review) -> list[str]:
    """Roles in whose name the reader may note something on the text now; none after the end and none for its writers."""
    if review.ended_at is not None or queries.wrote(request.reader.person, review):
        return []
    return reviewer_roles(request.reader.held, review.draft)


def _pages(review: Review) -> list[tuple[Any, Any]]:
    """What each link led to at the submission, and the newest look where that shows something else."""
    changed = {look.address: look for look in landing.drifted(review.version)}
    return [(first, changed.get(first.address)) for first in landing.first_looks(review.version)]


# addresses


@login_required
@require_GET
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """The review, opened on what changed."""
    return page_of(request, review_of(request, pk))


def _seal(request: HttpRequest, review: Review) -> Seal:
    """The seal meant by the form; another review's seal does not exist here."""
    given = request.POST.get("seal", "")
    found = next((seal for seal in queries.seals_of(review) if str(seal.pk) == given), None)
    if found is None:
        raise Refusal(_("Choose the seal you set."), status=400)
    return found


@login_required
@require_POST
def review_look(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the others that the reader is looking at it now; answers the row of seals."""
    found = review_of(request, pk)
    if not queries.wrote(request.reader.person, found):
        for seal in _mine(request, found, queries.seals_of(found)):
            flow.look(request.reader.person, seal, request.reader.now)
    seals = _shown_seals(found, queries.seals_of(found), request.reader.now)
    return render(request, "review.html#seals", {"review": found, "seals": seals})


@login_required
@require_POST
def review_sign(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign one seal with the secret in this request; whatever goes wrong, the page says so and nothing is signed."""
    found = review_of(request, pk)
    try:
        seal = _seal(request, found)
        digest, drift = request.POST.get("digest", ""), request.POST.get("drift", "")
        flow.sign(request.reader.person, seal, secret_of(request), digest, request.reader.now, drift=drift)
    except Refusal as refused:
        record_refusal(request.reader.person, "seal.sign", f"review {pk}", refused)
        return page_of(request, review_of(request, pk), status=refused.status, not_signed=refused)
    return HttpResponseRedirect(reverse("review", args=[pk]))


@login_required
@require_POST
def review_changes(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the author for changes, with words; the comment stays in the field when it is refused."""
    return _ended(request, pk, flow.ask_changes, "seal.ask_changes", "not_asked")


@login_required
@require_POST
def review_reject(request: HttpRequest, pk: int) -> HttpResponse:
    """End the draft with a reason; the reason stays in the field when it is refused."""
    return _ended(request, pk, flow.reject, "seal.reject", "not_rejected")


def _ended(request: HttpRequest, pk: int, verdict: Callable[..., Seal], act: str, refusal: str) -> HttpResponse:
    found = review_of(request, pk)
    comment = request.POST.get("comment", "")
    try:
        verdict(request.reader.person, _seal(request, found), comment, request.reader.now)
    except Refusal as refused:
        record_refusal(request.reader.person, act, f"review {pk}", refused)
        return page_of(request, review_of(request, pk), status=refused.status, comment=comment, **{refusal: refused})
    return HttpResponseRedirect(reverse("review", args=[pk]))


@login_required
@require_POST
def review_links(request: HttpRequest, pk: int) -> HttpResponse:
    """Look again at what the links lead to."""
    found = review_of(request, pk)
    if not reviewer_roles(request.reader.held, found.draft):
        raise Refusal(_("The reviewers of this text look at its links."))
    if found.ended_at is None:
        landing.look_again(request.reader.person, found.version, request.reader.now)
    return HttpResponseRedirect(f"{reverse('review', args=[pk])}#links")


urls = [
    path("reviews/<int:pk>/", review, name="review"),
    path("reviews/<int:pk>/look/", review_look, name="review-look"),
    path("reviews/<int:pk>/sign/", review_sign, name="review-sign"),
    path("reviews/<int:pk>/changes/", review_changes, name="review-changes"),
    path("reviews/<int:pk>/reject/", review_reject, name="review-reject"),
    path("reviews/<int:pk>/links/", review_links, name="review-links"),
]
