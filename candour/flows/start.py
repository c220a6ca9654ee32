"""The guided start of an empty installation: the first administrator founds it, then answers one question after the other.

Every answer is an act in the administrator's name. Going back and answering again changes what is there and never makes it twice.
"""

from __future__ import annotations

import contextlib
import hmac
import logging
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from candour.assurance import actions as assurance
from candour.assurance.actions import CharterFacts
from candour.assurance.models import Pilot
from candour.assurance.queries import pilot
from candour.core.clocks import local_day
from candour.core.rights import Function
from candour.core.states import SourceState
from candour.flows import invitations
from candour.flows.answers import Refusal
from candour.flows.gate import ask
from candour.flows.imports import file_source
from candour.flows.proof import proven
from candour.flows.releases import activate_proven
from candour.flows.start_state import FIRST, STEPS, needs_start, progress
from candour.journal.acting import acting, founding
from candour.journal.models import Installation
from candour.journal.queries import is_demo
from candour.journal.signatures import Secret
from candour.listening.models import Source
from candour.packs.loader import UnknownMarket, load_market, market_id
from candour.people.actions import add_person, give
from candour.people.models import User
from candour.registry import actions as registry
from candour.registry.actions import AccountFacts, RegistryFault
from candour.registry.models import Account, Brand, Company, Market, Product
from candour.registry.queries import company, current_release, market, product_by_name

log = logging.getLogger(__name__)

#: Minutes within which a feed must answer once; a newsroom of our own is polled much more often than it must.
EXPECTED_MINUTES = {"newsroom": 10, "feed": 60}


# The first administrator.


def code_file() -> Path:
    """Where the one-time code of an empty installation stands, readable by the user who runs it."""
    return Path(settings.KEYS) / "start-code"


def start_code() -> str:
    """The one-time code for a start from another machine; made and logged on first use, empty once there is somebody."""
    path = code_file()
    if not needs_start():
        return ""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        mine = path.with_name(f"start-code.{os.getpid()}")
        mine.touch(mode=0o600)
        mine.write_text("-".join(secrets.token_hex(2) for _part in range(5)))
        with contextlib.suppress(FileExistsError):  # another process of the web was quicker; its code is the one
            os.link(mine, path)
            log.info("Nobody is here yet. To set Candour up from another machine, use the code %s", path.read_text())
        mine.unlink()
    return path.read_text().strip()


@dataclass(frozen=True, slots=True)
class Founder:
    """What the first administrator says of themselves."""

    name: str
    email: str
    password: str
    title: str = ""
    language: str = "en"


def begin(who: Founder, *, here: bool, code: str, now: datetime) -> User:
    """Make the first person, administrator and head of the centre of excellence. `here`: the request came from this very machine.

    Refused once there is anybody, in a demo, and from elsewhere without the one-time code.
    """
    refuse_demo()
    if not here and not (start_code() and hmac.compare_digest(start_code(), code.strip())):
        raise Refusal(
            _("That is not the start code."),
            remedy=_("It is printed where Candour was started, and stands in keys/start-code of its data folder."),
        )
    _check_founder(who)
    try:
        with founding("start.administrator"):
            Installation.objects.select_for_update().get()
            if not needs_start():
                raise PermissionError
            person = _found(who, now)
    except PermissionError:
        raise Refusal(_("Somebody has begun already."), remedy=_("Sign in."), remedy_url=reverse("sign-in"), status=409) from None
    code_file().unlink(missing_ok=True)
    return person


def _check_founder(who: Founder) -> None:
    if not who.name.strip():
        raise Refusal(_("Enter your name; it stands in the journal and under your signatures."), status=400)
    _check_email(who.email)


def _check_email(address: str) -> None:
    try:
        validate_email(address.strip())
    except ValidationError:
        raise Refusal(_("“%(email)s” is no e-mail address.") % {"email": address[:60]}, status=400) from None


def _found(who: Founder, now: datetime) -> User:
    try:
        person = add_person(email=who.email, name=who.name[:120], title=who.title[:120], language=who.language, password=who.password)
    except ValidationError as weak:
        raise Refusal(" ".join(weak.messages), status=400) from weak
    for function in (Function.ADMINISTRATOR, Function.COE_LEAD):
        give(person, function, by=person, at=now, reason=FIRST)
    return person


def refuse_demo() -> None:
    """A demo never becomes a real installation."""
    if is_demo():
        raise Refusal(_("A demo is never set up as a real company."), status=404)


