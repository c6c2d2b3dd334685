"""Addresses on their way to the register, a batch every few seconds."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from typing import TYPE_CHECKING

from liqscape.errors import CorruptSegment, StoreError
from liqscape.feed.discovery import AddressBook, RegisterColumns
from liqscape.service.collecting.disk_watch import DiskWatch
from liqscape.service.collecting.register_loader import RegisterLoader
from liqscape.service.executors import beside

if TYPE_CHECKING:
    from liqscape.store.register import AddressRegister

SAVE_SECONDS = 10.0
"""What a kill costs at most: addresses seen in so many seconds, which trade again or are listed again."""


class RegisterWriter:
    """Brings the book's changes to the register; what the disk does not take is tried again.

    Nothing is saved before everybody is loaded: what was found until then is joined with what is stored first.
    """

    def __init__(
        self, book: AddressBook, register: AddressRegister, loader: RegisterLoader, executor: Executor | None = None
    ) -> None:
        self._book = book
        self._register = register
        self._loader = loader
        self._executor = executor
        self._failed: RegisterColumns | None = None
        self.watch = DiskWatch("register")

    @property
    def waiting_count(self) -> int:
        """Addresses that were not taken the last time; later ones wait in the book."""
        return 0 if self._failed is None else len(self._failed)

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
        self.watch.ended(self.waiting_count)

    async def save(self) -> bool:
        """One batch; True where it was saved and there may be more."""
        if not self._loader.is_loaded:
            return False
        columns = self._failed or self._book.take_changed()
        if not len(columns):
            return False
        try:
            await beside(self._executor, self._register.save, columns)
        except CorruptSegment as error:  # a new file, with everybody
            self._failed = columns
            self.watch.failed(error)
            return await self._begin_anew()
        except StoreError as error:
            self._failed = columns
            self.watch.failed(error)
            return False
        self._failed = None
        self.watch.worked()
        return True

    async def _begin_anew(self) -> bool:
        try:
            await beside(self._executor, self._register.begin_anew, "found damaged while it was written")
        except StoreError as error:
            self.watch.failed(error)
            return False
        self._failed = None
        self._book.change_all()
        return True
