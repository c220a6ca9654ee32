"""Try a post: what screening says of a text and why, by the release that runs. Nothing of it is stored, and no word of it is logged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from candour.flows.answers import Refusal
from candour.flows.releases import screening_release
from candour.people.rights import Held, markets_for
from candour.registry.models import Account
from candour.registry.queries import accounts_visible_to
from candour.screening.explain import Explained, explain

#: Far above the longest post of any network; a longer text is read by `candour screen`.
MOST_CHARACTERS = 20_000
#: Accounts offered at most.
MOST_ACCOUNTS = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """A text and what is known of it, all optional. `market`: only product names used there count ("": all, as screening runs);
    `account`: the same for the market of an account."""

    text: str
    lang: str = ""
    market: str = ""
    account: str = ""


def may_try(held: Iterable[Held]) -> bool:
    """Whoever may see posts somewhere may see how they are screened."""
    return markets_for(held, "post.see") != frozenset()


def offered_accounts(held: Iterable[Held]) -> list[Account]:
    """Accounts a text may be tried as."""
    return list(accounts_visible_to(held).order_by("handle", "pk")[:MOST_ACCOUNTS])


def refuse_without_right(held: Iterable[Held]) -> None:
    """Raise Refusal for somebody who may not see posts anywhere."""
    if not may_try(held):
        raise Refusal(_("You hold no function that may see how posts are screened."), remedy=_("The centre of excellence gives functions."))


def try_post(held: Iterable[Held], asked: Asked) -> Explained:
    """Screen a text and say why. Refuses who may see no posts, an empty text, and one that is too long."""
    grants = tuple(held)
    refuse_without_right(grants)
    if not asked.text.strip():
        raise Refusal(_("There is no text to screen."), remedy=_("Paste a post."), status=400)
    if len(asked.text) > MOST_CHARACTERS:
        most = {"most": MOST_CHARACTERS, "long": len(asked.text)}
        raise Refusal(
            _("The text has %(long)s characters; at most %(most)s can be tried here.") % most, remedy=_("Shorten it."), status=400
        )
    market = asked.market
    if asked.account:
        account = accounts_visible_to(grants).filter(key=asked.account).first()
        if account is None:
            raise Refusal(_("There is no such account, or it is not open to you."), remedy=_("Choose another account."), status=400)
        market = market or account.market
    counted = market.casefold()
    return explain(
        screening_release(), asked.text, asked.lang, named=lambda product: not counted or product.market.casefold() in ("", counted)
    )
