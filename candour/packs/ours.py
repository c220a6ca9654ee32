"""A company's own rules: overlay files in the folder `packs` of its data, laid over what is shipped, market by market.

A file changes, adds and retires rules by id, so it outlives an upgrade. Nothing here judges: what judges is the release somebody signed
after reading what the files change. Files are read whole or not at all, and a faulty one is told in a sentence, never skipped in silence.
"""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from candour.packs.loader import OVERLAYS, PackError, bundle_of, files_of, load_bundle, load_market
from candour.packs.market import MarketPack

#: Below the data folder.
FOLDER = "packs"
#: No company writes that much; a larger file is something else.
MOST_BYTES = 1_000_000
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}\.toml")
_MARKET = re.compile(r"^\s*market\s*=\s*[\"']([a-z]{2,10})[\"']", re.MULTILINE)


class OverlayError(PackError):
    """The company's own rules can't be used; the message names the file and what to change. What is active is not touched by it."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """One file of the company. `market` is the pack it changes, "" where not even that can be read; `fault` says why it can't be used."""

    name: str
    market: str
    content: bytes
    fault: str = ""


def sheet_name(market: str) -> str:
    """The name of the overlay that an imported workbook writes; it applies after all others of its market."""
    return f"{market}-sheet"


def overlays_in_folder(folder: Path) -> tuple[Overlay, ...]:
    """Every overlay file in a folder, in the order they apply. A folder that is not there holds none. Raises OSError."""
    if not folder.exists():
        return ()
    found = [_overlay(path) for path in folder.iterdir() if path.suffix == ".toml"]
    return tuple(sorted(found, key=lambda one: (one.name == sheet_name(one.market), one.name)))


def _overlay(path: Path) -> Overlay:
    name = path.name.removesuffix(".toml")
    if not _NAME.fullmatch(path.name):
        return Overlay(name, "", b"", f"{FOLDER}/{path.name}: name the file with small letters, digits and hyphens.")
    if path.stat().st_size > MOST_BYTES:
        return Overlay(name, "", b"", f"{FOLDER}/{path.name} is larger than {MOST_BYTES // 1000} kB: it is no file of rules, take it away.")
    content = path.read_bytes()
    guessed = _MARKET.search(content.decode(errors="replace"))
    market = guessed.group(1) if guessed else ""
    try:
        tables = tomllib.loads(content.decode())
    except UnicodeDecodeError:
        return Overlay(name, market, content, f"{FOLDER}/{path.name} is not UTF-8: save it as UTF-8.")
    except tomllib.TOMLDecodeError as fault:
        return Overlay(name, market, content, f"{FOLDER}/{path.name} is not valid TOML: {fault}.")
    named = tables.get("market")
    if not isinstance(named, str) or not named:
        return Overlay(
            name, "", content, f'{FOLDER}/{path.name} does not say whose rules it changes: begin it with market = "de" or another.'
        )
    return Overlay(name, named, content)


def with_ours(shipped: MarketPack, folder: Path, *, leave: str = "") -> MarketPack:
    """A shipped pack with the company's changes to it, but for the file named `leave`; the pack itself where it has none.

    Raises OverlayError.
    """
    try:
        found = overlays_in_folder(folder)
    except OSError as fault:
        raise OverlayError(f"The folder {FOLDER} of the company's rules can't be read ({fault.strerror}): correct its rights.") from fault
    mine = tuple(one for one in found if one.market in (shipped.id, "") and one.name != (leave or None))
    if broken := next((one for one in mine if one.fault), None):
        raise OverlayError(broken.fault)
    return _laid_over(shipped.bundle, mine) if mine else shipped


@lru_cache(maxsize=32)
def _laid_over(bundle: bytes, overlays: tuple[Overlay, ...]) -> MarketPack:
    texts = files_of(bundle) | {f"{OVERLAYS}{one.name}.toml": one.content for one in overlays}
    try:
        return load_bundle(bundle_of(texts))
    except PackError as fault:
        raise OverlayError(f"The company's own rules for {overlays[0].market} can't be used. {_as_seen(str(fault))}") from fault


def _as_seen(fault: str) -> str:
    """Names of files as the company knows them."""
    return fault.replace(OVERLAYS, f"{FOLDER}/")


def company_pack(market: str, folder: Path) -> MarketPack:
    """What would judge a market after the next signature: the shipped pack with the company's changes.

    Raises UnknownMarket, PackError, OverlayError.
    """
    return with_ours(load_market(market), folder)


def pack_for_workbook(shipped: MarketPack, folder: Path) -> tuple[MarketPack, str]:
    """The company's pack, and "". Where only the file of an earlier workbook keeps it from loading, the pack without that file, and why:
    the next workbook takes its place. Raises OverlayError where another file is at fault."""
    try:
        return with_ours(shipped, folder), ""
    except OverlayError as fault:
        return with_ours(shipped, folder, leave=sheet_name(shipped.id)), str(fault)


def keep(folder: Path, name: str, content: bytes) -> None:
    """Write an overlay file, whole or not at all; without content it is taken away. Raises OSError."""
    path = folder / f"{name}.toml"
    if not content:
        path.unlink(missing_ok=True)
        return
    folder.mkdir(mode=0o700, exist_ok=True)
    part = folder / f".{name}.part"
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def faults(folder: Path, markets: tuple[str, ...]) -> tuple[str, ...]:
    """Everything that is wrong with the company's own rules, a sentence each; empty where they can be used."""
    try:
        found = overlays_in_folder(folder)
    except OSError as fault:
        return (f"The folder {FOLDER} can't be read ({fault.strerror}): correct its rights.",)
    told = [one.fault for one in found if one.fault]
    told += [
        f"{FOLDER}/{one.name}.toml is written for '{one.market}', which has no pack: correct it." for one in found if _lost(one, markets)
    ]
    for market in sorted({one.market for one in found if not one.fault and not _lost(one, markets)}):
        try:
            company_pack(market, folder)
        except PackError as fault:
            told.append(str(fault))
    return tuple(dict.fromkeys(told))


def _lost(overlay: Overlay, markets: tuple[str, ...]) -> bool:
    return bool(overlay.market) and overlay.market not in markets
