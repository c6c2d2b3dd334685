"""The whole exchange as the state snapshot a node writes every 10,000 blocks (docs/node.md, "Layout").

Of unified and portfolio accounts the clearinghouse keeps a tenth of notional as cash, as on the exchange; the rest
stands in the spot balance (unified) or is lent out (portfolio), where a reader cannot tell it from other assets.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from liqscape.exchange.columns import MarketColumn, PoolColumn, PositionColumn
from liqscape.exchange.scale import UUSD
from liqscape.sandbox.answers.account_figures import mode_of
from liqscape.sandbox.answers.contexts import dexs, markets_of
from liqscape.sandbox.answers.meta import is_implicit
from liqscape.units import PoolMode
from liqscape.wire.archive.paths import day_of
from liqscape.wire.node.block_time import print_block_time
from liqscape.wire.node.tables import STATES

if TYPE_CHECKING:
    from liqscape.exchange.exchange import Exchange

STATE_EVERY = 10_000
"""Blocks, as the exchange's nodes do (docs/node.md)."""
USDC = 0
SPOT_PER_UUSD = 100
KEPT_SHARE = 10
MODE_LETTERS = {PoolMode.UNIFIED: "u", PoolMode.PORTFOLIO: "p"}


def write_state(exchange: Exchange, folder: Path) -> Path:
    """Write periodic_abci_states/YYYYMMDD/HEIGHT.rmp, whole or not at all."""
    path = folder / STATES / day_of(exchange.time_ms) / f"{exchange.block}.rmp"
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(build_state(exchange))
    return part.replace(path)


def build_state(exchange: Exchange) -> bytes:
    """The file's bytes, as of the present block."""
    names = dexs(exchange)
    accounts = [_account(exchange, row) for row in range(len(exchange.addresses))]
    locus = {
        "cls": [_clearinghouse(exchange, place, dex, accounts) for place, dex in enumerate(names)],
        "ust": [[each["address"], {"a": each["letter"]} if each["letter"] else {}] for each in accounts],
        "scl": {
            "user_states": [
                [each["address"], {"b": [[token, {"t": held}] for token, held in each["spot"].items()]}]
                for each in accounts
                if each["letter"] == "u"
            ]
        },
        "blp": [[each["address"], sum(each["spot"].values())] for each in accounts if each["letter"] == "p"],
        "vlt": {},
    }
    context = {"height": exchange.block, "time": print_block_time(exchange.time_ms)}
    return msgspec.msgpack.encode({"exchange": {"context": context, "locus": locus, "perp_dexs": [], "spot_books": []}})


def _account(exchange: Exchange, row: int) -> dict[str, Any]:
    """Cash, balance and positions of an account: by market, whole numbers as the exchange counts them."""
    state = exchange.state
    letter = MODE_LETTERS.get(PoolMode(mode_of(exchange, row)))
    cash: dict[str, int] = {}
    spot: dict[int, int] = {}
    positions: list[tuple[list[int], dict[str, Any]]] = []
    for pool in exchange.cross_pools(row):
        rows = exchange.positions_of(pool).tolist()
        held_cash, group = int(state.pool[pool, PoolColumn.CASH]), int(state.pool[pool, PoolColumn.GROUP])
        positions += [(held, {"C": held[PositionColumn.LEVERAGE]}) for held in rows]
        if not letter:
            cash[exchange.dexs[group]] = held_cash
            continue
        kept = _kept(exchange, rows)
        cash |= kept
        token = exchange.collateral_tokens[group] if letter == "u" else USDC
        spot[token] = (held_cash - sum(kept.values())) * SPOT_PER_UUSD
    for pool in exchange.pools_of(row)[len(exchange.cross_pools(row)) :]:
        pocket = int(state.pool[pool, PoolColumn.CASH])
        positions += [
            (held, {"I": {"l": held[PositionColumn.LEVERAGE], "u": pocket}})
            for held in exchange.positions_of(pool).tolist()
        ]
    return {"address": exchange.addresses[row], "letter": letter, "cash": cash, "spot": spot, "positions": positions}


