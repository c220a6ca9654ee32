"""Filling a template changes its places and nothing else; a value that does not fit changes nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candour.core.placeholders import KINDS, fill, fits, names_in, parts

TEMPLATE = "Guten Tag {first_name}, rufen Sie {phone} an. {signer}, {company} {first_name}"
VALUES = {"first_name": "Ana-Lucía", "phone": "+49 (0)800 12-34", "signer": "Dr. O’Hara", "company": "Hollinqvist"}


def test_names_come_once_in_order() -> None:
    assert names_in(TEMPLATE) == ["first_name", "phone", "signer", "company"]
    assert names_in("no places { first } {A} {1} {}") == []


def test_filled_in_every_place() -> None:
    text, problem = fill(TEMPLATE, VALUES)
    assert (text, problem) == (
        "Guten Tag Ana-Lucía, rufen Sie +49 (0)800 12-34 an. Dr. O’Hara, Hollinqvist Ana-Lucía",
        None,
    )


@pytest.mark.parametrize(
    ("name", "value", "fit"),
    [
        ("first_name", "Ana", True),
        ("first_name", "محمد", True),
        ("first_name", "李小龍", True),
        ("first_name", "Zoë d’Arc-Lee", True),
        ("first_name", "1Ana", False),
        ("first_name", "A" * 41, False),
        ("first_name", "Ana\n", False),
        ("first_name", "Ana {signer}", False),
        ("first_name", "Ana www.x.example", False),
        ("phone", "0800 12", True),
        ("phone", "0800-EVIL", False),
        ("phone", "12", False),
        ("emergency", "112", True),
        ("emergency", "112; call me", False),
        ("private_contact", "https://hilfe.example/kontakt", True),
        ("private_contact", "<a href=x>", False),
        ("reporting_route", "nebenwirkungen.example", True),
        ("leaflet", "https://x.example/pil-1.2", True),
        ("leaflet", "javascript:alert(1)", False),
        ("company", "Hollinqvist & Söhne", True),
        ("company", "see https://x.example", False),
        ("company", "WWW.x.example", False),
        ("company", "a\u2028b", False),
        ("company", "\u202eevil", False),
        ("company", "a\x00", False),
        ("company", "\ud800", False),
        ("company", "x" * 81, False),
        ("company", "", False),
    ],
)
def test_a_value_has_its_places_type(name: str, value: str, fit: bool) -> None:
    assert fits(name, value) == fit


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({}, "{first_name} is empty."),
        (VALUES | {"phone": "call me"}, "“call me” does not fit {phone}."),
        (VALUES | {"doctor": "x"}, "The template has no {doctor}."),
    ],
)
def test_what_does_not_fit_is_said_in_words_that_can_be_translated(values: dict[str, str], why: str) -> None:
    text, problem = fill(TEMPLATE, values)
    assert (text, str(problem), problem.template % problem.params) == (TEMPLATE, why, why)


_pieces = st.text(alphabet=st.characters(blacklist_characters="{}", blacklist_categories=("Cs",)), max_size=12)
_names = st.sampled_from([*KINDS, "company", "product"])


@given(st.lists(st.tuples(_pieces, _names), max_size=5), _pieces)
def test_only_the_places_change(cut: list[tuple[str, str]], end: str) -> None:
    template = "".join(f"{words}{{{name}}}" for words, name in cut) + end
    values = {name: "1234" if name in ("phone", "emergency") else "Anna" for _words, name in cut}
    text, problem = fill(template, values)
    assert problem is None
    assert text == "".join(f"{words}{values[name]}" for words, name in cut) + end
    assert "".join(words for _name, words in parts(template, values)) == text
    assert "".join(words if not name else f"{{{name}}}" for name, words in parts(template, {})) == template
