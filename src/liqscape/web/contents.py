"""Answers as bytes: encoded once and compressed once for all who ask the same of the same frame."""

from __future__ import annotations

import gzip
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence

from litestar.exceptions import HTTPException

from liqscape.service.compressing import level_of
from liqscape.web.codings import GZIP, choose_coding
from liqscape.web.guard import entity_tag

MAX_KEPT_BYTES = 32_000_000
MAX_KEPT = 256
VARY = "Accept-Encoding"


class Content:
    """An answer as it is sent, its entity tag, and both compressed once somebody takes that."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.tag = entity_tag(body)
        self._packed: bytes | None = None
        self._lock = threading.Lock()

    @property
    def byte_count(self) -> int:
        """In memory now."""
        return len(self.body) + len(self._packed or b"")

    def packed(self) -> bytes:
        """The content compressed with gzip; any thread may ask, and only one compresses."""
        with self._lock:
            if self._packed is None:
                self._packed = gzip.compress(self.body, level_of(len(self.body)), mtime=0)
            return self._packed

    def coded(self, coding: str) -> tuple[bytes, dict[str, str]]:
        """Bytes in a coding, and what the headers say of them. Each coding is a representation with its own tag."""
        headers = {"ETag": self.tag, "Vary": VARY}
        if coding != GZIP:
            return self.body, headers
        return self.packed(), {"ETag": f'{self.tag[:-1]}-{GZIP}"', "Vary": VARY, "Content-Encoding": GZIP}


def coding_for(accepted: Sequence[str]) -> str:
    """The coding a reader is answered in, by its Accept-Encoding headers. Raises HTTPException (406)."""
    coding = choose_coding(",".join(accepted) if accepted else None, packed=(GZIP,))
    if coding is None:
        detail = "accept-encoding leaves neither gzip nor identity"
        raise HTTPException(detail=detail, status_code=406, headers={"Vary": VARY})
    return coding


class _Slot:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.content: Content | None = None


class KeptContents:
    """A cache of answers about the newest frames, for any thread: two who ask the same wait for one answer."""

    def __init__(self, max_bytes: int = MAX_KEPT_BYTES) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._slots: OrderedDict[Hashable, _Slot] = OrderedDict()

    def find(self, key: Hashable, make: Callable[[], Content]) -> Content:
        """The answer of a question of one frame; made where nobody has asked it yet. Failures are not kept."""
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
            self._slots.move_to_end(key)
        with slot.lock:
            if slot.content is None:
                slot.content = make()
            content = slot.content
        with self._lock:
            self._bound()
        return content

    def _bound(self) -> None:
        held = sum(slot.content.byte_count for slot in self._slots.values() if slot.content is not None)
        while self._slots and (held > self._max_bytes or len(self._slots) > MAX_KEPT):
            oldest = self._slots.popitem(last=False)[1].content
            held -= 0 if oldest is None else oldest.byte_count
