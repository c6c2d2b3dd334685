"""500,000 trigger orders of everybody, made up in the layout of a node's file: to bands, and what they cost a frame.

    python benchmarks/triggers.py [--json] [--orders 500000] [--accounts 100000]

Owners are those of the made-up market (population.py), 250 coins: each order closes part of a position they hold, a
tenth of them all of it; stops and take-profits of both sides. The file is made in a process of its own, so that the
peak memory is that of reading it: the file itself, 186 MB, and the market are part of it.

    snapshot to bands   file, record, register, rows of the map, bands of every coin
    frames              a message with new marks to the frame in a client's hands, with and without the orders in turns;
                        before each, 200 prints and the statuses of 40 orders, which are timed apart
    reading again       an answer that names the orders of an account, which are the ones it had

processor time  of this process; a busy machine stretches the time on the wall.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from figures import Section
from live_path import Made, Pushing
from population import Population, make_population

from liqscape.feed.records import Record, RecordKind
from liqscape.heatmap.coin_positions import positions_of_all
from liqscape.heatmap.trigger_orders import waiting_orders
from liqscape.heatmap.triggers import trigger_bands
from liqscape.ledger.triggers import TriggerRegister, triggers_of
from liqscape.model.events import TriggersObserved
from liqscape.model.markets import Markets
from liqscape.model.trigger_rows import TriggerFaults, TriggerRows
from liqscape.model.triggers import TriggerColumns
from liqscape.sources.node.trigger_events import map_trigger_snapshot
from liqscape.wire.node.trigger_columns import pack_triggers
from liqscape.wire.node.trigger_snapshot import read_node_snapshot
from liqscape.wire.node.trigger_statuses import TriggerStatuses, encode_statuses
from liqscape.wire.triggers import OrderRow

SEED = 7
TARGET_S, TARGET_MB, TARGET_TIMES = 5.0, 1_000.0, 1.1
FRAMES, PRINTS, STATUSES = 40, 200, 40
FIRST_ORDER = 300_000_000_000


def made_snapshot(population: Population, orders: int, seed: int = SEED) -> bytes:
    """The file."""
    chance, snapshot, accounts = random.Random(seed), population.snapshot, population.accounts
    coins, marks = snapshot.markets.coins, snapshot.mark.tolist()
    holder = accounts.address_row[accounts.pool_of_position()]
    listed: dict[str, list[object]] = {coin: [] for coin in coins}
    for number in range(orders):
        row = chance.randrange(accounts.position_count)
        market, size = int(accounts.market_index[row]), float(accounts.size[row])
        owner = accounts.addresses[int(holder[row])]
        order = _order(chance, coins[market], marks[market], size, FIRST_ORDER + number)
        listed[coins[market]].append([owner, order])
    content = [[coin, {"book_orders": [[], []], "untriggered_orders": rows}] for coin, rows in listed.items()]
    return msgspec.json.encode([900_000_000, content])


def _order(chance: random.Random, coin: str, mark: float, held: float, number: int) -> dict[str, object]:
    is_sell, is_stop, is_whole = held > 0.0, chance.random() < 0.6, chance.random() < 0.1
    is_below = is_sell == is_stop
    price = mark * (1.0 - chance.uniform(0.01, 0.2) if is_below else 1.0 + chance.uniform(0.01, 0.2))
    shown = "0.0" if is_whole else f"{abs(held) * chance.uniform(0.1, 1.0):.6f}"
    return {
        "coin": coin,
        "side": "A" if is_sell else "B",
        "limitPx": f"{price * (0.9 if is_sell else 1.1):.8g}",
        "sz": shown,
        "oid": number,
        "timestamp": 1_769_000_000_000,
        "triggerCondition": f"Price {'below' if is_below else 'above'} {price:.8g}",
        "isTrigger": True,
        "triggerPx": f"{price:.8g}",
        "children": [],
        "isPositionTpsl": is_whole,
        "reduceOnly": True,
        "orderType": f"{'Stop' if is_stop else 'Take Profit'} Market",
        "origSz": shown,
        "tif": None,
        "cloid": None,
    }


def record_of(content: bytes, markets: Markets, time_ms: int) -> Record:
    """What a live map keeps of the file."""
    market_of = {coin: row for row, coin in enumerate(markets.coins)}
    snapshot = read_node_snapshot(content, market_of, "snapshot")._replace(time_ms=time_ms)
    packed = pack_triggers(snapshot, markets.coins, snapshot.coins)
    return Record(RecordKind.TRIGGER_SNAPSHOT, "snapshot", packed, time_ms * 1_000_000)


def register_of(record: Record, markets: Markets) -> TriggerRegister:
    """What the record says, kept."""
    register = TriggerRegister()
    register.set_markets(markets, is_extended=True)
    market_of = {coin: row for row, coin in enumerate(markets.coins)}
    register.observe(map_trigger_snapshot(record, market_of, TriggerFaults()))
    return register


def banded(register: TriggerRegister, population: Population) -> tuple[TriggerColumns, int]:
    """Orders with the rows of the map, and how many of them are in bands, of all coins."""
    standing, row_of = register.standing(), {name: row for row, name in enumerate(population.accounts.addresses)}
    assert standing is not None
    map_row = np.array([row_of[name] for name in standing.names], np.int64)
    columns, _ = triggers_of(standing, population.accounts, map_row)
    count, positions = 0, positions_of_all(population.accounts, len(population.snapshot.markets))
    for market in range(len(population.snapshot.markets)):
        waiting = waiting_orders(columns, positions[market], population.snapshot, market)
        count += int(trigger_bands(waiting, 0).order_count.sum())
    return columns, count


def to_bands(population: Population, content: bytes) -> tuple[int, int]:
    """(orders held, orders in bands) of a file."""
    snapshot = population.snapshot
    register = register_of(record_of(content, snapshot.markets, snapshot.time_ms), snapshot.markets)
    _, count = banded(register, population)
    return register.figures().orders, count


def again_ms(register: TriggerRegister, population: Population, rounds: int = 20) -> float:
    """Processor ms that the answer about an account costs which has the orders it had; median."""
    standing, times = register.standing(), []
    assert standing is not None
    table, markets = standing.table, np.arange(len(population.snapshot.markets), dtype=np.int32)
    columns = {"market_index": table.market, "order_id": table.order_id}
    for number in range(rounds):
        rows = np.flatnonzero(table.owner == number)
        kept = {
            field.name: columns.get(field.name, getattr(table, field.name, None))[rows]  # type: ignore[index]
            for field in fields(TriggerRows)
            if field.name not in ("addresses", "user")
        }
        event = TriggersObserved(
            time_ms=population.snapshot.time_ms + number,
            received_ns=0,
            orders=TriggerRows(addresses=(standing.names[number],), user=np.zeros(len(rows), np.int32), **kept),
            addresses=(standing.names[number],),
            market_index=markets,
        )
        times.append(cpu_ms(partial(register.observe, event)))
    return float(np.median(times))


def cpu_ms(work: Callable[[], object]) -> float:
    """Processor time of some work."""
    began_s = time.process_time()
    work()
    return (time.process_time() - began_s) * 1e3


class Ends:
    """Statuses of a second: some of the first orders end, as many are placed."""

    def __init__(self, population: Population) -> None:
        _, listed = msgspec.json.decode(made_snapshot(population, FRAMES * STATUSES))
        self._pairs = [pair for _, orders in listed for pair in orders["untriggered_orders"]]
        self._next = 0

    def record(self, made: Made) -> Record:
        """The next of them."""
        time_ms = made.received_ns // 1_000_000
        pairs = self._pairs[self._next : self._next + STATUSES // 2]
        self._next += STATUSES // 2
        statuses = []
        for number, (owner, order) in enumerate(pairs):
            ended = msgspec.convert(order, OrderRow, strict=False)
            placed = msgspec.structs.replace(ended, oid=2 * FIRST_ORDER + time_ms % 10**9 * STATUSES + number)
            statuses += [(time_ms, owner, "canceled", ended), (time_ms, owner, "open", placed)]
        content = encode_statuses(TriggerStatuses(through_ms=time_ms, is_whole=True, statuses=tuple(statuses)))
        return Record(RecordKind.NODE_TRIGGERS, "node_order_statuses", content, made.received_ns)


async def frames(accounts: int, content: bytes) -> dict[str, list[float]]:
    """Processor ms of frames without and with the orders, in turns, and of the statuses before each."""
    found: dict[str, list[float]] = {"without": [], "with": [], "statuses": []}
    plain, full = (Made.new(accounts, SEED) for _ in range(2))
    population, ends = full.population, Ends(full.population)
    fed = full.core.feed(record_of(content, population.snapshot.markets, population.snapshot.time_ms))
    assert fed.fault is None, fed.fault
    assert fed.events
    pushing = {"without": Pushing(plain), "with": Pushing(full)}
    for each in pushing.values():
        await each.begin(("BTC",))
    for _ in range(FRAMES):
        status = ends.record(full)
        found["statuses"].append(cpu_ms(partial(full.core.feed, status)))
        for name, each in pushing.items():
            each.made.core.feed(each.made.prints(PRINTS))
            found[name].append(await each.push(time.process_time))
    for each in pushing.values():
        each.end()
    return {name: times[5:] for name, times in found.items()}


def section_of(accounts: int, orders: int) -> Section:
    """Everything measured."""
    section = Section("Trigger orders", "Made up in the layout of a node's file.")
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "snapshot.json"
        making = [sys.executable, __file__, "--make", str(path), "--orders", str(orders), "--accounts", str(accounts)]
        subprocess.run(making, check=True)
        content = path.read_bytes()
    population = make_population(SEED, accounts)
    to_bands(population, made_snapshot(population, 1_000))  # kernels are compiled
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    held, count = to_bands(population, content)
    wall_s, cpu_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
    note = f"{wall_s:.2f} s on the wall; {held:,} orders held, {count:,} in bands, of {len(content) / 1e6:.0f} MB"
    section.add("snapshot of trigger orders to bands", cpu_s, "s", target=TARGET_S, note=note)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000.0
    section.add("peak memory of it", peak_mb, "MB", target=TARGET_MB)
    snapshot = population.snapshot
    register = register_of(record_of(content, snapshot.markets, snapshot.time_ms), snapshot.markets)
    section.add("an account read again, its orders the same", again_ms(register, population), "ms")
    section.add("rows of the map and bands of all coins", cpu_ms(partial(banded, register, population)), "ms")
    del register
    times = asyncio.run(frames(accounts, content))
    without, with_orders = (float(np.median(times[name])) for name in ("without", "with"))
    section.add("statuses of a second", float(np.median(times["statuses"])), "ms", note=f"{STATUSES} orders")
    note = f"{with_orders:.1f} and {without:.1f} ms, median of {len(times['with'])} in turns"
    section.add("frame with them / without", with_orders / without, "times", target=TARGET_TIMES, note=note)
    return section


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--orders", type=int, default=500_000)
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.make is not None:
        chosen.make.write_bytes(made_snapshot(make_population(SEED, chosen.accounts), chosen.orders))
        return 0
    section = section_of(chosen.accounts, chosen.orders)
    figures: list[dict[str, Any]] = [figure.as_json() for figure in section.figures]
    if chosen.json:
        print(json.dumps({"figures": figures, "text": section.text}))
        return 0
    for figure in section.figures:
        target = "" if figure.target is None else f" (at most {figure.target:g})"
        print(f"{figure.name}: {figure.value:.3g} {figure.unit}{target} {figure.note}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
