"""Hollinqvist: five markets, three products, twelve accounts, and where it listens."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from candour.core.states import SourceState
from candour.listening.models import Source
from candour.people.models import User
from candour.registry.models import (
    Account,
    Activity,
    Brand,
    Company,
    LabelFacts,
    Market,
    Product,
    ProductName,
    ProductStatus,
)

MARKETS = (
    ("de", "Germany", "de", "Europe/Berlin", "nebenwirkungen.example", "0800 555 0142", "hallo@hollinqvist.example"),
    ("us", "United States", "en", "America/New_York", "reporting.example/medwatch", "1-800-555-0142", "care@hollinqvist.example"),
    ("fr", "France", "fr", "Europe/Paris", "signalement.example", "0800 555 143", "bonjour@hollinqvist.example"),
    ("it", "Italy", "it", "Europe/Rome", "segnalazione.example", "800 555 144", "ciao@hollinqvist.example"),
    ("es", "Spain", "es", "Europe/Madrid", "notifica.example", "900 555 145", "hola@hollinqvist.example"),
)

PRODUCTS = (
    ("mivrantel", "Mivrantel", "orvacept", "Migraine prevention"),
    ("larquessa", "Larquessa", "tavindil", "Migraine attacks"),
    ("zovellark", "Zovellark", "belodrine", "Headache and period pain"),
)

#: product, market -> status and flags
STATUS = {
    ("mivrantel", "de"): ("rx", {"black_triangle": True, "reimbursed": True}),
    ("mivrantel", "us"): ("rx", {"boxed_warning": True}),
    ("mivrantel", "fr"): ("rx", {"reimbursed": True}),
    ("mivrantel", "it"): ("inv", {}),
    ("mivrantel", "es"): ("rx", {}),
    ("larquessa", "de"): ("dev", {}),
    ("larquessa", "us"): ("dev", {}),
    ("larquessa", "fr"): ("dev", {}),
    ("larquessa", "it"): ("none", {}),
    ("larquessa", "es"): ("dev", {}),
    ("zovellark", "de"): ("otc", {}),
    ("zovellark", "us"): ("otc", {}),
    ("zovellark", "fr"): ("otc", {"reimbursed": True}),
    ("zovellark", "it"): ("otc", {}),
    ("zovellark", "es"): ("otc", {"black_triangle": True}),
}

LABELS = {
    ("mivrantel", "de"): (
        "Vorbeugung von Migräne bei Erwachsenen",
        "nicht unter 18 Jahren",
        "schwere allergische Reaktionen; Ohnmacht nach den ersten Gaben",
    ),
    ("mivrantel", "us"): (
        "prevention of migraine in adults",
        "not under 18",
        "boxed warning: severe allergic reactions and fainting with the first doses",
    ),
    ("zovellark", "de"): (
        "Kopfschmerzen und Regelschmerzen",
        "ab 12 Jahren, höchstens 3 Tage",
        "Magenbeschwerden, Hautausschlag, Schwindel",
    ),
    ("zovellark", "us"): ("headache and period pain", "from 12 years, at most 3 days", "stomach bleeding, skin rash, dizziness"),
    ("larquessa", "de"): (
        "Injektionspen für Migräneanfälle bei Erwachsenen",
        "nach Einweisung",
        "Schmerzen an der Einstichstelle, Schwindel",
    ),
    ("larquessa", "us"): ("injection pen for migraine attacks in adults", "after instruction", "injection site pain, dizziness"),
}

NAMES = (
    ("mivrantel", "misspelling", "Mivrantell"),
    ("mivrantel", "misspelling", "miwrantel"),
    ("mivrantel", "misspelling", "mivrantal"),
    ("mivrantel", "hashtag", "#mivrantel"),
    ("larquessa", "misspelling", "Larqessa"),
    ("larquessa", "misspelling", "Larquesa"),
    ("larquessa", "nickname", "Larquessa-Pen"),
    ("zovellark", "misspelling", "Zovelark"),
    ("zovellark", "misspelling", "Zovellarc"),
)

#: key, network, handle, market, brand, audience, purpose, owner, deputy
ACCOUNTS = (
    ("hollinqvist-de", "newsroom", "hollinqvist.de", "de", "", "Newsroom for patients in Germany", "mira", "camille"),
    ("hollinqvist-us", "newsroom", "hollinqvist.us", "us", "", "Newsroom for patients in the United States", "emil", "mira"),
    ("bluesky-de", "bluesky", "@hollinqvist.de", "de", "", "Answers and news in German", "mira", "jonas"),
    ("bluesky-us", "bluesky", "@hollinqvist.us", "us", "", "Answers and news in the United States", "emil", "henrik"),
    ("bluesky-fr", "bluesky", "@hollinqvist.fr", "fr", "", "Answers and news in French", "camille", "lena"),
    ("mastodon-de", "mastodon", "@hollinqvist@sozial.example", "de", "", "Migraine community, listening and answers", "mira", "jonas"),
    ("instagram-de", "instagram", "@hollinqvist", "de", "", "Pictures from the migraine diary", "jonas", "mira"),
    ("instagram-fr", "instagram", "@hollinqvist_fr", "fr", "", "Pictures, opened for a campaign in spring", None, None),
    ("linkedin-corp", "linkedin", "Hollinqvist", "de", "", "Company news for professionals and applicants", "henrik", "jonas"),
    ("youtube-us", "youtube", "Hollinqvist US", "us", "larquessa", "How the pen is used, step by step", "jonas", "emil"),
    ("facebook-it", "facebook", "Hollinqvist Italia", "it", "zovellark", "Headache diary for Italy", "henrik", "camille"),
    ("x-es", "x", "@hollinqvist_es", "es", "", "News in Spanish", "henrik", "camille"),
)

#: key, name, kind, account, market, language, expected minutes, state at the end of the story
SOURCES = (
    ("newsroom-de", "Newsroom Germany", "newsroom", "hollinqvist-de", "de", "de", 10, SourceState.LISTENING),
    ("newsroom-us", "Newsroom United States", "newsroom", "hollinqvist-us", "us", "en", 10, SourceState.LISTENING),
    ("bluesky-de", "Bluesky, German", "bluesky", "bluesky-de", "de", "de", 10, SourceState.NOT_CONNECTED),
    ("bluesky-us", "Bluesky, English", "bluesky", "bluesky-us", "us", "en", 10, SourceState.NOT_CONNECTED),
    ("bluesky-fr", "Bluesky, French", "bluesky", "bluesky-fr", "fr", "fr", 10, SourceState.NOT_CONNECTED),
    ("bluesky-es", "Bluesky, Spanish words", "bluesky", None, "es", "es", 10, SourceState.NOT_CONNECTED),
    ("bluesky-it", "Bluesky, Italian words", "bluesky", None, "it", "it", 10, SourceState.NOT_CONNECTED),
    ("bluesky-br", "Bluesky, Portuguese words", "bluesky", None, "es", "pt", 10, SourceState.NOT_CONNECTED),
    ("mastodon-de", "Mastodon, German", "mastodon", "mastodon-de", "de", "de", 10, SourceState.NOT_CONNECTED),
    ("mastodon-en", "Mastodon, English", "mastodon", None, "us", "en", 10, SourceState.NOT_CONNECTED),
    ("mastodon-fr", "Mastodon, French", "mastodon", None, "fr", "fr", 10, SourceState.NOT_CONNECTED),
    ("mastodon-es", "Mastodon, Spanish", "mastodon", None, "es", "es", 10, SourceState.NOT_CONNECTED),
    ("mastodon-it", "Mastodon, Italian", "mastodon", None, "it", "it", 10, SourceState.NOT_CONNECTED),
    ("mastodon-br", "Mastodon, Portuguese", "mastodon", None, "es", "pt", 10, SourceState.NOT_CONNECTED),
    ("atom-de", "Apothekenblog Süd", "feed", None, "de", "de", 60, SourceState.RETRYING),
    ("atom-en", "Headache journal", "file", None, "us", "en", 1440, SourceState.LISTENING),
    ("atom-fr", "Journal de la migraine", "file", None, "fr", "fr", 1440, SourceState.LISTENING),
    ("atom-es", "Diario de cefaleas", "file", None, "es", "es", 1440, SourceState.LISTENING),
    ("atom-it", "Quaderno emicrania", "file", None, "it", "it", 1440, SourceState.LISTENING),
    ("atom-br", "Caderno da enxaqueca", "file", None, "es", "pt", 1440, SourceState.LISTENING),
    ("contact-form-de", "Contact form Germany", "web_form", "hollinqvist-de", "de", "de", 60, SourceState.LISTENING),
    ("contact-form-us", "Contact form United States", "web_form", "hollinqvist-us", "us", "en", 60, SourceState.LISTENING),
    ("contact-form-fr", "Contact form France", "web_form", None, "fr", "fr", 60, SourceState.LISTENING),
    ("contact-form-es", "Contact form Spain", "web_form", None, "es", "es", 60, SourceState.LISTENING),
    ("contact-form-it", "Contact form Italy", "web_form", None, "it", "it", 60, SourceState.LISTENING),
    ("contact-form-br", "Contact form, Portuguese", "web_form", None, "es", "pt", 60, SourceState.LISTENING),
    ("instagram-export-de", "Instagram export Germany", "file", "instagram-de", "de", "de", 1440, SourceState.LISTENING),
    ("instagram-export-fr", "Instagram export France", "file", "instagram-fr", "fr", "fr", 1440, SourceState.LISTENING),
    ("instagram-export-es", "Instagram export Spain", "file", None, "es", "es", 1440, SourceState.LISTENING),
    ("instagram-export-it", "Instagram export Italy", "file", None, "it", "it", 1440, SourceState.LISTENING),
    ("instagram-export-br", "Instagram export, Portuguese", "file", None, "es", "pt", 1440, SourceState.LISTENING),
)


def add_company(people: dict[str, User], now: datetime, start: datetime) -> None:
    """Company, markets, products with their status, label and names. Call inside a named act."""
    Company.objects.create(name="Hollinqvist", short="Hollinqvist", safety_recipient="safety@hollinqvist.example", listed=True)
    markets = {}
    for code, name, languages, zone, route, phone, contact in MARKETS:
        markets[code] = Market.objects.create(
            code=code, name=name, languages=languages, timezone=zone, reporting_route=route, phone=phone, private_contact=contact
        )
    since = (now - timedelta(days=700)).date()
    for key, name, substance, area in PRODUCTS:
        brand = Brand.objects.create(key=key, name=name, area=area)
        product = Product.objects.create(brand=brand, key=key, name=name, substance=substance)
        _names(product)
        for market in markets.values():
            _facts(product, market, since)


def _names(product: Product) -> None:
    ProductName.objects.create(product=product, kind="brand", term=product.name)
    ProductName.objects.create(product=product, kind="substance", term=product.substance)
    for key, kind, term in NAMES:
        if key == product.key:
            ProductName.objects.create(product=product, kind=kind, term=term)


def _facts(product: Product, market: Market, since: date) -> None:
    status, flags = STATUS[(product.key, market.code)]
    ProductStatus.objects.create(product=product, market=market, status=status, valid_from=since, **flags)
    if facts := LABELS.get((product.key, market.code)):
        indication, limits, risks = facts
        LabelFacts.objects.create(
            product=product,
            market=market,
            indication=indication,
            limits=limits,
            serious_risks=risks,
            risk_page=f"https://risks.hollinqvist.example/{product.key}/{market.code}",
            valid_from=since,
        )


def add_accounts(people: dict[str, User], now: datetime, start: datetime) -> dict[str, Account]:
    """Twelve accounts; one lost its owner. Call inside a named act."""
    accounts = {}
    for key, network, handle, market, brand, purpose, owner, deputy in ACCOUNTS:
        accounts[key] = Account.objects.create(
            key=key,
            network=network,
            handle=handle,
            market=market,
            brand=brand,
            audience="pub",
            purpose=purpose,
            owner=people[owner] if owner else None,
            deputy=people[deputy] if deputy else None,
            owner_since=start if owner else now - timedelta(days=22),
            ours=True,
            ours_reason="opened and run by the company",
            screening_minutes=10 if network == "newsroom" else 60,
            connection="connected" if network == "newsroom" else "not_connected",
            registered_at=start,
        )
    _activities(people, now)
    return accounts


def _activities(people: dict[str, User], now: datetime) -> None:
    rows = (
        ("migraine-diary", "Migraine diary", "campaign", "de", "", "jonas", -30, None, "A printable diary, without a product"),
        ("pen-howto", "How the pen is used", "video series", "us", "larquessa", "jonas", -50, 40, "Instructions as in the leaflet"),
        ("headache-day", "Headache day", "tweet chat", "de", "", "mira", -14, -14, "An hour of questions with the Kopfwehbund"),
    )
    for key, name, kind, market, brand, owner, starts, ends, purpose in rows:
        Activity.objects.create(
            key=key,
            name=name,
            kind=kind,
            market=market,
            brand=brand,
            owner=people[owner],
            starts_on=(now + timedelta(days=starts)).date(),
            ends_on=(now + timedelta(days=ends)).date() if ends is not None else None,
            purpose=purpose,
        )


def add_sources(accounts: dict[str, Account], start: datetime) -> dict[str, Source]:
    """Where the company listens. Call inside a named act."""
    sources = {}
    for key, name, kind, account, market, language, expected, _state in SOURCES:
        sources[key] = Source.objects.create(
            key=key,
            name=name,
            kind=kind,
            account=accounts[account] if account else None,
            market=market,
            language=language,
            ours=account is not None,
            settings={"url": "https://apothekenblog.example/feed.atom", "lang": "de"} if kind == "feed" else {},
            expected_minutes=expected,
            state=SourceState.LISTENING.value,
            last_ok_at=start,
            last_try_at=start,
        )
    return sources
