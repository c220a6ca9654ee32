"""OUTBOUND: a draft is written, checked against its market's rules, answered for, and submitted to its reviewers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from candour.channels.text import clean_text
from candour.core.clocks import add_business_minutes
from candour.core.review import MessageKind, ReviewRole
from candour.core.signing import digest
from candour.core.states import DRAFT, SEAL, DraftState, SealState, move
from candour.core.terms import Severity
from candour.flows import claims, landing, pictures, tell
from candour.flows.answers import Refusal, Stale
from candour.flows.exact import check_part, exact_bytes
from candour.flows.gate import ask_at
from candour.flows.judgement import Judgement, judge, product_facts
from candour.flows.office_hours import promise_of
from candour.flows.routing import kept_roles, way_of
from candour.journal.acting import acting
from candour.messages.models import ApprovedMessage, CheckRun, Draft, DraftVersion, FindingAnswer, Review, Seal
from candour.messages.queries import answers_to, place_of
from candour.people.models import User
from candour.people.rights import Place
from candour.registry.models import Account, Product
from candour.registry.queries import accounts_by_keys
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
    variant_of: Draft | None = None,
) -> Draft:
    """A new draft with its first version. What is based on a message, or is a variant of another text, shows its picture; a variant also
    begins with its window."""
    if any(other.market != account.market for other in also):
        raise Refusal(_("A message goes to accounts of one market; start another draft for the other market."), status=400)
    for one in (account, *also):
        ask_at(by, writing(MessageKind(kind)), Place(account.market, product.brand.key if product else None, one.key), now)
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
            variant_of=variant_of,
            wanted_from=variant_of.wanted_from if variant_of else None,
            wanted_until=variant_of.wanted_until if variant_of else None,
            changed_at=now,
        )
        source = last_version(variant_of) if variant_of else based_on.version if based_on else None
        window = {"wanted_from": draft.wanted_from, "wanted_until": draft.wanted_until}
        _add_version(draft, 1, Words(text, draft.title, tuple(links), **_shown_by(source), **window), by, now)
    return draft


def _shown_by(version: DraftVersion | None) -> dict[str, Any]:
    """The picture of a version with the words for it; nothing when it shows none."""
    if version is None or version.picture_id is None:
        return {}
    return {"alt_text": version.alt_text, "picture": version.picture_id, "picture_words": version.picture_words}


def writing(kind: str, act: str = "draft.write") -> str:
    """Answers in one's own words are written by those who work on cases, everything else by authors."""
    return "case.triage" if kind == MessageKind.FREE_REPLY else act


@dataclass(frozen=True, slots=True)
class Words:
    """What an author types and shows: everything of a version but where it goes. Cleaned as it is stored; `picture` is a digest."""

    text: str
    title: str
    links: tuple[str, ...] = ()
    alt_text: str = ""
    picture: str = ""
    picture_words: str = ""
    wanted_from: datetime | None = None
    wanted_until: datetime | None = None

    def clean(self) -> Words:
        """Browsers post CRLF, we sign LF."""
        title, alt_text, within = clean_text(self.title)[:200], clean_text(self.alt_text)[:300], clean_text(self.picture_words)[:600]
        return replace(self, text=clean_text(self.text), title=title, alt_text=alt_text, picture_words=within, links=tuple(self.links))


def _bytes_of(draft: Draft, words: Words, **more: Any) -> bytes:
    """The signed form of a version of a draft; `more` is what only a submission adds."""
    return exact_bytes(
        kind=draft.kind,
        title=words.title,
        text=words.text,
        links=words.links,
        alt_text=words.alt_text,
        accounts=[draft.account.key, *draft.also],
        market=draft.market,
        audience=draft.audience,
        lang=draft.lang,
        product=draft.product.key if draft.product else "",
        valid_from=words.wanted_from,
        valid_until=words.wanted_until,
        media=[words.picture] if words.picture else [],
        picture_words=words.picture_words,
        **more,
    )


