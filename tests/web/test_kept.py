"""Sentences and addresses of templates are worked out once, and still those of the reader and the page."""

import pytest
from django.template import Context, Template
from django.test import override_settings
from django.urls import NoReverseMatch, reverse
from django.utils.translation import override

urlpatterns: list[object] = []


def drawn(source: str, **values: object) -> str:
    return Template(source).render(Context(values))


def test_a_kept_sentence_follows_the_language() -> None:
    page = Template('{% translate "Inbox" %}|{% translate "Inbox" as word %}{{ word }}')
    for language, word in (("en", "Inbox"), ("de", "Posteingang"), ("en", "Inbox"), ("de", "Posteingang")):
        with override(language):
            assert page.render(Context()) == f"{word}|{word}"


def test_a_sentence_with_something_of_the_page_is_never_kept() -> None:
    page = Template("{% translate word %}")
    with override("de"):
        assert [page.render(Context({"word": word})) for word in ("Inbox", "Journal", "<b>")] == ["Posteingang", "Journal", "&lt;b&gt;"]


def test_a_kept_address_belongs_to_its_values() -> None:
    page = Template("{% url 'case' number %}")
    assert [page.render(Context({"number": number})) for number in ("C-1", "C-2")] == [
        reverse("case", args=["C-1"]),
        reverse("case", args=["C-2"]),
    ]


def test_an_address_that_is_not_there_is_an_error_or_empty_by_name() -> None:
    assert drawn("{% url 'no-such-screen' as out %}[{{ out }}]") == "[]"
    with pytest.raises(NoReverseMatch):
        drawn("{% url 'no-such-screen' %}")


@override_settings(ROOT_URLCONF="tests.web.test_kept")
def test_an_address_is_kept_for_its_own_map() -> None:
    with pytest.raises(NoReverseMatch):
        drawn("{% url 'case' 'C-1' %}")
