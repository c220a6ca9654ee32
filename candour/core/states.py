"""State tables: what may follow what. The same tables guard actions and are walked pair by pair in the tests."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class RefusedMove(ValueError):
    """A step that the table does not allow; the text names both states."""


class CaseState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class DutyState(StrEnum):
    """`noted`: recorded, nothing owed; `open`: owed; `handed_over`: with its owner, receipt missing; the last two end it until the person
    says more: what is told after a hand-over must be handed over too (GVP module VI, VI.B.3, follow-up)."""

    NOTED = "noted"
    OPEN = "open"
    HANDED_OVER = "handed_over"
    RECEIPTED = "receipted"
    DISMISSED = "dismissed"


class DraftState(StrEnum):
    WRITING = "writing"
    IN_REVIEW = "in_review"
    CHANGES = "changes"
    SIGNED = "signed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class SealState(StrEnum):
    """`kept`: the role signed an earlier version and nothing that concerns it changed since; it covers that version and says so."""

    WAITING = "waiting"
    LOOKING = "looking"
    CHANGES = "changes"
    REJECTED = "rejected"
    SIGNED = "signed"
    KEPT = "kept"
    VOID = "void"


class NoteState(StrEnum):
    """A reviewer's note on a text: said, answered by the author's side, settled by the reviewers."""

    OPEN = "open"
    ANSWERED = "answered"
    RESOLVED = "resolved"


class PublicationState(StrEnum):
    """`held`: may be taken back; `sending`: the intent is on record, the outcome not yet; `unknown`: read back before anything else.

    `waiting`: came due during a pause or an embargo and waits for a person; `by_hand`: with the person who publishes it where we have no
    connector; `stated`: that person signed that it stands there. `taking_down`: withdrawn, the intent to remove it is on record and it was
    not seen gone yet; `taken_down`: seen gone, or a person signed that it is.
    """

    HELD = "held"
    WAITING = "waiting"
    BY_HAND = "by_hand"
    STATED = "stated"
    TAKEN_BACK = "taken_back"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    LIVE = "live"
    DRIFTED = "drifted"
    TAKING_DOWN = "taking_down"
    TAKEN_DOWN = "taken_down"
    FAILED = "failed"


class ClaimState(StrEnum):
    """`replaced`: a newer claim took its place; texts that were approved with it stand."""

    DRAFT = "draft"
    APPROVED = "approved"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


class ExtensionState(StrEnum):
    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"


class StepState(StrEnum):
    """One thing that a withdrawal reaches: to be done by itself, with a person, or ended: done, not needed any more, or left as it is by a
    person who said why."""

    AHEAD = "todo"
    WITH_PERSON = "with_person"
    DONE = "done"
    NOT_NEEDED = "not_needed"
    LEFT = "left"


class SourceState(StrEnum):
    LISTENING = "listening"
    RETRYING = "retrying"
    STOPPED = "stopped"
    NOT_CONNECTED = "not_connected"


class MailState(StrEnum):
    """`sending`: the intent is on record, the outcome not yet; `unknown`: it was interrupted there and is not sent again, since it may have
    arrived; `failed`: the mail server said that it never will."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


Moves = Mapping[tuple[StrEnum, str], StrEnum]

DUTY: Moves = {
    (DutyState.OPEN, "hand_over"): DutyState.HANDED_OVER,
    (DutyState.OPEN, "dismiss"): DutyState.DISMISSED,
    (DutyState.NOTED, "confirm"): DutyState.OPEN,
    (DutyState.NOTED, "dismiss"): DutyState.DISMISSED,
    (DutyState.HANDED_OVER, "receipt"): DutyState.RECEIPTED,
    (DutyState.HANDED_OVER, "hear_more"): DutyState.OPEN,
    (DutyState.RECEIPTED, "hear_more"): DutyState.OPEN,
    (DutyState.DISMISSED, "hear_more"): DutyState.OPEN,
}

CASE: Moves = {
    (CaseState.OPEN, "close"): CaseState.CLOSED,
    (CaseState.CLOSED, "reopen"): CaseState.OPEN,
}

DRAFT: Moves = {
    (DraftState.WRITING, "submit"): DraftState.IN_REVIEW,
    (DraftState.CHANGES, "submit"): DraftState.IN_REVIEW,
    (DraftState.IN_REVIEW, "ask_changes"): DraftState.CHANGES,
    (DraftState.IN_REVIEW, "edit"): DraftState.CHANGES,
    (DraftState.IN_REVIEW, "reject"): DraftState.REJECTED,
    (DraftState.IN_REVIEW, "complete"): DraftState.SIGNED,
    (DraftState.WRITING, "withdraw"): DraftState.WITHDRAWN,
    (DraftState.CHANGES, "withdraw"): DraftState.WITHDRAWN,
    (DraftState.IN_REVIEW, "withdraw"): DraftState.WITHDRAWN,
}

SEAL: Moves = {
    (SealState.WAITING, "look"): SealState.LOOKING,
    (SealState.WAITING, "sign"): SealState.SIGNED,
    (SealState.LOOKING, "sign"): SealState.SIGNED,
    (SealState.WAITING, "ask_changes"): SealState.CHANGES,
    (SealState.LOOKING, "ask_changes"): SealState.CHANGES,
    (SealState.WAITING, "reject"): SealState.REJECTED,
    (SealState.LOOKING, "reject"): SealState.REJECTED,
    (SealState.WAITING, "void"): SealState.VOID,
    (SealState.LOOKING, "void"): SealState.VOID,
    (SealState.CHANGES, "void"): SealState.VOID,
    (SealState.SIGNED, "void"): SealState.VOID,
    (SealState.KEPT, "void"): SealState.VOID,
}

