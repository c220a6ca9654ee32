"""Bluesky: publishing under our own record key, reading back by that key, listening to the stream of repositories.

Exactly once: the record key follows from the publication's key, and a server keeps one record per key. After an unknown
outcome the same publication is sent again; where the record already stands it is compared, never overwritten.
"""

from __future__ import annotations

import typing
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import httpx
from atproto_client import Client
from atproto_client.exceptions import RequestErrorBase
from atproto_client.models.utils import get_model_as_dict
from atproto_client.request import Request
from atproto_core.exceptions import AtProtocolError
from pydantic import ValidationError

from candour.channels import faults
from candour.channels.base import (
    ChannelError,
    Clock,
    Delivery,
    OutgoingMessage,
    OutgoingPicture,
    Page,
    Published,
    SeenLive,
    gettext_noop,
    utc_now,
)
from candour.channels.bluesky_records import (
    COLLECTION,
    Record,
    RecordAddress,
    Watch,
    address_of,
    heard_post,
    post_record,
    record_key,
    same_record,
    seen_pictures,
)
from candour.channels.bluesky_stream import Bound, Piece, read_piece
from candour.channels.http import Door
from candour.channels.kept import Kept
from candour.channels.text import grapheme_count, utc_instant
from candour.core.terms import HeardPost

_PASSWORD = gettext_noop("Bluesky refused the app password of %(account)s; its owner must renew it under Registry.")
_REFUSED = gettext_noop("Bluesky refused the request (%(error)s); the account's owner must read its reason.")
_LATER = gettext_noop("Bluesky can't answer now (%(error)s); it is tried again.")
_OTHER_TEXT = gettext_noop("Another text already stands under this publication's key on Bluesky; quality must look at both.")
_ANSWERED_GONE = gettext_noop("The post this answers is no longer on Bluesky; the author must choose another one or publish without it.")
_TOO_LONG = gettext_noop("The text has %(length)s characters and Bluesky takes %(limit)s; the author must shorten it.")

LIMIT = 300
_MAX_TEXT_BYTES = 3000
_TOKEN_OVER = frozenset({"ExpiredToken", "InvalidToken"})
_GONE = frozenset({"RecordNotFound"})
_ODD = faults.Fault("odd_answer", permanent=False, reach="place")

T = typing.TypeVar("T")


@dataclass(frozen=True)
class Session:
    """What a server gave at sign-in: who the account is, and the token that speaks for it."""

    did: str
    token: str = field(repr=False)


#: Sessions of this process by server, handle and password. A server allows few sign-ins (Bluesky: 30 in five minutes, 300 a day) and makes
#: each of them slow; a token lasts two hours.
_SESSIONS: Kept[Session] = Kept(seconds=5400)


@dataclass(frozen=True)
class BlueskySettings:
    """One account on Bluesky, or only a stream to listen to when `password` is empty.

    `service` is the account's own server; `password` an app password. `words` are heard wherever they appear in the stream of
    `stream` (default: `service`). `web` is where a person reads posts; without it links lead to the server's own answer.
    `from_oldest` begins a first poll with the oldest event the server keeps, otherwise with what comes next.
    """

    service: str
    handle: str = ""
    password: str = field(default="", repr=False, metadata={"secret": True})
    words: tuple[str, ...] = ()
    stream: str = ""
    web: str = "https://bsky.app"
    from_oldest: bool = True
    max_events: int = 5000
    max_seconds: float = 20.0
    quiet_seconds: float = 1.0


def normalise_live(text: str) -> str:
    """Bluesky stores a post's text as it was sent and publishes no change it may make: every difference counts."""
    return text


