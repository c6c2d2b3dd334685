"""Large positions, positions of a coin, and large positions opened or closed, in CoinGlass's shape.

Figures are those of the accounts in the newest frame: value at the mark, liquidation price by the kernel of the map,
margin of a cross position as the exchange counts it (value over leverage), of an isolated one its pool's value.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from liqscape.errors import NotFound, QuestionError
from liqscape.model.accounts import Accounts
from liqscape.risk.liquidation import HIGHEST_PRICE, solve_roots
from liqscape.risk.margin import pool_margin
from liqscape.service.answers.coinglass import (
    CoinglassAlert,
    CoinglassAlertsAnswer,
    CoinglassPageAnswer,
    CoinglassPosition,
    CoinglassPositionPage,
    CoinglassWhalesAnswer,
    compat_standing,
)
from liqscape.service.answers.parts import known
from liqscape.service.answers.status import coverage_answer
from liqscape.service.moments import AskedMoment
from liqscape.service.questions import market_row
from liqscape.service.view import MapView
from liqscape.units import HOUR_MS, MINUTE_MS, Float64Array, Int64Array, PoolMode

WHALE_USD = 1_000_000.0
"""CoinGlass's own bound of a whale."""
MAX_WHALES = 10_000
PAGE_ROWS = 200
MAX_ALERTS = 200
ALERT_STEP_MS = 15 * MINUTE_MS
ALERT_SPAN_MS = HOUR_MS
OPENED, CLOSED = 1, 2

POSITION_NOTES = (
    "liq_price is solved here from the account; null where no positive mark liquidates, it is unknown, or exempt",
    "funding_fee and create_time are null: they are not in the map; update_time is that of the account's state",
)
ALERT_NOTES = (
    "found by comparing frames 15 minutes apart over the last hour, of accounts that hold something in both: an "
    "account that came to the map, or closed all it had, is left out",
    "create_time is the later of the two frames: it happened up to 15 minutes before",
    "2 is any close, a liquidation too; size, entry and level of a closed position are those before",
)


