"""The exchange: markets, accounts, orders, blocks. Exact integers inside, a small face outside (docs/exchange.md).

Time is given by the caller; nothing here reads a clock, a file or chance, so the same calls give the same bits.
"""

from __future__ import annotations

import msgspec
import numpy as np

from liqscape.errors import ModelError
from liqscape.exchange.addresses import address_key
from liqscape.exchange.build import empty_state
from liqscape.exchange.columns import (
    ASK,
    BID,
    NO_ROW,
    VENUES,
    Account,
    Answer,
    BookKind,
    Clock,
    EventKind,
    Flow,
    Full,
    Market,
    Order,
    Pool,
    Position,
    Role,
)
from liqscape.exchange.compact import pack, unpack
from liqscape.exchange.output import BlockOutput, LoadReport
from liqscape.exchange.requests import check_requests
from liqscape.exchange.rules import Rules
from liqscape.exchange.scale import LARGEST_UUSD, largest_notional
from liqscape.exchange.stages import run_stages
from liqscape.exchange.state import State, digest
from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTable, MarginTables
from liqscape.model.markets import Market as ModelMarket
from liqscape.model.markets import Markets, MarketSnapshot
from liqscape.units import Int64Array, PoolMode

MOST_ACCOUNTS, MOST_ORDERS, MOST_FILLS = 32_768, 1_048_576, 2_097_152
"""Room of the tables; what is never used takes no memory."""


REST_ADDRESS = "0x" + "f" * 40
"""The account that stands for everybody not modelled."""


