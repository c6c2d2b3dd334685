"""What must hold after every block of an exchange, whatever happened in it (docs/exchange.md).

`Watch.before` is called before a block and `Watch.after` with its output; both look at the public tables only.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
from exchange_sums import BROKEN, first_broken

from liqscape.exchange.columns import (
    FALL,
    REDUCE_ONLY,
    RISE,
    AccountColumn,
    Action,
    AnswerColumn,
    ClockColumn,
    EventColumn,
    EventKind,
    FillColumn,
    MarketColumn,
    Method,
    OrderColumn,
    PoolColumn,
    PositionColumn,
    RequestColumn,
    TriggerColumn,
    TriggerCounter,
    TriggersOf,
)
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.output import BlockOutput
from liqscape.exchange.rules import AdlPrice, AdlScore
from liqscape.exchange.to_model import to_accounts, to_snapshot
from liqscape.risk.margin import pool_margin
from liqscape.units import Int64Array

DEEP_EVERY = 50
"""Blocks between two looks at every single order of the book."""
ADL_PRICE_COLUMN = {
    AdlPrice.PREVIOUS_MARK: MarketColumn.PREVIOUS_MARK,
    AdlPrice.PREVIOUS_ORACLE: MarketColumn.PREVIOUS_ORACLE,
    AdlPrice.MARK: MarketColumn.MARK,
}


class Watch:
    """Follows one exchange; raises AssertionError at the first broken rule. `seen` counts what was there to check."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.seen: Counter[str] = Counter()
        self._placed = np.zeros((1, 3), np.int64)  # price, side, account by order id
        self._cooldown: dict[int, int] = {}
        self.before()

    def before(self) -> None:
        """Remember what may not change by itself."""
        pool = self._pools()
        self._cash, self._count = pool[:, PoolColumn.CASH].copy(), pool[:, PoolColumn.COUNT].copy()

    def after(self, requests: Int64Array, output: BlockOutput) -> None:
        """Check everything after a block."""
        self.seen["blocks"] += 1
        self._remember_orders(requests, output.answers)
        self.sums_and_books_are_sound()
        self.the_uninvolved_keep_their_money(output.fills)
        if len(output.fills):
            self.seen.update(Method(method).name for method in output.fills[:, FillColumn.METHOD].tolist())
            self.prices_keep_limits(output.fills)
            self.forced_fills_reduce(output.fills)
            if (output.fills[:, FillColumn.METHOD] == Method.ADL).any():
                self.deleveraging_is_greedy(output.fills)
        if len(output.events):
            self.orders_follow_the_slices(output.events)
        if output.block % DEEP_EVERY == 0:
            self.every_order_is_in_its_level()
            self.every_trigger_waits_in_its_place()
            self.map_and_engine_agree()
            self.every_pool_holds_its_markets_only()

    def sums_and_books_are_sound(self) -> None:
        """Sizes sum to zero, all cash is declared, open interest is the sum of longs, no crossed or negative book."""
        state = self.exchange.state
        broken = first_broken(state.clock, state.flow, state.market, state.pool, state.position, state.level)
        assert broken == 0, BROKEN[broken]

    def the_uninvolved_keep_their_money(self, fills: Int64Array) -> None:
        """Who held nothing and traded nothing has the same cash as before the block."""
        known = len(self._cash)
        pool = self._pools()[:known]
        owner = pool[:, PoolColumn.ACCOUNT]
        involved = np.zeros(int(self.exchange.state.clock[ClockColumn.ACCOUNT_COUNT]), bool)
        involved[owner[self._count > 0]] = True
        involved[fills[:, FillColumn.BUYER]] = involved[fills[:, FillColumn.SELLER]] = True
        is_idle = ~involved[owner]
        assert (pool[is_idle, PoolColumn.CASH] == self._cash[is_idle]).all(), (
            "somebody without a position lost or won money"
        )

    def prices_keep_limits(self, fills: Int64Array) -> None:
        """Makers trade at their own price, takers not past their limit, nobody with himself."""
        book = fills[fills[:, FillColumn.METHOD] <= Method.MARKET]
        price, is_buy = book[:, FillColumn.PRICE], book[:, FillColumn.IS_BUY_TAKER] == 1
        buyer, seller = book[:, FillColumn.BUYER], book[:, FillColumn.SELLER]
        assert (buyer != seller).all(), "somebody traded with himself"
        made = self._placed[np.where(is_buy, book[:, FillColumn.SELLER_ORDER], book[:, FillColumn.BUYER_ORDER])]
        assert (made[:, 0] == price).all(), "a maker did not trade at his price"
        assert (made[:, 1] == np.where(is_buy, -1, 1)).all(), "the maker was on the other side"
        assert (made[:, 2] == np.where(is_buy, seller, buyer)).all(), "the maker was somebody else"
        is_trade = book[:, FillColumn.METHOD] == Method.TRADE
        took = self._placed[
            np.where(is_buy, book[:, FillColumn.BUYER_ORDER], book[:, FillColumn.SELLER_ORDER])[is_trade]
        ]
        is_past = (price[is_trade] - took[:, 0]) * took[:, 1] > 0
        assert not (is_past & (took[:, 0] > 0)).any(), "a taker traded past his limit"

    def forced_fills_reduce(self, fills: Int64Array) -> None:
        """The liquidated side of every forced fill gets smaller and does not flip; ADL reduces the winner too."""
        method = fills[:, FillColumn.METHOD]
        assert (fills[method == Method.TRADE, FillColumn.LIQUIDATED] < 0).all(), (
            "an ordinary trade is tagged as liquidation"
        )
        forced = fills[method > Method.TRADE]
        if not len(forced):
            return
        is_buyer = forced[:, FillColumn.BUYER] == forced[:, FillColumn.LIQUIDATED]
        assert (is_buyer | (forced[:, FillColumn.SELLER] == forced[:, FillColumn.LIQUIDATED])).all(), (
            "the liquidated did not trade"
        )
        lots = forced[:, FillColumn.LOTS]
        held = np.where(is_buyer, -forced[:, FillColumn.BUYER_START], forced[:, FillColumn.SELLER_START])
        assert (held >= lots).all(), "a forced order grew or flipped a position"
        assert (forced[:, FillColumn.IS_BUY_TAKER] == is_buyer).all(), "the liquidated side is not the taker"
        won = np.where(is_buyer, forced[:, FillColumn.SELLER_START], -forced[:, FillColumn.BUYER_START])
        is_adl = forced[:, FillColumn.METHOD] == Method.ADL
        assert (won >= lots)[is_adl].all(), "ADL flipped a winner"
        assert not fills[method >= Method.BACKSTOP][:, [FillColumn.BUYER_FEE, FillColumn.SELLER_FEE]].any(), (
            "a fee without a book"
        )
        taken = forced[forced[:, FillColumn.METHOD] == Method.BACKSTOP]
        assert (taken[:, FillColumn.PRICE] == taken[:, FillColumn.MARK]).all(), "a takeover away from the mark"

    def deleveraging_is_greedy(self, fills: Int64Array) -> None:
        """By batch: ranks without gap, scores falling, only the last winner cut in part, one price; losers closed."""
        rules, market = self.exchange.rules, self.exchange.state.market
        fills = fills[fills[:, FillColumn.METHOD] == Method.ADL]
        for batch in np.unique(fills[:, FillColumn.ADL_BATCH]):
            rows = fills[fills[:, FillColumn.ADL_BATCH] == batch]
            coin = rows[0, FillColumn.MARKET]
            assert (rows[:, FillColumn.MARKET] == coin).all(), "one batch, two coins"
            price = market[coin, ADL_PRICE_COLUMN[AdlPrice(rules.adl_price)]]
            assert (rows[:, FillColumn.PRICE] == price).all(), "not the price of the rule"
            rank = rows[:, FillColumn.SCORE_RANK]
            if rules.adl_score == AdlScore.WATER_FILLING:
                continue
            self.seen["batches"] += 1
            assert rank[0] == 0, "the head of the queue was left out"
            assert ((np.diff(rank) >= 0) & (np.diff(rank) <= 1)).all(), "a winner was passed over"
            is_buyer_lost = rows[:, FillColumn.BUYER] == rows[:, FillColumn.LIQUIDATED]
            start = np.abs(np.where(is_buyer_lost, rows[:, FillColumn.SELLER_START], rows[:, FillColumn.BUYER_START]))
            left = start - rows[:, FillColumn.LOTS]
            is_last_of_winner = np.append(np.diff(rank) != 0, True)
            assert not left[is_last_of_winner][:-1].any(), "more than one winner was cut in part"
            if not rules.adl_allows_losers:
                assert (np.diff(rows[:, FillColumn.SCORE]) <= 0).all(), "a worse score was cut before a better one"
            loser_start = np.abs(
                np.where(is_buyer_lost, rows[:, FillColumn.BUYER_START], rows[:, FillColumn.SELLER_START])
            )
            is_last_of_loser = np.append(rows[1:, FillColumn.LIQUIDATED] != rows[:-1, FillColumn.LIQUIDATED], True)
            is_last_of_loser |= np.append(rows[1:, FillColumn.TRANSACTION] != rows[:-1, FillColumn.TRANSACTION], True)
            remains = (loser_start - rows[:, FillColumn.LOTS])[is_last_of_loser]
            assert left[-1] == 0 or not remains.any(), "a loser kept a position though somebody was left to cut"

    def orders_follow_the_slices(self, events: Int64Array) -> None:
        """20 % above the threshold outside of the 30 s after a slice; else the whole position."""
        rules, started = self.exchange.rules, {}
        for row in events[events[:, EventColumn.KIND] == EventKind.LIQUIDATION_ORDER].tolist():
            account, held, now = row[EventColumn.ACCOUNT], abs(row[EventColumn.DETAIL]), row[EventColumn.TIME_MS]
            notional = held * int(self.exchange.state.market[row[EventColumn.MARKET], MarketColumn.MARK])
            is_cooling = now < self._cooldown.get(account, now)
            is_slice = notional > rules.slice_threshold_uusd and not is_cooling
            self.seen["slices" if is_slice else "whole in cooldown" if is_cooling else "whole"] += 1
            assert row[EventColumn.C] == is_slice, "sliced against the rule, or not sliced"
            lots = -(-held * rules.slice_share_percent // 100) if is_slice else held
            assert row[EventColumn.A] == lots, "an order of the wrong size"
            assert row[EventColumn.B] <= lots, "more was filled than was sent"
            if is_slice:
                started[account] = now + rules.cooldown_ms
        self._cooldown.update(started)

    def every_order_is_in_its_level(self) -> None:
        """Lots and numbers of every level are those of its orders; chains of accounts hold every order once."""
        state = self.exchange.state
        orders = state.order[: int(state.clock[ClockColumn.ORDER_END])]
        orders = orders[orders[:, OrderColumn.ID] > 0]
        assert (orders[:, OrderColumn.LOTS] > 0).all(), "an order with nothing left rests"
        sums: Counter[tuple[int, int, int]] = Counter()
        numbers: Counter[tuple[int, int, int]] = Counter()
        for row in orders.tolist():
            place = (row[OrderColumn.MARKET], row[OrderColumn.SIDE], row[OrderColumn.PRICE])
            sums[place] += row[OrderColumn.LOTS]
            numbers[place] += 1
        for market in range(len(self.exchange.markets)):
            for sign, rows in zip((1, -1), self.exchange.depth(market, state.level.shape[2]), strict=True):
                for price, lots, count in rows.tolist():
                    assert sums.pop((market, sign, price)) == lots, "lots of a level are not those of its orders"
                    assert numbers.pop((market, sign, price)) == count, "a level counts its orders wrongly"
        assert not sums, "an order rests outside of every level"
        mine = np.bincount(orders[:, OrderColumn.ACCOUNT], minlength=len(self.exchange.addresses))
        assert (mine == state.account[: len(mine), AccountColumn.ORDER_COUNT]).all(), (
            "an account counts its orders wrongly"
        )
        for account in np.flatnonzero(mine).tolist():
            assert len(self.exchange.open_orders(account)) == mine[account], "an order is in no chain of its account"

    def every_trigger_waits_in_its_place(self) -> None:
        """Chains by market and by account hold every trigger once, sorted; none that reduces outlives its position."""
        state, found = self.exchange.state, []
        for market in range(len(self.exchange.markets)):
            for direction in (FALL, RISE):
                held, chain = int(state.trigger_side[market, direction]), []
                while held:
                    chain.append(state.trigger[held - 1])
                    held = int(chain[-1][TriggerColumn.NEXT])
                away = [int(row[TriggerColumn.TRIGGER_PRICE]) * (1 if direction == RISE else -1) for row in chain]
                assert away == sorted(away), "triggers of a market are not in the order in which a mark meets them"
                assert all(row[TriggerColumn.MARKET] == market for row in chain)
                found += [int(row[TriggerColumn.ID]) for row in chain]
        waiting = self.exchange.waiting_triggers()
        assert sorted(found) == waiting[:, TriggerColumn.ID].tolist(), "a trigger is not in the chain of its market"
        assert int(state.trigger_counter[TriggerCounter.COUNT]) == len(waiting)
        for account in range(len(self.exchange.addresses)):
            mine = self.exchange.waiting_triggers(account)
            assert mine.tolist() == waiting[waiting[:, TriggerColumn.ACCOUNT] == account].tolist()
            assert len(mine) == state.triggers_of[account, TriggersOf.COUNT], "an account counts its triggers wrongly"
        for row in waiting[(waiting[:, TriggerColumn.FLAGS] & REDUCE_ONLY) != 0].tolist():
            pools = self.exchange.pools_of(row[TriggerColumn.ACCOUNT])
            lots = [
                int(held[PositionColumn.LOTS])
                for pool in pools
                for held in self.exchange.positions_of(pool)
                if held[PositionColumn.MARKET] == row[TriggerColumn.MARKET]
            ]
            assert any(each * row[TriggerColumn.SIDE] < 0 for each in lots), "a trigger outlived its position"
        self.seen["triggers waiting"] += len(waiting)

    def map_and_engine_agree(self) -> None:
        """The map's float solver names the same liquidatable pools, unless value and maintenance are equal to 1e-9."""
        value, maintenance = self.exchange.pool_margin()
        multiplier = int(self.exchange.state.clock[ClockColumn.MULTIPLIER])
        pools = self._pools()
        rows = np.flatnonzero(pools[:, PoolColumn.COUNT])
        rows = rows[np.lexsort((rows, pools[rows, PoolColumn.ACCOUNT]))]
        accounts = to_accounts(self.exchange)
        margin = pool_margin(accounts, to_snapshot(self.exchange), self.exchange.tables)
        exact = np.array([int(value[row]) * multiplier < int(maintenance[row]) for row in rows.tolist()], bool)
        scale = np.abs(value[rows] / 1e6) + maintenance[rows] / multiplier / 1e6
        is_close = np.abs(value[rows] - maintenance[rows] / multiplier) <= 1e-9 * scale * 1e6
        assert len(margin.is_liquidatable) == len(rows)
        differs = (margin.is_liquidatable != exact) & ~is_close
        assert not differs.any(), "map and engine disagree on who is liquidatable"
        self.seen["pools compared with the map"] += len(rows)
        self.seen["liquidatable on the map"] += int(np.count_nonzero(exact))

    def every_pool_holds_its_markets_only(self) -> None:
        """An isolated pool its market, a cross pool those of its group: money stays in its collateral token."""
        state = self.exchange.state
        for pool in self._pools():
            held = state.position[
                pool[PoolColumn.START] : pool[PoolColumn.START] + pool[PoolColumn.COUNT], PositionColumn.MARKET
            ]
            groups = state.market[held, state.account[pool[PoolColumn.ACCOUNT], AccountColumn.GROUPED_BY]]
            is_isolated = pool[PoolColumn.ISOLATED_MARKET] >= 0
            assert (
                (held == pool[PoolColumn.ISOLATED_MARKET]).all()
                if is_isolated
                else (groups == pool[PoolColumn.GROUP]).all()
            )

    def _pools(self) -> Int64Array:
        state = self.exchange.state
        return state.pool[: int(state.clock[ClockColumn.POOL_COUNT])]

    def _remember_orders(self, requests: Int64Array, answers: Int64Array) -> None:
        idents = answers[:, AnswerColumn.ORDER_ID]
        kinds = (Action.PLACE, Action.PLACE_TRIGGER)
        is_order = np.isin(requests[:, RequestColumn.ACTION], kinds) & (idents > 0)
        last = int(self.exchange.state.clock[ClockColumn.NEXT_ORDER_ID])
        if last > len(self._placed):
            grown = np.zeros((2 * last, 3), np.int64)
            grown[: len(self._placed)] = self._placed
            self._placed = grown
        self._placed[idents[is_order]] = requests[is_order][
            :, [RequestColumn.PRICE, RequestColumn.SIDE, RequestColumn.ACCOUNT]
        ]
