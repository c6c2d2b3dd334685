"""Hypothesis drives engine and reference exchange call by call, and shrinks what parts them."""

from __future__ import annotations

import numpy as np
from amounts import examples
from exchange_comparison import compare_books, compare_fills, compare_pools, compare_triggers
from exchange_invariants import Watch
from exchange_reference import ReferenceExchange
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from world_markets import COUNT, FIRST_USD, MARKETS, SCALE, START_MS, TABLES, UUSD, allowed, to_ticks
from worlds import rule_sets

from liqscape.errors import ModelError
from liqscape.exchange.columns import MARKET_TRIGGER, Action, AnswerColumn, MarketColumn, RequestColumn, Role
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.rules import Rules

ACCOUNTS = st.integers(0, 6)
COINS = st.integers(0, COUNT - 1)
ROLES = (Role.VAULT, Role.USER, Role.USER, Role.USER, Role.USER, Role.LIQUIDATOR, Role.MAKER)


class TwoExchanges(RuleBasedStateMachine):
    """The same calls to both; after every block everything is compared and every invariant checked."""

    @initialize(rules=rule_sets())
    def build(self, rules: Rules) -> None:
        self.engine = Exchange.build(
            MARKETS, TABLES, rules, time_ms=START_MS, max_accounts=16, max_orders=512, max_fills=2_048
        )
        self.twin = ReferenceExchange(MARKETS, TABLES, rules, START_MS)
        for number, role in enumerate(ROLES):
            deposit = (5_000_000 if role in (Role.VAULT, Role.MAKER) else 20_000) * UUSD
            for exchange in (self.engine, self.twin):
                exchange.open_account("0x" + f"{7 * number % 11:02x}" * 20, deposit, role)
        self.usd = FIRST_USD.copy()
        self.engine.start_prices(to_ticks(self.usd))
        self.twin.start_prices(to_ticks(self.usd).tolist())
        for account, role in enumerate(ROLES):
            if role == Role.USER:
                self._call("set_leverage", account, 0, 40, is_isolated=False)
                self._call("set_leverage", account, 1, 25, is_isolated=account == 2)
                self._call("set_leverage", account, 3, 5, is_isolated=True)
        self.waiting: list[list[int]] = []
        self.watch = Watch(self.engine)

    def _call(self, name: str, *arguments: int, **named: bool) -> None:
        try:
            getattr(self.engine, name)(*arguments, **named)
        except ModelError:
            return
        getattr(self.twin, name)(*arguments, **named)

    @rule(account=ACCOUNTS, market=COINS, leverage=st.integers(1, 40), is_isolated=st.booleans())
    def set_leverage(self, account: int, market: int, leverage: int, is_isolated: bool) -> None:
        self._call("set_leverage", account, market, leverage, is_isolated=is_isolated)

    @rule(account=ACCOUNTS, usd=st.integers(-20_000, 20_000))
    def deposit(self, account: int, usd: int) -> None:
        if usd:
            self._call("deposit", account, usd * UUSD)

    @rule(account=ACCOUNTS, market=COINS, usd=st.integers(-5_000, 5_000))
    def move_margin(self, account: int, market: int, usd: int) -> None:
        self._call("move_margin", account, market, usd * UUSD)

    @rule(
        account=ACCOUNTS,
        market=COINS,
        side=st.sampled_from((1, -1)),
        away_bps=st.integers(-150, 150),
        notional=st.sampled_from((10, 3_000, 40_000, 180_000, 700_000)),
        flags=st.sampled_from((0, 0, 0, 1, 1, 2, 4, 5, 6)),
        is_market=st.booleans(),
    )
    def order(
        self, account: int, market: int, side: int, away_bps: int, notional: int, flags: int, is_market: bool
    ) -> None:
        row = [0] * RequestColumn.WIDTH
        usd = self.usd[market] * (1 + away_bps / 10_000)
        ticks = int(allowed(np.array([usd * SCALE[market]]), SCALE[market : market + 1])[0])
        row[RequestColumn.ACTION], row[RequestColumn.ACCOUNT], row[RequestColumn.MARKET] = Action.PLACE, account, market
        row[RequestColumn.SIDE], row[RequestColumn.FLAGS] = side, flags
        row[RequestColumn.PRICE] = 0 if is_market and flags & 1 else ticks
        row[RequestColumn.LOTS] = max(1, round(notional / usd * 1e6 / SCALE[market]))
        self.waiting.append(row)

    @rule(
        account=ACCOUNTS,
        market=COINS,
        side=st.sampled_from((1, -1)),
        away_bps=st.integers(-400, 400),
        past_bps=st.integers(-50, 100),
        notional=st.sampled_from((10, 3_000, 40_000)),
        flags=st.sampled_from((4, 4, 4 | 8, 16, 16 | 8, 0, 8)),
        is_market=st.booleans(),
    )
    def stop_or_take_profit(
        self,
        account: int,
        market: int,
        side: int,
        away_bps: int,
        past_bps: int,
        notional: int,
        flags: int,
        is_market: bool,
    ) -> None:
        self.order(account, market, side, away_bps, notional, 0, False)
        row = self.waiting.pop()
        trigger = row[RequestColumn.PRICE]
        self.order(account, market, side, away_bps + side * past_bps, notional, 0, False)
        row = self.waiting[-1]
        row[RequestColumn.ACTION], row[RequestColumn.TRIGGER_PRICE] = Action.PLACE_TRIGGER, trigger
        row[RequestColumn.FLAGS] = flags | (MARKET_TRIGGER if is_market else 0)
        if is_market and past_bps < 50:
            row[RequestColumn.PRICE] = 0

    @rule(market=COINS, usd=st.sampled_from((30_000, 300_000)), spread_bps=st.integers(1, 80))
    def quote_both_sides(self, market: int, usd: int, spread_bps: int) -> None:
        for side in (1, -1):
            self.order(0, market, side, -side * spread_bps, usd, 2, False)

    @rule(
        account=st.integers(1, 4),
        market=COINS,
        side=st.sampled_from((1, -1)),
        notional=st.sampled_from((40_000, 120_000, 300_000)),
        drop=st.sampled_from((-20, -4, -2, 2, 4, 20)),
    )
    def bet_and_jump(self, account: int, market: int, side: int, notional: int, drop: int) -> None:
        """The vault sells what the account wants at full leverage; then the market jumps."""
        self.order(0, market, -side, 0, notional, 0, False)
        self.order(account, market, side, 0, notional, 1, True)
        self.block(100, [0] * COUNT)
        for bid_or_ask in (1, -1):
            self.order(0, market, bid_or_ask, -bid_or_ask * 30, 60_000, 2, False)
        self.block(6_280, [drop] * COUNT)

    @rule(account=ACCOUNTS, market=COINS, action=st.sampled_from((Action.CANCEL_MARKET, Action.CANCEL_ALL)))
    def cancel(self, account: int, market: int, action: Action) -> None:
        row = [0] * RequestColumn.WIDTH
        row[RequestColumn.ACTION], row[RequestColumn.ACCOUNT], row[RequestColumn.MARKET] = action, account, market
        self.waiting.append(row)

    @rule()
    def restart_from_a_checkpoint(self) -> None:
        digest = self.engine.digest()
        self.engine = Exchange.restore(self.engine.checkpoint())
        assert self.engine.digest() == digest
        self.watch.exchange = self.engine

    @rule(
        after_ms=st.sampled_from((100, 3_000, 6_280, 31_000, 3_600_000)),
        moves=st.lists(st.integers(-25, 25), min_size=COUNT, max_size=COUNT),
    )
    def block(self, after_ms: int, moves: list[int]) -> None:
        self.usd = np.clip(self.usd * (1 + np.array(moves) / 100), FIRST_USD / 10, FIRST_USD * 10)
        ticks = to_ticks(self.usd)
        venues = np.repeat(ticks[:, None], 5, axis=1)
        self.engine.set_oracle(ticks, venues)
        self.twin.set_oracle(ticks.tolist(), venues.tolist())
        requests = np.array(self.waiting, np.int64).reshape(-1, RequestColumn.WIDTH)
        self.watch.before()
        output = self.engine.step(self.engine.time_ms + after_ms, requests)
        self.watch.after(requests, output)
        market = self.engine.state.market
        answers, fills = self.twin.step(
            output.time_ms,
            self.waiting,
            market[:, MarketColumn.MARK].tolist(),
            market[:, MarketColumn.FUNDING_RATE].tolist(),
        )
        columns = [AnswerColumn.STATUS, AnswerColumn.ORDER_ID, AnswerColumn.FILLED]
        assert output.answers[:, columns].tolist() == [list(answer) for answer in answers]
        compare_fills(output.fills, fills, output.block)
        compare_pools(self.engine, self.twin, output.block)
        compare_books(self.engine, self.twin, output.block)
        compare_triggers(self.engine, output.events, self.twin, output.block)
        self.twin.fired, self.twin.ended = [], []
        self.waiting = []


TwoExchanges.TestCase.settings = settings(
    max_examples=examples(80), stateful_step_count=60, derandomize=True, database=None
)
test_engine_and_reference_never_part_whatever_is_called = TwoExchanges.TestCase
