"""What it takes until the mark of one coin stands at each of several prices (docs/deleveraging.md, "The run").

Outside prices of the coin walk away from the mark at one pace; those of other coins stay. Each time the mark first
stands at or beyond a price, the whole market is copied, and in the copy outside prices stand still for `settle_ms`:
orders wait out their 30 s, takeovers and deleveraging come to their end. So one walk a side answers for all prices,
and what it says of one price does not depend on which others were asked: the copy *is* the run to that price alone.
At the last price nothing goes on, and the market itself stands still.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from liqscape.cascade.checks import check_input
from liqscape.cascade.question import CascadeInput, CascadeSettings, Mode
from liqscape.cascade.shocks import Shape, Shock
from liqscape.errors import ModelError
from liqscape.exchange.columns import (
    NO_ROW,
    AccountColumn,
    ClockColumn,
    FillColumn,
    MarketColumn,
    Method,
    PoolColumn,
    Role,
)
from liqscape.exchange.scale import UUSD, from_lots, price_scale
from liqscape.units import MINUTE_MS, Float64Array, Int64Array

if TYPE_CHECKING:
    from liqscape.cascade.walking import MarketWalk

PACE = 0.02
"""Log price a minute. An assumption: on 10 October 2025 BTC went 0.5 % a minute and DOGE 3.4 % (BIN.CANDLES.OCT10)."""
SETTLE_MS = 60_000
"""Two windows of 30 s in which orders of an account are for whole positions, and nine backstops."""
MAX_REACH = 0.3
"""Prices further from the mark than this share of it are not walked to."""
MAX_LOG_MOVE = 0.4
"""The walk ends here, whether or not the mark has followed."""
BLOCK_MS = 500
"""Marks move every 3 s and liquidators act every 6.28 s; between them nothing is decided. Blocks of 84 ms take longer
and say about the same (docs/deleveraging.md, "Blocks")."""


@dataclass(frozen=True, kw_only=True)
class ReachSettings:
    """How the walk goes. Rules, depth and vaults are those of a cascade in mode BOOK."""

    cascade: CascadeSettings = field(default_factory=lambda: CascadeSettings(block_ms=BLOCK_MS))
    pace: float = PACE
    settle_ms: int = SETTLE_MS


@dataclass(frozen=True, kw_only=True)
class EdgeReach:
    """State of the market after the mark first stood at a price. USD over all coins unless said.

    reached_ms    time from the start; None where the mark did not come so far: the other figures are then 0.
    filled        liquidation orders filled by books; backstop: taken over by vaults at the mark.
    adl           closed against winners. The five columns say by whom: one row a winner and coin, most USD first.
    deficit       below nothing in accounts and vaults that nobody was left to pay.
    vault_equity  of the liquidator vaults of the coin's dex; None where it has none.
    """

    price: float
    reached_ms: int | None
    filled: float
    backstop: float
    adl: float
    deficit: float
    vault_equity: float | None
    address: tuple[str, ...] = ()
    market_index: Int64Array
    side: Int64Array
    size: Float64Array
    usd: Float64Array


class ReachRuns:
    """The market of one instant, loaded once for walks of any coin and side.

    Raises InputError or QuestionError for what cannot be simulated, naming the value.
    """

    def __init__(self, question: CascadeInput, settings: ReachSettings | None = None) -> None:
        from liqscape.cascade.prepare import prepare

        self.settings = settings or ReachSettings()
        max_ms = round(MAX_LOG_MOVE / self.settings.pace * MINUTE_MS)
        self._blocks = max_ms // self.settings.cascade.block_ms
        cascade = replace(
            self.settings.cascade,
            mode=Mode.BOOK,
            horizon_ms=max_ms + self.settings.settle_ms,
            sample_ms=max_ms + self.settings.settle_ms,
        )
        known = np.flatnonzero(question.snapshot.mark > 0.0)
        shock = Shock(
            target_log_return=np.zeros(len(question.snapshot.markets)),
            duration_ms=max_ms,
            shape=Shape.RAMP,
            label="reach",
        )
        if len(known):
            shock.target_log_return[known[0]] = -MAX_LOG_MOVE
        check_input(question, shock, cascade)
        shock.target_log_return[:] = 0.0
        self._question, self._cascade = question, cascade
        self._run = prepare(question, shock, cascade)
        self._is_used_up = False

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What a walk assumes, in sentences."""
        settings = self.settings
        return (
            f"outside prices of the coin alone move, {100.0 * settings.pace:g} % a minute, until the mark stands at "
            f"the far edge, and stand still for {settings.settle_ms / 1e3:g} s",
            *self._run.assumptions,
        )

    @property
    def one_percent(self) -> Float64Array:
        """(M, 2) coins within 1 % of the mid, bids and asks, in quiet times."""
        return self._run.profiles.one_percent

    def walk(
        self,
        market: int,
        direction: int,
        prices: Sequence[float],
        on_step: Callable[[], None] | None = None,
        *,
        is_last: bool = False,
    ) -> tuple[EdgeReach, ...]:
        """One answer a price, in their order. direction -1: down; prices beyond MAX_REACH are not reached.

        on_step  called before every mark update; what it raises ends the walk. Two walks may go on in two threads.
        is_last  the walk takes the loaded market itself and no copy: none may follow it or go on beside it. Raises
                 ModelError for one that does.
        """
        mark = float(self._question.snapshot.mark[market])
        if not mark > 0.0:
            raise ModelError(f"{self._question.snapshot.markets.coins[market]} has no mark price")
        ticks = price_scale(self._question.snapshot.markets.rows[market].size_decimals)
        order = [
            at
            for at in sorted(range(len(prices)), key=lambda at: direction * prices[at])
            if direction * math.log(float(prices[at]) / mark) <= -math.log1p(-MAX_REACH)
        ]
        tell = on_step or _ignore
        found: dict[int, EdgeReach] = {}
        walk = self._begin(market, direction, is_only=is_last)
        for at in order:
            price = float(prices[at])
            while not walk.stands_at(price * ticks, direction) and walk.has_more:
                tell()
                walk.step()
            if not walk.stands_at(price * ticks, direction):
                break
            found[at] = self._settled(walk if at == order[-1] else walk.copied(), price)
        return tuple(found.get(at) or _not_reached(price) for at, price in enumerate(prices))

    def _begin(self, market: int, direction: int, *, is_only: bool) -> MarketWalk:
        from liqscape.cascade.walking import begin_walk

        if self._is_used_up:
            raise ModelError("the last walk has taken the market, which has to be loaded again")
        self._is_used_up = is_only
        return begin_walk(self._run, market, direction * MAX_LOG_MOVE, self._blocks, is_only=is_only)

    def _settled(self, branch: MarketWalk, price: float) -> EdgeReach:
        reached_ms = branch.elapsed_ms
        branch.stand_still(self.settings.settle_ms)
        while branch.has_more:
            branch.step()
        exchange, market = self._run.exchange, branch.market
        fills = np.concatenate(branch.fills) if branch.fills else np.zeros((0, FillColumn.WIDTH), np.int64)
        worth = (fills[:, FillColumn.LOTS] * fills[:, FillColumn.PRICE]).astype(np.float64) / UUSD
        method = fills[:, FillColumn.METHOD]
        is_adl = method == Method.ADL
        cut = fills[is_adl]
        is_loser_seller = cut[:, FillColumn.SELLER] == cut[:, FillColumn.LIQUIDATED]
        winner = np.where(is_loser_seller, cut[:, FillColumn.BUYER], cut[:, FillColumn.SELLER])
        side = np.where(is_loser_seller, -1, 1)
        count = len(self._question.snapshot.markets)
        key, where = np.unique(winner * count + cut[:, FillColumn.MARKET], return_inverse=True)
        usd = np.asarray(np.bincount(where, worth[is_adl], len(key)), np.float64)
        coin = key % count
        decimals = branch.state.market[:, MarketColumn.SIZE_DECIMALS]
        size = from_lots(np.bincount(where, cut[:, FillColumn.LOTS], len(key)), decimals[coin])
        sides = np.zeros(len(key), np.int64)
        sides[where] = side
        rows = np.lexsort((key, -usd))
        value = branch.pool_values()
        role = branch.state.account[branch.state.pool[: len(value), PoolColumn.ACCOUNT], AccountColumn.ROLE]
        return EdgeReach(
            price=price,
            reached_ms=reached_ms,
            filled=float(worth[(method == Method.MARKET) & (fills[:, FillColumn.LIQUIDATED] != NO_ROW)].sum()),
            backstop=float(worth[method == Method.BACKSTOP].sum()),
            adl=float(worth[is_adl].sum()),
            deficit=float(np.maximum(-value[role != Role.MAKER], 0.0).sum()),
            vault_equity=_vault_equity(branch, value, market),
            address=tuple(exchange.addresses[row] for row in (key // count)[rows].tolist()),
            market_index=coin[rows],
            side=sides[rows],
            size=size[rows],
            usd=usd[rows],
        )


def _vault_equity(branch: MarketWalk, value: Float64Array, market: int) -> float | None:
    state = branch.state
    accounts = state.account[: int(state.clock[ClockColumn.ACCOUNT_COUNT])]
    is_vault = accounts[:, AccountColumn.ROLE] == Role.LIQUIDATOR
    is_vault &= accounts[:, AccountColumn.DEX] == state.market[market, MarketColumn.DEX]
    pools = accounts[is_vault, AccountColumn.CROSS_POOL]
    return float(value[pools].sum()) if len(pools) else None


def _ignore() -> None:
    pass


def _not_reached(price: float) -> EdgeReach:
    none, nothing = np.zeros(0, np.int64), np.zeros(0)
    return EdgeReach(
        price=price,
        reached_ms=None,
        filled=0.0,
        backstop=0.0,
        adl=0.0,
        deficit=0.0,
        vault_equity=None,
        market_index=none,
        side=none,
        size=nothing,
        usd=nothing,
    )
