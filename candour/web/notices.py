"""Notices: what is past its limit, in one list: what it is, in whose words, who answers for it, what to do, and the link to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from candour.assurance import queries
from candour.assurance.actions import NAMED
from candour.assurance.models import Notice
from candour.core.watches import WATCHES
from candour.people.rights import Place, may
from candour.web.words import FUNCTION, isolated

#: Notices one page shows, and how long closed ones stay on it.
MOST, KEPT = 100, timedelta(days=14)
#: The watch goes round twice a minute; when it has not for this long, the page says so.
SILENT_AFTER = timedelta(minutes=5)
#: First part of a watch's key: its icon.
ICONS = {
    "publication": "send",
    "drift": "copy",
    "place": "link",
    "source": "antenna",
    "gap": "antenna",
    "draft": "draft",
    "seal": "seal",
    "step": "x",
    "claim": "copy",
    "extension": "clock",
    "filing": "receipt",
    "case": "cases",
    "duty": "shield",
    "post": "inbox",
    "invitation": "user",
}
#: What answers for a notice that names no person, by the right it needs.
DUTY = {
    "draft.publish": gettext_lazy("Authors and the centre of excellence"),
    "claim.write": gettext_lazy("Authors, medical and regulatory reviewers"),
    "message.withdraw": gettext_lazy("Reviewers, country leads and the centre of excellence"),
    "drift.close": gettext_lazy("Authors and the centre of excellence"),
    "draft.write": FUNCTION["author"],
    "registry.change": gettext_lazy("Country leads and the centre of excellence"),
    "source.change": gettext_lazy("The centre of excellence and administrators"),
    "seal.medical": FUNCTION["medical_reviewer"],
    "seal.legal": FUNCTION["legal_reviewer"],
    "seal.regulatory": FUNCTION["regulatory_reviewer"],
    "authority.enter": FUNCTION["regulatory_reviewer"],
    "case.triage": FUNCTION["community_manager"],
    "case.hand_over": gettext_lazy("Community managers and drug safety"),
    "receipt.safety": FUNCTION["drug_safety"],
    "receipt.quality": FUNCTION["quality"],
    "receipt.medical": FUNCTION["medical_information"],
    "people.change": gettext_lazy("The centre of excellence and administrators"),
    "system.mend": FUNCTION["administrator"],
}


@dataclass(frozen=True, slots=True)
class Thing:
    """A link to one object that a notice is about."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Told:
    """A notice as it is read."""

    row: Notice
    icon: str
    title: str
    remedy: str
    owner: str
    things: tuple[Thing, ...]

    @property
    def more(self) -> int:
        """Objects it hits beyond those it links to; with fewer links than a notice may have, they are all there."""
        return max(self.row.hits - NAMED, 0) if len(self.things) == NAMED else 0

    @property
    def url(self) -> str:
        """Where the first object stands."""
        return self.things[0].url if self.things else reverse("notices")


def link(kind: str, key: str, label: str) -> Thing:
    """The link to one object by its kind and key."""
    if kind == "source":
        return Thing(label, f"{reverse('sources')}#{key}")
    if kind == "second_look":
        return Thing(_("Second look"), f"{reverse('inbox')}?tab=second")
    if kind == "inbox":
        return Thing(_("Inbox"), reverse("inbox"))
    if kind == "pauses":
        return Thing(_("Pauses"), reverse("pauses"))
    return Thing(label or key, reverse(kind, args=[key]))


def told(notice: Notice) -> Told:
    """A notice in the reader's words."""
    watch = WATCHES.get(notice.watch)
    values = {name: isolated(value) for name, value in notice.values.items()}
    return Told(
        row=notice,
        icon=ICONS.get(notice.watch.partition(".")[0], "warning"),
        title=_(watch.title) % values if watch else notice.watch,
        remedy=_(watch.remedy) % values if watch else "",
        owner=notice.owner.name if notice.owner else str(DUTY.get(notice.act, "")),
        things=tuple(link(*thing) for thing in notice.things),
    )


def is_silent(now: datetime) -> bool:
    """Has the watch itself stopped going round?"""
    last = queries.last_round()
    return last is None or now - last.at > SILENT_AFTER


@login_required
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """What the reader answers for; whoever may see all can switch to everybody's. Closed ones stay for a fortnight."""
    reader = request.reader
    sees_all = may(reader.held, "notice.see", Place("", None, ""))
    tab = request.GET.get("tab", "")
    everybody = sees_all and tab == "all"
    mine = queries.notices_of(reader.person, reader.held)
    visible = queries.notices_visible_to(reader.person, reader.held)
    rows = visible.filter(resolved_at=None).order_by("since", "pk") if everybody else mine
    closed = visible.filter(Q(resolved_at__gt=reader.now - KEPT)).order_by("-resolved_at")[:20]
    context = {
        "rows": [told(row) for row in rows[:MOST]],
        "closed": [told(row) for row in closed] if everybody else [],
        "everybody": everybody,
        "sees_all": sees_all,
        "silent": is_silent(reader.now),
        "last": queries.last_round(),
    }
    return render(request, "notices.html", context)


urls = [path("notices/", notices, name="notices")]
