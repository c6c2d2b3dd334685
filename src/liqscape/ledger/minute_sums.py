"""What moved every account since it was last asked: own trades, forced ones by method, cash by kind.

The ring of legs (kernels/recent.py) has every leg of a print or fill once, however often it was told; so sums are made
of it when they are asked for, and a print costs nothing more. A leg counts where it is not in what was held when the
minute began: the state held then is older. What a later state corrects is in no sum.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from liqscape.ledger.batches import MovementColumns
from liqscape.ledger.columns import (
    MARKET_BITS,
    NEVER_MS,
    NO_ROW,
    Count,
    HitColumn,
    HitValueColumn,
    LedgerAccountColumn,
    LedgerMarketColumn,
    LegColumn,
    LegValueColumn,
    MarketValueColumn,
)
from liqscape.ledger.state_times import state_times
from liqscape.ledger.tables import LedgerTables, Terms
from liqscape.model.liquidations import LiquidationMethod
from liqscape.model.minute_notes import NO_MARKET, Columns, MinuteKind
from liqscape.model.trades import NO_ADDRESS, Fills
from liqscape.units import AnyArray, BoolArray, Float64Array, Int64Array, UInt8Array

KIND_OF_METHOD = {
    LiquidationMethod.NONE: MinuteKind.TRADE,
    LiquidationMethod.MARKET: MinuteKind.LIQUIDATED_BOOK,
    LiquidationMethod.BACKSTOP: MinuteKind.LIQUIDATED_BACKSTOP,
    LiquidationMethod.ADL: MinuteKind.DELEVERAGED,
}
KIND_BITS = 4
GRID_SLACK = 1e-6
"""A sum closer than this to the coin's grid, in lots, is on it: only float noise parts them."""

LegKey = tuple[int, int, int, int, bool]
"""Account, market, time, trade id, bought."""


