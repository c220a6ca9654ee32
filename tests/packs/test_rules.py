"""The rule language: precedence, refusal of everything that is not it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candour.packs.rules import MAX_DEPTH, MAX_LENGTH, RuleLanguageError, parse

KNOWN = frozenset({"a", "b", "c", "product", "risk_in_post"})


@pytest.mark.parametrize(
    ("text", "present", "holds"),
    [
        ("a", "a", True),
        ("!a", "a", False),
        ("a | b & c", "a", True),
        ("a | b & c", "b", False),
        ("(a | b) & c", "a", False),
        ("(a | b) & c", "bc", True),
        ("!a & b", "b", True),
        ("!(a & b)", "a", True),
        ("!!a", "a", True),
        ("a&b|c", "c", True),
    ],
)
def test_binds_not_before_and_before_or(text: str, present: str, holds: bool) -> None:
    assert parse(text, KNOWN).holds(lambda name: name in present) is holds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a b",
        "a &",
        "& a",
        "(a",
        "a)",
        "()",
        "a && b",
        "a and b",
        "__import__",
        "a.b",
        "a == b",
        "f(a)",
        "unknown",
        "A",
        "1",
        "a\u200b",
        "'a'",
    ],
)
def test_refuses_what_is_not_the_language(text: str) -> None:
    with pytest.raises(RuleLanguageError):
        parse(text, KNOWN)


def test_names_the_undeclared_signal() -> None:
    with pytest.raises(RuleLanguageError, match="'prodct'"):
        parse("prodct & a", KNOWN)


def test_bounds_depth_and_length() -> None:
    with pytest.raises(RuleLanguageError, match="brackets"):
        parse("(" * (MAX_DEPTH + 2) + "a" + ")" * (MAX_DEPTH + 2), KNOWN)
    with pytest.raises(RuleLanguageError, match="brackets"):
        parse("!" * 1500 + "a", KNOWN)
    with pytest.raises(RuleLanguageError, match="longer"):
        parse("a" * (MAX_LENGTH + 1), KNOWN)


def test_tells_wanted_from_unwanted_names() -> None:
    names = list(parse("product & !(a | !b)", KNOWN).names())
    assert names == [("product", True), ("a", False), ("b", True)]


def test_can_be_read_aloud() -> None:
    assert parse("product & (a | b) & !risk_in_post", KNOWN).aloud() == "product and (a or b) and no risk in post"


@given(st.text(alphabet="ab&|!() ", max_size=40))
def test_answers_or_refuses_but_never_breaks(text: str) -> None:
    try:
        expression = parse(text, KNOWN)
    except RuleLanguageError:
        return
    assert expression.holds(lambda name: name == "a") in (True, False)
