"""Hours of a live map at real size, as fast as the machine can: what a map takes and leaves that runs for long.

The records are those a live map receives (exchange_market.py): contexts every `STEP_S` seconds, prints, ticks, 600
states a minute asked one by one. Their times of receipt are the exchange's, so nothing depends on how fast this machine
is: the map cuts, pushes, stores and pays funding as in reality. They go through the doors of the live map:
`LiveMarket.take`, the keepers of history and raw log, with their threads. What asks and plans goes by the clock of this
machine and is left out here; the parts `live` and `feed` have it.

Records are brought more slowly where minutes wait for the disk, so that none is lost for being too fast.

    python benchmarks/real_size.py --only hours --live-hours 6
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np

from liqscape.feed.records import Record, RecordKind
from liqscape.model.accounts import Accounts
from liqscape.service.collecting.clock import SteadyClock
from liqscape.service.collecting.core import LiveCore, Start, start_record
from liqscape.service.collecting.history_queue import HistoryQueue
from liqscape.service.collecting.market import LiveMarket
from liqscape.service.collecting.raw_queue import RawQueue
from liqscape.service.live import LiveState
from liqscape.service.metrics import LiveMetrics
from liqscape.sources.live.checkpoint import Checkpoint, write_checkpoint
from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.store.raw_log import RawLogWriter
from real_size.exchange_answers import contexts_message, metas, state, trades_messages
from real_size.exchange_market import RunningMarket
from real_size.memory import give_back, peak_mb, resident_mb, start_peak
from real_size.record import Row, Settings
from real_size.turns import folder_mb
from real_size.world import HOUR_MS, MINUTE_MS, START_MS, World

STEP_S = 10
"""Marks move every three seconds on the real exchange: fewer frames are cut between two stored ones, and none of those
is kept. What the frames of a real minute cost the processor is for the part `live` to say."""
READS = 600
MAX_WAITING = 3
LOOK_MINUTES = 10
RAW_BYTES = 1 << 30
"""The raw log keeps so much at most here: its size is a rate, not a bound."""


@dataclass(kw_only=True)
class Seen:
    """What was looked at while records went in; memory and history every `LOOK_MINUTES`."""

    minutes: int = 0
    take_ms: list[float] = field(default_factory=list)
    resident: list[float] = field(default_factory=list)
    history: list[float] = field(default_factory=list)
    raw_bytes: int = 0
    waited_s: float = 0.0
    cpu_s: float = 0.0
    lost: int = 0


def measure(settings: Settings) -> list[Row]:
    """Bring the records; say what it took and what is stored."""
    folder = settings.folder / "hours"
    folder.mkdir()
    world = World(settings.seed, settings.accounts, settings.positions, settings.markets, START_MS)
    exchange, seen = RunningMarket(world, 0), Seen()
    began_ms = exchange.shown.time_ms
    asyncio.run(_bring(exchange, folder, settings, seen))
    return [*_rows(seen), *_stored(folder, began_ms, exchange.ledger.accounts)]


async def _bring(exchange: RunningMarket, folder: Path, settings: Settings, seen: Seen) -> None:
    start = Start(kind="sandbox", name="real size", is_simulated=True, note="", dexs=("",))
    with (
        ThreadPoolExecutor(4) as pool,
        HistoryWriter(folder / "map", start.provenance) as writer,
    ):
        raw = RawLogWriter(folder / "raw", keep_bytes=RAW_BYTES)
        history, live = _levels(writer, pool), LiveState()
        market = LiveMarket(
            core=LiveCore(start),
            live=live,
            history=history,
            raw=RawQueue(raw, pool),
            metrics=LiveMetrics(),
            clock=SteadyClock(),
        )
        stop = asyncio.Event()
        keeping = [asyncio.create_task(each.run(stop)) for each in (history, market.raw)]
        bringing = _Bringing(exchange, market, settings.seed, seen)
        await bringing.begin(start)
        minutes = max(1, round(settings.live_hours * 60))
        cpu, began = time.process_time(), time.monotonic()
        for minute in range(minutes):
            bringing.minute()
            seen.minutes = minute + 1
            while history.waiting_count > MAX_WAITING:
                waited = time.perf_counter()
                await asyncio.sleep(0.05)
                seen.waited_s += time.perf_counter() - waited
            await asyncio.sleep(0)
            market.core.pipeline.ledger.take_liquidations()
            is_over = seen.minutes == minutes or time.monotonic() - began > settings.most_seconds
            if seen.minutes % LOOK_MINUTES == 0 or is_over:
                seen.resident.append(resident_mb())
                seen.history.append(folder_mb(folder / "map"))
                print(seen.minutes, round(seen.resident[-1]), round(seen.history[-1], 1), flush=True)
            if is_over:
                break
        seen.cpu_s = time.process_time() - cpu
        stop.set()
        await asyncio.gather(*keeping)
        seen.lost = history.watch.lost + market.raw.watch.lost


def _levels(writer: HistoryWriter, pool: ThreadPoolExecutor) -> HistoryQueue:
    """As the live map makes it: parts are made beside appends, in a build that can."""
    if not hasattr(writer, "tidy"):
        return HistoryQueue(writer, pool)
    writer.is_tidied_beside = True
    return HistoryQueue(writer, pool, tidy=writer.tidy, end_tidy=writer.end_tidy)


class _Bringing:
    """Makes the records of one minute after the other and hands them in."""

    def __init__(self, exchange: RunningMarket, market: LiveMarket, seed: int, seen: Seen) -> None:
        self._exchange, self._market, self._seen = exchange, market, seen
        self._random = np.random.default_rng([seed, 3])
        self._share = exchange.world.share
        self._recent: list[str] = []

    async def begin(self, start: Start) -> None:
        """What a restart begins with."""
        shown, world = self._exchange.shown, self._exchange.world
        checkpoint = Checkpoint(world.snapshot, world.tables, shown.held)
        self._market.take(start_record(start, shown.time_ms * 1_000_000))
        self._take(RecordKind.CHECKPOINT, "restart", write_checkpoint(checkpoint))
        for kind, answer in (
            ("exchangeStatus", msgspec.json.encode({"time": shown.time_ms, "specialStatuses": None})),
            ("perpDexs", b"[null]"),
            ("metaAndAssetCtxs", metas(self._exchange)),
        ):
            self._take(RecordKind.ANSWER, msgspec.json.encode({"type": kind}).decode(), answer)
        give_back()
        start_peak()

    def minute(self) -> None:
        """Marks, prints, ticks and states of a minute."""
        steps = MINUTE_MS // (STEP_S * 1_000)
        for step in range(steps):
            for trades in self._exchange.advance(self._exchange.shown.time_ms + STEP_S * 1_000):
                self._recent = [*self._recent, *trades.addresses][-2_000:]
                for text in trades_messages(self._exchange, [trades]).values():
                    self._take(RecordKind.MESSAGE, "1", text.encode())
            self._take(RecordKind.MESSAGE, "1", contexts_message(self._exchange).encode())
            self._take(RecordKind.TICK, "", b"")
            if step < steps - 1:  # the last moment of the minute is compared: nobody is read in it
                self._read(max(1, round(READS * self._share / (steps - 1))))

    def _read(self, count: int) -> None:
        addresses = self._exchange.shown.held.addresses
        for number in range(count):
            pick = self._random.random()
            chosen = self._recent if number % 2 and self._recent else addresses
            address = chosen[int(pick * len(chosen))]
            request = msgspec.json.encode({"type": "clearinghouseState", "user": address}).decode()
            self._take(RecordKind.ANSWER, request, msgspec.json.encode(state(self._exchange, address)))

    def _take(self, kind: RecordKind, subject: str, content: bytes) -> None:
        record = Record(kind, subject, content, self._exchange.shown.time_ms * 1_000_000)
        self._seen.raw_bytes += len(content)
        began = time.perf_counter()
        self._market.take(record)
        self._seen.take_ms.append((time.perf_counter() - began) * 1e3)


def _rows(seen: Seen) -> list[Row]:
    hours = seen.minutes / 60.0
    first = max(0, 60 // LOOK_MINUTES - 1)
    first = min(first, len(seen.resident) - 1)
    took = np.array(seen.take_ms[4:])
    between = hours - min(hours, (first + 1) * LOOK_MINUTES / 60.0)
    grown = (seen.history[-1] - seen.history[first]) / between if between else None
    return [
        Row(what="hours: of the exchange's time", value=hours, unit="h"),
        Row(what="hours: memory after the first hour", value=seen.resident[first], unit="MB"),
        Row(what="hours: memory at the end", value=seen.resident[-1], unit="MB"),
        Row(
            what="hours: memory, highest",
            value=peak_mb(),
            unit="MB",
            wanted=4_096.0,
            note="with the world itself, some 700 MB",
        ),
        *_history_row(grown),
        Row(what="hours: received", value=seen.raw_bytes / 1e6 / hours, unit="MB an hour"),
        Row(
            what="hours: processor, ledger, frames and storing",
            value=seen.cpu_s / (hours * 3_600.0),
            unit="cores",
            wanted=1.0,
        ),
        Row(what="hours: one record taken, 99.9 %", value=float(np.quantile(took, 0.999)), unit="ms"),
        Row(what="hours: one record taken, longest", value=float(took.max()), unit="ms"),
        Row(what="hours: waited for the disk", value=seen.waited_s, unit="s"),
        Row(what="hours: minutes and records lost for want of room", value=float(seen.lost), unit="", wanted=0.0),
    ]


def _history_row(grown: float | None) -> list[Row]:
    """MB an hour; nothing where only one look was taken, which holds the first frame. What is not sealed yet takes more
    room than it will (part `history` has what a day takes)."""
    return (
        []
        if grown is None
        else [Row(what="hours: history grown, unsealed minutes with it", value=grown, unit="MB an hour")]
    )


def _stored(folder: Path, began_ms: int, true: Accounts) -> list[Row]:
    """Minutes missing, and positions that differ from the truth at the last minute."""
    reader = HistoryReader(folder / "map")
    assert reader.last_ms is not None
    last = reader.last_ms
    times = np.unique(reader.frame_times(began_ms, last + 1) // MINUTE_MS)
    missing = float(times[-1] - times[0] + 1 - len(times))
    ours = sizes_of(reader.accounts_at(last))
    theirs = sizes_of(true)
    # Who left without a print is known to have left when he is read, and no sooner; who came so, when he trades.
    present = {key[0] for key in theirs} & set(reader.accounts_at(last).addresses)
    concerned = {key for key in ours.keys() | theirs.keys() if key[0] in present}
    wrong = sum(abs(ours.get(key, 0.0) - theirs.get(key, 0.0)) > 1e-6 for key in concerned)
    return [
        Row(what="hours: minutes stored", value=float(len(times)), unit="min"),
        Row(what="hours: minutes missing", value=missing, unit="min", wanted=0.0),
        Row(what="hours: funding paid in", value=float(last // HOUR_MS - began_ms // HOUR_MS), unit="hours"),
        Row(what="hours: positions of accounts both know", value=float(len(concerned)), unit=""),
        Row(what="hours: of them with another size than the truth", value=float(wrong), unit="", wanted=0.0),
        Row(what="hours: raw log and history on disk", value=folder_mb(folder), unit="MB"),
    ]


def sizes_of(accounts: Accounts) -> dict[tuple[str, int], float]:
    """Signed coins by address and market."""
    owner = accounts.address_row[accounts.pool_of_position()].tolist()
    rows = zip(owner, accounts.market_index.tolist(), accounts.size.tolist(), strict=True)
    return {(accounts.addresses[row], market): size for row, market, size in rows}
