"""OUTBOUND: a draft is written, checked against its market's rules, answered for, and submitted to its reviewers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from candour.channels.text import clean_text
from candour.core.clocks import add_business_minutes
from candour.core.review import MessageKind, route
from candour.core.signing import digest
from candour.core.states import DRAFT, DraftState, SealState, move
from candour.core.terms import Audience, ProductStatus, Severity
from candour.flows.answers import Refusal, Stale
from candour.flows.exact import exact_bytes
from candour.flows.gate import ask_at
from candour.flows.judgement import Judgement, judge, product_facts
from candour.flows.office_hours import promise_of
from candour.journal.acting import acting
from candour.messages.models import ApprovedMessage, CheckRun, Draft, DraftVersion, FindingAnswer, Review, Seal
from candour.messages.queries import answers_to, place_of
from candour.people.models import User
from candour.people.rights import Place
from candour.registry.models import Account, Product
from candour.registry.queries import accounts_by_keys, market_day, status_on
from candour.screening.checks import CheckResult
from candour.screening.pieces import Piece, parse_piece

#: Drafts of these kinds are checked as answers to a person (CARE rules).
_REPLIES = (MessageKind.REPLY_TEMPLATE, MessageKind.FREE_REPLY)


def create_draft(
    by: User,
    *,
    title: str,
    account: Account,
    product: Product | None,
    lang: str,
    text: str,
    now: datetime,
    based_on: ApprovedMessage | None = None,
    kind: str = MessageKind.POST.value,
    links: Sequence[str] = (),
    duties: Sequence[str] = (),
    also: Sequence[Account] = (),
) -> Draft:
    """A new draft with its first version."""
    if any(other.market != account.market for other in also):
        raise Refusal(_("A message goes to accounts of one market; start another draft for the other market."), status=400)
    for one in (account, *also):
        ask_at(by, _writing(MessageKind(kind)), Place(account.market, product.brand.key if product else None, one.key), now)
    with acting(by, "draft.create"):
        draft = Draft.objects.create(
            title=title.strip()[:160] or _("Untitled draft"),
            kind=kind,
            account=account,
            also=[other.key for other in also],
            product=product,
            market=account.market,
            audience=account.audience,
            lang=lang,
            duties=",".join(duties),
            owner=by,
            based_on=based_on,
            changed_at=now,
        )
        _add_version(draft, 1, text, draft.title, links, "", by, now)
    return draft


def _writing(kind: str, act: str = "draft.write") -> str:
    """Answers in one's own words are written by those who work on cases, everything else by authors."""
    return "case.triage" if kind == MessageKind.FREE_REPLY else act


def _add_version(
    draft: Draft, number: int, text: str, title: str, links: Sequence[str], alt_text: str, by: User, now: datetime
) -> DraftVersion:
    text, title, alt_text = clean_text(text), clean_text(title)[:200], clean_text(alt_text)[:300]  # browsers post CRLF, we sign LF
    exact = exact_bytes(
        kind=draft.kind,
        title=title,
        text=text,
        links=links,
        alt_text=alt_text,
        accounts=[draft.account.key, *draft.also],
        market=draft.market,
        audience=draft.audience,
        lang=draft.lang,
        product=draft.product.key if draft.product else "",
    )
    return DraftVersion.objects.create(
        draft=draft,
        number=number,
        text=text,
        title=title,
        links=list(links),
        alt_text=alt_text,
        exact=exact,
        digest=digest(exact),
        author=by,
        saved_at=now,
    )


def last_version(draft: Draft) -> DraftVersion:
    """The newest saved state."""
    return draft.versions.order_by("-number").first()


