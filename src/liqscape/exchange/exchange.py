"""The exchange: markets, accounts, orders, blocks. Exact integers inside, a small face outside (docs/exchange.md).

Time is given by the caller; nothing here reads a clock, a file or chance, so the same calls give the same bits.
"""

from __future__ import annotations

from copy import copy
from dataclasses import replace

import msgspec
import numpy as np

from liqscape.errors import ModelError
from liqscape.exchange.accounts import AccountsOfExchange
from liqscape.exchange.build import empty_state
from liqscape.exchange.checkpoint import digest, pack, unpack
from liqscape.exchange.columns import (
    ASK,
    BID,
    NO_ROW,
    VENUES,
    AccountColumn,
    AnswerColumn,
    BookKind,
    ClockColumn,
    EventColumn,
    FillColumn,
    MarketColumn,
    OrderColumn,
    PoolColumn,
    TriggerColumn,
    TriggerCounter,
    TriggersOf,
)
from liqscape.exchange.output import BlockOutput
from liqscape.exchange.requests import check_requests
from liqscape.exchange.room import MAX_TRIGGERS
from liqscape.exchange.rules import Rules, TriggerTurn
from liqscape.exchange.stages import run_stages
from liqscape.exchange.state import State
from liqscape.model.margin_tables import MarginTable, MarginTables
from liqscape.model.markets import Market as ModelMarket
from liqscape.model.markets import Markets
from liqscape.units import Float64Array, Int64Array

MAX_ACCOUNTS, MAX_ORDERS, MAX_FILLS = 32_768, 1_048_576, 2_097_152
"""Room of the tables; what is never used takes no memory."""
LARGEST_FEE_FACTOR = 20_000
"""A deployer's scale of 10 doubles to 20 times (HL.DOC.FEES)."""


