"""Records of the AT Protocol as plain values: record keys, posts with links, what a commit of somebody's repository says.

No network and no clock. Sources: the protocol's specifications of record keys, TIDs and repository events, and the lexicon
`app.bsky.feed.post` (key must be a TID; at most 300 graphemes and 3000 bytes; facet offsets count UTF-8 bytes).
"""

from __future__ import annotations

import base64
import hashlib
import re
import typing
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from candour.channels.base import ChannelError, OutgoingMessage, OutgoingPicture, SeenPicture, gettext_noop
from candour.channels.text import clean_text, utc_instant
from candour.core.terms import HeardPost

COLLECTION = "app.bsky.feed.post"
Record = dict[str, typing.Any]

_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"
_WEB_LINK = re.compile(r"https?://[^\s<>\"'“”«»]+")
_TRAILING = ".,;:!?)]}’"

_LINK_MISSING = gettext_noop("The link %(link)s does not stand in the text; the author must write it into the text or remove it.")
_NO_ADDRESS = gettext_noop("%(uri)s is no address of a Bluesky post; check which post is meant.")


def record_key(key: str, at: datetime) -> str:
    """The record key of a publication: a valid TID that is the same at every attempt and differs between publications.

    A TID is 53 bits of microseconds and 10 bits to tell clocks apart. The second is that of `at`; the microseconds within it
    and the last 10 bits come from the digest of `key`, about 30 bits, so two publications of one second hardly ever meet; if
    they do, the second one is refused as "another text under this key", never overwritten.
    """
    digest = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
    seconds = int(at.astimezone(UTC).timestamp())
    number = ((seconds * 1_000_000 + digest % 1_000_000) << 10) | (digest >> 40) & 0x3FF
    return "".join(_SORTABLE[(number >> shift) & 31] for shift in range(60, -1, -5))


@dataclass(frozen=True, slots=True)
class RecordAddress:
    """repository (a DID or handle), collection and record key of an `at://` address."""

    repo: str
    collection: str
    rkey: str

    @property
    def uri(self) -> str:
        return f"at://{self.repo}/{self.collection}/{self.rkey}"


def address_of(uri: str) -> RecordAddress:
    """Takes an `at://` address apart; raises ChannelError for anything else."""
    parts = uri.removeprefix("at://").split("/")
    if not uri.startswith("at://") or len(parts) != 3 or not all(parts):
        raise ChannelError(_NO_ADDRESS, permanent=True, params={"uri": uri[:200]})
    return RecordAddress(*parts)


def link_facets(text: str, links: Iterable[str] = ()) -> list[Record]:
    """The facets that make web addresses in `text` links: those written out in it and those in `links`, in order of place.

    Offsets count UTF-8 bytes, the end is exclusive. Raises ChannelError when one of `links` does not stand in the text: nothing
    is added to a signed text.
    """
    places = {match.start(): match.group().rstrip(_TRAILING) for match in _WEB_LINK.finditer(text)}
    for link in links:
        if link not in text:
            raise ChannelError(_LINK_MISSING, permanent=True, params={"link": link[:200]})
        places.setdefault(text.index(link), link)
    return [_facet(text, start, link) for start, link in sorted(places.items())]


def _facet(text: str, start: int, link: str) -> Record:
    first = len(text[:start].encode())
    return {
        "index": {"byteStart": first, "byteEnd": first + len(link.encode())},
        "features": [{"$type": "app.bsky.richtext.facet#link", "uri": link}],
    }


def blob_name(digest: str) -> str:
    """The name (CID) under which the network keeps bytes with this SHA-256 digest: version 1, raw, base 32."""
    marked = b"\x01\x55\x12\x20" + bytes.fromhex(digest)
    return "b" + base64.b32encode(marked).decode().lower().rstrip("=")


def digest_of(name: str) -> str:
    """The SHA-256 digest in a blob's name; "other" where it names its bytes in another way."""
    try:
        marked = base64.b32decode(name[1:].upper() + "=" * (-(len(name) - 1) % 8)) if name.startswith("b") else b""
    except ValueError:
        return "other"
    return marked[4:].hex() if marked[:4] == b"\x01\x55\x12\x20" and len(marked) == 36 else "other"


def _images(pictures: Iterable[OutgoingPicture]) -> Record:
    """The embed of a post's pictures; each is named by its bytes, so that a repeated upload changes nothing."""
    return {
        "$type": "app.bsky.embed.images",
        "images": [
            {
                "alt": one.alt,
                "image": {"$type": "blob", "ref": {"$link": blob_name(one.digest)}, "mimeType": one.kind, "size": len(one.content)},
                "aspectRatio": {"width": one.width, "height": one.height},
            }
            for one in pictures
        ],
    }


