"""Promise: whether a stretch touches a place already found is answered as looking at every place would answer it."""

from hypothesis import given
from hypothesis import strategies as st

from candour.screening.covered import Covered

PLACES = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 12)).map(lambda one: (one[0], one[0] + one[1])), max_size=12)


@given(places=PLACES, asked=st.tuples(st.integers(0, 70), st.integers(1, 12)))
def test_one_look_answers_as_looking_at_every_place_does(places: list[tuple[int, int]], asked: tuple[int, int]) -> None:
    start, end = asked[0], asked[0] + asked[1]
    assert Covered(places).touches(start, end) is any(a < end and start < b for a, b in places)


def test_neighbours_do_not_touch_and_nothing_covers_nothing() -> None:
    assert not Covered([(0, 3), (5, 8)]).touches(3, 5)
    assert not Covered(()).touches(0, 9)
