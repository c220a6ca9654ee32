"""The exact bytes of a message: what checks judge, what people sign, and what a publication must equal."""

from __future__ import annotations

import json
from collections.abc import Sequence

from candour.core.signing import canonical


def exact_bytes(
    *,
    kind: str,
    title: str,
    text: str,
    links: Sequence[str],
    alt_text: str,
    accounts: Sequence[str],
    market: str,
    audience: str,
    lang: str,
    product: str,
) -> bytes:
    """Canonical bytes of everything a signature covers: the words and where, to whom and in which language they speak."""
    return canonical(
        {
            "v": 1,
            "kind": kind,
            "title": title,
            "text": text,
            "links": list(links),
            "alt_text": alt_text,
            "accounts": list(accounts),
            "market": market,
            "audience": audience,
            "lang": lang,
            "product": product,
        }
    )


def accounts_in(exact: bytes) -> tuple[str, ...]:
    """The accounts that signed bytes allow the message to be published on, in the order written."""
    return tuple(json.loads(exact)["accounts"])
