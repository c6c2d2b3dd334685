"""Files that are too large for a message: from the place where the collector puts them, else piece by piece from it."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Protocol

import msgspec

from liqscape.errors import FeedError, RequestFailed
from liqscape.service.executors import beside
from liqscape.service.replicas.connection import Link
from liqscape.service.replicas.listing import FileMark
from liqscape.service.replicas.questions import MAX_ANSWER_BYTES, FileAnswer, FileQuestion
from liqscape.service.replicas.settings import NatsSettings

ASK_SECONDS = 5.0
SOURCE_AGAIN_SECONDS = 30.0
"""For so long a place that was out of order is not asked again: each ask may take seconds."""


class Source(Protocol):
    """Another place where files of the collector are found."""

    def read(self, path: str, mark: FileMark) -> bytes | None:
        """The file; None where it is not there, or another one. Raises FeedError."""


class FileFetcher:
    """`fetch` one file. say: where a trouble that stops nothing is told."""

    def __init__(
        self,
        settings: NatsSettings,
        source: Source | None,
        executor: Executor | None,
        say: Callable[[str], object],
    ) -> None:
        self._settings, self._source, self._executor, self._say = settings, source, executor, say
        self._source_again_at = float("-inf")

    async def fetch(self, link: Link, path: str, mark: FileMark) -> bytes:
        """Raises RequestFailed where nobody has it now."""
        content = await self._take_sealed(path, mark)
        return await self._ask(link, path, mark) if content is None else content

    async def _take_sealed(self, path: str, mark: FileMark) -> bytes | None:
        if self._source is None or time.monotonic() < self._source_again_at:
            return None
        try:
            return await beside(self._executor, self._source.read, path, mark)
        except FeedError as error:
            self._source_again_at = time.monotonic() + SOURCE_AGAIN_SECONDS
            self._say(f"{error}; the collector is asked instead")
            return None

    async def _ask(self, link: Link, path: str, mark: FileMark) -> bytes:
        import nats.errors

        pieces, size = [], 0
        while True:
            limit = min(MAX_ANSWER_BYTES, link.chunk_bytes)
            question = msgspec.msgpack.encode(FileQuestion(path, size, limit))
            try:
                message = await link.client.request(self._settings.ask_subject, question, timeout=ASK_SECONDS)
                answer = msgspec.msgpack.decode(message.data, type=FileAnswer)
            except (nats.errors.Error, TimeoutError):
                raise RequestFailed(f"{path} cannot be had now: the collector does not answer") from None
            except msgspec.MsgspecError as error:
                raise RequestFailed(f"{path}: the collector's answer cannot be read: {error}") from None
            size += len(answer.content)
            if answer.why or answer.size != mark.size or size > mark.size or (not answer.content and size < mark.size):
                raise RequestFailed(f"{path} cannot be had now: {answer.why or 'it is another one by now'}")
            pieces.append(answer.content)
            if size == mark.size:
                return b"".join(pieces)
