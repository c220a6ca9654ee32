"""A message in another language: written sentence by sentence, compared by the machine, certified pair by pair by a named person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from candour.channels.text import clean_text
from candour.core.sentences import rejoined, sentences
from candour.core.signing import canonical, digest
from candour.flows.answers import Refusal, Stale
from candour.flows.gate import ask_at
from candour.flows.proof import proven
from candour.flows.releases import active_pack
from candour.flows.signed import not_sendable
from candour.journal.acting import acting
from candour.journal.signatures import Secret, record_signature
from candour.messages.models import ApprovedMessage, CertifiedSentence, Translation
from candour.messages.queries import place_of
from candour.messages.reuse_queries import certificates_of, newest_translation
from candour.people.models import User
from candour.people.rights import Place
from candour.registry.queries import product_dictionary, products
from candour.screening.translation import Mismatch, compare_translation, reader_of

MEANING = "certifies that this sentence says what its source says"
#: A translated sentence has at most so many characters.
MOST = 4000


def pieces_of(message: ApprovedMessage) -> list[str]:
    """What is translated: the title, every sentence of the text, the description of the picture. Always in this order, empty ones too."""
    version = message.version
    title = version.title if version else message.title
    return [title, *(one.words for one in sentences(message.text)), version.alt_text if version else ""]


def _place(message: ApprovedMessage, market: str) -> Place:
    return Place(market, place_of(message).brand, None)


def save_translation(by: User, message: ApprovedMessage, market: str, lang: str, pieces: Sequence[str], now: datetime) -> Translation:
    """Keep a translation. A wording that is already the newest is returned as it is; another one needs certificates of its own.

    Refused when a sentence is missing or has none on the other side: nobody could certify it.
    """
    ask_at(by, "translation.write", _place(message, market), now)
    _refuse_ended(message, now)
    if lang == message.lang:
        raise Refusal(_("The message is in that language already."), status=400)
    source, target = pieces_of(message), [clean_text(piece).strip() for piece in pieces]
    if len(source) != len(target) or any(bool(one.strip()) is not bool(other) for one, other in zip(source, target, strict=True)):
        raise Refusal(_("Translate every sentence, and only those of the source."), status=400)
    if any(len(piece) > MOST for piece in target):
        raise Refusal(_("A sentence has at most %(count)s characters.") % {"count": MOST}, status=400)
    last = newest_translation(message, market, lang)
    if last is not None and last.pieces == target:
        return last
    exact = _exact(message, market, lang, source, target)
    with acting(by, "translation.write"):
        return Translation.objects.create(
            source=message,
            market=market,
            lang=lang,
            pieces=target,
            title=target[0][:200],
            text=rejoined(sentences(message.text), target[1:-1]),
            alt_text=target[-1][:300],
            exact=exact,
            digest=digest(exact),
            by=by,
            made_at=now,
        )


def _exact(message: ApprovedMessage, market: str, lang: str, source: Sequence[str], target: Sequence[str]) -> bytes:
    pairs = [list(pair) for pair in zip(source, target, strict=True)]
    return canonical({"v": 1, "source": message.digest, "from": message.lang, "market": market, "lang": lang, "pairs": pairs})


def _refuse_ended(message: ApprovedMessage, now: datetime) -> None:
    if why := not_sendable(message, now):
        raise Refusal(why, remedy=_("Nothing travels on an approval that is not in force."), status=409)


def names_of_products() -> Mapping[str, list[str]]:
    """Every product of the company with the terms it is known by."""
    names: dict[str, list[str]] = {one.name: [one.name, *([one.substance] if one.substance else [])] for one in products()}
    for row in product_dictionary():
        names.setdefault(row["product"], [row["product"]]).append(row["term"])
    return names


def mismatches(translation: Translation, now: datetime) -> tuple[Mismatch, ...]:
    """What the machine finds different between a translation and its source, by the words of the release in force.

    Where neither market has rules in force nothing can be read, which is told as a mismatch.
    """
    source = translation.source
    pack = active_pack(translation.market, now) or active_pack(source.market, now)
    if pack is None:
        return (Mismatch("unread", 0, (source.lang,), (translation.lang,)),)
    readers = reader_of(pack.lexicon, source.lang), reader_of(pack.lexicon, translation.lang)
    return compare_translation(pieces_of(source), translation.pieces, *readers, names_of_products())


def pair_bytes(translation: Translation, number: int, source: str) -> bytes:
    """The bytes that a certificate of one sentence covers: both wordings and where they stand."""
    return canonical(
        {
            "v": 1,
            "translation": translation.digest,
            "number": number,
            "from": translation.source.lang,
            "lang": translation.lang,
            "source": source,
            "target": translation.pieces[number],
        }
    )


def certify(
    by: User, translation: Translation, numbers: Iterable[int], secret: Secret, seen: str, now: datetime
) -> list[CertifiedSentence]:
    """Sign every sentence of a translation, each by itself, with one secret. `numbers` are those ticked; `seen` the digest that was shown.

    Refused for whoever wrote it (four eyes), for an older wording, when a sentence is not ticked, and when the machine finds a difference.
    """
    with acting(by, "translation.check"):
        _certifiable(by, translation, set(numbers), seen, now)
    proof = proven(by, secret, now)
    with acting(by, "translation.certify"):
        wanted = _certifiable(by, translation, set(numbers), seen, now)
        release = active_pack(translation.market, now)
        rows = []
        for number, source in wanted.items():
            shown = pair_bytes(translation, number, source)
            signature = record_signature(
                by,
                shown,
                subject="approval_translation",
                key=f"{translation.pk}:{number}",
                meaning=MEANING,
                proof=proof,
                pack_releases=release.release_name if release else "",
            )
            rows.append(
                CertifiedSentence(
                    translation=translation,
                    number=number,
                    source=source,
                    target=translation.pieces[number],
                    digest=digest(shown),
                    signature=signature,
                )
            )
        return CertifiedSentence.objects.bulk_create(rows)


def _certifiable(by: User, translation: Translation, ticked: set[int], seen: str, now: datetime) -> dict[int, str]:
    """Number and source of every sentence to sign; all that may refuse it is asked here, the source held against a withdrawal meanwhile."""
    message = ApprovedMessage.objects.select_for_update(no_key=True, of=("self",)).get(pk=translation.source_id)
    ask_at(by, "translation.certify", _place(message, translation.market), now)
    _refuse_ended(message, now)
    if translation.by_id == by.pk:
        raise Refusal(_("You wrote this translation; four eyes means somebody else certifies it."))
    newest = newest_translation(message, translation.market, translation.lang)
    if newest is None or newest.pk != translation.pk or seen != translation.digest or translation.certified.exists():
        raise Stale(_("Somebody changed or certified this translation meanwhile. Nothing was signed."))
    wanted = {number: source for number, source in enumerate(pieces_of(message)) if source.strip()}
    if ticked != set(wanted):
        raise Refusal(_("Tick every sentence you have compared; a certificate covers all of them."), status=400)
    if found := mismatches(translation, now):
        raise Refusal(
            _("The translation differs from its source in sentence %(number)s.") % {"number": found[0].sentence + 1},
            remedy=_("Its writer corrects the marked words, or the reviewers of the market are asked."),
            status=409,
        )
    return wanted


def certified_pairs(translation: Translation, now: datetime) -> int:
    """How many pieces of a translation are proven to need no reviewer: signed pairs that still match, and pieces empty on both sides.

    Zero when any signature does not cover its pair, or when the words of today's release find a difference.
    """
    rows = certificates_of(translation)
    source = pieces_of(translation.source)
    for row in rows:
        shown = pair_bytes(translation, row.number, row.source)
        if row.digest != digest(shown) or row.signature.digest != row.digest or source[row.number] != row.source:
            return 0
    if not rows or mismatches(translation, now):
        return 0
    return len(rows) + sum(1 for one in source if not one.strip())