def _add_version(draft: Draft, number: int, words: Words, by: User, now: datetime, exact: bytes = b"") -> DraftVersion:
    """Store a version; with `exact` it is the one that goes to the reviewers."""
    words = words.clean()
    stored = exact or _bytes_of(draft, words)
    version = DraftVersion.objects.create(
        draft=draft,
        number=number,
        text=words.text,
        title=words.title,
        links=list(words.links),
        alt_text=words.alt_text,
        picture_id=words.picture or None,
        picture_words=words.picture_words,
        exact=stored,
        digest=digest(stored),
        author=by,
        saved_at=now,
        submitted=bool(exact),
    )
    claims.link(version, now)
    return version


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
    picture: str | None = None,
    picture_words: str | None = None,
    window: tuple[datetime | None, datetime | None] | None = None,
) -> DraftVersion:
    """Save the draft. The second of two editors is refused; an edit during or after a review makes its seals void, visibly.

    What is None stays as it was. `picture` is the digest of one in the library, or empty for none; `window`: from when and until when the
    author wants it used. Saving what is already there writes nothing.
    """
    ask_at(by, writing(draft.kind), place_of(draft), now)
    with acting(by, "draft.save"):
        hold(draft, version)
        _refuse_ended(draft)
        last = last_version(draft)
        was = words_of(draft, last)
        given = {"links": links, "alt_text": alt_text, "picture": picture, "picture_words": picture_words}
        typed = replace(was, text=text, **{name: value for name, value in given.items() if value is not None})
        if title is not None:
            typed = replace(typed, title=title.strip()[:160] or last.title)
        if window is not None:
            wanted_from, wanted_until = _window(window, now)
            typed = replace(typed, wanted_from=wanted_from, wanted_until=wanted_until)
        typed = typed.clean()
        if typed == was:
            return last
        return _store(by, draft, typed, last.number + 1, now)


def _refuse_ended(draft: Draft) -> None:
    if draft.state in (DraftState.SIGNED, DraftState.WITHDRAWN):
        raise Refusal(_("This draft is signed; start a new one from it."), status=409)
    if draft.state == DraftState.REJECTED:
        raise Refusal(_("This draft was rejected; start a new one."), status=409)


def words_of(draft: Draft, version: DraftVersion) -> Words:
    """What is stored of the newest version, as it was typed."""
    shown = {"alt_text": version.alt_text, "picture": version.picture_id or "", "picture_words": version.picture_words}
    window = {"wanted_from": draft.wanted_from, "wanted_until": draft.wanted_until}
    return Words(version.text, version.title, tuple(version.links), **shown, **window)


def _window(window: tuple[datetime | None, datetime | None], now: datetime) -> tuple[datetime | None, datetime | None]:
    """To the second, as it is signed. Refused when it ends before it begins, or is over."""
    begins, ends = (at.replace(microsecond=0) if at else None for at in window)
    if ends is not None and ends <= max(begins or now, now):
        raise Refusal(_("The window ends before it begins."), remedy=_("Choose a later end, or leave it empty."), status=400)
    return begins, ends


def _store(by: User, draft: Draft, words: Words, number: int, now: datetime) -> DraftVersion:
    """Keep the next version, void what was signed, and move the draft on."""
    draft.wanted_from, draft.wanted_until = words.wanted_from, words.wanted_until
    new = _add_version(draft, number, words, by, now)
    _void_seals(draft, now, _("The text was edited after it was submitted."))
    under_review = draft.state == DraftState.IN_REVIEW
    if under_review:
        draft.state = move(DRAFT, draft.state, "edit").value
    draft.title, draft.version, draft.changed_at = words.title[:160], draft.version + 1, now
    draft.save(update_fields=["state", "title", "version", "changed_at", "wanted_from", "wanted_until"])
    if under_review:
        tell.draft("draft.edit", draft, by, now)
    return new


def readdress(by: User, draft: Draft, also: Sequence[str], now: datetime) -> DraftVersion:
    """The same words for other further accounts, as a version: where a text goes is part of what is signed. Call inside a named act that
    holds the draft."""
    last = last_version(draft)
    draft.also = list(also)
    draft.save(update_fields=["also"])
    return _store(by, draft, words_of(draft, last), last.number + 1, now)


