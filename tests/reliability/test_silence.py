"""What stops alone: marks or answers. The map says so and names it, and goes on with the rest.

Prints: tests/service/collecting/test_streams.py; everything: the hour without network in test_outages.py.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_map import Exchange, LiveMap, exchange, live_map, seconds_until

from liqscape.sandbox.server.faults import FaultRule
from liqscape.service.collecting.clock import SteadyClock


class LeapingClock:
    """The monotonic clock, with leaps: a minute of silence takes a moment."""

    def __init__(self) -> None:
        self.leapt_ns = 0

    def __call__(self) -> int:
        return time.monotonic_ns() + self.leapt_ns


@pytest.fixture(scope="module")
def served() -> Iterator[Exchange]:
    with exchange(accounts=180, coins=3, seed=8) as made:
        yield made


def silent(running: LiveMap) -> set[str]:
    """What is silent. Our own clock leaps here, so that it is said for a while that it and the exchange's differ."""
    return {row.kind for row in running.figures().sources if row.state == "stale"} - {"time"}


def failed(running: LiveMap) -> int:
    """Questions that were asked in vain."""
    return sum(row.count for row in running.figures().requests if row.outcome == "failed")


def test_one_silent_stream_makes_the_map_stale_whatever_else_flows(served: Exchange, tmp_path: Path) -> None:
    leaping = LeapingClock()

    def leap(seconds: int) -> None:
        leaping.leapt_ns += seconds * 1_000_000_000

    def serve(*faults: FaultRule) -> None:
        served.vanish()
        served.serve(faults)
        seconds_until(lambda: running.figures().state == "live", "the map to be live")

    def is_stale_and_lives_on(stream: str) -> None:
        seconds_until(lambda: silent(running) == {stream}, "everything else to flow")
        frames = running.figures().frames
        assert running.figures().state == "stale"
        (row,) = (row for row in running.figures().sources if row.kind == stream)
        assert row.trouble
        seconds_until(lambda: running.figures().frames > frames, "frames to go on")
        assert running.figures().state == "stale"

    with live_map(served.network, tmp_path / "data", clock=SteadyClock(steady_ns=leaping)) as running:
        seconds_until(lambda: running.figures().state == "live", "the map to be live")
        serve(FaultRule(fault="drop", where="ws", match="allDexsAssetCtxs"))
        leap(11)
        is_stale_and_lives_on("marks")
        assert (running.figures().age_ms or 0.0) > 10_000
        serve()

        serve(FaultRule(fault="500", where="info"))
        before = failed(running)
        leap(31)  # everybody may be asked about again
        seconds_until(lambda: failed(running) > before, "a question to be asked in vain")
        leap(61)
        is_stale_and_lives_on("info")
        served.vanish()
        served.serve()
        seconds_until(lambda: running.figures().state == "live", "the map to be live again")


def test_a_server_that_accepts_and_never_speaks_is_stale_then_made_anew(served: Exchange, tmp_path: Path) -> None:
    served.vanish()
    served.serve((FaultRule(fault="silent_socket", where="ws"),))
    leaping = LeapingClock()
    with live_map(served.network, tmp_path / "data", clock=SteadyClock(steady_ns=leaping)) as running:
        leaping.leapt_ns = 11_000_000_000
        seconds_until(lambda: "marks" in silent(running), "the silence to be said")
        assert running.figures().state in ("stale", "reconnecting")
        served.vanish()
        served.serve()
        seconds_until(lambda: running.figures().state == "live", "the map to be live")
