"""Who has a stake in every step of the state tables, and in what happens beside them: one row per step, in one table.

A test walks the state tables and asks for a row of each step; a row without people says why nobody is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from candour.core.hearing import Group
from candour.core.placeholders import gettext_noop as _


class Part(StrEnum):
    """The part a named person has in a thing."""

    OWNER = "owner"
    WRITERS = "writers"
    SEALERS = "sealers"
    ORDERED = "ordered"
    HAND_TO = "hand_to"
    ASSIGNEE = "assignee"
    BEFORE = "before"
    HANDED_OVER = "handed_over"
    NOTED = "noted"


#: Rights that depend on the thing: of the roles asked in a review, of the receiver of a duty.
SEALS, RECEIVER = "seal.*", "receipt.*"


@dataclass(frozen=True, slots=True)
class Stake:
    """Who is told of one step. `parts` are named people, `acts` rights whose holders there are told; `see` is the right without which
    nobody is. `nobody` says why no one is told. `safety`: at once, to be acknowledged, climbing, where the thing is a safety duty."""

    parts: tuple[Part, ...] = ()
    acts: tuple[str, ...] = ()
    group: Group = Group.TEXTS
    see: str = "draft.see"
    says: str = ""
    nobody: str = ""
    safety: bool = False


P, G = Part, Group
_TEXT = (P.OWNER, P.WRITERS)

_DRAFT = {
    "draft.submit": Stake(_TEXT, (SEALS,), G.REVIEWS, says=_("A text waits for its review.")),
    "draft.ask_changes": Stake((*_TEXT, P.SEALERS), group=G.TEXTS, says=_("Changes were asked for in a text.")),
    "draft.edit": Stake((*_TEXT, P.SEALERS), (SEALS,), G.REVIEWS, says=_("A text under review was edited; its signatures are void.")),
    "draft.reject": Stake((*_TEXT, P.SEALERS), group=G.TEXTS, says=_("A text was rejected.")),
    "draft.complete": Stake((*_TEXT, P.SEALERS), ("draft.publish",), G.TEXTS, says=_("A text is approved.")),
    "draft.withdraw": Stake((*_TEXT, P.SEALERS), (SEALS,), G.REVIEWS, says=_("A text was withdrawn from its review.")),
    "seal.look": Stake(nobody="whoever opens the review sees who looks"),
    "seal.sign": Stake(_TEXT, group=G.TEXTS, says=_("A reviewer has signed a text.")),
    "seal.ask_changes": Stake(nobody="told with draft.ask_changes"),
    "seal.reject": Stake(nobody="told with draft.reject"),
    "seal.void": Stake(nobody="told with the edit, the withdrawal or the decision that voids it"),
    "note.write": Stake(_TEXT, group=G.TEXTS, says=_("A reviewer has left a note on a text.")),
    "note.answer": Stake((P.NOTED,), group=G.REVIEWS, says=_("A note of yours was answered.")),
    "note.resolve": Stake(_TEXT, group=G.TEXTS, says=_("A note on a text was settled.")),
    "note.reopen": Stake((*_TEXT, P.NOTED), group=G.TEXTS, says=_("A note on a text is open again.")),
}

_OUT = (P.ORDERED, P.OWNER, P.ASSIGNEE)
_PUBLICATION = {
    "publication.order": Stake((P.OWNER, P.HAND_TO), group=G.PUBLICATION, says=_("A text was put on its way.")),
    "publication.move": Stake((P.ORDERED, P.OWNER, P.HAND_TO), group=G.PUBLICATION, says=_("A text was given another time.")),
    "publication.take_back": Stake((*_OUT, P.HAND_TO), group=G.PUBLICATION, says=_("A text on its way was taken back.")),
    "publication.send": Stake(nobody="what becomes of it is told"),
    "publication.hold_back": Stake(
        _OUT, ("draft.publish",), G.PUBLICATION, says=_("A text came due during a pause and waits for a person.")
    ),
    "publication.release": Stake((P.ORDERED, P.OWNER, P.HAND_TO), group=G.PUBLICATION, says=_("A text that was held back has a new time.")),
    "publication.state": Stake((P.ORDERED, P.OWNER), group=G.PUBLICATION, says=_("A text was published by hand.")),
    "publication.sent": Stake(nobody="told when it is seen live"),
    "publication.lose_sight": Stake(nobody="found out by itself; past its limit it is a notice"),
    "publication.not_sent": Stake(nobody="tried again by itself; past its limit it is a notice"),
    "publication.fail": Stake((P.OWNER, P.ASSIGNEE), group=G.PUBLICATION, says=_("A text was not taken and will not be sent by itself.")),
    "publication.seen_equal": Stake(_OUT, group=G.PUBLICATION, says=_("A text is live, word for word as it was signed.")),
    "publication.take_down": Stake(nobody="told with message.withdraw"),
    "publication.not_down": Stake(nobody="tried again by itself, then asked of a person; past its limit it is a notice"),
    "publication.gone": Stake(_OUT, ("publication.pause",), G.PUBLICATION, says=_("A withdrawn text was taken down and is gone.")),
    "publication.seen_other": Stake(
        (P.OWNER, P.SEALERS, P.ASSIGNEE), ("publication.pause",), G.PUBLICATION, says=_("A live text differs from what was signed.")
    ),
}  # fmt: skip

_CASE = {
    "case.open": Stake(acts=("case.triage",), group=G.CASES, see="case.see", says=_("A new case is open.")),
    "case.assign": Stake((P.ASSIGNEE, P.BEFORE), group=G.CASES, see="case.see", says=_("A case was given to another person.")),
    "case.close": Stake((P.ASSIGNEE, P.HANDED_OVER), group=G.CASES, see="case.see", says=_("A case was closed.")),
    "case.reopen": Stake((P.ASSIGNEE, P.BEFORE), ("case.triage",), G.CASES, "case.see", _("A closed case is open again.")),
    "duty.begin": Stake((P.ASSIGNEE,), ("case.hand_over",), G.CASES, "case.see", _("A duty waits to be handed over."), safety=True),
    "duty.confirm": Stake((P.ASSIGNEE,), ("case.hand_over",), G.CASES, "case.see", _("A duty of a case was confirmed."), safety=True),
    "duty.hear_more": Stake(
        (P.ASSIGNEE, P.HANDED_OVER), ("case.hand_over",), G.CASES, "case.see", _("More was heard in a case; it is owed again."), safety=True
    ),
    "duty.hand_over": Stake((), (RECEIVER,), G.CASES, "case.see", _("A duty was handed over and waits for a receipt."), safety=True),
    "duty.receipt": Stake((P.ASSIGNEE, P.HANDED_OVER), group=G.CASES, see="case.see", says=_("The receipt of a duty has come.")),
    "duty.dismiss": Stake((P.ASSIGNEE,), (RECEIVER,), G.CASES, "case.see", _("A duty of a case was dismissed.")),
}  # fmt: skip

_PAUSED = ("draft.publish", "publication.pause")
_REST = {
    "pause.begin": Stake((P.ORDERED,), _PAUSED, G.PAUSES, "library.see", _("Publishing was paused.")),
    "pause.end": Stake((P.ORDERED,), _PAUSED, G.PAUSES, "library.see", _("A pause has ended; what came due in it waits for a person.")),
    "embargo.set": Stake((*_TEXT, P.ORDERED), group=G.PAUSES, says=_("A text may not be published before a time.")),
    "embargo.lift": Stake((*_TEXT, P.ORDERED), group=G.PAUSES, says=_("A text may be published earlier than was said.")),
    "authority.enter": Stake((*_TEXT, P.ORDERED), group=G.AUTHORITY, says=_("The number of an authority was entered for a text.")),
    "authority.withdraw": Stake(
        (*_TEXT, P.ORDERED), ("draft.publish",), G.AUTHORITY, says=_("The number of an authority was withdrawn for a text.")
    ),
}  # fmt: skip

_ENDING = {
    "message.withdraw": Stake(
        (*_TEXT, P.SEALERS, P.ORDERED), ("draft.publish",), G.TEXTS, "library.see", _("An approved text was withdrawn; it may not be used.")
    ),
    "extension.grant": Stake((*_TEXT, P.ORDERED), group=G.TEXTS, see="library.see", says=_("An approval lasts longer.")),
    "extension.refuse": Stake((*_TEXT, P.ORDERED), group=G.TEXTS, see="library.see", says=_("An approval was not made longer.")),
    "claim.approve": Stake(nobody="it stands in the library of claims and beside every text that says it"),
    "claim.replace": Stake(nobody="the newer claim stands beside every text that says it"),
    "claim.withdraw": Stake(nobody="told with message.withdraw to everybody with a text that says it"),
    "step.do": Stake(nobody="told with publication.gone, or done by whoever marks it"),
    "step.skip": Stake(nobody="there was nothing to do"),
    "step.ask": Stake(nobody="it stands open on the page of the withdrawal; past its limit it is a notice"),
    "step.leave": Stake(nobody="whoever leaves it signs for it"),
}  # fmt: skip

STAKES: Mapping[str, Stake] = MappingProxyType({**_DRAFT, **_PUBLICATION, **_CASE, **_REST, **_ENDING})
