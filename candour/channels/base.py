"""The contract between Candour and any place it listens to or speaks in.

A channel is a plain object without a database: it is given a cursor and answers a page, or is given a message and answers
where it stands. Who may speak, which bytes are signed and when to try again are decided above it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Literal, Protocol, Self, runtime_checkable

from candour.channels.faults import Fault, Reach
from candour.core.terms import HeardPost

#: "exactly_once": the receiver takes our key, so the same publication can be sent again without harm.
#: "never_twice": it offers no key; after an unknown outcome the live place is read back or a person is asked, never resent.
Delivery = Literal["exactly_once", "never_twice"]

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The machine's clock in UTC. A channel takes its clock as an argument; this is only the default of the outermost caller."""
    return datetime.now(UTC)


def gettext_noop(text: str) -> str:
    """Marks a sentence for the translation catalogue without importing a framework; it is translated where it is shown."""
    return text


#: Letters kept of what the other side answered.
MOST_WORDS = 2000


class ChannelError(Exception):
    """Why a channel could not do it, in one sentence that says who must act.

    `permanent` True means that trying again without a person changes nothing: the source is switched off and its owner told.
    `template` is the untranslated sentence and `params` its named values, so that a screen can translate it;
    `provider_words` is what the other side answered, word for word up to MOST_WORDS, for the record and never for a log.
    `cause` names the failure for those who count it; `reach` says whether everything at that place meets it or only this message;
    `wait` is the time the other side asked for before the next attempt. `unsent` True is certain knowledge that of this attempt nothing
    reached the receiver; it may then be repeated even where no key is taken.
    """

    def __init__(
        self,
        message: str,
        permanent: bool,
        provider_words: str = "",
        *,
        params: dict[str, str] | None = None,
        cause: str = "",
        reach: Reach | None = None,
        wait: timedelta | None = None,
    ) -> None:
        self.template = message
        self.params = params or {}
        self.permanent = permanent
        self.provider_words = provider_words[:MOST_WORDS]
        self.cause = cause or ("refused" if permanent else "no_answer")
        self.reach: Reach = reach or ("message" if permanent else "place")
        self.wait = wait
        self.unsent = False
        super().__init__(message % self.params if self.params else message)

    @classmethod
    def of(
        cls, fault: Fault, message: str, provider_words: str = "", *, params: dict[str, str] | None = None, wait: timedelta | None = None
    ) -> Self:
        """The error for a fault of the common table."""
        return cls(message, fault.permanent, provider_words, params=params, cause=fault.cause, reach=fault.reach, wait=wait)


class AddressRefused(ChannelError):
    """The address lies where this installation must not reach: private, loopback, link-local, reserved, or not http(s)."""


@dataclass(frozen=True, slots=True)
class Page:
    """What one poll heard.

    The posts are stored first and `cursor` after them; a poll repeated from the old cursor gives the same posts again.
    `more` says that another poll would hear more at once. The page covers `covered_from` to `covered_until` (UTC, None where
    the channel can't tell). `gap` is a sentence when the channel knows that posts before this page can no longer be heard.
    `removed` are remote ids the source reports as deleted; ids never heard before may be among them and are to be ignored.
    """

    posts: tuple[HeardPost, ...]
    cursor: str
    more: bool = False
    covered_from: datetime | None = None
    covered_until: datetime | None = None
    gap: str = ""
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OutgoingPicture:
    """A picture that goes with a message: the SHA-256 digest of its bytes, its kind (image/jpeg, image/png), the bytes, its size in
    pixels, and the words for those who don't see it."""

    digest: str
    kind: str
    content: bytes
    width: int
    height: int
    alt: str


@dataclass(frozen=True, slots=True)
class SeenPicture:
    """A picture as it stands there. `digest` is empty where the place keeps other bytes than it was sent."""

    digest: str
    alt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """One publication, ready to be sent.

    `text` is the signed text and is sent as it is; `key` is unique per publication and the same at every attempt; `at` is the
    instant (UTC) fixed with the key, also the same at every attempt. `in_reply_to` is the remote id of the post answered,
    `thread` the remote id of the post that opened the conversation. Every one of `links` must occur in `text`.
    """

    text: str
    key: str
    at: datetime
    lang: str = ""
    in_reply_to: str = ""
    thread: str = ""
    links: tuple[str, ...] = ()
    title: str = ""
    pictures: tuple[OutgoingPicture, ...] = ()


@dataclass(frozen=True, slots=True)
class Published:
    """The channel took the message: `remote_id` finds it again, `url` is for a person, `version` changes with its content."""

    remote_id: str
    url: str
    version: str


@dataclass(frozen=True, slots=True)
class SeenLive:
    """What stands there now, as anybody can read it. `seen_at` is UTC; `title` is empty where the channel has none."""

    text: str
    version: str
    url: str
    seen_at: datetime | None = None
    title: str = ""
    pictures: tuple[SeenPicture, ...] = ()


def with_pictures(text: str, pictures: Iterable[tuple[str, str]]) -> str:
    """A text with one line per picture (digest, words for it): the form in which both are compared and a difference is told."""
    lines = [f"[{' '.join(filter(None, ('picture', digest[:16])))}: {alt}]" for digest, alt in pictures]
    return "\n\n".join([text, *lines])


@runtime_checkable
class Finds(Protocol):
    """A channel that can tell from the account's own posts whether a message stands there, where the receiver keeps no key of ours.

    An empty answer means that there is none; a channel that can't see far enough back raises ChannelError. `before` are ids of posts that
    stood there before the message was first sent: a list that reaches back to one of them reaches far enough, whatever clocks say.
    """

    def find(self, message: OutgoingMessage, since: datetime, before: Collection[str] = ()) -> tuple[Published, ...]: ...


@runtime_checkable
class TakesDown(Protocol):
    """A channel that can remove what it published.

    May be repeated: what is gone already is no error. It promises that the receiver accepted; that nothing stands there any more is told
    by `read_back`. Raises ChannelError and nothing else for what the other side does.
    """

    def take_down(self, remote_id: str) -> None: ...


@runtime_checkable
class Channel(Protocol):
    """What every channel offers.

    `poll` and `read_back` may be repeated freely. `publish` exists where CAN_PUBLISH is True; for "exactly_once" it may be
    repeated with the same message and gives the same answer, for `key_lasts` where the channel has that. All raise ChannelError and
    nothing else for what the other side does. One that takes pictures says in `picture_bytes` how large one may be.
    """

    kind: ClassVar[str]
    CAN_PUBLISH: ClassVar[bool]
    limit: ClassVar[int | None]

    @property
    def delivery(self) -> Delivery: ...

    def poll(self, cursor: str) -> Page: ...

    def publish(self, message: OutgoingMessage) -> Published: ...

    def read_back(self, remote_id: str, url: str = "") -> SeenLive | None: ...

    def normalise_live(self, text: str) -> str: ...

    def message_length(self, text: str) -> int: ...


class ListeningOnly:
    """Shared answers of a channel that can only be heard."""

    delivery: ClassVar[Delivery] = "never_twice"
    CAN_PUBLISH: ClassVar[bool] = False
    limit: ClassVar[int | None] = None

    def publish(self, message: OutgoingMessage) -> Published:
        """Always refuses: there is nothing to send to."""
        raise ChannelError(gettext_noop("This source can only be heard; choose another account to publish."), permanent=True)

    def read_back(self, remote_id: str, url: str = "") -> SeenLive | None:
        """Nothing of ours ever stands here."""
        return None

    def normalise_live(self, text: str) -> str:
        return unicodedata.normalize("NFC", text)

    def message_length(self, text: str) -> int:
        return len(text)
