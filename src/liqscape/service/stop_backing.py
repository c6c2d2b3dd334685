"""Which margin backs a trade that is asked about: a pool of its own, or that of an account of the map."""

from __future__ import annotations

import numpy as np

from liqscape.errors import NotFound, QuestionError
from liqscape.insight.advice.own_level import PoolBacking
from liqscape.insight.advice.records import UNKNOWN_BACKING, BackingWord, PoolWord
from liqscape.model.accounts import Accounts
from liqscape.model.markets import Market, Markets
from liqscape.service.asked_address import checked_address
from liqscape.service.asked_time import utc_text
from liqscape.service.moments import AskedMoment
from liqscape.units import Int64Array, PoolMode

ISOLATED_ONLY = "positions of this coin are isolated on the exchange"
NO_POOL = (
    "unknown: the account holds no position that shares the margin of this one, so what its pool holds is not on the "
    "map; give margin or leverage without the account"
)


def backing_of(
    moment: AskedMoment,
    market_index: int,
    *,
    margin_usd: float | None,
    leverage: float | None,
    account: str | None,
    isolated: bool,
) -> PoolBacking:
    """What is known of the margin behind a trade.

    Isolated: margin or leverage, and what the account holds isolated of the coin already. Cross: the account's pool, or
    a pool of its own of margin or leverage. Raises NotFound for an account that is not in the map, QuestionError where
    margin or leverage is given beside an account whose pool backs the trade.
    """
    markets = moment.reported.snapshot.markets
    market = markets.rows[market_index]
    is_isolated = isolated or market.is_isolated_only
    pool: PoolWord = "isolated" if is_isolated else "cross"
    note = ISOLATED_ONLY if is_isolated and not isolated else None
    given: BackingWord | None = "margin" if margin_usd is not None else "leverage" if leverage is not None else None
    held = None
    if account is not None:
        rows = _pools_of(moment, account)
        if not is_isolated:
            if given is not None:
                raise QuestionError(f"{given} is of a pool of its own, a cross position of an account has that pool")
            row = _cross_pool(moment.accounts, rows, markets, market)
            if row is None:
                return PoolBacking(pool=pool, note=NO_POOL)
            return PoolBacking(pool=pool, backed_by="account", held=moment.accounts.take(np.array([row])))
        held = _pocket(moment.accounts, rows, market_index)
    if given is None:
        return PoolBacking(pool=pool if isolated or note else None, note=_joined(UNKNOWN_BACKING, note))
    return PoolBacking(pool=pool, backed_by=given, margin_usd=margin_usd, leverage=leverage, held=held, note=note)


def _pools_of(moment: AskedMoment, account: str) -> Int64Array:
    wanted = checked_address(account)
    accounts = moment.accounts
    try:
        row = accounts.addresses.index(wanted)
    except ValueError:
        row = -1
    rows = np.flatnonzero(accounts.address_row == row)
    if row < 0:
        raise NotFound(f"account {wanted} is not in this map at {utc_text(moment.reported.time_ms)}")
    return rows.astype(np.int64)


def _cross_pool(accounts: Accounts, rows: Int64Array, markets: Markets, market: Market) -> int | None:
    """The pool that a cross position of the market joins: of its dex, of its collateral, or the only one there is."""
    for row in rows.tolist():
        mode = PoolMode(int(accounts.mode[row]))
        start, end = accounts.offsets[row : row + 2].tolist()
        others = [markets.rows[index] for index in accounts.market_index[start:end].tolist()]
        if mode is PoolMode.ISOLATED or not others:
            continue
        if mode is PoolMode.PORTFOLIO:
            return int(row)
        if mode is PoolMode.UNIFIED:
            if others[0].collateral_token == market.collateral_token:
                return int(row)
        elif all(other.dex == market.dex for other in others):
            return int(row)
    return None


def _pocket(accounts: Accounts, rows: Int64Array, market_index: int) -> Accounts | None:
    """The isolated pool of the market that is there already."""
    for row in rows.tolist():
        start, end = accounts.offsets[row : row + 2].tolist()
        if accounts.mode[row] == PoolMode.ISOLATED and accounts.market_index[start:end].tolist() == [market_index]:
            return accounts.take(np.array([row]))
    return None


def _joined(*notes: str | None) -> str:
    return "; ".join(note for note in notes if note)
