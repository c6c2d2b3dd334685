"""What the sockets are subscribed to: prints of every market that is traded, and the contexts of all dexs."""

from __future__ import annotations

from liqscape.model.markets import Markets

Subscription = dict[str, object]

CONTEXTS: Subscription = {"type": "allDexsAssetCtxs"}


def wanted_subscriptions(markets: Markets, dexs: tuple[str, ...], *, with_trades: bool = True) -> list[Subscription]:
    """Contexts first, so that marks come before prints."""
    if not with_trades:
        return [CONTEXTS]
    trades: list[Subscription] = [
        {"type": "trades", "coin": market.coin}
        for market in markets.rows
        if not market.is_delisted and market.dex in dexs
    ]
    return [CONTEXTS, *trades]
