"""The JetStream stream of file changes: made by the collector, read by replicas message by message.

Messages are got by their number and not through a consumer of JetStream: a replica keeps its own place with its files,
and nothing on the server has to outlive a restart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from liqscape.errors import RequestFailed
from liqscape.service.replicas.chunks import Joiner, SentContent, place_of
from liqscape.service.replicas.connection import Link
from liqscape.service.replicas.settings import NatsSettings

if TYPE_CHECKING:
    from nats.js import JetStreamContext

MAX_STREAM_BYTES = 1 << 30
MAX_AGE_SECONDS = 2 * 86_400.0
"""A replica that was away for longer begins with a whole list."""
REQUEST_SECONDS = 5.0


@dataclass(frozen=True)
class StreamSpan:
    """Numbers of the first and the last message that are kept; first > last: none is."""

    first: int
    last: int


async def open_stream(link: Link, settings: NatsSettings) -> None:
    """Make the stream where there is none; one that an operator has made or changed stays as it is.

    Raises RequestFailed where the server has no JetStream, or refuses.
    """
    from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
    from nats.js.errors import APIError, NotFoundError

    stream = _context(link)
    try:
        try:
            await stream.stream_info(settings.stream)
            return
        except NotFoundError:
            pass
        await stream.add_stream(
            StreamConfig(
                name=settings.stream,
                subjects=[settings.whole_subject, settings.change_subject],
                retention=RetentionPolicy.LIMITS,
                storage=StorageType.FILE,
                discard=DiscardPolicy.OLD,
                max_bytes=MAX_STREAM_BYTES,
                max_age=MAX_AGE_SECONDS,
                allow_direct=True,
            )
        )
    except APIError as error:
        raise RequestFailed(f"stream {settings.stream} cannot be made: {_reason(error)}") from None


async def stream_span(link: Link, settings: NatsSettings) -> StreamSpan | None:
    """Which messages there are; None without a stream."""
    from nats.js.errors import APIError, NotFoundError

    try:
        info = await _context(link).stream_info(settings.stream)
    except NotFoundError:
        return None
    except APIError as error:
        raise RequestFailed(f"stream {settings.stream} cannot be read: {_reason(error)}") from None
    return StreamSpan(info.state.first_seq, info.state.last_seq)


async def newest_whole(link: Link, settings: NatsSettings) -> int | None:
    """Number of the message with which the newest whole list of files begins; None where none is kept."""
    from nats.js.errors import NotFoundError

    try:
        last = await _context(link).get_msg(settings.stream, subject=settings.whole_subject, direct=True)
    except NotFoundError:
        return None
    place, _ = place_of(last.data or b"")
    return max(1, (last.seq or 1) - place)


class StreamReader:
    """Contents of the stream from a message on, in order. `next` waits for nothing: None at the end of the stream."""

    def __init__(self, link: Link, settings: NatsSettings, begin: int) -> None:
        self._stream, self._settings = _context(link), settings
        self._joiner = Joiner()
        self.next_message = begin

    async def next(self) -> SentContent | None:
        """The next content, of which `next_message` is the message after. Raises RemoteWireError for a damaged one,
        which is passed over by the next call."""
        from nats.js.errors import NotFoundError

        while True:
            try:
                message = await self._stream.get_msg(self._settings.stream, seq=self.next_message, direct=True)
            except NotFoundError:
                return None
            self.next_message += 1
            found = self._joiner.take(message.data or b"")
            if found is not None:
                return found


def _context(link: Link) -> JetStreamContext:
    return link.client.jetstream(timeout=REQUEST_SECONDS)


def _reason(error: Exception) -> str:
    text = getattr(error, "description", None) or str(error) or type(error).__name__
    code = getattr(error, "code", None)
    return "this server runs without JetStream (nats-server -js)" if code == 503 else str(text)
