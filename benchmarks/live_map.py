"""A live map of real size in a process of its own, and what it takes: `python benchmarks/live_map.py`.

Fixed is a process with a map of FEW accounts in it: interpreter, imports, compiled kernels, tables by market. Growing
is what a process with a map of many takes more. A map here is what `liqscape serve` holds of everybody: ledger, frame
with its levels and plan, the frame a reader watches, notes of the minute, all known addresses, what the planner keeps.
What was freed is given back to the kernel before memory is read: what is resident then is held by somebody.

    python benchmarks/live_map.py --accounts 300000
    python benchmarks/live_map.py --accounts 300000 --alone --table    # what holds how much: arrays, other objects
    python benchmarks/live_map.py --accounts 20000 --hours 24             # a day in fast motion
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np
from population import make_population
from real_size.memory import give_back, peak_mb, resident_mb, start_peak

from liqscape.feed.discovery import AddressBook
from liqscape.feed.reconcile.planner import Planner
from liqscape.heatmap.frame import Provenance
from liqscape.heatmap.moment import Moment
from liqscape.model.addresses import AddressSource
from liqscape.model.events import (
    AccountsObserved,
    Event,
    FrameDue,
    FundingDue,
    MarketDefined,
    MarksUpdated,
    TradesPrinted,
)
from liqscape.model.markets import Market, Markets, MarketSnapshot
from liqscape.model.trades import Trades
from liqscape.risk.liquidation import solve_roots
from liqscape.service.hub import Hub
from liqscape.service.live import LiveState
from liqscape.service.pipeline import Pipeline
from liqscape.service.streaming.stream_view import stream_view
from liqscape.service.view import MapView
from liqscape.sources.live.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from liqscape.units import HOUR_MS

SCRIPT = (sys.executable, str(Path(__file__).resolve().parent / "against" / "script.py"))
"""How a process is started that may be of an older build."""
PROVENANCE = Provenance("sandbox", "benchmark", True, "a made-up market")
FEW = 1_000
DEXS = 8
"""Of which the first has the most traded coins: as many as the exchange has, about."""
KNOWN_SHARE = 10 / 3
"""Known addresses for one that holds something."""
FRAMES = 24
"""Before memory is read: some of the same accounts, some after prints, one with funding."""
PRINTS = 200
MARKS_EVERY_MS = 3_000
WATCHED = "BTC"
DAY_STEP_MS, DAY_PRINTS = 20_000, 40
FIRST_HOURS = 3
"""Of a day, after which what is remembered for minutes or hours is full."""
MB = 1e6
UNWEIGHED = (type, ModuleType, FunctionType, BuiltinFunctionType, CodeType)


class LiveMap:
    """What a live map holds of everybody, moved by marks and prints."""

    def __init__(self, start: Checkpoint, others: bytes, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.snapshot = start.snapshot
        self.time_ms = start.snapshot.time_ms
        self.pipeline, self.live = Pipeline(PROVENANCE), LiveState()
        self.book = AddressBook()
        self.book.reserve(len(start.accounts.addresses) + len(others) // 20)
        self.book.add(start.accounts.addresses, AddressSource.TRADES, self.time_ms)
        for first in range(0, len(others), 20 * 20_000):
            text = others[first : first + 20 * 20_000].hex()
            names = ["0x" + text[row : row + 40] for row in range(0, len(text), 40)]
            self.book.add(names, AddressSource.LEADERBOARD, self.time_ms)
        dexs = tuple(dict.fromkeys(market.dex for market in self.snapshot.markets.rows))
        self.planner = Planner(self.book, dexs)
        self.feed(MarketDefined(self.time_ms, 0, self.snapshot.markets, start.tables))
        self.feed(MarksUpdated(self.time_ms, 0, self.snapshot))
        self.feed(
            AccountsObserved(time_ms=self.time_ms, received_ns=0, accounts=start.accounts, is_complete=True, dexs=None)
        )
        self.frame()
        self._is_told = asyncio.Event()
        self._hub = Hub(MapView(None, self.live), on_delivered=lambda _: self._is_told.set())
        self._runner = asyncio.Runner()
        self._runner.run(self._join())

    async def _join(self) -> None:
        self._client = self._hub.join(stream_view(WATCHED))
        await self._hub.next_message(self._client)
        self._telling = asyncio.create_task(self._hub.run())

    def feed(self, event: Event) -> Moment | None:
        """One event."""
        return self.pipeline.feed(event)

    def frame(self, *, is_stored: bool = False) -> Moment:
        """A frame, told to whoever watches."""
        moment = self.feed(FrameDue(self.time_ms, 0, is_stored=is_stored))
        assert moment is not None
        if is_stored:
            self.pipeline.ledger.take_liquidations()
            self.pipeline.ledger.take_differences()
        return self.live.publish(moment)

    def marks(self, later_ms: int = MARKS_EVERY_MS) -> None:
        """All marks a little elsewhere, some seconds later, and the frame of them in the reader's hands."""
        self.time_ms += later_ms
        mark = self.snapshot.mark * np.exp(self.random.normal(0.0, 5e-4, len(self.snapshot.mark)))
        self.snapshot = replace(self.snapshot, time_ms=self.time_ms, mark=mark)
        self.feed(MarksUpdated(self.time_ms, 0, self.snapshot))
        self._runner.run(self._tell(is_stored=self.time_ms % 60_000 == 0))

    async def _tell(self, *, is_stored: bool) -> None:
        self._is_told.clear()
        self.frame(is_stored=is_stored)
        await self._is_told.wait()
        await self._hub.next_message(self._client)

    def prints(self, count: int) -> None:
        """Trades among those who hold something, and the same ones back: as many positions as before."""
        names, markets = self.pipeline.ledger.accounts.addresses, len(self.snapshot.mark)
        users = self.random.choice(len(names), (2, count), replace=False).astype(np.int32)
        market = self.random.integers(markets, size=count).astype(np.int32)
        trade_id = self.random.integers(1 << 40, size=count)
        for step, (buyer, seller) in enumerate(((0, 1), (1, 0))):
            trades = Trades(
                addresses=tuple(names[row] for row in users.ravel().tolist()),
                buyer=np.arange(count, dtype=np.int32) + buyer * count,
                seller=np.arange(count, dtype=np.int32) + seller * count,
                market_index=market,
                price=self.snapshot.mark[market],
                size=np.full(count, 0.5),
                is_buyer_taker=np.ones(count, np.bool_),
                time_ms=np.full(count, self.time_ms),
                trade_id=trade_id + step,
            )
            self.feed(TradesPrinted(self.time_ms, 0, trades))

    def funding(self) -> None:
        """A full hour is paid by everybody."""
        mark = self.snapshot.mark
        self.feed(FundingDue(self.time_ms // HOUR_MS * HOUR_MS, 0, np.full(len(mark), 1e-5), mark))

    def plan(self) -> None:
        """Whom to read next: what stays of it is what the planner keeps of everybody."""
        ledger = self.pipeline.ledger
        if hasattr(ledger, "watch_steps"):
            from liqscape.steps import finish

            watch = finish(ledger.watch_steps(partial(solve_roots, snapshot=ledger.snapshot, tables=ledger.tables)))
        else:  # a build from before there were steps
            watch = ledger.watch(solve_roots(ledger.accounts, ledger.snapshot, ledger.tables))
        for question in self.planner.plan(self.time_ms, watch):
            self.planner.abandoned(question)

    def run(self, frames: int) -> None:
        """Some frames, prints before every second one, a plan after every fourth."""
        for number in range(frames):
            if number % 2:
                self.prints(min(PRINTS, len(self.pipeline.ledger.accounts.addresses) // 4))
            self.marks()
            if number % 4 == 3:
                self.plan()
        self.funding()
        self.marks()

    def hour(self) -> None:
        """An hour in fast motion: a frame and prints every DAY_STEP_MS, a plan with every tenth, funding at its end."""
        for number in range(HOUR_MS // DAY_STEP_MS):
            self.prints(DAY_PRINTS)
            self.marks(DAY_STEP_MS)
            if number % 10 == 0:
                self.plan()
        self.funding()

    def close(self) -> None:
        """Nobody reads any more."""
        self._telling.cancel()
        self._runner.close()

    @property
    def positions(self) -> int:
        """Held now."""
        return self.pipeline.ledger.accounts.position_count


def map_of(accounts: int, seed: int = 7) -> LiveMap:
    """A map of a market that another process made: what making it took does not count here."""
    with tempfile.TemporaryDirectory() as folder:
        call = [*SCRIPT, __file__, "--make", folder, "--accounts", str(accounts), "--seed", str(seed)]
        subprocess.run(call, check=True)
        start = read_checkpoint(Path(folder, "start").read_bytes())
        return LiveMap(start, Path(folder, "others").read_bytes(), seed)


def _make(folder: Path, accounts: int, seed: int) -> None:
    population = make_population(seed, accounts)
    markets = over_dexs(population.snapshot.markets)
    snapshot = MarketSnapshot(
        markets=markets,
        time_ms=population.snapshot.time_ms,
        mark=population.snapshot.mark,
        oracle=population.snapshot.oracle,
        open_interest=population.snapshot.open_interest,
    )
    (folder / "start").write_bytes(write_checkpoint(Checkpoint(snapshot, population.tables, population.accounts)))
    more = int(accounts * KNOWN_SHARE) - accounts
    (folder / "others").write_bytes(np.random.default_rng([seed, 2]).bytes(20 * more))


def over_dexs(markets: Markets) -> Markets:
    """The same markets on DEXS dexs: the first half on the first, the others in turn."""
    half = len(markets) // 2

    def moved(row: int, market: Market) -> Market:
        number = 0 if row < half else 1 + (row - half) % (DEXS - 1)
        return replace(market, dex=f"d{number}", coin=f"d{number}:{market.coin}") if number else market

    return Markets.build(moved(row, market) for row, market in enumerate(markets.rows))


def measure(accounts: int, seed: int = 7, *, has_table: bool = False) -> dict[str, float]:
    """Bytes of this process with one map in it: resting, before what was freed was given back, and the highest."""
    start_peak()
    held = map_of(accounts, seed)
    held.run(FRAMES)
    highest, moving = peak_mb(), resident_mb()
    give_back()
    resting = resident_mb()
    if has_table:
        for name, (arrays, others) in weigh(roots_of(held)).items():
            print(f"{arrays / MB:9.1f} {others / MB:9.1f}  {name}")
    positions, known = held.positions, len(held.book)
    held.close()
    return {
        "resting": resting * 2**20,
        "before giving back": moving * 2**20,
        "highest": highest * 2**20,
        "positions": positions,
        "known": known,
    }


def through_hours(accounts: int, hours: int, seed: int = 7) -> list[float]:
    """Resting MB at the end of each hour."""
    held, found = map_of(accounts, seed), []
    for _ in range(hours):
        held.hour()
        give_back()
        found.append(resident_mb())
    held.close()
    return found


def measured(accounts: int, seed: int = 7) -> dict[str, float]:
    """The same in a process of its own."""
    call = [*SCRIPT, __file__, "--json", "--alone", "--accounts", str(accounts), "--seed", str(seed)]
    found: dict[str, float] = json.loads(subprocess.run(call, check=True, stdout=subprocess.PIPE).stdout)
    return found


def weigh(roots: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Bytes of numpy arrays and of other objects that each root holds and none before it."""
    seen: set[int] = set()
    found = {}
    for name, root in roots.items():
        arrays = others = 0
        left = [root]
        while left:
            each = left.pop()
            if id(each) in seen or isinstance(each, UNWEIGHED):
                continue
            seen.add(id(each))
            if isinstance(each, np.ndarray):
                if not isinstance(each.base, np.ndarray):  # else a view of one
                    arrays += each.nbytes
                else:
                    left.append(each.base)
                continue
            others += sys.getsizeof(each)
            left += gc.get_referents(each)
        found[name] = arrays, others
    return found


def roots_of(held: LiveMap) -> dict[str, Any]:
    """What holds how much; what two hold counts with the first."""
    pipeline = held.pipeline
    holdings = pipeline.ledger._holdings
    standing = pipeline._standing
    roots = {f"ledger, table {name}": getattr(holdings._tables, name) for name in holdings._tables._fields}
    return roots | {
        "ledger, names and numbers of addresses": [holdings.address_numbers, holdings._addresses],
        "newest accounts": pipeline.ledger.accounts,
        "newest frame": held.live.now,
        "rows behind the accounts": holdings._publisher,
        "the ledger's other parts": pipeline.ledger,
        "plan of the bands": None if standing is None else standing.plan,
        "levels kept from frame to frame": None if standing is None else standing._levels,
        "accounts before them": standing,
        "room for banding": pipeline._workspace,
        "moved on from frame to frame": getattr(pipeline, "_moving", None),
        "notes of the minute": pipeline,
        "known addresses": held.book,
        "what the planner keeps": held.planner,
        "reader's frame": held._hub,
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=300_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--table", action="store_true", help="what holds how much")
    parser.add_argument("--hours", type=int, default=0, help="through so many hours in fast motion instead")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--alone", action="store_true", help="in this process, with nothing taken off")
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.make is not None:
        _make(arguments.make, arguments.accounts, arguments.seed)
        return 0
    if arguments.hours:
        hours = through_hours(arguments.accounts, arguments.hours, arguments.seed)
        print(" ".join(f"{mb:.0f}" for mb in hours), "MB at the end of each hour")
        print(f"after {FIRST_HOURS} h it grew by {(hours[-1] / hours[FIRST_HOURS - 1] - 1.0) * 100.0:.1f} %")
        return 0
    if arguments.alone:
        found = measure(arguments.accounts, arguments.seed, has_table=arguments.table)
        print(json.dumps(found) if arguments.json else found)
        return 0
    measured(FEW)  # whatever is not compiled yet is
    few, many = measured(FEW), measured(arguments.accounts, arguments.seed)
    print(f"fixed: {few['resting'] / MB:.1f} MB")
    for name in ("resting", "before giving back", "highest"):
        print(f"growing, {name}: {(many[name] - few[name]) / MB:.1f} MB")
    print(f"{many['positions']:,.0f} positions, {many['known']:,.0f} known addresses")
    return 0


if __name__ == "__main__":
    sys.exit(main())
