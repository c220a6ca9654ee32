"""Entries of the journal as sentences: who did what to which row, and each column from what to what. Ciphertext stays ciphertext."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candour.insight.journal_queries import names_of
from candour.journal.models import Entry
from candour.people.models import User
from candour.people.queries import actors
from candour.web.words import quoted

#: What a table keeps, in the singular.
THING: dict[str, str | Promise] = {
    "registry_company": gettext_lazy("company"),
    "registry_market": gettext_lazy("market"),
    "registry_brand": gettext_lazy("brand"),
    "registry_product": gettext_lazy("product"),
    "registry_productstatus": gettext_lazy("product status"),
    "registry_labelfacts": gettext_lazy("label facts"),
    "registry_productname": gettext_lazy("product name"),
    "registry_account": gettext_lazy("account"),
    "registry_activity": gettext_lazy("activity"),
    "registry_packrelease": gettext_lazy("pack release"),
    "registry_import": gettext_lazy("import"),
    "people_user": gettext_lazy("person"),
    "people_grant": gettext_lazy("grant"),
    "people_deputy": gettext_lazy("deputy"),
    "people_passkey": gettext_lazy("passkey"),
    "people_codeapp": gettext_lazy("authenticator app"),
    "people_recoverycode": gettext_lazy("recovery code"),
    "people_secondsteprule": gettext_lazy("rule of the second step"),
    "listening_source": gettext_lazy("listening post"),
    "listening_gap": gettext_lazy("gap"),
    "listening_intake": gettext_lazy("intake"),
    "listening_judgement": gettext_lazy("judgement"),
    "listening_releasestart": gettext_lazy("screening release"),
    "assurance_legalhold": gettext_lazy("legal hold"),
    "assurance_retentionrun": gettext_lazy("retention run"),
    "assurance_erasure": gettext_lazy("erasure"),
    "assurance_hearing": gettext_lazy("how somebody hears"),
    "cases_case": gettext_lazy("case"),
    "cases_casepost": gettext_lazy("post in a case"),
    "cases_evidence": gettext_lazy("evidence"),
    "cases_duty": gettext_lazy("duty"),
    "cases_receipt": gettext_lazy("receipt"),
    "cases_reply": gettext_lazy("reply"),
    "cases_happening": gettext_lazy("timeline line"),
    "safety_handover": gettext_lazy("hand-over"),
    "approval_draft": gettext_lazy("draft"),
    "approval_draftversion": gettext_lazy("draft version"),
    "approval_checkrun": gettext_lazy("check"),
    "approval_piececheck": gettext_lazy("question to the rules"),
    "approval_findinganswer": gettext_lazy("answer to a finding"),
    "approval_review": gettext_lazy("review"),
    "approval_seal": gettext_lazy("seal"),
    "approval_annotation": gettext_lazy("note"),
    "approval_linksnapshot": gettext_lazy("page behind a link"),
    "approval_approvedmessage": gettext_lazy("approved message"),
    "approval_approvedmessage_signatures": gettext_lazy("signature of a message"),
    "approval_publication": gettext_lazy("publication"),
    "approval_readback": gettext_lazy("read-back"),
    "approval_drift": gettext_lazy("drift"),
    "approval_pause": gettext_lazy("pause"),
    "approval_embargo": gettext_lazy("embargo"),
    "approval_claim": gettext_lazy("claim"),
    "approval_claimversion": gettext_lazy("text of a claim"),
    "approval_claimseal": gettext_lazy("signature of a claim"),
    "approval_claimwording": gettext_lazy("approved wording"),
    "approval_claimuse": gettext_lazy("claim in a text"),
    "approval_extension": gettext_lazy("request for a longer approval"),
    "approval_withdrawal": gettext_lazy("withdrawal"),
    "approval_withdrawalstep": gettext_lazy("step of a withdrawal"),
    "approval_adrecord": gettext_lazy("advertisement"),
    "journal_signature": gettext_lazy("signature"),
    "training_attempt": gettext_lazy("attempt"),
    "training_certificate": gettext_lazy("certificate"),
}

#: What somebody did, by the act's first word; the act's own name stands beside it.
LOOP_ICON = {
    "account": "registry",
    "case": "cases",
    "draft": "draft",
    "drift": "copy",
    "listen": "antenna",
    "message": "library",
    "pack": "layers",
    "person": "user",
    "post": "message",
    "publication": "send",
    "registry": "registry",
    "seal": "seal",
    "training": "training",
}

#: Acts as people call them; an act that is not here reads as its code.
DEED: dict[str, str | Promise] = {
    "person.sign_in": gettext_lazy("Sign-in"),
    "person.sign_in_refused": gettext_lazy("Sign-in refused"),
    "person.sign_out": gettext_lazy("Sign-out"),
    "person.sign_in_half": gettext_lazy("Password right"),
    "person.second_step_refused": gettext_lazy("Second step refused"),
    "person.session_end": gettext_lazy("Sessions ended"),
    "person.app_begin": gettext_lazy("App begun"),
    "person.app_add": gettext_lazy("App added"),
    "person.app_remove": gettext_lazy("App removed"),
    "person.passkey_add": gettext_lazy("Passkey added"),
    "person.passkey_remove": gettext_lazy("Passkey removed"),
    "person.recovery_codes": gettext_lazy("Recovery codes made"),
    "person.recovery_code": gettext_lazy("Recovery code used"),
    "people.second_step_rule": gettext_lazy("Second step asked for"),
    "people.second_step_reset": gettext_lazy("Second step reset"),
    "listen.receive": gettext_lazy("Posts taken in"),
    "listen.heartbeat": gettext_lazy("Source answered"),
    "listen.silent": gettext_lazy("Source fell silent"),
    "listen.add_source": gettext_lazy("Source added"),
    "post.judge": gettext_lazy("Post judged"),
    "retention.run": gettext_lazy("Retention run"),
    "retention.hold": gettext_lazy("Legal hold"),
    "retention.lift": gettext_lazy("Hold lifted"),
    "retention.erase": gettext_lazy("Person erased"),
    "retention.export": gettext_lazy("Person's data exported"),
    "retention.carry_over": gettext_lazy("Erased again after a restore"),
    "comment.show": gettext_lazy("Comment shown"),
    "comment.hide": gettext_lazy("Comment hidden"),
    "case.assign": gettext_lazy("Case assigned"),
    "case.judge": gettext_lazy("Duty judged"),
    "case.note": gettext_lazy("Note"),
    "case.reply": gettext_lazy("Reply"),
    "case.no_reply": gettext_lazy("No reply owed"),
    "case.ask_approval": gettext_lazy("Reply to approval"),
    "case.hand_over": gettext_lazy("Hand-over"),
    "case.receipt": gettext_lazy("Receipt"),
    "case.close": gettext_lazy("Case closed"),
    "case.reopen": gettext_lazy("Case reopened"),
    "draft.create": gettext_lazy("Draft begun"),
    "draft.save": gettext_lazy("Draft saved"),
    "draft.variant": gettext_lazy("Text of its own begun"),
    "draft.variant_end": gettext_lazy("Text of its own given up"),
    "draft.check": gettext_lazy("Draft checked"),
    "piece.check": gettext_lazy("Rules asked"),
    "draft.answer": gettext_lazy("Finding answered"),
    "draft.submit": gettext_lazy("Submitted"),
    "seal.look": gettext_lazy("Reviewer looked"),
    "seal.sign": gettext_lazy("Signed"),
    "seal.ask_changes": gettext_lazy("Changes asked for"),
    "seal.reject": gettext_lazy("Rejected"),
    "review.look_at_links": gettext_lazy("Looked at its links"),
    "note.write": gettext_lazy("Note on a text"),
    "note.answer": gettext_lazy("Note answered"),
    "note.settle": gettext_lazy("Note settled"),
    "note.reopen": gettext_lazy("Note open again"),
    "message.inspect": gettext_lazy("Inspection pack taken"),
    "ad.record": gettext_lazy("Advertisement recorded"),
    "ad.end": gettext_lazy("Advertisement ended"),
    "translation.write": gettext_lazy("Translated"),
    "translation.certify": gettext_lazy("Translation certified"),
    "reuse": gettext_lazy("Reused in another market"),
    "message.publish": gettext_lazy("Publication ordered"),
    "publication.send": gettext_lazy("Sending"),
    "publication.sent": gettext_lazy("Sent"),
    "publication.read_back": gettext_lazy("Read back"),
    "publication.unread": gettext_lazy("Not readable"),
    "publication.failed": gettext_lazy("Sending failed"),
    "publication.take_back": gettext_lazy("Taken back"),
    "publication.hold": gettext_lazy("Held once more"),
    "publication.move": gettext_lazy("Given another time"),
    "publication.state": gettext_lazy("Published by hand"),
    "pause.begin": gettext_lazy("Publishing paused"),
    "pause.end": gettext_lazy("Pause ended"),
    "embargo.set": gettext_lazy("Embargo set"),
    "embargo.lift": gettext_lazy("Embargo lifted"),
    "claim.write": gettext_lazy("Claim written"),
    "claim.sign": gettext_lazy("Claim signed"),
    "extension.ask": gettext_lazy("Longer approval asked for"),
    "extension.answer": gettext_lazy("Longer approval answered"),
    "message.withdraw": gettext_lazy("Withdrawn"),
    "withdrawal.step": gettext_lazy("Withdrawal carried out"),
    "withdrawal.settle": gettext_lazy("Withdrawal answered by a person"),
    "drift.close": gettext_lazy("Drift closed"),
    "pack.activate": gettext_lazy("Rules activated"),
    "pack.propose": gettext_lazy("Own rules proposed"),
    "registry.add_account": gettext_lazy("Account registered"),
    "registry.change_account": gettext_lazy("Account changed"),
    "registry.import_accounts": gettext_lazy("Accounts imported"),
    "account.connection": gettext_lazy("Connection"),
}

COLUMN: dict[str, str | Promise] = {
    "owner_id": gettext_lazy("owner"),
    "deputy_id": gettext_lazy("deputy"),
    "owner_since": gettext_lazy("owner since"),
    "assignee_id": gettext_lazy("assigned to"),
    "ours": gettext_lazy("under our responsibility"),
    "ours_reason": gettext_lazy("reason"),
    "screening_minutes": gettext_lazy("screening interval, minutes"),
    "valid_from": gettext_lazy("valid from"),
    "valid_to": gettext_lazy("valid to"),
    "rules_page": gettext_lazy("rules page"),
    "owner_country": gettext_lazy("country of the legal owner"),
    "aimed_at": gettext_lazy("also aimed at"),
    "retired_at": gettext_lazy("retired"),
}

#: Columns that name a person.
_PEOPLE = frozenset({"owner_id", "deputy_id", "assignee_id", "person_id", "by_id", "given_by_id", "signer_id", "entered_by_id", "author_id",
                     "submitted_by_id", "closed_by_id", "on_behalf_of_id"})  # fmt: skip
#: Columns that name the row, best first.
_TITLES = ("handle", "number", "name", "title", "term", "kind", "key", "code", "email", "course", "meaning", "function")
_LONGEST = 160


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a changed row, before and after, as people read it; `sealed` marks ciphertext."""

    name: str
    old: str
    new: str
    sealed: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as shown."""

    entry: Entry
    sentence: str
    icon: str
    deed: str
    columns: Sequence[Column]
    sealed: bool


def lines_of(entries: Iterable[Entry], sealed: frozenset[int] = frozenset()) -> list[Line]:
    """Entries as sentences; names of people are looked up once for all of them."""
    read = [(entry, _parsed(entry.old), _parsed(entry.new)) for entry in entries]
    names, titles = _names(read), names_of(entry for entry, _old, _new in read)
    return [_line(entry, old, new, names, titles, entry.pk in sealed) for entry, old, new in read]


def _parsed(text: str) -> Any:
    if not text:
        return {}
    try:
        return json.loads(text)
    except ValueError:  # a forged entry may hold anything; it is shown as it is
        return text


def _names(read: Iterable[tuple[Entry, Any, Any]]) -> dict[int, str]:
    wanted = {
        row[column]
        for _entry, *rows in read
        for row in rows
        if isinstance(row, dict)
        for column in _PEOPLE
        if isinstance(row.get(column), int)
    }
    return dict(actors().filter(pk__in=wanted).values_list("pk", "name"))


def _line(entry: Entry, old: Any, new: Any, names: dict[int, str], titles: dict[tuple[str, str], str], sealed: bool) -> Line:
    before, after = (row if isinstance(row, dict) else {} for row in (old, new))
    columns = [_column(name, before, after, names) for name in dict.fromkeys([*before, *after]) if name != "id"]
    words = {"name": entry.actor_name or _("nobody"), "thing": _thing(entry), "title": _title(entry, before | after, titles)}
    icon, deed = LOOP_ICON.get(entry.act.split(".")[0], "note"), str(DEED.get(entry.act, entry.act))
    return Line(entry, _sentence(entry, new, words, columns), icon, deed, columns, sealed)


def _sentence(entry: Entry, new: Any, words: dict[str, str], columns: Sequence[Column]) -> str:
    if entry.op == "N":
        return _("%(name)s: %(words)s") % (words | {"words": _short(str(new))})
    if entry.op == "I":
        return _("%(name)s added %(thing)s %(title)s") % words
    if entry.op == "D":
        return _("%(name)s removed %(thing)s %(title)s") % words
    return _("%(name)s changed %(thing)s %(title)s: %(columns)s") % (words | {"columns": ", ".join(column.name for column in columns[:4])})


def _thing(entry: Entry) -> str:
    return str(THING.get(entry.subject, entry.subject.replace("_", " ")))


def _title(entry: Entry, row: dict[str, Any], titles: dict[tuple[str, str], str]) -> str:
    found = titles.get((entry.subject, entry.key)) or next(
        (row[name] for name in _TITLES if isinstance(row.get(name), str) and row[name]), ""
    )
    return quoted(_short(found, 60)) if found else f"#{entry.key}"


def _column(name: str, old: dict[str, Any], new: dict[str, Any], names: dict[int, str]) -> Column:
    label = str(COLUMN.get(name, name.removesuffix("_id").replace("_", " ")))
    sealed = any(_is_ciphertext(row.get(name)) for row in (old, new))
    return Column(label, _value(name, old, names), _value(name, new, names), sealed)


def _is_ciphertext(value: Any) -> bool:
    """Bytes stand in the journal as \\x and hex digits: personal data under a key, raw posts, signed bytes."""
    return isinstance(value, str) and value.startswith("\\x")


def _value(name: str, row: dict[str, Any], names: dict[int, str]) -> str:
    value = row.get(name)
    if value is None or value == "":
        return "–"
    if _is_ciphertext(value):
        return _("%(count)s bytes, not shown") % {"count": (len(value) - 2) // 2}
    if name in _PEOPLE and isinstance(value, int):
        return names.get(value, f"#{value}")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return _short(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _short(text: str, most: int = _LONGEST) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= most else f"{flat[: most - 1]}…"


def people_in_journal() -> list[User]:
    """Who can be chosen as actor, people before machines."""
    return list(actors()[:300])
