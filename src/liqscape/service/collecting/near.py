"""Near-price coverage of the newest frame, estimated now and then in a thread: it is a pass over all accounts."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from dataclasses import dataclass, field

import numpy as np

from liqscape.feed.discovery import AddressBook
from liqscape.heatmap.near_coverage import Expected, near_coverage
from liqscape.risk.liquidation import solve_roots
from liqscape.service.answers.parts import known
from liqscape.service.answers.sources import NearCoverage
from liqscape.service.collecting.market import LiveMarket
from liqscape.service.executors import beside
from liqscape.service.live import Now
from liqscape.units import AnyArray, BoolArray

EVERY_SECONDS = 20.0
FIRST_SECONDS = 5.0
COINS = 12
"""Coins estimated apart, largest first: below them too few accounts are near for anything to be said."""


@dataclass
class NearEstimates:
    """All coins together, and the largest ones."""

    whole: list[NearCoverage] = field(default_factory=list)
    by_coin: dict[str, list[NearCoverage]] = field(default_factory=dict)


class NearWatch:
    """`run` estimates; `newest` is replaced as a whole."""

    def __init__(self, market: LiveMarket, book: AddressBook, executor: Executor | None = None) -> None:
        self._market = market
        self._book = book
        self._executor = executor
        self.newest = NearEstimates()

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
            if now is None:
                continue
            addresses = now.accounts.addresses
            rows = self._book.rows(addresses)
            usd, group = self._book.expected_usd(now.frame.time_ms), self._book.groups()
            sources = self._book.sources_of(addresses)
            is_unread = np.ones(len(usd), np.bool_)
            is_unread[rows[rows >= 0]] = False
            is_found, place = rows >= 0, np.maximum(rows, 0)
            read = Expected(_where(is_found, usd, place), _where(is_found, group, place))
            unread = Expected(usd[is_unread], group[is_unread])
            self.newest = await beside(self._executor, _estimate, now, sources, read, unread)


def _where(is_found: BoolArray, column: AnyArray, place: AnyArray) -> AnyArray:
    """Values at places of a column that may be empty, 0 where there is none."""
    return np.where(is_found, column[place], 0) if len(column) else np.zeros(len(place), column.dtype)


def _estimate(now: Now, sources: AnyArray, read: Expected, unread: Expected) -> NearEstimates:
    snapshot, accounts = now.frame.snapshot, now.accounts
    root = solve_roots(accounts, snapshot, now.tables)
    worth = np.nan_to_num(snapshot.open_interest * snapshot.mark)
    largest = [row for row in np.argsort(-worth, kind="stable")[:COINS].tolist() if worth[row] > 0.0]

    def estimate(market_index: int | None) -> list[NearCoverage]:
        found = near_coverage(accounts, snapshot, root, sources, read, unread, market_index=market_index)
        return [
            NearCoverage(100.0 * each.within, known(each.share), known(each.low), known(each.high)) for each in found
        ]

    return NearEstimates(estimate(None), {snapshot.markets.coins[row]: estimate(row) for row in largest})
