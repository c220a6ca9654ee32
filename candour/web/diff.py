"""What a reviewer sees of a change: the words that differ, said in a sentence, and what else differs of the bytes that are signed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from candour.core.worddiff import Piece, changed, counts, letter_diff, word_diff
from candour.web import spoken_time

#: The parts of the signed bytes that are not the text itself, as people call them.
PARTS: dict[str, str | Promise] = {
    "title": gettext_lazy("Title"),
    "links": gettext_lazy("Links"),
    "alt_text": gettext_lazy("Picture description"),
    "accounts": gettext_lazy("Account"),
    "market": gettext_lazy("Market"),
    "audience": gettext_lazy("Audience"),
    "lang": gettext_lazy("Language"),
    "product": gettext_lazy("Product"),
    "kind": gettext_lazy("Kind"),
    "valid_from": gettext_lazy("Usable from"),
    "valid_until": gettext_lazy("Usable until"),
    "media": gettext_lazy("Pictures"),
    "picture_words": gettext_lazy("Words in the picture"),
    "pages": gettext_lazy("Pages behind its links"),
    "claims": gettext_lazy("Claims"),
    "check": gettext_lazy("Findings and answers"),
}
#: Answers of an author to a finding, as the signed bytes spell them.
_ANSWERS: dict[str, str | Promise] = {
    "fix": gettext_lazy("to be mended"),
    "justify": gettext_lazy("justified"),
    "not_applicable": gettext_lazy("not applicable"),
}


@dataclass(frozen=True, slots=True)
class OtherChange:
    """A part besides the text that differs: its name, what it was and what it is."""

    name: str | Promise
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Difference:
    """The word difference of two texts with its summary; `same` says that nothing changed at all."""

    pieces: tuple[Piece, ...]
    others: tuple[OtherChange, ...]
    summary: str
    same: bool


def difference(old: str, new: str, old_exact: bytes = b"", new_exact: bytes = b"") -> Difference:
    """Everything that changed between two versions. The bytes are compared too, so that a moved account is not overlooked."""
    pieces = word_diff(old, new)
    others = other_changes(old_exact, new_exact)
    same = not changed(pieces) and not others
    return Difference(tuple(pieces), others, _summary(pieces, others), same)


def _summary(pieces: Sequence[Piece], others: Sequence[OtherChange]) -> str:
    added, removed = counts(pieces)
    said = []
    if added:
        said.append(ngettext("%(count)s word added", "%(count)s words added", added) % {"count": added})
    if removed:
        said.append(ngettext("%(count)s word removed", "%(count)s words removed", removed) % {"count": removed})
    if changed(pieces) and not said:
        said.append(_("Only spacing changed"))
    sentences = [", ".join(said)] if said else []
    sentences += [_("%(part)s changed") % {"part": other.name} for other in others]
    return ". ".join(sentences) or _("Nothing changed")


def signed_parts(exact: bytes) -> dict[str, str]:
    """The parts of canonical bytes by name, read from the bytes themselves; bytes of another form count as one text."""
    try:
        read = json.loads(exact) if exact else {}
    except ValueError:
        return {"text": bytes(exact).decode("utf-8", "replace")}
    if not isinstance(read, dict):
        return {"text": str(read)}
    return {name: _in_words(name, value) for name, value in read.items()}


def _in_words(name: str, value: Any) -> str:
    """One part as a person reads it."""
    if not value:
        return ""
    if name in ("valid_from", "valid_until"):
        return spoken_time.exact(datetime.fromisoformat(value))
    if name == "pages":
        return ", ".join(_page(row) for row in value)
    if name == "claims":
        return ", ".join(_claim(row) for row in value)
    if name == "check":
        return ", ".join(_finding(row) for row in value["findings"]) or _("none")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _page(row: dict[str, Any]) -> str:
    if not row["status"]:
        return _("%(address)s (not reached)") % row
    return f"{row['title'] or row['address']} ({row['status']}, {row['digest'][:12]})"


def _claim(row: dict[str, Any]) -> str:
    """The claim and where it is written; a footnote that is missing is said."""
    where = "; ".join(f"{one['document']}, {one['anchor']}" for one in row["references"])
    if row["footnote_there"]:
        return f"{row['claim']} ({where})"
    return _("%(claim)s (%(where)s), without its footnote") % {"claim": row["claim"], "where": where}


def _finding(row: dict[str, Any]) -> str:
    answer = str(_ANSWERS.get(row.get("answer", ""), ""))
    return ": ".join(part for part in (row["rule"], answer, row.get("reason", "")) if part)


def other_changes(old: bytes, new: bytes) -> tuple[OtherChange, ...]:
    """Parts besides the text that differ between two signed forms; nothing when one of them is missing."""
    if not old or not new:
        return ()
    before, after = signed_parts(old), signed_parts(new)
    known = before.keys() & after.keys() | {"claims"}  # an older form lacks parts that nobody could change then
    names = [name for name in PARTS if name in known and before.get(name, "") != after.get(name, "")]
    return tuple(OtherChange(PARTS[name], before.get(name, ""), after.get(name, "")) for name in names)


@dataclass(frozen=True, slots=True)
class LetterSides:
    """A signed and a seen text side by side, each with the letters marked that the other lacks."""

    signed: tuple[Piece, ...]
    seen: tuple[Piece, ...]


def letter_sides(signed: str, seen: str) -> LetterSides:
    pieces = letter_diff(signed, seen)
    return LetterSides(
        tuple(piece for piece in pieces if piece.kind != "added"), tuple(piece for piece in pieces if piece.kind != "removed")
    )
