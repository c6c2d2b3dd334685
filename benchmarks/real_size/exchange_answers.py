"""Answers and messages of the running world in the exchange's own words."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from liqscape.model.accounts import Accounts
from liqscape.model.trades import Trades
from liqscape.risk.liquidation import LevelStatus, solve_liquidation
from liqscape.risk.margin import maintenance_margin
from liqscape.units import PoolMode
from liqscape.wire.encode import print_decimal
from real_size.exchange_market import RunningMarket, Shown, oracle_of

NOTHING = {"accountValue": "0.0", "totalNtlPos": "0.0", "totalRawUsd": "0.0", "totalMarginUsed": "0.0"}


def metas(market: RunningMarket) -> bytes:
    """`metaAndAssetCtxs` of the only dex."""
    markets, tables = market.world.snapshot.markets, market.world.tables
    universe = [
        {
            "name": each.coin,
            "szDecimals": each.size_decimals,
            "maxLeverage": each.max_leverage,
            "marginTableId": tables.tables[each.table_row].table_id,
        }
        for each in markets.rows
    ]
    listed = [
        [
            table.table_id,
            {
                "description": "",
                "marginTiers": [
                    {"lowerBound": str(tier.lower_bound), "maxLeverage": tier.max_leverage} for tier in table.tiers
                ],
            },
        ]
        for table in tables.tables
    ]
    meta = {"universe": universe, "marginTables": listed, "collateralToken": 0}
    return msgspec.json.encode([meta, contexts(market)])


def contexts(market: RunningMarket) -> list[dict[str, Any]]:
    """Of all markets, in order."""
    shown = market.shown
    rows = zip(
        shown.mark.tolist(),
        oracle_of(shown.mark).tolist(),
        market.open_interest.tolist(),
        shown.funding.tolist(),
        shown.volume.tolist(),
        strict=True,
    )
    return [
        {
            "markPx": print_decimal(mark),
            "oraclePx": print_decimal(oracle),
            "midPx": print_decimal(mark),
            "openInterest": print_decimal(round(held, 6)),
            "funding": print_decimal(round(rate, 12)),
            "dayNtlVlm": print_decimal(round(volume, 2)),
        }
        for mark, oracle, held, rate, volume in rows
    ]


def contexts_message(market: RunningMarket) -> str:
    """Channel `allDexsAssetCtxs`."""
    return _text({"channel": "allDexsAssetCtxs", "data": {"ctxs": [["", contexts(market)]]}})


def trades_messages(market: RunningMarket, printed: list[Trades]) -> dict[str, str]:
    """Channel `trades`, one message a coin."""
    coins = market.world.snapshot.markets.coins
    found: dict[str, list[dict[str, Any]]] = {}
    for trades in printed:
        columns = (trades.buyer, trades.seller, trades.market_index, trades.price, trades.size)
        more = (trades.is_buyer_taker, trades.time_ms, trades.trade_id)
        for buyer, seller, row, price, size, is_bought, time_ms, number in zip(
            *(each.tolist() for each in (*columns, *more)), strict=True
        ):
            found.setdefault(coins[row], []).append(
                {
                    "coin": coins[row],
                    "side": "B" if is_bought else "A",
                    "px": print_decimal(price),
                    "sz": print_decimal(round(size, 8)),
                    "time": time_ms,
                    "hash": "0x" + "0" * 64,
                    "tid": number,
                    "users": [trades.addresses[buyer], trades.addresses[seller]],
                }
            )
    return {coin: _text({"channel": "trades", "data": rows}) for coin, rows in found.items()}


def states_message(market: RunningMarket, address: str) -> str:
    """Channel `allDexsClearinghouseState`."""
    data = {"user": address, "clearinghouseStates": [["", state(market, address)]]}
    return _text({"channel": "allDexsClearinghouseState", "data": data})


def state(market: RunningMarket, address: str) -> dict[str, Any]:
    """`clearinghouseState` of one account."""
    shown = market.shown
    part = market.part_of(shown, address)
    if part is None or not part.position_count:
        return _empty(shown)
    snapshot, tables = market.world.snapshot, market.world.tables
    moment = type(snapshot)(
        markets=snapshot.markets,
        time_ms=shown.time_ms,
        mark=shown.mark,
        oracle=shown.mark,
        open_interest=market.open_interest,
    )
    mark = shown.mark[part.market_index]
    part = _with_cash(part, mark)
    level = solve_liquidation(part, moment, tables)
    exposure = part.size * mark
    notional = np.abs(exposure)
    needed = maintenance_margin(notional, part.table_row, tables)
    leverage = np.where(np.isnan(part.leverage), 20.0, part.leverage)
    pool = part.pool_of_position()
    is_isolated = part.mode[pool] == PoolMode.ISOLATED
    is_pocket = part.mode == PoolMode.ISOLATED
    cross_cash, pocket_cash = part.raw_usd[~is_pocket].sum(), part.raw_usd[is_pocket].sum()
    used = np.where(is_isolated, part.raw_usd[pool] + exposure, notional / leverage)
    cross = _summary(cross_cash, exposure[~is_isolated], used[~is_isolated])
    whole = _summary(cross_cash + pocket_cash, exposure, used)
    rows = []
    for row in range(part.position_count):
        market_row = snapshot.markets.rows[part.market_index[row]]
        kind = {"type": "isolated" if is_isolated[row] else "cross", "value": int(leverage[row])}
        if is_isolated[row]:
            kind["rawUsd"] = _usd(part.raw_usd[pool[row]])
        price = level.price[row] if level.status[row] == LevelStatus.OK else None
        rows.append(
            {
                "type": "oneWay",
                "position": {
                    "coin": market_row.coin,
                    "szi": print_decimal(round(float(part.size[row]), 8)),
                    "leverage": kind,
                    "positionValue": print_decimal(round(float(notional[row]), 6)),
                    "liquidationPx": None if price is None else print_decimal(float(f"{price:.10g}")),
                    "maxLeverage": tables.tables[part.table_row[row]].tiers[0].max_leverage,
                    "entryPx": print_decimal(float(f"{part.entry_price[row]:.6g}")),
                    "marginUsed": _usd(used[row]),
                    "unrealizedPnl": _usd(float(part.size[row]) * (float(mark[row]) - float(part.entry_price[row]))),
                    "returnOnEquity": "0.0",
                    "cumFunding": {"allTime": "0.0", "sinceOpen": "0.0", "sinceChange": "0.0"},
                },
            }
        )
    return {
        "marginSummary": whole,
        "crossMarginSummary": cross,
        "crossMaintenanceMarginUsed": _usd(needed[~is_isolated].sum()),
        "withdrawable": "0.0",
        "assetPositions": rows,
        "time": shown.time_ms,
    }


def _with_cash(part: Accounts, mark: Any) -> Accounts:
    """What the truth lost sight of is told as a margin of what is held: an exchange always knows."""
    if not np.isnan(part.raw_usd).any():
        return part
    need = 1.5 * np.abs(part.size) * mark / 10.0 - part.size * mark
    known = np.bincount(part.pool_of_position(), need, part.pool_count)
    return type(part)(
        **{**{name: getattr(part, name) for name in part.__dataclass_fields__}, "raw_usd": _filled(part, known)}
    )


def _filled(part: Accounts, known: Any) -> Any:
    return np.where(np.isnan(part.raw_usd), known, part.raw_usd)


def _summary(cash: float, exposure: Any, used: Any) -> dict[str, str]:
    return {
        "accountValue": _usd(cash + exposure.sum()),
        "totalNtlPos": _usd(np.abs(exposure).sum()),
        "totalRawUsd": _usd(cash),
        "totalMarginUsed": _usd(used.sum()),
    }


def _empty(shown: Shown) -> dict[str, Any]:
    return {
        "marginSummary": NOTHING,
        "crossMarginSummary": NOTHING,
        "crossMaintenanceMarginUsed": "0.0",
        "withdrawable": "0.0",
        "assetPositions": [],
        "time": shown.time_ms,
    }


def _usd(value: float) -> str:
    return print_decimal(round(float(value), 6))


def _text(message: object) -> str:
    return msgspec.json.encode(message).decode()
