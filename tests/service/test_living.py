"""The living market: steps are stored, ticks are only shown, and a restart continues to the bit."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import msgspec
import numpy as np
import pytest

from liqscape.exchange.columns import NO_ROW, FillColumn
from liqscape.heatmap.moment import Moment
from liqscape.sandbox.market import SandboxMarket
from liqscape.sandbox.world import WorldSettings
from liqscape.service.folders import CHECKPOINT, LIQUIDATIONS
from liqscape.service.live import LiveState
from liqscape.service.living import CATCH_UP_STEPS, LivingMarket
from liqscape.service.view import MapView
from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.store.liquidations import LiquidationFilter, LiquidationReader
from liqscape.units import Int64Array

START_MS = 1_780_012_740_000  # one minute before a UTC midnight: the first day of history ends at once
MINUTE_MS = 60_000


@pytest.fixture(scope="module")
def fresh() -> bytes:
    """Checkpoint of a small market at its start; building one costs more than using it."""
    return SandboxMarket.new(WorldSettings(seed=3, accounts=40, coins=4, start_ms=START_MS)).checkpoint()


def living(folder: Path, data: bytes) -> tuple[LivingMarket, HistoryWriter]:
    market = SandboxMarket.restore(data)
    writer = HistoryWriter(folder, market.provenance)
    made = LivingMarket(market, writer, folder)
    made.begin()
    return made, writer


def answers(folder: Path) -> bytes:
    """What a map of the folder says, as bytes."""
    view = MapView(HistoryReader(folder))
    window = view.heatmap("BTC", width=60, height=60)
    times = HistoryReader(folder).frame_times(0, 1 << 60)
    frames = [view.frame("BTC", int(at)) for at in times[:: max(len(times) // 5, 1)]]
    return msgspec.json.encode((times.tolist(), frames)) + window.to_bytes()


def test_preroll_stores_a_frame_a_minute(tmp_path: Path, fresh: bytes) -> None:
    made, writer = living(tmp_path, fresh)
    reported: list[int] = []
    made.preroll(START_MS + 30 * MINUTE_MS + 59_999, reported.append)
    writer.close()
    times = HistoryReader(tmp_path).frame_times(0, 1 << 60)
    assert np.array_equal(times, START_MS + MINUTE_MS * np.arange(31))
    assert reported == times[1:].tolist()


def test_restart_in_the_middle_gives_the_same_history(tmp_path: Path, fresh: bytes) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for folder in (whole, parts):
        folder.mkdir()
    made, writer = living(whole, fresh)
    made.preroll(START_MS + 20 * MINUTE_MS, lambda _: None)
    writer.close()

    made, writer = living(parts, fresh)
    made.preroll(START_MS + 8 * MINUTE_MS, lambda _: None)
    saved = (parts / CHECKPOINT).read_bytes()
    made.advance(START_MS + 11 * MINUTE_MS)
    writer.close()
    # The process died after the history was written and before the checkpoint was.
    made, writer = living(parts, saved)
    assert writer.last_time_ms == START_MS + 11 * MINUTE_MS
    made.preroll(START_MS + 20 * MINUTE_MS, lambda _: None)
    writer.close()
    assert answers(parts) == answers(whole)


def test_ticks_are_shown_but_not_stored(tmp_path: Path, fresh: bytes) -> None:
    made, writer = living(tmp_path, fresh)
    reader = HistoryReader(tmp_path)
    assert made.advance(START_MS) == []
    ticks = [made.advance(START_MS + ms) for ms in (3_000, 6_000, 57_000)]
    for tick, ms in zip(ticks, (3_000, 6_000, 57_000), strict=True):
        (moment,) = tick
        assert (moment.frame.time_ms, moment.is_stored) == (START_MS + ms, False)
    assert reader.frame_count == 1
    (moment,) = made.advance(START_MS + MINUTE_MS + 10)
    assert (moment.frame.time_ms, moment.is_stored) == (START_MS + MINUTE_MS, True)
    assert reader.frame_count == 2
    writer.close()


def test_long_gap_is_made_good_in_bounded_pieces(tmp_path: Path, fresh: bytes) -> None:
    made, writer = living(tmp_path, fresh)
    until_ms = START_MS + (CATCH_UP_STEPS + 7) * MINUTE_MS
    assert len(made.advance(until_ms)) == CATCH_UP_STEPS
    assert len(made.advance(until_ms)) == 7
    assert made.advance(until_ms) == []
    writer.close()


def test_market_lives_on_by_the_clock_until_it_is_stopped(tmp_path: Path, fresh: bytes) -> None:
    made, writer = living(tmp_path, fresh)
    live = LiveState()
    made.publish_newest(live)
    threads: set[int] = set()
    clock = iter(range(START_MS, START_MS + 100 * 20_000, 20_000))

    async def run() -> list[Moment]:
        stop, seen = asyncio.Event(), []

        def hear(now: Moment) -> None:
            seen.append(now)
            threads.add(threading.get_ident())
            if len(seen) == 7:
                stop.set()

        live.listen(hear)
        await made.run(live, stop, now_ms=lambda: next(clock), tick_seconds=0.0)
        return seen

    seen = asyncio.run(asyncio.wait_for(run(), 20))
    writer.close()
    assert [now.sequence for now in seen] == list(range(2, 9))
    # The clock moves 20 s at each look: two ticks, then a stored minute.
    assert [(now.frame.time_ms - START_MS) // 1_000 for now in seen] == [20, 40, 60, 80, 100, 120, 140]
    assert [now.is_stored for now in seen] == [False, False, True, False, False, True, False]
    assert threads == {threading.get_ident()}
    assert HistoryReader(tmp_path).last_ms == START_MS + 2 * MINUTE_MS


def test_between_ticks_the_world_lives_on_in_beats_and_the_next_frame_tells_of_them(
    tmp_path: Path, fresh: bytes
) -> None:
    made, writer = living(tmp_path, fresh)
    live = LiveState()
    blocks: list[int] = []
    made.market.listeners.append(lambda output: blocks.append(output.time_ms))
    clock = iter(range(START_MS, START_MS + 1_000_000, 1_000))

    async def run() -> list[Moment]:
        stop, seen = asyncio.Event(), []

        def hear(now: Moment) -> None:
            seen.append(now)
            if len(seen) == 3:
                stop.set()

        live.listen(hear)
        await made.run(live, stop, now_ms=lambda: next(clock), tick_seconds=0.0, beats=4)
        return seen

    seen = asyncio.run(asyncio.wait_for(run(), 20))
    writer.close()
    # The clock moves 1 s at each look, four looks a tick: a frame every 4 s, blocks all the time.
    assert [now.frame.time_ms - START_MS for now in seen] == [1_000, 5_000, 9_000]
    assert blocks == list(range(START_MS + 100, START_MS + 9_001, 100))


def test_speed_makes_the_market_run_ahead_of_the_clock(tmp_path: Path, fresh: bytes) -> None:
    made, writer = living(tmp_path, fresh)
    live = LiveState()
    clock = iter(range(START_MS, START_MS + 10_000, 1_000))

    async def run() -> None:
        stop = asyncio.Event()
        live.listen(lambda now: stop.set() if now.frame.time_ms >= START_MS + 4 * MINUTE_MS else None)
        await made.run(live, stop, now_ms=lambda: next(clock), speed=120.0, tick_seconds=0.0)

    asyncio.run(asyncio.wait_for(run(), 20))
    writer.close()
    assert HistoryReader(tmp_path).last_ms == START_MS + 4 * MINUTE_MS


@pytest.fixture(scope="module")
def fragile() -> bytes:
    """A market whose traders get liquidated within hours."""
    return SandboxMarket.new(WorldSettings(seed=5, accounts=300, coins=4, start_ms=START_MS)).checkpoint()


def test_liquidations_are_those_of_the_engine_and_survive_a_kill(tmp_path: Path, fragile: bytes) -> None:
    made, writer = living(tmp_path, fragile)
    log: list[Int64Array] = []
    made.market.listeners.append(lambda output: log.append(output.fills.copy()))
    made.preroll(START_MS + 180 * MINUTE_MS, lambda _: None)
    fills = np.concatenate(log)
    fills = fills[fills[:, FillColumn.LIQUIDATED] != NO_ROW]
    hidden = made.market.world.population.is_hidden
    fills = fills[~hidden[fills[:, FillColumn.LIQUIDATED]]]
    assert len(fills) > 0
    found = LiquidationReader(tmp_path / LIQUIDATIONS).find(LiquidationFilter(), 10_000).rows
    exchange = made.market.world.exchange
    assert sorted(trade for event in found for trade in event.trade_ids) == sorted(
        fills[:, FillColumn.TRADE_ID].tolist()
    )
    assert sum(event.notional for event in found) == pytest.approx(
        float((fills[:, FillColumn.LOTS] * fills[:, FillColumn.PRICE]).sum()) / 1e6
    )
    assert {event.address for event in found} == {
        exchange.addresses[row] for row in fills[:, FillColumn.LIQUIDATED].tolist()
    }
    assert {event.evidence for event in found} == {"exact"}
    assert any(np.isfinite(event.predicted_price) for event in found)
    for event in found:
        victim = exchange.addresses.index(event.address)
        own = fills[np.isin(fills[:, FillColumn.TRADE_ID], event.trade_ids)]
        assert (own[:, FillColumn.SELLER if event.side == 1 else FillColumn.BUYER] == victim).all()
    writer.close()
    # Killed before its checkpoint: the same steps are made again, and nothing is told twice.
    (tmp_path / CHECKPOINT).write_bytes(fragile)
    again, writer = living(tmp_path, fragile)
    again.preroll(START_MS + 180 * MINUTE_MS, lambda _: None)
    writer.close()
    reported = LiquidationReader(tmp_path / LIQUIDATIONS).find(LiquidationFilter(), 10_000).rows
    assert list(map(str, reported)) == list(map(str, found))  # as text NaN equals itself