def _kept(exchange: Exchange, rows: list[list[int]]) -> dict[str, int]:
    """micro-USD of cash that the clearinghouses keep of a shared pool's positions, by dex."""
    kept: dict[str, int] = {}
    gross: dict[str, int] = {}
    for held in rows:
        dex = exchange.markets.rows[held[PositionColumn.MARKET]].dex
        exposure = held[PositionColumn.LOTS] * int(
            exchange.state.market[held[PositionColumn.MARKET], MarketColumn.MARK]
        )
        gross[dex] = gross.get(dex, 0) + abs(exposure)
        kept[dex] = kept.get(dex, 0) - exposure
    return {dex: cash + gross[dex] // KEPT_SHARE for dex, cash in kept.items()}


def _clearinghouse(exchange: Exchange, place: int, dex: str, accounts: list[dict[str, Any]]) -> dict[str, Any]:
    market = exchange.state.market
    rows = markets_of(exchange, dex)
    asset_of = {row: asset for asset, row in enumerate(rows)}
    first_asset = 10_000 * place
    users, holders = [], []
    for each in accounts:
        held = [
            [first_asset + asset_of[row[PositionColumn.MARKET]], _position(exchange, row, margin)]
            for row, margin in each["positions"]
            if row[PositionColumn.MARKET] in asset_of
        ]
        own = each["cash"].get(dex, 0)
        if held or own or not place:
            users.append([each["address"], {"u": own, "p": {"p": held}, "S": {"s": 0, "r": 0}}])
        if held:
            holders.append(each["address"])
    oracles = market[rows, MarketColumn.ORACLE].tolist()
    interest = market[rows, MarketColumn.OPEN_LOTS].tolist()
    token = exchange.markets.rows[rows[0]].collateral_token if rows else USDC
    return {
        "meta": {"universe": [_asset(exchange, row) for row in rows], **_tables(exchange), "collateralToken": token},
        "oracle": {"pxs": [[{"px": ticks}] for ticks in oracles]},
        "user_states": {"user_to_state": users},
        "users_with_positions": holders,
        "asset_to_oi_szi": [[first_asset + asset, lots] for asset, lots in enumerate(interest)],
        "open_order_tracker": {},
    }


def _asset(exchange: Exchange, row: int) -> dict[str, Any]:
    listed = exchange.markets.rows[row]
    asset = {
        "name": listed.coin,
        "szDecimals": listed.size_decimals,
        "marginTableId": exchange.tables.tables[listed.table_row].table_id,
    }
    if listed.is_isolated_only:
        asset["marginMode"] = "strictIsolated" if listed.is_strict_isolated else "noCross"
    if listed.is_delisted:
        asset["isDelisted"] = True
    return asset


def _tables(exchange: Exchange) -> dict[str, Any]:
    listed = []
    for table in exchange.tables.tables:
        if is_implicit(table):
            continue
        tiers = [
            {
                "lower_bound": round(tier.lower_bound * UUSD),
                "max_leverage": tier.max_leverage,
                "maintenance_deduction": round(deduction * UUSD),
            }
            for tier, deduction in zip(table.tiers, table.deductions(), strict=True)
        ]
        listed.append([table.table_id, {"margin_tiers": tiers}])
    return {"marginTableIdToMarginTable": listed}


def _position(exchange: Exchange, row: list[int], margin: dict[str, Any]) -> dict[str, Any]:
    paid = row[PositionColumn.FUNDING]
    return {
        "s": row[PositionColumn.LOTS],
        "e": row[PositionColumn.ENTRY],
        "l": margin,
        "M": exchange.tables.tables[row[PositionColumn.TABLE]].table_id,
        "f": {"a": paid, "o": paid, "c": paid},
    }