@contextlib.contextmanager
def _answering(by: User, act: str, question: str, now: datetime) -> Iterator[None]:
    """One answer: the right is asked, the act is named, a fault of the facts becomes a sentence for the screen."""
    refuse_demo()
    ask(by, act, "", now)
    try:
        with acting(by, f"start.{question}"):
            yield
    except RegistryFault as fault:
        raise Refusal(str(fault), status=400) from fault


def _line(words: str, most: int, why: str) -> str:
    """One line of text. Refusal with `why` when it is empty."""
    line = " ".join(words.split())[:most]
    if not line:
        raise Refusal(why, status=400)
    return line


# Company, market, brand, products.


def name_company(by: User, name: str, now: datetime) -> Company:
    """What the company is called."""
    name = _line(name, 120, _("Enter the company's name."))
    with _answering(by, "registry.change", "company", now):
        row = company()
        if row is None:
            return registry.found_company(name=name)
        registry.change(row, name=name, short=name[:40])
    return row


@dataclass(frozen=True, slots=True)
class MarketFacts:
    """What a company adds to the pack of a market."""

    code: str
    timezone: str
    reporting_route: str = ""
    phone: str = ""
    private_contact: str = ""


def open_market(by: User, facts: MarketFacts, secret: Secret, now: datetime) -> Market:
    """Open a market and sign the rules that judge in it. Where that was done before only the facts change, without a secret."""
    try:
        pack = load_market(market_id(facts.code))
    except UnknownMarket as fault:
        raise Refusal(_("Choose one of the markets shown."), status=400) from fault
    if facts.timezone not in available_timezones():
        raise Refusal(_("“%(zone)s” is no time zone; write for example Europe/Berlin.") % {"zone": facts.timezone[:40]}, status=400)
    ask(by, "pack.activate", pack.id, now)
    opened = current_release("market", pack.id, now) is not None
    proof = None if opened else proven(by, secret, now)
    with _answering(by, "registry.change", "market", now):
        row = market(pack.id) or registry.add_market(
            code=pack.id, name=pack.title, languages=" ".join(pack.languages), timezone=facts.timezone
        )
        registry.change(
            row,
            timezone=facts.timezone,
            reporting_route=facts.reporting_route.strip()[:200],
            phone=facts.phone.strip()[:40],
            private_contact=facts.private_contact.strip()[:200],
        )
        if proof:
            activate_proven(by, pack.id, proof, now)
    return row


def name_brand(by: User, name: str, area: str, now: datetime) -> Brand:
    """The first brand."""
    name = _line(name, 80, _("Enter the brand's name."))
    with _answering(by, "registry.change", "brand", now):
        row = progress(now).brand
        if row is None:
            return registry.add_brand(name=name, area=area.strip()[:120])
        registry.change(row, name=name, area=area.strip()[:120])
    return row


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """A product as the start asks for it; `terms` are further names people use, one each, hashtags with their sign."""

    name: str
    substance: str
    status: str
    terms: Sequence[str] = ()


def add_product(by: User, facts: ProductFacts, now: datetime) -> Product:
    """A product of the brand with its status in the market from today on and the names people use for it."""
    name, so_far = _line(facts.name, 120, _("Enter the product's name.")), progress(now)
    if so_far.brand is None or so_far.market is None:
        raise Refusal(_("Market and brand come first."), status=409)
    if product_by_name(name) is not None:
        raise Refusal(_("%(name)s is there already.") % {"name": name}, status=409)
    with _answering(by, "registry.change", "product", now):
        row = registry.add_product(so_far.brand, name=name, substance=facts.substance.strip()[:120])
        registry.set_status(row, so_far.market, facts.status, local_day(now, so_far.market.timezone))
        for term, kind in _terms(name, facts):
            registry.add_name(row, term, kind=kind)
    return row


def _terms(name: str, facts: ProductFacts) -> Iterator[tuple[str, str]]:
    """Every term once, whatever its case, with its kind."""
    given = [(name, "name"), (facts.substance, "substance")]
    given += [(term, "hashtag" if term.strip().startswith("#") else "nickname") for term in facts.terms]
    seen: set[str] = set()
    for term, kind in ((" ".join(term.split())[:120], kind) for term, kind in given):
        if term and term.casefold() not in seen:
            seen.add(term.casefold())
            yield term, kind


# Account, source, safety, charter.


def open_account(by: User, facts: AccountFacts, key: str, now: datetime) -> Account:
    """The first account, owned by whoever sets it up. A newsroom speaks at once; every other network is connected later."""
    if not facts.ours_reason.strip():
        raise Refusal(_("Say in a few words why it is, or is not, under our responsibility."), status=400)
    connection = "connected" if facts.network == "newsroom" else "not_connected"
    with _answering(by, "registry.change", "account", now):
        row = progress(now).account
        if row is not None:
            registry.change_account(row, facts, now)
            return registry.set_connection(row, connection)
        return registry.add_account(facts, now, key=_free_key(key), connection=connection)