@dataclass(frozen=True, kw_only=True)
class Moves:
    """(K,) movements: account, market (NO_MARKET: cash), kind, size (coins; NaN of cash), usd, time_ms."""

    account: Int64Array
    market: Int64Array
    kind: Int64Array
    size: Float64Array
    usd: Float64Array
    time_ms: Int64Array

    @classmethod
    def join(cls, parts: list[Moves]) -> Moves:
        """All, in order."""
        names = cls.__dataclass_fields__
        return cls(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


@dataclass(frozen=True, kw_only=True)
class MinuteMoves:
    """What `MinuteSums.take` gives: nothing of it changes any more, so it may be summed in any thread.

    known_row (N,) row of each account in Accounts.addresses; NO_ROW: nothing is known of it.
    scale     (M,) lots a coin.
    """

    legs: Moves
    trade_id: Int64Array
    cash: Moves
    forced: dict[LegKey, tuple[MinuteKind, float]]
    known_row: Int64Array
    scale: Float64Array

    def columns(self) -> Columns:
        """Sums by account, market and kind (MinuteNotes.accounts), by address row, market, kind."""
        moves = Moves.join([*self._split(), self.cash])
        row = self.known_row[moves.account]
        code = (((row << MARKET_BITS) + moves.market + 1) << KIND_BITS) + moves.kind
        kept = np.flatnonzero(row != NO_ROW)
        order = kept[np.argsort(code[kept], kind="stable")]
        starts = np.flatnonzero(np.diff(code[order], prepend=-1))
        market = moves.market[order][starts]
        return {
            "address_row": row[order][starts].astype(np.int32),
            "market_index": market.astype(np.int32),
            "kind": moves.kind[order][starts].astype(np.uint8),
            "size": self._on_grid(_reduced(np.add, moves.size[order], starts), market),
            "usd": _reduced(np.add, moves.usd[order], starts),
            "first_ms": _reduced(np.minimum, moves.time_ms[order], starts),
            "last_ms": _reduced(np.maximum, moves.time_ms[order], starts),
        }

    def _split(self) -> list[Moves]:
        """Legs by what the hits say of them; a forced order may close less than its leg, the rest is a trade."""
        legs = self.legs
        if not self.forced:
            return [legs]
        accounts = np.array([key[0] for key in self.forced], np.int64)
        kind, size, usd = legs.kind.copy(), legs.size.copy(), legs.usd.copy()
        rest: list[tuple[int, float]] = []
        for leg in np.flatnonzero(np.isin(legs.account, accounts)).tolist():
            key = (
                int(legs.account[leg]),
                int(legs.market[leg]),
                int(legs.time_ms[leg]),
                int(self.trade_id[leg]),
                bool(legs.size[leg] > 0.0),
            )
            if key not in self.forced:
                continue
            kind[leg], closed = self.forced[key]
            if closed < abs(size[leg]):
                share = closed / abs(size[leg])
                rest.append((leg, 1.0 - share))
                size[leg], usd[leg] = size[leg] * share, usd[leg] * share
        forced = replace(legs, kind=kind, size=size, usd=usd)
        rows = np.array([leg for leg, _ in rest], np.int64)
        left = np.array([share for _, share in rest])
        beyond = Moves(
            account=legs.account[rows],
            market=legs.market[rows],
            kind=np.full(len(rows), MinuteKind.TRADE, np.int64),
            size=legs.size[rows] * left,
            usd=legs.usd[rows] * left,
            time_ms=legs.time_ms[rows],
        )
        return [forced, beyond]

    def _on_grid(self, size: Float64Array, market: Int64Array) -> Float64Array:
        scale = np.where(market == NO_MARKET, 1.0, self.scale[market])
        lots = np.rint(size * scale)
        is_near = np.abs(size * scale - lots) <= GRID_SLACK * np.maximum(1.0, np.abs(lots) * 1e-6)
        on_grid: Float64Array = np.where(is_near, lots / scale, size)
        return on_grid


class MinuteSums:
    """Begins with nothing; `take` gives what moved since it was last called, and begins anew."""

    def __init__(self, tables: LedgerTables) -> None:
        self._forced: dict[LegKey, tuple[MinuteKind, float]] = {}
        self._cash: list[Moves] = []
        self._legs: list[tuple[Moves, Int64Array]] = []
        self._replaced: list[tuple[Int64Array, Int64Array]] = []
        """Accounts and the times of their states by dex (K, D) before others replaced them."""
        self._begin(tables)

    def _begin(self, tables: LedgerTables) -> None:
        self._next_leg = int(tables.counter[Count.LEG_END])
        self._account_count, self._dex_count = int(tables.counter[Count.ACCOUNTS]), tables.state_behind.shape[1]
        self._forced, self._cash, self._legs, self._replaced = {}, [], [], []

    def keep_states(self, tables: LedgerTables, accounts: Int64Array) -> None:
        """Before states of these accounts are replaced: what is news is news against those held as the minute began."""
        known = accounts[accounts < self._account_count]
        self._replaced.append((known, state_times(tables, known, slice(self._dex_count))))

    def force_prints(self, hit: Int64Array, value: Float64Array) -> None:
        """Prints taken for liquidations."""
        for row, figures in zip(hit.tolist(), value.tolist(), strict=True):
            self._force(row, is_buy=row[HitColumn.SIDE] < 0, kind=MinuteKind.LIQUIDATED_BOOK, figures=figures)

    def force_fills(self, hit: Int64Array, value: Float64Array, fills: Fills, user: Int64Array) -> None:
        """Fills that name a liquidated user, and those of winners they were closed against."""
        cut = np.flatnonzero(fills.is_deleveraged)
        deleveraged = set(zip(fills.market_index[cut].tolist(), fills.trade_id[cut].tolist(), strict=True))
        for row, figures in zip(hit.tolist(), value.tolist(), strict=True):
            fill = row[HitColumn.ROW]
            method = LiquidationMethod(int(fills.method[fill]))
            kind = KIND_OF_METHOD[method]
            if (
                kind is MinuteKind.LIQUIDATED_BACKSTOP
                and (row[HitColumn.MARKET], row[HitColumn.TRADE_ID]) in deleveraged
            ):
                kind = MinuteKind.DELEVERAGED
            is_victim = int(user[fill]) == row[HitColumn.ACCOUNT]
            self._force(row, is_buy=(fills.size[fill] > 0.0) == is_victim, kind=kind, figures=figures)
        for fill in cut.tolist():
            victim = int(fills.liquidated[fill])
            if victim != NO_ADDRESS and victim == int(fills.user[fill]):
                continue
            key = (
                int(user[fill]),
                int(fills.market_index[fill]),
                int(fills.time_ms[fill]),
                int(fills.trade_id[fill]),
                bool(fills.size[fill] > 0.0),
            )
            self._forced[key] = (MinuteKind.DELEVERAGED_AS_WINNER, abs(float(fills.size[fill])))

    def _force(self, row: list[int], *, is_buy: bool, kind: MinuteKind, figures: list[float]) -> None:
        key = (row[HitColumn.ACCOUNT], row[HitColumn.MARKET], row[HitColumn.TIME_MS], row[HitColumn.TRADE_ID], is_buy)
        self._forced[key] = (kind, figures[HitValueColumn.SIZE])

    def move_cash(
        self, tables: LedgerTables, movements: MovementColumns, moved: Float64Array, kind: UInt8Array | None
    ) -> None:
        """Cash that moved (C,): USD of the pool behind, NaN where that is ambiguous. kind (C,); None: not told."""
        rows = np.flatnonzero((moved != 0.0) & self._is_news(tables, movements.user, movements.dex, movements.time_ms))
        kinds = np.full(len(moved), MinuteKind.TRANSFER) if kind is None else kind
        self._cash.append(
            Moves(
                account=movements.user[rows],
                market=np.full(len(rows), NO_MARKET, np.int64),
                kind=kinds[rows].astype(np.int64),
                size=np.full(len(rows), np.nan),
                usd=moved[rows],
                time_ms=movements.time_ms[rows],
            )
        )

    def collect(self, tables: LedgerTables, terms: Terms) -> None:
        """Take the legs since the last call out of the ring: it forgets what is ten minutes old."""
        begin = max(self._next_leg, int(tables.counter[Count.LEG_START]))
        end = int(tables.counter[Count.LEG_END])
        self._next_leg = end
        place = np.arange(begin, end) & (len(tables.leg) - 1)
        place = place[tables.leg[place, LegColumn.MARKET] >= 0]
        leg = tables.leg[place]
        account, market, time_ms = (leg[:, each] for each in (LegColumn.ACCOUNT, LegColumn.MARKET, LegColumn.TIME_MS))
        kept = np.flatnonzero(
            self._is_news(tables, account, terms.market[market, LedgerMarketColumn.DEX], time_ms)
            & (time_ms > tables.forgotten[market])
        )  # else it may have been told before
        value = tables.leg_value[place[kept]]
        size = value[:, LegValueColumn.SIZE]
        kind = np.array([KIND_OF_METHOD[method] for method in LiquidationMethod], np.int64)
        moves = Moves(
            account=account[kept],
            market=market[kept],
            kind=kind[leg[kept, LegColumn.FORCED]],
            size=size,
            usd=-size * value[:, LegValueColumn.PRICE] - value[:, LegValueColumn.FEE],
            time_ms=time_ms[kept],
        )
        self._legs.append((moves, leg[kept, LegColumn.TRADE_ID]))

    def take(self, tables: LedgerTables, terms: Terms) -> MinuteMoves:
        """What moved accounts since the last call."""
        self.collect(tables, terms)
        count = int(tables.counter[Count.ACCOUNTS])
        taken = MinuteMoves(
            legs=Moves.join([moves for moves, _ in self._legs]),
            trade_id=np.concatenate([trade_id for _, trade_id in self._legs]),
            cash=Moves.join(self._cash) if self._cash else _NOTHING,
            forced=self._forced,
            known_row=tables.account[:count, LedgerAccountColumn.KNOWN_ROW].copy(),
            scale=terms.market_value[:, MarketValueColumn.SCALE].copy(),
        )
        self._begin(tables)
        return taken

    def _is_news(self, tables: LedgerTables, account: Int64Array, dex: AnyArray, time_ms: Int64Array) -> BoolArray:
        """Whether each is newer than the state that was held of its account and dex when the minute began."""
        state_ms = state_times(tables, account, dex)
        if self._replaced:
            accounts = np.concatenate([accounts for accounts, _ in self._replaced])
            unique, first = np.unique(accounts, return_index=True)
            place = np.searchsorted(unique, account)
            is_replaced = np.append(unique, NO_ROW)[place] == account
            replaced_ms = np.concatenate([state_ms for _, state_ms in self._replaced])
            rows = np.flatnonzero(is_replaced & (dex < self._dex_count))
            state_ms[rows] = replaced_ms[first[place[rows]], dex[rows]]
        state_ms[(account >= self._account_count) | (dex >= self._dex_count)] = NEVER_MS
        is_news: BoolArray = time_ms > state_ms
        return is_news


def _reduced(function: np.ufunc, values: AnyArray, starts: Int64Array) -> AnyArray:
    reduced: AnyArray = function.reduceat(values, starts) if len(starts) else values[:0]
    return reduced


_NO_ROWS = np.empty(0, np.int64)
_NOTHING = Moves(account=_NO_ROWS, market=_NO_ROWS, kind=_NO_ROWS, size=np.empty(0), usd=np.empty(0), time_ms=_NO_ROWS)
