"""activeAssetData: the user's leverage in a coin, and how much could be traded now.

Free is what the cross pool is worth beyond its initial margin; a trade against the position can use twice that
position's own margin on top.
"""

from __future__ import annotations

from liqscape.exchange.columns import MarketColumn
from liqscape.sandbox.answers.account_figures import ExactPool, pools_in
from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.answers.units import coins, price, usd
from liqscape.sandbox.state import SandboxState
from liqscape.wire.info.active_asset_data import ActiveAssetData, ActiveAssetDataRequest
from liqscape.wire.info.clearinghouse_state import Leverage

DEFAULT_LEVERAGE = 20
"""Or the coin's maximum where that is lower."""


@answers(ActiveAssetDataRequest)
def answer(question: Question[ActiveAssetDataRequest]) -> ActiveAssetData:
    return build_active_asset_data(question.sandbox, question.address(), question.market())


def build_active_asset_data(sandbox: SandboxState, address: str, market: int) -> ActiveAssetData:
    """The record; of an address that never came here nothing can be traded."""
    exchange = sandbox.exchange
    row = exchange.state.market[market]
    mark = int(row[MarketColumn.MARK])
    setting, free, own = min(DEFAULT_LEVERAGE, int(row[MarketColumn.MAX_LEVERAGE])), 0, (0, 0)
    pocket: ExactPool | None = None
    is_isolated = bool(exchange.markets.rows[market].is_isolated_only)
    account = exchange.account_row(address)
    if account is not None:
        chosen = int(exchange.state.setting[account, market]) if exchange.state.setting.size else 0
        is_isolated = chosen < 0 or is_isolated
        setting = abs(chosen) or setting
        cross, isolated = pools_in(exchange, account, exchange.markets.rows[market].dex)
        free = max(0, cross.value - cross.initial_margin)
        pocket = next((pool for pool in isolated if pool.isolated_market == market), None)
        for held in (pocket or cross).positions:
            if held.market == market:
                own = (2 * held.initial_margin, 0) if held.lots < 0 else (0, 2 * held.initial_margin)
    raw_usd = (usd(pocket.cash) if pocket else 0.0) if is_isolated else None
    room = (free + own[0], free + own[1])
    lots = tuple(coins(exchange, market, each * setting // mark if mark else 0) for each in room)
    return ActiveAssetData(
        user=address,
        coin=exchange.markets.coins[market],
        leverage=Leverage("isolated" if is_isolated else "cross", setting, raw_usd),
        maxTradeSzs=(lots[0], lots[1]),
        availableToTrade=(usd(room[0]), usd(room[1])),
        markPx=price(exchange, market, mark),
    )
