"""INBOUND, third step: answer the person. What may be said follows from who answers, what it is about, and where.

Approved templates leave with their placeholders filled and nothing else changed; free text goes to a reviewer first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import CharField, Q, QuerySet, prefetch_related_objects
from django.db.models.fields.json import KeyTransform
from django.utils.translation import gettext as _

from candour.cases import actions as cases
from candour.cases.models import Case, Happening, Reply
from candour.cases.queries import duties_of_case, place_of
from candour.core.placeholders import parts
from candour.core.review import MessageKind
from candour.core.signing import digest
from candour.core.states import DutyState, PublicationState
from candour.core.terms import DutyKind, Severity
from candour.flows import publish
from candour.flows.answers import Refusal
from candour.flows.doors import is_connected
from candour.flows.gate import Answer, ask_at, may_act_at
from candour.flows.judgement import product_facts
from candour.flows.releases import active_pack, market_pack
from candour.flows.signed import filled_text, in_words, not_sendable, wanted
from candour.flows.submit import create_draft, submit
from candour.flows.triage import take_for_change
from candour.journal.acting import acting
from candour.listening.models import Post
from candour.messages.models import ApprovedMessage, Draft, Publication
from candour.people.models import User
from candour.people.prepared import Given, Prepared
from candour.registry.queries import company, market, market_day
from candour.screening.checks import CheckResult, check_piece
from candour.screening.pieces import parse_piece

#: Findings of these kinds leave no room for words of one's own in public (CARE-01, CARE-03).
_TEMPLATE_ONLY = frozenset({DutyKind.AE, DutyKind.SPECIAL_SITUATION, DutyKind.PQC, DutyKind.MIR, DutyKind.OFF_LABEL, DutyKind.CRISIS})


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the who / what / where table, in words."""

    who: str
    what: str
    where: str
    allows_free_text: bool
    why_not: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A template offered in this case. `parts` are fixed words ("", text) and placeholders (name, value); `missing` still want a value."""

    message: ApprovedMessage
    usable: bool
    why_not: str
    text: str
    missing: tuple[str, ...]
    parts: tuple[tuple[str, str], ...]
    suggested: bool


@dataclass(frozen=True, slots=True)
class ReplyOptions:
    """Everything the reply box is built from."""

    cell: Cell
    choices: tuple[Choice, ...]
    gate: Answer


def options(by: User, case: Case, now: datetime) -> ReplyOptions:
    """What this person may answer in this case now."""
    kinds = {duty.kind for duty in duties_of_case(case) if duty.state != DutyState.DISMISSED}
    known = default_values(by, case, now)
    choices = [_choice(message, case, kinds, known, now) for message in _offered(case)]
    choices.sort(key=lambda choice: (not choice.usable, not choice.suggested, choice.message.title))
    return ReplyOptions(_cell(by, case, kinds), tuple(choices), may_act_at(by, "case.reply", place_of(case), now))


def templates(case: Case) -> QuerySet[ApprovedMessage]:
    """Reply templates of the case's market and language, also expired ones (shown with the reason they can't be used), and words of
    one's own that a reviewer released for this case."""
    return ApprovedMessage.objects.filter(_may_be_offered(case.market, case.lang, Q(draft__in=_asked_drafts(case))))


def _may_be_offered(market: Any, lang: Any, drafts: Q) -> Q:
    return Q(kind=MessageKind.REPLY_TEMPLATE, market=market, lang=lang) | Q(drafts, kind=MessageKind.FREE_REPLY)


def _offers() -> QuerySet[ApprovedMessage]:
    drafts = Q(draft__id__any_of=Given("drafts"))
    found = ApprovedMessage.objects.filter(_may_be_offered(Given("market", CharField()), Given("lang", CharField()), drafts))
    return found.select_related("product", "account")


