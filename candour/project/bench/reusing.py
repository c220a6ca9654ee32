"""Reuse in figures: the answer for another market and the nearest approved text, in a library of thousands."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from candour.core.reading import reading
from candour.core.signing import digest
from candour.flows.exact import exact_bytes
from candour.flows.releases import activate_market
from candour.flows.travel import preview, previews
from candour.journal.acting import acting
from candour.journal.models import Signature
from candour.messages.models import ApprovedMessage
from candour.messages.reuse_queries import nearest_visible_to
from candour.people.models import User
from candour.people.rights import held_by
from candour.project.bench.company import PASSWORD
from candour.project.bench.figures import Figure, Part, latencies
from candour.registry import actions as registry
from candour.registry.models import Account, Market, Product
from candour.web.nearest import nearest_of

_BATCH = 1000
_MANDATORY = "Zu Risiken und Nebenwirkungen lesen Sie die Packungsbeilage und fragen Sie Ihre Ärztin, Ihren Arzt oder in Ihrer Apotheke."
_OPENINGS = ("Kopfschmerzen", "Regelschmerzen", "Ein Tagebuch", "Die Anleitung", "Unser Team", "Die Apotheke", "Der Herbst", "Ein Gespräch")
_VERBS = ("hilft", "begleitet", "erinnert", "erklärt", "zeigt", "beginnt", "fragt", "antwortet")
_MIDDLES = ("im Alltag", "auf Reisen", "in der Familie", "bei der Arbeit", "am Morgen", "im Winter", "nach dem Sport", "in der Schule")
_ENDS = ("Schritt für Schritt", "mit großen Bildern", "in leichter Sprache", "zum Ausdrucken", "ohne Anmeldung", "an jedem Werktag")
#: Other markets of the measured company, with rules in force; one without a name is there already.
_MARKETS = (("us", "", ""), ("ch", "Switzerland", "Europe/Zurich"), ("fr", "France", "Europe/Paris"), ("es", "Spain", "Europe/Madrid"))


def measure(*, approved: int, answers: int) -> Part:
    """Fill the library, then ask for answers and for the nearest texts; one process, as the web server does it, without the network."""
    by, now = User.objects.get(name="Henrik"), timezone.now()
    _add_markets(by, now)
    _fill(by, approved, now)
    part = Part(
        "Reuse", f"{approved:,} approved messages, half of them with the same mandatory text. Asked in one process, first calls included."
    )
    part.rows += [_answers(answers, now), _cards(answers, now), _nearest(by, answers, now)]
    return part


def _add_markets(by: User, now: datetime) -> None:
    """All of them speak German here, so that no answer waits for a translation."""
    with acting(by, "bench.registry"):
        for code, name, zone in _MARKETS:
            market = registry.add_market(code=code, name=name, languages="de", timezone=zone) if name else Market.objects.get(code=code)
            market.languages = "de"
            market.save(update_fields=["languages"])
            for product in Product.objects.exclude(statuses__market=market):
                registry.set_status(product, market, "otc", date(2024, 1, 1))
            Account.objects.create(key=f"newsroom-{code}", network="newsroom", handle=f"bench.{code}", market=code, registered_at=now)
    for code, *_rest in _MARKETS:
        activate_market(by, code, PASSWORD, now, effective_at=now - timedelta(days=1))


def _words(dice: random.Random, number: int) -> str:
    """Three to seven sentences; every second text ends with the mandatory one."""
    count = dice.randint(3, 7)
    said = [f"{dice.choice(_OPENINGS)} {dice.choice(_VERBS)} {dice.choice(_MIDDLES)} {dice.choice(_ENDS)}." for _ in range(count)]
    return " ".join([*said, f"Ausgabe {number}.", *([_MANDATORY] if number % 2 else [])])


def _fill(by: User, count: int, now: datetime) -> None:
    dice = random.Random(23)  # noqa: S311  the same library on every machine
    account, product = Account.objects.get(key="newsroom-de"), Product.objects.order_by("pk")[0]
    for start in range(0, count, _BATCH):
        numbers = range(start, min(start + _BATCH, count))
        with acting(by, "bench.fill"):
            _add([(number, _words(dice, number)) for number in numbers], by, account, product, now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE approval_approvedmessage")


def _add(texts: Sequence[tuple[int, str]], by: User, account: Account, product: Product, now: datetime) -> None:
    """Approved messages over signed bytes; every second one names the product."""
    made = [_row(number, text, by, account, product if number % 2 else None, now) for number, text in texts]
    rows = ApprovedMessage.objects.bulk_create([row for row, _signature in made])
    signatures = Signature.objects.bulk_create([signature for _row, signature in made])
    through = ApprovedMessage.signatures.through
    pairs = zip(rows, signatures, strict=True)
    through.objects.bulk_create([through(approvedmessage_id=row.pk, signature_id=signature.pk) for row, signature in pairs])


def _row(
    number: int, text: str, by: User, account: Account, product: Product | None, now: datetime
) -> tuple[ApprovedMessage, Signature]:  # fmt: skip
    common: dict[str, Any] = {"kind": "post", "title": f"Ausgabe {number}", "text": text, "market": "de", "audience": "pub", "lang": "de"}
    exact = exact_bytes(**common, links=(), alt_text="", accounts=[account.key], product=product.key if product else "")
    signed: dict[str, Any] = {"digest": digest(exact), "shown": exact, "method": "password", "auth_time": now}
    dated: dict[str, Any] = {"valid_from": now - timedelta(days=1), "valid_until": now + timedelta(days=300)}
    row = ApprovedMessage(
        key=f"bench-{number}", account=account, product=product, exact=exact, digest=signed["digest"], **common, **dated
    )  # fmt: skip
    return row, Signature(signer=by, signer_name=by.name, meaning="bench", subject="bench", key=str(number), **signed)


def _asked(count: int) -> list[ApprovedMessage]:
    """Messages of the filled library, some of everything."""
    rows = ApprovedMessage.objects.select_related("account", "product__brand", "draft", "version")
    return list(rows.filter(key__startswith="bench-").order_by("digest")[:count])


def _timed(act: Callable[..., object], *args: object) -> float:
    begin = time.perf_counter()
    with reading():
        act(*args)
    return time.perf_counter() - begin


def _answers(count: int, now: datetime) -> Figure:
    account = Account.objects.get(key="newsroom-ch")
    seconds = [_timed(preview, message, account, now) for message in _asked(count)]
    return latencies("answer for one market", seconds, "both markets' rules run on the message; the promise is p95 under 300 ms")


def _cards(count: int, now: datetime) -> Figure:
    codes = [code for code, *_rest in _MARKETS]
    seconds = [_timed(previews, message, codes, now) for message in _asked(count)]
    return latencies(f"the card of a message, {len(codes)} other markets", seconds)


def _nearest(by: User, count: int, now: datetime) -> Figure:
    """Drafts made of approved texts, every twelfth word another one. The answer must hold the text the draft was made of."""
    dice, held = random.Random(29), held_by(by, now)  # noqa: S311  the same drafts on every machine
    seconds = []
    for message in _asked(count):
        draft = _changed(message.text, dice)
        begin = time.perf_counter()
        found = nearest_of(nearest_visible_to(held, draft), draft, now)
        seconds.append(time.perf_counter() - begin)
        if message.pk not in {near.shelf.message.pk for near in found}:
            raise RuntimeError(f"The text that a draft was made of ({message.key}) is not among the nearest: the search is at fault.")
    return latencies("paste a draft: the nearest texts and what differs", seconds, "the promise is p95 under 150 ms")


def _changed(text: str, dice: random.Random) -> str:
    words = text.split()
    for _ in range(max(1, len(words) // 12)):
        words[dice.randrange(len(words))] = dice.choice(("heute", "morgen", "vielleicht", "wieder"))
    return " ".join(words)
