"""Acts of privacy: holds, the erasure of a person, what is held about somebody. Each is signed or on record with its reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from candour.assurance.models import LegalHold, RetentionRun
from candour.assurance.queries import erased_names, held_keys
from candour.cases.models import Case, Duty
from candour.core.key_copy import VAULT
from candour.core.signing import canonical
from candour.core.states import CaseState, DutyState
from candour.core.terms import RECEIPT_DUTIES
from candour.flows.answers import Refusal, Stale
from candour.flows.gate import ask_at
from candour.flows.proof import proven
from candour.flows.retention import EVERYWHERE, clear, finish, record
from candour.journal.acting import acting, note
from candour.journal.destroyed import AUTHOR
from candour.journal.models import Signature
from candour.journal.signatures import Proof, Secret, record_signature
from candour.listening.models import Post, PostVersion
from candour.messages.models import Picture
from candour.people.models import User
from candour.registry.models import Account

KINDS = ("case", "account", "author", "picture")
#: On whose authority a person is erased. Only an order reaches cases that the law says to keep (GDPR Art. 17(3)(b) and (c)).
REQUEST, ORDER = "request", "order"


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did: the run on record, cases forgotten, and numbers of cases kept because the law says so."""

    run: RetentionRun
    cases: list[str]
    kept: list[str]


def _absent(kind: str) -> str:
    words = {
        "account": _("There is no account “%(key)s”."),
        "author": _("There is nobody with the pseudonym “%(key)s”."),
        "picture": _("There is no picture “%(key)s”."),
    }
    return words.get(kind, _("There is no case “%(key)s”."))


def place_hold(by: User, kind: str, key: str, reason: str, secret: Secret, now: datetime) -> LegalHold:
    """Hold a case, an account, an author or a picture, signed. Refused without a reason, twice, or for a thing that does not exist."""
    ask_at(by, "retention.hold", EVERYWHERE, now)
    key = key.strip()
    if not reason.strip():
        raise Refusal(_("Say in a few words why it is held."), status=400)
    if kind not in KINDS or not _exists(kind, key):
        raise Refusal(_absent(kind) % {"key": key[:80]}, status=400)
    shown = canonical({"act": "hold", "kind": kind, "key": key, "reason": reason.strip()[:400]})
    proof = proven(by, secret, now)
    with acting(by, "retention.hold", reason.strip()):
        if key in held_keys(kind):
            raise Stale(_("It is held already."))
        signature = _sign(by, shown, "hold", f"{kind}/{key}", proof)
        return LegalHold.objects.create(kind=kind, key=key, reason=reason.strip()[:400], placed_by=by, placed_at=now, signature=signature)


def lift_hold(by: User, pk: int, reason: str, secret: Secret, now: datetime) -> LegalHold:
    """End a hold, signed and with a reason."""
    ask_at(by, "retention.hold", EVERYWHERE, now)
    if not reason.strip():
        raise Refusal(_("Say in a few words why it is no longer held."), status=400)
    proof = proven(by, secret, now)
    with acting(by, "retention.lift", reason.strip()):
        hold = LegalHold.objects.select_for_update(no_key=True).filter(pk=pk, lifted_at=None).first()
        if hold is None:
            raise Stale(_("Somebody else has lifted this already."))
        shown = canonical({"act": "lift", "kind": hold.kind, "key": hold.key, "reason": reason.strip()[:400]})
        hold.lift_signature = _sign(by, shown, "lift", f"{hold.kind}/{hold.key}", proof)
        hold.lifted_by, hold.lifted_at, hold.lift_reason = by, now, reason.strip()[:400]
        hold.save()
    return hold


def _exists(kind: str, key: str) -> bool:
    if kind == "case":
        return Case.objects.filter(number=key).exists()
    if kind == "account":
        return Account.objects.filter(key=key).exists()
    if kind == "picture":
        return Picture.objects.filter(digest=key, cleared_run=None).exists()
    return Post.objects.filter(author_key=key).exists() or Case.objects.filter(person_key=key).exists()