class Exchange:
    """One exchange. Raises ModelError for what may not be done."""

    def __init__(
        self, state: State, markets: Markets, tables: MarginTables, rules: Rules, addresses: list[str]
    ) -> None:
        self.state = state
        self.markets = markets
        self.tables = tables
        self.rules = rules
        self.addresses = addresses
        self._largest = largest_notional(state.tier)
        self._row = dict(zip(reversed(addresses), range(len(addresses) - 1, -1, -1), strict=True))

    @classmethod
    def build(
        cls,
        markets: Markets,
        tables: MarginTables,
        rules: Rules | None = None,
        *,
        time_ms: int,
        book_kind: int = BookKind.ORDERS,
        can_trade: bool = True,
        most_accounts: int = MOST_ACCOUNTS,
        most_orders: int = MOST_ORDERS,
        most_fills: int = MOST_FILLS,
    ) -> Exchange:
        """An exchange without accounts. Marks begin with the first oracle."""
        rules = rules or Rules()
        state = empty_state(
            markets,
            tables,
            rules,
            time_ms=time_ms,
            book_kind=book_kind,
            can_trade=can_trade,
            most_accounts=most_accounts,
            most_orders=most_orders,
            most_fills=most_fills,
        )
        return cls(state, markets, tables, rules, [])

    @property
    def time_ms(self) -> int:
        """Time of the present block."""
        return int(self.state.clock[Clock.TIME_MS])

    @property
    def block(self) -> int:
        """Number of the present block."""
        return int(self.state.clock[Clock.BLOCK])

    # Accounts

    def open_account(
        self, address: str, deposit_uusd: int = 0, role: int = Role.USER, mode: int = PoolMode.CROSS
    ) -> int:
        """A new account with its cross pool. Returns its row."""
        clock, state = self.state.clock, self.state
        row, pool = int(clock[Clock.ACCOUNT_COUNT]), int(clock[Clock.POOL_COUNT])
        if address in self._row:
            raise ModelError(f"account {address} is open already")
        if row >= len(state.account):
            raise ModelError(f"the exchange has room for {len(state.account)} accounts")
        account = state.account[row]
        account[:] = 0
        account[Account.ADDRESS_KEY] = address_key(address)
        account[Account.FIRST_ISOLATED] = account[Account.FIRST_ORDER] = NO_ROW
        account[Account.ROLE], account[Account.MODE] = role, mode
        account[Account.TAKER_RATE], account[Account.MAKER_RATE] = self.rules.taker_rate, self.rules.maker_rate
        account[Account.COOLDOWN_UNTIL_MS] = -(2**62)
        account[Account.CROSS_POOL] = pool
        self._open_pool(row, NO_ROW, len(self.markets))
        clock[Clock.ACCOUNT_COUNT] = row + 1
        if role == Role.LIQUIDATOR:
            if clock[Clock.LIQUIDATOR_COUNT] == 0:
                clock[Clock.FIRST_LIQUIDATOR] = row
            clock[Clock.LIQUIDATOR_COUNT] += 1
        if role == Role.MAKER and clock[Clock.MAKER] == NO_ROW:
            clock[Clock.MAKER] = row
        self.addresses.append(address)
        self._row[address] = row
        if deposit_uusd:
            self.deposit(row, deposit_uusd)
        return row

    def account_row(self, address: str) -> int | None:
        """Row of an address; None if it has no account."""
        return self._row.get(address)

    def deposit(self, account: int, uusd: int) -> None:
        """Pay in (or out, negative) micro-USD of the cross pool.

        Raises ModelError if what stays would be below max(initial margin, a tenth of all notional) (HL.DOC.MARGINING).
        """
        from liqscape.exchange.kernels.account import log_deposit, withdrawable

        self._check_account(account)
        if abs(uusd) > LARGEST_UUSD:
            raise ModelError(f"deposit of {uusd} micro-USD is beyond {LARGEST_UUSD}")
        if uusd < 0 and -uusd > withdrawable(self.state, account):
            raise ModelError(
                f"{self.addresses[account]} may take out {withdrawable(self.state, account)} micro-USD, not {-uusd}"
            )
        cross = self.state.pool[self.cross_pool(account)]
        cross[Pool.CASH] += uusd
        cross[Pool.SAFE_UNTIL] = 0
        self.state.flow[Flow.DEPOSITED] += uusd
        log_deposit(self.state, account, uusd, NO_ROW, EventKind.DEPOSIT)

    def withdrawable(self, account: int) -> int:
        """micro-USD that may leave the cross pool now."""
        from liqscape.exchange.kernels.account import withdrawable

        return int(withdrawable(self.state, account))

    def set_leverage(self, account: int, market: int, leverage: int, *, is_isolated: bool) -> None:
        """The user's leverage in a market, cross or isolated; an open position takes it over."""
        self._check_account(account)
        most = int(self.state.market[market, Market.MAX_LEVERAGE])
        coin = self.markets.rows[market].coin
        if not 1 <= leverage <= most:
            raise ModelError(f"leverage {leverage} for {coin} is outside 1..{most}")
        if self.markets.rows[market].is_isolated_only and not is_isolated:
            raise ModelError(f"{coin} allows isolated margin only")
        was_isolated = bool(self.state.setting[account, market] < 0)
        backing = self.isolated_pool(account, market) if was_isolated else self.cross_pool(account)
        held = self.position_row(backing, market)
        if held != NO_ROW and was_isolated != is_isolated:
            raise ModelError(f"{self.addresses[account]} holds {coin}; the margin mode cannot change")
        if is_isolated and self.isolated_pool(account, market) == NO_ROW:
            pool = self._open_pool(account, market, 1)
            self.state.pool[pool, Pool.NEXT] = self.state.account[account, Account.FIRST_ISOLATED]
            self.state.account[account, Account.FIRST_ISOLATED] = pool
        self.state.setting[account, market] = -leverage if is_isolated else leverage
        if held != NO_ROW:
            self.state.position[held, Position.LEVERAGE] = leverage

    def move_margin(self, account: int, market: int, uusd: int) -> None:
        """Move micro-USD from the cross pool into an isolated position (negative: back)."""
        from liqscape.exchange.kernels.account import isolated_spare, log_deposit, withdrawable

        self._check_account(account)
        pool = self.isolated_pool(account, market)
        coin = self.markets.rows[market].coin
        if pool == NO_ROW or not self.state.pool[pool, Pool.COUNT]:
            raise ModelError(f"{self.addresses[account]} holds no isolated {coin}")
        free = withdrawable(self.state, account) if uusd > 0 else isolated_spare(self.state, pool)
        if abs(uusd) > free:
            raise ModelError(f"{self.addresses[account]} may move {free} micro-USD, not {abs(uusd)}")
        cross = self.cross_pool(account)
        self.state.pool[pool, Pool.CASH] += uusd
        self.state.pool[cross, Pool.CASH] -= uusd
        self.state.pool[[pool, cross], Pool.SAFE_UNTIL] = 0
        log_deposit(self.state, account, uusd, market, EventKind.MARGIN_MOVED)

    def cross_pool(self, account: int) -> int:
        """Row of the cross pool of an account."""
        return int(self.state.account[account, Account.CROSS_POOL])

    def isolated_pool(self, account: int, market: int) -> int:
        """Row of the isolated pool of an account in a market, NO_ROW if it has none."""
        pool = int(self.state.account[account, Account.FIRST_ISOLATED])
        while pool != NO_ROW and self.state.pool[pool, Pool.ISOLATED_MARKET] != market:
            pool = int(self.state.pool[pool, Pool.NEXT])
        return pool

    def pools_of(self, account: int) -> list[int]:
        """Rows of the cross pool and all isolated pools of an account."""
        pools = [self.cross_pool(account)]
        pool = int(self.state.account[account, Account.FIRST_ISOLATED])
        while pool != NO_ROW:
            pools.append(pool)
            pool = int(self.state.pool[pool, Pool.NEXT])
        return pools

    def positions_of(self, pool: int) -> Int64Array:
        """(n, Position.WIDTH) positions of a pool, a view."""
        start = int(self.state.pool[pool, Pool.START])
        return self.state.position[start : start + int(self.state.pool[pool, Pool.COUNT])]

    def position_row(self, pool: int, market: int) -> int:
        """Row of a pool's position in a market, NO_ROW if it has none."""
        if pool == NO_ROW:
            return NO_ROW
        at = np.flatnonzero(self.positions_of(pool)[:, Position.MARKET] == market)
        return int(self.state.pool[pool, Pool.START]) + int(at[0]) if len(at) else NO_ROW

    # Prices

    def set_oracle(self, oracle_ticks: Int64Array, venue_ticks: Int64Array | None = None) -> None:
        """(M,) oracle and (M, VENUES) outside mids in ticks (0: none), taken over at the next mark update."""
        self.state.market[:, Market.NEXT_ORACLE] = oracle_ticks
        if venue_ticks is not None:
            if venue_ticks.shape != (len(self.markets), VENUES):
                raise ModelError(f"outside mids have shape {venue_ticks.shape}")
            self.state.venue[:] = venue_ticks

    def set_marks(self, ticks: Int64Array) -> None:
        """(M,) marks for the next mark update, where the rule says that marks are given."""
        self.state.market[:, Market.NEXT_MARK] = ticks

    def start_prices(self, oracle_ticks: Int64Array) -> None:
        """Before the first block: oracle, mark and previous mark at once."""
        for column in (Market.ORACLE, Market.NEXT_ORACLE, Market.NEXT_MARK, Market.MARK, Market.PREVIOUS_MARK):
            self.state.market[:, column] = oracle_ticks
        self.state.market[:, Market.PREVIOUS_ORACLE] = oracle_ticks
        self.state.pool[:, Pool.SAFE_UNTIL] = 0

    # Blocks

    def step(self, time_ms: int, requests: Int64Array | None = None) -> BlockOutput:
        """One block: requests, marks, liquidation, funding; its logs."""
        from liqscape.exchange.kernels.block import begin_checks, end_block

        if time_ms < self.time_ms:
            raise ModelError(f"block at {time_ms} ms is before the last one at {self.time_ms}")
        self.state.clock[Clock.TIME_MS] = time_ms
        self.state.clock[Clock.BLOCK] += 1
        answers = np.zeros((0, Answer.WIDTH), np.int64) if requests is None else self.submit(requests)
        found, due = np.empty(self.state.clock[Clock.POOL_COUNT], np.int64), np.zeros(3, np.int64)
        count = int(begin_checks(self.state, found, due))
        is_check, is_backstop, is_mark = (bool(each) for each in due)
        run_stages(self.state, found, count, is_check, is_backstop, is_mark)
        end_block(self.state)
        self._check_room()
        fills, events = self.drain()
        return BlockOutput(time_ms, self.block, answers, fills, events, is_mark)

    def submit(self, requests: Int64Array) -> Int64Array:
        """Answer requests (n, Request.WIDTH) inside the present block. Raises ModelError for rows out of range."""
        from liqscape.exchange.kernels.matching import process

        check_requests(requests, self.state, len(self.addresses), self._largest)
        answers = np.zeros((len(requests), Answer.WIDTH), np.int64)
        process(self.state, np.ascontiguousarray(requests, np.int64), answers)
        self._check_room()
        return answers

    def drain(self) -> tuple[Int64Array, Int64Array]:
        """(fills, events) since the last drain, as copies."""
        clock = self.state.clock
        fills = self.state.fill[: clock[Clock.FILL_COUNT]].copy()
        events = self.state.event[: clock[Clock.EVENT_COUNT]].copy()
        clock[Clock.FILL_COUNT] = clock[Clock.EVENT_COUNT] = 0
        return fills, events

    # What is there

    def pool_margin(self) -> tuple[Int64Array, Int64Array]:
        """(A,) value in micro-USD and maintenance in 1/MULTIPLIER micro-USD of every pool, exact."""
        from liqscape.exchange.kernels.margin import all_margins

        count = int(self.state.clock[Clock.POOL_COUNT])
        value, maintenance = np.zeros(count, np.int64), np.zeros(count, np.int64)
        all_margins(self.state, value, maintenance)
        return value, maintenance

    def depth(self, market: int, count: int = 20) -> tuple[Int64Array, Int64Array]:
        """(bids, asks), each (n, 3): price ticks, lots, orders; best first."""
        from liqscape.exchange.kernels.matching import copy_depth

        sides = []
        for side in (BID, ASK):
            rows = np.zeros((count, 3), np.int64)
            sides.append(rows[: copy_depth(self.state, market, side, rows)])
        return sides[0], sides[1]

    def best(self, market: int) -> tuple[int, int]:
        """(best bid, best ask) ticks; 0 where a side is empty."""
        bids, asks = self.depth(market, 1)
        return (int(bids[0, 0]) if len(bids) else 0), (int(asks[0, 0]) if len(asks) else 0)

    def open_orders(self, account: int) -> Int64Array:
        """(n, Order.WIDTH) resting orders of an account, newest first."""
        rows = []
        slot = int(self.state.account[account, Account.FIRST_ORDER])
        while slot != NO_ROW:
            rows.append(self.state.order[slot].copy())
            slot = int(self.state.order[slot, Order.NEXT_OF_ACCOUNT])
        return np.array(rows, np.int64).reshape(-1, Order.WIDTH)

    def load(
        self,
        accounts: Accounts,
        snapshot: MarketSnapshot,
        *,
        rest_address: str = REST_ADDRESS,
        exempt_role: int = Role.MAKER,
    ) -> LoadReport:
        """Fill an exchange without accounts with a whole market; see load.py."""
        from liqscape.exchange.load import load_accounts

        return load_accounts(self, accounts, snapshot, rest_address, exempt_role)

    def to_accounts(self) -> Accounts:
        """Every pool with positions as the map's columns, quality MODELLED."""
        from liqscape.exchange.convert import to_accounts

        return to_accounts(self)

    def snapshot(self) -> MarketSnapshot:
        """Marks, oracles, open interest now."""
        from liqscape.exchange.convert import to_snapshot

        return to_snapshot(self)

    # Whole states

    def digest(self) -> str:
        """SHA-256 of everything that decides the future."""
        return digest(self.state)

    def checkpoint(self) -> bytes:
        """Everything, to go on from later to the same bits."""
        more = {
            "addresses": self.addresses,
            "markets": [msgspec.to_builtins(row) for row in self.markets.rows],
            "tables": [[table.table_id, table.tiers, table.description] for table in self.tables.tables],
            "rules": msgspec.to_builtins(self.rules),
        }
        return pack(self.state, more)

    @classmethod
    def restore(cls, content: bytes) -> Exchange:
        """The exchange of a checkpoint. Raises ModelError for bytes that are none."""
        state, more = unpack(content)
        try:
            markets = Markets.build([msgspec.convert(row, ModelMarket) for row in more["markets"]])
            tables = MarginTables.build(
                [
                    msgspec.convert({"table_id": i, "tiers": t, "description": d}, MarginTable)
                    for i, t, d in more["tables"]
                ]
            )
            rules = msgspec.convert(more["rules"], Rules)
            addresses = list(more["addresses"])
        except (KeyError, TypeError, ValueError, msgspec.MsgspecError) as error:
            raise ModelError(f"a checkpoint of another version: {error}") from None
        return cls(state, markets, tables, rules, addresses)

    # Private

    def _open_pool(self, account: int, market: int, capacity: int) -> int:
        state, clock = self.state, self.state.clock
        pool, start = int(clock[Clock.POOL_COUNT]), int(clock[Clock.POSITION_END])
        if pool >= len(state.pool) or start + capacity > len(state.position):
            raise ModelError(f"no room for another margin pool: {pool} pools, {start} position rows in use")
        row = state.pool[pool]
        row[:] = 0
        row[Pool.ACCOUNT], row[Pool.ISOLATED_MARKET] = account, market
        row[Pool.START], row[Pool.CAPACITY] = start, capacity
        row[Pool.NEXT], row[Pool.IS_OPEN] = NO_ROW, 1
        clock[Clock.POOL_COUNT] = pool + 1
        clock[Clock.POSITION_END] = start + capacity
        return pool

    def _check_account(self, account: int) -> None:
        if not 0 <= account < len(self.addresses):
            raise ModelError(f"account row {account} is outside 0..{len(self.addresses) - 1}")

    def _check_room(self) -> None:
        error = int(self.state.clock[Clock.ERROR])
        if error:
            raise ModelError(f"the exchange has no room for more {Full(error).name.lower()}; build it larger")
