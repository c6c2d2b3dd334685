"""States of a node as plain documents, and what they mean by the book: fractions, dicts, one user after the other."""

from __future__ import annotations

from copy import deepcopy
from fractions import Fraction
from typing import Any

import msgspec
import numpy as np

from liqscape.model.accounts import Accounts
from liqscape.model.markets import Markets
from liqscape.units import PoolMode, UInt8Array

TIERED = {
    "margin_tiers": [
        {"lower_bound": 0, "max_leverage": 40, "maintenance_deduction": 0},
        {"lower_bound": 150_000_000_000_000, "max_leverage": 20, "maintenance_deduction": 1_875_000_000_000},
    ]
}


def name(number: int) -> str:
    """A made-up address."""
    return f"0x{number:040x}"


def position(lots: int, *, table: int | None = 56, margin: object = None, entry: int = 1_000_000) -> dict[str, Any]:
    """One position; margin as the file has it, None leaves it out."""
    found: dict[str, Any] = {"s": lots, "e": entry, "f": {"a": 1, "o": 2, "c": 3}}
    if table is not None:
        found["M"] = table
    if margin is not None:
        found["l"] = margin
    return found


def user(number: int, cash: int | None, *positions: list[Any]) -> list[Any]:
    """An entry of user_to_state; positions [asset, position]."""
    state: dict[str, Any] = {"p": {"p": list(positions)}, "S": {"s": 0, "r": 0}}
    if cash is not None:
        state["u"] = cash
    return [name(number), state]


def clearinghouse(
    users: list[Any], coins: tuple[str, ...] = ("BTC", "ETH"), *, collateral: int = 0, tables: object = None
) -> dict[str, Any]:
    """A dex whose sums agree: holders and open interest are counted from the users."""
    holders, interest = [], [0] * len(coins)
    for address, state in users:
        held = state["p"]["p"]
        if held:
            holders.append(address)
        for asset, row in held:
            interest[asset % 10_000] += max(0, row["s"])
    return {
        "meta": {
            "universe": [
                {"name": coin, "szDecimals": 5 - place % 6, "marginTableId": 56 if place == 0 else 10}
                for place, coin in enumerate(coins)
            ],
            "marginTableIdToMarginTable": [[56, deepcopy(TIERED)]] if tables is None else tables,
            "collateralToken": collateral,
        },
        "oracle": {"pxs": [[{"px": 700_000 + place, "t": 1}] for place in range(len(coins))]},
        "user_states": {"user_to_state": users},
        "users_with_positions": holders,
        "asset_to_oi_szi": [[place, lots] for place, lots in enumerate(interest)],
        "open_order_tracker": {"x": [1, 2, 3]},
    }


def document(
    *dexs: dict[str, Any], modes: dict[int, str] | None = None, spot: dict[int, list[list[int]]] | None = None
) -> dict[str, Any]:
    """A whole state. modes: letter by user. spot: [token, balance] by user."""
    return {
        "exchange": {
            "context": {"height": 20_000, "time": "2026-02-02T02:00:00.123456789", "tx_index": 0},
            "locus": {
                "blp": {"a": [1, {"b": None}]},
                "cls": list(dexs),
                "ust": [[name(number), {"a": letter, "z": 1}] for number, letter in (modes or {}).items()],
                "scl": {
                    "user_states": [
                        [name(number), {"b": [[token, {"t": total, "h": 0}] for token, total in held], "q": 1}]
                        for number, held in (spot or {}).items()
                    ]
                },
            },
            "perp_dexs": [{"books": [{"book_orders": [[1, 2], {"3": "x" * 40}]}]}],
        },
        "other": [1.5, None, True, b"bytes"],
    }


def as_bytes(state: dict[str, Any]) -> UInt8Array:
    """As a file has it."""
    return np.frombuffer(msgspec.msgpack.encode(state), np.uint8)


Pool = tuple[str, int, str]
"""(address, PoolMode, coin of an isolated pocket, dex or collateral of a cross pool)."""
Held = tuple[Fraction | None, dict[str, Fraction]]
"""(raw USD, None unknown; signed size by coin)."""


def pools_by_the_book(state: dict[str, Any]) -> dict[Pool, Held]:
    """Every pool of a document (docs/node.md, "Pools"), the slow way."""
    locus = state["exchange"]["locus"]
    modes = {address: entry.get("a") for address, entry in locus["ust"]}
    spot = {address: dict(map(tuple, entry["b"])) for address, entry in locus["scl"]["user_states"]}
    found: dict[Pool, list[Any]] = {}
    for dex in locus["cls"]:
        universe, token = dex["meta"]["universe"], dex["meta"]["collateralToken"]
        dex_name = universe[0]["name"].partition(":")[0] if ":" in universe[0]["name"] else ""
        for address, entry in dex["user_states"]["user_to_state"]:
            for asset, row in entry["p"]["p"]:
                listed = universe[asset % 10_000]
                margin = row.get("l", {"I": {}} if listed.get("marginMode") else {"C": 1})
                if "I" in margin:
                    pocket = margin["I"].get("u")
                    key = (address, int(PoolMode.ISOLATED), listed["name"])
                    raw = None if pocket is None else Fraction(pocket, 10**6)
                else:
                    key, raw = _cross(address, modes.get(address), dex_name, token, entry, locus, spot)
                pool = found.setdefault(key, [raw, {}])
                pool[1][listed["name"]] = Fraction(row["s"], 10 ** listed["szDecimals"])
    return {key: (raw, sizes) for key, (raw, sizes) in found.items()}


def _cross(
    address: str, letter: str | None, dex: str, token: int, entry: Any, locus: Any, spot: Any
) -> tuple[Pool, Fraction | None]:
    if letter in (None, "d"):
        cash = entry.get("u")
        return (address, int(PoolMode.CROSS), dex), None if cash is None else Fraction(cash, 10**6)
    if letter != "u":
        mode = PoolMode.PORTFOLIO if letter == "p" else PoolMode.UNKNOWN
        return (address, int(mode), "" if letter == "p" else dex), None
    key = (address, int(PoolMode.UNIFIED), str(token))
    if token != 0 or address not in spot:
        return key, None
    total = Fraction(spot[address].get(0, {"t": 0})["t"], 10**8)
    for other in locus["cls"]:
        if other["meta"]["collateralToken"] == 0:
            for own, state in other["user_states"]["user_to_state"]:
                if own == address:
                    if "u" not in state:
                        return key, None
                    total += Fraction(state["u"], 10**6)
    return key, total


def pools_of(accounts: Accounts, markets: Markets, collateral: tuple[int, ...]) -> dict[Pool, Held]:
    """The same of columns, sizes and cash as the fractions their floats are."""
    dexs = list(dict.fromkeys(row.dex for row in markets.rows))
    found: dict[Pool, Held] = {}
    for row in range(accounts.pool_count):
        held = range(int(accounts.offsets[row]), int(accounts.offsets[row + 1]))
        coins = {markets.coins[accounts.market_index[at]]: Fraction(float(accounts.size[at])) for at in held}
        first = markets.rows[accounts.market_index[held[0]]]
        mode = int(accounts.mode[row])
        if mode == PoolMode.ISOLATED:
            part = first.coin
        elif mode == PoolMode.UNIFIED:
            part = str(collateral[dexs.index(first.dex)])
        else:
            part = "" if mode == PoolMode.PORTFOLIO else first.dex
        raw = float(accounts.raw_usd[row])
        key = (accounts.addresses[accounts.address_row[row]], mode, part)
        assert key not in found
        found[key] = (None if raw != raw else Fraction(raw), coins)
    return found
