"""Every state that must end has an owner, a limit and a way out; a new state without one fails here."""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

import pytest

from candour.core import states
from candour.core.rights import ACTS
from candour.core.watches import CLIMB, ENDED, SEVERAL, TABLES, WATCHES, Way, acts, span

STATES = {f"{name}.{state.value}" for name, of in TABLES.items() for state in of}


def test_no_state_enumeration_is_left_out() -> None:
    declared = {of for of in vars(states).values() if isinstance(of, type) and issubclass(of, StrEnum) and of is not StrEnum}
    assert set(TABLES.values()) == declared


@pytest.mark.parametrize("state", sorted(STATES))
def test_a_state_is_watched_or_has_ended_and_says_why(state: str) -> None:
    assert (state in WATCHES) != (state in ENDED)
    assert state in WATCHES or ENDED[state]


def test_nothing_is_called_ended_that_is_no_state() -> None:
    assert set(ENDED) <= STATES


@pytest.mark.parametrize("key", sorted(WATCHES))
def test_a_row_names_owner_limit_and_way_out(key: str) -> None:
    watch = WATCHES[key]
    if watch.within:
        assert WATCHES[watch.within].within == "", "a row that covers others stands by itself"
        return
    assert watch.person or watch.act
    assert watch.ways
    assert not isinstance(watch.limit, timedelta) or watch.limit >= timedelta()
    if Way.ASK in watch.ways:
        assert watch.act in ACTS or watch.act in SEVERAL, "somebody must answer when the named person has left"
        assert watch.title.endswith(".")
        assert watch.remedy.endswith(".")


def test_owning_rights_exist() -> None:
    assert acts() <= set(ACTS)


def test_sentences_name_their_values_and_never_a_person() -> None:
    named = {name for watch in WATCHES.values() for name in re.findall(r"%\((\w+)\)s", watch.title + watch.remedy)}
    assert named <= {"account", "source", "task"}


def test_the_document_names_every_row() -> None:
    page = (Path(__file__).parent.parent.parent / "docs" / "watches.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([\w.]+)` \|", page, re.MULTILINE) == list(WATCHES)


def test_a_limit_that_the_object_carries_is_no_time() -> None:
    assert span("publication.held") == timedelta(minutes=10)
    with pytest.raises(TypeError):
        span("duty.open")


def test_the_document_tells_the_climb_as_it_is() -> None:
    page = (Path(__file__).parent.parent.parent / "docs" / "watches.md").read_text(encoding="utf-8")
    told = {timedelta(minutes=15): "15 minutes", timedelta(minutes=30): "30 minutes", timedelta(hours=1): "1 hour"}
    for rung, after in CLIMB.items():
        assert re.search(rf"^\|.*\(`{rung}`\) \| after {told[after]} \|$", page, re.MULTILINE), rung
    for key, watch in WATCHES.items():
        assert not watch.safety or f"`{key}`" in page.partition("## Safety climbs")[2].partition("| told |")[0], key