class Exchange(AccountsOfExchange):
    """One exchange. Raises ModelError for what may not be done."""

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
        max_accounts: int = MAX_ACCOUNTS,
        max_orders: int = MAX_ORDERS,
        max_fills: int = MAX_FILLS,
        max_triggers: int = MAX_TRIGGERS,
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
            max_accounts=max_accounts,
            max_orders=max_orders,
            max_fills=max_fills,
            max_triggers=max_triggers,
        )
        return cls(state, markets, tables, rules, [])

    @property
    def time_ms(self) -> int:
        """Time of the present block."""
        return int(self.state.clock[ClockColumn.TIME_MS])

    @property
    def block(self) -> int:
        """Number of the present block."""
        return int(self.state.clock[ClockColumn.BLOCK])

    # Markets

    def set_fee_factor(self, market: int, permille: int) -> None:
        """Fees of a market from now on: the account's rate times permille / 1000 (deployers scale theirs)."""
        if not 0 <= permille <= LARGEST_FEE_FACTOR:
            raise ModelError(
                f"fee factor {permille} of {self.markets.coins[market]} is outside 0..{LARGEST_FEE_FACTOR}"
            )
        self.state.market[market, MarketColumn.FEE_FACTOR] = permille

    def delist(self, market: int, price_ticks: int | None = None) -> int:
        """End a market: cancel its orders, settle its positions at a price (None: the mark). Returns positions settled.

        There is no fill, only SETTLEMENT events. The mark stands still from then on. Raises ModelError for a market
        that has ended already or has no price.
        """
        from liqscape.exchange.kernels.settlement import settle_market

        coin, row = self.markets.coins[market], self.state.market[market]
        price = int(row[MarketColumn.MARK]) if price_ticks is None else price_ticks
        if row[MarketColumn.IS_DELISTED]:
            raise ModelError(f"{coin} is delisted already")
        if price <= 0:
            raise ModelError(f"{coin} cannot be settled at {price} ticks")
        settled = int(settle_market(self.state, market, price))
        listed = list(self.markets.rows)
        listed[market] = replace(listed[market], is_delisted=True)
        self.markets = Markets.build(listed)
        self._check_room()
        return settled

    # Prices

    def set_oracle(self, oracle_ticks: Int64Array, venue_ticks: Int64Array | None = None) -> None:
        """(M,) oracle and (M, VENUES) outside mids in ticks (0: none), taken over at the next mark update."""
        self.state.market[:, MarketColumn.NEXT_ORACLE] = oracle_ticks
        if venue_ticks is not None:
            if venue_ticks.shape != (len(self.markets), VENUES):
                raise ModelError(f"outside mids have shape {venue_ticks.shape}")
            self.state.venue[:] = venue_ticks

    def set_marks(self, ticks: Int64Array) -> None:
        """(M,) marks for the next mark update, where the rule says that marks are given."""
        self.state.market[:, MarketColumn.NEXT_MARK] = ticks

    def start_prices(self, oracle_ticks: Int64Array) -> None:
        """Before the first block: oracle, mark and previous mark at once."""
        for column in (
            MarketColumn.ORACLE,
            MarketColumn.NEXT_ORACLE,
            MarketColumn.NEXT_MARK,
            MarketColumn.MARK,
            MarketColumn.PREVIOUS_MARK,
        ):
            self.state.market[:, column] = oracle_ticks
        self.state.market[:, MarketColumn.PREVIOUS_ORACLE] = oracle_ticks
        self.state.pool[:, PoolColumn.SAFE_UNTIL] = 0
        if self.state.clock[ClockColumn.HOLDING_COUNT]:
            from liqscape.exchange.kernels.holdings import value_all_holdings

            value_all_holdings(self.state)

    def set_profiles(self, profile: Float64Array, profile_state: Float64Array) -> None:
        """Depth of PROFILE books from now on, tables as in State, in place of what was there."""
        self.state = self.state._replace(profile=profile, profile_state=profile_state)

    def set_triggers(self, tables: tuple[Int64Array, Int64Array, Int64Array, Int64Array]) -> None:
        """Trigger orders from now on, tables as `room.no_triggers` has them, in place of what waited."""
        trigger, trigger_side, triggers_of, trigger_counter = tables
        self.state = self.state._replace(
            trigger=trigger, trigger_side=trigger_side, triggers_of=triggers_of, trigger_counter=trigger_counter
        )

    def twin(self, state: State, rules: Rules) -> Exchange:
        """The same markets and accounts under these rules, in tables that are its own; names are shared."""
        other = copy(self)
        other.rules, other.state = rules, state._replace(rules=rules.column())
        return other

    # Blocks

    def step(self, time_ms: int, requests: Int64Array | None = None) -> BlockOutput:
        """One block: requests, marks, liquidation, funding; its logs."""
        from liqscape.exchange.kernels.block import begin_checks, end_block, move_due_marks

        if time_ms < self.time_ms:
            raise ModelError(f"block at {time_ms} ms is before the last one at {self.time_ms}")
        self.state.clock[ClockColumn.TIME_MS] = time_ms
        self.state.clock[ClockColumn.BLOCK] += 1
        self._fire_triggers(TriggerTurn.FIRST)
        answers = np.zeros((0, AnswerColumn.WIDTH), np.int64) if requests is None else self.submit(requests)
        self._fire_triggers(TriggerTurn.AFTER_ORDERS)
        is_mark = bool(move_due_marks(self.state))
        if is_mark:
            self._fire_triggers(TriggerTurn.WITH_MARKS)
        found, due = np.empty(self.state.clock[ClockColumn.POOL_COUNT], np.int64), np.zeros(2, np.int64)
        count = int(begin_checks(self.state, found, is_mark, due))
        is_check, is_backstop = (bool(each) for each in due)
        run_stages(self.state, found, count, is_check, is_backstop, is_mark)
        self._fire_triggers(TriggerTurn.AFTER_LIQUIDATIONS, is_mark)
        end_block(self.state)
        self._check_room()
        fills, events = self.drain()
        return BlockOutput(
            time_ms=time_ms, block=self.block, answers=answers, fills=fills, events=events, is_mark_update=is_mark
        )

    def submit(self, requests: Int64Array) -> Int64Array:
        """Answer requests (n, RequestColumn.WIDTH) inside the present block. Raises ModelError for impossible rows."""
        from liqscape.exchange.kernels.matching import process

        check_requests(requests, self.state, len(self.addresses), self._largest)
        answers = np.zeros((len(requests), AnswerColumn.WIDTH), np.int64)
        process(self.state, np.ascontiguousarray(requests, np.int64), answers)
        self._check_room()
        return answers

    def drain(self) -> tuple[Int64Array, Int64Array]:
        """(fills, events) since the last drain, as copies."""
        clock = self.state.clock
        fills = self.state.fill[: clock[ClockColumn.FILL_COUNT]].copy()
        events = self.state.event[: clock[ClockColumn.EVENT_COUNT]].copy()
        clock[ClockColumn.FILL_COUNT] = clock[ClockColumn.EVENT_COUNT] = 0
        return fills, events

    def clear_logs(self, rows: int) -> None:
        """Forget fills and events since the last drain, and have room for so many of each from now on."""
        self.state = self.state._replace(
            fill=np.zeros((rows, FillColumn.WIDTH), np.int64), event=np.zeros((rows, EventColumn.WIDTH), np.int64)
        )
        self.state.clock[[ClockColumn.FILL_COUNT, ClockColumn.EVENT_COUNT]] = 0

    # What is there

    def pool_margin(self) -> tuple[Int64Array, Int64Array]:
        """(A,) value in micro-USD and maintenance in 1/MULTIPLIER micro-USD of every pool, exact."""
        from liqscape.exchange.kernels.margin import all_margins

        count = int(self.state.clock[ClockColumn.POOL_COUNT])
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
        """(n, OrderColumn.WIDTH) resting orders of an account, newest first."""
        rows = []
        slot = int(self.state.account[account, AccountColumn.FIRST_ORDER])
        while slot != NO_ROW:
            rows.append(self.state.order[slot].copy())
            slot = int(self.state.order[slot, OrderColumn.NEXT_OF_ACCOUNT])
        return np.array(rows, np.int64).reshape(-1, OrderColumn.WIDTH)

    def waiting_triggers(self, account: int | None = None) -> Int64Array:
        """(n, TriggerColumn.WIDTH) trigger orders that wait, of one account or (None) of all, in order of their ids."""
        state = self.state
        rows = state.trigger[: state.trigger_counter[TriggerCounter.END]]
        if account is not None:
            slots, held = [], int(state.triggers_of[account, TriggersOf.FIRST])
            while held:
                slots.append(held - 1)
                held = int(state.trigger[held - 1, TriggerColumn.NEXT_OF_ACCOUNT])
            rows = state.trigger[np.array(slots, np.int64)]
        rows = rows[rows[:, TriggerColumn.ID] != 0]
        found: Int64Array = rows[np.argsort(rows[:, TriggerColumn.ID])]
        return found

    def trigger_slot(self, account: int, order_id: int) -> int:
        """Where a waiting trigger order of an account is kept (RequestColumn.SLOT); NO_ROW where it does not wait."""
        held = int(self.state.triggers_of[account, TriggersOf.FIRST])
        while held and self.state.trigger[held - 1, TriggerColumn.ID] != order_id:
            held = int(self.state.trigger[held - 1, TriggerColumn.NEXT_OF_ACCOUNT])
        return held - 1

    def _fire_triggers(self, turn: int, is_mark: bool = False) -> None:
        """Carry out what the marks have reached, where the rule says that this is the turn."""
        if self.rules.trigger_turn == turn and self.state.trigger_counter[TriggerCounter.COUNT]:
            from liqscape.exchange.kernels.triggers import fire_triggers

            fire_triggers(self.state, is_mark)

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
        return cls(state._replace(rules=rules.column()), markets, tables, rules, addresses)
