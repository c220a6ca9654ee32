"""The forms that the addresses of the rights table are asked with."""

from __future__ import annotations

from typing import Any

from tests import factories

from .company import HERE, Things, approval_form

SECRET = {"secret": factories.PASSWORD}


def new_claim_form(things: Things) -> dict[str, Any]:
    return {
        "product": things.on.product.key, "title": "Works fast", "market": [HERE], "review_on": "2099-01-01", "lang-0": "de",
        "text-0": "Wirkt schnell.", "document-0": "Label", "kind-0": "page", "anchor-0": "4",
    }  # fmt: skip


def seal_form(things: Things) -> dict[str, Any]:
    seal = things.review.seals.get(role="medical")
    return {"seal": seal.pk, "digest": things.review.version.digest, "secret": factories.PASSWORD, "comment": "Shorter."}


def together_form(things: Things) -> dict[str, Any]:
    seals = [review.seals.get(role="legal") for review in things.pair]
    return SECRET | {"seal": [seal.pk for seal in seals]} | {f"digest-{seal.pk}": seal.review.version.digest for seal in seals}


def question_form(things: Things) -> dict[str, Any]:
    said = {"post_text": "", "third_party_text": "Toll!", "image_text": "", "link_text": "", "disclosure": "", "author_country": ""}
    usual = {"kind": "post", "act": "like", "author_role": "employee", "audience": "pub", "gate": "none", "channel": "", "paid": "1"}
    return {"market": HERE, "product": "", "author_followers": "3", **said, **usual}


def account_form(things: Things) -> dict[str, Any]:
    from candour.flows.register import seen_digest  # models need the settings

    return {"market": HERE, "purpose": "News", "seen": seen_digest(things.account), "ours": "1", "reason": "asked", "audience": "pub"}


def authority_form(things: Things) -> dict[str, Any]:
    return approval_form()


def withdrawal_form(things: Things) -> dict[str, Any]:
    from candour.flows.withdraw import of_message, reach_of  # models need the settings

    return {"seen": reach_of(of_message(things.message), factories.now()).seen, "reason": "a new warning", **SECRET}


def claim_gone_form(things: Things) -> dict[str, Any]:
    from candour.flows.withdraw import of_claim, reach_of  # models need the settings

    return {"seen": reach_of(of_claim(things.approved_claim), factories.now()).seen, "reason": "a new study", **SECRET}


def label_changed_form(things: Things) -> dict[str, Any]:
    from candour.flows.withdraw import of_label, reach_of  # models need the settings

    return {"seen": reach_of(of_label(things.on.product, HERE), factories.now()).seen, "reason": "a new label", **SECRET}
