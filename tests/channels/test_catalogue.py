"""The list of channels, their contract and their settings."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from candour.channels.base import Channel, ChannelError
from candour.channels.catalogue import CHANNELS, channel_for, kinds, settings_from, settings_of
from candour.channels.http import Door

SETTINGS: dict[str, dict[str, Any]] = {
    "newsroom": {"base": "https://news.example", "account": "a", "token": "t"},
    "feed": {"url": "https://news.example/feed"},
    "bluesky": {"service": "https://pds.example", "words": ["nebulosan"]},
    "mastodon": {"service": "https://social.example", "account": "@a@social.example"},
}


@pytest.mark.parametrize("kind", kinds())
def test_every_channel_keeps_the_contract(kind: str) -> None:
    channel = channel_for(kind, SETTINGS[kind], Door())
    assert isinstance(channel, Channel)
    assert channel.kind == kind
    assert channel.delivery in ("exactly_once", "never_twice")
    assert channel.message_length("abc") == 3
    assert channel.normalise_live(channel.normalise_live("a\r\nb ")) == channel.normalise_live("a\r\nb ")


def test_kinds_are_unique() -> None:
    assert len(set(kinds())) == len(CHANNELS)


def test_settings_are_refused_loudly() -> None:
    with pytest.raises(ChannelError, match="account, colour, token"):
        settings_from("newsroom", {"base": "https://x.example", "colour": "red"})
    with pytest.raises(ChannelError, match="newsroom, feed, bluesky, mastodon"):
        settings_of("pigeon")
    assert settings_from("bluesky", SETTINGS["bluesky"]).words == ("nebulosan",)


def test_an_error_can_be_translated_and_keeps_the_provider_s_words() -> None:
    error = ChannelError("%(who)s must act.", permanent=True, provider_words="x" * 9000, params={"who": "Ute"})
    assert (str(error), error.template, len(error.provider_words)) == ("Ute must act.", "%(who)s must act.", 2000)
    assert str(ChannelError("100 % sure", permanent=False)) == "100 % sure"


def test_channels_import_no_django() -> None:
    code = "import candour.channels.catalogue, candour.channels.file_import, sys; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
