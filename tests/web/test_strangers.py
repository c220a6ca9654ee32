"""What a stranger puts into an address or a post leads nowhere: no script behind a link, no line break in a header."""

from __future__ import annotations

import factories as make
import pytest
from django.test import Client

from candour.core.rights import Function
from candour.web.templatetags.candour import web_address


@pytest.fixture
def reader(client: Client, db: None) -> Client:
    client.force_login(make.person("Mira Castellane", Function.COMMUNITY_MANAGER, certified=True))
    return client


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "JaVaScript:alert(1)", " javascript:alert(1)", "data:text/html,x", "vbscript:x"]
)
def test_an_address_that_is_none_of_the_web_is_no_link(reader: Client, address: str) -> None:
    version = make.post()
    type(version).objects.filter(pk=version.pk).update(url=address)
    page = reader.get(f"/posts/{version.post_id}/").content.decode()
    assert 'href="#"' in page and f'href="{address}"' not in page


@pytest.mark.parametrize("address", ["https://sozial.example/1", "http://sozial.example/1", "/newsroom/de/"])
def test_an_address_of_the_web_stays_as_it_is(address: str) -> None:
    assert web_address(address) == address


@pytest.mark.parametrize("language", ["de\r\nSet-Cookie: a=b", "xx", "../de", "\x00"])
def test_a_language_that_is_none_of_ours_changes_nothing(reader: Client, language: str) -> None:
    answer = reader.get("/inbox/", {"lang": language})
    assert (answer.status_code, answer["Content-Language"]) == (200, "en")


def test_a_language_of_ours_is_spoken(reader: Client) -> None:
    assert reader.get("/inbox/", {"lang": "de"})["Content-Language"] == "de"
