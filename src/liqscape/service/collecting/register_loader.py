"""Everybody the register knows, brought into the book beside the loop while the map is served and followed already."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import Executor
from typing import TYPE_CHECKING

from liqscape.errors import StoreError
from liqscape.feed.discovery import AddressBook
from liqscape.feed.pause import pause
from liqscape.ledger.address_table import prepare_table
from liqscape.model.addresses import AddressSource
from liqscape.service.answers.sources import KnownLoading
from liqscape.service.executors import beside

if TYPE_CHECKING:
    from liqscape.store.register import AddressRegister

RETRY_SECONDS = 5.0
NAMES_AT_ONCE = 10_000
"""Looked up on the loop: some 2 ms."""

log = logging.getLogger("liqscape.live")


class RegisterLoader:
    """`run` reads all, batch by batch, in a thread; the book is changed on the loop only.

    Until everybody is loaded nothing may be saved: a row that was not read yet would be overwritten.
    """

    def __init__(
        self,
        book: AddressBook,
        register: AddressRegister,
        executor: Executor | None = None,
        retry_s: float = RETRY_SECONDS,
    ) -> None:
        self._book = book
        self._register = register
        self._executor = executor
        self._retry_s = retry_s
        self._was_new = register.is_new
        self._ended = asyncio.Event()
        self.is_loaded = False
        """Whether everybody is in the book, as far as the register can be read."""
        self.loaded_count = 0
        self.row_count: int | None = None
        """Rows of the register; None where they are not counted yet, or cannot be."""

    def answer(self) -> KnownLoading | None:
        """How far it is; None once everybody is loaded."""
        return None if self.is_loaded else KnownLoading(self.loaded_count, self.row_count)

    async def run(self, stop: asyncio.Event) -> None:
        """Until everybody is loaded, or `stop`. A disk that cannot be read now is asked again."""
        try:
            await self._load(stop)
        finally:
            self._ended.set()

    async def note_stored(self, addresses: Sequence[str], now_ms: int) -> None:
        """Once everybody is loaded, add those of stored accounts the register lacks: an account that nobody knows is
        never read again. A register that was emptied is set aside."""
        await self._ended.wait()
        if not self.is_loaded:
            return
        if addresses and not self.loaded_count and not self._was_new and not self._register.is_new:
            await self._begin_anew(f"it is empty, the history lists {len(addresses)} accounts")
        count = 0
        for first in range(0, len(addresses), NAMES_AT_ONCE):
            part = addresses[first : first + NAMES_AT_ONCE]
            missing = [part[row] for row in (self._book.rows(part) < 0).nonzero()[0].tolist()]
            self._book.add(missing, AddressSource.HISTORY, now_ms)
            count += len(missing)
            await asyncio.sleep(0)
        if count:
            log.warning(
                "%d of %d stored accounts were not in the register; taken from the history", count, len(addresses)
            )

    async def _load(self, stop: asyncio.Event) -> None:
        after: bytes | None = None
        await beside(self._executor, prepare_table)
        self.row_count = await beside(self._executor, self._count)
        self._book.reserve(len(self._book) + (self.row_count or 0))
        trouble = ""
        while not (self.is_loaded or stop.is_set()):
            try:
                columns, after = await beside(self._executor, self._register.read, after)
            except StoreError as error:
                if str(error) != trouble:
                    log.warning("known addresses cannot be read, it is tried again: %s", error)
                trouble = str(error)
                await pause(stop, self._retry_s)
                continue
            self._book.restore(columns)
            self.loaded_count += len(columns)
            self.is_loaded = after is None

    async def _begin_anew(self, cause: str) -> None:
        try:
            await beside(self._executor, self._register.begin_anew, cause)
        except StoreError as error:
            log.warning("%s; %s", cause, error)
        self._book.change_all()

    def _count(self) -> int | None:
        try:
            return len(self._register)
        except StoreError:  # reading says why
            return None