def _free_key(key: str) -> str:
    """The short name as wished, as an address takes it; empty lets the registry find one."""
    wanted = slugify(key)[:80]
    if wanted in registry.RESERVED_KEYS or Account.objects.filter(key=wanted).exists():
        raise Refusal(_("The short name “%(key)s” is taken; choose another.") % {"key": wanted}, status=409)
    return wanted


def listen(by: User, kind: str, given: str, now: datetime) -> Source:
    """The first source: our newsroom's form, a feed by its address, or files of one origin. The worker polls it from now on."""
    so_far = progress(now)
    if so_far.market is None or so_far.account is None:
        raise Refusal(_("Market and account come first."), status=409)
    ask(by, "source.change", so_far.market.code, now)
    if kind == "file":
        refuse_demo()
        return file_source(by, so_far.market.code, _line(given, 120, _("Say where the files come from.")), now)
    if kind == "newsroom" and so_far.account.network != "newsroom":
        raise Refusal(_("Your account is no newsroom; choose a feed or a file."), status=400)
    if kind not in EXPECTED_MINUTES:
        raise Refusal(_("Choose where you listen first."), status=400)
    address = _feed_address(given) if kind == "feed" else ""
    with _answering(by, "source.change", "source", now):
        return _add_source(kind, so_far.account, so_far.market, address)


def _feed_address(given: str) -> str:
    address = given.strip()[:500]
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refusal(_("The address of a feed begins with https://."), status=400)
    return address


def _add_source(kind: str, account: Account, where: Market, address: str) -> Source:
    """The same answer given twice is one source."""
    ours = kind == "newsroom"
    key = account.key if ours else f"feed-{slugify(urlsplit(address).hostname or '')}"[:80]
    language = where.languages.split(" ")[0]
    values = {
        "name": account.handle if ours else (urlsplit(address).hostname or "")[:120],
        "kind": kind,
        "account": account if ours else None,
        "market": where.code,
        "language": language,
        "ours": ours and account.ours,
        "settings": {} if ours else {"url": address, "lang": language},
        "expected_minutes": EXPECTED_MINUTES[kind],
        "state": SourceState.LISTENING.value,
    }
    return Source.objects.get_or_create(key=key, defaults=values)[0]


def receive_hand_overs(by: User, address: str, row: invitations.Row | None, now: datetime) -> list[User]:
    """Who receives safety hand-overs: an address, a person who is given the function, or both. Refused while it would be nobody."""
    if address.strip():
        _check_email(address)
    so_far = progress(now)
    if so_far.company is None or so_far.market is None:
        raise Refusal(_("Company and market come first."), status=409)
    if not address.strip() and row is None and not so_far.receivers:
        raise Refusal(_("Name a person or an address: an adverse event must reach somebody."), status=400)
    with _answering(by, "people.change", "safety", now):
        registry.change(so_far.company, safety_recipient=address.strip())
        return invitations.invite(by, [row], so_far.market.code, now) if row else []


def finish(by: User, facts: CharterFacts, now: datetime) -> Pilot:
    """Write the charter, and with it end the start. Refused while a question before it is open; later calls change the charter."""
    so_far = progress(now)
    if not so_far.may_open("charter"):
        raise Refusal(_("Some questions are still open."), remedy=_("Go on with them."), remedy_url=reverse("start"), status=409)
    _check_charter(facts, so_far.market, now)
    with _answering(by, "pilot.change", STEPS[-1], now):
        row = pilot()
        if row is None:
            row = assurance.write_charter(by, facts, now)
        else:
            assurance.change_charter(row, facts)
        if so_far.company and not so_far.finished:
            registry.change(so_far.company, set_up_at=now)
    return row


def _check_charter(facts: CharterFacts, place: Market | None, now: datetime) -> None:
    texts = (facts.name, facts.hypothesis, facts.target_group, facts.accounts, facts.stop_rules, facts.measures)
    if not all(text.strip() for text in texts):
        raise Refusal(_("Every line of the charter wants a few words."), status=400)
    if not 1 <= facts.daily_cap <= 10_000:
        raise Refusal(_("The daily cap is a number between 1 and 10000."), status=400)
    if facts.decision_on <= local_day(now, place.timezone if place else "UTC"):
        raise Refusal(_("The day of decision lies in the future."), status=400)
