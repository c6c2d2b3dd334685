"""What a restart begins with: the accounts of the last stored frame."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from liqscape.errors import CorruptSegment
from liqscape.heatmap.frame import MarketFrame
from liqscape.model.accounts import Accounts
from liqscape.units import HOUR_MS

if TYPE_CHECKING:
    from liqscape.store.history import HistoryReader

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