def seen_pictures(record: Record) -> tuple[SeenPicture, ...]:
    """The pictures a record shows, each by the digest of its bytes. Any other embed counts as one that nobody signed."""
    embed = _mapping(record.get("embed"))
    if not embed:
        return ()
    if embed.get("$type") != "app.bsky.embed.images":
        return (SeenPicture("other", str(embed.get("$type", ""))),)
    return tuple(SeenPicture(digest_of(_link(image.get("image"))), str(image.get("alt", ""))) for image in _items(embed.get("images")))


def _link(blob: object) -> str:
    """The name in a reference to a blob, in the forms in which the SDK gives one."""
    reference = _mapping(blob).get("ref")
    return str(_mapping(reference).get("$link") or _mapping(reference).get("link") or reference or "")


def post_record(message: OutgoingMessage, reply: Record | None) -> Record:
    """The record of a message; the same message gives the same record. `reply` holds the strong references root and parent."""
    stamp = message.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    record: Record = {"$type": COLLECTION, "text": message.text, "createdAt": stamp}
    if message.lang:
        record["langs"] = [message.lang]
    if facets := link_facets(message.text, message.links):
        record["facets"] = facets
    if message.pictures:
        record["embed"] = _images(message.pictures)
    if reply:
        record["reply"] = reply
    return record


def same_record(one: Record, other: Record) -> bool:
    """Whether two records are the same message. The fingerprints (cid) of answered posts are left out: a reply stays the same
    message when the post it answers was edited between two attempts."""
    return _core(one) == _core(other)


def _core(record: Record) -> tuple[object, ...]:
    reply = record.get("reply") or {}
    facets = [
        (facet["index"]["byteStart"], facet["index"]["byteEnd"], [feature.get("uri") for feature in facet["features"]])
        for facet in record.get("facets") or []
    ]
    answered = [(reply.get(end) or {}).get("uri") for end in ("root", "parent")]
    said = record.get("text"), record.get("createdAt"), list(record.get("langs") or []), facets, answered
    return *said, seen_pictures(record)


@dataclass(frozen=True, slots=True)
class Watch:
    """Which posts of the stream concern us: replies to, quotes and mentions of the account `did`, and posts with a watched word.

    Words are found without regard to case, also inside other words: here a post too many costs less than one too few.
    """

    did: str = ""
    words: tuple[str, ...] = ()

    def why(self, author: str, record: Record) -> str:
        """ "reply", "mention", "quote", "word:..." or "" when the post does not concern us. Our own posts never do."""
        if self.did and author == self.did:
            return ""
        if self.did and (found := self._about_us(record)):
            return found
        text = str(record.get("text", "")).casefold()
        return next((f"word:{word}" for word in self.words if word.casefold() in text), "")

    def _about_us(self, record: Record) -> str:
        ours = f"at://{self.did}/"
        reply = _mapping(record.get("reply"))
        if any(str(_mapping(reply.get(end)).get("uri", "")).startswith(ours) for end in ("parent", "root")):
            return "reply"
        if self.did in _mentioned(record):
            return "mention"
        return "quote" if any(uri.startswith(ours) for uri in _quoted(record)) else ""


def _mapping(value: object) -> Record:
    return value if isinstance(value, dict) else {}


def _items(value: object) -> list[Record]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _mentioned(record: Record) -> set[str]:
    features = (feature for facet in _items(record.get("facets")) for feature in _items(facet.get("features")))
    return {str(feature.get("did")) for feature in features if feature.get("$type") == "app.bsky.richtext.facet#mention"}


def _quoted(record: Record) -> Iterable[str]:
    inner = _mapping(_mapping(record.get("embed")).get("record"))
    return [str(part.get("uri", "")) for part in (inner, _mapping(inner.get("record")))]


def _described_images(record: Record) -> str:
    embed = _mapping(record.get("embed"))
    media = _mapping(embed.get("media")) or embed
    return "\n".join(clean_text(str(image.get("alt"))) for image in _items(media.get("images")) if image.get("alt"))


def heard_post(address: RecordAddress, record: Record, heard_at: datetime, why: str, raw: bytes, handle: str = "") -> HeardPost:
    """A post of the stream as Candour hears it. `heard_at` is when the network recorded it, the earliest it could be read;
    the time its author claims is kept as published_at unless it is no instant or lies after that."""
    reply = _mapping(record.get("reply"))
    claimed = utc_instant(str(record.get("createdAt", "")))
    langs = record.get("langs")
    extra = {"why": why, "readable_at": heard_at.isoformat(), "handle": handle, "alt_text": _described_images(record)}
    return HeardPost(
        remote_id=address.uri,
        text=clean_text(str(record.get("text", ""))),
        author=address.repo,
        published_at=claimed if claimed and claimed <= heard_at else heard_at,
        thread=str(_mapping(reply.get("root")).get("uri", "")) or address.uri,
        in_reply_to=str(_mapping(reply.get("parent")).get("uri", "")),
        lang=str(langs[0])[:16] if isinstance(langs, list) and langs else "",
        raw=raw,
        extra={name: value for name, value in extra.items() if value},
    )
