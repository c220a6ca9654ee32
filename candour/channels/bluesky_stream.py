"""The firehose of a Bluesky server, read in bounded pieces from a cursor.

A network without an app view has no inbox; the stream of all repositories is where replies and mentions are seen. It is read for
a bounded number of events and seconds and remembered by its sequence number, so that nothing between two polls is missed.
"""

from __future__ import annotations

import json
import time
import typing
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from atproto_core.car import CAR
from atproto_core.cid import CID
from atproto_core.exceptions import AtProtocolError
from atproto_subscription import ErrorFrame, Frame, MessageFrame
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from candour.channels.base import ChannelError, gettext_noop
from candour.channels.bluesky_records import COLLECTION, Record, RecordAddress
from candour.channels.http import Door
from candour.channels.text import utc_instant

LOST_START = gettext_noop("The server no longer keeps the events after the last one heard; posts of that time must be looked up by hand.")
LOST_COUNT = gettext_noop("The server's event log begins anew; posts since the last one heard must be looked up by hand.")
LOST_EVENT = gettext_noop("An event of the stream could not be read; the posts of that moment must be looked up by hand.")
_STREAM_REFUSED = gettext_noop("The server refuses its event stream (%(error)s); the owner of the source must check the address.")


@dataclass(frozen=True, slots=True)
class Seen:
    """One change of one post in the stream; `record` is None when it was deleted."""

    address: RecordAddress
    record: Record | None
    at: datetime
    raw: bytes = b""


@dataclass(slots=True)
class Piece:
    """What one bounded reading gave. `drained` is True when the stream had nothing more to say."""

    seen: list[Seen] = field(default_factory=list)
    seq: int | None = None
    seq_at: datetime | None = None
    gap: str = ""
    drained: bool = False
    restart: bool = False


@dataclass(frozen=True, slots=True)
class Bound:
    """How long one reading may take: events, seconds in all, seconds of silence after which the stream counts as drained."""

    events: int = 5000
    seconds: float = 20.0
    quiet: float = 1.0


def stream_address(service: str, seq: int | None) -> str:
    """The websocket address of a server's repository stream after event `seq`; None begins with what comes next."""
    parts = urlsplit(service)
    scheme = "wss" if parts.scheme == "https" else "ws"
    after = "" if seq is None else f"?cursor={seq}"
    return f"{scheme}://{parts.netloc}/xrpc/com.atproto.sync.subscribeRepos{after}"


def read_piece(door: Door, service: str, seq: int | None, bound: Bound) -> Piece:
    """Reads the stream after `seq` until the bound. A connection lost on the way gives what was read so far; the next reading
    goes on from there. Raises ChannelError when the server can't be reached or refuses."""
    piece = Piece(seq=seq)
    with door.websocket(stream_address(service, seq)) as stream:
        for frame in _frames(stream, bound, piece):
            _take(frame, piece)
            if piece.restart:
                break
    return piece


def _frames(stream: ClientConnection, bound: Bound, piece: Piece) -> Iterator[bytes]:
    end = time.monotonic() + bound.seconds
    for _ in range(bound.events):
        left = end - time.monotonic()
        if left <= 0:
            return
        try:
            received = stream.recv(timeout=min(left, bound.quiet))
        except TimeoutError:
            piece.drained = True
            return
        except ConnectionClosed:
            return
        yield received if isinstance(received, bytes) else received.encode()


def _take(data: bytes, piece: Piece) -> None:
    try:
        frame = Frame.from_bytes(data)
    except (AtProtocolError, ValueError, TypeError):
        piece.gap = LOST_EVENT
        return
    if isinstance(frame, ErrorFrame):
        _take_error(frame.body.error, piece)
    elif isinstance(frame, MessageFrame):
        _take_message(frame, piece)


def _take_error(error: str, piece: Piece) -> None:
    if error == "FutureCursor":
        piece.gap, piece.seq, piece.seq_at, piece.restart = LOST_COUNT, None, None, True
    elif error != "ConsumerTooSlow":  # then the server closes, and the next reading goes on from the cursor
        raise ChannelError(_STREAM_REFUSED, permanent=True, provider_words=error, params={"error": error[:60]})


def _take_message(frame: MessageFrame, piece: Piece) -> None:
    body = frame.body
    if frame.type == "#info" and body.get("name") == "OutdatedCursor":
        piece.gap = LOST_START
    if not isinstance(body.get("seq"), int):
        return
    at = utc_instant(str(body.get("time", "")))
    if frame.type == "#commit" and at is not None:
        try:
            piece.seen.extend(_changes(body, at))
        except (AtProtocolError, ValueError, KeyError, TypeError):
            piece.gap = LOST_EVENT
    piece.seq, piece.seq_at = body["seq"], at or piece.seq_at


def _changes(body: dict[str, typing.Any], at: datetime) -> Iterator[Seen]:
    """The posts a commit created, changed or deleted; ValueError when it names one whose content it does not carry."""
    touched = [op for op in body.get("ops", []) if op["path"].startswith(COLLECTION + "/")]
    if not touched:
        return
    blocks = {str(cid): block for cid, block in CAR.from_bytes(body["blocks"]).blocks.items()}
    for op in touched:
        address = RecordAddress(body["repo"], *op["path"].split("/", 1))
        if op["action"] == "delete":
            yield Seen(address, None, at)
            continue
        record = blocks.get(str(CID.decode(op["cid"])))
        if not isinstance(record, dict):
            raise ValueError("the commit does not carry the post's content")
        yield Seen(address, record, at, json.dumps(record, default=str, ensure_ascii=False).encode("utf-8", "replace"))
