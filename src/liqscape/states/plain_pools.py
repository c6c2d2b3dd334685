"""Batches of states as columns, and which of them hold no doubt: all rules of one state, computed for all at once.

A holder is plain where every figure keeps the rules of `judge_state`, no spot state was needed, and
every pool is settled by what the state itself says in the likeliest margin tables:

    cross     every published price meets account value - maintenance, or no price is published and none is owed
    isolated  the published price meets the pocket's own cash, or there is none, or no other table to try

which is what `settle_pool` decides for such pools (states/pool_settlement.py). Anybody else is left to it: a holder
that is not plain here is not wrong, only looked at one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, nan

import numpy as np

from liqscape.errors import ModelError
from liqscape.model.accounts import Accounts, PublishedState
from liqscape.risk.margin import maintenance_margin
from liqscape.risk.pool import price_votes
from liqscape.states.builtin_tables import tables_in_force
from liqscape.states.position_table import possible_tables
from liqscape.states.table_registry import TableRegistry
from liqscape.units import DAY_MS, BoolArray, Float64Array, Int32Array, Int64Array, MarginSource, PoolMode
from liqscape.wire.coin_tables import CoinTables
from liqscape.wire.decode import LARGEST_NUMBER
from liqscape.wire.info.clearinghouse_state import LARGEST_TIME_MS, SUM_TOLERANCE, ClearinghouseState, Position
from liqscape.wire.printed import MAX

DIGITS_USD = 2e-6
"""Two printed figures of six decimals."""
CENT_USD = 0.01
MAX_COIN = 40
NO_ROW = -1


@dataclass(frozen=True, kw_only=True)
class StateBatch:
    """S states of H holders with P positions, in the order given.

    owner (S,) holder of each state. state (P,) state of each position. coin (P,) row in `coins`.
    raw_usd (P,) cash of a pocket, NaN for cross. price, resolution (P,) NaN without a published price.
    table_row (P,) the likeliest table; NO_ROW where none is known. has_others (P,) other tables are possible.
    """

    holders: int
    owner: Int64Array
    time_ms: Int64Array
    value: Float64Array
    notional: Float64Array
    cash: Float64Array
    maintenance: Float64Array
    whole_sums: BoolArray
    state: Int64Array
    coins: tuple[str, ...]
    coin: Int32Array
    size: Float64Array
    position_value: Float64Array
    leverage: Float64Array
    is_isolated: BoolArray
    raw_usd: Float64Array
    margin_used: Float64Array
    entry_price: Float64Array
    price: Float64Array
    resolution: Float64Array
    has_price: BoolArray
    table_row: Int64Array
    has_others: BoolArray

    @property
    def mark(self) -> Float64Array:
        """(P,) USD."""
        return self.position_value / np.abs(self.size)


def read_batch(
    states: Sequence[Sequence[ClearinghouseState]], registry: TableRegistry, given: CoinTables
) -> StateBatch:
    """Columns of the states of each holder. Likeliest tables that are new are put in the registry."""
    flat = [state for of_one in states for state in of_one]
    positions = [asset.position for state in flat for asset in state.assetPositions]
    leverages = [position.leverage for position in positions]
    counts = [len(state.assetPositions) for state in flat]
    crosses = [state.crossMarginSummary for state in flat]
    totals = [state.marginSummary for state in flat]
    times = [state.time if 0 <= state.time <= LARGEST_TIME_MS else NO_ROW for state in flat]
    rows: dict[str, int] = {}
    coin = [rows.setdefault(position.coin, len(rows)) for position in positions]
    printed = [_printed(position.liquidationPx) for position in positions]
    prices = np.array(printed, np.float64).reshape(-1, 2)
    tables = np.array(_likeliest(positions, times, counts, registry, given), np.int64).reshape(-1, 2)
    whole = np.array([(total.accountValue, total.totalNtlPos, total.totalRawUsd) for total in totals]).reshape(-1, 3)
    return StateBatch(
        holders=len(states),
        owner=np.repeat(np.arange(len(states)), [len(of_one) for of_one in states]),
        time_ms=np.array(times, np.int64),
        value=np.array([cross.accountValue for cross in crosses], np.float64),
        notional=np.array([cross.totalNtlPos for cross in crosses], np.float64),
        cash=np.array([cross.totalRawUsd for cross in crosses], np.float64),
        maintenance=np.array([state.crossMaintenanceMarginUsed for state in flat], np.float64),
        whole_sums=np.logical_and.reduce(_is_finite(whole), axis=1) & (whole[:, 1] >= 0.0),
        state=np.repeat(np.arange(len(flat)), counts),
        coins=tuple(rows),
        coin=np.array(coin, np.int32),
        size=np.array([position.szi for position in positions], np.float64),
        position_value=np.array([position.positionValue for position in positions], np.float64),
        leverage=np.array([leverage.value for leverage in leverages], np.float64),
        is_isolated=np.array([leverage.type == "isolated" for leverage in leverages], np.bool_),
        raw_usd=_or_nan([leverage.rawUsd for leverage in leverages]),
        margin_used=_or_nan([position.marginUsed for position in positions]),
        entry_price=_or_nan([position.entryPx for position in positions]),
        price=prices[:, 0],
        resolution=prices[:, 1],
        has_price=np.array([position.liquidationPx is not None for position in positions], np.bool_),
        table_row=tables[:, 0],
        has_others=tables[:, 1] > 1,
    )


def find_plain(batch: StateBatch, registry: TableRegistry) -> BoolArray:
    """(H,) holders without a doubt."""
    with np.errstate(all="ignore"):
        is_sound, is_sound_state = _sound_positions(batch), _sound_states(batch)
        is_settled, is_settled_state = _settled(batch, registry)
    doubts = np.bincount(batch.owner, ~(is_sound_state & is_settled_state), batch.holders)
    doubts += np.bincount(batch.owner[batch.state], ~(is_sound & is_settled), batch.holders)
    is_plain: BoolArray = doubts == 0
    return is_plain


def plain_accounts(
    batch: StateBatch,
    is_plain: BoolArray,
    addresses: tuple[str, ...],
    market_of: Mapping[str, int],
    is_exempt: BoolArray,
) -> Accounts:
    """Pools of the plain holders: of each the cross pools in the order of its states, then its pockets."""
    owner = batch.owner[batch.state]
    rows = np.flatnonzero(is_plain[owner])
    rows = rows[np.argsort(2 * owner[rows] + batch.is_isolated[rows], kind="stable")]
    state, is_isolated = batch.state[rows], batch.is_isolated[rows]
    is_first = np.ones(len(rows), np.bool_)
    is_first[1:] = is_isolated[1:] | is_isolated[:-1] | (state[1:] != state[:-1])
    first = np.flatnonzero(is_first)
    market = np.array([market_of.get(coin, NO_ROW) for coin in batch.coins], np.int32)
    has_price = batch.has_price[rows]
    pools = len(first)
    return Accounts(
        addresses=addresses,
        address_row=owner[rows][first].astype(np.int32),
        raw_usd=np.where(is_isolated, batch.raw_usd[rows], batch.cash[state])[first],
        margin_source=np.full(pools, MarginSource.STATE, np.uint8),
        mode=np.where(is_isolated[first], PoolMode.ISOLATED, PoolMode.CROSS).astype(np.uint8),
        is_exempt=is_exempt[owner[rows][first]],
        observed_ms=batch.time_ms[state][first],
        offsets=np.append(first, len(rows)).astype(np.int64),
        market_index=market[batch.coin[rows]] if len(rows) else np.zeros(0, np.int32),
        size=batch.size[rows],
        table_row=batch.table_row[rows].astype(np.int32),
        entry_price=batch.entry_price[rows],
        leverage=batch.leverage[rows],
        observed_mark=batch.position_value[rows] / np.abs(batch.size[rows]),
        published=np.where(has_price, PublishedState.PRICE, PublishedState.NONE).astype(np.uint8),
        published_price=batch.price[rows],
    )


def flat_pools(batch: StateBatch, is_plain: BoolArray, addresses: tuple[str, ...], is_exempt: BoolArray) -> Accounts:
    """Cross pools of plain holders that hold money and no position."""
    has_cross = np.zeros(len(batch.owner), np.bool_)
    has_cross[batch.state[~batch.is_isolated]] = True
    state = np.flatnonzero(is_plain[batch.owner] & ~has_cross & (batch.cash > 0.0))
    owner, nothing = batch.owner[state], np.zeros(0)
    return Accounts.build(
        addresses=addresses,
        address_row=owner,
        raw_usd=batch.cash[state],
        offsets=np.zeros(len(state) + 1, np.int64),
        market_index=nothing,
        size=nothing,
        table_row=nothing,
        margin_source=np.full(len(state), MarginSource.STATE),
        mode=np.full(len(state), PoolMode.CROSS),
        is_exempt=is_exempt[owner],
        observed_ms=batch.time_ms[state],
    )


def _likeliest(
    positions: Sequence[Position], times: list[int], counts: list[int], registry: TableRegistry, given: CoinTables
) -> list[tuple[int, int]]:
    """(row of the likeliest table, number of possible tables) of each position; a list per period of the tables."""
    periods: dict[int, str | None] = {}
    known: dict[tuple[str, int | None, str | None], tuple[int, int]] = {}
    found: list[tuple[int, int]] = []
    start = 0
    for time_ms, count in zip(times, counts, strict=True):
        day = time_ms // DAY_MS
        if day not in periods:
            periods[day] = tables_in_force(time_ms).date
        period = periods[day]
        for position in positions[start : start + count]:
            key = (position.coin, position.maxLeverage, period)
            choice = known.get(key)
            if choice is None:
                choice = known[key] = _choose(position.coin, position.maxLeverage, time_ms, registry, given)
            found.append(choice)
        start += count
    return found


def _choose(
    coin: str, max_leverage: int | None, time_ms: int, registry: TableRegistry, given: CoinTables
) -> tuple[int, int]:
    if not coin or len(coin) > MAX_COIN or not coin.isprintable():
        return NO_ROW, 0
    try:
        choices = possible_tables(coin, max_leverage, time_ms, given)
    except ModelError:
        return NO_ROW, 0
    return registry.row(choices[0].table), len(choices)


def _printed(text: str | float | None) -> tuple[float, float]:
    """Value and half a unit of the last digit of a plain decimal; NaN without one and for anything else."""
    if type(text) is not str or len(text) > MAX:
        return nan, nan
    whole, point, places = text.partition(".")
    digits = whole + places
    if not (digits.isascii() and digits.isdigit()) or not whole or (point and not places):
        return nan, nan
    return float(text), 0.5 * 10.0 ** -len(places)


def _or_nan(values: list[float | None]) -> Float64Array:
    """NaN where a figure is absent; one that is there and NaN becomes infinite, which no rule lets pass."""
    column = np.array([nan if value is None else value for value in values], np.float64)
    is_absent = np.array([value is None for value in values], np.bool_)
    return np.where(np.isnan(column) & ~is_absent, inf, column)


def _is_finite(values: Float64Array) -> BoolArray:
    # NaN fails the comparison.
    within: BoolArray = np.abs(values) <= LARGEST_NUMBER
    return within


def _sound_positions(batch: StateBatch) -> BoolArray:
    """(P,) every rule of one position. A figure that may be absent is NaN here; one that was NaN is left to doubt."""
    is_sound: BoolArray = _is_finite(batch.size) & (batch.size != 0.0) & (batch.position_value > 0.0)
    is_sound &= (batch.position_value <= LARGEST_NUMBER) & _is_finite(batch.mark)
    is_sound &= (batch.leverage >= 0.0) & (batch.leverage <= LARGEST_NUMBER) & (batch.table_row != NO_ROW)
    is_sound &= ~batch.has_price | ((batch.price > 0.0) & (batch.price <= LARGEST_NUMBER))
    is_sound &= np.where(batch.is_isolated, _is_finite(batch.raw_usd), np.isnan(batch.raw_usd))
    is_sound &= np.isnan(batch.margin_used) | _is_finite(batch.margin_used)
    is_sound &= np.isnan(batch.entry_price) | ((batch.entry_price >= 0.0) & (batch.entry_price <= LARGEST_NUMBER))
    held = batch.raw_usd + batch.size * batch.mark
    allowed = SUM_TOLERANCE * (np.abs(batch.raw_usd) + batch.position_value) + CENT_USD
    is_sound &= ~batch.is_isolated | np.isnan(batch.margin_used) | (np.abs(held - batch.margin_used) <= allowed)
    pair = batch.state * max(1, len(batch.coins)) + batch.coin
    _, place, times = np.unique(pair, return_inverse=True, return_counts=True)
    is_once: BoolArray = times[place] == 1
    is_sound &= is_once
    return is_sound


def _sound_states(batch: StateBatch) -> BoolArray:
    """(S,) every rule of the totals."""
    count, is_cross = len(batch.owner), ~batch.is_isolated
    is_sound: BoolArray = (
        batch.whole_sums & (batch.time_ms != NO_ROW) & (batch.notional >= 0.0) & (batch.maintenance >= 0.0)
    )
    for figure in (batch.value, batch.notional, batch.cash, batch.maintenance):
        is_sound &= _is_finite(figure)
    shown = np.bincount(batch.state, batch.position_value * is_cross, count)
    is_sound &= np.abs(shown - batch.notional) <= SUM_TOLERANCE * np.maximum(shown, batch.notional) + CENT_USD
    exposure = np.where(is_cross, batch.size * batch.mark, 0.0)
    value = batch.cash + np.bincount(batch.state, exposure, count)
    allowed = SUM_TOLERANCE * (np.abs(batch.cash) + shown) + CENT_USD
    is_summed: BoolArray = np.abs(value - batch.value) <= allowed
    is_sound &= is_summed
    return is_sound


def _settled(batch: StateBatch, registry: TableRegistry) -> tuple[BoolArray, BoolArray]:
    """((P,), (S,)) pockets and cross pools whose own word stands in the likeliest tables."""
    tables, rows, mark = registry.tables(), np.maximum(batch.table_row, 0), batch.mark
    is_cross = ~batch.is_isolated
    votes = price_votes(batch.size, mark, batch.price, batch.resolution, rows, tables)
    exposure = batch.size * mark
    at_mark = maintenance_margin(np.abs(exposure), rows, tables)
    implied = votes.value + at_mark - exposure
    is_met_pocket = np.abs(implied - batch.raw_usd) <= votes.width + DIGITS_USD
    is_settled = is_cross | ~batch.has_price | is_met_pocket | ~batch.has_others

    count = len(batch.owner)
    claim = batch.value - batch.maintenance
    crosses = np.bincount(batch.state, is_cross, count)
    width = DIGITS_USD * (crosses + 2) + 1e-11 * (np.abs(batch.value) + batch.notional)
    is_met = np.abs(votes.value - claim[batch.state]) <= votes.width + width[batch.state]
    priced = np.bincount(batch.state, is_cross & batch.has_price, count)
    met = np.bincount(batch.state, is_cross & batch.has_price & is_met, count)
    # Without a price the nulls decide: a short always has a price, a long none only if it outlives a mark of zero.
    shorts_end = (batch.size < 0.0) & (claim[batch.state] > 0.0)
    longs_end = (batch.size > 0.0) & (claim[batch.state] + at_mark < exposure - width[batch.state])
    owed = np.bincount(batch.state, is_cross & ~batch.has_price & (shorts_end | longs_end), count)
    return is_settled, np.where(priced > 0, met == priced, owed == 0)
