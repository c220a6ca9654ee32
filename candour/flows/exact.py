"""The exact bytes of a message: what checks judge, what people sign, and what a publication must equal.

Form 1 (until November 2026) ends with the product; form 2 adds the window, media, the pages behind the links, and the check with the
author's answers; form 3 the words that stand in the picture. All are read by name, so old rows stay as they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from candour.core.signing import Plain, canonical, digest

FORM = 3


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
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    media: Sequence[str] = (),
    picture_words: str = "",
    pages: Sequence[Mapping[str, Plain]] = (),
    check: Mapping[str, Plain] | None = None,
    claims: Sequence[Mapping[str, Plain]] = (),
) -> bytes:
    """Canonical bytes of everything a signature covers: the words, where, when, to whom and in which language they speak, what they lead to
    and what the rules said of them.

    `media` are digests of pictures, `picture_words` the words that stand in them; `pages` rows {address, final_address, status, digest,
    title, problem, fetched_at}; `check` comes from `check_part`, `claims` from flows.claims: that part is there only where a claim stands
    in the text.
    """
    said: dict[str, Plain] = {"claims": [dict(claim) for claim in claims]} if claims else {}
    return canonical(
        {
            "v": FORM,
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
            "valid_from": instant(valid_from),
            "valid_until": instant(valid_until),
            "media": list(media),
            "picture_words": picture_words,
            "pages": [dict(page) for page in pages],
            "check": dict(check) if check else None,
            **said,
        }
    )


def instant(at: datetime | None) -> str:
    """An instant as the signed bytes spell it, in UTC to the second; empty for none."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else ""


def check_part(releases: Mapping[str, str], findings: Sequence[Mapping[str, Any]], answers: Mapping[str, Any]) -> dict[str, Plain]:
    """What a signature covers of a check: the releases, the digest of its findings, and each finding with the author's answer to it."""
    return {
        "releases": dict(releases),
        # findings hold scores; their own JSON, keys sorted, is what the digest covers
        "digest": digest(json.dumps(list(findings), sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()),
        "findings": list(_answered(findings, answers)),
    }


def _answered(findings: Iterable[Mapping[str, Any]], answers: Mapping[str, Any]) -> Iterable[dict[str, Plain]]:
    for row in findings:
        given = answers.get(row["rule"])
        said: dict[str, Plain] = {"answer": given.answer, "reason": given.reason, "by": given.by.name} if given else {}
        yield {"rule": row["rule"], "market": row["market"], "severity": row["severity"]} | said


def parts_of(exact: bytes) -> dict[str, Any]:
    """The parts of canonical bytes by name; empty for bytes that are none of ours."""
    try:
        read = json.loads(exact) if exact else {}
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def accounts_in(exact: bytes) -> tuple[str, ...]:
    """The accounts that signed bytes allow the message to be published on, in the order written."""
    return tuple(json.loads(exact)["accounts"])
