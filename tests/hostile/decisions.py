"""Who may open and who may do what at every address: written out by hand, so that a new address without a decision fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from candour.core.rights import ACTS
from candour.core.signing import digest
from tests import factories

from .company import EVERYWHERE, HERE, SHOWN, Things, advertisement
from .decision_forms import (
    SECRET,
    account_form,
    authority_form,
    claim_gone_form,
    label_changed_form,
    new_claim_form,
    question_form,
    seal_form,
    together_form,
    withdrawal_form,
)

#: How a cell ends: the status, or that the act happens.
DONE = "done"
DOOR = "door"
#: The session ends at the door, whoever asked.
LEFT = "left"


@dataclass(frozen=True)
class Gate:
    """`see`: the act without which the thing does not exist (404); `act`: the act without which it is refused (403).
    `where`: "here" a grant that covers the thing's market, "any" any grant at all, "wide" only one that is not limited.
    Several acts are separated by `|`. Without either everybody signed in passes. `door`: strangers are led to the door."""

    see: str = ""
    act: str = ""
    where: str = "here"
    missing: int = 404
    door: str | int = DOOR

    def answer(self, function: str, place: str) -> str | int:
        if function == "stranger":
            return self.door
        if self.see and not _holds(self.see, self.where, function, place):
            return self.missing
        if self.act and not _holds(self.act, self.where, function, place):
            return 403
        return DONE


def _holds(acts: str, where: str, function: str, place: str) -> bool:
    able = any(function in ACTS[act] for act in acts.split("|"))
    return able and place in {"here": (HERE, EVERYWHERE), "wide": (EVERYWHERE,), "any": (HERE, EVERYWHERE, "us")}[where]


@dataclass(frozen=True)
class Always:
    """The same answer whoever asks."""

    status: str | int
    door: str | int = 0

    def answer(self, function: str, place: str) -> str | int:
        return self.door if function == "stranger" and self.door else self.status


@dataclass(frozen=True)
class Travels:
    """A message of here on its way elsewhere. Who sees the library here reads it, and whoever may carry it to a market of theirs;
    others find nothing there, and who may not act in the market it goes to is refused."""

    act: str = ""
    door: str | int = DOOR

    def answer(self, function: str, place: str) -> str | int:
        if function == "stranger":
            return self.door
        if not (_holds("library.see", "here", function, place) or _holds("reuse.see", "any", function, place)):
            return 404
        return DONE if not self.act or _holds(self.act, "wide", function, place) else 403


Decision = Gate | Always | Travels
Form = Callable[[Things], dict[str, Any]]


@dataclass(frozen=True)
class Address:
    """One address: its arguments, what reading and what sending a form need, and a form that is in order."""

    args: Callable[[Things], list[Any]]
    get: Decision
    post: Decision
    form: Form = lambda things: {}


NO = Always(405)
NO_BEHIND_DOOR = Always(405, DOOR)
SIGNED_IN, SEEN = Gate(), Gate(see="case.see")
PUBLIC, TOKEN, OTHERS_ONLY = Always(DONE), Always(401), Always(404, DOOR)
#: Without a half-open door one is led to the door itself, and there is nothing to confirm, to answer or to stand in for.
AT_DOOR, NOTHING_THERE = Always(LEFT), Always(409, DOOR)
_SET_UP = Gate(act="pilot.change", where="wide", door=302)
_OPEN_TO_ALL = Gate(door=401)
_CHANGE = Gate(see="registry.see", act="registry.change")


def _nothing(things: Things) -> list[Any]:
    return []


def _of_case(name: str) -> Callable[[Things], list[Any]]:
    return lambda things: [getattr(things, name).number]


def _on_case(name: str, **fields: str) -> Form:
    return lambda things: {"version": getattr(things, name).version, **fields}


def _case(act: str, case: str = "open_case", form: Form | None = None, **fields: str) -> Address:
    return Address(_of_case(case), NO_BEHIND_DOOR, Gate("case.see", act), form or _on_case(case, **fields))


def _pk(name: str) -> Callable[[Things], list[Any]]:
    return lambda things: [getattr(things, name).pk]


def _key(name: str) -> Callable[[Things], list[Any]]:
    return lambda things: [getattr(things, name).key]


def _picture(things: Things) -> list[Any]:
    return [things.picture.digest]


def _number(name: str) -> Callable[[Things], list[Any]]:
    return lambda things: [getattr(things, name).number]


def _draft(act: str, name: str = "draft", form: Form | None = None) -> Address:
    text = {"title": "New title", "text": "Neuer Text, sprechen Sie mit Ihrer Ärztin."}
    made = form or (lambda things: {"version": things.draft.version, **text})
    return Address(_pk(name), NO_BEHIND_DOOR, Gate("draft.see", act), made)


def _library(act: str, name: str, form: Form = lambda things: {"reason": "looked there"}) -> Address:
    return Address(_pk(name), NO_BEHIND_DOOR, Gate("library.see", act), form)


def _abroad(things: Things) -> list[Any]:
    return [things.fresh.key, "ch"]


def _reuse(things: Things) -> dict[str, Any]:
    from .company import seen_abroad  # models need the settings

    return {"seen": seen_abroad(things.fresh), "secret": factories.PASSWORD}


def _in_two_days() -> str:
    return (factories.now() + timedelta(days=2)).isoformat()


def _assignee(things: Things) -> dict[str, Any]:
    from candour.cases.queries import people_for  # models need the settings

    return {"version": things.open_case.version, "to": people_for(things.open_case, factories.now())[0].pk}


def _course(*more: str) -> Callable[[Things], list[Any]]:
    return lambda things: ["basics", *more]


_SEALING = "seal.medical|seal.legal|seal.regulatory"
_UPLOAD = "post.import|registry.change"
ADDRESSES: dict[str, Address] = {
    "home": Address(_nothing, SIGNED_IN, NO_BEHIND_DOOR),
    # told to you: nobody but who was told finds a telling; its own tests tell the rest
    "draft-history": Address(_pk("draft"), Gate("draft.see"), NO_BEHIND_DOOR),
    "draft-sketch": Address(
        _pk("draft"), Gate("draft.see"), Gate("draft.see", "draft.write"), lambda things: {"version": things.draft.version, "text": "Typed"}
    ),
    "told-list": Address(_nothing, SIGNED_IN, NO_BEHIND_DOOR),
    "told-seen": Address(_nothing, NO_BEHIND_DOOR, SIGNED_IN),
    "told": Address(lambda things: [10**9], OTHERS_ONLY, NO_BEHIND_DOOR),
    "told-have": Address(lambda things: [10**9], NO_BEHIND_DOOR, OTHERS_ONLY),
    "hearing": Address(_nothing, SIGNED_IN, NO_BEHIND_DOOR),
    "hearing-save": Address(_nothing, NO_BEHIND_DOOR, SIGNED_IN, lambda things: {"way-texts": "mail", "rhythm": "daily"}),
    # listen and engage
    "inbox": Address(_nothing, SIGNED_IN, NO_BEHIND_DOOR),
    "inbox-new": Address(_nothing, SIGNED_IN, NO_BEHIND_DOOR),
    "inbox-row": Address(lambda things: [f"c{things.open_case.pk}"], SEEN, NO_BEHIND_DOOR),
    "cases": Address(_nothing, SIGNED_IN, NO_BEHIND_DOOR),
    "case": Address(_of_case("open_case"), SEEN, NO_BEHIND_DOOR),
    "case-presence": Address(_of_case("open_case"), SEEN, NO_BEHIND_DOOR),
    "case-timeline": Address(_of_case("open_case"), SEEN, NO_BEHIND_DOOR),
    "case-check": Address(_of_case("open_case"), NO_BEHIND_DOOR, SEEN, lambda things: {"message": "own", "text": "Danke"}),
    "case-judge": _case("case.triage", kind="AE", answer="agree", reason="as written"),
    "case-assign": _case("case.assign", form=_assignee),
    "case-note": _case("case.triage", text="A note"),
    "case-hand-over": _case("case.hand_over", kind="AE"),
    "case-receipt": _case("receipt.safety", "handed_case", kind="AE", number="RX-1"),
    "case-close": _case("case.close", "owing_nothing", resolution="answered"),
    "case-reopen": _case("case.close", "closed_case", reason="more came"),
    "case-no-reply": _case("case.triage", "handed_case", reason="answered elsewhere"),
    "case-reply": _case(
        "case.reply", "handed_case", form=lambda things: {"version": things.handed_case.version, "message": things.template.key}
    ),
    "case-take-back": _case("case.triage", form=lambda things: {"reply": things.held_reply.pk}),
    "search": Address(_nothing, SIGNED_IN, NO_BEHIND_DOOR),
    "post": Address(_pk("waiting_post"), Gate("post.see"), NO_BEHIND_DOOR),
    "post-judge": Address(
        _pk("waiting_post"), NO_BEHIND_DOOR, Gate("post.see", "case.triage"), lambda things: {"answer": "dismissed", "reason": "spam"}
    ),
    "post-show": Address(_pk("comment_post"), NO_BEHIND_DOOR, Gate("post.see", "case.triage"), lambda things: {"shown": "1"}),
    "posts-dismiss": Address(
        _nothing,
        NO_BEHIND_DOOR,
        Gate("post.see", "case.triage", missing=409),
        lambda things: {"post": things.waiting_post.pk, "reason": "spam"},
    ),
    "palette": Address(_nothing, SIGNED_IN, NO_BEHIND_DOOR),
    "sources": Address(_nothing, Gate("source.see", where="any"), NO_BEHIND_DOOR),
    "screening": Address(_nothing, Gate("post.see", where="any"), NO_BEHIND_DOOR),
    "screening-try": Address(
        _nothing, Gate("post.see", where="any"), Gate("post.see", where="any"), lambda things: {"text": "Mir ist schlecht von Mivrantel"}
    ),
    "source-poll": Address(_key("source"), NO_BEHIND_DOOR, Gate("source.see", "source.change")),
    # approve
    "drafts": Address(_nothing, SIGNED_IN, NO_BEHIND_DOOR),
    "draft-new": Address(
        _nothing,
        Gate(act="draft.write"),
        Gate(act="draft.write"),
        lambda things: {"title": "New", "account": things.account.key, "text": "Neu", "lang": "de"},
    ),
    "check": Address(_nothing, Gate(act="piece.check", where="any"), Gate(act="piece.check"), question_form),
    "draft": Address(_pk("draft"), Gate("draft.see"), NO_BEHIND_DOOR),
    "rules": Address(_nothing, Gate(act="registry.see", where="any"), NO_BEHIND_DOOR),
    "rules-of": Address(lambda things: ["de"], Gate(act="registry.see", where="any"), NO_BEHIND_DOOR),
    "rules-compare": Address(lambda things: ["de"], NO_BEHIND_DOOR, Gate(act="registry.see", where="any")),
    "rules-export": Address(lambda things: ["de"], Gate(act="registry.see", where="any"), NO_BEHIND_DOOR),
    "rules-look": Address(lambda things: ["de"], NO_BEHIND_DOOR, Gate(act="pack.activate")),
    "rules-keep": Address(lambda things: ["de"], NO_BEHIND_DOOR, Gate(act="pack.activate"), lambda things: {"proposal": "made up"}),
    "rules-activate": Address(
        lambda things: ["de"], NO_BEHIND_DOOR, Gate(act="pack.activate"), lambda things: {"secret": factories.PASSWORD}
    ),
    "rule": Address(
        lambda things: ["de", "DE-04-MISLEAD"],
        Gate(act="registry.see", where="any"),
        Gate(act="registry.see", where="any"),
        lambda things: {"text": "Garantiert!", "past": "1", "product": ""},
    ),
    "draft-check": _draft(""),
    "draft-save": _draft("draft.write"),
    "draft-submit": _draft("draft.submit"),
    "draft-variant": _draft("draft.write", form=lambda things: {"version": things.draft.version, "account": things.variant.account.key}),
    "draft-variant-follow": _draft("draft.write", "variant", lambda things: {"version": things.variant.version}),
    "draft-variant-end": _draft("draft.write", "variant", lambda things: {"version": things.variant.version}),
    "draft-answer": _draft("draft.write", "blocked", lambda things: {"rule": rule_of(things), "answer": "justify", "reason": "as agreed"}),
    "pictures": Address(_nothing, SIGNED_IN, NO_BEHIND_DOOR),
    "picture": Address(_picture, Gate("draft.see"), NO_BEHIND_DOOR),
    "picture-file": Address(_picture, Gate("draft.see"), NO_BEHIND_DOOR),
    "picture-rights": Address(_picture, NO_BEHIND_DOOR, Gate("draft.see", "draft.write"), lambda things: {"licence": "agency"}),
    "review": Address(_pk("review"), Gate("draft.see"), NO_BEHIND_DOOR),
    "review-look": Address(_pk("review"), NO_BEHIND_DOOR, Gate("draft.see")),
    "review-sign": Address(_pk("review"), NO_BEHIND_DOOR, Gate("draft.see", "seal.medical"), seal_form),
    "review-changes": Address(_pk("review"), NO_BEHIND_DOOR, Gate("draft.see", "seal.medical"), seal_form),
    "review-reject": Address(_pk("review"), NO_BEHIND_DOOR, Gate("draft.see", "seal.medical"), seal_form),
    "review-links": Address(_pk("review"), NO_BEHIND_DOOR, Gate("draft.see", _SEALING)),
    "review-note": Address(_pk("review"), NO_BEHIND_DOOR, Gate("draft.see", _SEALING), lambda things: {"kind": "nit", "words": "Shorter"}),
    "review-many": Address(_nothing, SIGNED_IN, Gate("seal.legal", missing=409), together_form),
    "note-answer": Address(_pk("note"), NO_BEHIND_DOOR, Gate("draft.see", "draft.write"), lambda things: {"words": "Because"}),
    "note-settle": Address(_pk("note"), NO_BEHIND_DOOR, Gate("draft.see", "seal.medical")),
    "note-reopen": Address(_pk("settled_note"), NO_BEHIND_DOOR, Gate("draft.see", "seal.medical")),
    "library": Address(_nothing, SIGNED_IN, NO_BEHIND_DOOR),
    "message": Address(_key("message"), Gate("library.see"), NO_BEHIND_DOOR),
    "message-publish": Address(
        lambda things: [things.fresh.key],
        NO_BEHIND_DOOR,
        Gate("library.see", "draft.publish"),
        lambda things: {"account": things.account.key},
    ),
    "message-inspect": Address(_key("message"), NO_BEHIND_DOOR, Gate("library.see", "message.inspect")),
    "message-ads": Address(_key("message"), Gate("library.see"), Gate("library.see", "ad.record"), lambda things: advertisement()),
    "ad-end": _library("ad.record", "ad"),
    "authority": Address(_nothing, Gate("authority.see", where="any"), NO_BEHIND_DOOR),
    "authority-file": Address(lambda things: [HERE, f"{factories.now():%Y-%m}"], Gate("authority.see"), NO_BEHIND_DOOR),
    "message-authority": Address(_key("vaccine"), Gate("library.see"), Gate("library.see", "authority.enter"), authority_form),
    "draft-authority": Address(_pk("vaccine_draft"), Gate("draft.see"), Gate("draft.see", "authority.enter"), authority_form),
    "authority-withdraw": _library("authority.withdraw", "authority_entry"),
    "reuse-card": Address(_key("message"), Travels(), NO_BEHIND_DOOR),
    "reuse": Address(_abroad, Travels(), NO_BEHIND_DOOR),
    "reuse-others": Address(_nothing, SIGNED_IN, NO_BEHIND_DOOR),
    "reuse-ask": Address(_abroad, NO_BEHIND_DOOR, Travels("reuse.ask"), _reuse),
    # the market speaks the language of the message: refused in words, and there is nothing to certify
    "reuse-translate": Address(_abroad, NO_BEHIND_DOOR, Travels("translation.write")),
    "reuse-certify": Address(_abroad, NO_BEHIND_DOOR, OTHERS_ONLY),
    "reuse-proofs": Address(_nothing, SIGNED_IN, NO_BEHIND_DOOR),
    "reuse-proof": Address(_pk("proof"), Travels(), NO_BEHIND_DOOR),
    "reuse-paper": Address(_pk("proof"), Travels(), NO_BEHIND_DOOR),
    "nearest": Address(_nothing, SIGNED_IN, SIGNED_IN, lambda things: {"text": "Zovellark bei Kopfschmerzen"}),
    "publication-take-back": _library("draft.publish", "held"),
    "publication-try-again": _library("draft.publish", "unknown"),
    "publication-give-up": _library("draft.publish", "unknown"),
    "publication-move": _library("draft.publish", "held", lambda things: {"due_at": _in_two_days()}),
    "publication-pack": Address(_pk("by_hand"), Gate("library.see"), NO_BEHIND_DOOR),
    "publication-state": _library("draft.publish", "by_hand", lambda things: {"link": "https://127.0.0.1/1", **SECRET}),
    "calendar": Address(_nothing, SIGNED_IN, NO_BEHIND_DOOR),
    "pauses": Address(_nothing, SIGNED_IN, NO_BEHIND_DOOR),
    "pause-begin": Address(
        _nothing, NO_BEHIND_DOOR, Gate(act="publication.pause"), lambda things: {"market": HERE, "reason": "recall", **SECRET}
    ),
    "pause-end": Address(_pk("pause"), NO_BEHIND_DOOR, Gate(act="publication.pause"), lambda things: {"reason": "over", **SECRET}),
    "embargo-lift": Address(_pk("embargo"), NO_BEHIND_DOOR, Gate("draft.see", "draft.publish"), lambda things: {"reason": "launched"}),
    "embargo-set": Address(
        _pk("draft"), NO_BEHIND_DOOR, Gate("draft.see", "draft.publish"), lambda things: {"until": _in_two_days(), "reason": "launch"}
    ),
    "drift-close": _library("drift.close", "drift"),
    "message-withdraw": Address(_key("message"), Gate("library.see"), Gate("library.see", "message.withdraw"), withdrawal_form),
    "label-changed": Address(
        lambda things: [things.on.product.key, HERE], Gate("library.see"), Gate("library.see", "message.withdraw"), label_changed_form
    ),
    "extension-ask": Address(
        lambda things: [things.ending.key],
        NO_BEHIND_DOOR,
        Gate("library.see", "draft.write"),
        lambda things: {"until": f"{things.ending.valid_until + timedelta(days=60):%Y-%m-%d}", "reason": "still true"},
    ),
    "extension-answer": _library("seal.legal", "extension", lambda things: {"verdict": "grant", **SECRET}),
    "api-claims": Address(_nothing, SIGNED_IN, NO_BEHIND_DOOR),
    "api-claim": Address(_number("claim"), Gate("library.see"), NO_BEHIND_DOOR),
    "claims": Address(_nothing, SIGNED_IN, NO_BEHIND_DOOR),
    "claim-new": Address(_nothing, Gate(act="claim.write", where="any"), Gate(act="claim.write"), new_claim_form),
    "claim": Address(_number("claim"), Gate("library.see"), NO_BEHIND_DOOR),
    "claim-save": Address(
        _number("claim"), NO_BEHIND_DOOR, Gate("library.see", "claim.write"), lambda things: {"version": 1, **new_claim_form(things)}
    ),
    "claim-sign": Address(
        _number("claim"),
        NO_BEHIND_DOOR,
        Gate("library.see", "seal.medical"),
        lambda things: {"role": "medical", "digest": things.claim.versions.get().digest, **SECRET},
    ),
    "claim-renew": Address(
        _number("approved_claim"), NO_BEHIND_DOOR, Gate("library.see", "claim.write"), lambda things: {"review_on": "2099-01-01"}
    ),
    "claim-withdraw": Address(_number("approved_claim"), Gate("library.see"), Gate("library.see", "message.withdraw"), claim_gone_form),
    "withdrawals": Address(_nothing, SIGNED_IN, NO_BEHIND_DOOR),
    "withdrawal": Address(_pk("withdrawal"), Gate("library.see"), NO_BEHIND_DOOR),
    "withdrawal-settle": Address(
        _pk("withdrawal_step"), NO_BEHIND_DOOR, Gate("library.see", "draft.write"), lambda things: {"words": "looked at", **SECRET}
    ),
    # govern
    "registry": Address(_nothing, Gate("registry.see", where="any"), NO_BEHIND_DOOR),
    "registry-export": Address(_nothing, Gate("registry.see", where="any"), NO_BEHIND_DOOR),
    "passport": Address(_key("account"), Gate("registry.see"), NO_BEHIND_DOOR),
    "account-new": Address(
        _nothing,
        Gate(act="registry.change", where="any"),
        Gate(act="registry.change"),
        lambda things: {"network": "bluesky", "handle": "new.example", "market": HERE, "purpose": "News", "ours": "1", "audience": "pub"},
    ),
    "account-change": Address(_key("account"), _CHANGE, _CHANGE, account_form),
    "journal": Address(_nothing, Gate("journal.see", where="wide"), NO_BEHIND_DOOR),
    "import": Address(_nothing, Gate(_UPLOAD, where="any"), Gate(_UPLOAD, "post.import", "any"), lambda things: {"kind": "posts"}),
    "import-preview": Address(lambda things: ["0" * 32], OTHERS_ONLY, NO_BEHIND_DOOR),
    "import-columns": Address(lambda things: ["0" * 32], NO_BEHIND_DOOR, OTHERS_ONLY),
    "import-run": Address(lambda things: ["0" * 32], NO_BEHIND_DOOR, OTHERS_ONLY),
    "notices": Address(_nothing, SIGNED_IN, NO_BEHIND_DOOR),
    "retention": Address(_nothing, Gate("retention.see", where="wide"), NO_BEHIND_DOOR),
    "retention-run": Address(_nothing, NO_BEHIND_DOOR, Gate("retention.see", "retention.run", "wide")),
    "people-sign-in": Address(_nothing, Gate("people.change", where="wide"), NO_BEHIND_DOOR),
    "second-step-rules": Address(
        _nothing, NO_BEHIND_DOOR, Gate("people.change", where="wide"), lambda things: {"function": "auditor"} | SECRET
    ),
    "second-step-reset": Address(
        lambda things: [things.on.author.pk],
        NO_BEHIND_DOOR,
        Gate("people.change", where="wide"),
        lambda things: {"reason": "lost"} | SECRET,
    ),
    "retention-hold": Address(
        _nothing,
        NO_BEHIND_DOOR,
        Gate("retention.see", "retention.hold", "wide"),
        lambda things: {"kind": "case", "key": things.open_case.number, "reason": "a lawsuit", "secret": factories.PASSWORD},
    ),
    "retention-lift": Address(
        lambda things: [things.hold.pk],
        NO_BEHIND_DOOR,
        Gate("retention.see", "retention.hold", "wide"),
        lambda things: {"reason": "it is settled", "secret": factories.PASSWORD},
    ),
    "retention-erase": Address(
        lambda things: [things.waiting_post.author_key],
        NO_BEHIND_DOOR,
        Gate("retention.see", "retention.erase", "wide"),
        lambda things: {"reason": "asked for it", "authority": "request", "secret": factories.PASSWORD},
    ),
    "retention-export": Address(
        lambda things: [things.waiting_post.author_key],
        NO_BEHIND_DOOR,
        Gate("retention.see", "retention.export", "wide"),
        lambda things: {"reason": "asked for it"},
    ),
    "training": Address(_nothing, SIGNED_IN, NO_BEHIND_DOOR),
    "certificate": Address(_pk("certificate"), Gate("people.see", where="wide"), NO_BEHIND_DOOR),
    "course": Address(_course(), SIGNED_IN, NO_BEHIND_DOOR),
    "course-start": Address(_course(), NO_BEHIND_DOOR, SIGNED_IN, lambda things: {"in": "en"}),
    "course-language": Address(_course(), NO_BEHIND_DOOR, SIGNED_IN, lambda things: {"in": "de"}),
    "course-finish": Address(_course(), NO_BEHIND_DOOR, SIGNED_IN),
    "course-result": Address(lambda things: ["basics", things.attempt.pk], OTHERS_ONLY, NO_BEHIND_DOOR),
    "lesson": Address(_course("day-zero"), SIGNED_IN, SIGNED_IN),
    "decision": Address(_course("tingling-at-the-weekend"), SIGNED_IN, SIGNED_IN),
    # one's own sign-in; what belongs to somebody else is not there
    "your-sign-in": Address(_nothing, SIGNED_IN, NO_BEHIND_DOOR),
    "app-begin": Address(_nothing, NO_BEHIND_DOOR, SIGNED_IN, lambda things: SECRET),
    "app-confirm": Address(_nothing, NO_BEHIND_DOOR, NOTHING_THERE, lambda things: {"code": "123456"}),
    "app-remove": Address(_nothing, NO_BEHIND_DOOR, SIGNED_IN, lambda things: SECRET),
    "passkey-begin": Address(_nothing, NO_BEHIND_DOOR, SIGNED_IN, lambda things: SECRET),
    "passkey-add": Address(_nothing, NO_BEHIND_DOOR, Always(403, DOOR), lambda things: {"answer": "{}"}),
    "passkey-remove": Address(lambda things: [things.passkey.pk], NO_BEHIND_DOOR, OTHERS_ONLY, lambda things: SECRET),
    "passkey-ask": Address(_nothing, NO_BEHIND_DOOR, NOTHING_THERE, lambda things: {"passkey_for": "/"}),
    "recovery-codes": Address(_nothing, NO_BEHIND_DOOR, NOTHING_THERE, lambda things: SECRET),
    "session-end": Address(lambda things: [things.signed_in.pk], NO_BEHIND_DOOR, OTHERS_ONLY, lambda things: SECRET),
    "sessions-end": Address(_nothing, NO_BEHIND_DOOR, SIGNED_IN, lambda things: SECRET),
    # doors
    "healthz": Address(_nothing, PUBLIC, NO),
    "readyz": Address(_nothing, Always(503), NO),
    "metrics": Address(_nothing, PUBLIC, NO),
    "start": Address(_nothing, Gate(act="pilot.change", where="wide"), NO),
    "start-step": Address(lambda things: ["company"], _SET_UP, _SET_UP, lambda things: {"name": "Hollinqvist"}),
    "sign-in": Address(_nothing, PUBLIC, Always(403), lambda things: {"email": "nobody@hollinqvist.example", "password": "wrong"}),
    "sign-in-second": Address(_nothing, AT_DOOR, Always(403), lambda things: {"code": "123456"}),
    "sign-in-passkey": Address(_nothing, NO, PUBLIC),
    "sign-in-demo": Address(_nothing, NO, Always(403), lambda things: {"person": things.on.lead.pk}),
    "sign-out": Address(_nothing, NO, Always(LEFT)),
    "welcome-in": Address(_nothing, Always(403), Always(403), lambda things: {"password": "x" * 20, "again": "x" * 20}),
    "welcome": Address(lambda things: ["forged"], Always(403), NO),
    "newsroom-item": Address(lambda things: ["item-1"], PUBLIC, NO),
    "newsroom-front": Address(_key("account"), PUBLIC, NO),
    "newsroom-feed": Address(_key("account"), PUBLIC, NO),
    "newsroom-thread": Address(
        lambda things: [things.account.key, "fragen"], PUBLIC, PUBLIC, lambda things: {"text": "Eine Frage", "form_token": "t" * 32}
    ),
    # doors for scripts: who is signed in has the rights of the screens, others are told so
    "api-inspection": Address(_key("message"), NO, Gate("library.see", "message.inspect", door=401)),
    "api-reuse-answers": Address(_key("message"), Travels(door=401), NO),
    "api-reuse-order": Address(_abroad, NO, Travels("reuse.ask", door=401), _reuse),
    "api-reuse-proof": Address(_pk("proof"), Travels(door=401), NO),
    "api-screening-try": Address(
        _nothing, NO, Gate(act="post.see", where="any", door=401), lambda things: {"text": "Mir ist schlecht von Mivrantel"}
    ),
    "api-calendar": Address(_nothing, _OPEN_TO_ALL, NO),
    "api-pauses": Address(
        _nothing, _OPEN_TO_ALL, Gate(act="publication.pause", door=401), lambda things: {"market": HERE, "reason": "recall", **SECRET}
    ),
    "api-pause-end": Address(_pk("pause"), NO, Gate(act="publication.pause", door=401), lambda things: {"reason": "over", **SECRET}),
    "api-decide": Address(
        _pk("held"), NO, Gate("library.see", "draft.publish", door=401), lambda things: {"decision": "move", "due_at": _in_two_days()}
    ),
    "api-notes": Address(_pk("draft"), Gate("draft.see", door=401), NO),
    "newsroom-put": Address(lambda things: ["item-1"], TOKEN, TOKEN),
    "newsroom-picture": Address(lambda things: [digest(SHOWN)], PUBLIC, NO),
    "newsroom-put-picture": Address(lambda things: [digest(SHOWN)], TOKEN, TOKEN),
    "newsroom-comments": Address(_nothing, TOKEN, TOKEN),
}


def rule_of(things: Things) -> str:
    """The rule that the stored check of the draft to be answered names."""
    return things.blocked.versions.get().checks.get().findings[0]["rule"]