def hold(draft: Draft, version: int) -> None:
    """Hold the draft as it is now; Stale when it is no longer what the reader's page showed."""
    draft.refresh_from_db(from_queryset=Draft.objects.select_for_update(no_key=True, of=("self",)))
    if draft.version != version:
        raise Stale(_("Somebody else saved this draft while you had it open. Both texts are kept."))


def _void_seals(draft: Draft, now: datetime, why: str) -> None:
    """End the running review with all its seals; of the last one that ended, what was signed is void too: its text is no longer the one."""
    last = draft.reviews.order_by("-id").first()
    if last is None:
        return
    running = last.ended_at is None
    if running:
        last.ended_at = now
        last.save(update_fields=["ended_at"])
    kept = (SealState.VOID,) if running else (SealState.VOID, SealState.CHANGES)
    for seal in last.seals.exclude(state__in=kept):
        seal.state, seal.void_why = move(SEAL, seal.state, "void").value, why
        seal.save(update_fields=["state", "void_why"])


def stop_review(draft: Draft, now: datetime, why: str) -> None:
    """End the running review of a draft because of something else than its words: its seals are void, its author goes on or gives it up.
    Call inside a named act that holds the draft."""
    _void_seals(draft, now, why[:300])
    draft.state, draft.version, draft.changed_at = move(DRAFT, draft.state, "edit").value, draft.version + 1, now
    draft.save(update_fields=["state", "version", "changed_at"])


