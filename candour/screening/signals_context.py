"""Signals of where and how a piece is shown: the network, the kind of content, the place of the risks, links and tags."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Set
from functools import lru_cache
from itertools import accumulate
from types import MappingProxyType

from candour.screening.signals import CodeSignal, PieceSpan, Reading
from candour.screening.signals_label import VISIBLE_TEXTS, label_use_places, risk_places, stems_of
from candour.screening.signals_text import fold, is_spaceless, tokens

#: Networks whose messages are so short that FDA reads each alone (US-13-CHARLIMIT); paid search is one too.
_SHORT = ("twitter", "x", "x.com", "tweet", "tweets", "bluesky", "mastodon", "threads", "paid search", "search ad", "sms", "google ads")
_OPEN = (
    *("twitter", "x", "x.com", "facebook", "instagram", "linkedin", "tiktok", "youtube", "bluesky", "mastodon", "threads", "reddit"),
    *("snapchat", "pinterest", "wechat", "weibo", "douyin", "line", "xing", "forum", "blog", "meta", "social"),
)
_CLOSED = ("journal", "professional", "mail", "e-mail", "email", "congress", "intranet", "portal")
_MEDIA = (
    *("press", "journalist", "journalists", "wire", "newswire", "rns", "stock exchange", "regulatory news", "newsroom", "editors"),
    *("media mailing", "media briefing", "media release", "trade media", "medical media", "news agency", "news agencies", "reporters"),
)
_CAMPAIGN = ("campaign", "unbranded", "awareness", "initiative")
_OURS = ("company", "brand", "corporate", "own", "our")
_KINDS = {
    "kind_press_release": {"press_release", "press", "news_release"},
    "kind_mail": {"mail", "email", "newsletter"},
    "kind_leaflet": {"leaflet", "brochure", "flyer", "poster"},
    "kind_slide": {"slide", "slides", "presentation"},
    "kind_video": {"video", "reel", "story", "live", "short"},
}
#: A benefit that stands in the first two fifths while the first risk comes in the last fifth is not read with it (US-07-PROMINENCE).
_LATE_FROM = 0.8
_LONG_ENOUGH = 240
#: A reminder may say where or when it is shown, hardly more.
_FEW = 7
_DATE = re.compile(
    r"\b(?:[0-9]{1,2}[./-][0-9]{1,2}[./-](?:19|20)[0-9]{2}|(?:19|20)[0-9]{2}-[0-9]{2}(?:-[0-9]{2})?|[0-9]{1,2}/(?:19|20)[0-9]{2}"
    r"|[^\W\d_]{3,10}\.? (?:de )?(?:19|20)[0-9]{2})\b|[0-9]{4}年"
)
#: Words of a label that narrow its use: whom, how severe, after or together with what.
_NARROWS = re.compile(
    r"\b(adults?|children|adolescents?|women|men|mild|moderate|severe|acute|chronic|newly diagnosed|resistant|intoleran\w*"
    r"|refractory|relapsed|adjunct\w*|in combination|together with|along with|after|inadequate\w*|who (?:do|did|have) not"
    r"|not (?:for|studied|recommended)|only|diet|premenopausal|postmenopausal|metastatic|advanced|early|maintenance"
    r"|erwachsene\w*|kinder\w*|frauen|schwere\w*|leichte\w*|mittelschwere\w*|zusatz\w*|kombination|adultes?|enfants|femmes"
    r"|sévère\w*|modérée?s?|adultos?|mujeres|grave|adulti|donne|volwassenen)\b"
)

#: How a registration with the health ministry is written in Brazil (`Reg. MS 1.0573.0123`, `Registro ANVISA n. 1057301230012`).
_REGISTERED = re.compile(r"\b(?:reg(?:istro)?\.?(?: no)?|m\.? ?s\.?)\W{0,3}(?:m\.? ?s\.?|anvisa)?\W{0,4}(?:n[o.]{0,2}\W{0,3})?1[.0-9]{6,}")
#: How an advertisement names its permission: in Italy (`Autorizzazione del 12/03/2026`, `Aut. Min. Rich. 12.03.2026`), in France
#: (`Visa n° 26/0404/GP/003`).
_PERMITTED = re.compile(
    r"\bvisa\W{1,3}(?:gp\W{0,3})?(?:n\W{0,3}|no\W{0,3})?[0-9]{2}[0-9/. -]{2,14}(?:gp|/)"
    r"|\baut(?:orizzazione|\.) ?(?:ministeriale|min\.?)?(?: ?rich\.?| ?pub\.?)?(?: ?n\.?| ?del|:)? ?[0-9][0-9/.-]{5,}"
)
#: The number of the Dutch Keuringsraad (`KOAG nr. 1166-1126-0417`, `KOAG/KAG 3121-0926-2044`).
_KEURINGSRAAD = re.compile(r"\b(?:koag|kag|keuringsraad)\b(?:\W{0,3}kag\b)?(?:\W{0,3}(?:nr|nummer|no|number)\b)?\W{0,4}[0-9][0-9-]{3,}")
_REDUCED = re.compile(
    r"\b(?:desconto|descuento|sconto|sconti|scontat|remise|rabatt|discount|promo(?:\b|ç|ci|zi)|oferta|offerta|rebaja|cupom|cup[oó]n|coupon)"
    r"|% off\b|\bhalf[ -]price|moitié prix|mitad de precio"
    r"|metà prezzo|metade do preço|\bhalber preis|\bhalve prijs|\bhalva priset|\bhalv pris"
)


_VACCINE = re.compile(
    r"\b(?:vaccin|vakzin|vacuna|vacina|impf|geimpft|(?:schutz|grippe|auffrisch)impf|immuni[sz]ation|immunisation|inocula|griepprik|inenting"
    r"|flu (?:jab|shot)|booster (?:dose|shot|jab))\w*|ワクチン|予防接種|疫苗|接种"
)


@lru_cache(maxsize=1024)
def _named(channel: str, names: tuple[str, ...]) -> bool:
    words = re.split(r"[\s,/();]+", channel.casefold())
    return any(name in words or (" " in name and name in channel.casefold()) for name in names)


def _short_channel(reading: Reading) -> bool:
    return reading.piece.act == "search_ad" or _named(reading.piece.channel, _SHORT)


def _open_channel(reading: Reading) -> bool:
    piece = reading.piece
    return piece.gate != "verified" and not _named(piece.channel, _CLOSED) and (not piece.channel or _named(piece.channel, _OPEN))


def _media_channel(reading: Reading) -> bool:
    """Given to journalists or to the exchange: the network is named so and is none of the open ones (UK-23-NEWSVALUE)."""
    piece = reading.piece
    return _named(piece.channel, _MEDIA) and not _named(piece.channel, _OPEN)


def _campaign_channel(reading: Reading) -> bool:
    """There nobody sees from the name of the account that a company speaks (UK-10-INVOLVEMENT)."""
    return _named(reading.piece.channel, _CAMPAIGN)


def _own_channel(reading: Reading) -> bool:
    """An account or page of the company: what others write there is ours to watch (AU-06-TESTIMONIAL, AU-08-HISTORIC)."""
    return _named(reading.piece.channel, _OURS)


def _product_in_thread(reading: Reading) -> tuple[PieceSpan, ...]:
    exact, alias = reading.named("third_party_text")
    return reading.spans("product_in_thread", {"third_party_text": [*exact, *alias]})


def _network_channel(reading: Reading) -> bool:
    """A network is named as the place of publication: there nobody can close likes, shares and comments for good (FR-06-SOCIAL)."""
    return reading.piece.gate != "verified" and _named(reading.piece.channel, _OPEN)


def _vaccine_named(reading: Reading) -> tuple[PieceSpan, ...] | bool:
    """EU-08-VACCINE, FR-04-PUBLIC: approved vaccination campaigns are excepted from the ban; in any of the shipped languages."""
    places = {text: [found.span() for found in _VACCINE.finditer(reading.texts[text].text)] for text in (*VISIBLE_TEXTS, "link_text")}
    filed = f"{reading.piece.product} {reading.piece.indication}".casefold()
    return reading.spans("vaccine_named", places) or bool(_VACCINE.search(filed))


def _kind(kinds: Set[str]) -> CodeSignal:
    return lambda reading: reading.piece.kind in kinds


def _act(act: str) -> CodeSignal:
    return lambda reading: reading.piece.act == act


def _risk_late(reading: Reading) -> tuple[PieceSpan, ...]:
    """The first risk of a longer post stands in its last fifth."""
    text = reading.texts["post_text"].text
    places = risk_places(reading)["post_text"]
    if len(text) < _LONG_ENOUGH or not places or places[0][0] < len(text) * _LATE_FROM:
        return ()
    return reading.spans("risk_late", {"post_text": places[:1]})


def _indication_partial(reading: Reading) -> tuple[PieceSpan, ...]:
    """The use is told, but words of the label that narrow it (whom, how severe, with or after what) are all left out."""
    filed = fold(reading.piece.indication).text
    narrowing = set(_NARROWS.findall(filed))
    if not narrowing:
        return ()
    said = " ".join(reading.texts[text].text for text in VISIBLE_TEXTS)
    told = set(_NARROWS.findall(said))
    needed = max(1, len(narrowing) // 2)
    # A label's own words in other words: what it adds to the name of the disease, by stem.
    shared = stems_of(said, frozenset()) & stems_of(filed, frozenset())
    if len(narrowing & told) >= needed or len(shared) * 3 >= len(stems_of(filed, frozenset())) * 2:
        return ()
    return reading.spans("indication_partial", {text: label_use_places(reading, text) for text in VISIBLE_TEXTS})


def _product_in_link(reading: Reading) -> tuple[PieceSpan, ...]:
    exact, alias = reading.named("link_text")
    return reading.spans("product_in_link", {"link_text": [*exact, *alias]})


def _product_tag(reading: Reading) -> tuple[PieceSpan, ...]:
    """The product's name in a hashtag or handle."""
    found = {}
    for text in ("post_text", "image_text", "adopted_text"):
        folded = reading.texts[text]
        exact, alias = reading.named(text)
        found[text] = [
            place for place in [*exact, *alias] if folded.text[max(0, place[0] - 30) : place[0]].split(" ")[-1][:1] in ("#", "@")
        ]
    return reading.spans("product_tag", found)


