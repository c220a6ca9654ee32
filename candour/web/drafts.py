"""Drafts: the list with what waits for the reader's seal, and the editor with the live check. Each act is one address."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from candour.core.review import MessageKind
from candour.core.states import DraftState
from candour.core.worddiff import word_diff
from candour.flows import submit as flow
from candour.flows.answers import Refusal, Stale
from candour.flows.exact import accounts_in
from candour.flows.gate import may_act_at
from candour.flows.refusals import record_refusal
from candour.flows.releases import market_pack
from candour.flows.variants import lags, submit_together, to_submit
from candour.messages import queries
from candour.messages.models import CheckRun, Draft, DraftVersion
from candour.packs.market import MarketPack
from candour.people.rights import Place, may
from candour.registry.models import Account
from candour.registry.queries import accounts_visible_to, products
from candour.web import older
from candour.web.claim_card import card_of
from candour.web.draft_picture import kept, picture_context, typed_picture, typed_words
from candour.web.finding_cards import Checked, checked, marks_in
from candour.web.message_words import DRAFT, KIND, language_name
from candour.web.note_cards import notes_beside
from candour.web.once import once
from candour.web.plain_card import PlainCard, plain_card
from candour.web.previews import length_on, previews, previews_apart
from candour.web.typed_time import typed_instant
from candour.web.variants import accounts_without, tabs, versions_on_page

PAGE_SIZE = 40
TABS = ("reviews", "writing", "in_review", "signed", "all")
#: Kinds that are begun here; an answer in one's own words is begun in its case.
KINDS_WRITTEN = (MessageKind.POST, MessageKind.HOLDING_STATEMENT, MessageKind.REPLY_TEMPLATE)
LANGUAGES_OFFERED = ("de", "en", "fr", "es", "it", "pt", "ar", "pl", "nl")

TAB_NAME: dict[str, str | Promise] = {
    "reviews": gettext_lazy("For my seal"),
    "writing": gettext_lazy("Being written"),
    "in_review": gettext_lazy("In review"),
    "signed": gettext_lazy("Signed"),
    "all": gettext_lazy("All"),
}
_TAB_STATES = {
    "writing": (DraftState.WRITING, DraftState.CHANGES),
    "in_review": (DraftState.IN_REVIEW,),
    "signed": (DraftState.SIGNED,),
    "all": tuple(DraftState),
}


# list


@login_required
@require_GET
def drafts(request: HttpRequest) -> HttpResponse:
    """What waits for the reader's seal, and the drafts they may see, by state."""
    reader = request.reader
    waiting = list(queries.seals_waiting_for(reader.person, reader.held)[:PAGE_SIZE])
    visible = queries.drafts_visible_to(reader.held)
    tab = request.GET.get("tab", "reviews" if waiting else "writing")
    tab = tab if tab in TABS else "all"
    counts = queries.draft_counts(visible)
    numbers = {name: sum(counts[state] for state in states) for name, states in _TAB_STATES.items()} | {"reviews": len(waiting)}
    rows, further = [], ""
    if tab != "reviews":
        found = queries.with_progress(visible.filter(state__in=_TAB_STATES[tab]))
        rows, further = older.page(found, "changed_at", request.GET.get("before", ""), PAGE_SIZE)
    context = {
        "tab": tab,
        "tabs": [(name, TAB_NAME[name], numbers[name]) for name in TABS],
        "rounds": _rounds(request, waiting),
        "further": further,
        "rows": [(draft, DRAFT[draft.state]) for draft in rows],
        "may_write": bool(_accounts_to_write_for(request)),
    }
    return render(request, "drafts.html", context)


def _rounds(request: HttpRequest, seals: list) -> list[dict[str, Any]]:
    """The waiting seals by review: one line per review, with every role the reader holds in it."""
    rounds: dict[int, dict[str, Any]] = {}
    for seal in seals:
        line = rounds.setdefault(seal.review_id, {"review": seal.review, "seals": [], "instead_of": []})
        line["seals"].append(seal)
        line["instead_of"] += queries.deputy_names(request.reader.held, seal.role, seal.review.draft)
    return list(rounds.values())


# a new draft


def _accounts_to_write_for(request: HttpRequest) -> list[Account]:
    """Accounts in whose name the reader may write, those still in use."""
    held = request.reader.held
    accounts = accounts_visible_to(held).filter(retired_at=None).order_by("market", "network", "handle")
    return [account for account in accounts if may(held, "draft.write", Place(account.market, None, account.key))]


