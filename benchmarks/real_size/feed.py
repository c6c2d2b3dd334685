"""Planner, watch, ledger and near coverage at work: stalls of the event loop, accounts read a second.

    cd benchmarks && python -m real_size.feed [--source node] [--seconds 40] [--accounts 300000] [--known 1000000]

The collecting core as `liqscape serve` runs it, in one process, begins from a checkpoint of everybody and is fed by a
stand-in (feed_exchange.py): marks each second, prints, and account states in batches of 50. `node`: an own node's info
server that answers up to `--rate` accounts a second; `api`: as the public server lets them through. A probe on the loop
asks to be called every 5 ms and notes how late it was, and how much processor time the thread of the loop took since
the last call: on a machine that others use too only the latter is a measure of the program. Work of the stand-in is
taken off both.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from real_size.record import Row, Settings

BENCHMARKS = Path(__file__).resolve().parent.parent

PROBE_S = 0.005
LATE_S = 0.010
"""What is later than this counts as stalled: below it is what any machine does."""
WANTED_MS, WANTED_RATE = 50.0, 5_000.0
SOURCES = ("api", "node")
API_RATE = 50.0
"""Accounts a second in batches of 50 at 1,200 units of weight a minute."""


def measure(settings: Settings) -> list[Row]:
    """Rows of both sources, a process each."""
    rows: list[Row] = []
    for source in SOURCES:
        command = [sys.executable, "-m", "real_size.feed", "--json", "--source", source]
        command += ["--seconds", str(settings.seconds), "--accounts", str(settings.accounts)]
        command += ["--known", str(settings.known), "--markets", str(settings.markets)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=BENCHMARKS)
        found = json.loads(done.stdout.splitlines()[-1])
        rate = WANTED_RATE if source == "node" else None
        rows += [
            Row(
                what=f"feed, {source}: longest stall of the loop",
                value=found["longest_ms"],
                unit="ms",
                wanted=WANTED_MS,
            ),
            Row(
                what=f"feed, {source}: longest turn of the loop, processor time",
                value=found["longest_cpu_ms"],
                unit="ms",
                wanted=WANTED_MS,
            ),
            Row(
                what=f"feed, {source}: time the loop was stalled over 10 ms",
                value=100.0 * found["stalled_share"],
                unit="%",
            ),
            Row(what=f"feed, {source}: processor time of the loop", value=100.0 * found["cpu_share"], unit="%"),
            Row(
                what=f"feed, {source}: accounts read",
                value=found["accounts_a_second"],
                unit="1/s",
                wanted=rate,
                is_lowest=True,
            ),
            Row(what=f"feed, {source}: memory", value=found["peak_mb"], unit="MB"),
        ]
    return rows


class Probe:
    """How late the loop calls what asked to be called every PROBE_S."""

    def __init__(self) -> None:
        self.late: list[tuple[float, float]] = []
        self.cpu: list[float] = []
        self.excused_s = 0.0
        """Work of the stand-in since the last call."""

    async def run(self, stop: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        due = asyncio.Event()
        last, last_cpu = time.perf_counter(), time.thread_time()

        def beat() -> None:
            nonlocal last, last_cpu
            now, cpu = time.perf_counter(), time.thread_time()
            self.late.append((now, max(0.0, now - last - PROBE_S - self.excused_s)))
            self.cpu.append(max(0.0, cpu - last_cpu - self.excused_s))
            self.excused_s, last, last_cpu = 0.0, now, cpu
            if stop.is_set():
                due.set()
            else:
                loop.call_later(PROBE_S, beat)

        loop.call_later(PROBE_S, beat)
        await due.wait()


class Collections:
    """How long the collector of cyclic garbage took, by generation."""

    def __init__(self) -> None:
        self.seconds: dict[int, list[float]] = {0: [], 1: [], 2: []}
        self._began = 0.0
        gc.callbacks.append(self._note)

    def _note(self, phase: str, reported: dict[str, int]) -> None:
        if phase == "start":
            self._began = time.perf_counter()
        else:
            self.seconds[reported["generation"]].append(time.perf_counter() - self._began)


class StandIn:
    """Takes the place of an info client."""

    def __init__(self, exchange: Any, probe: Probe, rate: float) -> None:
        self.exchange, self.probe, self.rate = exchange, probe, rate
        self.read = 0
        self._next_s = 0.0
        self.url, self.unanswered_s = "http://stand-in", 0.0

    async def __aenter__(self) -> StandIn:
        return self

    async def __aexit__(self, *_: object) -> None: ...

    async def ask(self, asked: object, **_: object) -> bytes:
        """As InfoClient.ask, also of a build in which requests are plain JSON."""
        request: dict[str, Any] = msgspec.to_builtins(asked)
        is_state = request["type"] in ("clearinghouseState", "batchClearinghouseStates")
        count = len(request.get("users", (0,))) if is_state else 0
        now_s = time.perf_counter()
        self._next_s = max(self._next_s, now_s - 0.2) + count / self.rate
        await asyncio.sleep(max(0.0, self._next_s - now_s))
        began = time.perf_counter()
        content = self.exchange.answer(request)
        self.read += count
        self.probe.excused_s += time.perf_counter() - began
        return content

    async def leaderboard(self, *_: object) -> None:
        return None

    def figures(self) -> Any:
        from liqscape.feed.info_client import InfoClient

        return InfoClient(self.url).figures()


def run_one(source: str, seconds: float, accounts: int, known: int, rate: float, markets: int) -> dict[str, Any]:
    """One build, one source, in this process."""
    from population import make_population

    from liqscape.feed.discovery import AddressBook
    from liqscape.feed.limiter import WeightLimiter
    from liqscape.feed.records import Record, RecordKind
    from liqscape.model.addresses import AddressSource
    from liqscape.service.collecting.candles import ExchangeCandles
    from liqscape.service.collecting.clock import SteadyClock
    from liqscape.service.collecting.core import LiveCore, Start, start_record
    from liqscape.service.collecting.figures import LiveFigures
    from liqscape.service.collecting.following import Following
    from liqscape.service.collecting.history_queue import HistoryQueue
    from liqscape.service.collecting.market import LiveMarket
    from liqscape.service.collecting.parts import Parts
    from liqscape.service.collecting.raw_queue import RawQueue
    from liqscape.service.collecting.settings import LiveSettings, Network
    from liqscape.service.executors import Executors
    from liqscape.service.live import LiveState
    from liqscape.service.metrics import LiveMetrics
    from liqscape.service.view import MapView
    from liqscape.sources.live.checkpoint import Checkpoint, write_checkpoint
    from liqscape.store.register import AddressRegister
    from real_size.feed_exchange import FeedExchange, strangers_of

    population = make_population(accounts=accounts, markets=markets)
    time_ms = int(time.time() * 1_000)
    names = strangers_of(known - accounts)
    exchange = FeedExchange(population, names, time_ms)
    clock, probe = SteadyClock(), Probe()
    folder = Path(tempfile.mkdtemp(prefix="feed-"))
    network = Network(
        name="stand-in",
        info_url="http://127.0.0.1:9",
        socket_url="ws://127.0.0.1:9/ws",
        leaderboard_url=None,
        vaults_url=None,
    )
    settings = LiveSettings(
        network=network,
        data=folder,
        state_streams=0,
        has_raw_log=False,
        node_info_url="http://127.0.0.1:9" if source == "node" else None,
    )

    class NoWriter:
        def append(self, *_: object) -> None: ...

    executors = Executors.start()
    core = LiveCore(Start(kind="api", name="stand-in", is_simulated=False, note="", dexs=None))
    live, book, limiter = LiveState(), AddressBook(), WeightLimiter(1_200)
    market = LiveMarket(
        core=core,
        live=live,
        history=HistoryQueue(NoWriter(), executors.storage),
        raw=RawQueue(None, executors.storage),
        metrics=LiveMetrics(),
        clock=clock,
        cutter=executors.frames,
    )  # type: ignore[arg-type]
    market.take(start_record(core.start, clock.now_ns()))
    # Everybody known: holders, listed with a value that says little, then those who hold nothing.
    random = np.random.default_rng(5)
    everybody = [*population.accounts.addresses, *names]
    listed = everybody[::2]
    book.observe_listed(
        listed,
        np.exp(random.normal(7, 2, len(listed))),
        np.exp(random.normal(7, 3, len(listed))) * (random.random(len(listed)) < 0.3),
        np.exp(random.normal(8, 3, len(listed))) * (random.random(len(listed)) < 0.5),
        time_ms,
    )
    book.add(everybody, AddressSource.TRADES, time_ms)
    book.take_changed(10**8)
    aged = replace(population.snapshot, time_ms=time_ms - 60_000)
    held = replace(
        population.accounts,
        observed_ms=population.accounts.observed_ms - population.snapshot.time_ms + time_ms - 60_000,
    )
    checkpoint = write_checkpoint(Checkpoint(aged, population.tables, held))

    def record(kind: RecordKind, subject: str, content: bytes) -> Record:
        return Record(kind, subject, content, clock.now_ns())

    def answer(request: dict[str, Any]) -> Record:
        return record(RecordKind.ANSWER, json.dumps(request), exchange.answer(request))

    view = MapView(None, live)  # type: ignore[arg-type]
    candles = ExchangeCandles("trades", lambda: core.assembler.clock.now_ms)
    register = AddressRegister(folder / "register.sqlite")
    made: dict[str, Any] = {
        "settings": settings,
        "market": market,
        "book": book,
        "register": register,
        "limiter": limiter,
        "candles": candles,
        "view": view,
        "executors": executors,
        "seconds": time.monotonic,
        "chance": None,
    }
    if "loader" in Parts.__dataclass_fields__:  # a build before it read the register at the start
        from liqscape.service.collecting.register_loader import RegisterLoader

        made |= {"loader": RegisterLoader(book, register, executors.storage), "vaults": frozenset}
    if "near" in Parts.__dataclass_fields__:  # a build before it kept neither
        from liqscape.service.collecting.categories import MarketCategories
        from liqscape.service.near_estimates import NearMemory

        made |= {"categories": MarketCategories(), "near": NearMemory()}
    chosen = Parts(**made)

    _load_kernels()

    async def whole() -> dict[str, Any]:
        market.take(record(RecordKind.CHECKPOINT, "restart", checkpoint))
        exchange.time_ms = int(time.time() * 1_000)
        for request in ({"type": "exchangeStatus"}, {"type": "perpDexs"}, {"type": "metaAndAssetCtxs"}):
            market.take(answer(request))
        following = Following(chosen)
        client = StandIn(exchange, probe, rate if source == "node" else API_RATE)
        following.feeding._client = client  # type: ignore[assignment]
        if source == "node":
            following.feeding._node_client = client  # type: ignore[assignment]
        live_figures = LiveFigures(market, following.feeds(view.kinds), _disk(folder), executors.estimates)
        market.observers.append(live_figures.observe)
        if hasattr(market, "frame_observers"):
            market.frame_observers.append(live_figures.observe_frame)
        market.work += [
            each for each in following.work() if each[0] in ("questions", "liquidations", "register", "near coverage")
        ]
        market.work.append(("figures", live_figures.run))
        if "loader" in made:
            market.work.append(("known addresses", made["loader"].run))
        ticks = [0]

        async def outside(stop: asyncio.Event) -> None:
            while not stop.is_set():
                began = time.perf_counter()
                exchange.time_ms = int(time.time() * 1_000)
                messages = [exchange.contexts(), *exchange.prints()]
                probe.excused_s += time.perf_counter() - began
                ticks[0] += 1
                for content in messages:
                    market.take(record(RecordKind.MESSAGE, "1", content))
                await asyncio.sleep(1.0)

        market.work.append(("outside", outside))
        market.take(
            record(
                RecordKind.CONNECTED,
                "1",
                json.dumps([{"type": "trades", "coin": each} for each in population.snapshot.markets.coins]).encode(),
            )
        )
        stop = asyncio.Event()
        task = asyncio.create_task(market.run(stop))
        await asyncio.sleep(3.0)  # what is made once
        collections = Collections()
        print("measuring", file=sys.stderr, flush=True)
        probing = asyncio.create_task(probe.run(stop))
        process_s = time.process_time()
        began, first, frames = time.perf_counter(), client.read, market.frame_count
        await asyncio.sleep(seconds)
        passed, read = time.perf_counter() - began, client.read - first
        stop.set()
        await probing
        await asyncio.wait_for(task, 30)
        late = sorted(each for _, each in probe.late)
        worst = sorted(((round(1e3 * each, 1), round(at - began, 2)) for at, each in probe.late), reverse=True)[:12]
        return {
            "longest_cpu_ms": 1e3 * max(probe.cpu),
            "cpu_share": sum(probe.cpu) / passed,
            "process_cpu_share": (time.process_time() - process_s) / passed,
            "cpu_worst": [round(1e3 * each, 1) for each in sorted(probe.cpu)[:-12:-1]],
            "longest_ms": 1e3 * late[-1],
            "p999_ms": 1e3 * late[int(0.999 * (len(late) - 1))],
            "stalled_share": sum(each for each in late if each > LATE_S) / passed,
            "accounts_a_second": read / passed,
            "frames": market.frame_count - frames,
            "unsure": market.unsure_count,
            "known": len(core.pipeline.ledger.accounts.addresses),
            "fault": market.last_fault,
            "failed_states": core.assembler.failed_state_count,
            "collected_ms": {
                each: [len(taken), round(1e3 * max(taken, default=0.0), 1)]
                for each, taken in collections.seconds.items()
            },
            "over_50_ms": sum(each > 0.05 for each in late),
            "worst": worst,
        }

    found = asyncio.run(whole())
    status = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
    found["peak_mb"] = int(status) / 1e3
    shutil.rmtree(folder, ignore_errors=True)
    return found


def _load_kernels() -> None:
    """As a start does it; the build before loaded each when it was first needed."""
    try:
        from liqscape.service.collecting.kernels import load_kernels
    except ImportError:
        return
    load_kernels()


def _disk(folder: Path) -> Any:
    """What a board asks for the room on disk: the build before took the folder itself."""
    try:
        from liqscape.service.collecting.disk_look import DiskLook
    except ImportError:
        return folder
    return DiskLook(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", choices=SOURCES, default="node")
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--accounts", type=int, default=300_000)
    parser.add_argument("--known", type=int, default=1_000_000)
    parser.add_argument("--markets", type=int, default=250)
    parser.add_argument("--rate", type=float, default=6_000.0)
    parser.add_argument("--json", action="store_true", help="one line for programs")
    given = parser.parse_args()
    found = run_one(given.source, given.seconds, given.accounts, given.known, given.rate, given.markets)
    print(json.dumps(found, indent=None if given.json else 2))


if __name__ == "__main__":
    main()
