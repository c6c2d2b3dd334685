"""Everybody's trigger orders, again and again: what a node's statuses missed is put right, and without them all is.

Where both are named, an order book server is asked and the node is not: both say the same, and the server says when.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from liqscape.errors import FeedError, InputError, WireError
from liqscape.feed.pause import pause
from liqscape.feed.records import RecordKind
from liqscape.feed.trigger_reads.snapshots import ask_file_snapshot, fetch_untriggered
from liqscape.service.collecting.market import LiveMarket
from liqscape.service.executors import beside
from liqscape.sources.node.states import find_block_time
from liqscape.wire.node.trigger_columns import pack_triggers
from liqscape.wire.node.trigger_snapshot import read_node_snapshot, read_server_answer

log = logging.getLogger("liqscape.live")

EVERY_SECONDS, WAIT_SECONDS = 300.0, 5.0
"""Between two snapshots, and while no market is known."""


@dataclass(frozen=True, kw_only=True)
class SnapshotPlaces:
    """book_server: address of an order book server. node_info, node_files: of an own node; path: the file it is told to
    write, None where it is not."""

    book_server: str | None
    node_info: str | None
    node_files: Path | None
    path: Path | None


class TriggerSnapshots:
    """`run` reads one every EVERY_SECONDS; `trouble` says why the newest could not be had."""

    def __init__(self, market: LiveMarket, places: SnapshotPlaces, executor: Executor | None = None) -> None:
        self._market = market
        self._places = places
        self._executor = executor
        self.trouble: str | None = None

    @property
    def is_wanted(self) -> bool:
        """Whether there is anybody to ask."""
        places = self._places
        of_node = (places.node_info, places.node_files, places.path)
        return places.book_server is not None or None not in of_node

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`."""
        while self.is_wanted and not stop.is_set():
            if self._market.core.assembler.markets.markets.rows:
                await self.read_once()
                await pause(stop, EVERY_SECONDS)
            else:
                await pause(stop, WAIT_SECONDS)

    async def read_once(self) -> None:
        """Bring one snapshot; one that cannot be had or read changes nothing and is said."""
        market_of = dict(self._market.core.assembler.markets.market_of)
        coins = self._market.core.assembler.markets.markets.coins
        try:
            subject, content = await self._fetch(market_of, coins)
        except (FeedError, WireError, InputError, OSError) as error:
            if self.trouble != str(error):
                log.warning("everybody's trigger orders: %s", error)
            self.trouble = str(error)
            return
        self.trouble = None
        self._market.say(RecordKind.TRIGGER_SNAPSHOT, subject, content)

    async def _fetch(self, market_of: Mapping[str, int], coins: tuple[str, ...]) -> tuple[str, bytes]:
        places = self._places
        if places.book_server is not None:
            answer = await fetch_untriggered(places.book_server)
            return places.book_server, await beside(
                self._executor, _packed_answer, answer, market_of, coins, places.book_server
            )
        assert places.node_info is not None
        assert places.node_files is not None
        assert places.path is not None
        await ask_file_snapshot(places.node_info, places.path)
        now_ms = self._market.clock.now_ns() // 1_000_000
        time_of = partial(find_block_time, places.node_files, around_ms=now_ms)
        return str(places.path), await beside(self._executor, _packed_file, places.path, time_of, market_of, coins)


def _packed_answer(content: bytes, market_of: Mapping[str, int], coins: tuple[str, ...], source: str) -> bytes:
    return pack_triggers(read_server_answer(content, market_of, source), coins, is_all=True)


def _packed_file(
    path: Path, time_of: Callable[[int], int], market_of: Mapping[str, int], coins: tuple[str, ...]
) -> bytes:
    """A node's file says its block; when that was, its other files say. The file is removed: it is long."""
    snapshot = read_node_snapshot(path.read_bytes(), market_of, path.name)
    path.unlink(missing_ok=True)
    time_ms = time_of(snapshot.height)
    return pack_triggers(snapshot._replace(time_ms=time_ms), coins, is_all=False)
