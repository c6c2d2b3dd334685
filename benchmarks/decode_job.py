"""Decoding: prints of a socket message to columns, and account states from bytes to solved columns."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import numpy as np
from figures import Section
from population import Population, make_population

from liqscape.risk.liquidation import solve_liquidation
from liqscape.risk.margin import maintenance_margin
from liqscape.states.accounts import Holder, TableRegistry, build_accounts, needs_spot
from liqscape.units import PoolMode
from liqscape.wire.coin_tables import CoinTables
from liqscape.wire.columns.trades import PrintBatch
from liqscape.wire.info.clearinghouse_state import ClearinghouseState
from liqscape.wire.info.read_states import parse_states

PRINTS = 200_000
MESSAGES = (1, 20, 200)
ACCOUNTS = 4_000
BATCH = 500
REPEATS = 3


def decode(seed: int) -> Section:
    """Prints in messages of several lengths; cross accounts in answers of 50, built in batches of 500."""
    section = Section(
        "Decoding",
        f"Prints name two of {ACCOUNTS:,} addresses each. States are of accounts with cross positions whose published "
        f"prices follow from their cash, read as batchClearinghouseStates answers of 50 and built in heaps of {BATCH}.",
    )
    random = np.random.default_rng(seed)
    population = make_population(seed, ACCOUNTS)
    market_of = {coin: row for row, coin in enumerate(population.snapshot.markets.coins)}
    batch = PrintBatch()
    for length in MESSAGES:
        messages = _messages(population, random, length)

        def read(messages: list[bytes] = messages) -> None:
            for message in messages:
                batch.add(message, market_of, "socket")
                batch.take()

        section.add(
            f"print, messages of {length}", _best(read) / PRINTS * 1e6, "us", target=3.0 if length > 1 else None
        )
    _states(section, population, market_of)
    return section


def _states(section: Section, population: Population, market_of: dict[str, int]) -> None:
    addresses, answers = _answers(population)
    given, registry = _given(population), TableRegistry()
    states = [state for answer in answers for state in parse_states(answer, "answer")]
    holders = [
        Holder(address, (("", state),))
        for address, state in zip(addresses, states, strict=True)
        if isinstance(state, ClearinghouseState)
    ]
    batches = [holders[start : start + BATCH] for start in range(0, len(holders), BATCH)]

    def read() -> None:
        for answer in answers:
            parse_states(answer, "answer")

    def build() -> None:
        for batch in batches:
            needs_spot(batch, given, market_of)
            build_accounts(batch, market_of, registry, given, (), "answer")

    reading, building = _best(read), _best(build)
    count, held = (
        len(holders),
        sum(len(state.assetPositions) for state in states if isinstance(state, ClearinghouseState)),
    )
    note = f"{held / count:.1f} positions each"
    section.add("state decoded", reading / count * 1e6, "us", note=note)
    section.add("state built, need of a spot state included", building / count * 1e6, "us")
    section.add("states decoded and built", count / (reading + building), "states/s", target=15_000, wanted="at least")


def _messages(population: Population, random: np.random.Generator, length: int) -> list[bytes]:
    coins, mark = population.snapshot.markets.coins, population.snapshot.mark
    addresses = population.accounts.addresses
    users = random.integers(0, len(addresses), (PRINTS, 2))
    market = random.integers(0, len(coins), PRINTS)
    size, side = random.integers(1, 10**6, PRINTS), random.integers(0, 2, PRINTS)
    rows = [
        {
            "coin": coins[market[row]],
            "side": "AB"[side[row]],
            "px": f"{mark[market[row]]:.6g}",
            "sz": f"{size[row] / 1000}",
            "time": 1_790_000_000_000 + row // 10,
            "hash": f"0x{row:064x}",
            "tid": 10**14 + row,
            "users": [addresses[users[row, 0]], addresses[users[row, 1]]],
        }
        for row in range(PRINTS)
    ]
    return [
        json.dumps({"channel": "trades", "data": rows[start : start + length]}).encode()
        for start in range(0, PRINTS, length)
    ]


def _answers(population: Population) -> tuple[list[str], list[bytes]]:
    """Addresses and their states, 50 an answer, printed as the exchange prints them."""
    accounts, snapshot, tables = population.accounts, population.snapshot, population.tables
    levels = solve_liquidation(accounts, snapshot, tables)
    mark = snapshot.mark[accounts.market_index]
    maintenance = maintenance_margin(np.abs(accounts.size) * mark, accounts.table_row, tables)
    addresses, states = [], []
    is_shown = (accounts.mode == PoolMode.CROSS) & np.isfinite(accounts.raw_usd) & ~accounts.is_exempt
    for pool in np.flatnonzero(is_shown).tolist():
        rows = range(int(accounts.offsets[pool]), int(accounts.offsets[pool + 1]))
        notional = sum(abs(accounts.size[row]) * mark[row] for row in rows)
        value = accounts.raw_usd[pool] + sum(accounts.size[row] * mark[row] for row in rows)
        summary = {
            "accountValue": f"{value:.6f}",
            "totalNtlPos": f"{notional:.6f}",
            "totalRawUsd": f"{accounts.raw_usd[pool]:.6f}",
            "totalMarginUsed": f"{notional / 10:.6f}",
        }
        addresses.append(accounts.addresses[accounts.address_row[pool]])
        states.append(
            {
                "marginSummary": summary,
                "crossMarginSummary": summary,
                "crossMaintenanceMarginUsed": f"{sum(maintenance[row] for row in rows):.6f}",
                "withdrawable": "0.0",
                "assetPositions": [_position(population, row, float(levels.price[row])) for row in rows],
                "time": snapshot.time_ms,
            }
        )
    return addresses, [json.dumps(states[start : start + 50]).encode() for start in range(0, len(states), 50)]


def _position(population: Population, row: int, price: float) -> dict[str, object]:
    accounts, snapshot = population.accounts, population.snapshot
    market = int(accounts.market_index[row])
    value = abs(accounts.size[row]) * snapshot.mark[market]
    table = population.tables.tables[int(accounts.table_row[row])]
    return {
        "type": "oneWay",
        "position": {
            "coin": snapshot.markets.coins[market],
            "szi": repr(float(accounts.size[row])),
            "leverage": {"type": "cross", "value": 10},
            "entryPx": f"{snapshot.mark[market]:.6g}",
            "positionValue": repr(float(value)),
            "unrealizedPnl": "0.0",
            "returnOnEquity": "0.0",
            "liquidationPx": None if np.isnan(price) else f"{price:.10f}",
            "marginUsed": f"{value / 10:.6f}",
            "maxLeverage": table.max_leverage,
            "cumFunding": {"allTime": "1.25", "sinceOpen": "0.5", "sinceChange": "0.25"},
        },
    }


def _given(population: Population) -> CoinTables:
    tables = population.tables.tables
    rows = population.snapshot.markets.rows
    return CoinTables(
        name="benchmark", date=None, tables={row.coin: tables[row.table_row] for row in rows}, collateral={"": 0}
    )


def _best(work: Callable[[], None]) -> float:
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)
