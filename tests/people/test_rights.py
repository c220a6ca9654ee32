"""A right is written once and compiled twice: the test for one object and the filter of a query agree for any grants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import factories
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from candour.core.rights import ACTS, Function
from candour.journal.acting import acting
from candour.people.actions import give, set_deputy
from candour.people.models import Deputy, Grant, User
from candour.people.queries import everyone_held
from candour.people.rights import Held, Place, Sides, covers, held_by, holders, may, visible
from candour.registry.models import Account, Activity
from candour.registry.queries import ACCOUNT_SIDES

NOW = datetime(2026, 11, 24, 9, 42, tzinfo=UTC)
MARKETS, BRANDS, KEYS = ("", "de", "fr"), ("", "mivrantel", "zovellark"), ("", "a1", "a2", "a3", "a4")
HOURS = st.integers(-48, 48)


@dataclass(frozen=True)
class GivenGrant:
    """A grant of person number `whose`, from and to in hours around NOW."""

    whose: int
    function: Function
    market: str
    brand: str
    account: str
    begins: int
    ends: int | None

    def counts(self) -> bool:
        return self.begins <= 0 and (self.ends is None or self.ends > 0)


@dataclass(frozen=True)
class Away:
    """While `person` is away, `deputy` stands in."""

    person: int
    deputy: int
    begins: int
    ends: int

    def counts(self) -> bool:
        return self.begins <= 0 < self.ends


GRANTS = st.lists(
    st.builds(
        GivenGrant,
        st.integers(0, 2),
        st.sampled_from(list(Function)),
        st.sampled_from(MARKETS),
        st.sampled_from(BRANDS),
        st.sampled_from(KEYS),
        HOURS,
        st.none() | HOURS,
    ),
    max_size=6,
)
AWAYS = st.lists(st.builds(Away, st.integers(0, 2), st.integers(0, 2), HOURS, HOURS), max_size=3)


def in_hours(hours: int) -> datetime:
    return NOW + timedelta(hours=hours)


class RightsAgree(TestCase):
    """Random grants, deputies and dates against a handful of accounts that lie everywhere."""

    @classmethod
    def setUpTestData(cls) -> None:
        factories.installation()
        cls.people = [factories.person(name) for name in ("Ada", "Ben", "Cleo")]
        with acting(factories.founder(), "test"):
            places = zip(KEYS[1:], ("de", "de", "fr", "fr"), ("", "mivrantel", "mivrantel", "zovellark"), strict=True)
            for key, market, brand in places:
                Account.objects.create(key=key, network="bluesky", handle=key, market=market, brand=brand, registered_at=NOW)
                Activity.objects.create(key=key, name=key, kind="event", market=market, brand=brand, starts_on=NOW.date())

    def lay(self, grants: list[GivenGrant], aways: list[Away]) -> None:
        founder = factories.founder()
        with acting(founder, "test"):
            Deputy.objects.all().delete()
            Grant.objects.filter(person__in=self.people).delete()
            for g in grants:
                until = None if g.ends is None else in_hours(g.ends)
                give(self.people[g.whose], g.function, by=founder, at=in_hours(g.begins), until=until, market=g.market, brand=g.brand,
                     account=g.account)  # fmt: skip
            for a in aways:
                set_deputy(self.people[a.person], self.people[a.deputy], away_from=in_hours(a.begins), away_to=in_hours(a.ends))

    def told(self, who: int, act: str, account: Account, grants: list[GivenGrant], aways: list[Away]) -> bool:
        """The right in plain Python, from what was given and nothing else."""
        stands_for = {who} | {a.person for a in aways if a.deputy == who and a.counts()}
        sides = (("market", account.market), ("brand", account.brand), ("account", account.key))
        return any(
            g.counts() and g.whose in stands_for and g.function in ACTS[act] and all(getattr(g, n) in ("", at) for n, at in sides)
            for g in grants
        )

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(grants=GRANTS, aways=AWAYS, act=st.sampled_from(sorted(ACTS)))
    def test_one_object_equals_membership(self, grants: list[GivenGrant], aways: list[Away], act: str) -> None:
        self.lay(grants, aways)
        for who, person in enumerate(self.people):
            held = held_by(person, NOW)
            seen = set(Account.objects.filter(visible(held, act, ACCOUNT_SIDES)).values_list("key", flat=True))
            for account in Account.objects.all():
                allowed = may(held, act, Place(account.market, account.brand, account.key))
                assert allowed == (account.key in seen) == self.told(who, act, account, grants, aways)

    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(grants=GRANTS, aways=AWAYS, act=st.sampled_from(sorted(ACTS)))
    def test_a_side_that_a_thing_does_not_have_is_covered_by_any_grant(self, grants, aways, act) -> None:
        self.lay(grants, aways)
        for person in self.people:
            held = held_by(person, NOW)
            seen = set(Activity.objects.filter(visible(held, act, Sides("market", None, None))).values_list("key", flat=True))
            for activity in Activity.objects.all():
                assert may(held, act, Place(activity.market)) == (activity.key in seen)

    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(grants=GRANTS, aways=AWAYS)
    def test_everybody_at_once_equals_one_by_one(self, grants: list[GivenGrant], aways: list[Away]) -> None:
        self.lay(grants, aways)
        at_once = everyone_held(NOW)
        for person in self.people:
            assert sorted(at_once[person], key=repr) == sorted(held_by(person, NOW), key=repr)

    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(grants=GRANTS, aways=AWAYS, act=st.sampled_from(sorted(ACTS)))
    def test_the_reverse_question_gives_the_same_answer(self, grants: list[GivenGrant], aways: list[Away], act: str) -> None:
        self.lay(grants, aways)
        place = Place("de", "mivrantel", "a2")
        able = {person.pk for person in holders(act, place, NOW)}
        assert able == {person.pk for person in self.everyone() if may(held_by(person, NOW), act, place)}

    def everyone(self) -> Iterator[User]:
        yield from User.objects.filter(is_machine=False)


@pytest.mark.parametrize(
    ("granted", "place", "answer"),
    [
        ({}, Place("de"), True),
        ({"market": "de"}, Place("de"), True),
        ({"market": "de"}, Place("fr"), False),
        ({"market": "de"}, Place(None), True),
        ({"market": "de"}, Place(""), False),
        ({"market": "de", "brand": "mivrantel"}, Place("de", ""), False),
        ({"account": "a1"}, Place("de", "", "a2"), False),
    ],
)
def test_an_unknown_side_needs_a_wide_grant(granted: dict[str, str], place: Place, answer: bool) -> None:
    assert covers(Held(Function.AUDITOR, **granted), place) is answer


@pytest.mark.django_db
def test_somebody_who_left_holds_nothing_and_passes_nothing_on() -> None:
    factories.installation()
    gone, deputy = factories.person("Gone", Function.AUDITOR), factories.person("Deputy")
    with acting(factories.founder(), "test"):
        set_deputy(gone, deputy, away_from=NOW - timedelta(days=400), away_to=NOW + timedelta(days=4000))
        assert held_by(deputy, factories.now())
        gone.is_active = False
        gone.save()
    assert held_by(gone, factories.now()) == () and held_by(deputy, factories.now()) == ()
