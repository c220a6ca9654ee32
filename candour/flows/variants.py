"""One message, several texts: a text of its own for an account whose readers, or whose limit, ask for other words.

Each text is a draft with its account, so it is counted, checked, answered for, signed over its own bytes and published on its account
alone. They are submitted together, all or none. Nobody who wrote one of them signs another (messages.queries.writers_of), and an embargo
on the main text holds all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from candour.core.review import MessageKind
from candour.core.states import DRAFT, DraftState, move
from candour.flows import submit
from candour.flows.answers import Refusal, Stale
from candour.flows.gate import ask_at
from candour.flows.travel_facts import too_long
from candour.journal.acting import acting
from candour.messages.models import Draft, Review
from candour.messages.queries import place_of, texts_of, variants_of
from candour.people.models import User
from candour.registry.models import Account
from candour.registry.queries import accounts_by_keys

#: Kinds that are published as they stand; answers leave from a case and have one wording.
KINDS = (MessageKind.POST.value, MessageKind.HOLDING_STATEMENT.value)
#: While its author has it: giving an account its own text changes where the main one goes, which is part of what is signed.
OPEN = (DraftState.WRITING.value, DraftState.CHANGES.value)


def give(by: User, main: Draft, account: Account, version: int, now: datetime) -> Draft:
    """Give an account a text of its own, which begins as the main one; from then on the main text does not go there.

    Refused while the main text is under review or decided, for an account of another market or that has its own text, and without the right
    to write for both.
    """
    ask_at(by, submit.writing(main.kind), place_of(main), now)
    with acting(by, "draft.variant", account.key):
        submit.hold(main, version)
        _refuse_unfit(main, account)
        last = submit.last_version(main)
        if account.key in main.also:
            submit.readdress(by, main, [key for key in main.also if key != account.key], now)
        return submit.create_draft(
            by,
            title=main.title,
            account=account,
            product=main.product,
            lang=main.lang,
            text=last.text,
            links=last.links,
            now=now,
            based_on=main.based_on,
            kind=main.kind,
            variant_of=main,
        )


def _refuse_unfit(main: Draft, account: Account) -> None:
    _refuse_closed(main)
    if main.variant_of_id is not None or main.kind not in KINDS:
        raise Refusal(_("Only the main text of a post or statement has further texts."), status=409)
    if account.market != main.market:
        raise Refusal(_("A message goes to accounts of one market; start another draft for the other market."), status=400)
    if account.pk == main.account_id or variants_of(main).filter(account=account).exists():
        raise Refusal(_("%(handle)s has its text already.") % {"handle": account.handle}, status=409)


def _refuse_closed(draft: Draft) -> None:
    if draft.state not in OPEN:
        raise Refusal(
            _("The texts of a message are divided while their author has them."),
            remedy=_("Keep a change to take it back from its reviewers, or start a new draft from it."),
            status=409,
        )


def give_up(by: User, variant: Draft, version: int, now: datetime) -> Draft:
    """End a text of its own: its account gets the main text again, whose draft is returned. What was written stays in the history."""
    if variant.variant_of_id is None:
        raise Refusal(_("This is the main text."), status=409)
    ask_at(by, submit.writing(variant.kind), place_of(variant), now)
    with acting(by, "draft.variant_end", variant.account.key):
        main = texts_of(variant).select_for_update(no_key=True, of=("self",)).get(pk=variant.variant_of_id)
        submit.hold(variant, version)
        for draft in (main, variant):
            _refuse_closed(draft)
        variant.state, variant.version, variant.changed_at = move(DRAFT, variant.state, "withdraw").value, variant.version + 1, now
        variant.save(update_fields=["state", "version", "changed_at"])
        submit.readdress(by, main, [*main.also, variant.account.key], now)
    return main


def lags(variant: Draft) -> bool:
    """Does the main text of its message have another window or picture than this one? Changed there later, or here on purpose."""
    return variant.variant_of is not None and _around(variant.variant_of) != _around(variant)


def _around(draft: Draft) -> dict[str, Any]:
    """What stands around the words: the picture with the words for it, and from when until when."""
    last = submit.last_version(draft)
    shown = {"alt_text": last.alt_text, "picture": last.picture_id or "", "picture_words": last.picture_words}
    return shown | {"window": (draft.wanted_from, draft.wanted_until)}


def follow(by: User, variant: Draft, version: int, now: datetime) -> Draft:
    """Take over window and picture of the main text as a new version; the words stay. Writes nothing where nothing differs."""
    if variant.variant_of is None:
        raise Refusal(_("This is the main text."), status=409)
    _refuse_closed(variant)
    submit.save(by, variant, submit.last_version(variant).text, version, now, **_around(variant.variant_of))
    return variant


def to_submit(draft: Draft) -> list[Draft]:
    """The texts of its message that a submission of this draft takes along: those their author has, itself among them."""
    return [text for text in texts_of(draft) if text.state in OPEN]


def submit_together(by: User, draft: Draft, versions: Mapping[int, int], now: datetime, *, note: str = "") -> Review:
    """Send every text of a message that its author has to its reviewers, one review each, all or none; answers with this draft's.

    `versions`: draft to the version on the author's page. Refused for every reason that refuses one of them, named by its account, and
    where a text is longer than an account of ours takes.
    """
    texts = to_submit(draft)
    if draft not in texts:
        return submit.submit(by, draft, versions.get(draft.pk, -1), now, note=note)
    seen = [(text, submit.pages_behind(by, text, now)) for text in texts]
    with acting(by, "draft.submit", note):
        reviews: dict[int, Review] = {}
        for text, pages in seen:
            with _named(text, texts):
                _refuse_too_long(text)
                reviews[text.pk] = submit.submit_seen(by, text, versions.get(text.pk, -1), pages, now, note=note)
    return reviews[draft.pk]


@contextmanager
def _named(text: Draft, texts: Sequence[Draft]) -> Iterator[None]:
    """Says in a refusal which of several texts it is about."""
    try:
        yield
    except Stale:
        raise
    except Refusal as refused:
        if len(texts) > 1:
            refused.why = _("Text for %(handle)s: %(why)s") % {"handle": text.account.handle, "why": refused.why}
        raise


def _refuse_too_long(draft: Draft) -> None:
    """A text that a channel of ours would refuse is not worth the reviewers' time."""
    words = submit.last_version(draft)
    for account in (draft.account, *accounts_by_keys(draft.also)):
        long = too_long(account.network, words.text)
        if long:
            raise Refusal(
                _("%(handle)s takes %(limit)s characters, the text has %(count)s.")
                % {"handle": account.handle, "limit": long[1], "count": long[0]},
                remedy=_("Shorten it, or give that account a text of its own."),
                status=409,
            )