def piece_of(
    draft: Draft,
    text: str,
    on: date,
    *,
    title: str = "",
    third_party: str = "",
    market: str = "",
    version: DraftVersion | None = None,
    image_text: str | None = None,
) -> Piece:
    """The draft as the content check reads it: words plus the product's status and label in its market, or in another, on a date.

    Links, the words for a picture and those in it come from `version`, where one is given; `image_text` stands for the latter two.
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
            "image_text": image_words(version) if image_text is None else image_text,
            "third_party_text": third_party,
            "kind": "reply" if draft.kind in _REPLIES else "post",
        }
    )


def image_words(version: DraftVersion | None) -> str:
    """The words for the picture of a version and those in it, as the rules read them."""
    return "\n".join(filter(None, (version.alt_text, version.picture_words))) if version else ""


def live_check(draft: Draft, text: str, now: datetime, *, title: str = "", image_text: str | None = None) -> CheckResult:
    """What the rules say of `text` now; nothing is stored. `image_text`: words for and in its picture, where others were typed."""
    return _judged(draft, text, title, now, last_version(draft), image_text).result


def _judged(draft: Draft, text: str, title: str, now: datetime, version: DraftVersion | None, image_text: str | None = None) -> Judgement:
    said = {"title": title, "version": version, "image_text": image_text}
    return judge(lambda market, on: piece_of(draft, text, on, market=market, **said), draft.market, now, **reach_of(draft))


def reach_of(draft: Draft) -> dict[str, Any]:
    """Countries whose rules judge beside the market's: where the accounts' legal owners are, and which the accounts are aimed at."""
    places = [draft.account, *accounts_by_keys(draft.also)]
    owners = [one.owner_country for one in places if one.owner_country]
    return {"owner": owners[0] if owners else "", "targeting": [*owners[1:], *(code for one in places for code in one.aims)]}


def check(by: User, version: DraftVersion, now: datetime) -> CheckRun:
    """Judge a saved version and keep the answer as evidence, with the release that gave it."""
    draft = version.draft
    ask_at(by, writing(draft.kind), place_of(draft), now)
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
    ask_at(by, writing(draft.kind), place_of(draft), now)
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
    """Send the last version to its reviewers. Needs a certificate; refused while a blocking finding stands.

    What the links lead to is looked at first, outside the transaction: a slow page holds nobody up.
    """
    pages = pages_behind(by, draft, now)
    return submit_seen(by, draft, version, pages, now, note=note)


def pages_behind(by: User, draft: Draft, now: datetime) -> Sequence[landing.Seen]:
    """What the links of a draft lead to, for its submission; refused to whoever may not submit it, before any page is asked for."""
    ask_at(by, writing(draft.kind, "draft.submit"), place_of(draft), now)
    words = last_version(draft)
    return landing.look_at(landing.links_in(words.text, words.links)) if (draft.state, "submit") in DRAFT else []


def submit_seen(by: User, draft: Draft, version: int, pages: Sequence[landing.Seen], now: datetime, *, note: str = "") -> Review:
    """The submission itself, with the pages that were looked at before it."""
    with acting(by, "draft.submit", note):
        hold(draft, version)
        if (draft.state, "submit") not in DRAFT:
            over = _("This draft was rejected; start a new one.") if draft.state == DraftState.REJECTED else ""
            raise Refusal(over or _("This draft is with its reviewers or signed already."), status=409)
        last = last_version(draft)
        pictures.refuse_unready(draft, last, now)
        run = check(by, last, now)
        blocking = [row["rule"] for row in run.findings if row["severity"] == Severity.BLOCK and not row["exempted_by"]]
        if blocking:
            raise Refusal(
                _("%(rules)s blocks this text.") % {"rules": ", ".join(blocking)},
                remedy=_("Mend the marked words, then submit again."),
                status=409,
            )
        _refuse_unanswered(draft, run)
        return open_review(by, draft, last, run, now, note=note, pages=pages)


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


def open_review(
    by: User,
    draft: Draft,
    version: DraftVersion,
    run: CheckRun,
    now: datetime,
    *,
    roles: Sequence[ReviewRole] | None = None,
    about: Mapping[ReviewRole, str] | None = None,
    note: str = "",
    pages: Sequence[landing.Seen] = (),
    hours: int | None = None,
) -> Review:
    """Put a saved version before its reviewers, and the draft into review. Call inside a named act that holds the draft.

    Without `roles` the route decides, and an earlier signature stands where nothing that concerns it changed (core.reentry). With `roles`
    exactly these are asked; `about` says what alone a role is asked, `hours` how many business hours they have. The version under review
    is a new one: its bytes also hold the pages, the check and the answers, and these bytes are what is signed. RefusedMove when the draft
    can't be submitted in its state.
    """
    way = way_of(draft, run, now)
    draft.state = move(DRAFT, draft.state, "submit").value
    draft.version, draft.changed_at = draft.version + 1, now
    draft.save(update_fields=["state", "version", "changed_at"])
    sealed = _submitted_version(by, draft, version, run, pages, now)
    review = Review.objects.create(
        draft=draft,
        version=sealed,
        check_run=run,
        submitted_by=by,
        submitted_at=now,
        due_at=add_business_minutes(now, (way.route.hours if hours is None else hours) * 60, promise_of(draft.market, now).hours),
        note=note[:400],
        tier=way.route.tier.value,
        reasons=list(way.reasons),
    )
    asked = tuple(roles) if roles is not None else way.route.roles
    kept = kept_roles(draft, asked, sealed, review) if roles is None else {}
    advisory = way.route.advisory if roles is None else ()
    _ask(review, asked, kept, advisory, about or {})
    tell.draft("draft.submit", draft, by, now)
    return review


def _submitted_version(
    by: User, draft: Draft, version: DraftVersion, run: CheckRun, pages: Sequence[landing.Seen], now: datetime
) -> DraftVersion:
    words = words_of(draft, version)
    found = check_part(run.releases, run.findings, answers_to(draft, run.findings))
    said = claims.signed_rows(draft, words.text, now)
    exact = _bytes_of(draft, words, pages=landing.rows(pages, now), check=found, claims=said)
    sealed = _add_version(draft, last_version(draft).number + 1, words, by, now, exact)
    landing.keep(sealed, pages, now)
    return sealed


def _ask(
    review: Review,
    asked: Sequence[ReviewRole],
    kept: Mapping[ReviewRole, Seal],
    advisory: Sequence[ReviewRole],
    about: Mapping[ReviewRole, str],
) -> None:
    """One seal per role; those that advise come first, so that whoever signs in order is never too late."""
    seals = [Seal(review=review, role=role.value, advisory=True) for role in advisory]
    for role in asked:
        before = kept.get(role)
        state = SealState.KEPT if before else SealState.WAITING
        person = before.person if before else None
        seals.append(Seal(review=review, role=role.value, about=about.get(role, ""), state=state.value, kept=before, person=person))
    Seal.objects.bulk_create(seals)