def save(
    by: User,
    draft: Draft,
    text: str,
    version: int,
    now: datetime,
    *,
    title: str | None = None,
    links: Sequence[str] | None = None,
    alt_text: str | None = None,
) -> DraftVersion:
    """Save the draft. The second of two editors is refused; an edit during a review makes every seal void, visibly.

    Saving what is already there writes nothing.
    """
    ask_at(by, _writing(draft.kind), place_of(draft), now)
    with acting(by, "draft.save"):
        _take(draft, version)
        if draft.state in (DraftState.SIGNED, DraftState.WITHDRAWN):
            raise Refusal(_("This draft is signed; start a new one from it."), status=409)
        last = last_version(draft)
        title = last.title if title is None else title.strip()[:160] or last.title
        links = last.links if links is None else list(links)
        alt_text = last.alt_text if alt_text is None else alt_text
        if (clean_text(text), title, list(links), alt_text) == (last.text, last.title, last.links, last.alt_text):
            return last
        new = _add_version(draft, last.number + 1, text, title, links, alt_text, by, now)
        if draft.state == DraftState.IN_REVIEW:
            _void_seals(draft, now, _("The text was edited after it was submitted."))
            draft.state = move(DRAFT, draft.state, "edit").value
        draft.title, draft.version, draft.changed_at = title, draft.version + 1, now
        draft.save(update_fields=["state", "title", "version", "changed_at"])
    return new


def _take(draft: Draft, version: int) -> None:
    """Hold the draft as it is now; Stale when it is no longer what the reader's page showed."""
    draft.refresh_from_db(from_queryset=Draft.objects.select_for_update(no_key=True, of=("self",)))
    if draft.version != version:
        raise Stale(_("Somebody else saved this draft while you had it open. Both texts are kept."))


def _void_seals(draft: Draft, now: datetime, why: str) -> None:
    for review in draft.reviews.filter(ended_at=None):
        review.ended_at = now
        review.save(update_fields=["ended_at"])
        for seal in review.seals.exclude(state=SealState.VOID):
            seal.state, seal.void_why = SealState.VOID.value, why
            seal.save(update_fields=["state", "void_why"])


def piece_of(
    draft: Draft, text: str, on: date, *, title: str = "", third_party: str = "", market: str = "", version: DraftVersion | None = None
) -> Piece:
    """The draft as the content check reads it: words plus the product's status and label in its market, or in another, on a date.

    Links and the words for a picture come from `version`, where one is given.
    """
    there = market or draft.market
    return parse_piece(
        {
            "id": f"draft-{draft.pk}",
            "market": there,
            **product_facts(draft.product, there, on),
            "channel": draft.account.network,
            "audience": draft.audience,
            "gate": "none",
            "act": "reply" if draft.kind in _REPLIES else "post",
            "author_role": "company",
            "post_text": text,
            "link_text": "\n".join(filter(None, (title, *(version.links if version else ())))),
            "image_text": version.alt_text if version else "",
            "third_party_text": third_party,
            "kind": "reply" if draft.kind in _REPLIES else "post",
        }
    )


def live_check(draft: Draft, text: str, now: datetime, *, title: str = "") -> CheckResult:
    """What the rules say of `text` now; nothing is stored."""
    return _judged(draft, text, title, now, last_version(draft)).result


def _judged(draft: Draft, text: str, title: str, now: datetime, version: DraftVersion | None) -> Judgement:
    return judge(
        lambda market, on: piece_of(draft, text, on, title=title, market=market, version=version), draft.market, now, **reach_of(draft)
    )


def reach_of(draft: Draft) -> dict[str, Any]:
    """Countries whose rules judge beside the market's: where the accounts' legal owners are, and which the accounts are aimed at."""
    places = [draft.account, *accounts_by_keys(draft.also)]
    owners = [one.owner_country for one in places if one.owner_country]
    return {"owner": owners[0] if owners else "", "targeting": [*owners[1:], *(code for one in places for code in one.aims)]}


def check(by: User, version: DraftVersion, now: datetime) -> CheckRun:
    """Judge a saved version and keep the answer as evidence, with the release that gave it."""
    draft = version.draft
    ask_at(by, _writing(draft.kind), place_of(draft), now)
    found = _judged(draft, version.text, version.title, now, version)
    with acting(by, "draft.check", ", ".join(found.releases.values())):
        return CheckRun.objects.create(
            version=version,
            releases=found.releases,
            verdict=found.result.verdict.value,
            findings=found.result.as_row()["findings"],
            at=now,
        )


