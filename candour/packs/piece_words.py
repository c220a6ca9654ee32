"""Other words for the facts of a piece, as people and other systems write them: `Rx` for `rx`, `verified HCP login` for `verified`.

Only words with one plain meaning stand here. Anything else goes on as written, so that the schema names the field to correct.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

_STATUS = {
    "rx": ("prescription", "prescription only", "prescription medicine", "pom", "rx only"),
    "otc": ("over the counter", "non prescription", "nonprescription", "gsl", "pharmacy only"),
    "inv": ("investigational", "not authorised", "not authorized", "unlicensed", "unapproved", "pipeline"),
    "dev": ("device", "medical device"),
    "none": ("no medicine", "food", "supplement", "dietary supplement", "cosmetic"),
}
_AUDIENCE = {
    "pub": ("public", "general public", "consumers", "patients", "lay", "all"),
    "hcp": ("hcps", "health professionals", "healthcare professionals", "health care professionals", "professionals"),
    "both": ("mixed", "public and professionals"),
}
_ROLE = {
    "company": ("company account", "brand", "corporate", "manufacturer", "pharmacy", "clinic"),
    "employee": ("staff", "senior employee", "sales rep", "sales representative", "msl", "medical science liaison"),
    "executive": ("ceo", "cfo", "chief executive", "officer", "director", "board member"),
    "agency": ("contractor", "vendor", "supplier"),
    "influencer": ("blogger", "creator", "content creator", "ambassador", "brand ambassador"),
    "celebrity": ("famous person", "athlete", "actor"),
    "hcp": ("doctor", "physician", "nurse", "pharmacist", "kol", "opinion leader", "health professional", "healthcare professional"),
    "patient": ("customer", "consumer", "caregiver"),
    "independent": ("journalist", "third party", "charity", "patient organisation", "patient organization"),
}
_ACT = {
    "post": ("tweet", "story", "reel", "video", "live"),
    "like": ("heart", "thumbs up", "upvote", "favourite", "favorite", "react"),
    "repost": ("re post", "reshare", "regram", "re share", "shared"),
    "quote": ("quote post", "quote tweet", "quoted"),
    "reply": ("replied", "response", "comment reply", "care reply"),
    "ad": ("advert", "advertisement", "paid ad", "sponsored post", "promoted post", "paid post"),
    "search_ad": ("paid search", "sponsored link"),
    "profile": ("bio", "profile text"),
    "share_widget": ("link card", "preview"),
}
_SELF = re.compile(r"self|declar|checkbox|click|tick|confirm")
_VERIFIED = re.compile(r"verif|log[ -]?in|password|credential|closed|docche|swiss-rx|registered")


def _table(words: Mapping[str, tuple[str, ...]]) -> Callable[[str], str]:
    meant = {other: term for term, others in words.items() for other in (term.replace("_", " "), *others)}
    return lambda said: meant.get(_plain(said), re.sub(r"\s", "_", _plain(said)))


def _plain(said: str) -> str:
    return " ".join(re.sub(r"[-_/]", " ", said.casefold()).split())


def _gate(said: str) -> str:
    """What opens the gate: nothing, a declaration, or verified access. "Unverified" and "no login" open to everybody."""
    plain = said.casefold().strip()
    if plain in ("", "none", "no", "open") or re.match(r"(?:no|without|not|un)\b|unverif", plain):
        return "none"
    if _SELF.search(plain):
        return "self"
    return "verified" if _VERIFIED.search(plain) else plain


def _flags(said: Any) -> Any:
    return [_plain(one).replace(" ", "_") if isinstance(one, str) else one for one in said] if isinstance(said, list | tuple) else said


_FIELDS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "product_status": _table(_STATUS),
        "audience": _table(_AUDIENCE),
        "author_role": _table(_ROLE),
        "act": _table(_ACT),
        "gate": _gate,
    }
)


def in_our_words(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with its facts in the words of the schema; what nobody can read stays as it came."""
    read = {name: _FIELDS[name](value) if name in _FIELDS and isinstance(value, str) else value for name, value in row.items()}
    return {**read, "flags": _flags(read["flags"])} if "flags" in read else read
