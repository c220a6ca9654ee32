"""INBOUND, third step: answer the person. What may be said follows from who answers, what it is about, and where.

Approved templates leave with their placeholders filled and nothing else changed; free text goes to a reviewer first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from candour.cases import actions as cases
from candour.cases.models import Case, Duty, Reply
from candour.core.placeholders import fill, names_in, parts
from candour.core.review import MessageKind
from candour.core.signing import digest
from candour.core.states import DutyState
from candour.core.terms import DutyKind, Severity
from candour.flows import publish
from candour.flows.answers import Refusal
from candour.flows.gate import Answer, may_act
from candour.flows.releases import market_pack
from candour.flows.submit import create_draft, submit
from candour.flows.triage import take_for_change
from candour.journal.acting import acting
from candour.messages.models import ApprovedMessage, Draft, Publication
from candour.people.models import User
from candour.registry.queries import company, label_on, market, status_on
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
    duties = list(Duty.objects.filter(case=case).exclude(state=DutyState.DISMISSED))
    kinds = {duty.kind for duty in duties}
    found = templates(case).select_related("product")
    choices = sorted(
        (_choice(message, by, case, kinds, now) for message in found), key=lambda c: (not c.usable, not c.suggested, c.message.title)
    )
    return ReplyOptions(_cell(by, case, kinds), tuple(choices), may_act(by, "case.reply", case.market, now))


def templates(case: Case) -> object:
    """Reply templates of the case's market and language, also expired ones: they are shown with the reason they can't be used."""
    return ApprovedMessage.objects.filter(kind=MessageKind.REPLY_TEMPLATE, market=case.market, lang=case.lang)


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
    """Placeholder values we know: the signer, the national reporting route, the company's phone."""
    place, ours, way = market(case.market), company(), market_pack(case.market, now).route
    return {
        "signer": by.name if by.name.startswith("Dr") else by.name.split(" ")[0],
        "company": ours.name if ours else "",
        "product": case.product.name if case.product else "",
        "reporting_route": (place.reporting_route if place else "") or way.reporting,
        "emergency": way.emergency,
        "phone": place.phone if place else "",
        "private_contact": place.private_contact if place else "",
    }


def _choice(message: ApprovedMessage, by: User, case: Case, kinds: set[str], now: datetime) -> Choice:
    values = {name: value for name, value in default_values(by, case, now).items() if name in names_in(message.text)}
    text, _problem = fill(message.text, values)
    why = publish.not_sendable(message, now)
    if not why and message.product_id and message.product_id != case.product_id:
        why = _("Signed for another product.")
    return Choice(
        message=message,
        usable=not why,
        why_not=why,
        text=text,
        missing=tuple(name for name in names_in(message.text) if not values.get(name)),
        parts=tuple(parts(message.text, values)),
        suggested=bool(kinds & set(message.duties.split(","))),
    )


def checks(case: Case, text: str, now: datetime) -> CheckResult:
    """What the rules say of a reply's text in this case, product status and label included."""
    product = case.product
    status = status_on(product, case.market, now.date()) if product else None
    label = label_on(product, case.market, now.date()) if product else None
    piece = parse_piece(
        {
            "id": case.number,
            "market": case.market,
            "product": product.name if product else "",
            "product_status": status.status if status else "none",
            "indication": label.indication if label else "",
            "risk_text": label.serious_risks if label else "",
            "flags": [],
            "channel": case.account.network if case.account else case.source_kind,
            "audience": "pub",
            "gate": "none",
            "act": "reply",
            "author_role": "company",
            "post_text": text,
            "kind": "reply",
        }
    )
    return check_piece(piece, [market_pack(case.market, now)])


def send(by: User, case: Case, message: ApprovedMessage, version: int, now: datetime, *, filled: dict[str, str] | None = None) -> Reply:
    """Send an approved template: held for a moment, then published into the thread and read back.

    Needs a certificate at this moment; an expired or withdrawn template, another market or language, or a value that does not fit its
    placeholder is refused and nothing is sent.
    """
    gate = may_act(by, "case.reply", case.market, now)
    if not gate.allowed:
        raise Refusal(gate.why, remedy=gate.remedy, remedy_url=gate.remedy_url)
    fits = (message.kind, message.market, message.lang) == (MessageKind.REPLY_TEMPLATE, case.market, case.lang)
    if not fits and not _is_released_for(message, case):
        raise Refusal(_("This text was not approved for a reply in this market and language."), status=409)
    with acting(by, "case.reply", message.key):
        take_for_change(case, version)
        return _hold(by, case, message, filled or {}, now)


def _is_released_for(message: ApprovedMessage, case: Case) -> bool:
    """A free reply that a reviewer released for exactly this case."""
    return message.kind == MessageKind.FREE_REPLY and message.draft is not None and message.draft.title == free_reply_title(case)


def _hold(by: User, case: Case, message: ApprovedMessage, filled: dict[str, str], now: datetime) -> Reply:
    if why := publish.not_sendable(message, now):
        raise Refusal(why, remedy=_("Choose another template, or ask the author to renew it."), status=409)
    if case.account is None:
        raise Refusal(_("This was heard on a source we have no account on; answer there by hand."), status=409)
    wanted = names_in(message.text)
    values = {name: value for name, value in (default_values(by, case, now) | filled).items() if name in wanted}
    text, problem = fill(message.text, values)
    if problem:
        raise Refusal(problem, remedy=_("Correct the marked value, then send again."), status=400)
    _refuse_blocked(case, text, now)
    publication = Publication.objects.create(
        message=message,
        account=case.account,
        text=text,
        lang=case.lang,
        digest=digest(text.encode()),
        filled=values,
        thread=case.thread,
        in_reply_to=case.post.remote_id,
        due_at=now + timedelta(seconds=settings.HOLD_REPLY_SECONDS),
        by=by,
    )
    return Reply.objects.create(case=case, publication=publication, by=by, at=now)


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
    gate = may_act(by, "case.triage", reply.case.market, now)
    if not gate.allowed:
        raise Refusal(gate.why)
    return publish.take_back(by, reply.publication, now)


def free_reply_title(case: Case) -> str:
    return f"Reply in {case.number}"


def ask_approval(by: User, case: Case, text: str, version: int, now: datetime) -> Draft:
    """Words of one's own go to a medical reviewer as a draft for this one case; nothing is sent."""
    if not text.strip():
        raise Refusal(_("The reply is empty."), status=400)
    if case.account is None:
        raise Refusal(_("This was heard on a source we have no account on; answer there by hand."), status=409)
    with acting(by, "case.ask_approval"):
        take_for_change(case, version)
        draft = create_draft(
            by,
            title=free_reply_title(case),
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
