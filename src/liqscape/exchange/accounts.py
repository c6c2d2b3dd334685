"""Accounts of the exchange: their pools, the money in them, leverage, collateral (docs/exchange.md, "State")."""

from __future__ import annotations

import numpy as np

from liqscape.errors import ModelError
from liqscape.exchange.addresses import address_key
from liqscape.exchange.build import dexs_of, tokens_of
from liqscape.exchange.columns import (
    NO_ROW,
    RATE_UNIT,
    AccountColumn,
    ClockColumn,
    EventKind,
    FlowColumn,
    Full,
    HoldingColumn,
    MarketColumn,
    PoolColumn,
    PositionColumn,
    Role,
)
from liqscape.exchange.rules import Rules
from liqscape.exchange.scale import LARGEST_UUSD, largest_notional
from liqscape.exchange.state import State
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import Markets
from liqscape.units import Int64Array, PoolMode

GROUPED_BY: dict[int, int] = {
    PoolMode.CROSS: MarketColumn.DEX,
    PoolMode.UNIFIED: MarketColumn.COLLATERAL,
    PoolMode.PORTFOLIO: MarketColumn.ANY,
}
"""Column of Market that says which markets share a cross pool."""


class AccountsOfExchange:
    """What `Exchange` knows of accounts. Raises ModelError for what may not be done."""

    def __init__(
        self, state: State, markets: Markets, tables: MarginTables, rules: Rules, addresses: list[str]
    ) -> None:
        self.markets = markets
        self.tables = tables
        self.rules = rules
        self.dexs, self.collateral_tokens = dexs_of(markets), tokens_of(markets)
        """Names of the dexs and of the tokens of their collateral; MarketColumn.DEX and .COLLATERAL count in them."""
        self.adopt(state, addresses)

    def adopt(self, state: State, addresses: list[str]) -> None:
        """Use these tables from now on; they have the same markets, and account addresses in the order of rows."""
        self.state = state
        self.addresses = addresses
        self._largest = largest_notional(state.tier)
        self._row = dict(zip(reversed(addresses), range(len(addresses) - 1, -1, -1), strict=True))

    def open_account(
        self, address: str, deposit_uusd: int = 0, role: int = Role.USER, mode: int = PoolMode.CROSS, dex: int = 0
    ) -> int:
        """A new account with its cross pools. Returns its row.

        The mode says which markets share a pool: those of a dex, of a collateral token (UNIFIED), all (PORTFOLIO). The
        deposit goes to the pool that backs `dex`; a liquidator takes over pools of that dex and has only this pool.
        """
        clock, state = self.state.clock, self.state
        row = int(clock[ClockColumn.ACCOUNT_COUNT])
        self._check_dex(dex)
        if address in self._row:
            raise ModelError(f"account {address} is open already")
        if row >= len(state.account):
            raise ModelError(f"the exchange has room for {len(state.account)} accounts")
        account = state.account[row]
        account[:] = 0
        account[AccountColumn.ADDRESS_KEY] = address_key(address)
        account[AccountColumn.FIRST_ISOLATED] = account[AccountColumn.FIRST_ORDER] = NO_ROW
        account[AccountColumn.ROLE], account[AccountColumn.MODE] = role, mode
        account[AccountColumn.TAKER_RATE], account[AccountColumn.MAKER_RATE] = (
            self.rules.taker_rate,
            self.rules.maker_rate,
        )
        account[AccountColumn.COOLDOWN_UNTIL_MS] = -(2**62)
        account[AccountColumn.GROUPED_BY] = GROUPED_BY.get(mode, MarketColumn.DEX)
        self._open_cross_pools(row, role, dex)
        clock[ClockColumn.ACCOUNT_COUNT] = row + 1
        if role == Role.LIQUIDATOR:
            account[AccountColumn.DEX] = dex
            state.market[state.market[:, MarketColumn.DEX] == dex, MarketColumn.LIQUIDATORS] += 1
            if clock[ClockColumn.LIQUIDATOR_COUNT] == 0:
                clock[ClockColumn.FIRST_LIQUIDATOR] = row
            clock[ClockColumn.LIQUIDATOR_COUNT] += 1
        if role == Role.MAKER and clock[ClockColumn.MAKER] == NO_ROW:
            clock[ClockColumn.MAKER] = row
        self.addresses.append(address)
        self._row[address] = row
        if deposit_uusd:
            self.deposit(row, deposit_uusd, dex)
        return row

    def account_row(self, address: str) -> int | None:
        """Row of an address; None if it has no account."""
        return self._row.get(address)

    def deposit(self, account: int, uusd: int, dex: int = 0) -> None:
        """Pay in (or out, negative) micro-USD of the cross pool that backs a dex.

        Raises ModelError if what stays would be below max(initial margin, a tenth of all notional) (HL.DOC.MARGINING).
        """
        from liqscape.exchange.kernels.account import log_money

        self._check_account(account)
        if abs(uusd) > LARGEST_UUSD:
            raise ModelError(f"deposit of {uusd} micro-USD is beyond {LARGEST_UUSD}")
        pool = self.cross_pool(account, dex)
        if uusd < 0 and -uusd > self.spare(pool):
            raise ModelError(f"{self.addresses[account]} may take out {self.spare(pool)} micro-USD, not {-uusd}")
        self._pay(pool, uusd)
        self.state.flow[FlowColumn.DEPOSITED] += uusd
        log_money(self.state, EventKind.DEPOSIT, account, NO_ROW, uusd, start=0, end=0, dex=dex)

    def withdrawable(self, account: int, dex: int = 0) -> int:
        """micro-USD that may leave the cross pool that backs a dex now."""
        return self.spare(self.cross_pool(account, dex))

    def spare(self, pool: int) -> int:
        """micro-USD that may be taken out of a margin pool now."""
        from liqscape.exchange.kernels.account import spare

        return int(spare(self.state, pool))

    def hold_collateral(self, account: int, market: int, lots: int, loan_to_value_percent: int) -> None:
        """Let a portfolio account hold so many lots of a market's coin as collateral, worth its mark.

        What is borrowed on it is negative cash (`deposit` of less than nothing), at most the loan to value. Raises
        ModelError for other accounts, values out of range, and collateral that a debt still needs.
        """
        from liqscape.exchange.kernels.collateral import set_holding

        self._check_account(account)
        name, coin = self.addresses[account], self.markets.coins[market]
        if self.state.account[account, AccountColumn.MODE] != PoolMode.PORTFOLIO:
            raise ModelError(f"{name} has no portfolio margin: {coin} is no collateral")
        if not 0 <= loan_to_value_percent < 100:
            raise ModelError(f"loan to value {loan_to_value_percent} % of {coin} is outside 0..99")
        mark, pool = int(self.state.market[market, MarketColumn.MARK]), self.cross_pool(account, self.dex_of(market))
        if not 0 <= lots * mark <= self._largest.min():
            raise ModelError(f"{lots} lots of {coin} are more than the exchange can count as collateral")
        released = (self.collateral_of(pool).get(market, 0) - lots) * mark * loan_to_value_percent // 100
        if released > 0 and released > self.spare(pool):
            raise ModelError(f"{name} may release collateral for {self.spare(pool)} micro-USD of debt, not {released}")
        rate = (100 - loan_to_value_percent) * RATE_UNIT // 200
        set_holding(self.state, pool, market, lots, rate)
        self._check_room()

    def collateral_of(self, pool: int) -> dict[int, int]:
        """Lots of each market's coin that a pool holds as collateral."""
        found, held = {}, int(self.state.pool[pool, PoolColumn.HOLDING])
        while held:
            row = self.state.holding[held - 1]
            found[int(row[HoldingColumn.MARKET])] = int(row[HoldingColumn.LOTS])
            held = int(row[HoldingColumn.NEXT])
        return found

    def move_between_dexs(self, account: int, from_dex: int, to_dex: int, uusd: int) -> None:
        """Move micro-USD between an account's cross pools of two dexs of one collateral token.

        Raises ModelError for other tokens, one pool that backs both, or more than the first pool may give.
        """
        from liqscape.exchange.kernels.account import log_money

        self._check_account(account)
        giver, taker = self.cross_pool(account, from_dex), self.cross_pool(account, to_dex)
        names = f"{self.dexs[from_dex] or 'the first dex'} and {self.dexs[to_dex] or 'the first dex'}"
        if giver == taker:
            raise ModelError(f"{self.addresses[account]} has one pool for {names}")
        if self._token_of(from_dex) != self._token_of(to_dex):
            raise ModelError(f"{names} have other collateral tokens")
        if not 0 < uusd <= self.spare(giver):
            raise ModelError(f"{self.addresses[account]} may move {self.spare(giver)} micro-USD, not {uusd}")
        self._pay(giver, -uusd)
        self._pay(taker, uusd)
        log_money(self.state, EventKind.TRANSFER, account, NO_ROW, uusd, start=from_dex, end=to_dex, dex=0)

    def set_leverage(self, account: int, market: int, leverage: int, *, is_isolated: bool) -> None:
        """The user's leverage in a market, cross or isolated; an open position takes it over."""
        self._check_account(account)
        most = int(self.state.market[market, MarketColumn.MAX_LEVERAGE])
        coin = self.markets.rows[market].coin
        if not 1 <= leverage <= most:
            raise ModelError(f"leverage {leverage} for {coin} is outside 1..{most}")
        if self.markets.rows[market].is_isolated_only and not is_isolated:
            raise ModelError(f"{coin} allows isolated margin only")
        was_isolated = bool(self.state.setting[account, market] < 0)
        dex = self.dex_of(market)
        backing = self.isolated_pool(account, market) if was_isolated else self.cross_pool(account, dex)
        held = self.position_row(backing, market)
        if held != NO_ROW and was_isolated != is_isolated:
            raise ModelError(f"{self.addresses[account]} holds {coin}; the margin mode cannot change")
        if is_isolated and self.isolated_pool(account, market) == NO_ROW:
            pool = self._open_pool(account, market, 1)
            self.state.pool[pool, PoolColumn.NEXT] = self.state.account[account, AccountColumn.FIRST_ISOLATED]
            self.state.account[account, AccountColumn.FIRST_ISOLATED] = pool
        self.state.setting[account, market] = -leverage if is_isolated else leverage
        if held != NO_ROW:
            self.state.position[held, PositionColumn.LEVERAGE] = leverage

    def move_margin(self, account: int, market: int, uusd: int) -> None:
        """Move micro-USD from the cross pool into an isolated position (negative: back, not where strict)."""
        from liqscape.exchange.kernels.account import log_money

        self._check_account(account)
        pool = self.isolated_pool(account, market)
        coin = self.markets.rows[market].coin
        if pool == NO_ROW or not self.state.pool[pool, PoolColumn.COUNT]:
            raise ModelError(f"{self.addresses[account]} holds no isolated {coin}")
        if uusd < 0 and self.markets.rows[market].is_strict_isolated:
            raise ModelError(f"{coin} is strictly isolated: margin leaves a position only as it closes")
        dex = self.dex_of(market)
        cross = self.cross_pool(account, dex)
        free = self.spare(cross if uusd > 0 else pool)
        if abs(uusd) > free:
            raise ModelError(f"{self.addresses[account]} may move {free} micro-USD, not {abs(uusd)}")
        self._pay(pool, uusd)
        self._pay(cross, -uusd)
        log_money(self.state, EventKind.MARGIN_MOVED, account, market, uusd, start=0, end=0, dex=dex)

    def dex_of(self, market: int) -> int:
        """Index of a market's dex in `dexs`."""
        return int(self.state.market[market, MarketColumn.DEX])

    def cross_pool(self, account: int, dex: int = 0) -> int:
        """Row of the cross pool of an account that backs a dex. Raises ModelError where it has none."""
        self._check_dex(dex)
        state = self.state
        market = int(np.argmax(state.market[:, MarketColumn.DEX] == dex))
        group = state.market[market, state.account[account, AccountColumn.GROUPED_BY]]
        for pool in self.cross_pools(account):
            if state.pool[pool, PoolColumn.GROUP] == group:
                return pool
        raise ModelError(f"{self.addresses[account]} has no cross pool for dex {self.dexs[dex]!r}")

    def cross_pools(self, account: int) -> list[int]:
        """Rows of the cross pools of an account, the first dex's first."""
        return self._chain(int(self.state.account[account, AccountColumn.CROSS_POOL]))

    def isolated_pool(self, account: int, market: int) -> int:
        """Row of the isolated pool of an account in a market, NO_ROW if it has none."""
        pool = int(self.state.account[account, AccountColumn.FIRST_ISOLATED])
        while pool != NO_ROW and self.state.pool[pool, PoolColumn.ISOLATED_MARKET] != market:
            pool = int(self.state.pool[pool, PoolColumn.NEXT])
        return pool

    def pools_of(self, account: int) -> list[int]:
        """Rows of all pools of an account, cross pools first."""
        isolated = self._chain(int(self.state.account[account, AccountColumn.FIRST_ISOLATED]))
        return self.cross_pools(account) + isolated

    def positions_of(self, pool: int) -> Int64Array:
        """(n, PositionColumn.WIDTH) positions of a pool, a view."""
        start = int(self.state.pool[pool, PoolColumn.START])
        return self.state.position[start : start + int(self.state.pool[pool, PoolColumn.COUNT])]

    def position_row(self, pool: int, market: int) -> int:
        """Row of a pool's position in a market, NO_ROW if it has none."""
        if pool == NO_ROW:
            return NO_ROW
        at = np.flatnonzero(self.positions_of(pool)[:, PositionColumn.MARKET] == market)
        return int(self.state.pool[pool, PoolColumn.START]) + int(at[0]) if len(at) else NO_ROW

    def _open_cross_pools(self, account: int, role: int, dex: int) -> None:
        """One pool a group of markets; of a liquidator the one of its dex."""
        row = self.state.account[account]
        groups = self.state.market[:, row[AccountColumn.GROUPED_BY]]
        wanted = np.unique(groups) if role != Role.LIQUIDATOR else np.array([dex])
        row[AccountColumn.CROSS_POOL] = last = NO_ROW
        for group in wanted.tolist():
            pool = self._open_pool(account, NO_ROW, int(np.count_nonzero(groups == group)), group)
            if last == NO_ROW:
                row[AccountColumn.CROSS_POOL] = pool
            else:
                self.state.pool[last, PoolColumn.NEXT] = pool
            last = pool

    def _chain(self, pool: int) -> list[int]:
        pools = []
        while pool != NO_ROW:
            pools.append(pool)
            pool = int(self.state.pool[pool, PoolColumn.NEXT])
        return pools

    def _pay(self, pool: int, uusd: int) -> None:
        self.state.pool[pool, PoolColumn.CASH] += uusd
        self.state.pool[pool, PoolColumn.SAFE_UNTIL] = 0

    def _token_of(self, dex: int) -> int:
        market = self.state.market
        return int(market[np.argmax(market[:, MarketColumn.DEX] == dex), MarketColumn.COLLATERAL])

    def _check_dex(self, dex: int) -> None:
        if not 0 <= dex < len(self.dexs):
            raise ModelError(f"dex {dex} is outside 0..{len(self.dexs) - 1}")

    def _open_pool(self, account: int, market: int, capacity: int, group: int = NO_ROW) -> int:
        state, clock = self.state, self.state.clock
        pool, start = int(clock[ClockColumn.POOL_COUNT]), int(clock[ClockColumn.POSITION_END])
        if pool >= len(state.pool) or start + capacity > len(state.position):
            raise ModelError(f"no room for another margin pool: {pool} pools, {start} position rows in use")
        row = state.pool[pool]
        row[:] = 0
        row[PoolColumn.ACCOUNT], row[PoolColumn.ISOLATED_MARKET] = account, market
        row[PoolColumn.START], row[PoolColumn.CAPACITY], row[PoolColumn.GROUP] = start, capacity, group
        row[PoolColumn.NEXT], row[PoolColumn.IS_OPEN] = NO_ROW, 1
        clock[ClockColumn.POOL_COUNT] = pool + 1
        clock[ClockColumn.POSITION_END] = start + capacity
        return pool

    def _check_account(self, account: int) -> None:
        if not 0 <= account < len(self.addresses):
            raise ModelError(f"account row {account} is outside 0..{len(self.addresses) - 1}")

    def _check_room(self) -> None:
        error = int(self.state.clock[ClockColumn.ERROR])
        if error:
            raise ModelError(f"the exchange has no room for more {Full(error).name.lower()}; build it larger")
