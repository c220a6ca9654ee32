"""Everything held about one author, in the order it happened, and who read or changed it as far as the journal knows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from candour.cases.models import Case, Evidence, Happening
from candour.cases.queries import Kept, evidence_of, happenings_of, opened, replies_of, words_of
from candour.journal.keys import pseudonym
from candour.journal.models import Entry
from candour.listening.authors import author_of
from candour.listening.models import Judgement, Post, PostVersion, Source
from candour.safety.models import HandOver

#: Journal entries an export lists at most.
ENTRIES = 5000


@dataclass(frozen=True, slots=True)
class HeldPost:
    """A captured version of a post with its handle and the words that were found in it."""

    version: PostVersion
    author: str
    findings: list[str]


@dataclass(frozen=True, slots=True)
class HeldCase:
    """A case with its opened evidence, timeline, hand-overs and replies. None stands for words whose key was destroyed."""

    case: Case
    evidence: list[Kept]
    timeline: list[tuple[Happening, str | None]]
    reports: list[tuple[HandOver, str | None]]
    replies: list[Any]


@dataclass(frozen=True, slots=True)
class Held:
    """Everything about one author."""

    author: str
    posts: list[HeldPost]
    cases: list[HeldCase]
    judgements: list[Judgement]
    entries: list[Entry]


def authors_like(words: str) -> list[str]:
    """Pseudonyms a case number, a pseudonym or a handle stands for; a handle is looked up under every source."""
    wanted = words.strip()
    if number := Case.objects.filter(number__iexact=wanted).values_list("person_key", flat=True).first():
        return [number]
    tried = {wanted.lower(), *(pseudonym(key, wanted) for key in Source.objects.values_list("key", flat=True))}
    found = set(Post.objects.filter(author_key__in=tried).values_list("author_key", flat=True))
    return sorted(found | set(Case.objects.filter(person_key__in=tried).values_list("person_key", flat=True)))


def held_about(author: str) -> Held:
    """Collect it; opens what is sealed. The caller puts the reading on record first."""
    versions = PostVersion.objects.filter(post__author_key=author).select_related("post__source").order_by("seen_at", "pk")
    posts = [HeldPost(one, author_of(one) if not one.cleared_run else "", [f.why for f in one.findings.all()]) for one in versions]
    cases = [_case(case) for case in Case.objects.filter(person_key=author).order_by("opened_at")]
    judgements = list(Judgement.objects.filter(post__author_key=author).select_related("by").order_by("at"))
    return Held(author, posts, cases, judgements, _entries(author))


def _case(case: Case) -> HeldCase:
    timeline = [(line, words_of(case, line)) for line in happenings_of(case)]
    reports = HandOver.objects.filter(duty__case=case).select_related("by").order_by("at")
    return HeldCase(case, evidence_of(case), timeline, [(one, _report(case, one)) for one in reports], list(replies_of(case)))


def _report(case: Case, one: HandOver) -> str | None:
    words = opened(case.vault, one.report_sealed)
    return json.dumps(json.loads(words), ensure_ascii=False, indent=1) if words else words


def _entries(author: str) -> list[Entry]:
    cases = list(Case.objects.filter(person_key=author).values_list("pk", flat=True))
    keys = [str(pk) for pk in cases]
    kept = [str(pk) for pk in Evidence.objects.filter(case__in=cases).values_list("pk", flat=True)]
    about = Q(subject="cases_case", key__in=keys) | Q(subject="cases_evidence", key__in=kept) | Q(subject="author", key=author)
    return list(Entry.objects.filter(about).order_by("id")[:ENTRIES])
