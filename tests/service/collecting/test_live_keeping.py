"""A live map keeps its folder by the rules it is started with."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from store_frames import START_MS, TABLES, make_accounts, make_frame, make_markets
from stored_moments import moment_of

from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.model import Accounts
from liqscape.service.collecting.folder import claim_live_folder
from liqscape.service.collecting.opening import open_live
from liqscape.service.collecting.settings import MAINNET, LiveSettings
from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.store.history.retention import KeepRules
from liqscape.units import DAY_MS

PROVENANCE = Provenance("api", "mainnet", False, "made up")
MARKETS = make_markets(1)


def of_day(day: int) -> tuple[MarketFrame, Accounts]:
    accounts = make_accounts(1, day, 1)
    frame = make_frame(1, day, markets=MARKETS, accounts=accounts, time_ms=START_MS + day * DAY_MS)
    return replace(frame, provenance=PROVENANCE), accounts


def test_a_new_day_removes_what_is_older_of_history_liquidations_and_books(tmp_path: Path) -> None:
    claim_live_folder(tmp_path, MAINNET)
    with HistoryWriter(tmp_path, PROVENANCE) as writer:
        for day in range(3):
            writer.append(moment_of(*of_day(day), TABLES))
        writer.compact()
    files = [
        tmp_path / place / f"2026-02-0{3 + day}.parquet" for place in ("liquidations", "books/C0") for day in (0, 2)
    ]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"")
    with open_live(LiveSettings(network=MAINNET, data=tmp_path, keep=KeepRules(days=2))) as opened:
        assert HistoryReader(tmp_path).frame_count == 3
        opened.market.history.offer(moment_of(*of_day(3), TABLES))

        async def write_all() -> None:
            stop, queue = asyncio.Event(), opened.market.history
            running = asyncio.create_task(queue.run(stop))
            async with asyncio.timeout(60.0):
                while HistoryReader(tmp_path).first_ms == START_MS:
                    await asyncio.sleep(0)
            stop.set()
            await running

        asyncio.run(write_all())
    assert HistoryReader(tmp_path).first_ms == START_MS + DAY_MS
    assert [file.exists() for file in files] == [False, True, False, True]
