"""clearinghouseState of one account: margin and positions in one dex.

Of unified and portfolio accounts the perp account shows only what its positions need, max(initial margin, a tenth of
notional), as on the exchange; the rest stands in the spot state. Liquidation prices come from the whole pool.
"""

from __future__ import annotations

from dataclasses import replace

from liqscape.exchange.exchange import Exchange
from liqscape.sandbox.answers.account_figures import (
    HeldPool,
    HeldPosition,
    liquidation_price,
    mode_of,
    read_pools,
)
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.answers.units import RATIO_DECIMALS, coins, price, usd
from liqscape.sandbox.state import SandboxState
from liqscape.units import PoolMode
from liqscape.wire.info.clearinghouse_state import (
    AssetPosition,
    ClearinghouseState,
    CumulativeFunding,
    Leverage,
    MarginSummary,
    Position,
)

TRANSFER_SHARE = 10
"""A tenth of notional has to stay when margin is taken out (HL.DOC.MARGINING)."""
EMPTY = MarginSummary(0.0, 0.0, 0.0, 0.0)


def answer(question: Question) -> ClearinghouseState:
    return build_state(question.sandbox, question.account(), question.dex())


def build_state(sandbox: SandboxState, account: int | None, dex: str = "") -> ClearinghouseState:
    """The record; an address that never came here has an empty account."""
    exchange = sandbox.exchange
    if account is None:
        return ClearinghouseState(EMPTY, EMPTY, 0.0, (), exchange.time_ms, 0.0)
    cross, isolated = read_pools(exchange, account)
    isolated = tuple(pool for pool in isolated if exchange.markets.rows[pool.isolated_market].dex == dex)
    if dex:
        cross = replace(cross, cash=0, positions=())
    value, withdrawable = cross.value, 0 if dex else exchange.withdrawable(account)
    if mode_of(exchange, account) in (PoolMode.UNIFIED, PoolMode.PORTFOLIO):
        value = min(value, _needed(cross))
        withdrawable = 0
    exposure = cross.value - cross.cash
    pockets = sum(pool.value for pool in isolated)
    own = _summary(value, cross.notional, value - exposure, cross.initial_margin)
    whole = _summary(
        value + pockets,
        cross.notional + sum(pool.notional for pool in isolated),
        value - exposure + sum(pool.cash for pool in isolated),
        cross.initial_margin + pockets,
    )
    rows = [(pool, held) for pool in (cross, *isolated) for held in pool.positions]
    rows.sort(key=lambda row: row[1].market)
    return ClearinghouseState(
        whole,
        own,
        usd(cross.maintenance // cross.multiplier),
        tuple(AssetPosition(_position(exchange, pool, held)) for pool, held in rows),
        exchange.time_ms,
        usd(withdrawable),
    )


def _needed(pool: HeldPool) -> int:
    return max(pool.initial_margin, pool.notional // TRANSFER_SHARE)


def _summary(value: int, notional: int, cash: int, margin_used: int) -> MarginSummary:
    return MarginSummary(usd(value), usd(notional), usd(cash), usd(margin_used))


def _position(exchange: Exchange, pool: HeldPool, held: HeldPosition) -> Position:
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
