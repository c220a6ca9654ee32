"""A captured post as shown: its text, marks, reasons and the four criteria, from kept evidence or from a stored version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candour.core.terms import SAFETY_DUTIES
from candour.core.triage import SAFETY_THRESHOLD
from candour.listening.models import PostFinding, PostVersion
from candour.web.marks import Mark, marks_of

CRITERIA: dict[str, tuple[str | Promise, str | Promise]] = {
    "patient": (gettext_lazy("Patient"), gettext_lazy("Looked for a person who took it, an age or a sex")),
    "reporter": (gettext_lazy("Reporter"), gettext_lazy("Looked for a name, handle or contact")),
    "product": (gettext_lazy("Product"), gettext_lazy("Looked for the names in the registry")),
    "event": (gettext_lazy("Event"), gettext_lazy("Looked for a symptom or reaction")),
}


class Reason(NamedTuple):
    """Why a duty was found: what was understood, in which words, by which pack. `key` ties it to its marks."""

    key: str
    duty: str
    score: float
    why: str
    words: tuple[str, ...]
    pack: str

    @property
    def asks_criteria(self) -> bool:
        """Only a safety duty is a case report that the four criteria make valid."""
        return self.duty in SAFETY_DUTIES


class Criterion(NamedTuple):
    """One of the four criteria as shown."""

    name: str
    label: str
    found: bool
    words: tuple[str, ...]
    note: str
    looked_for: str
    hue: str


@dataclass(frozen=True, slots=True)
class Capture:
    """A post as it was when captured. `gone`: the key was destroyed, nothing can be read."""

    text: str
    lang: str
    author: str
    url: str
    marks: list[Mark]
    reasons: list[Reason]
    criteria: list[Criterion]
    gone: bool = False
    deleted: bool = False

    @property
    def missing(self) -> str:
        """What the four criteria still lack, in words."""
        names = [one.label for one in self.criteria if not one.found]
        return ", ".join(names) if names else _("Nothing. Patient, reporter, product and event found")

    @property
    def found_count(self) -> int:
        return sum(one.found for one in self.criteria)

    def reason_for(self, duty: str) -> Reason | None:
        return next((reason for reason in self.reasons if reason.duty == duty), None)


GONE = Capture("", "", "", "", [], [], [], gone=True)


def _reasons(findings: Sequence[Mapping[str, Any]]) -> list[Reason]:
    found = [
        Reason(f"f{number}", f["duty"], f["score"], f["why"], tuple(s["words"] for s in f["spans"]), f["pack"])
        for number, f in enumerate(findings)
        if f["score"] >= SAFETY_THRESHOLD
    ]
    return sorted(found, key=lambda reason: -reason.score)


def _criteria(data: Mapping[str, Any]) -> list[Criterion]:
    hues, answer = {"product": "product", "reporter": "review"}, []
    for name, (label, looked_for) in CRITERIA.items():
        told = data.get(name) or {}
        found = bool(told.get("found"))
        note = told.get("note", "") if found else ""
        answer.append(Criterion(name, str(label), found, tuple(told.get("words", ())), note, str(looked_for), hues.get(name, "safety")))
    return answer


def from_evidence(data: Mapping[str, Any]) -> Capture:
    """From what the inbound flow kept of a post."""
    if data.get("gone"):
        return GONE
    findings = [f for f in data.get("findings", []) if f["score"] >= SAFETY_THRESHOLD]
    products = [Mark(p["start"], p["end"], "product", _("Product")) for p in data.get("products", [])]
    return Capture(
        text=data["text"],
        lang=data.get("lang", ""),
        author=data.get("author", ""),
        url=data.get("url", ""),
        marks=marks_of(findings) + products,
        reasons=_reasons(findings),
        criteria=_criteria(data["criteria"]) if data.get("criteria") else [],
        deleted=bool(data.get("deleted")),
    )


def from_version(version: PostVersion, findings: Sequence[PostFinding], author: str) -> Capture:
    """From a stored version; the criteria are not judged before a post is a case."""
    plain = [{"duty": f.duty, "score": f.score, "spans": f.spans, "why": f.why, "pack": f.pack} for f in findings]
    marks = marks_of(plain, [name for name in version.products.split(", ") if name], version.text)
    return Capture(version.text, version.lang, author, version.url, marks, _reasons(plain), [], deleted=version.deleted)
