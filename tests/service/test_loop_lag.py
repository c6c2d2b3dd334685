"""A call that blocks the event loop is seen: in the figures, in /metrics, for a minute."""

from __future__ import annotations

import asyncio

import pytest
from chaos.made_up_time import MadeUpTime

from liqscape.service.answers.sources import LoopAnswer
from liqscape.service.loop_lag import EVERY_S, MINUTE_S
from liqscape.service.metrics import LiveMetrics


def max_s(metrics: LiveMetrics) -> float:
    """As /metrics tells it."""
    rows = metrics.render(None).decode().splitlines()
    (found,) = [row for row in rows if row.startswith("liqscape_loop_longest_stall_seconds ")]
    return float(found.split()[1])


def counted(metrics: LiveMetrics, bound: str) -> float:
    rows = metrics.render(None).decode().splitlines()
    (found,) = [row for row in rows if row.startswith(f'liqscape_loop_lag_seconds_bucket{{le="{bound}"}}')]
    return float(found.split()[1])


def test_a_blocking_call_is_seen_and_forgotten_after_a_minute() -> None:
    time, metrics = MadeUpTime(), LiveMetrics()
    found: list[LoopAnswer] = []

    async def whole() -> None:
        stop = asyncio.Event()
        task = asyncio.create_task(metrics.loop.run(stop))
        await asyncio.sleep(1.0)
        found.append(metrics.loop.answer())
        time.now_s += 0.4  # nobody else is called meanwhile
        await asyncio.sleep(1.0)
        found.append(metrics.loop.answer())
        assert max_s(metrics) == pytest.approx(0.4, abs=EVERY_S)
        assert counted(metrics, "+Inf") - counted(metrics, "0.25") == 1
        await asyncio.sleep(MINUTE_S)
        found.append(metrics.loop.answer())
        stop.set()
        await task

    time.run(whole())
    quiet, blocked, later = found
    assert quiet.longest_ms == pytest.approx(0.0, abs=1e-6)
    assert blocked.longest_ms == pytest.approx(400.0, abs=1_000.0 * EVERY_S)
    assert blocked.p99_ms is not None
    assert blocked.p99_ms < 1.0, "one of a hundred"
    assert blocked.stalled_share == pytest.approx(0.4 / 2.4, abs=0.02)
    assert later.longest_ms == pytest.approx(0.0, abs=1e-6)


def test_nothing_is_said_of_a_loop_that_nobody_watches() -> None:
    assert LiveMetrics().loop.answer() == LoopAnswer()
    assert max_s(LiveMetrics()) == 0.0
