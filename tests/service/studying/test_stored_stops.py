"""A study of stored frames knows the trigger orders that were stored with them, as questions about that time do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from studied_world import MIDNIGHT_MS, open_world

from liqscape.errors import CorruptSegment
from liqscape.service.opening import open_stored
from liqscape.service.studying.minutes import StudiedMinutes
from liqscape.store.history import HistoryReader


class DamagedOrders(HistoryReader):
    """A history whose files of trigger orders cannot be read."""

    def standing_at(self, time_ms: int) -> None:
        raise CorruptSegment(f"triggers at {time_ms} are damaged")


def test_orders_of_each_minute_are_those_of_its_frame(tmp_path: Path) -> None:
    living, writer = open_world(tmp_path, minutes_before=4, accounts=40, stops_percent=70)
    try:
        living.preroll(MIDNIGHT_MS, lambda _: None)
    finally:
        writer.close()
    view = open_stored(tmp_path, None)
    for _, minute in StudiedMinutes(HistoryReader(tmp_path)).read(0):
        asked = view.moment(minute.time_ms)
        assert asked.reported.time_ms == minute.time_ms
        assert minute.triggers is not None
        assert asked.triggers is not None
        for mine, theirs in zip(
            (*minute.triggers[0], *minute.triggers[1]), (*asked.triggers[0], *asked.triggers[1]), strict=True
        ):
            assert np.array_equal(mine, theirs, equal_nan=mine.dtype.kind == "f")
        assert minute.accounts.addresses == asked.accounts.addresses
        assert minute.triggers[0].row_count > 10
    for _, minute in StudiedMinutes(DamagedOrders(tmp_path)).read(0):
        assert minute.triggers is None
