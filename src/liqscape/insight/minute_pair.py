"""Two stored minutes that follow one another, with what the studies of all coins share of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from liqscape.insight.cascades import ForcedFlows
from liqscape.insight.minute import HeldLevels, Minute
from liqscape.insight.needs import OnRecord
from liqscape.insight.reasons import Causes
from liqscape.insight.reasons.owners import SharedOwners
from liqscape.insight.study_columns import rows_by_market
from liqscape.units import BoolArray, Float64Array


class MinutePair:
    """A stored minute and the one before it; None before the first."""

    def __init__(self, before: Minute | None, now: Minute) -> None:
        self.before, self.now = before, now

    @cached_property
    def causes(self) -> Causes | None:
        """What happened in between; None where nothing can be compared: before the first minute, and where coins of the
        exchange's list have other places than a minute ago."""
        if self.before is None:
            return None
        coins, coins_now = self.before.snapshot.markets.coins, self.now.snapshot.markets.coins
        if coins_now[: len(coins)] != coins:
            return None
        return Causes(self.before, self.now, self._owners)

    @cached_property
    def _owners(self) -> SharedOwners | None:
        return None if self.before is None else SharedOwners.of(self.before.key, self.now.key)

    @cached_property
    def forced_flows(self) -> ForcedFlows:
        """What was liquidated in the minute."""
        return ForcedFlows(self.now)

    @cached_property
    def events_by_market(self) -> Mapping[int, list[int]]:
        """Rows of the minute's liquidation events, by market."""
        return rows_by_market(None if self.now.notes is None else self.now.notes.liquidations)

    @cached_property
    def _first_read(self) -> BoolArray | None:
        """(N,) addresses that were not known a minute ago; None where all were, or nothing was."""
        if self.before is None or self._owners is None or self.before.key is self.now.key:
            return None
        is_new: BoolArray = ~self._owners.was_known[: self._owners.count_now]
        return is_new if is_new.any() else None

    def first_read(self, held: HeldLevels) -> BoolArray | None:
        """(K,) positions whose account was read for the first time: they may have stood there before."""
        is_new, accounts = self._first_read, self.now.accounts
        if is_new is None or not len(held.row):
            return None
        found: BoolArray = is_new[accounts.address_row[accounts.pool_of_position()[held.row]]]
        return found

    @cached_property
    def _mid(self) -> BoolArray:
        return self._is_known("mid_last")

    @cached_property
    def _depth(self) -> BoolArray:
        return self._is_known("bid_usd_1pct")

    def records(self, market_index: int) -> frozenset[OnRecord]:
        """What is written down of a coin's minute."""
        found = self._of_all
        if self._mid[market_index]:
            found |= {OnRecord.MIDS}
        if self._depth[market_index]:
            found |= {OnRecord.DEPTH}
        return found

    @cached_property
    def _of_all(self) -> frozenset[OnRecord]:
        notes = self.now.notes
        found = {OnRecord.FRAMES}
        if notes is not None:
            found |= {OnRecord.PATH} if notes.path is not None and notes.coins is not None else set()
            found |= {OnRecord.ACCOUNTS} if notes.accounts is not None else set()
            found |= {OnRecord.EVENTS} if notes.liquidations is not None else set()
        return frozenset(found)

    def _is_known(self, name: str) -> BoolArray:
        """(M,) whether a column of the coins' minutes has a figure."""
        notes = self.now.notes
        is_known = np.zeros(len(self.now.snapshot.mark), np.bool_)
        if notes is not None and notes.coins is not None and name in notes.coins:
            figure: Float64Array = notes.coins[name]
            is_known[notes.coins["market_index"][~np.isnan(figure)]] = True
        return is_known
