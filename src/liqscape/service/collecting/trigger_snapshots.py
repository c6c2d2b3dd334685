"""Everybody's trigger orders, again and again: what a node's statuses missed is put right, and without them all is.

Where both are named, an order book server is asked and the node is not: both say the same, and the server says when.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from liqscape.errors import FeedError, InputError, WireError
from liqscape.feed.pause import pause
from liqscape.feed.records import RecordKind
from liqscape.feed.trigger_reads.snapshots import MAX_BYTES, AnswerTooLong, ask_file_snapshot, fetch_untriggered
from liqscape.model.markets import Markets
from liqscape.service.collecting.market import LiveMarket
from liqscape.service.executors import beside
from liqscape.sources.node.states import find_block_time
from liqscape.units import MINUTE_MS
from liqscape.wire.node.trigger_columns import pack_triggers
from liqscape.wire.node.trigger_snapshot import (
    TriggerSnapshot,
    joined_snapshots,
    read_node_snapshot,
    read_server_answer,
)

log = logging.getLogger("liqscape.live")

EVERY_SECONDS, AGAIN_SECONDS, WAIT_SECONDS = 300.0, 30.0, 5.0
"""Between two snapshots, after one that could not be had, and while no market is known."""


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

    def __init__(
        self,
        market: LiveMarket,
        places: SnapshotPlaces,
        executor: Executor | None = None,
        *,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._market = market
        self._max_bytes = max_bytes
        self._is_by_coin = False
        self._places = places
        self._executor = executor
        self.trouble: str | None = None

    @property
    def is_wanted(self) -> bool:
        """Whether there is anybody to ask."""
        places = self._places
        of_node = (places.node_info, places.node_files, places.path)
        return places.book_server is not None or None not in of_node

    @property
    def rest_seconds(self) -> float:
        """Until the next: a server that is not ready, or a block whose line is not written yet, will be soon."""
        return EVERY_SECONDS if self.trouble is None else AGAIN_SECONDS

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`."""
        while self.is_wanted and not stop.is_set():
            if self._market.core.assembler.markets.markets.rows:
                await self.read_once()
                await pause(stop, self.rest_seconds)
            else:
                await pause(stop, WAIT_SECONDS)

    async def read_once(self) -> None:
        """Bring one snapshot; one that cannot be had or read changes nothing and is said."""
        try:
            subject, content = await self._fetch(self._market.core.assembler.markets.markets)
        except (FeedError, WireError, InputError, OSError) as error:
            if self.trouble != str(error):
                log.warning("everybody's trigger orders: %s", error)
            self.trouble = str(error)
            return
        self.trouble = None
        self._market.say(RecordKind.TRIGGER_SNAPSHOT, subject, content)

    async def _fetch(self, markets: Markets) -> tuple[str, bytes]:
        places = self._places
        if places.book_server is not None:
            parts = await self._of_server(places.book_server, markets)
            return places.book_server, await beside(self._executor, _packed_answers, parts, markets, places.book_server)
        assert places.node_info is not None
        assert places.node_files is not None
        assert places.path is not None
        await ask_file_snapshot(places.node_info, places.path)
        market = self._market
        now_ms = market.core.assembler.clock.now_ms or market.clock.now_ns() // 1_000_000
        time_of = partial(find_block_time, places.node_files, around_ms=now_ms + MINUTE_MS)  # an hour may have begun
        return str(places.path), await beside(self._executor, _packed_file, places.path, time_of, markets)

    async def _of_server(self, url: str, markets: Markets) -> list[TriggerSnapshot]:
        """One answer about all coins; where that is too long to be held, one after the other."""
        market_of = _rows(markets)
        if not self._is_by_coin:
            try:
                answer = await fetch_untriggered(url, max_bytes=self._max_bytes)
                return [await beside(self._executor, read_server_answer, answer, market_of, url)]
            except AnswerTooLong as error:
                log.info("%s: coins are asked for one by one", error)
                self._is_by_coin = True
        parts = []
        for coin in markets.coins:
            answer = await fetch_untriggered(url, coin, max_bytes=self._max_bytes)
            parts.append(await beside(self._executor, read_server_answer, answer, market_of, f"{url} {coin}"))
        return parts


def _packed_answers(parts: list[TriggerSnapshot], markets: Markets, source: str) -> bytes:
    """A server leaves out a coin without trigger orders, and one that it does not follow: of a dex without any coin
    nothing is known. Raises InputError where that is all of them."""
    snapshot = joined_snapshots(parts)
    dexs = {markets.rows[row].dex for row in np.unique(snapshot.orders.market_index).tolist()}
    _check_any(snapshot, source)
    return pack_triggers(snapshot, markets.coins, [market.coin for market in markets.rows if market.dex in dexs])


def _packed_file(path: Path, time_of: Callable[[int], int], markets: Markets) -> bytes:
    """A node's file says its block; when that was, its other files say. The file is removed: it is long."""
    snapshot = read_node_snapshot(path.read_bytes(), _rows(markets), path.name)
    path.unlink(missing_ok=True)
    _check_any(snapshot, path.name)
    time_ms = time_of(snapshot.height)
    return pack_triggers(snapshot._replace(time_ms=time_ms), markets.coins, snapshot.coins)


def _rows(markets: Markets) -> dict[str, int]:
    return {coin: row for row, coin in enumerate(markets.coins)}


def _check_any(snapshot: TriggerSnapshot, source: str) -> None:
    """Who does not follow trigger orders writes none, as if nobody had any. Raises InputError for that."""
    if not len(snapshot.orders):
        raise InputError(
            f"{source}: block {snapshot.height} has no trigger order of any coin: they are not followed there"
        )
