"""Addresses on their way to the register, a batch every few seconds."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from liqscape.errors import StoreError
from liqscape.feed.discovery import AddressBook, RegisterColumns

if TYPE_CHECKING:
    from liqscape.store.register import AddressRegister

log = logging.getLogger("liqscape.live")

SAVE_SECONDS = 10.0
"""What a kill costs at most: addresses seen in so many seconds, which trade again or are listed again."""


class RegisterKeeper:
    """Brings the book's changes to the register; what the disk does not take is tried again."""

    def __init__(self, book: AddressBook, register: AddressRegister) -> None:
        self._book = book
        self._register = register
        self._failed: RegisterColumns | None = None
        self.trouble: str | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Save until `stop`, and once more."""
        while not stop.is_set():
            try:
                async with asyncio.timeout(SAVE_SECONDS):
                    await stop.wait()
            except TimeoutError:
                pass
            while await self.save():
                continue

    async def save(self) -> bool:
        """One batch; True where it was saved and there may be more."""
        columns = self._failed or self._book.take_changed()
        if not columns.address:
            return False
        try:
            await asyncio.to_thread(self._register.save, columns)
        except StoreError as error:
            if self.trouble is None:
                log.error("%s", error)
            self._failed, self.trouble = columns, str(error)
            return False
        self._failed, self.trouble = None, None
        return True
