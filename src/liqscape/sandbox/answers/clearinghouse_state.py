"""clearinghouseState of one account: margin and positions in one dex.

Of unified and portfolio accounts the perp account of a dex shows only what its positions need, max(initial margin, a
tenth of notional), as on the exchange; the rest stands in the spot state. Liquidation prices come from the whole pool,
whatever dexs it backs.
"""

from __future__ import annotations

from dataclasses import replace

from liqscape.exchange.columns import AccountColumn, MarketColumn
from liqscape.exchange.exchange import Exchange
from liqscape.sandbox.answers.account_figures import (
    ExactPool,
    ExactPosition,
    liquidation_price,
    mode_of,
    pools_in,
    read_pools,
    withdrawable_from,
)
from liqscape.sandbox.answers.contexts import markets_of
from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.answers.units import RATIO_DECIMALS, coins, price, usd
from liqscape.sandbox.state import SandboxState
from liqscape.units import PoolMode
from liqscape.wire.info.clearinghouse_state import (
    AssetPosition,
    ClearinghouseState,
    ClearinghouseStateRequest,
    CumulativeFunding,
    Leverage,
    MarginSummary,
    Position,
)

TRANSFER_SHARE = 10
"""A tenth of notional has to stay when margin is taken out (HL.DOC.MARGINING)."""
CLOSED_LEVERAGE = 3
"""Of a leg that was closed."""
EMPTY = MarginSummary(0.0, 0.0, 0.0, 0.0)


@answers(ClearinghouseStateRequest)
def answer(question: Question[ClearinghouseStateRequest]) -> ClearinghouseState:
    return build_state(question.sandbox, question.account(), question.dex())


def build_state(sandbox: SandboxState, account: int | None, dex: str = "") -> ClearinghouseState:
    """The record; an address that never came here has an empty account."""
    exchange = sandbox.exchange
    if account is None:
        return ClearinghouseState(
            marginSummary=EMPTY,
            crossMarginSummary=EMPTY,
            crossMaintenanceMarginUsed=0.0,
            assetPositions=(),
            time=exchange.time_ms,
            withdrawable=0.0,
        )
    pool, isolated = pools_in(exchange, account, dex)
    rows_of_dex = exchange.markets.rows
    cross = replace(pool, positions=tuple(each for each in pool.positions if rows_of_dex[each.market].dex == dex))
    value = pool.value
    withdrawable = withdrawable_from(exchange, account, dex)
    if mode_of(exchange, account) in (PoolMode.UNIFIED, PoolMode.PORTFOLIO):
        value = min(value + pool.haircut, _needed(cross))
        withdrawable = 0
    exposure = sum(held.exposure for held in cross.positions)
    pockets = sum(pocket.value for pocket in isolated)
    own = _summary(value, cross.notional, value - exposure, cross.initial_margin)
    whole = _summary(
        value + pockets,
        cross.notional + sum(pocket.notional for pocket in isolated),
        value - exposure + sum(pocket.cash for pocket in isolated),
        cross.initial_margin + pockets,
    )
    closed = _closed_legs(sandbox, account, dex)
    rows = [(pool, held) for held in cross.positions]
    rows += [(pocket, held) for pocket in isolated for held in pocket.positions]
    rows.sort(key=lambda row: row[1].market)
    return ClearinghouseState(
        marginSummary=whole,
        crossMarginSummary=own,
        crossMaintenanceMarginUsed=usd(cross.maintenance // cross.multiplier),
        assetPositions=(*(AssetPosition(_position(exchange, pool, held)) for pool, held in rows), *closed),
        time=exchange.time_ms,
        withdrawable=usd(withdrawable),
    )


def _closed_legs(sandbox: SandboxState, account: int, dex: str) -> list[AssetPosition]:
    """A leg that was closed and stays listed at size 0, in the states of a few addresses that trade: the first coin of
    the first dex that they do not hold.
    """
    exchange = sandbox.exchange
    has_traded = exchange.state.account[account, AccountColumn.VOLUME] > 0
    if dex or not has_traded or not sandbox.facts.lists_closed_leg(exchange.addresses[account]):
        return []
    held = {each.market for pool in read_pools(exchange, account) for each in pool.positions}
    free = [market for market in markets_of(exchange, dex) if market not in held]
    return [AssetPosition(_closed(exchange, market, Leverage("cross", CLOSED_LEVERAGE))) for market in free[:1]]


def _closed(exchange: Exchange, market: int, leverage: Leverage) -> Position:
    return Position(
        coin=exchange.markets.coins[market],
        szi=0.0,
        leverage=leverage,
        positionValue=0.0,
        liquidationPx=None,
        maxLeverage=exchange.markets.rows[market].max_leverage,
        entryPx=price(exchange, market, int(exchange.state.market[market, MarketColumn.MARK])),
        marginUsed=0.0,
        unrealizedPnl=0.0,
        returnOnEquity=0.0,
        cumFunding=CumulativeFunding(0.0, 0.0, 0.0),
    )


def _needed(pool: ExactPool) -> int:
    return max(pool.initial_margin, pool.notional // TRANSFER_SHARE)


def _summary(value: int, notional: int, cash: int, margin_used: int) -> MarginSummary:
    return MarginSummary(usd(value), usd(notional), usd(cash), usd(margin_used))


def _position(exchange: Exchange, pool: ExactPool, held: ExactPosition) -> Position:
    market = held.market
    margin = held.entry / held.leverage
    paid = usd(held.funding_paid)
    return Position(
        coin=exchange.markets.coins[market],
        szi=coins(exchange, market, held.lots),
        leverage=Leverage(
            "isolated" if pool.is_isolated else "cross",
            held.leverage,
            usd(pool.cash) if pool.is_isolated else None,
        ),
        positionValue=usd(held.notional),
        liquidationPx=liquidation_price(exchange, pool, held),
        maxLeverage=held.max_leverage,
        entryPx=price(exchange, market, round(held.entry / abs(held.lots))),
        marginUsed=usd(pool.margin_used(held)),
        unrealizedPnl=usd(held.unrealized_pnl),
        returnOnEquity=round(held.unrealized_pnl / margin, RATIO_DECIMALS) if margin else 0.0,
        cumFunding=CumulativeFunding(paid, paid, paid),
    )