def _few_words(reading: Reading) -> bool:
    """A reminder holds the name alone (Directive 2001/83/EC Art. 89(2)): besides names, tags, addresses and figures only a few words."""
    folded = reading.texts["post_text"]
    exact, alias = reading.named("post_text")
    named = sorted({*exact, *alias})
    begins = [begin for begin, _stop in named]
    reach = list(accumulate((stop for _begin, stop in named), max))
    said = 0
    for start, end in tokens(folded.text):
        before = bisect_right(begins, start)  # of the names that begin here or earlier, does one go on beyond here?
        if not _beside_words(folded.text, start, end) and not (before and start < reach[before - 1]):
            said += max(1, (end - start) // 2) if is_spaceless(folded.text[start]) else 1
        if said > _FEW:
            return False
    return True


def _beside_words(text: str, start: int, end: int) -> bool:
    """A figure, or a part of a tag, handle or address."""
    address = text[end : end + 1] in (".", "/") and text[end + 1 : end + 2].isalnum()
    return text[start:end].isdigit() or text[start - 1 : start] in ("#", "@", ".", "/") or address


def _dated(reading: Reading) -> bool:
    return any(_DATE.search(reading.texts[text].text) for text in ("post_text", "image_text", "link_text"))


def _pattern(signal: str, pattern: re.Pattern[str]) -> CodeSignal:
    """Places of a number or word that is written by a fixed form, in what the reader sees at once."""

    def found(reading: Reading) -> tuple[PieceSpan, ...]:
        places = {text: [one.span() for one in pattern.finditer(reading.texts[text].text)] for text in VISIBLE_TEXTS}
        return reading.spans(signal, places)

    return found


CONTEXT_SIGNALS: Mapping[str, CodeSignal] = MappingProxyType(
    {
        **{name: _kind(kinds) for name, kinds in _KINDS.items()},
        "act_preview": _act("share_widget"),
        "act_search_ad": _act("search_ad"),
        "channel_short": _short_channel,
        "channel_open": _open_channel,
        "channel_media": _media_channel,
        "channel_campaign": _campaign_channel,
        "channel_ours": _own_channel,
        "product_in_thread": _product_in_thread,
        "channel_network": _network_channel,
        "vaccine_named": _vaccine_named,
        "risk_late": _risk_late,
        "risk_filed": lambda reading: bool(reading.piece.risk_text.strip()),
        "indication_filed": lambda reading: bool(reading.piece.indication.strip()),
        "indication_partial": _indication_partial,
        "product_in_link": _product_in_link,
        "product_tag": _product_tag,
        "image_read": lambda reading: bool(reading.piece.image_text.strip()),
        "linked": lambda reading: bool(reading.piece.link_text.strip()),
        "third_party": lambda reading: bool(reading.piece.third_party_text.strip()),
        "dated": _dated,
        "few_words": _few_words,
        "generic_filed": lambda reading: bool(reading.names.generics),
        "registration_number": _pattern("registration_number", _REGISTERED),
        "advert_permitted": _pattern("advert_permitted", _PERMITTED),
        "keuringsraad_number": _pattern("keuringsraad_number", _KEURINGSRAAD),
        "price_reduced": _pattern("price_reduced", _REDUCED),
    }
)