class WhaleQuestions:
    """Asks a view; for any thread."""

    def __init__(self, view: MapView) -> None:
        self._view = view

    def whales(self) -> CoinglassWhalesAnswer:
        """Positions of WHALE_USD and more, of all coins, largest first."""
        moment = self._view.moment()
        held = _AllPositions(moment)
        rows = np.flatnonzero(held.value >= WHALE_USD)
        picked = held.largest_first(rows)[:MAX_WHALES]
        standing = compat_standing(moment.reported, coverage_answer(moment.reported).share, POSITION_NOTES)
        return CoinglassWhalesAnswer(data=list(held.positions(picked)), liqscape=standing)

    def of_coin(self, coin: str, page: int) -> CoinglassPageAnswer:
        """Positions of a coin, PAGE_ROWS a page. Raises QuestionError for a page that is not there."""
        moment = self._view.moment()
        index = market_row(moment.reported.snapshot.markets, coin)
        held = _AllPositions(moment)
        rows = held.largest_first(np.flatnonzero(moment.accounts.market_index == index))
        pages = max(1, -(-len(rows) // PAGE_ROWS))
        if not 1 <= page <= pages:
            raise QuestionError(f"current_page {page} is outside 1 to {pages}")
        found = list(held.positions(rows[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]))
        standing = compat_standing(moment.reported, known(moment.reported.coverage[index]), POSITION_NOTES)
        data = CoinglassPositionPage(total_pages=pages, current_page=page, rows=found)
        return CoinglassPageAnswer(data=data, liqscape=standing)

    def alerts(self) -> CoinglassAlertsAnswer:
        """Positions of WHALE_USD and more that were opened or closed in the last hour of frames, newest first."""
        now = self._view.moment()
        found: list[CoinglassAlert] = []
        later = _AllPositions(now)
        first_ms = now.reported.time_ms - ALERT_SPAN_MS
        for at_ms in range(now.reported.time_ms - ALERT_STEP_MS, first_ms - 1, -ALERT_STEP_MS):
            try:
                moment = self._view.moment(at_ms)
            except NotFound:
                break
            if moment.reported.time_ms == later.time_ms:
                continue
            earlier = _AllPositions(moment)
            found += later.appeared_since(earlier, OPENED, later.time_ms)
            found += earlier.appeared_since(later, CLOSED, later.time_ms)
            later = earlier
        standing = compat_standing(now.reported, coverage_answer(now.reported).share, ALERT_NOTES)
        return CoinglassAlertsAnswer(data=found[:MAX_ALERTS], liqscape=standing)


class _AllPositions:
    """All positions of a moment as columns: value at the mark, and the level of each where it has one."""

    def __init__(self, moment: AskedMoment) -> None:
        self.accounts: Accounts = moment.accounts
        self.snapshot = moment.reported.snapshot
        self.time_ms = moment.reported.time_ms
        self._tables = moment.tables
        marks: Float64Array = self.snapshot.mark[self.accounts.market_index]
        self.mark = marks
        self.value: Float64Array = np.abs(self.accounts.size) * marks
        self.owner: Int64Array = self.accounts.pool_of_position().astype(np.int64)
        self.address_row: Int64Array = self.accounts.address_row[self.owner].astype(np.int64)

    def largest_first(self, rows: Int64Array) -> Int64Array:
        """Rows by value, unknown ones last; equal ones as they stand."""
        order = np.argsort(-np.nan_to_num(self.value[rows], nan=-1.0), kind="stable")
        found: Int64Array = rows[order]
        return found

    def positions(self, rows: Int64Array) -> Iterator[CoinglassPosition]:
        """Rows as records."""
        accounts = self.accounts
        level = self._levels
        pools = accounts.take(self.owner[rows])
        pool_value = pool_margin(pools, self.snapshot, self._tables).account_value
        for place, row in enumerate(rows.tolist()):
            owner, size, mark = int(self.owner[row]), float(accounts.size[row]), known(self.mark[row])
            entry, leverage = known(accounts.entry_price[row]), known(accounts.leverage[row])
            is_isolated = accounts.mode[owner] == PoolMode.ISOLATED
            value = None if mark is None else abs(size) * mark
            if is_isolated:
                margin = known(pool_value[place])
            else:
                margin = None if value is None or not leverage else value / leverage
            yield CoinglassPosition(
                user=accounts.addresses[int(self.address_row[row])],
                symbol=self._coin(row),
                position_size=size,
                entry_price=entry,
                mark_price=mark,
                liq_price=known(level[row]),
                leverage=leverage,
                margin_balance=margin,
                position_value_usd=value,
                unrealized_pnl=None if mark is None or entry is None else size * (mark - entry),
                funding_fee=None,
                margin_mode="isolated" if is_isolated else "cross",
                create_time=None,
                update_time=int(accounts.observed_ms[owner]),
            )

    def appeared_since(self, other: _AllPositions, action: int, time_ms: int) -> Iterator[CoinglassAlert]:
        """Large positions here of which the other moment knows the account, and on that side of that coin nothing."""
        rows = np.flatnonzero(self.value >= WHALE_USD)
        for row in self.largest_first(rows).tolist():
            address, coin = self.accounts.addresses[int(self.address_row[row])], self._coin(row)
            there = other._row_of_address.get(address)
            if there is None or other.holds(there, coin, self.accounts.size[row] > 0.0):
                continue
            yield CoinglassAlert(
                user=address,
                symbol=coin,
                position_size=float(self.accounts.size[row]),
                entry_price=known(self.accounts.entry_price[row]),
                liq_price=known(self._levels[row]),
                position_value_usd=float(self.value[row]),
                position_action=action,
                create_time=time_ms,
            )

    def holds(self, address_row: int, coin: str, is_long: bool) -> bool:
        """Whether an address holds a coin on a side."""
        rows = np.flatnonzero((self.address_row == address_row) & ((self.accounts.size > 0.0) == is_long))
        return any(self._coin(row) == coin for row in rows.tolist())

    @cached_property
    def _row_of_address(self) -> dict[str, int]:
        return {address: row for row, address in enumerate(self.accounts.addresses)}

    def _coin(self, row: int) -> str:
        return self.snapshot.markets.coins[int(self.accounts.market_index[row])]

    @cached_property
    def _levels(self) -> Float64Array:
        """(P,) NaN where there is no level, as on the map, or the account is not liquidated in practice."""
        root = solve_roots(self.accounts, self.snapshot, self._tables)
        is_level = (root > 0.0) & (root <= HIGHEST_PRICE) & ~self.accounts.is_exempt[self.owner]
        return np.where(is_level, root, np.nan)
