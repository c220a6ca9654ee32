"""Who is asked again when a text comes back changed: the written rule, as one table from the parts of the signed form to the roles.

The rule is narrow on purpose. Words, links and pictures concern everybody, so a changed word asks everybody again (each sees only what
changed). Only where a text goes and when may change without asking medicine. An earlier signature that stands covers the earlier bytes and
says so; it is never counted as a signature of the new ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from candour.core.review import ReviewRole

EVERYBODY = frozenset(ReviewRole)
_LAWYERS = frozenset({ReviewRole.LEGAL, ReviewRole.REGULATORY})

#: Part of the signed form -> roles it concerns. A part that is missing here concerns everybody.
CONCERNS: Mapping[str, frozenset[ReviewRole]] = MappingProxyType(
    {
        "accounts": _LAWYERS,
        "valid_from": _LAWYERS,
        "valid_until": _LAWYERS,
        "claims": frozenset({ReviewRole.MEDICAL, ReviewRole.REGULATORY}),
    }
)
#: Parts that say how the bytes are written or when something was looked up, and nothing a reader sees.
_NO_PART = frozenset({"v"})


class Reentry(NamedTuple):
    """Roles asked (again) and roles whose earlier signature stands."""

    ask: tuple[ReviewRole, ...]
    keep: tuple[ReviewRole, ...]


def changed_parts(before: Mapping[str, Any], after: Mapping[str, Any]) -> frozenset[str]:
    """Parts of two signed forms that differ. A landing page counts by what it showed, not by when it was fetched."""
    names = (before.keys() | after.keys()) - _NO_PART
    return frozenset(name for name in names if _said(before.get(name)) != _said(after.get(name)))


def _said(value: Any) -> Any:
    """A part without the instants at which something was fetched; a part that is empty equals one that an older form lacks."""
    if isinstance(value, list):
        value = [{key: one for key, one in row.items() if key != "fetched_at"} if isinstance(row, dict) else row for row in value]
    return value or None


def reentry(roles: Iterable[ReviewRole], since: Mapping[ReviewRole, Iterable[str]]) -> Reentry:
    """Split the roles of a new round. `since`: for each role that had signed, the parts that changed since it did.

    Asked is who had not signed or is concerned by a changed part. Somebody is always asked: when nothing is left to decide, everybody is.
    """
    wanted = tuple(roles)
    keep = tuple(role for role in wanted if role in since and role not in concerned(since[role]))
    if len(keep) == len(wanted):
        return Reentry(wanted, ())
    return Reentry(tuple(role for role in wanted if role not in keep), keep)


def concerned(parts: Iterable[str]) -> frozenset[ReviewRole]:
    """The roles that any of these parts concerns."""
    return frozenset[ReviewRole]().union(*(CONCERNS.get(part, EVERYBODY) for part in parts))
