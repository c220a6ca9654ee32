"""Plain language by language, and the voice of a brand by market: what is shipped, and what the company adds in its data folder.

Nothing here judges and nothing here needs a signature: it is advice to whoever writes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path

from candour.packs.loader import PackError, parse_file, read_toml
from candour.packs.ours import FOLDER, MOST_BYTES
from candour.packs.plain_schema import Form, PlainFile, VoiceFile, VoicePart

#: Below the folder of the company's own rules.
VOICES = "voice"
COMPANY = "company"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}\.toml")


class VoiceError(PackError):
    """A file of a voice can't be used; the message names it and what to change."""


@dataclass(frozen=True)
class Voice:
    """How one brand speaks in one market. Empty where the company has said nothing."""

    avoid: Mapping[str, str] = field(default_factory=dict)
    use: tuple[str, ...] = ()
    address: Form = ""
    sentence_words: int = 0

    def with_part(self, part: VoicePart) -> Voice:
        """The same with what a nearer file or market says on top."""
        return Voice(
            {**self.avoid, **part.avoid},
            tuple(dict.fromkeys([*self.use, *part.use])),
            part.address or self.address,
            part.sentence_words or self.sentence_words,
        )


@cache
def plain_languages() -> tuple[str, ...]:
    """Languages with a shipped file, sorted."""
    return tuple(sorted(entry.name[:-5] for entry in files("candour.packs").joinpath("plain").iterdir() if entry.name.endswith(".toml")))


@cache
def load_plain(language: str) -> PlainFile | None:
    """The file of a language; None where there is none. Raises PackError."""
    if language not in plain_languages():
        return None
    name = f"plain/{language}.toml"
    parsed = parse_file(PlainFile, name, read_toml(name, files("candour.packs").joinpath(name).read_bytes()))
    if parsed.language != language:
        raise PackError(f"{name} calls itself '{parsed.language}': file name and language must be the same.")
    return parsed


def voice_of(folder: Path, brand: str, market: str) -> Voice:
    """How a brand speaks in a market: the company's voice, then the brand's, each with what it says for the market. Raises VoiceError."""
    voice = Voice()
    for name in dict.fromkeys((COMPANY, brand)):
        file = _voice_file(folder / VOICES / f"{name}.toml") if _NAME.fullmatch(f"{name}.toml") else None
        if file is not None:
            voice = voice.with_part(file)
            voice = voice.with_part(file.market[market]) if market in file.market else voice
    return voice


def _voice_file(path: Path) -> VoiceFile | None:
    shown = f"{FOLDER}/{VOICES}/{path.name}"
    try:
        if path.stat().st_size > MOST_BYTES:
            raise VoiceError(f"{shown} is larger than {MOST_BYTES // 1000} kB: it is no file of a voice, take it away.")
        return parse_file(VoiceFile, shown, read_toml(shown, path.read_bytes()))
    except FileNotFoundError:
        return None
    except OSError as fault:
        raise VoiceError(f"{shown} can't be read ({fault.strerror}): correct its rights.") from fault
    except VoiceError:
        raise
    except PackError as fault:
        raise VoiceError(str(fault)) from fault


def voice_faults(folder: Path, brands: frozenset[str] | None = None) -> tuple[str, ...]:
    """What is wrong with the files of voices, a sentence each; with `brands`, also files of brands nobody registered."""
    if not (folder / VOICES).is_dir():
        return ()
    told = []
    for path in sorted((folder / VOICES).glob("*.toml")):
        try:
            if not _NAME.fullmatch(path.name):
                raise VoiceError(f"{FOLDER}/{VOICES}/{path.name}: name the file after the brand's key, in small letters.")
            _voice_file(path)
            if brands is not None and path.stem not in {*brands, COMPANY}:
                raise VoiceError(f"{FOLDER}/{VOICES}/{path.name}: no brand has the key '{path.stem}', correct the name.")
        except VoiceError as fault:
            told.append(str(fault))
    return tuple(told)
