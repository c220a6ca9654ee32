"""The timeline of a case: posts as captured, edits, replies with what was seen live, hand-overs, receipts, notes, in their order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candour.cases import queries as cases
from candour.cases.models import Case, Happening, Reply
from candour.core.states import PublicationState
from candour.core.worddiff import Piece, word_diff
from candour.flows.outcome import is_unsettled
from candour.flows.publish import waits_for_person
from candour.messages.models import Drift, ReadBack
from candour.web.capture import Capture, from_evidence
from candour.web.words import duty_look, isolated, network_look

#: kind of happening -> (icon, hue); those of posts and replies stand as captures and replies instead.
LOOKS: dict[str, tuple[str, str]] = {
    "opened": ("shield", "safety"),
    "judged": ("check-circle", "approved"),
    "assigned": ("person-check", ""),
    "note": ("note", ""),
    "handed_over": ("shield", "safety"),
    "receipt": ("receipt", "approved"),
    "closed": ("lock", ""),
    "reopened": ("refresh", "review"),
    "no_reply": ("minus", ""),
    "asked_approval": ("draft", "review"),
    "said": ("message", ""),
    "edited": ("pencil", "review"),
    "reply_live": ("send", "service"),
}
SHOWN_OTHERWISE = frozenset({"said", "edited", "reply_live"})
#: States of a reply that a worker is about to change.
PENDING = frozenset({PublicationState.HELD, PublicationState.SENDING, PublicationState.UNKNOWN, PublicationState.SENT})

RESOLUTIONS: dict[str, str | Promise] = {
    "answered": gettext_lazy("Answered and handed over"),
    "no_answer_owed": gettext_lazy("No answer owed"),
    "not_ours": gettext_lazy("Not about a product of ours"),
    "duplicate": gettext_lazy("Already handled elsewhere"),
}


class Said(NamedTuple):
    """A line in words, with the hue and icon of its dot."""

    icon: str
    hue: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One node of the timeline. `group`: public (what others can see), note, or act."""

    at: datetime
    group: str
    said: Said
    by: str = ""
    words: str | None = ""
    capture: Capture | None = None
    network: str = ""
    change: tuple[Piece, ...] = ()
    reply: Reply | None = None
    post_id: int | None = None

    @property
    def pending(self) -> bool:
        return self.reply is not None and self.reply.publication.state in PENDING

    @property
    def settles(self) -> bool:
        """Is this a reply whose outcome only a person can settle, or that did not leave and nobody has said anything to it?"""
        return self.reply is not None and (waits_for_person(self.reply.publication) or is_unsettled(self.reply.publication))

    @property
    def seen(self) -> ReadBack | None:
        """The last look at what is live."""
        return max(self.reply.publication.read_backs.all(), key=lambda one: one.at, default=None) if self.reply else None

    @property
    def drift(self) -> Drift | None:
        """The newest difference between live and signed."""
        return max(self.reply.publication.drifts.all(), key=lambda one: one.opened_at, default=None) if self.reply else None


def _opened(data: dict[str, Any]) -> str:
    if data.get("basis") == "readable":
        return _("Heard, day 0 set to when it could first be read")
    return _("Heard, day 0 set")


def _judged(data: dict[str, Any]) -> str:
    duty = str(duty_look(data.get("duty", "")).label)
    return (_("%(duty)s confirmed") if data.get("agree") else _("%(duty)s: not so")) % {"duty": duty}


def words_for(happening: Happening) -> str:
    """A happening in a few words; what was written in confidence is not among them."""
    data = happening.data
    duty = str(duty_look(data.get("duty", "")).label)
    fixed = {
        "note": _("Note for colleagues"),
        "no_reply": _("No reply needed"),
        "asked_approval": _("Own words sent for approval"),
        "reopened": _("Opened again"),
        "said": _("Wrote again"),
        "edited": _("Author edited the post"),
        "reply_live": _("Reply seen live"),
    }
    if happening.kind in fixed:
        return fixed[happening.kind]
    if happening.kind == "opened":
        return _opened(data)
    if happening.kind == "judged":
        return _judged(data)
    if happening.kind == "assigned":
        return _("Assigned to %(name)s") % {"name": data.get("to", "")}
    if happening.kind == "handed_over":
        return _("%(duty)s handed over to %(name)s") % {"duty": duty, "name": data.get("to", "")}
    if happening.kind == "receipt":
        return _("Receipt %(number)s for %(duty)s") % {"number": data.get("number", ""), "duty": duty}
    if happening.kind == "closed":
        return _("Closed: %(how)s") % {"how": RESOLUTIONS.get(data.get("resolution", ""), data.get("resolution", ""))}
    return happening.kind.replace("_", " ").capitalize()


def said(happening: Happening) -> Said:
    """Icon, hue and words of a happening."""
    icon, hue = LOOKS.get(happening.kind, ("info", ""))
    if happening.kind == "judged" and not happening.data.get("agree"):
        icon, hue = "ban", ""
    if happening.kind in ("handed_over", "opened") and (duty := happening.data.get("duty")):
        look = duty_look(duty)
        icon, hue = look.icon, look.hue
    return Said(icon, hue, words_for(happening))


def _posts(case: Case, kept: Sequence[cases.Kept]) -> Iterable[Line]:
    before: dict[int | None, Capture] = {}
    for one in kept:
        capture = from_evidence(one.data)
        old = before.get(one.post_id)
        before[one.post_id] = capture
        yield _edit(one, old, capture) if one.kind == "edit" and old is not None else _post(case, one, capture)


def _post(case: Case, one: cases.Kept, capture: Capture) -> Line:
    published = parse_datetime(one.data.get("published_at", "")) or one.captured_at
    name = str(network_look(case.source_kind).label)
    if case.account is not None:
        text = _("wrote to %(account)s") % {"account": isolated(case.account.handle)}
    else:
        text = _("wrote on %(network)s") % {"network": name}
    return Line(
        published,
        "public",
        Said(network_look(case.source_kind).icon, "", text),
        capture=capture,
        network=case.source_kind,
        post_id=one.post_id,
    )


def _edit(one: cases.Kept, old: Capture, new: Capture) -> Line:
    text = _("Author deleted the post") if new.deleted else _("Author edited the post")
    change = () if new.gone or old.gone else tuple(word_diff(old.text, new.text))
    return Line(one.captured_at, "public", Said("pencil", "review", text), capture=new, change=change)


def _reply(reply: Reply) -> Line:
    state = reply.publication.state
    hue = {"live": "approved", "drifted": "blocked", "failed": "blocked", "unknown": "review"}.get(state, "service")
    text = _("Reply to %(account)s’s thread") % {"account": reply.publication.account.handle}
    return Line(reply.at, "public", Said("send" if state != "taken_back" else "x", hue, text), by=reply.by.name, reply=reply)


def _happened(case: Case, happening: Happening) -> Line:
    words = cases.words_of(case, happening)
    return Line(happening.at, "note" if happening.kind == "note" else "act", said(happening), by=happening.by.name, words=words)


def lines_of(case: Case, kept: Sequence[cases.Kept]) -> list[Line]:
    """Everything that happened in a case, oldest first."""
    happened = [_happened(case, one) for one in cases.happenings_of(case) if one.kind not in SHOWN_OTHERWISE]
    lines = [*_posts(case, kept), *(_reply(reply) for reply in cases.replies_of(case)), *happened]
    return sorted(lines, key=lambda line: line.at)
