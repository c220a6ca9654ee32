"""Who answers for every state that must end: its owner, its limit, and the way out when the limit is passed.

One row per state that waits for something. A test compares the rows with the state tables, so that a new state can't come without
one. The sentences are translated where they are shown; their named values never hold words of a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from candour.core import states
from candour.core.placeholders import gettext_noop as _


class Way(StrEnum):
    """What is done with what is past its limit; the ways of a row are taken in their order, and only what they did not end is told."""

    RETRY = "retry"
    READ_BACK = "read_back"
    END = "end"
    ASK = "ask"


class Limit(StrEnum):
    """Limits that the object itself carries."""

    OWN_DUE = "own_due"
    INTERVAL = "interval"


#: A limit is a time since the state began, or names what the object itself says.
Bound = timedelta | Limit


@dataclass(frozen=True, slots=True)
class Watch:
    """One state and who sees that it ends. `person` says in a word which named person owns it ("" for none); `act` is the right whose
    holders own it where no person is named or the person has left. `within` names the row whose notice also covers this state. `safety`: a
    patient may be waiting; its notice is acknowledged or climbs (CLIMB)."""

    key: str
    limit: Bound
    person: str = ""
    act: str = ""
    ways: tuple[Way, ...] = (Way.ASK,)
    title: str = ""
    remedy: str = ""
    within: str = ""
    safety: bool = False


NOW, MINUTE, HOUR, DAY = timedelta(), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_ASK, _RETRY, _LOOK = (Way.ASK,), (Way.RETRY, Way.ASK), (Way.READ_BACK, Way.ASK)

#: States that wait for nobody, each with the reason.
ENDED: Mapping[str, str] = MappingProxyType(
    {
        "case.closed": "everything owed was given",
        "duty.noted": "on record, nothing is owed",
        "duty.receipted": "the receiver has confirmed it",
        "duty.dismissed": "a person said why nothing is owed",
        "draft.signed": "an approved message stands for it",
        "draft.rejected": "a reviewer said why it will not be",
        "draft.withdrawn": "its owner took it back",
        "seal.rejected": "the draft ended with it",
        "seal.signed": "the signature stands",
        "seal.kept": "an earlier signature stands, nothing that concerns it changed",
        "note.resolved": "a reviewer settled it",
        "seal.void": "the text it was asked for is no longer the one",
        "mail.sent": "the mail server has taken it",
        "publication.taken_back": "nothing was sent and nothing will be",
        "publication.stated": "a person signed that it stands there",
        "publication.taken_down": "it was withdrawn and seen gone, or a person signed that it is",
        "claim.replaced": "a newer claim stands in its place",
        "claim.withdrawn": "it is not said any more, and a person said why",
        "extension.granted": "the approval holds longer",
        "extension.refused": "a reviewer said why not",
        "step.done": "what the withdrawal asked for has happened",
        "step.not_needed": "it ended by itself before its turn came",
        "step.left": "a person said why it stays",
    }
)

_PUBLICATION = (
    Watch(
        "publication.held", 10 * MINUTE, "who ordered it", "draft.publish", _RETRY,
        _("A text for %(account)s is past its time and has not left."),
        _("Take it back and order it anew; if that one stays too, the administrator restarts the worker."),
    ),
    Watch(
        "publication.waiting", NOW, "who ordered it", "draft.publish", _ASK,
        _("A text for %(account)s came due while publishing was paused."),
        _("Send it now, give it a new time, or drop it, on the page of the pauses."),
    ),
    Watch(
        "publication.by_hand", HOUR, "who publishes it", "draft.publish", _ASK,
        _("A text to be published by hand on %(account)s is past its time."),
        _("Publish it and sign where it stands, or take it back."),
    ),
    Watch(
        "publication.sending", 5 * MINUTE, "who ordered it", "draft.publish", _RETRY,
        _("Sending to %(account)s was interrupted and has not been found out since."),
        _("Look at the account; the administrator restarts the worker."),
    ),
    Watch(
        "publication.unknown", 30 * MINUTE, "who ordered it", "draft.publish", _RETRY,
        _("Nobody knows whether a text reached %(account)s."),
        _("Look at the account, then try again or give it up on the page of the message."),
    ),
    Watch(
        "publication.failed", NOW, "who ordered it", "draft.publish", _ASK,
        _("%(account)s did not take a text."),
        _("Mend what its words name and order it anew, or say on its page that it stays unsent."),
    ),
    Watch(
        "publication.sent", 15 * MINUTE, "who ordered it", "draft.publish", _LOOK,
        _("A text sent to %(account)s could not be read back."),
        _("Open the account and compare; it is looked at again by itself."),
    ),
    Watch(
        "publication.live", HOUR, "who ordered it", "draft.publish", _LOOK,
        _("Live texts on %(account)s could not be looked at for an hour."),
        _("Open the account and compare; they are looked at again by themselves."),
    ),
    Watch("publication.drifted", NOW, within="drift.open"),
    Watch("publication.taking_down", 10 * MINUTE, within="step.todo"),
    Watch(
        "step.todo", 10 * MINUTE, "who withdrew it", "message.withdraw", _RETRY,
        _("A withdrawal is not through after ten minutes."),
        _("Open it and read what each place said; it is tried again by itself."),
    ),
    Watch(
        "step.with_person", NOW, "who ordered it", "draft.publish", _ASK,
        _("Something that was withdrawn waits for a person."),
        _("Take it down or look at it, then sign on the page of the withdrawal what was done."),
    ),
    Watch(
        "drift.open", NOW, "who ordered it", "drift.close", _ASK,
        _("A live text on %(account)s differs from what was signed."),
        _("Put the signed words back, or close the finding with a reason."),
    ),
    Watch(
        "place.fault", 30 * MINUTE, "the owner of the account", "registry.change", _RETRY,
        _("%(account)s does not work with us as it should."),
        _("Read its words and mend what they name; what waits goes on by itself."),
    ),
)  # fmt: skip

_SOURCE = (
    Watch("source.listening", Limit.INTERVAL, within="gap.open"),
    Watch("source.retrying", Limit.INTERVAL, within="gap.open"),
    Watch(
        "source.stopped", NOW, "the owner of the account", "source.change", _ASK,
        _("%(source)s is stopped and nothing is heard there."),
        _("Mend what its words name, then poll it on the page of listening posts."),
    ),
    Watch(
        "source.not_connected", NOW, "the owner of the account", "source.change", _ASK,
        _("%(source)s was heard before and is no longer connected."),
        _("The account's secret is entered on the server again; until then nothing is heard there."),
    ),
    Watch(
        "gap.open", Limit.INTERVAL, "the owner of the account", "source.change", _RETRY,
        _("%(source)s is silent beyond its interval."),
        _("Read its words; it is tried again by itself, and the gap is filled when it answers."),
    ),
)  # fmt: skip

_REVIEW = (
    Watch(
        "draft.writing", 30 * DAY, "its owner", "draft.write", _ASK,
        _("A draft has not been touched for 30 days."),
        _("Go on with it, or withdraw it."),
    ),
    Watch(
        "draft.changes", 7 * DAY, "its owner", "draft.write", _ASK,
        _("Changes were asked for a week ago."),
        _("Make them and submit again, or withdraw the draft."),
    ),
    Watch(
        "draft.in_review", 10 * MINUTE, "its owner", "draft.write", _ASK,
        _("A review has every answer and has not ended."),
        _("Withdraw the draft and submit it again; tell the administrator."),
    ),
    Watch(
        "seal.waiting", Limit.OWN_DUE, "", "seal.*", _ASK,
        _("A review is past its day and nobody has looked at it."),
        _("Open it and sign, or ask for changes."),
    ),
    Watch(
        "seal.looking", Limit.OWN_DUE, "who looks", "seal.*", _ASK,
        _("A review you opened is past its day."),
        _("Sign it, or ask for changes; a colleague of the same function may do it too."),
    ),
    Watch("seal.changes", 7 * DAY, within="draft.changes"),
    Watch(
        "claim.draft", 30 * DAY, "its owner", "claim.write", _ASK,
        _("A claim has waited 30 days for its signatures."),
        _("Ask its reviewers, go on with it, or withdraw it."),
    ),
    Watch(
        "claim.approved", Limit.OWN_DUE, "its owner", "claim.write", _ASK,
        _("A claim is past its review day and can't be used any more."),
        _("Begin its renewal on its page, or withdraw it."),
    ),
    Watch(
        "extension.asked", NOW, "", "seal.*", _ASK,
        _("A request to let an approval last longer waits for an answer."),
        _("Open the message and sign an answer."),
    ),
    Watch(
        "filing.open", NOW, "", "authority.enter", _ASK,
        _("A text is in use and its submission to an authority is not on file."),
        _("Submit it, then enter number and day on the page of the message."),
    ),
    Watch("note.open", 7 * DAY, within="draft.changes"),
    Watch("note.answered", Limit.OWN_DUE, within="seal.waiting"),
)  # fmt: skip

_CASE = (
    Watch(
        "case.open", Limit.OWN_DUE, "who has it", "case.triage", _ASK,
        _("The promised time of an answer has passed."),
        _("Answer, or say that no answer is owed, then close the case."),
    ),
    Watch(
        "duty.open", Limit.OWN_DUE, "who has the case", "case.hand_over", _ASK,
        _("A duty is past its time and was not handed over."),
        _("Hand it over now, or dismiss it with the reason."),
        safety=True,
    ),
    Watch(
        "duty.handed_over", DAY, "", "receipt.*", _ASK,
        _("A hand-over has waited a day for its receipt."),
        _("Enter the receipt in the case, or tell the sender what is missing."),
        safety=True,
    ),
    Watch(
        "post.judge", Limit.OWN_DUE, "", "case.triage", _ASK,
        _("A post waits in the inbox past its time."),
        _("Say what it is: a case or not."),
        safety=True,
    ),
    Watch(
        "post.second_look", DAY, "", "receipt.safety", _ASK,
        _("A post has waited a day for the second look of drug safety."),
        _("Look at it in the inbox and judge it."),
        safety=True,
    ),
)  # fmt: skip

_PEOPLE = (
    Watch(
        "invitation.sent", 7 * DAY, "", "people.change", _ASK,
        _("An invitation ran out before it was used."),
        _("Invite the person again, or end their functions."),
    ),
    Watch("attempt.open", 30 * DAY, "the learner", "", (Way.END,)),
    Watch("upload.waiting", DAY, "who uploaded it", "", (Way.END,)),
)  # fmt: skip

_MAIL = (
    Watch(
        "mail.waiting", 30 * MINUTE, "", "system.mend", _RETRY,
        _("Mails have waited half an hour for the mail server."),
        _("Read its words and mend what they name; they leave by themselves. What they tell stands in the drawers."),
    ),
    Watch("mail.sending", 5 * MINUTE, within="mail.unknown"),
    Watch(
        "mail.unknown", NOW, "", "system.mend", _ASK,
        _("Nobody knows whether a mail to a colleague has left; it is not sent twice."),
        _("Ask them to read their notices here; the mail server's log tells whether it has arrived."),
    ),
    Watch(
        "mail.failed", NOW, "", "system.mend", _ASK,
        _("The mail server does not take mails to a colleague."),
        _("Read its words and correct the address or the server; what the mail told stands in their notices."),
    ),
)  # fmt: skip

_MACHINE = (
    Watch(
        "job.todo", 10 * MINUTE, "", "system.mend", _ASK,
        _("Background work “%(task)s” waits and is not begun."),
        _("Restart the worker; `candour doctor` says what else is wrong."),
    ),
    Watch(
        "job.doing", 15 * MINUTE, "", "system.mend", _ASK,
        _("Background work “%(task)s” has run for a quarter of an hour."),
        _("Restart the worker; what it was doing is found again by the next round."),
    ),
    Watch(
        "job.failed", NOW, "", "system.mend", (Way.RETRY, Way.ASK, Way.END),
        _("Background work “%(task)s” ended with an error."),
        _("The next round does the same work again; if this stays, send the lines of the worker's log to whoever maintains Candour."),
    ),
    Watch(
        "watch.broken", NOW, "", "system.mend", _RETRY,
        _("The watch over “%(task)s” ended with an error and looked at nothing."),
        _("Send the lines of the worker's log to whoever maintains Candour."),
    ),
    Watch(
        "journal.unsealed", 2 * MINUTE, "", "system.mend", _RETRY,
        _("Entries of the journal have waited two minutes for their seal."),
        _("Run `candour journal verify`, then restart the worker."),
    ),
    Watch(
        "journal.heads", NOW, "", "system.mend", _RETRY,
        _("The file of signed heads can't be written."),
        _("Give the data folder back to the user who runs Candour."),
    ),
    Watch(
        "disk.full", NOW, "", "system.mend", _ASK,
        _("The disk of the data folder is nearly full."),
        _("Make room or a larger disk; below this nothing more may be stored."),
    ),
)  # fmt: skip

WATCHES: Mapping[str, Watch] = MappingProxyType(
    {watch.key: watch for watch in (*_PUBLICATION, *_SOURCE, *_REVIEW, *_CASE, *_PEOPLE, *_MAIL, *_MACHINE)}
)


class Rung(StrEnum):
    """Whom a matter of safety has reached: whoever answers for it, their deputies, the lead, everybody with the right."""

    OWNER = "owner"
    DEPUTY = "deputy"
    LEAD = "lead"
    EVERYBODY = "everybody"


#: How long after a matter of safety was told the next rung is told, unless somebody has said "I have it". Each person is told once; a rung
#: on which nobody new stands is passed over at once. Safety knows no office hours.
CLIMB: Mapping[Rung, timedelta] = MappingProxyType({Rung.DEPUTY: 15 * MINUTE, Rung.LEAD: 30 * MINUTE, Rung.EVERYBODY: HOUR})

#: Acts behind the rows whose owner depends on the object.
SEVERAL: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "seal.*": ("seal.medical", "seal.legal", "seal.regulatory"),
        "receipt.*": ("receipt.safety", "receipt.quality", "receipt.medical"),
    }
)

#: The prefix of each state's key.
TABLES: Mapping[str, type[StrEnum]] = MappingProxyType(
    {
        "case": states.CaseState,
        "duty": states.DutyState,
        "draft": states.DraftState,
        "seal": states.SealState,
        "note": states.NoteState,
        "publication": states.PublicationState,
        "claim": states.ClaimState,
        "extension": states.ExtensionState,
        "step": states.StepState,
        "source": states.SourceState,
        "mail": states.MailState,
    }
)


def acts() -> frozenset[str]:
    """Every right that may own a notice."""
    named = {watch.act for watch in WATCHES.values() if watch.act}
    return frozenset(act for name in named for act in SEVERAL.get(name, (name,)))


def span(key: str) -> timedelta:
    """The limit of a row that is a time; TypeError for one that the object carries."""
    limit = WATCHES[key].limit
    if not isinstance(limit, timedelta):
        raise TypeError(f"The limit of {key} is carried by the object.")
    return limit
