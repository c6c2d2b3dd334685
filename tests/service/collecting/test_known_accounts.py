"""A restart finds the accounts of the last frame that can be read."""

from __future__ import annotations

from pathlib import Path

from store_frames import PROVENANCE, TABLES, assert_same_accounts, make_accounts, make_frame, make_markets

from liqscape.service.collecting.known_accounts import last_known
from liqscape.store.history import HistoryReader, HistoryWriter

MARKETS = make_markets(1)


def test_accounts_of_damaged_frames_are_taken_from_the_newest_that_can_be_read(tmp_path: Path) -> None:
    minutes = (0, 200)
    with HistoryWriter(tmp_path, PROVENANCE) as writer:
        for minute in minutes:
            writer.append(make_frame(1, minute, markets=MARKETS), make_accounts(1, minute, 1), TABLES)
            writer._seal()
    path = sorted(tmp_path.glob("parts/*/pools.parquet"))[-1]
    path.write_bytes(path.read_bytes()[:-1])
    known = last_known(HistoryReader(tmp_path))
    assert known is not None
    assert known[0].time_ms == make_frame(1, 0, markets=MARKETS).time_ms
    assert_same_accounts(known[1], make_accounts(1, 0, 1))
