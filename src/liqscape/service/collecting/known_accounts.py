"""What a restart begins with: the accounts of the last stored frame, and everybody the register knows."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from liqscape.errors import CorruptSegment
from liqscape.feed.discovery import AddressBook
from liqscape.heatmap.frame import MarketFrame
from liqscape.model.accounts import Accounts
from liqscape.model.addresses import AddressSource
from liqscape.units import HOUR_MS

if TYPE_CHECKING:
    from liqscape.store.history import HistoryReader
    from liqscape.store.register import AddressRegister

log = logging.getLogger("liqscape.live")


def last_known(reader: HistoryReader) -> tuple[MarketFrame, Accounts] | None:
    """The last stored frame, without its bands, whose accounts can be read; None where there is none.

    Where only a damaged file holds them an earlier frame is taken: its accounts have their true age, and are read
    again.
    """
    at_ms = reader.last_ms
    is_said = False
    while at_ms is not None:
        frame = reader.frame_at(at_ms, with_bands=False)
        if frame is None:
            return None
        try:
            return frame, reader.accounts_at(frame.time_ms)
        except CorruptSegment as error:
            if not is_said:
                log.warning("accounts of the last frames cannot be read, earlier ones are taken: %s", error)
            is_said = True
        at_ms = frame.time_ms - HOUR_MS
    return None


def restore_book(book: AddressBook, register: AddressRegister, known: Sequence[str], now_ms: int) -> None:
    """Everybody of the register, and `known` addresses of stored accounts that it lacks: an account that nobody knows
    is never read again. A register that was emptied is set aside."""
    was_new = register.is_new
    columns = register.load()
    if known and not len(columns) and not was_new and not register.is_new:
        register.begin_anew(f"it is empty, the history lists {len(known)} accounts")
    book.restore(columns)
    missing = [address for address in known if book.row(address) is None]
    if not missing:
        return
    book.add(missing, AddressSource.HISTORY, now_ms)
    log.warning("%d of %d stored accounts were not in the register; taken from the history", len(missing), len(known))
