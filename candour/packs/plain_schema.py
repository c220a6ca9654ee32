"""What a file of plain language (`plain/LANGUAGE.toml`) and a file of a brand's voice may say."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from candour.packs.schema import Language, Line, PackId, Strict

#: A word or phrase: plain words, each of which may end freely with `*`.
Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Kind = Literal[
    "hard_text", "long_sentence", "jargon", "passive", "shouting", "exclamations", "hedge", "cold", "address_mixed", "address_other",
    "avoid", "spelling",
]  # fmt: skip
Form = Literal["", "formal", "informal"]


class Address(Strict):
    """Words by which one tells how readers are addressed. One with a capital counts only inside a sentence and as it is written."""

    formal: tuple[Phrase, ...] = ()
    informal: tuple[Phrase, ...] = ()


class Passive(Strict):
    """A passive: one of `before`, and within `reach` words a participle, with none of `stops` between.

    A participle begins with one of `starts` and ends with one of `endings`, or is one of `words`; it is none of `not_words`. Where `after`
    is given, one of its words follows within three.
    """

    before: Annotated[tuple[Phrase, ...], Field(min_length=1)]
    starts: tuple[str, ...] = ("",)
    endings: Annotated[tuple[str, ...], Field(min_length=1)]
    words: tuple[Phrase, ...] = ()
    not_words: tuple[Phrase, ...] = ()
    stops: tuple[Phrase, ...] = ()
    after: tuple[Phrase, ...] = ()
    reach: int = Field(default=2, ge=1, le=10)


class PlainHit(Strict):
    kind: Kind
    text: Line


class PlainMiss(Strict):
    text: Line


class PlainFile(Strict):
    """Plain language in one language. `hard`: the LIX from which a text is hard; `long_sentence`: the most words of a sentence."""

    language: Language
    long_sentence: int = Field(ge=10, le=60)
    hard: int = Field(ge=30, le=80)
    jargon: dict[Phrase, Phrase]
    hedges: tuple[Phrase, ...]
    cold: dict[Phrase, Phrase]
    address: Address
    passive: tuple[Passive, ...]
    hit: Annotated[tuple[PlainHit, ...], Field(min_length=4)]
    miss: Annotated[tuple[PlainMiss, ...], Field(min_length=2)]


class VoicePart(Strict):
    """How a brand speaks, or how it does in one market: words to avoid with what to say instead, own names in their own spelling, how
    readers are addressed ("" for no matter), and the most words of a sentence (0 for the language's own)."""

    avoid: dict[Phrase, str] = {}
    use: tuple[Phrase, ...] = ()
    address: Form = ""
    sentence_words: int = Field(default=0, ge=0, le=60)


class VoiceFile(VoicePart):
    """A brand's voice everywhere, and in `market` what is different there. The file is named after the brand; `company` is for all."""

    title: Line
    market: dict[PackId, VoicePart] = {}