@login_required
@once
def new_draft(request: HttpRequest) -> HttpResponse:
    """Start a draft, empty or from an approved message; a refused one keeps what was typed."""
    accounts = _accounts_to_write_for(request)
    if not accounts:
        raise Refusal(_("You hold no function that may write drafts."), remedy=_("The centre of excellence gives functions."))
    based_on = queries.message_for(request.reader.held, request.POST.get("from") or request.GET.get("from") or "")
    typed = _typed_draft(request, based_on)
    problem = ""
    if request.method == "POST":
        account = next((account for account in accounts if account.key == typed["account"]), None)
        if account is not None and typed["title"].strip() and typed["text"].strip():
            return _create(request, account, [one for one in accounts if one.key in typed["also"] and one != account], typed, based_on)
        problem = _("A draft has a title, an account and a text.")
    context = {"accounts": accounts, "products": products(), "languages": _languages(), "typed": typed, "based_on": based_on}
    context["kinds"] = [(kind.value, KIND[kind]) for kind in KINDS_WRITTEN]
    return render(request, "draft_new.html", context | {"problem": problem}, status=400 if problem else 200)


def _languages() -> list[tuple[str, str]]:
    return sorted(((code, language_name(code)) for code in LANGUAGES_OFFERED), key=lambda row: row[1])


def _typed_draft(request: HttpRequest, based_on: Any) -> dict[str, Any]:
    fields = ("title", "account", "product", "lang", "text", "kind")
    if request.method == "POST":
        return {name: request.POST.get(name, "") for name in fields} | {"also": request.POST.getlist("also")}
    if based_on is None:
        return dict.fromkeys(fields, "") | {"lang": request.reader.person.language, "also": []}
    return {
        "also": list(accounts_in(bytes(based_on.exact))[1:]),
        "title": based_on.title,
        "kind": based_on.kind,
        "account": based_on.account.key if based_on.account else "",
        "product": based_on.product.key if based_on.product else "",
        "lang": based_on.lang,
        "text": based_on.text,
    }


def _create(request: HttpRequest, account: Account, also: list[Account], typed: dict[str, Any], based_on: Any) -> HttpResponse:
    product = products().filter(key=typed["product"]).first()
    draft = flow.create_draft(
        request.reader.person,
        title=typed["title"],
        account=account,
        also=also,
        product=product,
        kind=typed["kind"] if typed["kind"] in KINDS_WRITTEN else MessageKind.POST.value,
        lang=typed["lang"] if typed["lang"] in LANGUAGES_OFFERED else "en",
        text=typed["text"],
        now=request.reader.now,
        based_on=based_on,
    )
    return HttpResponseRedirect(reverse("draft", args=[draft.pk]))


# the editor


def _draft(request: HttpRequest, pk: int) -> Draft:
    draft = queries.draft_for(request.reader.held, pk)
    if draft is None:
        raise Http404
    return draft


def _may_write(request: HttpRequest, draft: Draft) -> bool:
    act = "case.triage" if draft.kind == MessageKind.FREE_REPLY else "draft.write"
    return may(request.reader.held, act, queries.place_of(draft))


def _version_number(request: HttpRequest) -> int:
    """The draft's version on the reader's page; one that is no number is never current."""
    given = request.POST.get("version", "")
    return int(given) if given.isdecimal() and len(given) < 10 else -1


def _typed_text(request: HttpRequest, saved: str) -> str:
    return request.POST.get("text", saved).replace("\r\n", "\n")


@login_required
@require_GET
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """The editor as the draft stands on the server."""
    found = _draft(request, pk)
    version = queries.newest_version(found)
    return _editor(request, found, version, version.text, version.title)