class Bluesky:
    """Channel to one Bluesky account."""

    kind: typing.ClassVar[str] = "bluesky"
    delivery: typing.ClassVar[Delivery] = "exactly_once"
    CAN_PUBLISH: typing.ClassVar[bool] = True
    limit: typing.ClassVar[int | None] = LIMIT
    picture_bytes: typing.ClassVar[int] = 1_000_000  # the lexicon app.bsky.embed.images

    def __init__(self, settings: BlueskySettings, door: Door, clock: Clock = utc_now) -> None:
        self._settings, self._door, self._clock = settings, door, clock
        self._sdk = Client(base_url=settings.service, request=Request(**door.client_options()))
        self._did, self._session = "", Session("", "")
        self._kept = False
        self._handles: dict[str, str] = {}

    def close(self) -> None:
        """Gives the connections back."""
        self._sdk.request.close()

    def publish(self, message: OutgoingMessage) -> Published:
        """Creates the record under the publication's key. Where it already stands with the same content, gives the same answer;
        with other content nothing changes and a permanent ChannelError says so."""
        self._refuse_too_long(message.text)
        own = self._signed_in()
        address = RecordAddress(own, COLLECTION, record_key(message.key, message.at))
        record = post_record(message, self._reply(message))
        for picture in message.pictures:
            self._upload(picture)
        try:
            made = self._with_session(lambda: self._sdk.com.atproto.repo.create_record(_new_record(address, record)))
        except ChannelError as problem:
            return self._already_there(address, record, problem)
        return Published(address.uri, self._web_address(address), str(made.cid))

    def _upload(self, picture: OutgoingPicture) -> None:
        """Bytes that no record names are dropped by the server after a while, so an upload whose post fails leaves nothing."""
        self._with_session(lambda: self._sdk.com.atproto.repo.upload_blob(picture.content, headers={"Content-Type": picture.kind}))

    def _already_there(self, address: RecordAddress, record: Record, problem: ChannelError) -> Published:
        # A server answers "internal error" when the key is taken, and a lost answer may have been a yes: only the record itself tells.
        try:
            standing = self._record(address)
        except ChannelError:
            raise problem from None
        if standing is None:
            raise problem
        value, version = standing
        if not same_record(value, record):
            raise ChannelError(_OTHER_TEXT, permanent=True, provider_words=problem.provider_words, cause="other_text") from problem
        return Published(address.uri, self._web_address(address), version)

    def _refuse_too_long(self, text: str) -> None:
        length = self.message_length(text)
        if length > LIMIT or len(text.encode()) > _MAX_TEXT_BYTES:
            raise ChannelError(_TOO_LONG, permanent=True, params={"length": str(length), "limit": str(LIMIT)}, cause="too_long")

    def _reply(self, message: OutgoingMessage) -> Record | None:
        if not message.in_reply_to:
            return None
        parent = self._answered(message.in_reply_to)
        value, _ = parent
        root = (value.get("reply") or {}).get("root")
        reference = {"uri": message.in_reply_to, "cid": parent[1]}
        return {"root": {"uri": root["uri"], "cid": root["cid"]} if root else reference, "parent": reference}

    def _answered(self, uri: str) -> tuple[Record, str]:
        standing = self._record(address_of(uri))
        if standing is None:
            raise ChannelError(_ANSWERED_GONE, permanent=True, cause="answered_gone")
        return standing

    def read_back(self, remote_id: str, url: str = "") -> SeenLive | None:
        """The post as its server gives it to anybody, or None when it is not there."""
        address = address_of(remote_id)
        standing = self._record(address)
        if standing is None:
            return None
        value, version = standing
        pictures = seen_pictures(value)
        return SeenLive(str(value.get("text", "")), version, self._web_address(address), seen_at=self._clock(), pictures=pictures)

    def take_down(self, remote_id: str) -> None:
        """Deletes the record; the server answers the same when it is gone already."""
        address = address_of(remote_id)
        self._signed_in()
        where = typing.cast(typing.Any, {"repo": address.repo, "collection": address.collection, "rkey": address.rkey})
        self._with_session(lambda: self._sdk.com.atproto.repo.delete_record(where))

    def _record(self, address: RecordAddress) -> tuple[Record, str] | None:
        query = {"repo": address.repo, "collection": address.collection, "rkey": address.rkey}
        try:
            answer = self._ask(lambda: self._sdk.com.atproto.repo.get_record(typing.cast(typing.Any, query)))
        except _Refused as refused:
            if refused.error in _GONE:
                return None
            raise
        value = get_model_as_dict(typing.cast(typing.Any, answer.value))
        return value, str(answer.cid)

    def poll(self, cursor: str) -> Page:
        """Posts of the stream that answer, quote or mention the account or carry a watched word, after `cursor`
        (`SEQ@INSTANT`), at most `max_events` events and `max_seconds` long."""
        started = self._clock()
        seq, since = _cursor_parts(cursor, self._settings.from_oldest)
        watch = Watch(self._own_did(), self._settings.words)
        bound = Bound(self._settings.max_events, self._settings.max_seconds, self._settings.quiet_seconds)
        piece = read_piece(self._door, self._settings.stream or self._settings.service, seq, bound)
        return Page(
            posts=self._concerning_us(piece, watch),
            cursor=_cursor_of(piece, cursor),
            more=piece.restart or not piece.drained,
            covered_from=since or (piece.seen[0].at if piece.seen else started),
            covered_until=self._clock() if piece.drained else piece.seq_at,
            gap=piece.gap,
            removed=tuple(seen.address.uri for seen in piece.seen if seen.record is None),
        )

    def _concerning_us(self, piece: Piece, watch: Watch) -> tuple[HeardPost, ...]:
        posts = []
        for seen in piece.seen:
            why = watch.why(seen.address.repo, seen.record) if seen.record is not None else ""
            if why and seen.record is not None:
                posts.append(heard_post(seen.address, seen.record, seen.at, why, seen.raw, self._handle(seen.address.repo)))
        return tuple(posts)

    def _handle(self, did: str) -> str:
        if did not in self._handles:
            try:
                described = self._ask(lambda: self._sdk.com.atproto.repo.describe_repo({"repo": did}))
                self._handles[did] = str(described.handle)
            except ChannelError:  # the name is only for people; the post is heard without it
                self._handles[did] = ""
        return self._handles[did]

    def normalise_live(self, text: str) -> str:
        return normalise_live(text)

    def message_length(self, text: str) -> int:
        """Graphemes, as Bluesky counts them."""
        return grapheme_count(text)

    def _web_address(self, address: RecordAddress) -> str:
        if self._settings.web:
            return f"{self._settings.web.rstrip('/')}/profile/{address.repo}/post/{address.rkey}"
        query = httpx.QueryParams(repo=address.repo, collection=address.collection, rkey=address.rkey)
        return f"{self._settings.service.rstrip('/')}/xrpc/com.atproto.repo.getRecord?{query}"

    def _own_did(self) -> str:
        if self._settings.password:
            return self._signed_in()
        if self._settings.handle and not self._did:
            named = self._ask(lambda: self._sdk.com.atproto.identity.resolve_handle({"handle": self._settings.handle}))
            self._did = str(named.did)
        return self._did

    def _signed_in(self) -> str:
        """The account's DID. Only the session is asked for: the SDK's login also wants a profile, which a server without an
        app view can't give."""
        if not self._did:
            self._use_session()
        return self._did

    def _use_session(self) -> None:
        kept = _SESSIONS.get(self._who())
        if kept is None:
            self._sign_in()
        else:
            self._speak_as(kept, kept=True)

    def _speak_as(self, session: Session, *, kept: bool) -> None:
        self._sdk.request.set_additional_headers({"Authorization": f"Bearer {session.token}"})
        self._did, self._session, self._kept = session.did, session, kept

    def _who(self) -> tuple[str, str, str]:
        return self._settings.service, self._settings.handle, self._settings.password

    def _sign_in(self) -> None:
        credentials = {"identifier": self._settings.handle, "password": self._settings.password}
        try:
            session = self._ask(lambda: self._sdk.com.atproto.server.create_session(typing.cast(typing.Any, credentials)))
        except _Refused as refused:
            if refused.status != 401:
                raise
            account = self._settings.handle
            raise ChannelError.of(faults.of_status(401), _PASSWORD, refused.provider_words, params={"account": account}) from refused
        self._speak_as(_SESSIONS.keep(self._who(), Session(str(session.did), session.access_jwt)), kept=False)

    def _with_session(self, call: Callable[[], T]) -> T:
        try:
            return self._ask(call)
        except _Refused as refused:
            if refused.error not in _TOKEN_OVER and not (self._kept and refused.status == 401):
                raise
        _SESSIONS.forget(self._who(), self._session)
        self._sdk.request.set_additional_headers({})
        self._use_session()
        return self._ask(call)

    def _ask(self, call: Callable[[], T]) -> T:
        """One call of the SDK with what can go wrong on the other side turned into a ChannelError."""
        try:
            return call()
        except RequestErrorBase as problem:
            raise _refusal(problem) from problem
        except (httpx.HTTPError, AtProtocolError, ValidationError) as problem:
            fault = faults.of_transport(problem) if isinstance(problem, httpx.HTTPError) else _ODD
            raise ChannelError.of(fault, _LATER, repr(problem), params={"error": type(problem).__name__}) from problem


