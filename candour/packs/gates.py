"""What a law wants on file about a message, as data: the gates that rules name, their numbers, when they are due, and the monthly files."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Fault = Literal["", "short", "long", "digits", "letters"]


class Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NumberForm(Frozen):
    """What the number of an entry looks like: `said` to the reader in words, with how long, how many digits, and letters it must hold."""

    said: str = Field(min_length=5)
    example: str = Field(min_length=2)
    shortest: int = Field(gt=0)
    longest: int = Field(le=60)
    digits: int = Field(ge=0)
    one_of: tuple[str, ...] = ()

    def fault(self, number: str) -> Fault:
        """What is wrong with a number; empty when it may be entered."""
        if len(number) < self.shortest:
            return "short"
        if len(number) > self.longest:
            return "long"
        if sum(letter.isdigit() for letter in number) < self.digits:
            return "digits"
        folded = number.casefold()
        return "" if not self.one_of or any(run.casefold() in folded for run in self.one_of) else "letters"

    @model_validator(mode="after")
    def _accepts_its_example(self) -> NumberForm:
        if self.fault(self.example):
            raise ValueError(f"The example {self.example!r} would be refused: correct it or the form of the number.")
        return self


class GateWords(Frozen):
    """Title of a gate and form of its number, in one language."""

    title: str = Field(min_length=3)
    said: str = Field(min_length=5)


class Gate(Frozen):
    """What must be on file: `due` before anything goes out or from the first use on; `met_by` an entry, or also the medical seal."""

    id: str
    title: str = Field(min_length=3)
    due: Literal["before", "at_first_use"]
    met_by: Literal["entry", "medical_signature"] = "entry"
    ends: bool = False
    source: str = Field(min_length=3)
    number: NumberForm
    translations: dict[str, GateWords]

    def name(self, language: str = "en") -> str:
        words = self.translations.get(language)
        return words.title if words else self.title

    def number_said(self, language: str = "en") -> str:
        words = self.translations.get(language)
        return words.said if words else self.number.said


class FileWords(Frozen):
    title: str = Field(min_length=3)


class AuthorityFile(Frozen):
    """A monthly file for an authority: which markets it is made for, and which messages (owed for `asked_by`, else of a product)."""

    id: str
    title: str = Field(min_length=3)
    markets: tuple[str, ...] = ()
    base: str = ""
    asked_by: str = ""
    channels: bool = False
    source: str = Field(min_length=3)
    translations: dict[str, FileWords]

    def name(self, language: str = "en") -> str:
        words = self.translations.get(language)
        return words.title if words else self.title


@cache
def _shipped() -> dict[str, Any]:
    return tomllib.loads(files("candour.packs").joinpath("gates.toml").read_text(encoding="utf-8"))


@cache
def gate(name: str, market: str = "") -> Gate:
    """A gate as a market says it, else as it is everywhere. Raises KeyError for a name that nobody declared."""
    words = dict(_shipped()["gate"][name])
    there = words.pop("market", {}).get(market, {})
    return Gate.model_validate({"id": name, **words, **there})


@cache
def gate_names() -> tuple[str, ...]:
    """Every gate a rule may name."""
    return tuple(sorted(_shipped()["gate"]))


@cache
def markets_of(name: str) -> tuple[str, ...]:
    """Markets that say a gate more exactly."""
    return tuple(_shipped()["gate"][name].get("market", ()))


@cache
def authority_files() -> tuple[AuthorityFile, ...]:
    """The monthly files, in the order of the data."""
    return tuple(AuthorityFile.model_validate({"id": name, **words}) for name, words in _shipped()["file"].items())


def file_for(market: str, chain: tuple[str, ...]) -> AuthorityFile | None:
    """The file a market's authority may ask for; `chain` are the packs its rules are built on. None where no law we know asks for one."""
    return next((one for one in authority_files() if market in one.markets or (one.base and one.base in chain)), None)