def _editor(
    request: HttpRequest, draft: Draft, version: DraftVersion, text: str, title: str, *, status: int = 200, **more: Any
) -> HttpResponse:
    """The whole editor around a text that may differ from the saved one."""
    reader = request.reader
    review = queries.running_review(draft)
    gate = may_act_at(reader.person, _submit_act(draft), queries.place_of(draft), reader.now)
    context = (
        _checked_context(request, draft, version, text, title)
        | {
            "look": DRAFT[draft.state],
            "version": version,
            "review": review,
            "gate": gate,
            "comments": queries.comments_on(draft)[:6],
            "versions": queries.versions_of(draft)[:12],
            "approved": draft.approvals.order_by("-number").first(),
            "may_see_authority": may(reader.held, "authority.see", queries.place_of(draft)),
            "notes": notes_beside(request, draft, version),
            "window": _window_shown(request, draft),
            "zone": str(timezone.get_current_timezone()),
            "without": accounts_without(request, draft),
            "lags": lags(draft),
            "together": [text for text in to_submit(draft) if text.pk != draft.pk],
        }
        | picture_context(request, version)
    )
    return render(request, "draft.html", context | more, status=status)


def _window_shown(request: HttpRequest, draft: Draft) -> tuple[str, str]:
    """The window as its two fields hold it: what was typed, else what is stored, on the clocks of the reader's zone."""
    stored = (draft.wanted_from, draft.wanted_until)
    kept = ["" if at is None else timezone.localtime(at).strftime("%Y-%m-%dT%H:%M") for at in stored]
    return request.POST.get("wanted_from", kept[0]), request.POST.get("wanted_until", kept[1])


def _window_typed(request: HttpRequest, draft: Draft) -> tuple[datetime | None, datetime | None] | None:
    """The window of the form; None when the form has none or says what is stored already, seconds aside."""
    if "wanted_from" not in request.POST and "wanted_until" not in request.POST:
        return None
    typed = typed_instant(request.POST.get("wanted_from", "")), typed_instant(request.POST.get("wanted_until", ""))
    stored = [at.replace(second=0, microsecond=0) if at else None for at in (draft.wanted_from, draft.wanted_until)]
    return None if list(typed) == stored else typed


def _submit_act(draft: Draft) -> str:
    return "case.triage" if draft.kind == MessageKind.FREE_REPLY else "draft.submit"


def _checked_context(request: HttpRequest, draft: Draft, version: DraftVersion, text: str, title: str) -> dict[str, Any]:
    """What the rules say of `text`, as the findings column and the marked reading of it."""
    image = typed_words(request, version)
    saved = (text, title, image["alt_text"], image["picture_words"]) == _words_kept(version)
    context: dict[str, Any] = {"draft": draft, "text": text, "title": title, "saved": saved}
    context["editable"] = _may_write(request, draft) and draft.state not in (DraftState.SIGNED, DraftState.REJECTED, DraftState.WITHDRAWN)
    # an answer belongs to the text while its author has it; under review the answers given stand
    context["answerable"] = saved and _may_write(request, draft) and draft.state in (DraftState.WRITING, DraftState.CHANGES)
    context["length"] = length_on(draft.account.network, text)
    context |= {"previews": previews(draft, text, picture=version.picture_id is not None), "alt_text": image["alt_text"]}
    context["texts"] = tabs(draft)
    if draft.variant_of_id is None:
        apart = [(tab.draft, tab.words) for tab in context["texts"] if not tab.here]
        context["previews"] += previews_apart(apart, picture=version.picture_id is not None)
    context["picture"] = version.picture
    context["claims"] = card_of(draft, text, request.reader.now)
    try:
        pack = market_pack(draft.market, request.reader.now)
    except Refusal as refused:
        return context | {"check_problem": refused, "check": None, "marks": [], "plain": _plain(draft, text, None)}
    run = queries.last_check(version) if saved else None
    shown = "\n".join(filter(None, image.values()))
    rows = run.findings if run else flow.live_check(draft, text, request.reader.now, title=title, image_text=shown).as_row()["findings"]
    answers = queries.answers_to(draft, rows)
    check: Checked = checked(rows, answers, pack)
    return context | {"check": check, "check_run": run, "pack": pack, "marks": marks_in(text, rows), "plain": _plain(draft, text, pack)}


def _words_kept(version: DraftVersion) -> tuple[str, str, str, str]:
    return version.text, version.title, version.alt_text, version.picture_words


def _plain(draft: Draft, text: str, pack: MarketPack | None) -> PlainCard | None:
    brand, facts = draft.account.brand, {"language": draft.lang, "market": draft.market, "audience": draft.audience}
    return plain_card(text, product=draft.product, brand=brand, pack=pack, **facts)


