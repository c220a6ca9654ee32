"""Rules as a workbook: out for those who own them, in with every difference shown before anything is written."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from candour.core.workbook import MOST_BYTES
from candour.flows.answers import Refusal, Stale
from candour.flows.gate import ask
from candour.flows.own_rules import keep_proposal, look_at, workbook
from candour.flows.refusals import record_refusal
from candour.packs.rule_sheet import Difference, Proposal
from candour.web.rules import market_page, may_see, shipped_or_404

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: What was looked at stands so long; then the workbook is brought again.
KEPT_SECONDS = 3600
ACT: dict[str, str | Promise] = {"change": _("changed by us"), "retire": _("retired by us"), "shipped": _("as shipped again")}
FIELD: dict[str, str | Promise] = {
    "judged": _("judged"),
    "severity": _("weight"),
    "suggestion": _("suggestion"),
    "params": _("settings"),
}
YES_NO: dict[str, str | Promise] = {"yes": _("yes"), "no": _("no")}


@login_required
@require_GET
def rules_export(request: HttpRequest, code: str) -> HttpResponse:
    """The workbook of one market."""
    may_see(request)
    shipped_or_404(code)
    answer = HttpResponse(workbook(code), content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="rules-{code}.xlsx"'
    return answer


@login_required
@require_POST
def rules_look(request: HttpRequest, code: str) -> HttpResponse:
    """What a workbook would change, rule by rule; nothing is written."""
    may_see(request)
    pack = shipped_or_404(code)
    try:
        ask(request.reader.person, "pack.activate", code, request.reader.now)
        proposal, compared_with = look_at(request.reader.person, code, _brought(request), request.reader.now)
    except Refusal as refused:
        return _refused(request, code, refused)
    token = _token(request, proposal, compared_with) if proposal.worth_keeping else ""
    context = {
        "pack": pack,
        "differences": [_difference(one) for one in proposal.differences],
        "refused": [(one.row, gettext(one.template) % one.values) for one in proposal.refused],
        "notes": [gettext(template) % values for template, values in proposal.notes],
        "token": token,
    }
    return render(request, "rules_sheet.html", context, status=400 if proposal.refused else 200)


def _brought(request: HttpRequest) -> bytes:
    file = request.FILES.get("file")
    if file is None:
        raise Refusal(gettext("Choose the workbook with your changes."), status=400)
    if (file.size or 0) > MOST_BYTES:
        raise Refusal(gettext("The workbook is larger than %(most)s MB.") % {"most": MOST_BYTES // 1_000_000}, status=400)
    return file.read()


def _difference(one: Difference) -> dict[str, Any]:
    fields = [(FIELD[name], YES_NO.get(before, before), YES_NO.get(after, after)) for name, before, after in one.fields]
    return {"difference": one, "act": ACT[one.act], "fields": fields}


def _salt(request: HttpRequest, market: str) -> str:
    return f"candour.rules_sheet.{market}.{request.reader.person.pk}"


def _token(request: HttpRequest, proposal: Proposal, compared_with: str) -> str:
    """What was looked at, sealed for this reader and market, so that exactly this is kept."""
    return signing.dumps([proposal.overlay.decode(), compared_with], salt=_salt(request, proposal.market), compress=True)


@login_required
@require_POST
def rules_keep(request: HttpRequest, code: str) -> HttpResponse:
    """Keep what was looked at as our own rules; they judge only after a signature."""
    may_see(request)
    shipped_or_404(code)
    try:
        ask(request.reader.person, "pack.activate", code, request.reader.now)
        overlay, compared_with = _looked_at(request, code)
        keep_proposal(request.reader.person, code, overlay, compared_with, request.reader.now)
    except Refusal as refused:
        return _refused(request, code, refused)
    return HttpResponseRedirect(reverse("rules-of", args=[code]))


def _looked_at(request: HttpRequest, code: str) -> tuple[bytes, str]:
    try:
        overlay, compared_with = signing.loads(request.POST.get("proposal", ""), salt=_salt(request, code), max_age=KEPT_SECONDS)
    except signing.SignatureExpired as fault:
        raise Stale(gettext("An hour has passed since you looked at the differences; bring the workbook again.")) from fault
    except signing.BadSignature as fault:
        raise Refusal(gettext("This is not what you looked at; bring the workbook again."), status=400) from fault
    return overlay.encode(), compared_with


def _refused(request: HttpRequest, code: str, refused: Refusal) -> HttpResponse:
    record_refusal(request.reader.person, "pack.propose", code, refused)
    return market_page(request, code, status=refused.status, problem=refused)


urls = [
    path("rules/<slug:code>/rules.xlsx", rules_export, name="rules-export"),
    path("rules/<slug:code>/workbook/look/", rules_look, name="rules-look"),
    path("rules/<slug:code>/workbook/keep/", rules_keep, name="rules-keep"),
]
