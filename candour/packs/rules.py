"""The language of market rules: `& | ! ( )` over declared signal names, and nothing else.

A rule such as `product & (indication | claim) & !risk_in_post` must be readable by a lawyer and can never run code.
`!` binds tighter than `&`, `&` tighter than `|`. A name that nobody declared stops the loading of the pack.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass

MAX_LENGTH = 2_000
MAX_DEPTH = 40
_NAME_START = frozenset("abcdefghijklmnopqrstuvwxyz")
_NAME_REST = _NAME_START | frozenset("0123456789_")


class RuleLanguageError(ValueError):
    """A condition can't be read; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Name:
    """One signal."""

    name: str

    def holds(self, has: Callable[[str], bool]) -> bool:
        return has(self.name)

    def names(self, wanted: bool = True) -> Iterator[tuple[str, bool]]:
        """Every name with whether its presence (True) or its absence (False) is asked for."""
        yield self.name, wanted

    def aloud(self) -> str:
        return self.name.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Not:
    part: Expression

    def holds(self, has: Callable[[str], bool]) -> bool:
        return not self.part.holds(has)

    def names(self, wanted: bool = True) -> Iterator[tuple[str, bool]]:
        yield from self.part.names(not wanted)

    def aloud(self) -> str:
        return f"no {_inner(self.part)}"


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Expression, ...]

    def holds(self, has: Callable[[str], bool]) -> bool:
        return all(part.holds(has) for part in self.parts)

    def names(self, wanted: bool = True) -> Iterator[tuple[str, bool]]:
        for part in self.parts:
            yield from part.names(wanted)

    def aloud(self) -> str:
        return " and ".join(_inner(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Expression, ...]

    def holds(self, has: Callable[[str], bool]) -> bool:
        return any(part.holds(has) for part in self.parts)

    def names(self, wanted: bool = True) -> Iterator[tuple[str, bool]]:
        for part in self.parts:
            yield from part.names(wanted)

    def aloud(self) -> str:
        return " or ".join(_inner(part) for part in self.parts)


Expression = Name | Not | All | AnyOf


def parse(text: str, known: Set[str]) -> Expression:
    """The condition written in `text`. Raises RuleLanguageError for a syntax fault or a name outside `known`."""
    if len(text) > MAX_LENGTH:
        raise RuleLanguageError(f"The condition is longer than {MAX_LENGTH} characters: split the rule.")
    reader = _Reader(text, list(_tokens(text)), known)
    expression = reader.any_of(0)
    if reader.rest:
        raise reader.fault(f"'{reader.rest[0][0]}' was not expected")
    return expression


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    at = 0
    while at < len(text):
        letter = text[at]
        if letter.isspace():
            at += 1
        elif letter in "&|!()":
            yield letter, at
            at += 1
        elif letter in _NAME_START:
            end = at
            while end < len(text) and text[end] in _NAME_REST:
                end += 1
            yield text[at:end], at
            at = end
        else:
            raise RuleLanguageError(f"'{letter}' at position {at + 1} is not part of the rule language: write signal names with & | ! ( ).")


class _Reader:
    """Recursive descent over the tokens; depth is bounded so that no file can exhaust the stack."""

    def __init__(self, text: str, tokens: list[tuple[str, int]], known: Set[str]) -> None:
        self.text, self.rest, self.known = text, tokens, known

    def fault(self, what: str) -> RuleLanguageError:
        where = f" at position {self.rest[0][1] + 1}" if self.rest else " at the end"
        return RuleLanguageError(f"{what}{where} in '{self.text}': correct the condition.")

    def takes(self, token: str) -> bool:
        if self.rest and self.rest[0][0] == token:
            del self.rest[0]
            return True
        return False

    def any_of(self, depth: int) -> Expression:
        parts = [self.all_of(depth)]
        while self.takes("|"):
            parts.append(self.all_of(depth))
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def all_of(self, depth: int) -> Expression:
        parts = [self.single(depth)]
        while self.takes("&"):
            parts.append(self.single(depth))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def single(self, depth: int) -> Expression:
        if depth > MAX_DEPTH:
            raise self.fault("Too many brackets")
        if self.takes("!"):
            return Not(self.single(depth + 1))
        if self.takes("("):
            inner = self.any_of(depth + 1)
            if not self.takes(")"):
                raise self.fault("A closing bracket is missing")
            return inner
        return self.name()

    def name(self) -> Name:
        if not self.rest or self.rest[0][0] in "&|!()":
            raise self.fault("A signal name is missing")
        if self.rest[0][0] not in self.known:
            raise self.fault(f"Nobody declared the signal '{self.rest[0][0]}' (folder signals)")
        return Name(self.rest.pop(0)[0])


def _inner(part: Expression) -> str:
    return f"({part.aloud()})" if isinstance(part, All | AnyOf) else part.aloud()