@login_required
@require_POST
def draft_check(request: HttpRequest, pk: int) -> HttpResponse:
    """Judge the text as typed; nothing is stored. With `part` only what the check changes, for <live-check>."""
    found = _draft(request, pk)
    version = queries.newest_version(found)
    text, title = _typed_text(request, version.text), request.POST.get("title", version.title)
    if request.POST.get("part"):
        return render(request, "draft.html#checked", _checked_context(request, found, version, text, title) | {"version": version})
    return _editor(request, found, version, text, title)


@login_required
@require_POST
def draft_save(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the text on the server and the check of it as evidence. The second of two editors sees both texts and loses nothing."""
    found = _draft(request, pk)
    try:
        _save(request, found)
    except Refusal as refused:
        return _kept_typed(request, pk, "draft.save", refused)
    return HttpResponseRedirect(reverse("draft", args=[pk]))


def _save(request: HttpRequest, draft: Draft) -> DraftVersion:
    """Save what was typed if it differs, then check and keep the answer; the draft's own version moves on only with a new text."""
    before = queries.newest_version(draft)
    text, title = _typed_text(request, before.text), request.POST.get("title", before.title).strip() or before.title
    window, picture = _window_typed(request, draft), typed_picture(request, before)
    if (text, title) == (before.text, before.title) and window is None and not picture.changes(before):
        return before
    reader = request.reader
    saved = kept(request, draft, picture, text, _version_number(request), {"title": title, "window": window}, reader.now)
    flow.check(reader.person, saved, reader.now)
    return saved


def _kept_typed(request: HttpRequest, pk: int, act: str, refused: Refusal) -> HttpResponse:
    """The editor with what was typed still in it, the refusal above, and the other person's text beside it when they were faster."""
    record_refusal(request.reader.person, act, f"draft {pk}", refused)
    found = _draft(request, pk)
    theirs = queries.newest_version(found)
    text, title = _typed_text(request, theirs.text), request.POST.get("title", theirs.title)
    more: dict[str, Any] = {"problem": refused}
    if isinstance(refused, Stale) and text != theirs.text:
        more |= {"theirs": theirs, "apart": word_diff(theirs.text, text)}
    return _editor(request, found, theirs, text, title, status=refused.status, **more)


@login_required
@require_POST
def draft_submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Save what was typed and send it to its reviewers; refused while a blocking finding stands, with the text kept."""
    found = _draft(request, pk)
    reader, number = request.reader, _version_number(request)
    try:
        before = found.version
        _save(request, found)
        number += found.version - before
        versions = versions_on_page(request, found, number)
        review = submit_together(reader.person, found, versions, reader.now, note=request.POST.get("note", "").strip())
    except Refusal as refused:
        return _kept_typed(request, pk, "draft.submit", refused)
    return HttpResponseRedirect(reverse("review", args=[review.pk]))


@login_required
@require_POST
def draft_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer one finding of the saved text: fix, justify or not applicable, with a reason."""
    found = _draft(request, pk)
    version = queries.newest_version(found)
    reader = request.reader
    rule, answer, reason = (request.POST.get(name, "") for name in ("rule", "answer", "reason"))
    try:
        flow.answer_finding(reader.person, _run_of(request, version), rule, answer, reason, reader.now)
    except Refusal as refused:
        record_refusal(reader.person, "draft.answer", f"draft {pk}", refused)
        return _editor(request, found, version, version.text, version.title, status=refused.status, problem=refused)
    return HttpResponseRedirect(f"{reverse('draft', args=[pk])}#findings")


def _run_of(request: HttpRequest, version: DraftVersion) -> CheckRun:
    """The check the answer belongs to: the stored one of the newest text, made now if there is none."""
    if not _may_write(request, version.draft):
        raise Refusal(_("Only the author's side answers findings."))
    return queries.last_check(version) or flow.check(request.reader.person, version, request.reader.now)


urls = [
    path("drafts/", drafts, name="drafts"),
    path("drafts/new/", new_draft, name="draft-new"),
    path("drafts/<int:pk>/", draft, name="draft"),
    path("drafts/<int:pk>/check/", draft_check, name="draft-check"),
    path("drafts/<int:pk>/save/", draft_save, name="draft-save"),
    path("drafts/<int:pk>/submit/", draft_submit, name="draft-submit"),
    path("drafts/<int:pk>/answer/", draft_answer, name="draft-answer"),
]
