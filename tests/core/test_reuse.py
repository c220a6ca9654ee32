"""The decision of a reuse: nothing differs asks nobody, a forbidding rule always refuses, a difference asks its own roles and no other."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from candour.core.reuse import (
    ROLE_OF_MATTER,
    Answer,
    Aspect,
    RuleFound,
    Side,
    decide,
    differences,
    roles_of_rule,
)
from candour.core.review import ReviewRole
from candour.core.terms import Severity

HOME = Side("de", "de", "pub", "newsroom", "otc", frozenset(), (("indication", "Kopfschmerzen"),))
ROUTE = tuple(ReviewRole)
GROUPS = [*ROLE_OF_MATTER, "product", "audience", "act"]

rules = st.builds(
    RuleFound,
    rule=st.from_regex(r"[A-Z]{2}-\d{2}-[A-Z]{3}", fullmatch=True),
    severity=st.sampled_from(list(Severity)),
    missing=st.lists(st.sampled_from(GROUPS), max_size=3).map(tuple),
    shown=st.lists(st.sampled_from(GROUPS), max_size=3).map(tuple),
)
sides = st.builds(
    Side,
    market=st.sampled_from(["de", "fr"]),
    lang=st.sampled_from(["de", "fr"]),
    audience=st.sampled_from(["pub", "hcp"]),
    network=st.sampled_from(["newsroom", "bluesky"]),
    status=st.sampled_from(["", "otc", "rx"]),
    flags=st.frozensets(st.sampled_from(["boxed_warning", "reimbursed"])),
    label=st.dictionaries(st.sampled_from(["indication", "limits"]), st.sampled_from(["a", "A ", "b"])).map(
        lambda said: tuple(said.items())
    ),
)
routes = st.lists(st.sampled_from(list(ReviewRole)), unique=True, min_size=1).map(tuple)
texts = st.none() | st.just(("before", "after"))
words = st.integers(0, 2000)


@given(sides, routes, words)
def test_no_difference_never_asks_a_reviewer(side: Side, route: tuple[ReviewRole, ...], count: int) -> None:
    found = differences(side, replace(side, market="it"), [], route)
    decision = decide(found, count)
    assert (found, decision.answer, decision.asked, decision.signatures) == ((), Answer.LIVE, (), 1)


@given(sides, sides, st.lists(rules), routes, texts, words)
def test_a_blocking_rule_always_refuses(
    one: Side, other: Side, found: list[RuleFound], route: tuple[ReviewRole, ...], text: tuple[str, str] | None, count: int
) -> None:
    blocking = RuleFound("XX-99-NO", Severity.BLOCK)
    decision = decide(differences(one, other, [*found, blocking], route, text=text), count)
    assert decision.answer == Answer.REFUSED and "XX-99-NO" in decision.refused_by
    assert (decision.asked, decision.signatures) == ((), 0)


@given(sides, sides, st.lists(rules.filter(lambda one: one.severity != Severity.BLOCK)), routes, texts, words)
def test_every_difference_asks_its_roles_and_nobody_else_is_asked(
    one: Side, other: Side, found: list[RuleFound], route: tuple[ReviewRole, ...], text: tuple[str, str] | None, count: int
) -> None:
    what = differences(one, other, found, route, text=text)
    decision = decide(what, count)
    concerned = {role for difference in what for role in difference.roles}
    assert set(decision.roles) == concerned
    assert (decision.answer == Answer.LIVE) == (not concerned)
    for role, about in decision.asked:
        assert about == tuple(difference for difference in what if role in difference.roles) != ()


@given(rules)
def test_a_rule_always_has_somebody_to_answer_for_it(rule: RuleFound) -> None:
    assert roles_of_rule(rule)


@given(sides, sides, routes)
def test_what_differs_does_not_depend_on_the_order_of_the_rules(one: Side, other: Side, route: tuple[ReviewRole, ...]) -> None:
    found = [RuleFound("AA-01-A", Severity.HIGH), RuleFound("BB-02-B", Severity.BLOCK), RuleFound("CC-03-C", Severity.MEDIUM)]
    assert differences(one, other, found, route) == differences(one, other, found[::-1], route)


def test_each_aspect_asks_whom_it_concerns() -> None:
    def roles(other: Side, **more: object) -> list[tuple[str, tuple[str, ...]]]:
        found = differences(HOME, other, [], ROUTE, **more)  # type: ignore[arg-type]
        return [(one.aspect.value, tuple(role.value for role in one.roles)) for one in found]

    assert roles(replace(HOME, status="rx")) == [("status", ("regulatory",))]
    assert roles(replace(HOME, flags=frozenset({"reimbursed"}))) == [("status", ("regulatory",))]
    assert roles(replace(HOME, label=(("indication", "Fieber"),))) == [("label", ("medical",))]
    assert roles(replace(HOME, label=())) == [("label", ("medical",))]
    assert roles(replace(HOME, label=(*HOME.label, ("limits", "ab 12")))) == [("label", ("medical",))]
    assert roles(replace(HOME, audience="hcp")) == [("audience", ("medical", "legal", "regulatory"))]
    assert roles(HOME, text=("a", "b")) == [("text", ("medical", "legal", "regulatory"))]
    assert roles(replace(HOME, network="bluesky")) == []


def test_a_label_that_differs_in_spacing_and_case_only_is_the_same() -> None:
    assert differences(HOME, replace(HOME, label=(("indication", " kopfschmerzen "),)), [], ROUTE) == ()


def test_a_text_too_long_for_the_channel_waits_for_the_author_and_asks_no_reviewer() -> None:
    found = differences(HOME, replace(HOME, network="bluesky"), [], ROUTE, too_long=(412, 300))
    decision = decide(found, 60)
    assert [one.adapts for one in found] == [True] and decision.adapt == found and decision.asked == ()


def test_a_rule_asks_by_what_it_misses_before_what_it_marks() -> None:
    missing = RuleFound("US-01", Severity.HIGH, missing=("risk",), shown=("product", "style"))
    assert roles_of_rule(missing) == (ReviewRole.MEDICAL,)
    assert roles_of_rule(replace(missing, missing=())) == (ReviewRole.LEGAL,)
    assert roles_of_rule(replace(missing, missing=(), shown=("product",))) == (ReviewRole.REGULATORY,)


def test_advice_asks_nobody() -> None:
    assert differences(HOME, HOME, [RuleFound("EU-10", Severity.ADVICE)], ROUTE) == ()


def test_longer_texts_and_more_questions_take_longer() -> None:
    one = differences(HOME, replace(HOME, status="rx"), [], ROUTE)
    two = differences(HOME, replace(HOME, status="rx"), [RuleFound("FR-01", Severity.HIGH)], ROUTE)
    assert decide((), 60).minutes < decide((), 600).minutes < decide(one, 600).minutes < decide(two, 600).minutes


def test_every_aspect_has_its_roles_or_is_a_rule() -> None:
    from candour.core.reuse import ROLES_OF_ASPECT

    assert set(ROLES_OF_ASPECT) | {Aspect.RULE} == set(Aspect)
