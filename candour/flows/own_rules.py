"""The company's own rules from a workbook: looked at first, kept on a second word, and judging only after a signature."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from candour.core.signing import digest
from candour.core.workbook import WorkbookError
from candour.flows.answers import Refusal, Stale
from candour.flows.gate import ask
from candour.flows.releases import own_rules
from candour.journal.acting import acting, note
from candour.packs.loader import PackError, apply_overlay, load_market
from candour.packs.market import MarketPack
from candour.packs.ours import OverlayError, keep, pack_for_workbook, sheet_name
from candour.packs.rule_sheet import Proposal, exported, imported, without_sheet
from candour.people.models import User


def workbook(market: str) -> bytes:
    """The rules of a market as a workbook, shipped ones with the company's changes. Refused where those can't be used."""
    return exported(_usable(market)[0])


def _usable(market: str) -> tuple[MarketPack, str]:
    """The pack a workbook is compared with, and why the file of an earlier one is not part of it."""
    try:
        return pack_for_workbook(load_market(market), own_rules())
    except OverlayError as fault:
        raise Refusal(str(fault), status=409) from fault


def look_at(by: User, market: str, content: bytes, now: datetime) -> tuple[Proposal, str]:
    """What a workbook asks for, and the digest of the rules it was compared with. Nothing is written."""
    ask(by, "pack.activate", market, now)
    pack, fault = _usable(market)
    try:
        return imported(content, pack, fault), pack.digest
    except WorkbookError as fault:
        raise Refusal(str(fault), status=400) from fault


def keep_proposal(by: User, market: str, overlay: bytes, compared_with: str, now: datetime) -> None:
    """Keep what a person has looked at as the market's file of own rules; empty takes the file away. What is active goes on.

    Refused where the rules it was compared with have changed since, or where the disk does not take it.
    """
    ask(by, "pack.activate", market, now)
    pack, _fault = _usable(market)
    if pack.digest != compared_with:
        raise Stale(_("The rules have changed since you looked at the differences; bring the workbook again."))
    name = sheet_name(market)
    try:
        if overlay:
            apply_overlay(without_sheet(pack), overlay, name)
        with acting(by, "pack.propose", f"{name}.toml"):
            note("pack", name, digest(overlay))
            keep(own_rules(), name, overlay)
    except PackError as fault:
        raise Refusal(str(fault), status=400) from fault
    except OSError as fault:
        raise Refusal(
            _("The file of our own rules can't be written (%(why)s).") % {"why": fault.strerror or ""},
            remedy=_("Whoever runs this installation makes room or corrects the folder's rights."),
            status=503,
        ) from fault
