"""Lists in pages: where a page ends, and that the next one goes on in the same frame.

A cursor names its question, its frame and how many rows came before. A list that was cut is kept whole for a while,
within MAX_KEPT_BYTES for all together, so that the next page is of the same frame though newer ones have come. Where
it is kept no more and its frame cannot be answered from again, the reader is told so and begins anew.
"""

from __future__ import annotations

import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import msgspec

from liqscape.errors import FrameGone, QuestionError

MAX_KEPT_BYTES = 64_000_000
MAX_KEPT = 64
MAX_ROWS = 10_000
"""Of one page, as the API gives it; a library's own user may ask for all."""
DEFAULT_ROWS = 1_000
MAX_CURSOR = 200
"""Characters; ours have some 60."""
ROW_BYTES = 500
"""Of a row of an answer in memory, about."""


class Page(NamedTuple):
    """What is asked of a list: so many rows, after those of the page that gave the cursor."""

    limit: int | None = None
    cursor: str | None = None


ALL = Page()
"""The whole list."""


class FrameId(NamedTuple):
    """Which frame a list is of: its number among the live ones (-1: a stored one) and its time, ms."""

    sequence: int
    time_ms: int


class Whole(Protocol):
    """A list with all its rows."""

    @property
    def count(self) -> int:
        """Rows."""

    @property
    def byte_count(self) -> int:
        """What keeping it costs."""


A = TypeVar("A")
W = TypeVar("W", bound=Whole)


class PageRows(NamedTuple):
    """Rows [start, end) of a whole list, and the cursor of what follows; None at the end."""

    start: int
    end: int
    next_cursor: str | None


@dataclass(frozen=True)
class WholeAnswer(Generic[A]):
    """An answer that holds its whole list."""

    answer: A
    count: int

    @property
    def byte_count(self) -> int:
        """About."""
        return self.count * ROW_BYTES


class CursorPlace(msgspec.Struct, frozen=True, array_like=True):
    """What a cursor names. question: digest of the question, without the page."""

    version: int
    question: bytes


class _Offset(CursorPlace, frozen=True, array_like=True):
    sequence: int
    time_ms: int
    offset: int


VERSION = 1
P = TypeVar("P", bound=CursorPlace)


def digest_of(question: object) -> bytes:
    """Digest that identifies a question; equal ones have equal representations."""
    return blake2b(repr(question).encode(), digest_size=8).digest()


def write_cursor(place: CursorPlace) -> str:
    """A place as text of an address."""
    return urlsafe_b64encode(msgspec.msgpack.encode(place)).rstrip(b"=").decode()


def read_cursor(cursor: str, question: bytes, kind: type[P]) -> P:
    """The place a cursor names. Raises QuestionError where it is none of this question."""
    try:
        if len(cursor) > MAX_CURSOR:
            raise ValueError
        content = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        place = msgspec.msgpack.decode(content, type=kind)
        if place.version != VERSION:
            raise ValueError
    except (ValueError, msgspec.DecodeError):
        shown = cursor if len(cursor) <= MAX_CURSOR else f"{cursor[:MAX_CURSOR]}..."
        raise QuestionError(f"cursor {shown!r} is none that this map gave; leave it out for the first page") from None
    if place.question != question:
        raise QuestionError("cursor belongs to another question; only the limit may change between pages")
    return place


class Lists:
    """Finds the rows of a page, for any thread."""

    def __init__(self, max_bytes: int = MAX_KEPT_BYTES) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[bytes, FrameId], Whole] = OrderedDict()
        self._bytes = 0

    def cut(self, question: object, page: Page, frame: FrameId, make: Callable[[], W]) -> tuple[W, PageRows]:
        """The whole list a page is of, and which of its rows.

        question  what is asked, without the page; equal questions have equal representations.
        frame     the one that answers the question now.
        make      the list of that frame.
        Raises QuestionError for a limit out of bounds or a cursor that is none of this question, FrameGone.
        """
        if page.limit is not None and page.limit < 1:
            raise QuestionError(f"limit {page.limit} is less than 1")
        digest = digest_of(question)
        place = None if page.cursor is None else read_cursor(page.cursor, digest, _Offset)
        wanted = frame if place is None else FrameId(place.sequence, place.time_ms)
        whole: Any = self._recall((digest, wanted))
        if whole is None:
            if wanted != frame:
                raise FrameGone(f"the frame of this cursor, of {wanted.time_ms}, is gone: ask for the first page again")
            whole = make()
        start = 0 if place is None else place.offset
        if not 0 <= start <= whole.count:
            raise QuestionError(f"cursor goes on after {start} rows, the list has {whole.count}")
        end = whole.count if page.limit is None else min(start + page.limit, whole.count)
        if end == whole.count:
            return whole, PageRows(start, end, None)
        self._keep((digest, wanted), whole)
        return whole, PageRows(start, end, write_cursor(_Offset(VERSION, digest, *wanted, end)))

    def _recall(self, key: tuple[bytes, FrameId]) -> Whole | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _keep(self, key: tuple[bytes, FrameId], whole: Whole) -> None:
        with self._lock:
            if key in self._kept or whole.byte_count > self._max_bytes:
                return
            self._kept[key] = whole
            self._bytes += whole.byte_count
            while self._bytes > self._max_bytes or len(self._kept) > MAX_KEPT:
                self._bytes -= self._kept.popitem(last=False)[1].byte_count