_OFFERS = Prepared(_offers)
_ASKED = Prepared(
    lambda: Happening.objects.filter(case=Given("case"), kind="asked_approval").values_list(KeyTransform("draft", "data"), flat=True)
)


def _offered(case: Case) -> list[ApprovedMessage]:
    """The same templates with all that says whether they may be used."""
    found = _OFFERS.ask(market=case.market, lang=case.lang, drafts=_asked_drafts(case))
    prefetch_related_objects(found, "signatures")
    return found


def _asked_drafts(case: Case) -> list[int]:
    """Drafts that were sent for approval from this case; the case's own record says so, not their titles."""
    return _ASKED.ask(case=case.pk)


def _cell(by: User, case: Case, kinds: set[str]) -> Cell:
    bound = bool(kinds & _TEMPLATE_ONLY)
    what = _("Possible side effect") if DutyKind.AE in kinds else _("Question or complaint")
    if case.product:
        what = f"{what}, {case.product.name}"
    place = market(case.market)
    where = _("Public reply, %(market)s") % {"market": place.name if place else case.market.upper()}
    why = _("CARE-03-AEROUTE: only approved templates. A reviewer can release one reply.") if bound else ""
    return Cell(by.title or _("Community manager"), what, where, not bound, why)


def default_values(by: User, case: Case, now: datetime) -> dict[str, str]:
    """Placeholder values we know: the signer, the national reporting route, the company's phone. A market without rules knows fewer."""
    place, ours, pack = market(case.market), company(), active_pack(case.market, now)
    way = pack.route if pack else None
    return {
        "signer": by.name if by.name.startswith("Dr") else by.name.split(" ")[0],
        "company": ours.name if ours else "",
        "product": case.product.name if case.product else "",
        "reporting_route": (place.reporting_route if place else "") or (way.reporting if way else ""),
        "emergency": way.emergency if way else "",
        "phone": place.phone if place else "",
        "private_contact": place.private_contact if place else "",
    }


def _choice(message: ApprovedMessage, case: Case, kinds: set[str], known: dict[str, str], now: datetime) -> Choice:
    names, why = wanted(message), why_not(message, case, now)
    values = {name: value for name, value in known.items() if name in names}
    pieces = parts(message.text, values) if names else [("", message.text)]
    return Choice(
        message=message,
        usable=not why,
        why_not=why,
        text=filled_text(message, values)[0],
        missing=tuple(name for name in names if not values.get(name)),
        parts=tuple(pieces),
        suggested=message.kind == MessageKind.FREE_REPLY or bool(kinds & set(message.duties.split(","))),
    )


def why_not(message: ApprovedMessage, case: Case, now: datetime) -> str:
    """Why a text can't answer this case; empty when it can. Asked when the reply box is built and again when the reply is sent."""
    if message.kind == MessageKind.FREE_REPLY:
        if message.draft_id not in _asked_drafts(case):
            return _("This text was released for another case.")
        if message.publications.exclude(state__in=(PublicationState.TAKEN_BACK, PublicationState.FAILED)).exists():
            return _("This text was released for one reply, and that has left.")
    elif (message.kind, message.market, message.lang) != (MessageKind.REPLY_TEMPLATE, case.market, case.lang):
        return _("This text was not approved for a reply in this market and language.")
    if message.product_id and message.product_id != case.product_id:
        return _("Signed for another product.")
    return not_sendable(message, now)


def checks(case: Case, text: str, now: datetime) -> CheckResult:
    """What the rules say of a reply's text in this case, product status and label included."""
    pack, today = market_pack(case.market, now), market_day(case.market, now)
    piece = parse_piece(
        {
            "id": case.number,
            "market": case.market,
            **product_facts(case.product, case.market, today),
            "channel": case.account.network if case.account else case.source_kind,
            "audience": "pub",
            "gate": "none",
            "act": "reply",
            "author_role": "company",
            "post_text": text,
            "kind": "reply",
        }
    )
    return check_piece(piece, [pack], on=today)