class _Refused(ChannelError):
    """A refusal with the server's status and the name it gives the error."""

    status: int = 0
    error: str = ""


def _refusal(problem: RequestErrorBase) -> ChannelError:
    answer = problem.response
    status = answer.status_code if answer else 0
    error = str(getattr(answer.content, "error", "") or "") if answer else ""
    fault, wait = (
        (faults.of_at_error(error, status), faults.patience(answer.headers, utc_now())) if answer else (faults.of_transport(problem), None)
    )
    words = _words_of(answer.content) if answer else repr(problem)
    sentence = _REFUSED if fault.permanent else _LATER
    refused = _Refused.of(fault, sentence, words, params={"error": error or str(status or "no answer")}, wait=wait)
    refused.status, refused.error = status, error
    return refused


def _words_of(content: object) -> str:
    """What the server wrote: its own message where it gives one, else the bare answer."""
    if isinstance(content, bytes):
        return content.decode("utf-8", "replace")
    return str(getattr(content, "message", "") or "")


def _new_record(address: RecordAddress, record: Record) -> typing.Any:
    return {"repo": address.repo, "collection": address.collection, "rkey": address.rkey, "record": record}


def _cursor_parts(cursor: str, from_oldest: bool) -> tuple[int | None, datetime | None]:
    number, _, instant = cursor.partition("@")
    if not number.isdecimal():
        return (0 if from_oldest else None), None
    return int(number), utc_instant(instant)


def _cursor_of(piece: Piece, before: str) -> str:
    if piece.restart:
        return ""
    if piece.seq is None or piece.seq_at is None:
        return before
    return f"{piece.seq}@{piece.seq_at.isoformat()}"
