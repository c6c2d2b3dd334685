"""The exchange's end of the feed at real size: answers of a made-up population, in the exchange's own words.

Nothing of it is timed: bodies are written before the clock runs, an answer joins them. Holders are the addresses of
`population.make_population`; everybody else known holds nothing. Marks wander by some basis points a second.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from population import Population

from liqscape.risk.liquidation import solve_roots
from liqscape.risk.margin import maintenance_margin
from liqscape.units import Float64Array

STEP = 0.000_2
"""Standard deviation of a mark's move in a second: 1.5 % an hour."""
PRINTS = 40
"""Prints a second: 1.5 million changed positions a day are 17."""
STRANGER_SHARE = 0.1
"""Of the users of prints, known addresses that hold nothing so far."""


class FeedExchange:
    """Answers `clearinghouseState`, its batches and the listing; makes the messages of a socket."""

    def __init__(self, population: Population, strangers: Sequence[str], time_ms: int, seed: int = 1) -> None:
        self.population = population
        self.time_ms = time_ms
        self.strangers = strangers
        self._random = np.random.default_rng(seed)
        self._mark = population.snapshot.mark.copy()
        accounts = population.accounts
        held = np.bincount(accounts.market_index, np.abs(accounts.size), len(self._mark))
        self._open_interest: Float64Array = held * 0.55
        self._trade_id = 1
        self._state = self._bodies()

    def answer(self, request: dict[str, Any]) -> bytes:
        """The body of one answer."""
        kind = request["type"]
        if kind == "batchClearinghouseStates":
            return b"[" + b",".join(self.state(user) for user in request["users"]) + b"]"
        if kind == "clearinghouseState":
            return self.state(request["user"])
        if kind == "exchangeStatus":
            return msgspec.json.encode({"time": self.time_ms, "specialStatuses": None})
        if kind == "perpDexs":
            return b"[null]"
        if kind == "metaAndAssetCtxs":
            return msgspec.json.encode([self._meta(), self._contexts()])
        return b"null"

    def state(self, user: str) -> bytes:
        """One account's state now."""
        return self._state.get(user, FLAT) + b"%d}" % self.time_ms

    def contexts(self) -> bytes:
        """Marks a second later."""
        self._mark *= np.exp(self._random.normal(0.0, STEP, len(self._mark)))
        return msgspec.json.encode({"channel": "allDexsAssetCtxs", "data": {"ctxs": [["", self._contexts()]]}})

    def prints(self) -> list[bytes]:
        """A second of prints, a message a coin."""
        coins = self._random.choice(len(self._mark), PRINTS, p=self._open_interest * self._mark / self._worth())
        holders = self.population.accounts.addresses
        by_coin: dict[int, list[dict[str, Any]]] = {}
        for coin in coins.tolist():
            users = [
                self.strangers[int(self._random.integers(len(self.strangers)))]
                if self.strangers and self._random.random() < STRANGER_SHARE
                else holders[int(self._random.integers(len(holders)))]
                for _ in range(2)
            ]
            if users[0] == users[1]:
                continue
            self._trade_id += 1
            by_coin.setdefault(coin, []).append(
                {
                    "coin": self.population.snapshot.markets.coins[coin],
                    "side": "B" if self._random.random() < 0.5 else "A",
                    "px": repr(float(self._mark[coin])),
                    "sz": repr(round(100.0 / float(self._mark[coin]), 3) or 0.001),
                    "time": self.time_ms,
                    "hash": "0x" + "0" * 64,
                    "tid": self._trade_id,
                    "users": users,
                }
            )
        return [msgspec.json.encode({"channel": "trades", "data": rows}) for rows in by_coin.values()]

    def _worth(self) -> float:
        return float((self._open_interest * self._mark).sum())

    def _meta(self) -> dict[str, Any]:
        snapshot, tables = self.population.snapshot, self.population.tables.tables
        listed = [
            (
                each.table_id,
                {
                    "description": "",
                    "marginTiers": [
                        {"lowerBound": str(t.lower_bound), "maxLeverage": t.max_leverage} for t in each.tiers
                    ],
                },
            )
            for each in tables
            if each.table_id >= 50
        ]
        universe = [
            {
                "name": market.coin,
                "szDecimals": market.size_decimals,
                "maxLeverage": market.max_leverage,
                "marginTableId": tables[market.table_row].table_id,
            }
            for market in snapshot.markets.rows
        ]
        return {"universe": universe, "marginTables": listed, "collateralToken": 0}

    def _contexts(self) -> list[dict[str, Any]]:
        return [
            {
                "funding": "0.0000125",
                "openInterest": repr(interest),
                "prevDayPx": repr(mark),
                "dayNtlVlm": "1000000.0",
                "dayBaseVlm": "1000.0",
                "premium": "0.0",
                "oraclePx": repr(mark),
                "markPx": repr(mark),
                "midPx": repr(mark),
                "impactPxs": [repr(mark), repr(mark)],
            }
            for mark, interest in zip(self._mark.tolist(), self._open_interest.tolist(), strict=True)
        ]

    def _bodies(self) -> dict[str, bytes]:
        """Everybody's state up to its time."""
        accounts, snapshot, tables = self.population
        root = solve_roots(accounts, snapshot, tables).tolist()
        mark = snapshot.mark[accounts.market_index]
        notional = np.abs(accounts.size) * mark
        maintenance = maintenance_margin(notional, accounts.table_row, tables).tolist()
        coins = [snapshot.markets.coins[row] for row in accounts.market_index.tolist()]
        table = [tables.tables[row].max_leverage for row in accounts.table_row.tolist()]
        size, worth, leverage = accounts.size.tolist(), notional.tolist(), accounts.leverage.tolist()
        offsets, raw_usd = accounts.offsets.tolist(), accounts.raw_usd.tolist()
        is_isolated, owner = (accounts.mode == 1).tolist(), accounts.address_row.tolist()
        entry = accounts.entry_price.tolist()
        bodies: dict[str, bytes] = {}
        pools: dict[int, list[int]] = {}
        for pool, row in enumerate(owner):
            pools.setdefault(row, []).append(pool)
        for row, held in pools.items():
            positions, cross_value, cross_notional, cross_raw, cross_maintenance = [], 0.0, 0.0, 0.0, 0.0
            total_value, total_notional, total_raw = 0.0, 0.0, 0.0
            if any(raw_usd[pool] != raw_usd[pool] for pool in held):
                continue
            for pool in held:
                raw, isolated = raw_usd[pool], is_isolated[pool]
                value = raw
                for place in range(offsets[pool], offsets[pool + 1]):
                    exposure = worth[place] if size[place] > 0 else -worth[place]
                    value += exposure
                    level = root[place]
                    mode = (
                        f'"isolated","value":{leverage[place]:g},"rawUsd":"{raw!r}"'
                        if isolated
                        else f'"cross","value":{leverage[place]:g}'
                    )
                    margin = raw + exposure if isolated else worth[place] / leverage[place]
                    shown = f'"{level!r}"' if level > 0.0 and level < 1e300 else "null"
                    positions.append(
                        f'{{"type":"oneWay","position":{{"coin":"{coins[place]}","szi":"{size[place]!r}","leverage":{{"type":{mode}}},'
                        f'"entryPx":"{entry[place]!r}","positionValue":"{worth[place]!r}","unrealizedPnl":"0.0","returnOnEquity":"0.0",'
                        f'"liquidationPx":{shown},"marginUsed":"{margin!r}","maxLeverage":{table[place]},'
                        f'"cumFunding":{{"allTime":"0.0","sinceOpen":"0.0","sinceChange":"0.0"}}}}}}'
                    )
                    total_notional += worth[place]
                    if not isolated:
                        cross_notional += worth[place]
                        cross_maintenance += maintenance[place]
                total_value += value
                total_raw += raw
                if not isolated:
                    cross_value += value
                    cross_raw += raw
            bodies[accounts.addresses[row]] = (
                f'{{"marginSummary":{{"accountValue":"{total_value!r}","totalNtlPos":"{total_notional!r}","totalRawUsd":"{total_raw!r}","totalMarginUsed":"0.0"}},'
                f'"crossMarginSummary":{{"accountValue":"{cross_value!r}","totalNtlPos":"{cross_notional!r}","totalRawUsd":"{cross_raw!r}","totalMarginUsed":"0.0"}},'
                f'"crossMaintenanceMarginUsed":"{cross_maintenance!r}","withdrawable":"0.0","assetPositions":[{",".join(positions)}],"time":'
            ).encode()
        return bodies


FLAT = (
    b'{"marginSummary":{"accountValue":"5.0","totalNtlPos":"0.0","totalRawUsd":"5.0","totalMarginUsed":"0.0"},'
    b'"crossMarginSummary":{"accountValue":"5.0","totalNtlPos":"0.0","totalRawUsd":"5.0","totalMarginUsed":"0.0"},'
    b'"crossMaintenanceMarginUsed":"0.0","withdrawable":"5.0","assetPositions":[],"time":'
)


def strangers_of(count: int, seed: int = 3) -> list[str]:
    """Addresses that hold nothing."""
    return ["0x" + hashlib.blake2b(b"%d %d" % (seed, each), digest_size=20).hexdigest() for each in range(count)]