def send(by: User, case: Case, message: ApprovedMessage, version: int, now: datetime, *, filled: dict[str, str] | None = None) -> Reply:
    """Send an approved template: held for a moment, then published into the thread and read back.

    Needs a certificate at this moment; an expired or withdrawn template, another market, language or product, or a value that does not fit
    its placeholder is refused and nothing is sent. What we know (company, phone, reporting route, signer) is never taken from `filled`.
    """
    ask_at(by, "case.reply", place_of(case), now)
    with acting(by, "case.reply", message.key):
        take_for_change(case, version)
        if why := why_not(message, case, now):
            raise Refusal(why, remedy=_("Choose another template, or ask the author to renew it."), status=409)
        _refuse_unconnected(case)
        known = {name: value for name, value in default_values(by, case, now).items() if value}
        text, values = _fill(message, (filled or {}) | known)
        _refuse_blocked(case, text, now)
        return _hold(by, case, message, text, values, now)


def _fill(message: ApprovedMessage, values: dict[str, str]) -> tuple[str, dict[str, str]]:
    values = {name: values[name] for name in wanted(message) if name in values}
    text, problem = filled_text(message, values)
    if problem is not None:
        raise Refusal(in_words(problem), remedy=_("Correct the marked value, then send again."), status=400)
    return text, values


def _refuse_unconnected(case: Case) -> None:
    if case.account is None or not is_connected(case.account):
        raise Refusal(
            _("Candour can't write where this was heard; answer there by hand."),
            remedy=_("Then say that no reply is owed here."),
            status=409,
        )


def _hold(by: User, case: Case, message: ApprovedMessage, text: str, values: dict[str, str], now: datetime) -> Reply:
    publication = Publication.objects.create(
        message=message,
        account=case.account,
        text=text,
        lang=case.lang,
        digest=digest(text.encode()),
        filled=values,
        thread=case.thread,
        in_reply_to=_last_words(case).remote_id,
        due_at=now + timedelta(seconds=settings.HOLD_REPLY_SECONDS),
        by=by,
    )
    return Reply.objects.create(case=case, publication=publication, by=by, at=now)


def _last_words(case: Case) -> Post:
    """The post that is answered: the last one the person wrote, not a repost by somebody else."""
    last = case.posts.filter(kind="said").select_related("post").order_by("-added_at", "-id").first()
    return last.post if last else case.post


def _refuse_blocked(case: Case, text: str, now: datetime) -> None:
    blocking = [f for f in checks(case, text, now).findings if f.severity == Severity.BLOCK and not f.exempted_by]
    if blocking:
        raise Refusal(
            _("%(rule)s blocks this reply: %(asks)s") % {"rule": blocking[0].rule, "asks": blocking[0].asks},
            remedy=_("Choose another template."),
            status=409,
        )


def take_back(by: User, reply: Reply, now: datetime) -> Publication:
    """Take a held reply back."""
    return publish.take_back(by, reply.publication, now)


def ask_approval(by: User, case: Case, text: str, version: int, now: datetime) -> Draft:
    """Words of one's own go to a medical reviewer as a draft for this one case; nothing is sent. Needs no certificate: this is the way
    for those who may not send alone."""
    if not text.strip():
        raise Refusal(_("The reply is empty."), status=400)
    ask_at(by, "case.triage", place_of(case), now)
    with acting(by, "case.ask_approval"):
        take_for_change(case, version)
        _refuse_unconnected(case)
        draft = create_draft(
            by,
            title=_("Reply in %(number)s") % {"number": case.number},
            account=case.account,
            product=case.product,
            lang=case.lang,
            text=text.strip(),
            now=now,
            kind=MessageKind.FREE_REPLY.value,
        )
        submit(by, draft, draft.version, now, note=case.number)
        cases.tell(case, "asked_approval", by, now, draft=draft.pk)
    return draft
