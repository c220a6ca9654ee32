"""How the posts of a language are weighed, and what was told in it before: few of all ways to tell a reaction ever come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from candour.screening import adverse
from candour.screening.adverse import Lit, Odds
from candour.screening.engine import ScreeningRelease
from candour.screening.judged_rows import HEARD_ALONE
from candour.screening.model import Model
from candour.screening.result import Screened

_MEMORY = 5_000
#: What the model alone hears, as `Voices.lit` takes it: without a medicine and with one.
HEARD = ((-1, HEARD_ALONE, 0), (-1, HEARD_ALONE, 1))


class Voice(NamedTuple):
    """How a language is judged. `model`: the one trained in it; `weights`: its log-odds per light, None for those of the phrases; `known`:
    what was told before, its concept and lights, by what counts of its row; `heard`: judgements of what the model alone heard."""

    code: str
    model: Model | None
    weights: Mapping[str, float] | None
    odds: Odds
    needs_medicine: bool
    known: dict[tuple[int, int, int], tuple[str, Lit]]
    heard: dict[tuple[bool, float], Screened]

    def leaning(self, heard: float) -> float:
        """Log-odds of the model as they count, from what the kernel heard."""
        return heard * self.model.weight if self.model else 0.0


class Voices:
    """The voices of a release. `concepts`: by number. Threads may share them: what they remember changes no answer."""

    def __init__(self, release: ScreeningRelease, concepts: Sequence[str]) -> None:
        self._release = release
        self._concepts = [*concepts, ""]  # -1 is none
        self._voices: dict[str, Voice] = {}

    def of(self, code: str) -> Voice:
        """The voice of a language; ValueError for one that no pack reads."""
        return self._voices.get(code) or self._made(code)

    def _made(self, code: str) -> Voice:
        pack = self._release.pack(code)
        if pack is None:
            raise ValueError("Judge by rows only what a pack reads.")
        own = self._release.models.of(pack.code)
        weights = (own.lights or None) if own is not None else None
        voice = Voice(pack.code, own, weights, adverse.odds_of(weights), adverse.needs_medicine(weights, pack.code), {}, {})
        self._voices[code] = voice
        return voice

    def lit(self, what: tuple[int, int, int], voice: Voice) -> tuple[str, Lit]:
        """A concept and its lights: the same come again and again. `what`: number of the concept, what was seen of it, what was said."""
        known = voice.known.get(what)
        if known is None:
            if len(voice.known) > _MEMORY:
                voice.known.clear()
            number, seen, said = what
            concept = self._concepts[number]
            lights = adverse.heard_in(said != 0) if seen == HEARD_ALONE else adverse.lights_of(concept, said, seen)
            known = voice.known[what] = concept, adverse.lit(lights, voice.odds, voice.needs_medicine)
        return known
