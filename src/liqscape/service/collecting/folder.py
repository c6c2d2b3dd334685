"""The data folder of a live map: which exchange it is of, and what a restart begins with."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.errors import SettingsError
from liqscape.service.collecting.core import checkpoint_record
from liqscape.service.collecting.settings import Network
from liqscape.service.executors import beside
from liqscape.service.folders import Origin, claim_folder, read_origin
from liqscape.sources.live.checkpoint import Checkpoint, write_checkpoint

if TYPE_CHECKING:
    from liqscape.service.collecting.market import LiveMarket
    from liqscape.store.history import HistoryReader

LIVE = "live"
CHECKPOINT_SECONDS = 3_600.0
"""A replay that begins in the middle of the log begins at the next one."""
RAW = "raw"


def holds_live_map(folder: Path) -> bool:
    """Whether a live map is kept there, which goes on when it is served again."""
    held = read_origin(folder)
    return held is not None and held.kind == LIVE


def claim_live_folder(folder: Path, network: Network) -> None:
    """Prepare the folder. Raises SettingsError where it is of another exchange or holds something else.

    A folder of an earlier version goes on: its history says in its own files which format it has.
    """
    held = read_origin(folder)
    if held is None:
        claim_folder(folder, Origin(LIVE, network.name, network.info_url))
    elif (held.kind, held.key) != (LIVE, network.info_url):
        raise SettingsError(
            f"{folder} holds the history of {held.kind} {held.name}, not of {network.info_url}; "
            "name another folder with --data"
        )


def last_checkpoint(reader: HistoryReader) -> bytes | None:
    """What the last stored frame knew; None where nothing is stored yet."""
    last_ms = reader.last_ms
    frame = None if last_ms is None else reader.frame_at(last_ms, with_bands=False)
    if frame is None:
        return None
    return write_checkpoint(
        Checkpoint(frame.snapshot, reader.tables_at(frame.time_ms), reader.accounts_at(frame.time_ms))
    )


async def keep_checkpoints(stop: asyncio.Event, market: LiveMarket, executor: Executor | None = None) -> None:
    """Put what is known into the records every CHECKPOINT_SECONDS; who knows it already passes over it."""
    while not stop.is_set():
        try:
            async with asyncio.timeout(CHECKPOINT_SECONDS):
                await stop.wait()
        except TimeoutError:
            now = market.live.now
            if now is not None:
                checkpoint = Checkpoint(now.frame.snapshot, now.tables, now.accounts)
                content = await beside(executor, write_checkpoint, checkpoint)
                market.take(checkpoint_record(market.core.start, content, market.clock.now_ns()))
