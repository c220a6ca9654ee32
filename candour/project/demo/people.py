"""The eleven people of the demo company, their functions and certificates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from candour.core.rights import Function as F
from candour.people.actions import add_person, give, set_deputy
from candour.people.models import User
from candour.training.models import Certificate

#: Printed beside the signing field of a demo installation; no other installation has it.
DEMO_SECRET = "say-it-in-the-open"  # noqa: S105  a demo's secret is public by design


@dataclass(frozen=True, slots=True)
class Role:
    """A person of the demo: who they are, what they hold (function, market), and the state of their certificate in days from today."""

    key: str
    name: str
    title: str
    story: str
    holds: tuple[tuple[F, str], ...]
    language: str = "en"
    timezone: str = "Europe/Berlin"
    certificate_days: int | None = 240


PEOPLE = (
    Role("mira", "Mira Castellane", "Community manager", "Answers people in Germany", ((F.COMMUNITY_MANAGER, "de"),)),
    Role("ines", "Dr Ines Falkenrath", "Drug safety officer", "Receives adverse events and confirms them", ((F.DRUG_SAFETY, ""),)),
    Role("jonas", "Jonas Tiedemann", "Brand author", "Writes about Zovellark", ((F.AUTHOR, ""),)),
    Role("kaja", "Dr Kaja Ormond", "Medical reviewer", "Checks the medicine in a text", ((F.MEDICAL_REVIEWER, ""),)),
    Role("tomasz", "Tomasz Wirth", "Regulatory reviewer", "Checks a text against label and law", ((F.REGULATORY_REVIEWER, ""),)),
    Role(
        "lena",
        "Lena Oswald",
        "Legal reviewer",
        "Signs for legal, and for Camille while she is away",
        ((F.LEGAL_REVIEWER, "de"), (F.LEGAL_REVIEWER, "us")),
    ),
    Role("ruben", "Ruben Steeg", "Quality", "Receives quality complaints", ((F.QUALITY, ""),), certificate_days=21),
    Role(
        "emil",
        "Dr Emil Harder",
        "Medical information",
        "Answers medical questions; his certificate has lapsed",
        ((F.MEDICAL_INFORMATION, ""), (F.COMMUNITY_MANAGER, "us")),
        timezone="America/New_York",
        certificate_days=-12,
    ),
    Role(
        "camille",
        "Camille Rousset",
        "Country lead France",
        "On leave until the weekend; Lena is her deputy",
        ((F.COUNTRY_LEAD, "fr"), (F.LEGAL_REVIEWER, "fr"), (F.COMMUNITY_MANAGER, "fr")),
        timezone="Europe/Paris",
    ),
    Role(
        "henrik",
        "Henrik Aalto",
        "Head of the centre of excellence",
        "Sees every market, activates rules",
        ((F.COE_LEAD, ""), (F.ADMINISTRATOR, "")),
    ),
    Role("nadia", "Nadia Brandt", "Auditor", "Reads everything, changes nothing", ((F.AUDITOR, ""),), certificate_days=None),
)


def email_of(key: str) -> str:
    return f"{key}@hollinqvist.example"


def add_people(now: datetime, start: datetime) -> dict[str, User]:
    """All eleven, with grants from `start` on. Call inside a named act."""
    people = {}
    for role in PEOPLE:
        people[role.key] = add_person(
            email=email_of(role.key), name=role.name, title=role.title, language=role.language, timezone=role.timezone, password=DEMO_SECRET
        )
    lead = people["henrik"]
    for role in PEOPLE:
        for function, market in role.holds:
            give(people[role.key], function, by=lead, at=start, market=market, reason="first registry of the centre of excellence")
        _certify(people[role.key], role, now)
    set_deputy(people["camille"], people["lena"], away_from=now - timedelta(days=3), away_to=now + timedelta(days=4), reason="annual leave")
    return people


def _certify(person: User, role: Role, now: datetime) -> None:
    if role.certificate_days is None:
        return
    renewed = now + timedelta(days=role.certificate_days - 365)
    for issued, expires in ((now - timedelta(days=430), renewed + timedelta(days=9)), (renewed, renewed + timedelta(days=365))):
        Certificate.objects.create(
            person=person,
            course="basics",
            course_version="2026.1",
            lang="de" if role.key in ("mira", "jonas") else "en",
            issued_at=issued,
            expires_at=expires,
        )
