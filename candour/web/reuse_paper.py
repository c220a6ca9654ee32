"""The proof of reuse on paper: the printed content of its page, and the SHA-256 of the bytes that were signed in the foot."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from candour.flows.printed import printed
from candour.journal.models import Signature
from candour.messages import reuse_queries as reuses
from candour.messages.models import ReuseProof
from candour.people.models import User
from candour.people.rights import held_by
from candour.web.reuse_proofs import told
from candour.web.reuse_words import Line
from candour.web.words import ROLE


@login_required
@require_GET
def reuse_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """One proof as PDF."""
    found = reuses.proof_for(request.reader.held, pk)
    if found is None:
        raise Http404
    answer = HttpResponse(_printed(found), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="reuse-proof-{pk}.pdf"'
    answer["Cache-Control"] = "no-store"
    return answer


def paper_for(person: User, pk: int, now: datetime) -> bytes:
    """The same for a command. Raises LookupError where there is no such proof for this person."""
    found = reuses.proof_for(held_by(person, now), pk)
    if found is None:
        raise LookupError(pk)
    return _printed(found)


def _printed(found: ReuseProof) -> bytes:
    context = told(found)
    source = found.source
    names = {"number": found.pk, "from": source.market.upper(), "to": found.market.upper()}
    facts = [
        [_("Answer"), str(context["look"].label)],
        [_("The approved message"), context["message"].key if context["message"] else _("none yet")],
        [_("Whole"), _("yes") if context["whole"] else _("What is stored here is not what was signed.")],
        [_("Time"), _("%(minutes)s minutes of work; a full review was taken to last %(full)s minutes") % _times(found)],
    ]
    if source.withdrawn_at:
        facts.append([_("Withdrawn"), f"{source.withdrawn_at:%Y-%m-%d %H:%M} UTC: {source.withdrawn_why}"])
    return printed(
        "listing",
        {
            "title": _("Proof of reuse %(number)s: from %(from)s to %(to)s") % names,
            "subtitle": source.title,
            "lang": (get_language() or "en")[:2],
            "rtl": get_language_bidi(),
            "facts": facts,
            "sections": [_ends(found), _differences(context), _words(found, context), _signed(found, context)],
            "foot": _("SHA-256 of what was signed: %(digest)s") % {"digest": found.digest},
        },
    )


def _times(found: ReuseProof) -> dict[str, int]:
    return {"minutes": found.minutes, "full": found.full_minutes}


def _section(title: str, columns: list[str], widths: list[int], rows: Iterable[list[Any]], empty: str) -> dict[str, Any]:
    cells = [[str(cell) if str(cell) else "–" for cell in row] for row in rows]
    return {"title": title, "columns": columns, "widths": widths, "rows": cells, "empty": empty}


def _ends(found: ReuseProof) -> dict[str, Any]:
    source, results = found.source, found.results
    rules = {side: ", ".join(row["rule"] for row in results[side]["findings"]) or _("none") for side in ("source", "target")}
    rows = [
        [_("Account"), source.account.handle if source.account else "", found.account.handle],
        [_("Language"), source.lang, found.lang],
        [_("Digest"), _grouped(found.source_digest), _grouped(found.target_digest)],
        [_("Rules in force"), *(", ".join(found.releases[side].values()) for side in ("source", "target"))],
        [_("Findings"), rules["source"], rules["target"]],
    ]
    return _section(_("The two ends"), [_("What"), _("Source"), _("Target")], [2, 5, 5], rows, "")


def _grouped(digest: str) -> str:
    return " ".join(digest[at : at + 16] for at in range(0, len(digest), 16))


def _differences(context: dict[str, Any]) -> dict[str, Any]:
    rows = [[_what(one), one.before, one.after, ", ".join(map(str, one.roles))] for one in context["lines"]]
    nothing = _("Nothing: the same words, no other rule, the same status, label and audience.")
    return _section(_("What differs"), [_("What"), _("Before"), _("Now"), _("Asked")], [4, 4, 4, 3], rows, nothing)


def _what(one: Line) -> str:
    """What differs; of a rule also which one, whose law it is, and the words it marked."""
    found = one.finding or {}
    words = " … ".join(span["words"] for span in found.get("spans", ()))
    return "\n".join(filter(None, (str(one.title), found.get("rule", ""), str(found.get("citation") or ""), words)))


def _words(found: ReuseProof, context: dict[str, Any]) -> dict[str, Any]:
    if not context["pairs"]:
        return _section(_("The words"), [_("Source"), _("Target")], [1, 1], [[found.source.text, context["version"].text]], "")
    rows = [[one, there, _when(signature) if signature else _("not certified")] for one, there, signature in context["pairs"]]
    return _section(_("The words"), [_("Source"), _("Target"), _("Certified by")], [5, 5, 3], rows, "")


def _when(signature: Signature) -> str:
    who = ", ".join(filter(None, (signature.signer_name, signature.signer_title)))
    return f"{who}\n{signature.at:%Y-%m-%d %H:%M:%S} UTC"


def _signed(found: ReuseProof, context: dict[str, Any]) -> dict[str, Any]:
    meaning = _("reuse without further review") if context["live"] else _("I ask for this reuse")
    rows = [[_when(found.signature), meaning, _grouped(found.digest)]]
    rows += [[_when(seal.signature), str(ROLE.get(seal.role, seal.role)), _grouped(seal.signature.digest)] for seal in context["seals"]]
    return _section(_("Signed"), [_("Who and when"), _("Meaning"), _("Covers")], [4, 4, 5], rows, "")


urls = [path("reuse/<int:pk>/paper/", reuse_paper, name="reuse-paper")]
