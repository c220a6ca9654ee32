"""The outcome of one destination: what failed, whether it passes, and in whose words. Kept on the publication, shown where it is read."""

from __future__ import annotations

import traceback

from candour.channels.base import ChannelError
from candour.core.states import PublicationState
from candour.messages.models import Publication

TRANSIENT, PERMANENT, GIVEN_UP = "transient", "permanent", "given_up"


def words_of(problem: ChannelError) -> dict[str, str]:
    """What is kept of a failure: our sentence, the receiver's own words as they came, and how it is counted."""
    return {
        "problem": str(problem)[:300],
        "provider_words": problem.provider_words.replace("\0", "\N{REPLACEMENT CHARACTER}"),
        "failure": PERMANENT if problem.permanent else TRANSIENT,
        "cause": problem.cause[:40],
        "reach": problem.reach,
    }


def note(publication: Publication, problem: ChannelError) -> None:
    """Write a failure on a publication that the caller holds and saves."""
    for name, value in words_of(problem).items():
        setattr(publication, name, value)


def is_unsettled(publication: Publication) -> bool:
    """A text that did not leave and that nobody has said anything to."""
    return publication.state == PublicationState.FAILED and publication.failure != GIVEN_UP


def where(error: BaseException) -> str:
    """An error for a log: its kind and the lines of code it went through. Never its message, which may hold words of a person."""
    frames = [f"{frame.filename.rpartition('candour/')[2]}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    return f"{type(error).__name__} in {' > '.join(frames)}"
