"""What is not set up: the honest list at the end of the guided start, each line with why it matters and where to mend it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from candour.core.clocks import local_day
from candour.core.rights import Function
from candour.flows import invitations
from candour.flows.doors import is_connected
from candour.flows.start_state import Progress
from candour.insight import training_queries
from candour.people.models import User
from candour.people.rights import Held, Place, holders, may
from candour.registry.models import Account, Market
from candour.registry.queries import accounts_visible_to, label_on, status_on

#: Rights without which a part of the work stands still, and what stands still then.
_WORK = (
    "case.reply",
    "draft.write",
    "seal.medical",
    "seal.legal",
    "seal.regulatory",
    "receipt.safety",
    "receipt.quality",
    "receipt.medical",
)


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is not set up. `what` names it, `so` says what follows, `url` and `do` lead to the remedy (empty: none in Candour)."""

    what: str
    so: str
    url: str = ""
    do: str = ""


def gaps(so_far: Progress, held: tuple[Held, ...], now: datetime) -> list[Gap]:
    """Everything we know to be missing, gravest first."""
    found = [*_people(so_far, now), *_certificates(held, now), *_places(so_far, held, now), *_machine()]
    return [gap for gap in found if gap.what]


def _link(name: str, *args: str) -> str:
    """Address of a screen, or nothing where an installation leaves the screen out."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def _people(so_far: Progress, now: datetime) -> Iterator[Gap]:
    place = Place(market=so_far.market.code if so_far.market else "")
    people = _link("start-step", "people")
    for what, so in _unheld({act for act in _WORK if not holders(act, place, now)}):
        yield Gap(what, so, people, _("Invite somebody"))
    yield from _leadership(now)
    waiting = invitations.waiting()
    if waiting:
        names = ", ".join(person.name for person in waiting[:5])
        yield Gap(_("Invited, not yet in: %(names)s") % {"names": names}, _("A link works for seven days."), people, _("See the links"))


def _unheld(acts: set[str]) -> Iterator[tuple[str, str]]:
    """What stands still because nobody may do these acts, and why that matters."""
    if "receipt.safety" in acts:
        yield _("Nobody holds drug safety"), _("A receipt can't be entered, so no case with an adverse event can close.")
    if "case.reply" in acts:
        yield _("No community manager"), _("Nobody answers people or hands cases over.")
    if "draft.write" in acts:
        yield _("No author"), _("Nothing is written, and no reply template either: until one is signed, nobody can be answered.")
    if missing := [name for act, name in _seats() if act in acts]:
        yield _("No reviewer for: %(roles)s") % {"roles": ", ".join(missing)}, _("A text stays in review until each has signed.")
    if absent := [name for act, name in _receivers() if act in acts]:
        yield _("Nobody holds %(functions)s") % {"functions": ", ".join(absent)}, _("Cases with such a duty stay open.")


def _receivers() -> tuple[tuple[str, str], ...]:
    return (("receipt.quality", _("quality")), ("receipt.medical", _("medical information")))


def _seats() -> tuple[tuple[str, str], ...]:
    return (("seal.medical", _("medicine")), ("seal.legal", _("law")), ("seal.regulatory", _("regulation")))


def _leadership(now: datetime) -> Iterator[Gap]:
    leads = _holding(Function.COE_LEAD, now)
    if len(leads) == 1 and leads == _holding(Function.ADMINISTRATOR, now):
        so = _("Rules, people and the charter hang on a single person, without anybody to stand in.")
        yield Gap(
            _("One person is administrator and head of the centre of excellence"), so, _link("start-step", "people"), _("Invite somebody")
        )


def _holding(function: Function, now: datetime) -> list[User]:
    act = {Function.COE_LEAD: "pack.activate", Function.ADMINISTRATOR: "people.change"}[function]
    return holders(act, Place(market=""), now)


def _certificates(held: tuple[Held, ...], now: datetime) -> Iterator[Gap]:
    without = [member for member in training_queries.team(held, now) if member.state in ("lapsed", "missing")]
    if without:
        names = ", ".join(member.person.name for member in without[:5])
        so = _("They may not reply, submit or sign until they have passed the course, 12 minutes each.")
        yield Gap(_("Without a certificate: %(names)s") % {"names": names}, so, _link("training"), _("See who"))


def _places(so_far: Progress, held: tuple[Held, ...], now: datetime) -> Iterator[Gap]:
    for market in so_far.markets:
        yield from _market(market, so_far, now)
    if len(so_far.markets) == 1 and so_far.market:
        so = _("Posts and drafts of other markets are not judged: no rules are active for them.")
        yield Gap(_("Only %(market)s is open") % {"market": so_far.market.name}, so, _link("start-step", "market"), _("Open another"))
    away = [account for account in accounts_visible_to(held)[:200] if not is_connected(account)]
    if away:
        yield _not_connected(away)
    else:
        so = _("Networks such as Bluesky are registered as accounts first; their secret is entered on the server.")
        yield Gap(_("No network is connected"), so, _link("account-new"), _("Register an account"))
    if so_far.source is not None and so_far.source.kind == "file":
        yield Gap(
            _("Nothing is heard by itself"), _("Files are heard only when somebody imports them."), _link("import"), _("Import a file")
        )


def _not_connected(away: list[Account]) -> Gap:
    handles = ", ".join(account.handle for account in away[:5])
    so = _("Candour neither hears nor speaks there; what is published there is published by hand.")
    return Gap(_("Not connected: %(handles)s") % {"handles": handles}, so, _link("registry"), _("See the registry"))


def _market(market: Market, so_far: Progress, now: datetime) -> Iterator[Gap]:
    absent = [name for value, name in ((market.phone, _("phone")), (market.private_contact, _("private contact"))) if not value]
    if absent:
        what = _("%(market)s has no %(facts)s") % {"market": market.name, "facts": ", ".join(absent)}
        so = _("Reply templates that name it have to be filled in by hand each time.")
        yield Gap(what, so, f"{_link('start-step', 'market')}?market={market.code}", _("Enter it"))
    today = local_day(now, market.timezone)
    unknown = [product.name for product in so_far.products if status_on(product, market.code, today) is None]
    if unknown:
        what = _("No status in %(market)s: %(products)s") % {"market": market.name, "products": ", ".join(unknown[:5])}
        yield Gap(what, _("Rules treat them there as not on the market."), _link("registry"), _("See the registry"))
    unlabelled = [product.name for product in so_far.products if label_on(product, market.code, today) is None]
    if unlabelled:
        what = _("No label facts for %(market)s: %(products)s") % {"market": market.name, "products": ", ".join(unlabelled[:5])}
        so = _("Indication, limits and serious risks are not registered, so off-label use and missing risks are judged by wording alone.")
        yield Gap(what, so)


def _machine() -> Iterator[Gap]:
    if not invitations.mail_is_set():
        so = _("Candour mails nothing: links and reminders are passed on by hand. CANDOUR_SMTP names a mail server.")
        yield Gap(_("No mail server"), so)
    so = _("Nobody has arranged any. The database and the data folder with its keys belong into your nightly backup.")
    yield Gap(_("Backups are not arranged"), so)
    yield Gap(_("No single sign-on"), _("People sign in with a password of their own."))


def may_see(held: tuple[Held, ...]) -> bool:
    """The charter and this list are for the administrator and the head of the centre of excellence."""
    return may(held, "pilot.change", Place(market=""))