def _sign(by: User, shown: bytes, meaning: str, key: str, proof: Proof) -> Signature:
    return record_signature(by, shown, subject="retention", key=key[:64], meaning=meaning, proof=proof)


def erase_author(by: User, author: str, reason: str, authority: str, secret: Secret, now: datetime) -> Erased:
    """Forget a person by their pseudonym: posts are cleared, keys of their cases destroyed, here and in every copy of the keys. Signed.

    Refused while anything of theirs is held or a case is open. On a request, cases with a safety, quality or medical duty stay.
    """
    ask_at(by, "retention.erase", EVERYWHERE, now)
    if not reason.strip() or authority not in (REQUEST, ORDER):
        raise Refusal(_("Say on whose authority and why."), status=400)
    if not _exists("author", author):
        raise Refusal(_("Nothing is held about this author."), status=404)
    proof = proven(by, secret, now)
    with acting(by, "retention.erase", reason.strip()):
        cases = list(Case.objects.select_for_update(no_key=True).filter(person_key=author).order_by("pk"))
        _refuse_held(author, cases)
        kept = _kept_by_law(author) if authority == REQUEST else set()
        going = [case for case in cases if case.number not in kept]
        names = [f"{AUTHOR}{author}", *(f"{VAULT}{case.vault}" for case in going)]
        shown = canonical({"act": "erase", "names": names, "kept": sorted(kept), "reason": reason.strip()[:400], "authority": authority})
        signature = _sign(by, shown, "erase", author, proof)
        run = clear_author(by, author, now)
        record(by, names, reason.strip()[:400], authority, now, signature=signature, run=run)
    finish(now)
    return Erased(run, [case.number for case in going], sorted(kept))


def clear_author(by: User, author: str, now: datetime) -> RetentionRun:
    """Clear every post of an author and the address each had at its source. Call inside a named act."""
    run = clear(
        by, list(PostVersion.objects.filter(post__author_key=author, cleared_run=None).values_list("pk", flat=True)), "erasure", now
    )
    for post in Post.objects.filter(author_key=author):
        Post.objects.filter(pk=post.pk).update(remote_id=f"erased-{post.pk}", judge_by=None, second_look=False)
    return run


def _refuse_held(author: str, cases: list[Case]) -> None:
    held, accounts = set(held_keys("case")), held_keys("account")
    posts_held = Post.objects.filter(author_key=author, source__account__key__in=accounts).exists()
    if author in held_keys("author") or posts_held or any(case.number in held for case in cases):
        raise Refusal(_("A legal hold covers this person."), remedy=_("Lift the hold first; that is signed, too."), status=409)
    if still_open := [case.number for case in cases if case.state == CaseState.OPEN]:
        raise Refusal(_("%(number)s is still open.") % {"number": still_open[0]}, remedy=_("Close it first."), status=409)


def _kept_by_law(author: str) -> set[str]:
    serious = Duty.objects.filter(case=OuterRef("pk"), kind__in=RECEIPT_DUTIES).exclude(state=DutyState.DISMISSED)
    return set(Case.objects.filter(Exists(serious), person_key=author).values_list("number", flat=True))


def carry_over(by: User, names: Iterable[str], now: datetime) -> int:
    """After a restore: erase again what was erased since the backup was made; how many names the restored record lacked."""
    lacking = sorted(set(names) - erased_names())
    for name in lacking:
        with acting(by, "retention.carry_over", "Destroyed after this backup was made."):
            run = clear_author(by, name.removeprefix(AUTHOR), now) if name.startswith(AUTHOR) else None
            record(by, [name], "Destroyed after this backup was made.", "carried over", now, run=run)
    finish(now)
    return len(lacking)


def note_reading(by: User, author: str, reason: str, now: datetime) -> None:
    """Put on record that somebody takes out everything held about an author, and why. Refused without a reason."""
    ask_at(by, "retention.export", EVERYWHERE, now)
    if not reason.strip():
        raise Refusal(_("Say in a few words who asks for it."), status=400)
    if not _exists("author", author):
        raise Refusal(_("Nothing is held about this author."), status=404)
    with acting(by, "retention.export", reason.strip()):
        note("author", author, "Everything held about this author was read and exported.")
