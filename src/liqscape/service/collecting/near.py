"""Near-price coverage of the newest frame, estimated now and then beside the loop: a pass over all accounts."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from functools import partial

import numpy as np

from liqscape.feed.beside_loop import BesideLoop
from liqscape.feed.discovery import AddressBook
from liqscape.heatmap.moment import Moment
from liqscape.heatmap.near_coverage import BIN_WIDTH, BINS, Expected, KindCounts, near_coverage
from liqscape.insight.intervals import WaitingAccounts
from liqscape.risk.liquidation import solve_roots
from liqscape.service.answers.parts import known
from liqscape.service.answers.sources import NearCoverage
from liqscape.service.collecting.account_rows import AddressBookRows
from liqscape.service.collecting.market import LiveMarket
from liqscape.service.near_estimates import NearEstimates, NearMemory
from liqscape.steps import Steps, blocks
from liqscape.units import UInt8Array

EVERY_SECONDS = 20.0
FIRST_SECONDS = 5.0
COINS = 12
"""Coins estimated apart, largest first: below them too few accounts are near for anything to be said."""


class NearWatch:
    """`run` estimates, into `memory`."""

    def __init__(
        self, market: LiveMarket, book: AddressBook, memory: NearMemory, executor: Executor | None = None
    ) -> None:
        self._market = market
        self._book = book
        self._beside = BesideLoop(executor)
        self._account_rows = AddressBookRows(book)
        self._memory = memory

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`."""
        seconds = FIRST_SECONDS
        while not stop.is_set():
            try:
                async with asyncio.timeout(seconds):
                    await stop.wait()
                return
            except TimeoutError:
                seconds = EVERY_SECONDS
            now = self._market.live.now
            if now is not None:
                self._memory.newest = await self._beside.run(self.estimate(now))

    def estimate(self, now: Moment) -> Steps[NearEstimates]:
        """Of one frame: what is known of its accounts, and of those not read, from outside is copied in blocks."""
        book, now_ms = self._book, now.frame.time_ms
        rows = yield from self._account_rows.find(now.accounts.addresses)
        usd, group = np.zeros(len(rows)), np.zeros(len(rows), np.int64)
        sources = np.zeros(len(rows), np.uint8)
        is_unread = np.ones(len(book), np.bool_)
        for part in blocks(len(rows)):
            places = part.start + np.flatnonzero(rows[part] >= 0)
            found = rows[places]
            usd[places], group[places] = book.expected_usd(now_ms, found), book.groups(found)
            sources[places] = book.sources(found)
            is_unread[found] = False
            yield None
        unread = KindCounts(np.zeros(0, np.int64), np.zeros(0, np.int64))
        for part in blocks(len(is_unread)):
            found = part.start + np.flatnonzero(is_unread[part])
            expected = Expected(book.expected_usd(now_ms, found), book.groups(found))
            unread = yield partial(_counted, unread, expected)
        estimates: NearEstimates = yield partial(_estimate, now, sources, Expected(usd, group), unread)
        return estimates


def _counted(before: KindCounts, expected: Expected) -> KindCounts:
    return before.joined(KindCounts.of(expected))


def _estimate(now: Moment, sources: UInt8Array, read: Expected, unread: KindCounts) -> NearEstimates:
    snapshot, accounts = now.frame.snapshot, now.accounts
    root = solve_roots(accounts, snapshot, now.tables)
    worth = np.nan_to_num(snapshot.open_interest * snapshot.mark)
    largest = [row for row in np.argsort(-worth, kind="stable")[:COINS].tolist() if worth[row] > 0.0]

    def estimate(market_index: int | None) -> list[NearCoverage]:
        found = near_coverage(accounts, snapshot, root, sources, read, unread, market_index=market_index)
        return [
            NearCoverage(100.0 * each.within, known(each.share), known(each.low), known(each.high)) for each in found
        ]

    by_coin = {snapshot.markets.coins[row]: estimate(row) for row in largest}
    return NearEstimates(estimate(None), by_coin, unread_accounts(read, unread))


def unread_accounts(read: Expected, unread: KindCounts) -> WaitingAccounts:
    """How many are not read, and how much smaller they look; bins are half a decade wide, which is near enough."""
    count = int(unread.number.sum())
    if not count or not len(read.usd):
        return WaitingAccounts(count=count, read_count=len(read.usd), size_ratio=1.0)
    bins = unread.kind % BINS
    order = np.argsort(bins, kind="stable")
    middle = bins[order][np.searchsorted(np.cumsum(unread.number[order]), count / 2.0)]
    log_read = float(np.log10(np.median(np.maximum(1.0, read.usd))))
    ratio = 10.0 ** ((float(middle) + 0.5) * BIN_WIDTH - log_read)
    return WaitingAccounts(count=count, read_count=len(read.usd), size_ratio=min(1.0, ratio))