NOTE: Moves = {
    (NoteState.OPEN, "answer"): NoteState.ANSWERED,
    (NoteState.ANSWERED, "answer"): NoteState.ANSWERED,
    (NoteState.OPEN, "resolve"): NoteState.RESOLVED,
    (NoteState.ANSWERED, "resolve"): NoteState.RESOLVED,
    (NoteState.ANSWERED, "reopen"): NoteState.OPEN,
    (NoteState.RESOLVED, "reopen"): NoteState.OPEN,
}

PUBLICATION: Moves = {
    (PublicationState.HELD, "take_back"): PublicationState.TAKEN_BACK,
    (PublicationState.HELD, "send"): PublicationState.SENDING,
    (PublicationState.HELD, "hold_back"): PublicationState.WAITING,
    (PublicationState.WAITING, "release"): PublicationState.HELD,
    (PublicationState.WAITING, "take_back"): PublicationState.TAKEN_BACK,
    (PublicationState.BY_HAND, "take_back"): PublicationState.TAKEN_BACK,
    (PublicationState.BY_HAND, "state"): PublicationState.STATED,
    (PublicationState.SENDING, "sent"): PublicationState.SENT,
    (PublicationState.SENDING, "lose_sight"): PublicationState.UNKNOWN,
    (PublicationState.SENDING, "not_sent"): PublicationState.HELD,
    (PublicationState.SENDING, "fail"): PublicationState.FAILED,
    (PublicationState.UNKNOWN, "send"): PublicationState.SENDING,
    (PublicationState.UNKNOWN, "sent"): PublicationState.SENT,
    (PublicationState.UNKNOWN, "fail"): PublicationState.FAILED,
    (PublicationState.FAILED, "send"): PublicationState.SENDING,
    (PublicationState.SENT, "seen_equal"): PublicationState.LIVE,
    (PublicationState.SENT, "seen_other"): PublicationState.DRIFTED,
    (PublicationState.LIVE, "seen_equal"): PublicationState.LIVE,
    (PublicationState.LIVE, "seen_other"): PublicationState.DRIFTED,
    (PublicationState.DRIFTED, "seen_equal"): PublicationState.LIVE,
    (PublicationState.DRIFTED, "seen_other"): PublicationState.DRIFTED,
    (PublicationState.SENT, "take_down"): PublicationState.TAKING_DOWN,
    (PublicationState.LIVE, "take_down"): PublicationState.TAKING_DOWN,
    (PublicationState.DRIFTED, "take_down"): PublicationState.TAKING_DOWN,
    (PublicationState.TAKING_DOWN, "take_down"): PublicationState.TAKING_DOWN,
    (PublicationState.TAKING_DOWN, "not_down"): PublicationState.SENT,
    (PublicationState.TAKING_DOWN, "gone"): PublicationState.TAKEN_DOWN,
    (PublicationState.SENT, "gone"): PublicationState.TAKEN_DOWN,
    (PublicationState.LIVE, "gone"): PublicationState.TAKEN_DOWN,
    (PublicationState.DRIFTED, "gone"): PublicationState.TAKEN_DOWN,
    (PublicationState.STATED, "gone"): PublicationState.TAKEN_DOWN,
}

CLAIM: Moves = {
    (ClaimState.DRAFT, "approve"): ClaimState.APPROVED,
    (ClaimState.DRAFT, "withdraw"): ClaimState.WITHDRAWN,
    (ClaimState.APPROVED, "replace"): ClaimState.REPLACED,
    (ClaimState.APPROVED, "withdraw"): ClaimState.WITHDRAWN,
    (ClaimState.REPLACED, "withdraw"): ClaimState.WITHDRAWN,
}

EXTENSION: Moves = {
    (ExtensionState.ASKED, "grant"): ExtensionState.GRANTED,
    (ExtensionState.ASKED, "refuse"): ExtensionState.REFUSED,
}

STEP: Moves = {
    (StepState.AHEAD, "do"): StepState.DONE,
    (StepState.AHEAD, "skip"): StepState.NOT_NEEDED,
    (StepState.AHEAD, "ask"): StepState.WITH_PERSON,
    (StepState.WITH_PERSON, "do"): StepState.DONE,
    (StepState.WITH_PERSON, "skip"): StepState.NOT_NEEDED,
    (StepState.WITH_PERSON, "leave"): StepState.LEFT,
}

MAIL: Moves = {
    (MailState.WAITING, "send"): MailState.SENDING,
    (MailState.SENDING, "sent"): MailState.SENT,
    (MailState.SENDING, "not_sent"): MailState.WAITING,
    (MailState.SENDING, "fail"): MailState.FAILED,
    (MailState.SENDING, "lose_sight"): MailState.UNKNOWN,
}


def move(table: Moves, state: str, step: str) -> StrEnum:
    """State after `step`; raises RefusedMove when the table has no such step from `state`."""
    for (before, name), after in table.items():
        if before == state and name == step:
            return after
    raise RefusedMove(f"Refused: “{step}” does not follow “{state}”. Reload to see what changed.")
