"""Change one letter of what is live in the demo's newsroom, as somebody with access to the page might, so that drift can be seen."""

from __future__ import annotations

from django.db import transaction

from candour.core.states import PublicationState
from candour.journal.queries import is_demo
from candour.messages.models import Publication
from candour.newsroom.models import Item


class NothingToTamper(LookupError):
    """There is no live message in the newsroom, or this is no demo installation."""


def tamper() -> tuple[str, str]:
    """Change the first letter of the last word of the newest live article; returns its title and public address.

    The row of the public page is written behind the product's back; nothing that was signed is touched.
    """
    if not is_demo():
        raise NothingToTamper("Only a demo installation can be tampered with; this one is a company's own.")
    live = Publication.objects.filter(account__network="newsroom", in_reply_to="", state=PublicationState.LIVE).order_by("-sent_at").first()
    if live is None:
        raise NothingToTamper("Nothing is live in the newsroom yet: publish the signed draft first, then try again.")
    with transaction.atomic():
        item = Item.objects.select_for_update().get(key=live.remote_id)
        item.text = _one_letter_off(item.text)
        item.save(update_fields=["text"])
    return item.title, live.url


def _one_letter_off(text: str) -> str:
    """The text with one letter of its first longer word replaced by a neighbour of the alphabet."""
    place = next((i for i, letter in enumerate(text) if i > 3 and letter.isalpha() and letter.islower()), 0)
    other = "e" if text[place] != "e" else "a"
    return text[:place] + other + text[place + 1 :]