def answer_finding(by: User, check_run: CheckRun, rule: str, answer: str, reason: str, now: datetime) -> FindingAnswer:
    """Fix, justify or not applicable, with a reason. A blocking finding can't be argued away."""
    draft = check_run.version.draft
    ask_at(by, _writing(draft.kind), place_of(draft), now)
    if draft.state not in (DraftState.WRITING, DraftState.CHANGES):
        raise Refusal(_("This text is with its reviewers; the answers to its findings stand."), status=409)
    finding = next((row for row in check_run.findings if row["rule"] == rule), None)
    if finding is None or answer not in ("fix", "justify", "not_applicable"):
        raise Refusal(_("There is no such finding in this check."), status=400)
    if finding["severity"] == Severity.BLOCK and answer != "fix":
        raise Refusal(_("%(rule)s blocks; only a change of the text helps.") % {"rule": rule}, status=400)
    if answer != "fix" and not reason.strip():
        raise Refusal(_("Say in a few words why."), status=400)
    with acting(by, "draft.answer", reason):
        row, _made = FindingAnswer.objects.update_or_create(
            check_run=check_run, rule=rule, defaults={"answer": answer, "reason": reason.strip()[:400], "by": by, "at": now}
        )
    return row


def submit(by: User, draft: Draft, version: int, now: datetime, *, note: str = "") -> Review:
    """Send the last version to its reviewers. Needs a certificate; refused while a blocking finding stands."""
    ask_at(by, _writing(draft.kind, "draft.submit"), place_of(draft), now)
    with acting(by, "draft.submit", note):
        _take(draft, version)
        if (draft.state, "submit") not in DRAFT:
            raise Refusal(_("This draft is with its reviewers or signed already."), status=409)
        last = last_version(draft)
        run = check(by, last, now)
        blocking = [row["rule"] for row in run.findings if row["severity"] == Severity.BLOCK and not row["exempted_by"]]
        if blocking:
            raise Refusal(
                _("%(rules)s blocks this text.") % {"rules": ", ".join(blocking)},
                remedy=_("Mend the marked words, then submit again."),
                status=409,
            )
        _refuse_unanswered(draft, run)
        draft.state, draft.version, draft.changed_at = move(DRAFT, draft.state, "submit").value, draft.version + 1, now
        draft.save(update_fields=["state", "version", "changed_at"])
        return _open_review(by, draft, last, run, now, note)


def _refuse_unanswered(draft: Draft, run: CheckRun) -> None:
    """Every finding that weighs has been justified or found not applicable, with a reason; a promise to mend settles nothing.

    An answer to one person in own words is written and submitted in one step: there the reviewer answers for what the check found.
    """
    if draft.kind == MessageKind.FREE_REPLY:
        return
    weighing = [row for row in run.findings if row["severity"] in (Severity.HIGH, Severity.MEDIUM) and not row["exempted_by"]]
    given = answers_to(draft, weighing)
    open_ones = [row["rule"] for row in weighing if row["rule"] not in given or given[row["rule"]].answer == "fix"]
    if open_ones:
        raise Refusal(
            _("%(rules)s waits for your answer.") % {"rules": ", ".join(open_ones)},
            remedy=_("Change the words, or say why the finding is justified or does not apply."),
            status=409,
        )


def _open_review(by: User, draft: Draft, version: DraftVersion, run: CheckRun, now: datetime, note: str) -> Review:
    status = status_on(draft.product, draft.market, market_day(draft.market, now)) if draft.product else None
    way = route(MessageKind(draft.kind), ProductStatus(status.status if status else ProductStatus.NONE), Audience(draft.audience))
    hours = promise_of(draft.market, now).hours
    review = Review.objects.create(
        draft=draft,
        version=version,
        check_run=run,
        submitted_by=by,
        submitted_at=now,
        due_at=add_business_minutes(now, way.hours * 60, hours),
        note=note[:400],
    )
    Seal.objects.bulk_create([Seal(review=review, role=role.value) for role in way.roles])
    return review
