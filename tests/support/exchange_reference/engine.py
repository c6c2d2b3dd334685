"""The reference exchange: accounts, and one block after another."""

from __future__ import annotations

from fractions import Fraction

from exchange_reference import margin
from exchange_reference.liquidation import deleverage, send_home, send_orders, take_over
from exchange_reference.prices import pay_funding, sample_premiums, update_marks
from exchange_reference.things import DELISTED, LIQUIDATOR, USER, Coin, Fill, Owner, Pool, Resting, Waiting
from exchange_reference.trading import answer_all, change
from exchange_reference.triggers import end, fire_all
from liqscape.exchange.rules import BackstopClock, CheckOn, Rules, TriggerTurn
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import Markets
from liqscape.units import PoolMode

HOUR_MS = 3_600_000
UUSD = 1_000_000
DEFAULT_LEVERAGE = 20


class ReferenceExchange:
    """Slow twin of liqscape.exchange.exchange.Exchange for order books (BookKind.ORDERS)."""

    def __init__(self, markets: Markets, tables: MarginTables, rules: Rules, time_ms: int) -> None:
        self.rules = rules
        self.time_ms = self.last_mark_ms = self.last_backstop_ms = self.last_premium_ms = time_ms
        self.funded_hour = time_ms // HOUR_MS
        self.block = self.batches = self.takeovers = 0
        self.deposited = self.fees = self.funding_rounding = 0
        self.owners: list[Owner] = []
        self.book: list[Resting] = []
        self.fills: list[Fill] = []
        self.orders_sent: list[tuple[int, ...]] = []
        self.taken_over: list[tuple[int | None, ...]] = []
        self.funded: list[tuple[int, ...]] = []
        self.settled: list[tuple[int, ...]] = []
        self.sold: list[tuple[int, ...]] = []
        self.waiting: list[Waiting] = []
        self.fired: list[tuple[int, ...]] = []
        self.ended: list[tuple[int, ...]] = []
        self._order_id = self._trade_id = self._transaction = 0
        self._pools = 0
        self.coins = []
        for row in markets.rows:
            table = tables.tables[row.table_row]
            tiers = [
                (int(tier.lower_bound * UUSD), Fraction(1, 2 * tier.max_leverage), deduction * UUSD)
                for tier, deduction in zip(table.tiers, table.deductions(), strict=True)
            ]
            impact = 20_000 if row.coin in ("BTC", "ETH") else 6_000
            self.coins.append(
                Coin(
                    row.size_decimals, row.max_leverage, row.is_isolated_only, row.dex, row.collateral_token, tiers,
                    impact * UUSD,
                )
            )  # fmt: skip
        self.dexs = sorted(dict.fromkeys(coin.dex for coin in self.coins), key=bool)
        self.tokens = list(dict.fromkeys(coin.token for coin in self.coins))

    def new_order_id(self) -> int:
        """1, 2, 3, ..."""
        self._order_id += 1
        return self._order_id

    def new_trade_id(self) -> int:
        """1, 2, 3, ..."""
        self._trade_id += 1
        return self._trade_id

    def new_transaction(self) -> int:
        """A number that fills share if they belong together; its size means nothing."""
        self._transaction += 1
        return self._transaction

    # Accounts

    def open_account(
        self, address: str, deposit_uusd: int = 0, role: int = USER, mode: int = PoolMode.CROSS, dex: int = 0
    ) -> int:
        """A new account; its row."""
        row, name = len(self.owners), self.dexs[dex]
        owner = Owner(row, address, role, mode, name, self.rules.taker_rate, self.rules.maker_rate)
        self.owners.append(owner)
        backed: list[str | int | None] = [*self.dexs]
        if mode == PoolMode.UNIFIED:
            backed = [*self.tokens]
        if mode == PoolMode.PORTFOLIO:
            backed = [None]
        for group in [name] if role == LIQUIDATOR else backed:
            self._pools += 1
            owner.crosses[group] = Pool(row, None, self._pools - 1)
        self.deposit(row, deposit_uusd, dex)
        return row

    def deposit(self, account: int, uusd: int, dex: int = 0) -> None:
        """Pay in, or out."""
        self._cross_of_dex(account, dex).cash += uusd
        self.deposited += uusd

    def withdrawable(self, account: int, dex: int = 0) -> int:
        """What may leave a cross pool: the rest must cover initial margin and a tenth of all notional."""
        return self._spare(self._cross_of_dex(account, dex))

    def move_between_dexs(self, account: int, from_dex: int, to_dex: int, uusd: int) -> None:
        """From one cross pool to another."""
        self._cross_of_dex(account, from_dex).cash -= uusd
        self._cross_of_dex(account, to_dex).cash += uusd

    def hold_collateral(self, account: int, market: int, lots: int, loan_to_value_percent: int) -> None:
        """So many lots of a coin as collateral, of which half of what may not be borrowed is maintenance."""
        pool = self.cross(account, market)
        if lots:
            pool.collateral[market] = (lots, Fraction(100 - loan_to_value_percent, 200))
        else:
            pool.collateral.pop(market, None)

    def may_hold_collateral(self, account: int, market: int, lots: int, loan_to_value_percent: int) -> bool:
        """Portfolio accounts only; what is taken away must not carry a debt."""
        if self.owners[account].mode != PoolMode.PORTFOLIO:
            return False
        pool = self.cross(account, market)
        gone = (pool.collateral.get(market, (0, 0))[0] - lots) * self.coins[market].mark
        return gone * loan_to_value_percent // 100 <= self._spare(pool)

    def may_move_between_dexs(self, account: int, from_dex: int, to_dex: int, uusd: int) -> bool:
        """Two pools of one collateral token, and no more than the first can spare."""
        giver, taker = self._cross_of_dex(account, from_dex), self._cross_of_dex(account, to_dex)
        token = {coin.dex: coin.token for coin in self.coins}
        is_one_token = token[self.dexs[from_dex]] == token[self.dexs[to_dex]]
        return giver is not taker and is_one_token and 0 < uusd <= self._spare(giver)

    def cross(self, account: int, market: int) -> Pool:
        """The cross pool of an account that backs a market."""
        owner, coin = self.owners[account], self.coins[market]
        if owner.mode == PoolMode.UNIFIED:
            return owner.crosses[coin.token]
        return owner.crosses[None if owner.mode == PoolMode.PORTFOLIO else coin.dex]

    def _cross_of_dex(self, account: int, dex: int) -> Pool:
        return self.cross(account, next(m for m, coin in enumerate(self.coins) if coin.dex == self.dexs[dex]))

    def set_fee_factor(self, market: int, permille: int) -> None:
        """Fees of a market, in thousandths of what they were."""
        self.coins[market].fee_permille = permille

    def delist(self, market: int, price_ticks: int | None = None) -> None:
        """Every position is closed at one price, every order leaves the book."""
        coin = self.coins[market]
        price = coin.mark if price_ticks is None else price_ticks
        self.book = [order for order in self.book if order.market != market]
        for order in [order for order in self.waiting if order.market == market]:
            end(self, order, DELISTED)
        for pool in margin.all_pools(self):
            held = pool.lots(market)
            if held:
                profit = change(self, pool, market, -held, price)
                send_home(self, pool)
                self.settled.append((pool.account, market, held, price, profit))
        coin.is_delisted = True

    def _spare(self, pool: Pool) -> int:
        total = sum(margin.notional(self, pool, market) for market in pool.positions)
        return max(0, margin.value(self, pool) - max(margin.initial(self, pool), margin.up(total, 10)))

    def set_leverage(self, account: int, market: int, leverage: int, *, is_isolated: bool) -> None:
        """Leverage and margin mode in a market."""
        owner = self.owners[account]
        if is_isolated and market not in owner.isolated:
            self._pools += 1
            owner.isolated[market] = Pool(account, market, self._pools - 1)
        owner.settings[market] = (leverage, is_isolated)
        pool = self.backing(account, market)
        if market in pool.positions:
            pool.positions[market].leverage = leverage

    def move_margin(self, account: int, market: int, uusd: int) -> None:
        """From the cross pool into an isolated one; negative: back."""
        self.cross(account, market).cash -= uusd
        self.owners[account].isolated[market].cash += uusd

    def movable(self, account: int, market: int, sign: int) -> int:
        """Most that `move_margin` may move into (+1) or out of (-1) an isolated pool."""
        owner = self.owners[account]
        return self._spare(self.cross(account, market) if sign > 0 else owner.isolated[market])

    def backing(self, account: int, market: int) -> Pool:
        """The pool an account's trades in a market belong to."""
        owner = self.owners[account]
        is_isolated = owner.settings.get(market, (0, False))[1]
        return owner.isolated[market] if is_isolated else self.cross(account, market)

    def leverage(self, account: int, market: int) -> int:
        """The user's setting; at first 20, or less where the market allows less."""
        default = min(DEFAULT_LEVERAGE, self.coins[market].max_leverage)
        return self.owners[account].settings.get(market, (default, False))[0]

    # Prices

    def start_prices(self, ticks: list[int]) -> None:
        """Oracle and mark before the first block."""
        for coin, price in zip(self.coins, ticks, strict=True):
            coin.oracle = coin.next_oracle = coin.next_mark = coin.mark = price
            coin.previous_mark = coin.previous_oracle = price

    def set_oracle(self, ticks: list[int], venues: list[list[int]] | None = None) -> None:
        """Taken over at the next mark update."""
        for market, coin in enumerate(self.coins):
            coin.next_oracle = ticks[market]
            if venues is not None:
                coin.venues = tuple(venues[market])

    def set_marks(self, ticks: list[int]) -> None:
        """Taken over at the next mark update where marks are given."""
        for coin, price in zip(self.coins, ticks, strict=True):
            coin.next_mark = price

    # Blocks

    def step(
        self, time_ms: int, requests: list[list[int]], marks: list[int], rates: list[int]
    ) -> tuple[list[tuple[int, int, int]], list[Fill]]:
        """One block; (answers, fills).

        `marks` and `rates` are the engine's after the block. They come out of floating point averages, so the exact
        ones computed here must round to them; then they are used, that a tie at half a tick does not part the two.
        """
        self.time_ms, self.block = time_ms, self.block + 1
        self.fills = []
        before = [coin.mark for coin in self.coins]
        if self.rules.trigger_turn == TriggerTurn.FIRST:
            fire_all(self, before)
        answers = answer_all(self, requests)
        if self.rules.trigger_turn == TriggerTurn.AFTER_ORDERS:
            fire_all(self, before)
        self._after_requests(marks, rates, before)
        return answers, self.fills

    def _after_requests(self, marks: list[int], rates: list[int], before: list[int]) -> None:
        rules = self.rules
        is_mark = self.time_ms - self.last_mark_ms >= rules.mark_period_ms
        if is_mark:
            update_marks(self, marks)
            if rules.trigger_turn == TriggerTurn.WITH_MARKS:
                fire_all(self, [coin.mark for coin in self.coins])
        is_check = is_mark or rules.check_on == CheckOn.BLOCK
        is_backstop = is_check
        if rules.backstop_clock == BackstopClock.PERIOD:
            is_backstop = self.time_ms - self.last_backstop_ms >= rules.backstop_period_ms
            if is_backstop:
                self.last_backstop_ms = self.time_ms
        found = [pool for pool in margin.all_pools(self) if margin.is_liquidatable(self, pool)]
        if is_check:
            send_orders(self, found)
        if is_backstop:
            take_over(self, found)
        if is_mark:
            deleverage(self, found)
        if rules.trigger_turn == TriggerTurn.AFTER_LIQUIDATIONS:
            fire_all(self, before)
        if self.time_ms - self.last_premium_ms >= rules.premium_period_ms:
            self.last_premium_ms = self.time_ms
            sample_premiums(self, rates)
        if self.time_ms // HOUR_MS > self.funded_hour:
            self.funded_hour = self.time_ms // HOUR_MS
            pay_funding(self)

    # What is there

    def liquidator_pools(self, dex: str | None = None) -> list[Pool]:
        """Pools of the liquidators, of one dex or of all."""
        return [
            owner.crosses[owner.dex] for owner in self.owners if owner.role == LIQUIDATOR and dex in (None, owner.dex)
        ]

    def depth(self, market: int, sign: int) -> list[tuple[int, int, int]]:
        """(price, lots, orders) of a side, best first."""
        orders = [order for order in self.book if order.market == market and order.sign == sign]
        prices = sorted({order.price for order in orders}, reverse=sign > 0)
        return [
            (price, sum(o.lots for o in orders if o.price == price), sum(o.price == price for o in orders))
            for price in prices
        ]
