"""Why a finding was made, in plain words: what was understood, of whom it was said, and how it stands to a product."""

from __future__ import annotations

from functools import lru_cache

from candour.packs.language_schema import concept_names
from candour.screening.adverse import Told

_PERSON = {"other": "said of another person", "self": "said of oneself", "": "person not named"}
_LIGHTS = (
    ("stopped", "after stopping the medicine"),
    ("cause", "put down to the medicine or following it"),
    ("asked", "inside a question"),
    ("relief", "with a word of relief in the sentence"),
)


def adverse(told: Told) -> str:
    """Reason of one symptom, for example "Skin rash, said of another person, 9 words after a product"."""
    return reaction(told.concept, told.lights, told.product_distance)


@lru_cache(maxsize=20_000)
def reaction(concept: str, lights: frozenset[str], distance: int | None) -> str:
    """The same from its parts."""
    what = concept_names()[concept] if concept else "A reaction told in words not in the list"
    person = next((role for role in ("other", "self") if role in lights), "")
    parts = [what, _PERSON[person], _where(lights, distance)]
    parts += [words for light, words in _LIGHTS if light in lights]
    return ", ".join(part for part in parts if part)


def _where(lights: frozenset[str], distance: int | None) -> str:
    if distance is None:
        return "use of a medicine told" if "use" in lights else "no product named"
    if distance == 0:
        return "right beside a product"
    return f"{abs(distance)} {'word' if abs(distance) == 1 else 'words'} {'after' if distance > 0 else 'before'} a product"


def product(kind: str, name: str) -> str:
    return f"Product named: {name} ({kind})"


def rule(why: str, medicine: bool, distance: int | None) -> str:
    """Reason of a rule with what stands beside it."""
    if distance is not None:
        return f"{why}, {abs(distance)} words from a product"
    return f"{why}, a medicine is spoken of" if medicine else why
