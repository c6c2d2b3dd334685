"""The live path: a message with new marks to frames handed to clients, prints through everything, a day in fast motion.

The messages are made here, in the exchange's own words, so every byte takes the way it takes in the product.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from figures import Section
from population import Population, make_population

from liqscape.feed.records import Record, RecordKind
from liqscape.heatmap.moment import Moment
from liqscape.service.collecting.core import LiveCore, Start
from liqscape.service.hub import Hub
from liqscape.service.live import LiveState
from liqscape.service.streaming.stream_view import stream_view
from liqscape.service.view import MapView
from liqscape.sources.live.checkpoint import Checkpoint, write_checkpoint
from liqscape.wire.encode import print_decimal

ACCOUNTS = 100_000
BATCHES = 60
SECOND_NS = 1_000_000_000
SOAK_ACCOUNTS = 2_000
SOAK_HOURS = 24
MARKS_EVERY_S = 6
PRINTS_A_MESSAGE = 20
WATCHED = ("BTC", "ETH", "SOL", "HYPE")


@dataclass(kw_only=True)
class Made:
    """A core that knows a whole market, and the words to move it."""

    core: LiveCore
    population: Population
    random: np.random.Generator
    received_ns: int
    mark: np.ndarray  # type: ignore[type-arg]
    given_back: Record | None = None

    @classmethod
    def new(cls, accounts: int, seed: int) -> Made:
        population = make_population(seed, accounts)
        core = LiveCore(Start(kind="api", name="benchmark", is_simulated=True, note="", dexs=("",)))
        checkpoint = Checkpoint(population.snapshot, population.tables, population.accounts)
        started_ns = population.snapshot.time_ms * 1_000_000
        core.feed(Record(RecordKind.CHECKPOINT, "", write_checkpoint(checkpoint), started_ns))
        made = cls(
            core=core,
            population=population,
            random=np.random.default_rng(seed),
            received_ns=started_ns,
            mark=population.snapshot.mark.copy(),
        )
        request = msgspec.json.encode({"type": "metaAndAssetCtxs"}).decode()
        core.feed(Record(RecordKind.ANSWER, request, made._metas(), started_ns))
        return made

    def marks(self, seconds: float) -> Record:
        """All marks a little elsewhere, `seconds` later."""
        self.received_ns += int(seconds * SECOND_NS)
        self.mark = self.mark * np.exp(self.random.normal(0.0, 5e-4, len(self.mark)))
        message = {"channel": "allDexsAssetCtxs", "data": {"ctxs": [["", self._contexts()]]}}
        return Record(RecordKind.MESSAGE, "1", msgspec.json.encode(message), self.received_ns)

    def prints(self, count: int) -> Record:
        """Trades among known accounts in one coin, in the same second; every second call gives the last ones back.

        So positions are opened and closed, and a day of it ends with as many as it began with.
        """
        if self.given_back is not None:
            record, self.given_back = self.given_back, None
            return Record(record.kind, record.subject, record.content, self.received_ns)
        addresses = self.population.accounts.addresses
        coins = self.population.snapshot.markets.coins
        row = int(self.random.integers(len(coins)))
        users = self.random.integers(len(addresses), size=(count, 2))
        time_ms = self.received_ns // 1_000_000
        trades: list[dict[str, Any]] = [
            {
                "coin": coins[row],
                "side": "B" if number % 2 else "A",
                "px": print_decimal(float(f"{self.mark[row]:.5g}")),
                "sz": "0.5",
                "time": time_ms,
                "hash": "0x0",
                "tid": int(self.random.integers(1 << 50)),
                "users": [addresses[buyer], addresses[seller]],
            }
            for number, (buyer, seller) in enumerate(users)
        ]
        back = [{**trade, "tid": int(trade["tid"]) + 1, "users": trade["users"][::-1]} for trade in trades]
        self.given_back = self._trades(back)
        return self._trades(trades)

    def _trades(self, trades: list[dict[str, Any]]) -> Record:
        content = msgspec.json.encode({"channel": "trades", "data": trades})
        return Record(RecordKind.MESSAGE, "1", content, self.received_ns)

    def _contexts(self) -> list[dict[str, str]]:
        interest = self.population.snapshot.open_interest
        return [
            {
                "markPx": print_decimal(float(f"{mark:.8g}")),
                "oraclePx": print_decimal(float(f"{mark:.8g}")),
                "openInterest": print_decimal(float(held) if np.isfinite(held) else 1e9),
                "funding": "0.0000125",
            }
            for mark, held in zip(self.mark, interest, strict=True)
        ]

    def _metas(self) -> bytes:
        universe = [
            {
                "name": each.coin,
                "szDecimals": each.size_decimals,
                "maxLeverage": each.max_leverage,
                "marginTableId": row,
            }
            for each, row in (
                (market, self.population.tables.tables[market.table_row].table_id)
                for market in self.population.snapshot.markets.rows
            )
        ]
        tables = [
            [
                table.table_id,
                {
                    "description": "",
                    "marginTiers": [
                        {"lowerBound": str(tier.lower_bound), "maxLeverage": tier.max_leverage} for tier in table.tiers
                    ],
                },
            ]
            for table in self.population.tables.tables
        ]
        meta = {"universe": universe, "marginTables": tables, "collateralToken": 0}
        return msgspec.json.encode([meta, self._contexts()])


def live_path(seed: int, soak_hours: int = SOAK_HOURS) -> Section:
    """From bytes to what clients are handed."""
    section = Section(
        "Live path",
        f"{ACCOUNTS:,} addresses in 250 coins. A message with new marks of all coins is decoded, every pool of several "
        "positions solved again, all bands built, and the changes of the watched coin encoded for clients. Prints: 200 "
        "trades of known accounts came in between: positions, cash and plan changed too. Caches are cold.",
    )
    made = Made.new(ACCOUNTS, seed)
    for name, prints, coins in (
        ("mark batch to pushed frame", 0, WATCHED[:1]),
        ("the same, 200 prints before", 200, WATCHED[:1]),
        ("the same, 200 prints before, four coins watched", 200, WATCHED),
    ):
        times = asyncio.run(_push(made, prints, coins))
        section.add(f"{name}, median", float(np.median(times)), "ms", target=20.0)
        section.add(f"{name}, 99 %", float(np.quantile(times, 0.99)), "ms")
    hours = _soak(seed, soak_hours)
    grown = (hours[-1] / hours[2] - 1.0) * 100.0
    section.add(
        f"memory after {soak_hours} h against after 3 h",
        grown,
        "%",
        target=5.0,
        note=f"{hours[2]:.0f} and {hours[-1]:.0f} MB; {SOAK_ACCOUNTS:,} addresses, marks every {MARKS_EVERY_S} s, "
        "prints, funding",
    )
    return section


class Pushing:
    """A map whose frames a client watches: `push` is from a message with new marks to the frame in its hands."""

    def __init__(self, made: Made) -> None:
        self.made = made
        self._live = LiveState()
        self._is_delivered = asyncio.Event()
        self._publish(made.marks(3.0))
        self._hub = Hub(MapView(None, self._live), on_delivered=lambda _: self._is_delivered.set())
        self._running: asyncio.Task[None] | None = None

    async def begin(self, coins: Sequence[str]) -> None:
        """Watch some coins."""
        for coin in coins:
            await self._hub.next_message(self._hub.join(stream_view(coin)))
        self._running = asyncio.create_task(self._hub.run())

    async def push(self, seconds: Callable[[], float] = time.perf_counter) -> float:
        """Milliseconds by a clock."""
        record = self.made.marks(3.0)
        gc.collect()
        self._is_delivered.clear()
        started = seconds()
        self._publish(record)
        await self._is_delivered.wait()
        return (seconds() - started) * 1e3

    def end(self) -> None:
        """Nobody watches any more."""
        if self._running is not None:
            self._running.cancel()

    def _publish(self, record: Record) -> None:
        for moment in _cut(self.made, record):
            self._live.publish(moment)


async def _push(made: Made, prints: int, coins: Sequence[str]) -> list[float]:
    pushing = Pushing(made)
    await pushing.begin(coins)
    times = []
    for _ in range(BATCHES):
        if prints:
            _cut(made, made.prints(prints))
        times.append(await pushing.push())
    pushing.end()
    return times[5:]


def _cut(made: Made, record: Record) -> tuple[Moment, ...]:
    fed = made.core.feed(record)
    assert fed.fault is None, fed.fault
    return fed.moments


def _soak(seed: int, soak_hours: int) -> list[float]:
    """Resident memory in MB at the end of each simulated hour."""
    made = Made.new(SOAK_ACCOUNTS, seed)
    hours = []
    for _ in range(soak_hours):
        for _ in range(3_600 // MARKS_EVERY_S):
            _cut(made, made.marks(float(MARKS_EVERY_S)))
            _cut(made, made.prints(PRINTS_A_MESSAGE))
            _cut(made, Record(RecordKind.TICK, "", b"", made.received_ns))
            made.core.pipeline.ledger.take_liquidations()
        gc.collect()
        hours.append(_resident_mb())
    return hours


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--hours", type=int, default=SOAK_HOURS, help="of the day in fast motion; more than 3")
    arguments = parser.parse_args()
    section = live_path(arguments.seed, arguments.hours)
    if arguments.json:
        figures = [figure.as_json() for figure in section.figures]
        print(json.dumps({"title": section.title, "text": section.text, "figures": figures}))
    else:
        for figure in section.figures:
            print(f"{figure.name}: {figure.value:.2f} {figure.unit} {figure.note}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
